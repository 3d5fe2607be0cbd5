"""The rules of a book, read and put in order: each after those it looks at.

A rule is kept as a tree of clauses (`models/clauses`) and read by the filter language of the list of customers, so
that `crmdesk list customers --filter` finds whom the rule finds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clauses
from crmdesk.models.clauses import Clause, Group, Tree
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.spans import moves_with_today
from crmdesk.models.tables.categories import category, dimension, tag
from crmdesk.models.tables.products import product
from crmdesk.models.tables.segments import segment
from crmdesk.services import category_tree
from crmdesk.services.category_paths import path_of
from crmdesk.services.custom_fields import FORMULA, declared
from crmdesk.services.lists import belonging, measures
from crmdesk.services.lists.clause_trees import tree_of
from crmdesk.services.lists.columns import ListSpec
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.customers import CUSTOMERS
from crmdesk.services.lists.filters import Comparison, Node, parse
from crmdesk.services.lists.meaning import require_places, require_ranges
from crmdesk.services.lists.merged import following
from crmdesk.text import _

RULE, STATIC = "rule", "static"
_MOVING_COLUMNS = frozenset({"overdue", "over_limit", "risk", "birthday", "age"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One active segment as it is evaluated."""

    id: int
    name: str
    kind: str
    parent_id: int | None
    version: int
    category_id: int | None
    tag_id: int | None
    tree: Group
    node: Node | None
    looks_at: tuple[int, ...]
    """Segments that must be known before this one."""
    fault: str = ""
    """Why the rule cannot be read any more; then it holds for nobody."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All active segments in the order of evaluation."""

    day: date
    ordered: tuple[Rule, ...]
    spec: ListSpec = CUSTOMERS
    """The list of customers as this book has it, with its own fields."""
    ids_by_name: dict[str, int] = field(default_factory=dict)
    is_moving: bool = False
    """Whether a day that passes changes who is in."""
    uses_assigned: bool = False
    """Whether a rule looks at tags or categories that another one gives."""


def spec_of(connection: Connection) -> ListSpec:
    """The list of customers that the rules of a book are about."""
    from crmdesk.services.lists.own_columns import spec_in  # it knows every list, and some know rules

    return spec_in(connection, CUSTOMERS.kind)


def fields(spec: ListSpec = CUSTOMERS) -> dict[str, Field]:
    """What a rule may name besides the measures with arguments."""
    return spec.filtered | {name: one.field for name, one in belonging.BELONGINGS.items()}


def read(text: str, today: date, known: Mapping[str, Field] | None = None) -> Node | None:
    """A rule's text as typed comparisons on a day; `known` are the `fields` of a book. Raises `filter_invalid`."""
    return parse(
        text, {**(fields() if known is None else known), **belonging.COLUMNS}, measures.calls(), today
    )


def checked(connection: Connection, given: str | dict[str, Any], today: date) -> tuple[Group, Node]:
    """A rule as somebody wrote it, text or tree: its tree with everything it names there to be found.

    Raises InvalidInput `filter_invalid` with the reason and the way out.
    """
    try:
        if isinstance(given, str):
            text = given
        else:
            tree = clauses.tree_from_plain(given)
            if tree is None:
                raise _misshapen()
            text = clauses.text_of(tree)
        node = following(connection, read(text, today, fields(spec_of(connection))), is_of_customers=True)
    except InvalidInput as error:
        raise _wrong(error.message) from None  # what is wrong stands in the rule that was given, in no filter
    except KeyError:
        raise _misshapen() from None
    except ValueError:
        raise _wrong(_("The rule has a condition that says nothing. Complete it or take it out.")) from None
    if node is None:
        raise _wrong(_("The rule has no condition yet. Add one, such as spent(last 12 months) >= 10000."))
    if any(one.field in belonging.BELONGINGS and one.operator == "~" for one in comparisons(node)):
        raise _wrong(_("A rule names its tags, categories and segments in full: with “has” or “in”."))
    for kind, name in names_in(node):
        belonging.require(connection, kind, name, "rule")
    require_ranges(comparisons(node), today, "rule")
    require_places(comparisons(node), "rule")
    for one in comparisons(node):
        measures.require_words(one, "rule")
        if one.field == "segment" and one.operator == "empty":
            raise _wrong(_("A rule must name the segments that it looks at."))
    return tree_of(node), node


def _misshapen() -> InvalidInput:
    """The refusal of a tree that is none, with one that is."""
    clause = clauses.as_plain(Clause("spent", clauses.AT_LEAST, ("10000",), ("last_12m",)))
    return _wrong(
        _(
            "This rule is no tree of conditions. Write {example}, with “any” or “none” in place of “all” where that"
            " is meant. Operators: {operators}."
        ).format(
            example=json.dumps({clauses.ALL: [clause]}),
            operators=", ".join(clauses.OPERATORS),
        )
    )


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(Code.FILTER_INVALID, message, field="rule")


