"""The rows of an archive workbook, gathered by the customer they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import category_paths, custom_readings, tags
from crmdesk.services.custom_fields import PREFIX, CustomField
from crmdesk.services.custom_readings import NOTHING, Stored
from crmdesk.services.imports import columns_archive as archive
from crmdesk.services.imports import differences
from crmdesk.services.imports.clearing import Cleared
from crmdesk.services.imports.columns_archive import ArchiveSheet
from crmdesk.services.imports.differences import Differences
from crmdesk.services.imports.plan import Plan, Values
from crmdesk.services.imports.results import Tally
from crmdesk.text import _


@dataclass(slots=True)
class SheetRun:
    """One sheet while the workbook is imported: how it was understood, and what became of its rows."""

    sheet: ArchiveSheet
    plan: Plan
    tally: Tally = field(default_factory=Tally)
    differences: Differences = field(init=False)

    def __post_init__(self) -> None:
        self.differences = Differences(_(self.sheet.label))

    def fail(
        self, row: int, code: Code, message: str, name: str = "", hint: str = "", value: Any = None
    ) -> None:
        """Refuses a row of this sheet."""
        self.tally.fail(self.plan.problem(row, code, message, name=name, value=value, hint=hint or None))

    def fail_by(self, row: int, error: CrmdeskError, name: str) -> None:
        """Refuses a row for what a service answered."""
        self.fail(row, error.code, self.plan.in_words(error, name), name, error.hint or "")


class Row(NamedTuple):
    """One row: where it stands and what it says (blank cells are absent)."""

    run: SheetRun
    number: int
    values: Values

    def fail(self, code: Code, message: str, name: str = "", hint: str = "", value: Any = None) -> None:
        """Refuses this row."""
        self.run.fail(self.number, code, message, name, hint, value)

    def _label(self, name: str) -> str:
        return self.run.plan.column_label(name) or name

    def adds(self, code: str, what: str) -> None:
        """Notes that this row makes a new record."""
        self.run.differences.add(self.number, code, "", "", what)

    def differs(self, code: str, name: str, before: Any, after: Any, currency: str = "") -> None:
        """Notes that a cell of this row says otherwise than the book."""
        entry = next((one.field for one in self.run.plan.kind.columns if one.name == name), None)
        texts = [
            str(value or "") if entry is None else differences.words(entry, value, currency)
            for value in (before, after)
        ]
        self.run.differences.add(self.number, code, self._label(name), *texts)

    def differs_own(
        self,
        code: str,
        given: Mapping[str, Any],
        fields: Mapping[str, CustomField],
        held: Mapping[int, Stored],
        currency: str = "",
    ) -> None:
        """Notes the own fields that a row says otherwise."""
        for name, value in given.items():
            before = custom_readings.typed(fields[name], held.get(fields[name].id, NOTHING), {})
            self.differs(code, PREFIX + name, before, value, currency)

    def fail_required(self, name: str) -> None:
        """Refuses this row: a cell must be filled in."""
        message = _("“{field}” is required.").format(field=self._label(name))
        self.fail(Code.REQUIRED, message, name, _("Fill in the cell."))

    def fail_unknown(self, name: str) -> None:
        """Refuses this row: what it would update is not in the book."""
        shown = self.values.get(name) or self.values.get("name") or ""
        self.fail(
            Code.NOT_FOUND,
            _("“{value}” is not in the book, so it cannot be updated.").format(value=str(shown)[:40]),
            name,
            _("Check the code, or import with “upsert”."),
            shown or None,
        )

    def fail_differs(self, *names: str) -> None:
        """Refuses this row: the book has other values, and only new records were asked for."""
        labels = ", ".join(self._label(name) for name in names)
        self.fail(
            Code.DUPLICATE_DIFFERS,
            _("The book has this record already, with other values: {fields}.").format(fields=labels),
            names[0] if names else "",
            _("Import with “update” or “upsert” to take over what the file says."),
            self.values.get(names[0]) if names else None,
        )

    def fail_never_empty(self, name: str) -> None:
        """Refuses this row: it empties what must be there."""
        self.fail(
            Code.REQUIRED,
            _("“{field}” cannot be emptied.").format(field=self._label(name)),
            name,
            _("Write a value, or leave the cell blank to keep what the book has."),
        )

    def fail_primary(self) -> None:
        """Refuses this row: it would leave none or several primary records."""
        self.fail(
            Code.INVALID_CHOICE,
            _("Of a customer's records of one kind exactly one is the primary one."),
            "primary",
            _("Say yes in one row only."),
        )


NEVER_EMPTY = frozenset({"name", "kind", "title", "active", "primary"})


def is_equal(held: Any, value: Any) -> bool:
    """Whether a cell says what the book holds."""
    if held == value:
        return True
    if isinstance(held, str) and isinstance(
        value, str
    ):  # a text may hold the workbook's name of a sign itself
        return held.replace("_xFFFE_", "\ufffe").replace("_xFFFF_", "\uffff") == value
    return False


def told(values: Mapping[str, Any]) -> str:
    """What a new record is called in one line: its name, title, street, path or tag."""
    place = [str(values[name]) for name in ("province", "city", "district", "street") if values.get(name)]
    path = [str(values[name]) for name in ("dimension", "path") if values.get(name)]
    names = [str(values[name]) for name in ("name", "title", "tag") if values.get(name)]
    return next(filter(None, (" ".join(names), " ".join(place), category_paths.SEPARATOR.join(path))), "")


def is_blank(held: Any) -> bool:
    """Whether there is nothing that a cell could empty."""
    return held in (None, "")


def own_of(row: Row, fields: Mapping[str, CustomField], held: Mapping[int, Stored]) -> dict[str, Any]:
    """What a row says of own fields and the record does not hold; None empties one. Of a new record: everything."""
    given: dict[str, Any] = {}
    for column, value in row.values.items():
        if not column.startswith(PREFIX):
            continue
        name = column.removeprefix(PREFIX)
        stored = held.get(fields[name].id, NOTHING) if name in fields else NOTHING
        if isinstance(value, Cleared):
            if stored != NOTHING and not is_blank(stored.text or stored.number):
                given[name] = None
        elif stored.text is None or not is_equal(stored.text, value):
            given[name] = value
    return given


@dataclass(slots=True)
class Entry:
    """Everything that the workbook says of one customer."""

    code: str
    row: Row | None = None
    is_refused: bool = False
    """Whether his own row could not be read."""
    parts: dict[str, list[Row]] = field(default_factory=dict)
    categories: list[tuple[Row, dict[str, str]]] = field(default_factory=list)
    tags: list[tuple[Row, str]] = field(default_factory=list)

    def dependents(self) -> Iterator[Row]:
        """The rows of the other sheets."""
        for rows in self.parts.values():
            yield from rows
        yield from (row for row, _entry in self.categories)
        yield from (row for row, _name in self.tags)


@dataclass(slots=True)
class Gathered:
    """The rows of a workbook: by customer, and those that say what trees and tags there are."""

    entries: dict[str, Entry] = field(default_factory=dict)
    trees: list[tuple[Row, str, category_paths.Path | None]] = field(default_factory=list)
    """(row, name of the tree, path of a category in it)"""
    tags: list[tuple[Row, str, str]] = field(default_factory=list)
    """(row, name, colour or empty)"""

    def entry(self, code: str) -> Entry:
        """What is said of a customer."""
        found = self.entries.get(code)
        if found is None:
            found = self.entries[code] = Entry(code)
        return found


def gather(runs: list[SheetRun]) -> Gathered:
    """Reads the rows of all sheets; a row that cannot be read is refused in its sheet."""
    found = Gathered()
    for run in runs:
        take = _TAKERS.get(run.sheet.name, _take_part)
        for block in run.plan.rows(run.tally.fail):
            for number, values, is_good, is_wanted in block:
                if is_wanted:
                    take(found, Row(run, number, values), is_good)
    return found


def _missing(row: Row, name: str) -> bool:
    value = row.values.get(name)
    if value is not None and not isinstance(value, Cleared):
        return False
    row.fail_required(name)
    return True


def _take_customer(found: Gathered, row: Row, is_good: bool) -> None:
    code = row.values.get("code")
    if not is_good:
        if code:
            found.entry(code).is_refused = True
        return
    if _missing(row, "code"):
        return
    entry = found.entry(row.values["code"])
    if entry.row is not None or entry.is_refused:
        rows = [row] if entry.row is None else [entry.row, row]
        entry.row, entry.is_refused = None, True
        for one in rows:
            one.fail(
                Code.DUPLICATE_IN_FILE,
                _("“{value}” stands in this sheet more than once.").format(value=entry.code[:40]),
                "code",
                _("Keep one of them."),
                entry.code,
            )
        return
    entry.row = row


def _take_part(found: Gathered, row: Row, is_good: bool) -> None:
    if is_good and not _missing(row, "customer"):
        entry = found.entry(row.values["customer"])
        entry.parts.setdefault(row.run.sheet.part, []).append(row)


def _take_category(found: Gathered, row: Row, is_good: bool) -> None:
    if not is_good or _missing(row, "dimension"):
        return
    values = row.values
    path: category_paths.Path | None = None
    if "path" in values or "customer" in values:
        if _missing(row, "path"):
            return
        try:
            path = category_paths.parse(values["dimension"], values["path"])
        except CrmdeskError as error:
            row.run.fail_by(row.number, error, "path")
            return
    if "customer" in values:
        entry = {"dimension": values["dimension"], "path": values["path"]}
        found.entry(values["customer"]).categories.append((row, entry))
    else:
        found.trees.append((row, values["dimension"], path))


def _take_tag(found: Gathered, row: Row, is_good: bool) -> None:
    if not is_good or _missing(row, "tag"):
        return
    try:
        (name,) = tags.parse([row.values["tag"]])
    except CrmdeskError as error:
        row.run.fail_by(row.number, error, "tag")
        return
    if "customer" in row.values:
        found.entry(row.values["customer"]).tags.append((row, name))
    else:
        found.tags.append((row, name, row.values.get("colour", "")))


_TAKERS = {
    archive.CUSTOMERS: _take_customer,
    archive.CATEGORIES: _take_category,
    archive.TAGS: _take_tag,
}
