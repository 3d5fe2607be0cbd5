"""What was invoiced to the tax office's rules (发票) of each contract: the one place that contracts ask."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection


def fapiao_totals(connection: Connection, contract_ids: Iterable[int]) -> dict[int, int]:
    """Contract id -> minor units of the tax invoices that stand. Empty as long as the book keeps none."""
    del connection, contract_ids
    return {}


def invoiced_not_received(fapiao_minor: int, received_minor: int) -> int:
    """已开票未回款: tax invoices beyond the money that came, in minor units."""
    return max(fapiao_minor - received_minor, 0)


def received_not_invoiced(fapiao_minor: int, received_minor: int) -> int:
    """已回款未开票: money that came beyond the tax invoices, in minor units."""
    return max(received_minor - fapiao_minor, 0)
