"""Reports about groups of customers: two dimensions crossed, and groups compared (B8)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.services import axes, comparing, group_names, groups
from crmdesk.services.matrix import CUSTOMERS, FIGURES, MONEY, OWED, Cell, Matrix, matrix
from crmdesk.services.reports.declared import (
    CURRENCY,
    Options,
    Report,
    ReportTable,
    as_at_words,
    declare,
    make,
    money_field,
    period_words,
)
from crmdesk.text import N_, _


def _matrix(connection: Connection, options: Options) -> ReportTable:
    rows_by, columns_by = axes.usual(connection)
    found = matrix(
        connection,
        options.rows or rows_by,
        options.columns or columns_by,
        figure=options.figure or CUSTOMERS,
        filter=options.filter,
        date_from=options.date_from,
        date_to=options.date_to,
    )
    is_money = found.figure in MONEY
    names = [f"column_{at}" for at in range(len(found.columns))]
    label = next(choice.label for choice in FIGURES if choice.value == found.figure)
    make_field = money_field if is_money else _count_field
    fields = (
        Field("row", Kind.TEXT, found.rows_title, width=20),
        *((CURRENCY,) if is_money else ()),
        *(make_field(name, column.title) for name, column in zip(names, found.columns, strict=True)),
        make_field("total", N_("Total")),
    )
    rows: list[tuple[Any, ...]] = []
    for currency in found.currencies:
        for heading, cells, total in zip(
            (*found.rows, None),
            (*found.cells, found.column_totals),
            (*found.row_totals, found.total),
            strict=True,
        ):
            title = heading.title if heading is not None else _("Total (each customer once)")
            values = [cell.value(found.figure, currency) for cell in (*cells, total)]
            if is_money and heading is not None and not any(values):
                continue  # of the other currencies most rows have nothing
            rows.append((title, *((currency,) if is_money else ()), *values))
    table = make(
        "matrix",
        _("{figure}: {rows} × {columns}").format(
            figure=_(label), rows=found.rows_title, columns=found.columns_title
        ),
        as_at_words(found.date_to) if found.figure in OWED else period_words(found.date_from, found.date_to),
        fields,
        rows,
        (),
    )
    return replace(table, totals={}, document=_matrix_json(found, options.filter), heat=tuple(names))


def _matrix_idle(options: Options) -> tuple[str, ...]:
    """What a figure makes no use of: customers are those of today, and what is owed is of one day."""
    figure = options.figure or CUSTOMERS
    if figure == CUSTOMERS:
        return ("date_from", "date_to")
    return ("date_from",) if figure in OWED else ()


def _count_field(name: str, label: str) -> Field:
    return Field(name, Kind.INTEGER, label, sign="any", width=10)


def _matrix_json(found: Matrix, expression: str) -> dict[str, Any]:
    def plain(cell: Cell) -> dict[str, Any]:
        data: dict[str, Any] = {"customers": cell.customers, "filter": cell.filter}
        if found.figure in MONEY:
            data["sums"] = {
                currency: money.plain(minor, currency) for currency, minor in sorted(cell.sums.items())
            }
        elif found.figure != CUSTOMERS:
            data[found.figure] = cell.invoices
        return data

    def headings(all_of: Any) -> list[dict[str, str]]:
        return [{"title": one.title, "filter": one.filter} for one in all_of]

    return {
        "report": "matrix",
        "figure": found.figure,
        "filter": expression,
        "from": found.date_from.isoformat() if found.date_from else None,
        "to": found.date_to.isoformat(),
        "rows_by": found.rows_title,
        "columns_by": found.columns_title,
        "rows": headings(found.rows),
        "columns": headings(found.columns),
        "cells": [[plain(cell) for cell in row] for row in found.cells],
        "row_totals": [plain(cell) for cell in found.row_totals],
        "column_totals": [plain(cell) for cell in found.column_totals],
        "total": plain(found.total),
        "heat": {currency: found.heat(currency) for currency in found.currencies},
    }


def _percent(name: str, label: str) -> Field:
    return Field(name, Kind.PRICE, label, sign="any", width=8)


_COMPARED = (
    Field("group", Kind.TEXT, N_("Group"), width=20),
    CURRENCY,
    _count_field("customers", N_("Customers")),
    _count_field("buyers", N_("Buyers")),
    _count_field("invoices", N_("Invoices")),
    money_field("revenue", N_("Revenue, excl. tax")),
    money_field("average", N_("Per customer, excl. tax")),
    money_field("difference", N_("Difference, excl. tax")),
    _percent("difference_percent", N_("Difference %")),
    _count_field("quotes", N_("Quotes")),
    _percent("conversion", N_("Conversion %")),
    _percent("billed", N_("Billed %")),
    _percent("repurchase", N_("Repurchase %")),
    _percent("churn", N_("Churn %")),
    _percent("overdue_share", N_("Overdue %")),
    _percent("days_to_pay", N_("Days to pay")),
    _percent("satisfaction", N_("Satisfaction %")),
)


def _compare(connection: Connection, options: Options) -> ReportTable:
    found = comparing.compare(
        connection,
        group_names.meant(connection, options.groups),
        against=options.against,
        date_from=options.date_from,
        date_to=options.date_to,
    )
    rows: list[tuple[Any, ...]] = [
        (
            one.group.title,
            one.currency,
            one.customers,
            one.buyers,
            one.invoices,
            one.revenue_minor,
            one.average_minor,
            one.difference_minor,
            one.difference,
            one.quotes,
            one.conversion,
            one.billed,
            one.repurchase,
            one.churn,
            one.overdue_share,
            one.days_to_pay,
            one.satisfaction,
        )
        for one in found.rows
    ]
    formulas = {name: _(text) for name, text in comparing.FORMULAS.items()}
    table = make(
        "compare",
        _("Groups compared"),
        period_words(found.date_from, found.date_to),
        _COMPARED,
        rows,
        (),
    )
    for plain, one in zip(table.document["rows"], found.rows, strict=True):
        plain["filter"] = groups.expression(one.group)
    # groups may overlap: their sum is nothing
    document = {
        "report": "compare",
        "against": found.against,
        "from": found.date_from.isoformat(),
        "to": found.date_to.isoformat(),
        "rows": table.document["rows"],
        "formulas": formulas,
    }
    return replace(table, totals={}, document=document, notes=tuple(formulas.values()))


declare(
    Report(
        "matrix",
        N_("Matrix"),
        N_("Customers by any two dimensions: how many, revenue, balance, overdue or invoices."),
        ("date_from", "date_to", "rows", "columns", "figure", "filter"),
        _matrix,
        _matrix_idle,
    )
)
declare(
    Report(
        "compare",
        N_("Groups compared"),
        N_(
            "Two to six groups side by side: revenue, conversion, repurchase, churn, overdue, days to pay,"
            " satisfaction."
        ),
        ("date_from", "date_to", "groups", "against"),
        _compare,
    )
)
