"""Import of an archive workbook: its sheets read, understood and booked in one transaction (K1).

Every sheet is read in the bound child. Rows are counted and refused sheet by sheet; the answer adds them up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crmdesk.models.errors import Cancelled, Code, InvalidInput, Problem
from crmdesk.services.book import Book
from crmdesk.services.collecting import no_collection
from crmdesk.services.imports import batches, columns_archive, differences, errors_workbook, mapping, plan
from crmdesk.services.imports import run as one_table
from crmdesk.services.imports.archive_importer import ArchiveImporter
from crmdesk.services.imports.archive_rows import SheetRun, gather
from crmdesk.services.imports.batches import Batch
from crmdesk.services.imports.columns_archive import KIND, SHEETS
from crmdesk.services.imports.fault_messages import exception_for
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.kinds import ImportKind
from crmdesk.services.imports.reader import read_table, sheets_of
from crmdesk.services.imports.results import ImportOptions, ImportResult, IsCancelled, Progress
from crmdesk.services.units import Unit
from crmdesk.text import _


def run(
    book: Book,
    path: Path,
    options: ImportOptions,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> ImportResult:
    """Imports the sheets of an archive that a workbook has; other sheets are passed over and named.

    As `imports.run.run`: good rows in one transaction under one audit entry, bad ones reported. Raises also
    `sheet_unknown` when no sheet is one of an archive, `no_table` for a file that is no workbook.
    """
    if options.errors_path is not None:
        errors_workbook.require_folder(options.errors_path)
    with book.read() as connection:
        known = one_table.setting_of(connection)
        prefix = columns_archive.key_prefix(connection)
    runs, notes = _read(path, known, options, is_cancelled)
    total = sum(each.plan.table.row_count for each in runs)
    done = 0

    def step(count: int) -> None:
        nonlocal done
        _require_wanted(is_cancelled)
        done += count
        if progress is not None:
            progress(min(done, total), total)

    batch: str | None = None
    with no_collection(), book.write(options.actor) as unit:
        unit.is_bulk = True
        open_batch = Batch(unit, KIND, path.name, batches.digest_of(path))
        found = gather(runs)
        _require_wanted(is_cancelled)
        ArchiveImporter(unit, open_batch, options.mode, prefix, step).run(found)
        for each in runs:
            each.tally.skipped += each.plan.table.skipped_count
        is_refused = options.is_all_or_nothing and any(each.tally.failed_rows for each in runs)
        if is_refused:
            _refuse_all(runs, path.name)
        errors = _errors(runs)
        if options.errors_path is not None and errors:
            parts = [(each.plan.table, each.tally.errors) for each in runs]
            errors_workbook.write_sheets(options.errors_path, parts)
        if not is_refused and not options.is_dry_run and any(each.tally.has_written for each in runs):
            batch = str(open_batch.id)
            _finish(unit, open_batch, runs, path.name, options)
        changes = unit.changes
    shown, count = differences.merged([each.differences for each in runs])
    return ImportResult(
        kind=KIND,
        file=path.name,
        sheet=None,
        read_count=_sum(runs, "created", "updated", "skipped", "failed"),
        created_count=_sum(runs, "created"),
        updated_count=_sum(runs, "updated"),
        skipped_count=_sum(runs, "skipped"),
        failed_count=_sum(runs, "failed"),
        document_count=0,
        batch=batch,
        errors=errors,
        notes=notes,
        changes=changes,
        errors_path=options.errors_path if errors else None,
        differences=() if is_refused else shown,
        difference_count=0 if is_refused else count,
    )


def _sum(runs: list[SheetRun], *names: str) -> int:
    return sum(getattr(each.tally, name) for each in runs for name in names)


def _require_wanted(is_cancelled: IsCancelled | None) -> None:
    if is_cancelled is not None and is_cancelled():
        raise Cancelled(Code.CANCELLED, _("The import was cancelled; nothing was changed."))


def _chosen(titles: list[str], wanted: str, file: str) -> str:
    """The only sheet that is read, by its name. Raises InvalidInput `sheet_unknown` with those there are."""
    if wanted not in titles:
        known = {title.strip().casefold(): title for title in titles}
        if wanted.strip().casefold() not in known:
            raise exception_for(
                ReadFault(Code.SHEET_UNKNOWN, wanted=wanted[:40], sheets=", ".join(titles)), file
            )
        return known[wanted.strip().casefold()]
    return wanted


def _read(
    path: Path, known: one_table.Setting, options: ImportOptions, is_cancelled: IsCancelled | None
) -> tuple[list[SheetRun], tuple[Problem, ...]]:
    """The sheets of an archive that the workbook has, each read and understood, in the archive's order."""
    titles = sheets_of(path, is_cancelled)
    if options.sheet is not None:
        titles = [_chosen(titles, options.sheet, path.name)]
    by_name: dict[str, str] = {}
    notes: list[Problem] = []
    for title in titles:
        sheet = columns_archive.sheet_called(title)
        if sheet is not None and sheet.name not in by_name:
            by_name[sheet.name] = title
        else:
            message = _("The sheet “{sheet}” is none of an archive; it is left out.").format(sheet=title[:40])
            notes.append(Problem(Code.SHEET_UNKNOWN, message, file=path.name, sheet=title))
    if not by_name:
        names = ", ".join(_(sheet.label) for sheet in SHEETS)
        message = _("No sheet of {file} is one of an archive ({names}).").format(file=path.name, names=names)
        hint = _(
            "Export the archive to see how it is laid out, or import the table as customers or contacts."
        )
        problem = Problem(Code.SHEET_UNKNOWN, message, file=path.name, hint=hint)
        raise InvalidInput(Code.SHEET_UNKNOWN, message, field="file", hint=hint, problems=(problem,))
    runs: list[SheetRun] = []
    for sheet in SHEETS:
        if sheet.name not in by_name:
            continue
        kind = ImportKind(f"{KIND}.{sheet.name}", sheet.label, sheet.columns(known.own), record=sheet.record)
        try:
            table = read_table(
                path,
                sheet=by_name[sheet.name],
                known=plan.known_names(kind.columns),
                cancel=is_cancelled,
                keeps_all=True,
            )
        except InvalidInput as error:
            if error.code is Code.NO_DATA:
                continue  # an archive without tags has an empty sheet of them
            raise
        understood = plan.make(
            table,
            kind,
            kind.columns,
            options.mapping or mapping.EMPTY,
            currency=known.currency,
            is_exact=True,
        )
        runs.append(SheetRun(sheet, understood))
        notes += understood.notes
    return runs, tuple(notes)


