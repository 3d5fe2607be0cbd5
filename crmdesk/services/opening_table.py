"""The page of opening balances: a pasted table at once, corrections, totals and the comparison with a control total."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select

from crmdesk.models import money, validation
from crmdesk.models.errors import Code, Conflict, CrmdeskError, InvalidInput, Problem
from crmdesk.models.fields import Field, Kind, optional, required
from crmdesk.models.specs.documents import CURRENCY, DATE, DUE, NOTE, RATE, REASON, SIGNED_AMOUNT
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.services import carrying, invoices, openings, posted
from crmdesk.services.posted import REVERSAL
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted

ROWS_MAX = 10_000
_OPENING = required(Field("opening", Kind.LINK, N_("Opening balance"), link="opening"))


class Total(NamedTuple):
    """What the openings of one currency come to; minor units."""

    currency: str
    row_count: int
    owed_minor: int
    """Owed by customers."""
    credit_minor: int
    """To customers' credit, positive."""

    @property
    def net_minor(self) -> int:
        """Owed less credit: what the old books must show."""
        return self.owed_minor - self.credit_minor


def totals(connection: Connection) -> list[Total]:
    """What the live opening balances come to, by currency."""
    back = document.alias("back")
    is_live = (
        ~select(back.c.id)
        .where(back.c.origin_id == document.c.id, back.c.kind == "opening" + REVERSAL)
        .exists()
    )
    effect = document.c.effect_minor
    query = (
        select(
            document.c.currency,
            func.count(),
            func.sum(case((effect > 0, effect), else_=0)),
            func.sum(case((effect < 0, -effect), else_=0)),
        )
        .where(document.c.kind == "opening", is_live)
        .group_by(document.c.currency)
        .order_by(document.c.currency)
    )
    return [Total(*row) for row in connection.execute(query)]


def codes_of(connection: Connection, typed: list[str]) -> dict[str, str]:
    """What was typed or pasted for a customer -> his code: a code itself, else a name that only one customer has."""
    wanted = {text for text in typed if text}
    known = set(connection.execute(select(customer.c.code).where(customer.c.code.in_(wanted))).scalars())
    found: dict[str, set[str]] = {}
    for column in (customer.c.name, customer.c.short_name):
        rows = connection.execute(select(column, customer.c.code).where(column.in_(wanted - known)))
        for name, code in rows:
            found.setdefault(name, set()).add(code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}


