"""Bugs to be planted in the program on purpose: a suite that misses one of them proves little.

Each function plants one, at a real place of the code, by monkeypatch. The docstring says what the program would
then do wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.models import clock, money, totals
from crmdesk.models.tables.agreements import agreement, payment_contract
from crmdesk.models.tables.documents import document
from crmdesk.services import (
    aged_items,
    allocating,
    bill_events,
    carrying,
    contract_money,
    deposits,
    fapiao_issue,
    fapiao_red_room,
    fapiao_requests,
    interest,
    late_rates,
    ledger,
    matching,
    payment_allocations,
    payments,
    period_records,
    plan_parts,
    plans,
    posted,
    rates,
    reminders,
    revaluations,
    reversing,
    statements,
    units,
    writeoffs,
)
from crmdesk.services.banking import booking, lines
from crmdesk.services.book import Book
from crmdesk.services.open_items import OpenItems
from crmdesk.services.posted import REVERSAL
from tests.scenarios import probes
from tests.scenarios.probes import Probe

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Plant:
    """A bug and the book it shows in."""

    plant: Callable[[Patch], None]
    rounding: str = "line"
    moves: tuple[str, ...] = ()
    """The moves among which it is looked for; all of them if empty."""
    turn: int | None = None
    """How every shop is opened: 0 without foreign customers, 1 with two and a rate, 3 with one and none."""
    probe: Probe | None = None
    is_long: bool = False

    @property
    def name(self) -> str:
        return self.plant.__name__


PLANTS: list[Plant] = []
_SHOP = ("customer_create", "invoice_issue", "payment_record")
_PLANS = (
    "contract_create",
    "contract_sign",
    "plan_create",
    "plan_create",
    "plan_bill",
    "plan_bill",
    "plan_replan",
)


def planted(**more: Any) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Adds a bug to the list; what is given is as in `Plant`."""

    def add(function: Callable[[Patch], None]) -> Callable[[Patch], None]:
        PLANTS.append(Plant(function, **more))
        return function

    return add


def _called_from(module: str) -> bool:
    """Is the function that asks called from this module of the services?"""
    return sys._getframe(2).f_globals["__name__"] == f"crmdesk.services.{module}"


@planted()
def over_allocate_by_one(patch: Patch) -> None:
    """One cent more than what is open may be allocated."""
    right = allocating.require_room

    def wrong(unit: Any, item: Any, number: str, amount_minor: int, *rest: Any) -> None:
        right(unit, item, number, amount_minor - 1, *rest)

    patch.setattr(allocating, "require_room", wrong)


@planted(moves=(*_SHOP, "payment_allocate", "payment_release"), turn=0)
def later_allocations_do_not_limit(patch: Patch) -> None:
    """Only what is open after everything counts, not the least open amount at a later date."""
    patch.setattr(OpenItems, "least_open", lambda _items, item, _on: item.open_minor)


@planted(moves=(*_SHOP, "payment_allocate", "payment_release"), turn=0)
def only_the_present_day_limits(patch: Patch) -> None:
    """What is open on the date itself may be allocated, although a later event has used it already."""

    def wrong(items: OpenItems, item: Any, on: date) -> int:
        return item.open_minor + sum(amount for when, amount in items.events(item.document_id) if when > on)

    patch.setattr(OpenItems, "least_open", wrong)


@planted(moves=(*_SHOP, "payment_reverse"), turn=0)
def allocations_stay_at_a_reversal(patch: Patch) -> None:
    """A bounced payment still settles its invoices."""
    patch.setattr(payments.allocating, "allocated_pairs", lambda _unit, _document: [])


@planted(moves=(*_SHOP, "payment_allocate", "payment_release"), turn=0)
def release_at_the_allocations_date(patch: Patch) -> None:
    """A release is booked on the first possible day, not on its own."""
    right = allocating.write

    def wrong(unit: Any, credit: Any, debit: Any, amount: int, on: date, **more: Any) -> None:
        right(
            unit, credit, debit, amount, allocating.default_date(credit, debit) if amount < 0 else on, **more
        )

    patch.setattr(allocating, "write", wrong)


