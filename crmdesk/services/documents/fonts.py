"""The embedded typeface: Noto Sans SC, regular and bold, loaded once when first asked for.

ReportLab embeds only the characters that are used and maps them back to Unicode, so the text of a PDF can be
searched and copied. The digits of the face are all equally wide: columns of figures need nothing more.
"""

from __future__ import annotations

import functools
import threading
import unicodedata
from typing import Any

from crmdesk.paths import resource

REGULAR = "NotoSansSC-Regular"
BOLD = "NotoSansSC-Bold"

# A character that the face lacks is printed as the geta mark, which typesetters use for exactly that.
STAND_IN = "〓"

_WIDTHS_MAX = 60_000
_lock = threading.Lock()
_faces: dict[str, Face] = {}


class Face:
    """One loaded font with its measures; widths are in ems (multiples of the type size)."""

    def __init__(self, name: str) -> None:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont

        font: Any = TTFont(name, str(resource("fonts", f"{name}.ttf")))
        pdfmetrics.registerFont(font)
        self.name = name
        self._measure = font.stringWidth
        self.known = frozenset(map(chr, font.face.charToGlyph))
        self._widths: dict[str, float] = {}

    def width(self, text: str) -> float:
        """The width of one line of text in ems."""
        found = self._widths.get(text)
        if found is None:
            if len(self._widths) > _WIDTHS_MAX:
                self._widths.clear()
            found = self._widths[text] = self._measure(text, 1)
        return found


def face(*, bold: bool = False) -> Face:
    """The face itself; the first call reads the file (some 40 ms)."""
    name = BOLD if bold else REGULAR
    found = _faces.get(name)
    if found is None:
        with _lock:
            found = _faces.get(name)
            if found is None:
                found = _faces[name] = Face(name)
    return found


def printable(text: str, missing: set[str]) -> str:
    """One line of text as it can be printed; characters the face lacks are put into `missing`.

    Line ends and tabs become spaces. Invisible characters (joiners, direction marks, variation selectors) go:
    they would print as boxes or turn the line around. What is left and lacks a glyph becomes a 〓.
    """
    if text.isascii() and text.isprintable():
        return text
    if face().known.issuperset(text) and text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text
    return _replaced(text, missing)


def _replaced(text: str, missing: set[str]) -> str:
    known = face().known
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if char in "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029":
            out.append(" ")
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs") or _is_selector(char):
            continue
        elif char in known:
            out.append(char)
        elif unicodedata.category(char) == "Zs":
            out.append(" ")
        else:
            missing.add(char)
            out.append(STAND_IN)
    return "".join(out)


@functools.cache
def _is_selector(char: str) -> bool:
    """Variation selectors choose between forms of the character before and are nothing by themselves."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
