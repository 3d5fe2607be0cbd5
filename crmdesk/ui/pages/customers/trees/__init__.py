"""Category trees and tags: two parts of the customers' place that stand side by side."""

from __future__ import annotations

TREES, TAGS = "trees", "tags"
WATCHED = ("category", "dimension", "customer", "category_event", "segment")
CATEGORY_NOTE_FORM = "category_note"
