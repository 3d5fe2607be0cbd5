"""Many exchange rates at once: a table is pasted, what it says is seen, then all of it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, rate_table
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.editors import LongTextEditor
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.use_cases import Outcome

_TEXT = Field("text", Kind.LONG_TEXT, N_("Table"))


class PasteRates(Dialog):
    """What is on the clipboard is taken at once when it is a table of rates."""

    def __init__(self, ctx: Context, parent: QWidget, currency: str) -> None:
        super().__init__(parent, _("Paste exchange rates"), name="pasteRates", width=80)
        self._ctx, self._currency = ctx, currency
        hint = _("A line per rate, such as USD 2026-06-01 7.0156. Columns may stand in any order.")
        if currency:
            hint += " " + _("Lines without a currency are {currency}.").format(currency=currency)
        self.body.addWidget(Paragraph(hint, "", "second"))
        self.banner = Banner("pasteRates.banner")
        self.body.addWidget(self.banner)
        self.text = LongTextEditor(_TEXT)
        self.text.setObjectName("pasteRates.text")
        self.text.setAccessibleName(_("Table"))
        sizes = theme().metrics
        self.text.setFixedHeight(sizes.row * 4)
        self.text.setTabChangesFocus(True)
        self.text.edited.connect(self.read)
        self.body.addWidget(self.text)
        self.found = EntryList("pasteRates.found")
        self.found.setAccessibleName(_("Rates found"))
        self.found.setFixedHeight(self.at_most(sizes.row * 6))
        self.body.addWidget(self.found)
        self.add_cancel("pasteRates.cancel")
        self.yes_button = self.add_action(
            _("Take them"), "pasteRates.save", self.submit, kind="primary", shortcut="Ctrl+S"
        )
        copied = QGuiApplication.clipboard().text()
        if copied and rate_table.read(copied, currency=currency, today=clock.today()).rates:
            self.text.set_value(copied[:100_000])
        self.read()
        self.text.setFocus()

    def read(self) -> None:
        """Shows what the text says."""
        self.pasted = rate_table.read(self.text.value(), currency=self._currency, today=clock.today())
        entries = [
            Entry(
                _("Line {number} is no rate").format(number=number),
                text[:80],
                icon="alert-circle",
                chip=_("Left out"),
                chip_tone="warn",
            )
            for number, text in self.pasted.faults
        ]
        entries += [
            Entry(one.currency, one.day.isoformat(), figure=f"{one.rate:f}", icon="coins")
            for one in self.pasted.rates
        ]
        self.found.set_entries(entries)
        count = len(self.pasted.rates)
        self.yes_button.setEnabled(count > 0)
        self.yes_button.setText(
            _("Take one rate") if count == 1 else counted(N_("Take {count} rates"), count)
        )

    def submit(self) -> None:
        """Sets all of them, or none."""
        if not self.yes_button.isEnabled():
            return
        self.yes_button.setEnabled(False)
        rows = [
            {"currency": one.currency, "date": one.day.isoformat(), "rate": f"{one.rate:f}"}
            for one in self.pasted.rates
        ]
        self._ctx.run_use_case(
            "rate.set_many", {"rates": rows}, owner=self, on_done=self._done, on_error=self._failed
        )

    def _done(self, outcome: Outcome) -> None:
        self.accept()
        self._ctx.notices.toast(counted(N_("{count} rates were set."), outcome.result["rates"]), "good")

    def _failed(self, error: Exception) -> bool:
        self.yes_button.setEnabled(True)
        self.banner.show_error(error)
        return True


def open_paste(ctx: Context, parent: QWidget, currency: str = "") -> PasteRates:
    """Opens the sheet; lines without a currency are of `currency`."""
    dialog = PasteRates(ctx, parent, currency)
    dialog.show_sheet()
    return dialog
