"""A report as the rows of a list: filled once for its options, then searched and sorted in memory."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.ui.book_list import amounts_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit.row_source import Query, Row

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.reports.declared import Options, ReportTable

_WORDS = frozenset({Kind.TEXT, Kind.CODE, Kind.LINK, Kind.LONG_TEXT})
Q = TypeVar("Q")
A = TypeVar("A")


class FilledOnce(Generic[Q, A]):
    """The answer to the question in force, kept until there is another one or the book changes.

    A list asks for its ids and for its sums in two reader threads: the second waits for what the first reads. The
    question is looked at when the turn comes: an answer nobody waits for any more takes no other's place.
    """

    def __init__(self, ctx: Context, question: Callable[[], Q], fill: Callable[[Connection, Q], A]) -> None:
        self._ctx = ctx
        self._question = question
        self._fill = fill
        self._kept: tuple[Q, int, A] | None = None
        self._change_count = 0
        self._lock = threading.Lock()
        ctx.bus.published.connect(self.forget)

    def forget(self, _changes: object = None) -> None:
        """The next question is answered anew, also while one is being answered."""
        self._change_count += 1

    def answer(self) -> A:
        """The answer, slow the first time. For reader lanes."""
        with self._lock:
            question, count = self._question(), self._change_count
            if self._kept is None or self._kept[:2] != (question, count):
                with self._ctx.need_book().read() as connection:
                    self._kept = (question, count, self._fill(connection, question))
            return self._kept[2]

    def last(self) -> A | None:
        """The last answer, at once; rows that are shown belong to it until they are asked for again."""
        kept = self._kept
        return kept[2] if kept is not None else None


class ReportRows:
    """A `RowSource` over the report of a name. Ids are the places of its rows, from 1.

    `use` sets other options; the report is filled again when they or the book changed.
    """

    def __init__(self, ctx: Context, name: str, fields: Sequence[Field], options: Options) -> None:
        self._name = name
        self._fields = tuple(fields)
        self._options = options
        self._filled: FilledOnce[Options, ReportTable] = FilledOnce(ctx, lambda: self._options, self._fill)

    def use(self, options: Options) -> None:
        """Other options from now on; the list then has to be loaded again."""
        self._options = options

    @property
    def options(self) -> Options:
        """The options in force."""
        return self._options

    def _fill(self, connection: Connection, options: Options) -> ReportTable:
        from crmdesk.services.reports import declared

        return declared.find(self._name).fill(connection, options)

    @property
    def fields(self) -> Sequence[Field]:
        """What a row holds."""
        return self._fields

    def table(self) -> ReportTable:
        """The filled report; slow the first time. For reader lanes."""
        return self._filled.answer()

    def notes(self) -> tuple[str, ...]:
        """What the figures of the report that was filled last leave out, in sentences."""
        table = self._filled.last()
        return table.notes if table is not None else ()

    def raw(self, row_id: int) -> tuple[Any, ...] | None:
        """A row as the report has it (money in minor units), when it is filled."""
        table = self._filled.last()
        return table.rows[row_id - 1] if table is not None and 0 < row_id <= len(table.rows) else None

    # What a list asks

    def ids(self, query: Query) -> array[int]:
        """The places of the rows that hold the search text, sorted by one column."""
        table = self.table()
        rows = self._found(table, query.search)
        if query.sort:
            place = self._place(table, query.sort)
            empty = [row for row in rows if table.rows[row - 1][place] in (None, "")]
            given = [row for row in rows if table.rows[row - 1][place] not in (None, "")]
            given.sort(key=lambda row: table.rows[row - 1][place], reverse=query.is_descending)
            rows = [*given, *empty]
        return array("q", rows)

    def _found(self, table: ReportTable, search: str) -> list[int]:
        words = search.lower().split()
        places = [index for index, field in enumerate(table.fields) if field.kind in _WORDS]
        found = []
        for number, row in enumerate(table.rows, 1):
            text = " ".join(str(row[place] or "") for place in places).lower() if words else ""
            if all(word in text for word in words):
                found.append(number)
        return found

    def _place(self, table: ReportTable, name: str) -> int:
        return next((index for index, field in enumerate(table.fields) if field.name == name), 0)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """Rows in the order of `fields`, money as Decimal; of what was filled last, to which the ids belong."""
        table = self._filled.last()
        if table is None:
            return {}
        names = [field.name for field in table.fields]
        at_currency = names.index("currency") if "currency" in names else None
        order = [names.index(field.name) if field.name in names else None for field in self._fields]
        kinds = [field.kind for field in self._fields]
        result: dict[int, Row] = {}
        for row_id in ids:
            if not 0 < row_id <= len(table.rows):
                continue
            row = table.rows[row_id - 1]
            currency = row[at_currency] if at_currency is not None else "CNY"
            result[row_id] = tuple(
                _shown(None if place is None else row[place], kind, currency)
                for place, kind in zip(order, kinds, strict=True)
            )
        return result

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        """Totals of what is found, one amount per currency."""
        table = self.table()
        totals = table.totals
        if query.search:
            from crmdesk.services.reports import declared

            chosen = [table.rows[row - 1] for row in self._found(table, query.search)]
            names = tuple(name for amounts in totals.values() for name in amounts)
            totals = declared.add_up(table.fields, chosen, tuple(dict.fromkeys(names)))
        found: dict[str, dict[str, int]] = {}
        for currency, amounts in totals.items():
            for name, minor in amounts.items():
                found.setdefault(name, {})[currency] = minor
        return {name: amounts_text(amounts) for name, amounts in found.items()}


def _shown(value: Any, kind: Kind, currency: str) -> Any:
    return money.to_decimal(value, currency) if kind is Kind.MONEY and isinstance(value, int) else value
