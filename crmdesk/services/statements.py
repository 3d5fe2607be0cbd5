"""Statements of account (对账单): what one customer was billed, paid and owes, as at any date.

Everything is decided by the events dated on or before the end date, and by nothing later. Amounts in minor units;
`as_json` writes them as the decimal strings that cli.md promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.specs.documents import SILENT_KINDS, STATEMENT_LINES
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.services import deposits, merged_codes, settings
from crmdesk.services.book import Book
from crmdesk.services.posted import REVERSAL
from crmdesk.services.reports import ageing
from crmdesk.services.settled import settled_by_document
from crmdesk.text import _

BALANCE_FORWARD, OPEN_ITEM, TRANSACTIONS = "balance-forward", "open-item", "transactions"
STYLES = (BALANCE_FORWARD, OPEN_ITEM, TRANSACTIONS)

# kind of document -> kind of statement line
LINE_KINDS = {
    "opening": "opening",
    "opening_reversal": "void",
    "invoice": "invoice",
    "invoice_reversal": "void",
    "credit": "credit",
    "credit_reversal": "void",
    "payment": "payment",
    "payment_reversal": "payment_reversal",
    "refund": "refund",
    "refund_reversal": "refund_reversal",
    "writeoff": "writeoff",
    "writeoff_reversal": "writeoff_reversal",
    "transfer": "transfer_in",
    "transfer_reversal": "transfer_in_reversal",
    "transfer_out": "transfer_out",
    "transfer_out_reversal": "transfer_out_reversal",
    "deposit_applied": "deposit_applied",
    "deposit_applied_reversal": "deposit_applied_reversal",
    "discount": "discount",
    "discount_reversal": "discount",
}
_SILENT = (*SILENT_KINDS, *(kind + REVERSAL for kind in SILENT_KINDS))
_VOIDS = tuple(kind + REVERSAL for kind in ("invoice", "credit", "opening"))


class Line(NamedTuple):
    """One line of a statement, in minor units. `open_minor` is None where nothing of it is open."""

    dated_on: date
    kind: str
    number: str
    text: str
    """The document's own words (reason, reference); the kind's name is translated by who shows it."""
    debit_minor: int
    credit_minor: int
    balance_minor: int
    due_on: date | None
    open_minor: int | None
    document_id: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One customer's account in one currency over a period."""

    customer_id: int
    customer: str
    name: str
    currency: str
    date_from: date
    date_to: date
    style: str
    opening_minor: int
    lines: tuple[Line, ...]
    closing_minor: int
    ageing: ageing.Row
    deposits_minor: int = 0
    """Deposits (押金) held at the end date: a liability of ours, no part of the balance."""


_COLUMNS = (
    document.c.id,
    document.c.kind,
    document.c.number,
    document.c.currency,
    document.c.dated_on,
    document.c.due_on,
    document.c.effect_minor,
    document.c.discount_minor,
    document.c.origin_id,
    document.c.reference,
    document.c.reason,
    document.c.ground,
)


