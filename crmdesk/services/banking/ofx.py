"""OFX and QFX: SGML of version 1 and XML of version 2, bank and card statements."""

from __future__ import annotations

import re

from crmdesk.models.errors import Code
from crmdesk.services.banking.markup import Node, ofx_tree
from crmdesk.services.banking.raw import RawEntry, RawFile, RawStatement, iso, point
from crmdesk.services.imports.faults import ReadFault, shorten

_HINTS = {"FEE": "fee", "SRVCHG": "fee", "INT": "interest", "XFER": "transfer"}
_CHARSETS = {"1252": "cp1252", "936": "gb18030", "950": "cp950", "932": "cp932", "ISO-8859-1": "iso8859-1"}
_HEADER = re.compile(rb"(?m)^\s*(ENCODING|CHARSET)\s*:\s*([\w-]+)")
_XML_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w-]+)[\"']")


def decode(content: bytes) -> str:
    """The text: UTF-8 where it is that, else what the header says, else Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    head = content[:2_000]
    said = dict(_HEADER.findall(head)).get(b"CHARSET", b"").decode("ascii", "replace")
    named = _XML_ENCODING.search(head)
    for name in (_CHARSETS.get(said, ""), named[1].decode("ascii", "replace") if named else ""):
        try:
            if name:
                return content.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("cp1252", "replace")


def read(content: bytes) -> RawFile:
    """Every statement of the file. A bank's error message in place of one is `no_data` with its words."""
    tree = ofx_tree(decode(content))
    found = RawFile()
    for statement in (*tree.all("STMTRS"), *tree.all("CCSTMTRS")):
        _take(found, statement)
    if not found.statements:
        for status in tree.all("STATUS"):
            if status.value("SEVERITY") == "ERROR":
                words = status.value("MESSAGE") or status.value("CODE")
                raise ReadFault(Code.NO_DATA, "bank_error", message=shorten(words))
        raise ReadFault(Code.FORMAT_UNKNOWN, "no_statement", format="OFX")
    return found


def _take(found: RawFile, node: Node) -> None:
    index = len(found.statements)
    account = next((one for name in ("BANKACCTFROM", "CCACCTFROM") for one in node.each(name)), Node(""))
    statement = RawStatement(
        account=account.value("ACCTID"),
        currency=node.value("CURDEF"),
        closing=point(node.value("LEDGERBAL/BALAMT")) or None,
    )
    entries = next(node.all("BANKTRANLIST"), Node(""))
    statement.from_on = iso(entries.value("DTSTART")) or None
    statement.to_on = iso(entries.value("DTEND")) or None
    if statement.closing is not None:
        statement.to_on = iso(node.value("LEDGERBAL/DTASOF")) or statement.to_on
    found.statements.append(statement)
    for entry in entries.all("STMTTRN"):
        row = len(found.entries) + 1
        number = entry.value("CHECKNUM")
        found.entries.append(
            RawEntry(
                row=row,
                statement=index,
                date=iso(entry.value("DTPOSTED")),
                value_date=iso(entry.value("DTAVAIL", "VALUEDATE")),
                amount=point(entry.value("TRNAMT")),
                currency=entry.value("CURRENCY/CURSYM") or statement.currency,
                payer=entry.value("NAME", "PAYEE/NAME"),
                payer_account=entry.value("BANKACCTTO/ACCTID", "CCACCTTO/ACCTID"),
                text=" ".join(
                    part for part in (entry.value("MEMO"), number if number != "0" else "") if part
                ),
                reference=entry.value("FITID"),
                hint=_HINTS.get(entry.value("TRNTYPE").upper(), ""),
            )
        )
