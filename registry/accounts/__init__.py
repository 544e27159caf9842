"""Accounts: who may do what here, how they sign in, and what their programs may do in their place."""
