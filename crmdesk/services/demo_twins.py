"""Customers that the practice company entered twice: the same firm in another spelling, from another hand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from crmdesk.models.tables.customers import customer
from crmdesk.services import use_cases
from crmdesk.services.units import Unit

_LOOKED_AT = 10
_FORMS = ("有限责任公司", "有限公司")


def fill(unit: Unit, codes: Sequence[str]) -> None:
    """The last two customers turn out to be two of the first: no row more, so that counts stay what was asked for."""
    query = select(customer.c.code, customer.c.name, customer.c.phone).where(
        customer.c.code.in_((*codes[:_LOOKED_AT], *codes[-_LOOKED_AT:])), customer.c.kind == "company"
    )
    firms = unit.execute(query.order_by(customer.c.id)).all()
    if len(firms) < 4:
        return
    for first, again, email in (
        (firms[0], firms[-1], "caigou@example.com"),
        (firms[1], firms[-2], ""),
    ):
        values = {"customer": again.code, "name": _spelt_again(first.name), "phone": first.phone}
        use_cases.perform(unit, "customer.update", values | ({"email": email} if email else {}))


def _spelt_again(name: str) -> str:
    """As somebody else writes it: without its legal form, else with one."""
    for form in _FORMS:
        if name.endswith(form):
            return name.removesuffix(form)
    return f"{name}有限公司"
