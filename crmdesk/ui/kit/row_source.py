"""What a list asks of whoever knows the records. Sources run in reader lanes, never in the window's thread alone."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from crmdesk.models.fields import Field

if TYPE_CHECKING:
    from crmdesk.ui.kit.columns import Column
    from crmdesk.ui.kit.row_groups import GroupedIds

Row = tuple[Any, ...]
SUMS_NOTE = "*"
"""The name under which a source's sums hold a sentence about them."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is shown: words to search, filters by name (plain values), a field to sort by ("" for the source's own),
    a field to group by ("" for none).
    """

    search: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    is_descending: bool = False
    group: str = ""


class RowSource(Protocol):
    """Rows by id. Row values: str, int, Decimal, date or ISO text, bool, a choice's value; None for nothing."""

    @property
    def fields(self) -> Sequence[Field]:
        """What a row holds, in the order of its values."""
        ...

    def ids(self, query: Query) -> array[int]:
        """The ids of the whole filtered set in order: array('q')."""
        ...

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """The rows of some ids; an id that is gone is left out."""
        ...

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        """Sums of the whole filtered set by field name, for the footer; finished text where there are currencies.
        Under `SUMS_NOTE` a sentence about them."""
        ...


@runtime_checkable
class ShapedSource(Protocol):
    """What a source offers besides when its rows can be filtered by any column, grouped and found by typing."""

    @property
    def filter_fields(self) -> Sequence[Field]:
        """The fields that clauses may use; their expressions come as filters of the query."""
        ...

    @property
    def group_fields(self) -> Sequence[Field]:
        """The fields the rows may be grouped by."""
        ...

    def grouped(self, query: Query) -> GroupedIds:
        """The ids of the whole filtered set by the groups of `query.group`, as of one moment."""
        ...

    def beginning_with(self, query: Query, text: str) -> int | None:
        """The first record whose sorted text begins so (or its pinyin initials); None for none."""
        ...


@runtime_checkable
class HeadedSource(Protocol):
    """A source whose first rows cost less than the order of the whole set."""

    def first(self, query: Query, count: int) -> array[int]:
        """The first `count` of `ids(query)`; never asked for a search or groups."""
        ...


@runtime_checkable
class ChangingSource(Protocol):
    """A source whose columns may change while its list is shown (the owner defines a field)."""

    @property
    def shape_kinds(self) -> tuple[str, ...]:
        """The kinds of records whose changes may bring other columns."""
        ...

    def renewed_columns(self) -> list[Column] | None:
        """The columns of now, or None while they are as they were."""
        ...
