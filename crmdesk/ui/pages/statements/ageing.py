"""Ageing of all customers: by due or invoice date, as at any date; a row opens the customer's statement."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.labels import Label, caption
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.kit.table_view import TableView
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

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
        for number, row in enumerate(found):
            amounts = (row.not_due_minor, *row.bucket_minors, row.unallocated_minor, row.total_minor)
            rows[number] = (
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
    """Options above, the table, the totals below; `chosen(code)` by double click or Enter."""

    chosen = Signal(str)

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
        self.table.opened.connect(self._open)
        self.table.sort_requested.connect(self._sort)
        column.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(space(5), space(2), space(5), space(2))
        self.total = Label("", "strong")
        self.total.setObjectName("ageing.total")
        foot.addWidget(self.total, 1)
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
        if hasattr(self, "total"):
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
        if row is not None:
            self.chosen.emit(str(row[0]))

    def _show_totals(self) -> None:
        parts = []
        for currency, sums in sorted(self.rows.totals().items()):
            late = sum(sums[1:5], Decimal(0))
            words = _("{currency}: total {total}, overdue {late}, unallocated {free}")
            parts.append(
                words.format(currency=currency, total=f"{sums[6]:,}", late=f"{late:,}", free=f"{sums[5]:,}")
            )
        self.total.setText("   ".join(parts) or _("Nobody owes anything at this date."))

    def export(self) -> None:
        """The report as PDF, Excel or csv."""
        as_of, basis = self.rows.as_of, self.rows.basis
        name = f"{_('Ageing')} {as_of.isoformat()}.xlsx"

        def write(path: Path) -> None:
            form = path.suffix.lower().lstrip(".")
            form = form if form in ("pdf", "csv", "xlsx") else "xlsx"

            def work(connection: Any) -> Path:
                from crmdesk import text
                from crmdesk.services import papers as filled
                from crmdesk.services.exports import report_files
                from crmdesk.services.reports import declared

                options = declared.Options(as_of=as_of, basis=basis, buckets=BUCKETS)
                table = declared.find("ageing").fill(connection, options)
                company = filled.company_of(connection)
                return report_files.write(table, company, path, form, language=text.current_language())

            label = _("Writing {file}").format(file=path.name)
            self._ctx.read(
                work,
                owner=self,
                on_done=lambda written: papers.say_saved(self._ctx, written),
                lane="heavy",
                label=label,
            )

        papers.ask_file(self._ctx, self, _("Export what is shown"), name, write)
