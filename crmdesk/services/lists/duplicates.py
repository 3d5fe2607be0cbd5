"""Lists of customers that may be entered twice, and of those that were merged."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import Connection, Integer, Text, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.merges import customer_merge
from crmdesk.services.dialect import among, given_rows
from crmdesk.services.lists.columns import Column, ListSpec, Source
from crmdesk.services.lists.document_kinds import CUSTOMER, CUSTOMER_NAME
from crmdesk.services.lists.records import searcher
from crmdesk.services.merged_codes import code_of
from crmdesk.text import N_, _

_SHOWN_MAX = 5_000
_PAIRS = given_rows(
    "duplicates",
    id=Integer(),
    customer=Text(),
    name=Text(),
    other=Text(),
    other_name=Text(),
    score=Integer(),
    reasons=Text(),
)


def _supply(connection: Connection, today: date) -> dict[str, str]:
    """The surest pairs, found anew: nothing is kept that could be out of date."""
    del today
    from crmdesk.services import duplicate_pairs, similarity

    found = duplicate_pairs.pairs(connection)[:_SHOWN_MAX]
    ids = {one for pair in found for one in (pair.customer_id, pair.other_id)}
    rows = connection.execute(
        select(customer.c.id, customer.c.code, customer.c.name).where(among(customer.c.id, ids))
    )
    known = {row.id: (row.code, row.name) for row in rows}
    table = [
        (
            place,
            *known[pair.customer_id],
            *known[pair.other_id],
            pair.score,
            ", ".join(_(similarity.REASONS[reason]) for reason in pair.reasons),
        )
        for place, pair in enumerate(found, 1)
    ]
    return {"duplicates": json.dumps(table, ensure_ascii=False)}


DUPLICATES = ListSpec(
    kind="duplicates",
    label=N_("Possible duplicates"),
    columns=(
        Column(Field("score", Kind.INTEGER, N_("Likeness"), sign="any", width=8), _PAIRS.c.score),
        Column(CUSTOMER, _PAIRS.c.customer),
        Column(CUSTOMER_NAME, _PAIRS.c.name),
        Column(Field("other", Kind.LINK, N_("Other customer"), link="customer"), _PAIRS.c.other),
        Column(Field("other_name", Kind.TEXT, N_("Name of the other"), width=24), _PAIRS.c.other_name),
        Column(Field("reasons", Kind.TEXT, N_("Reasons"), width=40), _PAIRS.c.reasons),
    ),
    source=Source(
        table=_PAIRS,
        id=_PAIRS.c.id,
        columns={},
        search=searcher(_PAIRS.c.customer, _PAIRS.c.name, _PAIRS.c.other, _PAIRS.c.other_name),
        supply=_supply,
    ),
    default_sort="-score",
    empty_text=N_("No two customers look alike."),
)

MERGES = ListSpec(
    kind="merges",
    label=N_("Merged customers"),
    columns=(
        Column(Field("merge", Kind.INTEGER, N_("Merge"), sign="any"), customer_merge.c.id),
        Column(Field("code", Kind.CODE, N_("Code")), customer_merge.c.code),
        Column(Field("name", Kind.TEXT, N_("Name"), width=24), customer_merge.c.name),
        Column(
            Field("into", Kind.LINK, N_("Merged into"), link="customer"), code_of(customer_merge.c.into_id)
        ),
        Column(Field("merged_at", Kind.MOMENT, N_("Merged at"), width=18), customer_merge.c.merged_at),
        Column(Field("actor", Kind.TEXT, N_("Merged by")), customer_merge.c.actor),
        Column(Field("undone_at", Kind.MOMENT, N_("Undone at"), width=18), customer_merge.c.undone_at),
        Column(Field("undone_by", Kind.TEXT, N_("Undone by")), customer_merge.c.undone_by, is_shown=False),
    ),
    source=Source(
        table=customer_merge,
        id=customer_merge.c.id,
        columns={},
        search=searcher(customer_merge.c.code, customer_merge.c.name),
    ),
    default_sort="-merged_at",
    empty_text=N_("No customers were merged yet."),
)
