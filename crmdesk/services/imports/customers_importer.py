"""Rows of customers, with their contacts, address, billing profile, categories and tags in the same row.

A row is told by its code. Without one it is told by its name, and among customers of one name by the phone.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from crmdesk.models import text_keys
from crmdesk.models.errors import CrmdeskError
from crmdesk.services import category_paths, customers
from crmdesk.services.imports.columns import OWN_PART, own_column_of, own_values
from crmdesk.services.imports.customer_records import Change, Known, KnownCustomers
from crmdesk.services.imports.importing import Running
from crmdesk.services.imports.layout import normalise_name
from crmdesk.services.imports.mapping import PERSON_HEADERS
from crmdesk.services.imports.masters import MasterImporter
from crmdesk.services.imports.plan import PlannedRow, Values
from crmdesk.text import _

_INDUSTRY_TREES = ("行业", "Industry")
_SEPARATORS = re.compile(r"[;；\n]")
_PARTS = {"contact": "contacts", "address": "addresses", "billing_profile": "billing_profiles"}


class CustomersImporter(MasterImporter):
    """Makes and changes customers."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self._known = KnownCustomers(self.unit)
        self._split = _Splitter(running)
        self._name_counts: Counter[str] = Counter()

    def key_of(self, row: PlannedRow) -> Any:
        """The code, or the name with the phone."""
        code = row.values.get("code")
        if code is not None:
            return code
        name = text_keys.folded(row.values["name"])
        self._name_counts[name] += 1
        return (name, text_keys.phone_key(row.values.get("phone") or ""))

    def key_column(self, row: PlannedRow) -> str:
        """Which column holds the key."""
        return "code" if "code" in row.values else "name"

    def require(self, row: PlannedRow) -> str | None:
        """The name must be given."""
        return None if row.values.get("name") else "name"

    def load(self, rows: list[PlannedRow]) -> None:
        """Looks up what the book has of a block of rows."""
        self._known.load_codes([row.values["code"] for row in rows if "code" in row.values])
        self._known.load_names([row.values["name"] for row in rows if "code" not in row.values])

    def find(self, row: PlannedRow) -> Known | None:
        """The customer a row is about; raises `ambiguous` where its name fits several."""
        code = row.values.get("code")
        if code is not None:
            return self._known.by_code(code)
        name = row.values["name"]
        return self._known.by_name(
            name, row.values.get("phone") or "", is_alone=self._name_counts[text_keys.folded(name)] == 1
        )

    def create(self, row: PlannedRow) -> None:
        """Makes a customer with everything in its row."""
        values = self._split.arguments(row.values)
        self._split.add_industry(values)
        customers.create(self.unit, **values)

    def difference(self, row: PlannedRow, found: Known) -> Change | None:
        """What the row says otherwise than the book."""
        return self._known.difference(found, self._split.arguments(row.values))

    def apply(self, row: PlannedRow, found: Known, change: Change) -> None:
        """Changes a customer to what its row says."""
        before = self._known.apply(found, change)
        self.batch.record_change("customer", found.id, before)

    def revive(self, row: PlannedRow, found: Known) -> bool:
        """Activates a customer that an undone import could only deactivate, and changes it to what its row says."""
        row_now = found.row
        if row_now["is_active"] or not self.batch.may_revive("customer", found.id, row_now["version"]):
            return False
        before = self._known.apply(found, self.difference(row, found) or Change())
        customers.activate(self.unit, customer=found.code)
        before["row"]["is_active"] = False
        self.batch.record_change(
            "customer", found.id, before | {"version": before["version"] + 1, "revived": True}
        )
        return True

    def column_of(self, error: CrmdeskError) -> str:
        """Which column a refusal of the service is about."""
        field = error.field or "name"
        for part, argument in _PARTS.items():
            if field.startswith(argument):
                prefix = "billing_" if part == "billing_profile" else f"{part}_"
                return prefix + field.rpartition(".")[2]
        if field.startswith("categories"):
            return next(
                (name for name in self.plan.assignment.by_name if name.startswith("category")), "category"
            )
        return own_column_of(field)


