"""Ageing of all customers: by due or invoice date, as at any date; a row opens the customer's statement."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import Column, number
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.labels import Label, caption
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.kit.table_view import TableView
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.report_file import write_report

BUCKETS = (30, 60, 90)
_BASES = (("due", N_("By due date")), ("invoice", N_("By invoice date")))
_TONES = {1: "warn", 2: "warn", 3: "danger", 4: "danger"}


def _bucket_words(index: int) -> str:
    return (N_("1–30 days"), N_("31–60 days"), N_("61–90 days"), N_("Over 90 days"))[index]


_FIELDS = (
    Field("customer", Kind.CODE, N_("Code"), width=10),
    Field("name", Kind.TEXT, N_("Customer"), width=26),
    Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
    Field("not_due", Kind.MONEY, N_("Not due"), width=12),
    *(Field(f"bucket_{index}", Kind.MONEY, _bucket_words(index), width=12) for index in range(4)),
    Field("unallocated", Kind.MONEY, N_("Unallocated"), width=12),
    Field("total", Kind.MONEY, N_("Total"), width=13),
)
_FIRST_AMOUNT = 3
_OVERDUE = N_("Overdue")


class AgeingRows:
    """The report's rows as a list: filled once per question, sorted and searched in memory."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.as_of = clock.today()
        self.basis = "due"
        self._rows: dict[int, Row] = {}

    @property
    def fields(self) -> Sequence[Field]:
        """The columns of the report."""
        return _FIELDS

    def ids(self, query: Query) -> array[int]:
        """Runs the report and sorts it."""
        from crmdesk.services.reports import ageing

        book = self._ctx.need_book()
        basis = "invoice" if self.basis == "invoice" else "due"
        with book.read() as connection:
            found = ageing.rows(connection, as_of=self.as_of, basis=basis, buckets=BUCKETS)

        def amount(minor: int, currency: str) -> Decimal:
            return money.to_decimal(minor, currency)

        rows: dict[int, Row] = {}
        for place, row in enumerate(found):
            amounts = (row.not_due_minor, *row.bucket_minors, row.unallocated_minor, row.total_minor)
            rows[place] = (
                row.customer,
                row.name,
                row.currency,
                *(amount(minor, row.currency) for minor in amounts),
            )
        self._rows = rows
        order = list(rows)
        names = [field.name for field in _FIELDS]
        if query.sort in names:
            at = names.index(query.sort)
            order.sort(key=lambda key: rows[key][at], reverse=query.is_descending)
        return array("q", order)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """Rows already computed."""
        return {key: self._rows[key] for key in ids if key in self._rows}

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        """Totals per currency as finished texts."""
        del query
        return {}

    def totals(self) -> dict[str, list[Decimal]]:
        """Currency -> sums of the money columns."""
        totals: dict[str, list[Decimal]] = {}
        for row in list(self._rows.values()):
            sums = totals.setdefault(str(row[2]), [Decimal(0)] * 7)
            for index, value in enumerate(row[3:]):
                sums[index] += value
        return totals


