"""Rows that become posted documents: grouped, compared with the book, booked one by one in one transaction.

A posted document never changes: one with a number that the book has is skipped when it is equal and refused otherwise,
in every mode. One without a number is known again by what its row says (`batches`).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crmdesk.models.errors import Code, CrmdeskError, NotFound
from crmdesk.services import custom_values, posted
from crmdesk.services.imports import batches
from crmdesk.services.imports.columns import own_column_of, own_values
from crmdesk.services.imports.importing import Importer, Running
from crmdesk.services.imports.parties import Parties
from crmdesk.services.imports.plan import PlannedRow
from crmdesk.services.posted import Posted
from crmdesk.text import _

_BLOCK = 1_000
VOID_STATES = frozenset(
    {"void", "voided", "cancelled", "canceled", "reversed", "draft"}
    | {"作废", "已作废", "已冲销", "冲销", "草稿", "已取消"}
)
"""What a sheet says of documents that claim nothing."""


@dataclass(slots=True)
class Sheaf:
    """The rows of one document."""

    rows: list[PlannedRow]
    number: str | None
    customer: str = ""
    key: str | None = None
    """The key a row without a number is remembered by."""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def first(self) -> PlannedRow:
        """Its first row."""
        return self.rows[0]

    @property
    def wanted(self) -> list[PlannedRow]:
        """Its rows that are to be taken; another import has taken the others."""
        return [row for row in self.rows if row.is_wanted]


class RowRefused(Exception):
    """A document is refused for something in one of its rows."""

    def __init__(self, row: PlannedRow, code: Code, message: str, name: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.row = row
        self.code = code
        self.message = message
        self.name = name
        self.hint = hint


class DocumentsImporter(Importer):
    """Gathers the rows, then books document by document."""

    posted_kind: str
    """The kind of the documents in the ledger."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self.parties = Parties(self.unit)
        self._rows: list[PlannedRow] = []

    @abstractmethod
    def content(self, sheaf: Sheaf) -> tuple[Any, ...]:
        """What a document without a number is known again by."""

    @abstractmethod
    def is_equal(self, sheaf: Sheaf, found: Posted) -> bool:
        """Whether the book's document of this number says the same."""

    @abstractmethod
    def book(self, sheaf: Sheaf) -> str:
        """Books a document and gives its number."""

    def prepare(self, sheaves: list[Sheaf]) -> None:
        """Looks up what a block of documents needs."""

    def take(self, rows: list[PlannedRow]) -> None:
        """Keeps the rows: a document may be spread over the file. Void documents are passed over."""
        for row in rows:
            if row.is_good and row.values.get("state", "").casefold() in VOID_STATES:
                self.tally.skipped += row.is_wanted
            else:
                self._rows.append(row)

    def finish(self) -> None:
        """Books the documents by date, those of one day in the order of the file."""
        for row in self._rows:
            if "customer" not in row.values and "customer_name" in row.values:
                row.values["customer"] = row.values["customer_name"]
        self.parties.load(row.values["customer"] for row in self._rows if "customer" in row.values)
        sheaves = [sheaf for sheaf in self._sheaves() if self._is_complete(sheaf)]
        self._rows = []
        sheaves.sort(key=lambda sheaf: (sheaf.first.values.get("date") or date.max, sheaf.first.number))
        self._name_the_nameless(sheaves)
        sheaves = [sheaf for sheaf in sheaves if sheaf.wanted]
        for start in range(0, len(sheaves), _BLOCK):
            block = sheaves[start : start + _BLOCK]
            numbers = [sheaf.number for sheaf in block if sheaf.number is not None]
            posted.prefetch(self.unit, (self.posted_kind,), numbers)
            self.prepare(block)
            for sheaf in block:
                self._book(sheaf)
            self.unit.flush()
            self.running.step(sum(len(sheaf.wanted) for sheaf in block))

    # Grouping

    def _sheaves(self) -> list[Sheaf]:
        by_number: dict[str, Sheaf] = {}
        sheaves: list[Sheaf] = []
        for row in self._rows:
            number = row.values.get("number")
            if number is None:
                sheaves.append(Sheaf([row], None))
            elif number in by_number:
                by_number[number].rows.append(row)
            else:
                by_number[number] = Sheaf([row], number)
                sheaves.append(by_number[number])
        return sheaves

    def are_doubles(self, sheaf: Sheaf) -> bool:
        """Whether several rows of one number are not the lines of one document."""
        return len(sheaf.rows) > 1

    def _is_complete(self, sheaf: Sheaf) -> bool:
        """Refuses a document with a bad row, twice the same number, or an unknown customer."""
        bad = next((row for row in sheaf.rows if not row.is_good), None)
        if bad is not None:
            self._fail_others(sheaf, bad)
            return False
        if self.are_doubles(sheaf):
            self.fail_doubles(sheaf.rows, "number")
            return False
        try:
            sheaf.customer = self.customer_of(sheaf)
        except CrmdeskError as error:
            self._fail(sheaf, sheaf.first, error.code, error.message, "customer", error.hint)
            return False
        return True

    def customer_of(self, sheaf: Sheaf) -> str:
        """The code of the customer."""
        written = next((row.values["customer"] for row in sheaf.rows if "customer" in row.values), None)
        if written is None:
            raise NotFound(
                Code.CUSTOMER_MISSING, _("The row names no customer."), hint=_("Fill in the customer's code.")
            )
        return self.parties.code_of(written)

    def _name_the_nameless(self, sheaves: list[Sheaf]) -> None:
        """Gives documents without a number their keys, and skips those that are in the book.

        Where only some rows are taken, what the book has belongs to the others first: of two equal rows one may have
        been refused, and it is no less a document for that.
        """
        nameless = [sheaf for sheaf in sheaves if sheaf.number is None]
        if not nameless:
            return
        nameless.sort(key=lambda sheaf: sheaf.first.is_wanted)
        keys = self.batch.keys_of([self.content(sheaf) for sheaf in nameless])
        free = self.batch.free_keys(keys)
        if not nameless[0].first.is_wanted:
            keys = batches.known_first(keys, free)
        known: set[int] = set()
        for sheaf, key in zip(nameless, keys, strict=True):
            if key in free:
                sheaf.key = free[key]
            else:
                known.add(id(sheaf))
                self.tally.skipped += len(sheaf.wanted)
        sheaves[:] = [sheaf for sheaf in sheaves if id(sheaf) not in known]

    # Booking

    def _book(self, sheaf: Sheaf) -> None:
        unit = self.unit
        warnings_before = len(unit.warnings)
        try:
            found = (
                posted.look_up(unit, (self.posted_kind,), sheaf.number) if sheaf.number is not None else None
            )
            if found is not None and not (found.reversed_on is not None and self.batch.is_undone(found.id)):
                self._compare(sheaf, found)
            elif self.running.options.mode == "update":
                self._fail(
                    sheaf,
                    sheaf.first,
                    Code.NOT_FOUND,
                    _("There is no such document in the book, so it cannot be updated."),
                    "number",
                    _("Import with “create” or “upsert”."),
                )
            else:
                self._create(sheaf)
        except RowRefused as refused:
            self._fail(sheaf, refused.row, refused.code, refused.message, refused.name, refused.hint)
        except CrmdeskError as error:
            row, name = self.place_of(sheaf, error.field or "")
            self._fail(sheaf, row, error.code, self.plan.in_words(error, name), name, error.hint)
        if len(unit.warnings) > warnings_before:
            for warning in unit.warnings[warnings_before:]:
                self.running.note(Code(warning["code"]), warning["message"])
            del unit.warnings[warnings_before:]

    def _create(self, sheaf: Sheaf) -> None:
        number = self.book(sheaf)
        if sheaf.key is not None:
            self.batch.remember_key(sheaf.key, number)
        self.tally.created += len(sheaf.wanted)
        self.tally.documents += 1

    def _compare(self, sheaf: Sheaf, found: Posted) -> None:
        if self.is_equal(sheaf, found) and self._has_own_values(sheaf, found):
            self.tally.skipped += len(sheaf.wanted)
            return
        self._fail(
            sheaf,
            sheaf.first,
            Code.DUPLICATE_DIFFERS,
            _("{number} is in the book already, with other values.").format(number=sheaf.number),
            "number",
            _("A posted document is never changed: void it and issue a new one, or correct the file."),
        )

    def _has_own_values(self, sheaf: Sheaf, found: Posted) -> bool:
        """Whether the book's document has the own fields that the rows name."""
        given: dict[str, Any] = {}
        for row in reversed(sheaf.rows):
            given |= own_values(row.values)
        return not given or custom_values.agrees(self.unit, found.kind, found.id, given, found.currency)

    def place_of(self, sheaf: Sheaf, field_name: str) -> tuple[PlannedRow, str]:
        """The row and column that a service's refusal is about."""
        own = own_column_of(field_name)
        if own != field_name:
            return next((row for row in sheaf.rows if own in row.values), sheaf.first), own
        return sheaf.first, field_name.partition(".")[0].partition("[")[0]

    # Refusing

    def _fail(
        self, sheaf: Sheaf, row: PlannedRow, code: Code, message: str, name: str, hint: str | None = None
    ) -> None:
        if not row.is_wanted:
            if not sheaf.wanted:
                return
            row = sheaf.wanted[0]  # what is said of the document is said at a row that can be corrected
        self.running.fail(row.number, code, message, name=name, value=row.values.get(name), hint=hint)
        self._fail_others(sheaf, row)

    def _fail_others(self, sheaf: Sheaf, bad: PlannedRow) -> None:
        """A document fails with all its rows."""
        for row in sheaf.wanted:
            if row is not bad and row.is_good:
                self.running.fail(
                    row.number,
                    Code.ROLLED_BACK,
                    _("{number} is refused as a whole because of row {row}.").format(
                        number=sheaf.number or _("The document"), row=bad.number
                    ),
                    name="number",
                    value=sheaf.number,
                )
