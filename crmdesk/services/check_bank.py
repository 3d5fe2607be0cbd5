"""Bank statements and bank entries: what stands for a line is what the line says, and each movement stands once."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, or_, select

from crmdesk.models.tables.banking import bank_entry, bank_file, bank_line, bank_match
from crmdesk.models.tables.documents import document, payment
from crmdesk.models.tables.ledger import posting
from crmdesk.services.banking import states
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]


def bank_holds(connection: Connection) -> Found:
    """Entries and their postings, lines and their files, matches and what they point to."""
    yield from _entries(connection)
    yield from _lines(connection)
    yield from _matches(connection)


def _entries(connection: Connection) -> Found:
    moved = (
        select(func.coalesce(func.sum(posting.c.amount_minor), 0))
        .where(
            posting.c.source_id == bank_entry.c.id,
            posting.c.money_account_id == bank_entry.c.money_account_id,
            posting.c.currency == bank_entry.c.currency,
        )
        .correlate(bank_entry)
        .scalar_subquery()
    )
    own = bank_entry.alias("own")
    query = (
        select(bank_entry.c.id, bank_entry.c.number)
        .join_from(bank_entry, own, own.c.id == bank_entry.c.origin_id, isouter=True)
        .where(
            or_(
                moved != bank_entry.c.amount_minor,
                own.c.amount_minor != -bank_entry.c.amount_minor,
                own.c.dated_on > bank_entry.c.dated_on,
            )
        )
    )
    for entry_id, number in connection.execute(query):
        yield (
            "bank_entry",
            f"bank_entry:{entry_id}",
            _("The postings of bank entry {number}, or its reversal, do not fit it.").format(number=number),
        )


def _lines(connection: Connection) -> Found:
    query = (
        select(bank_line.c.id)
        .join_from(bank_line, bank_file, bank_file.c.id == bank_line.c.file_id)
        .where(
            or_(
                bank_file.c.money_account_id != bank_line.c.money_account_id,
                bank_file.c.currency != bank_line.c.currency,
                bank_line.c.booked_on < bank_file.c.from_on,
                bank_line.c.booked_on > bank_file.c.to_on,
            )
        )
    )
    for (line_id,) in connection.execute(query):
        yield (
            "bank_line",
            f"bank_line:{line_id}",
            _("Bank line {id} does not fit the file it came from.").format(id=line_id),
        )


def _matches(connection: Connection) -> Found:
    query = (
        select(bank_match.c.bank_line_id)
        .join_from(bank_match, bank_line, bank_line.c.id == bank_match.c.bank_line_id)
        .outerjoin(payment, payment.c.document_id == bank_match.c.document_id)
        .outerjoin(document, document.c.id == bank_match.c.document_id)
        .outerjoin(bank_entry, bank_entry.c.id == bank_match.c.entry_id)
        .where(
            or_(
                func.coalesce(payment.c.received_minor - payment.c.fee_minor, bank_entry.c.amount_minor)
                != bank_line.c.amount_minor,
                func.coalesce(payment.c.money_account_id, bank_entry.c.money_account_id)
                != bank_line.c.money_account_id,
                func.coalesce(document.c.currency, bank_entry.c.currency) != bank_line.c.currency,
            )
        )
    )
    for (line_id,) in connection.execute(query):
        yield (
            "bank_match",
            f"bank_line:{line_id}",
            _("What was booked for bank line {id} is not what the line says.").format(id=line_id),
        )
    for column in (bank_match.c.bank_line_id, bank_match.c.document_id, bank_match.c.entry_id):
        twice = (
            select(column)
            .where(column.is_not(None), states.IS_LIVE_MATCH)
            .group_by(column)
            .having(func.count() > 1)
        )
        for (record_id,) in connection.execute(twice):
            yield (
                "bank_match",
                f"{column.name.removesuffix('_id')}:{record_id}",
                _("{record} stands for more than one thing.").format(record=f"{column.name} {record_id}"),
            )
