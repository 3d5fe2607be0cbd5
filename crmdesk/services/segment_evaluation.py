"""Evaluates rules for all customers: the sums are taken once, then each rule is one query and its difference written.

Only the difference touches the book: members that come and go, an event for each with the values the rule looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from crmdesk.models import clock
from crmdesk.models.errors import Cancelled, Code
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_event, segment_member, segment_pin, segment_state
from crmdesk.services import segment_assigning, segment_rules
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.measures import temporary
from crmdesk.services.segment_rules import RULE, STATIC, Rule, Rules
from crmdesk.services.segment_values import Look
from crmdesk.services.units import Unit
from crmdesk.text import _

PIN = "pin"
_BITS = 60
"""Of one number: a rule each."""
Progress = Callable[[float], None]


@dataclass(slots=True)
class Counts:
    """How many came and went, by segment."""

    joined: dict[int, int] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)

    @property
    def total(self) -> dict[str, int]:
        """As a use case answers."""
        return {"joined": sum(self.joined.values()), "left": sum(self.left.values())}


def evaluate(
    unit: Unit,
    today: date,
    *,
    only: set[int] | None = None,
    progress: Progress = lambda done: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Counts:
    """Brings the members of all segments (or `only` these and what looks at them) up to a day.

    Raises Cancelled between two rules; the unit must then not be finished.
    """
    unit.flush_all()
    if only is not None and evaluated_on(unit.connection) not in (None, today):
        only = None  # one day holds for all rules
    rules = segment_rules.load(unit.connection, today)
    chosen = [one for one in rules.ordered if only is None or one.id in _affected(rules, only)]
    counts = Counts()
    drop_gone(unit)
    with _Evaluation(unit, rules, chosen) as work:
        for done, rule in enumerate(chosen):
            if is_cancelled():
                raise Cancelled(Code.CANCELLED, _("Cancelled; nothing was changed."))
            progress((done + 1) / (len(chosen) + 1))
            work.evaluate(rule, counts)
    if only is None:
        note_day(unit, today)
    unit.changes.everything.add("segment_member")
    for one in chosen:
        if counts.joined.get(one.id) or counts.left.get(one.id):
            unit.changes.add("segment", one.id)
    return counts


def _affected(rules: Rules, only: set[int]) -> set[int]:
    """These segments and all that look at them; in the order of evaluation one pass is enough."""
    found = set(only)
    for one in rules.ordered:
        if found & set(one.looks_at):
            found.add(one.id)
    return found


def drop_gone(unit: Unit) -> None:
    """Forgets members and pins of customers that were deleted (unused ones may be)."""
    for table in (segment_member, segment_pin):
        each = select(table.c.customer_id).distinct().subquery()  # once a customer, not once a row
        gone = select(each.c.customer_id).where(each.c.customer_id.not_in(select(customer.c.id)))
        unit.execute(delete(table).where(table.c.customer_id.in_(gone)))


def rebuild(unit: Unit) -> None:
    """Finds the members of all segments anew, and gives anew what their rules give."""
    day = evaluated_on(unit.connection)
    if day is None:
        return
    evaluate(unit, day)
    for row in unit.execute(select(segment.c.category_id, segment.c.tag_id).distinct()).all():
        segment_assigning.settle(unit, row.category_id, row.tag_id)


def evaluated_on(connection: Connection) -> date | None:
    """The day that the members of all segments are as at; None in a book without segments."""
    return connection.execute(select(segment_state.c.evaluated_on)).scalar()


def is_due(connection: Connection) -> bool:
    """Whether a new day moves the members of any rule: `new_day` then evaluates them."""
    day, today = evaluated_on(connection), clock.today()
    return day is not None and day != today and segment_rules.load(connection, today).is_moving


def note_day(unit: Unit, today: date) -> None:
    """Notes the day all rules were evaluated for."""
    values = {"evaluated_on": today, "evaluated_at": clock.stamp(clock.now_utc())}
    if unit.execute(update(segment_state).values(**values)).rowcount == 0:
        unit.execute(insert(segment_state).values(id=1, stamp=unit.audit_id, **values))


def pinned(segment_id: int, *, is_in: bool) -> ColumnElement[bool]:
    """Whether the row's customer is pinned in or out."""
    return exists(
        select(segment_pin.c.customer_id).where(
            segment_pin.c.segment_id == segment_id,
            segment_pin.c.customer_id == customer.c.id,
            segment_pin.c.is_in.is_(is_in),
        )
    )


def member(segment_id: int) -> ColumnElement[bool]:
    """Whether the row's customer is in a segment."""
    return exists(
        select(segment_member.c.customer_id).where(
            segment_member.c.segment_id == segment_id, segment_member.c.customer_id == customer.c.id
        )
    )


def wanted_by(rule: Rule, look: Look, *, has_pins: bool) -> ColumnElement[bool]:
    """Whether the row's customer belongs into a segment."""
    is_in = pinned(rule.id, is_in=True) if has_pins else false()
    if rule.kind == STATIC or rule.node is None:
        return is_in
    holds = look.holds(rule.node)
    if rule.parent_id is not None:
        holds = and_(holds, member(rule.parent_id))
    return or_(is_in, and_(holds, not_(pinned(rule.id, is_in=False)))) if has_pins else holds


