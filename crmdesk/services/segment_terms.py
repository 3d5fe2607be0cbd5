"""What a rule may speak of, as the window's builder offers it: fields and measures by what they are about, and the
names of what customers belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, select

from crmdesk.models import clauses
from crmdesk.models.clauses import rule_operators
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.categories import tag
from crmdesk.models.tables.customers import address, customer
from crmdesk.models.tables.people import customer_collaborator
from crmdesk.services import category_tree, regions, segment_card, segment_rules, settings
from crmdesk.services.custom_fields import OWN_SECTION, PREFIX
from crmdesk.services.lists import belonging, measures
from crmdesk.services.lists.columns import ListSpec
from crmdesk.services.lists.customers import CUSTOMERS
from crmdesk.text import N_

BELONGS, BUYS, PAYS, IS = N_("Belongs to"), N_("Buying"), N_("Owing and paying"), N_("Who he is")
TALKS, WORTH = N_("In touch"), N_("Worth and stage")
_SECTIONS = {
    BUYS: (
        "spent", "recency_days", "last_bought", "invoice_count", "invoices", "average", "bought",
        "bought_category", "first_bought", "customer_days",
    ),
    PAYS: (
        "balance", "overdue", "overdue_days", "days_to_pay", "received", "credit_limit", "over_limit", "risk",
        "terms_days",
    ),
    TALKS: (
        "contacted", "contact_days", "last_contact", "next_contact", "enquiries", "complaints", "activities",
        "last_activity", "asked_for", "asked_for_category", "quotes", "quoted", "quoted_category", "quoted_unbought",
        "contracts", "open_tasks", "overdue_tasks", "task_due",
    ),
    WORTH: (
        "life_stage", "stage", "value_class", "tier", "churn_risk", "rfm", "rfm_r", "rfm_f", "rfm_m", "clv",
        "purchases", "lead_score", "top_product", "top_category",
    ),
}  # fmt: skip
_RANK = {BELONGS: 0, BUYS: 1, PAYS: 2, TALKS: 3, WORTH: 4, OWN_SECTION: 5, IS: 6}
NAMED = ("owner", "level", "industry", "source", "stage")
"""Texts of customers that have few values in a book: a condition chooses among them."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a condition may ask about. `takes` are the arguments of a measure (period, product,
    product_category), of which the first `required` must be given; `formula` says how it is reckoned."""

    name: str
    field: Field
    section: str
    operators: tuple[str, ...]
    takes: tuple[str, ...] = ()
    required: int = 0
    formula: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All terms in the order they are offered, and the names that conditions may choose from."""

    terms: tuple[Term, ...]
    names: dict[str, tuple[str, ...]]
    """By tag, category, segment, place, collaborator, product_category, and by the texts of `NAMED`."""
    currency: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    """What a rule of the book may name, as the reader of rules wants it."""


def read(connection: Connection) -> Vocabulary:
    """What rules of this book may speak of."""
    names = {
        "tag": tuple(connection.execute(select(tag.c.name).order_by(tag.c.name)).scalars()),
        "category": _paths(connection, "customer"),
        "product_category": _paths(connection, "product"),
        "segment": tuple(segment_card.ids_by_name(connection)),
        "place": _places(connection),
        "collaborator": _distinct(connection, customer_collaborator.c.name),
        **{name: _distinct(connection, customer.c[name]) for name in NAMED},
    }
    spec = segment_rules.spec_of(connection)
    return Vocabulary(terms(spec), names, settings.load(connection).currency, segment_rules.fields(spec))


def terms(spec: ListSpec = CUSTOMERS) -> tuple[Term, ...]:
    """Every term over a book's list of customers, what belongs together side by side."""
    fields = segment_rules.fields(spec)
    known = {name: one.field for name, one in measures.MEASURES.items()} | fields
    placed = {name: section for section, names in _SECTIONS.items() for name in names}
    order = [*belonging.BELONGINGS, *placed, *known]
    found: list[Term] = []
    for name in dict.fromkeys(order):
        one = known.get(name)
        operators = rule_operators(one) if one is not None else ()
        if one is not None and one.kind in (Kind.TEXT, Kind.LINK, Kind.CODE):
            among = (clauses.ANY_OF, clauses.NONE_OF)  # the language has both, lists need neither
            operators = (*among, *operators) if name in NAMED else (*operators, *among)
        if one is None or not operators:
            continue
        measure = measures.MEASURES.get(name)
        usual = BUYS if measure is not None else OWN_SECTION if name.startswith(PREFIX) else IS
        section = BELONGS if name in belonging.BELONGINGS else placed.get(name, usual)
        if measure is None:
            found.append(Term(name, one, section, operators))
        else:
            found.append(
                Term(name, one, section, operators, measure.takes, measure.required, measure.formula,
                     measure.unit)
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: _RANK[one.section]))


def _distinct(connection: Connection, column: ColumnElement[str]) -> tuple[str, ...]:
    return tuple(connection.execute(select(column).where(column != "").distinct().order_by(column)).scalars())


def _places(connection: Connection) -> tuple[str, ...]:
    """The places where customers of the book are, with those they lie in, as paths in the order of their codes."""
    codes = set(
        connection.execute(select(address.c.region).where(address.c.region != "").distinct()).scalars()
    )
    codes |= {f"{code[:size]:0<6}" for code in codes for size in (2, 4)}
    found = [place for code in sorted(codes) if (place := regions.by_code(code)) is not None]
    return tuple(dict.fromkeys(place.path for place in found))


def _paths(connection: Connection, applies_to: str) -> tuple[str, ...]:
    return tuple(
        category_tree.place(dimension.name, node.path)
        for dimension in category_tree.dimensions(connection, applies_to)
        for node in category_tree.names(connection, dimension.id)
    )
