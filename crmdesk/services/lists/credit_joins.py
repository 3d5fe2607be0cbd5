"""What the list of customers asks of their credit: rows that Python reckons when a filter or the sort asks for them."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import ColumnElement, Connection, Integer, Text, and_, func

from crmdesk.models.tables.customers import customer
from crmdesk.services import exposure, settings
from crmdesk.services.dialect import given_rows
from crmdesk.services.lists.columns import Join

RISK = given_rows("customer_risk", customer_id=Integer(), grade=Text())
"""Grades are reckoned for all at once."""
_ABROAD = given_rows("customer_abroad", customer_id=Integer(), minor=Integer())
"""What customers with a credit limit owe in other currencies, in their own: few have any."""


def over_limit(at_home: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the row's customer owes more than his limit; `at_home` is what he owes in his own currency."""
    owed = at_home + func.coalesce(_ABROAD.c.minor, 0, type_=Integer())
    return and_(customer.c.credit_limit_minor.is_not(None), owed > customer.c.credit_limit_minor)


def _supply_risk(connection: Connection, today: date) -> dict[str, str]:
    return _risk(connection, today, None)


def _risk(connection: Connection, today: date, ids: list[int] | None) -> dict[str, str]:
    from crmdesk.services import credit  # it reads open items by this package's words

    return {"customer_risk": json.dumps(list(credit.grades(connection, today, ids).items()))}


def _supply_abroad(connection: Connection, today: date) -> dict[str, str]:
    return _abroad(connection, today, None)


def _abroad(connection: Connection, today: date, ids: list[int] | None) -> dict[str, str]:
    found = exposure.foreign(connection, today, settings.load(connection).currency, ids)
    return {"customer_abroad": json.dumps([(owner, owed.minor) for owner, owed in found.items()])}


JOINS = {
    "abroad": Join(
        _ABROAD, _ABROAD.c.customer_id == customer.c.id, supply=_supply_abroad, supply_some=_abroad
    ),
    "risk": Join(RISK, RISK.c.customer_id == customer.c.id, supply=_supply_risk, supply_some=_risk),
}
