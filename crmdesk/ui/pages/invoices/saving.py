"""Keeping a document as a draft, and issuing it; what happens when another window did so meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import changed_meanwhile, one_field
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.hold import Hold
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.writing import keeping

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
        self.is_busy = False
        """Whether something was sent and not answered yet."""
        self._turn = 0
        self._hold: Hold | None = None
        self.draft = ""
        self.seen = ""

    def begin(self, draft: str, seen: str) -> None:
        """Another document is written."""
        self.let_go()
        self.draft, self.seen = draft, seen

    def let_go(self) -> None:
        """The document is left: an answer that is still to come does not concern what stands here then."""
        self._turn += 1
        self._free()

    def _identity(self) -> Values:
        return {"draft": self.draft, "seen": self.seen or None} if self.draft else {}

    def keep(self, then: Callable[[], object] | None = None) -> None:
        """Keeps the invoice as a draft, complete or not, and calls `then` once it is kept."""
        editor, turn = self._editor, self._turn
        if self.is_busy:
            return
        editor.lines.grid.settle()
        sent = editor.plain_values()
        self.is_busy = True

        def done(outcome: Outcome) -> None:
            number = str(outcome.result["draft"])
            self._ctx.notices.toast(_("Draft {number} is kept.").format(number=number))
            if turn != self._turn:
                return
            self._free()
            self._take(outcome)
            editor.mark_clean(sent)
            editor.keeper.begin(self.draft)
            editor.keeper.touch()  # more may have been typed while it was being saved, if only half a cell
            editor.show_heading()
            if then is not None:
                then()

        self._ctx.run_use_case(
            "invoice.draft",
            sent | self._identity(),
            owner=editor,
            on_done=done,
            on_error=lambda error: self._failed(error, turn, then),
        )

    def issue(self, *, is_printing: bool = False) -> None:
        """Issues the document: it gets its number and is locked. `is_printing` goes on to the printer."""
        editor, turn = self._editor, self._turn
        if self.is_busy:
            return
        request = editor.request()
        if request is None:
            return
        self.is_busy = True
        # What is typed from here on would be in no document.
        self._hold = Hold(editor.splitter)

        def issue_draft(outcome: Outcome | None = None) -> None:
            if turn != self._turn:
                return  # left meanwhile: it is a draft still
            if outcome is not None:
                self._take(outcome)
            self._run("invoice.issue", self._identity(), is_printing=is_printing)

        if editor.is_credit:
            request["apply"] = bool(editor.head.value("apply"))
            self._run("credit.issue", request, is_printing=is_printing)
        elif editor.is_reissue:
            self._run("invoice.reissue", request, is_printing=is_printing)
        elif self.draft and editor.is_dirty():
            # A draft is issued as it is: what was changed goes into it first.
            self._ctx.run_use_case(
                "invoice.draft",
                request | self._identity(),
                owner=editor,
                on_done=issue_draft,
                on_error=lambda error: self._failed(error, turn),
            )
        elif self.draft:
            issue_draft()
        else:
            self._run("invoice.issue", request, is_printing=is_printing)

    def _free(self) -> None:
        """The answer is there: the document can be written on, where one was."""
        self.is_busy = False
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.end()

    def _take(self, outcome: Outcome) -> None:
        self.draft, self.seen = str(outcome.result["draft"]), str(outcome.result["seen"])

    def _run(self, use_case: str, arguments: Values, *, is_printing: bool) -> None:
        editor, turn = self._editor, self._turn

        def done(outcome: Outcome) -> None:
            number = str(outcome.result["number"])
            if turn != self._turn:
                self._ctx.notices.toast(_("{number} is issued.").format(number=number), "good")
                return
            self._free()
            editor.mark_clean()
            editor.keeper.forget()
            editor.issued.emit(editor.kind, number, is_printing)

        # The key makes sure that going on after a crash does not issue a second one.
        key = None if self.draft else editor.keeper.key
        self._ctx.run_use_case(
            use_case,
            arguments,
            owner=editor,
            on_done=done,
            on_error=lambda error: self._not_issued(
                error, turn, use_case, arguments, is_printing=is_printing
            ),
            key=key,
        )

    def _not_issued(
        self, error: Exception, turn: int, use_case: str, arguments: Values, *, is_printing: bool
    ) -> bool:
        """Beyond the credit limit it asks for a reason, where the book refuses such invoices."""
        is_over = isinstance(error, CrmdeskError) and error.code is Code.CREDIT_LIMIT
        if not is_over or turn != self._turn:
            return self._failed(error, turn)
        self._free()
        editor = self._editor

        def given(reason: str, form: Form, dialog: Dialog) -> None:
            del form
            dialog.accept()
            if turn != self._turn or self.is_busy:
                return
            self.is_busy = True
            self._hold = Hold(editor.splitter)
            override = {"override": True, "override_reason": reason}
            self._run(use_case, arguments | override, is_printing=is_printing)

        dialog = one_field.ask_text(
            self._ctx,
            editor,
            _("Beyond the credit limit"),
            Field("override_reason", Kind.TEXT, N_("Reason for going beyond the limit"), length_max=500),
            given,
            yes=_("Issue all the same"),
            name="overLimit",
            text=sentence(error),
        )
        dialog.body.addWidget(
            Paragraph(
                _("The reason is kept in the audit trail. Cancel leaves the invoice as it is."),
                "caption",
                "second",
            )
        )
        return True

    def _failed(self, error: Exception, turn: int, then: Callable[[], object] | None = None) -> bool:
        if turn != self._turn:
            return False  # told as a message: the document is not here any more
        self._free()
        editor = self._editor
        if isinstance(error, CrmdeskError) and error.code is Code.CHANGED_BY:
            self._ask_whose(error, then)
            return True
        if isinstance(error, CrmdeskError) and error.code is Code.NOT_FOUND and error.field == "draft":
            # It was issued or thrown away elsewhere; what stands here becomes a draft of its own.
            self.draft = self.seen = ""
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

    def _ask_whose(self, error: CrmdeskError, then: Callable[[], object] | None) -> None:
        from crmdesk.services import invoice_entry

        editor, draft, turn = self._editor, self.draft, self._turn

        def done(found: tuple[Values, str]) -> None:
            if turn != self._turn:
                return
            theirs, seen = found

            def take_theirs() -> None:
                editor.begin(theirs, draft=draft, seen=seen)

            def keep_mine() -> None:
                self.seen = seen
                self.keep(then)

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
