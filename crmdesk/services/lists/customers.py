"""The list of customers, and that of their contacts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Text,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs import customers as specs
from crmdesk.models.specs.customers import RISKS
from crmdesk.models.specs.people import CONTACTING
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.categories import category, customer_category
from crmdesk.models.tables.customers import address, contact, customer
from crmdesk.models.tables.documents import document, open_item
from crmdesk.models.tables.people import activity, customer_collaborator, customer_relation
from crmdesk.models.tables.segments import segment, segment_member
from crmdesk.services import category_tree, regions, search, settings, tags
from crmdesk.services.dialect import among, contains, given_rows, ids_of
from crmdesk.services.lists import activity_measures, credit_joins, measures
from crmdesk.services.lists.columns import TODAY, Column, Join, ListSpec, Source
from crmdesk.services.lists.ledger_measures import is_late
from crmdesk.services.lists.measured import JOINS as MEASURE_JOINS
from crmdesk.services.lists.measured import MEASURED
from crmdesk.text import N_

_OWN_CURRENCY = measures.OWN_CURRENCY


def _open_sum(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Σ of the open items of the row's customer in his own currency; the index holds all it reads."""
    return (
        select(func.coalesce(func.sum(open_item.c.side * open_item.c.open_minor), 0, type_=Integer()))
        .where(open_item.c.customer_id == customer.c.id, open_item.c.currency == _OWN_CURRENCY, *conditions)
        .correlate(customer)
        .scalar_subquery()
    )


def _last_bought() -> ColumnElement[date]:
    """The date of the row's customer's last invoice that was not taken back; an index by customer bounds the read.

    The kind is no condition: SQLite would walk all invoices of the book by their date until it meets the customer.
    """
    back = document.alias("last_back")
    taken_back = select(back.c.id).where(
        back.c.origin_id == document.c.id, back.c.kind.in_(measures.TAKEN_BACK)
    )
    return (
        select(func.max(case((document.c.kind == "invoice", document.c.dated_on)), type_=Day()))
        .where(document.c.customer_id == customer.c.id, ~taken_back.exists())
        .correlate(customer)
        .scalar_subquery()
    )


def _last_contact() -> ColumnElement[date]:
    """The date of the last activity in which both sides met; the index by customer holds all it reads."""
    return (
        select(func.max(activity.c.dated_on, type_=Day()))
        .where(activity.c.customer_id == customer.c.id, activity.c.kind.in_(CONTACTING))
        .correlate(customer)
        .scalar_subquery()
    )


def _collaborators() -> ColumnElement[str]:
    """The names of who works on the row's customer besides its owner."""
    names = (
        select(func.aggregate_strings(customer_collaborator.c.name, "; "))
        .where(customer_collaborator.c.customer_id == customer.c.id)
        .correlate(customer)
        .scalar_subquery()
    )
    return func.coalesce(names, "", type_=Text())


def _age() -> ColumnElement[int]:
    """Whole years since the birthday: dates are the numbers yyyymmdd, so a division of their difference is exact."""
    return (type_coerce(TODAY, Integer) - type_coerce(customer.c.born_on, Integer)) // 10_000


_PLACES = given_rows("region_names", code=Text(), province=Text(), city=Text(), district=Text())
"""Official names by code, sent along when a filter, the sort or a group asks for a place."""


def _supply_places(connection: Connection, today: date) -> dict[str, str]:
    del today
    known = connection.execute(select(address.c.region).where(address.c.region != "").distinct()).scalars()
    found = [place for code in known if (place := regions.by_code(code)) is not None]
    return {
        "region_names": json.dumps(
            [(place.code, place.province, place.city, place.district) for place in found], ensure_ascii=False
        )
    }


def _place(name: str, label: str) -> Column:
    """A part of the primary address: the official name where the place is known, else what was typed."""
    typed = func.coalesce(_ADDRESS.c[name], "", type_=Text())
    value = func.coalesce(func.nullif(_PLACES.c[name], ""), typed, type_=Text())
    field = Field(name, Kind.TEXT, label, width=10)
    return Column(field, value, needs=frozenset({"place"}), is_shown=False, is_group=True)


