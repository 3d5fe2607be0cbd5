"""Keeping a document as a draft, and issuing it; what happens when another window did so meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import changed_meanwhile
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.pages.invoices import keeping

if TYPE_CHECKING:
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.pages.invoices.editor import Editor

Values = dict[str, Any]


class Saving:
    """The saving half of an `Editor`. `draft` is the number of the draft that is shown, empty for none.

    `seen` is the state in which it was read: another one in the book is neither overwritten nor issued unasked.
    """

    def __init__(self, ctx: Context, editor: Editor) -> None:
        self._ctx = ctx
        self._editor = editor
        self._is_busy = False
        self.draft = ""
        self.seen = ""

    def begin(self, draft: str, seen: str) -> None:
        """Another document is written."""
        self.draft, self.seen = draft, seen

    def _identity(self) -> Values:
        return {"draft": self.draft, "seen": self.seen or None} if self.draft else {}

    def keep(self) -> None:
        """Keeps the invoice as a draft, complete or not."""
        editor = self._editor
        if self._is_busy:
            return
        editor.lines.grid.settle()
        arguments = editor.plain_values() | self._identity()
        self._is_busy = True

        def done(outcome: Outcome) -> None:
            self._is_busy = False
            self._take(outcome)
            editor.mark_clean()
            editor.keeper.begin(self.draft)
            editor.show_heading()
            self._ctx.notices.toast(_("Draft {number} is kept.").format(number=self.draft))
            editor.kept.emit(self.draft)

        self._ctx.run_use_case("invoice.draft", arguments, owner=editor, on_done=done, on_error=self._failed)

    def issue(self) -> None:
        """Issues the document; it gets its number and is locked."""
        editor = self._editor
        if self._is_busy:
            return
        request = editor.request()
        if request is None:
            return
        self._is_busy = True

        def issue_draft(outcome: Outcome | None = None) -> None:
            if outcome is not None:
                self._take(outcome)
            self._run("invoice.issue", self._identity())

        if editor.is_credit:
            request["apply"] = bool(editor.head.value("apply"))
            self._run("credit.issue", request)
        elif self.draft and editor.is_dirty():
            # A draft is issued as it is: what was changed goes into it first.
            self._ctx.run_use_case(
                "invoice.draft",
                request | self._identity(),
                owner=editor,
                on_done=issue_draft,
                on_error=self._failed,
            )
        elif self.draft:
            issue_draft()
        else:
            self._run("invoice.issue", request)

    def _take(self, outcome: Outcome) -> None:
        self.draft, self.seen = str(outcome.result["draft"]), str(outcome.result["seen"])

    def _run(self, use_case: str, arguments: Values) -> None:
        editor = self._editor

        def done(outcome: Outcome) -> None:
            self._is_busy = False
            editor.mark_clean()
            editor.keeper.forget()
            editor.issued.emit(editor.kind, str(outcome.result["number"]))

        # The key makes sure that going on after a crash does not issue a second one.
        key = None if self.draft else editor.keeper.key
        self._ctx.run_use_case(
            use_case, arguments, owner=editor, on_done=done, on_error=self._failed, key=key
        )

    def _failed(self, error: Exception) -> bool:
        self._is_busy = False
        editor = self._editor
        if isinstance(error, CrmdeskError) and error.code is Code.CHANGED_BY:
            self._ask_whose(error)
            return True
        if isinstance(error, CrmdeskError) and error.code is Code.NOT_FOUND and error.field == "draft":
            # It was issued or thrown away elsewhere; what stands here becomes a draft of its own.
            self.begin("", "")
            editor.mark_unsaved()
            editor.keeper.begin()
            editor.keeper.touch()
            editor.show_heading()
            editor.banner.show_message(
                _(
                    "This draft was issued or thrown away in another window. What stands here is kept when you "
                    "save it again, as a draft of its own."
                ),
                "warn",
            )
            return True
        if not (isinstance(error, InvalidInput) and editor.head.take_error(error)):
            editor.show_error(error)
        return True

    def _ask_whose(self, error: CrmdeskError) -> None:
        from crmdesk.services import invoice_entry

        editor, draft = self._editor, self.draft

        def done(found: tuple[Values, str]) -> None:
            theirs, seen = found

            def take_theirs() -> None:
                editor.begin(theirs, draft=draft, seen=seen)

            def keep_mine() -> None:
                self.seen = seen
                self.keep()

            changed_meanwhile.ask_whose(
                editor,
                sentence(error),
                keeping.differences(editor, theirs),
                take_theirs=take_theirs,
                keep_mine=keep_mine,
            )

        self._ctx.read(
            lambda connection: invoice_entry.of_draft(connection, draft), owner=editor, on_done=done
        )
