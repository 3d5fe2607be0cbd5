"""What is to be reminded on a day, by the rules, and what is held back and why.

Reminded is of what is open now; the day only moves the clock, so that one may ask for tomorrow. Per item:

* a rule counts from the last of its days that the item has reached (its threshold), once: never again for the same
  rule, item and threshold, nor for an earlier threshold;
* a level never goes down, goes up one rule's level after the other, and not sooner than the book's number of days
  after the item's last reminder;
* of the rules that remain the highest level speaks, then the latest threshold: an item is in one reminder only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models import money
from crmdesk.models.tables.base import day_of
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, open_item
from crmdesk.models.tables.reminders import reminder, reminder_item
from crmdesk.services import dunning_holds, promises, reminder_rules, settings
from crmdesk.services.collecting import no_collection
from crmdesk.services.dialect import among
from crmdesk.services.lists.open_items import item_due
from crmdesk.services.reminder_rules import Rule
from crmdesk.text import _


class DueItem(NamedTuple):
    """One open item to be reminded of."""

    document_id: int
    kind: str
    number: str
    dated_on: date
    due_on: date
    open_minor: int
    days_late: int
    """Negative before the due date."""
    threshold: int
    """The day of the rule that was reached."""
    last_level: int
    """Of the reminders before; 0 for none."""
    last_on: date | None


class Due(NamedTuple):
    """What one customer is to be reminded of by one rule in one currency."""

    customer_id: int
    customer: str
    name: str
    currency: str
    rule: Rule
    items: tuple[DueItem, ...]
    total_minor: int
    credit_minor: int
    """Payments and credit notes of this currency that settle nothing yet, as far as they lessen this reminder."""

    @property
    def pay_minor(self) -> int:
        """What is asked for: the items less what is to his credit."""
        return max(self.total_minor - self.credit_minor, 0)

    def only(self, document_ids: Iterable[int]) -> Due:
        """The same reminder of some of its items."""
        wanted = set(document_ids)
        items = tuple(item for item in self.items if item.document_id in wanted)
        return self._replace(items=items, total_minor=sum(item.open_minor for item in items))

    @property
    def level(self) -> int:
        """The level of the reminder."""
        return self.rule.level

    @property
    def oldest_days(self) -> int:
        """How late the oldest item is; negative when nothing is due yet."""
        return max(item.days_late for item in self.items)

    @property
    def last_on(self) -> date | None:
        """When one of the items was last reminded of."""
        return max((item.last_on for item in self.items if item.last_on), default=None)

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        days = self.oldest_days
        if days > 0:
            late = _("{days} days late").format(days=days)
        elif days == 0:
            late = _("due today")
        else:
            late = _("due in {days} days").format(days=-days)
        parts = [late, _("rule “{name}”, level {level}").format(name=self.rule.name, level=self.level)]
        last = self.last_on
        if last is not None:
            parts.append(_("last reminded {date}").format(date=last.isoformat()))
        return ", ".join(parts)


class Held(NamedTuple):
    """What would be reminded of, but is not, and why."""

    due: Due
    kind: str
    """hold, promise or credit (what he has to his credit covers it)."""
    until: date | None
    reason: str


class DueList(NamedTuple):
    """All of it, in order of customer code and rule."""

    due: tuple[Due, ...]
    held: tuple[Held, ...]


class _Log(NamedTuple):
    """What was sent: by item the last level and day, by item and rule the last threshold."""

    last: dict[int, tuple[int, date]]
    thresholds: dict[tuple[int, int], int]


def sent(connection: Connection, customer_id: int | None = None) -> _Log:
    """The reminders that were not withdrawn."""
    query = (
        select(
            reminder_item.c.document_id,
            reminder.c.rule_id,
            reminder.c.level,
            reminder.c.reminded_on,
            reminder_item.c.threshold,
        )
        .join_from(reminder, reminder_item, reminder_item.c.reminder_id == reminder.c.id)
        .where(reminder.c.withdrawn_on.is_(None))
    )
    if customer_id is not None:
        query = query.where(reminder.c.customer_id == customer_id)
    last: dict[int, tuple[int, date]] = {}
    thresholds: dict[tuple[int, int], int] = {}
    for record_id, rule_id, level, on, threshold in connection.execute(query):
        level_before, on_before = last.get(record_id, (0, on))
        last[record_id] = (max(level_before, level), max(on_before, on))
        if rule_id is not None and threshold is not None:
            known = thresholds.get((record_id, rule_id))
            thresholds[record_id, rule_id] = threshold if known is None else max(known, threshold)
    return _Log(last, thresholds)


Row = tuple[int, int, str, int, int, str, str, int]
"""An open item as the database gives it: id, customer, currency, due day, open, kind, number, own day."""


def _open_rows(connection: Connection, until: date, customer_id: int | None) -> list[Row]:
    query = (
        select(
            open_item.c.document_id,
            open_item.c.customer_id,
            open_item.c.currency,
            item_due,
            open_item.c.open_minor,
            document.c.kind,
            document.c.number,
            open_item.c.dated_on,
        )
        .join_from(open_item, document, document.c.id == open_item.c.document_id)
        .where(open_item.c.side == 1, open_item.c.open_minor != 0, item_due <= until)
    )
    if customer_id is not None:
        query = query.where(open_item.c.customer_id == customer_id)
    # hundreds of thousands of rows: the driver's own tuples, days as their numbers
    cursor = connection.execute(query).cursor
    return [] if cursor is None else list(cursor.fetchall())


Pick = tuple[Rule, int]
"""A rule and the threshold that an item has reached."""


class _Chooser:
    """Decides by which rule an item is reminded of."""

    def __init__(self, connection: Connection, rules: list[Rule], on: date, log: _Log) -> None:
        own = settings.load(connection)
        self.log = log
        self.rules = rules
        self.members = [reminder_rules.members(connection, rule) for rule in rules]
        self.latest_gap = on - timedelta(days=own.dunning_gap_days)
        self._of_customer: dict[int, tuple[bool, ...]] = {}
        self._reached: dict[tuple[int, str, tuple[bool, ...]], list[Pick]] = {}
        self.has_least = any(rule.least_minor for rule in rules)
        self._totals: dict[tuple[int, str, int], int] = {}
        self._quick: dict[tuple[int, str], Pick | None] = {}
        self.has_groups = any(found is not None for found in self.members)
        self._all = tuple(True for _rule in rules)

    def candidates(self, row: Row, days_late: int) -> list[Pick]:
        """The rules that may speak of an item, whatever their least amount."""
        key = (days_late, row[2], self._signature(row[1]) if self.has_groups else self._all)
        found = self._reached.get(key)
        if found is None:
            found = self._reached[key] = [
                (rule, threshold)
                for rule, is_member in zip(self.rules, key[2], strict=True)
                if is_member
                and rule.currency in ("", row[2])
                and (threshold := rule.reached(days_late)) is not None
            ]
        last = self.log.last.get(row[0])
        if last is None:
            return found
        thresholds = self.log.thresholds
        return [
            (rule, threshold)
            for rule, threshold in found
            if rule.level >= last[0] and thresholds.get((row[0], rule.id), threshold - 1) < threshold
        ]

    def _signature(self, customer_id: int) -> tuple[bool, ...]:
        found = self._of_customer.get(customer_id)
        if found is None:
            found = self._of_customer[customer_id] = tuple(
                ids is None or customer_id in ids for ids in self.members
            )
        return found

    def add_up(self, items: list[Row], days: dict[int, int]) -> None:
        """What each rule with a least amount would remind each customer of."""
        if not self.has_least:
            return
        for row in items:
            for rule, _threshold in self.candidates(row, days[row[3]]):
                if rule.least_minor:
                    key = (row[1], row[2], rule.id)
                    self._totals[key] = self._totals.get(key, 0) + row[4]

    def pick(self, row: Row, days_late: int, *, is_new: bool) -> Pick | None:
        """The rule by which an item is reminded of; new ones alike get the same answer."""
        if not is_new or self.has_least or self.has_groups:
            return self._chosen(row, days_late)
        key = (days_late, row[2])
        if key not in self._quick:
            self._quick[key] = self._chosen(row, days_late)
        return self._quick[key]

    def _chosen(self, row: Row, days_late: int) -> Pick | None:
        picks = self.candidates(row, days_late)
        if self.has_least:
            picks = [
                pick
                for pick in picks
                if self._totals.get((row[1], row[2], pick[0].id), 0) >= pick[0].least_minor
            ]
        return self._choose(row[0], picks) if picks else None

    def _choose(self, record_id: int, picks: list[Pick]) -> Pick | None:
        """One of the rules: the next level where it may go up, else the present one."""
        level, on = self.log.last.get(record_id, (0, None))
        higher = [rule.level for rule, _threshold in picks if rule.level > level]
        wanted = level
        if higher and (on is None or on <= self.latest_gap):
            wanted = min(higher)
        return max(
            (pick for pick in picks if pick[0].level == wanted),
            key=lambda pick: (pick[1], -pick[0].id),
            default=None,
        )


NEVER: tuple[int, date | None] = (0, None)
"""Last level and day of an item that nobody was reminded of."""


def load(connection: Connection, on: date, *, customer_id: int | None = None) -> DueList:
    """What is to be reminded on a day, and what is held back."""
    rules = [rule for rule in reminder_rules.all_rules(connection) if rule.is_active]
    if not rules:
        return DueList((), ())
    with no_collection():
        return _load(connection, rules, on, customer_id)


def of_item(connection: Connection, on: date, document_id: int) -> Due | Held | None:
    """The reminder that an open item stands in on a day, due or held back; None when it is in neither."""
    owner = connection.execute(select(document.c.customer_id).where(document.c.id == document_id)).scalar()
    if owner is None:
        return None
    found = load(connection, on, customer_id=owner)

    def has(due: Due) -> bool:
        return any(item.document_id == document_id for item in due.items)

    return next((one for one in found.due if has(one)), None) or next(
        (one for one in found.held if has(one.due)), None
    )


def counts(connection: Connection, on: date) -> dict[int, int]:
    """Rule id -> how many customers it reminds on a day; a rule that finds nobody is left out."""
    people: dict[int, set[int]] = {}
    for one in load(connection, on).due:
        people.setdefault(one.rule.id, set()).add(one.customer_id)
    return {rule_id: len(found) for rule_id, found in people.items()}


def _load(connection: Connection, rules: list[Rule], on: date, customer_id: int | None) -> DueList:
    log = sent(connection, customer_id)
    chooser = _Chooser(connection, rules, on, log)
    ahead = max(0, *(-rule.days[0] for rule in rules))
    items = _open_rows(connection, on + timedelta(days=ahead), customer_id)
    days = {number: (on - day_of(number)).days for number in {row[3] for row in items}}
    chooser.add_up(items, days)
    groups: dict[tuple[int, str, int], list[DueItem]] = {}
    dates: dict[int, date] = {}
    for row in items:
        last = log.last.get(row[0])
        pick = chooser.pick(row, days[row[3]], is_new=last is None)
        if pick is None:
            continue
        rule, threshold = pick
        due_on = dates.get(row[3]) or dates.setdefault(row[3], day_of(row[3]))
        own_on = dates.get(row[7]) or dates.setdefault(row[7], day_of(row[7]))
        level, last_on = last or NEVER
        item = DueItem(
            row[0], row[5], row[6], own_on, due_on, row[4], days[row[3]], threshold, level, last_on
        )
        key = (row[1], row[2], rule.id)
        group = groups.get(key)
        if group is None:
            groups[key] = [item]
        else:
            group.append(item)
    return _parted(connection, {rule.id: rule for rule in rules}, groups, on, customer_id)


_BY_DUE = itemgetter(4, 0)
"""The due day of an item, then its id."""


def _parted(
    connection: Connection,
    rules: dict[int, Rule],
    groups: dict[tuple[int, str, int], list[DueItem]],
    on: date,
    customer_id: int | None,
) -> DueList:
    """The groups with their customers, parted into what is due and what is held."""
    ids = {key[0] for key in groups}
    people = {row.id: row for row in connection.execute(_PEOPLE.where(among(customer.c.id, ids)))}
    credits = _credits(connection, ids)
    stopped_by = stops(connection, on, customer_id)
    stopped_customers = {owner for owner, _document in stopped_by}
    due: list[Due] = []
    held: list[Held] = []
    for (owner, currency, rule_id), items in groups.items():
        person = people[owner]
        items.sort(key=_BY_DUE)

        def group(part: Iterable[DueItem], *, key: tuple[int, str, int] = (owner, currency, rule_id)) -> Due:
            chosen = tuple(part)
            total = sum(item.open_minor for item in chosen)
            who = people[key[0]]
            return Due(
                key[0], who.code, who.name, key[1], rules[key[2]], chosen, total, credits.get(key[:2], 0)
            )

        if owner not in stopped_customers:
            due.append(group(items))
            continue
        stopped: dict[tuple[str, date | None, str], list[DueItem]] = {}
        free: list[DueItem] = []
        for item in items:
            stop = stopped_by.get((person.id, None)) or stopped_by.get((person.id, item.document_id))
            if stop is None:
                free.append(item)
            else:
                stopped.setdefault(stop, []).append(item)
        held += [Held(group(part), *stop) for stop, part in stopped.items()]
        if free:
            due.append(group(free))
    wanted: dict[tuple[int, str], int] = {}
    for one in due:
        wanted[one.customer_id, one.currency] = (
            wanted.get((one.customer_id, one.currency), 0) + one.total_minor
        )
    covered = {key for key, minor in wanted.items() if credits.get(key, 0) >= minor}
    for one in due:
        if (one.customer_id, one.currency) in covered:
            words = _("Credit of {amount} is not allocated yet. Allocate it first.").format(
                amount=money.plain(one.credit_minor, one.currency)
            )
            held.append(Held(one, "credit", None, words))
    due = [one for one in due if (one.customer_id, one.currency) not in covered]

    def order(one: Due) -> tuple[str, str, int, int]:
        return (one.customer, one.currency, one.level, one.rule.id)

    due.sort(key=order)
    # two rules ask for different items of one customer: what is to his credit lessens one of them only
    for at, one in enumerate(due):
        key = (one.customer_id, one.currency)
        part = min(credits.get(key, 0), one.total_minor)
        credits[key] = credits.get(key, 0) - part
        due[at] = one._replace(credit_minor=part)
    held.sort(key=lambda one: order(one.due))
    return DueList(tuple(due), tuple(held))


_PEOPLE = select(customer.c.id, customer.c.code, customer.c.name)


def _credits(connection: Connection, ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """Free money of customers by currency."""
    query = (
        select(open_item.c.customer_id, open_item.c.currency, func.sum(open_item.c.open_minor))
        .where(open_item.c.side == -1, among(open_item.c.customer_id, ids))
        .group_by(open_item.c.customer_id, open_item.c.currency)
    )
    return {(owner, currency): minor for owner, currency, minor in connection.execute(query)}


def stops(
    connection: Connection, on: date, customer_id: int | None
) -> dict[tuple[int, int | None], tuple[str, date | None, str]]:
    """(customer, document or None) -> why and until when nothing is sent; an exclusion before a promise."""
    found: dict[tuple[int, int | None], tuple[str, date | None, str]] = {}
    for one in promises.states(connection, on, customer_id=customer_id):
        if one.state == promises.OPEN:
            words = _("{amount} {currency} promised for {date}.").format(
                amount=money.plain(one.amount_minor, one.currency),
                currency=one.currency,
                date=one.promised_on.isoformat(),
            )
            found[one.customer_id, one.document_id] = ("promise", one.promised_on, words)
    for hold in dunning_holds.active(connection, on, customer_id):
        found[hold.customer_id, hold.document_id] = ("hold", hold.until_on, hold.reason)
    return found
