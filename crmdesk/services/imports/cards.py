"""Visiting cards (vCard 2.1, 3.0, 4.0) as a table: one row per card, told by the line on which it begins.

Runs in the reading child. Lines are unfolded before they are decoded, since programs fold in the middle of a sign;
each property may have its own charset (2.1), the file has one otherwise. Photos and sounds are left out and counted;
birthdays without a year and addresses, for which a contact has no place, are told card by card. A card without its end
is a refused row: nobody knows what of it is missing.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from crmdesk.models.errors import Code
from crmdesk.services.imports import encodings
from crmdesk.services.imports.faults import ReadFault, shorten
from crmdesk.services.imports.limits import Limits
from crmdesk.services.imports.wire import WireCell

COLUMNS = (
    *("key", "customer", "company", "name", "role", "phone", "mobile", "email", "wechat"),
    *("born_on", "channel", "note"),
)
UID_START = "crmdesk-"
CUSTOMER_PROPERTY, CHANNEL_PROPERTY = "X-CRMDESK-CUSTOMER", "X-CRMDESK-CHANNEL"
_BEGIN = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*BEGIN\s*:\s*VCARD\b", re.IGNORECASE)
_MEDIA = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_HEAD_BYTES = 4_096
_TOLD_CARDS_MAX = 1_000
"""Of so many cards it is told one by one what was left out; of all it is counted."""
_TOLD_SIGNS_MAX = 120
_YEARLESS = 1604
"""The year that phones write for a birthday without one."""
_WORKPLACE_MOBILE = re.compile(r"(?:\+?86|0086)?1[3-9]\d{9}")


@dataclass(slots=True)
class _Property:
    name: str
    params: dict[str, list[str]]
    value: str

    def is_of(self, *types: str) -> bool:
        """Whether one of its types is among these."""
        return any(kind in types for kind in self.params.get("TYPE", ()))


@dataclass(slots=True)
class _Card:
    line: int
    properties: list[_Property] = field(default_factory=list)
    media_count: int = 0
    is_whole: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether this program wrote it: what it says of a number is meant so, however the number looks."""
        return bool(self.text(CUSTOMER_PROPERTY))

    @property
    def is_old(self) -> bool:
        """Whether it is of version 2.1, which escapes semicolons only."""
        return self.text("VERSION") == "2.1"

    def all(self, *names: str) -> list[_Property]:
        """Its properties of these names, the preferred ones first."""
        found = [one for one in self.properties if one.name in names and one.value.strip()]
        return sorted(found, key=lambda one: not (one.is_of("PREF") or "1" in one.params.get("PREF", ())))

    def text(self, *names: str) -> str:
        """The first value of these names, in the order of the names."""
        return next((one.value.strip() for name in names for one in self.all(name)), "")


def is_cards(path: Path) -> bool:
    """Whether a file begins with a visiting card."""
    with path.open("rb") as stream:
        return _BEGIN.match(stream.read(_HEAD_BYTES).replace(b"\x00", b"").lstrip(b"\xff\xfe")) is not None


def read(path: Path, encoding: str | None, limits: Limits) -> tuple[dict[str, Any], Any, Any]:
    """Head, rows that begin with the header as row 0, and notes."""
    size = path.stat().st_size
    if size > limits.unpacked_bytes:
        raise ReadFault(
            Code.FILE_TOO_LARGE, "size", size=size // 1_000_000, limit=limits.unpacked_bytes // 1_000_000
        )
    choice = encodings.Choice(encodings.named(encoding)) if encoding else encodings.detect(path)
    content = path.read_bytes()
    if choice.name.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        content = content.decode(choice.name).encode()
        choice = encodings.Choice("utf-8")
    cards, broken = _cards(content, choice.name)
    rows = [(0, list(COLUMNS)), *((card.line, _cells(card)) for card in cards)]
    notes: list[tuple[str, str, dict[str, str | int]]] = []
    media = sum(card.media_count for card in cards)
    if media:
        notes.append((Code.LEFT_OUT.value, "photos", {"count": media}))
    more = sum(max(0, len(card.all("TEL")) - 2) + max(0, len(card.all("EMAIL")) - 1) for card in cards)
    if more:
        notes.append((Code.LEFT_OUT.value, "numbers", {"count": more}))
    if broken:
        notes.append((Code.LEFT_OUT.value, "lines", {"count": broken}))
    notes += _left_out(cards)
    head = {
        "format": "vcf",
        "header_row": 0,
        "refused": [
            (card.line, Code.FILE_DAMAGED.value, "card", {"line": card.line})
            for card in cards
            if not card.is_whole
        ],
        "encoding": choice.name,
        "is_doubtful": choice.is_doubtful,
        "alternatives": choice.alternatives,
    }
    return head, rows, notes


