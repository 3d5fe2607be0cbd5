"""What every editor of a condition's value is: a row of fields that together are one value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from crmdesk.ui.kit.theme import theme


class Editor(QWidget):
    """A row of fields that together are one value."""

    edited = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(theme().metrics.space(1.5))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def texts(self) -> tuple[str, ...]:
        """What the clause keeps; empty while something is missing."""
        raise NotImplementedError

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows what a clause keeps, without `edited`."""
        raise NotImplementedError

    def stops(self) -> list[QWidget]:
        """Where Enter stops on its way through the row."""
        return [one for one in self.fields() if not one.isHidden() and one.isEnabled()]

    def fields(self) -> list[QWidget]:
        """Every field it has, from left to right."""
        return []

    def add(self, field: QWidget, words: str, stretch: int = 0, *, suffix: str = "") -> None:
        """Puts a field at the end."""
        field.setObjectName(f"{self.objectName()}{suffix}")
        field.setAccessibleName(words)
        self.row.addWidget(field, stretch)
