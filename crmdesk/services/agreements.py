"""What requirements, quotes, contracts and orders share: finding, writing, changing, and moving from state to state.

They are not posted: nothing is owed by them. Their lines are checked and computed as those of an invoice are, and kept
with everything filled in, so that a later change of a product or of the book's rounding does not change what was
offered or signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from crmdesk.models import clock, money, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.specs.agreements import (
    CONTRACT,
    EXPIRED,
    FIRST_STATE,
    ORDER,
    QUOTE,
    REQUIREMENT,
    STATES,
    TRANSITIONS,
)
from crmdesk.models.tables.agreements import agreement, agreement_link
from crmdesk.models.tables.customers import customer
from crmdesk.models.validation import cleared
from crmdesk.services import agreement_lines, custom_readings, custom_values, customers, own_numbers
from crmdesk.services.units import Unit
from crmdesk.text import N_, _

NOT_FOUND_TEXTS = {
    REQUIREMENT: N_("There is no requirement {number}."),
    QUOTE: N_("There is no quote {number}."),
    CONTRACT: N_("There is no contract {number}."),
    ORDER: N_("There is no order {number}."),
}
CREATE_ERRORS = (
    Code.REQUIRED,
    Code.NOT_FOUND,
    Code.CUSTOMER_MISSING,
    Code.INACTIVE,
    Code.OUT_OF_RANGE,
    Code.TOO_MANY_DECIMALS,
    Code.AMOUNT_TOO_LARGE,
    Code.CURRENCY_UNKNOWN,
    Code.CURRENCY_MIXED,
    Code.OTHER_CUSTOMER,
    Code.DATE_ORDER,
    Code.WRONG_STATE,
)
CHANGE_ERRORS = (*CREATE_ERRORS, Code.CHANGED_BY)
MOVE_ERRORS = (Code.NOT_FOUND, Code.WRONG_STATE, Code.CHANGED_BY, Code.DATE_ORDER)
_DATES = ("valid_until", "ends_on", "deliver_on")
_TEXTS = ("title", "signatories", "customisation", "discount_terms", "note")
_TAKEN_OVER = ("title", "discount_terms", "note")


@dataclass(slots=True)
class Agreement:
    """A requirement, quote, contract or order in memory; amounts in minor units of its currency."""

    id: int
    kind: str
    number: str
    revision: int
    customer_id: int
    currency: str
    state: str
    dated_on: date
    valid_until: date | None
    ends_on: date | None
    deliver_on: date | None
    signed_on: date | None
    closed_on: date | None
    net_minor: int
    tax_minor: int
    total_minor: int
    title: str
    signatories: str
    customisation: str
    discount_terms: str
    reason: str
    note: str
    content: str
    version: int
    updated_at: str
    updated_by: str

    def state_on(self, on: date) -> str:
        """Its state; a quote that was sent and is past its last day is expired."""
        return shown_state(self.kind, self.state, self.valid_until, on)


_COLUMNS = [agreement.c[name] for name in Agreement.__dataclass_fields__]


def shown_state(kind: str, state: str, valid_until: date | None, on: date) -> str:
    """The state as a person sees it on a day."""
    is_late = kind == QUOTE and state == "sent" and valid_until is not None and valid_until < on
    return EXPIRED if is_late else state


def state_label(kind: str, state: str) -> str:
    """The word for a state in the user's language."""
    return next((_(choice.label) for choice in STATES[kind] if choice.value == state), state)


def look_up(connection: Connection, kind: str, number: str) -> Agreement | None:
    """The agreement with that number, of a quote the newest version; “Q-2026-0001/2” names one version."""
    head, slash, tail = number.strip().rpartition("/")
    query = select(*_COLUMNS).where(agreement.c.kind == kind).order_by(agreement.c.revision.desc()).limit(1)
    row = connection.execute(query.where(agreement.c.number == number.strip())).first()
    if row is None and slash and kind == QUOTE and tail.isascii() and tail.isdigit() and len(tail) < 9:
        one = query.where(agreement.c.number == head, agreement.c.revision == int(tail))
        row = connection.execute(one).first()
    return None if row is None else Agreement(*row)


