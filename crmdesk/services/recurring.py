"""Recurring invoices: what is written again every so many months or weeks, each date once ever.

The n-th date is reckoned from the first one (the 31st is the last day of a shorter month and the 31st again after
it), so that nothing drifts. A run makes what is due, in one transaction; what a locked period or a refusal forbids is
named, and the rest is made.
"""

from __future__ import annotations

import calendar
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from crmdesk.models import clock, money, validation
from crmdesk.models.errors import Code, Conflict, CrmdeskError, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.documents import INVOICE
from crmdesk.models.specs.recurring import (
    CONTENT,
    COUNT,
    DUE_DAYS,
    MODE,
    NAME,
    RECURRING,
    RECURRING_LINK,
    UNTIL,
)
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import document as document_table
from crmdesk.models.tables.documents import draft as draft_table
from crmdesk.models.tables.recurring import recurring as recurring_table
from crmdesk.models.tables.recurring import recurring_run
from crmdesk.services import customers, drafts, invoices, settings
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

AHEAD_DAYS_MAX = 366
EVERY_MAX = 120
_CONTENT_NAMES = tuple(field.name for field in CONTENT)


def nth_date(first: date, unit: str, every: int, index: int) -> date:
    """The date of the n-th time (0 is the first): the same day of the month, the last one of a shorter month."""
    if unit == "week":
        return first + timedelta(weeks=every * index)
    months = first.year * 12 + first.month - 1 + every * index
    year, month = divmod(months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def _next_on(
    first: date, unit: str, every: int, done: int, until: date | None, count: int | None
) -> date | None:
    """The next date, or None when it is at its end."""
    if count is not None and done >= count:
        return None
    found = nth_date(first, unit, every, done)
    return found if until is None or found <= until else None


@use_case(
    "recurring.create",
    fields=RECURRING,
    summary=N_("Write an invoice again every so many months or weeks."),
    errors=(*invoices.LINE_ERRORS, Code.CUSTOMER_MISSING),
)
def create(unit: Unit, **values: Any) -> dict[str, Any]:
    """Keeps what is to be written again; nothing is made before `recurring.run`."""
    customer = customers.find_active(unit, values["customer"])
    first: date = values["from"] or clock.today()
    _check_schedule(first, values["every"], values["until"])
    content = {name: values[name] for name in _CONTENT_NAMES}
    checked = _checked_content(unit, customer.code, content)
    code = f"{unit.settings.prefixes['recurring']}{unit.next_value('recurring'):04d}"
    record_id = unit.next_id()
    next_on = _next_on(first, values["period"], values["every"], 0, values["until"], values["count"])
    unit.add(
        recurring_table,
        id=record_id,
        code=code,
        customer_id=customer.id,
        name=values["name"] or "",
        unit=values["period"],
        every=values["every"],
        starts_on=first,
        ends_on=values["until"],
        times=values["count"],
        due_days=values["due_days"],
        mode=values["mode"],
        next_on=next_on,
        done=0,
        is_active=True,
        **checked,
    )
    unit.note("recurring", record_id, None, {"code": code, "content": checked["content"]})
    return {
        "code": code,
        "next": next_on.isoformat() if next_on else None,
        "total": money.plain(checked["total_minor"], checked["currency"]),
    }


def _check_schedule(first: date, every: int, until: date | None) -> None:
    if not 1 <= every <= EVERY_MAX:
        raise validation.out_of_range("every", every)
    if until is not None and until < first:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("It ends ({end}) before it begins ({start}).").format(
                end=until.isoformat(), start=first.isoformat()
            ),
            field="until",
        )


def _checked_content(unit: Unit, customer: str, content: dict[str, Any]) -> dict[str, Any]:
    """What is written each time, checked as an invoice of today would be."""
    empty: dict[str, Any] = {field.name: None for field in INVOICE}
    found = drafts.content(unit, empty | content | {"customer": customer})
    return {name: found[name] for name in ("content", "total_minor", "currency")}


def _find(unit: Unit, code: str) -> Any:
    row = unit.first(select(recurring_table).where(recurring_table.c.code == code.strip()))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no recurring invoice {number}.").format(number=f"“{code[:60]}”"),
            field="recurring",
        )
    return row


