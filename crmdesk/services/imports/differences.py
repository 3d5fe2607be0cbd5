"""What an import would change, cell by cell: the words for showing it before anything is booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.services.exports.tables import plain_cell
from crmdesk.services.imports.clearing import Cleared

KEPT_MAX = 5_000
"""So many differences are kept for showing; beyond that they are only counted."""
NEW, CHANGED = "new", "changed"


class Difference(NamedTuple):
    """One cell that the file says otherwise than the book, or (without a field) one record that it adds."""

    sheet: str
    row: int
    code: str
    """The customer, or empty."""
    field: str
    """The words over the column, or empty for a new record."""
    before: str
    after: str

    @property
    def kind(self) -> str:
        """`new` or `changed`."""
        return CHANGED if self.field else NEW


@dataclass(slots=True)
class Differences:
    """The differences of one sheet, in the order in which they are found."""

    sheet: str
    rows: dict[int, list[Difference]] = field(default_factory=dict)
    _kept: int = 0
    counts: dict[int, int] = field(default_factory=dict)
    """By row, also of those that were not kept."""
    is_full: bool = False

    @property
    def count(self) -> int:
        """Of all, also those that were not kept."""
        return sum(self.counts.values())

    def add(self, row: int, code: str, name: str, before: str, after: str) -> None:
        """Notes one."""
        self.counts[row] = self.counts.get(row, 0) + 1
        self.is_full = (
            self.is_full or self._kept >= KEPT_MAX
        )  # once full it stays so: no gap among what is shown
        if not self.is_full:
            self._kept += 1
            found = Difference(self.sheet, row, code, name, before, after)
            self.rows.setdefault(row, []).append(found)

    def drop(self, row: int) -> None:
        """The row was refused after all."""
        self.counts.pop(row, None)
        self._kept -= len(self.rows.pop(row, ()))

    def all(self) -> list[Difference]:
        """Those that are kept, by row."""
        return [one for row in sorted(self.rows) for one in self.rows[row]]


def words(entry: Field, value: Any, currency: str = "") -> str:
    """A value as one reads it: as the book holds it, as a row says it, or emptied."""
    if value is None or isinstance(value, Cleared):
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(words(entry, one, currency) for one in value)
    if entry.kind is Kind.BOOLEAN and isinstance(value, int):
        value = bool(value)
    if entry.kind is Kind.MONEY and isinstance(value, Decimal):
        return money.plain(money.to_minor(value, currency), currency) if currency else f"{value:f}"
    return plain_cell(entry, value, currency)


def merged(sheets: Sequence[Differences]) -> tuple[tuple[Difference, ...], int]:
    """Those of all sheets in their order, and how many there are in all."""
    found = [one for sheet in sheets for one in sheet.all()]
    return tuple(found[:KEPT_MAX]), sum(sheet.count for sheet in sheets)