@planted(moves=(*_SHOP, "invoice_void"), turn=0)
def void_at_the_documents_date(patch: Patch) -> None:
    """A void takes the document out of the past."""
    right = reversing.reverse

    def wrong(unit: Any, original: Any, on: date, *rest: Any, **more: Any) -> Any:
        when = original.dated_on if original.kind == "invoice" else on
        return right(unit, original, when, *rest, **more)

    patch.setattr(reversing, "reverse", wrong)


@planted(moves=_SHOP, turn=0)
def half_to_even(patch: Patch) -> None:
    """Halves are rounded to the even neighbour."""

    def wrong(numerator: int, denominator: int) -> int:
        quotient, rest = divmod(numerator, denominator)
        return quotient + (rest * 2 > denominator or (rest * 2 == denominator and quotient % 2 == 1))

    patch.setattr(money, "divide_round", wrong)


@planted(rounding="document")
def tax_by_line_instead_of_group(patch: Patch) -> None:
    """A book that rounds per document rounds per line."""
    patch.setattr(totals, "_by_group", totals._by_line)


@planted(moves=_SHOP, turn=0)
def discount_after_tax(patch: Patch) -> None:
    """A document discount is spread evenly, not by net."""
    right = money.split
    patch.setattr(
        money, "split", lambda total, weights: right(total, [1 if weight else 0 for weight in weights])
    )


@planted()
def ageing_by_the_documents_date(patch: Patch) -> None:
    """Ageing by due date uses the date of the document."""
    right = aged_items.bucket_sums
    patch.setattr(
        aged_items,
        "bucket_sums",
        lambda connection, on, _basis, *rest: right(connection, on, "invoice", *rest),
    )


@planted(moves=_SHOP, turn=0)
def thirty_days_late_is_thirty_one(patch: Patch) -> None:
    """The borders of the buckets are a day off."""
    right = aged_items.bucket_sums

    def wrong(connection: Any, on: date, basis: str, limits: list[int], *rest: Any) -> Any:
        return right(connection, on, basis, [limits[0], *(limit + 1 for limit in limits[1:])], *rest)

    patch.setattr(aged_items, "bucket_sums", wrong)


@planted()
def ageing_of_the_past_ignores_later_allocations(patch: Patch) -> None:
    """What was settled after the date is taken as settled before it."""
    patch.setattr(aged_items, "_add_settled_later", lambda *_all: None)


@planted()
def statement_of_the_past_knows_the_future(patch: Patch) -> None:
    """The open amounts of a statement count allocations after its end."""
    right = statements.settled_by_document
    patch.setattr(
        statements,
        "settled_by_document",
        lambda connection, customer, on: right(connection, customer, on + timedelta(days=3660)),
    )


@planted(moves=(*_SHOP, "refund_record"), turn=0)
def refund_of_what_was_paid(patch: Patch) -> None:
    """A refund looks at what was received, not at what is free."""
    right = OpenItems.least_open

    def wrong(items: OpenItems, item: Any, on: date) -> int:
        if _called_from("refunds"):
            return 10**15
        return right(items, item, on)

    patch.setattr(OpenItems, "least_open", wrong)


@planted(moves=(*_SHOP, "refund_record", "refund_reverse"), turn=0)
def refund_reversed_without_credit(patch: Patch) -> None:
    """A reversed refund does not give the credit back."""
    right = OpenItems.settle

    def wrong(items: OpenItems, item: Any, amount: int, on: date) -> None:
        if not (_called_from("refunds") and amount < 0):
            right(items, item, amount, on)

    patch.setattr(OpenItems, "settle", wrong)


@planted(moves=(*_SHOP, "payment_allocate", "payment_release", "period_lock", "period_lock"), turn=0)
def allocations_in_a_locked_period(patch: Patch) -> None:
    """The lock is not asked for allocations and releases."""
    right = ledger.require_open_period

    def wrong(unit: Any, on: date, field: str = "date") -> None:
        if not (_called_from("allocating") or _called_from("credits")):
            right(unit, on, field)

    patch.setattr(ledger, "require_open_period", wrong)


