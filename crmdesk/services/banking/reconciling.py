"""An account in the book beside the account at the bank, as at any date: both balances and what lies between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.banking import bank_entry, bank_file, bank_line, bank_match
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.ledger import money_account, posting
from crmdesk.services import settings
from crmdesk.services.banking import states
from crmdesk.services.posted import REVERSAL
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Between:
    """Something that only one side has: a bank line (`side` bank) or a movement of the book (`side` book)."""

    side: str
    dated_on: date
    amount_minor: int
    kind: str
    """A line's state, or the kind of the movement's document."""
    number: str
    who: str
    text: str
    line_id: int | None = None
    document_id: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """One account in one currency. Bank balance and difference are None where no file gave a balance."""

    account: str
    name: str
    currency: str
    as_of: date
    book_minor: int
    bank_minor: int | None
    bank_on: date | None
    """The day that `bank_minor` is the balance of: the date asked for, or the last one that files came in for."""
    between: tuple[Between, ...]

    def sum_of(self, side: str) -> int:
        """What only one side has, added up."""
        return sum(one.amount_minor for one in self.between if one.side == side)

    @property
    def difference_minor(self) -> int | None:
        """What nothing explains: bank − (book + lines not booked − movements not in the bank)."""
        if self.bank_minor is None:
            return None
        return self.bank_minor - (self.book_minor + self.sum_of("bank") - self.sum_of("book"))


def account_row(connection: Connection, code: str) -> Any:
    """The money account with that code, or NotFound."""
    rows = {row.code: row for row in connection.execute(select(money_account).order_by(money_account.c.id))}
    if code.strip() not in rows:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no money account “{code}”. Known: {known}.").format(
                code=code[:40], known=", ".join(rows)
            ),
            field="account",
        )
    return rows[code.strip()]


def currencies_of(connection: Connection, account: Any) -> list[str]:
    """The currencies that an account has files or movements in; the book's where it has none."""
    found = set(
        connection.execute(
            select(bank_file.c.currency).where(bank_file.c.money_account_id == account.id).distinct()
        ).scalars()
    ) | set(
        connection.execute(
            select(posting.c.currency).where(posting.c.money_account_id == account.id).distinct()
        ).scalars()
    )
    return sorted(found) or [account.currency or settings.load(connection).currency]


def kept_accounts(connection: Connection) -> list[tuple[str, str]]:
    """(account, currency) of every money account that bank statements were imported for."""
    query = (
        select(money_account.c.code, bank_file.c.currency)
        .join(bank_file, bank_file.c.money_account_id == money_account.c.id)
        .distinct()
        .order_by(money_account.c.code, bank_file.c.currency)
    )
    return [(code, currency) for code, currency in connection.execute(query)]


def position(connection: Connection, code: str, currency: str, as_of: date) -> Position:
    """Both sides of an account as at a date."""
    account = account_row(connection, code)
    book = connection.execute(
        select(func.coalesce(func.sum(posting.c.amount_minor), 0)).where(
            posting.c.money_account_id == account.id,
            posting.c.currency == currency,
            posting.c.dated_on <= as_of,
        )
    ).scalar_one()
    bank, bank_on, start = _bank_balance(connection, account.id, currency, as_of)
    between = [
        *_only_bank(connection, account.id, currency, as_of),
        *(_only_book(connection, account.id, currency, start, as_of) if start is not None else ()),
    ]
    between.sort(key=lambda one: (one.side, one.dated_on, one.line_id or one.document_id or 0))
    return Position(account.code, account.name, currency, as_of, book, bank, bank_on, tuple(between))


def _bank_balance(
    connection: Connection, account_id: int, currency: str, as_of: date
) -> tuple[int | None, date | None, date | None]:
    """(balance, its day, the first day of the files): the nearest closing balance and the lines after it."""
    table = bank_file.c
    files = connection.execute(
        select(table.id, table.from_on, table.to_on, table.opening_minor, table.closing_minor)
        .where(table.money_account_id == account_id, table.currency == currency, table.from_on <= as_of)
        .order_by(table.to_on, table.id)
    ).all()
    if not files:
        return None, None, None
    first = min(row.from_on for row in files)
    last = min(max(row.to_on for row in files), as_of)
    closed = [row for row in files if row.closing_minor is not None and row.to_on <= as_of]
    opened = [row for row in files if row.opening_minor is not None]
    lines = select(func.coalesce(func.sum(bank_line.c.amount_minor), 0)).where(
        bank_line.c.money_account_id == account_id,
        bank_line.c.currency == currency,
        bank_line.c.booked_on <= as_of,
    )
    if closed:
        closing = closed[-1]
        # a sheet may be downloaded at noon: what is left of its last day comes with a file that goes on
        going_on = [row.id for row in files if row.id > closing.id and row.to_on > closing.to_on]
        after = (bank_line.c.booked_on > closing.to_on) | (
            (bank_line.c.booked_on == closing.to_on) & bank_line.c.file_id.in_(going_on)
        )
        return closing.closing_minor + connection.execute(lines.where(after)).scalar_one(), last, first
    if opened:
        # a day's opening balance stands before the lines of that day
        earliest = min(opened, key=lambda row: row.from_on)
        after = connection.execute(lines.where(bank_line.c.booked_on >= earliest.from_on)).scalar_one()
        return earliest.opening_minor + after, last, first
    return None, None, first


