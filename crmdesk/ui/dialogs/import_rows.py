"""The rows of a file: as they stand, for choosing the header; and those refused, corrected in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableWidget, QTableWidgetItem

from crmdesk.text import _
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.imports.preview import ImportPreview
    from crmdesk.services.imports.results import ImportResult

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ROW = Qt.ItemDataRole.UserRole


class FileTable(QTableWidget):
    """The quiet table of the import's sheets. `picks_rows`: nothing is typed, a row is chosen as a whole."""

    def __init__(self, name: str, words: str, *, picks_rows: bool = False) -> None:
        super().__init__(0, 0)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme().metrics.row)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        if picks_rows:
            self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
            self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
            self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)


class RawRows(FileTable):
    """The first rows of the file. Enter or a double click on one says that it is the header."""

    header_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__("import.raw", _("Rows of the file"), picks_rows=True)
        self.itemDoubleClicked.connect(lambda item: self.header_chosen.emit(int(item.data(_ROW))))

    def show_file(self, found: ImportPreview) -> None:
        """Shows the rows, the header in bold."""
        width = max((len(cells) for _number, cells in found.head), default=0)
        self.clear()
        self.setColumnCount(width + 1)
        self.setHorizontalHeaderLabels([_("Row"), *_letters(width)])
        self.setRowCount(len(found.head))
        for at, (number, cells) in enumerate(found.head):
            is_header = number == found.header_row
            for column, text in enumerate((str(number), *cells)):
                item = QTableWidgetItem(text)
                item.setData(_ROW, number)
                if is_header:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                    item.setBackground(QColor(theme().colours.accent_soft))
                elif found.header_row is not None and number < found.header_row:
                    item.setForeground(QColor(theme().colours.third))
                self.setItem(at, column, item)
        em = theme().metrics.em
        self.setColumnWidth(0, em(8))
        for column in range(1, width + 1):
            self.setColumnWidth(column, em(20))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter: the row with the cursor is the header."""
        item = self.currentItem()
        if event.key() in _ENTER and item is not None:
            self.header_chosen.emit(int(item.data(_ROW)))
        else:
            super().keyPressEvent(event)


class RefusedRows(FileTable):
    """The refused rows with their reasons; cells are edited in place. `edited` comes with every correction."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__("import.errors", _("Refused rows"))
        self._corrections: dict[int, dict[int, str]] = {}
        self._is_filling = False
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed | trigger.AnyKeyPressed)
        self.itemChanged.connect(self._note)

    @property
    def corrections(self) -> dict[int, dict[int, str]]:
        """Row of the file -> column -> what was typed."""
        return self._corrections

    def forget(self) -> None:
        """Another file: nothing was corrected."""
        self._corrections = {}
        self.setRowCount(0)

    def show_result(self, result: ImportResult, header: list[str]) -> None:
        """Shows what was refused: the row, why, and its cells; the cells at fault are tinted."""
        self._is_filling = True
        self.clear()
        self.setColumnCount(2 + len(header))
        names = [words or name for words, name in zip(header, result.column_names, strict=False)]
        self.setHorizontalHeaderLabels([_("Row"), _("Reason"), *names])
        self.setRowCount(len(result.refused))
        for at, refused in enumerate(result.refused):
            problems = [problem for problem in result.errors if problem.row == refused.row]
            reasons = [
                " ".join(filter(None, (f"{one.column}:" if one.column else "", one.message, one.hint)))
                for one in problems
            ]
            faulty = {problem.column for problem in problems}
            self._put(at, 0, str(refused.row), refused.row, is_fixed=True)
            self._put(at, 1, "  ".join(reasons), refused.row, is_fixed=True)
            for column, text in enumerate(refused.cells):
                name = result.column_names[column] if column < len(result.column_names) else ""
                self._put(at, 2 + column, text, refused.row, is_faulty=name in faulty)
        em = theme().metrics.em
        for column, width in enumerate((8, 56, *([20] * len(header)))):
            self.setColumnWidth(column, em(width))
        self._is_filling = False
        for at in range(self.rowCount()):
            for column in range(2, self.columnCount()):
                item = self.item(at, column)
                if item is not None and item.background().style() != Qt.BrushStyle.NoBrush:
                    self.setCurrentCell(at, column)
                    return

    def _put(
        self, at: int, column: int, text: str, row: int, *, is_fixed: bool = False, is_faulty: bool = False
    ) -> None:
        item = QTableWidgetItem(text)
        item.setData(_ROW, row)
        if column == 1:
            item.setToolTip(text)
        if is_fixed:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
            item.setForeground(QColor(theme().colours.second))
        elif is_faulty:
            item.setBackground(QColor(theme().colours.danger_soft))
            item.setForeground(QColor(theme().colours.danger))
        self.setItem(at, column, item)

    def _note(self, item: QTableWidgetItem) -> None:
        if self._is_filling or item.column() < 2:
            return
        self._corrections.setdefault(int(item.data(_ROW)), {})[item.column() - 2] = item.text()
        self._is_filling = True
        item.setBackground(QColor(theme().colours.accent_soft))
        item.setForeground(QColor(theme().colours.text))
        self._is_filling = False
        self.edited.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter edits the cell."""
        item = self.currentItem()
        is_editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() in _ENTER and not event.modifiers() and item is not None and not is_editing:
            self.editItem(item)
        else:
            super().keyPressEvent(event)


def _letters(count: int) -> list[str]:
    """A, B … Z, AA, AB …"""
    found = []
    for place in range(count):
        name, rest = "", place + 1
        while rest:
            rest, digit = divmod(rest - 1, 26)
            name = chr(65 + digit) + name
        found.append(name)
    return found
