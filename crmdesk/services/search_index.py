"""The search index of customers: which texts can be found, cut into tokens, kept with the customer.

Every text that can be found is cut into the four signs that begin at each of its places (its last three
places give shorter ones). The full-text table also keeps the first one, two and three signs of each token, so
that any one to four signs of any text are one look-up, and longer ones the overlap of a few.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from crmdesk.models import text_keys
from crmdesk.models.tables.custom_fields import custom_field, custom_value
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.search import customer_search
from crmdesk.services import pinyin
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit

GRAM = 4
"""Up to so many signs are found by one look-up, exactly."""
_BLOCK = 5_000
_ROOM = "search room"
_BULK_ROOM_BYTES = 16 * 1024 * 1024
_SET_ROOM = text("INSERT INTO customer_search(customer_search, rank) VALUES('hashsize', :bytes)")

# The tokenizer splits at ASCII signs that are neither letters nor digits; elsewhere in Unicode they are kept.
_PRIVATE = 0xE000
_SHIELD = {point: _PRIVATE + point for point in range(128) if not chr(point).isalnum()}


def shield(folded: str) -> str:
    """A folded text in the form that is stored as tokens."""
    return folded.translate(_SHIELD)


def texts_of(
    code: str,
    name: str,
    short_name: str = "",
    phone: str = "",
    contacts: Iterable[tuple[str, str, str]] = (),
    phone2: str = "",
    more: Iterable[str] = (),
) -> list[str]:
    """Every text by which a customer is found; a search finds it by any part of any of them.

    `contacts` are (name, phone, mobile), `more` the own fields that are searched. Names are also found by their letters
    alone and by pinyin initials.
    """
    found = [text_keys.folded(code)]
    labels, numbers = [name, short_name], [phone, phone2]
    for person, *own_numbers in contacts:
        labels.append(person)
        numbers += own_numbers
    for label in labels:
        if label:
            plain = text_keys.folded(label)
            found.append(plain)
            letters = text_keys.letters_of(plain)
            if letters != plain and letters:
                found.append(letters)
            if not letters.isascii():
                found.extend(pinyin.all_initials(letters))
    for number in numbers:
        if number:
            digits = text_keys.digits_of(number)
            if digits:
                found.append(digits)
    found += [text_keys.folded(text) for text in more if text]
    return found


def tokens(texts: Iterable[str]) -> str:
    """The tokens of some texts, separated by spaces."""
    found: list[str] = []
    for one in texts:
        if one:
            stored = one if one.isalnum() else shield(one)
            found += _cutter(len(stored))(stored)
    return " ".join(found)


@functools.lru_cache(maxsize=256)
def _cutter(length: int) -> Callable[[str], Sequence[str]]:
    """A function that cuts a text of some length into its tokens: a third faster than slice by slice."""
    if length == 1:
        return tuple
    return operator.itemgetter(*(slice(start, start + GRAM) for start in range(length)))


def add(unit: Unit, customer_id: int, texts: Iterable[str]) -> None:
    """Indexes a new customer; written with the unit's other rows."""
    if unit.is_bulk and _ROOM not in unit.cache:
        # the tokens of many customers are gathered before they are written: half the time
        unit.cache[_ROOM] = True
        unit.execute(_SET_ROOM, {"bytes": _BULK_ROOM_BYTES})
    unit.add(customer_search, rowid=customer_id, content=tokens(texts))


def remove(unit: Unit, customer_id: int) -> None:
    """Takes a customer out of the index."""
    unit.execute(delete(customer_search).where(customer_search.c.rowid == customer_id))


def renew(unit: Unit, customer_ids: Iterable[int]) -> None:
    """Indexes customers again after a change to them or to their contacts."""
    ids = sorted(set(customer_ids))
    for start in range(0, len(ids), _BLOCK):
        block = ids[start : start + _BLOCK]
        unit.execute(delete(customer_search).where(among(customer_search.c.rowid, block)))
        for customer_id, texts in read(unit.connection, block):
            add(unit, customer_id, texts)


