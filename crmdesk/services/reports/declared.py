"""Reports as data: name, columns, options and a function that fills them. One page and one exporter draw them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _


@dataclass(frozen=True, slots=True)
class Options:
    """What a report may be asked for; each uses what it declares."""

    as_of: date = field(default_factory=clock.today)
    date_from: date | None = None
    date_to: date = field(default_factory=clock.today)
    by: str = ""
    basis: str = "due"
    buckets: tuple[int, ...] = (30, 60, 90)
    account: str = ""
    rows: str = ""
    columns: str = ""
    """Axes of a matrix (`services/axes`)."""
    figure: str = ""
    filter: str = ""
    """Of the customers list."""
    groups: tuple[str, ...] = ()
    """As `groups.parse` reads them."""
    against: str = "first"


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A filled report. Rows follow the fields; money is in minor units of the row's `currency` value."""

    name: str
    title: str
    period: str
    fields: tuple[Field, ...]
    rows: list[tuple[Any, ...]]
    totals: dict[str, dict[str, int]]
    """currency -> money field -> sum; currencies are never added together."""
    document: dict[str, Any]
    """The JSON of cli.md."""
    notes: tuple[str, ...] = ()
    """What the figures leave out and how they are reckoned, in sentences below the table; also in the JSON, where
    there is any."""
    heat: tuple[str, ...] = ()
    """Columns whose cells are coloured by how large they are, in a workbook."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report that exists."""

    name: str
    title: str
    summary: str
    options: tuple[str, ...]
    """Of `Options`; a day (`as_of`) and the end of a period (`date_to`) are one to who asks."""
    fill: Callable[[Connection, Options], ReportTable]
    idle: Callable[[Options], tuple[str, ...]] = lambda _options: ()
    """Which of its options change nothing, asked so: they are refused where somebody gives them."""


CUSTOMER_CODE = Field("customer", Kind.CODE, N_("Code"), width=10)
CUSTOMER_NAME = Field("name", Kind.TEXT, N_("Customer"), width=28)
CURRENCY = Field("currency", Kind.CURRENCY, N_("Currency"), width=6)


def money_field(name: str, label: str) -> Field:
    """A column of amounts in the row's currency."""
    return Field(name, Kind.MONEY, label, width=14)


def base_field(name: str, label: str) -> Field:
    """A column of amounts in the book's currency, whatever the row's: exact decimals (`in_base`)."""
    return Field(name, Kind.PRICE, label, sign="any", width=14)


def in_base(minor: int | None, own: str) -> Decimal | None:
    """Minor units of the book's currency as the value of a `base_field`."""
    return None if minor is None else money.to_decimal(minor, own)


def as_at_words(on: date) -> str:
    """“As at 2026-03-31”."""
    return _("As at {date}").format(date=on.isoformat())


def period_words(start: date | None, end: date) -> str:
    """“2026-01-01 to 2026-03-31”."""
    if start is None:
        return _("Up to {date}").format(date=end.isoformat())
    return _("{start} to {end}").format(start=start.isoformat(), end=end.isoformat())


_reports: dict[str, Report] = {}


def declare(report: Report) -> Report:
    """Registers a report."""
    _reports[report.name] = report
    return report


def all_reports() -> dict[str, Report]:
    """Every report by name."""
    from crmdesk.services.reports import (
        book_reports,
        contracts,
        currency_reports,
        group_reports,
        journal,
        measures,
        recommendations,
        reconciliation,
        segments,
        trial_balance,
        uninvoiced,
    )

    del (
        book_reports,
        contracts,
        currency_reports,
        group_reports,
        journal,
        measures,
        reconciliation,
        recommendations,
        segments,
        trial_balance,
        uninvoiced,
    )
    return dict(sorted(_reports.items()))


def find(name: str) -> Report:
    """A report by name, or NotFound."""
    found = all_reports().get(name)
    if found is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no report “{name}”. Known: {known}.").format(
                name=name[:40], known=", ".join(all_reports())
            ),
            field="name",
        )
    return found


def plain_value(entry: Field, value: Any, currency: str) -> Any:
    """A cell as JSON: money as a decimal string, dates ISO."""
    if value is None:
        return None
    if entry.kind is Kind.MONEY:
        return money.plain(value, currency)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value


def plain_document(
    fields: tuple[Field, ...], rows: list[tuple[Any, ...]], totals: dict[str, dict[str, int]], **head: Any
) -> dict[str, Any]:
    """The common JSON of a report: its head, rows as objects, totals per currency."""
    names = [entry.name for entry in fields]
    at_currency = names.index("currency") if "currency" in names else None
    plain_rows = []
    for row in rows:
        currency = row[at_currency] if at_currency is not None else ""
        plain_rows.append(
            {
                entry.name: plain_value(entry, value, currency)
                for entry, value in zip(fields, row, strict=True)
            }
        )
    return {
        **head,
        "rows": plain_rows,
        "totals": {
            currency: {name: money.plain(minor, currency) for name, minor in sums.items()}
            for currency, sums in totals.items()
        },
    }


def add_up(
    fields: tuple[Field, ...], rows: list[tuple[Any, ...]], names: tuple[str, ...]
) -> dict[str, dict[str, int]]:
    """Sums of money columns per currency."""
    positions = {entry.name: index for index, entry in enumerate(fields)}
    names = tuple(name for name in names if fields[positions[name]].kind is Kind.MONEY)
    at_currency = positions["currency"]
    totals: dict[str, dict[str, int]] = {}
    for row in rows:
        sums = totals.setdefault(row[at_currency], dict.fromkeys(names, 0))
        for name in names:
            sums[name] += row[positions[name]] or 0
    return dict(sorted(totals.items()))


def make(
    report_name: str,
    title: str,
    period: str,
    fields: tuple[Field, ...],
    rows: list[tuple[Any, ...]],
    summed: tuple[str, ...],
    *,
    base_totals: tuple[str, dict[str, int]] | None = None,
    notes: tuple[str, ...] = (),
    **head: Any,
) -> ReportTable:
    """A filled report with the common JSON. `base_totals`: the book's currency and sums of columns that are in it,
    whatever the currency of the row; they stand in the line of that currency."""
    has_sums = summed and "currency" in [entry.name for entry in fields]
    totals = add_up(fields, rows, summed) if has_sums else {}
    if notes:
        head["notes"] = list(notes)
    document = plain_document(fields, rows, totals, report=report_name, **head)
    if base_totals is not None and base_totals[1] and rows:
        own, sums = base_totals
        totals = dict(sorted({**totals, own: totals.get(own, {}) | sums}.items()))
    return ReportTable(report_name, title, period, fields, rows, totals, document, notes)
