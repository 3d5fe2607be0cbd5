"""Small controls: search box, segments, empty state, loading bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QVBoxLayout,
    QWidget,
)

from crmdesk.text import _
from crmdesk.ui.kit.icons import pixmap, set_icon
from crmdesk.ui.kit.labels import Label, Paragraph
from crmdesk.ui.kit.theme import theme

SEARCH_DELAY_MS = 20
"""Long enough to take two keys of one stroke together, short enough not to be felt."""


class SearchBox(QLineEdit):
    """Emits `searched(text)` while typing; Esc empties it; Down goes to the list (`left_down`)."""

    searched = Signal(str)
    left_down = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setClearButtonEnabled(False)
        icon = QAction(self)
        set_icon(icon, "search", "third")
        self.addAction(icon, QLineEdit.ActionPosition.LeadingPosition)
        self._clear = QAction(_("Clear"), self)
        set_icon(self._clear, "x", "third")
        self._clear.triggered.connect(self.clear)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setVisible(False)
        self.setProperty("role", "search")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEARCH_DELAY_MS)
        self._timer.timeout.connect(lambda: self.searched.emit(self.text().strip()))
        self.textChanged.connect(self._wait)

    def _wait(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self._timer.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties, Down and Enter go to the list."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left_down.emit()
        else:
            super().keyPressEvent(event)


class Combo(QComboBox):
    """A choice; the wheel scrolls the page and does not change it by accident."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The arrow, which the style sheet leaves out."""
        super().paintEvent(event)
        look = theme()
        drawing = pixmap(
            "chevron-down", "second" if self.isEnabled() else "third", ratio=self.devicePixelRatioF()
        )
        edge = look.metrics.icon
        painter = QPainter(self)
        painter.drawPixmap(
            self.width() - edge - look.metrics.space(2.25), (self.height() - edge) // 2, drawing
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Left to the page."""
        event.ignore()

    def words_room(self) -> int:
        """Pixels that its words have, beside edges and arrow."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        style = self.style()
        field = QStyle.SubControl.SC_ComboBoxEditField
        return style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()

    def fit(self, least: int) -> None:
        """`least` pixels wide, wider where the chosen words would be cut: a word is longer in another language."""
        self.ensurePolished()
        edges = self.width() - self.words_room()
        words = self.fontMetrics().horizontalAdvance(self.currentText()) + theme().metrics.space(1)
        self.setFixedWidth(max(least, edges + words))


_ROOMY = 6
"""More segments than these stand closer, so that a title row of 1366 pixels holds them beside its buttons."""


class Segments(QFrame):
    """A few choices side by side, one of them on. `options` are (value, words)."""

    changed = Signal(str)

    def __init__(self, name: str, options: Sequence[tuple[str, str]], accessible: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setProperty("role", "segments")
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QPushButton] = {}
        layout = QHBoxLayout(self)
        edge = max(1, theme().metrics.space(0.5))
        layout.setContentsMargins(edge, edge, edge, edge)
        layout.setSpacing(edge)
        for value, words in options:
            button = QPushButton(words)
            button.setCheckable(True)
            button.setProperty("kind", "segment")
            button.setProperty("isTight", len(options) > _ROOMY)
            button.setObjectName(f"{name}.{value}")
            button.setAccessibleName(words)
            button.setAutoDefault(False)
            self._group.addButton(button)
            self._buttons[value] = button
            button.clicked.connect(lambda _checked, which=value: self.changed.emit(which))
            layout.addWidget(button, 1)
        if options:
            self.set_value(options[0][0])
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def value(self) -> str:
        """The choice that is on."""
        return next((value for value, button in self._buttons.items() if button.isChecked()), "")

    def set_value(self, value: str) -> None:
        """Switches without `changed`."""
        if value in self._buttons:
            self._buttons[value].setChecked(True)

    def show_option(self, value: str, is_shown: bool) -> None:
        """Offers a choice, or takes it away for now."""
        self._buttons[value].setVisible(is_shown)

    def set_words(self, options: Sequence[tuple[str, str]]) -> None:
        """New words for the same values (after a switch of the language)."""
        for value, words in options:
            self._buttons[value].setText(words)
            self._buttons[value].setAccessibleName(words)


class EmptyState(QWidget):
    """Where nothing is yet: an icon, what could be here, and the next step as buttons (`actions`)."""

    def __init__(self, icon: str, title: str, text: str = "", name: str = "empty") -> None:
        super().__init__()
        self.setObjectName(name)
        self._icon_name = icon
        sizes = theme().metrics
        layout = QVBoxLayout(self)
        layout.setContentsMargins(sizes.space(8), sizes.space(8), sizes.space(8), sizes.space(8))
        layout.setSpacing(sizes.space(2))
        layout.addStretch(2)
        self._icon = Label()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._icon)
        layout.addSpacing(sizes.space(1))
        self.title = Label(title, "heading")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.title)
        self.text = Paragraph(text, "", "second")
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setMaximumWidth(sizes.em(64))
        self.text.setMinimumWidth(min(sizes.em(64), sizes.em(30)))
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.text, 4)
        line.addStretch(1)
        layout.addLayout(line)
        layout.addSpacing(sizes.space(2))
        self.ways = QHBoxLayout()
        self.ways.setSpacing(sizes.space(2))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(self.ways)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(3)
        self._draw()
        theme().changed.connect(self._draw)

    def _draw(self) -> None:
        edge = theme().metrics.icon * 2
        self._icon.setPixmap(pixmap(self._icon_name, "third", edge, self.devicePixelRatioF()))

    def set_words(self, title: str, text: str) -> None:
        """Other words."""
        self.title.setText(title)
        self.text.setText(text)

    def add_button(self, button: QPushButton) -> None:
        """A way on."""
        self.ways.addWidget(button)


class LoadingBar(QProgressBar):
    """A thin moving bar, shown only when something takes longer than a blink."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, 0)
        self.setTextVisible(False)
        self.setProperty("role", "loading")
        self.setAccessibleName(_("Loading"))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(250)
        self._timer.timeout.connect(self.show)
        self.hide()

    def set_loading(self, is_loading: bool) -> None:
        """Begins or ends; short waits are never seen."""
        if is_loading:
            self._timer.start()
        else:
            self._timer.stop()
            self.hide()
