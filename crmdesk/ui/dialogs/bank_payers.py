"""Who pays for whom, as it was learnt from what was confirmed; what is wrong is forgotten here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import bank_actions
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.controls import EmptyState, SearchBox
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.banking.desk import Payer
    from crmdesk.services.use_cases import Outcome


def open_payers(ctx: Context, parent: QWidget) -> PayersDialog:
    """Shows everything that was learnt."""
    dialog = PayersDialog(ctx, parent)
    dialog.show_sheet()
    dialog.search.setFocus(Qt.FocusReason.TabFocusReason)
    dialog.load()
    return dialog


class PayersDialog(Dialog):
    """A search, the list, and Delete to forget."""

    def __init__(self, ctx: Context, parent: QWidget) -> None:
        super().__init__(parent, _("Remembered payers"), name="bankPayers", width=88)
        self._ctx = ctx
        self._payers: list[Payer] = []
        self.search = SearchBox("bankPayers.search")
        self.search.setPlaceholderText(_("Payer, account or customer"))
        self.search.setAccessibleName(_("Payer, account or customer"))
        self.search.searched.connect(lambda _text: self._show())
        self.body.addWidget(self.search)
        self.banner = Banner("bankPayers.banner")
        self.body.addWidget(self.banner)
        self.list = EntryList("bankPayers.list")
        self.list.setAccessibleName(_("Remembered payers"))
        self.list.delete_requested.connect(lambda _entry: self.forget())
        self.list.current_changed.connect(lambda _entry: self._follow())
        self.search.left_down.connect(self._enter_list)
        self.empty = EmptyState(
            "user",
            _("Nobody is remembered yet"),
            _("When a bank line is booked for a customer, its payer is remembered for the next time."),
            "bankPayers.empty",
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list)
        self.stack.addWidget(self.empty)
        self.stack.setMinimumHeight(theme().metrics.row * 10)
        self.body.addWidget(self.stack, 1)
        self.add_action(_("Close"), "bankPayers.cancel", self.reject, shortcut="Esc")
        self.add_action(_("Add …"), "bankPayers.add", self._add, icon="plus", shortcut="Ctrl+N")
        self.forget_button = self.add_action(
            _("Forget"), "bankPayers.forget", self.forget, kind="danger", shortcut="Ctrl+D"
        )
        self.forget_button.setEnabled(False)

    def load(self) -> None:
        """Reads everything again."""

        def work(connection: Any) -> list[Payer]:
            from crmdesk.services.banking import desk

            return desk.payers(connection)

        def done(found: list[Payer]) -> None:
            self._payers = found
            self._show()

        self._ctx.read(work, owner=self, on_done=done, replaces="payers")

    def _show(self) -> None:
        words = self.search.text().casefold().split()
        entries = [
            Entry(
                one.shown,
                f"{_('Account') if one.kind == 'account' else _('Name')} · {one.name} · {one.customer}",
                icon="credit-card" if one.kind == "account" else "user",
                data=one,
            )
            for one in self._payers
            if all(word in f"{one.shown} {one.name} {one.customer}".casefold() for word in words)
        ]
        self.list.set_entries(entries)
        self.stack.setCurrentWidget(self.list if self._payers else self.empty)
        self._follow()

    def _enter_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)
        if self.list.current() is None and self.list.entries():
            self.list.select(0)

    def _follow(self) -> None:
        self.forget_button.setEnabled(self.list.current() is not None)

    def forget(self) -> None:
        """Forgets the payer with the cursor."""
        entry = self.list.current()
        if entry is None:
            return
        payer: Payer = entry.data

        def done(_outcome: Outcome) -> None:
            self.banner.show_message(
                _("{payer} is forgotten.").format(payer=payer.shown),
                "good",
                _("Undo"),
                lambda: self._learn(payer),
            )
            self.load()

        arguments = {"customer": payer.customer, payer.kind: payer.shown}
        self._ctx.run_use_case("bank.forget", arguments, owner=self, on_done=done, on_error=self._failed)

    def _learn(self, payer: Payer) -> None:
        self.banner.hide()
        arguments = {"customer": payer.customer, payer.kind: payer.shown}
        self._ctx.run_use_case(
            "bank.learn",
            arguments,
            owner=self,
            on_done=lambda _outcome: self.load(),
            on_error=self._failed,
        )

    def _add(self) -> None:
        bank_actions.learn(self._ctx, self, lambda _outcome: self.load())

    def _failed(self, error: Exception) -> bool:
        self.banner.show_error(error)
        return True
