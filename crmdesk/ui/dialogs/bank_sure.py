"""Before everything sure is booked: the list of it, line by line, where single ones can be left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text, amounts_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.banking.lines import BankLine
    from crmdesk.services.banking.matching import Suggestion
    from crmdesk.services.use_cases import Outcome

Sure = tuple["BankLine", "Suggestion"]
_PROBLEMS_SHOWN = 3


def open_sure(
    ctx: Context, parent: QWidget, sure: Sequence[Sure], on_done: Callable[[Outcome], object]
) -> SureDialog:
    """Shows what would be booked."""
    dialog = SureDialog(ctx, parent, sure, on_done)
    dialog.show_sheet()
    dialog.list.setFocus(Qt.FocusReason.TabFocusReason)
    dialog.list.select(0)
    return dialog


class SureDialog(Dialog):
    """Enter or Delete leaves a line out or takes it in again; all that are in are booked together or not at all."""

    def __init__(
        self, ctx: Context, parent: QWidget, sure: Sequence[Sure], on_done: Callable[[Outcome], object]
    ) -> None:
        super().__init__(parent, _("Book all sure lines"), name="bankSure", width=104)
        self._ctx = ctx
        self._sure = list(sure)
        self._on_done = on_done
        self._left_out: set[int] = set()
        self.body.addWidget(
            Paragraph(
                _("Customer and amount fit beyond doubt. All of them are booked together, or none."),
                "",
                "second",
            )
        )
        self.banner = Banner("bankSure.banner")
        self.body.addWidget(self.banner)
        self.list = EntryList("bankSure.lines")
        self.list.setAccessibleName(_("Lines to book"))
        self.list.chosen.connect(self._toggle)
        self.list.delete_requested.connect(self._toggle)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(labels.caption(_("Enter leaves a line out, or takes it in again.")))
        self.sum = labels.strong("")
        self.sum.setObjectName("bankSure.sum")
        self.foot.insertWidget(0, self.sum)
        self.add_action(_("Cancel"), "bankSure.cancel", self.reject, shortcut="Esc")
        self.save_button = self.add_action(
            _("Book them"), "bankSure.save", self.save, kind="primary", shortcut="Ctrl+S"
        )
        # Enter leaves lines out here; only Ctrl+S books.
        self.save_button.setDefault(False)
        self._show()
        sizes = theme().metrics
        self.list.setMinimumHeight(min(self.list.height_of_all(), sizes.row * 12))

    def _show(self) -> None:
        self.list.set_entries([self._entry(line, one) for line, one in self._sure])
        wanted = self._wanted()
        minors: dict[str, int] = {}
        for line in wanted:
            minors[line.currency] = minors.get(line.currency, 0) + line.amount_minor
        self.sum.setText(counted(N_("{count} lines · {amount}"), len(wanted), amount=amounts_text(minors)))
        self.save_button.setEnabled(bool(wanted))

    def _entry(self, line: BankLine, one: Suggestion) -> Entry:
        is_out = line.id in self._left_out
        who = line.payer or line.text or line.reference
        entry = Entry(
            f"{line.booked_on.isoformat()} · {who}",
            what_words(one, line),
            amount_text(line.amount_minor, line.currency),
            icon="minus" if is_out else "check",
            data=line.id,
        )
        return replace(entry, is_muted=True, chip=_("left out"), chip_tone="neutral") if is_out else entry

    def _wanted(self) -> list[BankLine]:
        return [line for line, _one in self._sure if line.id not in self._left_out]

    def _toggle(self, entry: Entry) -> None:
        self._left_out ^= {entry.data}
        self._show()

    def save(self) -> None:
        """Books what is in."""
        wanted = [line.id for line in self._wanted()]
        if not wanted or not self.save_button.isEnabled():
            return
        self.save_button.setEnabled(False)
        self._ctx.run_use_case(
            "bank.confirm_many", {"lines": wanted}, owner=self, on_done=self._done, on_error=self._failed
        )

    def _done(self, outcome: Outcome) -> None:
        self.accept()
        self._on_done(outcome)

    def _failed(self, error: Exception) -> bool:
        self.save_button.setEnabled(True)
        texts = [sentence(error)]
        if isinstance(error, CrmdeskError):
            texts += [one.message for one in error.problems[1:_PROBLEMS_SHOWN]]
        self.banner.show_message(" ".join(texts), "danger")
        return True


def what_words(one: Suggestion, line: BankLine, *, has_numbers: bool = True) -> str:
    """What a suggestion would do, in one line; `has_numbers` names the documents that a payment settles."""
    if one.kind == "link":
        return _("Is {number} of {name}, entered already").format(number=one.target, name=one.name)
    if one.kind == "fee":
        return _("Fee of the bank") if line.amount_minor < 0 else _("Interest of the bank")
    if one.kind == "refund":
        return _("Paid back to {name} from {number}").format(name=one.name, number=one.target)
    if one.kind == "payment" and one.parts and has_numbers:
        numbers = ", ".join(part.number for part in one.parts)
        return _("Payment of {name} for {numbers}").format(name=one.name, numbers=numbers)
    if one.kind == "payment":
        return _("Payment of {name}").format(name=one.name)
    return _("Nothing is known about it yet")
