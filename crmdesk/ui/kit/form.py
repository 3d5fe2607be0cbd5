"""One form built from `Field`s: sections that reflow, labels above, errors under their field, Enter to the next."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from crmdesk.models import validation
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput, labelled
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.editors import editor_for, plain
from crmdesk.ui.kit.form_cell import Cell
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.labels import Label, strong
from crmdesk.ui.kit.line_paste import UNREAD
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

_WHOLE_ROW = frozenset({Kind.LONG_TEXT, Kind.LINES})
_COLUMN_EM = 38
"""A column of the form is at least so many digits wide."""
_LABELS_SHOWN = 4


def unsaved_words(labels: Sequence[str]) -> str:
    """What a question before leaving says: which fields would be lost."""
    if not labels:
        return _("What you typed has not been saved yet.")
    shown = _(", ").join(labels[:_LABELS_SHOWN]) + (" …" if len(labels) > _LABELS_SHOWN else "")
    return _("Not saved yet: {fields}.").format(fields=shown)


class Form(Speaking, QWidget):
    """Editors for fields. Ctrl+S `submitted`, Ctrl+Enter `print_submitted`, Esc `cancelled` (asks when dirty).

    `pickers` maps a field's `link` to a PickerSource; `columns_max` bounds the reflow, `column_em` is the least
    width of a column in digits; `spans` gives single fields more columns. Object names are `<name>.<field>` and
    `<name>.<field>.error`.
    """

    changed = Signal(str)
    submitted = Signal()
    print_submitted = Signal()
    cancelled = Signal()

    def __init__(
        self,
        host: Host,
        fields: Sequence[Field],
        values: Mapping[str, Any] | None = None,
        *,
        name: str = "form",
        pickers: Mapping[str, Any] | None = None,
        columns_max: int = 3,
        spans: Mapping[str, int] | None = None,
        has_shortcuts: bool = True,
        column_em: float = _COLUMN_EM,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self._host = host
        self._fields = {field.name: field for field in fields}
        self._columns_max = columns_max
        self._column_em = column_em
        self._spans = dict(spans or {})
        self._column_count = 0
        self._left_out: set[str] = set()
        self._cells: dict[str, Cell] = {}
        self._grids: list[tuple[QGridLayout, list[Cell]]] = []
        self._build(name, pickers or {})
        if has_shortcuts:
            self._add_shortcut("Ctrl+S", self.submit)
            self._add_shortcut("Ctrl+Return", self.submit_and_print)
            self._add_shortcut("Esc", self.cancel)
        self.retranslate()
        defaults = {field.name: field.default for field in fields}
        self.set_values({**defaults, **(values or {})})

    def _build(self, name: str, pickers: Mapping[str, Any]) -> None:
        sizes = theme().metrics
        outer = QVBoxLayout(self)
        outer.setContentsMargins(sizes.ring, sizes.ring, sizes.ring, sizes.ring)
        outer.setSpacing(sizes.space(3))
        sections: dict[str, list[Cell]] = {}
        for field in self._fields.values():
            cell = Cell(field, editor_for(field, self._host, pickers), name)
            self._cells[field.name] = cell
            sections.setdefault(field.section, []).append(cell)
            cell.editor.installEventFilter(self)
            self.editor(field.name).edited.connect(lambda which=field.name: self._edited(which))
        for section, cells in sections.items():
            if section:
                heading = strong()
                self.say(heading.setText, section)
                outer.addSpacing(sizes.space(1))
                outer.addWidget(heading)
            grid = QGridLayout()
            grid.setHorizontalSpacing(sizes.space(3.5))
            grid.setVerticalSpacing(sizes.space(3))
            outer.addLayout(grid)
            self._grids.append((grid, cells))
        outer.addStretch(1)
        # As wide as it may be: its size hint is that of its best shape, and resizing makes it narrower.
        self._reflow(self._columns_max)

    def _add_shortcut(self, keys: str, callback: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(callback)
        if keys == "Ctrl+Return":
            # The Enter of the number block is another key.
            self._add_shortcut("Ctrl+Enter", callback)

    # Shape

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as fit."""
        super().resizeEvent(event)
        column = theme().metrics.em(self._column_em)
        self._reflow(min(self._columns_max, max(1, self.width() // column)))

    def minimumSizeHint(self) -> QSize:
        """One column is enough."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), theme().metrics.em(self._column_em * 0.75)), hint.height())

    def height_for(self, width: int) -> int:
        """Takes the shape that goes with a width before it is shown; gives the height that this wants."""
        self._reflow(min(self._columns_max, max(1, width // theme().metrics.em(_COLUMN_EM))))
        return self.sizeHint().height()

    def _reflow(self, count: int) -> None:
        if count == self._column_count:
            return
        self._column_count = count
        for grid, cells in self._grids:
            for cell in cells:
                grid.removeWidget(cell)
            for column in range(self._columns_max):
                grid.setColumnStretch(column, 1 if column < count else 0)
            row = column = 0
            for cell in cells:
                if cell.field.name in self._left_out:
                    continue
                wish = count if cell.field.kind in _WHOLE_ROW else self._spans.get(cell.field.name, 1)
                span = min(wish, count)
                if column + span > count:
                    row, column = row + 1, 0
                grid.addWidget(cell, row, column, 1, span)
                column += span
        self._order_tabs()

    def _order_tabs(self) -> None:
        editors = [cell.editor for cell in self._cells.values()]
        for before, after in itertools.pairwise(editors):
            QWidget.setTabOrder(before, after)

    def retranslate(self) -> None:
        """Labels and help in the language in force."""
        super().retranslate()
        for cell in self._cells.values():
            cell.say()

    def show_field(self, name: str, is_shown: bool) -> None:
        """Shows or hides a field; a hidden one keeps its value, and the others close up."""
        cell = self._cells[name]
        is_left_out = name in self._left_out
        if is_left_out is not is_shown:
            cell.setVisible(is_shown)
            return
        self._left_out ^= {name}
        count, self._column_count = self._column_count, 0
        self._reflow(count)
        cell.setVisible(is_shown)

    # Values

    def editor(self, name: str) -> Any:
        """The editor of a field (a QWidget and an `Editor`)."""
        return self._cells[name].editor

    def field(self, name: str) -> Field:
        """How a field is declared."""
        return self._fields[name]

    def field_names(self) -> list[str]:
        """The fields in order."""
        return list(self._fields)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Shows values (typed or plain) of some fields and counts them as saved."""
        for name, value in values.items():
            if name in self._cells:
                self.editor(name).set_value(value)
        self.clear_errors()
        self.mark_clean()

    def set_value(self, name: str, value: Any) -> None:
        """Shows one value as if the user had typed it: the form is dirty then."""
        self.editor(name).set_value(value)
        self._edited(name)

    def value(self, name: str) -> Any:
        """One typed value, None for what cannot be read."""
        try:
            return self.editor(name).value()
        except InvalidInput:
            return None

    def values(self) -> dict[str, Any]:
        """Typed values by field, checked as the use case will check them; None where nothing is given.

        Every wrong field gets its sentence; the first is focused and raised as InvalidInput.
        """
        self.clear_errors()
        found: dict[str, Any] = {}
        first: InvalidInput | None = None
        for name, cell in self._cells.items():
            try:
                value = self.editor(name).value()
                found[name] = self._checked(cell.field, value)
            except InvalidInput as error:
                place = error.field if error.field and error.field.startswith(name) else name
                self.set_error(place, self._in_words(error, cell.field))
                first = first or InvalidInput(error.code, error.message, field=name)
        if first is not None:
            self.focus_field(str(first.field))
            raise first
        return found

    def changed_values(self) -> dict[str, Any]:
        """As `values`, only those that differ from what was shown first (for an update)."""
        now = self.plain_values()
        return {
            name: value for name, value in self.values().items() if now.get(name) != self._clean.get(name)
        }

    def plain_values(self) -> dict[str, Any]:
        """What stands in the fields as JSON can hold it, wrong input as text: for drafts and the dirty check."""
        result: dict[str, Any] = {}
        for name in self._cells:
            try:
                result[name] = plain(self.editor(name).value())
            except InvalidInput:
                result[name] = {UNREAD: getattr(self.editor(name), "text", str)()}
        return result

    def typed_values(self) -> dict[str, Any]:
        """As `plain_values`, with what was typed into a picker and is no record yet: nothing of it is lost."""
        result = self.plain_values()
        for name, cell in self._cells.items():
            unpicked = getattr(cell.editor, "unpicked_text", str)()
            if unpicked:
                result[name] = {UNREAD: unpicked}
        return result

    def clean_values(self) -> dict[str, Any]:
        """What was shown or saved last, as JSON can hold it."""
        return dict(self._clean)

    def restore(self, values: Mapping[str, Any], clean: Mapping[str, Any] | None = None) -> None:
        """Shows `typed_values` of an earlier time again; `clean` is what counts as saved, by default what stands here.

        `changed` comes for every field that differs from it.
        """
        if clean is not None:
            self.set_values(clean)
        for name, value in values.items():
            if name in self._cells and value != self._clean.get(name):
                self.show_typed(name, value)
                self._edited(name)

    def show_typed(self, name: str, value: Any) -> None:
        """Shows one of `typed_values`, without `changed`."""
        editor = self.editor(name)
        if isinstance(value, dict) and UNREAD in value:
            editor.setText(str(value[UNREAD]))
        else:
            editor.set_value(value)

    def unsaved_labels(self) -> list[str]:
        """The labels of the fields that differ from what was saved."""
        now = self.plain_values()
        return [_(one.label) for name, one in self._fields.items() if now.get(name) != self._clean.get(name)]

    def _checked(self, field: Field, value: Any) -> Any:
        if field.kind in (Kind.OBJECT, Kind.ANY, Kind.LINES) or value is None:
            if field.required and value in (None, [], {}):
                raise validation.missing(field.name)
            return value
        return validation.check((replace(field, default=None),), {field.name: value})[field.name]

    def _in_words(self, error: CrmdeskError, field: Field) -> str:
        label = _(field.label)
        if isinstance(error, InvalidInput) and error.code is Code.REQUIRED:
            return _("Please fill in {label}.").format(label=label)
        return labelled(labelled(error.message, error.field or field.name, label), field.name, label)

    # Errors

    def set_error(self, name: str, message: str) -> bool:
        """Shows a sentence under a field; `name` may be a path such as `lines[0].quantity`. False if unknown."""
        head, _dot, rest = name.partition("[")
        cell = self._cells.get(head)
        if cell is None:
            return False
        cell.set_error(message)
        mark = getattr(cell.editor, "set_error", None)
        if rest and mark is not None:
            mark(name[len(head) :], message)
        return True

    def _cell_named(self, path: str) -> Cell | None:
        """The cell of an error's path: by its name, or by the alias under which the book knows it."""
        head = path.partition("[")[0].partition(".")[0]
        named = (cell for cell in self._cells.values() if path in cell.field.aliases)
        return self._cells.get(head) or next(named, None)

    def take_error(self, error: Exception) -> bool:
        """Shows an error under the field it names and focuses it; False when it names none of this form."""
        if not isinstance(error, CrmdeskError) or not error.field:
            return False
        cell = self._cell_named(error.field)
        if cell is None or cell.isHidden():
            return False
        message = self._in_words(error, cell.field)
        path = cell.field.name if error.field in cell.field.aliases else error.field
        self.set_error(path, f"{message} {error.hint}" if error.hint else message)
        self.focus_field(cell.field.name)
        return True

    def error(self, name: str) -> str:
        """The sentence under a field."""
        return self._cells[name].error.text()

    def clear_errors(self) -> None:
        """Takes back every sentence."""
        for cell in self._cells.values():
            if cell.error.text():
                cell.set_error("")

    # State

    def is_dirty(self) -> bool:
        """Whether something differs from what was shown or saved."""
        return self.plain_values() != self._clean

    def mark_clean(self) -> None:
        """Counts what stands there as saved."""
        self._clean = self.plain_values()

    def leave(self, then: Callable[[], object]) -> None:
        """Calls `then` at once when nothing is lost; else asks whether to save, discard or go on editing."""
        if not self.is_dirty():
            then()
            return

        def discard() -> None:
            self.mark_clean()
            then()

        dialogs.ask(
            self,
            _("Save the changes?"),
            unsaved_words(self.unsaved_labels()),
            [
                (_("Discard"), "discard", "danger", discard),
                (_("Keep editing"), "stay", "", self.focus_first),
                (_("Save"), "save", "primary", self.submit),
            ],
            name="leave",
        )

    def _edited(self, name: str) -> None:
        self._cells[name].set_error("")
        self.changed.emit(name)

    # Keys

    def submit(self) -> None:
        """As Ctrl+S."""
        self._settle()
        self.submitted.emit()

    def submit_and_print(self) -> None:
        """As Ctrl+Enter."""
        self._settle()
        self.print_submitted.emit()

    def cancel(self) -> None:
        """As Esc: leaves, after asking when something would be lost."""
        self.leave(self.cancelled.emit)

    def _settle(self) -> None:
        for cell in self._cells.values():
            settle = getattr(cell.editor, "settle", None)
            if settle is not None:
                settle()

    def focus_field(self, name: str) -> None:
        """Puts the cursor into a field."""
        self._cells[name].editor.setFocus(Qt.FocusReason.TabFocusReason)

    def focus_first(self) -> None:
        """Puts the cursor into the first field that can be edited; also before the form is shown."""
        for cell in self._cells.values():
            if (
                cell.editor.focusPolicy() & Qt.FocusPolicy.TabFocus
                and not cell.isHidden()
                and cell.editor.isEnabled()
            ):
                QTimer.singleShot(0, cell.editor, lambda editor=cell.editor: editor.setFocus(_BY_TAB))
                return

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on to the next field; on the last one it saves."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or isinstance(watched, QPlainTextEdit):
            return False
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        takes_enter = getattr(watched, "takes_enter", None)
        if takes_enter is not None and takes_enter():
            return False
        for name, cell in self._cells.items():
            if cell.editor is watched:
                self.focus_next(name)
                return True
        return False

    def focus_next(self, name: str) -> None:
        """Goes to the field after this one, or saves after the last."""
        names = list(self._cells)
        for following in names[names.index(name) + 1 :]:
            editor = self._cells[following].editor
            if editor.isVisible() and editor.isEnabled() and editor.focusPolicy() & Qt.FocusPolicy.TabFocus:
                editor.setFocus(_BY_TAB)
                return
        self.submit()

    def use_choices(self, name: str, choices: Sequence[Choice]) -> None:
        """Other choices for a field, known only when the book was asked."""
        field = replace(self._fields[name], choices=tuple(choices))
        self._fields[name] = self._cells[name].field = field
        self.editor(name).set_choices(field)

    def label_words(self, name: str) -> str:
        """What a field is called."""
        return _(self._fields[name].label)

    def label(self, name: str) -> Label:
        """The label of a field."""
        return self._cells[name].label


_BY_TAB = Qt.FocusReason.TabFocusReason