def _errors(runs: list[SheetRun]) -> tuple[Problem, ...]:
    return tuple(
        problem for each in runs for problem in sorted(each.tally.errors, key=lambda one: one.row or 0)
    )


def _refuse_all(runs: list[SheetRun], file: str) -> None:
    """All or nothing: the good rows fail with the bad ones."""
    bad = sum(len(each.tally.failed_rows) for each in runs)
    good = _sum(runs, "created", "updated")
    for each in runs:
        each.tally.rolled_back = each.tally.created + each.tally.updated
        each.tally.created = each.tally.updated = 0
    problem = Problem(
        Code.ROLLED_BACK,
        one_table.rolled_back_words(bad, good),
        file=file,
        hint=_("Correct the refused rows, or import without “all or nothing”."),
    )
    runs[0].tally.errors.append(problem)


def _finish(unit: Unit, batch: Batch, runs: list[SheetRun], file: str, options: ImportOptions) -> None:
    """Writes the batch and closes the unit under one audit entry."""
    read = _sum(runs, "created", "updated", "skipped", "failed")
    numbers = (read, *(_sum(runs, name) for name in ("created", "updated", "skipped", "failed")))
    counts: dict[str, int] = dict(zip(batches.COUNTS, numbers, strict=True))
    batch.finish(counts, {})
    if options.at_commit is not None:
        options.at_commit(unit, batch.id, counts)
    summary: dict[str, Any] = {"batch": batch.id, "file": file, "sha256": batch.digest.hex(), **counts}
    unit.changes.everything.add("import_batch")
    unit.finish(f"import.{KIND}", summary)
