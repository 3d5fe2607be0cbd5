"""What the book has of the customers in a file: looked up by block, compared with a row, changed, and undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from crmdesk.models import money, text_keys
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.specs.custom_fields import OWN_LINE
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.categories import customer_category, customer_tag, tag
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.services import (
    category_members,
    category_paths,
    custom_fields,
    custom_readings,
    custom_values,
    customer_parts,
    customers,
    tags,
)
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.text import _

_CODES_PER_QUERY = 500
_ARGUMENTS = {"contacts": "contact", "addresses": "address", "billing_profiles": "billing_profile"}
_ADDERS = {
    "contact": customer_parts.add_contact,
    "address": customer_parts.add_address,
    "billing_profile": customer_parts.add_billing_profile,
}
_CHANGERS = {
    "contact": customer_parts.change_contact,
    "address": customer_parts.change_address,
    "billing_profile": customer_parts.change_billing_profile,
}
_KEPT = ("name_key", "phone_key", "initials", "version", "updated_at", "updated_by")
"""Columns that a change also touches."""
_NAME_OF_PART = {"contact": "name", "address": "kind", "billing_profile": "title"}


@dataclass(slots=True)
class Known:
    """A customer of the book with what belongs to it."""

    id: int
    code: str
    row: dict[str, Any]
    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    categories: set[int] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    own: dict[int, custom_readings.Stored] = field(default_factory=dict)
    own_of_contacts: dict[int, dict[int, custom_readings.Stored]] = field(default_factory=dict)
    """Own fields of his contacts that have any, by the contact's id."""


