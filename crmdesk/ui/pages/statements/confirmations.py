"""Who has confirmed the statement as at a date, who differs, and who has not answered (对账回执)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.labels import caption
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.statements.slip import open_slip
from crmdesk.ui.report_file import write_report
from crmdesk.ui.report_rows import ReportRows

_SHOWN = (
    ("", N_("All with a balance")),
    ("waiting", N_("Sent, no answer")),
    ("unsent", N_("Not sent")),
    ("differs", N_("Differs")),
    ("agreed", N_("Agrees")),
)


def _fields() -> tuple[Field, ...]:
    from crmdesk.services.confirmations import STATES

    return (
        Field("customer", Kind.CODE, N_("Code"), width=10),
        Field("name", Kind.TEXT, N_("Customer"), width=26),
        Field("state", Kind.STATE, N_("Confirmation"), choices=STATES, width=16),
        Field("balance", Kind.MONEY, N_("Balance"), width=13, sign="any"),
        Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
        Field("sent", Kind.DATE, N_("Last sent"), width=10),
        Field("confirmed", Kind.DATE, N_("Slip returned on"), width=10),
        Field("statement", Kind.DATE, N_("Statement as at"), width=10),
        Field("difference", Kind.MONEY, N_("Difference"), width=12, sign="any"),
        Field("note", Kind.TEXT, N_("Note"), width=20),
    )


class ConfirmationList(ListPage):
    """Enter opens the statement, Ctrl+Shift+R records the slip of the row."""

    def __init__(self, ctx: Context) -> None:
        from crmdesk.services.reports.declared import Options

        fields = _fields()
        month_end = clock.today().replace(day=1) - timedelta(days=1)
        self.rows = ReportRows(ctx, "confirmations", fields, Options(as_of=month_end))
        quiet = ("currency", "sent", "confirmed", "statement", "note")
        super().__init__(
            ctx,
            "confirmations",
            N_("Confirmation slips"),
            self.rows,
            [Column(field, is_muted=field.name in quiet) for field in fields],
            watch=("invoice", "payment", "credit", "refund", "writeoff", "opening", "customer", "print_log"),
            icon="check-circle",
            search_hint=N_("Code or customer"),
            count_words=N_("{count} customers"),
            empty_title=N_("Nobody owed anything at this date"),
            empty_text=N_("Choose another date, or show all again."),
        )
        self._ctx = ctx
        self.title.hide()
        ctx.bus.watch(self, ("confirmation",), lambda _changes: self.reload())
        label = caption()
        self.say(label.setText, N_("As at"))
        self.add_filter(label)
        self.as_of: Any = editor_for(Field("as_of", Kind.DATE, N_("As at")), ctx)
        self.as_of.setObjectName("confirmations.asOf")
        self.say(self.as_of.setAccessibleName, N_("As at"))
        self.as_of.set_value(month_end)
        self.as_of.setMaximumWidth(theme().metrics.em(20))
        self.as_of.edited.connect(self._use)
        self.add_filter(self.as_of)
        self.shown = Combo()
        self.shown.setObjectName("confirmations.shown")
        self.say(self.shown.setAccessibleName, N_("Show"))
        for value, words in _SHOWN:
            self.shown.addItem(_(words), value)
        self.shown.currentIndexChanged.connect(lambda _index: self._use())
        self.add_filter(self.shown)
        self.record_action = self.add_button(
            Command(
                "confirmations.record",
                N_("Record the slip …"),
                self.record,
                icon="check-circle",
                shortcut="Ctrl+Shift+R",
            ),
            "primary",
        )
        self.enable_export()
        self.export_requested.connect(lambda _query, _columns: self.export())
        self.opened.connect(self._open)
        self.current_changed.connect(lambda current: self.record_action.setEnabled(current is not None))
        self.record_action.setEnabled(False)

    def retranslate(self) -> None:
        """The choice in the new language."""
        super().retranslate()
        if hasattr(self, "shown"):
            for index, (_value, words) in enumerate(_SHOWN):
                self.shown.setItemText(index, _(words))

    def _use(self) -> None:
        chosen = self.as_of.value()
        if isinstance(chosen, date):
            self.rows.use(replace(self.rows.options, as_of=chosen, by=str(self.shown.currentData())))
            self.reload()

    def _open(self, row_id: int) -> None:
        row = self.rows.raw(row_id)
        if row is not None:
            self._ctx.go("statements", customer=str(row[0]))

    def record(self) -> None:
        """Asks what the slip of the chosen customer says."""
        current = self.table.current_id()
        row = self.rows.raw(current) if current is not None else None
        if row is not None:
            open_slip(self._ctx, self, str(row[0]), self.rows.options.as_of, str(row[2]))

    def export(self) -> None:
        """The list as PDF, Excel or csv."""
        options = self.rows.options
        name = f"{_('Confirmation slips')} {options.as_of.isoformat()}.xlsx"
        papers.ask_file(
            self._ctx,
            self,
            _("Export what is shown"),
            name,
            lambda path: write_report(self._ctx, self, "confirmations", options, path),
        )
