"""Credit of a customer: limit, used, available, the grade with each reason, promises and exclusions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.reminders import PROMISE_STATES
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import reminder_actions
from crmdesk.ui.dialogs.reminder_actions import Party
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import choice_label, choice_tone, number
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.customer_standing import Standing

GRADE_TONES = {"A": "good", "B": "good", "C": "warn", "D": "danger", "E": "danger"}
_STATE = Field("state", Kind.STATE, N_("State"), choices=PROMISE_STATES)
_ROWS = 3


def read(connection: Connection, code: str) -> Standing:
    """How a customer stands."""
    from crmdesk.services import customer_standing

    return customer_standing.load(connection, code)


def grade_words(grade: str) -> str:
    """Credit B."""
    return _("Credit {grade}").format(grade=grade)


class CreditDialog(Dialog):
    """The reasons of the grade, and what was agreed about the money that is late."""

    def __init__(self, ctx: Context, parent: QWidget, standing: Standing) -> None:
        super().__init__(parent, _("Credit and reminders"), name="credit", subtitle=standing.name, width=76)
        self._ctx, self._page = ctx, parent
        self.standing = standing
        space = theme().metrics.space
        self.figures = QHBoxLayout()
        self.figures.setSpacing(space(7))
        self.body.addLayout(self.figures)
        self._figures()
        if standing.credit.unrated:
            from crmdesk.services.exposure import unrated_words

            self.body.addWidget(Paragraph(unrated_words(standing.credit.unrated), "", "warn"))
        self.why = QGridLayout()
        self.why.setHorizontalSpacing(space(4))
        self.why.setVerticalSpacing(space(1.5))
        self.why.setColumnStretch(0, 1)
        self.body.addWidget(labels.strong(_("Why this grade")))
        self.body.addLayout(self.why)
        self._reasons()
        from crmdesk.services.credit import grade_spans

        self.body.addWidget(
            Paragraph(_("Points: {grades}.").format(grades=grade_spans()), "caption", "second")
        )
        self.body.addWidget(labels.strong(_("Promises and exclusions")))
        self.entries = EntryList("credit.entries")
        self.entries.setAccessibleName(_("Promises and exclusions"))
        self.entries.set_entries(self._agreed())
        rows = min(max(len(self.entries.entries()), 1), _ROWS)
        self.entries.setFixedHeight(
            self.entries.height_of_all() * rows // max(len(self.entries.entries()), 1)
        )
        self.body.addWidget(self.entries)
        self.entries.setVisible(bool(self.entries.entries()))
        if not self.entries.entries():
            self.body.addWidget(Paragraph(_("None. Reminders follow the rules."), "", "second"))
        self.add_action(_("Statement"), "credit.statement", self.to_statement)
        if standing.holds:
            self.add_action(_("Remind again"), "credit.unhold", self.unhold)
        else:
            self.add_action(_("Exclude from reminders …"), "credit.hold", self.hold)
        self.add_action(
            _("Record a promise …"), "credit.promise", self.promise, kind="primary", shortcut="Ctrl+R"
        )

    def _figures(self) -> None:
        credit = self.standing.credit
        left = credit.available_minor
        shown = (
            (N_("Grade"), credit.grade, GRADE_TONES[credit.grade]),
            (
                N_("Credit limit"),
                _("none") if credit.limit_minor is None else amount_text(credit.limit_minor, credit.currency),
                "",
            ),
            (N_("Credit used"), amount_text(credit.used_minor, credit.currency), ""),
            (
                N_("Available"),
                "—" if left is None else amount_text(left, credit.currency),
                "danger" if credit.is_over else "",
            ),
        )
        for words, value, tone in shown:
            pair = QVBoxLayout()
            pair.setSpacing(0)
            pair.addWidget(labels.caption(_(words)))
            figure = labels.heading(value)
            figure.set_tone("" if tone == "good" else tone)
            figure.setObjectName(f"credit.{words.split()[-1].lower()}")
            pair.addWidget(figure)
            self.figures.addLayout(pair)
        self.figures.addStretch(1)

    def _reasons(self) -> None:
        right = Qt.AlignmentFlag.AlignRight
        total = 0
        for row, point in enumerate(self.standing.credit.points):
            total += point.points
            ink = "" if point.points else "third"
            self.why.addWidget(labels.Label(point.label, "", ink), row, 0)
            self.why.addWidget(labels.Label(number(point.value, is_trimmed=True), "", ink), row, 1, right)
            words = counted(N_("{count} points"), point.points) if point.points != 1 else _("1 point")
            self.why.addWidget(labels.Label(words, "", ink), row, 2, right)
        row = self.why.rowCount()
        self.why.addWidget(labels.strong(_("Together")), row, 0)
        whole = labels.strong(counted(N_("{count} points"), total) if total != 1 else _("1 point"))
        whole.setObjectName("credit.points")
        self.why.addWidget(whole, row, 2, right)

    def _agreed(self) -> list[Entry]:
        made = []
        for hold, invoice in self.standing.holds:
            until = (
                _("until {date}").format(date=hold.until_on.isoformat()) if hold.until_on else _("for now")
            )
            title = _("{number} is not reminded of").format(number=invoice) if invoice else _("Not reminded")
            made.append(Entry(title, hold.reason, side=until, icon="ban", data=hold))
        for one in self.standing.promises:
            detail = [_("promised for {date}").format(date=one.promised_on.isoformat()), one.by, one.note]
            made.append(
                Entry(
                    amount_text(one.amount_minor, one.currency),
                    " · ".join(filter(None, detail)),
                    side=_("paid {amount}").format(amount=amount_text(one.paid_minor, one.currency))
                    if one.paid_minor
                    else "",
                    icon="calendar",
                    chip=choice_label(_STATE, one.state),
                    chip_tone=choice_tone(_STATE, one.state),
                    data=one,
                )
            )
        return made

    def _party(self) -> Party:
        credit = self.standing.credit
        return Party(self.standing.code, self.standing.name, credit.currency, credit.overdue_minor)

    def promise(self) -> None:
        """Records a promise."""
        self.accept()
        reminder_actions.promise(self._ctx, self._page, self._party())

    def hold(self) -> None:
        """Excludes the customer."""
        self.accept()
        reminder_actions.hold(self._ctx, self._page, self._party())

    def unhold(self) -> None:
        """Ends the exclusions that are in force."""
        self.accept()
        for _hold, invoice in self.standing.holds:
            reminder_actions.end_hold(self._ctx, self._page, self.standing.code, self.standing.name, invoice)

    def to_statement(self) -> None:
        """His statement."""
        self.accept()
        self._ctx.go("statements", customer=self.standing.code)


def open_credit(ctx: Context, parent: QWidget, code: str) -> None:
    """Opens the dialog of a customer."""
    ctx.read(
        lambda connection: read(connection, code),
        owner=parent,
        on_done=lambda standing: CreditDialog(ctx, parent, standing).show_sheet(),
    )


class CreditRow(QWidget):
    """The grade as a chip, what was agreed in words, and the way to the reasons. `place` prefixes the names."""

    def __init__(self, ctx: Context, place: str) -> None:
        super().__init__()
        from crmdesk.ui.kit.commands import plain_button

        self._ctx = ctx
        self._code = ""
        self.setObjectName(f"{place}.credit")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().metrics.space(2))
        self.grade = Chip()
        self.grade.setObjectName(f"{place}.grade")
        self.words = labels.caption()
        self.words.setObjectName(f"{place}.agreed")
        self.why = plain_button(_("Why?"), f"{place}.why", "link")
        self.why.clicked.connect(lambda _checked=False: self.open())
        row.addWidget(self.grade)
        row.addWidget(self.words, 1)
        row.addWidget(self.why)

    def show_customer(self, code: str) -> None:
        """Reads how a customer stands."""
        self._code = code
        self._ctx.read(
            lambda connection: read(connection, code), owner=self, on_done=self._show, on_error=lambda _e: True,
            replaces="credit",
        )  # fmt: skip

    def _show(self, standing: Standing) -> None:
        if standing.code != self._code:
            return
        grade = standing.credit.grade
        self.grade.setText(grade_words(grade))
        self.grade.set_tone(GRADE_TONES[grade])
        told = []
        if standing.holds:
            told.append(_("not reminded"))
        for one in standing.open_promises[:1]:
            told.append(
                _("promised {amount} for {date}").format(
                    amount=amount_text(one.amount_minor, one.currency), date=one.promised_on.isoformat()
                )
            )
        if not told and standing.last is not None:
            told.append(
                _("reminded {date}, level {level}").format(
                    date=standing.last.reminded_on.isoformat(), level=standing.last.level
                )
            )
        self.words.setText(" · ".join(told))
        self.why.setText(_("Why?"))
        self.why.setAccessibleName(_("Why this grade"))
        self.why.setToolTip(_("Why this grade"))

    def open(self) -> None:
        """Shows the reasons."""
        if self._code:
            open_credit(self._ctx, self, self._code)
