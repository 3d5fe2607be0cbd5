"""Booking everything that is sure, in one go."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput, NotFound, Problem
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import MONEY_ACCOUNT
from crmdesk.models.tables.banking import bank_line
from crmdesk.services import ledger, money_accounts
from crmdesk.services.banking import booking, entries, matching, states
from crmdesk.services.banking import lines as bank_lines
from crmdesk.services.banking.lines import BankLine
from crmdesk.services.banking.matching import Suggestion
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted


@use_case(
    "bank.confirm_many",
    fields=(
        MONEY_ACCOUNT,
        Field("lines", Kind.ANY, N_("Bank lines"), help=N_("Only these; left out, every line that waits.")),
    ),
    summary=N_("Book every bank line whose suggestion is sure, each as suggested; all of them or none."),
    errors=(Code.NOT_FOUND, Code.INVALID_TYPE, Code.INACTIVE, Code.PERIOD_LOCKED),
)
def confirm_many(unit: Unit, *, account: str | None, lines: Any) -> dict[str, Any]:
    """Books what is sure. Lines that are not are left waiting and counted; a line that may not be booked (a locked
    period) refuses the whole, with every such line named.
    """
    account_id = money_accounts.resolve(unit, "", account).id if account else None
    wanted = _ids(unit, lines)
    # what this unit posted before must be seen by the search, which reads the tables
    unit.flush()
    unit.open_items.write()
    waiting = waiting_lines(unit, account_id)
    suggestions = matching.suggest(unit.connection, waiting)
    chosen = [
        (line, suggestions[line.id])
        for line in sorted(waiting, key=lambda one: (one.booked_on, one.id))
        if suggestions[line.id].is_sure and (wanted is None or line.id in wanted)
    ]
    _require_bookable(unit, [line for line, _suggestion in chosen])
    booked = [_book(unit, line, suggestion) for line, suggestion in chosen]
    asked = len(waiting) if wanted is None else len(wanted)
    return {"booked": len(booked), "left": asked - len(booked), "results": booked}


def waiting_lines(unit: Unit, account_id: int | None) -> list[BankLine]:
    """Every line that waits, of one money account or of all."""
    query = bank_lines.QUERY.where(states.IS_NEW)
    if account_id is not None:
        query = query.where(bank_line.c.money_account_id == account_id)
    return [BankLine(*row) for row in unit.execute(query.order_by(bank_line.c.booked_on, bank_line.c.id))]


def _ids(unit: Unit, given: Any) -> set[int] | None:
    """The lines that are asked for, each of which must exist."""
    if given is None:
        return None
    if not isinstance(given, list) or not all(type(one) is int for one in given):
        raise InvalidInput(
            Code.INVALID_TYPE,
            _("“lines” is a list of numbers, as in the list bank-lines."),
            field="lines",
        )
    known = set(unit.execute(select(bank_line.c.id).where(among(bank_line.c.id, given))).scalars())
    missing = sorted(set(given) - known)
    if missing:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no bank line {line}. `crmdesk list bank-lines` shows them.").format(line=missing[0]),
            field="lines",
        )
    return known


def _require_bookable(unit: Unit, chosen: list[BankLine]) -> None:
    """What could refuse a sure line, looked at before anything is written."""
    problems: list[Problem] = []
    first: CrmdeskError | None = None
    for line in chosen:
        try:
            money_accounts.resolve(unit, "", line.account)
            ledger.require_open_period(unit, line.booked_on, "lines")
        except CrmdeskError as error:
            first = first or error
            amount = money.plain(line.amount_minor, line.currency)
            text = _("Line {line} ({date}, {amount}): {reason}").format(
                line=line.id, date=line.booked_on.isoformat(), amount=amount, reason=error.message
            )
            problems.append(Problem(error.code, text))
    if first is not None:
        raise InvalidInput(
            first.code,
            counted(
                N_("{count} lines cannot be booked, so none was: {first}"),
                len(problems),
                first=problems[0].message,
            ),
            field="lines",
            problems=tuple(problems),
        )


def _book(unit: Unit, line: BankLine, suggestion: Suggestion) -> dict[str, Any]:
    if suggestion.kind == "link":
        numbers = {suggestion.target_kind: suggestion.target}
        return booking.link(unit, line=line.id, payment=numbers.get("payment"), refund=numbers.get("refund"))
    if suggestion.kind == "fee":
        return entries.fee(unit, line=line.id, note=None)
    return booking.confirm(
        unit,
        line=line.id,
        customer=suggestion.customer,
        allocate=allocation_of(suggestion, line.currency),
        take_discount=any(part.discount_minor for part in suggestion.parts),
    )


def allocation_of(suggestion: Suggestion, currency: str) -> list[dict[str, str]]:
    """The parts of a suggestion as `payment.record` and `bank.confirm` take them."""
    return [
        {"invoice": part.number, "amount": money.plain(part.amount_minor, currency)}
        for part in suggestion.parts
    ]
