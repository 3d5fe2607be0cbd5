"""What leaves a closed month: closing sheet, vouchers, the accountant's package; and the way to its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.papers import Paper

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.closing import Item
    from crmdesk.services.documents.model import Rendered

_LISTS = {"drafts": "drafts", "open_items": "open_items"}
"""Lists that the place of invoices shows itself."""


def sheet_paper(start: date | None, until: date) -> Paper:
    """The closing sheet of a period."""

    def render(connection: Connection) -> Rendered:
        from crmdesk.services import closing, settings
        from crmdesk.services import papers as filled
        from crmdesk.services.documents import closing_sheet, preview
        from crmdesk.services.documents.model import Rendered

        found = closing.sheet(connection, start, until)
        own = settings.load(connection)
        pdf = closing_sheet.render(found, filled.company_of(connection), own.language, own.paper)
        return Rendered(pdf, preview.count_pages(pdf))

    name = f"{_('Closing sheet')} {until.isoformat()}.pdf"
    return Paper(_("Closing sheet"), (until.isoformat(),), name, render)


def go_to_rows(ctx: Context, item: Item, until: date) -> None:
    """Shows the rows behind a line of the checklist, or the place where they are seen to."""
    from crmdesk.services.closing import LABELS

    words = _(LABELS[item.code])
    if item.kind in _LISTS:
        ctx.go("invoices", part=_LISTS[item.kind], filter=item.filter, words=words)
    elif item.code == "check":
        ctx.go("settings", section="about")
    elif item.code == "backup":
        ctx.go("settings", section="backup")
    else:
        ctx.go(
            "statements", view="closing-rows", item=item.code, list=item.kind, filter=item.filter, until=until
        )


# Vouchers and package

_FORMS = (Choice("xlsx", N_("Excel workbook")), Choice("csv", N_("Text for any program")))
_FROM = Field("from", Kind.DATE, N_("From"))
_TO = Field("to", Kind.DATE, N_("To"), required=True)
_FORM = Field("form", Kind.CHOICE, N_("File"), choices=_FORMS, default="xlsx", required=True)
_SUMMED = Field("summed", Kind.BOOLEAN, N_("One voucher per day and kind"), default=False)


class PeriodDialog(Dialog):
    """Asks for a period and how its file is written; `on_chosen(values)` comes when both are right."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        title: str,
        text: str,
        fields: tuple[Field, ...],
        values: dict[str, Any],
        name: str,
        on_chosen: Callable[[dict[str, Any]], object],
    ) -> None:
        super().__init__(parent, title, name=name, width=72)
        self._on_chosen = on_chosen
        self.body.addWidget(Paragraph(text, "", "second"))
        self.form = Form(ctx, fields, values, name=f"{name}.form", columns_max=2, has_shortcuts=False)
        self.body.addWidget(self.form)
        self.form.submitted.connect(self.submit)
        self.add_cancel(f"{name}.cancel")
        self.add_action(_("Save as …"), f"{name}.save", self.submit, kind="primary", shortcut="Ctrl+S")

    def submit(self) -> None:
        """Gives the answer when the dates are right."""
        from crmdesk.models.errors import InvalidInput

        try:
            values = self.form.values()
        except InvalidInput:
            return
        if values["from"] is not None and values["from"] > values["to"]:
            self.form.set_error("from", _("The first day comes after the last one. Choose an earlier one."))
            return
        self.accept()
        self._on_chosen(values)


def _open(dialog: PeriodDialog) -> PeriodDialog:
    dialog.form.mark_clean()
    dialog.show_sheet()
    dialog.form.focus_first()
    return dialog


def _start_of(start: date | None, until: date) -> date:
    return start if start is not None and start.month == until.month else until.replace(day=1)


def export_vouchers(ctx: Context, parent: QWidget, start: date | None, until: date) -> PeriodDialog:
    """Asks for the period and writes its vouchers."""

    def chosen(values: dict[str, Any]) -> None:
        form = str(values["form"])
        name = f"{_('Vouchers')} {values['to'].isoformat()}.{form}"
        papers.ask_file(
            ctx, parent, _("Vouchers"), name, lambda path: _write_vouchers(ctx, parent, values, path, form)
        )

    return _open(
        PeriodDialog(
            ctx,
            parent,
            _("Vouchers"),
            _(
                "Every entry of the period with the accountant's codes, in the columns that accounting programs "
                "import."
            ),
            (_FROM, _TO, _FORM, _SUMMED),
            {"from": _start_of(start, until), "to": until, "form": "xlsx"},
            "vouchers",
            chosen,
        )
    )


def _write_vouchers(ctx: Context, owner: QWidget, values: dict[str, Any], path: Path, form: str) -> None:
    def work(connection: Any) -> Path:
        from crmdesk.services.exports import package

        return package.voucher_file(
            connection, values["from"], values["to"], path, form, is_summed=bool(values["summed"])
        )

    ctx.read(
        work,
        owner=owner,
        on_done=lambda written: papers.say_saved(ctx, written),
        lane="heavy",
        label=_("Writing {file}").format(file=path.name),
    )


def export_package(ctx: Context, parent: QWidget, start: date | None, until: date) -> PeriodDialog:
    """Asks for the period and writes the accountant's package."""

    def chosen(values: dict[str, Any]) -> None:
        name = f"{_('For the accountant')} {values['to'].isoformat()}.zip"
        papers.ask_file(
            ctx,
            parent,
            _("Accountant's package"),
            name,
            lambda path: write_package(ctx, values["from"], values["to"], path),
        )

    return _open(
        PeriodDialog(
            ctx,
            parent,
            _("Accountant's package"),
            _(
                "One archive: closing sheet, trial balance, journal, invoices, payments, ageing, statements, "
                "vouchers and the history of changes, with a list of their digests."
            ),
            (replace(_FROM, help=""), _TO),
            {"from": _start_of(start, until), "to": until},
            "package",
            chosen,
        )
    )


def write_package(ctx: Context, start: date | None, until: date, path: Path) -> None:
    """Writes the package in the background; it can be cancelled, and then no file is left."""
    book = ctx.need_book()

    def work(progress: Progress) -> Path:
        from crmdesk.services.exports import package

        return package.write(
            book,
            start,
            until,
            path,
            progress=progress.step,
            is_cancelled=lambda: progress.is_cancelled,
        )

    ctx.run_heavy(
        work,
        on_done=lambda written: papers.say_saved(ctx, written),
        label=_("Writing {file}").format(file=path.name),
    )
