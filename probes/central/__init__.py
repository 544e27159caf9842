"""Audits of central systems: our charging stations connect to it, do what a case says, and have it send what only it can send."""
