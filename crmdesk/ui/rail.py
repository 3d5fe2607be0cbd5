"""The left rail: the places, the current one marked, counts beside them; collapsible to icons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout, QWidget

from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import tip_of
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import Badge, Label, caption
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.places import Place

_COLLAPSED = "rail.is_collapsed"


class Rail(Speaking, QWidget):
    """Emits `chosen(place)`."""

    chosen = Signal(str)

    def __init__(self, ctx: Context, places: Sequence[Place]) -> None:
        super().__init__()
        self._ctx = ctx
        self._places = {place.name: place for place in places}
        self._buttons: dict[str, _NavButton] = {}
        self._is_collapsed = bool(ctx.settings.get(_COLLAPSED, False))
        self._is_narrow = False
        self._told: dict[str, str] = {}
        self.setObjectName("rail")
        self.setProperty("role", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._layout = QVBoxLayout(self)
        for place in places:
            if not place.is_at_foot:
                self._layout.addWidget(self._make(place))
        self._layout.addStretch(1)
        for place in places:
            if place.is_at_foot:
                self._layout.addWidget(self._make(place))
        theme().changed.connect(self._take_sizes)
        ctx.commands.shortcuts_changed.connect(self.retranslate)
        self._take_sizes()
        self.retranslate()

    def _make(self, place: Place) -> QPushButton:
        made = _NavButton()
        made.setObjectName(f"nav.{place.name}")
        made.setCheckable(True)
        made.setProperty("kind", "nav")
        set_icon(made, place.icon, "second", "accent")
        made.clicked.connect(lambda _checked=False: self.chosen.emit(place.name))
        self._group.addButton(made)
        self._buttons[place.name] = made
        return made

    def _take_sizes(self) -> None:
        sizes = theme().metrics
        self.setFixedWidth(sizes.rail_narrow if self.shows_icons_only else sizes.rail)
        self._layout.setContentsMargins(sizes.space(2), sizes.space(2.5), sizes.space(2), sizes.space(2.5))
        self._layout.setSpacing(max(1, sizes.space(0.25)))

    def retranslate(self) -> None:
        """Words beside the icons, or only in the tooltips."""
        super().retranslate()
        for name, made in self._buttons.items():
            words = _(self._places[name].text)
            made.setText("" if self.shows_icons_only else f" {words}")
            made.place_counts()
            told = self._told.get(name, "")
            made.setAccessibleName(f"{words}, {told}" if told else words)
            action = self._ctx.commands.find(f"go.{name}")
            tip = tip_of(words, action.shortcut().toString() if action is not None else "")
            made.setToolTip(f"{tip}\n{told}" if told else tip)

    @property
    def shows_icons_only(self) -> bool:
        """Whether the words are left out: the user chose so, or the window is narrow."""
        return self._is_collapsed or self._is_narrow

    def set_narrow(self, is_narrow: bool) -> None:
        """Follows the width of the window."""
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._take_sizes()
            self.retranslate()

    def toggle(self) -> None:
        """Collapses or opens it."""
        self._is_collapsed = not self._is_collapsed
        self._ctx.settings.put(_COLLAPSED, self._is_collapsed)
        self._take_sizes()
        self.retranslate()

    def mark(self, name: str) -> None:
        """Marks the place that is shown."""
        made = self._buttons.get(name)
        if made is not None:
            made.setChecked(True)
        else:
            self._group.setExclusive(False)
            for other in self._buttons.values():
                other.setChecked(False)
            self._group.setExclusive(True)

    def set_count(self, name: str, count: int, quiet: int = 0, words: str = "") -> None:
        """What is urgent at a place as a badge, what merely waits as a quiet number; none for zero.

        `words` (finished) say what the numbers mean, in the tooltip and to a screen reader.
        """
        if name in self._buttons:
            self._buttons[name].set_count(count, quiet)
            self._told[name] = words
            self.retranslate()

    def set_enabled(self, has_book: bool) -> None:
        """Without a book only places that need none can be chosen, and are seen."""
        for name, made in self._buttons.items():
            can_go = has_book or not self._places[name].needs_book
            made.setEnabled(can_go)
            made.setVisible(can_go)
        self.setVisible(has_book or not all(place.needs_book for place in self._places.values()))


class _NavButton(QPushButton):
    """A place with a count at its right end; the counts' labels are made when there is something to count."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: tuple[Badge, Label] | None = None
        self._count = 0

    def _make_counts(self) -> tuple[Badge, Label]:
        badge, quiet = Badge(self), caption("", "third")
        quiet.setParent(self)
        quiet.hide()
        for part in (badge, quiet):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return badge, quiet

    def set_count(self, count: int, quiet: int) -> None:
        if self._counts is None:
            if not count and not quiet:
                return
            self._counts = self._make_counts()
        self._count = count
        badge, second = self._counts
        badge.ensurePolished()
        second.setText(f"{quiet:,}" if quiet else "")
        second.ensurePolished()
        self.place_counts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place_counts()

    def place_counts(self) -> None:
        if self._counts is None:
            return
        badge, quiet = self._counts
        badge.set_count(self._count, 99 if self.text() else 9)
        hint = badge.sizeHint()
        edge = theme().metrics.space(2.25)
        badge.resize(hint)
        if self.text():
            corner = QPoint(self.width() - hint.width() - edge, (self.height() - hint.height()) // 2)
        else:
            corner = QPoint(self.width() - hint.width(), 0)  # on the icon's shoulder
        badge.move(corner)
        small = quiet.sizeHint()
        quiet.resize(small)
        taken = hint.width() + theme().metrics.space(1.5) if badge.isVisibleTo(self) else 0
        left = self.width() - edge - taken - small.width()
        quiet.move(left, (self.height() - small.height()) // 2)
        # Beside an icon alone there is no room for a second number: its words are in the tooltip.
        quiet.setVisible(bool(self.text()) and bool(quiet.text()))