class _Splitter:
    """Cuts a row's values into the arguments of `customer.create`."""

    def __init__(self, running: Running) -> None:
        plan = running.plan
        self._plain: set[str] = set()
        self._parts: dict[str, list[tuple[str, str]]] = {}
        self._trees: list[tuple[str, str]] = []
        self._has_own = False
        self._general: set[str] = set()
        """Columns of categories that are of no tree of their own."""
        for name, entry in plan.entries.items():
            if entry.part == OWN_PART:
                self._has_own = True
            elif entry.part == "":
                self._plain.add(name)
            elif entry.part == "category":
                self._trees.append((name, self._tree(running, name)))
                if ":" not in name and plan.column_label(name) != self._trees[-1][1]:
                    self._general.add(name)
            else:
                self._parts.setdefault(entry.part, []).append((name, entry.field.name))
        self._contacts = sorted(part for part in self._parts if part.startswith("contact"))
        self._known_trees = set(category_paths.dimensions(running.unit))
        self._has_more = bool(self._parts or self._trees or self._has_own)
        name_index = plan.assignment.by_name.get("name")
        header = "" if name_index is None else normalise_name(plan.table.header[name_index])
        self._are_persons = header in PERSON_HEADERS

    @staticmethod
    def _tree(running: Running, name: str) -> str:
        """The category tree of a column: the one it names, the one called as the column is, or the first."""
        if ":" in name:
            return name.partition(":")[2]
        trees = category_paths.dimensions(running.unit)
        header = running.plan.column_label(name) or ""
        return header if header in trees else next(iter(trees), header or _("Category"))

    def arguments(self, values: Values) -> Values:
        """The arguments; only what the row gives."""
        result = (
            {name: value for name, value in values.items() if name in self._plain}
            if self._has_more
            else dict(values)
        )
        if "kind" not in result and (self._are_persons or "gender" in values or "born_on" in values):
            result["kind"] = "person"
        if self._has_more:
            self._add_parts(result, values)
        if self._has_own and (own := own_values(values)):
            result["fields"] = own
        return result

    def _add_parts(self, result: Values, values: Values) -> None:
        contacts = [found for part in self._contacts if (found := self._part(part, values))]
        for contact in contacts:
            contact.setdefault("name", values["name"][:100])
        if contacts:
            result["contacts"] = contacts
        address = self._part("address", values)
        if address:
            result["addresses"] = [{"kind": "billing", **address}]
        profile = self._part("billing_profile", values)
        if profile:
            profile.setdefault("title", values["name"])
            result["billing_profiles"] = [{"kind": result.get("kind", "company"), **profile}]
        categories = [
            entry
            for name, tree in self._trees
            if name in values
            for entry in self._paths(values[name], tree, name in self._general)
        ]
        if categories:
            result["categories"] = categories

    @staticmethod
    def add_industry(arguments: Values) -> None:
        """A new customer's industry, where the file has it as a category only, is also said in words."""
        if "industry" in arguments:
            return
        for entry in arguments.get("categories", ()):
            if entry["dimension"] in _INDUSTRY_TREES:
                arguments["industry"] = entry["path"].rpartition("/")[2].strip()
                return

    def _paths(self, written: str, tree: str, is_general: bool) -> list[dict[str, str]]:
        """零售/线上, several after semicolons, or each with its tree: 行业: 零售 as the program exports them, and in a
        column of no tree of its own also 行业/零售; 地区/上海.
        """
        entries = []
        for part in _SEPARATORS.split(written):
            head, colon, rest = part.replace("：", ":", 1).partition(":")
            if not colon and is_general:
                head, colon, rest = part.partition("/")
            named = head.strip() if colon and head.strip() in self._known_trees and rest.strip() else ""
            if part.strip():
                entries.append({"dimension": named or tree, "path": rest.strip() if named else part.strip()})
        return entries

    def _part(self, part: str, values: Values) -> Values:
        return {field: values[name] for name, field in self._parts.get(part, ()) if name in values}
