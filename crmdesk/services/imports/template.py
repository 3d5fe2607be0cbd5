"""Example workbooks to fill in: one sheet with the usual columns, a sample record, and a note on every header.

Everything stands on one sheet, so that the filled-in workbook is imported without a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from crmdesk.models.fields import NUMBERS, Kind
from crmdesk.services.custom_fields import CustomField
from crmdesk.services.imports import columns_masters, kinds
from crmdesk.services.imports.columns import OWN_PART, ImportColumn, own_columns
from crmdesk.services.imports.layout import normalise_name
from crmdesk.services.outgoing import whole_file
from crmdesk.text import N_, translator

_COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": (
        "code", "name", "kind", "short_name", "phone", "email", "tax_number", "contact_name", "contact_role",
        "contact_mobile", "contact2_name", "contact2_mobile",
        "address_province", "address_city", "address_street", "category", "tags", "owner",
        "credit_limit", "terms_days", "currency", "note",
    ),
    "contacts": ("customer", "company", "name", "role", "phone", "mobile", "email", "wechat", "born_on", "note"),
    "products": (
        "code", "name", "specification", "unit", "category", "price", "tax_rate", "tax_included", "on_sale", "note",
    ),
    "opening-balances": ("number", "customer", "date", "amount", "due", "currency", "note"),
    "invoices": (
        "number", "customer", "date", "due", "product", "description", "unit", "quantity", "unit_price", "discount",
        "tax_rate", "tax_included", "total", "currency", "note",
    ),
    "payments": (
        "number", "customer", "date", "amount", "method", "reference", "payer", "fee", "invoice", "currency", "note",
    ),
    "activities": (
        "customer", "date", "kind", "person", "text", "outcome", "products", "next_on", "duration",
    ),
}  # fmt: skip
KINDS = tuple(_COLUMNS)
"""The kinds that have a template: nobody fills in a bank's statement by hand."""
_SAMPLES = {
    "contact2_name": "王强",
    "contact2_mobile": "139 0013 9000",
    "tax_rate": "13%",
    "discount": "5%",
    "tax_included": "no",
    "on_sale": "yes",
    "product": "",
    "products": "",
    "description": "内墙乳胶漆",
    "unit": "桶",
    "quantity": "2",
    "unit_price": "268.00",
    "number": "",
    "total": "",
    "fee": "",
    "payer": "",
    "invoice": "",
    "due": "",
    "currency": "CNY",
    "note": "",
}
_REQUIRED_NOTE = N_("Required.")
_OTHER_NAMES = N_("Also understood: {names}.")
_RATE_NOTE = N_("As percent, such as 13%.")
_DATE_NOTE = N_("As a date, such as 2026-03-31.")
_CODE_NOTE = N_("The code, or the name where only one customer has it.")
_TEXT_KINDS = (Kind.CODE, Kind.PHONE, Kind.TAX_NUMBER, Kind.LINK, Kind.DISCOUNT_TERMS)


def columns_of(
    kind_name: str, dimensions: Sequence[str] = (), own: Sequence[CustomField] = ()
) -> list[ImportColumn]:
    """The columns of the example of a kind; customers get one for each category tree of the book, all records theirs
    for its own fields."""
    kind = kinds.find(kind_name)
    entries = (*kind.columns, *(columns_masters.further_contacts("2") if kind.has_categories else ()))
    by_name = {entry.name: entry for entry in entries}
    chosen = [by_name[name] for name in _COLUMNS[kind_name]]
    if kind.has_categories and dimensions:
        at = next(index for index, entry in enumerate(chosen) if entry.name == "category")
        chosen[at : at + 1] = [columns_masters.category_column(name) for name in dimensions]
    return [*chosen, *own_columns(entry for entry in own if entry.record == kind.record)]


def header_of(entry: ImportColumn, language: str) -> str:
    """What stands over a column: a name by which the import knows it again."""
    if entry.name.startswith("category:"):
        return entry.name.partition(":")[2]
    if entry.part == OWN_PART:
        return entry.field.label
    if language == "zh_CN":
        return next((alias for alias in entry.aliases if _is_chinese(alias)), entry.name)
    if entry.part in ("", "line", "stated"):
        return entry.field.label
    alias = next((alias for alias in entry.aliases if alias.isascii() and len(alias) > 2), entry.name)
    return alias[:1].upper() + alias[1:]


def write(
    path: Path,
    kind_name: str,
    language: str = "zh_CN",
    dimensions: Sequence[str] = (),
    own: Sequence[CustomField] = (),
) -> Path:
    """Writes the example workbook of a kind, whole or not at all; `own` are the book's own fields."""
    entries = columns_of(kind_name, dimensions, own)
    with whole_file(path) as draft:
        workbook = xlsxwriter.Workbook(
            str(draft), {"strings_to_numbers": False, "strings_to_formulas": False}
        )
        try:
            _fill(workbook, kind_name, entries, language)
        finally:
            workbook.close()
    return path


def _fill(workbook: Any, kind_name: str, entries: Sequence[ImportColumn], language: str) -> None:
    translate = translator(language)
    sheet = workbook.add_worksheet(translate(kinds.find(kind_name).label)[:31])
    head = workbook.add_format({"bold": True, "bg_color": "#E8ECF1", "bottom": 1})
    must = workbook.add_format({"bold": True, "bg_color": "#FBE9D7", "bottom": 1})
    sample_format = workbook.add_format({"font_color": "#667085", "num_format": "@"})
    as_text = workbook.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for index, entry in enumerate(entries):
        width = max(entry.field.width, 10)
        sheet.set_column(index, index, width, as_text if entry.field.kind in _TEXT_KINDS else None)
        sheet.write_string(0, index, header_of(entry, language), must if _is_required(entry) else head)
        note = _note(entry, language)
        if note:
            sheet.write_comment(0, index, note, {"x_scale": 2})
        sample = _sample(entry, language)
        if sample:
            sheet.write_string(1, index, sample, sample_format)
        if entry.field.choices:
            labels = [translate(choice.label) for choice in entry.field.choices]
            sheet.data_validation(1, index, 10_000, index, {"validate": "list", "source": labels, "ignore_blank": True,
                                                             "error_type": "warning"})  # fmt: skip


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _is_required(entry: ImportColumn) -> bool:
    return entry.is_required or (entry.part == "" and entry.field.required)


def _sample(entry: ImportColumn, language: str) -> str:
    translate = translator(language)
    sample = _SAMPLES.get(entry.name, entry.field.sample)
    if entry.field.kind is Kind.BOOLEAN and sample:
        return {"yes": "是", "no": "否"}[sample] if language == "zh_CN" else sample
    for choice in entry.field.choices:
        if choice.value == sample:
            return translate(choice.label)
    return sample


def _note(entry: ImportColumn, language: str) -> str:
    translate = translator(language)
    lines = [translate(_REQUIRED_NOTE)] if _is_required(entry) else []
    if entry.field.help:
        lines.append(translate(entry.field.help))
    if entry.name == "customer":
        lines.append(translate(_CODE_NOTE))
    if entry.field.kind is Kind.RATE:
        lines.append(translate(_RATE_NOTE))
    elif entry.field.kind is Kind.DATE:
        lines.append(translate(_DATE_NOTE))
    own = normalise_name(header_of(entry, language))
    others = [alias for alias in entry.aliases if normalise_name(alias) != own][:6]
    if others and entry.field.kind not in NUMBERS:
        lines.append(translate(_OTHER_NAMES).format(names=", ".join(others)))
    return "\n".join(lines)
