"""Statements of a group of customers: style, dates and language asked once, then one PDF or a file each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.services.groups import Chosen, Group
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.statement_files import StatementOptions, Written

CONSOLIDATED = "consolidated"
STYLES = (
    ("balance-forward", N_("Balance forward")),
    ("open-item", N_("Open items")),
    ("transactions", N_("Transactions")),
)
FILES = Field(
    "form",
    Kind.CHOICE,
    N_("Files"),
    choices=(
        Choice(CONSOLIDATED, N_("One PDF for all")),
        Choice("pdf", N_("One PDF each")),
        Choice("xlsx", N_("One workbook each")),
    ),
    default=CONSOLIDATED,
)
_FIELDS = (
    Field("style", Kind.CHOICE, N_("Statement style"), choices=tuple(Choice(*one) for one in STYLES),
          default="balance-forward"),
    Field("language", Kind.CHOICE, N_("Language of documents"),
          choices=tuple(Choice(*one) for one in papers.LANGUAGES)),
    Field("date_from", Kind.DATE, N_("From"), help=N_("Empty: from the first entry.")),
    Field("date_to", Kind.DATE, N_("Until"), help=N_("Empty: today.")),
    FILES,
)  # fmt: skip

CodesOf = Callable[["Connection"], list[str]]


class GroupStatementsDialog(Dialog):
    """Asks how, then where; writes in the background with progress."""

    def __init__(
        self, ctx: Context, parent: QWidget, group: Group | Chosen, title: str, language: str
    ) -> None:
        super().__init__(parent, _("Statements of a group"), name="groupStatements", subtitle=title, width=84)
        self._ctx, self._page, self._group = ctx, parent, group
        self.form = Form(
            ctx, _FIELDS, {"language": language}, name="groupStatements.form", columns_max=2,
            has_shortcuts=False,
        )  # fmt: skip
        self.form.submitted.connect(self.submit)
        self.body.addWidget(self.form)
        self.add_cancel("groupStatements.cancel")
        self.add_action(
            _("Choose the target …"), "groupStatements.write", self.submit, kind="primary", shortcut="Ctrl+S"
        )
        self.form.focus_first()

    def submit(self) -> None:
        """Asks for the file or folder."""
        try:
            values = self.form.values()
        except CrmdeskError:
            return
        if values["date_from"] and values["date_to"] and values["date_from"] > values["date_to"]:
            self.form.set_error("date_from", _("It lies behind the last day. Choose an earlier one."))
            return
        options = options_of(values, self._ctx.actor)
        group, form = self._group, str(values["form"])
        self.accept()

        def codes(connection: Connection) -> list[str]:
            from crmdesk.services import groups

            return groups.codes(connection, group)

        ask_target(self._ctx, self._page, codes, form, options)


def options_of(values: dict[str, Any], actor: str) -> StatementOptions:
    """What the services take, from the values of the form."""
    from crmdesk.services.statement_files import StatementOptions

    options = StatementOptions(values["date_from"], values["date_to"], str(values["style"]), actor=actor)
    return replace(options, language=str(values["language"])) if values["language"] else options


def ask_target(ctx: Context, page: QWidget, codes_of: CodesOf, form: str, options: StatementOptions) -> None:
    """Asks for the file or folder, then writes the statements of these customers."""

    def write(path: Path) -> None:
        _write(ctx, codes_of, form, options, path)

    if form == CONSOLIDATED:
        papers.ask_file(ctx, page, _("Save as PDF"), f"{_('Statements')}.pdf", write)
    else:
        papers.ask_folder(ctx, page, _("Folder for the statements"), write)


def _write(ctx: Context, codes_of: CodesOf, form: str, options: StatementOptions, path: Path) -> None:
    book = ctx.need_book()

    def work(progress: Progress) -> tuple[list[str], Written]:
        from crmdesk.services import statement_files

        with book.read() as connection:
            codes = codes_of(connection)
            if form == CONSOLIDATED:
                written = statement_files.write_consolidated(connection, codes, path, options, progress.step)
            else:
                written = statement_files.write_each(connection, codes, path, form, options, progress.step)
        return codes, written

    def done(found: tuple[list[str], Written]) -> None:
        codes, written = found
        channel = "xlsx" if form == "xlsx" else "pdf"
        if not book.is_read_only:
            ctx.run_use_case("print.log", {"kind": "statement", "entries": codes, "channel": channel})
        papers.say_saved(ctx, written.files[0] if form == CONSOLIDATED else path)

    ctx.run_heavy(work, on_done=done, label=_("Writing statements"))


def open_statements(ctx: Context, parent: QWidget, group: Group | Chosen, title: str) -> None:
    """Opens the dialog in the book's language."""

    def work(connection: Connection) -> str:
        from crmdesk.services import settings

        return settings.load(connection).language

    ctx.read(
        work,
        owner=parent,
        on_done=lambda language: GroupStatementsDialog(ctx, parent, group, title, language).show_sheet(),
    )
