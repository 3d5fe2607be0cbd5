"""An electronic invoice that came as a file, and the request it answers. The file is parsed in a bound child only."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import money
from crmdesk.models.specs.fapiao import REQUESTED
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.fapiao import fapiao_request, fapiao_request_state
from crmdesk.services.imports import process
from crmdesk.services.imports.fault_messages import exception_for
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.limits import Limits
from crmdesk.services.imports.reader import check_path
from crmdesk.services.imports.wire import EINVOICE
from crmdesk.text import N_


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line as far as the file says it; None for what it does not say."""

    name: str
    unit: str
    quantity: Decimal | None
    net: Decimal | None
    tax_rate: Decimal | None
    tax: Decimal | None


@dataclass(frozen=True, slots=True)
class ReadInvoice:
    """What a file says. Amounts as written; those after `total` only from UBL and CII (BT-106 to BT-115)."""

    format: str
    """digital_xml, ofd, pdf, ubl or cii."""
    kind: str
    """special, ordinary; of UBL and CII invoice or credit."""
    medium: str
    number: str
    code: str
    dated_on: date | None
    seller: str
    seller_tax_number: str
    buyer: str
    buyer_tax_number: str
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    lines: tuple[ReadLine, ...]
    line_total: Decimal | None = None
    allowances: Decimal | None = None
    charges: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    payable: Decimal | None = None


def read_file(path: Path, limits: Limits | None = None) -> ReadInvoice:
    """Reads a file that was dropped on the window: 数电 XML, OFD, PDF, UBL, CII.

    Raises InvalidInput or NotFound with the codes of imports, or `einvoice_unreadable`.
    """
    try:
        check_path(path)
        raw = process.run(path.resolve(), None, None, limits or Limits(), task=EINVOICE)
    except ReadFault as fault:
        raise exception_for(fault, path.name) from None
    return _typed(raw.head)


def _typed(found: dict[str, Any]) -> ReadInvoice:
    texts = {"format", "kind", "medium", "number", "code", "seller", "seller_tax_number", "buyer",
             "buyer_tax_number", "currency"}  # fmt: skip
    values: dict[str, Any] = {}
    for entry in fields(ReadInvoice):
        value = found.get(entry.name, "")
        if entry.name in texts:
            values[entry.name] = value
        elif entry.name == "dated_on":
            values[entry.name] = _day(found["date"])
        elif entry.name == "lines":
            values[entry.name] = tuple(_line(line) for line in value)
        else:
            values[entry.name] = Decimal(value) if value else None
    values["tax"] = values["tax"] or Decimal(0)
    return ReadInvoice(**values)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _line(found: dict[str, str]) -> ReadLine:
    amounts = (
        Decimal(found[name]) if found[name] else None for name in ("quantity", "net", "tax_rate", "tax")
    )
    return ReadLine(found["name"], found["unit"], *amounts)


BUYER_AND_TOTAL, NAME_AND_TOTAL, BUYER_ONLY, TOTAL_ONLY = "buyer_total", "name_total", "buyer", "total"
REASONS = {
    BUYER_AND_TOTAL: N_("The buyer's tax number and the total agree."),
    NAME_AND_TOTAL: N_("The buyer's name and the total agree."),
    BUYER_ONLY: N_("The buyer agrees, the total differs."),
    TOTAL_ONLY: N_("Only the total agrees."),
}
_RANK = (BUYER_AND_TOTAL, NAME_AND_TOTAL, TOTAL_ONLY, BUYER_ONLY)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request that a file may answer."""

    request: str
    customer: str
    customer_name: str
    title: str
    total_minor: int
    """What the tax invoice for it will say, in `currency`."""
    currency: str
    reason: str
    """Key of `REASONS`."""


@dataclass(frozen=True, slots=True)
class Match:
    """The requests that come into question, the best first; `chosen` where one alone agrees in buyer and total."""

    chosen: str
    candidates: tuple[Candidate, ...]


def match(connection: Connection, read: ReadInvoice) -> Match:
    """Which open request a file answers, by the buyer's tax number (or name) and the total."""
    query = (
        select(
            fapiao_request.c.number,
            fapiao_request.c.profile,
            fapiao_request.c.home_total_minor,
            fapiao_request.c.home_currency,
            customer.c.code,
            customer.c.name,
        )
        .join_from(
            fapiao_request_state, fapiao_request, fapiao_request.c.id == fapiao_request_state.c.request_id
        )
        .join(customer, customer.c.id == fapiao_request.c.customer_id)
        .where(fapiao_request_state.c.state == REQUESTED)
        .order_by(fapiao_request.c.id)
    )
    found: list[Candidate] = []
    for row in connection.execute(query):
        profile = json.loads(row.profile)
        total, currency = row.home_total_minor, row.home_currency
        is_total = currency == read.currency and money.to_decimal(total, currency) == read.total
        is_number = bool(read.buyer_tax_number) and profile["tax_number"] == read.buyer_tax_number
        is_name = bool(read.buyer) and profile["title"] == read.buyer
        reason = _reason(is_total=is_total, is_number=is_number, is_name=is_name)
        if reason:
            found.append(Candidate(row.number, row.code, row.name, profile["title"], total, currency, reason))
    found.sort(key=lambda one: _RANK.index(one.reason))
    for reason in (BUYER_AND_TOTAL, NAME_AND_TOTAL):
        sure = [one.request for one in found if one.reason == reason]
        if sure:
            return Match(sure[0] if len(sure) == 1 else "", tuple(found))
    return Match("", tuple(found))


def _reason(*, is_total: bool, is_number: bool, is_name: bool) -> str:
    if is_total and is_number:
        return BUYER_AND_TOTAL
    if is_total and is_name:
        return NAME_AND_TOTAL
    if is_total:
        return TOTAL_ONLY
    return BUYER_ONLY if is_number or is_name else ""


def issue_arguments(read: ReadInvoice, request: str) -> dict[str, Any]:
    """What was read as the arguments of `fapiao.issue`."""
    arguments: dict[str, Any] = {
        "request": request,
        "number": read.number,
        "total": money.plain(money.to_minor(read.total, read.currency), read.currency),
    }
    if read.code:
        arguments["code"] = read.code
    if read.dated_on is not None:
        arguments["date"] = read.dated_on.isoformat()
    return arguments
