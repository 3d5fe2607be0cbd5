"""Money accounts: where payments arrive (cash box, bank account, wallet) and which one a method uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional, pick
from crmdesk.models.specs.documents import METHODS
from crmdesk.models.specs.products import MONEY_ACCOUNT
from crmdesk.models.tables.ledger import account, money_account
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

BILL = "bill"
FALLBACK_METHOD = "bank"
"""A method without an account of its own (a cheque, a card) arrives here."""


@dataclass(frozen=True, slots=True)
class MoneyAccountRow:
    """What a payment needs to know of its money account."""

    id: int
    account_id: int
    """The ledger account it posts to."""
    code: str
    name: str
    method: str
    currency: str
    """Empty: takes every currency."""
    is_default: bool
    is_active: bool


def resolve(
    unit: Unit, method: str, account_code: str | None = None, field: str = "account"
) -> MoneyAccountRow:
    """The account a payment of this method goes to: the named one, the method's default, or the bank's.

    Raises NotFound `not_found` for an unknown code or when there is no active account, Conflict `inactive`.
    """
    accounts = _all(unit)
    if account_code:
        found = accounts.get(account_code.strip())
        if found is None:
            raise _unknown(account_code, accounts, field)
        if not found.is_active:
            raise Conflict(
                Code.INACTIVE,
                _("The money account {code} is deactivated. Choose another one.").format(code=found.code),
                field=field,
            )
        return found
    active = [
        account
        for account in accounts.values()
        if account.is_active and (account.method != BILL or method == BILL)  # bills are no money
    ]
    if not active:
        raise NotFound(
            Code.NOT_FOUND, _("There is no active money account. Create one in the settings."), field=field
        )
    order = {method: 0, FALLBACK_METHOD: 1}
    return min(active, key=lambda account: (order.get(account.method, 2), not account.is_default, account.id))


def of_payment(unit: Unit, method: str | None, account_code: str | None) -> tuple[str, MoneyAccountRow]:
    """Method and account of money that moves: without a method the account's own, without either the bank's, or where
    no bank account is active those of the account the money goes to instead.

    Raises as `resolve` does, and InvalidInput `invalid_choice` for an account of another method than the one given. A
    method that has no account of its own (a cheque, a card) may use any.
    """
    found = resolve(unit, method or FALLBACK_METHOD, account_code)
    if account_code and method and method != found.method:
        own = [one.code for one in _all(unit).values() if one.method == method and one.is_active]
        if own:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _(
                    "The money account {code} is not one for “{method}”. Leave the method out, or choose {known}."
                ).format(code=found.code, method=_method_words(method), known=", ".join(own)),
                field="account",
            )
    return method or found.method, found


def _method_words(method: str) -> str:
    return next((_(choice.label) for choice in METHODS if choice.value == method), method)


def _unknown(code: str, accounts: Iterable[str], field: str) -> NotFound:
    return NotFound(
        Code.NOT_FOUND,
        _("There is no money account “{code}”. Known: {known}.").format(
            code=code[:60], known=", ".join(accounts)
        ),
        field=field,
    )


def all_accounts(connection: Connection) -> list[MoneyAccountRow]:
    """Every money account, oldest first, inactive ones too."""
    table = money_account.c
    columns = (
        table.id,
        table.account_id,
        table.code,
        table.name,
        table.method,
        table.currency,
        table.is_default,
        table.is_active,
    )
    return [MoneyAccountRow(*row) for row in connection.execute(select(*columns).order_by(table.id))]


def forget(unit: Unit) -> None:
    """Drops the unit's cached accounts after a change."""
    unit.cache.pop(money_account, None)


def _all(unit: Unit) -> dict[str, MoneyAccountRow]:
    accounts: dict[str, MoneyAccountRow] | None = unit.cache.get(money_account)
    if accounts is None:
        unit.flush()
        accounts = unit.cache[money_account] = {row.code: row for row in all_accounts(unit.connection)}
    return accounts


_ROLES = {"cash": "cash", "bank": "bank", "cheque": "bank", "bill": "bills"}
"""Ledger accounts by method; every other method is a wallet."""


