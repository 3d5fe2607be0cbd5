"""Lists of tax invoices, the requests for them, and red-letter confirmations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)

from crmdesk.models import clock
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents as documents_specs
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_delivery,
    fapiao_part,
    fapiao_request,
    fapiao_request_part,
    fapiao_request_state,
    fapiao_void,
    red_confirmation,
    red_confirmation_state,
)
from crmdesk.services import fapiao_worth
from crmdesk.services.dialect import among
from crmdesk.services.fapiao_facts import RED_MINOR
from crmdesk.services.lists.columns import Column, Filler, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import CUSTOMER, CUSTOMER_NAME, REASON, amount, searcher
from crmdesk.text import N_

_NEED_CUSTOMER, _NEED_VOID, _NEED_REQUEST = (
    frozenset({"customer"}),
    frozenset({"void"}),
    frozenset({"request"}),
)
_NUMBER = Field("number", Kind.CODE, N_("Number"), width=22)
_KIND = Field("kind", Kind.CHOICE, N_("Kind"), choices=specs.KINDS, width=12)
_MEDIUM = Field("medium", Kind.CHOICE, N_("Medium"), choices=specs.MEDIA, width=12)


def _amounts(table: Table) -> tuple[Column, ...]:
    """What stands on it, in the currency it is written in; what it takes of foreign bills is in `_billed`."""
    return (
        Column(amount("net", N_("Net")), table.c.home_net_minor, is_summed=True, is_shown=False),
        Column(amount("tax", N_("Tax")), table.c.home_tax_minor, is_summed=True, is_shown=False),
        Column(amount("total", N_("Total")), table.c.home_total_minor, is_summed=True),
    )


def _billed(table: Table) -> tuple[Column, ...]:
    """The currency of its bills, and of foreign ones what was converted: USD 1,000.00 × 7.1000."""
    return (
        Column(
            Field("bill_currency", Kind.CURRENCY, N_("Currency of the invoices"), width=6),
            table.c.currency,
            is_shown=False,
        ),
        Column(Field("billed", Kind.TEXT, N_("Converted from"), sortable=False, width=22), is_shown=False),
    )


def _fill_billed(part: Table, key: ColumnElement[int]) -> Filler:
    """Fills the column `billed` from the lines of the rows that are foreign."""

    def fill(connection: Connection, rows: list[dict[str, Any]]) -> None:
        foreign = {row["id"]: row for row in rows if row["bill_currency"] != row["currency"]}
        found: dict[int, list[tuple[str, int]]] = {}
        if foreign:
            query = select(key, part.c.rate, part.c.amount_minor).where(among(key, list(foreign)))
            for record_id, rate, minor in connection.execute(query.order_by(key, part.c.position)):
                found.setdefault(record_id, []).append((rate, minor))
        for row in rows:
            lines = found.get(row["id"], ())
            row["billed"] = fapiao_worth.words(lines, row["bill_currency"], row["currency"])

    return fill


def _state(choices: tuple[Choice, ...], value: ColumnElement[str], needs: frozenset[str]) -> Column:
    return Column(Field("state", Kind.STATE, N_("State"), choices=choices, width=10), value, needs=needs)


_NUMBERS_OF_REQUEST = (
    select(func.coalesce(func.max(fapiao.c.number), "", type_=Text()))
    .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
    .where(fapiao.c.request_id == fapiao_request.c.id, fapiao.c.color == specs.BLUE)
    .where(fapiao_void.c.fapiao_id.is_(None))
    .correlate(fapiao_request)
    .scalar_subquery()
)

FAPIAO_REQUESTS = ListSpec(
    kind="fapiao_requests",
    label=N_("Tax invoice requests"),
    columns=(
        Column(documents_specs.NUMBER, fapiao_request.c.number),
        Column(documents_specs.DATE, fapiao_request.c.dated_on),
        Column(CUSTOMER, customer.c.code, needs=_NEED_CUSTOMER, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_NEED_CUSTOMER),
        Column(_KIND, fapiao_request.c.kind),
        Column(_MEDIUM, fapiao_request.c.medium),
        *_amounts(fapiao_request),
        _state(specs.REQUEST_STATES, fapiao_request_state.c.state, frozenset()),
        Column(Field("fapiao", Kind.CODE, N_("Tax invoice"), width=22), _NUMBERS_OF_REQUEST),
        Column(REASON, fapiao_request_state.c.reason, is_shown=False),
        Column(documents_specs.CURRENCY, fapiao_request.c.home_currency, is_shown=False),
        *_billed(fapiao_request),
        Column(documents_specs.NOTE, fapiao_request.c.note, is_shown=False),
    ),
    source=Source(
        table=fapiao_request.join(
            fapiao_request_state, fapiao_request_state.c.request_id == fapiao_request.c.id
        ),
        id=fapiao_request.c.id,
        columns={},
        joins={"customer": Join(customer, customer.c.id == fapiao_request.c.customer_id)},
        customer_id=fapiao_request.c.customer_id,
        search=searcher(
            (fapiao_request.c.number, fapiao_request.c.profile, fapiao_request.c.note),
            fapiao_request.c.customer_id,
        ),
    ),
    default_sort="-date",
    currency=fapiao_request.c.home_currency,
    fill=_fill_billed(fapiao_request_part, fapiao_request_part.c.request_id),
    empty_text=N_("No requests yet. Ask for a tax invoice from an invoice or a customer."),
)

_ORIGIN = fapiao.alias("blue")
_DELIVERED = (
    select(func.max(fapiao_delivery.c.delivered_on, type_=Day()))
    .where(fapiao_delivery.c.fapiao_id == fapiao.c.id)
    .correlate(fapiao)
    .scalar_subquery()
)

FAPIAO = ListSpec(
    kind="fapiao",
    label=N_("Tax invoices"),
    columns=(
        Column(_NUMBER, fapiao.c.number),
        Column(Field("code", Kind.CODE, N_("Code"), width=14), fapiao.c.code, is_shown=False),
        Column(documents_specs.DATE, fapiao.c.dated_on),
        Column(CUSTOMER, customer.c.code, needs=_NEED_CUSTOMER, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_NEED_CUSTOMER),
        Column(Field("color", Kind.CHOICE, N_("Colour"), choices=specs.COLORS, width=6), fapiao.c.color),
        Column(_KIND, fapiao.c.kind),
        Column(_MEDIUM, fapiao.c.medium),
        *_amounts(fapiao),
        _state(
            specs.FAPIAO_STATES,
            case(
                (fapiao_void.c.fapiao_id.is_not(None), specs.VOID),
                (or_(fapiao.c.color == specs.RED, RED_MINOR == 0), specs.VALID),
                (fapiao.c.total_minor <= RED_MINOR, specs.ALL_RED),
                else_=specs.PART_RED,
            ),
            _NEED_VOID,
        ),
        Column(
            amount("counted", N_("Counted")),
            case(
                (or_(fapiao_void.c.fapiao_id.is_not(None), fapiao.c.kind == specs.RECEIPT), 0),
                else_=fapiao.c.home_total_minor,
            ),
            needs=_NEED_VOID,
            is_summed=True,
            is_shown=False,
        ),
        Column(
            Field("request", Kind.LINK, N_("Request"), link="fapiao_request", width=14),
            func.coalesce(fapiao_request.c.number, "", type_=Text()),
            needs=_NEED_REQUEST,
            is_shown=False,
        ),
        Column(
            Field("origin", Kind.LINK, N_("Reverses"), link="fapiao", width=22),
            func.coalesce(_ORIGIN.c.number, "", type_=Text()),
            needs=frozenset({"origin"}),
            is_shown=False,
        ),
        Column(Field("delivered", Kind.DATE, N_("Delivered"), width=10), _DELIVERED),
        Column(documents_specs.CURRENCY, fapiao.c.home_currency, is_shown=False),
        *_billed(fapiao),
        Column(documents_specs.NOTE, fapiao.c.note, is_shown=False),
    ),
    source=Source(
        table=fapiao,
        id=fapiao.c.id,
        columns={},
        joins={
            "customer": Join(customer, customer.c.id == fapiao.c.customer_id),
            "void": Join(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id),
            "request": Join(fapiao_request, fapiao_request.c.id == fapiao.c.request_id),
            "origin": Join(_ORIGIN, and_(_ORIGIN.c.id == fapiao.c.origin_id)),
        },
        customer_id=fapiao.c.customer_id,
        search=searcher(
            (fapiao.c.number, fapiao.c.code, fapiao.c.profile, fapiao.c.note), fapiao.c.customer_id
        ),
    ),
    default_sort="-date",
    currency=fapiao.c.home_currency,
    fill=_fill_billed(fapiao_part, fapiao_part.c.fapiao_id),
    empty_text=N_("No tax invoices yet. Record the first one, or ask for it."),
)

_RED = fapiao.alias("red")
_SLIPS_END: ColumnElement[str] = bindparam("slips_end", type_=Text())
"""A pending confirmation that was opened before this moment has expired."""


def _supply_end(connection: Connection, today: date) -> dict[str, str]:
    del connection, today
    return {"slips_end": clock.stamp(clock.now_utc() - timedelta(hours=specs.CONFIRMATION_HOURS))}


# A pending one ends by the clock, as `fapiao_confirmations.state_at` has it; nobody writes that it did.
_SLIP_STATE = case(
    (
        and_(
            red_confirmation_state.c.state == specs.PENDING,
            red_confirmation.c.opened_at < _SLIPS_END,
        ),
        specs.EXPIRED,
    ),
    else_=red_confirmation_state.c.state,
)

RED_CONFIRMATIONS = ListSpec(
    kind="red_confirmations",
    label=N_("Red-letter confirmations"),
    columns=(
        Column(documents_specs.NUMBER, red_confirmation.c.number),
        Column(Field("opened", Kind.MOMENT, N_("Opened"), width=15), red_confirmation.c.opened_at),
        Column(CUSTOMER, customer.c.code, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials),
        Column(Field("fapiao", Kind.LINK, N_("Tax invoice"), link="fapiao", width=22), fapiao.c.number),
        Column(
            Field("by", Kind.CHOICE, N_("Opened by"), choices=specs.SIDES, width=8),
            red_confirmation.c.opened_by,
        ),
        Column(
            Field("reason", Kind.CHOICE, N_("Reason"), choices=specs.RED_REASONS, width=14),
            red_confirmation.c.reason,
        ),
        Column(amount("total", N_("Total")), red_confirmation.c.home_total_minor, is_summed=True),
        _state(specs.CONFIRMATION_STATES, _SLIP_STATE, frozenset()),
        Column(
            Field("red", Kind.LINK, N_("Red tax invoice"), link="fapiao", width=22),
            func.coalesce(_RED.c.number, "", type_=Text()),
            needs=frozenset({"red"}),
            is_shown=False,
        ),
        Column(
            replace(REASON, name="ended", label=N_("Why it ended")),
            red_confirmation_state.c.reason,
            is_shown=False,
        ),
        Column(documents_specs.CURRENCY, red_confirmation.c.home_currency, is_shown=False),
        Column(documents_specs.NOTE, red_confirmation.c.note, is_shown=False),
    ),
    source=Source(
        table=red_confirmation.join(
            red_confirmation_state, red_confirmation_state.c.confirmation_id == red_confirmation.c.id
        )
        .join(fapiao, fapiao.c.id == red_confirmation.c.fapiao_id)
        .join(customer, customer.c.id == fapiao.c.customer_id),
        id=red_confirmation.c.id,
        columns={},
        joins={"red": Join(_RED, _RED.c.id == red_confirmation_state.c.red_id)},
        customer_id=fapiao.c.customer_id,
        supply=_supply_end,
        search=searcher(
            (red_confirmation.c.number, fapiao.c.number, red_confirmation.c.note), fapiao.c.customer_id
        ),
    ),
    default_sort="-opened",
    currency=red_confirmation.c.home_currency,
    empty_text=N_(
        "No red-letter confirmations yet. Open one at a tax invoice that the buyer has used or booked."
    ),
)
