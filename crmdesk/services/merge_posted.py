"""Posted rows at a merge: who holds them changes, nothing else; whom they were posted for stays in `moved_row`.

Going back is decided by documents: what the merged customer brought goes back, and what was posted since for the
survivor goes along where it hangs on that alone (its reversal, its credit note, a payment that settles nothing else,
the bill of a contract that goes back). What hangs on both sides cannot be split: that refuses, and says what to
release.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from crmdesk.models.tables import METADATA
from crmdesk.models.tables.agreements import agreement, agreement_bill, agreement_link, payment_contract
from crmdesk.models.tables.documents import allocation, document, open_item
from crmdesk.models.tables.exchange import base_entry, revaluation, revaluation_line
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_credit,
    fapiao_part,
    fapiao_request,
    fapiao_request_part,
)
from crmdesk.models.tables.ledger import posting
from crmdesk.models.tables.merges import moved_row
from crmdesk.models.tables.reminders import interest_charge
from crmdesk.models.tables.triggers import holder_key
from crmdesk.services.dialect import among
from crmdesk.services.posted import REVERSAL
from crmdesk.services.transferring import IN, OUT
from crmdesk.services.units import Unit

HOLDERS = tuple(table for table in METADATA.sorted_tables if table.info.get("has_holder"))
"""The posted tables whose `customer_id` says who holds a row today."""
ROOTS = (document, fapiao_request, fapiao)
"""What is posted for a customer by itself; allocations and postings follow their documents."""

Node = tuple[str, int]
Content = dict[str, Any]


def of_customer(unit: Unit, customer_id: int) -> Content:
    """What is posted for a customer, as it is kept with a merge: ids by table, and what revaluations hold of him."""
    found: Content = {
        table.name: list(
            unit.execute(
                select(table.c.id).where(table.c.customer_id == customer_id).order_by(table.c.id)
            ).scalars()
        )
        for table in ROOTS
    }
    line = revaluation_line.c
    lines = unit.execute(
        select(line.revaluation_id, line.position)
        .where(line.customer_id == customer_id)
        .order_by(line.revaluation_id, line.position)
    )
    found["revaluation_line"] = [list(row) for row in lines]
    entries = _revaluation_entries(unit, {row[0] for row in found["revaluation_line"]})
    own = select(posting.c.source_id).where(
        among(posting.c.source_id, entries), posting.c.customer_id == customer_id
    )
    found["base_entry"] = sorted(set(unit.execute(own).scalars()))
    return found


def _revaluation_entries(unit: Unit, revaluation_ids: Collection[int]) -> list[int]:
    """Ids of the entries that revaluations made, and of those by which they were taken back."""
    undone = select(revaluation.c.id).where(among(revaluation.c.undoes_id, revaluation_ids))
    query = select(base_entry.c.id).where(
        or_(among(base_entry.c.source_id, revaluation_ids), base_entry.c.source_id.in_(undone)),
        base_entry.c.kind.startswith("revaluation"),
    )
    return list(unit.execute(query.order_by(base_entry.c.id)).scalars())


def hand_over(
    unit: Unit,
    content: Content,
    from_id: int,
    to_id: int,
    *,
    undoes: tuple[int, Collection[int]] | None = None,
) -> None:
    """Gives the rows of these documents, tax invoices and entries from one customer to another.

    `undoes`: the merge that is undone, and whose rows go back (the customer's, and of those merged into him before).
    """
    handed_by_id = None if undoes is None else undoes[0]
    documents = content["document"]
    allocations = list(
        unit.execute(
            select(allocation.c.id).where(
                allocation.c.customer_id == from_id,
                or_(among(allocation.c.credit_id, documents), among(allocation.c.debit_id, documents)),
            )
        ).scalars()
    )
    events = [*documents, *allocations]
    late = unit.execute(
        select(base_entry.c.id).where(
            among(base_entry.c.source_id, [*events, *(-one for one in events)]), base_entry.c.kind == "late"
        )
    ).scalars()
    causes = [*events, *late, *content["base_entry"]]
    sources = [*causes, *(-one for one in causes)]
    is_transfer, is_leg = _transferred(documents)
    goes = among(posting.c.source_id, sources) & (true() if undoes is None else _is_of(*undoes))
    keys: list[tuple[Table, Any]] = [
        *((table, among(table.c.id, content[table.name])) for table in ROOTS),
        (allocation, among(allocation.c.id, allocations)),
        (posting, or_(and_(goes, ~is_transfer), is_leg)),
    ]
    keys += [
        (
            revaluation_line,
            and_(revaluation_line.c.revaluation_id == record_id, revaluation_line.c.position == position),
        )
        for record_id, position in content["revaluation_line"]
    ]
    for table, which in keys:
        _hand_over(unit, table, and_(which, table.c.customer_id == from_id), to_id, handed_by_id)
    unit.execute(update(open_item).where(among(open_item.c.document_id, documents)).values(customer_id=to_id))


def _transferred(documents: Collection[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """(postings of transfers, the legs among them that go with these documents).

    One entry stands for both documents of a transfer, with the paying one: its first leg follows that one, its second
    the other. Once both customers were one, only the place in the entry tells whose leg is whose.
    """
    incoming, back = document.alias("incoming"), document.alias("back")
    outs = select(document.c.id).where(document.c.kind.in_((OUT, OUT + REVERSAL)))
    helped = select(document.c.origin_id).where(document.c.kind == IN, among(document.c.id, documents))
    helped_back = (
        select(back.c.id)
        .join_from(document, incoming, incoming.c.id == document.c.origin_id)
        .join(back, back.c.origin_id == incoming.c.origin_id)
        .where(
            document.c.kind == IN + REVERSAL,
            back.c.kind == OUT + REVERSAL,
            among(document.c.id, documents),
        )
    )
    source, position = posting.c.source_id, posting.c.position
    paid = and_(position == 1, source.in_(outs.where(among(document.c.id, documents))))
    given = and_(position == 2, source.in_(union_all(helped, helped_back)))
    return source.in_(outs), or_(paid, given)


def _is_of(merge_id: int, homes: Collection[int]) -> ColumnElement[bool]:
    """Legs that go back with their entry: what was posted for him, and what was posted since."""
    noted = select(moved_row.c.posted_for_id).where(
        moved_row.c.table_name == posting.name,
        moved_row.c.record_id == posting.c.source_id,
        moved_row.c.position == posting.c.position,
    )
    is_since = func.abs(posting.c.source_id) > merge_id
    # the second: noted in this very undoing, just before the holder changes
    is_his = or_(among(moved_row.c.posted_for_id, homes), moved_row.c.handed_by_id == merge_id)
    return or_(noted.where(is_his).exists(), and_(is_since, ~noted.exists()))


def _hand_over(unit: Unit, table: Table, which: Any, to_id: int, handed_by_id: int | None) -> None:
    record, position = _key_columns(table)
    noted = (
        select(literal(1))
        .where(
            moved_row.c.table_name == table.name,
            moved_row.c.record_id == record,
            moved_row.c.position == position,
        )
        .exists()
    )
    names = ["table_name", "record_id", "position", "posted_for_id", "handed_by_id"]
    rows = select(literal(table.name), record, position, table.c.customer_id, literal(handed_by_id)).where(
        which, ~noted
    )
    # the ids first: once the holder has changed, `which` finds them no more
    keys = [tuple(row) for row in unit.execute(select(record, position).where(which))]
    if not keys:
        return
    unit.execute(insert(moved_row).from_select(names, rows))
    unit.execute(update(table).where(which).values(customer_id=to_id))
    # back with whom it was posted for, nothing is left to remember
    home = delete(moved_row).where(
        moved_row.c.table_name == table.name,
        moved_row.c.posted_for_id == to_id,
        among(moved_row.c.record_id, {key[0] for key in keys}),
    )
    unit.execute(home)


def _key_columns(table: Table) -> tuple[Any, Any]:
    record, position = holder_key(table)
    return table.c[record], literal(0) if position == "0" else table.c[position]


def posted_for(connection: Connection) -> dict[tuple[str, int, int], int]:
    """(table, id, position) -> whom a row was posted for, of the rows that another customer holds now."""
    columns = (moved_row.c.table_name, moved_row.c.record_id, moved_row.c.position, moved_row.c.posted_for_id)
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(select(*columns))}


def was_posted_for(rows: Any) -> ColumnElement[int]:
    """Whom documents were posted for, as an expression over `document` or an alias of it."""
    noted = select(moved_row.c.posted_for_id).where(
        moved_row.c.table_name == document.name, moved_row.c.record_id == rows.c.id, moved_row.c.position == 0
    )
    return func.coalesce(noted.scalar_subquery(), rows.c.customer_id)


# Going back


@dataclass(slots=True)
class Split:
    """What goes back at an undoing, by table, and what stands in its way: pairs of what belongs to both sides."""

    goes: Content
    clashes: list[tuple[Node, Node]] = field(default_factory=list)


def split(
    unit: Unit, content: Content, agreements: Iterable[int], into_id: int, since_id: int, theirs: set[Node]
) -> Split:
    """Sorts what the survivor holds: `content` and `agreements` came with merge `since_id`, `theirs` with others."""
    home: set[Node] = {(table.name, one) for table in ROOTS for one in content[table.name]}
    home |= {("agreement", one) for one in agreements}
    held: dict[Node, str] = {}
    for table in (*ROOTS, agreement):
        for record_id in unit.execute(select(table.c.id).where(table.c.customer_id == into_id)).scalars():
            node = (table.name, record_id)
            if node in home:
                held[node] = "goes"
            else:
                held[node] = "stays" if record_id < since_id or node in theirs else ""
    ties: dict[Node, set[Node]] = {}
    for one, other in _ties(unit, into_id):
        if one in held and other in held:
            ties.setdefault(one, set()).add(other)
            ties.setdefault(other, set()).add(one)
    found = Split({table.name: [] for table in ROOTS} | {"agreement": []})
    waiting = [node for node, side in held.items() if side == "goes"]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        found.goes[node[0]].append(node[1])
        for other in sorted(ties.get(node, ())):
            if held[other] == "stays":
                found.clashes.append((node, other))
            elif other not in seen:
                seen.add(other)
                waiting.append(other)
    for ids in found.goes.values():
        ids.sort()
    found.goes["revaluation_line"] = content["revaluation_line"]
    found.goes["base_entry"] = sorted({*content["base_entry"], *_taken_back(unit, content, since_id)})
    return found


def _ties(unit: Unit, customer_id: int) -> list[tuple[Node, Node]]:
    """Pairs of what the customer holds of which both must be one customer's."""

    def pairs(one: Table, other: Table, query: Any) -> list[tuple[Node, Node]]:
        return [((one.name, row[0]), (other.name, row[1])) for row in unit.execute(query)]

    live = (
        select(allocation.c.credit_id, allocation.c.debit_id)
        .where(allocation.c.customer_id == customer_id)
        # taken back on its own day, at no date anything is settled by it
        .group_by(allocation.c.credit_id, allocation.c.debit_id, allocation.c.dated_on)
        .having(func.sum(allocation.c.amount_minor) != 0)
    )
    ours = select(document.c.id).where(document.c.customer_id == customer_id)
    # a transfer's two sides are two customers' by nature
    origins = select(document.c.id, document.c.origin_id).where(
        document.c.customer_id == customer_id, document.c.origin_id.isnot(None), document.c.kind != IN
    )
    chain = (
        select(agreement_link.c.from_id, agreement_link.c.to_id)
        .join(agreement, agreement.c.id == agreement_link.c.from_id)
        .where(agreement.c.customer_id == customer_id)
    )
    found = [
        *pairs(document, document, origins),
        *pairs(document, document, live),
        *pairs(agreement, agreement, chain),
    ]
    for one, one_id, document_id in (
        (document, interest_charge.c.invoice_id, interest_charge.c.document_id),
        (agreement, agreement_bill.c.agreement_id, agreement_bill.c.document_id),
        (agreement, payment_contract.c.contract_id, payment_contract.c.document_id),
        (fapiao_request, fapiao_request_part.c.request_id, fapiao_request_part.c.document_id),
        (fapiao, fapiao_part.c.fapiao_id, fapiao_part.c.document_id),
        (fapiao, fapiao_credit.c.fapiao_id, fapiao_credit.c.document_id),
    ):
        found += pairs(one, document, select(one_id, document_id).where(document_id.in_(ours)))
    for other, column in (
        (fapiao_request, fapiao.c.request_id),
        (fapiao, fapiao.c.origin_id),
        (fapiao, fapiao.c.replaces_id),
    ):
        query = select(fapiao.c.id, column).where(fapiao.c.customer_id == customer_id, column.isnot(None))
        found += pairs(fapiao, other, query)
    return found


def _taken_back(unit: Unit, content: Content, since_id: int) -> list[int]:
    """Entries posted since that took back a revaluation of before: pair by pair they follow what they negate."""
    own = set(content["base_entry"])
    found: list[int] = []
    ids = {row[0] for row in content["revaluation_line"]}
    query = select(revaluation.c.id, revaluation.c.undoes_id).where(
        among(revaluation.c.undoes_id, ids), revaluation.c.id > since_id
    )
    for undo_id, earlier_id in unit.execute(query).all():
        entries = [
            list(
                unit.execute(
                    select(base_entry.c.id)
                    .where(base_entry.c.source_id == source, base_entry.c.kind.startswith("revaluation"))
                    .order_by(base_entry.c.id)
                ).scalars()
            )
            for source in (earlier_id, undo_id)
        ]
        found += [back for entry, back in zip(*entries, strict=True) if entry in own]
    return found


def revalued_since(unit: Unit, content: Content, into_id: int, since_id: int) -> list[Any]:
    """Days of revaluations since that stand and valued together what goes back in a foreign currency and what stays."""
    currencies = select(document.c.currency).where(among(document.c.id, content["document"])).distinct()
    undone = revaluation.alias("undone")
    query = (
        select(revaluation.c.dated_on)
        .join(revaluation_line, revaluation_line.c.revaluation_id == revaluation.c.id)
        .where(
            revaluation.c.id > since_id,
            revaluation_line.c.customer_id == into_id,
            revaluation_line.c.currency.in_(currencies),
            ~select(undone.c.id).where(undone.c.undoes_id == revaluation.c.id).exists(),
        )
        .distinct()
    )
    return sorted(unit.execute(query).scalars())
