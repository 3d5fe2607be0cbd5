"""Check data: file integrity, foreign keys, schema, every ledger identity, kept amounts, numbers, audit chain.

Read-only. Each check is a function that yields violations; `run` gathers them (cli.md, `crmdesk check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from crmdesk.models.tables.documents import document
from crmdesk.services import (
    check_agreements,
    check_audit,
    check_bank,
    check_base,
    check_categories,
    check_collecting,
    check_custom,
    check_events,
    check_fapiao,
    check_ledger,
    check_merges,
    check_numbers,
    check_segments,
    schema,
    search,
)
from crmdesk.services.book import Book
from crmdesk.text import _

VIOLATION_COUNT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as it must be."""

    code: str
    record: str
    message: str


Finder = Callable[[Connection], Iterator[tuple[str, str, str]]]


def _integrity(connection: Connection) -> Iterator[tuple[str, str, str]]:
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(100)").all():
        if line != "ok":
            yield "integrity", "file", str(line)


def _foreign_keys(connection: Connection) -> Iterator[tuple[str, str, str]]:
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        yield (
            "foreign_key",
            f"{row[0]}:{row[1]}",
            _("A row of {table} points to a missing row of {parent}.").format(table=row[0], parent=row[2]),
        )


def _schema(connection: Connection) -> Iterator[tuple[str, str, str]]:
    for entry in [*schema.differences(connection), *schema.shape_differences(connection)]:
        yield (
            "schema_altered",
            entry,
            _("The structure of the file differs from what this version makes: {entry}").format(entry=entry),
        )


def _search(connection: Connection) -> Iterator[tuple[str, str, str]]:
    for record in search.differences(connection):
        yield (
            "search_index",
            record,
            _("The search index does not match {record}; it can be rebuilt.").format(record=record),
        )


def _measures(connection: Connection) -> Iterator[tuple[str, str, str]]:
    from crmdesk.services.measures import evaluation

    for customer_id in evaluation.differences(connection):
        yield (
            "measure",
            f"customer:{customer_id}",
            _(
                "The kept measures of customer {id} differ from what the ledger gives. `crmdesk check --rebuild`"
                " reckons all of them anew."
            ).format(id=customer_id),
        )


CHECKS: dict[str, Finder] = {
    "integrity": _integrity,
    "foreign_keys": _foreign_keys,
    "schema": _schema,
    "postings": check_ledger.postings_balance,
    "base_entries": check_base.entries_balance,
    "base_shares": check_base.shares_are_cumulative,
    "base_rests": check_base.settled_leaves_nothing,
    "bill_values": check_base.bills_keep_their_value,
    "receivables": check_ledger.receivables_agree,
    "open_items": check_ledger.open_items_agree,
    "allocations": check_ledger.allocations_hold,
    "lines": check_ledger.lines_add_up,
    "reversals": check_ledger.reversals_are_exact,
    "agreements": check_agreements.totals_agree,
    "plans": check_agreements.plans_add_up,
    "attachments": check_agreements.attachments_are_whole,
    "bank": check_bank.bank_holds,
    "fapiao": check_fapiao.fapiao_hold,
    "reminders": check_collecting.reminders_add_up,
    "interest": check_collecting.interest_is_billed_once,
    "categories": check_categories.trees_hold,
    "retired": check_categories.retired_agree,
    "category_history": check_categories.history_agrees,
    "transfers": check_events.transfers_pair,
    "deposits": check_events.deposits_hold,
    "bills": check_events.bills_hold,
    "segment_members": check_segments.members_follow,
    "segment_events": check_segments.events_lead_to_members,
    "segment_gifts": check_segments.gifts_hold,
    "custom_fields": check_custom.values_fit,
    "measures": _measures,
    "numbers": check_numbers.series_have_no_gaps,
    "audit_chain": check_audit.chain_holds,
    "audit_rows": check_audit.rows_match_their_entries,
    "merges": check_merges.holders_follow,
    "search": _search,
}


def findings(
    connection: Connection, *, is_cancelled: Callable[[], bool] = lambda: False
) -> Iterator[tuple[str, str, str]]:
    """Every violation as (code, record, message), check by check.

    A check that stumbles over what the file holds is a violation, too. After a broken structure of the file itself
    nothing further is looked at: a malformed file makes every further figure meaningless.
    """
    for name, finder in CHECKS.items():
        if is_cancelled():
            return
        is_broken = False
        try:
            for entry in finder(connection):
                is_broken = name == "integrity"
                yield entry
        except (DBAPIError, ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
            reason = str(getattr(error, "orig", None) or error)
            is_broken = name == "integrity" or "malformed" in reason
            if is_broken:
                yield "integrity", "file", reason
                return
            yield (
                "unreadable",
                name,
                _("The check “{name}” met a value that crmdesk never writes: {reason}").format(
                    name=name, reason=reason[:200]
                ),
            )
        if is_broken:
            return


def run(book: Book, *, is_cancelled: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Runs every check. `checked` gives the number of records looked at; `clean` is true without violations."""
    violations: list[Violation] = []
    with book.read() as connection:
        for code, record, message in findings(connection, is_cancelled=is_cancelled):
            violations.append(Violation(code, record, message))
            if len(violations) >= VIOLATION_COUNT_MAX:
                break
        is_readable = not any(entry.code in ("integrity", "unreadable") for entry in violations)
        counts = _counts(connection) if is_readable else {}
    return {
        "clean": not violations,
        "checked": counts,
        "violations": [
            {"code": entry.code, "record": entry.record, "message": entry.message} for entry in violations
        ],
    }


def _counts(connection: Connection) -> dict[str, Any]:
    tables = (
        "customer",
        "document",
        "allocation",
        "posting",
        "audit_entry",
        "open_item",
        "product",
        "category",
        "agreement",
        "instalment",
        "attachment",
        "fapiao",
        "segment",
        "segment_member",
        "customer_measure",
    )
    counts: dict[str, Any] = {
        name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608 (own names)
        for name in tables
    }
    counts["documents_by_kind"] = dict(
        connection.execute(select(document.c.kind, func.count()).group_by(document.c.kind)).all()
    )
    return counts