@planted(moves=(*_SHOP, "payment_reverse", "invoice_void", "period_lock", "period_lock"), turn=0)
def voids_in_a_locked_period(patch: Patch) -> None:
    """The lock is not asked for voids and reversals."""
    right = ledger.require_open_period

    def wrong(unit: Any, on: date, field: str = "date") -> None:
        if not _called_from("reversing"):
            right(unit, on, field)

    patch.setattr(ledger, "require_open_period", wrong)


@planted(moves=(*_SHOP, "payment_reverse", "payment_allocate", "period_lock", "period_lock"), turn=0)
def the_first_day_of_the_lock_is_open(patch: Patch) -> None:
    """The lock date itself is not locked."""
    right = ledger.require_open_period
    patch.setattr(
        ledger,
        "require_open_period",
        lambda unit, on, field="date": right(unit, on + timedelta(days=1), field),
    )


@planted(moves=(*_SHOP, "invoice_void", "payment_reverse"), turn=0)
def numbers_from_the_highest_living(patch: Patch) -> None:
    """The next number is one more than the highest document that is not void."""

    def wrong(unit: Any, kind: str, dated_on: date) -> str:
        start = f"{unit.settings.prefixes[kind]}-{dated_on.year}-"
        gone = select(document.c.origin_id).where(document.c.kind == kind + REVERSAL)
        query = select(document.c.number).where(document.c.kind == kind, ~document.c.id.in_(gone))
        numbers = [row[0] for row in unit.execute(query) if row[0].startswith(start)]
        return f"{start}{1 + max((int(number[len(start) :]) for number in numbers), default=0):04d}"

    patch.setattr(units.Unit, "next_number", wrong)


@planted()
def numbers_by_todays_year(patch: Patch) -> None:
    """A series begins with the year of the clock, not of the document."""
    right = units.Unit.next_number
    patch.setattr(
        units.Unit, "next_number", lambda unit, kind, _dated_on: right(unit, kind, date(2026, 1, 1))
    )


@planted(moves=_SHOP, turn=0)
def the_first_of_several_matches(patch: Patch) -> None:
    """An exact match takes the first of several candidates."""
    right = matching.exact
    patch.setattr(matching, "exact", lambda amounts, target: right(amounts, target, hits_max=1))


@planted(moves=_SHOP, turn=0)
def oldest_by_posting(patch: Patch) -> None:
    """The oldest invoice is the one entered first, whatever its date."""
    right = OpenItems.of_customer
    patch.setattr(
        OpenItems,
        "of_customer",
        lambda items, *rest: sorted(right(items, *rest), key=lambda item: item.document_id),
    )


@planted(moves=_SHOP, turn=0)
def younger_invoices_are_paid_too(patch: Patch) -> None:
    """Automatic allocation takes invoices dated after the payment."""
    right = allocating.payable
    patch.setattr(
        allocating,
        "payable",
        lambda items, customer, currency, on: right(items, customer, currency, on + timedelta(days=30)),
    )


@planted(moves=(*_SHOP, "payment_reverse"), turn=0)
def a_discount_is_forgotten_at_the_reversal(patch: Patch) -> None:
    """The reversing line of a payment with discount shows the money only."""
    right = reversing.posted.write

    def wrong(unit: Any, kind: str, *rest: Any, **more: Any) -> Any:
        if kind == "payment" + REVERSAL:
            more["effect_minor"] -= more["discount_minor"]
        return right(unit, kind, *rest, **more)

    patch.setattr(reversing.posted, "write", wrong)


@planted(
    moves=("customer_create", "invoice_issue", "writeoff_record", "writeoff_recover", "writeoff_recover"),
    turn=0,
)
def recovered_more_than_written_off(patch: Patch) -> None:
    """Earlier recoveries are not counted."""
    patch.setattr(writeoffs, "_recovered_minor", lambda _unit, _writeoff: 0)


