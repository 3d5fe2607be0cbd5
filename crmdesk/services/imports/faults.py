"""What the reading child refuses, as a code and plain parameters; the parent makes the sentence of it."""

from __future__ import annotations

from crmdesk.models.errors import Code

VALUE_SHOWN_MAX = 40


class ReadFault(Exception):
    """The file cannot be read as a table. Parameters are text or whole numbers, so that they cross a pipe."""

    def __init__(self, code: Code, reason: str = "", **params: str | int) -> None:
        super().__init__(code, reason, params)
        self.code = code
        self.reason = reason
        self.params = params


def shorten(text: str) -> str:
    """A value as messages show it: one line, at most 40 signs."""
    flat = " ".join(text.split())
    return flat if len(flat) <= VALUE_SHOWN_MAX else flat[: VALUE_SHOWN_MAX - 1] + "…"
