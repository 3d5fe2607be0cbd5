"""An import from file to book: read, understand, book the good rows in one transaction, report the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, select

from crmdesk.models.errors import Cancelled, Code
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.products import tax_rate
from crmdesk.services import settings
from crmdesk.services.book import Book
from crmdesk.services.collecting import no_collection
from crmdesk.services.custom_fields import CustomField, everything
from crmdesk.services.imports import batches, errors_workbook, kinds, mapping, plan, wire
from crmdesk.services.imports.batches import Batch
from crmdesk.services.imports.importing import Running
from crmdesk.services.imports.kinds import ImportKind
from crmdesk.services.imports.mapping import Mapping
from crmdesk.services.imports.numbers import Mark
from crmdesk.services.imports.plan import Plan
from crmdesk.services.imports.reader import read_table
from crmdesk.services.imports.results import (
    ImportOptions,
    ImportResult,
    IsCancelled,
    Progress,
    RefusedRow,
    Tally,
)
from crmdesk.services.imports.sheet_scan import column_letters
from crmdesk.services.imports.table import Table
from crmdesk.text import N_, _, counted_each

REFUSED_KEPT_MAX = 500
"""So many refused rows are given back for correcting; the rest goes through the workbook."""
DEFAULT_OPTIONS = ImportOptions()
ARCHIVE = "archive"
"""The kind that is a workbook of several sheets."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What understanding a table needs to know of the book."""

    currency: str | None
    """The one currency of the book; None when some customer has another one."""
    dimensions: tuple[str, ...]
    rates: tuple[Decimal, ...]
    saved: dict
    own: tuple[CustomField, ...] = ()
    """The book's own fields in use, of all records."""


def setting_of(connection: Connection) -> Setting:
    """Currency, category trees, tax rates and saved mappings of a book."""
    book_settings = settings.load(connection)
    rates = connection.execute(select(tax_rate.c.rate)).scalars()
    others = select(customer.c.id).where(customer.c.currency.not_in(("", book_settings.currency))).limit(1)
    return Setting(
        book_settings.currency if connection.execute(others).first() is None else None,
        tuple(kinds.dimension_names(connection)),
        tuple(Decimal(rate) for rate in rates),
        book_settings.import_mappings,
        tuple(entry for entry in everything(connection) if entry.is_active),
    )


