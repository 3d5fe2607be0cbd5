"""The lines of a tax invoice, made from the bills it is for: 金额, 税率, 税额 by bill and rate.

What is left of a bill is its lines less what its credit notes, its tax invoices and open requests already took, group
by group (rate and kind of tax), so that several parts of a bill add up to it to the cent in every group.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.specs.fapiao import RECEIPT, REQUESTED
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_part,
    fapiao_request,
    fapiao_request_part,
    fapiao_request_state,
    fapiao_void,
)
from crmdesk.models.totals import TAXED
from crmdesk.services import invoiced, posted, tax_rates
from crmdesk.services.invoiced import Bill
from crmdesk.services.posted import REVERSAL, Posted
from crmdesk.services.units import Unit
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Line:
    """One line; amounts in minor units, negative on a red tax invoice.

    `net_minor` and `tax_minor` are in the bill's currency, `home_…` in the tax document's (`fapiao_worth`).
    """

    document_id: int
    description: str
    unit: str
    quantity: str
    tax_kind: str
    tax_rate: str
    net_minor: int
    tax_minor: int
    rate: str = "1"
    home_net_minor: int = 0
    home_tax_minor: int = 0

    @property
    def amount_minor(self) -> int:
        """价税合计."""
        return self.net_minor + self.tax_minor

    @property
    def home_amount_minor(self) -> int:
        """价税合计 in the currency of the tax document."""
        return self.home_net_minor + self.home_tax_minor

    @property
    def group(self) -> tuple[str, str]:
        """Lines of one kind and rate of tax belong together."""
        return self.tax_kind, self.tax_rate

    def negated(self) -> Line:
        """The same, taken back."""
        return replace(
            self,
            net_minor=-self.net_minor,
            tax_minor=-self.tax_minor,
            home_net_minor=-self.home_net_minor,
            home_tax_minor=-self.home_tax_minor,
        )


_NAMES = ("document_id", "description", "unit", "quantity", "tax_kind", "tax_rate", "net_minor", "tax_minor")
_HOME_NAMES = ("rate", "home_net_minor", "home_tax_minor")


def columns(table: Any) -> tuple[Any, ...]:
    """The columns of a table of lines, in the order of `Line`; those of a bill have no amounts of a tax document."""
    names = _NAMES if table is document_line else (*_NAMES, *_HOME_NAMES)
    return tuple(table.c[name] for name in names)


def read_lines(unit: Unit, query: Any) -> list[Line]:
    """Lines from rows of `columns`."""
    return [Line(*row) for row in unit.execute(query)]


def totals(lines: Iterable[Line]) -> tuple[int, int]:
    """(net, tax) of lines."""
    found = list(lines)
    return sum(line.net_minor for line in found), sum(line.tax_minor for line in found)


def home_totals(lines: Iterable[Line]) -> tuple[int, int]:
    """(net, tax) of lines in the currency of the tax document."""
    found = list(lines)
    return sum(line.home_net_minor for line in found), sum(line.home_tax_minor for line in found)


def head_amounts(lines: list[Line], home_currency: str) -> dict[str, Any]:
    """The columns of a request or a fapiao that its lines add up to."""
    (net, tax), (home_net, home_tax) = totals(lines), home_totals(lines)
    return {
        "net_minor": net,
        "tax_minor": tax,
        "total_minor": net + tax,
        "home_currency": home_currency,
        "home_net_minor": home_net,
        "home_tax_minor": home_tax,
        "home_total_minor": home_net + home_tax,
    }


def write(unit: Unit, table: Any, owner: dict[str, int], lines: list[Line]) -> None:
    """Writes the lines of a request or a fapiao."""
    for position, line in enumerate(lines, start=1):
        unit.add(
            table,
            **owner,
            position=position,
            document_id=line.document_id,
            description=line.description,
            unit=line.unit,
            quantity=line.quantity,
            tax_kind=line.tax_kind,
            tax_rate=line.tax_rate,
            net_minor=line.net_minor,
            tax_minor=line.tax_minor,
            amount_minor=line.amount_minor,
            rate=line.rate,
            home_net_minor=line.home_net_minor,
            home_tax_minor=line.home_tax_minor,
        )


def for_bills(unit: Unit, customer_id: int, parts: list[dict[str, Any]], kind: str) -> list[Line]:
    """The lines of a new request or fapiao, checked: live bills of the customer, one currency, no more than is left."""
    if not parts:
        raise InvalidInput(Code.REQUIRED, _("Name at least one invoice."), field="invoices")
    found: list[Line] = []
    seen: set[int] = set()
    currency = ""
    for index, part in enumerate(parts):
        place = f"invoices[{index}]"
        bill = posted.find(unit, invoiced.BILL_KINDS, part["invoice"], f"{place}.invoice")
        _require_bill(bill, customer_id, currency, seen, f"{place}.invoice")
        currency = bill.currency
        seen.add(bill.id)
        found += _lines_of(unit, bill, part["amount"], kind, f"{place}.amount")
    return found


def _require_bill(bill: Posted, customer_id: int, currency: str, seen: set[int], field: str) -> None:
    if bill.customer_id != customer_id:
        raise Conflict(
            Code.OTHER_CUSTOMER,
            _("{number} belongs to another customer.").format(number=bill.number),
            field=field,
        )
    posted.require_live(bill, field)
    if bill.effect_minor < 0:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("{number} is a credit; there is nothing to invoice.").format(number=bill.number),
            field=field,
        )
    if bill.id in seen:
        raise InvalidInput(
            Code.DUPLICATE, _("{number} is named twice.").format(number=bill.number), field=field
        )
    if currency and currency != bill.currency:
        raise Conflict(
            Code.CURRENCY_MIXED,
            _("{number} is in {currency}; one tax invoice has one currency.").format(
                number=bill.number, currency=bill.currency
            ),
            field=field,
        )


def _nothing_left(bill: Bill, field: str) -> Conflict:
    """Why nothing of a bill can be invoiced any more: what took it is named as what it is."""
    if not bill.billable_minor:
        words = _("{number} was credited in full; nothing of it is left to be invoiced.")
    elif bill.requested_minor:
        words = _("{number} is invoiced or requested already; nothing of it is left.")
    else:
        words = _("{number} is invoiced already; nothing of it is left.")
    return Conflict(Code.OVER_INVOICED, words.format(number=bill.number), field=field)


def _lines_of(unit: Unit, bill: Posted, amount: Decimal | None, kind: str, field: str) -> list[Line]:
    own = _own_lines(unit, bill)
    taken = [] if kind == RECEIPT else _taken(unit, bill.id)
    room = bill.total_minor
    if kind != RECEIPT:
        unit.flush()
        standing = invoiced.totals_of_documents(unit.connection, [bill.id])[bill.id]
        room = standing.free_minor
        if not room:
            raise _nothing_left(standing, field)
    wanted = room if amount is None else money.to_minor(amount, bill.currency, field)
    invoiced.require_room(bill, wanted, room, field)
    if not taken and wanted == bill.total_minor:
        return own
    return scaled(_left(own, taken), wanted)


def _own_lines(unit: Unit, bill: Posted) -> list[Line]:
    query = (
        select(*columns(document_line))
        .where(document_line.c.document_id == bill.id)
        .order_by(document_line.c.position)
    )
    lines = read_lines(unit, query)
    if lines:
        return lines
    # an opening balance has no lines: its tax is in it, at the usual rate
    rate = tax_rates.default_on(unit, bill.dated_on) or Decimal(0)
    numerator, denominator = rate.as_integer_ratio()
    net = money.divide_round(bill.total_minor * denominator, denominator + numerator)
    text = f"{rate.normalize():f}"
    return [Line(bill.id, bill.number, "", "1", TAXED, text, net, bill.total_minor - net)]


def _taken(unit: Unit, bill_id: int) -> list[Line]:
    """What credit notes, live tax invoices and open requests took of a bill, as positive lines."""
    back = document.alias("back")
    is_void = (
        select(back.c.id)
        .where(back.c.origin_id == document.c.id, back.c.kind == "credit" + REVERSAL)
        .exists()
    )
    credit_lines = (
        select(*columns(document_line))
        .join_from(document_line, document, document.c.id == document_line.c.document_id)
        .where(document.c.origin_id == bill_id, document.c.kind == "credit", ~is_void)
    )
    issued = (
        select(*columns(fapiao_part))
        .join_from(fapiao_part, fapiao, fapiao.c.id == fapiao_part.c.fapiao_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .where(fapiao_part.c.document_id == bill_id, fapiao.c.kind != RECEIPT)
        .where(fapiao_void.c.fapiao_id.is_(None))
    )
    state = fapiao_request_state
    requested = (
        select(*columns(fapiao_request_part))
        .join_from(fapiao_request_part, state, state.c.request_id == fapiao_request_part.c.request_id)
        .join(fapiao_request, fapiao_request.c.id == state.c.request_id)
        .where(fapiao_request_part.c.document_id == bill_id, state.c.state == REQUESTED)
        .where(fapiao_request.c.kind != RECEIPT)
    )
    return [line for query in (credit_lines, issued, requested) for line in read_lines(unit, query)]


def _left(own: list[Line], taken: list[Line]) -> list[Line]:
    """One line for each rate, with what is left of it."""
    first: dict[tuple[str, str], Line] = {}
    sums: dict[tuple[str, str], list[int]] = {}
    for sign, lines in ((1, own), (-1, taken)):
        for line in lines:
            first.setdefault(line.group, replace(line, document_id=own[0].document_id, quantity="1"))
            row = sums.setdefault(line.group, [0, 0])
            row[0] += sign * line.net_minor
            row[1] += sign * line.tax_minor
    return [
        replace(first[group], net_minor=net, tax_minor=tax)
        for group, (net, tax) in sums.items()
        if net or tax
    ]


def scaled(lines: list[Line], amount_minor: int) -> list[Line]:
    """The same lines for another amount of the same sign, split by the largest remainder; equal amounts stay equal.

    Their amounts in the tax document's currency are the same share of what the lines have, so that part after part of
    what is left takes it to nothing in both currencies at once, and never below.
    """
    total = sum(line.amount_minor for line in lines)
    if total == amount_minor:
        return lines
    weights = [max(0, line.amount_minor if amount_minor > 0 else -line.amount_minor) for line in lines]
    parts = money.split(amount_minor, weights)
    result: list[Line] = []
    for line, gross in zip(lines, parts, strict=True):
        if gross == 0:
            continue
        whole = line.amount_minor
        sign = 1 if whole > 0 else -1
        net = money.divide_round(gross * line.net_minor * sign, whole * sign) if whole else gross
        result.append(
            replace(
                line,
                net_minor=net,
                tax_minor=gross - net,
                home_net_minor=_share(line.home_net_minor, net, line.net_minor),
                home_tax_minor=_share(line.home_tax_minor, gross - net, line.tax_minor),
                quantity="1",
            )
        )
    return result


def _share(home_minor: int, part_minor: int, whole_minor: int) -> int:
    """What a part of an amount is of its value: all of it where the part is all."""
    if part_minor == whole_minor:
        return home_minor
    sign = 1 if whole_minor > 0 else -1
    return money.divide_round(home_minor * part_minor * sign, whole_minor * sign) if whole_minor else 0
