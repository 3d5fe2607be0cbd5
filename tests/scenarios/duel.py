"""The program and the second model, side by side: every line is given to both, and both must answer alike."""

from __future__ import annotations

import functools
import json
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.agreements import agreement as agreements
from crmdesk.models.tables.base import Day
from crmdesk.services import check, contract_figures, invoiced, statements, use_cases
from crmdesk.services.book import Book
from tests.model.items import RECEIVABLE
from tests.model.second_model import SecondModel
from tests.model.sums import decimal
from tests.scenarios import agreement, invariants
from tests.scenarios.agreement import Disagreement, demand, report_of

_KEPT = """
    SELECT c.code, d.number, o.open_minor FROM open_item o
    JOIN document d ON d.id = o.document_id JOIN customer c ON c.id = o.customer_id
    WHERE o.open_minor <> 0"""
_OWED = """
    SELECT c.code, d.currency, SUM(d.effect_minor) FROM document d JOIN customer c ON c.id = d.customer_id
    WHERE d.dated_on <= ? GROUP BY c.code, d.currency"""
_ACCOUNTS = """
    SELECT a.role, p.currency, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id
    WHERE a.role IN ('bills', 'deposit', 'payable', 'finance_cost') AND p.dated_on <= ? GROUP BY 1, 2"""
_SIDES = "('receivable', 'customer_credit', 'deposit', 'bills')"
_WORTH = f"""
    SELECT p.currency, CASE WHEN a.role IN {_SIDES} THEN a.role ELSE 'gain' END AS side,
        SUM(CASE WHEN a.role IN {_SIDES} THEN p.base_minor ELSE -p.base_minor END)
    FROM posting p JOIN account a ON a.id = p.account_id JOIN customer c ON c.id = p.customer_id
    WHERE c.code = ? AND p.currency <> ? AND p.dated_on <= ? AND p.base_minor IS NOT NULL
        AND (a.role IN {_SIDES} OR p.amount_minor = 0 AND NOT EXISTS (
            SELECT 1 FROM base_entry b JOIN posting q ON q.source_id = b.source_id AND q.position = p.position
            WHERE b.id = p.source_id AND b.kind = 'late' AND q.amount_minor <> 0))
    GROUP BY 1, 2"""
_BILLS = """
    SELECT id FROM document WHERE kind IN ('invoice', 'opening') AND effect_minor >= 0 AND dated_on <= ?"""
REPORTS_EVERY = 8
"""After every so many steps the reports are compared as well: each costs as much as ten steps."""


@functools.cache
def _contracts() -> Any:
    """The figures of all contracts as at a day; to make the statement costs more than to run it."""
    figures = contract_figures.ContractFigures(bindparam("at", type_=Day()))
    return select(agreements.c.number, figures.billed, figures.received)


def _number(at: date) -> int:
    """A date as the store has it."""
    return at.year * 10000 + at.month * 100 + at.day


