"""Tax invoices as the window shows them: one with its chain, a request with its lines, what the platform asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models import clock
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_credit,
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
from crmdesk.services.fapiao_confirmations import state_at
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class FactLine:
    """One line: 金额, 税率, 税额, 价税合计 in minor units of the bill's currency; negative on a red one.

    `home_…` is what stands on the tax document, at `rate`.
    """

    bill: str
    """The number of the bill it is for."""
    document_id: int
    description: str
    unit: str
    quantity: str
    tax_kind: str
    tax_rate: str
    net_minor: int
    tax_minor: int
    amount_minor: int
    rate: str
    home_net_minor: int
    home_tax_minor: int


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One tax invoice of a chain original → red → new; `total_minor` in the currency of its bills."""

    id: int
    code: str
    number: str
    color: str
    dated_on: date
    total_minor: int
    currency: str
    home_total_minor: int
    home_currency: str
    """What stands on it, in the currency it is written in."""
    state: str
    """valid, part_red, all_red or void."""
    origin_id: int | None
    replaces_id: int | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """When and how it was handed over."""

    delivered_on: date
    channel: str
    recipient: str


@dataclass(frozen=True, slots=True)
class FapiaoFacts:
    """A tax invoice with everything around it."""

    link: ChainLink
    kind: str
    medium: str
    customer: str
    customer_name: str
    request: str
    """The number of its request, or nothing."""
    profile: dict[str, str]
    home_net_minor: int
    home_tax_minor: int
    reason: str
    note: str
    voided_on: date | None
    void_reason: str
    red_minor: int
    """What of it is red, positive, in the currency of its bills."""
    home_red_minor: int
    """The same in the currency it is written in."""
    lines: tuple[FactLine, ...]
    deliveries: tuple[Delivery, ...]
    """The latest first."""
    credits: tuple[str, ...]
    chain: tuple[ChainLink, ...]

    @property
    def billed_words(self) -> str:
        """“USD 1,000.00 × 7.1000” of foreign bills, else ""."""
        return _billed(self.lines, self.link.currency, self.link.home_currency)


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request with its lines; `total_minor` in the currency of its bills, `home_…` in that of the tax document."""

    id: int
    number: str
    customer: str
    customer_name: str
    dated_on: date
    kind: str
    medium: str
    currency: str
    profile: dict[str, str]
    total_minor: int
    home_currency: str
    home_net_minor: int
    home_tax_minor: int
    home_total_minor: int
    note: str
    state: str
    changed_on: date
    state_reason: str
    lines: tuple[FactLine, ...]
    fapiao: tuple[ChainLink, ...]
    """What was issued for it, red and void ones included."""

    @property
    def billed_words(self) -> str:
        """“USD 1,000.00 × 7.1000” of foreign bills, else ""."""
        return _billed(self.lines, self.currency, self.home_currency)

    @property
    def remark(self) -> str:
        """The note (备注) for the tax platform: what was noted, else the bills, and what was converted."""
        words = self.note or "、".join(dict.fromkeys(line.bill for line in self.lines))
        return " · ".join(filter(None, (words, self.billed_words)))


def _billed(lines: tuple[FactLine, ...], currency: str, home: str) -> str:
    return fapiao_worth.words(((line.rate, line.amount_minor) for line in lines), currency, home)


@dataclass(frozen=True, slots=True)
class ConfirmationFacts:
    """A red-letter confirmation over an amount of the tax document; `state` with what the clock says."""

    number: str
    fapiao_id: int
    fapiao: str
    opened_by: str
    opened_at: str
    reason: str
    currency: str
    total_minor: int
    state: str
    id: int = 0
    note: str = ""
    state_reason: str = ""
    """Why it was refused or taken back."""


_RED = fapiao.alias("red")
_RED_VOID = fapiao_void.alias("red_void")


def _red_sum(column: Any) -> Any:
    return (
        select(func.coalesce(func.sum(-column), 0))
        .outerjoin(_RED_VOID, _RED_VOID.c.fapiao_id == _RED.c.id)
        .where(_RED.c.origin_id == fapiao.c.id, _RED_VOID.c.fapiao_id.is_(None))
        .correlate(fapiao)
        .scalar_subquery()
    )


RED_MINOR = _red_sum(_RED.c.total_minor)
"""What of a fapiao is red, in the currency of its bills."""

_LINK = (
    fapiao.c.id,
    fapiao.c.code,
    fapiao.c.number,
    fapiao.c.color,
    fapiao.c.dated_on,
    fapiao.c.total_minor,
    fapiao.c.currency,
    fapiao.c.home_total_minor,
    fapiao.c.home_currency,
    fapiao.c.origin_id,
    fapiao.c.replaces_id,
    fapiao_void.c.voided_on,
    RED_MINOR.label("red_minor"),
)


def _links(connection: Connection, condition: Any) -> list[ChainLink]:
    query = (
        select(*_LINK)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .where(condition)
        .order_by(fapiao.c.id)
    )
    return [
        ChainLink(
            row.id,
            row.code,
            row.number,
            row.color,
            row.dated_on,
            row.total_minor,
            row.currency,
            row.home_total_minor,
            row.home_currency,
            _state(row.voided_on, row.total_minor, row.red_minor),
            row.origin_id,
            row.replaces_id,
        )
        for row in connection.execute(query)
    ]


def _state(voided_on: date | None, total_minor: int, red_minor: int) -> str:
    if voided_on is not None:
        return specs.VOID
    if red_minor <= 0:
        return specs.VALID
    return specs.ALL_RED if red_minor >= total_minor else specs.PART_RED


def find(connection: Connection, number: str, code: str = "") -> int | None:
    """The id of the tax invoice with that number (and code), or None."""
    return connection.execute(
        select(fapiao.c.id).where(fapiao.c.number == number, fapiao.c.code == code)
    ).scalar()


def _missing() -> NotFound:
    return NotFound(Code.NOT_FOUND, _("This tax invoice does not exist any more."), field="fapiao")


def chain(connection: Connection, fapiao_id: int) -> tuple[ChainLink, ...]:
    """The whole chain original → red → new … that a tax invoice belongs to, in order of recording."""
    root = next(iter(_links(connection, fapiao.c.id == fapiao_id)), None)
    if root is None:
        raise _missing()
    while (before := root.origin_id or root.replaces_id) is not None:
        root = _links(connection, fapiao.c.id == before)[0]
    found = {root.id: root}
    newest = [root.id]
    while newest:
        following = _links(connection, fapiao.c.origin_id.in_(newest) | fapiao.c.replaces_id.in_(newest))
        newest = [link.id for link in following if link.id not in found]
        found |= {link.id: link for link in following}
    return tuple(found[record_id] for record_id in sorted(found))


def _lines(connection: Connection, part: Any, key: Any, record_id: int) -> tuple[FactLine, ...]:
    query = (
        select(
            document.c.number,
            part.c.document_id,
            part.c.description,
            part.c.unit,
            part.c.quantity,
            part.c.tax_kind,
            part.c.tax_rate,
            part.c.net_minor,
            part.c.tax_minor,
            part.c.amount_minor,
            part.c.rate,
            part.c.home_net_minor,
            part.c.home_tax_minor,
        )
        .join_from(part, document, document.c.id == part.c.document_id)
        .where(key == record_id)
        .order_by(part.c.position)
    )
    return tuple(FactLine(*row) for row in connection.execute(query))


def load(connection: Connection, fapiao_id: int) -> FapiaoFacts:
    """One tax invoice. Raises NotFound."""
    row = connection.execute(
        select(
            fapiao,
            customer.c.code.label("customer_code"),
            customer.c.name.label("customer_name"),
            fapiao_request.c.number.label("request"),
            fapiao_void.c.voided_on,
            fapiao_void.c.reason.label("void_reason"),
            RED_MINOR.label("red_minor"),
            _red_sum(_RED.c.home_total_minor).label("home_red_minor"),
        )
        .join_from(fapiao, customer, customer.c.id == fapiao.c.customer_id)
        .outerjoin(fapiao_request, fapiao_request.c.id == fapiao.c.request_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .where(fapiao.c.id == fapiao_id)
    ).first()
    if row is None:
        raise _missing()
    links = chain(connection, fapiao_id)
    deliveries = connection.execute(
        select(fapiao_delivery.c.delivered_on, fapiao_delivery.c.channel, fapiao_delivery.c.recipient)
        .where(fapiao_delivery.c.fapiao_id == fapiao_id)
        .order_by(fapiao_delivery.c.id.desc())
    )
    notes = connection.execute(
        select(document.c.number)
        .join_from(fapiao_credit, document, document.c.id == fapiao_credit.c.document_id)
        .where(fapiao_credit.c.fapiao_id == fapiao_id)
        .order_by(document.c.id)
    )
    return FapiaoFacts(
        next(link for link in links if link.id == fapiao_id),
        row.kind,
        row.medium,
        row.customer_code,
        row.customer_name,
        row.request or "",
        json.loads(row.profile),
        row.home_net_minor,
        row.home_tax_minor,
        row.reason,
        row.note,
        row.voided_on,
        row.void_reason or "",
        row.red_minor,
        row.home_red_minor,
        _lines(connection, fapiao_part, fapiao_part.c.fapiao_id, fapiao_id),
        tuple(Delivery(*entry) for entry in deliveries),
        tuple(notes.scalars()),
        links,
    )


def load_request(connection: Connection, number: str) -> RequestFacts:
    """One request by its number. Raises NotFound."""
    state = fapiao_request_state
    row = connection.execute(
        select(
            fapiao_request,
            customer.c.code.label("customer_code"),
            customer.c.name.label("customer_name"),
            state.c.state,
            state.c.changed_on,
            state.c.reason,
        )
        .join_from(fapiao_request, customer, customer.c.id == fapiao_request.c.customer_id)
        .join(state, state.c.request_id == fapiao_request.c.id)
        .where(fapiao_request.c.number == number)
    ).first()
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no tax invoice request {number}.").format(number=f"“{number[:60]}”"),
            field="number",
        )
    part = fapiao_request_part
    return RequestFacts(
        row.id,
        row.number,
        row.customer_code,
        row.customer_name,
        row.dated_on,
        row.kind,
        row.medium,
        row.currency,
        json.loads(row.profile),
        row.total_minor,
        row.home_currency,
        row.home_net_minor,
        row.home_tax_minor,
        row.home_total_minor,
        row.note,
        row.state,
        row.changed_on,
        row.reason,
        _lines(connection, part, part.c.request_id, row.id),
        tuple(_links(connection, fapiao.c.request_id == row.id)),
    )


def confirmations(
    connection: Connection, fapiao_id: int | None = None, confirmation_id: int | None = None
) -> list[ConfirmationFacts]:
    """Red-letter confirmations, all, those of one tax invoice, or the one of an id; the newest first."""
    state = red_confirmation_state
    query = (
        select(
            red_confirmation.c.number,
            red_confirmation.c.fapiao_id,
            fapiao.c.number,
            red_confirmation.c.opened_by,
            red_confirmation.c.opened_at,
            red_confirmation.c.reason,
            red_confirmation.c.home_currency,
            red_confirmation.c.home_total_minor,
            state.c.state,
            red_confirmation.c.id,
            red_confirmation.c.note,
            state.c.reason,
        )
        .join_from(red_confirmation, fapiao, fapiao.c.id == red_confirmation.c.fapiao_id)
        .join(state, state.c.confirmation_id == red_confirmation.c.id)
        .order_by(red_confirmation.c.id.desc())
    )
    if fapiao_id is not None:
        query = query.where(red_confirmation.c.fapiao_id == fapiao_id)
    if confirmation_id is not None:
        query = query.where(red_confirmation.c.id == confirmation_id)
    now = clock.now_utc()
    return [
        ConfirmationFacts(*row[:8], state_at(row[8], row[4], now), *row[9:])
        for row in connection.execute(query)
    ]
