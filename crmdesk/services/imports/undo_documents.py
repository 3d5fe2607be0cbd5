"""Taking imported documents back: each is reversed on its own date, together with what the import itself allocated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from crmdesk.models.tables.documents import allocation, document
from crmdesk.services import allocating, ledger, payments, posted, reversing
from crmdesk.services.dialect import among
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.text import _

KINDS = ("payment", "invoice", "opening")
"""In the order in which they are taken back."""
_BLOCK = 1_000


class Documents:
    """The documents that one import posted."""

    def __init__(self, unit: Unit, *, first_id: int, last_id: int) -> None:
        self._unit = unit
        self._ids: list[int] = []
        for kind in KINDS:
            query = select(document.c.id).where(
                document.c.id.between(first_id, last_id), document.c.kind == kind
            )
            self._ids += unit.execute(query.order_by(document.c.id)).scalars()
        self._audit_ids: dict[int, int] = {}

    def _blocks(self) -> Iterator[list[int]]:
        for start in range(0, len(self._ids), _BLOCK):
            yield self._ids[start : start + _BLOCK]

    def used_since(self) -> Iterator[str]:
        """Numbers of documents that something else refers to, with what that is."""
        for block in self._blocks():
            rows = self._unit.execute(
                select(document.c.id, document.c.number, document.c.audit_id).where(
                    among(document.c.id, block)
                )
            ).all()
            numbers = {row.id: row.number for row in rows}
            self._audit_ids |= {row.id: row.audit_id for row in rows}
            yield from self._with_followers(block, numbers)
            yield from self._with_allocations(block, numbers)

    def _with_followers(self, block: list[int], numbers: dict[int, str]) -> Iterator[str]:
        """Refunds, credit notes and the like that point to one of them and stand."""
        back = document.alias()
        query = select(document.c.origin_id, document.c.number).where(
            among(document.c.origin_id, block),
            document.c.kind.not_like("%" + REVERSAL),
            ~select(back.c.id)
            .where(back.c.origin_id == document.c.id, back.c.kind.like("%" + REVERSAL))
            .exists(),
        )
        for origin_id, number in self._unit.execute(query):
            yield _("{number} (by {other})").format(number=numbers[origin_id], other=number)

    def _with_allocations(self, block: list[int], numbers: dict[int, str]) -> Iterator[str]:
        """Allocations of others that do not cancel out on every date."""
        ids = set(block)
        query = select(allocation).where(
            or_(among(allocation.c.credit_id, block), among(allocation.c.debit_id, block))
        )
        nets: dict[tuple[int, int, date], int] = {}
        for row in self._unit.execute(query):
            own = row.credit_id if row.credit_id in ids else row.debit_id
            if row.audit_id == self._audit_ids.get(row.credit_id) and row.credit_id in ids:
                continue  # made by the import itself, and taken back with it
            other = row.debit_id if own == row.credit_id else row.credit_id
            key = (own, other, row.dated_on)
            nets[key] = nets.get(key, 0) + row.amount_minor
        others = {other for (_own, other, _on), net in nets.items() if net != 0}
        if not others:
            return
        names = dict(
            self._unit.execute(
                select(document.c.id, document.c.number).where(among(document.c.id, others))
            ).all()
        )
        seen: set[tuple[int, int]] = set()
        for (own, other, _on), net in nets.items():
            if net != 0 and (own, other) not in seen:
                seen.add((own, other))
                yield _("{number} (allocated with {other})").format(number=numbers[own], other=names[other])

    def take_back(self, reason: str) -> int:
        """Reverses them; gives how many. What was voided or reversed since stays so."""
        unit = self._unit
        count = 0
        for block in self._blocks():
            legs = ledger.legs_of_many(unit, block)
            own = self._own_allocations(block)
            unit.open_items.prefetch(block)
            originals = {original.id: original for original in posted.load(unit, block)}
            for record_id in block:
                original = originals[record_id]
                if original.reversed_on is None:
                    self._reverse(original, own.get(record_id, []), legs.get(record_id, []), reason)
                    count += 1
        return count

    def _own_allocations(self, block: list[int]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        query = select(allocation).where(among(allocation.c.credit_id, block)).order_by(allocation.c.id)
        for row in self._unit.execute(query):
            if row.audit_id == self._audit_ids[row.credit_id]:
                found.setdefault(row.credit_id, []).append(row)
        return found

    def _reverse(self, original: Posted, own: list[Any], legs: list[ledger.Leg], reason: str) -> None:
        unit, on = self._unit, original.dated_on
        reversing.require_reversible(unit, original, on, "batch")
        for row in own:
            debit = posted.by_id(unit, row.debit_id)
            allocating.write(unit, original, debit, -row.amount_minor, row.dated_on)
        if original.kind == "payment":
            payments.reverse_entry(unit, original, on, reason, legs)
        else:
            reversing.reverse(unit, original, on, reason, legs)
        item = unit.open_items.get(original)
        unit.open_items.settle(item, item.open_minor, on)
