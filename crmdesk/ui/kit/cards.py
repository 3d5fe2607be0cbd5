"""Cards of an overview: a key figure that is a button, a row with a bar, and a grid that reflows to the width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.ui.kit import labels, tokens
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.theme import theme


class FigureCard(QPushButton):
    """A key figure with what it is above and a word on it below; it is pressed to see what is behind."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "card")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(True)  # Enter presses it
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space(4), space(3.5), space(4), space(3.5))
        column.setSpacing(space(0.5))
        self._head = labels.caption("", "second")
        self.figure = labels.figure()
        self.figure.setObjectName(f"{name}.figure")
        self._foot = labels.caption("", "second")
        for part in (self._head, self.figure, self._foot):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(part)

    def show_figure(self, head: str, figure: str, foot: str, tone: str = "", note: str = "") -> None:
        """Finished words; `tone` colours the figure, the words say what it means; `note` is told on asking."""
        self._head.setText(head)
        self.figure.setText(figure)
        self.figure.set_tone(tone)
        self._foot.setText(foot)
        self.setAccessibleName(": ".join(filter(None, (head, figure))))
        self.setAccessibleDescription(" · ".join(filter(None, (foot, note))))
        whole = figure if self.figure.shown() != figure else ""
        self.setToolTip("\n".join(filter(None, (whole, note))))

    def words(self) -> tuple[str, str, str]:
        """What stands on it."""
        return self._head.text(), self.figure.text(), self._foot.text()

    def sizeHint(self) -> QSize:
        """As its words ask for; the height is the style sheet's."""
        layout = self.layout()
        width = layout.sizeHint().width() if layout is not None else 0
        return QSize(width, theme().metrics.figure_card)

    def minimumSizeHint(self) -> QSize:
        """Words elide, the height stays."""
        return QSize(theme().metrics.em(16), theme().metrics.figure_card)


class ChoiceCard(QPushButton):
    """A way to begin: an icon, what it is, and a line on what happens then. Words wrap nowhere, they elide."""

    def __init__(self, name: str, icon: str, *, is_main: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "choice")
        if is_main:
            self.setProperty("tone", "accent")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(True)  # Enter presses it
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_icon(self, icon, "accent" if is_main else "second")
        sizes = theme().metrics
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.icon + sizes.space(8), 0, sizes.space(4), 0)
        column.setSpacing(sizes.space(0.5))
        column.addStretch(1)
        self._title = labels.strong()
        self._words = labels.caption("", "second")
        for part in (self._title, self._words):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(part)
        column.addStretch(1)

    def set_title(self, title: str) -> None:
        """What it is."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def set_words(self, words: str) -> None:
        """What happens then."""
        self._words.setText(words)
        self.setAccessibleDescription(words)

    def sizeHint(self) -> QSize:
        """As its words ask for; the height is the style sheet's."""
        layout = self.layout()
        return QSize(layout.sizeHint().width() if layout is not None else 0, theme().metrics.choice_card)

    def minimumSizeHint(self) -> QSize:
        """Words elide, the height stays."""
        return QSize(theme().metrics.em(24), theme().metrics.choice_card)


class BarRow(QPushButton):
    """A line of a small bar chart: words, a bar for the share, the amount; it is pressed to see what is behind."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "barRow")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(True)  # Enter presses it
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._words = self._amount = self._tone = ""
        self._share = 0.0
        self._words_em = 14.0

    def show_share(self, words: str, amount: str, share: float, tone: str, words_em: float = 14) -> None:
        """`share` of the longest bar, 0 to 1; `tone` of the ink; `words_em` is the room for the words in digits."""
        self._words, self._amount, self._share, self._tone = words, amount, min(max(share, 0.0), 1.0), tone
        self._words_em = words_em
        self.setAccessibleName(f"{words}: {amount}")
        self.setToolTip(f"{words}: {amount}")
        self.update()

    def words(self) -> tuple[str, str]:
        """What stands in it."""
        return self._words, self._amount

    def sizeHint(self) -> QSize:
        """One line."""
        sizes = theme().metrics
        return QSize(sizes.em(40), sizes.line + sizes.space(2))

    def minimumSizeHint(self) -> QSize:
        """The bar gives way first."""
        return QSize(theme().metrics.em(26), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words left, amount right, the bar between them."""
        super().paintEvent(event)
        look = theme()
        sizes, colours = look.metrics, look.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = self.rect().adjusted(sizes.space(1), 0, -sizes.space(1), 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(sizes.font_of(tokens.TEXT, has_figures=True))
        metrics = painter.fontMetrics()
        amount_room = max(metrics.horizontalAdvance(self._amount), sizes.em(13))
        words_room = min(sizes.em(self._words_em), inner.width() - amount_room - sizes.space(3))
        painter.setPen(QColor(colours.text))
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignRight | middle), self._amount)
        painter.setFont(sizes.font_of(tokens.SMALL))
        painter.setPen(QColor(colours.second))
        shown = painter.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, words_room)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignLeft | middle), shown)
        left = inner.left() + words_room + sizes.space(2)
        room = inner.right() - amount_room - sizes.space(3) - left
        if room < sizes.space(4):
            return
        height = sizes.space(2)
        track = QRectF(left, (self.height() - height) / 2, room, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.hairline))
        painter.drawRoundedRect(track, height / 2.6, height / 2.6)
        if self._share:
            bar = QRectF(track)
            bar.setWidth(max(room * self._share, sizes.space(1)))
            painter.setBrush(QColor(colours.ink(self._tone)))
            painter.drawRoundedRect(bar, height / 2.6, height / 2.6)


class CardGrid(QWidget):
    """Widgets in as many columns as the width allows, up to `most`, each at least `least_em` digits wide."""

    def __init__(
        self, cards: Sequence[QWidget], *, most: int, least_em: float, stretches: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self._cards = list(cards)
        self._most, self._least_em = most, least_em
        self._stretches = stretches
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme().metrics.space(3))
        self._place(most)

    @property
    def columns(self) -> int:
        """How many stand side by side now."""
        return self._columns

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer columns. A number that leaves a gap at the end is not taken (4 → 2, not 3)."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Looks again how many columns there is room for; to be called when figures became longer."""
        least = theme().metrics.em(self._least_em)
        figures = [card.sizeHint().width() for card in self._cards if isinstance(card, FigureCard)]
        least = (
            max([least, *figures]) + self._grid.spacing()
        )  # a figure is never cut while it can stand below
        room = max(1, (self.width() + self._grid.spacing()) // least)
        count = min(self._most, room)
        while len(self._cards) % count:
            count -= 1
        if count != self._columns:
            self._place(count)

    def _place(self, count: int) -> None:
        for index in range(self._columns):
            self._grid.setColumnStretch(index, 0)
        self._columns = count
        for card in self._cards:
            self._grid.removeWidget(card)
        for index, card in enumerate(self._cards):
            self._grid.addWidget(card, index // count, index % count)
        for index in range(count):
            stretch = self._stretches[index] if count == self._most and self._stretches else 1
            self._grid.setColumnStretch(index, stretch)

    def minimumSizeHint(self) -> QSize:
        """One column is always possible."""
        hint = super().minimumSizeHint()
        widest = max((card.minimumSizeHint().width() for card in self._cards), default=0)
        return QSize(widest, hint.height())
