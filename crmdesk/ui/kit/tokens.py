"""The one table of colours, type sizes and radii. Everything else derives from it; nothing else names a colour."""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """One scheme. Text tones reach 4.5:1 on background, rail, surface and raised."""

    background: str
    rail: str
    surface: str
    raised: str
    border: str
    hairline: str
    text: str
    second: str
    third: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_soft: str
    on_accent: str
    warn: str
    warn_soft: str
    danger: str
    danger_soft: str
    info: str
    info_soft: str
    hover: str
    handle: str
    shadow: str
    is_dark: bool

    def tone(self, name: str) -> tuple[str, str]:
        """Text and fill of a chip: neutral, good, warn, danger, info (others count as neutral)."""
        return {
            "good": (self.on_soft, self.accent_soft),
            "warn": (self.warn, self.warn_soft),
            "danger": (self.danger, self.danger_soft),
            "info": (self.info, self.info_soft),
        }.get(name, (self.second, self.hairline))

    def ink(self, name: str) -> str:
        """The text colour of a tone; text itself for no tone."""
        return {
            "": self.text,
            "second": self.second,
            "third": self.third,
            "good": self.on_soft,
            "accent": self.accent,
            "on_accent": self.on_accent,
            "warn": self.warn,
            "danger": self.danger,
            "info": self.info,
        }.get(name, self.text)


LIGHT = Colours(
    background="#F6F6F3",
    rail="#EFEFEB",
    surface="#FFFFFF",
    raised="#FAFAF8",
    border="#E4E3DE",
    hairline="#EFEEEA",
    text="#1E1F1D",
    second="#62635E",
    third="#6B6C66",
    accent="#0E7C66",
    accent_hover="#0B6A57",
    accent_soft="#E3F1ED",
    on_soft="#0A6453",
    on_accent="#FFFFFF",
    warn="#96580D",
    warn_soft="#FBF0DF",
    danger="#B93A2B",
    danger_soft="#FAE7E4",
    info="#2B63B8",
    info_soft="#E5EEFA",
    hover="#F3F3EF",
    handle="#CFCEC8",
    shadow="#1E1F1D",
    is_dark=False,
)

DARK = Colours(
    background="#141615",
    rail="#111312",
    surface="#1B1E1D",
    raised="#1F2322",
    border="#2D3230",
    hairline="#262A29",
    text="#E7EAE8",
    second="#A3AAA6",
    third="#8F9793",
    accent="#3DBE9C",
    accent_hover="#55CDAD",
    accent_soft="#1B332D",
    on_soft="#63D3B5",
    on_accent="#0C1F19",
    warn="#E0A550",
    warn_soft="#352A18",
    danger="#EF8376",
    danger_soft="#3A211E",
    info="#82AEF0",
    info_soft="#1D2A3E",
    hover="#232827",
    handle="#3A403E",
    shadow="#000000",
    is_dark=True,
)

# Type scale in pixels at 100 %; metrics.py scales it by the system's font.
TEXT, SMALL, TINY, HEADING, TITLE, FIGURE = 13, 12, 11, 15, 18, 26
RADIUS_FIELD, RADIUS_CARD, RADIUS_DIALOG = 7, 10, 12
SELECTED_EDGE, FOCUS_RING = 3, 3
