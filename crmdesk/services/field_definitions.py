"""The owner's own fields (字段自定义): defined, changed, put in order, retired and taken into use again."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import func, select, update

from crmdesk.models import validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional, required
from crmdesk.models.specs import custom_fields as specs
from crmdesk.models.tables.custom_fields import custom_field
from crmdesk.models.tables.documents import document
from crmdesk.services import (
    custom_formulas,
    custom_readings,
    custom_values,
    pinyin,
    search_index,
    segment_following,
)
from crmdesk.services.custom_fields import FORMULA, LINK, RECORDS, CustomField, declared, forget, made_of
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted

FIELD_COUNT_MAX = 50
"""Of one record, retired ones aside: a list joins a table for each that a filter uses, and SQLite joins 64."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_FLAGS = ("required", "unique", "shown", "printed", "searchable")
_TEXTS = frozenset({"text", "choice"})
"""Kinds that the search finds records by."""
_ERRORS = (
    Code.REQUIRED,
    Code.DUPLICATE,
    Code.INVALID_CHOICE,
    Code.OUT_OF_RANGE,
    Code.TEXT_TOO_LONG,
    Code.FORMULA_INVALID,
)


def find(unit: Unit, record: str, name: str) -> CustomField:
    """The own field of a record with that short name, retired or not. Raises NotFound."""
    for entry in declared(unit.connection, record, with_retired=True):
        if entry.name == name.removeprefix("own."):
            return entry
    raise NotFound(
        Code.NOT_FOUND,
        _("There is no own field “{name}” of this record. Define it first, or check its short name.").format(
            name=name[:40]
        ),
        field="field",
    )


@use_case(
    "field.define",
    fields=(specs.RECORD, specs.NAME, specs.LABEL, specs.KIND, specs.TARGET, *specs.DETAILS),
    summary=N_("Add an own field to customers, products, contracts, invoices, payments …"),
    errors=_ERRORS,
)
def define(
    unit: Unit, *, record: str, name: str | None, label: str, kind: str, **values: Any
) -> dict[str, Any]:
    """Defines a field and gives its short name. Records that are there have no value of it."""
    unit.flush()
    known = declared(unit.connection, record, with_retired=True)
    if sum(entry.is_active for entry in known) >= FIELD_COUNT_MAX:
        raise Conflict(
            Code.OUT_OF_RANGE,
            _("A record has at most {count} own fields. Retire one first.").format(count=FIELD_COUNT_MAX),
            field="record",
        )
    own = _name(name, label, {entry.name for entry in known})
    _require_label(label, known)
    target = _target(kind, values.get("target"))
    choices = _choices(kind, values.get("choices"))
    if kind == FORMULA:
        target = custom_formulas.check(unit, record, own, values.get("formula") or "")
    elif values.get("formula"):
        raise _not_for("formula", kind)
    _require_fit(kind, values)
    default = values.get("default")
    row = {
        "record": record,
        "name": own,
        "label": label,
        "label_en": values.get("label_en") or "",
        "kind": kind,
        "detail_kind": target,
        "choices": choices,
        "formula": values.get("formula") or "",
        "default_value": "",
        "help": values.get("help") or "",
        "section": values.get("section") or "",
        "position": max((entry.position for entry in known), default=0) + 1,
        **{f"is_{flag}": bool(values.get(flag)) for flag in _FLAGS},
        "is_active": True,
    }
    if values.get("shown") is None:
        row["is_shown"] = True
    if default is not None:
        row["default_value"] = _default(unit, row, default)
    record_id = unit.next_id()
    unit.add(custom_field, id=record_id, **row)
    unit.note("custom_field", record_id, None, row)
    forget(unit)
    return {"field": own, "column": f"own.{own}"}


