"""Which column of a sheet is which field: proposed from the names, remembered per header, or given in a file.

A mapping file is JSON::

    {
      "columns":  {"单位": "name", "Tel.": "phone", "行业": "category:行业", "B": "note", "Fax": null},
      "defaults": {"currency": "CNY", "tax_rate": "13%"},
      "options":  {"header_row": 3, "decimal": ",", "dates": "day_first", "rates": "fraction", "totals": "computed"}
    }

`columns` names the column by its header (or its letter, where there is no header) and gives the field; null leaves the
column out. A flat object is taken as `columns`, and field -> header as well as header -> field is understood. Columns
that are not named are guessed as without a file. `defaults` stand in for blank cells and are written as in a cell.
`options`: `header_row` is the row of the header; `decimal` is "." or ","; `dates` is day_first or month_first;
`rates` is percent (13 is 13 %) or fraction (0.13 is 13 %); `totals` is refuse (stated totals must agree with the
lines) or computed (a stated total that differs is passed over).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.services.imports import headers
from crmdesk.services.imports.columns import ImportColumn, names_of
from crmdesk.services.imports.dates import Order
from crmdesk.services.imports.faults import shorten
from crmdesk.services.imports.layout import normalise_name
from crmdesk.services.imports.numbers import Mark
from crmdesk.services.imports.sheet_scan import column_letters
from crmdesk.text import LANGUAGES, N_, _, translator

FILE_BYTES_MAX = 1_000_000
SAVED_MAX = 200
_INTERNAL = re.compile(r"_(id|key|minor|at)$")
_PERCENT = re.compile(r"\s*[%％]")
_CHOICES: dict[str, dict[str, Any]] = {
    "decimal": {".": Mark.POINT, ",": Mark.COMMA},
    "dates": {"day_first": Order.DAY_FIRST, "month_first": Order.MONTH_FIRST},
    "rates": {"percent": False, "fraction": True},
    "totals": {"refuse": False, "computed": True},
}
PERSON_HEADERS = ("姓名", "fullname")
REASON, ORIGINAL_ROW = N_("Reason for refusal"), N_("Original row")
"""Columns that an errors workbook adds; they are passed over when it is imported again."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the user said about the columns. Everything may be empty."""

    columns: dict[str, str | None] = field(default_factory=dict)
    """Header (or column letter) -> name of a column of the kind; None leaves it out."""
    defaults: dict[str, str] = field(default_factory=dict)
    header_row: int | None = None
    decimal: Mark | None = None
    dates: Order | None = None
    is_fraction: bool = False
    takes_computed_totals: bool = False

    def as_plain(self) -> dict[str, Any]:
        """The mapping as it is written in a file."""
        options: dict[str, Any] = {}
        if self.header_row is not None:
            options["header_row"] = self.header_row
        if self.decimal is not None:
            options["decimal"] = str(self.decimal)
        if self.dates is not None:
            options["dates"] = str(self.dates)
        if self.is_fraction:
            options["rates"] = "fraction"
        if self.takes_computed_totals:
            options["totals"] = "computed"
        parts = {"columns": self.columns, "defaults": self.defaults, "options": options}
        return {name: part for name, part in parts.items() if part}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return not self.as_plain()


EMPTY = Mapping()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Fields of a kind over the columns of one table."""

    by_name: dict[str, int]
    """Name of the field -> column index."""
    unknown: tuple[int, ...]
    """Columns with a name that is nothing this kind knows."""
    doubtful: dict[str, float]
    """Fields whose column was only likely, with the confidence."""


def _refused(message: str, hint: str = "") -> InvalidInput:
    return InvalidInput(Code.MAPPING_INVALID, message, field="mapping", hint=hint or None)


def read_file(path: Path) -> Mapping:
    """A mapping from a JSON file, or NotFound `file_missing`, InvalidInput `mapping_invalid`."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise _refused(_("{file} is too large for a mapping.").format(file=path.name))
        content = path.read_bytes()
    except OSError as error:
        raise NotFound(
            Code.FILE_MISSING,
            _("{file} cannot be read: {reason}.").format(file=path.name, reason=error.strerror or error),
            field="mapping",
        ) from None
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _refused(
            _("{file} is not JSON.").format(file=path.name),
            _('Write {"columns": {"Header": "field"}}; a header that is left out is guessed.'),
        ) from None
    return from_plain(data)


