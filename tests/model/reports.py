"""Balances, ageing and statements of the second model, each straight from its sentence in cli.md."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tests.model.items import RECEIVABLE, SOURCE, Customer, Document, Entry
from tests.model.sums import decimal


class Reports:
    """The reading half of the model."""

    customers: dict[str, Customer]
    items: dict[str, list[Document]]
    entries: dict[str, list[Entry]]

    def _items(self, code: str) -> list[Document]:
        return sorted(self.items.get(code, []), key=lambda d: (d.on, d.sequence))

    def balance(self, code: str, at: date, currency: str | None = None) -> int:
        """What the customer owes by the events dated on or before `at`, from the lines alone."""
        currency = currency or self.customers[code].currency
        return sum(
            e.debit - e.credit
            for e in self.entries.get(code, [])
            if e.on <= at and e.document.currency == currency
        )

    def currencies(self, code: str, at: date = date.max) -> list[str]:
        """In which the customer had anything by that date."""
        return sorted({e.document.currency for e in self.entries.get(code, []) if e.on <= at})

    def balances(self, at: date) -> dict[str, Any]:
        rows = [
            {"customer": code, "currency": currency, "balance": decimal(owed, currency)}
            for code in sorted(self.customers)
            for currency in self.currencies(code)
            if (owed := self.balance(code, at, currency))
        ]
        return {"as_of": at.isoformat(), "rows": rows}

    def ageing_row(
        self, code: str, currency: str, at: date, basis: str = "due", limits: tuple[int, ...] = (30, 60, 90)
    ) -> dict[str, Any]:
        """The columns in minor units."""
        row: dict[str, Any] = {"not_due": 0, "buckets": [0] * (len(limits) + 1), "unallocated": 0}
        for item in self._items(code):
            left = item.left_at(at) if item.currency == currency else 0
            if item.side == SOURCE:
                row["unallocated"] -= left
                continue
            start = item.on if basis == "invoice" or item.due is None else item.due
            late = (at - start).days
            if late <= 0:
                row["not_due"] += left
            else:
                row["buckets"][sum(late > limit for limit in limits)] += left
        row["total"] = row["not_due"] + sum(row["buckets"]) + row["unallocated"]
        return row

    def ageing(self, at: date, basis: str = "due", limits: tuple[int, ...] = (30, 60, 90)) -> dict[str, Any]:
        rows = []
        sums: dict[str, dict[str, Any]] = {}
        for code in sorted(self.customers):
            for currency in self.currencies(code):
                row = self.ageing_row(code, currency, at, basis, limits)
                if not any([row["not_due"], *row["buckets"], row["unallocated"]]):
                    continue
                name = self.customers[code].name
                rows.append({"customer": code, "name": name, "currency": currency, **_shown(row, currency)})
                total = sums.setdefault(
                    currency,
                    {"not_due": 0, "buckets": [0] * len(row["buckets"]), "unallocated": 0, "total": 0},
                )
                for key in ("not_due", "unallocated", "total"):
                    total[key] += row[key]
                total["buckets"] = [x + y for x, y in zip(total["buckets"], row["buckets"], strict=True)]
        bounds = [[low + 1, high] for low, high in pairwise((0, *limits))] + [[limits[-1] + 1, None]]
        return {
            "as_of": at.isoformat(),
            "basis": basis,
            "buckets": bounds,
            "rows": rows,
            "totals": {currency: _shown(total, currency) for currency, total in sums.items()},
        }

    def statement(
        self, code: str, start: date | None, end: date, style: str = "balance-forward"
    ) -> list[dict[str, Any]]:
        """One object per currency as cli.md shows it, without the description."""
        return [self._statement(code, currency, start, end, style) for currency in self.currencies(code, end)]

    def _statement(
        self, code: str, currency: str, start: date | None, end: date, style: str
    ) -> dict[str, Any]:
        mine = [e for e in self.entries[code] if e.document.currency == currency]
        start = start or min(e.on for e in mine)
        lines: list[dict[str, Any]] = []
        if style == "open-item":
            opening = running = 0
            for item in self._items(code):
                if item.currency == currency and (left := item.left_at(end)):
                    sides = (item.total, item.total - left)
                    debit, credit = sides if item.side == RECEIVABLE else sides[::-1]
                    running += debit - credit
                    kind = "transfer_in" if item.kind == "transfer" else item.kind
                    lines.append(self._told(item.on, kind, item, debit, credit, running, end))
        else:
            opening = running = self.balance(code, start - timedelta(days=1), currency)
            for entry in sorted(mine, key=lambda e: (e.on, e.sequence, e.place)):
                if start <= entry.on <= end and not entry.hidden:
                    running += entry.debit - entry.credit
                    lines.append(
                        self._told(
                            entry.on, entry.kind, entry.document, entry.debit, entry.credit, running, end
                        )
                    )
        return {
            "customer": code,
            "name": self.customers[code].name,
            "currency": currency,
            "from": start.isoformat(),
            "to": end.isoformat(),
            "style": style,
            "opening": decimal(opening, currency),
            "lines": lines,
            "closing": decimal(running, currency),
            "ageing": _shown(self.ageing_row(code, currency, end), currency),
        }

    def _told(
        self, on: date, kind: str, item: Document, debit: int, credit: int, running: int, end: date
    ) -> dict[str, Any]:
        currency = item.currency
        is_origin = kind in ("opening", "invoice", "credit", "payment", "transfer_in")
        left = item.left_at(end) if is_origin else 0
        if item.side == SOURCE:
            left = -left
        due = item.due if kind in ("invoice", "opening") else None
        return {
            "date": on.isoformat(),
            "kind": kind,
            "number": item.number,
            "debit": decimal(debit, currency),
            "credit": decimal(credit, currency),
            "balance": decimal(running, currency),
            "due": due.isoformat() if due else None,
            "open": decimal(left, currency) if left else None,
        }


def _shown(row: dict[str, Any], currency: str) -> dict[str, Any]:
    return {
        "not_due": decimal(row["not_due"], currency),
        "buckets": [decimal(amount, currency) for amount in row["buckets"]],
        "unallocated": decimal(row["unallocated"], currency),
        "total": decimal(row["total"], currency),
    }
