"""A table understood as rows of one kind: which column is which field, how its cells are written, typed values per row.

`make` refuses a table that lacks a required column; `Plan.rows` never raises for a cell: what cannot be read comes as
problems of its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from crmdesk.models.errors import Code, CrmdeskError, InvalidInput, Problem, labelled
from crmdesk.models.fields import NUMBERS, Kind
from crmdesk.services.custom_fields import PREFIX
from crmdesk.services.imports import dates, headers, mapping, numbers
from crmdesk.services.imports.columns import ImportColumn, Reader, Reading, Untaxed, reader_of
from crmdesk.services.imports.dates import DateRule
from crmdesk.services.imports.faults import shorten
from crmdesk.services.imports.kinds import ImportKind
from crmdesk.services.imports.mapping import Assignment, Mapping
from crmdesk.services.imports.numbers import NumberRule
from crmdesk.services.imports.table import Table
from crmdesk.services.imports.values import CellRefused, plain_text
from crmdesk.services.imports.wire import Cell, CellError
from crmdesk.text import _

Values = dict[str, Any]
_CANDIDATES_SHOWN = 12


class PlannedRow(NamedTuple):
    """One record of the table: its number in the file and typed values by column name (blank cells are absent)."""

    number: int
    values: Values
    is_good: bool = True
    """False when a cell of the row was refused; what could be read is in `values` all the same."""
    is_wanted: bool = True
    """False for a row that another import has taken: it says what stands in the file, and is neither booked nor
    counted.
    """


@dataclass(frozen=True)
class Plan:
    """How one table becomes rows of one kind."""

    table: Table
    kind: ImportKind
    entries: dict[str, ImportColumn]
    """The columns in use by name."""
    assignment: Assignment
    mapping: Mapping
    defaults: Values
    notes: tuple[Problem, ...]
    known_rates: tuple[Decimal, ...]
    """Rates of the book's tax table, as fractions."""
    _readers: tuple[tuple[int, str, Reader], ...] = field(repr=False)

    def column_label(self, name: str) -> str | None:
        """What stands over the column of a field."""
        index = self.assignment.by_name.get(name)
        return None if index is None else self.table.problem(Code.REQUIRED, "", column=index).column

    def in_words(self, error: CrmdeskError, name: str) -> str:
        """What a service answered about a field, with the column called as the file calls it."""
        label = self.column_label(name)
        if label is None or not error.field:
            return error.message
        return labelled(error.message, error.field, label)

    def has(self, name: str) -> bool:
        """Whether the table has (or a default stands in for) this field."""
        return name in self.assignment.by_name or name in self.defaults

    def problem(
        self,
        row: int | None,
        code: Code,
        message: str,
        *,
        name: str = "",
        value: Any = None,
        hint: str | None = None,
    ) -> Problem:
        """A problem of a row of this table, in the column of a field."""
        return self.table.problem(
            code,
            message,
            row=row,
            column=self.assignment.by_name.get(name),
            value=None if value is None else str(value),
            hint=hint,
        )

    def rows(self, refuse: Callable[[Problem], None]) -> Iterator[list[PlannedRow]]:
        """The records in blocks, typed. What cannot be read goes to `refuse`, and its row comes marked; of rows that
        are not to be taken nothing is refused.
        """
        has_rate = self.has("tax_rate")
        readers, defaults, bad_rows = self._readers, self.defaults, self.table.row_problems
        takes_all = self.table.only_rows is None
        for batch in self.table.batches():
            block: list[PlannedRow] = []
            for number, cells in batch:
                values = dict(defaults)
                is_good = True
                is_wanted = takes_all or self.table.is_wanted(number)
                if bad_rows and number in bad_rows:
                    if is_wanted:
                        refuse(bad_rows[number])
                    is_good = False
                for index, name, read in readers:
                    cell = cells[index]
                    if cell is None:
                        continue
                    try:
                        value = read(cell)
                    except CellRefused as fault:
                        if is_wanted and number not in bad_rows:
                            refuse(self._cell_problem(number, index, fault))
                        is_good = False
                        continue
                    if value is not None:
                        values[name] = value
                if has_rate and isinstance(values.get("tax_rate"), Untaxed):
                    problem = self._take_untaxed(number, values)
                    if problem is not None:
                        if is_wanted:
                            refuse(problem)
                        is_good = False
                block.append(PlannedRow(number, values, is_good, is_wanted))
            yield block

    def _take_untaxed(self, row: int, values: Values) -> Problem | None:
        """A word in place of the rate becomes the tax kind; the problem when the row's own tax kind says otherwise."""
        untaxed: Untaxed = values.pop("tax_rate")
        said = values.get("tax_kind") if "tax_kind" in self.assignment.by_name else None
        if said in (None, untaxed.tax_kind):
            values["tax_kind"] = untaxed.tax_kind
            return None
        choices = self.entries["tax_kind"].field.choices
        label = next((_(choice.label) for choice in choices if choice.value == said), said)
        return self.problem(
            row,
            Code.INVALID_CHOICE,
            _("The tax rate says “{word}”, the tax kind “{kind}”.").format(
                word=shorten(untaxed.word), kind=label
            ),
            name="tax_rate",
            value=untaxed.word,
            hint=_("Correct one of the two."),
        )

    def _cell_problem(self, row: int, index: int, fault: CellRefused) -> Problem:
        return self.table.problem(
            fault.code, fault.message, row=row, column=index, value=fault.value or None, hint=fault.hint
        )