class Duel:
    """One book and its model."""

    def __init__(self, book: Book, model: SecondModel) -> None:
        self.book, self.model = book, model
        self.accepted = self.refused = self.free_to_refuse = 0
        self.played: list[dict[str, Any]] = []
        self.locks: list[tuple[date, str]] = []

    def play(self, do: str, args: dict[str, Any]) -> dict[str, Any] | None:
        """One line for both; the program's result, or None when it was refused as it should be."""
        verdict = self.model.judge(do, args)
        self.played.append({"do": do, **args})
        try:
            got = use_cases.run(self.book, do, args, actor="tester")
        except CrmdeskError as error:
            if not verdict.allows(str(error.code)):
                raise Disagreement(
                    f"{do} {args}\n  program: refused {error.code} ({error.message})\n"
                    f"  model:   {sorted(verdict.must) or 'done'} {sorted(verdict.may)}"
                ) from error
            self.refused += 1
            self.played.pop()
            return None
        except Exception as error:
            raise Disagreement(f"{do} {args}\n  program: broke with {error!r}") from error
        result = got if isinstance(got, dict) else got.result
        if verdict.must:
            raise Disagreement(f"{do} {args}\n  program: {result}\n  model:   refused {sorted(verdict.must)}")
        expected = verdict.effect()
        self.accepted += 1
        self.free_to_refuse += bool(verdict.may)
        if "draft" in expected:
            self.model.keep_draft(result["draft"], expected["draft"])
        else:
            demand(agreement.like(result, expected), expected, f"{do} {args}")
        self.compare_step(do)
        return result

    def compare_step(self, do: str) -> None:
        """What an accepted step may have moved, now and as at one past date."""
        if do in ("period.lock", "period.close"):
            self._remember_lock()
        elif do == "period.reopen":
            self.locks = [lock for lock in self.locks if lock[0] <= self.model.locked_until]
        if do.startswith("customer.") or do == "invoice.draft":
            return
        past = self.past()
        self.compare_owed()
        for code in self.model.customers:
            self.compare_bases(code, date.max)
        if do.startswith(("rate.", "revaluation.")):
            for code in self.model.customers:
                self.compare_bases(code, past)
        for at in (date.max, past):
            self.compare_tax_invoices(at)
            self.compare_contracts(at)
            self.compare_accounts(at)
        if self.accepted % REPORTS_EVERY == 0:
            self.compare_reports_at(past)
            self.compare_reports_at(self.model.today)

    def past(self) -> date:
        """A day in the middle of what happened, another one after every step."""
        days = sorted({d.on for d in self.model.documents.values()})
        if not days:
            return self.model.today
        return days[self.accepted * 7 % len(days)] - timedelta(days=self.accepted % 2)

    def compare_reports_at(self, at: date) -> None:
        """Balances, ageing and one customer's statement."""
        turn = self.accepted // REPORTS_EVERY
        agreement.balances(report_of(self.book, "balances", as_of=at), self.model, at)
        basis = ("due", "invoice")[turn % 2]
        agreement.ageing(
            report_of(self.book, "ageing", as_of=at, basis=basis, buckets=(30, 60, 90)), self.model, at, basis
        )
        codes = list(self.model.customers)
        style = agreement.STYLES[turn % 3]
        self.compare_statement(codes[turn % len(codes)], None, at, style)

    # -------------------------------------------------------------- cheap, after every step

    def compare_owed(self) -> None:
        """The kept open amounts, and the balances now and as at a past date."""
        past = self.past()
        with self.book.read() as connection:
            kept = connection.exec_driver_sql(_KEPT).all()
            owed = {at: connection.exec_driver_sql(_OWED, (_number(at),)).all() for at in (date.max, past)}
        expected = {(c, d.number): d.left for c, items in self.model.items.items() for d in items if d.left}
        demand({(code, number): abs(left) for code, number, left in kept}, expected, "open amounts")
        for at, rows in owed.items():
            balance = {
                (code, currency): amount
                for code in self.model.customers
                for currency in self.model.currencies(code, at)
                if (amount := self.model.balance(code, at, currency))
            }
            got = {(code, currency): amount for code, currency, amount in rows if amount}
            demand(got, balance, f"balances at {at}")

    def compare_accounts(self, at: date) -> None:
        """What stands in the accounts of bills, deposits, suppliers and finance cost."""
        with self.book.read() as connection:
            rows = connection.exec_driver_sql(_ACCOUNTS, (_number(at),)).all()
        got = {(role, currency): amount for role, currency, amount in rows if amount}
        demand(got, self.model.accounts(at), f"accounts at {at}")

    def compare_contracts(self, at: date) -> None:
        """Billed and received of every contract."""
        if not self.model.contracts:
            return
        with self.book.read() as connection:
            rows = connection.execute(_contracts(), {"at": at}).all()
        got = {number: {"billed": billed, "received": received} for number, billed, received in rows}
        expected = {
            number: self.model.contract_figures(contract, at)
            for number, contract in self.model.contracts.items()
        }
        demand(got, expected, f"contracts at {at}")

    def compare_tax_invoices(self, at: date) -> None:
        """What of each bill is invoiced, asked for, received, and what money of each customer is unused."""
        model = self.model
        as_of = None if at == date.max else at
        with self.book.read() as connection:
            rows = connection.exec_driver_sql(_BILLS, (_number(at),)).scalars()
            found = {
                bill.number: bill for bill in invoiced.totals_of_documents(connection, rows, as_of).values()
            }
            free = invoiced.prepaid(connection, as_of)
            ids = dict(connection.exec_driver_sql("SELECT id, code FROM customer").all())
        bills = [d for items in model.items.values() for d in items if d.side == RECEIVABLE and d.on <= at]
        demand(
            {
                number: (bill.billable_minor, bill.issued_minor, bill.requested_minor, bill.received_minor)
                for number, bill in found.items()
            },
            {
                d.number: (
                    model.billable(d, at),
                    model.invoiced(d, at),
                    model.asked(d),
                    model.received(d, at),
                )
                for d in bills
            },
            f"tax invoices at {at}: billable, issued, asked for, received",
        )
        unused = {
            (code, currency): amount
            for code in model.customers
            for currency in model.currencies(code)
            if (amount := model.unused_money(code, currency, at))
        }
        got = {(ids[owner], currency): amount for (owner, currency), amount in free.items()}
        demand(got, unused, f"unused money at {at}")

    def compare_bases(self, code: str, at: date) -> None:
        """What a customer's foreign receivables and credit are worth, and what was gained on them."""
        if all(currency == self.model.currency for currency in self.model.currencies(code)):
            return
        last = _number(at)
        with self.book.read() as connection:
            rows = connection.exec_driver_sql(_WORTH, (code, self.model.currency, last)).all()
        got = {(row[0], row[1]): row[2] for row in rows}
        expected: dict[tuple[str, str], int] = {}
        for currency in self.model.currencies(code):
            if currency != self.model.currency:
                base = self.model.bases(code, currency, at)
                told = zip(("receivable", "customer_credit", "deposit", "bills", "gain"), base, strict=True)
                expected |= {(currency, name): value for name, value in told if value}
        demand({key: value for key, value in got.items() if value}, expected, f"worth of {code} at {at}")

    # -------------------------------------------------------------- dear, at the end of a run

    def dates(self) -> list[date]:
        """Four dates that matter: early, two in the middle of events, and after everything."""
        documents = self.model.documents.values()
        days = sorted({on for d in documents for on in (d.on, *(day for day, _ in d.uses))})
        if not days:
            return [self.model.today]
        return sorted(
            {
                *list(self.model.revaluations)[:2],
                days[len(days) // 4],
                days[len(days) // 2] - timedelta(days=1),
                days[-1],
                max(self.model.today, days[-1] + timedelta(days=45)),
            }
        )

    def compare_reports(self, turn: int | None = None) -> None:
        """Balances, ageing and statements of everybody as at four dates, and one month of each.

        Every basis and style at every date; or, with a `turn`, one of each per date, another one every turn.
        """
        styles = agreement.STYLES
        for number, at in enumerate(self.dates()):
            agreement.balances(report_of(self.book, "balances", as_of=at), self.model, at)
            for basis in ("due", "invoice") if turn is None else (("due", "invoice")[(turn + number) % 2],):
                got = report_of(self.book, "ageing", as_of=at, basis=basis, buckets=(30, 60, 90))
                agreement.ageing(got, self.model, at, basis)
            for place, code in enumerate(self.model.customers):
                self.compare_bases(code, at)
                for style in styles if turn is None else (styles[(turn + number + place) % 3],):
                    self.compare_statement(code, None, at, style)
                if turn is None or (turn + number + place) % 4 == 0:
                    # iG2: the closing of one period is the opening of the next
                    month = timedelta(days=30)
                    self.compare_statement(code, at - month, at, "balance-forward")
                    self.compare_statement(code, at + timedelta(days=1), at + month, "balance-forward")

    def compare_statement(self, code: str, start: date | None, end: date, style: str) -> None:
        got = statements.as_json(self.book, code, date_from=start, date_to=end, style=style)
        agreement.statement(got, self.model, code, start, end, style)
        held = self.model.deposits_held(code, end)
        told = {one["currency"]: one["deposits"] for one in got if float(one["deposits"])}
        demand(told, {c: decimal(amount, c) for c, amount in held.items()}, f"deposits of {code} at {end}")

    def compare_invariants(self, *, has_own_check: bool = True) -> None:
        """The identities on the raw rows, the locked periods, and (it is slow) the program's own check."""
        with self.book.read() as connection:
            rows = invariants.Rows(connection)
            invariants.all_of_them(rows)
            moments = connection.exec_driver_sql("SELECT posted_at FROM audit_entry ORDER BY id").scalars()
            invariants.moments_do_not_go_back(moments)
            for until, before in self.locks:
                demand(invariants.digest(connection, until), before, f"iL1 what is locked until {until}")
        if has_own_check:
            told = check.run(self.book)
            demand((told["clean"], told["violations"]), (True, []), "the program's own check")

    def _remember_lock(self) -> None:
        until = self.model.locked_until
        with self.book.read() as connection:
            self.locks.append((until, invariants.digest(connection, until)))

    def history(self) -> str:
        """What has been done to the book, as lines of the batch language."""
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in self.played)