@use_case(
    "recurring.update",
    fields=(RECURRING_LINK, *optional((NAME, *CONTENT, UNTIL, COUNT, DUE_DAYS, MODE))),
    summary=N_(
        "Change what a recurring invoice holds, or when it ends. Its dates stay; stop it for other ones."
    ),
    errors=(*invoices.LINE_ERRORS, Code.NOT_FOUND, Code.INACTIVE),
)
def change(unit: Unit, *, recurring: str, **values: Any) -> dict[str, Any]:
    """Changes what is given; what was made already stays as it is."""
    row = _find(unit, recurring)
    _require_active(row)
    given = {name: value for name, value in values.items() if value is not None}
    until, count = given.get("until", row.ends_on), given.get("count", row.times)
    _check_schedule(row.starts_on, row.every, until)
    new: dict[str, Any] = {name: given[name] for name in ("name", "due_days", "mode") if name in given}
    new["times"] = count
    new |= {"ends_on": until, "next_on": _next_on(row.starts_on, row.unit, row.every, row.done, until, count)}
    if any(name in given for name in _CONTENT_NAMES):
        stored = validation.check(optional(INVOICE), drafts.read(row.content))
        content = {name: given.get(name, stored[name]) for name in _CONTENT_NAMES}
        new |= _checked_content(unit, stored["customer"], content)
    unit.execute(update(recurring_table).where(recurring_table.c.id == row.id).values(**new))
    unit.note("recurring", row.id, {name: getattr(row, name) for name in new}, new)
    return {"code": row.code, "next": new["next_on"].isoformat() if new["next_on"] else None}


def _require_active(row: Any) -> None:
    if not row.is_active:
        raise Conflict(
            Code.INACTIVE, _("{code} was stopped. Create a new one.").format(code=row.code), field="recurring"
        )


@use_case(
    "recurring.stop",
    fields=(RECURRING_LINK,),
    summary=N_("Stop a recurring invoice for good; what was made stays."),
    errors=(Code.NOT_FOUND, Code.INACTIVE),
)
def stop(unit: Unit, *, recurring: str) -> dict[str, Any]:
    """Stops it."""
    row = _find(unit, recurring)
    _require_active(row)
    unit.execute(update(recurring_table).where(recurring_table.c.id == row.id).values(is_active=False))
    unit.note("recurring", row.id, {"is_active": True}, {"is_active": False})
    return {"code": row.code, "made": row.done}


@use_case(
    "recurring.run",
    fields=(UNTIL, Field("recurring", Kind.LINK, N_("Recurring invoice"), link="recurring")),
    summary=N_("Make the recurring invoices that are due up to a day, each date once ever."),
    errors=(Code.NOT_FOUND, Code.OUT_OF_RANGE),
)
def run(unit: Unit, *, until: date | None, recurring: str | None) -> dict[str, Any]:
    """Makes what is due up to a day, default today; with `recurring` of that one only.

    A date in a locked period is passed over and named. What is refused otherwise (a customer put out of use, say) is
    named and waits for the next run.
    """
    to = until or clock.today()
    if (to - clock.today()).days > AHEAD_DAYS_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("{date} is more than a year ahead.").format(date=to.isoformat()),
            field="until",
        )
    query = select(recurring_table).where(
        recurring_table.c.is_active.is_(True), recurring_table.c.next_on <= to
    )
    if recurring is not None:
        query = query.where(recurring_table.c.id == _find(unit, recurring).id)
    made: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    for row in unit.execute(query.order_by(recurring_table.c.next_on, recurring_table.c.id)).all():
        _make_due(unit, row, to, made, problems)
    return {"until": to.isoformat(), "made": made, "problems": problems}


def _make_due(
    unit: Unit, row: Any, to: date, made: list[dict[str, Any]], problems: list[dict[str, Any]]
) -> None:
    locked = unit.settings.lock_date
    done: int = row.done
    on: date | None = row.next_on
    while on is not None and on <= to:
        number = ""
        if locked is not None and on <= locked:
            message = _("{date} is in the locked period (until {locked}); no invoice was made for it.")
            problems.append(
                _problem(
                    row,
                    on,
                    Code.PERIOD_LOCKED,
                    message.format(date=on.isoformat(), locked=locked.isoformat()),
                )
            )
        else:
            try:
                result = _make(unit, row, on)
            except CrmdeskError as error:  # services check before they write: nothing of it is in the unit
                problems.append(_problem(row, on, error.code, error.message))
                break
            number = result.get("number") or result["draft"]
            made.append({"recurring": row.code, "date": on.isoformat(), "number": number, "mode": row.mode})
        unit.add(recurring_run, recurring_id=row.id, dated_on=on, number=number, audit_id=unit.audit_id)
        done += 1
        on = _next_on(row.starts_on, row.unit, row.every, done, row.ends_on, row.times)
    if done != row.done:
        unit.execute(
            update(recurring_table).where(recurring_table.c.id == row.id).values(done=done, next_on=on)
        )
        unit.note("recurring", row.id, {"done": row.done}, {"done": done})


def _problem(row: Any, on: date, code: Code, message: str) -> dict[str, Any]:
    return {"recurring": row.code, "date": on.isoformat(), "code": str(code), "message": message}


def _make(unit: Unit, row: Any, on: date) -> dict[str, Any]:
    values = validation.check(optional(INVOICE), drafts.read(row.content))
    values |= {"date": on, "number": None}
    if row.due_days is not None:
        values["due"] = on + timedelta(days=row.due_days)
    if row.mode == "issue":
        return invoices.issue_values(unit, values)
    return drafts.save(unit, draft=None, **values)


