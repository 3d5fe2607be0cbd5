"""The pairs that were found, as rows of a list; what was decided since is left out."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.row_source import Query, Row

if TYPE_CHECKING:
    from crmdesk.services.duplicate_desk import Found

FIELDS = (
    Field("score", Kind.INTEGER, N_("Likeness"), sign="any", width=8),
    Field("name", Kind.TEXT, N_("Customer"), width=24),
    Field("other_name", Kind.TEXT, N_("Other customer"), width=24),
    Field("reasons", Kind.TEXT, N_("Reasons"), width=24),
    Field("code", Kind.CODE, N_("Code"), width=10),
    Field("other_code", Kind.CODE, N_("Code of the other"), width=10),
)


class TwinRows:
    """A `RowSource` over one search: nothing is looked for again but whether a pair is still to be decided."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._found: dict[int, Found] = {}

    def use(self, found: Sequence[Found]) -> None:
        """What the last search found."""
        self._found = {one.id: one for one in found}

    def pair(self, record_id: int | None) -> Found | None:
        """The pair of a row."""
        return self._found.get(record_id) if record_id is not None else None

    @property
    def fields(self) -> Sequence[Field]:
        """What a row holds."""
        return FIELDS

    def ids(self, query: Query) -> array[int]:
        """The pairs still to decide that hold the words, the surest first."""
        from crmdesk.services import duplicate_desk

        found = self._found
        if not found:
            return array("q")
        with self._ctx.need_book().read() as connection:
            left = duplicate_desk.undecided(connection, list(found.values()))
        words = query.search.casefold().split()
        ids = []
        for one in found.values():
            text = f"{one.code} {one.name} {one.other_code} {one.other_name}".casefold() if words else ""
            if one.id in left and all(word in text for word in words):
                ids.append(one.id)
        names = [field.name for field in FIELDS]
        if query.sort in names:
            at = names.index(query.sort)
            ids.sort(key=lambda one: _row(found[one])[at], reverse=query.is_descending)
        return array("q", ids)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """Rows of some pairs."""
        return {one: _row(self._found[one]) for one in ids if one in self._found}

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        """There is nothing to add up."""
        del query
        return {}


def _row(one: Found) -> Row:
    from crmdesk.services.similarity import REASONS

    reasons = ", ".join(_(REASONS[reason]) for reason in one.reasons)
    return (one.score, one.name, one.other_name, reasons, one.code, one.other_code)
