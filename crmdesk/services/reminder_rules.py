"""Rules of reminders: when, whom, by what channel and at which level."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.reminders import LEVEL_MAX, RULE
from crmdesk.models.tables.categories import category, customer_tag, dimension, tag
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.reminders import reminder, reminder_rule
from crmdesk.models.validation import cleared, missing, out_of_range
from crmdesk.services import category_paths, category_tree, dunning_texts, tags
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

DAYS_MAX = 3_650
DAYS_COUNT_MAX = 20
_WHOLE = re.compile(r"-?[0-9]{1,6}", re.ASCII)
_NAME = Field("rule", Kind.TEXT, N_("Rule"), required=True)
_CLEAR = Field("clear", Kind.LIST, N_("Fields to empty"), help=N_("least, group, text_zh or text_en"))
_CLEARABLE = ("least", "group", "text_zh", "text_en")
_ERRORS = (
    Code.DUPLICATE,
    Code.INVALID_TYPE,
    Code.INVALID_CHOICE,
    Code.OUT_OF_RANGE,
    Code.NOT_FOUND,
    Code.REQUIRED,
    Code.PLACEHOLDER_UNKNOWN,
    Code.TOO_MANY_DECIMALS,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `days` rise, amounts are minor units of `currency` (empty: every currency)."""

    id: int
    name: str
    days: tuple[int, ...]
    least_minor: int
    currency: str
    group_kind: str
    """Empty: everybody; else category, tag or level."""
    group_id: int | None
    group_level: str
    channel: str
    level: int
    text_zh: str
    text_en: str
    is_active: bool

    def reached(self, days_late: int) -> int | None:
        """The threshold that an item has reached: the last of the days gone by.

        Days before the due date count until it only; after it nobody is told that something will be due.
        """
        passed = [day for day in self.days if day <= days_late and (day >= 0 or days_late <= 0)]
        return passed[-1] if passed else None

    def body(self, language: str) -> str:
        """The rule's own words in a language, or nothing."""
        return self.text_en if language == "en" else self.text_zh


_TABLE = reminder_rule.c
_COLUMNS = (
    _TABLE.id,
    _TABLE.name,
    _TABLE.days,
    _TABLE.least_minor,
    _TABLE.currency,
    _TABLE.group_kind,
    _TABLE.group_id,
    _TABLE.group_level,
    _TABLE.channel,
    _TABLE.level,
    _TABLE.text_zh,
    _TABLE.text_en,
    _TABLE.is_active,
)


def all_rules(connection: Connection) -> list[Rule]:
    """Every rule, by level, then by entry."""
    rows = connection.execute(select(*_COLUMNS).order_by(_TABLE.level, _TABLE.id)).all()
    return [Rule(row.id, row.name, tuple(json.loads(row.days)), *tuple(row)[3:]) for row in rows]


def members(connection: Connection, rule: Rule) -> set[int] | None:
    """Ids of the customers a rule is for; None is everybody."""
    if not rule.group_kind:
        return None
    if rule.group_kind == "level":
        query = select(customer.c.id).where(customer.c.level == rule.group_level)
    elif rule.group_kind == "tag":
        query = select(customer_tag.c.customer_id).where(customer_tag.c.tag_id == rule.group_id)
    else:
        query = category_tree.members(rule.group_id or 0)
    return set(connection.execute(query).scalars())


def groups(connection: Connection) -> tuple[list[str], list[str]]:
    """Levels that customers have, and names of tags: whom a rule may be for besides categories."""
    levels = select(customer.c.level).where(customer.c.level != "").distinct().order_by(customer.c.level)
    names = select(tag.c.name).order_by(tag.c.name)
    return list(connection.execute(levels).scalars()), list(connection.execute(names).scalars())


def group_name(connection: Connection, rule: Rule) -> str:
    """Whom the rule is for, in words; empty for everybody."""
    if rule.group_kind == "level":
        return rule.group_level
    if rule.group_kind == "tag":
        return connection.execute(select(tag.c.name).where(tag.c.id == rule.group_id)).scalar() or _(
            "(deleted)"
        )
    if rule.group_kind == "category":
        rows = {
            row.id: row
            for row in connection.execute(
                select(category.c.id, category.c.parent_id, category.c.name, category.c.dimension_id)
            )
        }
        if rule.group_id is None or rule.group_id not in rows:
            return _("(deleted)")
        tree = connection.execute(
            select(dimension.c.name).where(dimension.c.id == rows[rule.group_id].dimension_id)
        ).scalar_one()
        return category_tree.place(tree, category_paths.path_of(rows, rule.group_id))
    return ""


def find(unit: Unit, name: str, field: str = "rule") -> Rule:
    """The rule of that name, or NotFound."""
    unit.flush()
    found = next((rule for rule in all_rules(unit.connection) if rule.name == name.strip()), None)
    if found is None:
        raise NotFound(
            Code.NOT_FOUND, _("There is no reminder rule “{name}”.").format(name=name[:60]), field=field
        )
    return found


def _days(value: Any) -> list[int]:
    """Whole numbers from a list, one number, or what a form holds: 7, 14, 21."""
    parts: list[Any] = [value]
    if isinstance(value, str):
        parts = [part.strip() for part in value.replace("，", ",").replace("、", ",").split(",")]
    elif isinstance(value, list | tuple):
        parts = list(value)
    days: list[int] = []
    for part in parts:
        if isinstance(part, str) and _WHOLE.fullmatch(part):
            days.append(int(part))
        elif isinstance(part, int) and not isinstance(part, bool):
            days.append(part)
        else:
            raise InvalidInput(
                Code.INVALID_TYPE,
                _("“{field}” must be whole numbers of days, such as [-3, 7, 14].").format(field="days"),
                field="days",
            )
    if not days:
        raise missing("days")
    if len(days) > DAYS_COUNT_MAX or any(abs(day) > DAYS_MAX for day in days):
        raise out_of_range("days", days)
    return sorted(set(days))