def names_in(node: Node | None) -> list[tuple[str, str]]:
    """(kind, name) of the tags, categories, segments, products … that a rule names."""
    found: list[tuple[str, str]] = []
    for one in comparisons(node):
        if one.field in belonging.BELONGINGS:
            found += [(one.field, name) for name in one.values]
        measure = measures.MEASURES.get(one.field)
        if measure is not None:
            pairs = zip(measure.takes, one.arguments, strict=False)
            found += [(kind, name) for kind, name in pairs if kind not in measures.WORDS]
    return list(dict.fromkeys(found))


def named_json(connection: Connection, node: Node) -> str:
    """The ids behind the names of a rule, as they are kept beside it."""
    found = [
        [kind, name, belonging.ids_named(connection, kind, name)]
        for kind, name in names_in(node)
        if kind not in belonging.PLAIN
    ]
    return json.dumps(found, ensure_ascii=False)


def current_tree(connection: Connection, rule: str, named: str) -> Group:
    """A kept rule with the names that its tags, categories, products and segments have now."""
    tree = clauses.tree_from_plain(json.loads(rule)) if rule else None
    if not isinstance(tree, Group):
        return Group(clauses.ALL)
    new_names: dict[tuple[str, str], str] = {}
    for kind, name, ids in json.loads(named or "[]"):
        now = _name_now(connection, kind, name, ids)
        if now != name:
            new_names[kind, name] = now
    return _renamed(tree, new_names) if new_names else tree  # type: ignore[return-value]


def _name_now(connection: Connection, kind: str, name: str, ids: list[int]) -> str:
    if not ids and kind == "category":
        return category_tree.spelled(connection, name)  # kept before a “/” in a tree's name could be written
    if set(belonging.ids_named(connection, kind, name)) == set(ids) or not ids:
        return name
    tables = {"tag": tag, "segment": segment, "product": product}
    if kind in tables:
        table = tables[kind]
        column = table.c.code if kind == "product" else table.c.name
        return connection.execute(select(column).where(table.c.id == ids[0])).scalar() or name
    rows = {row.id: row for row in connection.execute(select(category))}
    if ids[0] not in rows:
        return name
    tree = connection.execute(
        select(dimension.c.name).where(dimension.c.id == rows[ids[0]].dimension_id)
    ).scalar()
    return category_tree.place(str(tree), path_of(rows, ids[0]))


def _renamed(tree: Tree, new_names: dict[tuple[str, str], str]) -> Tree:
    if isinstance(tree, Group):
        return tree._replace(parts=tuple(_renamed(part, new_names) for part in tree.parts))
    return _renamed_clause(tree, new_names)


def _renamed_clause(clause: Clause, new_names: dict[tuple[str, str], str]) -> Clause:
    measure = measures.MEASURES.get(clause.field)
    if measure is not None and clause.arguments:
        arguments = tuple(
            new_names.get((kind, name), name)
            for kind, name in zip(measure.takes, clause.arguments, strict=False)
        )
        return clause._replace(arguments=arguments)
    values = tuple(new_names.get((clause.field, value), value) for value in clause.values)
    return clause._replace(values=values) if clause.field in belonging.BELONGINGS else clause


def load(connection: Connection, today: date) -> Rules:
    """Every active segment that is not deleted, each after those it looks at."""
    columns = (
        segment.c.id, segment.c.name, segment.c.kind, segment.c.parent_id, segment.c.version,
        segment.c.category_id, segment.c.tag_id, segment.c.rule, segment.c.named,
    )  # fmt: skip
    query = select(*columns, segment.c.is_active).where(segment.c.deleted_at == "").order_by(segment.c.id)
    rows = connection.execute(query).all()
    ids_by_name = {row.name: row.id for row in rows}
    spec = spec_of(connection)
    known = fields(spec)
    formulas = formula_columns(connection)
    assigned = _assigned(connection, rows)
    found: dict[int, Rule] = {}
    is_moving = uses_assigned = False
    for row in rows:
        if not row.is_active:
            continue
        tree = current_tree(connection, row.rule, row.named)
        node, fault = None, ""
        if row.kind == RULE:
            try:
                node = read(clauses.text_of(tree), today, known)
                node = following(connection, node, is_of_customers=True)
            except (CrmdeskError, ValueError, KeyError) as error:
                fault = str(getattr(error, "message", error))
        used = comparisons(node)
        is_moving = is_moving or any(one.field in formulas or moves(one) for one in used)
        looks_at = {
            ids_by_name[name] for kind, name in names_in(node) if kind == "segment" and name in ids_by_name
        }
        given = givers(connection, used, assigned) if assigned else set()
        uses_assigned = uses_assigned or bool(given)
        if row.parent_id is not None and row.kind == RULE:
            looks_at.add(row.parent_id)
        found[row.id] = Rule(
            row.id, row.name, row.kind, row.parent_id, row.version, row.category_id, row.tag_id,
            tree, node, tuple(sorted(looks_at | given)), fault,
        )  # fmt: skip
    return Rules(today, tuple(_in_order(found)), spec, ids_by_name, is_moving, uses_assigned)


