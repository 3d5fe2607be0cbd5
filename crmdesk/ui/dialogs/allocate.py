"""Allocates what is free of a payment or credit note to open documents of its customer, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.models import clock, money
from crmdesk.models.errors import InvalidInput
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.date_editor import DateEditor
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.open_documents import OpenDocumentsTable

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts
    from crmdesk.services.payment_plan import Plan
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.kit.tasks import Progress


def open_allocate(ctx: Context, parent: QWidget, facts: Facts) -> AllocateDialog:
    """Opens the dialog with the oldest documents proposed."""
    dialog = AllocateDialog(ctx, parent, facts)
    dialog.show_sheet()
    dialog.load()
    return dialog


class AllocateDialog(Dialog):
    """One table; everything is booked in one transaction."""

    def __init__(self, ctx: Context, parent: QWidget, facts: Facts) -> None:
        super().__init__(
            parent,
            _("Allocate {number}").format(number=facts.number),
            name="allocate",
            subtitle=facts.customer_name,
            width=112,
        )
        self._ctx = ctx
        self._facts = facts
        self._plan: Plan | None = None
        self._is_saving = False
        space = theme().metrics.space
        head = QHBoxLayout()
        head.setSpacing(space(2))
        head.addWidget(labels.caption(_("Free")))
        head.addWidget(labels.strong(amount_text(facts.open_minor, facts.currency)))
        head.addSpacing(space(4))
        head.addWidget(labels.caption(_("Date")))
        self.date = DateEditor()
        self.date.setObjectName("allocate.date")
        self.date.setAccessibleName(_("Date"))
        self.date.setMaximumWidth(theme().metrics.em(20))
        self.date.set_value(max(clock.today(), facts.dated_on))
        self.date.editingFinished.connect(self.load)
        head.addWidget(self.date)
        head.addStretch(1)
        self.oldest = plain_button(_("Oldest first"), "allocate.oldest", "chip", "sparkles")
        self.oldest.clicked.connect(lambda _checked=False: self._propose())
        head.addWidget(self.oldest)
        self.body.addLayout(head)
        self.banner = Banner("allocate.banner")
        self.body.addWidget(self.banner)
        self.table = OpenDocumentsTable("allocate.openItems", N_("Allocate"))
        self.table.setAccessibleName(_("Open documents"))
        sizes = theme().metrics
        self.table.setFixedHeight(sizes.header + 7 * sizes.row)
        self.table.documents().edited.connect(lambda _row: self._show_left())
        self.body.addWidget(self.table)
        self.left = labels.strong("")
        self.left.setObjectName("allocate.left")
        self.foot.insertWidget(0, self.left)
        self.add_cancel("allocate.cancel")
        self.save_button = self.add_action(
            _("Allocate"), "allocate.save", self.save, kind="primary", shortcut="Ctrl+S"
        )
        self._show_left()

    def load(self) -> None:
        """Asks what is open on the date."""
        facts = self._facts
        try:
            on = self.date.value()
        except InvalidInput as error:
            self.banner.show_error(error)
            return

        def work(connection: Any) -> Plan:
            from crmdesk.services import payment_plan

            return payment_plan.of_customer(connection, facts.customer, on=on, currency=facts.currency)

        def done(plan: Plan) -> None:
            self._plan = plan
            self.table.documents().set_plan(plan)
            self._propose()
            if plan.documents:
                self.table.setCurrentIndex(self.table.documents().index(0, 6))
                self.table.setFocus(Qt.FocusReason.TabFocusReason)
                self.banner.hide()
            else:
                self.banner.show_message(_("Nothing of this customer is open on that date."), "info")

        self._ctx.read(work, owner=self, on_done=done, replaces="plan")

    def _propose(self) -> None:
        if self._plan is None:
            return
        from crmdesk.services import payment_plan

        choice = payment_plan.choose(self._plan, self._facts.open_minor, "auto")
        self.table.documents().set_parts(dict(choice.parts))
        self._show_left()

    def _left(self) -> int:
        return self._facts.open_minor - self.table.documents().total_minor()

    def _show_left(self) -> None:
        left = self._left()
        amount = amount_text(left, self._facts.currency)
        self.left.setText(_("{amount} stays free").format(amount=amount))
        self.left.set_tone("danger" if left < 0 else "")
        self.save_button.setEnabled(
            left >= 0 and bool(self.table.documents().parts()) and not self._is_saving
        )

    def save(self) -> None:
        """Books every part, or none."""
        delegate: Any = self.table.itemDelegate()
        delegate.settle()
        plan, facts = self._plan, self._facts
        if plan is None or self._left() < 0 or self._is_saving:
            return
        key = "credit" if facts.kind == "credit" else "payment"
        use_case = "credit.apply" if facts.kind == "credit" else "payment.allocate"
        requests = [
            {
                key: facts.number,
                "invoice": plan.documents[row].number,
                "amount": money.plain(part, facts.currency),
                "date": plan.on.isoformat(),
            }
            for row, part in sorted(self.table.documents().parts().items())
        ]
        book, actor = self._ctx.need_book(), self._ctx.actor
        self._is_saving = True

        def work(progress: Progress) -> Outcome:
            from crmdesk.services import several

            progress.check()
            return several.run(book, use_case, requests, actor=actor)

        self._ctx.write(work, owner=self, on_done=lambda _outcome: self.accept(), on_error=self._failed)

    def _failed(self, error: Exception) -> bool:
        self._is_saving = False
        self.banner.show_message(sentence(error), "danger")
        self._show_left()
        return True
