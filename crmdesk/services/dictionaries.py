"""Dictionaries (字典): the words that stages, levels, sources, industries, roles … offer, kept as data of the book.

A word stays the plain text that it is in its records; renaming or merging changes it in all of them in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, func, insert, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs import dictionaries as specs
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.dictionaries import dictionary as dictionary_table
from crmdesk.models.tables.dictionaries import dictionary_entry
from crmdesk.models.tables.products import product, product_price
from crmdesk.services.doubts import warning
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, current_language

HOLDERS: dict[str, tuple[Column[str], ...]] = {
    "industry": (customer.c.industry,),
    "source": (customer.c.source,),
    "stage": (customer.c.stage,),
    "level": (customer.c.level, product_price.c.level),
    "occupation": (customer.c.occupation,),
    "role": (contact.c.role,),
    "activity_kind": (),
    "unit": (product.c.unit,),
}
"""Where the words of each dictionary stand; what brings a new place for them adds its column here."""
FIELDS: dict[str, dict[str, str]] = {
    "customer": {name: name for name in ("industry", "source", "stage", "level", "occupation")},
    "contact": {"role": "role"},
    "product": {"unit": "unit"},
}
"""Which field of a record offers which dictionary."""
_VERSIONED = {customer.name: "customer", product.name: "product", contact.name: "contact"}
_ERRORS = (Code.NOT_FOUND, Code.DUPLICATE, Code.REQUIRED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One word; `label` is what is shown in the user's language, `name` what records hold."""

    name: str
    label: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The words of one dictionary in their order; a closed one takes no others."""

    name: str
    is_open: bool
    entries: tuple[Entry, ...]

    @property
    def offered(self) -> tuple[str, ...]:
        """The words in use, for a form to offer."""
        return tuple(entry.name for entry in self.entries if entry.is_active)


def read(connection: Connection, name: str) -> Dictionary:
    """A dictionary with all its words, retired ones too; one that nobody filled is empty and open."""
    return _all(connection).get(name, Dictionary(name, True, ()))


def of_field(connection: Connection, record: str, field: str) -> Dictionary | None:
    """The dictionary that a field of a record (customer, contact, product) offers; None where it has none."""
    name = FIELDS.get(record, {}).get(field)
    return None if name is None else read(connection, name)


def _all(connection: Connection) -> dict[str, Dictionary]:
    is_english = current_language() == "en"
    table = dictionary_entry.c
    query = select(table.dictionary, table.name, table.label_en, table.is_active)
    words: dict[str, list[Entry]] = {}
    for row in connection.execute(query.order_by(table.dictionary, table.position, table.id)):
        label = row.label_en if is_english and row.label_en else row.name
        words.setdefault(row.dictionary, []).append(Entry(row.name, label, row.is_active))
    closed = set(
        connection.execute(
            select(dictionary_table.c.name).where(dictionary_table.c.is_open.is_(False))
        ).scalars()
    )
    return {
        name: Dictionary(name, name not in closed, tuple(words.get(name, ())))
        for name in words.keys() | closed
    }


def _of_unit(unit: Unit) -> dict[str, Dictionary]:
    if dictionary_entry not in unit.cache:
        unit.cache[dictionary_entry] = _all(unit.connection)
    known: dict[str, Dictionary] = unit.cache[dictionary_entry]
    return known


def check(unit: Unit, record: str, values: Mapping[str, Any], place: str = "") -> None:
    """Looks at words that a record is given: one that a dictionary has not is refused by a closed one
    (`invalid_choice`), and taken with the warning `not_in_dictionary` by an open one that has any words."""
    known = _of_unit(unit)
    if not known:
        return
    for field, name in FIELDS.get(record, {}).items():
        word, found = values.get(field), known.get(name)
        if not word or found is None or word in found.offered or (found.is_open and not found.offered):
            continue
        if not found.is_open:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{field}”: “{value}” is not one of {choices}.").format(
                    field=place + field, value=str(word)[:40], choices=", ".join(found.offered)
                ),
                field=place + field,
            )
        unit.warnings.append(
            warning(
                Code.NOT_IN_DICTIONARY,
                _(
                    "“{value}” is not in the dictionary “{name}”. Add it there, or choose one of: {choices}."
                ).format(value=str(word)[:40], name=_label(name), choices=", ".join(found.offered[:20])),
                place + field,
            )
        )


def _label(name: str) -> str:
    return next((_(choice.label) for choice in specs.DICTIONARIES if choice.value == name), name)


def _find(unit: Unit, dictionary: str, name: str, field: str = "name") -> Any:
    row = unit.first(
        select(dictionary_entry).where(
            dictionary_entry.c.dictionary == dictionary, dictionary_entry.c.name == name
        )
    )
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("The dictionary “{name}” has no word “{value}”.").format(
                name=_label(dictionary), value=name[:40]
            ),
            field=field,
        )
    return row


def _require_free(unit: Unit, dictionary: str, name: str, field: str) -> None:
    if any(entry.name == name for entry in _fresh(unit, dictionary).entries):
        raise Conflict(
            Code.DUPLICATE,
            _("There is a “{name}” here already. Choose another name, or merge the two.").format(name=name),
            field=field,
        )


def _fresh(unit: Unit, name: str) -> Dictionary:
    unit.flush()
    return read(unit.connection, name)


def _changed(unit: Unit) -> None:
    unit.cache.pop(dictionary_entry, None)
    unit.changes.everything.add("dictionary_entry")


def _add(unit: Unit, dictionary: str, name: str, label_en: str) -> None:
    last = unit.execute(
        select(func.max(dictionary_entry.c.position)).where(dictionary_entry.c.dictionary == dictionary)
    ).scalar()
    record_id = unit.next_id()
    row = {"dictionary": dictionary, "name": name, "label_en": label_en, "position": (last or 0) + 1}
    unit.add(dictionary_entry, id=record_id, **row, is_active=True)
    unit.note("dictionary_entry", record_id, None, row)


@use_case(
    "dictionary.add",
    fields=(specs.DICTIONARY, specs.NAME, specs.LABEL_EN),
    summary=N_("Add a word to a dictionary, such as a source or a stage; it is offered from now on."),
    errors=_ERRORS,
)
def add(unit: Unit, *, dictionary: str, name: str, label_en: str | None = None) -> dict[str, Any]:
    """Adds a word at the end."""
    _require_free(unit, dictionary, name, "name")
    _add(unit, dictionary, name, label_en or "")
    _changed(unit)
    return {"dictionary": dictionary, "name": name}


@use_case(
    "dictionary.collect",
    fields=(specs.DICTIONARY,),
    summary=N_("Add all words to a dictionary that records have already, the most used first."),
)
def collect(unit: Unit, *, dictionary: str) -> dict[str, Any]:
    """Adds what records hold and the dictionary has not; says how many words."""
    known = {entry.name for entry in _fresh(unit, dictionary).entries}
    counts = usage(unit.connection, dictionary)
    new = sorted((word for word in counts if word not in known), key=lambda word: (-counts[word], word))
    for word in new:
        _add(unit, dictionary, word, "")
    if new:
        _changed(unit)
    return {"dictionary": dictionary, "added": len(new)}


def usage(connection: Connection, dictionary: str) -> dict[str, int]:
    """How many records hold each word."""
    found: dict[str, int] = {}
    for column in HOLDERS[dictionary]:
        query = select(column, func.count()).where(column != "").group_by(column)
        for word, count in connection.execute(query):
            found[word] = found.get(word, 0) + count
    return found


@use_case(
    "dictionary.rename",
    fields=(specs.DICTIONARY, specs.NAME, specs.TO, specs.LABEL_EN),
    summary=N_("Rename a word of a dictionary, in every record that has it."),
    errors=_ERRORS,
)
def rename(unit: Unit, *, dictionary: str, name: str, to: str, label_en: str | None = None) -> dict[str, Any]:
    """Renames a word and says how many records have it. Refused where the new word is there already."""
    row = _find(unit, dictionary, name)
    if to != name:
        _require_free(unit, dictionary, to, "to")
        _require_no_price_conflict(unit, dictionary, name, to)
    values = {"name": to} | ({} if label_en is None else {"label_en": label_en})
    changed = {key: value for key, value in values.items() if getattr(row, key) != value}
    count = 0
    if changed:
        unit.execute(update(dictionary_entry).where(dictionary_entry.c.id == row.id).values(**changed))
        count = _replace(unit, dictionary, name, to) if to != name else 0
        before = {key: getattr(row, key) for key in changed}
        unit.note("dictionary_entry", row.id, before, changed | {"records": count})
        _changed(unit)
    return {"dictionary": dictionary, "name": to, "records": count}


@use_case(
    "dictionary.merge",
    fields=(specs.DICTIONARY, specs.NAME, specs.INTO),
    summary=N_("Merge a word of a dictionary into another one: records get that one, and the first is gone."),
    errors=(*_ERRORS, Code.INVALID_CHOICE),
)
def merge(unit: Unit, *, dictionary: str, name: str, into: str) -> dict[str, Any]:
    """Merges two words and says how many records changed."""
    row = _find(unit, dictionary, name)
    _find(unit, dictionary, into, "into")
    if name == into:
        raise InvalidInput(Code.INVALID_CHOICE, _("Choose another word to merge into."), field="into")
    _require_no_price_conflict(unit, dictionary, name, into)
    count = _replace(unit, dictionary, name, into)
    unit.execute(sql_delete(dictionary_entry).where(dictionary_entry.c.id == row.id))
    unit.note("dictionary_entry", row.id, {"name": name}, {"into": into, "records": count})
    _changed(unit)
    return {"dictionary": dictionary, "name": into, "records": count}


def _replace(unit: Unit, dictionary: str, old: str, new: str) -> int:
    """Writes the new word into every record that has the old one; gives their number."""
    total = 0
    for column in HOLDERS[dictionary]:
        table: Any = column.table
        values: dict[str, Any] = {column.name: new}
        if table is customer:
            values |= {
                "version": customer.c.version + 1,
                "updated_at": clock.stamp(clock.now_utc()),
                "updated_by": unit.actor,
            }
        elif table is product:
            values["version"] = product.c.version + 1
        done = unit.execute(update(table).where(column == old).values(**values))
        total += done.rowcount
        if done.rowcount:
            unit.changes.everything.add(_VERSIONED.get(table.name, "product"))
    for key in [
        key for key in unit.cache if isinstance(key, tuple) and key and key[0] in (customer, product)
    ]:
        del unit.cache[key]
    unit.cache.pop(product_price, None)
    return total


def _require_no_price_conflict(unit: Unit, dictionary: str, old: str, new: str) -> None:
    """Two levels with prices of one product cannot become one: which price would hold?"""
    if dictionary != "level":
        return
    other = product_price.alias()
    query = (
        select(product.c.code)
        .join(product_price, product_price.c.product_id == product.c.id)
        .join(other, other.c.product_id == product.c.id)
        .where(product_price.c.level == old, other.c.level == new)
        .order_by(product.c.code)
    )
    code = unit.execute(query.limit(1)).scalar()
    if code is not None:
        raise Conflict(
            Code.DUPLICATE,
            _("{code} has a price for both levels. Take one of them away first.").format(code=code),
            field="name",
        )


@use_case(
    "dictionary.retire",
    fields=(specs.DICTIONARY, specs.NAME),
    summary=N_("Retire a word of a dictionary: it is no longer offered; records keep it."),
    errors=_ERRORS,
)
def retire(unit: Unit, *, dictionary: str, name: str) -> dict[str, Any]:
    """Retires a word; doing so twice changes nothing."""
    return _set_active(unit, dictionary, name, is_active=False)


@use_case(
    "dictionary.restore",
    fields=(specs.DICTIONARY, specs.NAME),
    summary=N_("Offer a retired word of a dictionary again."),
    errors=_ERRORS,
)
def restore(unit: Unit, *, dictionary: str, name: str) -> dict[str, Any]:
    """Offers a word again."""
    return _set_active(unit, dictionary, name, is_active=True)


def _set_active(unit: Unit, dictionary: str, name: str, *, is_active: bool) -> dict[str, Any]:
    row = _find(unit, dictionary, name)
    if row.is_active != is_active:
        unit.execute(
            update(dictionary_entry).where(dictionary_entry.c.id == row.id).values(is_active=is_active)
        )
        unit.note("dictionary_entry", row.id, {"is_active": not is_active}, {"is_active": is_active})
        _changed(unit)
    return {"dictionary": dictionary, "name": name, "active": is_active}


@use_case(
    "dictionary.reorder",
    fields=(specs.DICTIONARY, required(Field("names", Kind.LIST, N_("Words in their order")))),
    summary=N_("Put the words of a dictionary in another order; those not named follow as they stand."),
    errors=(*_ERRORS,),
)
def reorder(unit: Unit, *, dictionary: str, names: list[str]) -> dict[str, Any]:
    """Gives the words their places."""
    if len(set(names)) < len(names):
        raise InvalidInput(Code.DUPLICATE, _("A word is named twice."), field="names")
    rows = [_find(unit, dictionary, name, "names") for name in names]
    rest = unit.execute(
        select(dictionary_entry)
        .where(dictionary_entry.c.dictionary == dictionary, dictionary_entry.c.name.not_in(names))
        .order_by(dictionary_entry.c.position, dictionary_entry.c.id)
    ).all()
    for position, row in enumerate((*rows, *rest), start=1):
        if row.position != position:
            unit.execute(
                update(dictionary_entry).where(dictionary_entry.c.id == row.id).values(position=position)
            )
            unit.note("dictionary_entry", row.id, {"position": row.position}, {"position": position})
    _changed(unit)
    return {"dictionary": dictionary, "names": [row.name for row in (*rows, *rest)]}


@use_case(
    "dictionary.update",
    fields=(specs.DICTIONARY, specs.OPEN),
    summary=N_("Say whether a dictionary takes other words (with a warning) or refuses them."),
    errors=(Code.REQUIRED,),
)
def change(unit: Unit, *, dictionary: str, open: bool) -> dict[str, Any]:  # noqa: A002 the argument's name
    """Opens or closes a dictionary. One without words stays open, since nothing could be chosen."""
    before = _fresh(unit, dictionary)
    if not open and not before.offered:
        raise validation.missing("name")
    if before.is_open != open:
        unit.execute(sql_delete(dictionary_table).where(dictionary_table.c.name == dictionary))
        unit.execute(insert(dictionary_table).values(name=dictionary, is_open=open))
        unit.note("dictionary", 0, {"open": before.is_open}, {"dictionary": dictionary, "open": open})
        _changed(unit)
    return {"dictionary": dictionary, "open": open}