def from_plain(data: Any) -> Mapping:
    """A mapping from plain data, or InvalidInput `mapping_invalid` naming what is wrong."""
    if not isinstance(data, dict):
        raise _refused(_("A mapping is an object with columns, defaults and options."))
    parts = {"columns", "defaults", "options"}
    if not data.keys() & parts or not all(isinstance(data[name], dict) for name in data.keys() & parts):
        data = {"columns": data}
    unknown = sorted(data.keys() - parts)
    if unknown:
        raise _refused(
            _("A mapping has no part “{name}”. Known: {known}.").format(
                name=shorten(unknown[0]), known="columns, defaults, options"
            )
        )
    columns = data.get("columns", {})
    for header, name in columns.items():
        if name is not None and not isinstance(name, str):
            raise _refused(
                _("The field of column “{column}” must be text or null.").format(column=shorten(header))
            )
    defaults: dict[str, str] = {}
    for name, value in data.get("defaults", {}).items():
        if not isinstance(value, str | int):
            raise _refused(_("The default of “{field}” must be text.").format(field=shorten(name)))
        defaults[name] = str(value)
    return _with_options(Mapping(dict(columns), defaults), data.get("options", {}))


def _with_options(mapping: Mapping, options: AnyMapping[str, Any]) -> Mapping:
    chosen: dict[str, Any] = {}
    for name, value in options.items():
        if name == "header_row":
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise _refused(_("header_row is the number of a row."))
            continue
        if name not in _CHOICES:
            raise _refused(
                _("A mapping has no option “{name}”. Known: {known}.").format(
                    name=shorten(name), known=", ".join(("header_row", *_CHOICES))
                )
            )
        if not isinstance(value, str) or value not in _CHOICES[name]:
            raise _refused(
                _("The option {name} is one of {choices}, not “{value}”.").format(
                    name=name, choices=", ".join(_CHOICES[name]), value=shorten(str(value))
                )
            )
        chosen[name] = _CHOICES[name][value]
    return Mapping(
        mapping.columns,
        mapping.defaults,
        options.get("header_row"),
        chosen.get("decimal"),
        chosen.get("dates"),
        chosen.get("rates", False),
        chosen.get("totals", False),
    )


def signature(kind: str, header: Sequence[str]) -> str:
    """What a saved mapping is remembered by: the kind and the names over the columns, whatever their order."""
    names = "\n".join(sorted(normalise_name(name) for name in header if name))
    return f"{kind}:{hashlib.sha256(names.encode()).hexdigest()[:20]}"


def saved_for(saved: AnyMapping[str, Any], kind: str, header: Sequence[str]) -> Mapping | None:
    """The mapping that was used for such a sheet before; one that no longer reads is passed over."""
    data = saved.get(signature(kind, header))
    if data is None:
        return None
    try:
        return from_plain(data)
    except InvalidInput:
        return None


def with_saved(
    saved: AnyMapping[str, Any], kind: str, header: Sequence[str], mapping: Mapping
) -> dict[str, Any]:
    """The book's saved mappings with this one as the newest; the oldest fall out."""
    key = signature(kind, header)
    kept = {name: value for name, value in saved.items() if name != key}
    kept[key] = mapping.as_plain()
    return dict(list(kept.items())[-SAVED_MAX:])


