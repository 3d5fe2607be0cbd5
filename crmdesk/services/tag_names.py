"""What tag a name means: that of exactly this name, else the one that differs in case, width or blanks only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, select

from crmdesk.models import text_keys
from crmdesk.models.tables.categories import tag

Folds = Mapping[str, list[str]]


def folds(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by their folded form, in their order: more than one only in a book from before they were one."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(text_keys.folded(name), []).append(name)
    return found


def meant(known: Collection[str], by_fold: Folds, names: Iterable[str]) -> list[str]:
    """The names of the tags that some names mean, each once; what no tag is called stays, in its first spelling."""
    found: list[str] = []
    new: dict[str, str] = {}
    for name in names:
        if name not in known:
            fold = text_keys.folded(name)
            name = by_fold[fold][0] if fold in by_fold else new.setdefault(fold, name)
        found.append(name)
    return list(dict.fromkeys(found))


def current(connection: Connection, names: tuple[str, ...]) -> tuple[str, ...]:
    """As `meant`, for filters and rules; the tags are read only where one is not spelled as it is."""
    exact = set(connection.execute(select(tag.c.name).where(tag.c.name.in_(names))).scalars())
    if exact.issuperset(names):
        return names
    known = list(connection.execute(select(tag.c.name).order_by(tag.c.id)).scalars())
    return tuple(meant(known, folds(known), names))


def id_of(connection: Connection, name: str) -> int | None:
    """The id of the tag that a name means; None where there is none."""
    return connection.execute(select(tag.c.id).where(tag.c.name.in_(current(connection, (name,))))).scalar()