def _left_out(cards: list[_Card]) -> Iterator[tuple[str, str, dict[str, str | int]]]:
    """Birthdays and addresses that no contact has a place for: how many, then card by card."""
    told = [
        (reason, {"line": card.line, "name": shorten(_name(card) or "?"), "value": value[:_TOLD_SIGNS_MAX]})
        for card in cards
        if card.is_whole
        for reason, value in (("birthday", _half_birthday(card)), ("address", _addresses(card)))
        if value
    ]
    for reason in ("birthday", "address"):
        count = sum(one == reason for one, _params in told)
        if count:
            yield Code.LEFT_OUT.value, f"{reason} count", {"count": count}
    yield from ((Code.LEFT_OUT.value, reason, dict(params)) for reason, params in told[:_TOLD_CARDS_MAX])


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, line) without folds: continued by a blank at its start, or after = in quoted-printable."""
    pending = b""
    start = 0
    is_soft = False
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", content.removeprefix(b"\xef\xbb\xbf")), 1):
        if is_soft:
            pending = pending[:-1] + line
        elif line[:1] in (b" ", b"\t") and start:
            pending += line[1:]
        else:
            if start:
                yield start, pending
            pending, start = line, number
        is_soft = pending.endswith(b"=") and b"QUOTED-PRINTABLE" in pending.partition(b":")[0].upper()
    if start:
        yield start, pending


def _cards(content: bytes, encoding: str) -> tuple[list[_Card], int]:
    cards: list[_Card] = []
    card: _Card | None = None
    broken = 0
    is_media = False
    for number, line in _lines(content):
        name, params, value = _split(line)
        if name == "BEGIN" and value.strip().upper() == b"VCARD":
            card = _Card(number)
            cards.append(card)
        elif name == "END" and card is not None:
            card.is_whole = True
            card = None
        elif not line.strip():
            continue
        elif card is None:
            broken += 1
        elif not name:
            # the rest of a picture, which some programs do not fold
            broken += not is_media
        elif name in _MEDIA:
            card.media_count += 1
            is_media = True
        else:
            is_media = False
            card.properties.append(_Property(name, params, _decoded(params, value, encoding)))
    return cards, broken


def _split(line: bytes) -> tuple[str, dict[str, list[str]], bytes]:
    """Name, parameters and value; the name is empty for a line that has none."""
    at = _colon(line)
    if at < 0:
        return "", {}, b""
    head = line[:at].decode("ascii", "replace")
    name, *rest = head.split(";")
    name = name.rpartition(".")[2].strip().upper()
    if not re.fullmatch(r"[A-Z0-9-]+", name):
        return "", {}, b""
    params: dict[str, list[str]] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals:  # 2.1 leaves the name out: TEL;CELL, NOTE;QUOTED-PRINTABLE
            upper = key.strip().upper()
            key, value = ("ENCODING" if upper in ("QUOTED-PRINTABLE", "BASE64") else "TYPE"), upper
        values = value.replace('"', "").upper().split(",")
        params.setdefault(key.strip().upper(), []).extend(one.strip() for one in values)
    return name, params, line[at + 1 :]


def _colon(line: bytes) -> int:
    """The colon after the head: the first one outside quotes."""
    is_quoted = False
    for index, sign in enumerate(line):
        if sign == 0x22:
            is_quoted = not is_quoted
        elif sign == 0x3A and not is_quoted:
            return index
    return -1


def _decoded(params: dict[str, list[str]], value: bytes, encoding: str) -> str:
    if "QUOTED-PRINTABLE" in params.get("ENCODING", ()):
        value = quopri.decodestring(value)
    names = [*params.get("CHARSET", ()), encoding, "gb18030"]
    for name in names:
        try:
            return value.decode(encodings.named(name))
        except (UnicodeDecodeError, ReadFault):
            continue
    return value.decode("utf-8", "replace")


def _plain(card: _Card, text: str) -> str:
    if card.is_old:
        return text.replace("\\;", ";").strip()
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def _parts(card: _Card, text: str) -> list[str]:
    return [_plain(card, part) for part in _split_at_semicolons(text)]


def _split_at_semicolons(text: str) -> list[str]:
    parts = [""]
    is_escaped = False
    for sign in text:
        if sign == ";" and not is_escaped:
            parts.append("")
            continue
        is_escaped = sign == "\\" and not is_escaped
        parts[-1] += sign
    return parts


def _name(card: _Card) -> str:
    full = _plain(card, card.text("FN"))
    if full:
        return full
    family, given, middle, *_rest = [*_parts(card, card.text("N")), "", "", ""]
    if any("\u4e00" <= sign <= "\u9fff" for sign in family + given):
        return f"{family}{middle}{given}"
    return " ".join(part for part in (given, middle, family) if part)


def _phones(card: _Card) -> tuple[str, str]:
    """(phone, mobile): the first that is called a mobile or looks like one, and the first of the others.

    Cards of our own say which of the two a number is; those of other programs call a mobile anything.
    """
    phone = mobile = ""
    for one in card.all("TEL"):
        if one.is_of("FAX", "PAGER"):
            continue
        number = _plain(card, one.value)
        if not card.is_ours or "URI" in one.params.get("VALUE", ()):
            number = number.removeprefix("tel:")
        is_mobile = one.is_of("CELL", "IPHONE") or (
            not card.is_ours and _WORKPLACE_MOBILE.fullmatch(re.sub(r"[\s()-]", "", number))
        )
        if is_mobile and not mobile:
            mobile = number
        elif not phone:
            phone = number
    return phone, mobile


def _wechat(card: _Card) -> str:
    found = card.text("X-WECHAT", "X-WEIXIN", "X-TENCENT-WECHAT")
    if found:
        return _plain(card, found)
    for one in card.all("IMPP", "X-SOCIALPROFILE"):
        kinds = [*one.params.get("X-SERVICE-TYPE", ()), *one.params.get("TYPE", ())]
        value = _plain(card, one.value)
        if value.lower().startswith(("wechat:", "weixin:", "x-wechat:")) or {"WECHAT", "WEIXIN"} & set(kinds):
            return value.rpartition(":")[2].strip()
    return ""


def _birth_digits(card: _Card) -> str:
    """Year, month and day of the birthday; empty where one of them is not said."""
    digits = re.sub(r"\D", "", card.text("BDAY").partition("T")[0])
    return digits if len(digits) == 8 and int(digits[:4]) != _YEARLESS else ""


def _half_birthday(card: _Card) -> str:
    """The birthday as it is written where it is no whole date: --0412, 1604-04-12, 1985."""
    return "" if _birth_digits(card) else _plain(card, card.text("BDAY"))


def _addresses(card: _Card) -> str:
    """The addresses of a card in one line each."""
    lines = (" ".join(filter(None, _parts(card, one.value))) for one in card.all("ADR"))
    return "; ".join(" ".join(line.split()) for line in lines if line)


def _birthday(card: _Card) -> WireCell:
    digits = _birth_digits(card)
    if not digits:
        return None
    try:
        return ("d", date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).toordinal())
    except ValueError:
        return card.text("BDAY")  # refused with its reason


def _cells(card: _Card) -> list[WireCell]:
    phone, mobile = _phones(card)
    uid = card.text("UID")
    values: list[WireCell] = [
        uid.removeprefix(UID_START) if uid.startswith(UID_START) else "",
        _plain(card, card.text(CUSTOMER_PROPERTY)),
        _parts(card, card.text("ORG"))[0],
        _name(card),
        _plain(card, card.text("TITLE", "ROLE")),
        phone,
        mobile,
        _plain(card, card.text("EMAIL")),
        _wechat(card),
        _birthday(card),
        _plain(card, card.text(CHANNEL_PROPERTY)),
        _plain(card, card.text("NOTE")),
    ]
    return [value or None for value in values]
