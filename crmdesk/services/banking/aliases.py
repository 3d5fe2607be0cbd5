"""Payer aliases: whose money a name or an account brings, learnt from what somebody confirmed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from crmdesk.models import text_keys
from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import CUSTOMER
from crmdesk.models.tables.banking import payer_alias
from crmdesk.services import customers
from crmdesk.services.banking.accounts import is_telling, plain_account
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

NAME, ACCOUNT = "name", "account"
_FIELDS = (
    CUSTOMER,
    Field("name", Kind.TEXT, N_("Payer")),
    Field("account", Kind.TEXT, N_("Account of the payer")),
)
_ERRORS = (Code.CUSTOMER_MISSING, Code.REQUIRED, Code.NOT_FOUND)


def keys_of(name: str, account: str) -> list[tuple[str, str, str]]:
    """(kind, key, as written) of what can be learnt of a payer; a hidden account (1234****) tells nothing."""
    keys: list[tuple[str, str, str]] = []
    key = text_keys.name_key(name) if name else ""
    if len(key) > 1 and "*" not in name:
        keys.append((NAME, key, name))
    if is_telling(account) and "*" not in account:
        keys.append((ACCOUNT, plain_account(account), account))
    return keys


def learn(unit: Unit, customer_id: int, name: str, account: str) -> list[str]:
    """Remembers name and account as paying for a customer; gives what is new as it was written."""
    new: list[str] = []
    for kind, key, shown in keys_of(name, account):
        known = unit.first(
            select(payer_alias.c.id).where(
                payer_alias.c.kind == kind, payer_alias.c.key == key, payer_alias.c.customer_id == customer_id
            )
        )
        if known is None:
            record_id = unit.next_id()
            unit.add(payer_alias, id=record_id, kind=kind, key=key, shown=shown, customer_id=customer_id)
            unit.note("payer_alias", record_id, None, {"kind": kind, "shown": shown})
            new.append(shown)
    return new


@use_case(
    "bank.learn",
    fields=_FIELDS,
    summary=N_("Remember that a name or an account on bank statements pays for a customer."),
    errors=_ERRORS,
)
def learn_alias(unit: Unit, *, customer: str, name: str | None, account: str | None) -> dict[str, Any]:
    """Learns an alias by hand; what is known already changes nothing."""
    found = customers.find(unit, customer)
    if not keys_of(name or "", account or ""):
        raise InvalidInput(
            Code.REQUIRED,
            _("Give a name of at least two signs or an account of at least four digits."),
            field="name",
        )
    return {"customer": found.code, "learnt": learn(unit, found.id, name or "", account or "")}


@use_case(
    "bank.forget",
    fields=_FIELDS,
    summary=N_("Forget that a name or an account pays for a customer; without either all of his."),
    errors=_ERRORS,
)
def forget(unit: Unit, *, customer: str, name: str | None, account: str | None) -> dict[str, Any]:
    """Removes aliases of a customer; `not_found` when there is none such."""
    found = customers.find(unit, customer)
    given = {(kind, key) for kind, key, _shown in keys_of(name or "", account or "")}
    rows = unit.execute(select(payer_alias).where(payer_alias.c.customer_id == found.id)).all()
    gone = [row for row in rows if (not name and not account) or (row.kind, row.key) in given]
    if not gone:
        raise NotFound(
            Code.NOT_FOUND,
            _("{customer} has no such payer. Known: {known}.").format(
                customer=found.code, known=", ".join(row.shown for row in rows[:10]) or "–"
            ),
            field="name",
        )
    for row in gone:
        unit.execute(delete(payer_alias).where(payer_alias.c.id == row.id))
        unit.note("payer_alias", row.id, {"kind": row.kind, "shown": row.shown}, None)
    return {"customer": found.code, "forgotten": [row.shown for row in gone]}
