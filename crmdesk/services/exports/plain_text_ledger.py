"""The whole ledger for beancount and hledger: one account per customer and side, named by id, the code as metadata.

cli.md, "Exports": customer codes may hold what beancount rejects, so accounts carry ids.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models import money
from crmdesk.models.tables.banking import bank_entry
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import allocation, document
from crmdesk.models.tables.exchange import base_entry
from crmdesk.models.tables.ledger import account, money_account, posting
from crmdesk.services import settings
from crmdesk.services.ledger import LATE
from crmdesk.services.outgoing import whole_file
from crmdesk.services.templates import (
    BAD_DEBT,
    BANK,
    BILLS,
    CASH,
    CUSTOMER_CREDIT,
    DEPOSIT,
    EXCHANGE,
    FINANCE_COST,
    OPENING,
    OTHER_INCOME,
    PAYABLE,
    RECEIVABLE,
    REVENUE,
    ROUNDING,
    TAX,
    WALLET,
)

_ACCOUNTS = {
    CASH: "Assets:Cash",
    BANK: "Assets:Bank",
    WALLET: "Assets:Wallet",
    BILLS: "Assets:Bills",
    RECEIVABLE: "Assets:Receivable",
    CUSTOMER_CREDIT: "Liabilities:CustomerCredit",
    TAX: "Liabilities:Tax",
    OPENING: "Equity:Opening",
    REVENUE: "Income:Sales",
    OTHER_INCOME: "Income:Other",
    FINANCE_COST: "Expenses:Finance",
    BAD_DEBT: "Expenses:BadDebt",
    ROUNDING: "Expenses:Rounding",
    EXCHANGE: "Assets:Exchange",
    DEPOSIT: "Liabilities:Deposits",
    PAYABLE: "Liabilities:Payable",
}
_TRANSLATION = "Equity:Translation"
"""Where a value changes without any amount (revaluation, a rate given late): no journal has a posting of nothing."""


def _name(row: Any) -> str:
    if _is_translation(row):
        return _TRANSLATION
    base = _ACCOUNTS[row.role]
    if row.role in (RECEIVABLE, CUSTOMER_CREDIT):
        return f"{base}:C{row.customer_id}"
    return f"{base}:M{row.money_account_id}" if row.money_account_id else base


def _is_translation(row: Any) -> bool:
    return row.amount_minor == 0 and row.role not in (OTHER_INCOME, FINANCE_COST)


def _amount(leg: Any, own: str) -> str:
    """A leg's amount; of a foreign one with its whole value in the book's currency, which every entry balances in.

    A leg without an amount is an exchange difference, in the book's currency itself.
    """
    if leg.amount_minor == 0:
        return f"{money.plain(leg.base_minor, own)} {own}"
    written = f"{money.plain(leg.amount_minor, leg.currency)} {leg.currency}"
    if leg.currency == own or leg.base_minor is None:
        return written
    return f"{written} @@ {money.plain(abs(leg.base_minor), own)} {own}"


def _clean(text: str) -> str:
    """One line without control characters, for a comment or a quoted string."""
    return "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text).strip()


def _quoted(text: str) -> str:
    return '"' + _clean(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _postings(connection: Connection) -> Iterator[Any]:
    """Every leg in date and posting order with what names its entry."""
    source = func.abs(posting.c.source_id)
    query = (
        select(
            posting.c.dated_on,
            posting.c.source_id,
            account.c.role,
            posting.c.money_account_id,
            posting.c.customer_id,
            posting.c.currency,
            posting.c.amount_minor,
            posting.c.base_minor,
            document.c.kind,
            document.c.number,
            bank_entry.c.number.label("entry_number"),
            allocation.c.id.label("allocation_id"),
            base_entry.c.kind.label("base_kind"),
        )
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .join(document, document.c.id == source, isouter=True)
        .join(allocation, allocation.c.id == source, isouter=True)
        .join(bank_entry, bank_entry.c.id == source, isouter=True)
        .join(base_entry, base_entry.c.id == source, isouter=True)
        .order_by(posting.c.dated_on, source, posting.c.source_id, posting.c.position)
        .execution_options(yield_per=5000)
    )
    yield from connection.execute(query)


def _opened(connection: Connection) -> Iterator[tuple[str, date, int | None]]:
    """(account, first date, customer id) of every account in use."""
    is_empty = case((posting.c.amount_minor == 0, 0), else_=1)
    query = (
        select(
            account.c.role,
            posting.c.money_account_id,
            posting.c.customer_id,
            is_empty.label("amount_minor"),
            func.min(posting.c.dated_on).label("first_on"),
        )
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .group_by(account.c.role, posting.c.money_account_id, posting.c.customer_id, is_empty)
    )
    first: dict[str, tuple[date, int | None]] = {}
    for row in connection.execute(query):
        is_customers = row.role in (RECEIVABLE, CUSTOMER_CREDIT) and not _is_translation(row)
        owner = row.customer_id if is_customers else None
        name = _name(row)
        if name not in first or row.first_on < first[name][0]:
            first[name] = (row.first_on, owner)
    for name in sorted(first):
        yield name, *first[name]


def _entries(connection: Connection) -> Iterator[tuple[date, str, list[Any]]]:
    for _key, group in groupby(_postings(connection), key=lambda row: (row.dated_on, row.source_id)):
        legs = list(group)
        head = legs[0]
        words = f"{head.kind} {head.number}" if head.kind else f"allocation {head.allocation_id}"
        if head.entry_number:
            words = f"bank {head.entry_number}"
        if head.base_kind:
            words = "exchange rate given late" if head.base_kind == LATE else head.base_kind
        yield head.dated_on, words.replace("_", " "), legs


def _customers(connection: Connection) -> dict[int, tuple[str, str]]:
    rows = connection.execute(select(customer.c.id, customer.c.code, customer.c.name))
    return {row[0]: (row[1], row[2]) for row in rows}


def _money_names(connection: Connection) -> dict[str, str]:
    return {
        f"M{row.id}": f"{row.code} {row.name}"
        for row in connection.execute(select(money_account.c.id, money_account.c.code, money_account.c.name))
    }


def beancount_lines(connection: Connection) -> Iterator[str]:
    """The ledger in beancount's syntax."""
    own = settings.load(connection)
    names = _customers(connection)
    accounts = _money_names(connection)
    yield f'option "title" {_quoted(own.name)}'
    yield f'option "operating_currency" "{own.currency}"'
    # A whole value (@@) is kept as a price per unit of 28 digits: what that rounds is no difference.
    yield 'option "inferred_tolerance_default" "*:0.00000001"'
    yield ""
    for name, first_on, owner in _opened(connection):
        yield f"{first_on.isoformat()} open {name}"
        if owner is not None:
            code, words = names[owner]
            yield f"  customer: {_quoted(code)}"
            yield f"  name: {_quoted(words)}"
        elif name.rpartition(":")[2] in accounts:
            yield f"  name: {_quoted(accounts[name.rpartition(':')[2]])}"
    for when, words, legs in _entries(connection):
        yield ""
        yield f"{when.isoformat()} * {_quoted(words)}"
        for leg in legs:
            yield f"  {_name(leg)}  {_amount(leg, own.currency)}"