def require(connection: Connection, kind: str, number: str, field: str = "number") -> Agreement:
    """As `look_up`, or NotFound naming the field."""
    found = look_up(connection, kind, number)
    if found is None:
        raise NotFound(
            Code.NOT_FOUND, _(NOT_FOUND_TEXTS[kind]).format(number=f"“{number[:60]}”"), field=field
        )
    return found


def find(unit: Unit, kind: str, number: str, field: str | None = None) -> Agreement:
    """The agreement with that number, this unit's own included, or NotFound."""
    unit.flush()
    return require(unit.connection, kind, number, field or kind)


def by_id(connection: Connection, agreement_id: int) -> Agreement:
    """The agreement with this id, which must exist."""
    return Agreement(*connection.execute(select(*_COLUMNS).where(agreement.c.id == agreement_id)).one())


def require_version(found: Agreement, version: int | None) -> None:
    """Refuses a change by somebody who has not seen the last one."""
    if version is not None and version != found.version:
        raise Conflict(
            Code.CHANGED_BY,
            _("{who} changed {number} at {when}. Look at the new values, then change it again.").format(
                who=found.updated_by or _("Somebody"),
                number=found.number,
                when=found.updated_at[:16].replace("T", " ") + " UTC",
            ),
            field="version",
        )


# Writing


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything a new agreement needs, checked; `source` is the agreement that it follows."""

    kind: str
    customer_id: int
    currency: str
    dated_on: date
    body: agreement_lines.Body
    fields: dict[str, Any]
    source: Agreement | None
    own: custom_values.Checked


def check_new(unit: Unit, kind: str, values: dict[str, Any], source: Agreement | None = None) -> Checked:
    """Checks what a new agreement is made of; what is left out comes from the one it follows."""
    owner = _customer(unit, values, source)
    on: date = values["date"] or clock.today()
    currency = values["currency"] or (source.currency if source else owner.currency)
    lines, discount = values["lines"], values["discount"]
    if source is not None and lines is None:
        if currency != source.currency:
            raise Conflict(
                Code.CURRENCY_MIXED,
                _("{number} is in {one}; give the lines anew for {other}.").format(
                    number=source.number, one=source.currency, other=currency
                ),
                field="currency",
            )
        taken = agreement_lines.typed_values(unit.connection, source.content)
        lines, discount = taken["lines"], discount or taken["discount"]
    body = agreement_lines.read_body(unit, lines, discount, owner, currency, on)
    fields = {name: values.get(name) for name in _DATES}
    for name in _TEXTS:
        given = values.get(name)
        taken_over = getattr(source, name) if source is not None and name in _TAKEN_OVER else ""
        fields[name] = taken_over if given is None else given
    _check_dates(fields, on)
    own = _own_values(unit, kind, values, source, currency)
    return Checked(kind, owner.id, currency, on, body, fields, source, own)


def _own_values(
    unit: Unit, kind: str, values: dict[str, Any], source: Agreement | None, currency: str
) -> custom_values.Checked:
    """Own fields of a new agreement; a new version of a quote has those of the one before, unless others are given."""
    given, earlier = values.get("fields"), ()
    if source is not None and source.kind == kind:
        kept = custom_readings.of_record(unit.connection, kind, source.id, source.currency)
        given = {**kept, **given} if isinstance(given, dict) else (given or kept)
        query = select(agreement.c.id).where(agreement.c.kind == kind, agreement.c.number == source.number)
        earlier = tuple(unit.execute(query).scalars())
    return custom_values.check(unit, kind, given, currency=currency, except_ids=earlier)


def customer_of(unit: Unit, found: Agreement) -> customers.CustomerRow:
    """The customer of an agreement."""
    code = unit.execute(select(customer.c.code).where(customer.c.id == found.customer_id)).scalar_one()
    return customers.find(unit, code)


def _customer(unit: Unit, values: dict[str, Any], source: Agreement | None) -> customers.CustomerRow:
    """The customer named, or that of the agreement that is followed; never a deactivated one."""
    if values["customer"]:
        found = customers.find_active(unit, values["customer"])
        if source is not None and found.id != source.customer_id:
            raise Conflict(
                Code.OTHER_CUSTOMER,
                _("{number} belongs to another customer. Leave the customer out.").format(
                    number=source.number
                ),
                field="customer",
            )
        return found
    if source is None:
        raise validation.missing("customer")
    return customers.find_active(unit, customer_of(unit, source).code)


def _check_dates(fields: dict[str, Any], on: date) -> None:
    for name in _DATES:
        day = fields.get(name)
        if day is not None and day < on:
            raise InvalidInput(
                Code.DATE_ORDER,
                _("“{field}”: {day} is before the date of the document ({date}).").format(
                    field=name, day=day.isoformat(), date=on.isoformat()
                ),
                field=name,
            )


def claim_number(unit: Unit, kind: str, number: str | None, on: date) -> str:
    """The number that was given, if it is free, or the next of the series."""
    given = (number or "").strip()
    if not given:
        return unit.next_number(kind, on)
    own_numbers.require_usable(given, "number")
    unit.flush()
    if look_up(unit.connection, kind, given) is not None:
        raise Conflict(
            Code.DUPLICATE, _("The number {number} is taken already.").format(number=given), field="number"
        )
    unit.take_number(kind, given)
    return given


def write_new(unit: Unit, checked: Checked, *, number: str, revision: int = 1) -> Agreement:
    """Writes a checked agreement in its first state, with the link to the one it follows."""
    totals = checked.body.totals
    moment = clock.stamp(clock.now_utc())
    written = Agreement(
        id=unit.next_id(),
        kind=checked.kind,
        number=number,
        revision=revision,
        customer_id=checked.customer_id,
        currency=checked.currency,
        state=FIRST_STATE[checked.kind],
        dated_on=checked.dated_on,
        signed_on=None,
        closed_on=None,
        net_minor=totals.net_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        reason="",
        content=checked.body.content,
        version=1,
        updated_at=moment,
        updated_by=unit.actor,
        **checked.fields,
    )
    unit.add(agreement, created_at=moment, **{name: getattr(written, name) for name in _NAMES})
    custom_values.write(unit, checked.own, written.id)
    if checked.source is not None:
        unit.add(agreement_link, from_id=checked.source.id, to_id=written.id)
        unit.changes.add(checked.source.kind, checked.source.id)
    unit.changes.add("customer", written.customer_id)
    unit.note(written.kind, written.id, None, _told(written, _NOTED) | checked.own.after(unit))
    return written


_NAMES = tuple(Agreement.__dataclass_fields__)
_NOTED = ("number", "revision", "customer_id", "state", "dated_on", "total_minor", "currency", "content")


def _told(found: Agreement, names: Iterable[str]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value := getattr(found, name), date) else value
        for name in names
    }


def save(unit: Unit, found: Agreement, **changed: Any) -> Agreement:
    """Writes changed columns, counts the version up and notes old and new for the audit trail."""
    new = {name: value for name, value in changed.items() if getattr(found, name) != value}
    if not new:
        return found
    before = _told(found, new)
    for name, value in new.items():
        setattr(found, name, value)
    touch(unit, found, **new)
    unit.note(found.kind, found.id, before, _told(found, new))
    return found


def touch(unit: Unit, found: Agreement, **new: Any) -> None:
    """Counts the version up, for whatever belongs to the agreement: who has not seen the change is told."""
    found.version += 1
    found.updated_at = clock.stamp(clock.now_utc())
    found.updated_by = unit.actor
    unit.execute(
        update(agreement)
        .where(agreement.c.id == found.id)
        .values(**new, version=found.version, updated_at=found.updated_at, updated_by=found.updated_by)
    )
    unit.changes.add(found.kind, found.id)
    unit.changes.add("customer", found.customer_id)


def change(
    unit: Unit, found: Agreement, values: dict[str, Any], *, may_change: Iterable[str] | None = None
) -> Agreement:
    """Changes what is given. `may_change` names the fields that the state still allows; None allows all.

    `clear` among the values names the fields to empty: dates, texts and the discount can be.
    """
    wanted = {name: value for name, value in values.items() if value is not None and name != "clear"}
    clearable = [name for name in (*_DATES, *_TEXTS, "discount") if name in values]
    for name in cleared(values.get("clear"), clearable):
        wanted[name] = "" if name in _TEXTS else None
    if may_change is not None:
        for name in wanted:
            if name not in may_change:
                raise Conflict(
                    Code.WRONG_STATE,
                    _(
                        "{number} is {state}: “{field}” cannot be changed any more. These can: {choices}."
                    ).format(
                        number=found.number,
                        state=state_label(found.kind, found.state),
                        field=name,
                        choices=", ".join(may_change) or "—",
                    ),
                    field=name,
                )
    new: dict[str, Any] = {name: wanted[name] for name in (*_DATES, *_TEXTS) if name in wanted}
    on = wanted.get("date", found.dated_on)
    _check_dates({name: new.get(name, getattr(found, name)) for name in _DATES}, on)
    owner = (
        customers.find_active(unit, wanted["customer"]) if "customer" in wanted else customer_of(unit, found)
    )
    if {"lines", "discount", "currency", "customer", "date"} & wanted.keys():
        kept = agreement_lines.typed_values(unit.connection, found.content)
        currency = wanted.get("currency", found.currency)
        lines = wanted.get("lines", kept["lines"])
        discount = wanted.get("discount", kept["discount"])
        body = agreement_lines.read_body(unit, lines, discount, owner, currency, on)
        new |= {
            "dated_on": on,
            "customer_id": owner.id,
            "currency": currency,
            "content": body.content,
            "net_minor": body.totals.net_minor,
            "tax_minor": body.totals.tax_minor,
            "total_minor": body.totals.total_minor,
        }
    own = custom_values.check_change(
        unit,
        found.kind,
        found.id,
        wanted.get("fields"),
        currency=new.get("currency", found.currency),
        currency_before=found.currency,
    )
    if not own:
        return save(unit, found, **new)
    save(unit, found, **new)
    before, after = own.before(unit), own.after(unit)
    custom_values.write(unit, own, found.id)
    touch(unit, found)
    unit.note(found.kind, found.id, before, after)
    return found


def _in_a_sentence(label: str) -> str:
    """A state's label as a word of a sentence: “is finished”, as it is “Finished” alone."""
    return label[:1].lower() + label[1:]


