"""Keeps segments current after every write, for the customers it touched and inside its transaction.

All conditions of all rules are one SELECT, compiled once per book, day and set of rules and kept; what they give is
put together here, so that nested segments, pins and what rules give are seen in the same moment.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, delete, func, select, update

from crmdesk.models import clock
from crmdesk.models.fields import Kind
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment_event, segment_member, segment_pin, segment_state
from crmdesk.services import exposure, segment_assigning, segment_evaluation, segment_rules
from crmdesk.services.custom_fields import PREFIX
from crmdesk.services.dialect import among, ids_given, ids_of
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.filters import All, Comparison, Node, Not
from crmdesk.services.segment_evaluation import PIN
from crmdesk.services.segment_rules import STATIC, Rule, Rules
from crmdesk.services.segment_values import Look
from crmdesk.services.units import Unit

SMALL_BOOK = 5_000
"""Up to so many customers a new day's first write evaluates all of them (some 0.1 s)."""
_NAMING = frozenset({"tag", "category", "dimension", "product", "segment"})
"""Kinds of records that rules name."""
_OF_PRODUCTS = frozenset({"bought_category", "asked_for_category", "quoted_category"})
_KEPT = 8
EVALUATED = "segments"
"""In the cache of a unit that evaluated all rules for everybody itself, as its last work."""
_STATE = select(segment_state.c.stamp, segment_state.c.evaluated_on)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The rules of a book with the one statement that looks at all their conditions."""

    rules: Rules
    look: Look
    atoms: Mapping[Comparison, int]
    """The place of each condition in the row; those on segments are decided here."""
    statement: Any

    def rows(self, connection: Connection, ids: list[int]) -> dict[int, tuple[Any, ...]]:
        """Which conditions hold, by customer; a deleted one is missing."""
        parameters = self.look.parameters(connection, ids) | {"touched": json.dumps(ids)}
        return {row[0]: tuple(row)[1:] for row in connection.execute(self.statement, parameters)}


_compiled: OrderedDict[tuple[str, int, date], Compiled] = OrderedDict()


def compiled_for(connection: Connection, today: date, key: tuple[str, int, date] | None) -> Compiled:
    """The compiled rules; kept under a key that changes with any rule (None: not kept)."""
    found = _compiled.get(key) if key is not None else None
    if found is None:
        found = compiled(connection, segment_rules.load(connection, today))
        if key is not None:
            _compiled[key] = found
            while len(_compiled) > _KEPT:
                _compiled.popitem(last=False)
    return found


def compiled(connection: Connection, rules: Rules) -> Compiled:
    """One statement over all conditions of some rules, for the customers whose ids it is given."""
    used = [one for rule in rules.ordered for one in comparisons(rule.node)]
    look = Look(used, rules.day, rules.spec)
    asked = [one for one in look.used if one.field != "segment"]
    atoms = {one: place for place, one in enumerate(asked)}
    columns = [case((look.holds(one), 1), else_=0) for one in asked]
    chosen = ids_given("touched")
    query = select(customer.c.id, *columns).select_from(look.table(chosen)).where(customer.c.id.in_(chosen))
    return Compiled(rules, look, atoms, query)


def after_write(unit: Unit) -> None:
    """Called by every unit before its audit entry: brings the segments of what it touched up to date."""
    state = unit.first(_STATE)
    if state is None or unit.cache.get(EVALUATED):
        return
    changes = unit.changes
    today = clock.today()
    is_renamed = any(changes.ids.get(kind) for kind in _NAMING) or "segment" in changes.everything
    is_redeclared = changes.touches("custom_field")
    is_renamed = is_renamed or is_redeclared
    if is_redeclared or (is_renamed and changes.ids.keys() & (_NAMING - {"segment"})):
        unit.execute(update(segment_state).values(stamp=unit.audit_id))
    stamp = None if is_renamed else state.stamp
    day = today
    if state.evaluated_on != today:
        rules = _rules(unit, stamp, today)
        if not rules.is_moving:
            segment_evaluation.note_day(unit, today)
        elif _is_small(unit):
            segment_evaluation.evaluate(unit, today)
            return
        else:
            day = state.evaluated_on  # everybody is evaluated by `new_day`, in a task
    touched = changes.ids.get("customer", set())
    if changes.touches("rate"):  # what somebody uses of his limit goes by the table
        touched = touched | exposure.owing_abroad(unit.connection, unit.settings.currency)
    if (
        "customer" in changes.everything
        or (changes.touches("product") and _asks_products(unit, stamp, day))
        or (is_redeclared and _asks_own(unit, stamp, day))
    ):
        segment_evaluation.evaluate(unit, today)  # everybody as at today is no more work than as at that day
    elif touched:
        evaluate(unit, sorted(touched), day=day, stamp=stamp)


def _key(unit: Unit, stamp: int | None, day: date) -> tuple[str, int, date] | None:
    return None if stamp is None or unit.path is None else (str(unit.path), stamp, day)


def _rules(unit: Unit, stamp: int | None, day: date) -> Rules:
    return compiled_for(unit.connection, day, _key(unit, stamp, day)).rules


def _asks_products(unit: Unit, stamp: int | None, day: date) -> bool:
    """Whether a rule asks for categories of products: a product that moves changes it for whoever bought it."""
    rules = _rules(unit, stamp, day)
    return any(one.field in _OF_PRODUCTS for rule in rules.ordered for one in comparisons(rule.node))


def _asks_own(unit: Unit, stamp: int | None, day: date) -> bool:
    """Whether a rule asks for own fields: a formula that is changed gives everybody another value."""
    rules = _rules(unit, stamp, day)
    return any(
        rule.fault or any(one.field.startswith(PREFIX) for one in comparisons(rule.node))
        for rule in rules.ordered
    )


def _is_small(unit: Unit) -> bool:
    some = select(customer.c.id).limit(SMALL_BOOK + 1).subquery()
    return bool(unit.execute(select(func.count()).select_from(some)).scalar_one() <= SMALL_BOOK)


def evaluate(
    unit: Unit,
    ids: list[int],
    *,
    day: date | None = None,
    stamp: int | None = None,
    rules: Rules | None = None,
    way: str = "",
) -> None:
    """Brings all segments up to date for some customers; a no-op for nobody. `rules` where the caller has them read
    already, `way`: what moves the customers, if no rule."""
    if not ids:
        return
    unit.flush_all()
    if rules is None:
        day = day or segment_evaluation.evaluated_on(unit.connection) or clock.today()
        whole = compiled_for(unit.connection, day, _key(unit, stamp, day))
    else:
        whole = compiled(unit.connection, rules)
    _Round(unit, whole, ids, _members(unit, ids), way).run()


def _members(unit: Unit, ids: list[int]) -> dict[int, dict[int, str]]:
    """The segments of customers with the way they came in."""
    found: dict[int, dict[int, str]] = {one: {} for one in ids}
    query = select(segment_member.c.customer_id, segment_member.c.segment_id, segment_member.c.way)
    for customer_id, segment_id, way in unit.execute(query.where(among(segment_member.c.customer_id, ids))):
        found[customer_id][segment_id] = way
    return found


class _Round:
    """One look at some customers. What rules give may change what others look at: then it looks again."""

    def __init__(
        self, unit: Unit, compiled: Compiled, ids: list[int], before: dict[int, dict[int, str]], way: str
    ) -> None:
        self._way = way
        self._unit = unit
        self._compiled = compiled
        self._ids = ids
        self._before = before
        self._event_ids: dict[tuple[int, int], int] = {}
        self._first = {one: dict(ways) for one, ways in before.items()}
        self._pins: dict[tuple[int, int], bool] = {
            (row.segment_id, row.customer_id): row.is_in
            for row in unit.execute(
                select(segment_pin.c.segment_id, segment_pin.c.customer_id, segment_pin.c.is_in).where(
                    among(segment_pin.c.customer_id, ids)
                )
            )
        }

    def run(self) -> None:
        """Looks until nothing more changes; rules have no circles, so it ends."""
        rules = self._compiled.rules
        for _time in range(len(rules.ordered) + 1):
            rows = self._compiled.rows(self._unit.connection, self._ids)
            now = {one: self._belongs(one, rows.get(one)) for one in self._ids}
            is_given = self._write(now)
            self._before = now
            if not (is_given and rules.uses_assigned):
                break
        self._note()

    def _belongs(self, customer_id: int, row: tuple[Any, ...] | None) -> dict[int, str]:
        """The segments of a customer after this look; one that is not evaluated (switched off) keeps him."""
        rules = self._compiled.rules
        active = {rule.id for rule in rules.ordered}
        found = {id_: way for id_, way in self._before[customer_id].items() if id_ not in active}
        if row is None:
            return {}
        for rule in rules.ordered:
            is_in = self._pins.get((rule.id, customer_id))
            if rule.kind == STATIC:
                if is_in:
                    found[rule.id] = STATIC
            elif is_in:
                found[rule.id] = PIN
            elif is_in is None and rule.node is not None:
                is_within = rule.parent_id is None or rule.parent_id in found
                if is_within and self._holds(rule.node, row, found):
                    found[rule.id] = segment_rules.RULE
        return found

    def _holds(self, node: Node, row: tuple[Any, ...], found: dict[int, str]) -> bool:
        if isinstance(node, Comparison):
            if node.field == "segment" and node.kind is Kind.LIST:
                ids = self._compiled.rules.ids_by_name
                return any(ids.get(name) in found for name in node.values)
            return bool(row[self._compiled.atoms[node]])
        if isinstance(node, Not):
            return not self._holds(node.node, row, found)
        parts = (self._holds(one, row, found) for one in node.nodes)
        return all(parts) if isinstance(node, All) else any(parts)

    def _write(self, now: dict[int, dict[int, str]]) -> bool:
        """Writes the members that differ and what they are given; whether something was given or taken."""
        unit = self._unit
        is_given = False
        moved: dict[int, list[int]] = {}
        for customer_id, ways in now.items():
            before = self._before[customer_id]
            for segment_id in before.keys() - ways.keys():
                moved.setdefault(segment_id, []).append(customer_id)
            for segment_id, way in ways.items():
                if segment_id not in before:
                    key = (segment_id, customer_id)
                    if key not in self._event_ids:
                        self._event_ids[key] = unit.next_id()
                    unit.add(
                        segment_member,
                        event_id=self._event_ids[key],
                        segment_id=segment_id,
                        customer_id=customer_id,
                        way=way,
                        since_on=self._compiled.rules.day,
                    )
                    moved.setdefault(segment_id, []).append(customer_id)
                elif before[segment_id] != way:
                    self._set_way(segment_id, customer_id, way)
        for segment_id, customers in moved.items():
            gone = [one for one in customers if segment_id not in now[one]]
            if gone:
                unit.execute(
                    delete(segment_member).where(
                        segment_member.c.segment_id == segment_id, among(segment_member.c.customer_id, gone)
                    )
                )
        for rule in self._compiled.rules.ordered:
            if rule.id in moved and (rule.category_id is not None or rule.tag_id is not None):
                chosen = ids_of(moved[rule.id])
                is_given = segment_assigning.reconcile(unit, rule, chosen) or is_given
        return is_given

    def _set_way(self, segment_id: int, customer_id: int, way: str) -> None:
        self._unit.execute(
            update(segment_member)
            .where(segment_member.c.segment_id == segment_id, segment_member.c.customer_id == customer_id)
            .values(way=way)
        )

    def _note(self) -> None:
        """An event for each customer who is in now and was not, or the other way round."""
        unit = self._unit
        unit.flush()  # what was seen of other segments is read from the book
        by_id = {rule.id: rule for rule in self._compiled.rules.ordered}
        at = clock.stamp(clock.now_utc())
        facts: dict[int, dict[int, str]] = {}
        moved: dict[int, list[int]] = {}
        for one in self._ids:
            for segment_id in self._first[one].keys() ^ self._before[one].keys():
                moved.setdefault(segment_id, []).append(one)
        for segment_id, customers in moved.items():
            rule = by_id.get(segment_id)
            if rule is not None and rule.node is not None:
                facts[segment_id] = facts_of(unit.connection, self._compiled.rules, rule, customers)
        for segment_id, customers in sorted(moved.items()):
            rule = by_id.get(segment_id)
            for one in customers:
                is_joined = segment_id in self._before[one]
                pinned = (segment_id, one) in self._pins
                kind = rule.kind if rule is not None else segment_rules.RULE
                unit.add(
                    segment_event,
                    id=self._event_ids[segment_id, one] if is_joined else unit.next_id(),
                    segment_id=segment_id,
                    customer_id=one,
                    is_joined=is_joined,
                    way=self._way or (PIN if pinned and kind != STATIC else kind),
                    dated_on=self._compiled.rules.day,
                    happened_at=at,
                    version=rule.version if rule is not None else 0,
                    facts=facts.get(segment_id, {}).get(one, ""),
                    audit_id=unit.audit_id,
                )
            unit.changes.add("segment", segment_id)


def facts_of(connection: Connection, rules: Rules, rule: Rule, ids: list[int]) -> dict[int, str]:
    """What a rule looks at of some customers: a JSON list in the order of its comparisons."""
    look = Look(comparisons(rule.node), rules.day, rules.spec)
    chosen = ids_of(ids)
    query = (
        select(customer.c.id, look.facts(rule.node))
        .select_from(look.table(chosen))
        .where(customer.c.id.in_(chosen))
    )
    return {row[0]: row[1] for row in connection.execute(query, look.parameters(connection, ids))}