@use_case(
    "field.update",
    fields=(
        specs.RECORD,
        specs.FIELD,
        Field("label", Kind.TEXT, N_("Label"), length_max=60),
        *optional(specs.DETAILS),
        Field("clear", Kind.LIST, N_("Fields to empty")),
    ),
    summary=N_("Change an own field; its kind and short name stay. Values that are there stay, too."),
    errors=(*_ERRORS, Code.NOT_FOUND, Code.IN_USE),
)
def change(
    unit: Unit, *, record: str, field: str, clear: list[str] | None = None, **values: Any
) -> dict[str, Any]:
    """Changes what is given. A choice that is in use stays; “unique” refuses while two records share a value."""
    found = find(unit, record, field)
    known = declared(unit.connection, record, with_retired=True)
    row = dict(unit.execute(select(custom_field).where(custom_field.c.id == found.id)).one()._mapping)
    new: dict[str, Any] = {}
    for name in clear or ():
        if name not in ("label_en", "default", "help", "section") or values.get(name) is not None:
            raise InvalidInput(
                Code.INVALID_CHOICE, _("“{field}” cannot be emptied.").format(field=name[:40]), field="clear"
            )
        new["default_value" if name == "default" else name] = ""
    if values.get("label") is not None:
        if not values["label"]:
            raise validation.missing("label")
        _require_label(values["label"], tuple(entry for entry in known if entry.id != found.id))
    new |= {
        name: values[name]
        for name in ("label", "label_en", "help", "section")
        if values.get(name) is not None
    }
    new |= {f"is_{flag}": values[flag] for flag in _FLAGS if values.get(flag) is not None}
    _require_fit(found.kind, values)
    if values.get("choices") is not None:
        new["choices"] = _choices(found.kind, values["choices"])
        _require_choices_kept(unit, found, {entry["value"] for entry in json.loads(new["choices"])})
    if values.get("formula") is not None:
        if found.kind != FORMULA:
            raise _not_for("formula", found.kind)
        new["formula"] = values["formula"]
        result = custom_formulas.check(unit, record, found.name, values["formula"])
        if result != found.target:  # what was written for a number says something else of a text
            _require_unused(unit, found)
        new["detail_kind"] = result
    if new.get("is_unique") and not found.is_unique:
        _require_distinct(unit, found)
    if values.get("default") is not None:
        new["default_value"] = _default(unit, row | new, values["default"])
    changed = {name: value for name, value in new.items() if row[name] != value}
    if changed:
        _save(unit, found, {name: row[name] for name in changed}, changed)
        if "is_searchable" in changed and record == "customer":
            search_index.renew(unit, _holders(unit, found))
    return {"field": found.name, "column": found.column}