@use_case(
    "money_account.create",
    fields=MONEY_ACCOUNT,
    summary=N_("Add a money account: a cash box, a bank account, a wallet."),
    errors=(Code.DUPLICATE, Code.REQUIRED, Code.CURRENCY_UNKNOWN),
)
def create(
    unit: Unit,
    *,
    code: str,
    name: str,
    method: str,
    currency: str | None = None,
    bank_account: str | None = None,
    is_default: bool | None = None,
) -> dict[str, Any]:
    """Adds an account; the first one of a method is its default."""
    accounts = _all(unit)
    if code in accounts:
        raise Conflict(
            Code.DUPLICATE, _("There is a money account “{code}” already.").format(code=code), field="code"
        )
    role = _ROLES.get(method, "wallet")
    ledger_id = unit.execute(select(account.c.id).where(account.c.role == role)).scalar_one()
    has_default = any(one.method == method and one.is_default for one in accounts.values())
    record_id = unit.next_id()
    unit.add(
        money_account,
        id=record_id,
        code=code,
        name=name,
        method=method,
        account_id=ledger_id,
        currency=currency or "",
        bank_account=bank_account or "",
        is_default=bool(is_default) or not has_default,
        is_active=True,
    )
    if is_default and has_default:
        _only_default(unit, method, record_id)
    forget(unit)
    unit.note("money_account", record_id, None, {"code": code, "name": name, "method": method})
    return {"code": code}


_ACCOUNT = Field("account", Kind.LINK, N_("Money account"), required=True, link="money_account")


@use_case(
    "money_account.update",
    fields=(_ACCOUNT, *optional(pick(MONEY_ACCOUNT, "name", "currency", "bank_account", "is_default"))),
    summary=N_("Change a money account. Its code and method stay, since payments refer to them."),
    errors=(Code.NOT_FOUND, Code.INACTIVE),
)
def change(unit: Unit, *, account: str, **values: Any) -> dict[str, Any]:
    """Changes what is given."""
    found = resolve(unit, "", account)
    if found.is_default and values.get("is_default") is False:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("Make another account the default of this method instead."),
            field="is_default",
        )
    changed = {name: value for name, value in values.items() if value is not None}
    if changed:
        unit.execute(update(money_account).where(money_account.c.id == found.id).values(**changed))
        if changed.get("is_default"):
            _only_default(unit, found.method, found.id)
        forget(unit)
        unit.note("money_account", found.id, {"name": found.name}, changed)
    return {"code": found.code}


@use_case(
    "money_account.deactivate",
    fields=(_ACCOUNT,),
    summary=N_("Deactivate a money account: it keeps its history and takes no new payments."),
    errors=(Code.NOT_FOUND, Code.INACTIVE, Code.IN_USE),
)
def deactivate(unit: Unit, *, account: str) -> dict[str, Any]:
    """Deactivates an account; the last active one stays. Another of its method becomes the default."""
    found = resolve(unit, "", account)
    others = [one for one in _all(unit).values() if one.is_active and one.id != found.id]
    if found.method != BILL and all(one.method == BILL for one in others):
        raise Conflict(
            Code.IN_USE, _("This is the last active money account. Add another one first."), field="account"
        )
    unit.execute(
        update(money_account).where(money_account.c.id == found.id).values(is_active=False, is_default=False)
    )
    heirs = [one.id for one in others if one.method == found.method]
    if found.is_default and heirs:
        unit.execute(update(money_account).where(money_account.c.id == min(heirs)).values(is_default=True))
    forget(unit)
    unit.note("money_account", found.id, {"is_active": True}, {"is_active": False})
    return {"code": found.code}


@use_case(
    "money_account.activate",
    fields=(_ACCOUNT,),
    summary=N_("Activate a deactivated money account again."),
    errors=(Code.NOT_FOUND,),
)
def activate(unit: Unit, *, account: str) -> dict[str, Any]:
    """Activates an account; doing so twice changes nothing."""
    found = _all(unit).get(account.strip())
    if found is None:
        raise _unknown(account, _all(unit), "account")
    if not found.is_active:
        unit.execute(update(money_account).where(money_account.c.id == found.id).values(is_active=True))
        forget(unit)
        unit.note("money_account", found.id, {"is_active": False}, {"is_active": True})
    return {"code": found.code}


def _only_default(unit: Unit, method: str, record_id: int) -> None:
    table = money_account.c
    unit.execute(
        update(money_account).where(table.method == method, table.id != record_id).values(is_default=False)
    )
