"""The instalment plan of a contract: what is due when, what was billed and received; earlier plans stay readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.specs.agreements import WAYS
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.controls import Combo, EmptyState
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.sales.words import days_words, state_words

if TYPE_CHECKING:
    from crmdesk.services.agreement_card import Card, InstalmentShown, PlanShown


class PlanPanel(Speaking, QWidget):
    """Enter on an instalment shows its invoice, or asks to bill it (`bill_requested(position)`)."""

    bill_requested = Signal(int)

    def __init__(self, ctx: Context, name: str) -> None:
        super().__init__()
        self._ctx = ctx
        self._card: Card | None = None
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, space(2), 0, 0)
        column.setSpacing(space(2))
        row = QHBoxLayout()
        self.summary = labels.caption()
        self.summary.setObjectName(f"{name}.summary")
        row.addWidget(self.summary, 1)
        self.versions = Combo()
        self.versions.setObjectName(f"{name}.versions")
        self.say(self.versions.setAccessibleName, N_("Plans of this contract"))
        self.say(self.versions.setToolTip, N_("Plans of this contract"))
        self.versions.activated.connect(lambda _index: self._show_version())
        row.addWidget(self.versions)
        column.addLayout(row)
        self.parts = EntryList(name)
        self.say(self.parts.setAccessibleName, N_("Instalments"))
        self.parts.chosen.connect(self._chosen)
        self._nothing = EmptyState("calendar", "", "", f"{name}.empty")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.parts)
        self._stack.addWidget(self._nothing)
        column.addWidget(self._stack, 1)

    def show_card(self, card: Card) -> None:
        """Shows the present plan of a contract."""
        is_same = self._card is not None and self._card.head.id == card.head.id
        chosen = self.versions.currentData() if is_same else None
        was_newest = not is_same or self.versions.currentIndex() <= 0
        self._card = card
        self.versions.clear()
        for plan in card.plans:
            self.versions.addItem(_version_words(plan), plan.version)
        self.versions.setVisible(len(card.plans) > 1)
        self.versions.setCurrentIndex(0 if was_newest else max(self.versions.findData(chosen), 0))
        self._show_version()

    def _show_version(self) -> None:
        card = self._card
        wanted = self.versions.currentData()
        plan = next((one for one in card.plans if one.version == wanted), None) if card is not None else None
        if card is None or plan is None or not plan.instalments:
            can_plan = card is not None and card.head.state in ("draft", "signed", "running")
            self._nothing.set_words(
                _("No instalments"),
                _("Plan them with Ctrl+Shift+L, or bill the contract as a whole.") if can_plan else "",
            )
            self._stack.setCurrentWidget(self._nothing)
            self.summary.setText(plan.reason if plan is not None else "")
            return
        self._stack.setCurrentWidget(self.parts)
        self.parts.set_entries([self._entry(part, card.head.currency) for part in plan.instalments])
        way = next((_(choice.label) for choice in WAYS if choice.value == plan.way), "")
        done = sum(1 for part in plan.instalments if part.state == "done")
        counted = _("{done} of {count} complete").format(done=done, count=len(plan.instalments))
        self.summary.setText(" · ".join(filter(None, (way, counted, plan.reason))))

    def _entry(self, part: InstalmentShown, currency: str) -> Entry:
        words, tone = state_words("instalment", part.state)
        is_settled = part.state in ("done", "void")
        when = "" if is_settled else days_words(part.due_on, clock.today())
        billed = part.invoice if part.invoice else "" if part.state == "void" else _("not billed")
        received = (
            _("received {amount}").format(amount=amount_text(part.received_minor, currency))
            if part.received_minor and part.state != "done"
            else ""
        )
        return Entry(
            part.label,
            " · ".join(filter(None, (part.due_on.isoformat(), when, billed))),
            figure=amount_text(part.amount_minor, currency),
            side=received,
            tone="danger" if part.state == "overdue" else "third" if is_settled else "",
            chip=words,
            chip_tone=tone,
            is_muted=is_settled,
            data=part,
        )

    def _chosen(self, entry: Entry) -> None:
        part: InstalmentShown = entry.data
        if part.invoice:
            self._ctx.go("invoices", kind="invoice", number=part.invoice)
        elif part.state != "void":
            self.bill_requested.emit(part.position)


def _version_words(plan: PlanShown) -> str:
    words = _("Plan {version} of {date}").format(version=plan.version, date=plan.dated_on.isoformat())
    return words + (f" · {_('in force')}" if plan.is_present else "")
