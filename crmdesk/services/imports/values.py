"""Single values out of cells: text, codes, yes and no. Numbers are in numbers.py, dates in dates.py.

Every reader takes a `Cell`, gives None for a blank one, and raises `CellRefused` with a code of the list, the
finished sentence and a way out; the caller knows the place and makes the `Problem`.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import shorten
from crmdesk.services.imports.wire import Cell, CellError
from crmdesk.text import _

EXACT_DIGITS = 15
"""What a double keeps: Excel has replaced all further digits by zeros."""

_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SHORTENED = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE]\+\d{1,3}")
_INVISIBLE_ENDS = "\ufeff\u200b\u2060"
YES = frozenset(
    {"是", "有", "对", "真", "√", "✓", "✔", "y", "yes", "true", "t", "1", "on", "启用", "已启用", "x"}
)
NO = frozenset(
    {"否", "无", "没有", "错", "假", "×", "✗", "✘", "n", "no", "false", "f", "0", "off", "停用", "已停用"}
)


class CellRefused(Exception):
    """A cell cannot be taken. `message` and `hint` are finished sentences; `value` is what stood there."""

    def __init__(self, code: Code, message: str, value: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.value = shorten(value)
        self.hint = hint


def plain_text(cell: Cell) -> str:
    """A cell as one would read it, for messages and for header names; never refused."""
    if cell is None:
        return ""
    if isinstance(cell, CellError):
        return cell.text
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell


def refuse_error(cell: Cell) -> None:
    """Raises for a cell that holds an error in place of a value."""
    if not isinstance(cell, CellError):
        return
    if cell.code is Code.FORMULA_NO_VALUE:
        raise CellRefused(
            cell.code,
            _("The cell holds a formula without a result."),
            hint=_("Open the file in Excel or LibreOffice, save it, and import it again."),
        )
    if cell.code is Code.CONTROL_CHARS:
        raise CellRefused(
            cell.code,
            _("The cell holds control characters, as damaged files do."),
            cell.text,
            _("Type the value again, or export the file anew."),
        )
    raise CellRefused(
        cell.code,
        _("The cell shows the error {error}.").format(error=cell.text or "#ERROR"),
        cell.text,
        _("Correct the formula in the sheet."),
    )


def clean_text(cell: Cell) -> str | None:
    """Text as it is stored: NFC, plain spaces, line ends as LF, none of either at the ends; None when blank.

    A whole number becomes its digits (17850.0 is 17850), a date its ISO form. `_x000D_` as Excel escapes it
    is undone. Other signs stay as they are, invisible ones within a word included.
    """
    if cell is None:
        return None
    refuse_error(cell)
    text = cell if isinstance(cell, str) else plain_text(cell)
    if text.isprintable() and "  " not in text and "_x" not in text:
        return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip() or None
    if "_x" in text:
        text = _ESCAPED.sub(_unescape, text)
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return "\n".join(lines).strip().strip(_INVISIBLE_ENDS).strip() or None


def _unescape(match: re.Match[str]) -> str:
    sign = chr(int(match[1], 16))
    return sign if sign in "\r\n\t" else match[0]


def clean_line(cell: Cell) -> str | None:
    """As `clean_text`, on one line."""
    text = clean_text(cell)
    return text if text is None or "\n" not in text else " ".join(text.split())


def clean_code(cell: Cell) -> str | None:
    """A code, number of an account, tax number or phone: text as it stands, leading zeros kept.

    Raises `id_rounded` for a number of more than 15 digits and for 1.23E+19: Excel has lost the rest.
    """
    if (
        isinstance(cell, Decimal)
        and len(cell.as_tuple().digits) + max(0, int(cell.as_tuple().exponent)) > EXACT_DIGITS
    ):
        raise _rounded(f"{cell:f}")
    text = clean_line(cell)
    if text is not None and _SHORTENED.fullmatch(text):
        raise _rounded(text)
    return text


def _rounded(text: str) -> CellRefused:
    return CellRefused(
        Code.ID_ROUNDED,
        _("Excel has shortened this number; its last digits are lost."),
        text,
        _("Format the column as text in the source and enter the number again."),
    )


def parse_yes_no(cell: Cell) -> bool | None:
    """是/否, yes/no, true/false, 1/0 and marks; None when blank; anything else `invalid_choice`."""
    text = clean_line(cell)
    if text is None:
        return None
    word = unicodedata.normalize("NFKC", text).casefold()
    if word in YES:
        return True
    if word in NO or word in ("-", "/"):
        return False
    raise CellRefused(
        Code.INVALID_CHOICE,
        _("“{value}” is neither yes nor no.").format(value=shorten(text)),
        text,
        _("Write 是 or 否, yes or no."),
    )
