"""QIF: bank, cash and card registers. Lists of categories, classes, securities and investments are passed over."""

from __future__ import annotations

import re

from crmdesk.models.errors import Code
from crmdesk.services.banking.raw import RawEntry, RawFile, RawStatement
from crmdesk.services.imports.faults import ReadFault, shorten

_TYPES = frozenset({"bank", "cash", "ccard", "oth a", "oth l"})
_OTHER_TYPES = frozenset(
    {"cat", "class", "memorized", "invst", "security", "prices", "bill", "invoice", "tax"}
)
_SECTION = re.compile(r"!\s*(?P<word>Type|Account|Option|Clear)\s*:?\s*(?P<name>.*)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def read(text: str) -> RawFile:
    """Every record of the registers. A type that nobody knows is `type_unknown`, as a note where others are read."""
    found = RawFile()
    account = ""
    section = ""
    fields: dict[str, str] = {}
    first_row = 0
    unknown: list[str] = []
    for row, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        match = _SECTION.fullmatch(line)
        if match:
            fields = {}
            if match["word"].lower() == "type":
                section = match["name"].strip().lower()
                if section in _TYPES:
                    found.statements.append(RawStatement(account=account))
                elif section not in _OTHER_TYPES:
                    unknown.append(shorten(match["name"]) or "?")
            elif match["word"].lower() == "account":
                section = "account"
            continue
        if line.startswith("^"):
            if section == "account":
                account = fields.get("N", account)
            elif section in _TYPES and fields:
                _take(found, fields, first_row)
            fields = {}
            continue
        if line:
            if not fields:
                first_row = row
            # of a split entry only the first of each sign is the entry's own
            fields.setdefault(line[0], line[1:].strip())
    if section in _TYPES and ("T" in fields or "U" in fields):
        _take(found, fields, first_row)  # the last record was not closed
    if not found.statements:
        name = unknown[0] if unknown else "QIF"
        raise ReadFault(Code.TYPE_UNKNOWN, "", type=name)
    for name in dict.fromkeys(unknown):
        found.notes.append((Code.TYPE_UNKNOWN.value, "", {"type": name}))
    return found


def _take(found: RawFile, fields: dict[str, str], row: int) -> None:
    statement = found.statements[-1]
    amount = fields.get("T", fields.get("U", ""))
    own = fields.get("L", "")
    if fields.get("P", "").lower() == "opening balance" and own.startswith("["):
        statement.opening = amount or None
        statement.account = statement.account or own.strip("[]")
        return
    number = fields.get("N", "")
    found.entries.append(
        RawEntry(
            row=row,
            statement=len(found.statements) - 1,
            # 2/14'2020 and 12/31' 9: the apostrophe stands before the year
            date=_SPACES.sub("", fields.get("D", "")).replace("'", "/"),
            amount=amount,
            payer=fields.get("P", ""),
            text=" ".join(part for part in (fields.get("M", ""), number) if part),
            hint="transfer" if own.startswith("[") else "",
        )
    )
