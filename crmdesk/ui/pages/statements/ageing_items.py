"""The open items behind an amount of the ageing, with the same sum; Enter opens the document."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.document_words import PLACES, kind_words
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.labels import set_property
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.report_rows import FilledOnce

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FIELDS = (
    Field("number", Kind.CODE, N_("Number"), width=15),
    Field("kind", Kind.TEXT, N_("Kind"), width=12),
    Field("customer", Kind.CODE, N_("Code"), width=10),
    Field("name", Kind.TEXT, N_("Customer"), width=24),
    Field("date", Kind.DATE, N_("Date"), width=10),
    Field("due", Kind.DATE, N_("Due"), width=10),
    Field("late", Kind.INTEGER, N_("Days overdue"), width=8, sign="any"),
    Field("amount", Kind.MONEY, N_("Amount"), width=13, sign="any"),
    Field("open", Kind.MONEY, N_("Open"), width=13, sign="any"),
)


class Cell(NamedTuple):
    """Which amount of the ageing: `customer` is a code, or empty for all; `title` says it in words."""

    as_of: date
    basis: str
    buckets: tuple[int, ...]
    currency: str
    column: str
    customer: str = ""
    title: str = ""


class ItemRows:
    """The items of one cell; filled once per question, then searched and sorted in memory."""

    def __init__(self, ctx: Context) -> None:
        self._cell = Cell(clock.today(), "due", (30, 60, 90), "", "total")
        self._filled: FilledOnce[Cell, dict[int, Row]] = FilledOnce(ctx, lambda: self._cell, _read)

    def use(self, cell: Cell) -> None:
        """Another amount from now on, or the same one anew; the list then has to be loaded again."""
        self._cell = cell
        self._filled.forget()

    @property
    def fields(self) -> Sequence[Field]:
        """What a row holds."""
        return _FIELDS

    def ids(self, query: Query) -> array[int]:
        """The items that hold the search text, sorted by one column."""
        rows = self._found(query.search)
        order = list(rows)
        names = [field.name for field in _FIELDS]
        if query.sort in names:
            at = names.index(query.sort)
            empty = date.min if _FIELDS[at].kind is Kind.DATE else ""
            order.sort(
                key=lambda key: empty if rows[key][at] is None else rows[key][at],
                reverse=query.is_descending,
            )
        return array("q", order)

    def _found(self, search: str) -> dict[int, Row]:
        words = search.lower().split()
        return {
            key: row
            for key, row in self._filled.answer().items()
            if all(word in f"{row[0]} {row[2]} {row[3]}".lower() for word in words)
        }

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """Rows already read."""
        rows = self._filled.last() or {}
        return {key: rows[key] for key in ids if key in rows}

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        """The sum of what is shown: without a search it is the amount of the cell."""
        open_sum = sum((row[-1] for row in self._found(query.search).values()), Decimal(0))
        currency = self._cell.currency
        return {"open": amount_text(money.to_minor(open_sum, currency), currency) if currency else ""}


def _read(connection: Connection, cell: Cell) -> dict[int, Row]:
    from crmdesk.services.reports import ageing_items

    found = ageing_items.items(
        connection,
        as_of=cell.as_of,
        column=cell.column,
        currency=cell.currency,
        basis="invoice" if cell.basis == "invoice" else "due",
        buckets=cell.buckets,
        customer=cell.customer,
    )
    return {
        item.document_id: (
            item.number,
            item.kind,
            item.customer,
            item.name,
            item.dated_on,
            item.due_on,
            max(item.days_late, 0),
            money.to_decimal(item.original_minor, item.currency),
            money.to_decimal(item.open_minor, item.currency),
        )
        for item in found
    }


class AgeingItems(ListPage):
    """`show_cell` asks for another amount. Alt+Left goes back to the ageing."""

    def __init__(self, ctx: Context) -> None:
        self.rows = ItemRows(ctx)
        columns = [
            Column(_FIELDS[0]),
            Column(_FIELDS[1], text=lambda row: kind_words(str(row[1]))),
            Column(_FIELDS[2], is_muted=True),
            Column(_FIELDS[3]),
            *(Column(field, is_muted=True) for field in _FIELDS[4:6]),
            Column(_FIELDS[6], tone=lambda row: "danger" if row[6] > 0 else ""),
            Column(_FIELDS[7], is_muted=True),
            Column(_FIELDS[8], is_strong=True),
        ]
        super().__init__(
            ctx,
            "ageingItems",
            N_("Open items"),
            self.rows,
            columns,
            watch=("invoice", "payment", "credit", "refund", "writeoff", "opening"),
            icon="scale",
            search_hint=N_("Number or customer"),
            count_words=N_("{count} open items"),
            empty_title=N_("Nothing is open here"),
            empty_text=N_("Go back to the ageing with Alt+Left."),
        )
        self._ctx = ctx
        set_property(self.title, "role", "heading")
        self.opened.connect(self._open)

    def show_cell(self, cell: Cell) -> None:
        """The items behind another amount; a list that was never seen loads them when it is shown."""
        self.rows.use(cell)
        self.search.clear()
        self.title.setText(cell.title or _("Open items"))
        if self._has_loaded:
            self.reload()

    def _open(self, document_id: int) -> None:
        row = self.rows.fetch([document_id]).get(document_id)
        if row is None:
            return
        place = PLACES.get(str(row[1]))
        if place is not None:
            self._ctx.go(place, number=row[0], kind=row[1])
        else:
            self._ctx.go("statements", customer=row[2])


def cell_of(target: Mapping[str, Any]) -> Cell:
    """The cell that a target of the place names."""
    return Cell(**{name: target[name] for name in Cell._fields if name in target})
