"""What the import page shows before anything is imported: the sheet, how it was read, and the proposed columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crmdesk.models.errors import CrmdeskError, Problem
from crmdesk.services.banking import formats, wallets
from crmdesk.services.book import Book
from crmdesk.services.imports import kinds, mapping, plan, run
from crmdesk.services.imports.columns_archive import sheet_called
from crmdesk.services.imports.mapping import Mapping
from crmdesk.services.imports.reader import sheets_of
from crmdesk.services.imports.results import ImportOptions, IsCancelled, Progress
from crmdesk.services.imports.table import EncodingChoice, Sheet, SkippedRow, Table

SAMPLE_ROWS = 20
HEAD_ROWS = 30


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field that a column may be given to."""

    name: str
    label: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """One column of the file: its header, the field proposed for it ("" for none), and how sure that is (0 to 1)."""

    index: int
    header: str
    field: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """A file as an import of one kind would take it. All cells are text as one reads them."""

    kind: str
    file: str
    format: str
    sheet: str | None
    sheets: tuple[Sheet, ...]
    encoding: EncodingChoice | None
    header_row: int | None
    header_candidates: tuple[int, ...]
    row_count: int
    columns: tuple[ColumnPreview, ...]
    fields: tuple[FieldChoice, ...]
    sample: tuple[tuple[int, tuple[str, ...]], ...]
    """(row number, cells) of the first records."""
    head: tuple[tuple[int, tuple[str, ...]], ...]
    """(row number, cells) of the first rows of the file, title lines included, for choosing the header."""
    skipped: tuple[SkippedRow, ...]
    notes: tuple[Problem, ...]
    refusal: CrmdeskError | None
    """Why the table cannot be imported with these columns; None when it can."""
    is_statement: bool = False
    """Whether the lines above another kind's table say that it is a statement of a wallet."""

    @property
    def proposed(self) -> Mapping:
        """The proposal as a mapping, to be changed and given to `run`."""
        named = (column for column in self.columns if column.header)
        return Mapping({column.header: column.field or None for column in named}, header_row=self.header_row)


_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_ARCHIVE_SHEETS_MIN = 3
"""A workbook with fewer sheets that are called so may be anybody's."""


def kind_of(path: Path, asked: str, is_cancelled: IsCancelled | None = None) -> str:
    """The kind that a file is of, whatever was asked for: `bank` for the banks' own formats, `contacts` for visiting
    cards, `archive` for a workbook with the sheets of one; else what was asked."""
    suffix = path.suffix.lower()
    if suffix in (".vcf", ".vcard"):
        return "contacts"
    try:
        if formats.sniff(path) is not None:
            return "bank"
        is_archive = suffix in _WORKBOOKS and _is_archive(path, is_cancelled)
    except (OSError, CrmdeskError):
        return asked  # reading it tells why
    return run.ARCHIVE if is_archive else asked


def _is_archive(path: Path, is_cancelled: IsCancelled | None) -> bool:
    known = {sheet.name for title in sheets_of(path, is_cancelled) if (sheet := sheet_called(title))}
    return "customers" in known and len(known) >= _ARCHIVE_SHEETS_MIN


def preview(
    book: Book,
    kind_name: str,
    path: Path,
    *,
    given: Mapping | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> ImportPreview:
    """Reads a file and proposes its columns; nothing is written. Raises what `read_table` raises, and
    `mapping_invalid`; a table that lacks a required column comes back with its `refusal`.
    """
    kind = kinds.find(kind_name)
    with book.read() as connection:
        known = run.setting_of(connection)
    options = ImportOptions(mapping=given, sheet=sheet, encoding=encoding)
    table = run.read(kind, path, options, known, progress, is_cancelled)
    chosen = given if given is not None else mapping.saved_for(known.saved, kind.name, table.header)
    chosen = chosen or mapping.EMPTY
    entries = kinds.columns_of(kind, known.dimensions, table.header, chosen, known.own)
    assignment = mapping.propose(table.header, entries, chosen)
    by_index = {index: name for name, index in assignment.by_name.items()}
    refusal: CrmdeskError | None = None
    notes = table.notes
    try:
        notes = run.understand(table, kind, chosen, known).notes
    except CrmdeskError as error:
        refusal = error
    return ImportPreview(
        kind=kind.name,
        file=table.file,
        format=table.format,
        sheet=table.sheet,
        sheets=table.sheets,
        encoding=table.encoding,
        header_row=table.header_row,
        header_candidates=table.header_candidates,
        row_count=table.row_count,
        columns=tuple(
            ColumnPreview(index, header, name, assignment.doubtful.get(name, float(bool(name))))
            for index, header in enumerate(table.header)
            for name in (by_index.get(index, ""),)
        ),
        fields=tuple(FieldChoice(entry.name, entry.label(), entry.is_required) for entry in entries),
        sample=tuple((row, tuple(map(plan.shown, cells))) for row, cells in table.preview(SAMPLE_ROWS)),
        head=tuple((row, tuple(map(plan.shown, cells))) for row, cells in table.head(HEAD_ROWS)),
        skipped=table.skipped,
        notes=notes,
        refusal=refusal,
        is_statement=kind.name != "bank" and bool(_wallet_of(table)),
    )


def _wallet_of(table: Table) -> str:
    texts = [text for _row, text in table.preamble]
    return wallets.stated(texts).method if any("账单" in text or "交易" in text for text in texts) else ""
