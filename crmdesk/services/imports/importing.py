"""What every importer works with: the transaction, the plan, the count of rows, the batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from crmdesk.models.errors import Cancelled, Code, CrmdeskError
from crmdesk.services.imports.batches import Batch
from crmdesk.services.imports.plan import Plan, PlannedRow
from crmdesk.services.imports.results import ImportOptions, IsCancelled, Progress, Tally
from crmdesk.services.units import Unit
from crmdesk.text import _


@dataclass(slots=True)
class Running:
    """One import while it runs."""

    unit: Unit
    plan: Plan
    options: ImportOptions
    tally: Tally
    batch: Batch
    progress: Progress | None = None
    is_cancelled: IsCancelled | None = None
    done: int = 0

    def step(self, row_count: int) -> None:
        """Says how far the import is; raises Cancelled when the user wants to stop."""
        if self.is_cancelled is not None and self.is_cancelled():
            raise Cancelled(Code.CANCELLED, _("The import was cancelled; nothing was changed."))
        self.done += row_count
        if self.progress is not None:
            self.progress(min(self.done, self.plan.table.row_count), self.plan.table.row_count)

    def fail(
        self,
        row: int,
        code: Code,
        message: str,
        *,
        name: str = "",
        value: Any = None,
        hint: str | None = None,
    ) -> None:
        """Refuses a row."""
        self.tally.fail(self.plan.problem(row, code, message, name=name, value=value, hint=hint))

    def note(self, code: Code, message: str, *, name: str = "") -> None:
        """Tells something about the whole file."""
        self.tally.note(self.plan.problem(None, code, message, name=name))

    def fail_by(self, row: PlannedRow, error: CrmdeskError, name: str) -> None:
        """Refuses a row for what a service answered; `name` is the column that the answer is about."""
        message = self.plan.in_words(error, name)
        self.fail(row.number, error.code, message, name=name, value=row.values.get(name), hint=error.hint)


class Importer(ABC):
    """Makes records of one kind out of planned rows, inside one transaction."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.unit = running.unit
        self.plan = running.plan
        self.tally = running.tally
        self.batch = running.batch

    @abstractmethod
    def take(self, rows: list[PlannedRow]) -> None:
        """Takes a block of rows; those marked as not good are refused already."""

    @abstractmethod
    def finish(self) -> None:
        """Does what needs all rows."""

    def fail_doubles(self, rows: list[PlannedRow], name: str) -> None:
        """Refuses rows of one key with `duplicate_in_file`; those not to be taken are named only."""
        places = ", ".join(str(row.number) for row in rows[:10]) + (" …" if len(rows) > 10 else "")
        for row in rows:
            if row.is_wanted:
                self.running.fail(
                    row.number,
                    Code.DUPLICATE_IN_FILE,
                    _("“{value}” stands in the file more than once: rows {rows}.").format(
                        value=str(row.values.get(name, ""))[:40], rows=places
                    ),
                    name=name,
                    value=row.values.get(name),
                    hint=_("Keep one of them."),
                )