@planted()
def the_day_before_the_period_is_lost(patch: Patch) -> None:
    """The opening of a statement leaves out the day before its period."""
    right = statements._activity

    def wrong(rows: list[Any], start: date, settled: dict[int, int]) -> Any:
        return right([row for row in rows if row.dated_on != start - timedelta(days=1)], start, settled)

    patch.setattr(statements, "_activity", wrong)


@planted(moves=(*_SHOP, "rate_set", "payment_allocate", "payment_release"), turn=1)
def a_release_at_the_days_rate(patch: Patch) -> None:
    """What is released is valued by the table of the day, not by what had been cleared."""
    right = carrying.share

    def wrong(unit: Any, posted: Any, item: Any, amount: int) -> int | None:
        share = right(unit, posted, item, amount)
        rate = rates.known(unit).on(posted.currency, clock.today())
        if share is None or amount > 0 or rate is None:
            return share
        return carrying.to_base(amount, posted.currency, rate, unit.settings.currency)

    patch.setattr(carrying, "share", wrong)


@planted(moves=(*_SHOP, "payment_allocate", "payment_release"), turn=1)
def every_share_rounded_by_itself(patch: Patch) -> None:
    """A share is its part of the value, rounded: the odd cents stay behind."""

    def wrong(unit: Any, posted: Any, _item: Any, amount: int) -> int | None:
        base = carrying.base_of(unit, posted)
        return None if base is None else carrying.part(base, amount, posted.total_minor)

    patch.setattr(carrying, "share", wrong)


@planted(moves=(*_SHOP, "rate_set", "revaluation_run"), turn=1)
def a_revaluation_stays(patch: Patch) -> None:
    """What a revaluation posts is not taken back the day after."""
    right = revaluations.ledger.post

    def wrong(unit: Any, source: int, **entry: Any) -> None:
        if _called_from("revaluations") and entry["dated_on"] != sys._getframe(1).f_locals.get("on"):
            return
        right(unit, source, **entry)

    patch.setattr(revaluations.ledger, "post", wrong)


# Before the ledger, and beside it


@planted(moves=(*_SHOP, "rate_set", "payment_reverse", "invoice_void"), turn=1)
def a_reversal_at_todays_rate(patch: Patch) -> None:
    """What is taken back is worth what the table says today, not what it was posted at."""
    right = reversing.reverse

    def wrong(unit: Any, original: Any, on: date, reason: str, legs: Any = None) -> Any:
        rate = rates.known(unit).on(original.currency, clock.today())
        legs = ledger.legs_of(unit, original.id) if legs is None else legs
        if original.rate is not None and rate is not None:
            own = unit.settings.currency
            legs = [
                leg._replace(base_minor=carrying.to_base(leg.amount_minor, original.currency, rate, own))
                if leg.base_minor is not None
                else leg
                for leg in legs
            ]
        return right(unit, original, on, reason, legs)

    patch.setattr(reversing, "reverse", wrong)


@planted(moves=_SHOP)
def float_in_discount(patch: Patch) -> None:
    """A discount is worked out in floating point, as a sheet would."""
    right = totals.discount_minor

    def wrong(discount: Any, base_minor: int, field: str) -> int:
        if discount is None or discount.rate is None:
            return right(discount, base_minor, field)
        return round(round(base_minor / 100 * float(discount.rate), 2) * 100)

    patch.setattr(totals, "discount_minor", wrong)


