"""Why a customer is in a segment, or is not: each condition with his own value, pins, and what other segments say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clauses, clock
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.segments import segment_member, segment_pin
from crmdesk.services import (
    segment_evaluation,
    segment_rules,
    segment_touched,
    segment_words,
    settings,
)
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.filters import All, Comparison, Node, Not
from crmdesk.services.merged_codes import find_customer
from crmdesk.services.segment_rules import Rule, Rules
from crmdesk.text import _, current_language, translator


@dataclass(frozen=True, slots=True)
class Line:
    """One condition; `inner` explains the segment that it names."""

    text: str
    holds: bool
    label: str
    value: str
    limit: str
    inner: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A group of conditions: all, any or none of them must hold."""

    kind: str
    holds: bool
    parts: tuple[Line | Part, ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """What somebody decided by hand."""

    is_in: bool
    reason: str
    actor: str
    pinned_at: str


@dataclass(frozen=True, slots=True)
class Why:
    """The whole answer. `part` is None for a list filled by hand, and for a rule that cannot be read (`fault`)."""

    segment: str
    customer: str
    customer_name: str
    is_in: bool
    way: str
    since: date | None
    sentence: str
    pin: Pin | None
    part: Part | None
    within: Why | None
    """The segment that this one lies in."""
    fault: str = ""


def explain(connection: Connection, segment_name: str, code: str, language: str = "") -> Why:
    """Why a customer is in a segment or not, as at the day the book was last evaluated. Raises NotFound."""
    return explain_each(connection, [segment_name], code, language)[0]


def explain_each(
    connection: Connection, segment_names: Iterable[str], code: str, language: str = ""
) -> list[Why]:
    """The same of several segments, in their order: the rules of the book are read once."""
    owner = find_customer(connection, code)
    day = segment_evaluation.evaluated_on(connection) or clock.today()
    rules = segment_rules.load(connection, day)
    names = {one.name: one for one in rules.ordered}
    wanted = list(segment_names)
    unknown = next((name for name in wanted if name not in names), None)
    if unknown is not None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no segment “{name}”. Known: {known}.").format(
                name=unknown[:60], known=", ".join(names) or "–"
            ),
            field="segment",
        )
    explainer = _Explainer(connection, rules, owner, language)
    return [explainer.why(names[name]) for name in wanted]


def explain_rule(connection: Connection, rule: str | dict[str, Any], code: str, language: str = "") -> Why:
    """Whether a rule that is being written would find a customer, condition by condition. Raises NotFound and
    `filter_invalid`."""
    day = segment_evaluation.evaluated_on(connection) or clock.today()
    tree, node = segment_rules.checked(connection, rule, day)
    trial = Rule(0, "", segment_rules.RULE, None, 0, None, None, tree, node, ())
    rules = segment_rules.load(connection, day)
    found = _Explainer(
        connection, replace(rules, ordered=(*rules.ordered, trial)), find_customer(connection, code), language
    ).why(trial)
    return replace(found, is_in=found.part is not None and found.part.holds)


