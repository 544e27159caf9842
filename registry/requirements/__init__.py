"""Requirement sets: what a funding scheme or a tender asks, and whether an offered product meets it."""
