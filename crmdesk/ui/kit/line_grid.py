"""Lines of a document, edited wholly by keyboard: Enter and Tab go on, a new row comes at the end, Excel pastes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from crmdesk.models.fields import Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.line_delegate import LineDelegate
from crmdesk.ui.kit.line_model import LINE_MAX, Line, LineModel
from crmdesk.ui.kit.theme import theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_WORDS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.LINK})
_SHOWN_ROWS_MIN, _SHOWN_ROWS_MAX = 4, 12


class LineGrid(QTableView):
    """Rows of a LINES field. The last row is always an empty one, which is not part of `lines()`.

    Keys: Enter or Tab takes the cell and goes to the next, typing replaces, F2 edits, Ctrl+Enter is left to the
    form, Ctrl+Insert puts a row in, Ctrl+Delete takes one away, Alt+Up and Alt+Down move it, Ctrl+D repeats it,
    Ctrl+V pastes rows from Excel, Ctrl+Z and Ctrl+Y undo and redo.
    `computed` columns are filled by `compute(lines)`: one dict per line, called after every change.
    `defaults(line)` may fill a new line. `on_pick(row, field, item)` hears what a picker took.
    """

    edited = Signal()
    typing = Signal()
    """At every keystroke in a cell, which is not part of `lines()` yet."""
    finished = Signal()
    """Enter on the first cell of the empty last row: the user is done with the lines."""

    def __init__(
        self,
        host: Host,
        fields: Sequence[Field],
        *,
        computed: Sequence[Field] = (),
        compute: Callable[[list[Line]], Sequence[Mapping[str, Any]]] | None = None,
        pickers: Mapping[str, Any] | None = None,
        hidden: Sequence[str] = (),
        name: str = "lines",
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(name)
        self._host = host
        self._fields = list(fields)
        self.on_pick: Callable[[int, str, Any], object] | None = None
        self._line_model = LineModel(fields, computed, compute, self)
        self.setModel(self._line_model)
        self._delegate = LineDelegate(self._line_model, host, pickers or {}, self)
        self._delegate.picked.connect(self._tell_pick)
        self._delegate.finished.connect(self._go_on)
        self._delegate.typing.connect(self.typing)
        self.setItemDelegate(self._delegate)
        for index, column in enumerate(self._line_model.columns()):
            self.setColumnHidden(index, column.name in hidden)
        self._line_model.changed.connect(self._changed)
        self._set_manners()
        theme().changed.connect(self._take_sizes)
        self._take_sizes()

    def _set_manners(self) -> None:
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setProperty("role", "lines")
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    # Values

    def lines(self) -> list[Line]:
        """The typed lines without the empty ones; what was not given is left out."""
        return self._line_model.filled()

    def set_lines(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Shows lines (typed or plain values)."""
        self._line_model.set_lines(lines)
        self.setCurrentIndex(self._line_model.index(0, self._first_column()))
        self._take_height()

    def value(self) -> list[Line]:
        """As `lines`; raises InvalidInput for a cell that could not be read."""
        self.settle()
        wrong = self._line_model.first_wrong()
        if wrong is not None:
            raise wrong
        return self.lines()

    def set_value(self, value: Any) -> None:
        """As `set_lines`."""
        self.set_lines(value or ())

    def typed_lines(self) -> list[Line]:
        """Everything that stands there, also what is being typed and what could not be read: for the journal."""
        return self._line_model.typed_lines(self._delegate.open_cell())

    def set_cell(self, row: int, name: str, value: Any) -> None:
        """Sets one cell from the program, e.g. the price of a picked product."""
        self._line_model.put(row, name, value)

    def set_error(self, path: str, message: str) -> None:
        """Marks a cell: `path` is `[0].quantity`."""
        self._line_model.set_error(path, message)

    def cell_words(self, path: str) -> str:
        """What the cell of a path such as `[0].quantity` is called: its row and its column."""
        return self._line_model.cell_words(path)

    def computed(self) -> Sequence[Mapping[str, Any]]:
        """What was worked out last, one entry per filled line."""
        return self._line_model.computed()

    def settle(self) -> None:
        """Takes what is being typed."""
        editor = self.indexWidget(self.currentIndex()) or self._delegate.open_editor()
        if editor is not None:
            self._delegate.take(editor)

    def line_model(self) -> LineModel:
        """The model, typed."""
        return self._line_model

    # Moving

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Tab go on cell by cell; keys with Ctrl and Alt work on rows."""
        key, has_control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        has_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        index = self.currentIndex()
        if key in _ENTER and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._enter(index)
        elif key == Qt.Key.Key_Tab and not has_control:
            self._tab(index, event)
        elif key == Qt.Key.Key_Backtab:
            if not self._move(index, -1):
                self.focusNextPrevChild(False)
        elif key == Qt.Key.Key_Delete and has_control:
            self.delete_row()
        elif key == Qt.Key.Key_Insert and has_control:
            self.insert_row()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and has_alt:
            self.move_row(-1 if key == Qt.Key.Key_Up else 1)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo) or (key == Qt.Key.Key_Y and has_control):
            self.redo()
        elif key == Qt.Key.Key_Delete:
            self._line_model.clear_cell(index.row(), index.column())
        elif key == Qt.Key.Key_D and has_control:
            self.repeat_row()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste(QGuiApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._line_model.copied(self._stops()))
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _enter(self, index: QModelIndex) -> None:
        is_start_of_empty = index.row() == self._line_model.rowCount() - 1 and self._is_first(index)
        if is_start_of_empty and self._line_model.filled():
            self.finished.emit()
        elif self._line_model.column_of(index).kind in (Kind.CHOICE, Kind.LINK) and not index.data():
            self.edit(index)
        else:
            self._move(index, 1)

    def _tab(self, index: QModelIndex, event: QKeyEvent) -> None:
        is_leaving = index.row() == self._line_model.rowCount() - 1 and self._is_first(index)
        if is_leaving or not self._move(index, 1):
            self.focusNextPrevChild(True)
        event.accept()

    def _is_first(self, index: QModelIndex) -> bool:
        return index.column() == self._first_column()

    def _stops(self) -> list[int]:
        """Columns one stops at, as they stand."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [
            place for place in order if not self.isColumnHidden(place) and self._line_model.is_editable(place)
        ]

    def _first_column(self) -> int:
        return next(iter(self._stops()), 0)

    def _move(self, index: QModelIndex, by: int) -> bool:
        """To the next (or previous) cell that can be edited; False at the end."""
        stops = self._stops()
        if not stops:
            return False
        if not index.isValid():
            target = (0, stops[0])
        else:
            place = stops.index(index.column()) + by if index.column() in stops else 0
            row = index.row()
            if place >= len(stops):
                row, place = row + 1, 0
            elif place < 0:
                row, place = row - 1, len(stops) - 1
            if not 0 <= row < self._line_model.rowCount():
                return False
            target = (row, stops[place])
        going_to = self._line_model.index(*target)
        self.setCurrentIndex(going_to)
        self.scrollTo(going_to)
        return True

    def _go_on(self, by: int) -> None:
        """After an editor closed by Enter or Tab."""
        self.setFocus()
        self._move(self.currentIndex(), by)

    # Rows

    def delete_row(self) -> None:
        """Takes the current row away."""
        index = self.currentIndex()
        self._line_model.remove(index.row())
        row = min(index.row(), self._line_model.rowCount() - 1)
        self.setCurrentIndex(self._line_model.index(row, max(index.column(), 0)))

    def repeat_row(self) -> None:
        """Puts a copy of the current row under it."""
        index = self.currentIndex()
        if self._line_model.repeat(index.row()):
            self.setCurrentIndex(self._line_model.index(index.row() + 1, index.column()))

    def insert_row(self) -> None:
        """Puts an empty row above the current one and goes to its first cell."""
        row = self.currentIndex().row()
        if self._line_model.insert(row):
            self.setCurrentIndex(self._line_model.index(row, self._first_column()))

    def move_row(self, by: int) -> None:
        """Moves the current row up (-1) or down (1)."""
        index = self.currentIndex()
        if self._line_model.move(index.row(), by):
            self._stay(index.row() + by, index.column())

    def undo(self) -> None:
        """Takes back the last change of the lines."""
        index = self.currentIndex()
        if self._line_model.undo():
            self._stay(index.row(), index.column())

    def redo(self) -> None:
        """Does again what was taken back."""
        index = self.currentIndex()
        if self._line_model.redo():
            self._stay(index.row(), index.column())

    def paste(self, text: str) -> None:
        """Puts tab-separated rows in from the current cell on, and says what became of them."""
        index = self.currentIndex()
        stops = self._stops()
        start = stops.index(index.column()) if index.column() in stops else 0
        pasted = self._line_model.paste(max(index.row(), 0), stops, text, start)
        self._stay(max(index.row(), 0), max(index.column(), 0))
        words: list[str] = []
        if pasted.marked_count:
            words.append(
                _("Cells that could not be read, marked red: {count}.").format(count=pasted.marked_count)
            )
        if pasted.cut_count:
            words.append(
                _("Lines that found no room: {count}; a document takes {most}.").format(
                    count=pasted.cut_count, most=LINE_MAX
                )
            )
        if words:
            # A block that came in whole needs no words: it stands there, and Ctrl+Z takes it back.
            self._host.notices.toast(" ".join([*words, _("Ctrl+Z takes the paste back.")]), "warn")

    def _stay(self, row: int, column: int) -> None:
        """The cursor, after rows were put in another order."""
        going_to = self._line_model.index(min(row, self._line_model.rowCount() - 1), column)
        self.setCurrentIndex(going_to)
        self.scrollTo(going_to)

    # Inside

    def _tell_pick(self, row: int, name: str, item: Any) -> None:
        if self.on_pick is not None:
            self.on_pick(row, name, item)

    def _changed(self) -> None:
        self._take_height()
        self.edited.emit()

    def _take_height(self) -> None:
        sizes = theme().metrics
        rows = min(max(self._line_model.rowCount(), _SHOWN_ROWS_MIN), _SHOWN_ROWS_MAX)
        self.setMinimumHeight(sizes.header + rows * sizes.row + sizes.space(1))

    def _take_sizes(self) -> None:
        sizes = theme().metrics
        self.verticalHeader().setDefaultSectionSize(sizes.row)
        self.verticalHeader().setMinimumSectionSize(sizes.row)
        self.horizontalHeader().setFixedHeight(sizes.header)
        self._take_height()
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The column of words takes what is left."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        sizes = theme().metrics
        columns = self._line_model.columns()
        shown = [place for place in range(len(columns)) if not self.isColumnHidden(place)]
        font = self.horizontalHeader().fontMetrics()
        widths = {
            place: max(
                sizes.em(columns[place].width),
                font.horizontalAdvance(str(self._line_model.headerData(place, Qt.Orientation.Horizontal))),
            )
            + 2 * sizes.cell_padding
            for place in shown
        }
        words = [place for place in shown if columns[place].kind in _WORDS]
        if words:
            widest = max(words, key=lambda place: widths[place])
            others = sum(width for place, width in widths.items() if place != widest)
            widths[widest] = max(sizes.em(12), self.viewport().width() - others)
        for place, width in widths.items():
            self.setColumnWidth(place, width)

    def changeEvent(self, event: QEvent) -> None:
        """Titles follow the language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            model = self._line_model
            model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, model.columnCount() - 1)
            self._fit_columns()

    def sizeHint(self) -> QSize:
        """Wide, and as high as its rows."""
        return QSize(theme().metrics.em(60), self.minimumHeight())


def plain_lines(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines as JSON can hold them."""
    return [plain(line) for line in lines]
