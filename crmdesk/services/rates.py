"""Exchange rates: a table by day, and the rate a document gets.

A rate is units of the book's currency for one unit of the foreign one. The rate of a day is the latest on or before
it. Nothing is posted here: a rate changed later leaves posted documents as they are.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.specs.exchange import RATE_REMOVE, RATE_SET, RATES_SET
from crmdesk.models.tables.exchange import exchange_rate
from crmdesk.services.doubts import warning
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _


@dataclass(frozen=True, slots=True)
class Table:
    """All rates of a book, by currency in the order of their days."""

    days: dict[str, list[date]]
    rates: dict[str, list[str]]

    def on(self, currency: str, day: date) -> str | None:
        """The rate of a day: the latest on or before it, or None."""
        place = bisect_right(self.days.get(currency, []), day)
        return self.rates[currency][place - 1] if place else None

    def of_day(self, day: date) -> dict[str, str]:
        """The rates of a day, of every currency that has one."""
        return {one: rate for one in self.days if (rate := self.on(one, day)) is not None}


def load(connection: Connection) -> Table:
    """Reads the whole table; it has a row per currency and day at most."""
    found = Table({}, {})
    query = select(exchange_rate.c.currency, exchange_rate.c.valid_on, exchange_rate.c.rate)
    for currency, day, rate in connection.execute(query.order_by(exchange_rate.c.valid_on)):
        found.days.setdefault(currency, []).append(day)
        found.rates.setdefault(currency, []).append(rate)
    return found


def known(unit: Unit) -> Table:
    """The table as this unit sees it."""
    table: Table | None = unit.cache.get(exchange_rate)
    if table is None:
        unit.flush()
        table = unit.cache[exchange_rate] = load(unit.connection)
    return table


def text_of(rate: Decimal) -> str:
    """A rate as it is stored: plain digits without trailing zeros."""
    return f"{rate.normalize(money.EXACT):f}"


def check_given(unit: Unit, currency: str, given: Decimal | None, field: str = "rate") -> None:
    """Refuses a rate other than 1 for the book's own currency."""
    if given is not None and given != 1 and currency == unit.settings.currency:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("{currency} is the currency of the book and has no rate. Leave the rate out.").format(
                currency=currency
            ),
            field=field,
        )


def of_document(unit: Unit, currency: str, on: date, given: Decimal | None) -> str | None:
    """The rate a document of that day is posted with: the one given, or the table's.

    None for the book's own currency, and where there is none at all: then nobody has said what the document is
    worth in the book's currency, and a warning says so.
    """
    if currency == unit.settings.currency:
        check_given(unit, currency, given)
        return None
    if given is not None:
        return text_of(given)
    found = known(unit).on(currency, on)
    if found is None:
        warn_missing(unit, currency, on)
    return found


def warn_missing(unit: Unit, currency: str, on: date) -> None:
    """Adds the warning `rate_missing`."""
    unit.warnings.append(
        warning(
            Code.RATE_MISSING,
            _(
                "There is no rate for {currency} on {date}; the document was posted without its value in {own}. "
                "Give all such documents a rate with rate.adopt."
            ).format(currency=currency, date=on.isoformat(), own=unit.settings.currency),
            "rate",
        )
    )


def require_foreign(unit: Unit, currency: str) -> None:
    """Refuses the book's own currency."""
    if currency == unit.settings.currency:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("{currency} is the currency of the book and has no rate. Choose another currency.").format(
                currency=currency
            ),
            field="currency",
        )


@use_case(
    "rate.set",
    fields=RATE_SET,
    summary=N_("Set the exchange rate of a currency from a day on; it replaces the one of that day."),
    errors=(Code.INVALID_CHOICE, Code.OUT_OF_RANGE, Code.TOO_MANY_DECIMALS, Code.CURRENCY_UNKNOWN),
)
def set_rate(unit: Unit, *, currency: str, date: date | None, rate: Decimal) -> dict[str, Any]:
    """Sets a rate, at most 10 decimals. Posted documents keep theirs."""
    require_foreign(unit, currency)
    day, text = date or clock.today(), text_of(rate)
    earlier = unit.first(
        select(exchange_rate.c.id, exchange_rate.c.rate).where(
            exchange_rate.c.currency == currency, exchange_rate.c.valid_on == day
        )
    )
    if earlier is None:
        record_id = unit.next_id()
        unit.add(exchange_rate, id=record_id, currency=currency, valid_on=day, rate=text)
    else:
        record_id = earlier.id
        unit.execute(update(exchange_rate).where(exchange_rate.c.id == record_id).values(rate=text))
    unit.cache.pop(exchange_rate, None)
    before = None if earlier is None else {"rate": earlier.rate}
    unit.note("rate", record_id, before, {"currency": currency, "date": day.isoformat(), "rate": text})
    return {"currency": currency, "date": day.isoformat(), "rate": text}


@use_case(
    "rate.set_many",
    fields=RATES_SET,
    summary=N_("Set many exchange rates at once, such as a table from a bank; all of them or none."),
    errors=(Code.INVALID_CHOICE, Code.OUT_OF_RANGE, Code.TOO_MANY_DECIMALS, Code.CURRENCY_UNKNOWN),
)
def set_many(unit: Unit, *, rates: list[dict[str, Any]]) -> dict[str, Any]:
    """Each as `rate.set` does."""
    for one in rates:
        require_foreign(unit, one["currency"])
    for one in rates:
        set_rate(unit, currency=one["currency"], date=one["date"], rate=one["rate"])
    return {"rates": len(rates)}


@use_case(
    "rate.remove",
    fields=RATE_REMOVE,
    summary=N_("Remove the exchange rate of a day; the one before it counts again."),
    errors=(Code.NOT_FOUND,),
)
def remove_rate(unit: Unit, *, currency: str, date: date) -> dict[str, Any]:
    """Removes the rate of exactly that day. Posted documents keep theirs."""
    row = unit.first(
        select(exchange_rate.c.id, exchange_rate.c.rate).where(
            exchange_rate.c.currency == currency, exchange_rate.c.valid_on == date
        )
    )
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no rate of {currency} from {date}. `crmdesk list rates` shows all of them.").format(
                currency=currency, date=date.isoformat()
            ),
            field="date",
        )
    unit.execute(sql_delete(exchange_rate).where(exchange_rate.c.id == row.id))
    unit.cache.pop(exchange_rate, None)
    unit.note("rate", row.id, {"currency": currency, "date": date.isoformat(), "rate": row.rate}, None)
    return {"currency": currency, "date": date.isoformat()}


def mixed(unrated: str, rated: str, field: str) -> Conflict:
    """The answer where a document with a rate meets one without."""
    return Conflict(
        Code.RATE_MISSING,
        _(
            "{number} was posted without an exchange rate and {other} with one; what they differ by cannot be "
            "worked out. Give a rate to everything that has none (rate.adopt), then try again."
        ).format(number=unrated, other=rated),
        field=field,
    )
