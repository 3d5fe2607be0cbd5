"""Categories by dimension and path (地区: 华东/上海). Looked up once per unit; missing ones are made."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import select

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.tables.categories import category, customer_category, dimension
from crmdesk.services.units import Unit
from crmdesk.text import _

SEPARATOR = "/"
NAME_LENGTH_MAX = 60
DEPTH_MAX = 20

Path = tuple[str, ...]
"""The dimension's name, then the names from the top down."""


@functools.lru_cache(maxsize=1_024)
def parse(dimension_name: str, path: str, field: str = "path") -> Path:
    """The parts of a path. Raises InvalidInput for empty or long parts and too many levels."""
    parts = tuple(part.strip() for part in path.strip().strip(SEPARATOR).split(SEPARATOR))
    for part in parts:
        check_name(part, field)
    if len(parts) > DEPTH_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("A category tree has at most {count} levels.").format(count=DEPTH_MAX),
            field=field,
        )
    name = dimension_name.strip()
    if not name:
        raise InvalidInput(
            Code.REQUIRED, _("“{field}” is required.").format(field="dimension"), field="dimension"
        )
    return (name, *parts)


def check_name(name: str, field: str) -> str:
    """One name of a path: not empty, no separator, not too long."""
    if not name:
        raise InvalidInput(Code.REQUIRED, _("A category needs a name at every level."), field=field)
    if SEPARATOR in name or len(name) > NAME_LENGTH_MAX:
        raise InvalidInput(
            Code.TEXT_TOO_LONG if SEPARATOR not in name else Code.INVALID_CHOICE,
            _("A category name has at most {count} characters and no “/”.").format(count=NAME_LENGTH_MAX),
            field=field,
        )
    return name


def check_tree_name(name: str, field: str = "dimension") -> None:
    """Refuses a separator in the name that a tree is given: a path of such a tree could not be told apart."""
    if SEPARATOR in name:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("The name of a category tree has no “/”: it stands between the tree and its categories."),
            field=field,
        )


def dimensions(unit: Unit, applies_to: str = "customer") -> dict[str, int]:
    """Ids of the dimensions by name, in their order."""
    key = ("dimensions", applies_to)
    if key not in unit.cache:
        rows = unit.execute(
            select(dimension.c.name, dimension.c.id)
            .where(dimension.c.applies_to == applies_to)
            .order_by(dimension.c.position, dimension.c.id)
        )
        unit.cache[key] = dict(rows.all())
    known: dict[str, int] = unit.cache[key]
    return known


def nodes(unit: Unit, dimension_id: int) -> dict[tuple[int | None, str], int]:
    """Ids of a dimension's categories by parent and name."""
    key = ("categories", dimension_id)
    if key not in unit.cache:
        rows = unit.execute(
            select(category.c.parent_id, category.c.name, category.c.id).where(
                category.c.dimension_id == dimension_id
            )
        )
        unit.cache[key] = {(parent_id, name): record_id for parent_id, name, record_id in rows}
    known: dict[tuple[int | None, str], int] = unit.cache[key]
    return known


def retired(unit: Unit, dimension_id: int) -> set[int]:
    """Ids of a dimension's categories that are retired themselves, without those below them."""
    key = ("categories", "retired", dimension_id)
    if key not in unit.cache:
        is_out = (category.c.dimension_id == dimension_id) & category.c.is_retired.is_(True)
        unit.cache[key] = set(unit.execute(select(category.c.id).where(is_out)).scalars())
    found: set[int] = unit.cache[key]
    return found


def require_current(unit: Unit, path: Path, applies_to: str = "customer", field: str = "path") -> None:
    """Refuses a path at or below a retired category `inactive`, whether all of it is there or not."""
    out = _retired_at(unit, path, applies_to)
    if out:
        raise Conflict(
            Code.INACTIVE,
            _(
                "The category “{path}” is retired. Bring it back into use first, or choose another one."
            ).format(path=SEPARATOR.join(out)),
            field=field,
        )


def require_current_target(unit: Unit, source: Path, target: Path, applies_to: str, field: str) -> None:
    """Refuses `inactive` what would bring a category in use into one that is out of use, or below it: who is in it
    would be in one that nobody is put into. One that is out of use itself may go there, as a tag may."""
    if not _retired_at(unit, source, applies_to):
        require_current(unit, target, applies_to, field)


