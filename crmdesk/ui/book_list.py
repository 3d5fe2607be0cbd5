"""The lists of the book as the kit wants them: ids, rows and sums of `services.lists`, money as Decimal."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind
from crmdesk.text import _
from crmdesk.ui import own_fields
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import Column, number
from crmdesk.ui.kit.row_groups import GroupedIds, RowGroup
from crmdesk.ui.kit.row_source import SUMS_NOTE, Query, Row
from crmdesk.ui.shared_views import BookViews

if TYPE_CHECKING:
    from crmdesk.services.lists import ListSpec
    from crmdesk.services.lists import Query as ListQuery

_OWN = "own."
CATEGORY, NO_CATEGORY, CUSTOMER = "category_id", "no_category_in", "customer_id"
"""Filters that take an id; every other one is an expression of the filter language, such as `open > 0`."""


class BookList:
    """A `RowSource` over one kind of list. All of it runs in reader lanes.

    `base` is an expression that always holds (`state = draft`). Filters of the query are joined by `and`.
    `search_max` bounds the hits while somebody types (customers); None finds all.
    """

    def __init__(self, ctx: Context, kind: str, *, base: str = "", search_max: int | None = None) -> None:
        self._ctx = ctx
        self._kind = kind
        self._base = base
        self._search_max = search_max
        self._asked: dict[str, Any] = {}
        """How the columns were asked for: asked so again when the owner changes his own."""
        self._use_spec(ctx.own.spec(kind))

    def _use_spec(self, spec: ListSpec) -> None:
        from crmdesk.services.lists.grouping import can_group

        # Own columns stand behind ours: the places of ours never change.
        self._spec = spec
        self._filter_fields = tuple(column.field for column in spec.columns if column.value is not None)
        self._group_fields = tuple(column.field for column in spec.columns if can_group(column))
        self._fields = tuple(column.field for column in spec.columns)
        self._places = {field.name: index for index, field in enumerate(self._fields)}

    @property
    def shared_views(self) -> BookViews | None:
        """Views that the book keeps for everybody; a list that is a part of another one has none."""
        return BookViews(self._ctx, self._spec.kind) if not self._base else None

    @property
    def shape_kinds(self) -> tuple[str, ...]:
        """Own fields are columns."""
        return (own_fields.FIELD,)

    def renewed_columns(self) -> list[Column] | None:
        """The columns of now, or None while they are as they were."""
        spec = self._ctx.own.spec(self._kind)
        if spec is self._spec or not self._asked:
            return None
        self._use_spec(spec)
        return self.columns(**self._asked)

    @property
    def kind(self) -> str:
        """The list's name."""
        return self._spec.kind

    @property
    def fields(self) -> Sequence[Field]:
        """What a row holds, in the order of its values."""
        return self._fields

    @property
    def filter_fields(self) -> Sequence[Field]:
        """The fields a condition may use."""
        return self._filter_fields

    @property
    def group_fields(self) -> Sequence[Field]:
        """The fields the rows may be grouped by."""
        return self._group_fields

    @property
    def empty_text(self) -> str:
        """What an empty list teaches (a catalogue source)."""
        return self._spec.empty_text

    def place(self, name: str) -> int:
        """Where a field stands in a row."""
        return self._places[name]

    @property
    def base(self) -> str:
        """The expression that always holds."""
        return self._base

    def use_base(self, base: str) -> None:
        """Another expression that always holds; whoever shows the list asks it again."""
        self._base = base

    def columns(
        self,
        changes: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        order: Sequence[str] = (),
        shown: Collection[str] | None = None,
    ) -> list[Column]:
        """The kit's columns: `order` first, then the others hidden unless the list shows them (or `shown` does).

        `changes` gives single columns a tone, text, width and so on.
        """
        self._asked = {"changes": changes, "order": order, "shown": shown}
        by_name = {column.field.name: column for column in self._spec.columns if column.field.label}
        names = [*order, *(name for name in by_name if name not in order)]
        made = []
        for name in names:
            column = by_name[name]
            is_own = name.startswith(_OWN)
            is_hidden = name not in shown if shown is not None and not is_own else not column.is_shown
            made.append(Column(column.field, is_hidden=is_hidden))
            if is_own and any(choice.tone != "neutral" for choice in column.field.choices):
                made[-1] = replace(made[-1], as_chip=True)
            if changes and name in changes:
                made[-1] = replace(made[-1], **changes[name])
        return made

    def list_query(self, query: Query) -> ListQuery:
        """The query as services understand it (for exports)."""
        from crmdesk.services.lists import Query as ListQuery

        ids = {name: query.filters.get(name) for name in (CATEGORY, NO_CATEGORY, CUSTOMER)}
        expressions = [str(value) for name, value in query.filters.items() if name not in ids]
        parts = [f"({entry})" for entry in (self._base, *expressions) if entry]
        return ListQuery(
            self._spec.kind,
            search=query.search,
            filter=" and ".join(parts),
            sort=f"-{query.sort}" if query.sort and query.is_descending else query.sort,
            group=query.group,
            category_id=ids[CATEGORY],
            no_category_in=ids[NO_CATEGORY],
            customer_id=ids[CUSTOMER],
            search_max=self._search_max,
        )

    def ids(self, query: Query) -> array[int]:
        """The ids of the whole filtered set in order."""
        from crmdesk.services.lists import querying

        with self._ctx.need_book().read() as connection:
            return querying.ids(connection, self.list_query(query))

    def first(self, query: Query, count: int) -> array[int]:
        """The first ids in order, without reading those of the whole set."""
        from crmdesk.services.lists import querying

        with self._ctx.need_book().read() as connection:
            return querying.ids(connection, self.list_query(query), count)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """The rows of some ids."""
        from crmdesk.services import settings
        from crmdesk.services.lists import querying

        with self._ctx.need_book().read() as connection:
            currency = settings.load(connection).currency
            found = querying.rows(connection, self.list_query(Query()), ids)
        return {row["id"]: self._row(row, row.get("currency") or currency) for row in found}

    def _row(self, values: Mapping[str, Any], currency: str) -> Row:
        return tuple(
            money.to_decimal(value, currency)
            if field.kind is Kind.MONEY and (value := values.get(field.name)) is not None
            else values.get(field.name)
            for field in self._fields
        )

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        """Sums of the whole filtered set as they are read, one amount per currency."""
        from crmdesk.services import later
        from crmdesk.services.lists import querying

        with self._ctx.need_book().read() as connection:
            wanted = self.list_query(query)
            found = querying.sums(connection, wanted)
            count = later.count(connection, clock.today()) if wanted.kind in later.KINDS else 0
        told = _sums_text(found)
        if count:
            words = _("with {count} entries dated after today; reports as at today leave them out")
            told[SUMS_NOTE] = words.format(count=f"{count:,}")
        return told

    def grouped(self, query: Query) -> GroupedIds:
        """The ids of the whole filtered set, group after group."""
        from crmdesk.services.lists import querying

        with self._ctx.need_book().read() as connection:
            found = querying.grouped(connection, self.list_query(query))
        groups = [
            RowGroup(group.key, group.count, group.title, _sums_text(group.sums)) for group in found.groups
        ]
        return GroupedIds(found.ids, groups)

    def beginning_with(self, query: Query, text: str) -> int | None:
        """The first record whose sorted text begins with what was typed."""
        from crmdesk.services.lists import querying

        with self._ctx.need_book().read() as connection:
            return querying.beginning_with(connection, self.list_query(query), text)


def _sums_text(found: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    names = dict.fromkeys(name for amounts in found.values() for name in amounts)
    # an own amount counts in the book's currency only, so not every currency has every name
    return {
        name: amounts_text({code: amounts[name] for code, amounts in found.items() if name in amounts})
        for name in names
    }


def amounts_text(minors: Mapping[str, int], *, empty: str = "—") -> str:
    """Amounts of several currencies side by side, never added together: ¥1,200.00 + $30.00."""
    parts = [amount_text(minor, currency) for currency, minor in minors.items() if minor]
    return " + ".join(parts) if parts else empty


def amount_text(minor: int, currency: str) -> str:
    """An amount with its currency's sign: ¥1,200.00."""
    text = number(money.to_decimal(abs(minor), currency))
    return f"{'−' if minor < 0 else ''}{money.symbol(currency)}{text}"