def propose(header: Sequence[str], entries: Sequence[ImportColumn], given: Mapping = EMPTY) -> Assignment:
    """Gives every field its column: first as said, then by the names.

    Raises `mapping_invalid` for a column or a field that does not exist.
    """
    by_name, left_out = _said(header, entries, given)
    taken = set(by_name.values()) | left_out
    added = _added_by_errors_workbook()
    taken |= {index for index, name in enumerate(header) if name in added}
    for entry in entries:
        index = _exact(header, entry)
        if entry.name not in by_name and index is not None and index not in taken:
            by_name[entry.name] = index
            taken.add(index)
    free = [entry for entry in entries if entry.name not in by_name]
    # the comparison passes over signs, but "Tax %" is not "Tax"
    shown = ["" if index in taken else _PERCENT.sub(" percent", name) for index, name in enumerate(header)]
    guess = headers.guess(shown, names_of(free))
    doubtful: dict[str, float] = {}
    for match in guess.matches:
        if match.confidence < headers.SURE and _INTERNAL.search(header[match.column].casefold()):
            continue  # a column of a database, such as credit_limit_minor, is not the field it reminds of
        by_name[match.field] = match.column
        if match.confidence < headers.SURE:
            doubtful[match.field] = match.confidence
    _stand_in(header, entries, by_name)
    used = set(by_name.values()) | taken
    return Assignment(by_name, tuple(i for i, name in enumerate(header) if name and i not in used), doubtful)


def is_errors_workbook(header: Sequence[str]) -> bool:
    """Whether the table holds the refused rows of an import, taken out of their file."""
    return not _added_by_errors_workbook().isdisjoint(header)


def _added_by_errors_workbook() -> set[str]:
    return {translator(language)(name) for name in (REASON, ORIGINAL_ROW) for language in LANGUAGES}


def _said(
    header: Sequence[str], entries: Sequence[ImportColumn], given: Mapping
) -> tuple[dict[str, int], set[int]]:
    names = {entry.name for entry in entries}
    pairs: list[tuple[str, str | None]] = list(given.columns.items())
    if not _reads(header, names, pairs):
        turned: list[tuple[str, str | None]] = [(name, key) for key, name in pairs if name is not None]
        if turned and _reads(header, names, turned):
            pairs = turned
    by_name: dict[str, int] = {}
    left_out: set[int] = set()
    for key, name in pairs:
        index = _index_of(header, key)
        if index is None:
            raise _refused(
                _("The table has no column “{column}”. It has: {columns}.").format(
                    column=shorten(key), columns=", ".join(shorten(each) for each in header if each)
                )
            )
        if name is None or name == "":
            left_out.add(index)
            continue
        if name not in names:
            raise _refused(
                _("There is no field “{field}” here. Known: {known}.").format(
                    field=shorten(name), known=", ".join(sorted(names))
                )
            )
        if name in by_name:
            raise _refused(_("The field “{field}” is given twice.").format(field=name))
        by_name[name] = index
    for name in given.defaults:
        if name not in names:
            raise _refused(
                _("There is no field “{field}” here. Known: {known}.").format(
                    field=shorten(name), known=", ".join(sorted(names))
                )
            )
    return by_name, left_out


def _stand_in(header: Sequence[str], entries: Sequence[ImportColumn], by_name: dict[str, int]) -> None:
    """Columns that mean another field when nothing else does.

    A sheet that names its customers only by name; a list of persons, where 姓名 is the customer and not a contact.
    """
    names = {entry.name for entry in entries}
    if "customer" in names and "customer" not in by_name and "customer_name" in by_name:
        by_name["customer"] = by_name.pop("customer_name")
    index = by_name.get("contact_name")
    is_free = "name" in names and "name" not in by_name
    if is_free and index is not None and normalise_name(header[index]) in PERSON_HEADERS:
        by_name["name"] = by_name.pop("contact_name")


def _exact(header: Sequence[str], entry: ImportColumn) -> int | None:
    """The column that bears the very name of a field: beside `code`, a column `id` is something else."""
    return next((index for index, name in enumerate(header) if name.casefold() == entry.name), None)


def _reads(header: Sequence[str], names: set[str], pairs: Sequence[tuple[str, str | None]]) -> bool:
    """Whether these pairs are (header, field)."""
    return all(_index_of(header, key) is not None and (not name or name in names) for key, name in pairs)


def _index_of(header: Sequence[str], key: str) -> int | None:
    if key in header:
        return header.index(key)
    normal = normalise_name(key)
    for index, name in enumerate(header):
        if normal and normalise_name(name) == normal:
            return index
    for index in range(len(header)):
        if column_letters(index) == key.upper() and not header[index]:
            return index
    return None
