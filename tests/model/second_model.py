"""An independent second model of the ledger: what the texts say, in whole numbers and Fractions.

It shares nothing with the program: no import, no table, no algorithm. Every operation is judged first
(`judge`), which names *all* reasons for which it has to be refused (`must`) and those for which it may be
(`may`: the texts leave it open), so the order in which the program checks does not matter.

Money is in minor units of the document's currency; dates are `datetime.date`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.model.agreements import Agreements, Contract
from tests.model.currencies import Currencies
from tests.model.discounts import Discounts, net_days_of
from tests.model.items import ANY_CODE, RECEIVABLE, SOURCE, Customer, Document, Entry, Verdict
from tests.model.periods import Periods
from tests.model.reissues import Reissues
from tests.model.reports import Reports
from tests.model.set_aside import SetAside
from tests.model.sums import DIGITS, TOO_LARGE, Line, decimal, find_exact, half_up, minor, totals
from tests.model.tax_invoices import TaxInvoices

SERIES = {
    "invoice": "INV",
    "credit": "CN",
    "payment": "RC",
    "refund": "RF",
    "writeoff": "WO",
    "opening": "OB",
    "recovery": "WR",
    "transfer": "TR",
    "contract": "HT",
    "fapiao_request": "FR",
    "deposit": "DP",
    "deposit_return": "DPR",
    "deposit_kept": "DPK",
    "deposit_applied": "DPA",
    "bill_endorsement": "BE",
    "bill_discount": "BD",
    "bill_collection": "BC",
    "bill_recourse": "BR",
    "discount": "SD",
}
# An opening credit may be named as a payment or as a credit note: nobody knows any more what it was.
PREPAID = ("payment", "opening", "transfer")


class Refused(Exception):
    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = set(codes)
        super().__init__(", ".join(sorted(self.codes)))


class SecondModel(Agreements, Currencies, Discounts, Periods, Reissues, Reports, SetAside, TaxInvoices):
    """One book. `judge` says what must happen, `run` does it."""

    def __init__(self, today: date, currency: str = "CNY", rounding: str = "line") -> None:
        self.today, self.currency, self.rounding = today, currency, rounding
        self.customers: dict[str, Customer] = {}
        self.documents: dict[str, Document] = {}
        self.items: dict[str, list[Document]] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.drafts: dict[Any, dict[str, Any]] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.sequence = 0
        self.begin_agreements()
        self.begin_currencies()
        self.begin_periods()
        self.begin_set_aside()
        self.begin_tax_invoices()

    def judge(self, do: str, args: dict[str, Any]) -> Verdict:
        """All reasons to refuse, and the effect if there is none."""
        verdict = Verdict()
        effect = getattr(self, "_" + do.replace(".", "_"))(dict(args), verdict)
        if effect is not None:
            verdict.effect = effect
        return verdict

    def run(self, do: str, args: dict[str, Any]) -> dict[str, Any]:
        verdict = self.judge(do, args)
        if verdict.must:
            raise Refused(verdict.must)
        return verdict.effect()

    # -------------------------------------------------------------- small judgements

    def _customer(self, args: dict[str, Any], v: Verdict) -> Customer | None:
        customer = self.customers.get(args.get("customer", ""))
        if customer is None:
            v.must |= {"not_found", "customer_missing"}
        elif not customer.active:
            v.may.add("inactive")
        return customer

    def _document(self, name: Any, kinds: Iterable[str], side: str, v: Verdict) -> Document | None:
        found = self.documents.get(name)
        if found is None or found.kind not in kinds or found.side != side:
            v.must.add("not_found")
            return None
        return found

    def _receivable(self, name: Any, v: Verdict) -> Document | None:
        return self._document(name, ("invoice", "opening"), RECEIVABLE, v)

    def _date(self, args: dict[str, Any], default: date, v: Verdict, key: str = "date") -> date:
        on = date.fromisoformat(args[key]) if args.get(key) else default
        if on <= self.locked_until:
            v.must.add("period_locked")
        return on

    def _amount(
        self, text: str, currency: str, v: Verdict, *, signed: bool = False, zero: bool = False
    ) -> int:
        try:
            amount = minor(text, currency)
        except ValueError:
            v.must |= {"too_many_decimals", "number_unreadable"}
            return 0
        if (amount < 0 and not signed) or (amount == 0 and not zero):
            v.must.add("out_of_range")
        if abs(amount) >= TOO_LARGE:
            v.must.add("amount_too_large")
        elif currency != self.currency and abs(amount) * 10**4 >= TOO_LARGE:
            v.may.add("amount_too_large")  # its worth in the book's currency may be
        return amount

    def _number(self, kind: str, on: date) -> str:
        key = (SERIES[kind], on.year)
        self.numbers[key] = self.numbers.get(key, 0) + 1
        return f"{key[0]}-{key[1]}-{self.numbers[key]:04d}"

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def _post(self, document: Document) -> Document:
        self.documents[document.number] = document
        if document.side in (RECEIVABLE, SOURCE):
            self.items.setdefault(document.customer.code, []).append(document)
        return document

    def _line(self, on: date, seq: int, kind: str, document: Document, amount: int, place: int = 0) -> Entry:
        """A line of the statement; a positive amount is a debit."""
        entry = Entry(on, seq, place, kind, document, max(amount, 0), max(-amount, 0))
        self.entries.setdefault(document.customer.code, []).append(entry)
        return entry

    # -------------------------------------------------------------- customers

    def _customer_create(self, a: dict[str, Any], v: Verdict) -> Any:
        if a["code"] in self.customers:
            v.must |= {"duplicate", "duplicate_differs"}
            return None

        def effect() -> dict[str, Any]:
            self.customers[a["code"]] = Customer(
                a["code"], a["name"], a.get("currency") or self.currency, a.get("terms_days") or 0
            )
            return {"code": a["code"]}

        return effect

    def _customer_update(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)

        def effect() -> dict[str, Any]:
            assert customer
            customer.name = a.get("name", customer.name)
            customer.terms_days = a.get("terms_days", customer.terms_days)
            return {}

        return effect

    def _customer_deactivate(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)

        def effect() -> dict[str, Any]:
            assert customer
            customer.active = False
            return {}

        return effect

    # -------------------------------------------------------------- documents

    def _discounted(self, base: int, discount: dict[str, str] | None, currency: str, v: Verdict) -> int:
        """The discount in minor units."""
        if not discount:
            return 0
        if "rate" in discount:
            rate = Fraction(discount["rate"])
            if not 0 <= rate <= 1:
                v.must.add("out_of_range")
            return half_up(base * rate)
        amount = self._amount(discount["amount"], currency, v, zero=True)
        if amount > base:
            v.must |= {"out_of_range"}
        return amount

    def _totals(self, a: dict[str, Any], currency: str, v: Verdict) -> tuple[int, int]:
        lines = []
        for given in a["lines"]:
            quantity, price = Fraction(given["quantity"]), Fraction(given["unit_price"])
            if quantity <= 0 or price < 0:
                v.must.add("out_of_range")
            gross = half_up(quantity * price * 10 ** DIGITS[currency])
            if gross >= TOO_LARGE:
                v.may.add("amount_too_large")  # a discount may bring the document back below
            kind = given.get("tax_kind") or "standard"
            rate = Fraction(given["tax_rate"]) if "tax_rate" in given else Fraction(0)
            if not 0 <= rate < 1:
                v.must |= {"out_of_range", "rate_ambiguous"}
                rate = Fraction(0)
            amount = gross - self._discounted(gross, given.get("discount"), currency, v)
            lines.append(Line(amount, rate, kind, bool(given.get("tax_included"))))
        if not lines:
            v.must |= {"no_lines", "required"}
            return 0, 0
        base = sum(line.amount for line in lines)
        net, tax = totals(lines, self._discounted(base, a.get("discount"), currency, v), self.rounding)
        if net + tax >= TOO_LARGE:
            v.must.add("amount_too_large")
        elif currency != self.currency and (net + tax) * 10**4 >= TOO_LARGE:
            v.may.add("amount_too_large")
        if net + tax <= 0:
            v.may.add(ANY_CODE)  # nobody says what an invoice of nothing is
        return net, tax

    def _invoice_draft(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)
        if customer:
            self._totals(a, a.get("currency") or customer.currency, v)
            # A draft moves nothing: what issuing it would be refused for may be told already now, or then.
            v.may |= v.must
            v.must.clear()

        def effect() -> dict[str, Any]:
            return {"draft": a}

        return effect

    def keep_draft(self, name: Any, args: dict[str, Any]) -> None:
        """The program chose this name for the draft."""
        self.drafts[name] = args

    def _invoice_issue(self, a: dict[str, Any], v: Verdict) -> Any:
        if "draft" in a:
            draft = a["draft"]
            if draft not in self.drafts:
                v.must |= {"not_found", "already_issued", "in_use"}
                return None
            a = self.drafts[draft]
        else:
            draft = None
        customer = self._customer(a, v)
        if not customer:
            return None
        currency = a.get("currency") or customer.currency
        on = self._date(a, self.today, v)
        net_days = net_days_of(a.get("discount_terms") or "")
        days = customer.terms_days if net_days is None else net_days
        due = date.fromisoformat(a["due"]) if a.get("due") else on + timedelta(days=days)
        if due < on:
            v.may |= {"date_order"}
        net, tax = self._totals(a, currency, v)
        self.judge_rate(a, currency, v)

        def effect() -> dict[str, Any]:
            self.drafts.pop(draft, None)
            seq = self._next()
            invoice = self._post(
                Document(
                    self._number("invoice", on),
                    "invoice",
                    RECEIVABLE,
                    customer,
                    currency,
                    on,
                    due,
                    net + tax,
                    seq,
                    rate=self.rate_for(a, currency, on),
                )
            )
            invoice.terms = a.get("discount_terms") or ""
            self._line(on, seq, "invoice", invoice, net + tax)
            money = {"net": net, "tax": tax, "total": net + tax, "open": net + tax}
            return {
                "number": invoice.number,
                **{k: decimal(x, currency) for k, x in money.items()},
                "due": due.isoformat(),
            }

        return effect

    def _opening_record(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)
        if not customer:
            return None
        currency = customer.currency
        on = self._date(a, self.today, v)
        amount = self._amount(a["amount"], currency, v, signed=True)
        due = None if amount < 0 else date.fromisoformat(a["due"]) if a.get("due") else on
        if earlier := self.documents.get(a.get("number", "")):
            reasons = {"duplicate", "duplicate_differs"}
            # the number of a void document may come again: an import taken back and done once more
            (v.may if earlier.ended_on else v.must).update(reasons)

        def effect() -> dict[str, Any]:
            seq = self._next()
            number = a.get("number") or self._number("opening", on)
            side = RECEIVABLE if amount > 0 else SOURCE
            item = self._post(
                Document(number, "opening", side, customer, currency, on, due, abs(amount), seq)
            )
            item.rate = self.rate_for(a, currency, on)
            self._line(on, seq, "opening", item, amount)
            return {"number": number, "open": decimal(amount, currency)}

        return effect

    def _credit_issue(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)
        if not customer:
            return None
        original = self._receivable(a["invoice"], v) if a.get("invoice") else None
        currency = a.get("currency") or (original.currency if original else customer.currency)
        on = self._date(a, self.today, v)
        net, tax = self._totals(a, currency, v)
        total = net + tax
        if original:
            if currency != original.currency:
                v.must.add("currency_mixed")
            if original.customer is not customer:
                v.must.add("other_customer")
            if original.ended_on:
                v.must |= {"reversed", "already_reversed"}
            if on < original.on:
                v.must.add("date_order")
            red = self._red(original)
            if total + sum(d.total for d in red if not d.ended_on) > original.total:
                v.must.add("over_credited")
            if total + sum(d.total for d in red if not d.ended_on or d.ended_on > on) > original.total:
                v.may.add("over_credited")  # a red one voided later still stands at this date

        def effect() -> dict[str, Any]:
            seq = self._next()
            note = self._post(
                Document(
                    self._number("credit", on),
                    "credit",
                    SOURCE,
                    customer,
                    currency,
                    on,
                    None,
                    total,
                    seq,
                    original=original,
                )
            )
            note.rate = original.rate if original else self.rate_for(a, currency, on)
            self._line(on, seq, "credit", note, -total)
            if a.get("apply") and original and (part := min(original.limit(on), total)) > 0:
                self._settle(note, original, on, part)
            return {
                "number": note.number,
                "total": decimal(total, currency),
                "open": decimal(note.left, currency),
            }

        return effect

    def _red(self, original: Document) -> list[Document]:
        """The credit notes that name this invoice."""
        mine = self.items.get(original.customer.code, [])
        return [d for d in mine if d.kind == "credit" and d.original is original]

    def _void(self, a: dict[str, Any], document: Document | None, v: Verdict) -> Any:
        on = self._date(a, self.today, v)
        if not document:
            return None
        if document.ended_on:
            v.must |= {"already_reversed", "reversed"}
        if on < document.on:
            v.must.add("date_order")
        if any(
            sum(x for d, x in document.uses if d <= day)
            for day in [on, *(d for d, _ in document.uses if d > on)]
        ):
            v.must |= {"is_allocated"} | ({"is_refunded"} if document.refunded else set())
            v.may.add("is_refunded")
        elif document.last_event_on > on:
            v.may |= {"is_allocated", "date_order"}  # allocated and released again on one later day
        if any(not d.ended_on for d in self._red(document)):
            v.may.add(ANY_CODE)  # a red invoice without its original
        if document.kind == "opening":
            v.may.add(ANY_CODE)
        if document.side == RECEIVABLE and self.invoiced(document, date.max):
            v.must.add("is_invoiced")

        def effect() -> dict[str, Any]:
            document.ended_on = on
            amount = document.total if document.side == RECEIVABLE else -document.total
            entry = self._line(on, self._next(), "void", document, -amount)
            if on == document.on:
                entry.hidden = True
                for other in self.entries[document.customer.code]:
                    if other.document is document:
                        other.hidden = True
            return {}

        return effect

    def _invoice_void(self, a: dict[str, Any], v: Verdict) -> Any:
        named = self.documents.get(a["invoice"])
        if named and named.kind == "opening":
            return self._void(a, named, v)  # of either sign
        return self._void(a, self._receivable(a["invoice"], v), v)

    def _credit_void(self, a: dict[str, Any], v: Verdict) -> Any:
        return self._void(a, self._document(a["credit"], ("credit", "opening"), SOURCE, v), v)

    # -------------------------------------------------------------- payments and what they settle

    def _settle(self, source: Document, target: Document, on: date, amount: int) -> None:
        self.clearings.append((on, source, target, amount))
        for document, partner in ((source, target), (target, source)):
            document.uses.append((on, amount))
            document.partners.setdefault(partner, []).append((on, amount))

    def _payment_record(self, a: dict[str, Any], v: Verdict) -> Any:
        customer = self._customer(a, v)
        if not customer:
            return None
        currency = customer.currency
        on = self._date(a, self.today, v)
        amount = self._amount(a["amount"], currency, v)
        fee = self._amount(a["fee"], currency, v, zero=True) if a.get("fee") else 0
        discount = self._amount(a["discount"], currency, v, zero=True) if a.get("discount") else 0
        if fee > amount:
            v.must.add("out_of_range")
        elif fee == amount:
            v.may.add("out_of_range")
        if amount + discount >= TOO_LARGE:
            v.may.add("amount_too_large")
        power = amount + discount
        self.judge_paper(a, on, fee, v)
        self.judge_rate(a, currency, v)
        contract = self._contract_paid(a, customer, currency, v)
        rate = self.rate_for(a, currency, on)
        if a.get("received"):
            rate = self.received_rate(a["received"], currency, power, on) if power else None
        is_rated = currency == self.currency or rate is not None
        mode = a.get("allocate") or ("oldest" if contract else "none")
        self.judge_taking(a, v)
        reason = a.get("late_discount") or ""
        less: list[int] = []
        if isinstance(mode, list):
            may_be_others = bool(a.get("on_behalf"))
            taking = customer if a.get("take_discount") else None
            plan, less = self._listed(
                mode, customer, currency, on, power, v, is_rated, contract, may_be_others, taking, reason
            )
        elif a.get("take_discount") and mode in ("oldest", "due", "exact", "auto"):
            found = self._candidates(customer, currency, on, is_rated, contract)
            plan, less = self.take_by_mode(mode, found, on, power, reason, v)
        else:
            plan = self._automatic(mode, customer, currency, on, power, v, is_rated, contract)
        if discount > sum(part for _, _, part in plan):
            v.must.add("out_of_range")  # what it does not settle would be credit that nobody paid
        others: dict[str, list[tuple[Document, date, int]]] = {}
        for target, when, part in plan:
            if target.customer is not customer:
                others.setdefault(target.customer.code, []).append((target, when, part))
        if a.get("bill") and a.get("received"):
            v.must.add("currency_mixed")  # a bill is drawn for what it settles

        def effect() -> dict[str, Any]:
            seq = self._next()
            payment = self._post(
                Document(
                    self._number("payment", on),
                    "payment",
                    SOURCE,
                    customer,
                    currency,
                    on,
                    None,
                    power,
                    seq,
                    cash=amount,
                    rate=rate,
                )
            )
            self._line(on, seq, "payment", payment, -amount)
            if discount:
                self._line(on, seq, "discount", payment, -discount, place=1)
            payment.has_paper = bool(a.get("bill"))
            role = "bills" if payment.has_paper else "money"
            self._move(on, currency, finance_cost=fee + discount, **{role: amount} if role == "bills" else {})
            payment.cost = fee + discount
            if payment.has_paper:
                self.papers.setdefault(a["bill"]["number"], []).append(payment)
                self.paper_moves.append((on, payment, 1, None))
            if contract:
                contract.tied.append(payment)
                if contract.state == "signed":
                    contract.state = "running"
            for target, when, part in plan:
                if target.customer is customer:
                    self._settle(payment, target, when, part)
            if less:
                self.earn(payment, plan, less)
            for his in others.values():
                given = self._transferred(payment, his[0][0].customer, on, sum(part for _, _, part in his))
                for target, when, part in his:
                    self._settle(given, target, when, part)
            told = []
            for (target, _when, part), taken in zip(plan, less or [0] * len(plan), strict=True):
                row = {
                    "invoice": target.number,
                    "amount": decimal(part + taken, currency),
                    "open": decimal(target.left, currency),
                }
                told.append(row | ({"discount": decimal(taken, currency)} if taken else {}))
            done = sum(part for _, _, part in plan)
            return {
                "number": payment.number,
                "allocated": decimal(done + sum(less), currency),
                "credit": decimal(power - done, currency),
                "allocations": told,
            }

        return effect

    def _automatic(
        self,
        mode: str,
        customer: Customer,
        currency: str,
        on: date,
        power: int,
        v: Verdict,
        is_rated: bool,
        contract: Contract | None = None,
    ) -> list[tuple[Document, date, int]]:
        if mode not in ("none", "oldest", "due", "exact", "auto"):
            v.must |= {"invalid_choice", "invalid_type"}
        if mode == "none":
            return []
        candidates = self._candidates(customer, currency, on, is_rated, contract)
        if mode in ("exact", "auto"):
            found = find_exact([x for _, x in candidates], power)
            if isinstance(found, list):
                return [(candidates[i][0], on, candidates[i][1]) for i in found]
            if mode == "exact":
                v.must.add(found)
                return []
        if mode == "due":
            candidates.sort(key=lambda c: (c[0].due or c[0].on, c[0].on, c[0].sequence))
        plan = []
        for document, limit in candidates:
            part = min(limit, power)
            if part:
                plan.append((document, on, part))
            power -= part
        return plan

    def _candidates(
        self, customer: Customer, currency: str, on: date, is_rated: bool, contract: Contract | None
    ) -> list[tuple[Document, int]]:
        """What an event of that date may settle, oldest first, each with how much of it."""
        candidates = [
            (d, limit)
            for d in self.items.get(customer.code, [])
            if d.side == RECEIVABLE
            and d.currency == currency
            and d.on <= on
            and (limit := d.limit(on)) > 0
            and self.is_rated(d) == is_rated  # what has no rate is passed over
        ]
        candidates.sort(key=lambda c: (c[0].on, c[0].sequence))
        if contract:
            # "only that contract's invoices", its instalments in the order in which they fall due
            own = [bill for _part, bill in contract.live]
            candidates = [c for c in candidates if c[0] in own]
            candidates.sort(key=lambda c: (c[0].due or c[0].on, c[0].sequence))
        return candidates

    def _listed(
        self,
        wanted: list[dict[str, str]],
        customer: Customer,
        currency: str,
        on: date,
        power: int,
        v: Verdict,
        is_rated: bool,
        contract: Contract | None = None,
        may_be_others: bool = False,
        taking: Customer | None = None,
        reason: str = "",
    ) -> tuple[list[tuple[Document, date, int]], list[int]]:
        plan: list[tuple[Document, date, int]] = []
        for item in wanted:
            target = self._receivable(item["invoice"], v)
            part = self._amount(item["amount"], currency, v)
            if target:
                when = max(on, target.on)
                self._judge_target(target, target.customer if may_be_others else customer, currency, v)
                if contract and all(bill is not target for _part, bill in contract.bills):
                    v.must.add("other_contract")
                if target.currency != currency:
                    v.may.add("rate_missing")
                elif self.is_rated(target) != is_rated:
                    v.must.add("rate_missing")
                if any(target is other for other, _, _ in plan):
                    v.may.add(ANY_CODE)
                before = sum(amount for other, _, amount in plan if other is target)
                if part + before > target.limit(when):
                    v.must.add("over_allocated")
                plan.append((target, when, part))
        less = self.take_by_hand(plan, taking, on, reason) if taking else []
        if sum(part for _, _, part in plan) > power:
            v.must.add("over_allocated")
        return plan, less

    def _contract_paid(
        self, a: dict[str, Any], customer: Customer, currency: str, v: Verdict
    ) -> Contract | None:
        """The contract that money comes for."""
        if not a.get("contract"):
            return None
        found = self._contract(a, v)
        if found and found.customer is not customer:
            v.must.add("other_customer")
        if found and found.currency != currency:
            v.must.add("currency_mixed")
        if found and found.state == "void":
            v.must.add("wrong_state")
        return found

    def _judge_target(self, target: Document, customer: Customer, currency: str, v: Verdict) -> None:
        if target.customer is not customer:
            v.must.add("other_customer")
        if target.currency != currency:
            v.must.add("currency_mixed")
        if target.ended_on:
            v.must.add("reversed")

    def _allocate(self, a: dict[str, Any], source: Document | None, v: Verdict) -> Any:
        target = self._receivable(a["invoice"], v)
        if not source or not target:
            return None
        on = self._date(a, max(source.on, target.on), v)
        amount = self._amount(a["amount"], source.currency, v)
        self._judge_target(target, source.customer, source.currency, v)
        if target.currency == source.currency and self.is_rated(target) != self.is_rated(source):
            v.must.add("rate_missing")
        if source.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if on < max(source.on, target.on):
            v.must.add("date_order")
        if amount > min(source.limit(on), target.limit(on)):
            v.must.add("over_allocated")

        def effect() -> dict[str, Any]:
            self._settle(source, target, on, amount)
            return {}

        return effect

    def _payment_allocate(self, a: dict[str, Any], v: Verdict) -> Any:
        source = self._document(a["payment"], PREPAID, SOURCE, v)
        if a.get("take_discount") and source and source.kind == "payment":
            return self._allocate_less(a, source, v)
        if a.get("late_discount") and not a.get("take_discount"):
            v.must.add("invalid_choice")
        return self._allocate(a, source, v)

    def _allocate_less(self, a: dict[str, Any], source: Document, v: Verdict) -> Any:
        """The amount is what is settled; the day of the money, not of the booking, says what may be kept of it."""
        target = self._receivable(a["invoice"], v)
        if not target:
            return None
        on = self._date(a, max(source.on, target.on), v)
        amount = self._amount(a["amount"], source.currency, v)
        less = self.offered_part(target, source.on, a.get("late_discount") or "", target.limit(on), amount)
        paid = self._allocate({**a, "amount": decimal(amount - less, source.currency)}, source, v)

        def effect() -> dict[str, Any]:
            paid()
            self.earn(source, [(target, on, amount - less)], [less])
            told = {"amount": amount, "discount": less, "open": target.left}
            return {name: decimal(minor_, source.currency) for name, minor_ in told.items()}

        return effect

    def _credit_apply(self, a: dict[str, Any], v: Verdict) -> Any:
        return self._allocate(a, self._document(a["credit"], ("credit", "opening"), SOURCE, v), v)

    def _release(self, a: dict[str, Any], source: Document | None, v: Verdict) -> Any:
        target = self._receivable(a["invoice"], v)
        on = self._date(a, self.today, v)
        if not source or not target:
            return None
        rows = source.partners.get(target, [])
        days = [on, *(day for day, _ in rows if day > on)]
        most = min(sum(x for d, x in rows if d <= day) for day in days)
        amount = self._amount(a["amount"], source.currency, v) if a.get("amount") else most
        if amount > most or most == 0:
            v.must |= {"over_released", "not_found"}
            if source.ended_on or target.ended_on:
                v.must |= {"reversed", "already_reversed"}
            if any(day > on for day, _ in rows) or on < max(source.on, target.on):
                v.must.add("date_order")
        elif not a.get("amount") and sum(x for _, x in rows) > most:
            v.may |= {"over_released", "date_order"}  # "all" may mean more than can be released at that date
        gone = self.judge_losing(source, target, on, v)

        def effect() -> dict[str, Any]:
            self._settle(source, target, on, -amount)
            self.lose(gone, on)
            return {}

        return effect

    def _payment_release(self, a: dict[str, Any], v: Verdict) -> Any:
        return self._release(a, self._document(a["payment"], PREPAID, SOURCE, v), v)

    def _credit_release(self, a: dict[str, Any], v: Verdict) -> Any:
        return self._release(a, self._document(a["credit"], ("credit", "opening"), SOURCE, v), v)

    def _payment_reallocate(self, a: dict[str, Any], v: Verdict) -> Any:
        """What is released and what is allocated again is the same, so that only the two invoices limit it."""
        source = self._document(a["payment"], PREPAID, SOURCE, v)
        old, new = self._receivable(a["from"], v), self._receivable(a["to"], v)
        on = self._date(a, self.today, v)
        if not source or not old or not new:
            return None
        self._judge_target(new, source.customer, source.currency, v)
        if new.currency == source.currency and self.is_rated(new) != self.is_rated(source):
            v.must.add("rate_missing")
        if source.ended_on or old.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if old is new:
            v.must.add("invalid_choice")
        if on < max(source.on, new.on):
            v.must.add("date_order")
        rows = source.partners.get(old, [])
        days = [on, *(day for day, _ in rows if day > on)]
        most = min(sum(x for d, x in rows if d <= day) for day in days)
        amount = self._amount(a["amount"], source.currency, v) if a.get("amount") else most
        if amount > most or most <= 0:
            v.must |= {"over_released", "not_found"}
        if amount > new.limit(on):
            v.must.add("over_allocated")
        gone = self.judge_losing(source, old, on, v)

        def effect() -> dict[str, Any]:
            self._settle(source, old, on, -amount)
            self._settle(source, new, on, amount)
            self.lose(gone, on)
            return {
                "amount": decimal(amount, source.currency),
                "from": {"invoice": old.number, "open": decimal(old.left, old.currency)},
                "to": {"invoice": new.number, "open": decimal(new.left, new.currency)},
            }

        return effect

    def _payment_reverse(self, a: dict[str, Any], v: Verdict) -> Any:
        payment = self._document(a["payment"], ("payment",), SOURCE, v)
        on = self._date(a, self.today, v)
        if not payment:
            return None
        if payment.gone_as:
            v.must.add("in_use")  # the bill is with somebody else, or was paid
        if payment.paper_days and on < max(payment.paper_days):
            v.must.add("date_order")
        reverse = self.judge_take_back(payment, on, v)

        def effect() -> dict[str, Any]:
            reverse()
            return {}

        return effect

    def judge_take_back(self, payment: Document, on: date, v: Verdict) -> Callable[[], None]:
        """A payment that did not come after all, with what it paid for others."""
        if payment.ended_on:
            v.must.add("already_reversed")
        if payment.refunded:
            v.must.add("is_refunded")
        if on < payment.last_event_on:
            v.must.add("date_order")
        gone = self.judge_losing(payment, None, on, v)
        moved = [d for d in self._transfers_of(payment) if not d.ended_on]
        if any(on < d.last_event_on for d in moved):
            v.must.add("date_order")

        def effect() -> None:
            self.lose(gone, on)
            for transfer in moved:
                self._take_transfer_back(transfer, on)
            for target, rows in list(payment.partners.items()):
                if standing := sum(x for _, x in rows):
                    self._settle(payment, target, on, -standing)
            payment.ended_on = on
            paper = {"bills": -payment.cash} if payment.has_paper else {}
            if payment.has_paper:
                self.paper_moves.append((on, payment, -1, None))
            self._move(on, payment.currency, finance_cost=-payment.cost, **paper)
            seq = self._next()
            self._line(on, seq, "payment_reversal", payment, payment.cash)
            if payment.total > payment.cash:
                self._line(on, seq, "discount", payment, payment.total - payment.cash, place=1)

        return effect

    # -------------------------------------------------------------- one pays for another

    def _transfers_of(self, source: Document) -> list[Document]:
        return [d for d in self.documents.values() if d.kind == "transfer" and d.original is source]

    def _transfer_record(self, a: dict[str, Any], v: Verdict) -> Any:
        """Part of what is free of one customer's payment or credit becomes credit of another one."""
        kinds = ("payment", "opening") if a.get("payment") else ("credit", "opening")
        source = self._document(a.get("payment") or a.get("credit"), kinds, SOURCE, v)
        other = self._customer(a, v)
        on = self._date(a, self.today, v)
        if not source or not other:
            return None
        amount = self._amount(a["amount"], source.currency, v)
        if other is source.customer:
            v.must.add("invalid_choice")
        if source.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if on < source.on:
            v.must.add("date_order")
        if amount > source.limit(on):
            v.must.add("over_allocated")

        def effect() -> dict[str, Any]:
            return {"number": self._transferred(source, other, on, amount).number}

        return effect

    def _transferred(self, source: Document, other: Customer, on: date, amount: int) -> Document:
        number = self._number("transfer", on)
        out = Document(
            number,
            "transfer_out",
            "out",
            source.customer,
            source.currency,
            on,
            None,
            amount,
            self._next(),
        )
        incoming = self._post(
            Document(
                number,
                "transfer",
                SOURCE,
                other,
                source.currency,
                on,
                None,
                amount,
                self._next(),
                original=source,
            )
        )
        source.uses.append((on, amount))
        self.clearings.append((on, source, incoming, amount))
        self._line(on, out.sequence, "transfer_out", out, amount)
        self._line(on, incoming.sequence, "transfer_in", incoming, -amount)
        return incoming

    def _transfer_reverse(self, a: dict[str, Any], v: Verdict) -> Any:
        transfer = self._document(a["transfer"], ("transfer",), SOURCE, v)
        on = self._date(a, self.today, v)
        if not transfer:
            return None
        if transfer.ended_on:
            v.must.add("already_reversed")
        if on < transfer.last_event_on:
            v.must.add("date_order")

        def effect() -> dict[str, Any]:
            self._take_transfer_back(transfer, on)
            return {}

        return effect

    def _take_transfer_back(self, transfer: Document, on: date) -> None:
        for target, rows in list(transfer.partners.items()):
            if standing := sum(x for _, x in rows):
                self._settle(transfer, target, on, -standing)
        transfer.ended_on = on
        source = transfer.original
        assert source
        source.uses.append((on, -transfer.total))
        self.clearings.append((on, source, transfer, -transfer.total))
        back = Document(
            transfer.number,
            "transfer_out",
            "out",
            source.customer,
            source.currency,
            on,
            None,
            0,
            self._next(),
        )
        self._line(on, back.sequence, "transfer_out_reversal", back, -transfer.total)
        self._line(on, self._next(), "transfer_in_reversal", transfer, transfer.total)

    # -------------------------------------------------------------- refunds, write-offs

    def _refund_record(self, a: dict[str, Any], v: Verdict) -> Any:
        if a.get("payment"):
            source = self._document(a["payment"], PREPAID, SOURCE, v)
        else:
            source = self._document(a["credit"], ("credit", "opening"), SOURCE, v)
        on = self._date(a, self.today, v)
        if not source:
            return None
        amount = self._amount(a["amount"], source.currency, v)
        if source.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if on < source.on:
            v.must.add("date_order")
        if amount > source.limit(on):
            v.must.add("over_refunded")
        if source.cash and source.refunded + amount > source.cash:
            v.may.add("over_refunded")  # a discount is not money that came in

        def effect() -> dict[str, Any]:
            seq = self._next()
            refund = self._post(
                Document(
                    self._number("refund", on),
                    "refund",
                    "refund",
                    source.customer,
                    source.currency,
                    on,
                    None,
                    amount,
                    seq,
                    original=source,
                )
            )
            if source.has_value:
                refund.rate = self.rate_on(source.currency, on)
            self.clearings.append((on, source, refund, amount))
            source.uses.append((on, amount))
            source.refunded += amount
            self._line(on, seq, "refund", refund, amount)
            return {"number": refund.number}

        return effect

    def _refund_reverse(self, a: dict[str, Any], v: Verdict) -> Any:
        refund = self._document(a["refund"], ("refund",), "refund", v)
        return self._undo(a, refund, "refund_reversal", -1, v)

    def _undo(self, a: dict[str, Any], document: Document | None, kind: str, sign: int, v: Verdict) -> Any:
        """Takes a refund or a write-off back: what it had used is there again from that date on."""
        on = self._date(a, self.today, v)
        if not document:
            return None
        if document.ended_on:
            v.must.add("already_reversed")
        if on < document.on:
            v.must.add("date_order")
        original = document.original
        assert original

        def effect() -> dict[str, Any]:
            document.ended_on = on
            original.uses.append((on, -document.total))
            pair = (original, document) if document.kind == "refund" else (document, original)
            self.clearings.append((on, *pair, -document.total))
            if document.kind == "refund":
                original.refunded -= document.total
            self._line(on, self._next(), kind, document, sign * document.total)
            return {}

        return effect

    def _writeoff_record(self, a: dict[str, Any], v: Verdict) -> Any:
        invoice = self._receivable(a["invoice"], v)
        on = self._date(a, self.today, v)
        if not invoice:
            return None
        amount = self._amount(a["amount"], invoice.currency, v)
        if invoice.ended_on:
            v.must.add("reversed")
        if on < invoice.on:
            v.must.add("date_order")
        if amount > invoice.limit(on):
            v.must.add("over_allocated")

        def effect() -> dict[str, Any]:
            seq = self._next()
            writeoff = self._post(
                Document(
                    self._number("writeoff", on),
                    "writeoff",
                    "writeoff",
                    invoice.customer,
                    invoice.currency,
                    on,
                    None,
                    amount,
                    seq,
                    original=invoice,
                )
            )
            self.clearings.append((on, writeoff, invoice, amount))
            invoice.uses.append((on, amount))
            self._line(on, seq, "writeoff", writeoff, -amount)
            return {"number": writeoff.number}

        return effect

    def _writeoff_reverse(self, a: dict[str, Any], v: Verdict) -> Any:
        writeoff = self._document(a["writeoff"], ("writeoff",), "writeoff", v)
        if writeoff and writeoff.recovered:
            v.must.add(ANY_CODE)  # money came in against it: nothing is left to take back
        on = date.fromisoformat(a["date"]) if a.get("date") else self.today
        if writeoff and any(on < day for day, _ in writeoff.uses):
            v.must.add("date_order")  # until then part of it was recovered
        return self._undo(a, writeoff, "writeoff_reversal", 1, v)

    def _writeoff_recover(self, a: dict[str, Any], v: Verdict) -> Any:
        writeoff = self._document(a["writeoff"], ("writeoff",), "writeoff", v)
        on = self._date(a, self.today, v)
        if not writeoff:
            return None
        amount = self._amount(a["amount"], writeoff.currency, v)
        if writeoff.ended_on:
            v.must |= {"reversed", "already_reversed"}
        if on < writeoff.on:
            v.must.add("date_order")
        if writeoff.recovered + amount > writeoff.total:
            v.must.add("over_recovered")

        def effect() -> dict[str, Any]:
            writeoff.recovered += amount
            writeoff.uses.append((on, amount))
            number = self._number("recovery", on)
            self._post(
                Document(
                    number,
                    "recovery",
                    "recovery",
                    writeoff.customer,
                    writeoff.currency,
                    on,
                    None,
                    amount,
                    self._next(),
                    original=writeoff,
                )
            )
            return {"number": number}

        return effect

    def _writeoff_recovery_reverse(self, a: dict[str, Any], v: Verdict) -> Any:
        recovery = self._document(a["recovery"], ("recovery",), "recovery", v)
        on = self._date(a, self.today, v)
        if not recovery:
            return None
        if recovery.ended_on:
            v.must.add("already_reversed")
        if on < recovery.on:
            v.must.add("date_order")
        writeoff = recovery.original
        assert writeoff

        def effect() -> dict[str, Any]:
            recovery.ended_on = on
            writeoff.recovered -= recovery.total
            writeoff.uses.append((on, -recovery.total))
            return {}

        return effect
