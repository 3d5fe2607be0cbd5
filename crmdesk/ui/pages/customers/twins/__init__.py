"""Customers entered twice: found, compared, merged or told apart, and merges undone."""

DUPLICATES = "duplicates"
MERGES = "merges"
"""The parts of the place of customers."""