@use_case(
    "opening.record_many",
    fields=(
        Field(
            "rows",
            Kind.ANY,
            N_("Rows"),
            required=True,
            help=N_("A list of objects as opening.record takes them."),
        ),
        DATE,
        Field("keep_good", Kind.BOOLEAN, N_("Record the good rows although others are refused")),
        Field(
            "control",
            Kind.ANY,
            N_("Control total"),
            help=N_(
                'The net total of all rows by currency, such as {"CNY": "1200.00"}; another one is refused.'
            ),
        ),
    ),
    summary=N_("Record a table of opening balances: all rows, or with “keep_good” those that are right."),
    errors=(
        Code.INVALID_TYPE,
        Code.REQUIRED,
        Code.OUT_OF_RANGE,
        Code.CUSTOMER_MISSING,
        Code.DUPLICATE,
        Code.DUPLICATE_IN_FILE,
        Code.TOTAL_DIFFERS,
        Code.PERIOD_LOCKED,
        Code.ROLLED_BACK,
    ),
)
def record_many(
    unit: Unit, *, rows: Any, date: date | None, keep_good: bool | None, control: Any
) -> dict[str, Any]:
    """Records rows in their order. A row without a date gets the one given here; `row` in problems counts from 1.

    Every row is checked before the first is written, so a table that is refused leaves nothing.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput(
            Code.INVALID_TYPE,
            _("“{field}” must be {expected}.").format(field="rows", expected=_("a list of objects")),
            field="rows",
        )
    if not rows:
        raise validation.missing("rows")
    if len(rows) > ROWS_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            counted(
                N_("{count} rows are too many at once; the limit is {limit}. Import a file instead."),
                len(rows),
                limit=ROWS_MAX,
            ),
            field="rows",
        )
    good: list[dict[str, Any]] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    sums: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        try:
            values = validation.check(
                openings.OPENING, {"date": date} | {k: v for k, v in row.items() if v != ""}
            )
            currency, minor = openings.checked(unit, values)
            own = values["number"]
            if own and own in seen:
                raise InvalidInput(
                    Code.DUPLICATE_IN_FILE,
                    _("The number {number} stands in the table twice.").format(number=own),
                    field="number",
                )
        except CrmdeskError as error:
            value = row.get(error.field) if error.field else None
            problems.append(
                Problem(
                    error.code,
                    error.message,
                    row=number,
                    column=error.field,
                    value=None if value is None else str(value)[:60],
                )
            )
            continue
        if own:
            seen.add(own)
        sums[currency] = sums.get(currency, 0) + minor
        good.append(values)
    if problems and not keep_good:
        raise Conflict(
            Code.ROLLED_BACK,
            _(
                "{count} of {total} rows are refused, so none was recorded. First: row {row}: {message}"
            ).format(count=len(problems), total=len(rows), row=problems[0].row, message=problems[0].message),
            field="rows",
            problems=tuple(problems),
        )
    _require_control(control, sums)
    recorded = [openings.record(unit, **values) for values in good]
    return {
        "recorded": len(recorded),
        "refused": len(problems),
        "numbers": [one["number"] for one in recorded],
        "totals": {currency: money.plain(minor, currency) for currency, minor in sorted(sums.items())},
        "errors": [problem.as_json() for problem in problems],
    }


def _require_control(control: Any, sums: dict[str, int]) -> None:
    """Refuses a table that comes to something else than the old books say."""
    if control is None:
        return
    if not isinstance(control, dict):
        raise InvalidInput(
            Code.INVALID_TYPE,
            _('The control total is given by currency, such as {"CNY": "1200.00"}.'),
            field="control",
        )
    wanted: dict[str, int] = {}
    for currency, amount in control.items():
        money.require_currency(str(currency), "control")
        wanted[currency] = money.to_minor(validation.decimal_of(amount, "control"), currency, "control")
    for currency in sorted({*wanted, *sums}):
        difference = sums.get(currency, 0) - wanted.get(currency, 0)
        if difference:
            raise Conflict(
                Code.TOTAL_DIFFERS,
                _(
                    "The rows come to {ours} {currency}, the control total is {theirs}: {difference} apart."
                ).format(
                    ours=money.plain(sums.get(currency, 0), currency),
                    theirs=money.plain(wanted.get(currency, 0), currency),
                    difference=money.plain(difference, currency),
                    currency=currency,
                ),
                field="control",
            )


@use_case(
    "opening.correct",
    fields=(
        _OPENING,
        *optional((SIGNED_AMOUNT, DATE, DUE, CURRENCY, NOTE, RATE)),
        Field("customer", Kind.LINK, N_("Customer"), link="customer"),
        required(REASON),
    ),
    summary=N_("Correct an opening balance: it is reversed on its own date and recorded anew."),
    errors=(
        Code.NOT_FOUND,
        Code.CUSTOMER_MISSING,
        Code.ALREADY_REVERSED,
        Code.IS_ALLOCATED,
        Code.PERIOD_LOCKED,
        Code.OUT_OF_RANGE,
    ),
)
def correct(
    unit: Unit,
    *,
    opening: str,
    amount: Decimal | None,
    date: date | None,
    due: date | None,
    currency: str | None,
    note: str | None,
    customer: str | None,
    reason: str,
    rate: Decimal | None = None,
) -> dict[str, Any]:
    """Reverses and records again under the same number; what is not given stays as it was.

    The reversal has the opening's own date, so that no report ever shows both. Refused while anything is allocated.
    """
    original = posted.find(unit, ("opening",), opening, "opening")
    row = unit.execute(select(document.c.note).where(document.c.id == original.id)).one()
    if rate is None and currency in (None, original.currency):
        kept = carrying.rate_of(unit, original)
        rate = None if kept is None else Decimal(kept)
    values = validation.check(
        openings.OPENING,
        {
            "customer": customer or _code_of(unit, original.customer_id),
            "date": date or original.dated_on,
            "amount": money.to_decimal(original.effect_minor, original.currency)
            if amount is None
            else amount,
            "due": due or original.due_on,
            "currency": currency or original.currency,
            "note": row.note if note is None else note,
            "rate": rate,
        },
    )
    openings.checked(unit, values)
    invoices.void_document(unit, original, original.dated_on, reason, "opening")
    return openings.record(unit, **(values | {"number": original.number}))


def _code_of(unit: Unit, customer_id: int) -> str:
    return str(unit.execute(select(customer.c.code).where(customer.c.id == customer_id)).scalar_one())