def _retired_at(unit: Unit, path: Path, applies_to: str) -> Path:
    """The highest category of a path that is retired itself; empty where none is."""
    dimension_id = dimensions(unit, applies_to).get(path[0])
    out = retired(unit, dimension_id) if dimension_id is not None else set()
    if dimension_id is None or not out:
        return ()
    known = nodes(unit, dimension_id)
    above: int | None = None
    for level, name in enumerate(path[1:], 2):
        above = known.get((above, name))
        if above is None:
            break
        if above in out:
            return path[:level]
    return ()


def nodes_by_id(unit: Unit, dimension_id: int) -> dict[int, tuple[int | None, str]]:
    """Parent and name of a dimension's categories by id: `nodes` the other way round, turned once."""
    known = nodes(unit, dimension_id)
    found: dict[int, tuple[int | None, str]] = unit.cache.setdefault(
        ("categories", "by id", dimension_id), {}
    )
    missing = len(known) - len(found)
    if missing:  # `ensure` adds at the end
        found |= {one: key for key, one in islice(reversed(known.items()), missing)}
    return found


def forget(unit: Unit) -> None:
    """Drops what is cached after a change to the trees."""
    for key in [
        key for key in unit.cache if isinstance(key, tuple) and key[0] in ("dimensions", "categories")
    ]:
        del unit.cache[key]


def require_dimension(unit: Unit, name: str, applies_to: str = "customer", field: str = "dimension") -> int:
    """The id of a dimension, or NotFound naming the known ones."""
    known = dimensions(unit, applies_to)
    if name.strip() not in known:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no category tree “{name}”. Known: {known}.").format(
                name=name[:60], known=", ".join(known)
            ),
            field=field,
        )
    return known[name.strip()]


def ensure_dimension(unit: Unit, name: str, applies_to: str = "customer") -> int:
    """The id of a dimension; made at the end of the list if there is none of that name."""
    known = dimensions(unit, applies_to)
    if name not in known:
        check_tree_name(name)
        known[name] = unit.next_id()
        unit.add(dimension, id=known[name], name=name, applies_to=applies_to, position=len(known) - 1)
        unit.note("dimension", known[name], None, {"name": name, "applies_to": applies_to})
    return known[name]


def ensure(unit: Unit, path: Path, applies_to: str = "customer") -> int:
    """The id of the category at a path; missing ones are made, each as the last of its siblings."""
    by_path: dict[Path, int] = unit.cache.setdefault(("categories", applies_to), {})
    found = by_path.get(path)
    if found is not None:
        return found
    dimension_id = ensure_dimension(unit, path[0], applies_to)
    known = nodes(unit, dimension_id)
    parent_id: int | None = None
    for name in path[1:]:
        record_id = known.get((parent_id, name))
        if record_id is None:
            record_id = unit.next_id()
            unit.add(
                category,
                id=record_id,
                dimension_id=dimension_id,
                parent_id=parent_id,
                name=name,
                position=record_id,
            )
            known[parent_id, name] = record_id
            unit.note("category", record_id, None, {"name": name, "parent": parent_id})
        parent_id = record_id
    assert parent_id is not None  # parse gives at least one name
    by_path[path] = parent_id
    return parent_id


def id_at(unit: Unit, path: Path, applies_to: str = "customer") -> int | None:
    """The id of the category at a path; None where there is none."""
    dimension_id = dimensions(unit, applies_to).get(path[0])
    known = {} if dimension_id is None else nodes(unit, dimension_id)
    record_id: int | None = None
    for name in path[1:]:
        record_id = known.get((record_id, name))
        if record_id is None:
            break
    return record_id


def find(unit: Unit, path: Path, applies_to: str = "customer", field: str = "path") -> int:
    """The id of the category at a path, or NotFound."""
    require_dimension(unit, path[0], applies_to)
    record_id = id_at(unit, path, applies_to)
    if record_id is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no category “{path}” in {dimension}.").format(
                path=SEPARATOR.join(path[1:]), dimension=path[0]
            ),
            field=field,
        )
    return record_id


def put_new(unit: Unit, paths: Iterable[Path], customer_id: int) -> None:
    """Puts a customer that was made in this unit into categories; missing ones are made."""
    for category_id in dict.fromkeys(ensure(unit, path) for path in paths):
        unit.add(customer_category, category_id=category_id, customer_id=customer_id)
        unit.changes.everything.add("category")


def path_of(rows: dict[int, Any], record_id: int) -> str:
    """The path of a category, given rows with `parent_id` and `name` by id."""
    names: list[str] = []
    current: int | None = record_id
    while current is not None:
        names.append(rows[current].name)
        current = rows[current].parent_id
    return SEPARATOR.join(reversed(names))
