"""What the import dialog has besides for a bank statement: the account it is of, and words for overlap and balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _, counted_each
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.imports.results import ImportResult

FILES = "*.ofx *.qfx *.qif *.sta *.mt940 *.940 *.xml"
_NOTES_SHOWN = 3


class AccountCombo(Combo):
    """The money accounts; the first choice leaves it to the file."""

    def __init__(self, ctx: Context, parent: QWidget, account: str) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._wanted = account
        self.setObjectName("import.account")
        self.setAccessibleName(_("Money account"))
        self.setToolTip(_("The money account that the statement is of"))
        self.setMinimumWidth(theme().metrics.em(24))
        self.addItem(_("Account: as the file says"), "")
        self.hide()
        self._load()

    def account(self) -> str:
        """The code of the account; "" leaves it to the file."""
        return str(self.currentData() or "")

    def _load(self) -> None:
        def work(connection: Any) -> Any:
            from crmdesk.services import picking

            return picking.money_accounts(connection)

        def done(accounts: Any) -> None:
            for account in accounts:
                self.addItem(f"{account.name} · {account.code}", account.code)
            self.setCurrentIndex(max(self.findData(self._wanted), 0))

        self._ctx.read(work, owner=self, on_done=done)


def statement_words(result: ImportResult, *, is_trial: bool) -> str:
    """What became of a statement: new lines, the overlap with earlier files, and why rows were refused."""
    source = (
        N_(
            "Trial: {read} rows read, {created} new lines, {skipped} known already or without movement, "
            "{failed} refused."
        )
        if is_trial
        else N_(
            "Done: {read} rows read, {created} new lines, {skipped} known already or without movement, "
            "{failed} refused."
        )
    )
    counts = {
        "read": result.read_count,
        "created": result.created_count,
        "skipped": result.skipped_count,
        "failed": result.failed_count,
    }
    texts = [counted_each(source, counts)]
    # A balance that does not fit refuses all rows of its statement for one reason: it is said once, here.
    broken = dict.fromkeys(
        " ".join(filter(None, (one.message, one.hint)))
        for one in result.errors
        if one.code == "balance_broken"
    )
    texts += [*broken, *dict.fromkeys(note.message for note in result.notes)][:_NOTES_SHOWN]
    return " ".join(texts)