def require_move(found: Agreement, to: str, on: date) -> None:
    """Refuses a step that the table of states does not have, and one dated before the agreement itself."""
    possible = TRANSITIONS[found.kind][found.state]
    if to not in possible:
        words = (
            _("{number} is {state}. From here it can become: {choices}.")
            if possible
            else _("{number} is {state}; that is its last state.")
        )
        raise Conflict(
            Code.WRONG_STATE,
            words.format(
                number=found.number,
                state=_in_a_sentence(state_label(found.kind, found.state_on(on))),
                choices=_(", ").join(_in_a_sentence(state_label(found.kind, state)) for state in possible),
            ),
            field=found.kind,
        )
    if on < found.dated_on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("{date} is before {number} itself ({own}).").format(
                date=on.isoformat(), number=found.number, own=found.dated_on.isoformat()
            ),
            field="date",
        )


def move(unit: Unit, found: Agreement, to: str, on: date, **changed: Any) -> Agreement:
    """Moves an agreement to another state by the table in `specs.agreements`, or refuses and says what is possible."""
    require_move(found, to, on)
    return save(unit, found, state=to, closed_on=on, **changed)


def followers(connection: Connection, found: Agreement, kind: str) -> list[Agreement]:
    """The agreements of a kind that were made from this one, oldest first."""
    query = (
        select(*_COLUMNS)
        .join(agreement_link, agreement_link.c.to_id == agreement.c.id)
        .where(agreement_link.c.from_id == found.id, agreement.c.kind == kind)
        .order_by(agreement.c.id)
    )
    return [Agreement(*row) for row in connection.execute(query)]


def result(found: Agreement, **more: Any) -> dict[str, Any]:
    """What a use case answers about an agreement: number, state, version, amounts as decimal strings."""
    return {
        "number": found.number,
        "state": found.state,
        "version": found.version,
        "net": money.plain(found.net_minor, found.currency),
        "tax": money.plain(found.tax_minor, found.currency),
        "total": money.plain(found.total_minor, found.currency),
        **more,
    }


def made_from(connection: Connection, found: Agreement, kind: str) -> Agreement | None:
    """The agreement of a kind that this one was made from, if there is one."""
    query = (
        select(*_COLUMNS)
        .join(agreement_link, agreement_link.c.from_id == agreement.c.id)
        .where(agreement_link.c.to_id == found.id, agreement.c.kind == kind)
    )
    row = connection.execute(query).first()
    return None if row is None else Agreement(*row)
