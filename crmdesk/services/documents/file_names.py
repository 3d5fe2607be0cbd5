"""Names for files that are saved: safe on Windows, macOS and Linux, never twice the same in one folder."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# Most file systems allow 255 bytes a name, but Windows counts the whole path (260): names stay shorter.
NAME_BYTES_MAX = 150
PATTERN = "{number} {customer} {date}"

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)")


def file_name(
    suffix: str, *, number: str = "", customer: str = "", on: date | None = None, pattern: str = PATTERN
) -> str:
    """The name of a document's file, such as “INV-2026-0342 西溪民宿 2026-11-06.pdf”.

    `pattern` may hold {number}, {customer} and {date} in any order; other braces are kept as they are.
    `suffix` comes with its dot. When the name is too long, the customer gives way, never the number.
    """
    values = {"number": number, "customer": customer, "date": on.isoformat() if on else ""}
    name = _filled(pattern, values)
    room = NAME_BYTES_MAX - len(suffix.encode())
    excess = len(safe(name).encode()) - room
    if excess > 0 and customer:
        # the customer is shortened by what is too much
        values["customer"] = shortened(customer, max(len(customer.encode()) - excess, 12))
        name = _filled(pattern, values)
    return (shortened(safe(name), room).rstrip(" .") or "document") + suffix


def _filled(pattern: str, values: dict[str, str]) -> str:
    """The pattern with its names replaced in one pass, so that a value is never read as a pattern."""
    return re.sub(r"\{(number|customer|date)\}", lambda found: values[found[1]], pattern)


def safe(text: str) -> str:
    """The text without anything a file system or a reader would stumble over.

    Control and direction characters go, separators become a dash, names of Windows devices (CON, NUL, COM1 …)
    get a leading underscore, dots and spaces at the ends go.
    """
    text = unicodedata.normalize("NFC", text)
    text = _SPACES.sub(" ", text)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = _FORBIDDEN.sub("-", text).strip(" .")
    # a leading dash looks like an option to other programs, a leading tilde like an owner file
    text = text.lstrip("-~ .")
    return f"_{text}" if _RESERVED.match(text) else text


def shortened(text: str, bytes_max: int) -> str:
    """The beginning of the text that fits into so many bytes of UTF-8, never half a character."""
    raw = text.encode()
    if len(raw) <= bytes_max:
        return text
    kept = raw[: max(bytes_max, 0)].decode(errors="ignore")
    # nor a letter without the mark that belongs to it
    while kept and unicodedata.combining(text[len(kept)]):
        kept = kept[:-1]
    return kept.rstrip()


class DistinctNames:
    """Names given out for one folder: a second file of the same name gets “ (2)”, whatever the case."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """The name itself or the first free variant of it."""
        stem, dot, suffix = name.rpartition(".")
        if not dot:
            stem, suffix = name, ""
        count, found = 1, name
        while found.casefold() in self._taken:
            count += 1
            tail = f" ({count}){dot}{suffix}"
            found = shortened(stem, NAME_BYTES_MAX - len(tail.encode())) + tail
        self._taken.add(found.casefold())
        return found
