"""What a reader of a bank's own format gives: statements and entries as plain text, before anything is judged.

The readers run in the bound child (services/imports/child.py). They only take a file apart: dates and amounts stay
text, so that one that cannot be is refused in the parent with its row, by the same rules as a sheet's cells.
Own readers, since of the libraries tried on the real-world files mt-940 (BSD) gives up the whole file at one line of
another bank's dialect, ofxparse (MIT) dies with IndexError on empty tags and decodes what it must not, ofxtools is
GPL, and none of them says which row it means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COLUMNS = (
    "statement",
    "date",
    "value_date",
    "amount",
    "currency",
    "payer",
    "payer_account",
    "text",
    "reference",
    "hint",
)
"""The header of the table that every reader sends: names of the columns of the import kind `bank`."""


@dataclass(slots=True)
class RawStatement:
    """One statement of one account. Balances are decimal text with a point, signed; dates ISO text."""

    account: str = ""
    currency: str = ""
    opening: str | None = None
    closing: str | None = None
    from_on: str | None = None
    to_on: str | None = None
    notes: list[str] = field(default_factory=list)

    def as_plain(self) -> dict[str, Any]:
        """The statement for the pipe."""
        return {
            "account": self.account,
            "currency": self.currency,
            "opening": self.opening,
            "closing": self.closing,
            "from": self.from_on,
            "to": self.to_on,
        }


@dataclass(slots=True)
class RawEntry:
    """One entry; `statement` is the index of its statement, `row` where it stands in the file."""

    row: int
    statement: int
    date: str = ""
    value_date: str = ""
    amount: str = ""
    currency: str = ""
    payer: str = ""
    payer_account: str = ""
    text: str = ""
    reference: str = ""
    hint: str = ""

    def cells(self) -> list[Any]:
        """The entry as a row of the table; blank cells are None."""
        texts = (
            self.date,
            self.value_date,
            self.amount,
            self.currency,
            self.payer,
            self.payer_account,
            self.text,
            self.reference,
            self.hint,
        )
        return [str(self.statement), *(one_line(text) or None for text in texts)]


@dataclass(slots=True)
class RawFile:
    """Everything one file held."""

    statements: list[RawStatement] = field(default_factory=list)
    entries: list[RawEntry] = field(default_factory=list)
    notes: list[tuple[str, str, dict[str, str | int]]] = field(default_factory=list)
    """(code, reason, parameters) as in `ReadFault`."""


def one_line(text: str) -> str:
    """Without control characters and repeated spaces."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def point(amount: str) -> str:
    """An amount of a format whose only mark is the decimal one, with a point: `380115,1` is `380115.1`."""
    return amount.strip().replace(",", ".").rstrip(".")


def iso(digits: str) -> str:
    """yyyymmdd as ISO text, valid or not; anything else stays as it is, to be refused by name."""
    head = digits.strip()[:8]
    return f"{head[:4]}-{head[4:6]}-{head[6:8]}" if len(head) == 8 and head.isdigit() else digits.strip()
