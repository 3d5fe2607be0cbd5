"""The measures of customers as columns of their list, and the list of moves between stages of life."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, case, func

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import measures as specs
from crmdesk.models.tables.categories import category
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.measures import customer_measure, stage_move
from crmdesk.models.tables.products import product
from crmdesk.services.lists.columns import BOOK_CURRENCY, Column, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import CUSTOMER, CUSTOMER_NAME, searcher
from crmdesk.text import N_

_PRODUCT, _CATEGORY = product.alias("top_product"), category.alias("top_category")
JOINS = {
    "measure": Join(customer_measure, customer_measure.c.customer_id == customer.c.id),
    "top_product": Join(
        _PRODUCT, _PRODUCT.c.id == customer_measure.c.product_id, needs=frozenset({"measure"})
    ),
    "top_category": Join(
        _CATEGORY, _CATEGORY.c.id == _PRODUCT.c.category_id, needs=frozenset({"measure", "top_product"})
    ),
}
"""Joins of the list of customers that its measures need."""


def _of(field: Field, name: str, value: Any = None) -> Column:
    return Column(
        field,
        customer_measure.c[name] if value is None else value,
        needs=frozenset({"measure"}),
        is_shown=False,
    )


def _score(name: str, label: str) -> Column:
    return _of(Field(name, Kind.INTEGER, label, sign="any", width=6), name)


MEASURED = (
    _of(specs.LIFE_STAGE, "life_stage"),
    _of(
        Field("value_class", Kind.CHOICE, N_("Customer value"), choices=specs.GRADES, width=6), "value_class"
    ),
    _of(Field("churn_risk", Kind.CHOICE, N_("Churn risk"), choices=specs.RISKS, width=6), "churn_risk"),
    _score("rfm_r", N_("Recency score")),
    _score("rfm_f", N_("Frequency score")),
    _score("rfm_m", N_("Amount score")),
    _of(
        Field("rfm", Kind.INTEGER, N_("RFM"), sign="any", width=6),
        "rfm_r",
        customer_measure.c.rfm_r * 100 + customer_measure.c.rfm_f * 10 + customer_measure.c.rfm_m,
    ),
    _score("tier", N_("Consumption tier")),
    _of(
        # amounts of a row are in the customer's currency, this one is in the book's: his page shows it in any case
        Field("clv", Kind.MONEY, N_("Customer lifetime value, excl. tax"), sign="any", width=14),
        "clv_minor",
        case((customer.c.currency.in_(["", BOOK_CURRENCY]), customer_measure.c.clv_minor)),
    ),
    _score("purchases", N_("Purchases")),
    _of(Field("lead_score", Kind.INTEGER, N_("Lead score"), sign="any", width=8), "lead_score"),
    Column(
        Field("top_product", Kind.TEXT, N_("Bought most often"), width=18),
        func.coalesce(_PRODUCT.c.name, "", type_=Text()),
        needs=frozenset({"measure", "top_product"}),
        is_shown=False,
        is_group=True,
    ),
    Column(
        Field("top_category", Kind.TEXT, N_("Its category"), width=14),
        func.coalesce(_CATEGORY.c.name, "", type_=Text()),
        needs=frozenset({"measure", "top_product", "top_category"}),
        is_shown=False,
        is_group=True,
    ),
)
"""Columns of the list of customers; empty where nothing was reckoned yet."""

_NEEDS = frozenset({"customer"})

STAGE_MOVES = ListSpec(
    kind="stage_moves",
    label=N_("Moves between life-cycle stages"),
    columns=(
        Column(Field("date", Kind.DATE, N_("Date")), stage_move.c.moved_on),
        Column(CUSTOMER, customer.c.code, needs=_NEEDS, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_NEEDS),
        Column(
            Field("before", Kind.CHOICE, N_("Before"), choices=specs.STAGES, width=8), stage_move.c.before
        ),
        Column(Field("after", Kind.CHOICE, N_("After"), choices=specs.STAGES, width=8), stage_move.c.after),
        Column(Field("way", Kind.CHOICE, N_("How"), choices=specs.WAYS, width=12), stage_move.c.way),
        Column(Field("reason", Kind.TEXT, N_("Reason"), width=28), stage_move.c.reason),
    ),
    source=Source(
        table=stage_move,
        id=stage_move.c.id,
        columns={},
        joins={"customer": Join(customer, customer.c.id == stage_move.c.customer_id)},
        customer_id=stage_move.c.customer_id,
        search=searcher((stage_move.c.reason,), stage_move.c.customer_id),
    ),
    default_sort="-date",
    empty_text=N_("Nobody came to another stage yet. Stages are reckoned from what customers buy."),
)
