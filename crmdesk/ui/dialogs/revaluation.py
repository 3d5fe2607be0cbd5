"""Revaluation (期末调汇): what it would post is seen before it is posted; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import DATE
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.revaluations import CurrencySum
    from crmdesk.services.use_cases import Outcome

_ROWS = 5


class Preview(NamedTuple):
    """What a revaluation of a day would find; amounts in minor units."""

    own: str
    sums: Sequence[CurrencySum]
    is_done: bool
    """Whether that day was revalued already."""


class RevaluationDialog(Dialog):
    """The day, and per currency what is open, its rate, its value and the difference."""

    def __init__(self, ctx: Context, parent: QWidget, on: date) -> None:
        super().__init__(parent, _("Revalue foreign receivables"), name="revaluation", width=86)
        self._ctx = ctx
        self.body.addWidget(
            labels.Paragraph(
                _(
                    "What customers owe in foreign currencies is valued at the rate of the day. The difference is "
                    "posted on that day and taken back on the next; invoices and payments stay as they are."
                ),
                "",
                "second",
            )
        )
        self.banner = Banner("revaluation.banner")
        self.body.addWidget(self.banner)
        field = Field("date", Kind.DATE, DATE.label, required=True)
        self.form = Form(
            ctx, (field,), {"date": on}, name="revaluation.form", columns_max=2, has_shortcuts=False
        )
        self.form.changed.connect(lambda _name: self.load())
        self.form.submitted.connect(self.submit)
        self.body.addWidget(self.form)
        self.sums = EntryList("revaluation.preview")
        self.sums.setAccessibleName(_("Preview"))
        self.sums.setFixedHeight(self.at_most(theme().metrics.row * _ROWS * 3 // 2))
        self.body.addWidget(self.sums)
        self.total = labels.strong("")
        self.total.setObjectName("revaluation.total")
        self.foot.insertWidget(0, self.total)
        self.add_cancel("revaluation.cancel")
        self.yes_button = self.add_action(
            _("Revalue"), "revaluation.save", self.submit, kind="primary", shortcut="Ctrl+S"
        )
        self.yes_button.setEnabled(False)
        self.load()

    def load(self) -> None:
        """Reads what would be posted on the day typed."""
        on = self.form.value("date")
        if not isinstance(on, date):
            return

        def work(connection: Any) -> Preview:
            from crmdesk.services import revaluations, settings

            own = settings.load(connection).currency
            days = revaluations.standing_days(connection)
            return Preview(own, revaluations.sums(revaluations.positions(connection, on)), on in days)

        self._ctx.read(work, owner=self, on_done=self._show, replaces="preview")

    def _show(self, found: Preview) -> None:
        self.sums.set_entries([_entry(one, found.own) for one in found.sums])
        missing = [one.currency for one in found.sums if one.rate is None and one.open_minor]
        bare = [one.currency for one in found.sums if one.unrated_minor]
        total = sum(one.difference_minor or 0 for one in found.sums)
        self.total.setText(_("Difference: {amount}").format(amount=amount_text(total, found.own)))
        self.total.set_tone("danger" if total < 0 else "")
        self.yes_button.setEnabled(bool(found.sums) and not missing and not found.is_done)
        self.banner.hide()
        if found.is_done:
            self.banner.show_message(_("This day was revalued already. Take that back first."), "warn")
        elif not found.sums:
            self.banner.show_message(_("Nothing is open in a foreign currency on this day."), "info")
        elif missing:
            self.banner.show_message(
                _("There is no rate of this day for {currencies}. Set one in Settings › Currencies.").format(
                    currencies=", ".join(missing)
                ),
                "danger",
            )
        elif bare:
            self.banner.show_message(
                _(
                    "Documents in {currencies} without any rate are left out. Give them one in Settings › Currencies."
                ).format(currencies=", ".join(bare)),
                "warn",
            )

    def submit(self) -> None:
        """Posts it."""
        on = self.form.value("date")
        if not isinstance(on, date) or not self.yes_button.isEnabled():
            return
        self.yes_button.setEnabled(False)
        self._ctx.run_use_case(
            "revaluation.run",
            {"date": on.isoformat()},
            owner=self,
            on_done=self._done,
            on_error=self._failed,
        )

    def _done(self, outcome: Outcome) -> None:
        on = str(outcome.result["date"])
        self.accept()
        self._ctx.notices.toast(
            _("{date} is revalued; {next} takes it back.").format(
                date=on, next=(date.fromisoformat(on) + timedelta(days=1)).isoformat()
            ),
            "good",
        )

    def _failed(self, error: Exception) -> bool:
        self.yes_button.setEnabled(True)
        if not self.form.take_error(error):
            self.banner.show_error(error)
        return True


def _entry(one: CurrencySum, own: str) -> Entry:
    difference = one.difference_minor
    if one.rate is None:
        detail = _("No rate of this day")
    else:
        detail = _("at {rate}: worth {value}, stands at {carrying}").format(
            rate=one.rate,
            value=amount_text(one.value_minor or 0, own),
            carrying=amount_text(one.carrying_minor, own),
        )
    return Entry(
        f"{one.currency} · {amount_text(one.open_minor, one.currency)}",
        detail,
        figure="—" if difference is None else amount_text(difference, own),
        side=_("{amount} without a rate").format(amount=amount_text(one.unrated_minor, one.currency))
        if one.unrated_minor
        else "",
        tone="danger" if difference is not None and difference < 0 else "",
        icon="coins",
        data=one,
    )


def open_run(ctx: Context, parent: QWidget, on: date | None = None) -> RevaluationDialog:
    """Opens the preview of a revaluation, of the end of the last month unless a day is named."""
    dialog = RevaluationDialog(ctx, parent, on or clock.today())
    dialog.form.mark_clean()
    dialog.show_sheet()
    dialog.form.focus_first()
    return dialog


def open_undo(ctx: Context, parent: QWidget) -> None:
    """Asks which revaluation is taken back; says so when there is none."""

    def work(connection: Any) -> list[date]:
        from crmdesk.services import revaluations

        return revaluations.standing_days(connection)

    def done(days: list[date]) -> None:
        if not days:
            ctx.notices.toast(_("Nothing was revalued yet."), "info")
        else:
            _ask_undo(ctx, parent, days)

    ctx.read(work, owner=parent, on_done=done)


def _ask_undo(ctx: Context, parent: QWidget, days: list[date]) -> ActionDialog:
    choices = tuple(Choice(day.isoformat(), day.isoformat()) for day in days)
    field = Field("date", Kind.CHOICE, N_("Revaluation of"), choices=choices, required=True)
    return open_action(
        ctx,
        parent,
        _("Take a revaluation back"),
        "revaluation.undo",
        (field,),
        {"date": days[0].isoformat()},
        name="undoRevaluation",
        text=_("Both entries are taken back on their own dates; the day may then be revalued again."),
        yes=_("Take back"),
        kind="danger",
        on_done=lambda outcome: ctx.notices.toast(
            _("The revaluation of {date} was taken back.").format(date=outcome.result["date"])
        ),
    )
