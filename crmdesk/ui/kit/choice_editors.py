"""Editors of words that are offered: a line that proposes words, and several of a few choices."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QMenu, QPushButton, QSizePolicy

from crmdesk.models.fields import Field
from crmdesk.text import _
from crmdesk.ui.kit.columns import choice_label
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.icons import set_icon


class SuggestEditor(Combo):
    """One line of text that offers words; any other text may be typed."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        for choice in field.choices:
            self.addItem(_(choice.label), choice.value)
        self.setCurrentIndex(-1)
        completer = self.completer()
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.activated.connect(lambda _index: self.edited.emit())
        line = self.lineEdit()
        if line is not None:
            line.setMaxLength(field.length_max + 1)
            line.textEdited.connect(lambda _text: self.edited.emit())

    def value(self) -> str:
        """The word that is chosen, or what was typed."""
        text = self.currentText().strip()
        index = self.findText(text)
        return str(self.itemData(index)) if index >= 0 else text

    def set_value(self, value: Any) -> None:
        """Shows a word, as it is called in the language in force."""
        index = self.findData(value) if value not in (None, "") else -1
        self.setCurrentIndex(index)
        if index < 0:
            self.setCurrentText("" if value is None else str(value))


class SeveralEditor(QPushButton):
    """Several of a few choices: a button that names them, and a menu that stays open while one chooses."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._chosen: list[str] = []
        self.setProperty("kind", "several")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        set_icon(self, "chevron-down", "second")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.clicked.connect(lambda _checked=False: self.open_menu())
        self._show()

    def takes_enter(self) -> bool:
        """Enter goes on to the next field; Space and the arrows open the choices."""
        return False

    def value(self) -> list[str]:
        """What is chosen, in the order of the choices."""
        return list(self._chosen)

    def set_value(self, value: Any) -> None:
        """Shows choices; one that is not offered any more stays, so that nothing is lost."""
        given = [str(one) for one in value or ()]
        offered = [choice.value for choice in self._field.choices]
        self._chosen = [one for one in offered if one in given] + [one for one in given if one not in offered]
        self._show()

    def open_menu(self) -> QMenu:
        """The choices with check marks."""
        menu = _StayingMenu(self)
        menu.setObjectName(f"{self.objectName()}.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, choice in enumerate(self._field.choices):
            action = menu.addAction(_(choice.label).replace("&", "&&"))
            action.setObjectName(f"{self.objectName()}.{number}")
            action.setCheckable(True)
            action.setChecked(choice.value in self._chosen)
            action.toggled.connect(lambda is_on, which=choice.value: self._switch(which, is_on))
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
        actions = menu.actions()
        if actions:
            menu.setActiveAction(actions[0])
        return menu

    def _switch(self, value: str, is_on: bool) -> None:
        kept = {*self._chosen, value} if is_on else {one for one in self._chosen if one != value}
        self.set_value(kept)
        self.edited.emit()

    def _show(self) -> None:
        words = _(", ").join(choice_label(self._field, one) for one in self._chosen)
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(self.width() - 48, 80))
        self.setText((shown or _("Choose …")).replace("&", "&&"))
        self.setToolTip(words)

    def resizeEvent(self, event: Any) -> None:
        """As many names as fit."""
        super().resizeEvent(event)
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow down opens, as in other choices."""
        if event.key() == Qt.Key.Key_Down:
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Names follow the language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._show()


class _StayingMenu(QMenu):
    """A menu whose check marks are set one after another; Esc or a click beside it closes."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter switch the lit entry."""
        action = self.activeAction()
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and action is not None:
            action.toggle()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: Any) -> None:
        """A click switches and leaves the menu open."""
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable():
            action.toggle()
        else:
            super().mouseReleaseEvent(event)
