"""Rows of contacts, addresses and billing profiles in an archive workbook, compared with those of their customer.

A row means the record that its key names in this book; without such a key the free one with the same name, use and
street, or title. Whatever writing it would refuse is refused here, row by row, before anything is written.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.customers import PARTS
from crmdesk.services.custom_fields import PREFIX
from crmdesk.services.dialect import among
from crmdesk.services.imports import columns_archive as archive
from crmdesk.services.imports.archive_rows import NEVER_EMPTY, Entry, Row, is_blank, is_equal, own_of, told
from crmdesk.services.imports.clearing import Cleared
from crmdesk.services.imports.columns import own_column_of
from crmdesk.services.imports.customer_records import Change, Known, KnownCustomers, keep_code
from crmdesk.services.imports.results import Mode
from crmdesk.services.units import Unit
from crmdesk.text import _

_TOLD_BY = {"contact": ("name",), "address": ("kind", "street"), "billing_profile": ("title",)}
"""What tells a part without a key of this book."""
_REQUIRED = {"contact": "name", "billing_profile": "title"}
_DEFAULTS = {"address": {"kind": "billing"}, "billing_profile": {"kind": "company"}, "contact": {}}

Part = dict[str, Any]
Done = list[tuple[Row, str]]
"""Rows with what became of them: `created`, `updated` or `skipped`."""


class PartRows:
    """The rows of parts of one workbook."""

    def __init__(self, unit: Unit, known: KnownCustomers, mode: Mode, prefix: str) -> None:
        self._unit = unit
        self._known = known
        self._mode = mode
        self._prefix = prefix
        self._owners: dict[str, dict[int, int]] = {}
        """Kind of part -> id -> customer, of those that rows of the block name."""

    def load(self, block: list[Entry]) -> None:
        """Looks up whose the records are that the rows of a block name."""
        self._owners = {}
        for kind, table in PARTS.items():
            ids = [
                record_id
                for entry in block
                for row in entry.parts.get(kind, ())
                if (record_id := self._id_in(row)) is not None
            ]
            query = select(table.c.id, table.c.customer_id).where(among(table.c.id, ids))
            self._owners[kind] = {one.id: one.customer_id for one in self._unit.execute(query)} if ids else {}

    def _id_in(self, row: Row) -> int | None:
        return archive.id_in(self._prefix, row.values.get("key", ""))

    # Of a new customer

    def of_new(self, kind: str, rows: list[Row]) -> list[tuple[Row, Part]]:
        """The parts of a customer who is made now."""
        chosen: list[tuple[Row, Part]] = []
        has_primary = False
        for row in rows:
            if self._is_foreign(kind, row, None):
                continue
            part = self._as_new(kind, row)
            if part is None:
                continue
            if part.get("primary") and has_primary:
                row.fail_primary()
                continue
            has_primary = has_primary or bool(part.get("primary"))
            chosen.append((row, part))
        return chosen

    def _as_new(self, kind: str, row: Row) -> Part | None:
        part = {
            name: value
            for name, value in row.values.items()
            if name not in ("key", "customer")
            and not name.startswith(PREFIX)
            and not isinstance(value, Cleared)
        }
        required = _REQUIRED.get(kind)
        if required is not None and not part.get(required):
            row.fail_required(required)
            return None
        own = own_of(row, {}, {})
        part = {**_DEFAULTS[kind], **part, **({"fields": own} if own else {})}
        return part if self._is_possible(row, kind, part) else None

    def _is_possible(self, row: Row, kind: str, values: Part, part: Part | None = None) -> bool:
        try:
            self._known.check_part(kind, values, part)
        except CrmdeskError as error:
            row.run.fail_by(row.number, error, own_column_of(error.field or "customer"))
            return False
        return True

    def _is_foreign(self, kind: str, row: Row, known: Known | None) -> bool:
        """Refuses a row whose key names something of another customer."""
        record_id = self._id_in(row)
        owner = None if record_id is None else self._owners[kind].get(record_id)
        if owner is None or (known is not None and owner == known.id):
            return False
        row.fail(
            Code.OTHER_CUSTOMER,
            _("The record with the key “{key}” belongs to another customer.").format(key=row.values["key"]),
            "customer",
            _("Leave the key empty to add it to this customer, or correct the customer."),
            row.values["customer"],
        )
        return True

    # Of a customer of the book

    def compare(self, kind: str, rows: list[Row], known: Known, change: Change, done: Done) -> None:
        """Notes what the rows of one kind change."""
        present = known.parts.get(kind, [])
        by_id = {part["id"]: part for part in present}
        met = [by_id.get(self._id_in(row) or 0) for row in rows]
        claimed = {part["id"] for part in met if part is not None}
        promoted = [row for row in rows if row.values.get("primary") is True]
        seen: set[int] = set()
        for row, named in zip(rows, met, strict=True):
            part = named
            if part is None:
                if self._is_foreign(kind, row, known):
                    continue
                part = _told(kind, row, [one for one in present if one["id"] not in claimed])
                if part is not None:
                    claimed.add(part["id"])
            if part is not None and part["id"] in seen:
                row.fail(
                    Code.DUPLICATE_IN_FILE,
                    _("“{value}” stands in this sheet more than once.").format(
                        value=row.values.get("key", "")
                    ),
                    "key",
                    _("Keep one of them."),
                )
                continue
            if row.values.get("primary") is True and len(promoted) > 1 and row is not promoted[0]:
                row.fail_primary()
                continue
            if part is None:
                self._add(kind, row, change, done)
            else:
                seen.add(part["id"])
                self._compare_one(kind, row, part, known, bool(promoted), change, done)

    def _add(self, kind: str, row: Row, change: Change, done: Done) -> None:
        if self._mode == "update":
            row.fail_unknown("key")
            return
        values = self._as_new(kind, row)
        if values is not None:
            change.new_parts.append((kind, values))
            row.adds(row.values["customer"], told(values))
            done.append((row, "created"))

    def _compare_one(
        self, kind: str, row: Row, part: Part, known: Known, has_promoted: bool, change: Change, done: Done
    ) -> None:
        differing: Part = {}
        for name, value in row.values.items():
            if name in ("key", "customer") or name.startswith(PREFIX):
                continue
            held = part["is_primary" if name == "primary" else name]
            if isinstance(value, Cleared):
                if is_blank(held):
                    continue
                if name in NEVER_EMPTY:
                    row.fail_never_empty(name)
                    return
                differing[name] = None
            elif name == "primary":
                if value and not held:
                    differing[name] = True
                elif held and not value and not has_promoted:
                    row.fail_primary()
                    return
            elif not is_equal(held, value):
                differing[name] = value
        if kind == "contact" and not self._compare_own(row, part, known, differing):
            return
        if not differing:
            done.append((row, "skipped"))
        elif self._mode == "create":
            own = differing.pop("fields", {})
            row.fail_differs(*differing, *(PREFIX + name for name in own))
        elif self._is_possible(row, kind, wanted := _with_code(row, differing), part):
            change.changed_parts.append((kind, part, wanted))
            for name, value in differing.items():
                if name != "fields":
                    row.differs(known.code, name, part["is_primary" if name == "primary" else name], value)
            held = known.own_of_contacts.get(part["id"], {})
            row.differs_own(known.code, differing.get("fields", {}), self._known.own_fields("contact"), held)
            done.append((row, "updated"))

    def _compare_own(self, row: Row, part: Part, known: Known, differing: Part) -> bool:
        """Adds the own fields that differ; whether the row says none that is refused."""
        given = own_of(row, self._known.own_fields("contact"), known.own_of_contacts.get(part["id"], {}))
        if not given:
            return True
        try:
            own = self._known.own_differences(known, given, part["id"])
        except CrmdeskError as error:
            row.run.fail_by(row.number, error, own_column_of(error.field or "customer"))
            return False
        if own:
            differing["fields"] = own
        return True


def _with_code(row: Row, differing: Part) -> Part:
    said = {name: value for name, value in row.values.items() if not isinstance(value, Cleared)}
    wanted = dict(differing)
    keep_code(wanted, said)
    return wanted


def _told(kind: str, row: Row, free: list[Part]) -> Part | None:
    """The part among those that no key names that a row without a key means."""
    wanted = {name: row.values.get(name, _DEFAULTS[kind].get(name, "")) for name in _TOLD_BY[kind]}
    return next((one for one in free if all(one[name] == text for name, text in wanted.items())), None)
