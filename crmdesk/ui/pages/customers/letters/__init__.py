"""Group letters among the customers: their texts, and the ways there from a selection, a segment, a category."""

LETTERS = "letters"
"""The part of the place that holds the texts."""
