"""Transfers, deposits and bills of exchange in a foreign currency: what each is worth after every step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.services import check
from crmdesk.services.reports.declared import Options
from crmdesk.services.reports.declared import find as find_report
from tests.services.test_currencies import Desk

BILL = {"number": "N1", "kind": "bank", "due_on": "2026-03-01"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Dollars at 0.80 in January and 0.90 from February on, in a book in pounds; a second customer."""
    made = _desk(tmp_path / "set_aside.crmdesk")
    yield made
    assert check.run(made.book)["violations"] == []
    made.book.close()


def _desk(path: Path) -> Desk:
    made = Desk(path)
    made.do("customer.create", code="B", name="Beta", currency="USD")
    made.do("rate.set", currency="USD", date="2026-01-01", rate="0.8")
    made.do("rate.set", currency="USD", date="2026-02-01", rate="0.9")
    return made


def _bill(desk: Desk, amount: str, on: str = "2026-01-05", customer: str = "A", **more: Any) -> str:
    line = {"description": "Paint", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return desk.do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]


def _gains(desk: Desk) -> list[tuple[str, str]]:
    options = Options(as_of=date(2026, 12, 31), date_to=date(2026, 12, 31))
    with desk.book.read() as connection:
        rows = find_report("exchange-differences").fill(connection, options).document["rows"]
    return [(row["kind"], row["gain"]) for row in rows]


def test_money_passed_on_keeps_its_value(desk: Desk) -> None:
    theirs = _bill(desk, "33.33", customer="B")
    paid = desk.do("payment.record", customer="A", date="2026-02-02", amount="100")["number"]
    passed = desk.do("transfer.record", payment=paid, customer="B", amount="50", date="2026-02-03")
    assert desk.bases() == {
        "bank": 9000,
        "customer_credit": -9000,
        "receivable": 2666,
        "revenue": -2666,
    }
    # 33.33 came at 0.90 and settles what was billed at 0.80: the gain is his whose invoice it is
    desk.do("payment.allocate", payment=passed["number"], invoice=theirs, amount="33.33", date="2026-02-04")
    assert desk.bases() == {
        "bank": 9000,
        "customer_credit": -6000,
        "other_income": -334,
        "revenue": -2666,
    }
    assert _gains(desk) == [("allocation", "3.34")]
    desk.do("transfer.reverse", transfer=passed["number"], date="2026-02-05", reason="wrong customer")
    assert desk.bases() == {
        "bank": 9000,
        "customer_credit": -9000,
        "receivable": 2666,
        "revenue": -2666,
    }
    desk.do("payment.reverse", payment=paid, date="2026-02-06", reason="bounced")
    assert desk.bases() == {"receivable": 2666, "revenue": -2666}


def test_one_payment_for_two_customers(desk: Desk) -> None:
    own, theirs = _bill(desk, "60"), _bill(desk, "40", customer="B")
    parts = [{"invoice": own, "amount": "60"}, {"invoice": theirs, "amount": "40"}]
    desk.do("payment.record", customer="A", date="2026-02-02", amount="100", on_behalf=True, allocate=parts)
    assert desk.bases() == {"bank": 9000, "other_income": -1000, "revenue": -8000}


def test_a_deposit_goes_three_ways(desk: Desk) -> None:
    held = desk.do("deposit.receive", customer="A", date="2026-01-10", amount="100.01")["number"]
    assert desk.bases() == {"bank": 8001, "deposit": -8001}
    desk.do("deposit.return", deposit=held, amount="33.33", date="2026-02-10")  # worth 30.00, held at 26.66
    assert desk.bases() == {"bank": 5001, "deposit": -5335, "finance_cost": 334}
    bill = _bill(desk, "33.33", "2026-02-01")  # at 0.90
    desk.do(
        "deposit.keep",
        deposit=held,
        amount="33.33",
        date="2026-02-10",
        reason="agreed",
        keep_for="invoice",
        invoice=bill,
    )
    assert desk.bases() == {"bank": 5001, "deposit": -2668, "finance_cost": 667, "revenue": -3000}
    kept = desk.do("deposit.keep", deposit=held, amount="33.35", date="2026-02-10", reason="damage")
    assert desk.bases() == {
        "bank": 5001,
        "finance_cost": 667,
        "other_income": -2668,
        "revenue": -3000,
    }
    assert _gains(desk) == [("deposit_return", "-3.34"), ("allocation", "-3.33")]
    desk.do("deposit.undo", entry=kept["number"], date="2026-02-11", reason="mistake")
    assert desk.bases()["deposit"] == -2668


def test_the_rate_given_counts_for_the_money(desk: Desk) -> None:
    held = desk.do("deposit.receive", customer="A", date="2026-01-10", amount="100", rate="0.85")["number"]
    assert desk.bases() == {"bank": 8500, "deposit": -8500}
    desk.do("deposit.return", deposit=held, amount="100", date="2026-02-10", rate="0.7")
    assert desk.bases() == {"bank": 1500, "other_income": -1500}


def _paid_by_bill(desk: Desk) -> str:
    _bill(desk, "200")
    paid = desk.do(
        "payment.record",
        customer="A",
        date="2026-01-06",
        amount="190",
        discount="10",
        method="bill",
        bill=BILL,
        allocate="oldest",
    )
    assert desk.bases() == {"bills": 15200, "finance_cost": 800, "revenue": -16000}
    return paid["number"]


