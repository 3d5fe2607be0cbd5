"""Contacts as visiting cards (vCard 3.0), which every phone and mail program reads, and `import contacts` too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.customers import contact, customer
from crmdesk.services.dialect import among
from crmdesk.services.imports import columns_archive
from crmdesk.services.imports.cards import CHANNEL_PROPERTY, CUSTOMER_PROPERTY, UID_START
from crmdesk.services.outgoing import whole_file
from crmdesk.text import _

_LINE_BYTES = 75
_BLOCK = 5_000


class Single(NamedTuple):
    """One contact, ready to be given away."""

    name: str
    card: bytes
    """The file of the card."""
    words: str
    """The same as lines to read, for a chat."""


def write(
    connection: Connection,
    path: Path,
    contact_ids: Sequence[int] | None = None,
    *,
    customer_ids: Sequence[int] | None = None,
) -> int:
    """Writes all contacts, those with the ids given, or those of some customers, into one file, whole or not at all.

    Says how many they are.
    """
    prefix = columns_archive.key_prefix(connection)
    query = _query(contact_ids, customer_ids).order_by(customer.c.id, contact.c.id)
    rows = connection.execution_options(yield_per=_BLOCK).execute(query)
    count = 0
    with whole_file(path) as draft, draft.open("wb") as stream:
        for row in rows:
            count += 1
            stream.write(_whole(row, prefix))
    return count


def is_any(connection: Connection, customer_ids: Sequence[int] | None = None) -> bool:
    """Whether there is a contact to write."""
    return connection.execute(_query(None, customer_ids).limit(1)).first() is not None


def single(connection: Connection, contact_id: int) -> Single:
    """The card of one contact; NotFound where it is gone."""
    row = connection.execute(_query([contact_id], None)).first()
    if row is None:
        raise NotFound(Code.NOT_FOUND, _("This contact is not there any more."), field="contact")
    named = " · ".join(filter(None, (row.name, row.role)))
    wechat = _("WeChat {name}").format(name=row.wechat) if row.wechat else ""
    lines = (row.company, named, row.mobile, row.phone, row.email, wechat)
    return Single(
        row.name, _whole(row, columns_archive.key_prefix(connection)), "\n".join(filter(None, lines))
    )


def _query(contact_ids: Sequence[int] | None, customer_ids: Sequence[int] | None) -> Any:
    query = select(contact, customer.c.code, customer.c.name.label("company")).join(
        customer, customer.c.id == contact.c.customer_id
    )
    if contact_ids is not None:
        query = query.where(among(contact.c.id, list(contact_ids)))
    if customer_ids is not None:
        query = query.where(among(contact.c.customer_id, list(customer_ids)))
    return query


def _whole(row: Any, prefix: str) -> bytes:
    return b"".join(_folded(line) for line in _card(row, prefix))


def _card(row: Any, prefix: str) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"FN:{_escaped(row.name)}"
    yield f"N:{_escaped(row.name)};;;;"
    yield f"ORG:{_escaped(row.company)}"
    texts = (
        ("TITLE", row.role),
        ("TEL;TYPE=WORK,VOICE", row.phone),
        ("TEL;TYPE=CELL", row.mobile),
        ("EMAIL;TYPE=INTERNET", row.email),
        ("X-WECHAT", row.wechat),
        ("BDAY", row.born_on.isoformat() if row.born_on else ""),
        ("NOTE", row.note),
        ("UID", UID_START + columns_archive.key_of(prefix, row.id)),
        (CUSTOMER_PROPERTY, row.code),
        (CHANNEL_PROPERTY, row.channel),
    )
    yield from (f"{name}:{_escaped(text)}" for name, text in texts if text)
    yield "END:VCARD"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """A line of at most 75 octets, continued after a blank; no sign is cut in two."""
    parts: list[bytes] = []
    current = b""
    for sign in line:
        octets = sign.encode()
        if len(current) + len(octets) > _LINE_BYTES:
            parts.append(current)
            current = b" "
        current += octets
    parts.append(current)
    return b"\r\n".join(parts) + b"\r\n"
