"""Editors by kind. Each has `edited` (signal), `value()`, which raises InvalidInput for what cannot be read, and
`set_value()`. `editor_for` chooses by the field's kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit.columns import choice_label, shown
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.number_editors import NumberEditor, RateEditor, ShareOrAmountEditor
from crmdesk.ui.kit.theme import theme


class Editor(Protocol):
    """What a form asks of an editor; every editor is a QWidget."""

    @property
    def edited(self) -> SignalInstance:
        """Comes when the user (not a program) changed something."""
        ...

    def value(self) -> Any:
        """The typed value, None for nothing; raises InvalidInput."""
        ...

    def set_value(self, value: Any) -> None:
        """Shows a value without `edited`."""
        ...


class TextEditor(QLineEdit):
    """One line of text."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        # One more than allowed, so that a long paste is refused with a sentence and not cut in silence.
        self.setMaxLength(field.length_max + 1)
        if field.sample and field.kind not in (Kind.TEXT,):
            self.setPlaceholderText("")
        self.textEdited.connect(lambda _text: self.edited.emit())

    def value(self) -> str:
        """The text without spaces around it."""
        return self.text().strip()

    def set_value(self, value: Any) -> None:
        """Shows a text from its beginning."""
        self.setText("" if value is None else str(value))
        self.setCursorPosition(0)


class GroupedEditor(TextEditor):
    """A long number in groups of a few digits while it is typed or pasted; its value has none of the spaces."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._size = field.grouping
        self.setMaxLength(2 * (field.length_max + 1))
        self.textEdited.connect(self._regroup)

    def value(self) -> str:
        """The number without spaces."""
        return "".join(self.text().split())

    def set_value(self, value: Any) -> None:
        """Shows a number in its groups."""
        super().set_value(self._grouped("".join(str(value or "").split())))

    def _grouped(self, text: str) -> str:
        if not (text.isascii() and text.isdigit()):
            return text
        return " ".join(text[at : at + self._size] for at in range(0, len(text), self._size))

    def _regroup(self, text: str) -> None:
        """Writes the groups again; the cursor stays behind the digit it was behind."""
        before = len("".join(text[: self.cursorPosition()].split()))
        grouped = self._grouped("".join(text.split()))
        if grouped == text:
            return
        self.setText(grouped)
        at = 0
        while before and at < len(grouped):
            before -= grouped[at] != " "
            at += 1
        self.setCursorPosition(at)


class LongTextEditor(QPlainTextEdit):
    """Several lines; Tab leaves it."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        del field
        self._is_setting = False
        self._lines = 3
        self.setTabChangesFocus(True)
        self.textChanged.connect(self._tell)
        self._take_sizes()
        theme().changed.connect(self._take_sizes)

    def _take_sizes(self) -> None:
        sizes = theme().metrics
        self.setFixedHeight(sizes.line * self._lines + sizes.space(5))

    def set_lines(self, count: int) -> None:
        """How many lines are seen; three unless told."""
        self._lines = count
        self._take_sizes()

    def _tell(self) -> None:
        if not self._is_setting:
            self.edited.emit()

    def value(self) -> str:
        """The text without spaces around it."""
        return self.toPlainText().strip()

    def set_value(self, value: Any) -> None:
        """Shows a text."""
        self._is_setting = True
        self.setPlainText("" if value is None else str(value))
        self._is_setting = False


