"""Statements of many customers: all with a balance, all with entries, or a category; one file each or one PDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.statement_files import StatementOptions, Written

_FIELDS = (
    Field(
        "who",
        Kind.CHOICE,
        N_("Customers"),
        choices=(
            Choice("balance", N_("All with a balance")),
            Choice("entries", N_("All with entries")),
            Choice("unconfirmed", N_("All who have not confirmed")),
            Choice("category", N_("A category")),
        ),
        default="balance",
    ),
    Field("category", Kind.CHOICE, N_("Category"), help=N_("With everything below it.")),
    Field(
        "form",
        Kind.CHOICE,
        N_("Files"),
        choices=(
            Choice("consolidated", N_("One PDF for all")),
            Choice("pdf", N_("One PDF each")),
            Choice("xlsx", N_("One workbook each")),
        ),
        default="consolidated",
    ),
)


def _categories(connection: Connection) -> list[str]:
    """Every category with its tree in front, as `categories.customer_codes` takes them."""
    from crmdesk.services import category_tree

    return [
        f"{tree.name}/{node.path}"
        for tree in category_tree.dimensions(connection)
        for node in category_tree.tree(connection, tree.id)
    ]


class BatchDialog(Dialog):
    """Asks who and how, then where; writes in the background with progress."""

    def __init__(self, ctx: Context, parent: QWidget, options: StatementOptions) -> None:
        super().__init__(parent, _("Statements of many customers"), name="statementBatch", width=70)
        self._ctx, self._options, self._parent = ctx, options, parent
        self.body.addWidget(
            Paragraph(_("With the style, dates and language chosen on the page."), "caption", "second")
        )
        self.form = Form(ctx, _FIELDS, name="statementBatch", columns_max=1, has_shortcuts=False)
        self.body.addWidget(self.form)
        self.form.changed.connect(lambda _name: self._follow())
        self._follow()
        ctx.read(_categories, owner=self, on_done=self._fill_categories)
        self.add_cancel("statementBatch.cancel")
        self.add_action(_("Choose the target …"), "statementBatch.write", self.submit, kind="primary")
        self.form.focus_first()

    def _fill_categories(self, paths: list[str]) -> None:
        self.form.use_choices("category", [Choice(path, path) for path in paths])

    def _follow(self) -> None:
        """A category is asked for only where one is wanted."""
        self.form.show_field("category", self.form.value("who") == "category")

    def submit(self) -> None:
        """Asks for the file or folder."""
        try:
            values = self.form.values()
        except CrmdeskError:
            return
        if values["who"] == "category" and not values["category"]:
            self.form.set_error("category", _("Choose a category."))
            return
        who, category, form = values["who"], values["category"] or "", values["form"]
        self.accept()

        def write(path: Path) -> None:
            self._write(who, category, form, path)

        if form == "consolidated":
            name = f"{_('Statements')}.pdf"
            papers.ask_file(self._ctx, self._parent, _("Save as PDF"), name, write)
        else:
            papers.ask_folder(self._ctx, self._parent, _("Folder for the statements"), write)

    def _write(self, who: str, category: str, form: str, path: Path) -> None:
        ctx, options = self._ctx, self._options
        book = ctx.need_book()

        def work(progress: Progress) -> tuple[list[str], Written]:
            from crmdesk.models import clock
            from crmdesk.services import categories, confirmations, statement_files, statements
            from crmdesk.services.reports import ageing

            with book.read() as connection:
                if who == "category":
                    codes = categories.customer_codes(connection, category)
                elif who == "entries":
                    codes = statements.customers_with_entries(connection, options.date_to)
                elif who == "unconfirmed":
                    found = confirmations.standings(connection, options.date_to or clock.today())
                    codes = list(dict.fromkeys(one.customer for one in found if one.slip is None))
                else:
                    rows = ageing.rows(connection, as_of=options.date_to)
                    codes = list(dict.fromkeys(row.customer for row in rows if row.total_minor))
                if form == "consolidated":
                    written = statement_files.write_consolidated(
                        connection, codes, path, options, progress.step
                    )
                else:
                    written = statement_files.write_each(
                        connection, codes, path, form, options, progress.step
                    )
            return codes, written

        def done(found: tuple[list[str], Written]) -> None:
            codes, written = found
            channel = "xlsx" if form == "xlsx" else "pdf"
            ctx.run_use_case("print.log", {"kind": "statement", "entries": codes, "channel": channel})
            papers.say_saved(ctx, written.files[0] if form == "consolidated" else path)

        ctx.run_heavy(work, on_done=done, label=_("Writing statements"))
