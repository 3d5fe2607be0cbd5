"""An invoice issued anew, as the second model knows it: all of it credited, a new one, the same money on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.model.items import RECEIVABLE, SOURCE, Document, Verdict
from tests.model.sums import decimal


class Reissues:
    """A part of the second model."""

    def _invoice_reissue(self: Any, a: dict[str, Any], v: Verdict) -> Any:
        original = self._document(a["invoice"], ("invoice",), RECEIVABLE, v)
        on = self._date(a, self.today, v)
        if not original:
            return None
        customer, currency = original.customer, original.currency
        if not customer.active:
            v.may.add("inactive")
        settled = self._judge_reissue(original, on, v)
        due = date.fromisoformat(a["due"]) if a.get("due") else original.due
        if due is not None and due < on and due != original.due:
            v.must.add("date_order")
        net, tax = self._totals(a, currency, v)
        rate = self.rate_for({}, currency, on)
        if currency != self.currency and any(one.has_value != (rate is not None) for one, _amount in settled):
            v.must.add("rate_missing")

        def effect() -> dict[str, Any]:
            for source, amount in settled:
                self._settle(source, original, on, -amount)
            note = self._new_paper("credit", SOURCE, original, on, None, original.total)
            note.original, note.rate = original, original.rate
            self._line(on, note.sequence, "credit", note, -note.total)
            if note.total:
                self._settle(note, original, on, note.total)
            fresh = self._new_paper("invoice", RECEIVABLE, original, on, due, net + tax)
            fresh.rate = rate
            self._line(on, fresh.sequence, "invoice", fresh, fresh.total)
            moved = []
            for source, amount in settled:
                part = min(amount, fresh.left, source.limit(on))
                if part > 0:
                    self._settle(source, fresh, on, part)
                    moved.append({"credit": source.number, "amount": decimal(part, currency)})
            return {
                "number": fresh.number,
                "credit": note.number,
                "total": decimal(fresh.total, currency),
                "open": decimal(fresh.left, currency),
                "allocations": moved,
            }

        return effect

    def _judge_reissue(self: Any, original: Document, on: date, v: Verdict) -> list[tuple[Document, int]]:
        """What settles the invoice, oldest first, after all that must refuse to take it away."""
        if original.ended_on:
            v.must.add("reversed")
        if self.invoiced(original, date.max):
            v.must.add("is_invoiced")
        if on < original.on:
            v.must.add("date_order")
        if any(not one.ended_on for one in self._red(original)):
            v.must.add("over_credited")
        rows = [(d, sum(x for _, x in uses)) for d, uses in original.partners.items()]
        settled = sorted(((d, x) for d, x in rows if x), key=lambda pair: (pair[0].on, pair[0].sequence))
        others = [d for d in self.documents.values() if d.kind in ("writeoff", "discount") and not d.ended_on]
        if any(original in (d.target, d.original if d.kind == "writeoff" else None) for d in others):
            v.must.add("is_allocated")  # a discount taken, or given up in part
        for source, amount in settled:
            uses = original.partners[source]
            days = [on, *(day for day, _ in uses if day > on)]
            if min(sum(x for d, x in uses if d <= day) for day in days) < amount:
                v.must.add("is_allocated")
        if original.limit(on) + sum(amount for _source, amount in settled) < original.total:
            v.must.add("is_allocated")  # it was settled on that day, by what was released later
        return settled

    def _new_paper(
        self: Any, kind: str, side: str, original: Document, on: date, due: date | None, total: int
    ) -> Document:
        return self._post(
            Document(
                self._number(kind, on),
                kind,
                side,
                original.customer,
                original.currency,
                on,
                due,
                total,
                self._next(),
            )
        )