# Reading


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One invoice that a run would make. Amounts in minor units, reckoned with today's lines."""

    code: str
    title: str
    customer: str
    name: str
    dated_on: date
    due_on: date | None
    """None: by the customer's terms on that day."""
    currency: str
    total_minor: int
    mode: str
    is_locked: bool
    """In the locked period: it would be passed over."""


def upcoming(connection: Connection, until: date) -> list[Upcoming]:
    """What a run up to that day would make, by date."""
    locked = settings.load(connection).lock_date
    query = (
        select(recurring_table, customer_table.c.code.label("owner"), customer_table.c.name.label("called"))
        .join_from(recurring_table, customer_table, customer_table.c.id == recurring_table.c.customer_id)
        .where(recurring_table.c.is_active.is_(True), recurring_table.c.next_on <= until)
    )
    found: list[Upcoming] = []
    for row in connection.execute(query):
        done, on = row.done, row.next_on
        while on is not None and on <= until:
            found.append(
                Upcoming(
                    row.code,
                    row.name,
                    row.owner,
                    row.called,
                    on,
                    on + timedelta(days=row.due_days) if row.due_days is not None else None,
                    row.currency,
                    row.total_minor,
                    row.mode,
                    locked is not None and on <= locked,
                )
            )
            done += 1
            on = _next_on(row.starts_on, row.unit, row.every, done, row.ends_on, row.times)
    return sorted(found, key=lambda one: (one.dated_on, one.code))


SHOWN_DATES = 6
SHOWN_MADE = 60


@dataclass(frozen=True, slots=True)
class Made:
    """One date for which it was made; `number` is the invoice's or the draft's, empty where it was passed over."""

    dated_on: date
    number: str
    is_there: bool
    """Whether that invoice or draft is still there under this name: a draft is gone once it was issued."""


@dataclass(frozen=True, slots=True)
class Card:
    """One recurring invoice with its next dates and what was made, newest first. Amounts in minor units."""

    code: str
    title: str
    customer: str
    customer_name: str
    unit: str
    every: int
    starts_on: date
    ends_on: date | None
    times: int | None
    due_days: int | None
    mode: str
    done: int
    is_active: bool
    currency: str
    total_minor: int
    content: dict[str, Any]
    next_dates: tuple[date, ...]
    made: tuple[Made, ...]

    @property
    def is_due(self) -> bool:
        """Whether a run of today would make it."""
        return bool(self.next_dates) and self.next_dates[0] <= clock.today()


def card(connection: Connection, record: int | str) -> Card:
    """The recurring invoice with this id or code, for the window. Raises NotFound."""
    row = connection.execute(
        select(recurring_table, customer_table.c.code.label("owner"), customer_table.c.name.label("called"))
        .join_from(recurring_table, customer_table, customer_table.c.id == recurring_table.c.customer_id)
        .where(
            recurring_table.c.code == record if isinstance(record, str) else recurring_table.c.id == record
        )
    ).first()
    if row is None:
        raise NotFound(
            Code.NOT_FOUND, _("This recurring invoice does not exist any more."), field="recurring"
        )
    dates = [
        _next_on(row.starts_on, row.unit, row.every, row.done + index, row.ends_on, row.times)
        for index in range(SHOWN_DATES if row.is_active else 0)
    ]
    runs = connection.execute(
        select(recurring_run.c.dated_on, recurring_run.c.number)
        .where(recurring_run.c.recurring_id == row.id)
        .order_by(recurring_run.c.dated_on.desc())
        .limit(SHOWN_MADE)
    ).all()
    return Card(
        row.code,
        row.name,
        row.owner,
        row.called,
        row.unit,
        row.every,
        row.starts_on,
        row.ends_on,
        row.times,
        row.due_days,
        row.mode,
        row.done,
        row.is_active,
        row.currency,
        row.total_minor,
        json.loads(row.content),
        tuple(on for on in dates if on is not None),
        tuple(Made(on, number, _is_there(connection, number)) for on, number in runs),
    )


def _is_there(connection: Connection, number: str) -> bool:
    if number.startswith(drafts.PREFIX) and number.removeprefix(drafts.PREFIX).isdigit():
        record_id = int(number.removeprefix(drafts.PREFIX))
        found = connection.execute(select(draft_table.c.id).where(draft_table.c.id == record_id)).first()
    else:
        found = connection.execute(
            select(document_table.c.id).where(
                document_table.c.kind == "invoice", document_table.c.number == number
            )
        ).first()
    return found is not None


def due_count(connection: Connection, on: date) -> tuple[int, list[tuple[str, int]]]:
    """How many recurring invoices are due to be made up to a day, and the (currency, amount) of the next of each."""
    rows = connection.execute(
        select(recurring_table.c.currency, recurring_table.c.total_minor).where(
            recurring_table.c.is_active.is_(True), recurring_table.c.next_on <= on
        )
    ).all()
    return len(rows), [(currency, minor) for currency, minor in rows]