def make(
    table: Table,
    kind: ImportKind,
    entries: Sequence[ImportColumn],
    given: Mapping,
    *,
    currency: str | None,
    known_rates: Sequence[Decimal] = (),
    is_exact: bool = False,
) -> Plan:
    """The plan of a table. Raises `header_unmapped`, `header_duplicate`, `mapping_invalid`.

    `is_exact`: texts are taken as the batch language takes them, sign by sign, and a cell may say that a field is to
    be emptied (`columns.Cleared`).
    """
    assignment = mapping.propose(table.header, entries, given)
    by_entry = {entry.name: entry for entry in entries}
    used = {name: by_entry[name] for name in (*assignment.by_name, *given.defaults)}
    _require_columns(table, entries, assignment, given)
    _refuse_doubles(table, assignment)
    reading = _reading(table, used, assignment, given, currency, known_rates)
    if is_exact:
        reading = {name: replace(rule, is_exact=True) for name, rule in reading.items()}
    defaults = _read_defaults(used, given, reading)
    readers = tuple(
        (index, name, _reader(used[name], reading[name]))
        for name, index in sorted(assignment.by_name.items(), key=lambda item: item[1])
    )
    is_archive_of_records = is_exact and bool(kind.record)
    notes = (*table.notes, *_notes(table, assignment, used, is_archive_of_records=is_archive_of_records))
    return Plan(table, kind, used, assignment, given, defaults, notes, tuple(known_rates), readers)


def _reader(entry: ImportColumn, reading: Reading) -> Reader:
    read, prepare = reader_of(entry, reading), entry.prepare
    return read if prepare is None else lambda cell: read(prepare(cell))


def known_names(entries: Sequence[ImportColumn]) -> frozenset[str]:
    """Names by which the reader tells the header from title lines."""
    return headers.known_names(entry.names() for entry in entries)


def _require_columns(
    table: Table, entries: Sequence[ImportColumn], assignment: Assignment, given: Mapping
) -> None:
    missing = [
        entry
        for entry in entries
        if entry.is_required and entry.name not in assignment.by_name and entry.name not in given.defaults
    ]
    if not missing:
        return
    labels = ", ".join(entry.label() for entry in missing)
    if table.header_row is None:
        message = _("No row of the table names its columns, so {fields} cannot be found.").format(
            fields=labels
        )
        hint = _("Write the names of the columns into the first row, or say which row it is.")
    else:
        columns = [name for name in table.header if name][:_CANDIDATES_SHOWN]
        message = _("No column is recognised as {fields}. The table has: {columns}.").format(
            fields=labels, columns=", ".join(shorten(name) for name in columns)
        )
        hint = _("Name the column “{alias}”, or choose it in a mapping.").format(alias=missing[0].label())
    problem = table.problem(Code.HEADER_UNMAPPED, message, row=table.header_row, hint=hint)
    raise InvalidInput(
        Code.HEADER_UNMAPPED, f"{table.file}: {message}", field="file", hint=hint, problems=(problem,)
    )


