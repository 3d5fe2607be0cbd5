"""Money accounts: where payments arrive (cash box, bank account, wallet) and which one a method uses."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from crmdesk.models.errors import Code, Conflict, NotFound
from crmdesk.models.tables.ledger import money_account
from crmdesk.services.units import Unit
from crmdesk.text import _

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


def resolve(unit: Unit, method: str, account_code: str | None = None, field: str = "account") -> MoneyAccountRow:
    """The account a payment of this method goes to: the named one, else the method's default, else the bank's.

    Raises NotFound `not_found` for an unknown code or when there is no active account, Conflict `inactive`.
    """
    accounts = _all(unit)
    if account_code:
        found = accounts.get(account_code.strip())
        if found is None:
            raise NotFound(
                Code.NOT_FOUND,
                _("There is no money account “{code}”. Known: {known}.").format(
                    code=account_code[:60], known=", ".join(accounts)
                ),
                field=field,
            )
        if not found.is_active:
            raise Conflict(
                Code.INACTIVE,
                _("The money account {code} is deactivated. Choose another one.").format(code=found.code),
                field=field,
            )
        return found
    active = [account for account in accounts.values() if account.is_active]
    if not active:
        raise NotFound(
            Code.NOT_FOUND, _("There is no active money account. Create one in the settings."), field=field
        )
    order = {method: 0, FALLBACK_METHOD: 1}
    return min(active, key=lambda account: (order.get(account.method, 2), not account.is_default, account.id))


def forget(unit: Unit) -> None:
    """Drops the unit's cached accounts after a change."""
    unit.cache.pop(money_account, None)


def _all(unit: Unit) -> dict[str, MoneyAccountRow]:
    accounts: dict[str, MoneyAccountRow] | None = unit.cache.get(money_account)
    if accounts is None:
        table = money_account.c
        rows = unit.execute(
            select(
                table.id,
                table.account_id,
                table.code,
                table.name,
                table.method,
                table.currency,
                table.is_default,
                table.is_active,
            ).order_by(table.id)
        )
        accounts = unit.cache[money_account] = {row.code: MoneyAccountRow(*row) for row in rows}
    return accounts
