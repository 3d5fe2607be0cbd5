"""The list of customers, and that of their contacts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Text, and_, case, func, literal, or_, select

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs import customers as specs
from crmdesk.models.specs.customers import RISKS
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.categories import category, customer_category
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.documents import document, open_item
from crmdesk.services import category_tree, search, tags
from crmdesk.services.dialect import among, contains, given_rows
from crmdesk.services.lists.columns import BOOK_CURRENCY, TODAY, Column, Join, ListSpec, Source
from crmdesk.text import N_

_OWN_CURRENCY = func.coalesce(func.nullif(customer.c.currency, ""), BOOK_CURRENCY, type_=Text())


def _open_sum(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Σ of the open items of the row's customer in his own currency; the index holds all it reads."""
    return (
        select(func.coalesce(func.sum(open_item.c.side * open_item.c.open_minor), 0, type_=Integer()))
        .where(open_item.c.customer_id == customer.c.id, open_item.c.currency == _OWN_CURRENCY, *conditions)
        .correlate(customer)
        .scalar_subquery()
    )


def _last_bought() -> ColumnElement[date]:
    """The date of the row's customer's last invoice; an index by customer bounds what is read.

    The kind is no condition: SQLite would walk all invoices of the book by their date until it meets the customer.
    """
    return (
        select(func.max(case((document.c.kind == "invoice", document.c.dated_on)), type_=Day()))
        .where(document.c.customer_id == customer.c.id)
        .correlate(customer)
        .scalar_subquery()
    )


def is_late() -> ColumnElement[bool]:
    """Whether an open item is overdue; without a due date its own date counts (domain.md, ageing)."""
    return and_(open_item.c.side == 1, func.coalesce(open_item.c.due_on, open_item.c.dated_on) < TODAY)


_RISK = given_rows("customer_risk", customer_id=Integer(), grade=Text())
"""Grades are reckoned for all at once, when a filter or the sort asks for them."""


def _supply_risk(connection: Connection, today: date) -> dict[str, str]:
    from crmdesk.services import credit  # it reads open items by this package's words

    return {"customer_risk": json.dumps(list(credit.grades(connection, today).items()))}


_PRIMARY = contact.alias("primary_contact")

_CODE, _NAME, _KIND, _SHORT, _PHONE, _EMAIL, _TAX = specs.CUSTOMER[:7]
_COLUMN_OF = customer.c
_GROUPING = frozenset({"level", "industry", "source", "stage", "owner"})


def _plain(field: Field, *, is_shown: bool = False, sort: ColumnElement[Any] | None = None) -> Column:
    return Column(
        field, _COLUMN_OF[field.name], sort=sort, is_shown=is_shown, is_group=field.name in _GROUPING
    )


def _money(name: str, label: str, value: ColumnElement[Any], *, is_summed: bool, is_shown: bool) -> Column:
    field = Field(name, Kind.MONEY, label, sign="any", width=14)
    return Column(field, value, is_summed=is_summed, is_shown=is_shown)


