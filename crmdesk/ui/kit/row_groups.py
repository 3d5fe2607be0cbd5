"""Groups of rows in a list: which rows are seen when some groups are folded. Plain arrays, however many rows."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from crmdesk.models.fields import Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit.columns import choice_label


class RowGroup(NamedTuple):
    """One group: `key` is a choice's value, a code, a bool or a month as yyyymm; None for rows without a value."""

    key: Any
    size: int
    title: str = ""
    sums: Mapping[str, Decimal | str] = {}


class GroupedIds(NamedTuple):
    """Ids group after group; the groups' counts add up to them."""

    ids: array[int]
    groups: Sequence[RowGroup]


def group_words(field: Field, group: RowGroup) -> str:
    """The title of a group as people read it: 2026-03, Part paid, C00001 · name."""
    if group.key is None:
        return _("Without {field}").format(field=_(field.label))
    if field.kind is Kind.DATE:
        year, month = divmod(int(group.key), 100)
        return f"{year:04d}-{month:02d}"
    if field.kind is Kind.BOOLEAN:
        return f"{_(field.label)}: {_('Yes') if group.key else _('No')}"
    words = choice_label(field, group.key)
    return f"{group.title} · {words}" if group.title else words


class RowGroups:
    """The rows as they are seen: `visible` holds −1, −2 … for the title rows of the groups, ids for the others."""

    def __init__(self, grouped: GroupedIds, folded: Collection[Any] = ()) -> None:
        self._ids = grouped.ids
        self.groups = grouped.groups
        self.folded = {group.key for group in grouped.groups} & set(folded)
        self._starts = array("q", [0])
        for group in grouped.groups:
            self._starts.append(self._starts[-1] + group.size)
        self.visible: array[int] = array("q")
        self.title_rows: array[int] = array("q")
        self._lay_out()

    @property
    def record_count(self) -> int:
        """How many records there are, those of folded groups too."""
        return len(self._ids)

    def _lay_out(self) -> None:
        self.visible = array("q")
        self.title_rows = array("q")
        for place, group in enumerate(self.groups):
            self.title_rows.append(len(self.visible))
            self.visible.append(-place - 1)
            if group.key not in self.folded:
                self.visible.extend(self._ids[self._starts[place] : self._starts[place + 1]])

    def at(self, entry: int) -> RowGroup | None:
        """The group of an entry of `visible`, None for a record."""
        return self.groups[-entry - 1] if entry < 0 else None

    def titles_between(self, top: int, bottom: int) -> int:
        """How many title rows stand from one row to another, both included."""
        return bisect.bisect_right(self.title_rows, bottom) - bisect.bisect_left(self.title_rows, top)

    def fold(self, keys: Collection[Any]) -> None:
        """These groups are folded from now on, all others are open."""
        self.folded = set(keys)
        self._lay_out()

    def row_now(self, row: int, title_rows: Sequence[int]) -> int:
        """Where a record stands that stood in a row when the titles stood in these; -1 in a folded group.

        However many rows there are: a search by id would look at every one of them.
        """
        place = bisect.bisect_right(title_rows, row) - 1
        is_folded = self.groups[place].key in self.folded
        return -1 if is_folded else self.title_rows[place] + row - title_rows[place]

    def group_of(self, record_id: int) -> RowGroup | None:
        """The group a record stands in."""
        try:
            place = self._ids.index(record_id)
        except ValueError:
            return None
        return self.groups[bisect.bisect_right(self._starts, place) - 1]
