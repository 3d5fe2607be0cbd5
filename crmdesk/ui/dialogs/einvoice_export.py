"""An invoice as an electronic one: UBL, CII or inside its PDF; what is missing leads to where it is given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.labels import Paragraph

if TYPE_CHECKING:
    from crmdesk.ui.kit.tasks import Progress

_FORMS = (
    ("ubl", "UBL", N_("An XML file of the European standard; what most systems take.")),
    ("cii", "CII", N_("An XML file of the European standard, the other writing.")),
    ("facturx", "Factur-X", N_("The printed page as a PDF with the XML inside: for people and programs.")),
)
_COMPANY = {"BT-27": "name", "BT-31": "tax_number", "BT-30": "registration_number"}
_CUSTOMER = ("BT-44", "BT-55")


def open_export(ctx: Context, parent: QWidget, kind: str, number: str, customer: str) -> ExportDialog:
    """Opens the dialog for an invoice or credit note (`kind` as `crmdesk print` calls it)."""
    dialog = ExportDialog(ctx, parent, kind, number, customer)
    dialog.show_sheet()
    dialog.look()
    return dialog


class ExportDialog(Dialog):
    """Choose the form, save; or go where something is missing."""

    def __init__(self, ctx: Context, parent: QWidget, kind: str, number: str, customer: str) -> None:
        super().__init__(
            parent, _("{number} as an electronic invoice").format(number=number), name="einvoice", width=78
        )
        self._ctx = ctx
        self._kind = kind
        self._number = number
        self._customer = customer
        self._window = parent.window()
        self.form = Segments("einvoice.form", [(form, title) for form, title, _help in _FORMS], _("Form"))
        kept = ctx.settings.text("einvoice.form")
        if kept in [form for form, _title, _help in _FORMS]:
            self.form.set_value(kept)
        self.form.changed.connect(lambda _value: self._say())
        self.body.addWidget(self.form)
        self.help = Paragraph("", "", "second")
        self.body.addWidget(self.help)
        self.banner = Banner("einvoice.banner")
        self.body.addWidget(self.banner)
        self.missing_title = labels.strong(_("Still missing"))
        self.missing_title.hide()
        self.body.addWidget(self.missing_title)
        self.missing = EntryList("einvoice.missing", opens_on_click=True)
        self.missing.setAccessibleName(_("Still missing"))
        self.missing.chosen.connect(self._go)
        self.missing.hide()
        self.body.addWidget(self.missing)
        self.add_cancel("einvoice.cancel")
        self.save_button = self.add_action(
            _("Save …"), "einvoice.save", self.save, kind="primary", shortcut="Ctrl+S", icon="download"
        )
        self.save_button.setEnabled(False)
        self._say()

    def _say(self) -> None:
        self._ctx.settings.put("einvoice.form", self.form.value())
        self.help.setText(next(_(text) for form, _title, text in _FORMS if form == self.form.value()))

    def look(self) -> None:
        """Asks whether anything is missing."""
        kind, number = self._kind, self._number

        def work(connection: Any) -> None:
            from crmdesk.services.einvoice.gather import gather

            gather(connection, kind, number)

        self._ctx.read(
            work,
            owner=self,
            on_done=lambda _nothing: self._show_ready(),
            on_error=self._failed,
            replaces="look",
        )

    def _show_ready(self) -> None:
        self.missing.hide()
        self.missing_title.hide()
        self.banner.show_message(_("Nothing is missing."), "good")
        self.save_button.setEnabled(True)
        self.save_button.setFocus()

    def _failed(self, error: Exception) -> bool:
        if not isinstance(error, CrmdeskError) or error.code is not Code.EINVOICE_INCOMPLETE:
            self.banner.show_message(sentence(error), "danger")
            return True
        self.banner.hide()
        entries = [
            Entry(
                re.split("[:：]", problem.message)[0].rstrip("."),
                " · ".join(filter(None, (str(problem.column), self._way_words(str(problem.column))))),
                icon="alert-circle",
                data=str(problem.column),
            )
            for problem in error.problems
        ]
        self.missing_title.show()
        self.missing.set_entries(entries)
        self.missing.setFixedHeight(self.missing.height_of_all())
        self.missing.show()
        self.missing.select(0)
        self.missing.setFocus()
        return True

    @staticmethod
    def _way_words(term: str) -> str:
        if term in _COMPANY:
            return _("Enter opens Settings › Company")
        return _("Enter opens the customer") if term in _CUSTOMER else ""

    def _go(self, entry: Entry) -> None:
        """Where the missing thing is given."""
        term = str(entry.data)
        ctx = self._ctx
        if term in _COMPANY:
            self.accept()
            ctx.go("settings", setting=f"settings.company.form.{_COMPANY[term]}")
        elif term in _CUSTOMER:
            self.accept()
            ctx.go("customers", code=self._customer, full=True)

    def save(self) -> None:
        """Asks for a name and writes the file."""
        if not self.save_button.isEnabled():
            return
        from crmdesk.services.einvoice import files

        ctx, kind, number, form = self._ctx, self._kind, self._number, self.form.value()
        window = self._window
        self.accept()
        suggested = f"{number}-{form}{files.SUFFIXES[form]}"
        papers.ask_file(ctx, window, _("Save the electronic invoice"), suggested,
                        lambda path: write(ctx, kind, number, form, path))  # fmt: skip


def write(ctx: Context, kind: str, number: str, form: str, path: Path) -> None:
    """Writes an electronic invoice to a file and says where it is."""
    book, actor = ctx.need_book(), ctx.actor

    def work(progress: Progress) -> Path:
        from crmdesk.services.einvoice import files
        from crmdesk.services.outgoing import write_bytes

        with book.read() as connection:
            content = files.make(connection, kind, number, form, actor=actor)
        progress.check()
        write_bytes(path, content)
        return path

    ctx.run_heavy(
        work,
        on_done=lambda written: papers.say_saved(ctx, written),
        label=_("Writing {file}").format(file=path.name),
    )
