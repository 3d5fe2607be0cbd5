"""Rows of records that may be changed: customers and products. Create, update and upsert by key."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services.imports.importing import Importer, Running
from crmdesk.services.imports.plan import PlannedRow
from crmdesk.text import _

_BLOCK = 1_000
_WRITTEN_BLOCKS = 5
"""So many blocks are written at once where no look-up writes them sooner: fewer turns between Python and SQLite, which
each find the processor's caches full of the other's."""
_NOTES_MAX = 200


class MasterImporter(Importer):
    """Gathers the rows, refuses doubles within the file, then books block by block."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self._rows: list[PlannedRow] = []
        self._keys: list[Any] = []
        self._doubled: set[Any] = set()
        self._seen: set[Any] = set()

    @abstractmethod
    def key_of(self, row: PlannedRow) -> Any:
        """What tells one record of the file from another."""

    @abstractmethod
    def key_column(self, row: PlannedRow) -> str:
        """The name of the column with the key."""

    @abstractmethod
    def require(self, row: PlannedRow) -> str | None:
        """The name of a required column that is blank in this row."""

    @abstractmethod
    def load(self, rows: list[PlannedRow]) -> None:
        """Looks up what the book has of a block of rows."""

    @abstractmethod
    def find(self, row: PlannedRow) -> Any | None:
        """The record a row is about, or None when it is new."""

    @abstractmethod
    def create(self, row: PlannedRow) -> None:
        """Makes a record."""

    @abstractmethod
    def difference(self, row: PlannedRow, found: Any) -> Any | None:
        """What the row says otherwise than the book; None when nothing."""

    @abstractmethod
    def apply(self, row: PlannedRow, found: Any, change: Any) -> None:
        """Changes a record."""

    @abstractmethod
    def revive(self, row: PlannedRow, found: Any) -> bool:
        """Takes a record into use again that an undone import had to leave, with what its row says; else False."""

    @abstractmethod
    def column_of(self, error: CrmdeskError) -> str:
        """Which column a refusal is about."""

    def take(self, rows: list[PlannedRow]) -> None:
        """Keeps the rows: whether a key stands twice is known at the end, also where only some are to be taken."""
        for row in rows:
            if not row.is_good:
                continue
            missing = self.require(row)
            if missing is not None:
                if not row.is_wanted:
                    continue
                label = self.plan.entries[missing].label() if missing in self.plan.entries else missing
                self.running.fail(
                    row.number,
                    Code.REQUIRED,
                    _("“{field}” is required.").format(field=self.plan.column_label(missing) or label),
                    name=missing,
                    hint=_("Fill in the cell."),
                )
                continue
            key = self.key_of(row)
            if key in self._seen:
                self._doubled.add(key)
            self._seen.add(key)
            self._rows.append(row)
            self._keys.append(key)

    def finish(self) -> None:
        """Books the rows."""
        self._seen.clear()
        if self._doubled:
            self._drop_doubles()
        self._keys.clear()
        self._rows = [row for row in self._rows if row.is_wanted]
        for number, start in enumerate(range(0, len(self._rows), _BLOCK), start=1):
            block = self._rows[start : start + _BLOCK]
            self.load(block)
            for row in block:
                self._book(row)
            if number % _WRITTEN_BLOCKS == 0:
                self.unit.flush()
            self.running.step(len(block))
        self.unit.flush()

    def _drop_doubles(self) -> None:
        by_key: dict[Any, list[PlannedRow]] = {key: [] for key in self._doubled}
        kept: list[PlannedRow] = []
        for row, key in zip(self._rows, self._keys, strict=True):
            by_key[key].append(row) if key in by_key else kept.append(row)
        for same in by_key.values():
            self.fail_doubles(same, self.key_column(same[0]))
        self._rows = kept

    def _book(self, row: PlannedRow) -> None:
        warnings_before = len(self.unit.warnings)
        try:
            self._create_or_change(row)
        except CrmdeskError as error:
            self.running.fail_by(row, error, self.column_of(error))
        if len(self.unit.warnings) > warnings_before:
            self._keep_warnings(row, warnings_before)

    def _create_or_change(self, row: PlannedRow) -> None:
        found = self.find(row)
        mode = self.running.options.mode
        if found is None:
            if mode == "update":
                name = self.key_column(row)
                self.running.fail(
                    row.number,
                    Code.NOT_FOUND,
                    _("“{value}” is not in the book, so it cannot be updated.").format(
                        value=str(row.values.get(name, ""))[:40]
                    ),
                    name=name,
                    value=row.values.get(name),
                    hint=_("Check the code, or import with “upsert”."),
                )
                return
            self.create(row)
            self.tally.created += 1
            return
        if mode != "update" and self.revive(row, found):
            self.tally.created += 1  # to the user it was gone: an undone import can be repeated
            return
        change = self.difference(row, found)
        if change is None:
            self.tally.skipped += 1
        elif mode == "create":
            name = self.key_column(row)
            self.running.fail(
                row.number,
                Code.DUPLICATE_DIFFERS,
                _("“{value}” is in the book already, with other values: {fields}.").format(
                    value=str(row.values.get(name, ""))[:40], fields=", ".join(self._labels(change))
                ),
                name=name,
                value=row.values.get(name),
                hint=_("Import with “update” or “upsert” to take over what the file says."),
            )
        else:
            self.apply(row, found, change)
            self.tally.updated += 1

    def _labels(self, change: Any) -> list[str]:
        return [self.plan.column_label(name) or name for name in change.names]

    def _keep_warnings(self, row: PlannedRow, start: int) -> None:
        """Turns the services' warnings into notes that name the row; many of them are counted only."""
        for warning in self.unit.warnings[start:]:
            if len(self.tally.notes) < _NOTES_MAX:
                self.tally.note(
                    self.plan.problem(
                        row.number, Code(warning["code"]), warning["message"], name=warning.get("field", "")
                    )
                )
        del self.unit.warnings[start:]