def note_all_left(unit: Unit, row: Any) -> None:
    """Writes that every member of a segment leaves it, because it is deleted."""
    is_member = segment_member.c.segment_id == row.id
    count = unit.execute(select(func.count()).select_from(segment_member).where(is_member)).scalar_one()
    if not count:
        return
    first = unit.reserve_ids(count)
    rows = select(
        first - 1 + func.row_number().over(order_by=segment_member.c.customer_id),
        literal(row.id),
        segment_member.c.customer_id,
        literal(0),
        segment_member.c.way,
        literal(clock.today(), Day()),
        literal(clock.stamp(clock.now_utc())),
        literal(row.version),
        literal(""),
        literal(unit.audit_id),
    ).where(is_member)
    names = [column.name for column in segment_event.columns]
    unit.execute(insert(segment_event).from_select(names, rows))


class _Evaluation:
    """One evaluation with its temporary tables: the sums of all customers, and who belongs where.

    Rules that look at no other segment are decided in one walk over the customers, as a bit each, beside the bits of
    who is a member now: what differs is then seen at once. Each of the others comes in its turn, when those it looks
    at are written.
    """

    def __init__(self, unit: Unit, rules: Rules, chosen: list[Rule]) -> None:
        self._unit = unit
        self._today = rules.day
        self._at = clock.stamp(clock.now_utc())
        used = [one for rule in chosen for one in comparisons(rule.node)]
        self._look = Look(used, rules.day, rules.spec, held="measured")
        self._pinned = set(unit.execute(select(segment_pin.c.segment_id).distinct()).scalars())
        first = [rule for rule in chosen if not rule.looks_at]
        self._words = [first[start : start + _BITS] for start in range(0, len(first), _BITS)]
        self._bits = {
            rule.id: (word, 1 << place)
            for word, rules_ in enumerate(self._words)
            for place, rule in enumerate(rules_)
        }
        words = range(len(self._words))
        self._flags = temporary(
            "decided",
            "customer_id",
            *(f"wanted{word}" for word in words),
            *(f"member{word}" for word in words),
        )
        self._bit = temporary("segment_bit", "segment_id", "word", "bit")
        self._wanted = temporary("wanted", "customer_id")
        self._parameters: dict[str, Any] = {}
        self._moved: dict[int, tuple[int, int]] = {}
        """How many leave and join, by segment."""

    def __enter__(self) -> _Evaluation:
        connection = self._unit.connection
        self._parameters = self._look.parameters(connection)
        self._look.hold(connection, self._parameters)
        self._wanted.create(connection)
        self._bit.create(connection)
        self._flags.create(connection)
        if self._words:
            self._decide()
            self._compare()
        return self

    def _decide(self) -> None:
        """Sets the bits of who belongs where by the rules, and of who is there now."""
        connection = self._unit.connection
        connection.execute(
            insert(self._bit),
            [{"segment_id": id_, "word": word, "bit": bit} for id_, (word, bit) in self._bits.items()],
        )
        words = range(len(self._words))
        found = (
            select(
                segment_member.c.customer_id,
                *(
                    func.sum(self._bit.c.bit, type_=Integer())
                    .filter(self._bit.c.word == word)
                    .label(f"m{word}")
                    for word in words
                ),
            )
            .join_from(segment_member, self._bit, self._bit.c.segment_id == segment_member.c.segment_id)
            .group_by(segment_member.c.customer_id)
            .subquery("now")
        )
        wanted: list[ColumnElement[int]] = []
        for rules in self._words:
            bits: ColumnElement[int] = literal(0)
            for rule in rules:
                bits = bits + case((self._belongs(rule), self._bits[rule.id][1]), else_=0)
            wanted.append(bits)
        held = [func.coalesce(found.c[f"m{word}"], 0) for word in words]
        rows = select(customer.c.id, *wanted, *held).select_from(
            self._from().outerjoin(found, found.c.customer_id == customer.c.id)
        )
        names = [column.name for column in self._flags.columns]
        connection.execute(insert(self._flags).from_select(names, rows), self._parameters)

    def _compare(self) -> None:
        """Counts who moves: only customers with a bit that differs are looked at."""
        column = self._flags.c
        for word, rules in enumerate(self._words):
            wanted, held = column[f"wanted{word}"], column[f"member{word}"]
            query = select(wanted, held, func.count()).where(wanted != held).group_by(wanted, held)
            for to_be, now, count in self._unit.connection.execute(query):
                for place, rule in enumerate(rules):
                    bit = 1 << place
                    if (to_be ^ now) & bit:
                        left, joined = self._moved.get(rule.id, (0, 0))
                        self._moved[rule.id] = (
                            (left, joined + count) if to_be & bit else (left + count, joined)
                        )

    def __exit__(self, *details: object) -> None:
        for table in (self._wanted, self._flags, self._bit):
            table.drop(self._unit.connection)
        self._look.release(self._unit.connection)

    def _from(self) -> Any:
        return self._look.held_table()

    def _belongs(self, rule: Rule) -> ColumnElement[bool]:
        return wanted_by(rule, self._look, has_pins=rule.id in self._pinned)

    def _moving(self, rule: Rule) -> tuple[tuple[int, Select[Any]], tuple[int, Select[Any]]]:
        """(how many, who) leave a segment and (how many, who) join it."""
        if rule.id in self._bits:
            word, bit = self._bits[rule.id]
            column = self._flags.c
            wanted, held = column[f"wanted{word}"].op("&")(bit), column[f"member{word}"].op("&")(bit)
            who = select(column.customer_id)
            left, joined = self._moved.get(rule.id, (0, 0))
            return (left, who.where(held != 0, wanted == 0)), (joined, who.where(wanted != 0, held == 0))
        execute = self._unit.connection.execute
        execute(delete(self._wanted))
        rows = select(customer.c.id).select_from(self._from()).where(self._belongs(rule))
        execute(insert(self._wanted).from_select(["customer_id"], rows), self._parameters)
        members = select(segment_member.c.customer_id).where(segment_member.c.segment_id == rule.id)
        chosen = select(self._wanted.c.customer_id)
        leaving = members.where(segment_member.c.customer_id.not_in(chosen))
        joining = chosen.where(self._wanted.c.customer_id.not_in(members))
        return (self._count(leaving), leaving), (self._count(joining), joining)

    def _count(self, who: Select[Any]) -> int:
        return int(
            self._unit.connection.execute(select(func.count()).select_from(who.subquery())).scalar_one()
        )

    def evaluate(self, rule: Rule, counts: Counts) -> None:
        """Writes the difference of one segment."""
        execute = self._unit.connection.execute
        (left, leaving), (joined, joining) = self._moving(rule)
        self._events(rule, left, leaving, is_joined=False)
        first = self._events(rule, joined, joining, is_joined=True)
        if left:
            counts.left[rule.id] = left
            is_of = segment_member.c.segment_id == rule.id
            execute(delete(segment_member).where(is_of, segment_member.c.customer_id.in_(leaving)))
        if rule.kind == RULE and rule.id in self._pinned | self._by_pin(rule):
            self._renew_ways(rule)
        if joined:
            counts.joined[rule.id] = joined
            names = ["segment_id", "customer_id", "way", "since_on", "event_id"]
            event = segment_event.c
            rows = select(event.segment_id, event.customer_id, event.way, event.dated_on, event.id).where(
                event.id >= first, event.id < first + joined
            )
            execute(insert(segment_member).from_select(names, rows))
        if left or joined or rule.category_id is not None or rule.tag_id is not None:
            segment_assigning.reconcile(self._unit, rule)

    def _way(self, rule: Rule, customer_id: ColumnElement[int], *, is_in: bool) -> ColumnElement[str]:
        if rule.kind == STATIC or rule.id not in self._pinned:
            return literal(rule.kind)
        return case((customer_id.in_(_pins(rule.id, is_in=is_in)), PIN), else_=rule.kind)

    def _by_pin(self, rule: Rule) -> set[int]:
        query = select(segment_member.c.segment_id).where(
            segment_member.c.segment_id == rule.id, segment_member.c.way == PIN
        )
        return set(self._unit.connection.execute(query.limit(1)).scalars())

    def _renew_ways(self, rule: Rule) -> None:
        """A member who is pinned now was there by the rule, or the other way round."""
        is_pinned = segment_member.c.customer_id.in_(_pins(rule.id, is_in=True))
        for way, is_meant in ((PIN, is_pinned), (RULE, not_(is_pinned))):
            self._unit.connection.execute(
                update(segment_member)
                .where(segment_member.c.segment_id == rule.id, segment_member.c.way != way, is_meant)
                .values(way=way)
            )

    def _events(self, rule: Rule, count: int, moving: Select[Any], *, is_joined: bool) -> int:
        """Writes who moves; the id of the first event."""
        if not count:
            return 0
        connection = self._unit.connection
        first = self._unit.reserve_ids(count)
        rows = (
            select(
                cast(first - 1 + func.row_number().over(order_by=customer.c.id), Integer),
                literal(rule.id),
                customer.c.id,
                literal(int(is_joined)),
                self._way(rule, customer.c.id, is_in=is_joined),
                literal(self._today, Day()),
                literal(self._at),
                literal(rule.version),
                self._look.facts(rule.node) if rule.node is not None else literal(""),
                literal(self._unit.audit_id),
            )
            .select_from(self._from())
            .where(customer.c.id.in_(moving))
        )
        names = [column.name for column in segment_event.columns]
        connection.execute(insert(segment_event).from_select(names, rows), self._parameters)
        return first


def _pins(segment_id: int, *, is_in: bool) -> Select[Any]:
    return select(segment_pin.c.customer_id).where(
        segment_pin.c.segment_id == segment_id, segment_pin.c.is_in.is_(is_in)
    )
