"""Accounting vouchers (凭证) for the accountant's program (用友, 金蝶 …): the ledger in his codes and columns.

A voucher is one entry, or all entries of a day and kind added up by account and customer. Each balances; they are
numbered from 1 every month; over a period their sums are those of the trial balance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import ALLOCATED, EVENTS, MONEY_ACCOUNT
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.ledger import account, money_account, posting
from crmdesk.services import money_accounts, settings
from crmdesk.services.templates import CUSTOMER_CREDIT, DEPOSIT, RECEIVABLE
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

WORD = "记"
"""凭证字: 记账凭证, the one word of books that do not tell receipts and payments apart."""
_WITH_CUSTOMER = frozenset({RECEIVABLE, CUSTOMER_CREDIT, DEPOSIT})


def _money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, width=14)


FIELDS = (
    Field("date", Kind.DATE, "日期", width=10),
    Field("word", Kind.TEXT, "凭证字", width=6),
    Field("number", Kind.INTEGER, "凭证号", width=6),
    Field("summary", Kind.TEXT, "摘要", width=30),
    Field("code", Kind.CODE, "科目编码", width=10),
    Field("name", Kind.TEXT, "科目名称", width=18),
    _money("debit", "借方金额"),
    _money("credit", "贷方金额"),
    Field("customer", Kind.CODE, "客户", width=12),
    Field("currency", Kind.CURRENCY, "币种", width=6),
    _money("original", "原币"),
    Field("rate", Kind.RATE, "汇率", width=8),
)
"""The columns as importers of accounting programs name them; so in every language."""


@use_case(
    "account.code_set",
    fields=(
        Field("role", Kind.CODE, N_("Role of the account")),
        MONEY_ACCOUNT,
        Field("code", Kind.CODE, N_("Account code"), required=True, length_max=40),
        Field("name", Kind.TEXT, N_("Account name"), length_max=60),
        Field("auxiliary", Kind.BOOLEAN, N_("Kept by customer")),
    ),
    summary=N_("Say which account of the accountant's chart an account of this book is, for vouchers."),
    errors=(Code.REQUIRED, Code.NOT_FOUND),
)
def set_code(
    unit: Unit, *, role: str | None, account: str | None, code: str, name: str | None, auxiliary: bool | None
) -> dict[str, Any]:
    """Names code (and name) of an account by its role, or of one money account. `auxiliary`: 客户 is filled in."""
    if (role is None) == (account is None):
        raise InvalidInput(Code.REQUIRED, _("Name either a role or a money account."), field="role")
    if account is not None:
        key = "account:" + money_accounts.resolve(unit, "", account).code
    else:
        known = list(unit.execute(select(_account.c.role).order_by(_account.c.code)).scalars())
        if role not in known:
            raise NotFound(
                Code.NOT_FOUND,
                _("There is no account with the role “{role}”. Known: {known}.").format(
                    role=str(role)[:40], known=", ".join(known)
                ),
                field="role",
            )
        key = str(role)
    codes = dict(unit.settings.voucher_accounts)
    before = codes.get(key)
    codes[key] = {"code": code} | ({"name": name} if name else {})
    if auxiliary is not None:
        codes[key]["auxiliary"] = auxiliary
    unit.save_settings(voucher_accounts=codes)
    unit.note("company", 0, {"voucher_account": {key: before}}, {"voucher_account": {key: codes[key]}})
    return {"account": key, "code": code}


_account = account


@dataclass(frozen=True, slots=True)
class Coded:
    """An account of this book (`key`: its role, or `account:CODE`) and what vouchers call it."""

    key: str
    own_code: str
    own_name: str
    code: str
    """The accountant's; empty where our own is written."""
    name: str
    is_by_customer: bool
    """Whether 客户 is filled in."""

    @property
    def money_account(self) -> str:
        """The code of the money account; empty for an account of the ledger."""
        return self.key.removeprefix("account:") if self.key.startswith("account:") else ""


