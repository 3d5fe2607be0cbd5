"""What the window's page of bank lines reads: accounts, the account's standing with every suggestion, one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models import clock
from crmdesk.models.tables.banking import (
    bank_entry,
    bank_file,
    bank_ignored,
    bank_line,
    bank_match,
    payer_alias,
)
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, open_item
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.models.tables.ledger import money_account
from crmdesk.services import merged_codes
from crmdesk.services.banking import matching, reconciling, states
from crmdesk.services.banking.lines import QUERY, BankLine
from crmdesk.services.banking.matching import Suggestion
from crmdesk.services.banking.reconciling import Position
from crmdesk.services.open_items import CREDIT
from crmdesk.services.posted import REVERSAL

OFFERED_MAX = 50
"""So many payments to tie a line to, or to pay back from, are offered."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A money account that statements came in for, in one of their currencies."""

    code: str
    name: str
    currency: str
    line_count: int
    waiting_count: int


@dataclass(frozen=True, slots=True)
class Desk:
    """The lines of one account (or, without one, of all) as they stand now."""

    account: str
    currency: str
    counts: dict[str, int]
    """Lines by state, all states present."""
    waiting: dict[int, BankLine]
    suggestions: dict[int, Suggestion]
    """For every waiting line, the sure ones among them."""
    position: Position | None
    """Book and bank at the end of the account's files; None for all accounts together."""

    @property
    def sure(self) -> list[tuple[BankLine, Suggestion]]:
        """The lines that may be booked as suggested, oldest first."""
        found = [(self.waiting[key], one) for key, one in self.suggestions.items() if one.is_sure]
        return sorted(found, key=lambda pair: (pair[0].booked_on, pair[0].id))


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the book for a line. `kind` is payment, refund or bank (a fee or interest)."""

    kind: str
    number: str
    how: str
    """booked (made from the line) or linked (was there before)"""
    customer: str
    name: str


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line with where it came from and what became of it."""

    line: BankLine
    value_on: date | None
    file: str
    row: int
    standing: tuple[Standing, ...]
    reason: str
    """Why it was set aside."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A movement to tie a line to, or credit to pay back from; `amount_minor` is what moved or what is free."""

    kind: str
    number: str
    dated_on: date
    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Payer:
    """A name or an account (`kind`) that pays for a customer."""

    customer: str
    name: str
    kind: str
    shown: str


def accounts(connection: Connection) -> list[AccountFacts]:
    """The accounts that have bank lines, each in each of its currencies."""
    query = (
        select(
            money_account.c.code,
            money_account.c.name,
            bank_line.c.currency,
            func.count(),
            func.sum(case((states.IS_NEW, 1), else_=0)),
        )
        .join_from(bank_line, money_account, money_account.c.id == bank_line.c.money_account_id)
        .group_by(money_account.c.id, bank_line.c.currency)
        .order_by(money_account.c.id, bank_line.c.currency)
    )
    return [AccountFacts(*row) for row in connection.execute(query)]


def load(connection: Connection, account: str = "", currency: str = "") -> Desk:
    """The standing of an account in a currency; of all lines together without an account."""
    own: list[Any] = []
    owner: Any = reconciling.account_row(connection, account) if account else None
    if owner is not None:
        own = [bank_line.c.money_account_id == owner.id, bank_line.c.currency == currency]
    counts = dict.fromkeys((states.NEW, states.MATCHED, states.BOOKED, states.IGNORED), 0)
    by_state = select(states.STATE.label("state"), func.count()).select_from(bank_line).where(*own)
    counts |= {row[0]: row[1] for row in connection.execute(by_state.group_by("state"))}
    waiting = [BankLine(*row) for row in connection.execute(QUERY.where(*own, states.IS_NEW))]
    position = None
    if owner is not None:
        last = connection.execute(
            select(bank_file.c.to_on)
            .where(bank_file.c.money_account_id == owner.id, bank_file.c.currency == currency)
            .order_by(bank_file.c.to_on.desc())
            .limit(1)
        ).scalar()
        position = reconciling.position(connection, owner.code, currency, last or clock.today())
    return Desk(
        account,
        currency,
        counts,
        {line.id: line for line in waiting},
        matching.suggest(connection, waiting),
        position,
    )


