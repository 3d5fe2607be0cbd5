"""Periods of the second model: locked, closed with their figures, opened again."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.model.items import ANY_CODE, Verdict
from tests.model.sums import decimal


class Periods:
    """The lock and the closings that moved it."""

    locked_until: date
    today: date

    def begin_periods(self) -> None:
        self.locked_until = date.min
        self.closings: list[tuple[date, date]] = []
        """Closings and locks that stand: the day, and the lock before."""

    def _period_lock(self, a: dict[str, Any], v: Verdict) -> Any:
        until = date.fromisoformat(a["until"])
        if until < self.locked_until:
            v.must.add(ANY_CODE)
        if until == self.locked_until:
            v.may.add(ANY_CODE)
        if until > self.today:
            v.may.add(ANY_CODE)

        def effect() -> dict[str, Any]:
            if until != self.locked_until:
                self.closings.append((until, self.locked_until))
            self.locked_until = until
            return {}

        return effect

    def _period_close(self, a: dict[str, Any], v: Verdict) -> Any:
        until = date.fromisoformat(a["until"])
        if until <= self.locked_until:
            v.must.add("date_order")
        if until > self.today:
            v.may.add(ANY_CODE)
        if self.drafts and "drafts" not in a.get("accepted", ()):
            v.may.add("in_use")

        def effect() -> dict[str, Any]:
            start = self.locked_until
            sums: dict[str, list[int]] = {}
            for code in self.customers:
                for currency in self.currencies(code, until):
                    row = sums.setdefault(currency, [0, 0])
                    row[0] += self.balance(code, start, currency)
                    row[1] += self.balance(code, until, currency)
            self.closings.append((until, self.locked_until))
            self.locked_until = until
            return {
                "until": until.isoformat(),
                "totals": {
                    currency: {"opening": decimal(opening, currency), "closing": decimal(closing, currency)}
                    for currency, (opening, closing) in sums.items()
                },
            }

        return effect

    def _period_reopen(self, a: dict[str, Any], v: Verdict) -> Any:
        until = date.fromisoformat(a["until"])
        if not self.closings or self.closings[-1][0] != until:
            v.must.add("not_found")

        def effect() -> dict[str, Any]:
            _until, self.locked_until = self.closings.pop()
            return {"until": self.locked_until.isoformat() if self.locked_until > date.min else None}

        return effect
