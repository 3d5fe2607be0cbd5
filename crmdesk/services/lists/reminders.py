"""Lists of reminders: what is due, what is held back, what was sent, the rules, the exclusions, the promises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Text, and_, func, literal, or_, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.specs.reminders import CHANNELS, HELD_KINDS, PROMISE_STATES
from crmdesk.models.tables.base import Day, Flag, day_number
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.reminders import dunning_hold, reminder, reminder_item, reminder_rule
from crmdesk.services.dialect import contains, given_rows
from crmdesk.services.lists.columns import TODAY, Column, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import CUSTOMER, CUSTOMER_NAME, amount
from crmdesk.text import N_

_RULE = Field("rule", Kind.TEXT, N_("Rule"), width=16)
_LEVEL = Field("level", Kind.INTEGER, N_("Level"), sign="any", width=6)
_CHANNEL = Field("channel", Kind.CHOICE, N_("Channel"), choices=CHANNELS, width=12)
_ITEMS = Field("items", Kind.TEXT, N_("Items"), width=28)
_COUNT = Field("count", Kind.INTEGER, N_("Number of items"), sign="any", width=8)
_LAST = Field("last", Kind.DATE, N_("Last reminded"))
_REASON = Field("reason", Kind.TEXT, N_("Reason"), width=36)
_UNTIL = Field("until", Kind.DATE, N_("Until"))
_DAYS = Field("oldest_days", Kind.INTEGER, N_("Days late"), sign="any", width=8)


def _find_in(*columns: ColumnElement[str]) -> Any:
    def find(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
        """Every word in one of the columns."""
        del connection, most
        return and_(
            *(or_(*(contains(one, word) for one in columns)) for word in typed.split()), literal(True)
        )

    return find


def _number(on: date | None) -> int | None:
    return None if on is None else day_number(on)


def _json(rows: Iterable[tuple[Any, ...]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False)


# What is due and what is held: reckoned, not stored

_SHAPE: dict[str, Any] = {
    "id": Integer(),
    "customer_id": Integer(),
    "customer": Text(),
    "name": Text(),
    "currency": Text(),
    "rule": Text(),
    "level": Integer(),
    "channel": Text(),
    "items": Text(),
    "count": Integer(),
    "total": Integer(),
    "credit": Integer(),
    "oldest_days": Integer(),
    "last": Day(),
    "reason": Text(),
    "kind": Text(),
    "until": Day(),
}
_DUE, _HELD = given_rows("reminders_due", **_SHAPE), given_rows("reminders_held", **_SHAPE)
_ITEMS_SHOWN = 20


def _row(one: Any, reason: str, kind: str = "", until: date | None = None) -> tuple[Any, ...]:
    numbers = [item.number for item in one.items[:_ITEMS_SHOWN]]
    more = "" if len(one.items) <= _ITEMS_SHOWN else " …"
    return (
        one.items[0].document_id,  # an item stands in one row only, so its id is one of the row
        one.customer_id,
        one.customer,
        one.name,
        one.currency,
        one.rule.name,
        one.level,
        one.rule.channel,
        ", ".join(numbers) + more,
        len(one.items),
        one.total_minor,
        one.credit_minor,
        one.oldest_days,
        _number(one.last_on),
        reason,
        kind,
        _number(until),
    )


def _supply_due(connection: Connection, today: date) -> dict[str, str]:
    from crmdesk.services import reminders_due  # it reads open items by this package's words

    found = reminders_due.load(connection, today)
    return {"reminders_due": _json(_row(one, one.reason) for one in found.due)}


def _supply_held(connection: Connection, today: date) -> dict[str, str]:
    from crmdesk.services import reminders_due

    found = reminders_due.load(connection, today)
    return {"reminders_held": _json(_row(one.due, one.reason, one.kind, one.until) for one in found.held)}


def _due_spec(
    kind: str, label: str, table: Any, supply: Callable[..., Any], more: tuple[Column, ...], empty_text: str
) -> ListSpec:
    columns = table.c
    return ListSpec(
        kind=kind,
        label=label,
        columns=(
            Column(CUSTOMER, columns.customer, is_group=True, title="name"),
            Column(CUSTOMER_NAME, columns.name),
            Column(_LEVEL, columns.level, is_group=True),
            Column(_RULE, columns.rule, is_group=True),
            Column(_CHANNEL, columns.channel),
            *more,
            Column(_REASON, columns.reason),
            Column(amount("total", N_("Open")), columns.total, is_summed=True),
            Column(_COUNT, columns["count"]),
            Column(_DAYS, columns.oldest_days),
            Column(_LAST, columns["last"]),
            Column(_ITEMS, columns["items"]),
            Column(amount("credit", N_("Free credit")), columns.credit, is_shown=False),
            Column(specs.CURRENCY, columns.currency, is_shown=False),
        ),
        source=Source(
            table=table,
            id=columns.id,
            columns={},
            customer_id=columns.customer_id,
            search=_find_in(columns.customer, columns.name, columns["items"], columns.rule),
            supply=supply,
        ),
        default_sort="customer",
        currency=columns.currency,
        empty_text=empty_text,
    )


REMINDERS_DUE = _due_spec(
    "reminders_due",
    N_("Reminders due"),
    _DUE,
    _supply_due,
    (),
    N_("Nobody is to be reminded today. Rules for reminders are in the settings."),
)
REMINDERS_HELD = _due_spec(
    "reminders_held",
    N_("Not reminded"),
    _HELD,
    _supply_held,
    (
        Column(Field("kind", Kind.CHOICE, N_("Why"), choices=HELD_KINDS, width=14), _HELD.c.kind),
        Column(_UNTIL, _HELD.c.until),
    ),
    N_("Nobody is excluded from reminders, and no payment is promised."),
)

# Promises: what they came to is read from the ledger

_PROMISES = given_rows(
    "promises",
    id=Integer(),
    customer_id=Integer(),
    customer=Text(),
    name=Text(),
    invoice=Text(),
    currency=Text(),
    amount=Integer(),
    paid=Integer(),
    left=Integer(),
    promised_on=Day(),
    date=Day(),
    state=Text(),
    by=Text(),
    note=Text(),
)


def _supply_promises(connection: Connection, today: date) -> dict[str, str]:
    from crmdesk.services import promises

    return {
        "promises": _json(
            (
                one.id,
                one.customer_id,
                one.customer,
                one.name,
                one.invoice,
                one.currency,
                one.amount_minor,
                one.paid_minor,
                one.left_minor,
                _number(one.promised_on),
                _number(one.made_on),
                one.state,
                one.by,
                one.note,
            )
            for one in promises.states(connection, today)
        )
    }


PROMISES = ListSpec(
    kind="promises",
    label=N_("Promises to pay"),
    columns=(
        Column(Field("promise", Kind.INTEGER, N_("Promise"), sign="any"), _PROMISES.c.id, is_shown=False),
        Column(CUSTOMER, _PROMISES.c.customer, is_group=True, title="name"),
        Column(CUSTOMER_NAME, _PROMISES.c.name),
        Column(
            Field("state", Kind.STATE, N_("State"), choices=PROMISE_STATES, width=10),
            _PROMISES.c.state,
            is_group=True,
        ),
        Column(Field("promised_on", Kind.DATE, N_("Promised for")), _PROMISES.c.promised_on),
        Column(amount("amount", N_("Amount")), _PROMISES.c.amount, is_summed=True),
        Column(amount("paid", N_("Paid so far")), _PROMISES.c.paid, is_summed=True),
        Column(amount("left", N_("Still to come")), _PROMISES.c["left"], is_summed=True),
        Column(Field("invoice", Kind.LINK, N_("Invoice"), link="invoice", width=16), _PROMISES.c.invoice),
        Column(Field("by", Kind.TEXT, N_("Promised by")), _PROMISES.c.by),
        Column(specs.DATE, _PROMISES.c.date),
        Column(Field("note", Kind.TEXT, N_("Note"), width=24), _PROMISES.c.note),
        Column(specs.CURRENCY, _PROMISES.c.currency, is_shown=False),
    ),
    source=Source(
        table=_PROMISES,
        id=_PROMISES.c.id,
        columns={},
        customer_id=_PROMISES.c.customer_id,
        search=_find_in(_PROMISES.c.customer, _PROMISES.c.name, _PROMISES.c.invoice, _PROMISES.c.note),
        supply=_supply_promises,
    ),
    default_sort="-promised_on",
    currency=_PROMISES.c.currency,
    empty_text=N_("No promises to pay yet. Record what customers say on the telephone."),
)

# What is stored

_SENT_COUNT = (
    select(func.count())
    .where(reminder_item.c.reminder_id == reminder.c.id)
    .correlate(reminder)
    .scalar_subquery()
)
_NEED_RULE = frozenset({"rule"})

REMINDERS = ListSpec(
    kind="reminders",
    label=N_("Reminders sent"),
    columns=(
        Column(Field("reminder", Kind.INTEGER, N_("Reminder"), sign="any"), reminder.c.id, is_shown=False),
        Column(specs.DATE, reminder.c.reminded_on),
        Column(CUSTOMER, customer.c.code, is_group=True, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials),
        Column(_LEVEL, reminder.c.level, is_group=True),
        Column(_CHANNEL, reminder.c.channel),
        Column(_RULE, func.coalesce(reminder_rule.c.name, "", type_=Text()), needs=_NEED_RULE),
        Column(amount("total", N_("Open then")), reminder.c.total_minor, is_summed=True),
        Column(_COUNT, _SENT_COUNT),
        Column(Field("withdrawn_on", Kind.DATE, N_("Withdrawn")), reminder.c.withdrawn_on),
        Column(Field("note", Kind.TEXT, N_("Note"), width=24), reminder.c.note),
        Column(Field("actor", Kind.TEXT, N_("By")), reminder.c.actor),
        Column(
            Field("digest", Kind.TEXT, N_("Digest of the paper"), width=20), reminder.c.digest, is_shown=False
        ),
        Column(specs.CURRENCY, reminder.c.currency, is_shown=False),
    ),
    source=Source(
        table=reminder.join(customer, customer.c.id == reminder.c.customer_id),
        id=reminder.c.id,
        columns={},
        joins={"rule": Join(reminder_rule, reminder_rule.c.id == reminder.c.rule_id)},
        customer_id=reminder.c.customer_id,
        search=_find_in(customer.c.code, customer.c.name, reminder.c.note),
    ),
    default_sort="-date",
    currency=reminder.c.currency,
    empty_text=N_("Nobody was reminded yet."),
)


def _fill_rules(connection: Connection, rows: list[dict[str, Any]]) -> None:
    from crmdesk.services import reminder_rules

    rules = {rule.id: rule for rule in reminder_rules.all_rules(connection)}
    for row in rows:
        rule = rules[row["id"]]
        row["days"] = ", ".join(map(str, rule.days))
        row["group"] = reminder_rules.group_name(connection, rule)


_R = reminder_rule.c
REMINDER_RULES = ListSpec(
    kind="reminder_rules",
    label=N_("Rules for reminders"),
    columns=(
        Column(Field("name", Kind.TEXT, N_("Name"), width=18), _R.name),
        Column(_LEVEL, _R.level, is_group=True),
        Column(Field("days", Kind.TEXT, N_("Days"), sortable=False, width=14)),
        Column(_CHANNEL, _R.channel),
        Column(Field("group", Kind.TEXT, N_("For"), sortable=False, width=18)),
        Column(amount("least", N_("Least amount")), _R.least_minor),
        Column(specs.CURRENCY, _R.currency),
        Column(Field("active", Kind.BOOLEAN, N_("Active"), width=6), _R.is_active),
        Column(
            Field("text_zh", Kind.LONG_TEXT, N_("Words in Chinese"), width=24), _R.text_zh, is_shown=False
        ),
        Column(
            Field("text_en", Kind.LONG_TEXT, N_("Words in English"), width=24), _R.text_en, is_shown=False
        ),
    ),
    source=Source(table=reminder_rule, id=_R.id, columns={}, search=_find_in(_R.name)),
    default_sort="level",
    currency=_R.currency,
    fill=_fill_rules,
    empty_text=N_("No rules yet. A rule says when a customer is reminded, and how."),
)

_H = dunning_hold.c
_IN_FORCE = and_(
    _H.held_on <= TODAY,
    or_(_H.until_on.is_(None), _H.until_on >= TODAY),
    or_(_H.ended_on.is_(None), _H.ended_on > TODAY),
)
_NEED_INVOICE = frozenset({"invoice"})

DUNNING_HOLDS = ListSpec(
    kind="dunning_holds",
    label=N_("Exclusions from reminders"),
    columns=(
        Column(CUSTOMER, customer.c.code, is_group=True, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials),
        Column(
            Field("invoice", Kind.LINK, N_("Invoice"), link="invoice", width=16),
            func.coalesce(document.c.number, "", type_=Text()),
            needs=_NEED_INVOICE,
        ),
        Column(specs.DATE, _H.held_on),
        Column(_UNTIL, _H.until_on),
        Column(
            Field("in_force", Kind.BOOLEAN, N_("In force"), width=8),
            func.coalesce(_IN_FORCE, 0, type_=Flag()),
        ),
        Column(_REASON, _H.reason),
        Column(Field("ended_on", Kind.DATE, N_("Ended")), _H.ended_on),
        Column(Field("actor", Kind.TEXT, N_("By")), _H.actor),
    ),
    source=Source(
        table=dunning_hold.join(customer, customer.c.id == _H.customer_id),
        id=_H.id,
        columns={},
        joins={"invoice": Join(document, document.c.id == _H.document_id)},
        customer_id=_H.customer_id,
        search=_find_in(customer.c.code, customer.c.name, _H.reason),
    ),
    default_sort="-date",
    empty_text=N_("Nobody is excluded from reminders."),
)
