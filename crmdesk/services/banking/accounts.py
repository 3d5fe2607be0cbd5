"""Which money account a statement is of, and whether a file's account can be it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.specs.documents import METHODS
from crmdesk.models.tables.banking import bank_file
from crmdesk.models.tables.ledger import money_account
from crmdesk.services import money_accounts
from crmdesk.services.banking import wallets
from crmdesk.services.units import Unit
from crmdesk.text import _

_TAIL_MIN = 6
_MASK = re.compile(r"[*＊xX•]{2,}")


@dataclass(frozen=True, slots=True)
class Owner:
    """A money account as a statement is compared with it."""

    id: int
    code: str
    method: str
    currency: str
    bank_account: str
    is_active: bool


def plain_account(text: str) -> str:
    """Letters and digits of an account, in capitals."""
    return "".join(sign for sign in text.upper() if sign.isalnum() or sign in "@*")


def is_same(one: str, other: str) -> bool:
    """Whether two writings may be one account: equal, one the end of the other (an IBAN holds the number), or equal
    but for the hidden middle (1234****9876)."""
    masked, full = (one, other) if _MASK.search(one) else (other, one)
    if _MASK.search(masked):
        parts = _MASK.split(masked)
        head, tail, whole = plain_account(parts[0]), plain_account(parts[-1]), plain_account(full)
        if _MASK.search(full):
            whole_parts = _MASK.split(full)
            return head == plain_account(whole_parts[0]) and tail == plain_account(whole_parts[-1])
        return whole.startswith(head) and whole.endswith(tail)
    short, long = sorted((plain_account(one), plain_account(other)), key=len)
    return short == long or (len(short) >= _TAIL_MIN and long.endswith(short))


def is_telling(account: str) -> bool:
    """Whether what the file calls its account can be compared at all (a nickname cannot)."""
    return "@" in account or sum(sign.isdigit() for sign in account) >= 4


class Owners:
    """Finds the money account of each statement of one import."""

    def __init__(self, unit: Unit, given: str) -> None:
        self._unit = unit
        table = money_account.c
        columns = (table.id, table.code, table.method, table.currency, table.bank_account, table.is_active)
        self._all = [Owner(*row) for row in unit.connection.execute(select(*columns).order_by(table.id))]
        self._given = money_accounts.resolve(unit, "", given).id if given else None
        self._accounts: dict[int, str] = {}
        self._learnt: dict[str, str] = {}

    def of(self, account: str, currency: str, method: str) -> Owner:
        """The money account of a statement.

        Raises InvalidInput `required` when it cannot be told, Conflict `account_differs` or `currency_mixed` when the
        file is of another account or currency than the money account.
        """
        owner = self._find(account, method)
        self._require_kind(owner, method)
        known = owner.bank_account or self._earlier(owner)
        if known and is_telling(account) and is_telling(known) and not is_same(known, account):
            raise Conflict(
                Code.ACCOUNT_DIFFERS,
                _("The file is of account {file}, the money account {code} is {own}.").format(
                    file=account, code=owner.code, own=known
                ),
                field="account",
                hint=_("Choose another money account, or correct its bank account in the settings."),
            )
        if owner.currency and currency and owner.currency != currency:
            raise Conflict(
                Code.CURRENCY_MIXED,
                _("The file is in {file}, the money account {code} in {own}.").format(
                    file=currency, code=owner.code, own=owner.currency
                ),
                field="account",
                hint=_("Choose another money account; currencies are not mixed."),
            )
        if account:
            if not known and is_telling(account):
                self._learnt[owner.code] = account
            self._accounts.setdefault(owner.id, account)
        return owner

    def learnt(self) -> tuple[tuple[str, str], ...]:
        """(money account, account) of those that this import gives a number for the first time."""
        return tuple(self._learnt.items())

    def _require_kind(self, owner: Owner, method: str) -> None:
        """A wallet takes no bank's file, and no other account a wallet's. A sheet that does not say goes anywhere."""
        kind = owner.method if owner.method in (*wallets.METHODS, "cash") else "bank"
        if method and method != kind:
            names = {choice.value: _(choice.label) for choice in METHODS}
            raise Conflict(
                Code.ACCOUNT_DIFFERS,
                _("The file is of {file}, the money account {code} is of {own}.").format(
                    file=names[method], code=owner.code, own=names[kind]
                ),
                field="account",
                hint=_("Choose another money account."),
            )

    def _find(self, account: str, method: str) -> Owner:
        if self._given is not None:
            return next(owner for owner in self._all if owner.id == self._given)
        active = [owner for owner in self._all if owner.is_active]
        if is_telling(account):
            own = [owner for owner in active if owner.bank_account and is_same(owner.bank_account, account)]
            if len(own) == 1:
                return own[0]
        fitting = [
            owner for owner in active if owner.method == (method if method in wallets.METHODS else "bank")
        ]
        if len(fitting) == 1:
            return fitting[0]
        raise InvalidInput(
            Code.REQUIRED,
            _("The money account of the file{account} is not clear. Known: {known}.").format(
                account=f" ({account})" if account else "", known=", ".join(one.code for one in active)
            ),
            field="account",
            hint=_("Name it (--account), or write the bank account into the settings of the money account."),
        )

    def _earlier(self, owner: Owner) -> str:
        """The account that this file's or earlier files' statements of a money account named."""
        if owner.id not in self._accounts:
            query = (
                select(bank_file.c.account)
                .where(bank_file.c.money_account_id == owner.id, bank_file.c.account != "")
                .order_by(bank_file.c.id.desc())
                .limit(1)
            )
            found: Any = self._unit.execute(query).scalar()
            if found:
                self._accounts[owner.id] = found
        return self._accounts.get(owner.id, "")
