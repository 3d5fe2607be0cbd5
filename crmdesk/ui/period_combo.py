"""A choice of a period for a list: the usual ones by name, any other by two dates asked for in a small dialog."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, Signal

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.spans import Span, range_of
from crmdesk.text import N_, _
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.filter_words import PERIODS
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.host import Host

ALL, OWN = "all", "own"
WORDS = {
    ALL: N_("Any date"),
    **{name: PERIODS[name] for name in ("month", "last_month", "quarter", "year", "last_year")},
    OWN: N_("Own dates …"),
}
_FIELDS = (Field("from", Kind.DATE, N_("From")), Field("to", Kind.DATE, N_("To")))


class PeriodCombo(Combo):
    """`chosen(first or None, last or None)` comes when the period changed."""

    chosen = Signal(object, object)

    def __init__(self, host: Host, name: str, period: str = ALL) -> None:
        super().__init__()
        self._host = host
        self._own: Span = (None, None)
        self._period = period
        self.setObjectName(name)
        self.setAccessibleName(_("Period"))
        for value, words in WORDS.items():
            self.addItem(_(words), value)
        self.setCurrentIndex(self.findData(period))
        self.activated.connect(lambda _index: self._activated())

    def period(self) -> Span:
        """The days in force."""
        return self._own if self._period == OWN else range_of(self._period, clock.today())

    def use(self, first: date | None, last: date | None) -> None:
        """Takes own dates, as if they had been typed."""
        self._own, self._period = (first, last), OWN
        self.setCurrentIndex(self.findData(OWN))
        self.setItemText(self.findData(OWN), _range_words(first, last))
        self.chosen.emit(first, last)

    def filter_state(self) -> Any:
        """What a saved view keeps: the period's name, own days as ISO text; None for any date."""
        if self._period == OWN:
            return [day.isoformat() if day is not None else None for day in self._own]
        return None if self._period == ALL else self._period

    def restore_filter(self, state: Any) -> None:
        """Takes back what `filter_state` gave; anything else is any date."""
        if isinstance(state, list) and len(state) == 2:
            try:
                first, last = (date.fromisoformat(day) if day else None for day in state)
            except (TypeError, ValueError):
                first = last = None
            self.use(first, last)
            return
        index = self.findData(state if state in WORDS else ALL)
        self.setCurrentIndex(index)
        self._activated()

    def renew_filter(self) -> None:
        """Another day has begun: "this month" may be another one."""
        if self._period not in (ALL, OWN):
            self.chosen.emit(*self.period())

    def _activated(self) -> None:
        value = str(self.currentData())
        if value == OWN:
            self._ask()
            return
        self._period = value
        self.setItemText(self.findData(OWN), _(WORDS[OWN]))
        self.chosen.emit(*self.period())

    def _ask(self) -> None:
        first, last = self.period()
        dialog = Dialog(self, _("Own dates"), name="period", width=64)
        form = Form(
            self._host,
            _FIELDS,
            {"from": first, "to": last},
            name="period.form",
            columns_max=2,
            has_shortcuts=False,
            column_em=20,
        )
        dialog.body.addWidget(form)

        def take() -> None:
            try:
                values = form.values()
                if values["from"] and values["to"] and values["from"] > values["to"]:
                    raise InvalidInput(
                        Code.DATE_ORDER, _("The last day is before the first one."), field="to"
                    )
            except InvalidInput as error:
                form.take_error(error)
                return
            dialog.accept()
            self.use(values["from"], values["to"])

        def leave() -> None:
            self.setCurrentIndex(self.findData(self._period))

        form.submitted.connect(take)
        form.cancelled.connect(dialog.reject)
        dialog.rejected.connect(leave)
        dialog.add_cancel("period.cancel")
        dialog.add_action(_("Show"), "period.save", form.submit, kind="primary", shortcut="Ctrl+S")
        dialog.show_sheet()
        form.focus_first()

    def changeEvent(self, event: QEvent) -> None:
        """Words follow the language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self.setAccessibleName(_("Period"))
            for index in range(self.count()):
                value = str(self.itemData(index))
                is_own = value == OWN and self._period == OWN
                self.setItemText(index, _range_words(*self._own) if is_own else _(WORDS[value]))


def _range_words(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return _(WORDS[ALL])
    if first is None or last is None:
        day = first or last
        words = _("From {date}") if last is None else _("Until {date}")
        return words.format(date=day.isoformat() if day else "")
    return f"{first.isoformat()} – {last.isoformat()}"
