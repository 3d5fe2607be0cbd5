"""What was invoiced to the tax office's rules (发票) of each contract: the one place that contracts ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from crmdesk.services import contract_bills, invoiced


def fapiao_totals(
    connection: Connection, contract_ids: Iterable[int], as_of: date | None = None
) -> dict[int, int]:
    """Contract id -> minor units of the tax invoices (blue less red) that stand for its bills, to a date."""
    bills = contract_bills.bills_of(connection, list(contract_ids))
    issued = invoiced.totals_of_documents(connection, [bill.document_id for bill in bills], as_of)
    totals: dict[int, int] = {}
    for bill in bills:
        if bill.document_id in issued:
            part = issued[bill.document_id].issued_minor
            totals[bill.agreement_id] = totals.get(bill.agreement_id, 0) + part
    return totals


def invoiced_not_received(fapiao_minor: int, received_minor: int) -> int:
    """已开票未回款: tax invoices beyond the money that came, in minor units."""
    return max(fapiao_minor - received_minor, 0)


def received_not_invoiced(fapiao_minor: int, received_minor: int) -> int:
    """已回款未开票: money that came beyond the tax invoices, in minor units."""
    return max(received_minor - fapiao_minor, 0)
