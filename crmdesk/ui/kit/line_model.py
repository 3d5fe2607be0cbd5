"""The rows behind a `LineGrid`: typed values, what could not be read, what is worked out, an empty row at the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit import line_cell, line_paste
from crmdesk.ui.kit.columns import choice_label, price, shown
from crmdesk.ui.kit.number_editors import share_or_amount_text
from crmdesk.ui.kit.row_transfer import one_cell

Line = dict[str, Any]
_Index = QModelIndex | QPersistentModelIndex
_PATH = re.compile(r"\[(\d+)\](?:\.(\w+))?", re.ASCII)
LINE_MAX = 1_000
"""More lines than a document is ever typed with; a longer paste is cut there with a sentence."""
UNDO_MAX = 50
_State = tuple[list[Line], dict[tuple[int, str], str]]


class LineModel(QAbstractTableModel):
    """`changed` comes after every change, once the computed columns are in."""

    changed = Signal()
    unresolved = Signal(int, str, str)
    """A row, a link's name and the text that was typed or pasted for it: whoever knows the records answers."""

    def __init__(
        self,
        fields: Sequence[Field],
        computed: Sequence[Field] = (),
        compute: Callable[[list[Line]], Sequence[Mapping[str, Any]]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._fields = [*fields, *computed]
        self._given = len(fields)
        self._compute = compute
        self._lines: list[Line] = [{}]
        self._links: dict[tuple[str, str], str] = {}
        self._computed: list[Mapping[str, Any]] = []
        self._errors: dict[tuple[int, str], str] = {}
        self._past: list[_State] = []
        self._future: list[_State] = []
        self._together = 0
        self._is_due = False
        self.resolves_links = False
        """Whether somebody answers `unresolved`; without, the text of a link is its value."""

    # Rows

    def columns(self) -> list[Field]:
        """All columns, computed ones last."""
        return self._fields

    def column_of(self, index: _Index) -> Field:
        """The field of a cell."""
        return self._fields[index.column()]

    def is_editable(self, column: int) -> bool:
        """Whether a column can be typed into."""
        return column < self._given

    def filled(self) -> list[Line]:
        """The lines that hold something."""
        return [dict(line) for line in self._lines if line]

    def computed(self) -> Sequence[Mapping[str, Any]]:
        """What was worked out for the filled lines."""
        return self._computed

    def set_lines(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Replaces all rows."""
        self.beginResetModel()
        known = {field.name: field for field in self._fields[: self._given]}
        self._lines = [{} for _line in lines]
        self._errors.clear()
        for row, line in enumerate(lines):
            for name, value in line.items():
                if name not in known or value is None:
                    continue
                self._lines[row][name] = self._typed(name, value)
                if isinstance(value, Mapping) and line_paste.UNREAD in value:
                    # Kept by the draft journal: it could not be read then, either.
                    self._read_into(row, known[name], str(value[line_paste.UNREAD]))
        self._lines.append({})
        self._past.clear()
        self._future.clear()
        self._work_out()
        self.endResetModel()

    def value(self, row: int, name: str) -> Any:
        """A cell's typed value, None for nothing."""
        return self._lines[row].get(name)

    def is_unread(self, row: int, name: str) -> bool:
        """Whether a cell holds text that is no value of its kind (yet)."""
        return isinstance(self._lines[row].get(name), line_cell.Unread)

    def put(self, row: int, name: str, value: Any) -> None:
        """Sets or (None) empties a cell; a last row that is filled gets an empty one below."""
        line = self._lines[row]
        self._errors.pop((row, name), None)
        if value is None or value == "":
            line.pop(name, None)
        else:
            line[name] = self._typed(name, value)
        if row == len(self._lines) - 1 and line:
            self.beginInsertRows(QModelIndex(), row + 1, row + 1)
            self._lines.append({})
            self.endInsertRows()
        self._finish()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Many changes in one: what follows a change comes once, at the end. A long paste would stand still else."""
        self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            if self._is_due and not self._together:
                self._is_due = False
                self._finish()

    def work_again(self) -> None:
        """Works out the computed columns anew when something beside the lines decides them, without `changed`."""
        self._work_out()
        self._repaint()

    def remember_words(self, name: str, value: str, words: str) -> None:
        """The words of a link's value, so that the cell shows a name and not a code."""
        self._links[name, value] = words

    def remove(self, row: int) -> None:
        """Takes a row away; the empty last one stays."""
        if not 0 <= row < len(self._lines) - 1:
            return
        self.remember()
        self.beginRemoveRows(QModelIndex(), row, row)
        self._reorder([place for place in range(len(self._lines)) if place != row])
        self.endRemoveRows()
        self._finish()

    def repeat(self, row: int) -> bool:
        """Puts a copy of a row under it."""
        if not 0 <= row < len(self._lines) or not self._lines[row]:
            return False
        self.remember()
        self.beginInsertRows(QModelIndex(), row + 1, row + 1)
        self._reorder([*range(row + 1), row, *range(row + 1, len(self._lines))])
        self.endInsertRows()
        self._finish()
        return True

    def insert(self, row: int) -> bool:
        """Puts an empty row above this one; not above the empty last one, which is empty already."""
        if not 0 <= row < len(self._lines) - 1:
            return False
        self.remember()
        self.beginInsertRows(QModelIndex(), row, row)
        self._reorder([*range(row), -1, *range(row, len(self._lines))])
        self.endInsertRows()
        self._finish()
        return True

    def move(self, row: int, by: int) -> bool:
        """Changes places with the row above (-1) or below (1); the empty last one stays last."""
        to, last = row + by, len(self._lines) - 1
        if not (0 <= row < last and 0 <= to < last):
            return False
        self.remember()
        order = list(range(len(self._lines)))
        order[row], order[to] = to, row
        self._reorder(order)
        self._finish()
        return True

    def _reorder(self, order: Sequence[int]) -> None:
        """Rows by where they stood, -1 for an empty one; what is wrong with a cell goes along with it."""
        lines, errors = self._lines, self._errors
        self._lines = [dict(lines[old]) if old >= 0 else {} for old in order]
        self._errors = {
            (new, name): message
            for new, old in enumerate(order)
            for (row, name), message in errors.items()
            if row == old
        }

    def clear_cell(self, row: int, column: int) -> None:
        """Empties a cell."""
        if self.is_editable(column) and 0 <= row < len(self._lines):
            self.remember()
            self.put(row, self._fields[column].name, None)

    def paste(self, row: int, stops: Sequence[int], text: str, start: int = 0) -> line_paste.Pasted:
        """Reads tab-separated rows into the stops from `start` on, or into those that their first row names.

        A cell that cannot be read keeps its text and is marked; nothing is guessed. Says how many lines came in,
        how many did not find room, and how many cells are marked.
        """
        block = line_paste.read(text, self._fields, stops, start)
        room = max(LINE_MAX - row, 0)
        if not block.rows or room == 0:
            return line_paste.Pasted(0, len(block.rows), 0)
        self.remember()
        self.beginResetModel()
        links: list[tuple[int, str, str]] = []
        for place, cells in enumerate(block.rows[:room], row):
            while place >= len(self._lines):
                self._lines.append({})
            for column, cell in zip(block.columns, cells, strict=False):
                if column is None:
                    continue
                field = self._fields[column]
                self._read_into(place, field, cell.strip())
                if (
                    isinstance(self._lines[place].get(field.name), line_cell.Unread)
                    and field.kind is Kind.LINK
                ):
                    links.append((place, field.name, cell.strip()))
        if self._lines[-1]:
            self._lines.append({})
        self._work_out()
        self.endResetModel()
        self.changed.emit()
        for link in links:
            self.unresolved.emit(*link)
        taken = min(len(block.rows), room)
        wrong = sum(1 for (place, _name) in self._errors if row <= place < row + taken)
        return line_paste.Pasted(taken, len(block.rows) - taken, wrong)

    # Undo

    def remember(self) -> None:
        """Notes how the lines stand, before the user changes them: `undo` comes back to it."""
        self._past.append(self._state())
        del self._past[:-UNDO_MAX]
        self._future.clear()

    def forget_unchanged(self) -> None:
        """Drops the last note when nothing came of it."""
        if self._past and self._past[-1] == self._state():
            self._past.pop()

    def undo(self) -> bool:
        """Back to before the last change; False when there is none."""
        return self._travel(self._past, self._future)

    def redo(self) -> bool:
        """Takes back an undo."""
        return self._travel(self._future, self._past)

    def _travel(self, source: list[_State], target: list[_State]) -> bool:
        if not source:
            return False
        target.append(self._state())
        self.beginResetModel()
        self._lines, self._errors = source.pop()
        self._work_out()
        self.endResetModel()
        self.changed.emit()
        return True

    def _state(self) -> _State:
        return [dict(line) for line in self._lines], dict(self._errors)

    def copied(self, stops: Sequence[int]) -> str:
        """All lines as tab-separated text of these columns, which `paste` reads back to the same values."""
        fields = [self._fields[place] for place in stops]
        rows = [
            [line_cell.written(field, line.get(field.name)) for field in fields] for line in self.filled()
        ]
        return "\n".join("\t".join(map(one_cell, cells)) for cells in rows)

    # Errors

    def set_error(self, path: str, message: str) -> None:
        """Marks the cell of a path such as `[0].quantity`; rows count the filled lines."""
        cell = self._cell_at(path)
        if cell is not None:
            self._errors[cell] = message
            self._repaint()

    def cell_words(self, path: str) -> str:
        """The cell of such a path in words, its row as one counts what stands there."""
        cell = self._cell_at(path)
        if cell is None:
            return path
        label = next((field.label for field in self._fields if field.name == cell[1]), cell[1])
        return _("Row {row}, {field}").format(row=cell[0] + 1, field=_(label))

    def _cell_at(self, path: str) -> tuple[int, str] | None:
        found = _PATH.match(path)
        if found is None:
            return None
        rows = [row for row, line in enumerate(self._lines) if line]
        filled_row = int(found[1])
        return (rows[filled_row], found[2] or self._fields[0].name) if filled_row < len(rows) else None

    def error(self, row: int, name: str) -> str:
        """What is wrong with a cell."""
        return self._errors.get((row, name), "")

    def first_wrong(self) -> InvalidInput | None:
        """The first cell that could not be read."""
        filled = [(row, line) for row, line in enumerate(self._lines) if line]
        for position, (row, line) in enumerate(filled):
            for name, value in line.items():
                if isinstance(value, line_cell.Unread):
                    message = self._errors.get((row, name)) or _("“{value}” is not known.").format(
                        value=value[:40]
                    )
                    return InvalidInput(Code.INVALID_TYPE, message, field=f"lines[{position}].{name}")
        return None

    def mark(self, row: int, name: str, message: str) -> None:
        """Says what is wrong with a cell."""
        self._errors[row, name] = message
        self._repaint()

    def read(self, row: int, name: str, text: str) -> None:
        """Reads typed text into a cell, or marks it."""
        field = next(entry for entry in self._fields if entry.name == name)
        self._read_into(row, field, text)
        message = self._errors.get((row, name))
        value = self._lines[row].get(name)
        self.put(row, name, value)
        if message:
            self._errors[row, name] = message
        if isinstance(value, line_cell.Unread) and field.kind is Kind.LINK:
            self.unresolved.emit(row, name, str(value))

    def typed_lines(self, open_cell: tuple[int, str, str] | None = None) -> list[Line]:
        """The filled lines for the draft journal: what could not be read, and the text of a cell being edited, too."""
        lines = [
            {
                name: {line_paste.UNREAD: str(value)} if isinstance(value, line_cell.Unread) else value
                for name, value in line.items()
            }
            for line in self._lines
        ]
        if open_cell is not None and 0 <= open_cell[0] < len(lines):
            row, name, text = open_cell
            if text:
                lines[row][name] = {line_paste.UNREAD: text}
            else:
                lines[row].pop(name, None)
        return [line for line in lines if line]

    # Inside

    def _read_into(self, row: int, field: Field, text: str) -> None:
        self._errors.pop((row, field.name), None)
        if not text:
            self._lines[row].pop(field.name, None)
            return
        try:
            value = line_cell.read(field, text, keeps_links=self.resolves_links)
        except InvalidInput as error:
            self._errors[row, field.name] = error.message
            value = line_cell.Unread(text)
        if value is None:
            self._lines[row].pop(field.name, None)
        else:
            self._lines[row][field.name] = value

    def _typed(self, name: str, value: Any) -> Any:
        kind = next((field.kind for field in self._fields if field.name == name), Kind.ANY)
        if isinstance(value, str) and not isinstance(value, line_cell.Unread) and kind in NUMBERS:
            try:
                return Decimal(value)
            except InvalidOperation:
                return value
        return value

    def _finish(self) -> None:
        if self._together:
            self._is_due = True
            return
        self._work_out()
        self._repaint()
        self.changed.emit()

    def _work_out(self) -> None:
        self._computed = list(self._compute(self.filled())) if self._compute is not None else []

    def _repaint(self) -> None:
        if self._together:
            self._is_due = True
            return
        last = self.index(len(self._lines) - 1, len(self._fields) - 1)
        self.dataChanged.emit(self.index(0, 0), last)

    def text_at(self, row: int, column: int) -> str:
        """A cell as it is read."""
        field, line = self._fields[column], self._lines[row]
        if not self.is_editable(column):
            filled_row = sum(1 for entry in self._lines[:row] if entry)
            is_there = bool(line) and filled_row < len(self._computed)
            value = self._computed[filled_row].get(field.name) if is_there else None
            return shown(field, value, shows_zero=True) if value is not None else ""
        value = line.get(field.name)
        if value is None:
            return ""
        if isinstance(value, line_cell.Unread):
            return str(value)
        if field.kind is Kind.OBJECT:
            return share_or_amount_text(value)
        if field.kind is Kind.LINK:
            return self._links.get((field.name, str(value)), str(value))
        if field.kind is Kind.PRICE:
            return price(value)
        return (
            choice_label(field, value) if field.kind is Kind.CHOICE else shown(field, value, shows_zero=True)
        )

    # What Qt asks

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  an empty index is immutable
        """The lines and the empty one."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Fields and computed ones."""
        return 0 if parent.isValid() else len(self._fields)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Computed cells are only looked at."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if self.is_editable(index.column()) else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, alignment and what is wrong."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text_at(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_number = (
                self._fields[index.column()].kind in NUMBERS or self.column_of(index).kind is Kind.OBJECT
            )
            side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self.error(index.row(), self._fields[index.column()].name) or None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The fields' labels."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _(self._fields[section].label)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.data(self.index(0, section), role)
        return None
