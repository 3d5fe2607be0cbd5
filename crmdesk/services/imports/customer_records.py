"""What the book has of the customers in a file: looked up by block, compared with a row, changed, and undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from crmdesk.models import money, text_keys
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.categories import customer_category, customer_tag, tag
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.services import categories, category_paths, customer_parts, customers, tags
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


@dataclass(slots=True)
class Change:
    """What a row says otherwise than the book."""

    fields: dict[str, Any] = field(default_factory=dict)
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
        names = list(self.fields)
        for kind, *_rest, values in (*self.new_parts, *self.changed_parts):
            prefix = "billing" if kind == "billing_profile" else kind
            names += [f"{prefix}_{name}" for name in values if name != "kind"]
        names += [f"category:{entry['dimension']}" for entry in self.categories]
        return names + (["tags"] if self.tags else [])


class KnownCustomers:
    """The customers of one block of rows."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._by_code: dict[str, Known] = {}
        self._by_name: dict[str, list[Known]] = {}
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
                    record_id = self._category_id(entry)
                    if record_id in known.categories:
                        change.stays.add(record_id)
                    else:
                        change.categories.append(entry)
            elif name == "tags":
                change.tags = [entry for entry in value if entry not in known.tags]
            elif name == "code" or self._is_same(known, name, value):
                continue
            else:
                change.fields[name] = value
        return change if change.names else None

    def _is_same(self, known: Known, name: str, value: Any) -> bool:
        if name == "credit_limit":
            currency = known.row["currency"] or self._unit.settings.currency
            return known.row["credit_limit_minor"] == money.to_minor(value, currency, "credit_limit")
        if name == "currency" and value == self._unit.settings.currency:
            return known.row[name] in ("", value)
        return known.row[name] == value

    def _category_id(self, entry: dict[str, str]) -> int | None:
        path = category_paths.parse(entry["dimension"], entry["path"], "categories")
        dimension_id = category_paths.dimensions(self._unit).get(path[0])
        if dimension_id is None:
            return None
        nodes = category_paths.nodes(self._unit, dimension_id)
        parent: int | None = None
        for name in path[1:]:
            parent = nodes.get((parent, name))
            if parent is None:
                return None
        return parent

    @staticmethod
    def _compare_parts(change: Change, known: Known, kind: str, wanted: list[dict[str, Any]]) -> None:
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
                change.changed_parts.append((kind, met[0], differing))
            else:
                change.new_parts.append((kind, values))

    def apply(self, known: Known, change: Change) -> dict[str, Any]:
        """Changes the customer; gives what an undo needs to take it back."""
        unit, code = self._unit, known.code
        stored = {_stored_name(name) for name in change.fields} | set(_KEPT)
        before: dict[str, Any] = {"row": {name: _plain(known.row[name]) for name in sorted(stored)}}
        version = known.row["version"]
        if change.fields:
            version = customers.change(unit, customer=code, **change.fields)["version"]
        for kind, values in change.new_parts:
            made = _ADDERS[kind](unit, customer=code, **values)
            before.setdefault("new_parts", []).append([kind, made[kind]])
        for kind, part, values in change.changed_parts:
            _CHANGERS[kind](unit, **{kind: part["id"]}, **values)
            old = {name: _plain(part[name]) for name in values}
            before.setdefault("changed_parts", []).append([kind, part["id"], old])
        for entry in change.categories:
            before.setdefault("categories", []).append(self._move(known, entry, change.stays))
        for name in change.tags:
            tags.add(unit, tag=name, customer=code)
            before.setdefault("tags", []).append(self._tag_id(name))
        return before | {"version": version}

    def _tag_id(self, name: str) -> int:
        return self._unit.execute(select(tag.c.id).where(tag.c.name == name)).scalar_one()

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
        if left:
            unit.execute(
                delete(customer_category).where(
                    customer_category.c.customer_id == known.id, customer_category.c.category_id.in_(left)
                )
            )
        categories.assign(unit, dimension=entry["dimension"], path=entry["path"], customer=known.code)
        return {"joined": record_id, "left": left}


def _stored_name(name: str) -> str:
    return "credit_limit_minor" if name == "credit_limit" else name


def _plain(value: Any) -> Any:
    return day_number(value) if hasattr(value, "year") else value