def _refuse_doubles(table: Table, assignment: Assignment) -> None:
    problems = [
        problem
        for index in assignment.by_name.values()
        if (problem := table.header_problem(index)) is not None and problem.code is Code.HEADER_DUPLICATE
    ]
    if problems:
        first = problems[0]
        raise InvalidInput(
            first.code, f"{table.file}: {first.message}", field="file", problems=tuple(problems)
        )


def _reading(
    table: Table,
    used: dict[str, ImportColumn],
    assignment: Assignment,
    given: Mapping,
    currency: str | None,
    known_rates: Sequence[Decimal],
) -> dict[str, Reading]:
    """How the cells of each column are written: numbers by one rule for the file, dates by one per column."""
    number_columns = [index for name, index in assignment.by_name.items() if used[name].field.kind in NUMBERS]
    date_columns = [index for name, index in assignment.by_name.items() if used[name].field.kind is Kind.DATE]
    number_rule = NumberRule(given.decimal) if given.decimal is not None else numbers.PLAIN
    # numbers and dates of a workbook need no rule
    samples = table.texts([*date_columns, *([] if given.decimal is not None else number_columns)])
    if given.decimal is None and number_columns:
        texts = [text for index in number_columns for text in samples[index]]
        number_rule = numbers.decide_rule(texts)
        if number_rule.is_ambiguous and table.delimiter == "," and not any("," in text for text in texts):
            number_rule = numbers.PLAIN  # who separates columns by commas does not write 1.234 for a thousand
    one_currency = None if "currency" in used else currency
    result = {}
    for name, entry in used.items():
        date_rule = DateRule(given.dates, is_1904=table.is_1904)
        index = assignment.by_name.get(name)
        if entry.field.kind is Kind.DATE and given.dates is None and index is not None:
            date_rule = dates.decide_rule(samples[index], is_1904=table.is_1904)
        date_rule = replace(date_rule, takes_serials=table.format != "csv")
        result[name] = Reading(number_rule, date_rule, one_currency, tuple(known_rates), given.is_fraction)
    return result


def _read_defaults(used: dict[str, ImportColumn], given: Mapping, reading: dict[str, Reading]) -> Values:
    values: Values = {}
    for name, text in given.defaults.items():
        try:
            value = reader_of(used[name], reading[name])(text)
        except CellRefused as fault:
            raise InvalidInput(
                Code.MAPPING_INVALID,
                _("The default of “{field}”: {message}").format(field=name, message=fault.message),
                field="mapping",
                hint=fault.hint,
            ) from None
        if value is not None:
            values[name] = value
    return values


def _notes(
    table: Table, assignment: Assignment, used: dict[str, ImportColumn], *, is_archive_of_records: bool
) -> Iterator[Problem]:
    for index in assignment.unknown:
        name = table.header[index]
        # an archive has no columns but declared ones and its book's own fields, and not what those are
        is_own = is_archive_of_records or name.startswith(PREFIX)
        message = (
            _(
                "The column “{column}” is no field of this book; it is left out. To keep an own field of another "
                "book, define “{field}” first (Settings › Own fields, or field.define), then import again with "
                "“upsert”."
            )
            if is_own
            else _("The column “{column}” is nothing this import knows; it is left out.")
        )
        yield table.problem(
            Code.HEADER_UNMAPPED,
            message.format(column=shorten(name), field=shorten(name.removeprefix(PREFIX))),
            row=table.header_row,
            column=index,
        )
    for name in assignment.doubtful:
        index = assignment.by_name[name]
        yield table.problem(
            Code.HEADER_UNMAPPED,
            _(
                "The column “{column}” was taken as {field}. Choose another one in a mapping if that is wrong."
            ).format(column=shorten(table.header[index]), field=used[name].label()),
            row=table.header_row,
            column=index,
        )


def shown(cell: Cell) -> str:
    """A cell as a preview shows it."""
    return cell.text if isinstance(cell, CellError) else plain_text(cell)
