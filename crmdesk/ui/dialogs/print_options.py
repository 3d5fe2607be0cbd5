"""Paper and language of what is printed, with the page as it will be; then printer, PDF or picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.text import _
from crmdesk.ui import papers, printer
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme

_INVOICE_KINDS = ("invoice", "delivery-note")
_FORM_KINDS = (*_INVOICE_KINDS, "receipt")
"""What shops have pre-printed forms for."""


def open_print_options(ctx: Context, parent: QWidget, kind: str, numbers: Sequence[str]) -> PrintDialog:
    """Opens the dialog for one or many documents of a kind."""
    dialog = PrintDialog(ctx, parent, kind, numbers)
    dialog.show_sheet()
    dialog.show_paper()
    return dialog


class PrintDialog(Dialog):
    """The choices are kept for the next time."""

    def __init__(self, ctx: Context, parent: QWidget, kind: str, numbers: Sequence[str]) -> None:
        name = _(papers.TITLES[kind])
        title = f"{name} {numbers[0]}" if len(numbers) == 1 else f"{name} · {len(numbers)}"
        super().__init__(parent, _("Print {title}").format(title=title), name="print", width=128)
        self._ctx = ctx
        self._window = parent.window()
        self._kind = kind
        self._numbers = list(numbers)
        sizes = theme().metrics
        row = QHBoxLayout()
        row.setSpacing(sizes.space(5))
        options = QVBoxLayout()
        options.setSpacing(sizes.space(2))
        self.document: Segments | None = None
        if kind in _INVOICE_KINDS:
            # The goods of an invoice go out with a paper of their own.
            names = [(one, _(papers.TITLES[one])) for one in _INVOICE_KINDS]
            self.document = Segments("print.document", names, _("Document"))
            self.document.set_value(kind)
            self.document.changed.connect(lambda _value: self.show_paper())
            options.addWidget(labels.caption(_("Document")))
            options.addWidget(self.document)
            options.addSpacing(sizes.space(2))
        options.addWidget(labels.caption(_("Paper")))
        own = _("As in the settings")
        sheets = (*papers.PAPERS, *papers.ROLLS) if kind in papers.ROLL_KINDS else papers.PAPERS
        self.paper = Segments("print.paper", [("", own), *((entry, entry) for entry in sheets)], _("Paper"))
        self._has_kept = ctx.settings.text("print.paper") in ("", *sheets)
        self.language = Segments("print.language", [("", own), *papers.LANGUAGES], _("Language"))
        for kept, choice in (("print.paper", self.paper), ("print.language", self.language)):
            choice.set_value(ctx.settings.text(kept))
        options.addWidget(self.paper)
        options.addSpacing(sizes.space(2))
        options.addWidget(labels.caption(_("Language")))
        options.addWidget(self.language)
        self.values_only = QCheckBox(_("On a pre-printed form: values only"))
        self.values_only.setObjectName("print.valuesOnly")
        self.values_only.setToolTip(_("For forms that have frame and words already (套打)."))
        self.values_only.setChecked(ctx.settings.get("print.valuesOnly") is True and kind in _FORM_KINDS)
        self.values_only.toggled.connect(lambda _is_on: self.show_paper())
        options.addSpacing(sizes.space(2))
        options.addWidget(self.values_only)
        options.addStretch(1)
        row.addLayout(options)
        self.preview = PagePreview("print.preview")
        self.preview.setMinimumSize(min(sizes.em(58), self.width() // 2), self.at_most(sizes.em(62)))
        row.addWidget(self.preview, 1)
        self.body.addLayout(row, 1)
        self.values_only.setHidden(kind not in _FORM_KINDS)
        self.paper.changed.connect(lambda _value: self.show_paper())
        self.language.changed.connect(lambda _value: self.show_paper())
        self.add_cancel("print.cancel")
        if len(numbers) == 1:
            self.add_action(_("Copy as picture"), "print.picture", self._copy, icon="copy")
        self.add_action(_("Save as PDF"), "print.pdf", self._save, icon="download", shortcut="Ctrl+S")
        self.add_action(
            _("Print"), "print.print", self._print, kind="primary", icon="printer", shortcut="Ctrl+Return"
        )

    def chosen(self) -> papers.Paper:
        """What is printed, with the choices made."""
        return papers.document_paper(
            self.document.value() if self.document is not None else self._kind,
            self._numbers,
            values_only=self.values_only.isChecked(),
            paper=self.paper.value(),
            language=self.language.value(),
            actor=self._ctx.actor,
        )

    def show_paper(self) -> None:
        """The pages with these choices."""
        # a slip chosen for receipts is not forgotten by a contract, which has none
        if self._has_kept or self.paper.value():
            self._ctx.settings.put("print.paper", self.paper.value())
        self._ctx.settings.put("print.language", self.language.value())
        if self._kind in _FORM_KINDS:
            self._ctx.settings.put("print.valuesOnly", self.values_only.isChecked())
        papers.show(self._ctx, self.preview, self.chosen())

    def _print(self) -> None:
        paper = self.chosen()
        self.accept()
        printer.print_paper(self._ctx, self._window, paper)

    def _save(self) -> None:
        paper = self.chosen()
        self.accept()
        papers.save_pdf(self._ctx, self._window, paper)

    def _copy(self) -> None:
        paper = self.chosen()
        self.accept()
        papers.copy_picture(self._ctx, paper)
