"""Everything that the window shows of one customer, read in one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.specs import customers as specs
from crmdesk.models.tables.categories import customer_tag, tag
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.models.tables.documents import document, open_item
from crmdesk.services import (
    category_tree,
    confirmations,
    custom_fields,
    custom_forms,
    custom_readings,
    exposure,
    merged_codes,
    settings,
)
from crmdesk.services.dialect import among
from crmdesk.services.reports import ageing
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Part:
    """A contact, an address or a billing profile; `values` by the names of its spec."""

    id: int
    kind: str
    values: Mapping[str, Any]
    own: Mapping[str, Any] = field(default_factory=dict)
    """A contact's own fields that have a value, as `fields` of its use cases takes them."""

    @property
    def is_primary(self) -> bool:
        """Whether it is the one that is used unless another is chosen."""
        return bool(self.values["primary"])


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag with the tone of its chip."""

    name: str
    tone: str


@dataclass(frozen=True, slots=True)
class Card:
    """One customer. `values` are typed, by the field names of the customer's spec."""

    id: int
    code: str
    name: str
    is_active: bool
    version: int
    currency: str
    """The customer's own currency, or the book's."""
    terms_days: int
    """The customer's own terms, or the book's."""
    values: Mapping[str, Any]
    parts: Mapping[str, tuple[Part, ...]]
    """By kind: contact, address, billing_profile; the primary one first."""
    categories: tuple[tuple[str, str], ...]
    """(tree, path)"""
    tags: tuple[Tag, ...]
    balances: tuple[ageing.Row, ...]
    """Open amounts by age, one row per currency; at least one, in the customer's currency."""
    days_late: int
    """Of the oldest open item; 0 when nothing is overdue."""
    credit_limit_minor: int | None
    used: exposure.Owed
    """What counts against the limit: all currencies, in the customer's own."""
    document_count: int
    confirmation: confirmations.Confirmation | None
    """The slip of the latest statement that came back."""
    own: tuple[custom_forms.Section, ...] = ()
    """The owner's own fields by section."""


def load(connection: Connection, customer_id: int, today: date | None = None) -> Card:
    """The customer with this id, or NotFound `customer_missing` (it was deleted meanwhile)."""
    row = connection.execute(select(customer).where(customer.c.id == customer_id)).first()
    if row is None:
        raise NotFound(Code.CUSTOMER_MISSING, _("This customer does not exist any more."), field="customer")
    book = settings.load(connection)
    on = today or clock.today()
    currency = row.currency or book.currency
    balances = _balances(connection, row, currency, on)
    by_currency = {aged.currency: aged.total_minor for aged in balances}
    return Card(
        row.id,
        row.code,
        row.name,
        row.is_active,
        row.version,
        currency,
        book.terms_days if row.terms_days is None else row.terms_days,
        _values(row, currency),
        _parts(connection, customer_id),
        tuple(category_tree.categories_of(connection, [customer_id]).get(customer_id, ())),
        _tags(connection, customer_id),
        balances,
        _days_late(connection, customer_id, on),
        row.credit_limit_minor,
        exposure.owed(connection, by_currency, currency, book.currency, on),
        connection.execute(
            select(func.count()).select_from(document).where(document.c.customer_id == customer_id)
        ).scalar_one(),
        next(iter(confirmations.of_customer(connection, customer_id, 1)), None),
        custom_forms.sections(connection, "customer", customer_id),
    )


def _values(row: Any, currency: str) -> dict[str, Any]:
    stored = row._mapping
    values = {field.name: stored.get(field.name) for field in specs.CUSTOMER}
    limit = row.credit_limit_minor
    values["credit_limit"] = None if limit is None else money.to_decimal(limit, currency)
    return values


def _parts(connection: Connection, customer_id: int) -> dict[str, tuple[Part, ...]]:
    found = {}
    for kind, table in PARTS.items():
        query = (
            select(table)
            .where(table.c.customer_id == customer_id)
            .order_by(table.c.is_primary.desc(), table.c.id)
        )
        rows = connection.execute(query).all()
        own = _own_of_contacts(connection, [row.id for row in rows]) if kind == "contact" else {}
        found[kind] = tuple(
            Part(
                row.id,
                kind,
                {
                    field.name: row.is_primary if field.name == "primary" else row._mapping[field.name]
                    for field in specs.PARTS[kind]
                },
                own.get(row.id, {}),
            )
            for row in rows
        )
    return found


def _own_of_contacts(connection: Connection, ids: list[int]) -> dict[int, dict[str, Any]]:
    """Own fields of contacts by id; they have amounts in the book's currency."""
    if not ids or not custom_fields.declared(connection, "contact"):
        return {}
    currency = settings.load(connection).currency
    return {one: custom_readings.of_record(connection, "contact", one, currency) for one in ids}


def _tags(connection: Connection, customer_id: int) -> tuple[Tag, ...]:
    query = (
        select(tag.c.name, tag.c.colour)
        .join(customer_tag, customer_tag.c.tag_id == tag.c.id)
        .where(customer_tag.c.customer_id == customer_id)
        .order_by(tag.c.name)
    )
    return tuple(Tag(name, colour or "neutral") for name, colour in connection.execute(query))


def _balances(connection: Connection, row: Any, currency: str, on: date) -> tuple[ageing.Row, ...]:
    found = ageing.rows(connection, as_of=on, customer_id=row.id)
    if not any(aged.currency == currency for aged in found):
        found.append(ageing.empty_row(row.id, row.code, row.name, currency, ageing.DEFAULT_BUCKETS))
    # The customer's own currency first.
    return tuple(sorted(found, key=lambda aged: (aged.currency != currency, aged.currency)))


def _days_late(connection: Connection, customer_id: int, on: date) -> int:
    due = func.coalesce(open_item.c.due_on, open_item.c.dated_on)
    oldest = connection.execute(
        select(func.min(due)).where(
            open_item.c.customer_id == customer_id, open_item.c.side > 0, open_item.c.open_minor > 0
        )
    ).scalar()
    return max((on - oldest).days, 0) if oldest is not None else 0


def codes(connection: Connection, ids: Sequence[int]) -> list[str]:
    """The codes of customers, in order of code; ids that are gone are left out."""
    query = select(customer.c.code).where(among(customer.c.id, ids)).order_by(customer.c.code)
    return list(connection.execute(query).scalars())


def id_of(connection: Connection, code: str) -> int | None:
    """The id of a customer by code (also by that of one merged into it), or None."""
    query = select(customer.c.id).where(customer.c.code == merged_codes.meant(connection, code))
    return connection.execute(query).scalar()