def run(
    book: Book,
    kind_name: str,
    path: Path,
    options: ImportOptions = DEFAULT_OPTIONS,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> ImportResult:
    """Imports a table into the book and answers what became of every row.

    Good rows are booked in one transaction under one audit entry, bad ones reported; with `is_all_or_nothing` a bad
    row keeps out all. Raises what `read_table` raises, `header_unmapped` and its kin for a table that is not
    understood, `target_exists` for the errors workbook, and Cancelled: then nothing was changed.
    """
    if kind_name == ARCHIVE:
        from crmdesk.services.imports import archive  # it reads a book by this module's words

        return archive.run(book, path, options, progress, is_cancelled)
    kind = kinds.find(kind_name)
    if options.errors_path is not None:
        errors_workbook.require_folder(options.errors_path)
    with book.read() as connection:
        known = setting_of(connection)
    table = read(kind, path, options, known, progress, is_cancelled)
    if options.corrections or options.only_rows is not None:
        table = table.revised(options.corrections, options.only_rows)
    understood = understand(table, kind, options.mapping, known)
    return _book_rows(book, path, understood, options, progress, is_cancelled)


def read(
    kind: ImportKind,
    path: Path,
    options: ImportOptions,
    known: Setting,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Table:
    """The table of a file; its header row is told by the names that this kind knows."""
    given = options.mapping or mapping.EMPTY
    entries = kinds.columns_of(kind, known.dimensions, (), given, known.own)
    return read_table(
        path,
        sheet=options.sheet,
        encoding=options.encoding,
        known=plan.known_names(entries),
        header_row=given.header_row,
        progress=None if progress is None else lambda rows: progress(0, rows),
        cancel=is_cancelled,
        task={"bank": wire.STATEMENT, "contacts": wire.CARDS}.get(kind.name, ""),
    )


def understand(table: Table, kind: ImportKind, given: Mapping | None, known: Setting) -> Plan:
    """The plan of a table, by the mapping given, the one saved for such a header, or the names alone."""
    chosen = given if given is not None else mapping.saved_for(known.saved, kind.name, table.header)
    chosen = chosen or mapping.EMPTY
    if table.format in kinds.POINT_FORMATS:
        chosen = replace(chosen, decimal=Mark.POINT)
    entries = kinds.columns_of(kind, known.dimensions, table.header, chosen, known.own)
    # a statement is in its account's currency, whatever the book's is
    currency = None if kind.name == "bank" else known.currency
    return plan.make(
        table,
        kind,
        entries,
        chosen,
        currency=currency,
        known_rates=known.rates,
        is_exact=table.format == "vcf",
    )


def _book_rows(
    book: Book,
    path: Path,
    understood: Plan,
    options: ImportOptions,
    progress: Progress | None,
    is_cancelled: IsCancelled | None,
) -> ImportResult:
    tally = Tally()
    kind, table = understood.kind, understood.table
    batch: str | None = None
    with no_collection(), book.write(options.actor) as unit:
        unit.is_bulk = True
        open_batch = Batch(unit, kind.name, table.file, batches.digest_of(path))
        running = Running(unit, understood, options, tally, open_batch, progress, is_cancelled)
        importer = kinds.importer_of(kind)(running)
        for block in understood.rows(tally.fail):
            importer.take(block)
            if is_cancelled is not None and is_cancelled():
                raise Cancelled(Code.CANCELLED, _("The import was cancelled; nothing was changed."))
        importer.finish()
        tally.skipped += table.skipped_count
        is_refused = options.is_all_or_nothing and bool(tally.failed_rows)
        if is_refused:
            _refuse_all(tally, understood)
        errors = tuple(sorted(tally.errors, key=lambda problem: problem.row or 0))
        if options.errors_path is not None and errors:
            # before the commit: if it cannot be written, nothing is imported either
            errors_workbook.write(options.errors_path, table, errors)
        if tally.has_written and not options.is_dry_run and not is_refused:
            batch = str(open_batch.id)
            _finish(running)
        changes = unit.changes
    result = ImportResult(
        kind=kind.name,
        file=table.file,
        sheet=table.sheet,
        read_count=table.read_count,
        created_count=tally.created,
        updated_count=tally.updated,
        skipped_count=tally.skipped,
        failed_count=tally.failed,
        document_count=tally.documents,
        batch=batch,
        errors=errors,
        notes=(*understood.notes, *tally.notes),
        changes=changes,
        errors_path=options.errors_path if errors else None,
        refused=_refused_rows(table, tally.failed_rows),
        column_names=tuple(name or column_letters(place) for place, name in enumerate(table.header)),
    )
    counted = result.created_count + result.updated_count + result.skipped_count + result.failed_count
    if counted != result.read_count:
        raise AssertionError(f"{counted} rows accounted for of {result.read_count} read")
    return result


def _refused_rows(table: Table, failed: set[int]) -> tuple[RefusedRow, ...]:
    found: list[RefusedRow] = []
    wanted = len(failed) if len(failed) < REFUSED_KEPT_MAX else REFUSED_KEPT_MAX
    if wanted:
        for number, cells in table.rows():
            if number in failed:
                found.append(RefusedRow(number, tuple(map(plan.shown, cells))))
                if len(found) == wanted:
                    break
    return tuple(found)


def _finish(running: Running) -> None:
    """Writes the batch, remembers the mapping and closes the unit under one audit entry."""
    tally, understood, unit = running.tally, running.plan, running.unit
    numbers = (understood.table.read_count, tally.created, tally.updated, tally.skipped, tally.failed)
    counts: dict[str, int] = dict(zip(batches.COUNTS, numbers, strict=True))
    columns = {name: understood.table.header[index] for name, index in understood.assignment.by_name.items()}
    running.batch.finish(counts, columns)
    if running.options.at_commit is not None:
        running.options.at_commit(unit, running.batch.id, counts)
    given = running.options.mapping
    if given is not None and not given.is_empty:
        saved = mapping.with_saved(
            unit.settings.import_mappings, understood.kind.name, understood.table.header, given
        )
        if saved != unit.settings.import_mappings:
            unit.save_settings(import_mappings=saved)
    summary = {
        "batch": running.batch.id,
        "file": understood.table.file,
        "sha256": running.batch.digest.hex(),
        "documents": tally.documents,
        "columns": columns,
        **counts,
    }
    unit.changes.everything.add("import_batch")
    unit.finish(f"import.{understood.kind.name}", summary)


def rolled_back_words(bad: int, good: int) -> str:
    """What is said of an import that takes all rows or none."""
    return counted_each(
        N_("Nothing was imported: {bad} rows were refused, so {good} good ones were not taken either."),
        {"bad": bad, "good": good},
    )


def _refuse_all(tally: Tally, understood: Plan) -> None:
    """All or nothing: the good rows fail with the bad ones."""
    bad = len(tally.failed_rows)
    tally.rolled_back = tally.created + tally.updated
    tally.created = tally.updated = tally.documents = 0
    tally.errors.append(
        understood.problem(
            None,
            Code.ROLLED_BACK,
            rolled_back_words(bad, tally.rolled_back),
            hint=_("Correct the refused rows, or import without “all or nothing”."),
        )
    )
