"""SWIFT MT940: the customer statement message, with the dialects of the banks that wrote the files we have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crmdesk.services.banking.raw import RawEntry, RawFile, RawStatement, one_line, point

_TAG = re.compile(r":(?P<tag>\d\d[A-Z]?):(?P<rest>.*)", re.DOTALL)
_BALANCE = re.compile(r"(?P<side>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})(?P<amount>[\d,]+)")
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<booked>\d{4})?(?P<side>R?[CD])(?P<funds>[A-Z])?\s?(?P<amount>\d[\d,]*)"
    r"(?P<kind>[NSF][A-Z0-9]{3})?(?P<rest>.*)",
    re.DOTALL,
)
_STRUCTURED = re.compile(r"\s*\d{3}(?P<mark>[?~^<>|/])\d\d")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_NO_REFERENCE = frozenset({"", "NONREF", "NOREF"})
_HINTS = {"CHG": "fee", "COM": "fee", "INT": "interest", "RTI": "refund"}
_CENTURY_FROM = 80
_PART_LENGTH = 27


@dataclass(slots=True)
class _Field:
    tag: str
    text: str
    row: int


def _fields(text: str) -> list[_Field]:
    """The tagged fields with the row each begins in; lines without a tag go on with the one before."""
    fields: list[_Field] = []
    for row, line in enumerate(text.splitlines(), 1):
        line = line.strip("\x00\x01\x02\x03\x04\r")
        match = _TAG.match(line)
        if match:
            fields.append(_Field(match["tag"], match["rest"], row))
        elif line.startswith(("-}", "{1:", "{2:", "{4:")) or line.strip() == "-":
            fields.append(_Field("-", "", row))
        elif fields and fields[-1].tag != "-":
            fields[-1].text += "\n" + line
    return fields


def _day(six: str) -> str:
    century = "19" if int(six[:2]) >= _CENTURY_FROM else "20"
    return f"{century}{six[:2]}-{six[2:4]}-{six[4:6]}"


def read(text: str) -> RawFile:
    """Every statement of the file, each page of a statement for itself."""
    found = RawFile()
    statement: RawStatement | None = None
    entry: RawEntry | None = None
    for field in _fields(text):
        if field.tag == "20" or field.tag == "-" or (statement is None and field.tag != "-"):
            statement = None if field.tag == "-" else RawStatement()
            entry = None
            if statement is not None:
                found.statements.append(statement)
        if statement is None:
            continue
        if field.tag == "61":
            entry = _entry(field, len(found.statements) - 1, statement)
            found.entries.append(entry)
        elif field.tag == "86" or (field.tag == "25" and entry is not None):
            if entry is not None:
                _details(entry, field.text)
            entry = None
        elif field.tag == "25":
            statement.account = one_line(field.text)
        elif field.tag in ("60F", "60M", "62F", "62M"):
            _balance(statement, field)
    return found


def _balance(statement: RawStatement, field: _Field) -> None:
    match = _BALANCE.match(field.text.strip())
    if match is None:
        return
    amount = ("-" if match["side"] == "D" else "") + point(match["amount"])
    statement.currency = match["currency"]
    if field.tag.startswith("60"):
        if statement.opening is None:
            statement.opening, statement.from_on = amount, _day(match["day"])
    else:
        statement.closing, statement.to_on = amount, _day(match["day"])


def _entry(field: _Field, index: int, statement: RawStatement) -> RawEntry:
    match = _ENTRY.match(field.text)
    entry = RawEntry(row=field.row, statement=index, currency=statement.currency)
    if match is None:
        entry.date = one_line(field.text)  # refused as a date, which names the row and shows the line
        return entry
    entry.value_date = _day(match["value"])
    entry.date = entry.value_date
    if match["booked"]:
        year, month = int(entry.value_date[:4]), int(entry.value_date[5:7])
        booked_month = int(match["booked"][:2])
        # the booking date has no year: of those around the value date the nearest
        year += 1 if month - booked_month > 6 else -1 if booked_month - month > 6 else 0
        entry.date = f"{year:04d}-{match['booked'][:2]}-{match['booked'][2:]}"
    # RC takes a credit back, RD a debit
    is_out = match["side"] in ("D", "RC")
    entry.amount = ("-" if is_out else "") + point(match["amount"])
    kind = match["kind"] or ""
    first, _break, further = match["rest"].partition("\n")
    own, _mark, bank = first.partition("//")
    own = one_line(own)
    entry.reference = one_line(bank)
    entry.hint = _HINTS.get(kind[1:], "")
    entry.text = one_line(further)
    if _IBAN.fullmatch(own):
        entry.payer_account = own
        entry.payer = entry.text
        entry.text = ""
    elif len(own) > 1 and own.upper() not in _NO_REFERENCE:
        entry.text = f"{own} {entry.text}".strip()
    return entry


def _details(entry: RawEntry, text: str) -> None:
    """Adds what :86: says: by its numbered parts (?20–?29 text, ?31 account, ?32 name), or as it stands."""
    match = _STRUCTURED.match(text)
    if match is None:
        entry.text = f"{entry.text} {one_line(text)}".strip()
        return
    whole = "".join(text.split("\n"))
    parts: dict[str, str] = {}
    told = ""
    for piece in whole.split(match["mark"])[1:]:
        code, rest = piece[:2], piece[2:]
        if code.isdigit():
            parts[code] = parts.get(code, "") + rest
            if code[0] == "2" or code in ("60", "61", "62", "63"):
                # a full part goes on in the next one in the middle of a word
                told += rest if len(rest) >= _PART_LENGTH else rest + " "
        else:
            last = next(reversed(parts), None)
            if last is not None:
                parts[last] += match["mark"] + piece  # the mark stood within a text
    entry.payer = one_line(parts.get("32", "") + parts.get("33", "")) or entry.payer
    entry.payer_account = one_line(parts.get("31", "")) or entry.payer_account
    title = one_line(parts.get("00", ""))
    entry.text = " ".join(part for part in (title, one_line(told), entry.text) if part)
