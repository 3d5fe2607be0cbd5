"""Confirmation slips of statements (对账回执): what customers answered, and who has not answered yet.

A slip answers a statement as at a date. Recorded is the difference the customer claims (his figure less ours, zero
when he agrees) beside our balance of that date as it stood when the slip came, so that a later correction shows.
The newest slip of a customer, currency and date counts; without one of the date asked for the next later one answers.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import confirmation, document
from crmdesk.services import customers, merged_codes, print_log
from crmdesk.services.reports import balances
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

AGREED, DIFFERS = "agreed", "differs"
WAITING, UNSENT = "waiting", "unsent"
RESULTS = (Choice(AGREED, N_("Agrees"), "good"), Choice(DIFFERS, N_("Differs"), "danger"))
STATES = (
    *RESULTS,
    Choice(WAITING, N_("Sent, no answer"), "warn"),
    Choice(UNSENT, N_("Not sent"), "neutral"),
)
FIELDS = (
    Field("customer", Kind.LINK, N_("Customer"), link="customer", required=True),
    Field("as_of", Kind.DATE, N_("Statement as at"), required=True),
    Field("result", Kind.CHOICE, N_("The customer"), choices=RESULTS, default=AGREED),
    Field(
        "difference",
        Kind.MONEY,
        N_("Difference"),
        sign="any",
        help=N_("The customer's figure less ours; negative when he owes less by his books."),
    ),
    Field("date", Kind.DATE, N_("Slip returned on")),
    Field("currency", Kind.CURRENCY, N_("Currency")),
    Field("note", Kind.TEXT, N_("Note"), length_max=500),
)


class Confirmation(NamedTuple):
    """One slip that came back; amounts in minor units."""

    id: int
    currency: str
    as_of: date
    balance_minor: int
    """Ours, when the slip was recorded."""
    difference_minor: int
    """The customer's figure less ours."""
    confirmed_on: date
    note: str
    actor: str
    recorded_at: str
    """UTC moment."""

    @property
    def is_agreed(self) -> bool:
        """Whether the customer owes by his books what he owes by ours."""
        return self.difference_minor == 0


class Standing(NamedTuple):
    """How one customer's statement as at a date stands."""

    customer_id: int
    customer: str
    name: str
    currency: str
    balance_minor: int
    state: str
    """agreed, differs, waiting or unsent."""
    sent_at: str
    """UTC moment of the latest statement, or nothing."""
    slip: Confirmation | None


@use_case(
    "statement.confirm",
    fields=FIELDS,
    summary=N_("Record the confirmation slip of a statement: the customer agrees, or differs by an amount."),
    errors=(Code.CUSTOMER_MISSING, Code.DATE_ORDER, Code.REQUIRED, Code.TOTAL_DIFFERS),
)
def confirm(
    unit: Unit,
    *,
    customer: str,
    as_of: date,
    result: str,
    difference: Decimal | None,
    date: date | None,
    currency: str | None,
    note: str | None,
) -> dict[str, Any]:
    """Records a slip and answers with our balance as at its date."""
    owner = customers.find(unit, customer)
    own = currency or owner.currency or unit.settings.currency
    on = date or clock.today()
    if on < as_of:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The slip came back on {date}, before the date of its statement ({as_of}).").format(
                date=on.isoformat(), as_of=as_of.isoformat()
            ),
            field="date",
        )
    difference_minor = money.to_minor(difference, own, "difference") if difference is not None else 0
    if result == DIFFERS and difference_minor == 0:
        raise InvalidInput(
            Code.REQUIRED, _("By how much does the customer's figure differ from ours?"), field="difference"
        )
    if result == AGREED and difference_minor:
        raise InvalidInput(
            Code.TOTAL_DIFFERS,
            _("The customer agrees, so there is no difference. Choose “Differs” or empty the amount."),
            field="difference",
        )
    # of the documents, not of the open items: those of this transaction are written at its end
    balance_minor = unit.execute(
        select(func.coalesce(func.sum(document.c.effect_minor), 0)).where(
            document.c.customer_id == owner.id, document.c.currency == own, document.c.dated_on <= as_of
        )
    ).scalar_one()
    record_id = unit.next_id()
    unit.add(
        confirmation,
        id=record_id,
        customer_id=owner.id,
        currency=own,
        as_of=as_of,
        balance_minor=balance_minor,
        difference_minor=difference_minor,
        confirmed_on=on,
        note=note or "",
        actor=unit.actor,
        recorded_at=clock.stamp(clock.now_utc()),
    )
    unit.note(
        "confirmation",
        record_id,
        None,
        {"customer": owner.code, "as_of": as_of.isoformat(), "difference": difference_minor},
    )
    unit.changes.add("customer", owner.id)
    return {
        "customer": owner.code,
        "as_of": as_of.isoformat(),
        "currency": own,
        "balance": money.plain(balance_minor, own),
        "difference": money.plain(difference_minor, own),
    }


_COLUMNS = tuple(getattr(confirmation.c, name) for name in Confirmation._fields)


def of_customer(connection: Connection, customer_id: int, limit: int = 50) -> list[Confirmation]:
    """The slips of a customer, the latest statement's first."""
    query = (
        select(*_COLUMNS)
        .where(confirmation.c.customer_id == customer_id)
        .order_by(confirmation.c.as_of.desc(), confirmation.c.id.desc())
        .limit(limit)
    )
    return [Confirmation(*row) for row in connection.execute(query)]


def latest(connection: Connection, code: str) -> list[Confirmation]:
    """The slips of a customer by code, the latest statement's first; none for an unknown code."""
    owner = connection.execute(
        select(customer_table.c.id).where(customer_table.c.code == merged_codes.meant(connection, code))
    ).scalar_one_or_none()
    return [] if owner is None else of_customer(connection, owner)


def standings(connection: Connection, as_of: date) -> list[Standing]:
    """How the statement of everybody with a balance as at a date stands, in order of code and currency."""
    slips: dict[tuple[int, str], Confirmation] = {}
    query = (
        select(confirmation.c.customer_id, *_COLUMNS)
        .where(confirmation.c.as_of >= as_of)
        .order_by(confirmation.c.as_of, confirmation.c.id.desc())
    )
    for owner, *values in connection.execute(query):
        slip = Confirmation(*values)
        slips.setdefault((owner, slip.currency), slip)
    sent = print_log.sent_on(connection)
    found: list[Standing] = []
    for row in balances.rows(connection, as_of):
        slip = slips.get((row.customer_id, row.currency))
        moment = sent.get(row.customer_id, "")
        if slip is not None:
            state = AGREED if slip.is_agreed else DIFFERS
        else:
            state = WAITING if moment and clock.local_day(moment) >= as_of else UNSENT
        found.append(
            Standing(
                row.customer_id, row.code, row.name, row.currency, row.balance_minor, state, moment, slip
            )
        )
    return found