def _columns(unit: Unit, given: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The columns that the given values set, all checked; `old` are those that stand now."""
    new: dict[str, Any] = {}
    if "days" in given:
        new["days"] = json.dumps(_days(given["days"]))
    if "level" in given:
        if given["level"] > LEVEL_MAX:
            raise out_of_range("level", given["level"])
        new["level"] = given["level"]
    for name in ("name", "channel", "text_zh", "text_en", "currency"):
        if name in given:
            new[name] = given[name]
    for name in ("text_zh", "text_en"):
        dunning_texts.require_known(given.get(name) or "", name)
    if "active" in given:
        new["is_active"] = given["active"]
    new |= _group(unit, given)
    currency = given.get("currency", old["currency"])
    least = given.get("least")
    if least is None and "currency" in given and old["least_minor"]:
        least = money.to_decimal(old["least_minor"], old["currency"])
    if least is not None:
        if least and not currency:
            raise InvalidInput(
                Code.REQUIRED,
                _("A least amount needs its currency: name the one this rule is for."),
                field="currency",
            )
        new["least_minor"] = money.to_minor(Decimal(least), currency, "least") if least else 0
    return new


def _group(unit: Unit, given: dict[str, Any]) -> dict[str, Any]:
    named = [name for name in ("category", "tag", "customer_level") if given.get(name)]
    if not named:
        return {}
    if len(named) > 1:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("A rule is for one category, one tag or one level; give one of them."),
            field=named[1],
        )
    value = given[named[0]]
    if named[0] == "category":
        path = category_paths.parse(value["dimension"], value["path"], "category.path")
        found = category_paths.find(unit, path, field="category.path")
        return {"group_kind": "category", "group_id": found, "group_level": ""}
    if named[0] == "tag":
        return {"group_kind": "tag", "group_id": tags.find(unit, value), "group_level": ""}
    return {"group_kind": "level", "group_id": None, "group_level": value}


def _require_free(unit: Unit, name: str, except_id: int = 0) -> None:
    taken = select(_TABLE.id).where(_TABLE.name == name, _TABLE.id != except_id)
    if unit.first(taken) is not None:
        raise Conflict(
            Code.DUPLICATE, _("There is a reminder rule “{name}” already.").format(name=name), field="name"
        )


@use_case(
    "reminder_rule.create",
    fields=RULE,
    summary=N_("Make a rule for reminders: days, customers, channel and level."),
    errors=_ERRORS,
)
def create(unit: Unit, **values: Any) -> dict[str, Any]:
    """Makes a rule; it is active unless `active` says otherwise."""
    _require_free(unit, values["name"])
    given = {name: value for name, value in values.items() if value is not None}
    new = _columns(unit, given, {"currency": "", "least_minor": 0})
    record_id = unit.next_id()
    base = {"least_minor": 0, "is_active": True, "group_id": None}
    unit.add(reminder_rule, id=record_id, version=1, **(base | new))
    unit.note("reminder_rule", record_id, None, new)
    unit.changes.everything.add("reminder")
    return {"rule": values["name"]}


@use_case(
    "reminder_rule.update",
    fields=(_NAME, *optional(RULE), _CLEAR),
    summary=N_("Change a rule for reminders; only what is given changes."),
    errors=_ERRORS,
)
def change(unit: Unit, *, rule: str, clear: list[str] | None = None, **values: Any) -> dict[str, Any]:
    """Changes a rule. What was sent by it stays counted."""
    found = find(unit, rule)
    given = {name: value for name, value in values.items() if value is not None}
    row = unit.execute(select(reminder_rule).where(_TABLE.id == found.id)).one()._mapping
    old = dict(row)
    if given.get("name", found.name) != found.name:
        _require_free(unit, given["name"], found.id)
    new: dict[str, Any] = {}
    for name in cleared(clear, _CLEARABLE):
        new |= (
            {"least_minor": 0, "currency": ""}
            if name == "least"
            else {"group_kind": "", "group_id": None, "group_level": ""}
            if name == "group"
            else {name: ""}
        )
    new |= _columns(unit, given, old | new)
    changed = {name: value for name, value in new.items() if old[name] != value}
    if changed:
        unit.execute(
            update(reminder_rule).where(_TABLE.id == found.id).values(**changed, version=old["version"] + 1)
        )
        unit.note("reminder_rule", found.id, {name: old[name] for name in changed}, changed)
        unit.changes.everything.add("reminder")
    return {"rule": new.get("name", found.name), "changed": sorted(changed)}


@use_case(
    "reminder_rule.delete",
    fields=(_NAME,),
    summary=N_("Delete a rule by which nothing was sent; another one is put out of use instead."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def delete(unit: Unit, *, rule: str) -> dict[str, Any]:
    """Deletes an unused rule."""
    found = find(unit, rule)
    if unit.first(select(reminder.c.id).where(reminder.c.rule_id == found.id).limit(1)) is not None:
        raise Conflict(
            Code.IN_USE,
            _("Reminders were sent by “{name}”, so it stays. Put it out of use with active: false.").format(
                name=found.name
            ),
            field="rule",
        )
    unit.execute(sql_delete(reminder_rule).where(_TABLE.id == found.id))
    unit.note("reminder_rule", found.id, {"name": found.name, "days": list(found.days)}, None)
    unit.changes.everything.add("reminder")
    return {"rule": found.name}
