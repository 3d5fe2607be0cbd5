"""Fitting text into a width: shrink, cut with an ellipsis, or wrap. All widths in points."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from crmdesk.services.documents.fonts import face
from crmdesk.services.documents.palette import Style

ELLIPSIS = "…"

# 避头尾: what may not begin a line, and what may not end one.
_NO_START = frozenset("，。、；：！？）」』》〉】〕”’…—·％%,.;:!?)]}°℃元年月日号")
_NO_END = frozenset("（「『《〈【〔“‘([{¥￥$€£#＃")

# A word of a script with spaces, with what clings to it; any other character is a word of its own.
_WORD = re.compile(r"[!-~\u00a1-\u024f\u0370-\u052f\u1e00-\u1eff\u2010-\u2027]+|\s+|.", re.DOTALL)


def width(text: str, style: Style) -> float:
    """The width of one line."""
    return face(bold=style.bold).width(text) * style.size


def shrunk(text: str, style: Style, available: float, least: float = 0.0) -> Style:
    """The style, made smaller so that the text fits; never below `least` times its size."""
    natural = width(text, style)
    if natural <= available or natural <= 0:
        return style
    factor = max(available / natural, least)
    return Style(int(style.size * factor * 100) / 100, style.colour, style.bold)


def cut(text: str, style: Style, available: float) -> str:
    """The text, its end replaced by an ellipsis where it does not fit."""
    if width(text, style) <= available:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + ELLIPSIS, style) <= available:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


def wrapped(text: str, style: Style, available: float, lines_max: int = 0) -> list[str]:
    """The lines of a text; Chinese breaks between characters, other scripts between words.

    With `lines_max` the last line that may be printed ends in an ellipsis when more would follow.
    """
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += _paragraph(paragraph.strip(), style, available)
    if lines_max and len(lines) > lines_max:
        rest = " ".join(lines[lines_max - 1 :]) + ELLIPSIS
        lines = [*lines[: lines_max - 1], cut(rest, style, available)]
    return lines


def packed(parts: Sequence[str], style: Style, available: float, lines_max: int = 0) -> list[str]:
    """Short texts side by side with a dot between them, as many on a line as fit; empty ones are left out."""
    lines: list[str] = []
    for part in parts:
        if not part:
            continue
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width(longer, style) <= available:
            lines[-1] = longer
        else:
            lines.append(part)
    return [line for text in lines for line in wrapped(text, style, available, lines_max)]


def wrapped_paragraphs(
    text: str, clean: Callable[[str], str], style: Style, available: float, lines_max: int
) -> list[str]:
    """As `wrapped`, for the user's own text with line ends that are to be kept."""
    kept = "\n".join(clean(line) for line in text.splitlines())
    return wrapped(kept, style, available, lines_max)


def _paragraph(text: str, style: Style, available: float) -> list[str]:
    if width(text, style) <= available:
        return [text]
    measure = face(bold=style.bold).width
    limit = available / style.size
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line and measure((line + word).rstrip()) > limit:
            lines.append(line.rstrip())
            line = ""
            word = word.lstrip()
        while measure(word) > limit and len(word) > 1:
            head = _longest(word, measure, limit)
            lines.append(head)
            word = word[len(head) :]
        line += word
    if line.strip():
        lines.append(line.rstrip())
    return lines


def _words(text: str) -> list[str]:
    """Pieces between which a line may break."""
    pieces: list[str] = []
    for piece in _WORD.findall(text):
        last = pieces[-1] if pieces else ""
        # what clings goes with its neighbour, but never so much that the piece outgrows any column
        if last and len(last) < 24 and (piece[0] in _NO_START or piece.isspace() or last[-1] in _NO_END):
            pieces[-1] = last + piece
        else:
            pieces.append(piece)
    return pieces


def _longest(word: str, measure: Callable[[str], float], limit: float) -> str:
    """The longest beginning of a word that fits, at least one character."""
    end = 1
    while end < len(word) and measure(word[: end + 1]) <= limit:
        end += 1
    return word[:end]
