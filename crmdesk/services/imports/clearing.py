"""Cells that empty a field, and texts that only read like them."""

from __future__ import annotations

import re
from typing import Any


class Cleared(str):
    """A cell that says: empty this field. It is what stood there."""

    __slots__ = ()


CLEAR_WORDS = ("(empty)", "(清空)", "（清空）")
"""What is written into a cell to empty a field; a blank cell leaves it as it is."""
_WRAPPED = re.compile(r"\(+(?:\(empty\)|\(清空\)|（清空）)\)+")


def as_text(text: str) -> str:
    """How a text is written that a cell must not take for an order to empty: `(empty)` as `((empty))`, and that with
    one more pair of brackets."""
    return f"({text})" if text in CLEAR_WORDS or _WRAPPED.fullmatch(text) else text


def unwrapped(cell: Any) -> Any:
    """The text that `as_text` wrote."""
    return cell[1:-1] if isinstance(cell, str) and _WRAPPED.fullmatch(cell) else cell