_ADDRESS = address.alias("primary_address")
_PRIMARY = contact.alias("primary_contact")
_PARENT = customer_relation.alias("parent_relation")
_PARENT_CUSTOMER = customer.alias("parent_customer")

_CODE, _NAME, _KIND, _SHORT, _PHONE, _EMAIL, _TAX = specs.CUSTOMER[:7]
_COLUMN_OF = customer.c
_GROUPING = frozenset({"level", "industry", "source", "stage", "owner"})


def _birthday() -> ColumnElement[date]:
    """The next birthday of a person, today included; 29 February is kept on 1 March where there is none."""
    today = func.abs(TODAY, type_=Integer())
    born: ColumnElement[int] = func.abs(customer.c.born_on, type_=Integer())
    year = today // 10_000 + case((born % 10_000 < today % 10_000, 1), else_=0)
    is_leap = or_(year % 400 == 0, and_(year % 4 == 0, year % 100 != 0))
    day = case((and_(born % 10_000 == 229, ~is_leap), 301), else_=born % 10_000)
    return type_coerce(year * 10_000 + day, Day())


def _measured(name: str) -> Column:
    """A measure as a column: the plan of a query puts its expression in, `_fill` its values."""
    field = measures.MEASURES[name].field
    return Column(field, literal_column("NULL"), is_shown=False, is_measured=True)


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
    today = clock.today()
    standings = credit.standings(connection, today, ids)
    grouped = _segments_of(connection, ids)
    places_of = _places_of(connection, ids)
    for row in rows:
        record_id = row["id"]
        row["province"], row["city"], row["district"] = places_of.get(record_id, ("", "", ""))
        row["categories"] = "; ".join(f"{name}: {path}" for name, path in places.get(record_id, ()))
        row["tags"] = "; ".join(tagged.get(record_id, ()))
        row["other_balances"] = "; ".join(others.get(record_id, ()))
        row["risk"], row["over_limit"] = standings.get(record_id, ("A", False))
        row["last_document"] = last.get(record_id)
        row["segments"] = "; ".join(grouped.get(record_id, ()))


