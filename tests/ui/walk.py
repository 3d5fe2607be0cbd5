"""Goes over every widget that is seen and says what is wrong with it, one sentence each."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSplitterHandle,
    QTabBar,
    QToolButton,
    QWidget,
)

from crmdesk.ui import screenshots, shots

CONTRAST_MIN = 4.0
"""As painted. The colours themselves are held to 4.5 by kit/test_look.py; small letters are thinner than a pixel."""
_INTERACTIVE = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, QTabBar)
_SPEAKING = (QAbstractScrollArea, QSplitterHandle)
"""Qt gives these a role of its own and they need no name: they only scroll or divide."""


def complaints(window: QWidget, *, is_chinese: bool) -> list[str]:
    """Everything that is wrong with what is seen now."""
    found: list[str] = []
    over = shots.over(window)
    for top in (window, *over):
        found += _outside(top, window)
        picture = top.grab().toImage()
        # What lies under a dialog is dimmed on purpose.
        is_dimmed = bool(over) and top is not over[-1]
        for widget in seen(top):
            found += names(widget)
            found += clipped(widget)
            found += [] if is_dimmed else contrast(widget, top, picture)
            found += colour_alone(widget)
        found += focus_order(top)
    if is_chinese:
        found += [f"not translated: {line}" for line in screenshots.untranslated(window)]
    return sorted(set(found))


def seen(top: QWidget) -> Iterator[QWidget]:
    """Visible widgets of ours with some part in sight; the inner parts of Qt's own widgets are Qt's."""
    for widget in _inside(top):
        if widget.isVisible() and not widget.visibleRegion().isEmpty() and not _is_inner(widget):
            yield widget


def _inside(top: QWidget) -> list[QWidget]:
    """The widgets of one window; a dialog over it is a window of its own.

    Not by findChildren: PySide then takes the window for the parent of every wrapper, and ends those of others with it.
    """
    return [widget for widget in QApplication.allWidgets() if widget is not top and widget.window() is top]


def _is_inner(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if widget.objectName().startswith("qt_") or isinstance(widget, QHeaderView):
        return True
    return isinstance(parent, QComboBox | QTabBar | QLineEdit) and not isinstance(widget, QLabel)


def _called(widget: QWidget) -> str:
    name = widget.objectName()
    parent = widget
    while not name and parent.parentWidget() is not None:
        parent = parent.parentWidget()
        name = f"{parent.objectName()} > {type(widget).__name__}" if parent.objectName() else ""
    return name or type(widget).__name__


def names(widget: QWidget) -> list[str]:
    """What can be worked with has a name for machines, words for ears, and is of a kind that Qt tells the role of.

    Not asked of QAccessible: the Python wrappers of its interfaces outlive them and take others' addresses.
    """
    if isinstance(widget.parentWidget(), QMenu):
        return []
    if not isinstance(widget, _INTERACTIVE):
        takes_keys = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
        if takes_keys and not isinstance(widget, _SPEAKING) and not widget.accessibleName():
            return [f"no role and no name, but takes keys: {_called(widget)}"]
        return []
    found = []
    if not widget.objectName():
        found.append(f"no object name: {_called(widget)}")
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    if not (widget.accessibleName() or words).strip():
        found.append(f"no accessible name: {_called(widget)}")
    return found


def clipped(widget: QWidget) -> list[str]:
    """Words that need more room than they have, by the metrics of their font."""
    metrics = widget.fontMetrics()
    room, words = widget.contentsRect(), ""
    if isinstance(widget, QLabel):
        words = QLabel.text(widget)
        if not words or widget.textFormat() is Qt.TextFormat.RichText:
            return []
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            return [f"clipped: {_called(widget)}: {words}"] if needed > widget.height() + 1 else []
    elif isinstance(widget, QAbstractButton):
        words = widget.text().replace("&", "")
        if (
            isinstance(widget, QToolButton)
            and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        ):
            return []
        icon = 0 if widget.icon().isNull() else widget.iconSize().width()
        room = widget.rect().adjusted(icon, 0, 0, 0)
    elif isinstance(widget, QLineEdit):
        # Qt ends a hint in … by itself; the tooltip then has the whole of it.
        is_told = widget.placeholderText() in widget.toolTip()
        words = "" if widget.text() or is_told else widget.placeholderText()
        room = widget.rect()
    elif isinstance(widget, QComboBox):
        words = widget.currentText()
        room = widget.rect()
    if not words:
        return []
    is_narrow = metrics.horizontalAdvance(words) > room.width() + 1
    is_low = metrics.tightBoundingRect(words).height() > room.height() + 1
    return [f"clipped: {_called(widget)}: {words}"] if is_narrow or is_low else []


def _outside(top: QWidget, window: QWidget) -> list[str]:
    found = []
    if top is not window and not isinstance(top, QMenu):
        place = QRect(window.mapFromGlobal(top.mapToGlobal(QPoint(0, 0))), top.size())
        if not window.rect().contains(place):
            found.append(f"outside the window: {_called(top)} {place.getRect()} in {window.rect().getRect()}")
    for widget in _inside(top):
        if not widget.isVisible() or _is_inner(widget) or _scrolls(widget, top):
            continue
        place = QRect(widget.mapTo(top, QPoint(0, 0)), widget.size())
        if not top.rect().contains(place) and isinstance(widget, (*_INTERACTIVE, QLabel)):
            found.append(f"outside the window: {_called(widget)} {place.getRect()} in {top.rect().getRect()}")
    return found


def _scrolls(widget: QWidget, top: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not top:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def focus_order(top: QWidget) -> list[str]:
    """Tab goes down, and to the right within a row, among the widgets of one container."""
    chain: list[QWidget] = []
    widget = top.nextInFocusChain()
    while widget is not top and widget is not None:
        takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        is_ours = widget.window() is top and not _is_inner(widget)
        if takes_tab and is_ours and widget.isVisible() and widget.isEnabled():
            chain.append(widget)
        widget = widget.nextInFocusChain()
    found = []
    for container in {id(one.parentWidget()): one.parentWidget() for one in chain}.values():
        inside = [one for one in chain if one.parentWidget() is container]
        for one, following in itertools.pairwise(inside):
            here, there = one.geometry(), following.geometry()
            is_same_row = here.top() < there.bottom() and there.top() < here.bottom()
            goes_left = is_same_row and there.right() <= here.left()
            goes_up = there.bottom() <= here.top() and there.left() < here.right()
            if goes_left or goes_up:
                found.append(f"focus goes back: {_called(one)} -> {_called(following)}")
    return found


def contrast(widget: QWidget, top: QWidget, picture: QImage) -> list[str]:
    """Words stand out from their ground, as painted."""
    if not isinstance(widget, QLabel | QAbstractButton) or not widget.isEnabled():
        return []
    words = QLabel.text(widget) if isinstance(widget, QLabel) else widget.text()
    if not words.strip() or isinstance(widget, QToolButton):
        return []
    if widget.visibleRegion().boundingRect() != widget.rect():
        return []  # partly scrolled away
    ratio = picture.devicePixelRatio()
    place = QRect(widget.mapTo(top, QPoint(0, 0)) * ratio, widget.size() * ratio)
    best = painted_contrast(picture, place.adjusted(2, 2, -2, -2))
    if best and best < CONTRAST_MIN:
        return [f"contrast {best:.1f}: {_called(widget)}: {words}"]
    return []


def painted_contrast(picture: QImage, place: QRect) -> float:
    """The contrast of the ground, which is the commonest colour, to the colour that differs most from it."""
    counted = Counter(
        picture.pixel(x, y)
        for y in range(max(place.top(), 0), min(place.bottom(), picture.height() - 1))
        for x in range(max(place.left(), 0), min(place.right(), picture.width() - 1))
    )
    if not counted:
        return 0.0
    ground = _luminance(counted.most_common(1)[0][0])
    return max(_ratio(ground, _luminance(colour)) for colour in counted)


def _luminance(pixel: int) -> float:
    colour = QColor.fromRgb(pixel)

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(one) for one in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def colour_alone(widget: QWidget) -> list[str]:
    """What has a tone says in words what the tone means."""
    if not isinstance(widget, QLabel | QFrame) or not widget.property("tone"):
        return []
    if isinstance(widget, QLabel):
        has_words = bool(QLabel.text(widget).strip()) or not widget.pixmap().isNull()
        is_chip = widget.property("role") == "chip"
        return [f"colour without words: {_called(widget)}"] if is_chip and not has_words else []
    return []
