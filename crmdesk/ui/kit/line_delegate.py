"""Paints and edits the cells of a `LineGrid` with the editors of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Kind
from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.line_model import LineModel
from crmdesk.ui.kit.theme import theme

_Index = QModelIndex | QPersistentModelIndex
_GOING = {Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


class LineDelegate(QStyledItemDelegate):
    """`finished(by)` comes when Enter or Tab ended the editing; `picked(row, field, item)` when a picker took one."""

    finished = Signal(int)
    picked = Signal(int, str, object)
    typing = Signal()

    def __init__(self, model: LineModel, host: Host, pickers: Mapping[str, Any], view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._host = host
        self._pickers = pickers
        self._open: Any = None
        self._at: tuple[int, str] = (0, "")
        self._is_typed = False

    def open_editor(self) -> Any:
        """The editor that is open, or None."""
        return self._open if self._open is not None and shiboken6.isValid(self._open) else None

    def open_cell(self) -> tuple[int, str, str] | None:
        """Row, field and text of the cell that is being edited, once something was typed into it."""
        editor = self.open_editor()
        if editor is None or not self._is_typed or not isinstance(editor, QLineEdit):
            return None
        return (*self._at, editor.text().strip())

    # Editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        """The editor of the column's kind, without frame."""
        del option
        field = self._model.column_of(index)
        editor = editor_for(field, self._host, self._pickers)
        editor.setParent(parent)
        editor.setObjectName(f"{self._view.objectName()}.{field.name}")
        editor.setAccessibleName(str(self._model.headerData(index.column(), Qt.Orientation.Horizontal)))
        editor.setProperty("role", "cell")
        self._open, self._at, self._is_typed = editor, (index.row(), field.name), False
        editor.edited.connect(self._note_typing)
        if field.kind is Kind.LINK and hasattr(editor, "picked"):
            editor.picked.connect(lambda item, at=self._at: self._pick(editor, at, item))
        return editor

    def setEditorData(self, editor: Any, index: _Index) -> None:
        """Shows the value; once only, so that working out a total does not disturb the typing."""
        if editor.property("isFilled"):
            return
        editor.setProperty("isFilled", True)
        row, name = self._at
        value = self._model.value(row, name)
        if self._model.error(row, name) and isinstance(value, str) and isinstance(editor, QLineEdit):
            editor.setText(value)
        else:
            editor.set_value(value)
        if isinstance(editor, QLineEdit):
            editor.selectAll()

    def setModelData(self, editor: Any, model: Any, index: _Index) -> None:
        """Takes the value, or marks what cannot be read."""
        del model
        name = self._model.column_of(index).name
        unpicked = getattr(editor, "unpicked_text", str)()
        self._model.remember()
        if unpicked and self._model.resolves_links:
            # Tab came before a record was picked: the text is looked up, never lost.
            self._model.read(index.row(), name, unpicked)
        else:
            try:
                self._model.put(index.row(), name, editor.value())
            except InvalidInput:
                self._model.read(index.row(), name, editor.text())
        self._model.forget_unchanged()

    def take(self, editor: Any) -> None:
        """Takes what is being typed and closes the editor."""
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)
        self._open = None

    def _note_typing(self) -> None:
        self._is_typed = True
        self.typing.emit()

    def _pick(self, editor: Any, at: tuple[int, str], item: Any) -> None:
        row, name = at
        self._model.remember_words(name, item.value, item.title)
        self.take(editor)
        self.picked.emit(row, name, item)
        self.finished.emit(1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Tab take the value and go on; Esc leaves it as it was."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched is self._open:
            key = Qt.Key(event.key())
            takes_enter = getattr(watched, "takes_enter", None)
            is_enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_enter and takes_enter is not None and takes_enter():
                return False
            if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.take(watched)
                return False
            if key in _GOING:
                self.take(watched)
                self.finished.emit(_GOING[key])
                return True
            if key == Qt.Key.Key_Escape and getattr(watched, "is_open", lambda: False)():
                return False
        return super().eventFilter(watched, event)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        """The editor fills its cell."""
        del index
        editor.setGeometry(option.rect)  # pyright: ignore[reportAttributeAccessIssue]

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """One height for all rows."""
        del option, index
        return QSize(theme().metrics.em(8), theme().metrics.row)

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Text, a frame around the current cell, a wash under a wrong one."""
        look = theme()
        colours, sizes = look.colours, look.metrics
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        field = self._model.column_of(index)
        is_wrong = bool(self._model.error(index.row(), field.name))
        is_computed = not self._model.is_editable(index.column())
        if is_wrong:
            painter.fillRect(rect, QColor(colours.danger_soft))
        elif is_computed:
            painter.fillRect(rect, QColor(colours.raised))
        painter.setPen(QPen(QColor(colours.hairline), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomRight())
        if state & QStyle.StateFlag.State_Selected and not is_computed:
            has_focus = bool(state & QStyle.StateFlag.State_Active) and self._view.hasFocus()
            painter.setPen(QPen(QColor(colours.accent if has_focus else colours.border), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        text = self._model.text_at(index.row(), index.column())
        if not text:
            return
        inner = rect.adjusted(sizes.cell_padding, 0, -sizes.cell_padding, 0)
        painter.setFont(sizes.font_of(tokens.TEXT, has_figures=True))
        painter.setPen(QColor(colours.danger if is_wrong else colours.text))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(self._model.data(index, Qt.ItemDataRole.TextAlignmentRole)), shown)