def _fill_measures(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """The measures of a block of customers."""
    parameters = {"today": clock.today(), "book_currency": settings.load(connection).currency}
    measured = measures.shown(connection, _MEASURED, ids_of(row["id"] for row in rows), parameters)
    for row in rows:
        for name in _MEASURED:
            row[name] = getattr(measured[row["id"]], name)


def _segments_of(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    """Names of the segments of some customers."""
    query = (
        select(segment_member.c.customer_id, segment.c.name)
        .join(segment, segment.c.id == segment_member.c.segment_id)
        .where(among(segment_member.c.customer_id, ids))
        .order_by(segment.c.position, segment.c.name)
    )
    found: dict[int, list[str]] = {}
    for customer_id, name in connection.execute(query):
        found.setdefault(customer_id, []).append(name)
    return found


def _places_of(connection: Connection, ids: list[int]) -> dict[int, tuple[str, str, str]]:
    """Province, city and district of the primary addresses of some customers."""
    table = address.c
    query = select(table.customer_id, table.province, table.city, table.district, table.region).where(
        among(table.customer_id, ids), table.is_primary.is_(True)
    )
    found = {}
    for customer_id, *typed, code in connection.execute(query):
        place = regions.by_code(code) if code else None
        official = (place.province, place.city, place.district) if place else ("", "", "")
        found[customer_id] = tuple(name or other for name, other in zip(official, typed, strict=True))
    return found


def _add_up(
    connection: Connection,
    conditions: tuple[ColumnElement[bool], ...],
    source: FromClause,
    values: Mapping[str, Any],
    group: ColumnElement[Any] | None = None,
) -> Any:
    """Balance and overdue of the filtered customers, in every currency they owe; by group if there is one."""
    late = case((is_late(), open_item.c.open_minor), else_=0)
    query = select(
        open_item.c.currency, func.sum(open_item.c.side * open_item.c.open_minor), func.sum(late)
    ).group_by(open_item.c.currency)
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


_MEASURED = (
    "spent",
    "invoice_count",
    "average",
    "first_bought",
    "recency_days",
    "customer_days",
    "received",
    "overdue_days",
    "days_to_pay",
    *activity_measures.SHOWN,
)
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
        Column(specs.NEXT_CONTACT, customer.c.next_contact, is_shown=False),
        Column(Field("last_contact", Kind.DATE, N_("Last contact")), _last_contact(), is_shown=False),
        Column(
            Field("collaborators", Kind.TEXT, N_("Collaborators"), width=14), _collaborators(), is_shown=False
        ),
        _place("province", N_("Province")),
        _place("city", N_("City")),
        _place("district", N_("District")),
        Column(
            Field("region", Kind.CODE, N_("Region code"), width=8),
            func.coalesce(_ADDRESS.c.region, "", type_=Text()),
            needs=frozenset({"address"}),
            is_shown=False,
        ),
        Column(
            Field("parent", Kind.LINK, N_("Parent company"), link="customer", width=12),
            func.coalesce(_PARENT_CUSTOMER.c.code, "", type_=Text()),
            needs=frozenset({"parent"}),
            is_shown=False,
        ),
        Column(Field("age", Kind.INTEGER, N_("Age"), sign="any", width=6), _age(), is_shown=False),
        _plain(specs.GENDER),
        _plain(specs.OCCUPATION),
        _plain(specs.PHONE2),
        _plain(specs.WECHAT),
        _plain(specs.WEBSITE),
        _plain(specs.CHANNEL),
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
            credit_joins.over_limit(_open_sum()),
            needs=frozenset({"abroad"}),
            is_shown=False,
        ),
        Column(
            Field("risk", Kind.CHOICE, N_("Risk"), choices=RISKS, width=6),
            credit_joins.RISK.c.grade,
            needs=frozenset({"risk"}),
            is_shown=False,
        ),
        *MEASURED,
        Column(Field("last_bought", Kind.DATE, N_("Last invoice")), _last_bought(), is_shown=False),
        _plain(specs.TERMS_DAYS),
        Column(Field("last_document", Kind.DATE, N_("Last document"), sortable=False), is_shown=False),
        Column(Field("segments", Kind.TEXT, N_("Segments"), sortable=False, width=20), is_shown=False),
        *map(_measured, _MEASURED),
        *(Column(field, customer.c[field.name], is_shown=False) for field in pick(specs.CUSTOMER, "born_on")),
        Column(Field("birthday", Kind.DATE, N_("Next birthday")), _birthday(), is_shown=False),
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
            **MEASURE_JOINS,
            "contact": _PRIMARY_JOIN,
            "address": Join(
                _ADDRESS, and_(_ADDRESS.c.customer_id == customer.c.id, _ADDRESS.c.is_primary.is_(True))
            ),
            "place": Join(
                _PLACES,
                _PLACES.c.code == _ADDRESS.c.region,
                needs=frozenset({"address"}),
                supply=_supply_places,
            ),
            "parent_relation": Join(
                _PARENT, and_(_PARENT.c.customer_id == customer.c.id, _PARENT.c.kind == "parent")
            ),
            "parent": Join(
                _PARENT_CUSTOMER,
                _PARENT_CUSTOMER.c.id == _PARENT.c.other_id,
                needs=frozenset({"parent_relation"}),
            ),
            **credit_joins.JOINS,
        },
        customer_id=customer.c.id,
        search=_search,
    ),
    default_sort="code",
    currency=_OWN_CURRENCY,
    fill=_fill,
    fill_measures=_fill_measures,
    add_up=_add_up,
    category=lambda category_id: category_tree.is_member(customer.c.id, category_id),
    uncategorised=_uncategorised,
    is_of_customers=True,
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
        Column(Field("contact", Kind.INTEGER, N_("Record no."), sign="any"), contact.c.id, is_shown=False),
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
