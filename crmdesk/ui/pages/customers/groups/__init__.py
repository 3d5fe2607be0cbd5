"""Segments, a part of the customers: the list of groups, the builder of one, and who came and went."""

SEGMENTS, MOVEMENTS = "segments", "movements"
"""The parts of the place of customers."""
SEGMENT_FORM = "segment"
"""The form of a group in the draft journal."""
