"""Tax invoices of the second model: which bill is covered by how much, at any date. Amounts with their tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.model.items import RECEIVABLE, SOURCE, Customer, Document, Verdict
from tests.model.sums import decimal


@dataclass(eq=False)
class Request:
    number: str
    customer: Customer
    parts: dict[Document, int]
    is_paper: bool
    state: str = "requested"


@dataclass(eq=False)
class TaxInvoice:
    """`parts` are positive, also of a red one."""

    number: str
    customer: Customer
    parts: dict[Document, int]
    is_paper: bool
    on: date
    original: TaxInvoice | None = None
    replaces: TaxInvoice | None = None
    request: Request | None = None
    voided_on: date | None = None

    def counts_at(self, at: date) -> bool:
        return self.on <= at and not (self.voided_on and self.voided_on <= at)


class TaxInvoices:
    """What was invoiced of what is owed."""

    def begin_tax_invoices(self) -> None:
        self.requests: dict[str, Request] = {}
        self.fapiao: dict[str, TaxInvoice] = {}

    # -------------------------------------------------------------- figures

    def invoiced(self, bill: Document, at: date) -> int:
        """Blue less red."""
        return sum(
            -one.parts.get(bill, 0) if one.original else one.parts.get(bill, 0)
            for one in self.fapiao.values()
            if one.counts_at(at)
        )

    def billable(self, bill: Document, at: date) -> int:
        """What tax invoices may cover: nothing of a void bill, its total less its credit notes."""
        if bill.ended_on and bill.ended_on <= at:
            return 0
        return bill.total - sum(
            d.total for d in self._red(bill) if d.on <= at and not (d.ended_on and d.ended_on <= at)
        )

    def asked(self, bill: Document) -> int:
        return sum(r.parts.get(bill, 0) for r in self.requests.values() if r.state == "requested")

    def received(self, bill: Document, at: date) -> int:
        """Money that settled it."""
        return sum(
            amount
            for source, rows in bill.partners.items()
            if source.is_money
            for on, amount in rows
            if on <= at
        )

    def unused_money(self, code: str, currency: str, at: date) -> int:
        """Money of the customer that settles nothing yet."""
        mine = self.items.get(code, [])
        return sum(d.left_at(at) for d in mine if d.side == SOURCE and d.currency == currency and d.is_money)

    def _left_of(self, blue: TaxInvoice) -> dict[Document, int]:
        left = dict(blue.parts)
        for red in self.fapiao.values():
            if red.original is blue and not red.voided_on:
                for bill, amount in red.parts.items():
                    left[bill] -= amount
        return left

    # -------------------------------------------------------------- operations

    def _fapiao_request(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)
        if not customer:
            return None
        v.may.discard("inactive")
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        parts: dict[Document, int] = {}
        for one in a["invoices"]:
            bill = self._document(one["invoice"], ("invoice", "opening"), RECEIVABLE, v)
            if not bill:
                return None
            if bill.customer is not customer:
                v.must.add("other_customer")
            if bill.ended_on:
                v.must.add("reversed")
            if bill in parts:
                v.must.add("duplicate")
            if any(other.currency != bill.currency for other in parts):
                v.must.add("currency_mixed")
            free = max(
                0, max(0, self.billable(bill, date.max) - self.invoiced(bill, date.max)) - self.asked(bill)
            )
            amount = self._amount(one["amount"], bill.currency, v) if one.get("amount") else free
            if amount > free or not amount:
                v.must.add("over_invoiced")
            parts[bill] = amount
            if bill.currency != self.currency:  # it is written in the money of the country
                rate = bill.rate or self.rate_on(bill.currency, on)
                if rate is None:
                    v.must.add("rate_missing")
                elif self.worth(amount, bill.currency, rate) <= 1:
                    v.may.add("out_of_range")  # it may come to nothing there

        def effect() -> dict[str, Any]:
            number = self._number("fapiao_request", on)
            self.requests[number] = Request(number, customer, parts, a.get("medium") == "paper")
            currency = next(iter(parts)).currency
            if currency != self.currency:
                return {"number": number}  # its lines are converted one by one; the model has none
            return {"number": number, "total": decimal(sum(parts.values()), currency)}

        return effect

    def _fapiao_withdraw(self, a: dict[str, Any], v: Verdict) -> Any:
        request = self.requests.get(a["request"])
        if not request:
            v.must.add("not_found")
            return None
        if request.state != "requested":
            v.must.add("state_refused")

        def effect() -> dict[str, Any]:
            request.state = "withdrawn"
            return {}

        return effect

    def _new_number(self, number: str, v: Verdict) -> None:
        if number in self.fapiao:
            v.must.add("duplicate")

    def _room(self, parts: dict[Document, int], v: Verdict) -> None:
        for bill, amount in parts.items():
            if bill.ended_on:
                v.must.add("reversed")
            if amount > self.billable(bill, date.max) - self.invoiced(bill, date.max):
                v.must.add("over_invoiced")

    def _fapiao_issue(self, a: dict[str, Any], v: Verdict) -> Any:
        request = self.requests.get(a["request"])
        if not request:
            v.must.add("not_found")
            return None
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        if request.state != "requested":
            v.must.add("state_refused")
        self._new_number(a["number"], v)
        self._room(request.parts, v)

        def effect() -> dict[str, Any]:
            self.fapiao[a["number"]] = TaxInvoice(
                a["number"], request.customer, request.parts, request.is_paper, on, request=request
            )
            request.state = "issued"
            return {"number": a["number"]}

        return effect

    def _red_parts(
        self, blue: TaxInvoice, a: dict[str, Any], on: date, v: Verdict, *, is_all: bool
    ) -> dict[Document, int]:
        left = self._left_of(blue)
        if blue.voided_on:
            v.must.add("reversed")
        if blue.original:
            v.must.add("state_refused")
        if on < blue.on:
            v.must.add("date_order")
        parts = {bill: amount for bill, amount in left.items() if amount}
        if not parts:
            v.must.add("over_reversed")
        if a.get("amount") and len(left) == 1:
            (bill,) = left
            parts = {bill: self._amount(a["amount"], bill.currency, v)}
            if parts[bill] > left[bill]:
                v.must.add("over_reversed")
            elif is_all and parts[bill] != left[bill]:
                v.must.add("invalid_choice")
        return parts

    def _fapiao_red(self, a: dict[str, Any], v: Verdict) -> Any:
        blue = self.fapiao.get(a["fapiao"])
        if not blue:
            v.must.add("not_found")
            return None
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        is_wrong = a["reason"] == "wrong_details"
        self._new_number(a["number"], v)
        parts = self._red_parts(blue, a, on, v, is_all=is_wrong)
        if not is_wrong:
            if on <= self.locked_until:
                v.must.add("period_locked")
            for bill, amount in parts.items():
                if bill.ended_on:
                    v.must.add("reversed")
                if on < bill.on:
                    v.must.add("date_order")
                red = self._red(bill)
                if amount + sum(d.total for d in red if not d.ended_on) > bill.total:
                    v.must.add("over_credited")
                elif amount + sum(d.total for d in red if not d.ended_on or d.ended_on > on) > bill.total:
                    v.may.add("over_credited")

        def effect() -> dict[str, Any]:
            self.fapiao[a["number"]] = TaxInvoice(
                a["number"], blue.customer, parts, blue.is_paper, on, original=blue, request=blue.request
            )
            notes = [] if is_wrong else [self._credited(bill, on, amount) for bill, amount in parts.items()]
            return {"number": a["number"], "credits": [note.number for note in notes]}

        return effect

    def _credited(self, bill: Document, on: date, amount: int) -> Document:
        """What is taken back is a credit note, and settles its bill as far as it is open."""
        note = self._post(
            Document(
                self._number("credit", on),
                "credit",
                SOURCE,
                bill.customer,
                bill.currency,
                on,
                None,
                amount,
                self._next(),
                original=bill,
                rate=bill.rate,
            )
        )
        self._line(on, note.sequence, "credit", note, -amount)
        if (part := min(bill.limit(on), amount)) > 0:
            self._settle(note, bill, on, part)
        return note

    def _fapiao_reissue(self, a: dict[str, Any], v: Verdict) -> Any:
        blue = self.fapiao.get(a["fapiao"])
        if not blue:
            v.must.add("not_found")
            return None
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        self._new_number(a["number"], v)
        self._new_number(a["new"]["number"], v)
        if a["number"] == a["new"]["number"]:
            v.must.add("duplicate")
        parts = self._red_parts(blue, {}, on, v, is_all=True)

        def effect() -> dict[str, Any]:
            red = TaxInvoice(
                a["number"], blue.customer, parts, blue.is_paper, on, original=blue, request=blue.request
            )
            new = TaxInvoice(
                a["new"]["number"],
                blue.customer,
                parts,
                blue.is_paper,
                on,
                replaces=red,
                request=blue.request,
            )
            self.fapiao |= {red.number: red, new.number: new}
            return {"original": blue.number}

        return effect

    def _fapiao_void(self, a: dict[str, Any], v: Verdict) -> Any:
        found = self.fapiao.get(a["fapiao"])
        if not found:
            v.must.add("not_found")
            return None
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        if found.voided_on:
            v.must.add("reversed")
        if not found.is_paper:
            v.must.add("not_voidable")
        if on < found.on:
            v.must.add("date_order")
        if (on.year, on.month) != (found.on.year, found.on.month):
            v.must.add("not_voidable")
        if any(not one.voided_on and found in (one.original, one.replaces) for one in self.fapiao.values()):
            v.must.add("in_use")
        if found.original:
            self._room(found.parts, v)

        def effect() -> dict[str, Any]:
            found.voided_on = on
            if found.request:
                found.request.state = "issued" if found.original else "requested"
            return {}

        return effect