def coded(connection: Connection) -> tuple[Coded, ...]:
    """Every account that a voucher may name, with the codes chosen for it; money accounts last."""
    codes: dict[str, Any] = settings.load(connection).voucher_accounts
    roles = connection.execute(
        select(account.c.role, account.c.code, account.c.name).order_by(account.c.code)
    )
    found = [(row.role, row.code, row.name, row.role in _WITH_CUSTOMER) for row in roles]
    money = select(money_account.c.code, account.c.code.label("own"), money_account.c.name).join(
        account, account.c.id == money_account.c.account_id
    )
    for row in connection.execute(money.order_by(money_account.c.id)):
        found.append((f"account:{row.code}", row.own, row.name, False))
    return tuple(
        Coded(
            key,
            code,
            name,
            codes.get(key, {}).get("code", ""),
            codes.get(key, {}).get("name", ""),
            codes.get(key, {}).get("auxiliary", is_usual),
        )
        for key, code, name, is_usual in found
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a voucher; amounts in minor units of its currency, one of debit and credit is 0."""

    dated_on: date
    number: int
    summary: str
    code: str
    name: str
    debit_minor: int
    credit_minor: int
    customer: str
    currency: str


def lines(
    connection: Connection, start: date | None, end: date, *, is_summed: bool = False
) -> Iterator[Line]:
    """The vouchers of a period, line by line in order. `is_summed`: one voucher per day, kind and currency."""
    codes: dict[str, Any] = settings.load(connection).voucher_accounts
    month: tuple[int, int] | None = None
    number = 0
    rows = _summed(connection, start, end) if is_summed else _entries(connection, start, end)
    for _key, group in groupby(rows, key=lambda row: row.voucher):
        legs = list(group)
        if (legs[0].dated_on.year, legs[0].dated_on.month) != month:
            month, number = (legs[0].dated_on.year, legs[0].dated_on.month), 0
        number += 1
        for row in legs:
            yield _line(row, number, codes)


def _line(row: Any, number: int, codes: dict[str, Any]) -> Line:
    chosen = codes.get(f"account:{row.money_code}") or codes.get(row.role) or {}
    is_by_customer = chosen.get("auxiliary", row.role in _WITH_CUSTOMER)
    return Line(
        row.dated_on,
        number,
        _summary(row),
        chosen.get("code") or row.account_code,
        chosen.get("name") or row.money_name or row.account_name,
        max(row.amount, 0),
        max(-row.amount, 0),
        row.customer if is_by_customer else "",
        row.currency,
    )


def _summary(row: Any) -> str:
    """摘要: what it is, its number, whose."""
    words = _(EVENTS.get(row.kind, ALLOCATED).label)
    return " ".join(part for part in (words, row.number, row.owner) if part)


def _source(start: date | None, end: date) -> tuple[Any, Any, list[Any]]:
    source = func.abs(posting.c.source_id)
    joined = (
        posting.join(account, account.c.id == posting.c.account_id)
        .join(customer, customer.c.id == posting.c.customer_id)
        .outerjoin(money_account, money_account.c.id == posting.c.money_account_id)
        .outerjoin(document, document.c.id == source)
    )
    where = [posting.c.dated_on <= end]
    if start is not None:
        where.append(posting.c.dated_on >= start)
    return source, joined, where


def _entries(connection: Connection, start: date | None, end: date) -> Iterator[Any]:
    source, joined, where = _source(start, end)
    query = (
        select(
            posting.c.source_id.label("voucher"),
            posting.c.dated_on,
            document.c.kind,
            document.c.number,
            customer.c.code.label("customer"),
            customer.c.name.label("owner"),
            account.c.role,
            account.c.code.label("account_code"),
            account.c.name.label("account_name"),
            func.coalesce(money_account.c.code, "").label("money_code"),
            func.coalesce(money_account.c.name, "").label("money_name"),
            posting.c.currency,
            posting.c.amount_minor.label("amount"),
        )
        .select_from(joined)
        .where(*where)
        .order_by(posting.c.dated_on, source, posting.c.source_id, posting.c.position)
        .execution_options(yield_per=5_000)
    )
    yield from connection.execute(query)


class _Summed:
    """A row of a summed voucher, in the shape of an entry's row."""

    __slots__ = (
        "account_code", "account_name", "amount", "currency", "customer", "dated_on", "kind", "money_code",
        "money_name", "number", "owner", "role", "voucher",
    )  # fmt: skip

    def __init__(self, row: Any, amount: int) -> None:
        for name in ("dated_on", "kind", "role", "account_code", "account_name", "money_code", "money_name"):
            setattr(self, name, getattr(row, name))
        self.currency, self.customer, self.amount = row.currency, row.customer, amount
        self.number = self.owner = ""
        self.voucher = (row.dated_on, row.kind, row.currency)


def _summed(connection: Connection, start: date | None, end: date) -> Iterator[Any]:
    """One voucher per day, kind and currency: debits and credits of an account apart, so that the sums of a period
    stay those of the trial balance; receivables and the like by customer."""
    _source_id, joined, where = _source(start, end)
    kind = func.coalesce(document.c.kind, ALLOCATED.value)
    owner = case((account.c.role.in_(_WITH_CUSTOMER), customer.c.code), else_="")
    amount = posting.c.amount_minor
    is_debit = amount > 0
    keys = (
        posting.c.dated_on,
        kind,
        posting.c.currency,
        account.c.code,
        money_account.c.code,
        owner,
        is_debit,
    )
    query = (
        select(
            posting.c.dated_on,
            kind.label("kind"),
            owner.label("customer"),
            func.min(account.c.role).label("role"),
            account.c.code.label("account_code"),
            func.min(account.c.name).label("account_name"),
            func.coalesce(money_account.c.code, "").label("money_code"),
            func.coalesce(func.min(money_account.c.name), "").label("money_name"),
            posting.c.currency,
            func.sum(amount).label("amount"),
        )
        .select_from(joined)
        .where(*where)
        .group_by(*keys)
        .order_by(posting.c.dated_on, kind, posting.c.currency, is_debit.desc(), account.c.code, owner)
        .execution_options(yield_per=5_000)
    )
    for row in connection.execute(query):
        yield _Summed(row, row.amount)


def rows(
    connection: Connection, start: date | None, end: date, *, is_summed: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The lines in the order of FIELDS. In the book's own currency the original amount and the rate stay empty."""
    own = settings.load(connection).currency
    for one in lines(connection, start, end, is_summed=is_summed):
        is_own = one.currency == own
        yield (
            one.dated_on,
            WORD,
            one.number,
            one.summary,
            one.code,
            one.name,
            one.debit_minor or None,
            one.credit_minor or None,
            one.customer,
            one.currency,
            None if is_own else one.debit_minor or one.credit_minor,
            None,
        )
