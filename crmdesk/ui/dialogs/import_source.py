"""What the import dialog asks about its source: the file, and the choices that a file may make necessary."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QWidget

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.import_bank import FILES
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.imports.preview import ImportPreview

_FILTER = f"*.xlsx *.xlsm *.xls *.xlsb *.ods *.csv *.tsv *.txt *.vcf {FILES}"
_WIDTHS = {"kind": 33, "mode": 26}
"""In digits: as their longest words need."""
_ENCODINGS = ("utf-8-sig", "gb18030", "cp950", "utf-16", "cp1252", "cp932", "cp949")


def choice(ctx: Context, name: str, label: str, choices: tuple[Choice, ...], value: str) -> Any:
    """An editor of one choice, named `import.<name>`."""
    editor = editor_for(Field(name, Kind.CHOICE, label, choices=choices, required=True), ctx)
    editor.setObjectName(f"import.{name}")
    editor.setAccessibleName(_(label))
    editor.set_value(value)
    editor.setMinimumWidth(theme().metrics.em(_WIDTHS[name]))
    return editor


def combo(parent: QWidget, name: str, words: str, chosen: Callable[[], object]) -> Combo:
    """A choice that is seen only where the file has something to choose from."""
    made = Combo(parent)
    made.setObjectName(f"import.{name}")
    made.setAccessibleName(words)
    made.setToolTip(words)
    made.setMinimumWidth(theme().metrics.em(16))
    made.activated.connect(lambda _index: chosen())
    made.hide()
    return made


def ask_file(parent: QWidget, chosen: Callable[[Path], object]) -> None:
    """Asks for the file to read."""
    dialog = QFileDialog(parent.window(), _("Import from a file"), str(Path.home()))
    dialog.setObjectName("import.file")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([f"{_('Tables')} ({_FILTER})", f"{_('All files')} (*)"])
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def fill(found: ImportPreview, sheet: Combo, encoding: Combo, header_row: Combo) -> None:
    """Offers the sheets, encodings and header rows of a file that was read."""
    if not sheet.count() and len(found.sheets) > 1:
        for one in found.sheets:
            sheet.addItem(one.name, one.name)
        sheet.setCurrentIndex(max(sheet.findData(found.sheet), 0))
        sheet.show()
    if not encoding.count() and found.encoding is not None:
        # The likely ones with a line of the file as it would read, then whatever else a file may be in.
        for name, sample in ((found.encoding.name, ""), *found.encoding.alternatives):
            if encoding.findData(name) < 0:
                encoding.addItem(f"{name}  {sample[:24]}".strip(), name)
        for name in _ENCODINGS:
            if encoding.findData(name) < 0:
                encoding.addItem(name, name)
        encoding.show()
    header_row.clear()
    for number, cells in found.head:
        start = " · ".join(cell for cell in cells if cell)
        header_row.addItem(_("Row {row}").format(row=number) + f": {start[:16]}", number)
    header_row.setCurrentIndex(header_row.findData(found.header_row))
    header_row.setVisible(header_row.count() > 1)


def in_order(widgets: Sequence[QWidget]) -> None:
    """Tab goes as the eye does: choices that appear later were made before the row was placed."""
    for first, second in itertools.pairwise(widgets):
        QWidget.setTabOrder(first, second)
