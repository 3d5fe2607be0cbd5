"""The log of reminders: what was sent to whom, when, how, at which level and for which open amounts."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import DATE, REASON
from crmdesk.models.specs.reminders import LEVEL_MAX, REMINDER
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.reminders import reminder, reminder_item, reminder_rule
from crmdesk.models.validation import missing, out_of_range
from crmdesk.services import customers, merged_codes, posted, reminder_rules, reminders_due
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import Posted
from crmdesk.services.reminder_rules import Rule
from crmdesk.services.reminders_due import DueItem
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_TABLE = reminder.c


@use_case(
    "reminder.record",
    fields=REMINDER,
    summary=N_("Note that a customer was reminded: by a rule, or at a level without one."),
    errors=(
        Code.CUSTOMER_MISSING,
        Code.NOT_FOUND,
        Code.OTHER_CUSTOMER,
        Code.CURRENCY_MIXED,
        Code.REVERSED,
        Code.NOTHING_OPEN,
        Code.ON_HOLD,
        Code.REMINDER_LEVEL,
        Code.DUPLICATE,
        Code.REQUIRED,
    ),
)
def record(
    unit: Unit,
    *,
    customer: str,
    rule: str | None,
    level: int | None,
    channel: str | None,
    date: date | None,
    currency: str | None,
    items: list[str] | None,
    digest: str | None,
    note: str | None,
) -> dict[str, Any]:
    """Records a reminder of open items; without `items`, of all that the rule reminds of on that day.

    Refused for what is settled, excluded or promised, for a level lower than the item had already, and twice for
    the same rule, item and threshold.
    """
    owner = customers.find(unit, customer)
    on = date or clock.today()
    by = reminder_rules.find(unit, rule) if rule else None
    if by is None and level is None:
        raise missing("rule")
    chosen_level = by.level if by else level or 1
    if chosen_level > LEVEL_MAX:
        raise out_of_range("level", chosen_level)
    if by is not None and level not in (None, by.level):
        raise InvalidInput(
            Code.REMINDER_LEVEL,
            _("The rule “{name}” is of level {level}. Leave the level out.").format(
                name=by.name, level=by.level
            ),
            field="level",
        )
    unit.flush_all()
    if items:
        rows = _named(unit, owner.id, items, by, on, currency)
    else:
        rows = _due(unit, owner.id, owner.code, by, on, currency)
    in_currency = rows[0][0].currency
    for demand, item in rows:
        if item.last_level > chosen_level:
            raise Conflict(
                Code.REMINDER_LEVEL,
                _("{number} was reminded of at level {level} already; levels do not go down.").format(
                    number=demand.number, level=item.last_level
                ),
                field="level",
            )
    record_id = unit.next_id()
    total = sum(item.open_minor for _demand, item in rows)
    unit.add(
        reminder,
        id=record_id,
        customer_id=owner.id,
        rule_id=by.id if by else None,
        currency=in_currency,
        level=chosen_level,
        channel=channel or (by.channel if by else "letter"),
        reminded_on=on,
        total_minor=total,
        digest=digest or "",
        note=note or "",
        actor=unit.actor,
        recorded_at=clock.stamp(clock.now_utc()),
    )
    for demand, item in rows:
        unit.add(
            reminder_item,
            reminder_id=record_id,
            document_id=demand.id,
            threshold=item.threshold if by else None,
            days_late=item.days_late,
            open_minor=item.open_minor,
        )
    told = {
        "customer": owner.code,
        "level": chosen_level,
        "items": [demand.number for demand, _item in rows],
    }
    unit.note("reminder", record_id, None, told)
    unit.changes.add("customer", owner.id)
    return {
        "reminder": record_id,
        "customer": owner.code,
        "level": chosen_level,
        "currency": in_currency,
        "total": money.plain(total, in_currency),
        "items": [
            {"number": demand.number, "open": money.plain(item.open_minor, in_currency)}
            for demand, item in rows
        ],
    }


def _due(
    unit: Unit, customer_id: int, code: str, by: Rule | None, on: date, currency: str | None
) -> list[tuple[Posted, DueItem]]:
    """All that the rule reminds this customer of."""
    if by is None:
        raise missing("items")
    found = reminders_due.load(unit.connection, on, customer_id=customer_id)
    groups = [
        one for one in found.due if one.rule.id == by.id and (currency is None or one.currency == currency)
    ]
    if len(groups) > 1:
        raise InvalidInput(
            Code.REQUIRED,
            _("{customer} is to be reminded in several currencies. Name one.").format(customer=code),
            field="currency",
        )
    if groups:
        return [(posted.by_id(unit, item.document_id), item) for item in groups[0].items]
    held = next((one for one in found.held if one.due.rule.id == by.id), None)
    if held is not None:
        raise _on_hold(code, held.reason)
    raise Conflict(
        Code.NOTHING_OPEN,
        _("By the rule “{name}” there is nothing to remind {customer} of on {date}.").format(
            name=by.name, customer=code, date=on.isoformat()
        ),
        field="rule",
    )


def _on_hold(name: str, reason: str) -> Conflict:
    return Conflict(
        Code.ON_HOLD,
        _("{name} is not to be reminded now: {reason}").format(name=name, reason=reason),
        field="customer",
    )


def _named(
    unit: Unit, customer_id: int, numbers: list[str], by: Rule | None, on: date, currency: str | None
) -> list[tuple[Posted, DueItem]]:
    """The items that were named, each open, free and not reminded of yet by this rule and threshold."""
    log = reminders_due.sent(unit.connection, customer_id)
    stops = reminders_due.stops(unit.connection, on, customer_id)
    rows: list[tuple[Posted, DueItem]] = []
    for index, number in enumerate(dict.fromkeys(numbers)):
        place = f"items[{index}]"
        demand = posted.find(unit, DEBIT_KINDS, number, place)
        posted.require_live(demand, place)
        if demand.customer_id != customer_id:
            raise Conflict(
                Code.OTHER_CUSTOMER,
                _("{number} belongs to another customer.").format(number=number),
                field=place,
            )
        if demand.currency != (currency or (rows[0][0].currency if rows else demand.currency)):
            raise Conflict(
                Code.CURRENCY_MIXED,
                _("{number} is in {currency}; a reminder is in one currency.").format(
                    number=number, currency=demand.currency
                ),
                field=place,
            )
        item = unit.open_items.get(demand)
        if item.open_minor == 0 or demand.effect_minor < 0:
            raise Conflict(
                Code.NOTHING_OPEN, _("{number} is settled already.").format(number=number), field=place
            )
        stop = stops.get((customer_id, None)) or stops.get((customer_id, demand.id))
        if stop is not None:
            raise _on_hold(number, stop[2])
        due_on = demand.due_on or demand.dated_on
        late = (on - due_on).days
        reached = by.reached(late) if by else None
        threshold = late if reached is None else reached
        if by is not None and log.thresholds.get((demand.id, by.id), threshold - 1) >= threshold:
            raise Conflict(
                Code.DUPLICATE,
                _("{number} was reminded of by “{name}” already.").format(number=number, name=by.name),
                field=place,
            )
        last_level, last_on = log.last.get(demand.id, (0, None))
        rows.append(
            (
                demand,
                DueItem(
                    demand.id,
                    demand.kind,
                    demand.number,
                    demand.dated_on,
                    due_on,
                    item.open_minor,
                    late,
                    threshold,
                    last_level,
                    last_on,
                ),
            )
        )
    return rows


@use_case(
    "reminder.withdraw",
    fields=(Field("reminder", Kind.INTEGER, N_("Reminder"), required=True), DATE, REASON),
    summary=N_("Withdraw a reminder that was not sent after all: its items are due for it again."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED),
)
def withdraw(unit: Unit, *, reminder: int, date: date | None, reason: str | None) -> dict[str, Any]:
    """Takes a reminder back; the log keeps it."""
    row = unit.first(select(_TABLE.customer_id, _TABLE.withdrawn_on).where(_TABLE.id == reminder))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND, _("There is no reminder {number}.").format(number=reminder), field="reminder"
        )
    if row.withdrawn_on is not None:
        raise Conflict(
            Code.ALREADY_REVERSED,
            _("The reminder was withdrawn on {date} already.").format(date=row.withdrawn_on.isoformat()),
            field="reminder",
        )
    on = date or clock.today()
    unit.execute(
        update(_REMINDER).where(_TABLE.id == reminder).values(withdrawn_on=on, withdrawn_for=reason or "")
    )
    unit.note("reminder", reminder, {"withdrawn_on": None}, {"withdrawn_on": on.isoformat()})
    unit.changes.add("customer", row.customer_id)
    return {"reminder": reminder, "date": on.isoformat()}


_REMINDER = reminder


class SentItem(NamedTuple):
    """An item of a reminder as it stood then."""

    number: str
    days_late: int
    open_minor: int


class Sent(NamedTuple):
    """A reminder of the log; amounts in minor units of its currency."""

    id: int
    rule: str
    """Empty for one without a rule."""
    currency: str
    level: int
    channel: str
    reminded_on: date
    total_minor: int
    digest: str
    note: str
    withdrawn_on: date | None
    actor: str
    items: tuple[SentItem, ...] = ()


def of_customer(connection: Connection, code: str, limit: int = 100) -> list[Sent]:
    """The reminders of a customer, newest first."""
    query = (
        select(
            _TABLE.id,
            func.coalesce(reminder_rule.c.name, ""),
            _TABLE.currency,
            _TABLE.level,
            _TABLE.channel,
            _TABLE.reminded_on,
            _TABLE.total_minor,
            _TABLE.digest,
            _TABLE.note,
            _TABLE.withdrawn_on,
            _TABLE.actor,
        )
        .join_from(_REMINDER, customer_table, customer_table.c.id == _TABLE.customer_id)
        .join(reminder_rule, reminder_rule.c.id == _TABLE.rule_id, isouter=True)
        .where(customer_table.c.code == merged_codes.meant(connection, code))
        .order_by(_TABLE.id.desc())
        .limit(limit)
    )
    found = [Sent(*row) for row in connection.execute(query)]
    items: dict[int, list[SentItem]] = {}
    parts = (
        select(
            reminder_item.c.reminder_id,
            document.c.number,
            reminder_item.c.days_late,
            reminder_item.c.open_minor,
        )
        .join_from(reminder_item, document, document.c.id == reminder_item.c.document_id)
        .where(reminder_item.c.reminder_id.in_([one.id for one in found]))
        .order_by(reminder_item.c.reminder_id, document.c.dated_on, document.c.id)
    )
    for record_id, *item in connection.execute(parts):
        items.setdefault(record_id, []).append(SentItem(*item))
    return [one._replace(items=tuple(items.get(one.id, ()))) for one in found]
