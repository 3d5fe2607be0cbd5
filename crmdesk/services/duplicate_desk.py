"""What the window asks about customers entered twice: named pairs, what is still to decide, and what can be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.merges import customer_merge, not_duplicate
from crmdesk.services import duplicate_pairs
from crmdesk.services.dialect import among
from crmdesk.services.merge_values import stored_values
from crmdesk.services.merged_codes import IS_STANDING

FOUND_MAX = 5_000
"""Nobody looks through more at once: the surest are shown, the next search has the rest."""
TOGETHER_MAX = 4
"""So many customers stand side by side."""


@dataclass(frozen=True, slots=True)
class Found:
    """A pair with codes and names, the reasons as keys of `similarity.REASONS`."""

    id: int
    customer_id: int
    other_id: int
    code: str
    name: str
    other_code: str
    other_name: str
    score: int
    reasons: tuple[str, ...]
    together: tuple[str, ...]
    """Codes of all that hang together by pairs, these two first; more than two when one is entered three times."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge that can be undone."""

    id: int
    code: str
    name: str
    merged_at: str


def look(
    connection: Connection,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Found]:
    """The pairs of the whole book with their names, the surest first. Raises Cancelled."""
    pairs = duplicate_pairs.pairs(connection, progress=progress, is_cancelled=is_cancelled)[:FOUND_MAX]
    ids = {one for pair in pairs for one in (pair.customer_id, pair.other_id)}
    query = select(customer.c.id, customer.c.code, customer.c.name).where(among(customer.c.id, ids))
    known = {row.id: (row.code, row.name) for row in connection.execute(query)}
    groups = _together([(pair.customer_id, pair.other_id) for pair in pairs])
    found = []
    for place, pair in enumerate(pairs, 1):
        own = (pair.customer_id, pair.other_id)
        others = [one for one in groups[own[0]] if one not in own]
        found.append(
            Found(
                place,
                *own,
                *known[own[0]],
                *known[own[1]],
                pair.score,
                pair.reasons,
                tuple(known[one][0] for one in (*own, *others)),
            )
        )
    return found


def _together(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Customer -> all that are joined to him by pairs, in order of id."""
    above: dict[int, int] = {}

    def head(one: int) -> int:
        while above.setdefault(one, one) != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for one, other in pairs:
        above[head(one)] = head(other)
    members: dict[int, list[int]] = {}
    for one in sorted(above):
        members.setdefault(head(one), []).append(one)
    return {one: members[head(one)] for one in above}


def undecided(connection: Connection, found: Sequence[Found]) -> set[int]:
    """Ids of those pairs whose customers are both there and not decided to be two."""
    ids = {one for pair in found for one in (pair.customer_id, pair.other_id)}
    there = set(connection.execute(select(customer.c.id).where(among(customer.c.id, ids))).scalars())
    query = select(not_duplicate.c.customer_id, not_duplicate.c.other_id)
    two = {(row[0], row[1]) for row in connection.execute(query)}
    return {
        pair.id
        for pair in found
        if pair.customer_id in there
        and pair.other_id in there
        and (pair.customer_id, pair.other_id) not in two
    }


def stays_first(connection: Connection, codes: Collection[str]) -> list[str]:
    """Codes in the order in which one would keep them: more documents, more filled fields, entered earlier."""
    rows = connection.execute(select(customer.c.id, customer.c.code).where(customer.c.code.in_(list(codes))))
    codes_by_id = {row.id: row.code for row in rows}
    counted = connection.execute(
        select(document.c.customer_id, func.count())
        .where(among(document.c.customer_id, codes_by_id))
        .group_by(document.c.customer_id)
    )
    counts = {row[0]: row[1] for row in counted}
    filled = {
        one: sum(value not in (None, "") for value in stored_values(connection, one).values())
        for one in codes_by_id
    }
    order = sorted(codes_by_id, key=lambda one: (-counts.get(one, 0), -filled[one], one))
    return [codes_by_id[one] for one in order]


def codes_of(connection: Connection, ids: Collection[int]) -> list[str]:
    """Codes of customers, as `stays_first` orders them."""
    rows = connection.execute(select(customer.c.code).where(among(customer.c.id, ids)))
    return stays_first(connection, list(rows.scalars()))


def merges_of(connection: Connection, customer_id: int) -> list[Merged]:
    """What was merged into a customer and can be undone, the newest first."""
    part = customer_merge.c
    query = select(part.id, part.code, part.name, part.merged_at).where(
        part.into_id == customer_id, IS_STANDING
    )
    return [Merged(*row) for row in connection.execute(query.order_by(part.id.desc()))]