@planted(moves=_PLANS)
def the_remainder_of_a_plan_is_lost(patch: Patch) -> None:
    """Equal parts are cut down to whole cents, and what is left over is forgotten."""

    def wrong(total: int, weights: Any, _remainder: str = "last") -> list[tuple[int, bool]]:
        return [(total * weight // sum(weights), False) for weight in weights]

    patch.setattr(plan_parts, "cut", wrong)


@planted(moves=_PLANS)
def replan_touches_a_billed_part(patch: Patch) -> None:
    """A new plan is made over the whole contract, as if nothing were billed."""
    patch.setattr(plans, "_kept", lambda _connection, _found: [])


@planted(moves=(*_PLANS, *_SHOP))
def tied_money_goes_to_another_contract(patch: Patch) -> None:
    """Money tied to any contract of the customer settles what is billed."""

    def wrong(unit: Any, contract: Any) -> list[Any]:
        ids = unit.execute(
            select(payment_contract.c.document_id)
            .join(agreement, agreement.c.id == payment_contract.c.contract_id)
            .where(agreement.c.customer_id == contract.customer_id, agreement.c.currency == contract.currency)
        ).scalars()
        found = [one for one in posted.load(unit, ids) if one.reversed_on is None]
        return sorted(found, key=lambda one: (one.dated_on, one.id))

    patch.setattr(contract_money, "tied_payments", wrong)


@planted(moves=(*_SHOP, "transfer_record"))
def a_transfer_keeps_the_payers_credit(patch: Patch) -> None:
    """The money is the other customer's, and still the payer's."""
    right = OpenItems.settle

    def wrong(items: OpenItems, item: Any, amount: int, on: date) -> None:
        if not (_called_from("transferring") and amount > 0):
            right(items, item, amount, on)

    patch.setattr(OpenItems, "settle", wrong)


@planted(moves=(*_SHOP, "deposit_receive"))
def a_deposit_is_counted_as_balance(patch: Patch) -> None:
    """A deposit lowers what the customer owes."""
    right = deposits.posted.write

    def wrong(unit: Any, kind: str, *rest: Any, **more: Any) -> Any:
        if kind == "deposit":
            more["effect_minor"] = -more["total_minor"]
        return right(unit, kind, *rest, **more)

    patch.setattr(deposits.posted, "write", wrong)


@planted(moves=(*_SHOP, "bill_dishonour"))
def a_dishonoured_bill_keeps_its_invoices_paid(patch: Patch) -> None:
    """The payment is reversed, what it settled is not."""
    right, pairs = payments.take_back, allocating.allocated_pairs

    def wrong(*given: Any) -> Any:
        allocating.allocated_pairs = lambda _unit, _document: []
        try:
            return right(*given)
        finally:
            allocating.allocated_pairs = pairs

    patch.setattr(bill_events.payments, "take_back", wrong)
    patch.setattr(payments, "reverse", payments.reverse)


@planted(moves=(*_SHOP, "bill_discount", "bill_dishonour"))
def recourse_without_what_the_bank_kept(patch: Patch) -> None:
    """A discounted bill comes back at what the bank had paid for it, not at its full amount."""
    right = bill_events._recourse_legs

    def wrong(unit: Any, held: Any, event: Any, worth: Any) -> Any:
        if event is None or event.kind != "bill_discount":
            return right(unit, held, event, worth)
        return tuple(ledger.negated(ledger.legs_of(unit, event.id)))

    patch.setattr(bill_events, "_recourse_legs", wrong)


@planted(moves=(*_SHOP, "fapiao_request", "fapiao_issue", "fapiao_issue", "fapiao_red", "fapiao_red"))
def red_above_the_original(patch: Patch) -> None:
    """What is red of a tax invoice already is not counted."""
    patch.setattr(
        fapiao_red_room,
        "_require_blue",
        lambda unit, original, _field="": fapiao_issue.lines_of(unit, original.id),
    )


@planted(moves=("customer_create", "invoice_issue", "fapiao_request", "fapiao_request", "fapiao_withdraw"))
def a_withdrawn_request_keeps_its_part(patch: Patch) -> None:
    """What was asked for stays reserved when the request is withdrawn."""
    patch.setattr(fapiao_requests, "move", lambda *_given, **_more: None)


@planted(moves=(*_SHOP, "payment_reallocate", "payment_allocate"))
def reallocated_money_is_only_released(patch: Patch) -> None:
    """The old invoice is open again, the new one is not paid."""
    right = allocating.write

    def wrong(unit: Any, credit: Any, debit: Any, amount: int, *rest: Any, **more: Any) -> Any:
        if not (_called_from("payment_allocations") and amount > 0):
            return right(unit, credit, debit, amount, *rest, **more)
        return None

    patch.setattr(payment_allocations.allocating, "write", wrong)


@planted(moves=(*_SHOP, "period_close", "period_close", "period_reopen"))
def opening_a_period_opens_all(patch: Patch) -> None:
    """Taking the last closing back forgets the lock before it."""
    right = period_records.standing

    def wrong(connection: Any) -> list[Any]:
        found = right(connection)
        return [_Unlocked(row) for row in found] if _called_from("periods") else found

    patch.setattr(period_records, "standing", wrong)


class _Unlocked:
    """A closing that says that nothing was locked before it."""

    locked_before = None

    def __init__(self, row: Any) -> None:
        self.until, self.id = row.until, row.id


@planted(moves=(*_SHOP, "payment_record", "payment_allocate", "rate_adopt"), turn=3, is_long=True)
def a_late_rate_for_documents_only(patch: Patch) -> None:
    """What was allocated before the rate came is not valued with it."""
    patch.setattr(late_rates._Completion, "_of_event", lambda _self, _event: iter(()))


@planted(probe=probes.imports_respect_the_lock)
def no_lock_for_imports(patch: Patch) -> None:
    """A file may write into the locked period."""
    right = ledger.require_open_period

    def wrong(unit: Any, on: date, field: str = "date") -> None:
        if not unit.is_bulk:
            right(unit, on, field)

    patch.setattr(ledger, "require_open_period", wrong)


@planted(probe=probes.a_number_dies_with_its_transaction)
def a_number_drawn_before_the_transaction(patch: Patch) -> None:
    """Numbers come from memory and are not given back when the transaction is."""
    right, last = units.Unit.next_value, {}

    def wrong(unit: Any, kind: str, year: int = 0) -> int:
        last[kind, year] = max(right(unit, kind, year), last.get((kind, year), 0) + 1)
        unit._series[kind, year] = last[kind, year]
        return last[kind, year]

    patch.setattr(units.Unit, "next_value", wrong)


@planted(probe=probes.posted_rows_cannot_be_changed)
def a_trigger_missing_on_one_table(patch: Patch) -> None:
    """Allocations of a new book can be changed."""
    right = Book.create

    def wrong(*given: Any, **more: Any) -> Book:
        book = right(*given, **more)
        with book.engine.connect().execution_options(is_writing=True) as connection:
            connection.exec_driver_sql("DROP TRIGGER allocation_no_update")
            connection.commit()
        return book

    patch.setattr(Book, "create", wrong)


@planted(probe=probes.nothing_without_its_audit_entry)
def audit_written_after_the_commit(patch: Patch) -> None:
    """The documents are committed first, the audit entry follows."""
    right = units.Unit.finish

    def wrong(unit: Any, use_case: str, request: Any) -> int:
        if unit._open_items is not None:
            unit._open_items.write()
        unit.flush()
        unit._write_counters()
        unit.connection.exec_driver_sql("PRAGMA defer_foreign_keys = OFF")
        unit.connection.commit()
        return right(unit, use_case, request)

    patch.setattr(units.Unit, "finish", wrong)


@planted(probe=probes.a_bank_line_is_booked_once)
def a_bank_line_booked_twice(patch: Patch) -> None:
    """Nobody looks whether something stands for the line already."""
    patch.setattr(booking.lines, "find_new", lambda unit, line, side=0: lines.find(unit, line))


@planted(probe=probes.interest_is_billed_once)
def interest_billed_twice(patch: Patch) -> None:
    """The days that were billed are not left out."""
    patch.setattr(interest, "_billed", lambda *_asked: {})


@planted(probe=probes.levels_of_reminders_only_rise)
def the_level_of_a_reminder_goes_down(patch: Patch) -> None:
    """What an item was reminded of before is not looked at."""
    right = reminders._named

    def wrong(*given: Any) -> Any:
        return [(demand, item._replace(last_level=0)) for demand, item in right(*given)]

    patch.setattr(reminders, "_named", wrong)
