"""What merges left behind: who holds a posted row follows from whom it was posted for and the merges that stand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, select, union_all, update

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.merges import customer_merge, moved_row
from crmdesk.models.tables.triggers import holder_key
from crmdesk.services.merge_posted import HOLDERS
from crmdesk.services.merged_codes import survivor_of
from crmdesk.services.units import Unit
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]


def rebuild_holders(unit: Unit) -> None:
    """Gives every row that changed hands to whom the merges say, where another customer stands in it."""
    for table, record_id, position, _holder, owner, _posted_for in list(_moved(unit.connection)):
        record, place = holder_key(table)
        at = table.c[record] == record_id
        if place != "0":
            at &= table.c[place] == position
        if owner is not None:
            unit.execute(update(table).where(at, table.c.customer_id != owner).values(customer_id=owner))


def _moved(connection: Connection) -> Iterator[tuple[Table, int, int, int | None, int | None, int]]:
    """(table, id, position, who holds it, who should, whom it was posted for) of every row that changed hands."""
    known: dict[int, int] = {}

    def survivor(customer_id: int) -> int:
        if customer_id not in known:
            known[customer_id] = survivor_of(connection, customer_id)
        return known[customer_id]

    handed: dict[int, int] = {
        row[0]: row[1] for row in connection.execute(select(customer_merge.c.id, customer_merge.c.merged_id))
    }
    for table in HOLDERS:
        record, position = holder_key(table)
        at = moved_row.c.position == (0 if position == "0" else table.c[position])
        query = (
            select(moved_row, table.c.customer_id.label("holder_id"))
            .join_from(moved_row, table, (table.c[record] == moved_row.c.record_id) & at, isouter=True)
            .where(moved_row.c.table_name == table.name)
        )
        for row in connection.execute(query):
            owner = row.posted_for_id if row.handed_by_id is None else handed.get(row.handed_by_id)
            told = None if owner is None else survivor(owner)
            yield table, row.record_id, row.position, row.holder_id, told, row.posted_for_id


def holders_follow(connection: Connection) -> Found:
    """Every row that changed hands is held by the survivor of whom it was posted for; every other by a customer."""
    for table, record_id, _position, holder, owner, posted_for in _moved(connection):
        if owner is None or holder != owner or holder == posted_for:
            yield (
                "holder",
                f"{table.name}:{record_id}",
                _("A row of {table} ({id}) is held by another customer than the merges say.").format(
                    table=table.name, id=record_id
                ),
            )
    both = select(customer_merge.c.id, customer_merge.c.code).where(
        customer_merge.c.undone_at == "",
        customer_merge.c.merged_id.in_(select(customer.c.id)),
    )
    gone = select(customer_merge.c.id, customer_merge.c.code).where(
        customer_merge.c.undone_at == "",
        customer_merge.c.into_id.not_in(
            union_all(
                select(customer.c.id),
                select(customer_merge.c.merged_id).where(customer_merge.c.undone_at == ""),
            )
        ),
    )
    for merge_id, code in connection.execute(union_all(both, gone)):
        yield (
            "merge",
            f"customer_merge:{merge_id}",
            _("The merge of {code} does not fit the customers there are.").format(code=code),
        )
