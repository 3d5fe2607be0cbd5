"""Contracts and their instalment plans in the second model: signed, planned, planned anew, billed, paid.

A contract is its total and its bills. What its invoices have as net and tax is left to the identities on the raw
rows (`invariants.plans_add_up`); here only what is owed counts.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.model.items import ANY_CODE, RECEIVABLE, Customer, Document, Verdict
from tests.model.sums import decimal, split


@dataclass(eq=False)
class Part:
    """One instalment; it is the same one in every plan it goes on in."""

    due: date
    amount: int


@dataclass(eq=False)
class Contract:
    number: str
    customer: Customer
    currency: str
    on: date
    net: int
    tax: int
    state: str = "draft"
    plans: list[tuple[date, list[Part] | None]] = field(default_factory=list)
    """Every plan with its date; None is a cancelled one."""
    bills: list[tuple[Part | None, Document]] = field(default_factory=list)
    tied: list[Document] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.net + self.tax

    @property
    def plan(self) -> list[Part] | None:
        return self.plans[-1][1] if self.plans else None

    @property
    def live(self) -> list[tuple[Part | None, Document]]:
        return [(part, bill) for part, bill in self.bills if not bill.ended_on]


class Agreements:
    """The half of the model before the ledger."""

    contracts: dict[str, Contract]
    today: date

    def begin_agreements(self) -> None:
        self.contracts = {}

    def _contract(self, a: dict[str, Any], v: Verdict) -> Contract | None:
        found = self.contracts.get(a.get("contract", ""))
        if not found:
            v.must.add("not_found")
        return found

    def _contract_create(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)
        if not customer:
            return None
        currency = a.get("currency") or customer.currency
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        net, tax = self._totals(a, currency, v)

        def effect() -> dict[str, Any]:
            number = self._number("contract", on)
            self.contracts[number] = Contract(number, customer, currency, on, net, tax)
            return {"number": number, "total": decimal(net + tax, currency), "state": "draft"}

        return effect

    def _moved(self, a: dict[str, Any], v: Verdict, allowed: tuple[str, ...], to: str) -> Any:
        contract = self._contract(a, v)
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        if not contract:
            return None
        if contract.state not in allowed:
            v.must.add("wrong_state")
        if on < contract.on:
            v.must.add("date_order")
        if to == "void" and contract.live:
            v.must.add("is_billed")

        def effect() -> dict[str, Any]:
            contract.state = to
            return {"state": to}

        return effect

    def _contract_sign(self, a: dict[str, Any], v: Verdict) -> Any:
        return self._moved(a, v, ("draft",), "signed")

    def _contract_finish(self, a: dict[str, Any], v: Verdict) -> Any:
        return self._moved(a, v, ("running",), "finished")

    def _contract_void(self, a: dict[str, Any], v: Verdict) -> Any:
        return self._moved(a, v, ("draft", "signed", "running"), "void")

    # -------------------------------------------------------------- plans

    def _plan_day(self, a: dict[str, Any], contract: Contract, v: Verdict) -> date:
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        if contract.state not in ("draft", "signed", "running"):
            v.must.add("wrong_state")
        if on < max([contract.on, *(day for day, _ in contract.plans)]):
            v.must.add("date_order")
        return on

    def _parts(self, a: dict[str, Any], contract: Contract, left: int, v: Verdict) -> list[Part]:
        if left <= 0:
            v.must.add("out_of_range")
            return []
        first = date.fromisoformat(a["first_due"]) if a.get("first_due") else self.today
        if a["way"] == "by_hand":
            parts = [
                Part(date.fromisoformat(one["due"]), self._amount(one["amount"], contract.currency, v))
                for one in a["parts"]
            ]
            if sum(part.amount for part in parts) != left:
                v.must.add("total_differs")
        else:
            if a["way"] == "percent":
                rates = [Fraction(share) for share in a["percents"]]
                if sum(rates) != 1:
                    v.must.add("total_differs")
                    return []
                weights = [int(rate * 10**8) for rate in rates]
            else:
                weights = [1] * a["count"]
            if a.get("remainder") == "first":
                amounts = split(left, weights)
            else:
                amounts = split(left, weights[::-1])[::-1]
            step = a.get("every_months") or 1
            parts = [Part(_months(first, step * place), amount) for place, amount in enumerate(amounts)]
        if any(part.amount <= 0 for part in parts):
            v.must.add("out_of_range")
        if any(part.due < contract.on for part in parts):
            v.must.add("date_order")
        return parts

    def _planned(self, contract: Contract, on: date, kept: list[Part], parts: list[Part]) -> dict[str, Any]:
        contract.plans.append((on, kept + parts))
        billed = {part for part, _bill in contract.live}
        return {
            "total": decimal(contract.total, contract.currency),
            "instalments": [
                {
                    "instalment": place,
                    "due": part.due.isoformat(),
                    "amount": decimal(part.amount, contract.currency),
                    "billed": part in billed,
                }
                for place, part in enumerate(kept + parts, start=1)
            ],
        }

    def _plan_create(self, a: dict[str, Any], v: Verdict) -> Any:
        contract = self._contract(a, v)
        if not contract:
            return None
        on = self._plan_day(a, contract, v)
        if contract.plan is not None:
            v.must.add("in_use")
        if contract.live:
            v.must.add("is_billed")
        parts = self._parts(a, contract, contract.total, v)
        return lambda: self._planned(contract, on, [], parts)

    def _plan_replan(self, a: dict[str, Any], v: Verdict) -> Any:
        contract = self._contract(a, v)
        if not contract:
            return None
        on = self._plan_day(a, contract, v)
        if contract.plan is None:
            v.must.add("not_found")
            return None
        billed = {part for part, _bill in contract.live}
        kept = [part for part in contract.plan if part in billed]
        left = contract.total - sum(part.amount for part in kept)
        parts = self._parts(a, contract, left, v)
        return lambda: self._planned(contract, on, kept, parts)

    def _plan_cancel(self, a: dict[str, Any], v: Verdict) -> Any:
        contract = self._contract(a, v)
        if not contract:
            return None
        on = self._plan_day(a, contract, v)
        if contract.plan is None:
            v.must.add("not_found")
        if contract.live:
            v.must.add("is_billed")

        def effect() -> dict[str, Any]:
            contract.plans.append((on, None))
            return {}

        return effect

    # -------------------------------------------------------------- bills

    def _bill_day(self, a: dict[str, Any], contract: Contract, v: Verdict) -> date:
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        if contract.state not in ("signed", "running"):
            v.must.add("wrong_state")
        if on < contract.on:
            v.must.add("date_order")
        if not contract.customer.active:
            v.may.add("inactive")
        return on

    def _plan_bill(self, a: dict[str, Any], v: Verdict) -> Any:
        contract = self._contract(a, v)
        if not contract:
            return None
        on = self._bill_day(a, contract, v)
        if contract.plan is None:
            v.must.add("not_found")
            return None
        billed = {part for part, _bill in contract.live}
        if a.get("instalment"):
            chosen = [part for place, part in enumerate(contract.plan, 1) if place == a["instalment"]]
            if not chosen:
                v.must.add("not_found")
            elif chosen[0] in billed:
                v.must.add("is_billed")
        else:
            until = date.fromisoformat(a["due"]) if a.get("due") else on
            chosen = [part for part in contract.plan if part not in billed and part.due <= until]
        if on <= self.locked_until:
            (v.must if chosen else v.may).add("period_locked")

        def effect() -> dict[str, Any]:
            made = [self._billed(contract, part, on, part.due, part.amount) for part in chosen]
            self._settle_with_tied(contract, made, on)
            return {
                "invoices": [
                    {
                        "invoice": bill.number,
                        "total": decimal(bill.total, bill.currency),
                        "due": bill.due.isoformat() if bill.due else None,
                        "open": decimal(bill.left, bill.currency),
                    }
                    for bill in made
                ],
                "open": decimal(sum(bill.left for bill in made), contract.currency),
            }

        return effect

    def _contract_bill(self, a: dict[str, Any], v: Verdict) -> Any:
        contract = self._contract(a, v)
        if not contract:
            return None
        on = self._bill_day(a, contract, v)
        if contract.plan is not None:
            v.must.add("in_use")
        if contract.live:
            v.must.add("is_billed")
        if on <= self.locked_until:
            v.must.add("period_locked")
        if not contract.total:
            v.may.add(ANY_CODE)
        terms = timedelta(days=contract.customer.terms_days)

        def effect() -> dict[str, Any]:
            bill = self._billed(contract, None, on, on + terms, contract.total)
            self._settle_with_tied(contract, [bill], on)
            return {
                "number": bill.number,
                "net": decimal(contract.net, contract.currency),
                "tax": decimal(contract.tax, contract.currency),
                "total": decimal(contract.total, contract.currency),
                "open": decimal(bill.left, contract.currency),
            }

        return effect

    def _billed(self, contract: Contract, part: Part | None, on: date, due: date, total: int) -> Document:
        seq = self._next()
        bill = self._post(
            Document(
                self._number("invoice", on),
                "invoice",
                RECEIVABLE,
                contract.customer,
                contract.currency,
                on,
                due,
                total,
                seq,
                rate=self.rate_for({}, contract.currency, on),
            )
        )
        self._line(on, seq, "invoice", bill, total)
        contract.bills.append((part, bill))
        if contract.state == "signed":
            contract.state = "running"
        return bill

    def _settle_with_tied(self, contract: Contract, bills: list[Document], on: date) -> None:
        """Money tied to the contract, the oldest first; what has no rate does not meet what has one."""
        money = [one for one in contract.tied if not one.ended_on]
        money.sort(key=lambda one: (one.on, one.sequence))
        for bill in bills:
            for one in money:
                when = max(on, one.on)
                part = min(bill.limit(when), one.limit(when))
                if part > 0 and self.is_rated(bill) == self.is_rated(one):
                    self._settle(one, bill, when, part)

    # -------------------------------------------------------------- figures

    def contract_figures(self, contract: Contract, at: date) -> dict[str, int]:
        """What is billed, what was received for it, as at a date."""
        bills = [d for _part, d in contract.bills if d.on <= at and not (d.ended_on and d.ended_on <= at)]
        paid = sum(
            amount
            for bill in bills
            for source, rows in bill.partners.items()
            if source.is_money
            for on, amount in rows
            if on <= at
        )
        tied = sum(one.left_at(at) for one in contract.tied)
        return {"billed": sum(bill.total for bill in bills), "received": paid + tied}


def _months(first: date, count: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