def erase(unit: Unit, customer_id: int) -> None:
    """Indexes a customer again so that nothing of its former texts is left in the file: what is deleted from an index
    stays in its segments until they are merged."""
    renew(unit, [customer_id])
    unit.execute(text("INSERT INTO customer_search(customer_search) VALUES('optimize')"))


def rebuild(connection: Connection) -> int:
    """Builds the whole index again from the customers; gives their number."""
    connection.execute(text("INSERT INTO customer_search(customer_search) VALUES('delete-all')"))
    count = 0
    for block in _blocks(connection):
        connection.execute(
            insert(customer_search),
            [{"rowid": customer_id, "content": tokens(texts)} for customer_id, texts in block],
        )
        count += len(block)
    return count


def differences(connection: Connection) -> list[str]:
    """Customers whose entries in the index are not what they should be, and entries of no customer."""
    stored: dict[int, int] = {}
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE temp.customer_search_terms USING fts5vocab(main, customer_search, instance)"
        )
    )
    try:
        query = text("SELECT doc, term FROM temp.customer_search_terms")
        terms: Any = connection.execute(query).cursor  # some fifty rows a customer: the driver's own tuples
        for customer_id, term in terms:
            stored[customer_id] = stored.get(customer_id, 0) + hash(term)
    finally:
        connection.execute(text("DROP TABLE temp.customer_search_terms"))
    wrong: list[int] = []
    for block in _blocks(connection):
        for customer_id, texts in block:
            if stored.pop(customer_id, 0) != sum(map(hash, set(tokens(texts).split(" ")))):
                wrong.append(customer_id)
    return [f"customer:{customer_id}" for customer_id in (*wrong, *stored)]


def _blocks(connection: Connection) -> Iterator[list[tuple[int, list[str]]]]:
    last = 0
    while True:
        query = select(customer.c.id).where(customer.c.id > last).order_by(customer.c.id).limit(_BLOCK)
        ids = list(connection.execute(query).scalars())
        if not ids:
            return
        last = ids[-1]
        yield list(read(connection, ids))


def read(connection: Connection, ids: list[int]) -> Iterator[tuple[int, list[str]]]:
    """The texts of the customers with these ids."""
    people: dict[int, list[tuple[str, str, str]]] = {}
    query: Any = select(contact.c.customer_id, contact.c.name, contact.c.phone, contact.c.mobile)
    for customer_id, *person in connection.execute(query.where(among(contact.c.customer_id, ids))):
        people.setdefault(customer_id, []).append((person[0], person[1], person[2]))
    more: dict[int, list[str]] = {}
    searched = (
        select(custom_value.c.record_id, custom_value.c.text_value)
        .join(custom_field, custom_field.c.id == custom_value.c.field_id)
        .where(
            custom_field.c.record == "customer",
            custom_field.c.is_searchable.is_(True),
            custom_field.c.is_active.is_(True),
            among(custom_value.c.record_id, ids),
        )
        .order_by(custom_field.c.position, custom_field.c.id)
    )
    for row in connection.execute(searched):
        more.setdefault(row.record_id, []).append(row.text_value or "")
    table = customer.c
    columns = (table.id, table.code, table.name, table.short_name, table.phone, table.phone2)
    for row in connection.execute(select(*columns).where(among(table.id, ids))):
        own, beside = people.get(row.id, ()), more.get(row.id, ())
        yield row.id, texts_of(row.code, row.name, row.short_name, row.phone, own, row.phone2, beside)


def names(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    """The names of customers and of their contacts, without what else they are found by."""
    table = customer.c
    labels = select(table.id, table.name, table.short_name).where(among(table.id, ids))
    found: dict[int, list[str]] = {row[0]: [row[1], row[2]] for row in connection.execute(labels)}
    people = select(contact.c.customer_id, contact.c.name).where(among(contact.c.customer_id, ids))
    for customer_id, label in connection.execute(people):
        found[customer_id].append(label)
    return found
