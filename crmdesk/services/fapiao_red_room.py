"""How much of a blue tax invoice may still be made red, and which of its lines (Σ red ≤ the original)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.tables.fapiao import fapiao, fapiao_part, fapiao_void
from crmdesk.services import fapiao_issue, fapiao_lines, posted
from crmdesk.services.fapiao_issue import Fapiao
from crmdesk.services.fapiao_lines import Line
from crmdesk.services.units import Unit
from crmdesk.text import _


def _require_blue(unit: Unit, original: Fapiao) -> list[Line]:
    """The lines of a valid blue tax invoice less what is red of them, by bill and rate; refuses any other."""
    fapiao_issue.require_live(original, "fapiao")
    if original.color != specs.BLUE or original.kind == specs.RECEIPT:
        raise Conflict(
            Code.STATE_REFUSED,
            _("{number} is no blue tax invoice; it cannot be made red.").format(number=original.label),
            field="fapiao",
        )
    own = fapiao_issue.lines_of(unit, original.id)
    reds = fapiao_lines.read_lines(
        unit,
        select(*fapiao_lines.columns(fapiao_part))
        .join_from(fapiao_part, fapiao, fapiao.c.id == fapiao_part.c.fapiao_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .where(fapiao.c.origin_id == original.id, fapiao_void.c.fapiao_id.is_(None)),
    )
    if not reds:
        return own
    return merged([*own, *reds])


def left_minor(unit: Unit, original: Fapiao) -> int:
    """What of a blue tax invoice is not red yet, in its own currency."""
    return sum(line.amount_minor for line in _require_blue(unit, original))


def merged(lines: list[Line]) -> list[Line]:
    """One line for each bill and rate, added up; empty ones are left out."""
    first: dict[tuple[int, str, str], Line] = {}
    sums: dict[tuple[int, str, str], list[int]] = {}
    for line in lines:
        key = (line.document_id, *line.group)
        first.setdefault(key, replace(line, quantity="1"))
        row = sums.setdefault(key, [0, 0, 0, 0])
        row[0] += line.net_minor
        row[1] += line.tax_minor
        row[2] += line.home_net_minor
        row[3] += line.home_tax_minor
    return [
        replace(first[key], net_minor=net, tax_minor=tax, home_net_minor=home_net, home_tax_minor=home_tax)
        for key, (net, tax, home_net, home_tax) in sums.items()
        if net or tax or home_net or home_tax
    ]


def _amount(original: Fapiao, reason: str, given: Decimal | None, left: list[Line]) -> int:
    """What is to become red, positive: all that is left, or a part of it where the reason allows parts."""
    room = sum(line.amount_minor for line in left)
    wanted = room if given is None else money.to_minor(given, original.currency)
    if wanted > room or room == 0:
        raise Conflict(
            Code.OVER_REVERSED,
            _("Only {amount} of {number} is not reversed yet.").format(
                amount=money.plain(max(room, 0), original.currency), number=original.label
            ),
            field="amount",
        )
    if reason == specs.WRONG_DETAILS and wanted != room:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("With wrong details all of it is made red: leave the amount empty."),
            field="amount",
        )
    return wanted


def choose(
    unit: Unit,
    original: Fapiao,
    reason: str,
    given: Decimal | None,
    parts: list[dict[str, Any]] | None = None,
) -> list[Line]:
    """The lines of a red tax invoice, still positive: by amount over all bills, or bill by bill."""
    left = _require_blue(unit, original)
    if not parts:
        return capped(fapiao_lines.scaled(left, _amount(original, reason, given, left)), left)
    if given is not None:
        raise InvalidInput(
            Code.INVALID_CHOICE, _("Give an amount or the invoices, not both."), field="amount"
        )
    result: list[Line] = []
    for index, part in enumerate(parts):
        place = f"invoices[{index}]"
        bill = posted.find(unit, ("invoice", "opening"), part["invoice"], f"{place}.invoice")
        own = [line for line in left if line.document_id == bill.id]
        room = sum(line.amount_minor for line in own)
        wanted = (
            room
            if part["amount"] is None
            else money.to_minor(part["amount"], original.currency, f"{place}.amount")
        )
        if room == 0 or wanted > room or any(line.document_id == bill.id for line in result):
            raise Conflict(
                Code.OVER_REVERSED,
                _("{number} covers only {amount} of {bill} that is not reversed yet.").format(
                    number=original.label,
                    amount=money.plain(max(room, 0), original.currency),
                    bill=bill.number,
                ),
                field=f"{place}.amount",
            )
        result += fapiao_lines.scaled(own, wanted)
    total = sum(line.amount_minor for line in result)
    if reason == specs.WRONG_DETAILS:
        _amount(original, reason, money.to_decimal(total, original.currency), left)
    return capped(result, left)


def capped(lines: list[Line], left: list[Line]) -> list[Line]:
    """The lines of a red one, with no more in the tax document's currency than is left of the blue one.

    A part leaves out lines that lessen others (a discount). Each of the rest is rounded on its own, and so they may
    come to a cent more than what is left of all.
    """
    excess = sum(line.home_amount_minor for line in lines) - sum(line.home_amount_minor for line in left)
    found: list[Line] = []
    for line in lines:
        cut = max(0, min(excess, line.home_net_minor))
        excess -= cut
        found.append(replace(line, home_net_minor=line.home_net_minor - cut))
    return found
