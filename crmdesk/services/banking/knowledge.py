"""What matching knows of a book, gathered once for any number of lines: customers, open items, unmatched movements.

A handful of queries whatever the number of lines; days are kept as the numbers they are stored as (20260331), which
are cheap to read by the hundred thousand and compare like dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Integer, select, type_coerce

from crmdesk.models import text_keys
from crmdesk.models.discount_terms import Terms
from crmdesk.models.tables.banking import bank_match, payer_alias
from crmdesk.models.tables.customers import billing_profile, contact, customer
from crmdesk.models.tables.documents import document, open_item, payment
from crmdesk.services import settlement_discounts
from crmdesk.services.banking import states
from crmdesk.services.open_items import DEBIT
from crmdesk.services.posted import REVERSAL

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-_./#][A-Za-z0-9]+)*")
_NAME_MIN = 3
_NAME_MIN_LATIN = 5
_NUMBER_MIN = 5
_MARKS = str.maketrans("", "", "-_./# ")


@dataclass(slots=True)
class OpenDebit:
    """An open invoice or opening balance; `open_minor` shrinks while lines take their part."""

    document_id: int
    customer_id: int
    currency: str
    number: str
    dated_on: int
    due_on: int
    open_minor: int
    last_event_on: int
    terms: Terms | None = None
    """Of the settlement discount that the invoice offers."""


@dataclass(slots=True)
class Movement:
    """A payment or refund of a money account that no bank line stands for."""

    document_id: int
    kind: str
    number: str
    customer_id: int
    currency: str
    dated_on: int
    moved_minor: int
    payer: str
    reference: str
    money_account_id: int


@dataclass(frozen=True, slots=True)
class Named:
    """A customer as it is told to people."""

    id: int
    code: str
    name: str


@dataclass(slots=True)
class Knowledge:
    """Everything by what it is looked up by."""

    customers: dict[int, Named] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    name_lengths: tuple[int, ...] = ()
    """Lengths of the names that may be looked for within a text."""
    by_tax_number: dict[str, list[int]] = field(default_factory=dict)
    by_phone: dict[str, list[int]] = field(default_factory=dict)
    by_account: dict[str, list[int]] = field(default_factory=dict)
    aliases: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    debits: dict[tuple[int, str], list[OpenDebit]] = field(default_factory=dict)
    by_number: dict[str, list[OpenDebit]] = field(default_factory=dict)
    by_amount: dict[tuple[str, int], list[OpenDebit]] = field(default_factory=dict)
    credits: dict[tuple[int, str], list[OpenDebit]] = field(default_factory=dict)
    movements: dict[tuple[int, str, int], list[Movement]] = field(default_factory=dict)
    """By money account, currency and amount."""

    def names_in(self, key: str) -> list[str]:
        """Customers' name keys that stand within a text's key, the longest only where one holds another."""
        found: list[str] = []
        for place in range(len(key)):
            for length in self.name_lengths:
                end = place + length
                if end > len(key):
                    break
                if key[place:end] in self.by_name:
                    found.append(key[place:end])
        found = [one for one in found if _is_long_enough(one)]
        return [one for one in found if not any(one != other and one in other for other in found)]

    def debits_named(self, text: str) -> list[OpenDebit]:
        """Open items whose number stands in a text as a whole word, with its prefix or without."""
        found: dict[int, OpenDebit] = {}
        for match in _TOKEN.finditer(text):
            token = match[0].upper()
            hits = self.by_number.get(token)
            parts = [token] if hits else token.split("/")
            for part in parts:
                for debit in self.by_number.get(part, ()):
                    found[debit.document_id] = debit
        return list(found.values())


def _is_long_enough(key: str) -> bool:
    """Whether a name is long enough to be told from any other words."""
    return len(key) >= (_NAME_MIN_LATIN if key.isascii() else _NAME_MIN)


def spellings(number: str) -> set[str]:
    """How people write a number: INV-2026-0001, INV20260001, 2026-0001. Short bare digits are no number."""
    plain = number.upper().strip()
    joined = plain.translate(_MARKS)
    found = {plain, joined}
    prefix, _dash, rest = plain.partition("-")
    if prefix.isalpha() and "-" in rest:
        found.add(rest)
    return {one for one in found if not one.isdigit() or len(one) >= _NUMBER_MIN}


def gather(connection: Connection, *, from_on: int, to_on: int) -> Knowledge:
    """Reads the book; movements only of the days that lines may belong to."""
    known = Knowledge()
    _customers(connection, known)
    for kind, key, customer_id in connection.execute(
        select(payer_alias.c.kind, payer_alias.c.key, payer_alias.c.customer_id)
    ):
        known.aliases.setdefault((kind, key), []).append(customer_id)
    _open_items(connection, known)
    _movements(connection, known, from_on, to_on)
    return known


def _customers(connection: Connection, known: Knowledge) -> None:
    table = customer.c
    query = select(
        table.id, table.code, table.name, table.name_key, table.short_name, table.tax_number, table.phone_key
    ).where(table.is_active)
    for record_id, code, name, key, short, tax_number, phone in connection.execute(query):
        known.customers[record_id] = Named(record_id, code, name)
        keys = {key, text_keys.name_key(short)} if short else {key}
        for one in keys:
            known.by_name.setdefault(one, []).append(record_id)
        if tax_number:
            known.by_tax_number.setdefault(tax_number.replace(" ", "").upper(), []).append(record_id)
        if phone:
            known.by_phone.setdefault(phone, []).append(record_id)
    known.name_lengths = tuple(sorted({len(key) for key in known.by_name if _is_long_enough(key)}))
    for record_id, phone, mobile in connection.execute(
        select(contact.c.customer_id, contact.c.phone, contact.c.mobile)
    ):
        for written in (phone, mobile):
            key = text_keys.phone_key(written) if written else ""
            if key and record_id in known.customers and record_id not in known.by_phone.setdefault(key, []):
                known.by_phone[key].append(record_id)
    profile = billing_profile.c
    for record_id, tax_number, account in connection.execute(
        select(profile.customer_id, profile.tax_number, profile.bank_account)
    ):
        for written, target in ((tax_number, known.by_tax_number), (account, known.by_account)):
            key = "".join(sign for sign in written.upper() if sign.isalnum())
            if key and record_id in known.customers and record_id not in target.setdefault(key, []):
                target[key].append(record_id)


def _open_items(connection: Connection, known: Knowledge) -> None:
    item = open_item.c
    query = (
        select(
            item.document_id,
            item.customer_id,
            item.currency,
            document.c.number,
            type_coerce(item.dated_on, Integer),
            type_coerce(item.due_on, Integer),
            item.open_minor,
            type_coerce(item.last_event_on, Integer),
            item.side,
            document.c.terms,
        )
        .join_from(open_item, document, document.c.id == item.document_id)
        .where(item.open_minor > 0)
        .order_by(item.dated_on, item.document_id)
    )
    for row in connection.execute(query):
        values: Any = row[:-2]
        one, side, stored = OpenDebit(*values), row[-2], row[-1]
        if stored is not None and "settlement" in stored:
            one.terms = settlement_discounts.terms_in(stored)
        one.due_on = one.due_on or one.dated_on
        if side != DEBIT:
            known.credits.setdefault((one.customer_id, one.currency), []).append(one)
            continue
        known.debits.setdefault((one.customer_id, one.currency), []).append(one)
        known.by_amount.setdefault((one.currency, one.open_minor), []).append(one)
        for spelling in spellings(one.number):
            known.by_number.setdefault(spelling, []).append(one)


def _movements(connection: Connection, known: Knowledge, from_on: int, to_on: int) -> None:
    back = document.alias()
    taken = select(bank_match.c.document_id).where(
        bank_match.c.document_id.is_not(None), states.IS_LIVE_MATCH
    )
    day = type_coerce(document.c.dated_on, Integer)
    query = (
        select(
            document.c.id,
            document.c.kind,
            document.c.number,
            document.c.customer_id,
            document.c.currency,
            day,
            payment.c.received_minor - payment.c.fee_minor,
            payment.c.payer,
            document.c.reference,
            payment.c.money_account_id,
        )
        .join_from(document, payment, payment.c.document_id == document.c.id)
        .where(
            document.c.kind.in_(("payment", "refund")),
            day.between(from_on, to_on),
            document.c.id.not_in(taken),
            ~select(back.c.id)
            .where(
                back.c.origin_id == document.c.id,
                back.c.kind.in_(("payment" + REVERSAL, "refund" + REVERSAL)),
            )
            .exists(),
        )
        .order_by(document.c.dated_on, document.c.id)
    )
    for row in connection.execute(query):
        one = Movement(*row)
        known.movements.setdefault((one.money_account_id, one.currency, one.moved_minor), []).append(one)
