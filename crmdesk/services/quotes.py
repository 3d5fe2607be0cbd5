"""Requirements (需求) and quotes (报价): what a customer asked for, what he was offered, and what he said to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import optional, required
from crmdesk.models.specs.agreements import (
    CLEAR,
    EXPIRED,
    MUST_HAVE_REASON,
    OWN_NUMBER,
    QUOTE,
    QUOTE_FIELDS,
    QUOTE_LINK,
    REQUIREMENT,
    REQUIREMENT_FIELDS,
    REQUIREMENT_LINK,
    VERSION,
)
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.documents import DATE, REASON
from crmdesk.services import agreement_lines, agreements
from crmdesk.services.agreements import Agreement
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_REQUIREMENT = required(REQUIREMENT_LINK)
_QUOTE = required(QUOTE_LINK)


# Requirements


@use_case(
    "requirement.create",
    fields=(*REQUIREMENT_FIELDS, OWN_NUMBER, values_of(REQUIREMENT)),
    summary=N_("Write down what a customer needs; lines may come later."),
    errors=(*agreements.CREATE_ERRORS, Code.DUPLICATE),
)
def create_requirement(unit: Unit, *, number: str | None, **values: Any) -> dict[str, Any]:
    """Writes a requirement; it needs a subject or lines. Amounts in the result are decimal strings."""
    if not (values["title"] or values["note"] or values["lines"]):
        raise InvalidInput(Code.REQUIRED, _("Say what is needed: a subject, a note or lines."), field="title")
    checked = agreements.check_new(unit, REQUIREMENT, values)
    own = agreements.claim_number(unit, REQUIREMENT, number, checked.dated_on)
    return agreements.result(agreements.write_new(unit, checked, number=own))


@use_case(
    "requirement.update",
    fields=(_REQUIREMENT, *optional(REQUIREMENT_FIELDS), CLEAR, VERSION, values_of(REQUIREMENT)),
    summary=N_("Change a requirement that was not dropped; only what is given changes."),
    errors=agreements.CHANGE_ERRORS,
)
def update_requirement(unit: Unit, *, requirement: str, version: int | None, **values: Any) -> dict[str, Any]:
    """Changes an open or quoted requirement."""
    found = agreements.find(unit, REQUIREMENT, requirement)
    agreements.require_version(found, version)
    allowed = () if found.state == "dropped" else None
    return agreements.result(agreements.change(unit, found, values, may_change=allowed))


@use_case(
    "requirement.drop",
    fields=(_REQUIREMENT, MUST_HAVE_REASON, DATE, VERSION),
    summary=N_("Drop a requirement: nothing will come of it."),
    errors=agreements.MOVE_ERRORS,
)
def drop_requirement(
    unit: Unit, *, requirement: str, reason: str, date: date | None, version: int | None
) -> dict[str, Any]:
    """Drops a requirement with a reason; it stays in the book."""
    found = agreements.find(unit, REQUIREMENT, requirement)
    agreements.require_version(found, version)
    return agreements.result(agreements.move(unit, found, "dropped", date or clock.today(), reason=reason))


# Quotes


@use_case(
    "quote.create",
    fields=(REQUIREMENT_LINK, *QUOTE_FIELDS, OWN_NUMBER, values_of(QUOTE)),
    summary=N_("Write a quote, from a requirement or plainly; it is a draft until it is sent."),
    errors=(*agreements.CREATE_ERRORS, Code.DUPLICATE),
)
def create_quote(unit: Unit, *, requirement: str | None, number: str | None, **values: Any) -> dict[str, Any]:
    """Writes a quote. From a requirement: customer, subject, note and lines that are left out come from there."""
    source = agreements.find(unit, REQUIREMENT, requirement) if requirement else None
    on: date = values["date"] or clock.today()
    if source is not None and source.state != "quoted":
        agreements.require_move(source, "quoted", max(on, source.dated_on))
    checked = agreements.check_new(unit, QUOTE, values, source)
    own = agreements.claim_number(unit, QUOTE, number, checked.dated_on)
    written = agreements.write_new(unit, checked, number=own)
    if source is not None and source.state != "quoted":
        agreements.move(unit, source, "quoted", max(on, source.dated_on))
    return _told(written)


@use_case(
    "quote.update",
    fields=(_QUOTE, *optional(QUOTE_FIELDS), CLEAR, VERSION, values_of(QUOTE)),
    summary=N_("Change a quote that was not sent yet; only what is given changes."),
    errors=agreements.CHANGE_ERRORS,
)
def update_quote(unit: Unit, *, quote: str, version: int | None, **values: Any) -> dict[str, Any]:
    """Changes a draft; what was sent is changed by `quote.revise`, so that both versions stay."""
    found = agreements.find(unit, QUOTE, quote)
    agreements.require_version(found, version)
    if found.state != "draft":
        raise Conflict(
            Code.WRONG_STATE,
            _(
                "{number} is {state}; what the customer has seen stays. Revise it: that makes a new version."
            ).format(number=found.number, state=_state(found, clock.today())),
            field="quote",
        )
    return _told(agreements.change(unit, found, values))


@use_case(
    "quote.send",
    fields=(_QUOTE, DATE, VERSION),
    summary=N_("Note that a quote was sent; from now on it is not changed any more."),
    errors=(*agreements.MOVE_ERRORS, Code.NO_LINES, Code.EXPIRED),
)
def send_quote(unit: Unit, *, quote: str, date: date | None, version: int | None) -> dict[str, Any]:
    """Marks a quote as sent. One without lines, or past its last day, is refused."""
    found = agreements.find(unit, QUOTE, quote)
    on = date or clock.today()
    agreements.require_version(found, version)
    agreements.require_move(found, "sent", on)
    require_lines(found)
    if found.valid_until is not None and found.valid_until < on:
        raise InvalidInput(
            Code.EXPIRED,
            _("{number} is valid until {day} only. Give it a later last day, then send it.").format(
                number=found.number, day=found.valid_until.isoformat()
            ),
            field="quote",
        )
    return _told(agreements.move(unit, found, "sent", on))


@use_case(
    "quote.accept",
    fields=(_QUOTE, DATE, VERSION),
    summary=N_("Note that the customer accepted a quote."),
    errors=(*agreements.MOVE_ERRORS, Code.EXPIRED),
)
def accept_quote(unit: Unit, *, quote: str, date: date | None, version: int | None) -> dict[str, Any]:
    """Accepts a quote on a day on which it is still valid; an expired one has to be revised first."""
    found = agreements.find(unit, QUOTE, quote)
    on = date or clock.today()
    agreements.require_version(found, version)
    agreements.require_move(found, "accepted", on)
    if found.state_on(on) == EXPIRED:
        raise Conflict(
            Code.EXPIRED,
            _("{number} was valid until {day}. Revise it: the new version can be accepted.").format(
                number=found.number, day=found.valid_until.isoformat() if found.valid_until else ""
            ),
            field="quote",
        )
    return _told(agreements.move(unit, found, "accepted", on))


@use_case(
    "quote.decline",
    fields=(_QUOTE, REASON, DATE, VERSION),
    summary=N_("Note that the customer declined a quote."),
    errors=agreements.MOVE_ERRORS,
)
def decline_quote(
    unit: Unit, *, quote: str, reason: str | None, date: date | None, version: int | None
) -> dict[str, Any]:
    """Declines a quote that was sent; it can still be revised."""
    found = agreements.find(unit, QUOTE, quote)
    agreements.require_version(found, version)
    return _told(agreements.move(unit, found, "declined", date or clock.today(), reason=reason or ""))


@use_case(
    "quote.revise",
    fields=(
        _QUOTE,
        *(field for field in optional(QUOTE_FIELDS) if field.name != "customer"),
        VERSION,
        values_of(QUOTE),
    ),
    summary=N_(
        "Make a new version of a quote that was sent, expired or declined; the old one stays readable."
    ),
    errors=agreements.CHANGE_ERRORS,
)
def revise_quote(unit: Unit, *, quote: str, version: int | None, **values: Any) -> dict[str, Any]:
    """Makes version n+1 under the same number, a draft with what is given changed.

    Without another last day it is valid for as many days as the version before.
    """
    found = agreements.find(unit, QUOTE, quote)
    agreements.require_version(found, version)
    on: date = values["date"] or clock.today()
    agreements.require_move(found, "revised", on)
    if values["valid_until"] is None and found.valid_until is not None:
        values["valid_until"] = on + (found.valid_until - found.dated_on)
    checked = agreements.check_new(unit, QUOTE, values | {"customer": None}, found)
    agreements.move(unit, found, "revised", on)
    written = agreements.write_new(unit, checked, number=found.number, revision=found.revision + 1)
    return _told(written)


def require_lines(found: Agreement) -> None:
    """Refuses to give away a paper on which nothing stands."""
    if not agreement_lines.has_lines(found.content):
        raise Conflict(
            Code.NO_LINES,
            _("{number} has no lines yet. Add them first.").format(number=found.number),
            field="lines",
        )


def _state(found: Agreement, on: date) -> str:
    return agreements.state_label(found.kind, found.state_on(on))


def _told(found: Agreement) -> dict[str, Any]:
    return agreements.result(
        found,
        revision=found.revision,
        valid_until=found.valid_until.isoformat() if found.valid_until else None,
    )
