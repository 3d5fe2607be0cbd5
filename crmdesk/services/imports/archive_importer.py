"""Books the rows of an archive workbook: customer by customer, each with his contacts, categories and tags.

A row changes what it says and nothing else: a blank cell leaves its field alone, and a row that is not there takes
nothing away. Only a category of a tree replaces those of the same tree that the customer's rows do not name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import select

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.categories import tag
from crmdesk.services import category_paths, category_returns, customers, tags
from crmdesk.services.custom_fields import PREFIX
from crmdesk.services.imports.archive_parts import PartRows
from crmdesk.services.imports.archive_rows import (
    NEVER_EMPTY,
    Entry,
    Gathered,
    Row,
    is_blank,
    is_equal,
    own_of,
    told,
)
from crmdesk.services.imports.batches import Batch
from crmdesk.services.imports.clearing import Cleared
from crmdesk.services.imports.columns import own_column_of
from crmdesk.services.imports.customer_records import Change, Known, KnownCustomers
from crmdesk.services.imports.results import Mode
from crmdesk.services.units import Unit
from crmdesk.text import _

_BLOCK = 1_000
_ARGUMENTS = {"contact": "contacts", "address": "addresses", "billing_profile": "billing_profiles"}
Step = Callable[[int], None]


class ArchiveImporter:
    """One workbook, one transaction."""

    def __init__(self, unit: Unit, batch: Batch, mode: Mode, prefix: str, step: Step) -> None:
        self._unit = unit
        self._batch = batch
        self._mode = mode
        self._step = step
        self._known = KnownCustomers(unit)
        self._parts = PartRows(unit, self._known, mode, prefix)
        self._retiring: list[Callable[[], object]] = []

    def run(self, found: Gathered) -> None:
        """Books everything: trees and tags first, so that they keep their order; what the workbook retires last, since
        nobody is put into it then."""
        for row, name, path in found.trees:
            self._define_category(row, name, path)
        for row, name, colour in found.tags:
            self._define_tag(row, name, colour)
        entries = list(found.entries.values())
        for start in range(0, len(entries), _BLOCK):
            block = entries[start : start + _BLOCK]
            self._known.load_codes([entry.code for entry in block])
            self._parts.load(block)
            for entry in block:
                self._book(entry)
            self._step(sum(1 + sum(1 for _row in entry.dependents()) for entry in block))
        for retire in self._retiring:
            retire()
        self._unit.flush()

    # Trees and tags

    def _define_category(self, row: Row, name: str, path: category_paths.Path | None) -> None:
        unit, is_out = self._unit, _yes_or_no(row)
        trees = category_paths.dimensions(unit)
        record_id = trees.get(name) if path is None else category_paths.id_at(unit, path)
        if record_id is None:
            if self._mode == "update":
                row.fail_unknown("path" if path else "dimension")
                return
            try:
                if path is not None:
                    category_paths.require_current(unit, path)
            except CrmdeskError as error:
                row.run.fail_by(row.number, error, "path")
                return
            if path is None:
                category_paths.ensure_dimension(unit, name)
            else:
                category_paths.ensure(unit, path)
                if is_out:
                    self._turn(is_out, category_returns.mark, path, "customer")
            unit.changes.everything.add("category")
            row.adds("", category_paths.SEPARATOR.join(path) if path else name)
            row.run.tally.created += 1
        elif (
            path is None
            or is_out is None
            or is_out == (record_id in category_paths.retired(unit, trees[path[0]]))
        ):
            row.run.tally.skipped += 1
        elif self._mode == "create":
            row.fail_differs("retired")
        else:
            row.differs("", "retired", not is_out, is_out)
            self._batch.record_change("category", record_id, {"retired": not is_out})
            self._turn(is_out, category_returns.mark, path, "customer")
            row.run.tally.updated += 1

    def _define_tag(self, row: Row, name: str, colour: str) -> None:
        unit, is_out = self._unit, _yes_or_no(row)
        name = tags.one_meant(unit, name)
        found = unit.first(select(tag).where(tag.c.name == name))
        wanted = "" if isinstance(colour, Cleared) else colour
        if found is None:
            if self._mode == "update":
                row.fail_unknown("tag")
                return
            tags.create(unit, tag=name, colour=wanted)
            if is_out:
                self._turn(is_out, tags.mark, name)
            row.adds("", name)
            row.run.tally.created += 1
            return
        noted: dict[str, Any] = {}
        if colour and found.colour != wanted:
            noted = {"colour": found.colour, "new": wanted}
        if is_out is not None and bool(found.is_retired) != is_out:
            noted["retired"] = not is_out
        if not noted:
            row.run.tally.skipped += 1
        elif self._mode == "create":
            row.fail_differs(next(iter(noted)))
        else:
            if "colour" in noted:
                tags.paint(unit, name, wanted)
                row.differs("", "colour", found.colour, wanted)
            if is_out is not None and "retired" in noted:
                row.differs("", "retired", not is_out, is_out)
                self._turn(is_out, tags.mark, name)
            self._batch.record_change("tag", found.id, noted)
            row.run.tally.updated += 1

    def _turn(self, is_out: bool, mark: Callable[..., object], *named: Any) -> None:
        """Brings a category or tag back at once, or takes it out of use when everybody has his."""
        turn = partial(mark, self._unit, *named, is_retired=is_out)
        if is_out:
            self._retiring.append(turn)
        else:
            turn()

    # Customers

    def _book(self, entry: Entry) -> None:
        warned = len(self._unit.warnings)
        known = self._known.by_code(entry.code)
        if known is not None:
            self._change(entry, known)
        elif entry.row is None:
            self._fail_dependents(entry)
        elif self._mode == "update":
            entry.row.fail_unknown("code")
            self._fail_dependents(entry)
        else:
            self._create(entry, entry.row)
        del self._unit.warnings[warned:]

    def _create(self, entry: Entry, row: Row) -> None:
        values = {
            name: value
            for name, value in row.values.items()
            if not isinstance(value, Cleared) and not name.startswith(PREFIX)
        }
        own = own_of(row, {}, {})
        if own:
            values["fields"] = own
        is_active = values.pop("active", True)
        if not values.get("name"):
            row.fail_required("name")
            self._fail_dependents(entry)
            return
        done = [row]
        for kind, rows in entry.parts.items():
            chosen = self._parts.of_new(kind, rows)
            if chosen:
                values[_ARGUMENTS[kind]] = [part for _row, part in chosen]
                done += [part_row for part_row, _part in chosen]
        if entry.categories:
            values["categories"] = [place for _row, place in entry.categories]
        if entry.tags:
            values["tags"] = [name for _row, name in entry.tags]
        try:
            customers.create(self._unit, **values)
        except CrmdeskError as error:
            row.run.fail_by(row.number, error, own_column_of(error.field or "code"))
            self._fail_dependents(entry)
            return
        if not is_active:
            customers.deactivate(self._unit, customer=entry.code)
            made = customers.find(self._unit, entry.code)
            self._batch.record_change("customer", made.id, {"made": True, "version": made.version})
        done += [one for one, _place in entry.categories] + [one for one, _name in entry.tags]
        for one in done:
            one.adds(entry.code, told(one.values))
            one.run.tally.created += 1

    # Changing

    def _change(self, entry: Entry, known: Known) -> None:
        change = Change()
        done: list[tuple[Row, str]] = []
        active: bool | None = None
        if entry.row is not None:
            active = self._compare_customer(entry.row, known, change, done)
        for kind, rows in entry.parts.items():
            self._parts.compare(kind, rows, known, change, done)
        self._compare_categories(entry, known, change, done)
        for row, said in entry.tags:
            name = tags.one_meant(self._unit, said)
            if name in known.tags or name in change.tags:
                done.append((row, "skipped"))
            else:
                try:
                    tags.require_current(self._unit, [name], "tag")
                except CrmdeskError as error:
                    row.run.fail_by(row.number, error, "tag")
                    continue
                change.tags.append(name)
                row.adds(entry.code, name)
                done.append((row, "created"))
        self._apply(entry, known, change, done, active)
        for row, outcome in done:
            setattr(row.run.tally, outcome, getattr(row.run.tally, outcome) + 1)

    def _compare_customer(
        self, row: Row, known: Known, change: Change, done: list[tuple[Row, str]]
    ) -> bool | None:
        fields: dict[str, Any] = {}
        cleared: list[str] = []
        active: bool | None = None
        shown: list[tuple[str, Any, Any]] = []
        for name, value in row.values.items():
            if name == "code" or name.startswith(PREFIX):
                continue
            if isinstance(value, Cleared):
                held = (
                    known.row["credit_limit_minor" if name == "credit_limit" else name]
                    if name != "active"
                    else None
                )
                if is_blank(held):
                    continue
                if name in NEVER_EMPTY:
                    row.fail_never_empty(name)
                    return None
                cleared.append(name)
                shown.append((name, held, None))
            elif name == "active":
                active = value if value != known.row["is_active"] else None
                if active is not None:
                    shown.append((name, not active, active))
            elif not _is_alike(self._known, known, name, value):
                fields[name] = value
                held = known.row["credit_limit_minor" if name == "credit_limit" else name]
                shown.append((name, held, value))
        given = own_of(row, self._known.own_fields("customer"), known.own)
        try:
            own = self._known.own_differences(known, given) if given else {}
        except CrmdeskError as error:
            row.run.fail_by(row.number, error, own_column_of(error.field or "code"))
            return None
        if not fields and not own and not cleared and active is None:
            done.append((row, "skipped"))
            return None
        if self._mode == "create":
            names = (*fields, *(PREFIX + name for name in own), *cleared)
            row.fail_differs(*names, *(["active"] if active is not None else []))
            return None
        currency = known.row["currency"] or self._unit.settings.currency
        for name, held, value in shown:
            row.differs(known.code, name, held, value, currency)
        if own:
            fields["fields"] = own
            row.differs_own(known.code, own, self._known.own_fields("customer"), known.own, currency)
        change.fields, change.cleared = fields, cleared
        done.append((row, "updated"))
        return active

    def _compare_categories(
        self, entry: Entry, known: Known, change: Change, done: list[tuple[Row, str]]
    ) -> None:
        new: dict[tuple[str, str], dict[str, str]] = {}
        for row, place in entry.categories:
            record_id = self._known.category_id(place)
            if record_id is not None and record_id in known.categories:
                change.stays.add(record_id)
                done.append((row, "skipped"))
                continue
            try:
                category_paths.require_current(
                    self._unit, category_paths.parse(place["dimension"], place["path"])
                )
            except CrmdeskError as error:
                row.run.fail_by(row.number, error, "path")
                continue
            before = self._places_in(known, place["dimension"])
            is_moved = bool(before)
            if record_id is None and self._mode == "update":
                row.fail_unknown("path")
            elif is_moved and self._mode == "create":
                row.fail_differs("path")
            else:
                new[place["dimension"], place["path"]] = place
                if is_moved:
                    row.differs(known.code, "path", before, place["path"])
                else:
                    row.adds(known.code, told(row.values))
                done.append((row, "updated" if is_moved else "created"))
        change.categories = list(new.values())

    def _places_in(self, known: Known, tree: str) -> str:
        """Where the customer stands in a tree, as it is written; empty where he stands nowhere in it."""
        dimension_id = category_paths.dimensions(self._unit).get(tree)
        if dimension_id is None or not known.categories:
            return ""
        nodes = category_paths.nodes_by_id(self._unit, dimension_id)
        paths: list[str] = []
        for record_id in known.categories & nodes.keys():
            names: list[str] = []
            at: int | None = record_id
            while at is not None:
                at, name = nodes[at]
                names.insert(0, name)
            paths.append(category_paths.SEPARATOR.join(names))
        return ", ".join(sorted(paths))

    def _apply(
        self, entry: Entry, known: Known, change: Change, done: list[tuple[Row, str]], active: bool | None
    ) -> None:
        if not change.names and active is None:
            return
        unit = self._unit
        try:
            before = self._known.apply_fields(known, change)
        except CrmdeskError as error:
            if entry.row is None:
                raise
            entry.row.run.fail_by(entry.row.number, error, own_column_of(error.field or "code"))
            entry.row.run.differences.drop(entry.row.number)
            done[:] = [(row, outcome) for row, outcome in done if row is not entry.row]
            change.fields, change.cleared, active = {}, [], None
            if not change.names:
                return
            before = self._known.apply_fields(known, change)
        self._known.apply_rest(known, change, before)
        if active is not None:
            (customers.activate if active else customers.deactivate)(unit, customer=entry.code)
            before["row"]["is_active"] = known.row["is_active"]
            before["version"] += 1
        self._batch.record_change("customer", known.id, before)

    # Refusals

    def _fail_dependents(self, entry: Entry) -> None:
        """The rows of a customer who is not in the book and does not come into it."""
        if entry.is_refused or entry.row is not None:
            message = _("The customer “{code}” was not imported, since his own row was refused.")
            hint = _("Correct that row first.")
        else:
            message = _("There is no customer with the code “{code}”.")
            hint = _("Add it to the sheet of customers, or correct the code.")
        for row in entry.dependents():
            row.fail(
                Code.CUSTOMER_MISSING, message.format(code=entry.code[:40]), "customer", hint, entry.code
            )


def _yes_or_no(row: Row) -> bool | None:
    """Whether a row says retired; None where it does not say."""
    value = row.values.get("retired")
    return value if isinstance(value, bool) else None


def _is_alike(known: KnownCustomers, found: Known, name: str, value: Any) -> bool:
    if name != "credit_limit" and isinstance(value, str) and is_equal(found.row[name], value):
        return True
    try:
        return known.is_same(found, name, value)
    except CrmdeskError:
        return False  # more decimals than the currency has: the change itself is refused
