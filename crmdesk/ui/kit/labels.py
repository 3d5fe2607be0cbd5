"""Small standing parts: labels that elide instead of clipping, chips, cards, rules. All text is plain text."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.ui.kit.theme import theme


def restyle(widget: QWidget) -> None:
    """Applies the style sheet again after a dynamic property changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Sets a dynamic property of the style sheet and shows it, at no cost when nothing changes."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        restyle(widget)


def name_widget(widget: QWidget, name: str, accessible: str = "") -> None:
    """Gives the name tests use and the words a screen reader says."""
    widget.setObjectName(name)
    if accessible:
        widget.setAccessibleName(accessible)


class Label(QLabel):
    """One line of plain text that ends in … where room is short; the whole text is then its tooltip.

    `role` is title, heading, figure, strong, caption, tiny or empty; `tone` a name of `Colours.ink`.
    """

    def __init__(self, text: str = "", role: str = "", tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        if tone:
            self.setProperty("tone", tone)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Sets the whole text; line breaks become spaces."""
        whole = " ".join(text.splitlines()) if "\n" in text else text
        if whole != self._whole:
            self._whole = whole
            self.updateGeometry()
        self._fit()

    def text(self) -> str:
        """The whole text, also while it is shown shortened."""
        return self._whole

    def shown(self) -> str:
        """What is seen."""
        return super().text()

    def set_tone(self, tone: str) -> None:
        """Changes the colour: a name of `Colours.ink`, or of `Colours.tone` for a chip."""
        set_property(self, "tone", tone)

    def changeEvent(self, event: QEvent) -> None:
        """A role gives another font, and with it another width."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._fit()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        self.ensurePolished()
        hint = super().sizeHint()
        metrics = self.fontMetrics()
        spare = hint.width() - metrics.horizontalAdvance(super().text())
        return QSize(spare + metrics.horizontalAdvance(self._whole) + 1, hint.height())

    def minimumSizeHint(self) -> QSize:
        """May shrink to a few characters."""
        hint = self.sizeHint()
        return QSize(
            min(hint.width(), self.fontMetrics().horizontalAdvance("汉字…") + self._spare()), hint.height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits the text into the new width."""
        super().resizeEvent(event)
        self._fit()

    def _spare(self) -> int:
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(super().text())

    def _fit(self) -> None:
        shown = self._whole
        # Before its first place in a layout it has no width to fit into; pages are built much faster so.
        if self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            room = self.width() - self._spare()
            metrics = self.fontMetrics()
            if metrics.horizontalAdvance(shown) > room:
                shown = metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, max(room, 1))
        if shown != super().text():
            super().setText(shown)
            self.setToolTip(self._whole if shown != self._whole else "")


class Paragraph(QLabel):
    """Plain text over as many lines as it needs."""

    def __init__(self, text: str = "", role: str = "", tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        if role:
            self.setProperty("role", role)
        if tone:
            self.setProperty("tone", tone)

    def set_tone(self, tone: str) -> None:
        """Changes the colour."""
        set_property(self, "tone", tone)


class Chip(Label):
    """A word on a soft fill; `tone` is neutral, good, warn, danger or info."""

    def __init__(self, text: str = "", tone: str = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(text, "chip", tone, parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)


class Badge(Label):
    """A count that wants to be seen; hidden for zero."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "badge", "", parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.hide()

    def set_count(self, count: int, most: int = 99) -> None:
        """Shows the count, 99+ at most (or `most`, where room is short)."""
        self.setText(f"{most}+" if count > most else str(count))
        self.setVisible(count > 0)


class Card(QFrame):
    """A surface with a border and round corners; `body` is its layout. `tone` raised for a second level."""

    def __init__(self, tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        if tone:
            self.setProperty("tone", tone)
        self.body = QVBoxLayout(self)
        space = theme().metrics.space
        self.body.setContentsMargins(space(4), space(3), space(4), space(3))
        self.body.setSpacing(space(2))


def title(text: str = "") -> Label:
    """A page's title."""
    return Label(text, "title")


def heading(text: str = "") -> Label:
    """The title of a part."""
    return Label(text, "heading")


def strong(text: str = "", tone: str = "") -> Label:
    """Text that carries the line."""
    return Label(text, "strong", tone)


def caption(text: str = "", tone: str = "second") -> Label:
    """A small quiet line."""
    return Label(text, "caption", tone)


def figure(text: str = "", tone: str = "") -> Label:
    """A key figure."""
    return Label(text, "figure", tone)


def keys(text: str) -> Label:
    """A key as it is printed on the keyboard."""
    label = Label(text, "keys")
    label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return label


def rule(*, is_upright: bool = False) -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("role", "ruleUpright" if is_upright else "rule")
    return line