def of_customer(
    connection: Connection,
    code: str,
    *,
    date_from: date | None = None,
    date_to: date | None = None,
    style: str = BALANCE_FORWARD,
    buckets: tuple[int, ...] = ageing.DEFAULT_BUCKETS,
) -> list[Statement]:
    """The statements of a customer, one per currency that he has entries in (at least one, maybe empty)."""
    if style not in STYLES:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="style", value=style, choices=", ".join(STYLES)
            ),
            field="style",
        )
    owner = merged_codes.find_customer(connection, code)
    to = date_to or clock.today()
    if date_from is not None and date_from > to:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The period begins ({start}) after it ends ({end}).").format(
                start=date_from.isoformat(), end=to.isoformat()
            ),
            field="from",
        )
    settled = settled_by_document(connection, owner.id, to)
    by_currency: dict[str, list[_Entry]] = {}
    for entry in _entries(connection, owner.id, to):
        by_currency.setdefault(entry.currency, []).append(entry)
    held = deposits.held_by_currency(connection, owner.id, to)
    for currency in held:
        by_currency.setdefault(currency, [])
    if not by_currency:
        by_currency[owner.currency or settings.load(connection).currency] = []
    aged = {
        row.currency: row for row in ageing.rows(connection, as_of=to, buckets=buckets, customer_id=owner.id)
    }
    result = []
    for currency in sorted(by_currency):
        entries = by_currency[currency]
        start = date_from or (entries[0].dated_on if entries else to)
        build = _open_items if style == OPEN_ITEM else _activity
        opening, lines = build(entries, start, settled)
        result.append(
            Statement(
                owner.id,
                owner.code,
                owner.name,
                currency,
                start,
                to,
                style,
                opening,
                tuple(lines),
                lines[-1].balance_minor if lines else opening,
                aged.get(currency) or ageing.empty_row(owner.id, owner.code, owner.name, currency, buckets),
                held.get(currency, 0),
            )
        )
    return result


class _Entry(NamedTuple):
    """A document's row as the query gives it."""

    id: int
    kind: str
    number: str
    currency: str
    dated_on: date
    due_on: date | None
    effect_minor: int
    discount_minor: int
    origin_id: int | None
    reference: str
    reason: str
    ground: str


def open_lines(connection: Connection, customer_id: int, currency: str, on: date) -> list[Line]:
    """The lines of an open-item statement in one currency, without what else stands on it."""
    entries = [entry for entry in _entries(connection, customer_id, on) if entry.currency == currency]
    return _open_items(entries, on, settled_by_document(connection, customer_id, on))[1]


def _entries(connection: Connection, customer_id: int, to: date) -> list[_Entry]:
    rows = connection.execute(
        select(*_COLUMNS)
        .where(
            document.c.customer_id == customer_id,
            document.c.dated_on <= to,
            document.c.kind.not_in(_SILENT),
        )
        .order_by(document.c.dated_on, document.c.id)
    )
    return list(map(_Entry._make, rows))


def _hidden(entries: Iterable[_Entry]) -> set[int]:
    """Documents voided on their own date: neither they nor their void are shown."""
    backs = [entry for entry in entries if entry.kind in _VOIDS]
    if not backs:
        return set()
    dates = {entry.id: entry.dated_on for entry in entries}
    hidden: set[int] = set()
    for back in backs:
        if back.origin_id is not None and dates.get(back.origin_id) == back.dated_on:
            hidden |= {back.id, back.origin_id}
    return hidden


def _reversed_ids(entries: Iterable[_Entry]) -> set[int | None]:
    return {entry.origin_id for entry in entries if entry.kind.endswith(REVERSAL)}


_OPENABLE = frozenset({"invoice", "opening", "payment", "credit", "transfer"})
_ROUNDING = "rounding"
"""The ground of a payment whose difference between money and settled amount is no discount but rounded cash."""


def _activity(entries: list[_Entry], start: date, settled: dict[int, int]) -> tuple[int, list[Line]]:
    hidden, reversed_ids = _hidden(entries), _reversed_ids(entries)
    opening = sum(entry.effect_minor for entry in entries if entry.dated_on < start)
    balance = opening
    lines: list[Line] = []
    for row in entries:
        (
            row_id,
            kind,
            number,
            _currency,
            dated_on,
            due_on,
            effect,
            discount,
            _origin,
            reference,
            reason,
            ground,
        ) = row
        if dated_on < start or row_id in hidden:
            continue
        left: int | None = None
        if kind in _OPENABLE and row_id not in reversed_ids:
            left = _open_minor(kind, effect, settled.get(row_id, 0))
        taken = 0
        if discount and kind in ("payment", "payment_reversal"):
            taken = discount if kind == "payment_reversal" else -discount
        amount = effect - taken
        balance += amount
        lines.append(
            Line(
                dated_on,
                LINE_KINDS[kind],
                number,
                reason or reference,
                amount if amount > 0 else 0,
                -amount if amount < 0 else 0,
                balance,
                due_on,
                left,
                row_id,
            )
        )
        if taken:
            balance += taken
            lines.append(
                Line(
                    dated_on,
                    _ROUNDING if ground == _ROUNDING else "discount",
                    number,
                    "",
                    taken if taken > 0 else 0,
                    -taken if taken < 0 else 0,
                    balance,
                    due_on,
                    None,
                    row_id,
                )
            )
    return opening, lines