class _Explainer:
    def __init__(self, connection: Connection, rules: Rules, owner: Any, language: str) -> None:
        self._connection = connection
        self._rules = {one.id: one for one in rules.ordered}
        self._by_name = {one.name: one for one in rules.ordered}
        self._all = rules
        self._owner = owner
        self._currency = owner.currency or settings.load(connection).currency
        self._words = translator(language or current_language())
        compiled = segment_touched.compiled(connection, rules)
        self._row = compiled.rows(connection, [owner.id])[owner.id]
        self._atoms = compiled.atoms
        member = segment_member.c
        self._members = {
            row.segment_id: row
            for row in connection.execute(
                select(member.segment_id, member.way, member.since_on).where(member.customer_id == owner.id)
            )
        }
        self._pins = {
            row.segment_id: Pin(row.is_in, row.reason, row.actor, row.pinned_at)
            for row in connection.execute(select(segment_pin).where(segment_pin.c.customer_id == owner.id))
        }

    def why(self, rule: Rule) -> Why:
        """The answer for one segment; those it looks at are followed."""
        found = self._members.get(rule.id)
        pin = self._pins.get(rule.id) if rule.kind == segment_rules.RULE else None
        part = self._explained(rule)
        within = self._rules.get(rule.parent_id) if rule.parent_id is not None else None
        inner = self.why(within) if within is not None and rule.node is not None else None
        return Why(
            rule.name, self._owner.code, self._owner.name, found is not None, found.way if found else "",
            found.since_on if found else None, self._sentence(rule, found, pin, part, inner), pin, part, inner,
            rule.fault,
        )  # fmt: skip

    def _explained(self, rule: Rule) -> Part | None:
        if rule.node is None:
            return None
        facts = segment_touched.facts_of(self._connection, self._all, rule, [self._owner.id])
        values = iter(json.loads(facts[self._owner.id]))
        made = self._node(rule.node, values)
        return made if isinstance(made, Part) else Part(clauses.ALL, made.holds, (made,))

    def _node(self, node: Node, values: Iterator[Any]) -> Line | Part:
        if isinstance(node, Comparison):
            return self._line(node, next(values))
        if isinstance(node, Not):
            inner = self._node(node.node, values)
            if isinstance(inner, Part) and inner.kind == clauses.ANY:
                return Part(clauses.NONE, not inner.holds, inner.parts)
            return Part(clauses.NONE, not inner.holds, (inner,))
        parts = tuple(self._node(one, values) for one in node.nodes)
        if isinstance(node, All):
            return Part(clauses.ALL, all(one.holds for one in parts), parts)
        return Part(clauses.ANY, any(one.holds for one in parts), parts)

    def _line(self, one: Comparison, fact: Any) -> Line:
        words = self._words
        if one.field == "segment":
            named = [self._by_name[name] for name in one.values if name in self._by_name]
            inner = tuple(self.why(rule) for rule in named)
            holds = any(why.is_in for why in inner)
        else:
            inner, holds = (), bool(self._row[self._atoms[one]])
        return Line(
            segment_words.sentence(one, fact, self._currency, words),
            holds,
            segment_words.label(one, words),
            segment_words.value(one, fact, self._currency, words),
            segment_words.limit(one, words),
            inner,
        )

    def _sentence(
        self, rule: Rule, found: Any, pin: Pin | None, part: Part | None, within: Why | None
    ) -> str:
        _ = self._words
        names = {"customer": self._owner.name, "segment": rule.name}
        if rule.kind == segment_rules.STATIC:
            if found:
                return _("{customer} was put into “{segment}” by hand.").format(**names)
            return _("{customer} is not on the list “{segment}”.").format(**names)
        if pin is not None:
            if not pin.actor:  # a book without users knows nobody's name
                said = (
                    _("{customer} is in “{segment}” because he was pinned by hand: {reason}")
                    if pin.is_in
                    else _("{customer} is not in “{segment}” because he was kept out by hand: {reason}")
                )
            elif pin.is_in:
                said = _("{customer} is in “{segment}” because {actor} pinned him: {reason}")
            else:
                said = _("{customer} is not in “{segment}” because {actor} keeps him out: {reason}")
            return said.format(**names, actor=pin.actor, reason=pin.reason)
        if within is not None and not within.is_in:
            return _("{customer} is not in “{segment}” because he is not in “{within}”.").format(
                **names, within=within.segment
            )
        if part is None:
            return _("The rule of “{segment}” cannot be read any more: {reason}").format(
                segment=rule.name, reason=rule.fault
            )
        reasons = "; ".join(deciding(part))
        if found:
            return _("{customer} is in “{segment}” because: {reasons}.").format(**names, reasons=reasons)
        return _("{customer} is not in “{segment}” because: {reasons}.").format(**names, reasons=reasons)


def deciding(part: Line | Part) -> list[str]:
    """The conditions that decide: those that hold where the whole holds, those that fail where it does not."""
    if isinstance(part, Line):
        return [part.text]
    wanted = part.holds if part.kind != clauses.NONE else not part.holds
    chosen = [one for one in part.parts if one.holds == wanted]
    return [text for one in chosen for text in deciding(one)]


def facts_said(node: Node, facts: list[Any], currency: str, language: str = "") -> str:
    """What a rule saw of a customer, one condition after the other."""
    words = translator(language or current_language())
    used = comparisons(node)
    return "; ".join(
        segment_words.sentence(one, fact, currency, words) for one, fact in zip(used, facts, strict=False)
    )
