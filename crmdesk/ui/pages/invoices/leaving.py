"""Asks before a document is left that is not saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crmdesk.text import _
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.form import unsaved_words
from crmdesk.ui.pages.invoices import keeping

if TYPE_CHECKING:
    from crmdesk.ui.pages.invoices.editor import Editor


def ask(editor: Editor, then: Callable[[], object]) -> None:
    """Discard, stay, or (an invoice) save the draft; `then` comes when nothing is left to lose."""

    def discard() -> None:
        editor.mark_clean()
        editor.saving.let_go()
        editor.keeper.forget()
        then()

    def keep() -> None:
        if editor.saving.is_busy:
            editor.may_leave(then)  # the question stays open: what is being saved is not all that stands here
        else:
            # Asked again, for what was typed while it was being saved.
            editor.saving.keep(lambda: editor.may_leave(then))

    answers: list[tuple[str, str, str, Callable[[], object]]] = [
        (_("Discard"), "discard", "danger", discard),
        (_("Keep editing"), "stay", "" if not editor.is_credit else "primary", editor.enter_lines),
    ]
    if not editor.is_credit:
        answers.append((_("Save draft"), "save", "primary", keep))
    dialogs.ask(
        editor,
        _("Leave this document?"),
        unsaved_words(keeping.unsaved_labels(editor)),
        answers,
        name="leave",
    )
