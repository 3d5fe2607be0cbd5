"""A message inside a page, dialog or window, which stays as long as what it says is true."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.labels import Label, Paragraph, set_property
from crmdesk.ui.kit.theme import theme

TONE_ICONS = {
    "good": "check-circle",
    "danger": "alert-circle",
    "warn": "alert-triangle",
    "info": "info",
    "": "info",
}


class Banner(QFrame):
    """A message inside a page or dialog; hidden until `show_message`."""

    def __init__(self, name: str = "banner", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("role", "banner")
        space = theme().metrics.space
        layout = QHBoxLayout(self)
        layout.setContentsMargins(space(3), space(2), space(3), space(2))
        layout.setSpacing(space(2))
        self._icon = Label()
        self._text = Paragraph()
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        self._action = plain_button("", f"{name}.action", "link")
        self._action.hide()
        layout.addWidget(self._action)
        self._other = plain_button("", f"{name}.other", "link")
        self._other.hide()
        layout.addWidget(self._other)
        self._callback: Callable[[], object] | None = None
        self._other_callback: Callable[[], object] | None = None
        self._action.clicked.connect(lambda _checked=False: self._callback() if self._callback else None)
        self._other.clicked.connect(
            lambda _checked=False: self._other_callback() if self._other_callback else None
        )
        self.hide()

    def show_message(
        self,
        text: str,
        tone: str = "info",
        action: str = "",
        callback: Callable[[], object] | None = None,
        other: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Shows a sentence; `tone` is info, good, warn or danger; `action` the words of a way out, `other` another."""
        set_property(self, "tone", tone)
        self._icon.setPixmap(pixmap(TONE_ICONS.get(tone, "info"), tone if tone != "good" else "accent"))
        self._text.setText(text)
        self._text.set_tone(tone)
        self.setAccessibleName(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._action.setAccessibleName(action)
        self._callback = callback
        self._other.setText(other[0] if other else "")
        self._other.setAccessibleName(other[0] if other else "")
        self._other.setVisible(other is not None)
        self._other_callback = other[1] if other else None
        self.show()

    def show_error(self, error: Exception) -> None:
        """Shows an error's sentence and hint."""
        self.show_message(sentence(error), "danger")

    def text(self) -> str:
        """What it says."""
        return self._text.text()