def _open_minor(kind: str, effect_minor: int, settled_minor: int) -> int | None:
    """What is open of a document at the end date: positive for debits, negative for credits, None for nothing."""
    left = abs(effect_minor) - settled_minor
    if left <= 0:
        return None
    return left if effect_minor >= 0 and kind != "payment" else -left


def _open_items(entries: list[_Entry], _start: date, settled: dict[int, int]) -> tuple[int, list[Line]]:
    reversed_ids = _reversed_ids(entries)
    balance = 0
    lines: list[Line] = []
    for row in entries:
        if row.kind not in _OPENABLE or row.id in reversed_ids:
            continue
        used = settled.get(row.id, 0)
        left = _open_minor(row.kind, row.effect_minor, used)
        if left is None:
            continue
        balance += left
        original = abs(row.effect_minor)
        lines.append(
            Line(
                row.dated_on,
                LINE_KINDS[row.kind],
                row.number,
                row.reason or row.reference,
                original if left > 0 else used,
                used if left > 0 else original,
                balance,
                row.due_on,
                left,
                row.id,
            )
        )
    return 0, lines


def as_json(
    book: Book,
    code: str,
    *,
    date_from: date | None = None,
    date_to: date | None = None,
    style: str = BALANCE_FORWARD,
    translate: Callable[[str], str] = _,
) -> list[dict[str, Any]]:
    """The statement as the plain data of cli.md: a list, one object per currency."""
    with book.read() as connection:
        statements = of_customer(connection, code, date_from=date_from, date_to=date_to, style=style)
    return [to_json(statement, translate) for statement in statements]


def describe(line: Line, translate: Callable[[str], str] = _) -> str:
    """The words of a line: what it is, and the document's own words."""
    name = translate(STATEMENT_LINES[line.kind])
    return f"{name} {line.text}".strip()


def to_json(statement: Statement, translate: Callable[[str], str] = _) -> dict[str, Any]:
    """One statement as plain data."""
    currency = statement.currency

    def plain(minor: int) -> str:
        return money.plain(minor, currency)

    return {
        "customer": statement.customer,
        "name": statement.name,
        "currency": currency,
        "from": statement.date_from.isoformat(),
        "to": statement.date_to.isoformat(),
        "style": statement.style,
        "opening": plain(statement.opening_minor),
        "lines": [
            {
                "date": line.dated_on.isoformat(),
                "kind": line.kind,
                "number": line.number,
                "description": describe(line, translate),
                "debit": plain(line.debit_minor),
                "credit": plain(line.credit_minor),
                "balance": plain(line.balance_minor),
                "due": line.due_on.isoformat() if line.due_on else None,
                "open": plain(line.open_minor) if line.open_minor is not None else None,
            }
            for line in statement.lines
        ],
        "closing": plain(statement.closing_minor),
        "ageing": ageing.row_json(statement.ageing),
        "deposits": plain(statement.deposits_minor),
    }


def customers_with_entries(connection: Connection, date_to: date | None = None) -> list[str]:
    """Codes of every customer with an entry up to a date, in order."""
    query = (
        select(customer.c.code)
        .where(
            customer.c.id.in_(
                select(document.c.customer_id)
                .where(document.c.dated_on <= (date_to or clock.today()))
                .distinct()
            )
        )
        .order_by(customer.c.code)
    )
    return list(connection.execute(query).scalars())