@dataclass(slots=True)
class Change:
    """What a row says otherwise than the book."""

    fields: dict[str, Any] = field(default_factory=dict)
    cleared: list[str] = field(default_factory=list)
    """Fields of the customer that are emptied; of a part, those whose new value is None."""
    new_parts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed_parts: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    """(kind, the part as it is, what changes)"""
    categories: list[dict[str, str]] = field(default_factory=list)
    stays: set[int | None] = field(default_factory=set)
    """Categories that the row names and the customer is in."""
    tags: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The columns that differ, for a message."""
        names = [name for name in (*self.fields, *self.cleared) if name != "fields"]
        names += [f"own.{name}" for name in self.fields.get("fields", ())]
        for kind, *part, values in (*self.new_parts, *self.changed_parts):
            prefix = "billing" if kind == "billing_profile" else kind
            said = [name for name in values if not part or part[0].get(name) != values[name]]
            names += [f"{prefix}_{name}" for name in said if name not in ("kind", "fields")]
            names += [f"own.{name}" for name in values.get("fields", ())]
        names += [f"category:{entry['dimension']}" for entry in self.categories]
        return names + (["tags"] if self.tags else [])


class KnownCustomers:
    """The customers of one block of rows."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._by_code: dict[str, Known] = {}
        self._by_name: dict[str, list[Known]] = {}
        self._promised: set[tuple[int, custom_readings.Stored]] = set()
        """Values of own fields that checked parts will get: a unique one is there once, also within a file."""
        self._is_new_book = unit.first(select(customer.c.id).limit(1)) is None
        """Then no row is about a customer that is there; what the import makes is never looked up by it."""

    def load_codes(self, codes: list[str]) -> None:
        """Looks up a block of codes."""
        if self._is_new_book:
            return
        self._by_code.clear()
        for start in range(0, len(codes), _CODES_PER_QUERY):
            block = codes[start : start + _CODES_PER_QUERY]
            for known in self._load(customer.c.code.in_(block)):
                self._by_code[known.code] = known

    def load_names(self, names: list[str]) -> None:
        """Looks up a block of names: the same but for width, case and space."""
        if self._is_new_book:
            return
        self._by_name.clear()
        keys = sorted({text_keys.name_key(name) for name in names})
        for start in range(0, len(keys), _CODES_PER_QUERY):
            block = keys[start : start + _CODES_PER_QUERY]
            for known in self._load(customer.c.name_key.in_(block)):
                self._by_name.setdefault(text_keys.folded(known.row["name"]), []).append(known)

    def _load(self, condition: Any) -> list[Known]:
        rows = self._unit.execute(select(customer).where(condition)).mappings().all()
        found = {row["id"]: Known(row["id"], row["code"], dict(row)) for row in rows}
        if not found:
            return []
        ids = list(found)
        for kind, table in PARTS.items():
            query = select(table).where(among(table.c.customer_id, ids)).order_by(table.c.id)
            for part in self._unit.execute(query).mappings():
                found[part["customer_id"]].parts.setdefault(kind, []).append(dict(part))
        query = select(customer_category).where(among(customer_category.c.customer_id, ids))
        for entry in self._unit.execute(query):
            found[entry.customer_id].categories.add(entry.category_id)
        query = select(customer_tag.c.customer_id, tag.c.name).join(tag, tag.c.id == customer_tag.c.tag_id)
        for customer_id, name in self._unit.execute(query.where(among(customer_tag.c.customer_id, ids))):
            found[customer_id].tags.add(name)
        connection = self._unit.connection
        if custom_fields.of_unit(self._unit, "customer"):
            for customer_id, own in custom_readings.read_stored(connection, "customer", ids).items():
                found[customer_id].own = own
        if custom_fields.of_unit(self._unit, "contact"):
            owners = {
                part["id"]: known for known in found.values() for part in known.parts.get("contact", ())
            }
            for part_id, own in custom_readings.read_stored(connection, "contact", owners).items():
                owners[part_id].own_of_contacts[part_id] = own
        return list(found.values())

    def by_code(self, code: str) -> Known | None:
        """The customer with a code of the block."""
        return self._by_code.get(code)

    def by_name(self, name: str, phone: str, *, is_alone: bool) -> Known | None:
        """The customer a name means; several of one name are told apart by the phone.

        `is_alone`: no other row of the file has this name, so that a single customer of this name is meant whatever
        its phone.
        """
        found = self._by_name.get(text_keys.folded(name), [])
        key = text_keys.phone_key(phone)
        same_phone = [known for known in found if key and text_keys.phone_key(known.row["phone"]) == key]
        if len(same_phone) == 1:
            return same_phone[0]
        if not found or not is_alone:
            return None
        if len(found) > 1:
            raise Conflict(
                Code.AMBIGUOUS,
                _("Several customers are called “{name}”: {codes}. Give the code.").format(
                    name=name[:40], codes=", ".join(known.code for known in found[:5])
                ),
                field="name",
            )
        return found[0]

    # Comparing and changing

    def difference(self, known: Known, wanted: dict[str, Any]) -> Change | None:
        """What a row's arguments say otherwise; nothing they leave out counts."""
        change = Change()
        for name, value in wanted.items():
            if name in _ARGUMENTS:
                self._compare_parts(change, known, _ARGUMENTS[name], value)
            elif name == "categories":
                for entry in value:
                    record_id = self.category_id(entry)
                    if record_id in known.categories:
                        change.stays.add(record_id)
                    else:
                        path = category_paths.parse(entry["dimension"], entry["path"], "categories")
                        category_paths.require_current(self._unit, path, field="categories")
                        change.categories.append(entry)
            elif name == "fields":
                differing = self.own_differences(known, value)
                if differing:
                    change.fields[name] = differing
            elif name == "tags":
                change.tags = [entry for entry in tags.meant(self._unit, value) if entry not in known.tags]
                tags.require_current(self._unit, change.tags)
            elif name == "code" or self.is_same(known, name, value):
                continue
            else:
                change.fields[name] = value
        return change if change.names else None

    def own_differences(
        self, known: Known, given: dict[str, Any], contact: int | None = None
    ) -> dict[str, Any]:
        """The own fields of a row that the book has otherwise, of the customer or of one of his contacts."""
        if contact is not None:
            kept = known.own_of_contacts.get(contact, {})
            checked = custom_values.check_change(self._unit, "contact", contact, given, kept=kept)
            return {entry.name: given[entry.name] for entry, _before, _after in checked.values}
        currency = known.row["currency"]
        checked = custom_values.check_change(
            self._unit,
            "customer",
            known.id,
            given,
            currency=currency,
            currency_before=currency,
            kept=known.own,
        )
        return {entry.name: given[entry.name] for entry, _before, _after in checked.values}

    def is_same(self, known: Known, name: str, value: Any) -> bool:
        """Whether a field of the customer has this value already."""
        if name == "credit_limit":
            currency = known.row["currency"] or self._unit.settings.currency
            return known.row["credit_limit_minor"] == money.to_minor(value, currency, "credit_limit")
        if name == "currency" and value == self._unit.settings.currency:
            return known.row[name] in ("", value)
        return known.row[name] == value

    def category_id(self, entry: dict[str, str]) -> int | None:
        """The category of an entry, or None where the book has none of that name."""
        path = category_paths.parse(entry["dimension"], entry["path"], "categories")
        return category_paths.id_at(self._unit, path)

    def own_fields(self, record: str) -> dict[str, custom_fields.CustomField]:
        """The own fields of a record by short name."""
        return {entry.name: entry for entry in custom_fields.of_unit(self._unit, record)}

    def check_part(self, kind: str, values: dict[str, Any], part: dict[str, Any] | None = None) -> None:
        """Refuses now what writing a part would refuse, since by then others of the row are written."""
        if kind == "address":
            customer_parts.require_fitting(self._unit, values, stored=part)
        own = values.get("fields")
        checked = customer_parts.check(self._unit, kind, values, own, None if part is None else part["id"])
        for entry, _before, after in checked.values if checked else ():
            if not entry.is_unique:
                continue
            if (entry.id, custom_readings.comparable(after)) in self._promised:
                raise Conflict(
                    Code.DUPLICATE_IN_FILE,
                    _("“{value}” stands in this sheet more than once.").format(
                        value=str(values["fields"][entry.name])[:40]
                    ),
                    field=f"{OWN_LINE}.{entry.name}",
                )
            self._promised.add((entry.id, custom_readings.comparable(after)))

    def _compare_parts(self, change: Change, known: Known, kind: str, wanted: list[dict[str, Any]]) -> None:
        """A part is met by name (a contact), use (an address) or title (a billing profile)."""
        present = known.parts.get(kind, [])
        told_by = _NAME_OF_PART[kind]
        for values in wanted:
            same = [part for part in present if all(part[name] == value for name, value in values.items())]
            if same:
                continue
            met = [part for part in present if part[told_by] == values[told_by]]
            if met:
                differing = {name: value for name, value in values.items() if met[0][name] != value}
                keep_code(differing, values)
                self.check_part(kind, differing, met[0])
                change.changed_parts.append((kind, met[0], differing))
            else:
                self.check_part(kind, values)
                change.new_parts.append((kind, values))

    def apply(self, known: Known, change: Change) -> dict[str, Any]:
        """Changes the customer; gives what an undo needs to take it back."""
        before = self.apply_fields(known, change)
        self.apply_rest(known, change, before)
        return before

    def apply_fields(self, known: Known, change: Change) -> dict[str, Any]:
        """Changes the customer's own row and own fields, or refuses; gives what an undo needs."""
        unit, code = self._unit, known.code
        touched = [name for name in (*change.fields, *change.cleared) if name != "fields"]
        stored = {_stored_name(name) for name in touched} | set(_KEPT)
        before: dict[str, Any] = {"row": {name: _plain(known.row[name]) for name in sorted(stored)}}
        if "fields" in change.fields or "currency" in change.fields:
            before["own"] = custom_values.kept(unit, "customer", known.id)
        version = known.row["version"]
        if change.fields or change.cleared:
            changed = customers.change(unit, customer=code, clear=change.cleared or None, **change.fields)
            version = changed["version"]
        return before | {"version": version}

    def apply_rest(self, known: Known, change: Change, before: dict[str, Any]) -> None:
        """Changes his parts, categories and tags; adds to `before` what an undo needs."""
        unit, code = self._unit, known.code
        for kind, values in change.new_parts:
            self._note_demoted(before, known, kind, values)
            part_id = _ADDERS[kind](unit, customer=code, **values)[kind]
            before.setdefault("new_parts", []).append([kind, part_id, self._changed_columns(kind, part_id)])
            self._note_own(before, kind, part_id, {})
        for kind, part, values in change.changed_parts:
            self._note_demoted(before, known, kind, values)
            own = custom_values.kept(unit, kind, part["id"]) if "fields" in values else None
            emptied = [name for name, value in values.items() if value is None]
            _CHANGERS[kind](unit, **{kind: part["id"]}, clear=emptied or None, **values)
            new = self._changed_columns(kind, part["id"], part)
            old = {name: _plain(part[name]) for name in new}
            before.setdefault("changed_parts", []).append([kind, part["id"], old, new])
            if own is not None:
                self._note_own(before, kind, part["id"], own)
        for entry in change.categories:
            before.setdefault("categories", []).append(self._move(known, entry, change.stays))
        for name in change.tags:
            tags.add(unit, tag=name, customer=code)
            before.setdefault("tags", []).append(tags.find(self._unit, name))

    def _note_own(self, before: dict[str, Any], kind: str, part_id: int, old: dict[str, Any]) -> None:
        """Own fields of a contact, as they were and as they are."""
        if kind == "contact" and custom_fields.of_unit(self._unit, kind):
            now = custom_values.kept(self._unit, kind, part_id)
            before.setdefault("own_of_contacts", []).append([part_id, old, now])

    def _changed_columns(
        self, kind: str, part_id: int, before: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """What a part's row has now and had not before. Read back, since a place completes what was given: names by
        the code, the code by the names."""
        table = PARTS[kind]
        row = self._unit.execute(select(table).where(table.c.id == part_id)).mappings().one()
        known = before or {"id": part_id, "customer_id": row["customer_id"]}
        return {
            name: _plain(value) for name, value in row.items() if name not in known or known[name] != value
        }

    @staticmethod
    def _note_demoted(before: dict[str, Any], known: Known, kind: str, values: dict[str, Any]) -> None:
        """Another part becomes the primary one: the one that was is noted, so that an undo knows it."""
        if not values.get("primary"):
            return
        for part in known.parts.get(kind, ()):
            if part["is_primary"]:
                entry = [kind, part["id"], {"is_primary": True}, {"is_primary": False}]
                before.setdefault("changed_parts", []).append(entry)

    def _move(self, known: Known, entry: dict[str, str], stays: set[int | None]) -> dict[str, Any]:
        """Puts the customer where its row says; in that tree it is nowhere else then."""
        unit = self._unit
        path = category_paths.parse(entry["dimension"], entry["path"], "categories")
        record_id = category_paths.ensure(unit, path)
        dimension_id = category_paths.ensure_dimension(unit, path[0])
        in_tree = set(category_paths.nodes(unit, dimension_id).values())
        left = [one for one in known.categories if one in in_tree and one not in stays]
        stays.add(record_id)
        known.categories.difference_update(left)
        for one in left:
            category_members.take(unit, one, [known.id], category_members.IMPORT)
        category_members.put(unit, record_id, [known.id], category_members.IMPORT)
        unit.note("customer", known.id, None, {"dimension": entry["dimension"], "category": entry["path"]})
        return {"joined": record_id, "left": left}


def keep_code(differing: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Adds the code of a place that a row says to the changed names of its place, also where the book has that code
    already: left out of a change, the code would be found anew by the names, whatever the row says."""
    if said.get("region") and {"province", "city", "district", "country"} & differing.keys():
        differing.setdefault("region", said["region"])


def _stored_name(name: str) -> str:
    return "credit_limit_minor" if name == "credit_limit" else name


def _plain(value: Any) -> Any:
    return day_number(value) if hasattr(value, "year") else value
