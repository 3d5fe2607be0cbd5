"""Offers what was being written when the program ended: go on with it, or throw it away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from crmdesk.models import clock
from crmdesk.services.draft_journal import Entry
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.form_journal import Keeper
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.words import Speaking

WORDS = {
    "customer": N_("Customer"),
    "contact": N_("Contact"),
    "address": N_("Address"),
    "billing_profile": N_("Billing profile"),
    "activity": N_("Activity"),
    "product": N_("Product"),
    "ownField": N_("Own field"),
    "reminder_rule": N_("Rule for reminders"),
    "opening_table": N_("Opening balances"),
    "invoice": N_("Invoice"),
    "credit": N_("Credit note"),
    "reissue": N_("Invoice issued anew"),
    "payment": N_("Payment"),
}


class LeftBehind(Speaking, Banner):
    """Under the top bar for as long as something is undecided. `resume(entry)` shows an entry's form again.

    Whoever puts it into the window calls `follow` after that: shown before, it would be a window of its own.
    """

    def __init__(self, ctx: Context, resume: Callable[[Entry], object]) -> None:
        super().__init__("window.left")
        self._ctx = ctx
        self._resume = resume
        ctx.book_changed.connect(self.follow)

    def follow(self) -> None:
        """Listens to the journal of the book that is open now."""
        if self._ctx.journal is not None:
            self._ctx.journal.left_changed.connect(self.show_next)
        self.show_next()

    def show_next(self) -> None:
        """The one that was typed last, or nothing."""
        left = self._ctx.journal.left if self._ctx.journal is not None else []
        if not left:
            self.hide()
            return
        entry = left[-1]
        what = " · ".join(filter(None, (_(WORDS.get(entry.form, "")), entry.record, entry.title)))
        words = _("Not saved when the program ended ({when}): {what}.").format(
            when=clock.local_words(entry.typed_at), what=what
        )
        if len(left) > 1:
            words += " " + _("Others waiting: {count}.").format(count=len(left) - 1)
        self.show_message(
            words,
            "warn",
            _("Go on with it"),
            lambda: self._resume(entry),
            (_("Throw away"), lambda: self._throw_away(entry)),
        )

    def _throw_away(self, entry: Entry) -> None:
        journal = self._ctx.journal
        if journal is None:
            return
        journal.throw_away(entry)
        self._ctx.notices.toast(
            _("Thrown away: what was not saved."),
            "info",
            _("Bring it back"),
            lambda: journal.bring_back(entry) if self._ctx.journal is journal else None,
        )

    def retranslate(self) -> None:
        """Sentence and ways in the language in force."""
        super().retranslate()
        self.show_next()


def open_again(window: QWidget, resume: Callable[[Entry], object]) -> None:
    """Closes the sheets that are being written and shows them again as after a crash: in the language in force now.

    A sheet says its words once. One without a journal (a few fields), or without a word typed, stays as it is.
    """
    for sheet in window.findChildren(QDialog):
        keeper = sheet.findChild(Keeper, options=Qt.FindChildOption.FindDirectChildrenOnly)
        entry = keeper.entry_now() if keeper is not None and sheet.isVisible() else None
        if entry is not None:
            QDialog.done(sheet, 0)
            resume(entry)
