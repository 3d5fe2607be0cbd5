"""Invoices (应收单): issue and void."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crmdesk.models import clock, discount_terms, money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, optional, required
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.documents import DATE, INVOICE, REASON
from crmdesk.models.totals import Totals
from crmdesk.services import (
    carrying,
    custom_values,
    customers,
    document_lines,
    exposure,
    ledger,
    posted,
    rates,
    reversing,
    templates,
)
from crmdesk.services.doubts import warning
from crmdesk.services.ledger import Leg
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

DRAFT = Field("draft", Kind.LINK, N_("Draft"), link="draft")
SEEN = Field(
    "seen",
    Kind.TEXT,
    N_("State of the draft"),
    help=N_("The state that was shown; another one in the book refuses the change."),
    length_max=64,
)
OWN = values_of("invoice")
FUTURE_DAYS_MAX = 366

OVERRIDE = (
    Field(
        "override",
        Kind.BOOLEAN,
        N_("Beyond the credit limit"),
        help=N_("Issue it although the book refuses invoices beyond the limit; needs a reason."),
    ),
    Field("override_reason", Kind.TEXT, N_("Reason for going beyond the limit"), length_max=500),
)

LINE_ERRORS = (
    Code.REQUIRED,
    Code.OUT_OF_RANGE,
    Code.TOO_MANY_DECIMALS,
    Code.AMOUNT_TOO_LARGE,
    Code.NOT_FOUND,
    Code.INACTIVE,
    Code.CURRENCY_UNKNOWN,
    Code.PERIOD_LOCKED,
    Code.DUPLICATE,
    Code.DATE_ORDER,
    Code.RATE_MISSING,
)


def terms_of(customer: customers.CustomerRow, given: str | None) -> discount_terms.Terms:
    """The terms of settlement discount given, or the customer's; none at all are empty ones."""
    text = given or customer.discount_terms
    return discount_terms.parse(text) if text else discount_terms.Terms()


def due_date(
    customer: customers.CustomerRow, on: date, due: date | None, net_days: int | None = None
) -> date:
    """The due date given, or by `net_days` of discount terms, the customer's terms, the book's; without any the
    document's own date."""
    if due is not None:
        if due < on:
            raise InvalidInput(
                Code.DATE_ORDER,
                _("The due date {due} is before the invoice date {date}.").format(
                    due=due.isoformat(), date=on.isoformat()
                ),
                field="due",
            )
        return due
    return on + timedelta(days=customer.terms_days if net_days is None else net_days)


def warn_far_future(unit: Unit, on: date) -> None:
    """A date more than a year ahead is taken, with a warning (52 of the bad inputs)."""
    if on > clock.today() + timedelta(days=FUTURE_DAYS_MAX):
        unit.warnings.append(
            {
                "code": str(Code.DATE_FUTURE),
                "field": "date",
                "message": _("{date} is more than a year ahead.").format(date=on.isoformat()),
            }
        )


def keep_limit(
    unit: Unit, customer: customers.CustomerRow, currency: str, total_minor: int, override: str | None
) -> None:
    """Warns of an invoice beyond the customer's credit limit, or refuses it where the book says so.

    The limit is in the customer's own currency; what he owes in others counts at the rates of the day, and what has
    no rate is told. Rates are read only where something is in another currency.
    """
    limit = customer.credit_limit_minor
    if limit is None:
        return
    own = customer.currency
    balances = unit.open_items.balances(customer.id)
    after = balances | {currency: balances.get(currency, 0) + total_minor}
    is_mixed = any(minor for one, minor in after.items() if one != own)
    of_day = rates.known(unit).of_day(clock.today()) if is_mixed else {}
    used = exposure.convert(balances, own, unit.settings.currency, of_day).minor
    owed = exposure.convert(after, own, unit.settings.currency, of_day)
    not_counted = exposure.unrated_words(owed.unrated)
    over = owed.minor - limit
    if over <= 0:
        if not_counted:
            words = _("The credit limit of {code} {name} was checked in part.").format(
                code=customer.code, name=customer.name
            )
            unit.warnings.append(warning(Code.RATE_MISSING, f"{words} {not_counted}", "customer"))
        return
    words = _(
        "{code} {name} owes {used}; with this invoice he is {over} beyond his credit limit of {limit}."
    ).format(
        code=customer.code,
        name=customer.name,
        used=money.plain(used, own),
        over=money.plain(over, own),
        limit=money.plain(limit, own),
    )
    if is_mixed:
        words += " " + _("All in {currency}, other currencies at the rates of today.").format(currency=own)
    if not_counted:
        words += " " + not_counted
    if unit.settings.credit_policy == "refuse":
        if override is None:
            raise Conflict(
                Code.CREDIT_LIMIT,
                words + " " + _("Issue it with override and a reason, or raise the limit."),
                field="customer",
            )
        unit.note("customer", customer.id, None, {"beyond_limit": over, "reason": override})
    unit.warnings.append({"code": str(Code.CREDIT_LIMIT), "field": "customer", "message": words})