def test_a_bill_is_discounted_and_comes_back(desk: Desk) -> None:
    _paid_by_bill(desk)
    desk.do("bill.discount", bill="N1", date="2026-02-07", fee="3")
    assert desk.bases() == {"bank": 16830, "finance_cost": 1070, "other_income": -1900, "revenue": -16000}
    desk.do("bill.dishonour", bill="N1", date="2026-02-20", reason="no cover", rate="0.95")
    # the bank takes 190 back at 0.95; the invoice is open at 0.80 again
    assert desk.bases() == {
        "bank": -1220,
        "finance_cost": 270 + 2850,
        "other_income": -1900,
        "receivable": 16000,
        "revenue": -16000,
    }
    assert _gains(desk) == [("bill_discount", "19.00"), ("bill_recourse", "-28.50")]


def test_a_bill_collected_and_taken_back(desk: Desk) -> None:
    _paid_by_bill(desk)
    before = desk.bases()
    desk.do("bill.collect", bill="N1", date="2026-03-01")
    assert desk.bases() == {"bank": 17100, "finance_cost": 800, "other_income": -1900, "revenue": -16000}
    desk.do("bill.undo", bill="N1", date="2026-03-02", reason="mistake")
    assert desk.bases() == before
    desk.do("bill.endorse", bill="N1", date="2026-03-03", to="Supplier")
    assert desk.bases() == {"payable": 15200, "finance_cost": 800, "revenue": -16000}
    desk.do("bill.dishonour", bill="N1", date="2026-03-04", reason="no cover")
    assert desk.bases() == {"receivable": 16000, "revenue": -16000}


def test_refusals_leave_the_book_as_it_was(desk: Desk) -> None:
    paid = _paid_by_bill(desk)
    wrong = {"customer": "A", "date": "2026-01-07", "amount": "50", "method": "bill"}
    other = {"received": {"currency": "EUR", "amount": "45"}, "bill": BILL | {"number": "N2"}}
    assert desk.refused("payment.record", **wrong, **other) == ("currency_mixed", "received")
    back = {"bill": "N1", "date": "2026-01-08", "reason": "no cover", "rate": "0.9"}
    assert desk.refused("bill.dishonour", **back) == ("invalid_choice", "rate")
    assert desk.refused("bill.collect", bill=paid, date="2026-01-08", rate="0") == ("out_of_range", "rate")
    desk.do("rate.remove", currency="USD", date="2026-01-01")
    held = desk.do("deposit.receive", customer="A", date="2026-01-10", amount="50")["number"]
    assert desk.warnings == ["rate_missing"]
    given_back = {"deposit": held, "amount": "10", "date": "2026-02-10", "rate": "0.9"}
    assert desk.refused("deposit.return", **given_back) == ("rate_missing", "rate")
    desk.do("deposit.return", deposit=held, amount="50", date="2026-02-10")


def test_check_sees_a_changed_value(tmp_path: Path) -> None:
    """The values are worked out anew from the documents, not believed."""
    for role, code in (("bills", "bill_value"), ("deposit", "base_share")):
        desk = _desk(tmp_path / f"{role}.crmdesk")
        _paid_by_bill(desk)
        desk.do("bill.collect", bill="N1", date="2026-03-01")
        held = desk.do("deposit.receive", customer="A", date="2026-01-10", amount="50")["number"]
        desk.do("deposit.keep", deposit=held, amount="20", date="2026-02-10", reason="damage")
        with desk.book.write("vandal") as unit:
            unit.connection.exec_driver_sql("DROP TRIGGER posting_no_update")
            last = "(SELECT max(source_id) FROM posting p JOIN account a ON a.id = p.account_id WHERE a.role = ?)"
            unit.connection.exec_driver_sql(
                f"UPDATE posting SET base_minor = base_minor + 1 WHERE amount_minor < 0 AND source_id = {last}",
                (role,),
            )
            unit.connection.exec_driver_sql(
                f"UPDATE posting SET base_minor = base_minor - 1 WHERE amount_minor > 0 AND source_id = {last}",
                (role,),
            )
            unit.connection.commit()
        found = {violation["code"] for violation in check.run(desk.book)["violations"]}
        assert code in found
        desk.book.close()


@settings(max_examples=5, deadline=None)
@given(
    parts=st.lists(st.integers(1, 4000), min_size=1, max_size=5),
    rate=st.decimals("0.01", "20", places=4),
    undone=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_nothing_is_left_of_what_was_held(
    parts: list[int], rate: Decimal, undone: list[bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However it is split, and whatever is taken back in between, all of its value goes with the last part."""
    desk = Desk(tmp_path_factory.mktemp("held") / "held.crmdesk")
    desk.do("customer.create", code="B", name="Beta", currency="USD")
    total = f"{Decimal(sum(parts)) / 100:.2f}"
    held = desk.do("deposit.receive", customer="A", date="2026-01-10", amount=total, rate=str(rate))["number"]
    paid = desk.do("payment.record", customer="A", date="2026-01-10", amount=total, rate=str(rate))["number"]
    for part, is_undone in zip(parts, undone, strict=False):
        amount = f"{Decimal(part) / 100:.2f}"
        for turn in range(1 + is_undone):
            on = f"2026-01-1{1 + turn}"
            kept = desk.do("deposit.keep", deposit=held, amount=amount, date=on, reason="damage")
            moved = desk.do("transfer.record", payment=paid, customer="B", amount=amount, date=on)
            if is_undone and not turn:
                desk.do("deposit.undo", entry=kept["number"], date="2026-01-12", reason="mistake")
                desk.do("transfer.reverse", transfer=moved["number"], date="2026-01-12", reason="mistake")
    bases = desk.bases()
    assert "deposit" not in bases
    # what is passed on is worth as much as what came in, but for the odd cents that were exchange differences
    assert bases.get("bank", 0) == -sum(base for role, base in bases.items() if role != "bank")
    assert check.run(desk.book)["violations"] == []
    desk.book.close()
