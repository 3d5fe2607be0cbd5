"""What the accounts of this book are called in the accountant's chart: a list, and a small form for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.vouchers import Coded

_CODE = Field("code", Kind.CODE, N_("The accountant's code"), required=True, length_max=40)
_NAME = Field("name", Kind.TEXT, N_("The accountant's name"), length_max=60)
_AUXILIARY = Field("auxiliary", Kind.BOOLEAN, N_("Kept by customer"))
_ROWS = 8


class AccountCodes(Dialog):
    """Enter, a double click or the button opens the form of an account."""

    def __init__(self, ctx: Context, parent: QWidget) -> None:
        super().__init__(parent, _("Account codes"), name="accountCodes", width=84)
        self._ctx = ctx
        self.body.addWidget(
            Paragraph(
                _(
                    "Vouchers name the accounts as the accountant's program does. Without a code of its own an "
                    "account keeps the one of this book."
                ),
                "",
                "second",
            )
        )
        self.accounts = EntryList("accountCodes.list")
        self.accounts.setAccessibleName(_("Account codes"))
        self.accounts.setMinimumHeight(self.at_most(theme().metrics.row * _ROWS * 3 // 2))
        self.accounts.chosen.connect(self.edit)
        self.body.addWidget(self.accounts, 1)
        self.add_cancel("accountCodes.cancel").setText(_("Close"))
        self.add_action(
            _("Change …"),
            "accountCodes.edit",
            lambda: self.edit(self.accounts.current()),
            kind="primary",
            shortcut="Ctrl+Return",
        )
        ctx.bus.watch(self, ("company", "setting"), lambda _changes: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Reads the accounts again."""

        def work(connection: Any) -> tuple[Coded, ...]:
            from crmdesk.services import vouchers

            return vouchers.coded(connection)

        self._ctx.read(work, owner=self, on_done=self._fill, replaces="accounts")

    def _fill(self, found: tuple[Coded, ...]) -> None:
        self.accounts.set_entries([_entry(one) for one in found])
        if self.accounts.currentIndex().row() < 0:
            self.accounts.select(0)
            self.accounts.setFocus()

    def edit(self, entry: Entry | None) -> ActionDialog | None:
        """The form of one account."""
        if entry is None:
            return None
        one: Coded = entry.data
        key = {"account": one.money_account} if one.money_account else {"role": one.key}
        return open_action(
            self._ctx,
            self,
            f"{one.own_code} {one.own_name}",
            "account.code_set",
            (_CODE, _NAME, _AUXILIARY),
            {"code": one.code or one.own_code, "name": one.name, "auxiliary": one.is_by_customer},
            key,
            name="accountCode",
            text=_("“Kept by customer” writes the customer into every line of this account."),
            on_done=lambda _outcome: self.refresh(),
        )


def _entry(one: Coded) -> Entry:
    detail = one.name or (_("Kept by customer") if one.is_by_customer else "")
    if one.name and one.is_by_customer:
        detail = f"{one.name} · {_('Kept by customer')}"
    return Entry(
        f"{one.own_code} {one.own_name}",
        detail or _("As in this book"),
        figure=one.code or one.own_code,
        icon="wallet" if one.money_account else "book",
        is_muted=not one.code,
        data=one,
    )


def open_codes(ctx: Context, parent: QWidget) -> AccountCodes:
    """Opens the list of accounts with their codes."""
    dialog = AccountCodes(ctx, parent)
    dialog.show_sheet()
    return dialog