def formula_columns(connection: Connection) -> frozenset[str]:
    """The own fields of customers that are reckoned: any of them may read today or what a day moves."""
    return frozenset(one.column for one in declared(connection, "customer") if one.kind == FORMULA)


def _assigned(connection: Connection, rows: Iterable[Any]) -> dict[tuple[str, int], set[int]]:
    """What the segments give: ("tag" or "category", its id) -> segments."""
    del connection
    found: dict[tuple[str, int], set[int]] = {}
    for row in rows:
        if row.is_active and row.category_id is not None:
            found.setdefault(("category", row.category_id), set()).add(row.id)
        if row.is_active and row.tag_id is not None:
            found.setdefault(("tag", row.tag_id), set()).add(row.id)
    return found


def givers(
    connection: Connection, used: list[Comparison], assigned: dict[tuple[str, int], set[int]]
) -> set[int]:
    """The segments that give the tags and categories a rule looks at."""
    found: set[int] = set()
    for one in used:
        if one.field not in ("tag", "category"):
            continue
        if one.operator == "empty":
            meant = {key[1] for key in assigned if key[0] == one.field}
        elif one.field == "tag":
            meant = {id_ for name in one.values for id_ in belonging.ids_named(connection, "tag", name)}
        else:
            meant = {
                id_
                for name in one.values
                for id_ in connection.execute(category_tree.branches(name)).scalars()
            }
        for (kind, id_), givers in assigned.items():
            if kind == one.field and id_ in meant:
                found |= givers
    return found


def _in_order(rules: dict[int, Rule]) -> list[Rule]:
    """Each rule after those it looks at. A circle (only ever made outside crmdesk) ends where it is met."""
    ordered: list[Rule] = []
    state: dict[int, int] = {}

    def visit(one: Rule) -> None:
        state[one.id] = 1
        for other in one.looks_at:
            if other in rules and other not in state:
                visit(rules[other])
        ordered.append(one)

    for one in rules.values():
        if one.id not in state:
            visit(one)
    return ordered


def circle_with(
    connection: Connection,
    today: date,
    own_id: int | None,
    name: str,
    node: Node | None,
    parent_id: int | None,
    category_id: int | None,
    tag_id: int | None,
) -> list[str]:
    """The circle that a new or changed segment would close, as names from it back to it; empty without one."""
    own = own_id or 0
    others = {one.id: one for one in load(connection, today).ordered if one.id != own}
    names = {one.id: one.name for one in others.values()} | {own: name}
    used = comparisons(node)
    looks_at = {other: set(one.looks_at) - {own} for other, one in others.items()}
    given = {key: {own} for key in (("category", category_id), ("tag", tag_id)) if key[1] is not None}
    for other, one in others.items():
        is_named = any(kind == "segment" and word == name for kind, word in names_in(one.node))
        if own in one.looks_at or is_named or (one.kind == RULE and one.parent_id == own and own):
            looks_at[other].add(own)
        if given and givers(connection, comparisons(one.node), given):  # type: ignore[arg-type]
            looks_at[other].add(own)
    by_name = {one.name: one.id for one in others.values()} | {name: own}
    direct = {by_name[word] for kind, word in names_in(node) if kind == "segment" and word in by_name}
    assigned: dict[tuple[str, int], set[int]] = {}
    for other, one in others.items():
        for key in (("category", one.category_id), ("tag", one.tag_id)):
            if key[1] is not None:
                assigned.setdefault((key[0], key[1]), set()).add(other)
    direct |= givers(connection, used, assigned | given)  # type: ignore[operator]
    if parent_id is not None and node is not None:
        direct.add(parent_id)
    looks_at[own] = direct
    pending: list[tuple[int, tuple[int, ...]]] = [(own, (own,))]
    seen: set[int] = set()
    while pending:
        current, path = pending.pop()
        for other in looks_at.get(current, ()):
            if other == own:
                return [names[one] for one in (*path, own)]
            if other not in seen:
                seen.add(other)
                pending.append((other, (*path, other)))
    return []


def moves(one: Comparison) -> bool:
    """Whether a comparison may come out differently on another day although nothing was entered."""
    measure = measures.MEASURES.get(one.field)
    if one.field in _MOVING_COLUMNS or (measure is not None and measure.is_moving):
        return True
    texts = (*one.arguments, *one.texts) if measure is not None else one.texts
    if (
        one.kind is Kind.DATE
        or one.kind is Kind.MOMENT
        or (measure is not None and "period" in measure.takes)
    ):
        return any(map(moves_with_today, texts))
    return False
