"""Bank lines in a unit of work: finding one, asking whether it is free, tying it to what stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.banking import bank_entry, bank_line, bank_match
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.ledger import money_account
from crmdesk.services.banking import states
from crmdesk.services.units import Unit
from crmdesk.text import N_, _

LINE = Field(
    "line", Kind.INTEGER, N_("Bank line"), required=True, help=N_("Its number in the list bank-lines.")
)


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line as it came; money that left the account is negative."""

    id: int
    money_account_id: int
    account: str
    """The code of the money account."""
    booked_on: date
    amount_minor: int
    currency: str
    payer: str
    payer_account: str
    text: str
    reference: str
    hint: str
    state: str


QUERY = select(
    bank_line.c.id,
    bank_line.c.money_account_id,
    money_account.c.code,
    bank_line.c.booked_on,
    bank_line.c.amount_minor,
    bank_line.c.currency,
    bank_line.c.payer,
    bank_line.c.payer_account,
    bank_line.c.text,
    bank_line.c.reference,
    bank_line.c.hint,
    states.STATE,
).join_from(bank_line, money_account, money_account.c.id == bank_line.c.money_account_id)


def find(unit: Unit, line_id: int) -> BankLine:
    """The line with that id, or NotFound naming the list."""
    row = unit.first(QUERY.where(bank_line.c.id == line_id))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no bank line {line}. `crmdesk list bank-lines` shows them.").format(line=line_id),
            field="line",
        )
    return BankLine(*row)


def find_new(unit: Unit, line_id: int, *, side: int = 0) -> BankLine:
    """As `find`, and nothing may stand for it yet; `side` 1 wants money in, -1 money out."""
    found = find(unit, line_id)
    if found.state == states.IGNORED:
        raise Conflict(
            Code.IN_USE,
            _("The line of {date} is set aside. Take it up again first (bank.reopen).").format(
                date=found.booked_on.isoformat()
            ),
            field="line",
        )
    if found.state != states.NEW:
        raise Conflict(
            Code.IN_USE,
            _("The line of {date} over {amount} stands in the book already: {number}.").format(
                date=found.booked_on.isoformat(),
                amount=money.plain(found.amount_minor, found.currency),
                number=", ".join(numbers_of(unit, line_id)),
            ),
            field="line",
        )
    if found.amount_minor == 0 or side * found.amount_minor < 0:
        raise Conflict(
            Code.OUT_OF_RANGE,
            _("The line of {date} is {amount}: {want}.").format(
                date=found.booked_on.isoformat(),
                amount=money.plain(found.amount_minor, found.currency),
                want=_("money that came in is wanted")
                if side > 0
                else _("money that went out is wanted")
                if side < 0
                else _("nothing moved, set it aside (bank.ignore)"),
            ),
            field="line",
        )
    return found


def numbers_of(unit: Unit, line_id: int) -> list[str]:
    """Numbers of what stands for a line."""
    query = (
        select(document.c.number, bank_entry.c.number)
        .select_from(bank_match)
        .outerjoin(document, document.c.id == bank_match.c.document_id)
        .outerjoin(bank_entry, bank_entry.c.id == bank_match.c.entry_id)
        .where(bank_match.c.bank_line_id == line_id, states.IS_LIVE_MATCH)
    )
    return [one or other for one, other in unit.execute(query).all()]


def tie(
    unit: Unit,
    line: BankLine,
    number: str,
    how: str,
    *,
    document_id: int | None = None,
    entry_id: int | None = None,
) -> None:
    """Notes what stands for a line: `booked` was made from it, `linked` was there before."""
    unit.add(
        bank_match,
        id=unit.next_id(),
        bank_line_id=line.id,
        document_id=document_id,
        entry_id=entry_id,
        how=how,
        audit_id=unit.audit_id,
    )
    state = states.BOOKED if how == "booked" else states.MATCHED
    unit.note("bank_line", line.id, {"state": line.state}, {"state": state, "number": number})
