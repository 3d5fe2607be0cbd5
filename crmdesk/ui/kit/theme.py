"""Gives the application its look: palette, style sheet and font for the scheme in force, switched live."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from crmdesk.paths import resource
from crmdesk.text import current_language
from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.metrics import Density, Metrics
from crmdesk.ui.kit.style_sheet import style_sheet

if TYPE_CHECKING:
    from crmdesk.ui.kit.style import DeskStyle

SCHEMES = ("system", "light", "dark")
_FONT_VARIABLE = "CRMDESK_FONT"
_TEXT_MAX = 26
REGULAR, BOLD = "NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"
_CHINESE_FAMILIES = {
    "win32": ("Microsoft YaHei UI", "Microsoft YaHei"),
    "darwin": ("PingFang SC", "Hiragino Sans GB"),
}
_CHINESE_ELSEWHERE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "HarmonyOS Sans SC",
    "WenQuanYi Micro Hei",
)


class Theme(QObject):
    """The look in force. `changed` comes after a switch of scheme, density or text size."""

    changed = Signal()
    completed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._families, self._system_size, self._is_bundled = _families(application)
        self.scheme = "system"
        self.density = Density.COMFORTABLE
        self.text_scale = 1.0
        self.colours = tokens.LIGHT
        self.metrics = Metrics.of(self._font(), self.density)
        self._style: DeskStyle | None = None
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    def complete(self) -> None:
        """Puts in the own style for check marks and arrows: after the first paint, which shows none (20 ms sooner)."""
        if self._style is None:
            from crmdesk.ui.kit.style import DeskStyle

            self._style = DeskStyle(self)
            self._application.setStyle(self._style)
            if self._is_bundled:
                _bundled(BOLD)  # ten megabytes; until now Qt drew bold words from the regular font
            self.completed.emit()

    @property
    def is_complete(self) -> bool:
        """Whether everything that the first paint does not show is there."""
        return self._style is not None

    def use_scheme(self, scheme: str) -> None:
        """`system`, `light` or `dark`; others count as `system`."""
        self.scheme = scheme if scheme in SCHEMES else "system"
        self.apply()

    def use_density(self, density: str) -> None:
        """`comfortable` or `compact`; others count as `comfortable`."""
        self.density = Density(density) if density in set(Density) else Density.COMFORTABLE
        self.apply()

    def configure(self, scheme: str, density: str, text_scale: float) -> None:
        """All three at once, with one repaint (at start)."""
        self.scheme = scheme if scheme in SCHEMES else "system"
        self.density = Density(density) if density in set(Density) else Density.COMFORTABLE
        self.text_scale = min(max(text_scale, 1.0), 2.0)
        self.apply()

    def follow_language(self) -> None:
        """Punctuation follows the language."""
        self.metrics = Metrics.of(self._font(), self.density)
        self._application.setFont(self.metrics.font)

    def apply(self) -> None:
        """Makes palette, font and style sheet of the present choice."""
        is_dark = self.scheme == "dark" or (self.scheme == "system" and self._is_system_dark())
        self.colours = tokens.DARK if is_dark else tokens.LIGHT
        self.metrics = Metrics.of(self._font(), self.density)
        self._application.setFont(self.metrics.font)
        self._application.setPalette(_palette(self.colours))
        # Taken off first: Qt puts a sheet in the place of another by going over every widget once for each of its
        # ancestors, six times as long for a window with all its pages.
        self._application.setStyleSheet("")
        self._application.setStyleSheet(style_sheet(self.colours, self.metrics))
        self.changed.emit()

    def _is_system_dark(self) -> bool:
        return self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark

    def _follow_system(self) -> None:
        if self.scheme == "system":
            self.apply()

    def _font(self) -> QFont:
        font = QFont()
        font.setFamilies(self._families)
        size = min(max(tokens.TEXT, self._system_size), _TEXT_MAX)
        font.setPixelSize(round(size * self.text_scale))
        font.setFeature(QFont.Tag("tnum"), 1)
        # A Chinese font draws “ ” ’ as wide as a character: in English text that tears words apart. Said for both
        # languages, because a feature that is only left out survives the switch in fonts made from this one.
        font.setFeature(QFont.Tag("pwid"), 1 if current_language() == "en" else 0)
        return font


_installed: list[Theme] = []
"""One application, one look."""


def install(application: QApplication, *, is_complete: bool = True) -> Theme:
    """The application's theme, made at the first call. Who says `is_complete=False` calls
    `configure` at once and `complete` later, and made the application in the style Fusion.
    """
    if not _installed:
        _installed.append(Theme(application))
        if is_complete:
            _installed[0].apply()
    if is_complete:
        _installed[0].complete()
    return _installed[0]


def theme() -> Theme:
    """The look in force; `install` came before."""
    if not _installed:
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            raise RuntimeError("no theme without an application")
        return install(application)
    return _installed[0]


def _families(application: QApplication) -> tuple[list[str], int, bool]:
    """The font families in order of preference, and the pixel size the system uses.

    The system's own font comes first and its Chinese font behind it; the bundled font stands in where there
    is no Chinese font. Offscreen (tests, pictures) only the bundled font is used: the same on every machine.
    """
    forced = os.environ.get(_FONT_VARIABLE, "")
    if application.platformName() == "offscreen" or forced == "bundled":
        return [_bundled(REGULAR)], tokens.TEXT, True
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    wanted = _CHINESE_FAMILIES.get(sys.platform, _CHINESE_ELSEWHERE)
    present = set(QFontDatabase.families())
    chinese = [family for family in wanted if family in present]
    families = [system.family(), *chinese]
    if not chinese:
        families.append(_bundled(REGULAR))
    return families, QFontInfo(system).pixelSize(), not chinese


def _bundled(name: str) -> str:
    number = QFontDatabase.addApplicationFont(str(resource("fonts", name)))
    return next(iter(QFontDatabase.applicationFontFamilies(number)), "")


def _palette(colours: tokens.Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, name in (
        (role.Window, colours.background),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.raised),
        (role.Button, colours.surface),
        (role.ToolTipBase, colours.raised),
        (role.WindowText, colours.text),
        (role.Text, colours.text),
        (role.ButtonText, colours.text),
        (role.ToolTipText, colours.text),
        (role.BrightText, colours.danger),
        (role.PlaceholderText, colours.third),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Accent, colours.accent),
        (role.Link, colours.accent),
        (role.LinkVisited, colours.accent),
        (role.Light, colours.surface),
        (role.Midlight, colours.hairline),
        (role.Mid, colours.border),
        (role.Dark, colours.border),
        (role.Shadow, colours.shadow),
    ):
        palette.setColor(which, QColor(name))
    muted = QColor(colours.third)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, muted)
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.border))
    return palette
