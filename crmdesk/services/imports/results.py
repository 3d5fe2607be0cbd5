"""What an import is asked to do, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from crmdesk.models.errors import Code, Problem
from crmdesk.services.changes import Changes
from crmdesk.services.imports.differences import Difference
from crmdesk.services.imports.mapping import Mapping
from crmdesk.services.imports.table import Corrections
from crmdesk.services.units import Unit

Mode = Literal["create", "update", "upsert"]
Progress = Callable[[int, int], None]
"""progress(rows done, rows in all)"""
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import; the defaults are those of the command line."""

    mode: Mode = "create"
    mapping: Mapping | None = None
    """None: the one saved for such a header, or guessed."""
    sheet: str | None = None
    encoding: str | None = None
    is_dry_run: bool = False
    """Does everything and keeps nothing; the answer is the same, without a batch."""
    is_all_or_nothing: bool = False
    errors_path: Path | None = None
    """Where to write the refused rows with their reasons."""
    corrections: Corrections = field(default_factory=dict)
    """Row -> column index -> what is taken instead of what stands in the file."""
    only_rows: frozenset[int] | None = None
    """The rows to take (those refused before, tried again); None takes all."""
    actor: str = ""
    account: str = ""
    """The money account that a bank statement is of; empty: the one that fits the file."""
    at_commit: Callable[[Unit, int, dict[str, int]], None] | None = None
    """Called with the unit, the batch and its counts in the transaction that books them, before it ends."""


class RefusedRow(NamedTuple):
    """A refused row: its number in the file and its cells as text."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The answer of an import: `read_count` = created + updated + skipped + failed rows."""

    kind: str
    file: str
    sheet: str | None
    read_count: int
    created_count: int
    updated_count: int
    skipped_count: int
    failed_count: int
    document_count: int
    """Posted documents (an invoice may take several rows)."""
    batch: str | None
    """The name by which `undo-import` takes it back; None when nothing was written."""
    errors: tuple[Problem, ...]
    """Every refused row at least once, in the order of the file."""
    notes: tuple[Problem, ...] = ()
    """What the user should know; nothing of it was refused."""
    changes: Changes = field(default_factory=Changes)
    errors_path: Path | None = None
    """The workbook with the refused rows, where one was written."""
    refused: tuple[RefusedRow, ...] = ()
    """The first refused rows as they stand in the file, for correcting them in place."""
    column_names: tuple[str, ...] = ()
    """What `Problem.column` calls each column."""
    differences: tuple[Difference, ...] = ()
    """Of an archive: what it changes, cell by cell; the first of them where there are very many."""
    difference_count: int = 0

    def as_json(self) -> dict[str, Any]:
        """The JSON of the command line (cli.md, Import); of a workbook of several sheets a row also has its sheet."""
        return {
            "read": self.read_count,
            "created": self.created_count,
            "updated": self.updated_count,
            "skipped": self.skipped_count,
            "failed": self.failed_count,
            "documents": self.document_count,
            "batch": self.batch,
            "errors": [
                {
                    **({} if self.sheet is not None or problem.sheet is None else {"sheet": problem.sheet}),
                    "row": problem.row,
                    "column": problem.column,
                    "value": problem.value,
                    "code": str(problem.code),
                    "message": f"{problem.message} {problem.hint}" if problem.hint else problem.message,
                }
                for problem in self.errors
            ],
        }


@dataclass(slots=True)
class Tally:
    """Rows counted while an import runs."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    documents: int = 0
    rolled_back: int = 0
    """Good rows that were not taken because others were refused (all or nothing)."""
    failed_rows: set[int] = field(default_factory=set)
    errors: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    noted: set[tuple[Code, str]] = field(default_factory=set)

    @property
    def has_written(self) -> bool:
        """Whether anything was created or changed."""
        return self.created > 0 or self.updated > 0

    @property
    def failed(self) -> int:
        """Rows that were refused, for themselves or with the others."""
        return len(self.failed_rows) + self.rolled_back

    def fail(self, problem: Problem) -> None:
        """Counts a refused row; several problems of a row count once."""
        if problem.row is not None:
            self.failed_rows.add(problem.row)
        self.errors.append(problem)

    def note(self, problem: Problem) -> None:
        """Keeps a note, each once."""
        key = (problem.code, problem.message)
        if key not in self.noted:
            self.noted.add(key)
            self.notes.append(problem)
