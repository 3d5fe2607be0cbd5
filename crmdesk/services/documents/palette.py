"""Colours and type of printed matter."""

from __future__ import annotations

from dataclasses import dataclass

from crmdesk.services.documents.paper import Paper

Colour = tuple[float, float, float]


def _hex(text: str) -> Colour:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (round(red, 4), round(green, 4), round(blue, 4))


@dataclass(frozen=True, slots=True)
class Palette:
    """Ink on white. `ageing` runs from not due to the oldest; neighbours differ in lightness too."""

    ink: Colour
    second: Colour
    third: Colour
    rule: Colour
    hairline: Colour
    tint: Colour | None
    accent: Colour
    danger: Colour
    ageing: tuple[Colour, ...]
    hairline_width: float
    rule_width: float


LASER = Palette(
    ink=_hex("#1E1F1D"),
    second=_hex("#5A5B57"),
    third=_hex("#72736D"),
    rule=_hex("#8C8D87"),
    hairline=_hex("#DEDDD7"),
    tint=_hex("#F4F4F0"),
    accent=_hex("#0E7C66"),
    danger=_hex("#B93A2B"),
    ageing=tuple(_hex(tone) for tone in ("#0E7C66", "#E3B867", "#CF8A3A", "#BC5B2C", "#8E2318")),
    hairline_width=0.5,
    rule_width=0.8,
)

# Needles print dots: everything black, no tint, lines of at least three quarters of a point.
NEEDLE = Palette(
    ink=(0, 0, 0),
    second=(0, 0, 0),
    third=(0, 0, 0),
    rule=(0, 0, 0),
    hairline=(0, 0, 0),
    tint=None,
    accent=(0, 0, 0),
    danger=(0, 0, 0),
    ageing=tuple(_hex(tone) for tone in ("#FFFFFF", "#D8D8D8", "#A8A8A8", "#686868", "#000000")),
    hairline_width=0.35,
    rule_width=1.0,
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text is set; `size` in points."""

    size: float
    colour: Colour
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """All styles and measures of one paper."""

    paper: Paper
    palette: Palette
    caption: Style
    small: Style
    body: Style
    muted: Style
    strong: Style
    head: Style
    head_second: Style
    name: Style
    company: Style
    title: Style
    title_second: Style
    figure: Style
    figure_danger: Style
    row_height: float
    gap: float


def look_for(paper: Paper) -> Look:
    """The styles for a paper: type is scaled, lines and tints follow the kind of printer."""
    palette = NEEDLE if paper.is_impact else LASER
    scale = paper.scale
    low = paper.is_compact
    # Below 7 points Chinese characters lose strokes on paper, below 8 on a needle printer.
    body = max(8.4 * scale, 9.0 if paper.is_impact else 7.6)
    small = max(7.2 * scale, 8.0 if paper.is_impact else 6.8)
    return Look(
        paper=paper,
        palette=palette,
        caption=Style(small, palette.third),
        small=Style(small, palette.second),
        body=Style(body, palette.ink),
        muted=Style(body, palette.third),
        strong=Style(body, palette.ink, bold=True),
        head=Style(small, palette.second, bold=True),
        head_second=Style(small * 0.88, palette.third),
        name=Style(body * (1.15 if low else 1.28), palette.ink, bold=True),
        company=Style(13.0 * scale if not low else 12.0 * scale, palette.ink, bold=True),
        title=Style(19.0 * scale if not low else 16.0 * scale, palette.ink, bold=True),
        title_second=Style(max(7.6 * scale, small), palette.third),
        figure=Style(18.0 * scale if not low else 14.0 * scale, palette.ink, bold=True),
        figure_danger=Style(18.0 * scale if not low else 14.0 * scale, palette.danger, bold=True),
        row_height=body * (1.58 if low else 2.0),
        gap=body * (0.8 if low else 1.5),
    )
