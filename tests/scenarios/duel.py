"""The program and the second model, side by side: every line is given to both, and both must answer alike."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, statements, use_cases
from crmdesk.services.book import Book
from crmdesk.services.reports import ageing, balances
from tests.model.second_model import SecondModel
from tests.scenarios import agreement, invariants
from tests.scenarios.agreement import Disagreement, demand

_KEPT = """
    SELECT d.number, o.open_minor FROM open_item o
    JOIN document d ON d.id = o.document_id JOIN customer c ON c.id = o.customer_id
    WHERE c.code = ? AND o.open_minor <> 0"""
_OWED = """
    SELECT d.currency, SUM(d.effect_minor) FROM document d JOIN customer c ON c.id = d.customer_id
    WHERE c.code = ? GROUP BY d.currency"""
_WORTH = """
    SELECT p.currency, CASE WHEN a.role IN ('receivable', 'customer_credit') THEN a.role ELSE 'gain' END AS side,
        SUM(CASE WHEN a.role IN ('receivable', 'customer_credit') THEN p.base_minor ELSE -p.base_minor END)
    FROM posting p JOIN account a ON a.id = p.account_id JOIN customer c ON c.id = p.customer_id
    WHERE c.code = ? AND p.currency <> ? AND p.dated_on <= ? AND p.base_minor IS NOT NULL
        AND (a.role IN ('receivable', 'customer_credit') OR p.amount_minor = 0)
    GROUP BY 1, 2"""
_NAMING = ("payment", "invoice", "credit", "refund", "writeoff")


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
            demand({key: result.get(key) for key in expected}, expected, f"{do} {args}")
        if do == "period.lock":
            self._remember_lock()
        elif do.startswith(("rate.", "revaluation.")):
            for code in self.model.customers:
                self.compare_bases(code, date.max)
        elif not do.startswith("customer.") and do != "invoice.draft":
            self.compare_customer(self._touched(args))
        return result

    def _touched(self, args: dict[str, Any]) -> str:
        if "customer" in args:
            return args["customer"]
        for key in _NAMING:
            if args.get(key) in self.model.documents:
                return self.model.documents[args[key]].customer.code
        last = max(self.model.documents.values(), key=lambda d: d.sequence)  # issued from a draft
        return last.customer.code

    # -------------------------------------------------------------- cheap, after every step

    def compare_customer(self, code: str) -> None:
        """The kept open amounts and the balance of one customer."""
        with self.book.read() as connection:
            kept = connection.exec_driver_sql(_KEPT, (code,)).all()
            owed = connection.exec_driver_sql(_OWED, (code,)).all()
        items = self.model.items.get(code, [])
        demand(
            {number: abs(left) for number, left in kept},
            {d.number: d.left for d in items if d.left},
            f"open amounts of {code}",
        )
        currencies = self.model.currencies(code)
        balance = {currency: self.model.balance(code, date.max, currency) for currency in currencies}
        demand({row[0]: row[1] for row in owed}, balance, f"balance of {code}")
        self.compare_bases(code, date.max)

    def compare_bases(self, code: str, at: date) -> None:
        """What a customer's foreign receivables and credit are worth, and what was gained on them."""
        last = at.year * 10000 + at.month * 100 + at.day
        with self.book.read() as connection:
            rows = connection.exec_driver_sql(_WORTH, (code, self.model.currency, last)).all()
        got = {(row[0], row[1]): row[2] for row in rows}
        expected: dict[tuple[str, str], int] = {}
        for currency in self.model.currencies(code):
            if currency != self.model.currency:
                base = self.model.bases(code, currency, at)
                told = zip(("receivable", "customer_credit", "gain"), base, strict=True)
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
            agreement.balances(balances.as_json(self.book, as_of=at), self.model, at)
            for basis in ("due", "invoice") if turn is None else (("due", "invoice")[(turn + number) % 2],):
                got = ageing.as_json(self.book, as_of=at, basis=basis, buckets=(30, 60, 90))
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