@use_case(
    "invoice.issue",
    fields=(DRAFT, SEEN, *optional(INVOICE), *OVERRIDE, OWN),
    summary=N_("Issue an invoice, from a draft or at once: it gets its number and is locked."),
    errors=(*LINE_ERRORS, Code.CHANGED_BY, Code.CREDIT_LIMIT),
)
def issue(
    unit: Unit,
    *,
    draft: str | None,
    seen: str | None = None,
    override: bool | None = None,
    override_reason: str | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Issues an invoice. Amounts in the result are decimal strings of its currency."""
    from crmdesk.services import drafts

    if override and not override_reason:
        raise document_lines.missing("override_reason")
    reason = override_reason if override else None
    if draft is not None:
        return drafts.issue(unit, draft, values, seen, override=reason)
    return issue_values(unit, values, override=reason)


@dataclass(frozen=True, slots=True)
class Agreed:
    """Amounts that were agreed before (a contract's, or its part for one instalment), and by which rounding."""

    totals: Totals
    rounding: str
    due_on: date | None = None
    """An instalment's own due date, also one before the day on which it is billed: it ages from there."""


def issue_values(
    unit: Unit,
    values: dict[str, Any],
    agreed: Agreed | None = None,
    *,
    override: str | None = None,
    replaces: Posted | None = None,
) -> dict[str, Any]:
    """Issues an invoice from typed values of the INVOICE fields (the draft checks the same way).

    `agreed` amounts stand for the computed ones, line by line: what was signed is billed to the cent.
    `override` is the reason for going beyond the customer's credit limit. Own fields come as `fields`; without that
    key nobody was asked for them. `replaces`: the invoice whose place this one takes, whose unique values may come
    again, and whose due date stays unless another one is given, also when it is past: what is owed is owed since then,
    only its paper is new.
    """
    for name in ("customer", "lines"):
        if not values[name]:
            raise document_lines.missing(name)
    customer = customers.find_active(unit, values["customer"])
    on: date = values["date"] or clock.today()
    currency = values["currency"] or customer.currency
    settlement = terms_of(customer, values.get("discount_terms"))
    kept_due = agreed.due_on if agreed else replaces.due_on if replaces else None
    if kept_due is not None and (agreed or values["due"] in (None, kept_due)):
        due = kept_due
    else:
        due = due_date(customer, on, values["due"], settlement.net_days)
    lines = document_lines.read(unit, values["lines"], currency, on, level=customer.level)
    discount = document_lines.read_discount(values["discount"], currency, "discount")
    totals = agreed.totals if agreed else document_lines.total(unit, lines, currency, discount)
    own = custom_values.check(
        unit,
        "invoice",
        values.get("fields"),
        currency=currency,
        is_asked="fields" in values,
        except_ids=() if replaces is None else (replaces.id,),
    )
    ledger.require_open_period(unit, on)
    keep_limit(unit, customer, currency, totals.total_minor, override)
    warn_far_future(unit, on)
    rate = rates.of_document(unit, currency, on, values.get("rate"))
    base = carrying.to_base(totals.total_minor, currency, rate, unit.settings.currency) if rate else None
    net_base, tax_base = carrying.valued(base, (totals.net_minor, totals.tax_minor))
    number, generation = posted.claim_number(unit, "invoice", values["number"], on)
    terms: dict[str, Any] = {"rounding": agreed.rounding if agreed else unit.settings.rounding}
    if values["discount"]:
        terms["discount"] = {
            name: f"{part:f}" for name, part in values["discount"].items() if part is not None
        }
    if settlement.steps:
        terms["settlement"] = str(settlement)
    document = posted.write(
        unit,
        "invoice",
        number,
        generation,
        customer_id=customer.id,
        currency=currency,
        dated_on=on,
        due_on=due,
        total_minor=totals.total_minor,
        net_minor=totals.net_minor,
        tax_minor=totals.tax_minor,
        discount_minor=totals.discount_minor,
        effect_minor=totals.total_minor,
        reference=values["reference"] or "",
        note=values["note"] or "",
        terms=json.dumps(terms),
        rate=rate,
        origin_id=None if replaces is None else replaces.id,
    )
    document_lines.write(unit, document.id, lines, totals)
    custom_values.write(unit, own, document.id)
    ledger.post(
        unit,
        document.id,
        dated_on=on,
        customer_id=customer.id,
        currency=currency,
        legs=(
            Leg(ledger.account_id(unit, templates.RECEIVABLE), totals.total_minor, base_minor=base),
            Leg(
                ledger.account_id(unit, templates.REVENUE),
                -totals.net_minor,
                base_minor=carrying.negative(net_base),
            ),
            Leg(
                ledger.account_id(unit, templates.TAX),
                -totals.tax_minor,
                base_minor=carrying.negative(tax_base),
            ),
        ),
    )
    unit.open_items.new(document)
    total = money.plain(totals.total_minor, currency)
    return {
        "number": number,
        "net": money.plain(totals.net_minor, currency),
        "tax": money.plain(totals.tax_minor, currency),
        "total": total,
        "open": total,
        "due": due.isoformat(),
    }


@use_case(
    "invoice.void",
    fields=(
        required(Field("invoice", Kind.LINK, N_("Invoice"), link="invoice")),
        DATE,
        required(REASON),
    ),
    summary=N_("Void an invoice: a dated reversal of the whole document; number and reason stay."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.IS_ALLOCATED, Code.PERIOD_LOCKED, Code.DATE_ORDER),
)
def void(unit: Unit, *, invoice: str, date: date | None, reason: str) -> dict[str, Any]:
    """Voids an invoice or an opening balance. Refused while anything is allocated to it."""
    original = posted.find(unit, ("invoice", "opening"), invoice, "invoice")
    return void_document(unit, original, date or clock.today(), reason, "invoice")


def void_document(unit: Unit, original: Posted, on: date, reason: str, field: str) -> dict[str, Any]:
    """Reverses a document of which nothing is allocated, refunded or released later than the date."""
    reversing.require_reversible(unit, original, on, field)
    item = unit.open_items.get(original)
    is_settled_in_part = item.open_minor != original.total_minor
    if is_settled_in_part or item.last_event_on > on:
        raise Conflict(
            Code.IS_ALLOCATED,
            _("{number} has allocations. Release them first, then void it.").format(number=original.number),
            field=field,
        )
    reversing.reverse(unit, original, on, reason)
    unit.open_items.settle(item, item.open_minor, on)
    return {"number": original.number, "date": on.isoformat()}
