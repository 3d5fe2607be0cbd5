"""What is kept of agreements, plans and files, worked out again (domain.md, identity 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import money
from crmdesk.models.specs.agreements import CONTRACT, ORDER
from crmdesk.models.tables.agreements import agreement, instalment, plan
from crmdesk.models.tables.attachments import attachment, blob
from crmdesk.services import agreement_lines, contract_bills
from crmdesk.services.contract_bills import Bill
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]
NO_PLAN = "none"


def totals_agree(connection: Connection) -> Found:
    """The three amounts of each agreement are those of its lines."""
    columns = (
        agreement.c.id,
        agreement.c.number,
        agreement.c.currency,
        agreement.c.content,
        agreement.c.net_minor,
        agreement.c.tax_minor,
        agreement.c.total_minor,
    )
    for row in connection.execute(select(*columns)):
        totals = agreement_lines.totals_of(row.content, row.currency)
        derived = (totals.net_minor, totals.tax_minor, totals.total_minor)
        if derived != (row.net_minor, row.tax_minor, row.total_minor):
            yield (
                "agreement_total",
                f"agreement:{row.id}",
                _("The lines of {number} do not add up to its total.").format(number=row.number),
            )


def plans_add_up(connection: Connection) -> Found:
    """Every plan is its contract's total, never more is billed than that, and a bill is its instalment.

    Plans of earlier versions, too: they were the total when they counted, and the total of a contract stays.
    """
    contracts = {
        row.id: row
        for row in connection.execute(
            select(
                agreement.c.id,
                agreement.c.number,
                agreement.c.kind,
                agreement.c.currency,
                agreement.c.total_minor,
            ).where(agreement.c.kind.in_((CONTRACT, ORDER)))
        )
    }
    live: dict[int, list[Bill]] = {}
    for bill in contract_bills.bills_of(connection, list(contracts)):
        if bill.void_on is None:
            live.setdefault(bill.agreement_id, []).append(bill)
    for contract_id, bills in live.items():
        billed = sum(bill.total_minor for bill in bills)
        if billed > contracts[contract_id].total_minor:
            yield _differs(contracts[contract_id], billed, _("{number} is billed with {sum} of {total}."))
    yield from _plans(connection, contracts, live)


def _plans(connection: Connection, contracts: dict[int, Any], live: dict[int, list[Bill]]) -> Found:
    parts: dict[int, dict[int, int]] = {}
    for plan_id, root_id, amount in connection.execute(
        select(instalment.c.plan_id, instalment.c.root_id, instalment.c.amount_minor)
    ):
        parts.setdefault(plan_id, {})[root_id] = amount
    newest: dict[int, tuple[int, str]] = {}
    cancelled: set[int] = set()
    heads = connection.execute(
        select(plan.c.id, plan.c.contract_id, plan.c.way).order_by(plan.c.contract_id, plan.c.version.desc())
    )
    for plan_id, contract_id, way in heads:
        newest.setdefault(contract_id, (plan_id, way))
        own = parts.get(plan_id, {})
        if way == NO_PLAN:
            # a draft may be changed once its plan was cancelled: what came before it had another total
            cancelled.add(contract_id)
            continue
        total = sum(own.values())
        if contract_id not in cancelled and total != contracts[contract_id].total_minor:
            yield _differs(contracts[contract_id], total, _("The plan of {number} is {sum}, not {total}."))
    for contract_id, (plan_id, way) in newest.items():
        own = parts.get(plan_id, {})
        bills = live.get(contract_id, [])
        roots = [bill.instalment_id for bill in bills]
        if way == NO_PLAN:
            is_wrong = any(root is not None for root in roots)
        else:
            is_wrong = len(set(roots)) != len(roots) or any(
                own.get(bill.instalment_id or 0) != bill.total_minor for bill in bills
            )
        if is_wrong:
            yield (
                "plan_total",
                f"plan:{plan_id}",
                _("The invoices of {number} are not its instalments.").format(
                    number=contracts[contract_id].number
                ),
            )


def _differs(row: Any, minor: int, text: str) -> tuple[str, str, str]:
    currency = row.currency
    return (
        "plan_total",
        f"agreement:{row.id}",
        text.format(
            number=row.number,
            sum=money.plain(minor, currency),
            total=money.plain(row.total_minor, currency),
        ),
    )


def attachments_are_whole(connection: Connection) -> Found:
    """Every content has the hash under which it is kept, and every attachment a content of its size."""
    sizes: dict[str, int] = {}
    # the option belongs to this query alone: on the connection it would cut short what others read raw
    query = select(blob.c.hash, blob.c.content).execution_options(yield_per=20)
    for digest, content in connection.execute(query):
        sizes[digest] = len(content)
        if hashlib.sha256(content).hexdigest() != digest:
            yield (
                "attachment_altered",
                f"blob:{digest}",
                _("The content of a file was changed outside crmdesk ({hash}).").format(hash=digest[:12]),
            )
    for record_id, name, size, digest in connection.execute(
        select(attachment.c.id, attachment.c.name, attachment.c.size, attachment.c.hash)
    ):
        if digest not in sizes:
            yield (
                "attachment_missing",
                f"attachment:{record_id}",
                _("The content of the file {name} is missing.").format(name=name),
            )
        elif sizes[digest] != size:
            yield (
                "attachment_altered",
                f"attachment:{record_id}",
                _("The file {name} has another size than it had when it was added.").format(name=name),
            )
