"""The region tree from the customers' addresses: province, city, district of the primary one (B1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from crmdesk.models.errors import Code
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import CUSTOMER_FILTER, DIMENSION
from crmdesk.models.tables.categories import customer_category
from crmdesk.models.tables.customers import address
from crmdesk.services import category_members, category_paths, customer_lookup
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_


def region_of(province: str, city: str, district: str) -> tuple[str, ...]:
    """The names of a region from the top down, without gaps and doubles.

    上海市, 上海市, 浦东新区 is 上海市/浦东新区.
    """
    names: list[str] = []
    for part in (province, city, district):
        name = part.strip().replace(category_paths.SEPARATOR, "／")[: category_paths.NAME_LENGTH_MAX]
        if name and name not in names:
            names.append(name)
    return tuple(names)


@use_case(
    "category.from_addresses",
    fields=(
        DIMENSION,
        CUSTOMER_FILTER,
        Field(
            "move",
            Kind.BOOLEAN,
            N_("Also those who have a place in this tree"),
            help=N_("They are taken out of it and follow their address."),
        ),
    ),
    summary=N_("Sort customers into a region tree by their primary address; missing regions are made."),
    errors=(Code.REQUIRED, Code.FILTER_INVALID, Code.INACTIVE),
)
def from_addresses(
    unit: Unit,
    *,
    dimension: str,
    filter: str | None = None,  # noqa: A002 the word of the command line
    move: bool | None = None,
) -> dict[str, Any]:
    """Sorts customers by address and says how many were placed, moved, and have no region in their address."""
    dimension = category_paths.parse(dimension, "-")[0]  # a name, and no other refusal is possible
    query = select(address.c.customer_id, address.c.province, address.c.city, address.c.district).where(
        address.c.is_primary.is_(True)
    )
    if filter and filter.strip():
        query = query.where(among(address.c.customer_id, customer_lookup.ids_of(unit, None, None, filter)))
    found = unit.execute(query.order_by(address.c.customer_id)).all()
    dimension_id = category_paths.ensure_dimension(unit, dimension)
    in_tree = set(category_paths.nodes(unit, dimension_id).values())
    placed: dict[int, set[int]] = {}
    for customer_id, category_id in unit.execute(
        select(customer_category.c.customer_id, customer_category.c.category_id).where(
            among(customer_category.c.category_id, in_tree)
        )
    ):
        placed.setdefault(customer_id, set()).add(category_id)
    joining: dict[int, list[int]] = {}
    leaving: dict[int, list[int]] = {}
    without = moved = placed_count = 0
    for customer_id, *parts in found:
        names = region_of(*parts)
        here = placed.get(customer_id, set())
        if not names:
            without += 1
            continue
        if here and not move:
            continue
        category_id = category_paths.ensure(unit, (dimension, *names))
        if here == {category_id}:
            continue
        if category_id not in here:
            category_paths.require_current(unit, (dimension, *names), field="dimension")
        moved += bool(here)
        placed_count += not here
        for one in here - {category_id}:
            leaving.setdefault(one, []).append(customer_id)
        if category_id not in here:
            joining.setdefault(category_id, []).append(customer_id)
    for category_id, ids in leaving.items():
        category_members.take(unit, category_id, ids, category_members.ADDRESS)
    for category_id, ids in joining.items():
        category_members.put(unit, category_id, ids, category_members.ADDRESS)
    return {"dimension": dimension, "placed": placed_count, "moved": moved, "without_region": without}
