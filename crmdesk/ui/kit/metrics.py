"""Every size of the window, derived from the font: the only module that knows numbers of pixels."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from PySide6.QtGui import QFont, QFontMetricsF

from crmdesk.ui.kit import tokens


class Density(StrEnum):
    """How much air lists and fields have."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


class Metrics(NamedTuple):
    """Sizes in device-independent pixels for one font and one density."""

    font: QFont
    text: int
    scale: float
    line: int
    digit: float
    density: Density

    @classmethod
    def of(cls, font: QFont, density: Density) -> Metrics:
        """The sizes that go with a font whose pixel size is set."""
        measured = QFontMetricsF(font)
        size = font.pixelSize()
        return cls(
            font,
            size,
            size / tokens.TEXT,
            round(measured.height()),
            measured.horizontalAdvance("0"),
            density,
        )

    def px(self, size: float) -> int:
        """A size of the design at 100 %, scaled to the font; at least one pixel. For this module and the theme."""
        return max(1, round(size * self.scale))

    def space(self, steps: float) -> int:
        """Distance in quarter units: 1 is 4 pixels at 100 %."""
        return round(4 * steps * self.scale)

    def em(self, characters: float) -> int:
        """Room for so many digits of text."""
        return round(characters * self.digit)

    @property
    def is_compact(self) -> bool:
        """Whether lists are tight."""
        return self.density is Density.COMPACT

    @property
    def row(self) -> int:
        """Height of a list's row: 34, compact 28."""
        return max(self.px(28 if self.is_compact else 34), self.line + self.space(1))

    @property
    def header(self) -> int:
        """Height of a list's header."""
        return max(self.px(26 if self.is_compact else 30), self.line + self.space(1))

    @property
    def tree_row(self) -> int:
        """Height of a tree's row."""
        return max(self.px(24 if self.is_compact else 28), self.line + self.space(1))

    @property
    def field(self) -> int:
        """Height of an entry field."""
        return max(self.px(30 if self.is_compact else 34), self.line + self.space(2))

    @property
    def button(self) -> int:
        """Height of a button."""
        return max(self.px(28 if self.is_compact else 30), self.line + self.space(2))

    @property
    def chip(self) -> int:
        """Height of a chip."""
        return max(self.px(20), self.line)

    @property
    def icon(self) -> int:
        """Edge of an icon."""
        return self.px(16)

    @property
    def check(self) -> int:
        """Edge of a check box."""
        return self.px(16)

    @property
    def rail(self) -> int:
        """Width of the left rail with words."""
        return self.px(176)

    @property
    def rail_narrow(self) -> int:
        """Width of the collapsed left rail."""
        return self.px(52)

    @property
    def rail_item(self) -> int:
        """Height of a button of the left rail."""
        return max(self.px(34), self.line + self.space(3))

    @property
    def fact_tile(self) -> int:
        """The height of a small figure with a line above and below."""
        return 3 * self.line + self.space(4)

    @property
    def figure_card(self) -> int:
        """Height of a key figure with a line above and below it."""
        return 4 * self.line + self.space(7)

    @property
    def choice_card(self) -> int:
        """Height of a choice with a line on it."""
        return 2 * self.line + self.space(6)

    @property
    def top_bar(self) -> int:
        """Height of the bar over everything."""
        return max(self.px(46), self.button + self.space(4))

    @property
    def title_bar(self) -> int:
        """Height of a page's title row."""
        return max(self.px(54), self.button + self.space(5))

    @property
    def footer(self) -> int:
        """Height of a list's footer."""
        return max(self.px(34), self.line + self.space(3))

    @property
    def ring(self) -> int:
        """Width of the soft ring around what has the focus."""
        return self.px(tokens.FOCUS_RING)

    @property
    def edge(self) -> int:
        """Width of the accent edge of a selected row."""
        return self.px(tokens.SELECTED_EDGE)

    @property
    def radius_field(self) -> int:
        """Corner of fields and buttons."""
        return self.px(tokens.RADIUS_FIELD)

    @property
    def radius_card(self) -> int:
        """Corner of cards."""
        return self.px(tokens.RADIUS_CARD)

    @property
    def radius_dialog(self) -> int:
        """Corner of dialogs."""
        return self.px(tokens.RADIUS_DIALOG)

    @property
    def window(self) -> tuple[int, int]:
        """The window's first size; fits a 1366×768 screen."""
        return 1366, 768

    @property
    def cell_padding(self) -> int:
        """Distance between a cell's edge and its text."""
        return self.px(10)

    def font_of(self, size: int, *, is_bold: bool = False, has_figures: bool = False) -> QFont:
        """The window's font in a size of the type scale (`tokens`)."""
        font = QFont(self.font)
        font.setPixelSize(self.px(size))
        if is_bold:
            font.setWeight(QFont.Weight.Bold)
        if has_figures:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font
