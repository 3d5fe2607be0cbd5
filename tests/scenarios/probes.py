"""Short stories that see what random histories of the ledger cannot reach: imports, crashes, the store itself,
bank statements, interest, reminders.

Each takes an empty book, passes on the program as it is, and raises a Disagreement where its rule is broken. The
planted bugs that only they can find name them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables import APPEND_ONLY
from crmdesk.services import interest, units, use_cases
from crmdesk.services.book import Book
from crmdesk.services.imports import run
from crmdesk.services.imports.results import ImportOptions
from tests.scenarios.agreement import Disagreement, demand

Probe = Callable[[Book, Path], None]


def do(book: Book, name: str, /, **args: Any) -> dict[str, Any]:
    return use_cases.run(book, name, args, actor="probe")


def refused(book: Book, name: str, /, **args: Any) -> str:
    """The code of the refusal; none is a Disagreement."""
    try:
        done = do(book, name, **args)
    except CrmdeskError as error:
        return str(error.code)
    raise Disagreement(f"{name} {args} was not refused: {done}")


def bill(book: Book, on: str, amount: str) -> str:
    line = {"description": "Paint", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do(book, "invoice.issue", customer="A", date=on, lines=[line])["number"]


def count(book: Book, table: str) -> int:
    with book.read() as connection:
        return connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar_one()


def imports_respect_the_lock(book: Book, folder: Path) -> None:
    """A file is no way round the lock."""
    do(book, "customer.create", code="A", name="A")
    do(book, "period.lock", until="2026-03-31")
    file = folder / "bills.csv"
    file.write_text("单号,客户编号,日期,品名,数量,单价,税率\nX-1,A,2026-03-31,Paint,1,100.00,13%\n", "utf-8")
    result = run.run(book, "invoices", file, ImportOptions())
    demand(
        [str(problem.code) for problem in result.errors], ["period_locked"], "an import into the locked past"
    )
    demand(count(book, "document"), 0, "documents in the locked past")


def a_number_dies_with_its_transaction(book: Book, folder: Path) -> None:
    """What is taken back before the commit leaves no gap."""
    do(book, "customer.create", code="A", name="A")
    line = {"description": "Paint", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    with book.write("probe") as unit:
        use_cases.perform(
            unit, "invoice.issue", {"customer": "A", "date": "2026-01-05", "lines": [line]}
        )  # left without finish: a batch whose next line was refused
    demand(bill(book, "2026-01-06", "20"), "INV-2026-0001", "the first number that was given out")


def posted_rows_cannot_be_changed(book: Book, folder: Path) -> None:
    """Every append-only table refuses UPDATE and DELETE by itself, in any program."""
    do(book, "customer.create", code="A", name="A")
    one = bill(book, "2026-01-05", "10")
    do(book, "payment.record", customer="A", date="2026-01-06", amount="10", allocate="oldest")
    do(book, "fapiao.request", customer="A", invoices=[{"invoice": one}])
    with book.read() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        known = set(rows.scalars())
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            demand(f"{table.name}_no_{verb}" in known, True, f"trigger of {table.name} against {verb}")


def nothing_without_its_audit_entry(book: Book, folder: Path) -> None:
    """A fault while the audit entry is written leaves no document either."""
    do(book, "customer.create", code="A", name="A")

    def broken(_count: int) -> bytes:
        raise OSError("no more random numbers")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units.os, "urandom", broken)
        with pytest.raises(Exception, match="no more random numbers"):
            bill(book, "2026-01-05", "10")
    demand(count(book, "document"), 0, "documents without an audit entry")


def a_bank_line_is_booked_once(book: Book, folder: Path) -> None:
    do(book, "customer.create", code="A", name="A")
    file = folder / "bank.csv"
    file.write_text(
        "交易日期,对方户名,对方账号,摘要,收入,支出,流水号\n2026-05-06,A,6222,款,100.00,,F1\n", "utf-8"
    )
    run.run(book, "bank", file, ImportOptions())
    with book.read() as connection:
        line = connection.exec_driver_sql("SELECT id FROM bank_line").scalar_one()
    do(book, "bank.confirm", line=line, customer="A")
    demand(refused(book, "bank.confirm", line=line, customer="A"), "in_use", "a line booked before")


def interest_is_billed_once(book: Book, folder: Path) -> None:
    do(book, "customer.create", code="A", name="A")
    do(book, "company.update", interest_rate="0.072", interest_basis="360")
    bill(book, "2026-01-01", "10000")
    do(book, "interest.bill", customer="A", date="2026-01-21", tax_rate="0")
    with book.read() as connection:
        left = interest.interest(connection, "A", date(2026, 1, 21))
    demand([item.interest_minor for item in left], [], "interest left after it was billed")


def levels_of_reminders_only_rise(book: Book, folder: Path) -> None:
    do(book, "customer.create", code="A", name="A")
    one = bill(book, "2026-01-01", "10000")
    do(book, "reminder.record", customer="A", level=3, items=[one], date="2026-03-01")
    told = refused(book, "reminder.record", customer="A", level=1, items=[one], date="2026-04-01")
    demand(told, "reminder_level", "a level lower than the one before")


PROBES: tuple[Probe, ...] = (
    imports_respect_the_lock,
    a_number_dies_with_its_transaction,
    posted_rows_cannot_be_changed,
    nothing_without_its_audit_entry,
    a_bank_line_is_booked_once,
    interest_is_billed_once,
    levels_of_reminders_only_rise,
)
