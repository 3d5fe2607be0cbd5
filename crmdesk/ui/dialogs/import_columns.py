"""Which column of a file becomes which field: chosen from a list, or a field dragged onto its column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from crmdesk.text import _
from crmdesk.ui.dialogs.import_rows import FileTable
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.icons import icon
from crmdesk.ui.kit.labels import Paragraph, caption
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.imports.preview import ImportPreview

SAMPLE_ROWS = 6
FIELD_MIME = "application/x-crmdesk-field"
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2)
_FIELD = Qt.ItemDataRole.UserRole


class ColumnMap(QWidget):
    """The file's columns left, one a row, with samples; the fields that have no column yet right."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._found: ImportPreview | None = None
        self._is_giving = False
        space = theme().metrics.space
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space(3))
        self.table = _Columns()
        self.table.given.connect(self.give)
        row.addWidget(self.table, 1)
        side = QVBoxLayout()
        side.setSpacing(space(1.5))
        side.addWidget(caption(_("Fields without a column")))
        self.fields = _Fields()
        self.fields.chosen.connect(lambda name: self.give(self.table.currentRow(), name))
        side.addWidget(self.fields, 1)
        hint = Paragraph(
            _("Drag a field onto a column, or press Enter to give it to the marked column."),
            "caption",
            "third",
        )
        side.addWidget(hint)
        holder = QWidget()
        holder.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        holder.setFixedWidth(theme().metrics.em(30))
        row.addWidget(holder)

    def clear(self) -> None:
        """Shows nothing."""
        self._found = None
        self.table.setRowCount(0)
        self.table.setColumnCount(0)
        self.fields.clear()

    def show_file(self, found: ImportPreview) -> None:
        """Shows the columns of a file with the fields proposed for them."""
        self._found = found
        numbers = [str(number) for number, _cells in found.sample[:SAMPLE_ROWS]]
        heads = [
            _("Column in the file"),
            _("Becomes"),
            *(_("Row {row}").format(row=number) for number in numbers),
        ]
        table = self.table
        table.setColumnCount(len(heads))
        table.setHorizontalHeaderLabels(heads)
        table.setRowCount(len(found.columns))
        for at, column in enumerate(found.columns):
            head = QTableWidgetItem(column.header)
            if 0 < column.confidence < 1:
                head.setIcon(icon("help-circle", "warn"))
                head.setToolTip(_("Guessed from its name. Look whether that is right."))
            table.setItem(at, 0, head)
            table.setCellWidget(at, 1, self._combo(at, column.index, column.header, column.field))
            for offset, (_number, cells) in enumerate(found.sample[:SAMPLE_ROWS]):
                text = cells[column.index] if column.index < len(cells) else ""
                table.setItem(at, 2 + offset, QTableWidgetItem(text))
        em = theme().metrics.em
        for column_at, width in enumerate((22, 30, *([20] * len(numbers)))):
            table.setColumnWidth(column_at, em(width))
        if table.rowCount():
            table.setCurrentCell(0, 0)
        self._list_fields()

    def _combo(self, at: int, index: int, header: str, chosen: str) -> Combo:
        found = self._found
        combo = Combo()
        combo.setObjectName(f"import.column.{index}")
        combo.setAccessibleName(header)
        combo.addItem(_("— leave out —"), "")
        for choice in found.fields if found is not None else ():
            combo.addItem(choice.label, choice.name)
        combo.setCurrentIndex(max(combo.findData(chosen), 0))
        combo.currentIndexChanged.connect(lambda _index: self._chosen(at))
        return combo

    def _chosen(self, at: int) -> None:
        """A field has one column: the one that had it before is left out."""
        if self._is_giving:
            return
        name = self.field_of(at)
        self._is_giving = True
        for other in range(self.table.rowCount()):
            if other != at and name and self.field_of(other) == name:
                self._combo_at(other).setCurrentIndex(0)
        self._is_giving = False
        item = self.table.item(at, 0)
        if item is not None:
            item.setData(Qt.ItemDataRole.DecorationRole, None)
            item.setToolTip("")
        self._list_fields()
        self.changed.emit()

    def give(self, at: int, name: str) -> None:
        """Gives a field to the column in a row."""
        if 0 <= at < self.table.rowCount():
            combo = self._combo_at(at)
            combo.setCurrentIndex(max(combo.findData(name), 0))
            self.table.setCurrentCell(at, 0)

    def _combo_at(self, at: int) -> Combo:
        made = self.table.cellWidget(at, 1)
        if not isinstance(made, Combo):
            raise LookupError(at)
        return made

    def field_of(self, at: int) -> str:
        """The field of the column in a row, or nothing."""
        return str(self._combo_at(at).currentData() or "")

    def chosen(self) -> dict[str, str | None]:
        """Header -> field (None for columns that are left out)."""
        found = self._found
        if found is None:
            return {}
        return {
            column.header: self.field_of(at) or None
            for at, column in enumerate(found.columns)
            if column.header
        }

    def _list_fields(self) -> None:
        found = self._found
        self.fields.clear()
        taken = {self.field_of(at) for at in range(self.table.rowCount())}
        choices = [
            choice for choice in (found.fields if found is not None else ()) if choice.name not in taken
        ]
        for choice in sorted(choices, key=lambda one: not one.is_required):
            item = QListWidgetItem(f"{choice.label} *" if choice.is_required else choice.label)
            item.setData(_FIELD, choice.name)
            if choice.is_required:
                item.setToolTip(_("Needed"))
            self.fields.addItem(item)


class _Columns(FileTable):
    """Takes dragged fields; Enter opens the choice of the row."""

    given = Signal(int, str)

    def __init__(self) -> None:
        super().__init__("import.columns", _("Columns of the file"), picks_rows=True)
        self.setAcceptDrops(True)
        self.viewport().setAcceptDrops(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses a field, Delete leaves the column out."""
        made = self.cellWidget(self.currentRow(), 1)
        if isinstance(made, Combo) and event.key() in _ENTER and not event.modifiers():
            made.setFocus(Qt.FocusReason.ShortcutFocusReason)
            made.showPopup()
        elif isinstance(made, Combo) and event.key() == Qt.Key.Key_Delete:
            made.setCurrentIndex(0)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A field may come in."""
        if event.mimeData().hasFormat(FIELD_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """The row under the pointer is marked."""
        row = self.rowAt(event.position().toPoint().y())
        if row >= 0 and event.mimeData().hasFormat(FIELD_MIME):
            self.setCurrentCell(row, 0)
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """The field goes to the column under the pointer."""
        row = self.rowAt(event.position().toPoint().y())
        if row >= 0 and event.mimeData().hasFormat(FIELD_MIME):
            event.acceptProposedAction()
            self.given.emit(row, bytes(event.mimeData().data(FIELD_MIME).data()).decode())


class _Fields(QListWidget):
    """Fields to drag; `chosen(name)` by Enter or a double click."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("import.fields")
        self.setAccessibleName(_("Fields without a column"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragEnabled(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemDoubleClicked.connect(lambda item: self.chosen.emit(str(item.data(_FIELD))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter gives the field to the marked column."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self.chosen.emit(str(item.data(_FIELD)))
        else:
            super().keyPressEvent(event)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        """The name of the field travels."""
        del supportedActions
        item = self.currentItem()
        if item is not None:
            data = QMimeData()
            data.setData(FIELD_MIME, QByteArray(str(item.data(_FIELD)).encode()))
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.CopyAction)
