"""Lists of requirements, quotes, contracts, orders, and of the instalments of present plans."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, case, func, or_

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import agreements as specs
from crmdesk.models.specs.documents import CURRENCY, DATE, DUE, NOTE, NUMBER
from crmdesk.models.tables.agreements import agreement, instalment, plan
from crmdesk.models.tables.customers import customer
from crmdesk.services.contract_figures import ContractFigures, InstalmentFigures
from crmdesk.services.dialect import day_count
from crmdesk.services.fapiao_totals import fapiao_totals, invoiced_not_received, received_not_invoiced
from crmdesk.services.lists.columns import TODAY, Column, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import CUSTOMER, CUSTOMER_NAME, OVERDUE, amount, searcher
from crmdesk.text import N_

_NEED = frozenset({"customer"})
_JOINS = {"customer": Join(customer, customer.c.id == agreement.c.customer_id)}
_VERSION = Field("version", Kind.INTEGER, "", sortable=False)


def _days(name: str, label: str, help_text: str) -> Field:
    return Field(name, Kind.INTEGER, label, sign="any", help=help_text, width=8)


def _state(kind: str, value: ColumnElement[str]) -> Column:
    return Column(Field("state", Kind.STATE, N_("State"), choices=specs.STATES[kind], width=10), value)


def _head(kind: str) -> tuple[Column, ...]:
    """What every agreement has: number, date, customer, subject."""
    return (
        Column(NUMBER, agreement.c.number),
        Column(DATE, agreement.c.dated_on),
        Column(CUSTOMER, customer.c.code, needs=_NEED, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_NEED),
        Column(specs.TITLE, agreement.c.title),
        _state(kind, _shown_state(kind)),
    )


def _shown_state(kind: str) -> ColumnElement[str]:
    if kind != specs.QUOTE:
        return agreement.c.state
    is_late = and_(agreement.c.state == "sent", agreement.c.valid_until < TODAY)
    return case((is_late, specs.EXPIRED), else_=agreement.c.state)


_TOTAL = Column(amount("total", N_("Total")), agreement.c.total_minor, is_summed=True)
_TAIL = (
    Column(CURRENCY, agreement.c.currency, is_shown=False),
    Column(Field("reason", Kind.TEXT, N_("Reason"), width=20), agreement.c.reason, is_shown=False),
    Column(NOTE, agreement.c.note, is_shown=False),
    Column(_VERSION, agreement.c.version, is_shown=False),
)


def _spec(kind: str, name: str, label: str, *columns: Column, empty_text: str, fill: Any = None) -> ListSpec:
    return ListSpec(
        kind=name,
        label=label,
        columns=(*_head(kind), *columns, *_TAIL),
        source=Source(
            table=agreement,
            id=agreement.c.id,
            columns={},
            where=(agreement.c.kind == kind,),
            joins=_JOINS,
            customer_id=agreement.c.customer_id,
            search=searcher(
                (agreement.c.number, agreement.c.title, agreement.c.note), agreement.c.customer_id
            ),
        ),
        default_sort="-date",
        currency=agreement.c.currency,
        fill=fill,
        empty_text=empty_text,
    )


REQUIREMENTS = _spec(
    specs.REQUIREMENT,
    "requirements",
    N_("Requirements"),
    Column(specs.DELIVER_ON, agreement.c.deliver_on),
    _TOTAL,
    empty_text=N_("No requirements yet. Write down what a customer asks for; a quote comes from it."),
)
QUOTES = _spec(
    specs.QUOTE,
    "quotes",
    N_("Quotes"),
    Column(
        Field(
            "revision", Kind.INTEGER, N_("Version"), help=N_("Which version of the quote this is."), width=6
        ),
        agreement.c.revision,
    ),
    Column(specs.VALID_UNTIL, agreement.c.valid_until),
    _TOTAL,
    empty_text=N_("No quotes yet. Write one; accepted, it becomes a contract."),
)

_FIGURES = ContractFigures(TODAY)
_RUNS = agreement.c.state.in_(("signed", "running"))


def _fill_contracts(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Tax invoices, and how far they and the money are apart."""
    totals = fapiao_totals(connection, [row["id"] for row in rows])
    for row in rows:
        fapiao = totals.get(row["id"], 0)
        row["fapiao"] = fapiao
        row["invoiced_not_received"] = invoiced_not_received(fapiao, row["received"])
        row["received_not_invoiced"] = received_not_invoiced(fapiao, row["received"])


def _filled(name: str, label: str) -> Column:
    return Column(Field(name, Kind.MONEY, label, sign="any", sortable=False, width=14), is_shown=False)


