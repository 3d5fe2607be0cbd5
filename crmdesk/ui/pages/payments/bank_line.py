"""One bank line beside its list: what the bank says, what it probably is and why, and what is booked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import bank_actions
from crmdesk.ui.dialogs.bank_sure import what_words
from crmdesk.ui.document_view import FactsGrid
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout, scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.payments.bank_choice import BankChoice, plan_of
from crmdesk.ui.pages.payments.bank_words import IGNORED, MATCHED, NEW, STATES, certainty, facts_of

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from crmdesk.services.banking.desk import LineFacts, Standing
    from crmdesk.services.banking.matching import Suggestion
    from crmdesk.services.payment_plan import Plan
    from crmdesk.services.use_cases import Outcome


class BankLineView(Speaking, QWidget):
    """Shows the line with an id and the suggestion for it. `done(line id)`: it does not wait any more."""

    done = Signal(int)

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._id: int | None = None
        self.facts: LineFacts | None = None
        self.suggestion: Suggestion | None = None
        self._is_sending = False
        self._deeds: dict[str, QAction] = {}
        self.setObjectName("bank.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        self._nobody = EmptyState("banknote", "", "", "bank.detail.nobody")
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._content())
        outer.addWidget(self._stack)
        self.retranslate()

    # Building

    def _content(self) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(3), space(4), space(2))
        column.setSpacing(space(2))
        head = QHBoxLayout()
        head.setSpacing(space(2))
        self.amount = labels.figure()
        self.amount.setObjectName("bank.detail.amount")
        self.state = Chip()
        self.state.setObjectName("bank.detail.state")
        self.payer = labels.strong()
        self.payer.setObjectName("bank.detail.payer")
        self.day = labels.caption()
        self.day.setObjectName("bank.detail.day")
        head.addWidget(self.amount)
        head.addWidget(self.day, 0, Qt.AlignmentFlag.AlignBottom)
        head.addStretch(1)
        head.addWidget(self.state)
        column.addLayout(head)
        column.addWidget(self.payer)
        self.facts_grid = FactsGrid("bank.detail.facts")
        column.addWidget(self.facts_grid)
        column.addWidget(labels.rule())
        column.addLayout(self._what_it_is())
        self.choice = BankChoice(self._ctx)
        self.choice.changed.connect(self._enable)
        self.choice.submitted.connect(self.confirm)
        self.choice.failed.connect(self._failed)
        column.addWidget(self.choice, 1)
        self._spacer = QWidget()
        column.addWidget(self._spacer, 1)
        # What is done with the line stays in sight however long the list of documents is.
        foot = QWidget()
        rows = QVBoxLayout(foot)
        rows.setContentsMargins(space(4), space(2), space(4), space(3))
        rows.setSpacing(space(2.5))
        self.banner = Banner("bank.detail.banner")
        rows.addWidget(self.banner)
        live = QHBoxLayout()
        live.addWidget(self.choice.live)
        live.addStretch(1)
        rows.addLayout(live)
        holder = QWidget()
        self._buttons = FlowLayout(holder, gap=2)
        rows.addWidget(holder)
        whole = QWidget()
        both = QVBoxLayout(whole)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(scrolled(content, "bank.detail.scroll"), 1)
        both.addWidget(labels.rule())
        both.addWidget(foot)
        return whole

    def _what_it_is(self) -> QVBoxLayout:
        space = theme().metrics.space
        rows = QVBoxLayout()
        rows.setSpacing(space(1))
        line = QHBoxLayout()
        line.setSpacing(space(2))
        self.what = Paragraph("", "strong")
        self.what.setObjectName("bank.detail.what")
        self.certainty = Chip()
        self.certainty.setObjectName("bank.detail.certainty")
        line.addWidget(self.what, 1)
        line.addWidget(self.certainty, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(line)
        self.why = Paragraph("", "", "second")
        self.why.setObjectName("bank.detail.why")
        rows.addWidget(self.why)
        self._candidates = QWidget()
        self._candidate_row = FlowLayout(self._candidates, gap=1.5)
        rows.addWidget(self._candidates)
        self.stands = plain_button("", "bank.detail.stands", "link", "external-link")
        self.stands.clicked.connect(lambda _checked=False: self._go_to_standing())
        beside = QHBoxLayout()
        beside.addWidget(self.stands)
        beside.addStretch(1)
        rows.addLayout(beside)
        return rows

    def offer_commands(self, page: QWidget) -> None:
        """Commands heard in the whole page, with their buttons at the foot of the line."""
        for command in (
            Command(
                "bank.confirm",
                N_("Book the line"),
                self.confirm,
                "check",
                "Ctrl+Return",
                N_("Book the line and go to the next"),
            ),
            Command(
                "bank.link",
                N_("Tie …"),
                self.link,
                "link",
                "Ctrl+L",
                N_("Tie the line to a payment or refund that was entered already"),
            ),
            Command(
                "bank.fee",
                N_("Bank fee"),
                self.fee,
                "percent",
                "Ctrl+G",
                N_("A fee or interest of the bank, which concerns no customer"),
            ),
            Command(
                "bank.refund",
                N_("Refund …"),
                self.refund,
                "rotate-ccw",
                "Ctrl+R",
                N_("Money paid back to a customer"),
            ),
            Command("bank.ignore", N_("Set aside …"), self.ignore, "eye-off", "Ctrl+D", N_("Books nothing")),
            Command(
                "bank.reopen",
                N_("Let it wait again"),
                self.reopen,
                "undo",
                "Ctrl+U",
                N_("Takes back what was set aside or tied"),
            ),
        ):
            action = self._ctx.commands.add(command, page)
            name = command.id.removeprefix("bank.")
            self._deeds[name] = action
            self._buttons.addWidget(button(action, "primary" if name == "confirm" else ""))
        self._enable()

    @property
    def is_choosing(self) -> bool:
        """Whether a waiting line of money that came in is shown."""
        facts = self.facts
        return facts is not None and facts.line.state == NEW and facts.line.amount_minor > 0

    # Showing

    def show_line(self, line_id: int | None, suggestion: Suggestion | None) -> None:
        """Reads and shows a line; None shows nothing."""
        if line_id != self._id:
            self._id = line_id
            self.banner.hide()
        self.suggestion = suggestion
        if line_id is None or self._ctx.book is None:
            self._show(None, None)
            return
        customer = self.choice.customer_of(line_id, suggestion)
        contract = self.choice.contract_of(line_id)

        def work(connection: Any) -> tuple[LineFacts | None, Plan | None]:
            from crmdesk.services.banking import desk

            facts = desk.line(connection, line_id)
            if facts is None or facts.line.state != NEW or facts.line.amount_minor <= 0 or not customer:
                return facts, None
            return facts, plan_of(connection, facts, customer, contract)

        def done(answer: tuple[LineFacts | None, Plan | None]) -> None:
            self._show(*answer)

        self._ctx.read(work, owner=self, on_done=done, replaces="line")

    def _show(self, facts: LineFacts | None, plan: Plan | None) -> None:
        self.facts = facts
        self._stack.setCurrentIndex(0 if facts is None else 1)
        if facts is None:
            self._enable()
            return
        line = facts.line
        self.amount.setText(amount_text(line.amount_minor, line.currency))
        self.amount.set_tone("danger" if line.amount_minor < 0 else "")
        day = line.booked_on.isoformat()
        if facts.value_on is not None and facts.value_on != line.booked_on:
            day += " · " + _("value date {date}").format(date=facts.value_on.isoformat())
        self.day.setText(day)
        words, tone = STATES[line.state]
        self.state.setText(_(words))
        self.state.set_tone(tone)
        self.payer.setText(line.payer or _("The bank names nobody"))
        self.facts_grid.set_facts(facts_of(facts))
        is_choosing = line.state == NEW and line.amount_minor > 0
        self.choice.setVisible(is_choosing)
        self._spacer.setVisible(not is_choosing)
        self._say_what()
        if is_choosing:
            self.choice.show_line(facts, self.suggestion, plan)
        else:
            self.choice.clear()
        self._enable()

    def _say_what(self) -> None:
        """The suggestion, or what became of the line, in words."""
        facts, one = self.facts, self.suggestion
        if facts is None:
            return
        is_new = facts.line.state == NEW
        self._candidate_row.clear()
        if is_new:
            self.what.setText(what_words(one, facts.line, has_numbers=False) if one is not None else "")
            self.why.setText(" ".join(dict.fromkeys(one.reasons)) if one is not None else "")
            words, tone = certainty(one)
            self.certainty.setText(words)
            self.certainty.set_tone(tone)
            if one is not None and facts.line.amount_minor > 0:
                for candidate in one.candidates:
                    made = plain_button(
                        candidate.name.replace("&", "&&"), f"bank.candidate.{candidate.code}", "chip"
                    )
                    made.setAccessibleName(candidate.name)
                    made.setToolTip(candidate.reason)
                    made.clicked.connect(lambda _checked=False, code=candidate.code: self.choice.use(code))
                    self._candidate_row.addWidget(made)
        else:
            self.what.setText(self._became())
            self.why.setText(facts.reason)
        self.certainty.setVisible(is_new and bool(self.certainty.text()))
        self.why.setVisible(bool(self.why.text()))
        self._candidates.setVisible(self._candidate_row.count() > 0)
        stands = self._stands()
        self.stands.setVisible(stands is not None)
        if stands is not None:
            is_entry = stands.kind == "bank"
            words = (
                _("Reverse {number} …").format(number=stands.number)
                if is_entry
                else _("Open {number}").format(number=stands.number)
            )
            self.stands.setText(words)
            self.stands.setAccessibleName(words)

    def _became(self) -> str:
        facts, stands = self.facts, self._stands()
        if facts is None or stands is None:
            return _("Set aside; nothing is booked for it")
        if stands.kind == "bank":
            return _("Booked as {number}, of no customer").format(number=stands.number)
        words = (
            _("Is {number} of {name}, entered already")
            if facts.line.state == MATCHED
            else _("Booked as {number} of {name}")
        )
        return words.format(number=stands.number, name=stands.name)

    def _stands(self) -> Standing | None:
        return self.facts.standing[0] if self.facts is not None and self.facts.standing else None

    def _enable(self) -> None:
        """Which of the actions there are for this line, and what the main one does."""
        if not self._deeds:
            return
        facts = self.facts
        is_new = facts is not None and facts.line.state == NEW
        is_in = facts is not None and facts.line.amount_minor > 0
        is_moved = facts is not None and facts.line.amount_minor != 0
        way = self.way()
        # what the main button does needs no other one
        shown = {
            "confirm": is_new,
            "link": is_new and is_moved,
            "fee": is_new and is_moved and way != "fee",
            "refund": is_new and is_moved and not is_in and way != "refund",
            "ignore": is_new and way != "ignore",
            "reopen": facts is not None and facts.line.state in (MATCHED, IGNORED),
        }
        for name, is_shown in shown.items():
            # the key of one that the main button stands for works all the same
            self._deeds[name].setEnabled((is_shown or (is_new and name == way)) and not self._is_sending)
        for place in range(self._buttons.count()):
            item = self._buttons.itemAt(place)
            made = item.widget() if item is not None else None
            if made is not None:
                made.setVisible(shown[made.objectName().removeprefix("bank.")])
        words = _(_MAIN[way]) if is_new else _("Book the line")
        if is_new and way == "link" and self.suggestion is not None:
            words = _("Tie to {number}").format(number=self.suggestion.target)
        self._deeds["confirm"].setText(words)
        self._buttons.invalidate()

    def way(self) -> str:
        """What the main action does with the line: payment, link, fee, refund or ignore."""
        facts, one = self.facts, self.suggestion
        if facts is None or facts.line.amount_minor == 0:
            return "ignore"
        has_own = self.choice.picker.value() is not None and facts.line.amount_minor > 0
        if one is not None and one.kind in ("link", "fee", "refund") and not has_own:
            return one.kind
        return "payment" if facts.line.amount_minor > 0 else "ignore"

    # Doing

    def confirm(self) -> None:
        """Books what the main button says; a line that is done already only leads on."""
        facts = self.facts
        if facts is None or self._is_sending:
            return
        if facts.line.state != NEW:
            self.done.emit(facts.line.id)
            return
        way = self.way()
        if way == "payment":
            self._book_payment()
        elif way == "fee":
            self.fee()
        elif way == "link" and self.suggestion is not None:
            one = self.suggestion
            self._run("bank.link", {"line": facts.line.id, one.target_kind: one.target})
        elif way == "refund":
            self.refund()
        else:
            self.ignore()

    def _book_payment(self) -> None:
        arguments = self.choice.arguments()
        if arguments is not None:
            self._run("bank.confirm", arguments)

    def _run(self, use_case: str, arguments: dict[str, Any]) -> None:
        if self._is_sending:
            return
        self._is_sending = True
        self.banner.hide()
        self._ctx.run_use_case(
            use_case,
            arguments,
            owner=self,
            on_done=lambda outcome: self._was_done(outcome, int(arguments["line"])),
            on_error=self._failed,
        )

    def _was_done(self, outcome: Outcome, line_id: int) -> None:
        self._is_sending = False
        self.choice.forget(line_id)
        number = outcome.result.get("number")
        if number:
            self._ctx.notices.toast(_("Booked: {number}").format(number=number))
        self.done.emit(line_id)

    def _failed(self, error: Exception) -> bool:
        self._is_sending = False
        self._enable()
        if not self.choice.isHidden() and self.choice.form.take_error(error):
            return True
        hint = error.hint if isinstance(error, CrmdeskError) and error.hint else ""
        text = sentence(error)
        self.banner.show_message(text if hint in text else f"{text} {hint}", "danger")
        return True

    def _after(self, outcome: Outcome) -> None:
        if self.facts is not None:
            self._was_done(outcome, self.facts.line.id)

    def link(self) -> None:
        """Ties the line to what was entered already."""
        facts, one = self.facts, self.suggestion
        if facts is not None and facts.line.state == NEW:
            chosen = one.target if one is not None and one.kind == "link" else ""
            bank_actions.link(self._ctx, self, facts, self._after, chosen)

    def fee(self) -> None:
        """Books the line as a fee or interest of the bank."""
        if self.facts is not None and self.facts.line.state == NEW:
            self._run("bank.fee", {"line": self.facts.line.id})

    def refund(self) -> None:
        """Books money that went out as paid back to a customer."""
        facts, one = self.facts, self.suggestion
        if facts is not None and facts.line.state == NEW and facts.line.amount_minor < 0:
            is_refund = one is not None and one.kind == "refund"
            bank_actions.refund(
                self._ctx,
                self,
                facts,
                self._after,
                one.customer if one is not None and is_refund else "",
                one.target if one is not None and is_refund else "",
            )

    def ignore(self) -> None:
        """Sets the line aside with a reason."""
        if self.facts is not None and self.facts.line.state == NEW:
            bank_actions.set_aside(self._ctx, self, self.facts, self._after)

    def reopen(self) -> None:
        """Lets a line wait again that was set aside or tied."""
        facts = self.facts
        if facts is None or facts.line.state not in (MATCHED, IGNORED):
            return
        self._ctx.run_use_case("bank.reopen", {"line": facts.line.id}, owner=self, on_error=self._failed)

    def _go_to_standing(self) -> None:
        stands = self._stands()
        if stands is None:
            return
        if stands.kind == "bank":
            bank_actions.reverse_entry(self._ctx, self, stands.number, lambda _outcome: None)
        else:
            self._ctx.go("payments", number=stands.number, kind=stands.kind)

    def retranslate(self) -> None:
        """Everything is said again."""
        super().retranslate()
        self._nobody.set_words(_("No line chosen"), _("Choose a line to see what it probably is."))
        if self.facts is not None:
            self._show(self.facts, self.choice.plan)


_MAIN = {
    "payment": N_("Book payment"),
    "link": N_("Tie to a payment …"),
    "fee": N_("Book as fee or interest"),
    "refund": N_("Refund …"),
    "ignore": N_("Set aside …"),
}
