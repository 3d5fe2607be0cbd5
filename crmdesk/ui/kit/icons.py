"""The icons: lucide drawings of resources/icons, tinted by the scheme in force and kept per size, colour and scale."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import shiboken6
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QPushButton

from crmdesk.paths import resource
from crmdesk.ui.kit.theme import Theme, theme

STROKE_WIDTH = 1.75
"""Thinner than the drawings' 2: at 16 px it sits better beside the text."""


@functools.cache
def _drawing(name: str) -> bytes:
    return resource("icons", f"{name}.svg").read_bytes()


@functools.lru_cache(maxsize=1024)
def _pixmap(name: str, edge: int, colour: str, ratio: float, gap: int = 0) -> QPixmap:
    tinted = _drawing(name).replace(b"currentColor", colour.encode())
    tinted = tinted.replace(b'stroke-width="2"', f'stroke-width="{STROKE_WIDTH}"'.encode())
    renderer = QSvgRenderer(QByteArray(tinted))
    pixmap = QPixmap(QSize(round((edge + gap) * ratio), round(edge * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    return pixmap


def pixmap(name: str, tone: str = "second", edge: int = 0, ratio: float = 1.0) -> QPixmap:
    """An icon as a picture: `tone` is a name of `Colours.ink`, `edge` its size (the theme's icon size for 0)."""
    look = theme()
    return _pixmap(name, edge or look.metrics.icon, look.colours.ink(tone), ratio)


def icon(name: str, tone: str = "second", on_tone: str = "", gap: int = 0) -> QIcon:
    """An icon for every scale of the screens; `on_tone` colours it while checked, `gap` is air at its right."""
    look = theme()
    result = QIcon()
    edge = look.metrics.icon
    # Qt makes the pale one for what is disabled; every scale in use has its own sharp picture.
    for ratio in sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()} or {1.0}):
        result.addPixmap(_pixmap(name, edge, look.colours.ink(tone), ratio, gap))
        if on_tone and look.is_complete:  # the first paint shows nothing checked
            lit = _pixmap(name, edge, look.colours.ink(on_tone), ratio, gap)
            result.addPixmap(lit, QIcon.Mode.Normal, QIcon.State.On)
    return result


_listened: list[Theme] = []
_worn: WeakKeyDictionary[QObject, tuple[str, str, str]] = WeakKeyDictionary()


def set_icon(target: Any, name: str, tone: str = "second", on_tone: str = "") -> None:
    """Gives a button or an action its icon, and again after every switch of the scheme."""
    if not _listened:
        _listened.append(theme())
        theme().changed.connect(_dress_all)
        theme().completed.connect(_dress_all)
    _worn[target] = (name, tone, on_tone)
    # A menu's icons are not seen in the first paint, and come after it.
    if theme().is_complete or not isinstance(target, QAction):
        _dress(target)


def _dress(target: Any) -> None:
    name, tone, on_tone = _worn[target]
    # Qt puts icon and words too close together: the icon brings its own air.
    gap = theme().metrics.space(1.25) if isinstance(target, QPushButton) else 0
    target.setIcon(icon(name, tone, on_tone, gap))
    resize: Callable[[QSize], None] | None = getattr(target, "setIconSize", None)
    if resize is not None:
        edge = theme().metrics.icon
        resize(QSize(edge + gap, edge))


def _dress_all() -> None:
    for target in list(_worn):
        if shiboken6.isValid(target):
            _dress(target)
