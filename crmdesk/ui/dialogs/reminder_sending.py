"""Reminders leave the house: printed, saved, as a draft of an e-mail, many at once. Each is noted in the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.models.errors import Cancelled, CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.services.changes import Changes
from crmdesk.text import N_, _
from crmdesk.ui import papers, printer
from crmdesk.ui.context import Context
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.documents.model import Rendered
    from crmdesk.services.dunning_papers import Reminded, Sheet
    from crmdesk.services.reminders_due import Due

LETTER, MAIL, CALL = "letter", "mail", "in_app"


def paper_of(ctx: Context, due: Due, on: date, language: str) -> papers.Paper:
    """A reminder as paper."""
    from crmdesk.services.documents import file_names

    actor = ctx.actor

    def render(connection: Connection) -> Rendered:
        from crmdesk.services import dunning_papers

        return dunning_papers.pdf(connection, [due], on, language=language, actor=actor)

    name = file_names.file_name(".pdf", number=due.customer, customer=due.name, on=on)
    return papers.Paper("dunning", (due.customer,), name, render)


def note(ctx: Context, owner: QWidget, due: Due, on: date, channel: str, digest: str = "") -> None:
    """Notes that it was sent; it is not due any more then."""
    from crmdesk.services import dunning_papers

    ctx.run_use_case(
        "reminder.record",
        dunning_papers.request(due, on, channel, digest),
        owner=owner,
        on_done=lambda _outcome: ctx.notices.toast(
            _("The reminder to {name} is noted.").format(name=due.name), "good"
        ),
    )


def print_letter(ctx: Context, owner: QWidget, due: Due, on: date, language: str) -> None:
    """Prints it, then notes it."""
    printer.print_paper(
        ctx, owner, paper_of(ctx, due, on, language), lambda: note(ctx, owner, due, on, LETTER)
    )


def save_letter(ctx: Context, owner: QWidget, due: Due, on: date, language: str) -> None:
    """Saves it as PDF, then notes it."""
    papers.save_pdf(ctx, owner, paper_of(ctx, due, on, language), lambda: note(ctx, owner, due, on, LETTER))


def open_draft(ctx: Context, owner: QWidget, due: Due, on: date, language: str) -> None:
    """Opens a draft in the mail program, the letter attached, then notes it."""
    actor = ctx.actor
    book = ctx.need_book()

    def work(progress: Progress) -> tuple[Sheet, Path]:
        from crmdesk.services import dunning_papers
        from crmdesk.services.outgoing import passing_file

        with book.read() as connection:
            made = dunning_papers.sheet(connection, due, on, MAIL, language=language, actor=actor)
        progress.check()
        return made, passing_file(made.name, made.content)

    def done(found: tuple[Sheet, Path]) -> None:
        from PySide6.QtGui import QDesktopServices

        made, path = found
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            ctx.notices.toast(
                _("No program on this computer opens e-mail drafts. Save the draft to a folder instead."),
                "warn",
                _("Save the draft"),
                lambda: _save_draft(ctx, owner, due, on, made),
            )
            return
        note(ctx, owner, due, on, MAIL, made.digest)

    ctx.run_heavy(
        work, owner=owner, on_done=done, label=_("Writing the draft to {name}").format(name=due.name)
    )


def _save_draft(ctx: Context, owner: QWidget, due: Due, on: date, made: Sheet) -> None:
    def write(path: Path) -> None:
        from crmdesk.services.outgoing import write_bytes

        ctx.run_heavy(
            lambda _progress: write_bytes(path, made.content),
            owner=owner,
            on_done=lambda written: (
                papers.say_saved(ctx, written),
                note(ctx, owner, due, on, MAIL, made.digest),
            ),
        )

    papers.ask_file(ctx, owner, _("Save the draft"), made.name, write)


# Many

_IN_ONE, _LETTERS, _MAILS, _BY_RULE = "one", "letters", "mails", "rule"
_FIELDS = (
    Field(
        "form",
        Kind.CHOICE,
        N_("Files"),
        choices=(
            Choice(_BY_RULE, N_("As the rules say: letters as PDF, e-mails as drafts")),
            Choice(_IN_ONE, N_("One PDF for all, to print")),
            Choice(_LETTERS, N_("One PDF each")),
            Choice(_MAILS, N_("One e-mail draft each")),
        ),
        default=_BY_RULE,
    ),
    Field(
        "language",
        Kind.CHOICE,
        N_("Language of documents"),
        choices=tuple(Choice(*one) for one in papers.LANGUAGES),
    ),
)


class ManyDialog(Dialog):
    """Asks how, then where; writes in the background with progress, each noted when its file is whole."""

    def __init__(self, ctx: Context, parent: QWidget, dues: Sequence[Due], language: str) -> None:
        super().__init__(parent, _("Send reminders"), name="reminderMany", width=72)
        self._ctx, self._page, self._dues = ctx, parent, list(dues)
        letters = sum(1 for due in self._dues if due.rule.channel != MAIL)
        words = _("Customers: {count}. By their rules: letters {letters}, e-mails {mails}.").format(
            count=len({due.customer for due in self._dues}), letters=letters, mails=len(self._dues) - letters
        )
        self.body.addWidget(Paragraph(words))
        self.form = Form(
            ctx,
            _FIELDS,
            {"form": _BY_RULE, "language": language},
            name="reminderMany",
            columns_max=1,
            has_shortcuts=False,
        )
        self.body.addWidget(self.form)
        self.body.addWidget(
            Paragraph(
                _(
                    "Each reminder is noted once its file is written. What was not sent can be withdrawn in the log."
                ),
                "caption",
                "second",
            )
        )
        self.add_cancel("reminderMany.cancel")
        self.add_action(
            _("Choose the target …"), "reminderMany.write", self.submit, kind="primary", shortcut="Ctrl+S"
        )
        self.form.focus_first()

    def submit(self) -> None:
        """Asks for the file or folder."""
        form, language = str(self.form.value("form")), str(self.form.value("language") or "")
        ctx, page, dues = self._ctx, self._page, self._dues
        self.accept()
        if form == _IN_ONE:
            name = f"{_('Payment reminders')} {clock.today().isoformat()}.pdf"
            papers.ask_file(
                ctx, page, _("Save as PDF"), name, lambda path: _write(ctx, page, dues, path, form, language)
            )
        else:
            papers.ask_folder(
                ctx,
                page,
                _("Folder for the reminders"),
                lambda path: _write(ctx, page, dues, path, form, language),
            )


def _write(ctx: Context, page: QWidget, dues: Sequence[Due], path: Path, form: str, language: str) -> None:
    book, actor, on = ctx.need_book(), ctx.actor, clock.today()

    def work(progress: Progress) -> Reminded:
        from crmdesk.services import dunning_papers

        if form == _IN_ONE:
            return dunning_papers.remind_in_one(book, dues, on, path, language=language, actor=actor)
        channel = {_LETTERS: LETTER, _MAILS: MAIL}.get(form, "")
        made = iter(range(len(dues) + 1))

        def step() -> None:
            progress.check()
            progress.step(next(made), len(dues))

        return dunning_papers.remind(
            book, dues, on, path, language=language, actor=actor, channel=channel, step=step
        )

    def done(found: Reminded) -> None:
        ctx.bus.publish(found.changes)
        if found.noted:
            ctx.notices.toast(
                _("Reminders written and noted: {count}.").format(count=found.noted),
                "good",
                _("Show in folder"),
                lambda: papers.open_folder(path if path.is_dir() else path.parent),
            )
        if found.refused:
            _tell_refused(page, found.refused)

    def failed(error: Exception) -> bool:
        # What was written before it stopped is noted: the list must not offer it again.
        changes = Changes()
        changes.everything.add("reminder")
        ctx.bus.publish(changes)
        if isinstance(error, Cancelled):
            ctx.notices.toast(
                _("Stopped. What was written before is noted, the others stay in the list."), "warn"
            )
            return True
        return False

    ctx.run_heavy(work, owner=page, on_done=done, on_error=failed, label=_("Writing reminders"))


_TOLD = 8


def _tell_refused(page: QWidget, refused: Sequence[tuple[str, CrmdeskError]]) -> None:
    from crmdesk.ui.kit import dialogs

    lines = [sentence(error) for _code, error in refused[:_TOLD]]
    if len(refused) > _TOLD:
        lines.append(_("… and {count} more").format(count=len(refused) - _TOLD))
    dialogs.tell(
        page,
        _("Not sent: {count}").format(count=len(refused)),
        "\n".join(lines),
        hint=_("They stay in the list and can be sent another way."),
        name="reminderRefused",
    )


def open_many(ctx: Context, parent: QWidget, choose: Callable[[Any], Sequence[Due]], language: str) -> None:
    """Opens the dialog for the reminders that `choose(connection)` finds."""

    def done(dues: Sequence[Due]) -> None:
        if dues:
            ManyDialog(ctx, parent, dues, language).show_sheet()

    ctx.read(choose, owner=parent, on_done=done)