def _only_bank(connection: Connection, account_id: int, currency: str, as_of: date) -> list[Between]:
    """Lines that nothing stood for in the book on that day."""
    stood = (
        select(bank_match.c.id)
        .outerjoin(document, document.c.id == bank_match.c.document_id)
        .outerjoin(bank_entry, bank_entry.c.id == bank_match.c.entry_id)
        .where(
            bank_match.c.bank_line_id == bank_line.c.id,
            states.IS_LIVE_MATCH,
            func.coalesce(document.c.dated_on, bank_entry.c.dated_on) <= as_of,
        )
        .correlate(bank_line)
        .exists()
    )
    query = (
        select(bank_line, states.STATE.label("state"))
        .where(
            bank_line.c.money_account_id == account_id,
            bank_line.c.currency == currency,
            bank_line.c.booked_on <= as_of,
            bank_line.c.amount_minor != 0,
            ~stood,
        )
        .order_by(bank_line.c.booked_on, bank_line.c.id)
    )
    return [
        Between(
            "bank", row.booked_on, row.amount_minor, row.state, row.reference, row.payer, row.text, row.id
        )
        for row in connection.execute(query)
    ]


def _only_book(
    connection: Connection, account_id: int, currency: str, start: date, as_of: date
) -> list[Between]:
    """Movements since the first file that no line up to that day stands for; what was reversed by then is out."""
    shown = (
        select(bank_match.c.id)
        .join(bank_line, bank_line.c.id == bank_match.c.bank_line_id)
        .where(
            (bank_match.c.document_id == posting.c.source_id)
            | (bank_match.c.entry_id == posting.c.source_id),
            states.IS_LIVE_MATCH,
            bank_line.c.booked_on <= as_of,
        )
        .correlate(posting)
        .exists()
    )
    own, own_entry = document.alias(), bank_entry.alias()
    later = document.alias()
    later_entry = bank_entry.alias()
    kind = func.coalesce(
        document.c.kind, case((bank_entry.c.origin_id.is_(None), "bank"), else_="bank" + REVERSAL)
    )
    query = (
        select(
            posting.c.source_id,
            posting.c.dated_on,
            posting.c.amount_minor,
            kind.label("kind"),
            func.coalesce(document.c.number, bank_entry.c.number).label("number"),
            func.coalesce(customer.c.name, "").label("who"),
            func.coalesce(document.c.reference, bank_entry.c.note).label("text"),
        )
        .join_from(posting, document, document.c.id == posting.c.source_id, isouter=True)
        .outerjoin(bank_entry, bank_entry.c.id == posting.c.source_id)
        .outerjoin(customer, customer.c.id == posting.c.customer_id)
        .where(
            posting.c.money_account_id == account_id,
            posting.c.currency == currency,
            posting.c.dated_on.between(start, as_of),
            ~shown,
            # a pair of a movement and its reversal, both of the time looked at, says nothing
            ~select(later.c.id)
            .where(
                later.c.origin_id == posting.c.source_id,
                later.c.kind == document.c.kind + REVERSAL,
                later.c.dated_on <= as_of,
            )
            .correlate(posting, document)
            .exists(),
            ~select(own.c.id)
            .where(
                own.c.id == document.c.origin_id,
                document.c.kind == own.c.kind + REVERSAL,
                own.c.dated_on >= start,
            )
            .correlate(document)
            .exists(),
            ~select(later_entry.c.id)
            .where(later_entry.c.origin_id == posting.c.source_id, later_entry.c.dated_on <= as_of)
            .correlate(posting)
            .exists(),
            ~select(own_entry.c.id)
            .where(own_entry.c.id == bank_entry.c.origin_id, own_entry.c.dated_on >= start)
            .correlate(bank_entry)
            .exists(),
        )
        .order_by(posting.c.dated_on, posting.c.source_id)
    )
    return [
        Between(
            "book",
            row.dated_on,
            row.amount_minor,
            row.kind,
            row.number,
            row.who,
            row.text,
            document_id=row.source_id,
        )
        for row in connection.execute(query)
    ]