def hledger_lines(connection: Connection) -> Iterator[str]:
    """The ledger in hledger's journal syntax."""
    own = settings.load(connection)
    names = _customers(connection)
    accounts = _money_names(connection)
    currencies = list(
        connection.execute(select(posting.c.currency).distinct().order_by(posting.c.currency)).scalars()
    )
    yield f"; {_clean(own.name)}"
    for currency in sorted({*currencies, own.currency}):
        yield f"commodity {money.plain(0, currency) if money.digits(currency) else '0.'} {currency}"
    yield ""
    for name, _first_on, owner in _opened(connection):
        note = accounts.get(name.rpartition(":")[2], "")
        if owner is not None:
            code, words = names[owner]
            note = f"customer: {_tag(code)}, name: {_tag(words)}"
        yield f"account {name}" + (f"  ; {_clean(note)}" if note else "")
    for when, words, legs in _entries(connection):
        yield ""
        yield f"{when.isoformat()} * {_clean(words).replace(';', ' ')}"
        for leg in legs:
            yield f"    {_name(leg)}  {_amount(leg, own.currency)}"


def _tag(text: str) -> str:
    """A tag's value ends at a comma in hledger."""
    return _clean(text).replace(",", "，")


FORMATS = {"beancount": beancount_lines, "hledger": hledger_lines}


def write(target: Path, lines: Iterable[str]) -> Path:
    """Writes the lines as UTF-8 with LF, whole or not at all."""
    with whole_file(target) as draft, draft.open("w", encoding="utf-8", newline="\n") as stream:
        for line in lines:
            stream.write(line + "\n")
    return target