def line(connection: Connection, line_id: int) -> LineFacts | None:
    """One line with what became of it; None when it is there no more (its import was taken back)."""
    row = connection.execute(QUERY.where(bank_line.c.id == line_id)).first()
    if row is None:
        return None
    more = connection.execute(
        select(bank_line.c.value_on, bank_file.c.name, bank_line.c.row_number, bank_ignored.c.reason)
        .join_from(bank_line, bank_file, bank_file.c.id == bank_line.c.file_id)
        .outerjoin(bank_ignored, bank_ignored.c.bank_line_id == bank_line.c.id)
        .where(bank_line.c.id == line_id)
    ).one()
    matches = connection.execute(
        select(
            func.coalesce(document.c.kind, "bank"),
            func.coalesce(document.c.number, bank_entry.c.number),
            bank_match.c.how,
            func.coalesce(customer.c.code, ""),
            func.coalesce(customer.c.name, ""),
        )
        .outerjoin_from(bank_match, document, document.c.id == bank_match.c.document_id)
        .outerjoin(bank_entry, bank_entry.c.id == bank_match.c.entry_id)
        .outerjoin(customer, customer.c.id == document.c.customer_id)
        .where(bank_match.c.bank_line_id == line_id, states.IS_LIVE_MATCH)
    )
    standing = tuple(Standing(*match) for match in matches)
    return LineFacts(BankLine(*row), more.value_on, more.name, more.row_number, standing, more.reason or "")


def linkable(connection: Connection, wanted: BankLine) -> list[Offer]:
    """Payments (or, for money that went out, refunds) of that account and amount that no line stands for yet, the
    nearest in time first."""
    kind = "payment" if wanted.amount_minor > 0 else "refund"
    back = document.alias()
    query: Any = (
        select(document.c.kind, document.c.number, document.c.dated_on, customer.c.name)
        .join_from(payment_table, document, document.c.id == payment_table.c.document_id)
        .join(customer, customer.c.id == document.c.customer_id)
        .where(
            document.c.kind == kind,
            document.c.currency == wanted.currency,
            payment_table.c.money_account_id == wanted.money_account_id,
            payment_table.c.received_minor - payment_table.c.fee_minor == wanted.amount_minor,
            ~select(back.c.id)
            .where(back.c.origin_id == document.c.id, back.c.kind == kind + REVERSAL)
            .exists(),
            ~select(bank_match.c.id)
            .where(bank_match.c.document_id == document.c.id, states.IS_LIVE_MATCH)
            .exists(),
        )
    )
    rows: Any = connection.execute(query)
    found = [Offer(kind, number, on, name, wanted.amount_minor) for kind, number, on, name in rows]
    return sorted(found, key=lambda one: abs((one.dated_on - wanted.booked_on).days))[:OFFERED_MAX]


def refundable(connection: Connection, wanted: BankLine, customer_code: str = "") -> list[Offer]:
    """Payments and credit notes with at least the line's amount free, what fits exactly first, then the newest;
    those of one customer, where he is known."""
    amount = -wanted.amount_minor
    query = (
        select(
            document.c.kind, document.c.number, document.c.dated_on, customer.c.name, open_item.c.open_minor
        )
        .join_from(open_item, document, document.c.id == open_item.c.document_id)
        .join(customer, customer.c.id == open_item.c.customer_id)
        .where(
            open_item.c.side == CREDIT,
            open_item.c.currency == wanted.currency,
            open_item.c.open_minor >= amount,
            open_item.c.dated_on <= wanted.booked_on,
        )
        .order_by(open_item.c.open_minor != amount, open_item.c.dated_on.desc(), document.c.id.desc())
        .limit(OFFERED_MAX)
    )
    if customer_code:
        query = query.where(customer.c.code == merged_codes.meant(connection, customer_code))
    return [Offer(*row) for row in connection.execute(query)]


def payers(connection: Connection) -> list[Payer]:
    """Everything that was learnt about who pays for whom, by customer."""
    query = (
        select(customer.c.code, customer.c.name, payer_alias.c.kind, payer_alias.c.shown)
        .join_from(payer_alias, customer, customer.c.id == payer_alias.c.customer_id)
        .order_by(customer.c.code, payer_alias.c.id)
    )
    return [Payer(*row) for row in connection.execute(query)]