@use_case(
    "field.retire",
    fields=(specs.RECORD, specs.FIELD),
    summary=N_(
        "Retire an own field: it is gone from forms and lists; its values stay and come back with it."
    ),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def retire(unit: Unit, *, record: str, field: str) -> dict[str, Any]:
    """Retires a field; one that another formula uses is refused."""
    found = find(unit, record, field)
    _require_unused(unit, found)
    return _set_active(unit, found, is_active=False)


@use_case(
    "field.restore",
    fields=(specs.RECORD, specs.FIELD),
    summary=N_("Take a retired own field into use again, with the values it had."),
    errors=(Code.NOT_FOUND, Code.FORMULA_INVALID, Code.DUPLICATE),
)
def restore(unit: Unit, *, record: str, field: str) -> dict[str, Any]:
    """Takes a retired field into use again; a formula must still find what it is reckoned from."""
    found = find(unit, record, field)
    if not found.is_active:
        if found.kind == FORMULA:
            custom_formulas.check(unit, record, found.name, found.formula)
        if found.is_unique:
            _require_distinct(unit, found)
    return _set_active(unit, found, is_active=True)


@use_case(
    "field.reorder",
    fields=(
        specs.RECORD,
        required(Field("fields", Kind.LIST, N_("Fields in their order"))),
        Field(
            "section",
            Kind.TEXT,
            N_("Section"),
            length_max=40,
            help=N_("Puts these fields into this section."),
        ),
    ),
    summary=N_("Put own fields in another order, or into a section; those not named follow as they stand."),
    errors=(Code.NOT_FOUND, Code.DUPLICATE),
)
def reorder(unit: Unit, *, record: str, fields: list[str], section: str | None = None) -> dict[str, Any]:
    """Gives the fields their places (the layout of the form, of the columns and of the printed paper)."""
    named = [find(unit, record, name) for name in fields]
    if len({entry.id for entry in named}) < len(named):
        raise InvalidInput(Code.DUPLICATE, _("A field is named twice."), field="fields")
    rest = [entry for entry in declared(unit.connection, record, with_retired=True) if entry not in named]
    for position, entry in enumerate((*named, *rest), start=1):
        old: dict[str, Any] = {"position": entry.position, "section": entry.section}
        new = {
            "position": position,
            "section": section if section is not None and entry in named else entry.section,
        }
        changed = {name: value for name, value in new.items() if old[name] != value}
        if changed:
            _save(unit, entry, {name: old[name] for name in changed}, changed)
    return {"fields": [entry.name for entry in declared(unit.connection, record)]}


@use_case(
    "field.arrange",
    fields=(specs.RECORD, specs.SECTIONS),
    summary=N_(
        "Lay out the form: the sections with their own fields, all in one go; others follow as they stand."
    ),
    errors=(Code.NOT_FOUND, Code.DUPLICATE),
)
def arrange(unit: Unit, *, record: str, sections: list[dict[str, Any]]) -> dict[str, Any]:
    """Gives the named fields their section and their place, section after section."""
    wanted = [
        (find(unit, record, name), section.get("title") or "")
        for section in sections
        for name in section["fields"]
    ]
    ids = [entry.id for entry, _title in wanted]
    if len(set(ids)) < len(ids):
        raise InvalidInput(Code.DUPLICATE, _("A field is named twice."), field="sections")
    rest = [
        (entry, entry.section)
        for entry in declared(unit.connection, record, with_retired=True)
        if entry.id not in ids
    ]
    for position, (entry, section) in enumerate((*wanted, *rest), start=1):
        old: dict[str, Any] = {"position": entry.position, "section": entry.section}
        new: dict[str, Any] = {"position": position, "section": section}
        changed = {name: value for name, value in new.items() if old[name] != value}
        if changed:
            _save(unit, entry, {name: old[name] for name in changed}, changed)
    return {"fields": [entry.name for entry in declared(unit.connection, record)]}


def _set_active(unit: Unit, found: CustomField, *, is_active: bool) -> dict[str, Any]:
    if found.is_active != is_active:
        _save(unit, found, {"is_active": not is_active}, {"is_active": is_active})
        if found.is_searchable and found.record == "customer":
            search_index.renew(unit, _holders(unit, found))
    return {"field": found.name, "active": is_active}


def _save(unit: Unit, found: CustomField, before: dict[str, Any], changed: dict[str, Any]) -> None:
    unit.execute(update(custom_field).where(custom_field.c.id == found.id).values(**changed))
    unit.note("custom_field", found.id, before, changed)
    forget(unit)


# Checks


def _name(given: str | None, label: str, taken: set[str]) -> str:
    if given:
        if not _NAME.fullmatch(given):
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{name}”: a short name begins with a letter a–z and holds a–z, 0–9 and _ only.").format(
                    name=given[:40]
                ),
                field="name",
            )
        if given in taken:
            raise Conflict(
                Code.DUPLICATE,
                _("There is a “{name}” here already. Choose another name.").format(name=given),
                field="name",
            )
        return given
    latin = re.sub(r"[^a-z0-9]+", "_", pinyin.syllables(label).lower()).strip("_")[:36] or "field"
    base = latin if latin[0].isalpha() else f"f_{latin}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _require_label(label: str, known: tuple[CustomField, ...]) -> None:
    if any(entry.label == label and entry.is_active for entry in known):
        raise Conflict(
            Code.DUPLICATE,
            _("There is a “{name}” here already. Choose another name.").format(name=label),
            field="label",
        )


def _target(kind: str, target: str | None) -> str:
    if kind == LINK and not target:
        raise validation.missing("target")
    if kind != LINK and target:
        raise _not_for("target", kind)
    return target or ""


def _choices(kind: str, given: list[dict[str, Any]] | None) -> str:
    if kind not in ("choice", "multi_choice"):
        if given:
            raise _not_for("choices", kind)
        return ""
    if not given:
        raise validation.missing("choices")
    values = [entry["value"] for entry in given]
    for value in values:
        if custom_readings.MARK in value or [one.lower() for one in values].count(value.lower()) > 1:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{value}”: each choice is there once and has no “|”.").format(value=value),
                field="choices",
            )
    return json.dumps(
        [{name: text for name, text in entry.items() if text} for entry in given], ensure_ascii=False
    )


