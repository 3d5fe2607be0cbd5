"""Looking customers up by code: the first step of every document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, select

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.tables.customers import customer
from crmdesk.services import merged_codes
from crmdesk.services.units import Unit
from crmdesk.text import _


class CustomerRow(NamedTuple):
    """What a document needs to know of its customer."""

    id: int
    code: str
    name: str
    currency: str
    """The customer's own currency, or the book's."""
    terms_days: int
    """Days until an invoice is due: the customer's, or the book's."""
    is_active: bool
    credit_limit_minor: int | None
    """In the customer's currency; None is no limit."""
    version: int = 0
    level: str = ""
    discount_terms: str = ""
    """Of a settlement discount, as an invoice for him gets them (“2/10 n/30”)."""


_CODES_PER_QUERY = 500
_BY_CODES = select(
    customer.c.id,
    customer.c.code,
    customer.c.name,
    customer.c.currency,
    customer.c.terms_days,
    customer.c.is_active,
    customer.c.credit_limit_minor,
    customer.c.version,
    customer.c.level,
    customer.c.discount_terms,
).where(customer.c.code.in_(bindparam("codes", expanding=True)))


def find(unit: Unit, code: str, field: str = "customer") -> CustomerRow:
    """The customer with this code, or NotFound `customer_missing`. Looked up once per unit.

    Never flushes: a customer made in this unit is in the cache already.
    """
    code = code.strip()
    found = unit.cache.get((customer, code))
    if found is None:
        prefetch(unit, (code,))
        found = unit.cache.get((customer, code))
    if found is None and (survivor := merged_codes.current_code(unit.connection, code)):
        return find(unit, survivor, field)
    if found is None:
        raise NotFound(
            Code.CUSTOMER_MISSING,
            _("There is no customer with the code “{code}”. Create it first, or check the code.").format(
                code=code[:60]
            ),
            field=field,
        )
    return found


def find_active(unit: Unit, code: str, field: str = "customer") -> CustomerRow:
    """As `find`; a deactivated customer is refused `inactive` (no new documents for it)."""
    found = find(unit, code, field)
    if not found.is_active:
        raise Conflict(
            Code.INACTIVE,
            _("The customer {code} {name} is deactivated. Activate it before using it.").format(
                code=found.code, name=found.name
            ),
            field=field,
        )
    return found


def prefetch(unit: Unit, codes: Iterable[str]) -> None:
    """Looks up many customers at once; an import does so for all its rows. Unknown codes are passed over."""
    missing = sorted({code.strip() for code in codes if (customer, code.strip()) not in unit.cache})
    for start in range(0, len(missing), _CODES_PER_QUERY):
        block = missing[start : start + _CODES_PER_QUERY]
        for row in unit.connection.execute(_BY_CODES, {"codes": block}):
            remember(unit, *row)


def ids_of(
    unit: Unit, one: str | None, many: Iterable[str] | None, expression: str | None = None
) -> list[int]:
    """Ids of the customers that a use case names by `customer`, `customers` or `filter`; one of them is required.

    The filter is one of the customers list, as the book stands now.
    """
    codes = [*([one] if one else []), *(many or [])]
    if not codes and not (expression or "").strip():
        raise InvalidInput(
            Code.REQUIRED, _("“{field}” is required.").format(field="customer"), field="customer"
        )
    prefetch(unit, codes)
    ids = [find(unit, code).id for code in codes]
    if expression and expression.strip():
        from crmdesk.services import lists  # the lists read customers by this package's words

        unit.flush_all()
        ids += lists.ids(unit.connection, lists.Query("customers", filter=expression))
    return list(dict.fromkeys(ids))


def remember(
    unit: Unit,
    record_id: int,
    code: str,
    name: str,
    currency: str,
    terms_days: int | None,
    is_active: bool,
    credit_limit_minor: int | None,
    version: int,
    level: str = "",
    discount_terms: str = "",
) -> CustomerRow:
    """Puts a customer into the unit's cache, with the book's defaults where it has none of its own."""
    settings = unit.settings
    found = CustomerRow(
        record_id,
        code,
        name,
        currency or settings.currency,
        settings.terms_days if terms_days is None else terms_days,
        is_active,
        credit_limit_minor,
        version,
        level,
        discount_terms,
    )
    unit.cache[(customer, code)] = found
    return found


def forget(unit: Unit, code: str) -> None:
    """Drops a customer from the unit's cache after a change."""
    unit.cache.pop((customer, code), None)
