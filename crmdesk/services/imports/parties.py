"""Customers as sheets of documents name them: by code, or by a name that only one customer has."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from crmdesk.models import text_keys
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.customers import customer
from crmdesk.services import customers
from crmdesk.services.units import Unit
from crmdesk.text import _

_NAMES_PER_QUERY = 500


class Parties:
    """The customers of one file."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._codes: dict[str, list[str]] = {}

    def load(self, written: Iterable[str]) -> None:
        """Looks up everything that stands in the customer column."""
        texts = sorted(set(written))
        customers.prefetch(self._unit, texts)
        names = [text for text in texts if (customer, text) not in self._unit.cache]
        by_key: dict[str, list[str]] = {}
        for text in names:
            by_key.setdefault(text_keys.name_key(text), []).append(text)
        keys = list(by_key)
        for start in range(0, len(keys), _NAMES_PER_QUERY):
            block = keys[start : start + _NAMES_PER_QUERY]
            query = select(customer.c.code, customer.c.name, customer.c.name_key).where(
                customer.c.name_key.in_(block)
            )
            for code, name, key in self._unit.connection.execute(query.order_by(customer.c.code)):
                for text in by_key[key]:
                    if text_keys.folded(text) == text_keys.folded(name):
                        self._codes.setdefault(text, []).append(code)
        customers.prefetch(self._unit, [code for codes in self._codes.values() for code in codes])

    def code_of(self, written: str) -> str:
        """The code of the customer that is meant.

        Raises NotFound `customer_missing`, Conflict `ambiguous` where several have the name.
        """
        if (customer, written) in self._unit.cache:
            return written
        codes = self._codes.get(written, [])
        if len(codes) == 1:
            return codes[0]
        if codes:
            raise Conflict(
                Code.AMBIGUOUS,
                _("Several customers are called “{name}”: {codes}. Give the code.").format(
                    name=written[:40], codes=", ".join(codes[:5])
                ),
                field="customer",
            )
        return customers.find(self._unit, written).code  # raises, with its own sentence

    def code_of_id(self, customer_id: int) -> str:
        """The code of a customer that a document belongs to."""
        query = select(customer.c.code).where(customer.c.id == customer_id)
        return self._unit.connection.execute(query).scalar_one()
