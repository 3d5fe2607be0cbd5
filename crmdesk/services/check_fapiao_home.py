"""What must hold of the amounts that a tax invoice says: sums of lines, the currency it is written in, line by line the
amount of the bill at its rate."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, func, or_, select

from crmdesk.models.specs import fapiao as specs
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_part,
    fapiao_request,
    fapiao_request_part,
    red_confirmation,
)
from crmdesk.services import carrying, settings
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]
OWNERS = (
    (fapiao, fapiao_part, fapiao_part.c.fapiao_id),
    (fapiao_request, fapiao_request_part, fapiao_request_part.c.request_id),
)
"""What has lines: its table, theirs, and the column of theirs that names it."""


def home_holds(connection: Connection) -> Found:
    """The rules one after the other."""
    own = settings.load(connection).currency
    for owner, part, key in OWNERS:
        net, tax = part.c.home_net_minor, part.c.home_tax_minor
        wrong = dict(_foreign_lines(connection, owner, part, key))
        for query in (
            unequal(owner, key, "home_", net, tax, net + tax),
            _heads(owner, own),
            _own_lines(owner, part, key),
        ):
            wrong |= {row.id: row.number for row in connection.execute(query)}
        for record_id, number in sorted(wrong.items()):
            yield (
                "fapiao_home",
                f"{owner.name}:{record_id}",
                _(
                    "What {number} says in the currency it is written in does not agree with its lines and rates."
                ).format(number=number),
            )
    yield from _confirmations(connection)


def unequal(
    owner: Table, key: ColumnElement[int], prefix: str, *amounts: ColumnElement[int]
) -> Select[Any, Any]:
    """The records of `owner` that have no lines, or whose net, tax and total (named with the prefix) are not the sums
    of these amounts of them."""
    heads = [owner.c[f"{prefix}{name}_minor"] for name in ("net", "tax", "total")]
    sums = [func.sum(amount).label(head.name) for head, amount in zip(heads, amounts, strict=True)]
    lines = select(key.label("owner_id"), *sums).group_by(key).subquery()
    net, tax, total = heads
    return (
        select(owner.c.id, owner.c.number)
        .outerjoin(lines, lines.c.owner_id == owner.c.id)
        .where(
            or_(
                lines.c.owner_id.is_(None),
                *(lines.c[head.name] != head for head in heads),
                net + tax != total,
            )
        )
    )


def _heads(owner: Table, own: str) -> Select[Any, Any]:
    """A tax invoice is written in the book's currency, a receipt in that of its bills."""
    wanted = case((owner.c.kind == specs.RECEIPT, owner.c.currency), else_=own)
    return select(owner.c.id, owner.c.number).where(owner.c.home_currency != wanted)


def _own_lines(owner: Table, part: Table, key: ColumnElement[int]) -> Select[Any, Any]:
    """Nothing is converted where both currencies are one."""
    return (
        select(owner.c.id, owner.c.number)
        .join(part, key == owner.c.id)
        .where(owner.c.home_currency == owner.c.currency)
        .where(
            or_(
                part.c.rate != "1",
                part.c.home_net_minor != part.c.net_minor,
                part.c.home_tax_minor != part.c.tax_minor,
            )
        )
        .distinct()
    )


def _foreign_lines(
    connection: Connection, owner: Table, part: Table, key: ColumnElement[int]
) -> Iterator[tuple[int, str]]:
    """Each line is converted on its own. A red one and the new one after it share what is left of the first."""
    query = (
        select(
            owner.c.id,
            owner.c.number,
            owner.c.currency,
            owner.c.home_currency,
            part.c.rate,
            part.c.net_minor,
            part.c.tax_minor,
            part.c.home_net_minor,
            part.c.home_tax_minor,
        )
        .join(part, key == owner.c.id)
        .where(owner.c.home_currency != owner.c.currency)
    )
    if owner is fapiao:
        query = query.where(fapiao.c.color == specs.BLUE, fapiao.c.replaces_id.is_(None))
    for row in connection.execute(query):
        if not _is_rate(row.rate) or any(
            carrying.to_base(minor, row.currency, row.rate, row.home_currency) != home
            for minor, home in (
                (row.net_minor, row.home_net_minor),
                (row.tax_minor, row.home_tax_minor),
            )
        ):
            yield row.id, row.number


def _is_rate(text: str) -> bool:
    try:
        return Decimal(text) > 0
    except InvalidOperation:
        return False


def _confirmations(connection: Connection) -> Found:
    """A confirmation is in the currency of its tax invoice, over no more than it says."""
    query = (
        select(red_confirmation.c.id, red_confirmation.c.number)
        .join(fapiao, fapiao.c.id == red_confirmation.c.fapiao_id)
        .where(
            or_(
                red_confirmation.c.home_currency != fapiao.c.home_currency,
                red_confirmation.c.home_total_minor > fapiao.c.home_total_minor,
                and_(
                    fapiao.c.home_currency == fapiao.c.currency,
                    red_confirmation.c.home_total_minor != red_confirmation.c.total_minor,
                ),
            )
        )
    )
    for record_id, number in connection.execute(query):
        yield (
            "fapiao_home",
            f"red_confirmation:{record_id}",
            _(
                "The red-letter confirmation {number} is over another amount than its tax invoice allows."
            ).format(number=number),
        )
