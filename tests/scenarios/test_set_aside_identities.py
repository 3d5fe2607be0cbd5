"""Any series of deposits and bills: what is held is what came in less what stands of its uses, at every date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check_events, check_ledger, deposits, lists, use_cases
from crmdesk.services.book import Book
from crmdesk.services.lists import querying
from crmdesk.services.units import Unit

BASE = date(2026, 1, 1)
LAST = BASE + timedelta(days=60)


class _Held(Exception):
    """Ends an example without a commit."""


def _day(offset: int) -> str:
    return (BASE + timedelta(days=offset)).isoformat()


def _begin(unit: Unit) -> None:
    use_cases.perform(unit, "customer.create", {"code": "H1", "name": "Held"})
    line = {"description": "x", "quantity": "1", "unit_price": "50.00", "tax_rate": "0"}
    use_cases.perform(unit, "invoice.issue", {"customer": "H1", "date": _day(0), "lines": [line]})


def _faults(unit: Unit) -> list[Any]:
    unit.open_items.write()
    unit.flush()
    finders = (
        check_ledger.postings_balance,
        check_ledger.receivables_agree,
        check_ledger.open_items_agree,
        check_ledger.allocations_hold,
        check_ledger.lines_add_up,
        check_ledger.reversals_are_exact,
        check_events.deposits_hold,
        check_events.bills_hold,
        check_events.transfers_pair,
    )
    return [fault for find in finders for fault in find(unit.connection)]


_USES = st.tuples(
    st.sampled_from(["return", "keep", "apply", "undo", "reverse"]),
    st.integers(0, 60),
    st.integers(1, 12_000),
    st.integers(0, 9),
)


@settings(max_examples=25)
@given(st.lists(_USES, max_size=10))
def test_a_deposit_is_never_used_twice(shared_book: Book, steps: list[tuple[str, int, int, int]]) -> None:
    """A plain model: dated uses; a use is taken exactly when every later day still has it."""
    events: list[list[Any]] = []  # [day, amount, day taken back or None, number]
    total, ended = 100_00, False
    invoice_left = 50_00

    def held(day: int) -> int:
        return total - sum(
            amount for on, amount, back, _number in events if on <= day and (back is None or back > day)
        )

    try:
        with shared_book.write("tester") as unit:
            _begin(unit)
            number = use_cases.perform(
                unit, "deposit.receive", {"customer": "H1", "date": _day(0), "amount": "100.00"}
            )["number"]
            for what, day, amount, pick in steps:
                args: dict[str, Any] = {"date": _day(day)}
                if what == "undo":
                    if not events:
                        continue
                    event = events[pick % len(events)]
                    may = not ended and event[2] is None and day >= event[0]
                    name, args = "deposit.undo", args | {"entry": event[3], "reason": "x"}
                elif what == "reverse":
                    touched = [when for on, _a, back, _n in events for when in (on, back) if when is not None]
                    may = not ended and all(back is not None for _o, _a, back, _n in events)
                    may = may and all(day >= when for when in touched)
                    name, args = "deposit.reverse", args | {"deposit": number, "reason": "x"}
                else:
                    text = f"{amount // 100}.{amount % 100:02d}"
                    args |= {"deposit": number, "amount": text, "reason": "x"}
                    may = not ended and amount <= min(held(one) for one in range(day, 62))
                    name = "deposit.return" if what == "return" else "deposit.keep"
                    if what == "apply":
                        args |= {"keep_for": "invoice", "invoice": "INV-2026-0001"}
                        may = may and amount <= invoice_left
                try:
                    told = use_cases.perform(unit, name, args)
                except CrmdeskError:
                    # an invoice is settled by date as well: the model knows only its total
                    assert not may or what == "apply"
                    continue
                assert may
                if what == "undo":
                    event[2] = day
                    invoice_left += event[1] if event[3].startswith("DPA") else 0
                elif what == "reverse":
                    ended = True
                else:
                    events.append([day, amount, None, told["number"]])
                    invoice_left -= amount if what == "apply" else 0
                assert _faults(unit) == []
            assert _faults(unit) == []
            owner = unit.connection.exec_driver_sql("SELECT id FROM customer WHERE code = 'H1'").scalar()
            assert owner is not None
            now = deposits.held_by_currency(unit.connection, owner, LAST).get("CNY", 0)
            assert now == (0 if ended else held(61))
            raise _Held
    except _Held:
        pass


_BILLS = st.tuples(
    st.sampled_from(["endorse", "discount", "collect", "undo", "dishonour"]), st.integers(0, 60)
)


@settings(max_examples=25)
@given(st.lists(_BILLS, max_size=8))
def test_a_bill_is_in_one_place(shared_book: Book, steps: list[tuple[str, int]]) -> None:
    """At hand, given away or gone: each step goes by the state, and never before the step before it."""
    state, last = "held", 1
    try:
        with shared_book.write("tester") as unit:
            _begin(unit)
            use_cases.perform(
                unit,
                "payment.record",
                {
                    "customer": "H1", "date": _day(1), "amount": "50.00", "method": "bill", "allocate": "oldest",
                    "bill": {"number": "B1", "due_on": _day(50)},
                },
            )  # fmt: skip
            for what, day in steps:
                args: dict[str, Any] = {"bill": "B1", "date": _day(day)}
                args |= {"to": "S"} if what == "endorse" else {"fee": "1.00"} if what == "discount" else {}
                args |= {"reason": "x"} if what in ("undo", "dishonour") else {}
                may = day >= last and {
                    "undo": state not in ("held", "dishonoured"),
                    "dishonour": state not in ("collect", "dishonoured"),
                }.get(what, state == "held")
                try:
                    use_cases.perform(unit, f"bill.{what}", args)
                except CrmdeskError:
                    assert not may
                    continue
                assert may
                last = day
                state = {"undo": "held", "dishonour": "dishonoured"}.get(what, what)
                assert _faults(unit) == []
            assert _faults(unit) == []
            held = lists.Query("bills", filter=f"state = held and due <= {LAST.isoformat()}")
            assert querying.count(unit.connection, held) == (state == "held")
            raise _Held
    except _Held:
        pass