def _fill(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Categories, tags, balances in other currencies and the last document of a block of customers."""
    from crmdesk.services import credit

    ids = [row["id"] for row in rows]
    places = category_tree.categories_of(connection, ids)
    tagged = tags.tags_of(connection, ids)
    others: dict[int, list[str]] = {}
    query = (
        select(
            open_item.c.customer_id,
            open_item.c.currency,
            func.sum(open_item.c.side * open_item.c.open_minor).label("minor"),
        )
        .where(among(open_item.c.customer_id, ids))
        .group_by(open_item.c.customer_id, open_item.c.currency)
    )
    own = {row["id"]: row["currency"] for row in rows}
    for customer_id, currency, minor in connection.execute(query):
        if currency != own[customer_id] and minor:
            others.setdefault(customer_id, []).append(f"{currency} {money.plain(minor, currency)}")
    latest = (
        select(document.c.customer_id, func.max(document.c.dated_on).label("dated_on"))
        .where(among(document.c.customer_id, ids))
        .group_by(document.c.customer_id)
    )
    last = dict(list(connection.execute(latest)))
    risks = credit.grades(connection, clock.today(), ids)
    for row in rows:
        record_id = row["id"]
        row["categories"] = "; ".join(f"{name}: {path}" for name, path in places.get(record_id, ()))
        row["tags"] = "; ".join(tagged.get(record_id, ()))
        row["other_balances"] = "; ".join(others.get(record_id, ()))
        row["risk"] = risks.get(record_id, "A")
        row["last_document"] = last.get(record_id)


def _add_up(
    connection: Connection,
    conditions: tuple[ColumnElement[bool], ...],
    joins: frozenset[str],
    values: Mapping[str, Any],
    group: ColumnElement[Any] | None = None,
) -> Any:
    """Balance and overdue of the filtered customers, in every currency they owe; by group if there is one."""
    late = case((is_late(), open_item.c.open_minor), else_=0)
    query = select(
        open_item.c.currency, func.sum(open_item.c.side * open_item.c.open_minor), func.sum(late)
    ).group_by(open_item.c.currency)
    source: Any = customer
    for name in sorted(joins):
        join = CUSTOMERS.source.joins[name]
        source = source.outerjoin(join.target, join.condition)
    if group is not None:
        query = (
            query.add_columns(group)
            .select_from(source.join(open_item, open_item.c.customer_id == customer.c.id))
            .where(*conditions)
            .group_by(group)
        )
        by_group: dict[Any, dict[str, dict[str, int]]] = {}
        for currency, balance, overdue, key in connection.execute(query, dict(values)):
            by_group.setdefault(key, {})[currency] = {"balance": balance, "overdue": overdue}
        return by_group
    if conditions:
        chosen = select(customer.c.id).select_from(source).where(*conditions)
        query = query.where(open_item.c.customer_id.in_(chosen))
    return {
        currency: {"balance": balance, "overdue": overdue}
        for currency, balance, overdue in connection.execute(query, dict(values))
    }


def _search(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
    return search.condition(connection, typed, customer.c.id, most)


def _uncategorised(dimension_id: int) -> ColumnElement[bool]:
    placed = (
        select(customer_category.c.customer_id)
        .join(category, category.c.id == customer_category.c.category_id)
        .where(category.c.dimension_id == dimension_id)
    )
    return customer.c.id.not_in(placed)


_PRIMARY_JOIN = Join(_PRIMARY, and_(_PRIMARY.c.customer_id == customer.c.id, _PRIMARY.c.is_primary.is_(True)))

CUSTOMERS = ListSpec(
    kind="customers",
    label=N_("Customers"),
    columns=(
        _plain(_CODE, is_shown=True),
        _plain(_NAME, is_shown=True, sort=customer.c.initials),
        Column(
            Field("contact", Kind.TEXT, N_("Contact"), width=12),
            func.coalesce(_PRIMARY.c.name, "", type_=Text()),
            needs=frozenset({"contact"}),
        ),
        _plain(specs.LEVEL, is_shown=True),
        _money("balance", N_("Balance"), _open_sum(), is_summed=True, is_shown=True),
        _money("overdue", N_("Overdue"), _open_sum(is_late()), is_summed=True, is_shown=True),
        _plain(_PHONE, is_shown=True),
        Column(Field("categories", Kind.TEXT, N_("Categories"), sortable=False, width=24)),
        Column(Field("tags", Kind.TEXT, N_("Tags"), sortable=False, width=16), is_shown=False),
        _plain(_KIND),
        _plain(_SHORT),
        _plain(_EMAIL),
        _plain(_TAX),
        *map(_plain, pick(specs.CUSTOMER, "industry", "source", "stage", "owner")),
        Column(specs.CURRENCY, _OWN_CURRENCY, is_shown=False),
        Column(
            Field("other_balances", Kind.TEXT, N_("In other currencies"), sortable=False, width=18),
            is_shown=False,
        ),
        Column(specs.CREDIT_LIMIT, customer.c.credit_limit_minor, is_shown=False),
        Column(
            Field("over_limit", Kind.BOOLEAN, N_("Over the limit"), width=8),
            and_(customer.c.credit_limit_minor.is_not(None), _open_sum() > customer.c.credit_limit_minor),
            is_shown=False,
        ),
        Column(
            Field("risk", Kind.CHOICE, N_("Risk"), choices=RISKS, width=6),
            _RISK.c.grade,
            needs=frozenset({"risk"}),
            is_shown=False,
        ),
        Column(Field("last_bought", Kind.DATE, N_("Last invoice")), _last_bought(), is_shown=False),
        _plain(specs.TERMS_DAYS),
        Column(Field("last_document", Kind.DATE, N_("Last document"), sortable=False), is_shown=False),
        _plain(specs.NOTE),
        Column(Field("active", Kind.BOOLEAN, N_("Active"), width=6), customer.c.is_active, is_shown=False),
        Column(
            Field("created_at", Kind.MOMENT, N_("Created"), width=18), customer.c.created_at, is_shown=False
        ),
    ),
    source=Source(
        table=customer,
        id=customer.c.id,
        columns={},
        joins={
            "contact": _PRIMARY_JOIN,
            "risk": Join(_RISK, _RISK.c.customer_id == customer.c.id, supply=_supply_risk),
        },
        customer_id=customer.c.id,
        search=_search,
    ),
    default_sort="code",
    currency=_OWN_CURRENCY,
    fill=_fill,
    add_up=_add_up,
    category=lambda category_id: category_tree.is_member(customer.c.id, category_id),
    uncategorised=_uncategorised,
    empty_text=N_("No customers yet. Create one, or import them from Excel."),
)


def _search_contacts(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
    del connection, most
    columns = (
        contact.c.name,
        contact.c.phone,
        contact.c.mobile,
        contact.c.email,
        customer.c.name,
        customer.c.code,
    )
    return and_(*(or_(*(contains(one, word) for one in columns)) for word in typed.split()), literal(True))


CONTACTS = ListSpec(
    kind="contacts",
    label=N_("Contacts"),
    columns=(
        Column(
            Field("customer", Kind.LINK, N_("Customer"), link="customer"),
            customer.c.code,
            title="customer_name",
        ),
        Column(Field("customer_name", Kind.TEXT, N_("Customer name"), width=28), customer.c.name),
        *(
            Column(
                field,
                contact.c[field.name],
                is_shown=field.name in ("name", "role", "phone", "mobile", "email"),
            )
            for field in specs.CONTACT
            if field.name != "primary"
        ),
        Column(Field("primary", Kind.BOOLEAN, N_("Primary"), width=8), contact.c.is_primary, is_shown=False),
    ),
    source=Source(
        table=contact.join(customer, customer.c.id == contact.c.customer_id),
        id=contact.c.id,
        columns={},
        customer_id=contact.c.customer_id,
        search=_search_contacts,
    ),
    default_sort="customer",
    empty_text=N_("No contacts yet. Add them on a customer's page."),
)
