"""Number series: every number from 1 to the last exists (a void document keeps its number). iN1."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Connection, cast, func, select

from crmdesk.models.specs.agreements import KINDS as AGREEMENT_KINDS
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.banking import bank_entry
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.fapiao import fapiao_request, red_confirmation
from crmdesk.models.tables.settings import series
from crmdesk.services import settings
from crmdesk.text import _

_OWN_TABLES = {
    **dict.fromkeys(AGREEMENT_KINDS, agreement),
    "bank": bank_entry,
    "fapiao_request": fapiao_request,
    "red_confirmation": red_confirmation,
}
"""Series whose numbers are not those of posted documents."""


def gaps(connection: Connection) -> list[tuple[str, int, int]]:
    """(kind, year, missing value) of every gap."""
    prefixes = settings.load(connection).prefixes
    found: list[tuple[str, int, int]] = []
    # year 0: codes of customers and products, which may have gaps
    query = select(series).where(series.c.year > 0).order_by(series.c.kind, series.c.year)
    for kind, year, last in connection.execute(query).all():
        start = f"{prefixes[kind]}-{year}-"
        table = _OWN_TABLES.get(kind, document)
        of_series = [table.c.number >= start, table.c.number < start + ":"]
        if table in (document, agreement):
            of_series.append(table.c.kind == kind)
        elif table is bank_entry:
            of_series.append(bank_entry.c.origin_id.is_(None))
        value = func.substr(table.c.number, len(start) + 1)
        is_number = func.rtrim(value, "0123456789") == ""
        counted = select(
            func.count(cast(value, BigInteger).distinct()), func.max(cast(value, BigInteger))
        ).where(*of_series, is_number, value != "", cast(value, BigInteger) > 0)
        if tuple(connection.execute(counted).one()) == (last, last):
            continue  # 1 to the last, each once: a million numbers need not be read
        numbers = connection.execute(select(table.c.number).where(*of_series)).scalars()
        present = {
            int(digits)
            for number in numbers
            if (digits := number[len(start) :]).isdigit() and digits.isascii()
        }
        if len(present) >= last and max(present, default=0) == last:
            continue
        found.extend((kind, year, value) for value in range(1, last + 1) if value not in present)
    return found


def series_have_no_gaps(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Each gap as a violation."""
    for kind, year, value in gaps(connection):
        yield (
            "number_gap",
            f"{kind}:{year}:{value}",
            _("The {kind} series of {year} has no number {value}.").format(kind=kind, year=year, value=value),
        )
