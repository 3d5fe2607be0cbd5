"""A place with several parts: each a page of its own with the same segments in its title row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.text import _
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `words` are a catalogue source; the page is made when the part is first shown."""

    value: str
    words: str
    make: Callable[[], QWidget]
    group: str = ""
    """Parts of one group stand side by side; of every other group only the first, which leads there."""
    group_words: str = ""
    """What the first of a group is called where it stands for all of them."""


class TitledPage(QWidget):
    """A page with a title row that is no list: `row` takes what stands in it, `body` the rest."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "page")
        sizes = theme().metrics
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        bar = QWidget()
        bar.setProperty("role", "titleBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar.setMinimumHeight(sizes.title_bar)
        self.row = QHBoxLayout(bar)
        self.row.setContentsMargins(sizes.space(4.5), 0, sizes.space(4.5), 0)
        self.row.setSpacing(sizes.space(2.5))
        outer.addWidget(bar)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        outer.addLayout(self.body, 1)


class SegmentedPlace(Speaking, QWidget):
    """Shows one part at a time. `<place>.segments` are the segments of the part that is shown.

    Another one is not shown at once but asked for (`part_asked_for`), so that it is a step of back and forward.
    """

    part_asked_for = Signal(str)

    def __init__(self, place: str, parts: Sequence[Part]) -> None:
        super().__init__()
        self.setObjectName(f"{place}.place")
        self._place = place
        self._parts = {part.value: part for part in parts}
        self._pages: dict[str, QWidget] = {}
        self._segments: dict[str, Segments] = {}
        self._current = ""
        self._stack = QStackedWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    def show_part(self, value: str) -> QWidget:
        """Shows a part, made now if it was not shown before."""
        if value not in self._pages:
            self._make(value)
        page = self._pages[value]
        self._current = value
        self._segments[value].set_value(value)
        self._stack.setCurrentWidget(page)
        self.setFocusProxy(page)
        if self._has_focus_within():
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        return page

    def _has_focus_within(self) -> bool:
        """Whether the keyboard is here, so that it stays with what is shown."""
        focused = QApplication.focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def make_parts(self) -> None:
        """Makes what was not shown yet; nothing of it is loaded."""
        for value in self._parts.keys() - self._pages.keys():
            self._make(value)

    def part(self, value: str) -> QWidget | None:
        """A part that was made already."""
        return self._pages.get(value)

    @property
    def current_part(self) -> str:
        """The part that is shown."""
        return self._current

    def _make(self, value: str) -> None:
        page = self._parts[value].make()
        segments = Segments(f"{self._place}.segments", self._options(value), _(self._parts[value].words))
        segments.changed.connect(self.part_asked_for)
        _put_before(page, segments)
        self._pages[value] = page
        self._segments[value] = segments
        self._stack.addWidget(page)

    def _options(self, shown: str) -> list[tuple[str, str]]:
        """The segments of the page of a part."""
        own = self._parts[shown].group
        first = {part.group: part.value for part in reversed(self._parts.values())}
        return [
            (part.value, _(part.words if part.group == own else part.group_words or part.words))
            for part in self._parts.values()
            if part.group == own or first[part.group] == part.value
        ]

    def retranslate(self) -> None:
        """Words of the segments."""
        super().retranslate()
        for value, segments in self._segments.items():
            segments.set_words(self._options(value))


def _put_before(page: QWidget, segments: QWidget) -> None:
    """Puts the segments at the left of a page's title row; a list's own title gives way to them."""
    take = getattr(page, "take_segments", None)
    if take is not None:
        take(segments)
    elif isinstance(page, TitledPage):
        page.row.insertWidget(0, segments)
    else:
        raise TypeError(f"{type(page).__name__} has no title row")
