"""Lists of exchange rates and of what revaluations found."""

from __future__ import annotations

from sqlalchemy import select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.exchange import exchange_rate, revaluation, revaluation_line
from crmdesk.services.lists.columns import BOOK_CURRENCY, Column, ListSpec, Source
from crmdesk.services.lists.records import searcher
from crmdesk.text import N_


def _base_money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, sign="any", width=14)


_UNDONE = select(revaluation.c.undoes_id).where(revaluation.c.undoes_id.is_not(None))

RATES = ListSpec(
    kind="rates",
    label=N_("Exchange rates"),
    columns=(
        Column(specs.CURRENCY, exchange_rate.c.currency, is_group=True),
        Column(specs.DATE, exchange_rate.c.valid_on),
        Column(specs.RATE, exchange_rate.c.rate),
    ),
    source=Source(
        table=exchange_rate, id=exchange_rate.c.id, columns={}, search=searcher(exchange_rate.c.currency)
    ),
    default_sort="-date",
    empty_text=N_("No exchange rates yet. Set one for each foreign currency you bill in."),
)

REVALUATIONS = ListSpec(
    kind="revaluations",
    label=N_("Revaluations"),
    columns=(
        Column(specs.DATE, revaluation.c.dated_on),
        Column(Field("customer", Kind.LINK, N_("Customer"), link="customer"), customer.c.code, title="name"),
        Column(
            Field("name", Kind.TEXT, N_("Customer name"), width=28), customer.c.name, sort=customer.c.initials
        ),
        Column(Field("foreign", Kind.CURRENCY, N_("Foreign currency"), width=6), revaluation_line.c.currency),
        Column(specs.RATE, revaluation_line.c.rate),
        Column(
            _base_money("carrying", N_("Carrying value")), revaluation_line.c.carrying_minor, is_summed=True
        ),
        Column(_base_money("value", N_("Value at the rate")), revaluation_line.c.value_minor, is_summed=True),
        Column(
            _base_money("difference", N_("Difference")),
            revaluation_line.c.value_minor - revaluation_line.c.carrying_minor,
            is_summed=True,
        ),
        Column(specs.CURRENCY, BOOK_CURRENCY, is_shown=False),
    ),
    source=Source(
        table=revaluation_line.join(revaluation, revaluation.c.id == revaluation_line.c.revaluation_id).join(
            customer, customer.c.id == revaluation_line.c.customer_id
        ),
        id=revaluation_line.c.revaluation_id * 100_000 + revaluation_line.c.position,
        columns={},
        where=(revaluation.c.id.not_in(_UNDONE),),
        customer_id=revaluation_line.c.customer_id,
        search=searcher(customer.c.code, customer.c.name, revaluation_line.c.currency),
    ),
    default_sort="-date",
    currency=BOOK_CURRENCY,
    empty_text=N_("Nothing was revalued yet."),
)
