"""The values of a customer that can be chosen at a merge: his declared fields and the book's own ones."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import money
from crmdesk.models.fields import Field
from crmdesk.models.specs.customers import CUSTOMER
from crmdesk.models.tables.customers import customer
from crmdesk.services import settings
from crmdesk.services.custom_fields import FORMULA, PREFIX, declared
from crmdesk.services.custom_readings import of_record

FIELDS: dict[str, Field] = {field.name: field for field in CUSTOMER if field.name != "code"}
"""By name: everything but the code, which goes on to mean the survivor."""
EMPTIED = tuple(name for name in FIELDS if name not in ("name", "kind"))
_DECIDED = ("name", "kind", "currency", "credit_limit", "terms_days", "level")
GAPS = tuple(name for name in FIELDS if name not in _DECIDED)
"""Fields that a merged customer fills where the survivor has nothing; prices and terms only change by choice."""


def own_fields(connection: Connection) -> dict[str, Field]:
    """The book's own fields of customers by their name in lists (`own.budget`); what a formula gives is not chosen."""
    return {entry.column: entry.field for entry in declared(connection, "customer") if entry.kind != FORMULA}


def fills(field: Field, value: Any, sides: Collection[str]) -> bool:
    """Whether a value can fill a gap of the survivor. A link to one of the customers that become one (`sides`: their
    codes) cannot: it would lead to the survivor himself."""
    return value not in (None, "") and not (field.link == "customer" and value in sides)


def stored_values(connection: Connection, customer_id: int) -> dict[str, Any]:
    """A customer's values by field: text, dates, whole numbers, the credit limit as a Decimal; those of own fields in
    the form that `fields` of a use case takes."""
    row = connection.execute(select(customer).where(customer.c.id == customer_id)).mappings().one()
    found: dict[str, Any] = {}
    for name in FIELDS:
        if name == "credit_limit":
            minor = row["credit_limit_minor"]
            currency = row["currency"] or settings.load(connection).currency
            found[name] = None if minor is None else money.to_decimal(minor, currency)
        else:
            found[name] = row[name]
    own = own_fields(connection)
    if own:
        currency = row["currency"] or settings.load(connection).currency
        values = of_record(connection, "customer", customer_id, currency)
        found |= {name: values.get(name.removeprefix(PREFIX)) for name in own}
    return found