def _not_for(name: str, kind: str) -> InvalidInput:
    labels = {choice.value: choice.label for choice in specs.KINDS}
    return InvalidInput(
        Code.INVALID_CHOICE,
        _("A field of the kind “{kind}” has no “{name}”. Leave it out.").format(
            kind=_(labels[kind]), name=name
        ),
        field=name,
    )


def _require_fit(kind: str, values: dict[str, Any]) -> None:
    """What a kind cannot be: a formula is never given, several choices are never unique, a date is not searched."""
    if kind == FORMULA:
        for name in ("required", "unique", "default", "searchable"):
            if values.get(name):
                raise _not_for(name, kind)
    if kind in ("multi_choice", "yes_no", "long_text") and values.get("unique"):
        raise _not_for("unique", kind)
    if kind not in _TEXTS and values.get("searchable"):
        raise _not_for("searchable", kind)
    if kind == LINK and values.get("default") is not None:
        raise _not_for("default", kind)
    if values.get("unique") and values.get("default") is not None:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("A field whose values must be unique cannot have a default."),
            field="default",
        )


def _default(unit: Unit, row: dict[str, Any], default: Any) -> str:
    """The default as it is stored: plain, and checked as a value would be."""
    if row["is_unique"]:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("A field whose values must be unique cannot have a default."),
            field="default",
        )
    entry = made_of({**row, "id": 0, "default_value": "", "is_required": False})
    try:
        checked = validation.check([entry.field], {entry.name: default})[entry.name]
        custom_values.stored(unit, entry, checked, unit.settings.currency)
    except InvalidInput as error:
        error.field = "default"
        raise
    return json.dumps(default, ensure_ascii=False, default=str)


def _holders(unit: Unit, found: CustomField) -> list[int]:
    kind = RECORDS[found.record]
    return list(unit.execute(select(kind.key).where(kind.values.c.field_id == found.id)).scalars())


def _require_choices_kept(unit: Unit, found: CustomField, offered: set[str]) -> None:
    """A value that a record has must stay offered; its label may change."""
    kind = RECORDS[found.record]
    used: dict[str, int] = {}
    query = (
        select(kind.values.c.text_value, func.count())
        .where(kind.values.c.field_id == found.id)
        .group_by(kind.values.c.text_value)
    )
    for text, count in unit.execute(query):
        for one in custom_readings.chosen(text or ""):
            used[one] = used.get(one, 0) + count
    gone = sorted(used.keys() - offered)
    if gone:
        raise Conflict(
            Code.IN_USE,
            counted(
                N_(
                    "“{value}” is chosen in {count} records. Keep it among the choices; its label may change."
                ),
                used[gone[0]],
                value=gone[0],
            ),
            field="choices",
        )


def _require_distinct(unit: Unit, found: CustomField) -> None:
    kind = RECORDS[found.record]
    values = kind.values.c
    query = select(values.text_value, values.number_value).where(values.field_id == found.id)
    if kind.is_posted:
        gone = select(document.c.origin_id).where(
            custom_readings.REVERSALS, document.c.origin_id.is_not(None)
        )
        query = query.where(kind.key.not_in(gone))
    held = [custom_readings.comparable(custom_readings.Stored(*row)) for row in unit.execute(query)]
    if len(set(held)) < len(held):
        raise Conflict(
            Code.DUPLICATE,
            _("Some records share a value of “{field}”. Make them different first.").format(
                field=found.field.label
            ),
            field="unique",
        )


def _require_unused(unit: Unit, found: CustomField) -> None:
    """Raises Conflict `in_use` while a formula or a rule reads a field."""
    users = custom_formulas.users(unit, found.record, found.name)
    if users:
        raise Conflict(
            Code.IN_USE,
            _("“{field}” is used by the formula of {others}. Change that first.").format(
                field=found.field.label, others=", ".join(f"“{entry.field.label}”" for entry in users)
            ),
            field="field",
        )
    if found.record == "customer":
        segment_following.require_unnamed(unit, found.column, found.field.label)