CONTRACTS = _spec(
    specs.CONTRACT,
    "contracts",
    N_("Contracts"),
    _TOTAL,
    Column(amount("billed", N_("Billed")), _FIGURES.billed, is_summed=True),
    Column(amount("received", N_("Received")), _FIGURES.received, is_summed=True),
    Column(Field("received_percent", Kind.INTEGER, N_("Received %"), sign="any", width=8), _FIGURES.percent),
    Column(
        amount("reduced", N_("Credited or written off")), _FIGURES.reduced, is_summed=True, is_shown=False
    ),
    Column(amount("unpaid", N_("Unpaid")), _FIGURES.unpaid, is_summed=True),
    Column(amount("tied", N_("Credit left")), _FIGURES.tied, is_summed=True, is_shown=False),
    _filled("fapiao", N_("Tax invoices")),
    _filled("invoiced_not_received", N_("Invoiced, not received")),
    _filled("received_not_invoiced", N_("Received, not invoiced")),
    Column(specs.ENDS_ON, agreement.c.ends_on),
    Column(
        _days("days_left", N_("Days left"), N_("Days until the contract ends; negative when it has ended.")),
        day_count(agreement.c.ends_on) - day_count(TODAY),
        is_shown=False,
    ),
    Column(
        Field("ended", Kind.BOOLEAN, N_("Past its end"), width=8),
        func.coalesce(and_(_RUNS, agreement.c.ends_on < TODAY), False),
        is_shown=False,
    ),
    Column(Field("signed_on", Kind.DATE, N_("Signed on")), agreement.c.signed_on, is_shown=False),
    Column(specs.SIGNATORIES, agreement.c.signatories, is_shown=False),
    fill=_fill_contracts,
    empty_text=N_("No contracts yet. Make one from an accepted quote, or write it."),
)
ORDERS = _spec(
    specs.ORDER,
    "orders",
    N_("Orders"),
    Column(specs.DELIVER_ON, agreement.c.deliver_on),
    Column(
        OVERDUE,
        func.coalesce(and_(agreement.c.state == "open", agreement.c.deliver_on < TODAY), False),
        is_shown=False,
    ),
    _TOTAL,
    Column(amount("billed", N_("Billed")), _FIGURES.billed, is_summed=True),
    Column(specs.CUSTOMISATION, agreement.c.customisation, is_shown=False),
    empty_text=N_("No orders yet. Make one from a contract or a quote, or write it."),
)

_PARTS = InstalmentFigures(TODAY)

INSTALMENTS = ListSpec(
    kind="instalments",
    label=N_("Instalments"),
    columns=(
        Column(Field("contract", Kind.LINK, N_("Contract"), link="contract", width=16), agreement.c.number),
        Column(
            Field("instalment", Kind.INTEGER, N_("Position in plan"), sign="any", width=6),
            instalment.c.position,
        ),
        Column(Field("label", Kind.TEXT, N_("Instalment"), width=14), instalment.c.label),
        Column(CUSTOMER, customer.c.code, needs=_NEED, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_NEED),
        Column(DUE, instalment.c.due_on),
        Column(
            _days("days", N_("Days to go"), N_("Days until it is due; negative when it is late.")),
            day_count(instalment.c.due_on) - day_count(TODAY),
            is_shown=False,
        ),
        Column(
            Field("state", Kind.STATE, N_("State"), choices=specs.INSTALMENT_STATES, width=10), _PARTS.state
        ),
        Column(amount("amount", N_("Amount")), instalment.c.amount_minor, is_summed=True),
        Column(amount("received", N_("Received")), _PARTS.received, is_summed=True),
        Column(amount("open", N_("Open")), _PARTS.open, is_summed=True),
        Column(
            OVERDUE,
            and_(instalment.c.due_on < TODAY, _PARTS.open > 0, ~_PARTS.is_void),
            is_shown=False,
        ),
        Column(
            Field("invoice", Kind.LINK, N_("Invoice"), link="invoice", width=16),
            func.coalesce(_PARTS.invoice, "", type_=Text()),
        ),
        Column(CURRENCY, instalment.c.currency, is_shown=False),
        Column(specs.TITLE, agreement.c.title, is_shown=False),
    ),
    source=Source(
        table=instalment.join(plan, plan.c.id == instalment.c.plan_id).join(
            agreement, agreement.c.id == plan.c.contract_id
        ),
        id=instalment.c.id,
        columns={},
        where=(
            InstalmentFigures.is_present(TODAY),
            or_(agreement.c.state != "void", agreement.c.closed_on > TODAY),
        ),
        joins=_JOINS,
        customer_id=agreement.c.customer_id,
        search=searcher((agreement.c.number, agreement.c.title, instalment.c.label), agreement.c.customer_id),
    ),
    default_sort="due",
    currency=instalment.c.currency,
    empty_text=N_("No instalments yet. Plan them on a contract."),
)