class AgeingView(Speaking, QWidget):
    """Options above, the table, the totals below.

    Enter or a double click on an amount asks for the items behind it (`asked_for(target)`), on a name for the
    customer's statement (`chosen(code)`).
    """

    chosen = Signal(str)
    asked_for = Signal(dict)

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.setObjectName("ageing")
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(space(5), 0, space(5), space(3))
        bar.setSpacing(space(3))
        self.basis = Segments("ageing.basis", [(key, _(words)) for key, words in _BASES], _("Basis"))
        self.basis.changed.connect(lambda _value: self.refresh())
        bar.addWidget(self.basis)
        label = caption()
        self.say(label.setText, N_("As at"))
        bar.addWidget(label)
        self.as_of: Any = editor_for(Field("as_of", Kind.DATE, N_("As at")), ctx)
        self.as_of.setObjectName("ageing.asOf")
        self.say(self.as_of.setAccessibleName, N_("As at"))
        self.as_of.set_value(clock.today())
        self.as_of.setMaximumWidth(theme().metrics.em(20))
        self.as_of.edited.connect(self.refresh)
        bar.addWidget(self.as_of)
        bar.addStretch(1)
        add = ctx.commands.add
        self.export_action = add(
            Command("ageing.export", N_("Export …"), self.export, icon="download", shortcut="Ctrl+Shift+E"),
            self,
        )
        bar.addWidget(button(self.export_action))
        column.addLayout(bar)
        self.rows = AgeingRows(ctx)
        columns = [
            Column(field, tone=self._tone(index - 3) if field.name.startswith("bucket") else None)
            for index, field in enumerate(_FIELDS)
        ]
        self.table = TableView(ctx, self.rows, columns, "ageing.table")
        self.say(self.table.setAccessibleName, N_("Ageing"))
        self.table.has_cell_cursor = True
        self.table.opened.connect(self._open)
        self.table.sort_requested.connect(self._sort)
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(space(5), space(2), space(5), space(2))
        holder = QWidget()
        holder.setObjectName("ageing.total")
        self._totals = FlowLayout(holder, gap=3)
        foot.addWidget(holder, 1)
        column.addLayout(foot)
        self._query = Query()
        kinds = ("invoice", "payment", "credit", "refund", "writeoff", "opening", "customer")
        ctx.bus.watch(self, kinds, lambda _changes: self.refresh())
        ctx.book_changed.connect(self.refresh)
        self.table.model().modelReset.connect(self._show_totals)
        self.table.model().layoutChanged.connect(self._show_totals)

    @staticmethod
    def _tone(bucket: int) -> Any:
        tone = _TONES[bucket]

        def of_row(row: Row) -> str:
            return tone if row[3 + bucket] else ""

        return of_row

    def retranslate(self) -> None:
        """The switch and the totals in the new language."""
        super().retranslate()
        if hasattr(self, "_totals"):
            self.basis.set_words([(key, _(words)) for key, words in _BASES])
            self._show_totals()

    def refresh(self) -> None:
        """Runs the report again."""
        if self._ctx.book is None or not self.isVisible():
            return
        chosen = self.as_of.value()
        self.rows.as_of = chosen if isinstance(chosen, date) else clock.today()
        self.rows.basis = self.basis.value()
        self.table.load(self._query)

    def _sort(self, name: str, is_descending: bool) -> None:
        self._query = replace(self._query, sort=name, is_descending=is_descending)
        self.refresh()

    def _open(self, row_id: int) -> None:
        row = self.rows.fetch([row_id]).get(row_id)
        if row is None:
            return
        at = self.table.currentIndex().column()
        if at < _FIRST_AMOUNT:
            self.chosen.emit(str(row[0]))
        elif row[at]:
            self._ask(str(row[2]), _FIELDS[at].name, str(row[0]), str(row[1]))

    def _ask(self, currency: str, column: str, code: str = "", name: str = "") -> None:
        """Asks for the items behind an amount: of one customer, or of all of a currency."""
        label = _OVERDUE if column == "overdue" else next(f.label for f in _FIELDS if f.name == column)
        target = {
            "view": "items",
            "as_of": self.rows.as_of,
            "basis": self.rows.basis,
            "buckets": BUCKETS,
            "currency": currency,
            "column": column,
            "customer": code,
            "title": " · ".join(filter(None, (name or _("All customers"), _(label)))),
        }
        self.asked_for.emit(target)

    def _show_totals(self) -> None:
        """Per currency what is owed, overdue and unallocated; each amount opens the items behind it."""
        self._totals.clear()
        totals = sorted(self.rows.totals().items())
        for currency, sums in totals:
            late = sum(sums[1:5], Decimal(0))
            amounts = (
                ("total", N_("Total"), sums[6]),
                ("overdue", _OVERDUE, late),
                ("unallocated", N_("Unallocated"), sums[5]),
            )
            for column, label, amount in amounts:
                self._totals.addWidget(self._total_button(currency, column, label, amount))
        if not totals:
            self._totals.addWidget(Label(_("Nobody owes anything at this date."), "strong"))

    def _total_button(self, currency: str, column: str, label: str, amount: Decimal) -> QWidget:
        words = f"{currency} {_(label)} {number(amount)}"
        made = plain_button(words, f"ageing.{column}.{currency}", "link")
        made.setToolTip(_("Shows the open items behind it"))
        made.setEnabled(bool(amount))
        made.clicked.connect(lambda: self._ask(currency, column))
        return made

    def export(self) -> None:
        """The report as PDF, Excel or csv."""
        from crmdesk.services.reports.declared import Options

        options = Options(as_of=self.rows.as_of, basis=self.rows.basis, buckets=BUCKETS)
        name = f"{_('Ageing')} {options.as_of.isoformat()}.xlsx"
        papers.ask_file(
            self._ctx,
            self,
            _("Export what is shown"),
            name,
            lambda path: write_report(self._ctx, self, "ageing", options, path),
        )