class ChoiceEditor(Combo):
    """One of the declared choices; an empty one first where nothing is an answer."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        if not field.required and field.default is None:
            self.addItem("", None)
        for choice in field.choices:
            self.addItem(_(choice.label), choice.value)
        self.activated.connect(lambda _index: self.edited.emit())

    def set_choices(self, field: Field) -> None:
        """Offers the choices of another declaration (accounts of the book); the value stays if it is among them."""
        value = self.currentData()
        self._field = field
        self.clear()
        if not field.required and field.default is None:
            self.addItem("", None)
        for choice in field.choices:
            self.addItem(_(choice.label), choice.value)
        self.setCurrentIndex(max(self.findData(value), 0))

    def value(self) -> Any:
        """The choice's value."""
        return self.currentData()

    def set_value(self, value: Any) -> None:
        """Shows a choice; one that is not declared is shown all the same, so that nothing is lost."""
        index = self.findData(value)
        if index < 0 and value not in (None, ""):
            self.addItem(choice_label(self._field, value), value)
            index = self.count() - 1
        self.setCurrentIndex(max(index, 0))

    def changeEvent(self, event: QEvent) -> None:
        """Choices follow the language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            for index in range(self.count()):
                value = self.itemData(index)
                if value is not None:
                    self.setItemText(index, choice_label(self._field, value))


class CurrencyEditor(Combo):
    """An ISO code; the usual ones are offered, any other may be typed."""

    edited = Signal()
    USUAL = ("CNY", "USD", "EUR", "HKD", "JPY", "GBP", "SGD", "AUD", "KRW", "TWD")

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.setEditable(True)
        self.addItems(["", *self.USUAL] if not field.required else list(self.USUAL))
        self.setCurrentText("")
        self.activated.connect(lambda _index: self.edited.emit())
        line = self.lineEdit()
        if line is not None:
            line.setMaxLength(3)
            line.textEdited.connect(lambda _text: self.edited.emit())

    def value(self) -> str | None:
        """The code in capitals."""
        return self.currentText().strip().upper() or None

    def set_value(self, value: Any) -> None:
        """Shows a code."""
        self.setCurrentText(str(value or ""))


class BooleanEditor(QCheckBox):
    """Yes or no; its own words stand beside it."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__(_(field.label))
        self._label = field.label
        self.clicked.connect(lambda _checked: self.edited.emit())

    def value(self) -> bool:
        """Whether it is set."""
        return self.isChecked()

    def set_value(self, value: Any) -> None:
        """Shows a value."""
        self.setChecked(bool(value))

    def changeEvent(self, event: QEvent) -> None:
        """Words follow the language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self.setText(_(self._label))


class ListEditor(QLineEdit):
    """Several short texts with commas between them."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        del field
        self.textEdited.connect(lambda _text: self.edited.emit())

    def value(self) -> list[str]:
        """The texts."""
        text = self.text().replace("，", ",").replace("、", ",").replace(";", ",").replace("；", ",")
        return [part.strip() for part in text.split(",") if part.strip()]

    def set_value(self, value: Any) -> None:
        """Shows texts."""
        self.setText(", ".join(str(part) for part in value or ()))


class ShownValue(QLineEdit):
    """A value that is only shown."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._value: Any = None
        self.setReadOnly(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        if field.kind in NUMBERS:
            self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def value(self) -> Any:
        """What was given."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Shows a value."""
        self._value = value
        self.setText(shown(self._field, value))


def _date_editor(field: Field) -> QWidget:
    from crmdesk.ui.kit.date_editor import DateEditor

    return DateEditor(field)


def _file_editor(field: Field) -> QWidget:
    from crmdesk.ui.kit.file_editor import FileEditor

    return FileEditor(field)


_EDITORS: dict[Kind, Callable[[Field], QWidget]] = {
    Kind.TEXT: TextEditor,
    Kind.LONG_TEXT: LongTextEditor,
    Kind.CODE: TextEditor,
    Kind.PHONE: TextEditor,
    Kind.EMAIL: TextEditor,
    Kind.TAX_NUMBER: TextEditor,
    Kind.DISCOUNT_TERMS: TextEditor,
    Kind.INTEGER: NumberEditor,
    Kind.QUANTITY: NumberEditor,
    Kind.PRICE: NumberEditor,
    Kind.MONEY: NumberEditor,
    Kind.RATE: RateEditor,
    Kind.DATE: _date_editor,
    Kind.MOMENT: ShownValue,
    Kind.BOOLEAN: BooleanEditor,
    Kind.CHOICE: ChoiceEditor,
    Kind.STATE: ShownValue,
    Kind.CURRENCY: CurrencyEditor,
    Kind.LIST: ListEditor,
    Kind.OBJECT: ShareOrAmountEditor,
    Kind.ANY: ShownValue,
    Kind.LINK: TextEditor,
    Kind.FILE: _file_editor,
}


def editor_for(field: Field, host: Host | None = None, pickers: Mapping[str, Any] | None = None) -> Any:
    """The editor of a field: its kind's, or a picker for a link that `pickers` knows.

    Typed Any because every editor is a widget and an `Editor` at once, which Python's types cannot say.
    """
    if field.kind is Kind.LINK and host is not None and pickers and field.link and field.link in pickers:
        from crmdesk.ui.kit.pickers import LinkPicker

        return LinkPicker(host, pickers[field.link], field)
    if field.kind is Kind.LINES and host is not None:
        from crmdesk.ui.kit.line_grid import LineGrid

        return LineGrid(host, field.fields, pickers=pickers or {})
    if field.choices and field.kind in (Kind.TEXT, Kind.LIST):
        from crmdesk.ui.kit.choice_editors import SeveralEditor, SuggestEditor

        return SuggestEditor(field) if field.kind is Kind.TEXT else SeveralEditor(field)
    if field.grouping:
        return GroupedEditor(field)
    return _EDITORS[field.kind](field)


def mark_invalid(editor: QWidget, is_invalid: bool) -> None:
    """Shows an editor in the colour of an error, or no longer."""
    from crmdesk.ui.kit.labels import set_property

    set_property(editor, "invalid", "true" if is_invalid else "false")


def plain(value: Any) -> Any:
    """A typed value as JSON can hold it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value
