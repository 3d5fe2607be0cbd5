"""Transfers between customers, deposits, bills of exchange, and every dated event with its way back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.telling import Teller

WHY = {"reason": "mistake"}


def test_one_pays_for_the_whole_group(teller: Teller) -> None:
    own = teller.invoice("2026-01-05", "100.00")
    other = teller.invoice("2026-01-06", "200.00", "C002")
    third = teller.invoice("2026-02-01", "50.00", "C003")
    parts = [
        {"invoice": own, "amount": "100.00"},
        {"invoice": other, "amount": "150.00"},
        {"invoice": third, "amount": "50.00"},
    ]
    assert teller.refused(
        "payment.record", customer="C001", date="2026-01-20", amount="320.00", allocate=parts
    ) == ("other_customer")
    told = teller.pay("2026-01-20", "320.00", parts, on_behalf=True)
    assert (told["allocated"], told["credit"]) == ("300.00", "20.00")
    assert [row["open"] for row in told["allocations"]] == ["0.00", "50.00", "0.00"]
    assert told["transfers"] == [
        {"number": "TR-2026-0001", "amount": "150.00"},
        {"number": "TR-2026-0002", "amount": "50.00"},
    ]
    # the third invoice is dated later than the money: it is settled on its own day
    assert [teller.owes("2026-01-31", code) for code in ("C001", "C002", "C003")] == [
        "-20.00",
        "50.00",
        "-50.00",
    ]
    assert teller.owes("2026-02-01", "C003") == "0.00"
    assert teller.lines("2026-01-31", "C002") == [
        ("01-06", "invoice", "200.00", "200.00"),
        ("01-20", "transfer_in", "-150.00", "50.00"),
    ]
    assert teller.lines("2026-01-31") == [
        ("01-05", "invoice", "100.00", "100.00"),
        ("01-20", "payment", "-320.00", "-220.00"),
        ("01-20", "transfer_out", "150.00", "-70.00"),
        ("01-20", "transfer_out", "50.00", "-20.00"),
    ]
    assert teller.listed("transfers", "number", "customer", "payer", "amount", "free") == [
        ("TR-2026-0002", "C003", "C001", "50.00", "0.00"),
        ("TR-2026-0001", "C002", "C001", "150.00", "0.00"),
    ]
    # nothing more can be refunded than what is free
    assert (
        teller.refused(
            "refund.record", payment="RC-2026-0001", amount="20.01", date="2026-02-01", method="bank", **WHY
        )
        == "over_refunded"
    )
    assert teller.refused("payment.reverse", payment="RC-2026-0001", date="2026-01-31", **WHY) == "date_order"
    back = teller.do("payment.reverse", payment="RC-2026-0001", date="2026-03-01", reason="bounced")
    assert sorted(row["amount"] for row in back["released"]) == ["100.00", "150.00", "50.00"]
    assert [teller.owes("2026-03-01", code) for code in ("C001", "C002", "C003")] == [
        "100.00",
        "200.00",
        "50.00",
    ]
    assert teller.owes("2026-02-28", "C002") == "50.00"
    assert teller.account("customer_credit") == "0.00"


def test_a_transfer_by_hand_and_back(teller: Teller) -> None:
    pay = teller.pay("2026-01-10", "500.00")["number"]
    a = teller.invoice("2026-01-05", "80.00", "C002")
    told = teller.do(
        "transfer.record", payment=pay, customer="C002", amount="100.00", date="2026-01-15", allocate="oldest"
    )
    assert (told["number"], told["allocated"], told["credit"]) == ("TR-2026-0001", "80.00", "20.00")
    assert (teller.owes("2026-01-15"), teller.owes("2026-01-15", "C002")) == ("-400.00", "-20.00")
    b = teller.invoice("2026-01-20", "20.00", "C002")
    teller.do("payment.allocate", payment="TR-2026-0001", invoice=b, amount="20.00")
    assert teller.open("2026-01-31", "C002") == {}
    use = {"payment": pay, "customer": "C002", "date": "2026-01-31"}
    assert teller.refused("transfer.record", **use, amount="400.01") == "over_allocated"
    assert teller.refused("transfer.record", **(use | {"date": "2026-01-09"}), amount="1.00") == "date_order"
    assert (
        teller.refused("transfer.record", **(use | {"customer": "C001"}), amount="1.00") == "invalid_choice"
    )
    assert (
        teller.refused("transfer.reverse", transfer="TR-2026-0001", date="2026-01-19", **WHY) == "date_order"
    )
    teller.do("transfer.reverse", transfer="TR-2026-0001", date="2026-02-01", reason="wrong customer")
    assert teller.refused("transfer.reverse", transfer="TR-2026-0001", **WHY) == "already_reversed"
    assert teller.open("2026-02-01", "C002") == {a: "80.00", b: "20.00"}
    assert teller.owes("2026-02-01") == "-500.00"
    # of a credit note, which waits in receivables
    red = teller.do(
        "credit.issue",
        customer="C001",
        date="2026-02-02",
        lines=[{"description": "Back", "quantity": "1", "unit_price": "60.00", "tax_rate": "0"}],
        reason="returned",
    )["number"]
    teller.do(
        "transfer.record", credit=red, customer="C002", amount="60.00", date="2026-02-03", allocate="oldest"
    )
    assert teller.open("2026-02-03", "C002") == {a: "20.00", b: "20.00"}
    assert teller.late("2026-02-03") == {"C001": "-500.00", "C002": "40.00"}
    assert teller.refused("credit.void", credit=red, date="2026-02-04", **WHY) == "is_allocated"


def test_a_deposit_is_neither_income_nor_credit(teller: Teller) -> None:
    a = teller.invoice("2026-01-05", "300.00")
    told = teller.do(
        "deposit.receive",
        customer="C001",
        date="2026-01-10",
        amount="1000.00",
        method="cash",
        contract="HT-7",
    )
    assert told == {"number": "DP-2026-0001", "held": "1000.00"}
    assert (teller.owes("2026-01-10"), teller.account("deposit"), teller.account("cash")) == (
        "300.00",
        "-1000.00",
        "1000.00",
    )
    give = {"deposit": "DP-2026-0001", "date": "2026-03-01", "method": "bank"}
    assert teller.do("deposit.return", **give, amount="200.00") == {
        "number": "DPR-2026-0001",
        "held": "800.00",
    }
    keep = {"deposit": "DP-2026-0001", **WHY}
    assert teller.refused("deposit.keep", **keep, date="2026-02-01", amount="800.01") == "over_refunded"
    assert teller.refused("deposit.keep", **keep, date="2026-01-09", amount="1.00") == "date_order"
    assert teller.refused("deposit.keep", **keep, amount="1.00", keep_for="invoice") == "required"
    assert teller.do("deposit.keep", **keep, date="2026-02-01", amount="100.00")["held"] == "700.00"
    assert teller.account("other_income") == "-100.00"
    used = teller.do(
        "deposit.keep", **keep, date="2026-04-01", amount="250.00", keep_for="invoice", invoice=a
    )
    assert (used["number"], used["held"], used["open"]) == ("DPA-2026-0001", "450.00", "50.00")
    assert teller.lines("2026-04-30") == [
        ("01-05", "invoice", "300.00", "300.00"),
        ("04-01", "deposit_applied", "-250.00", "50.00"),
    ]
    assert teller.account("deposit") == "-450.00"
    foreign = teller.invoice("2026-01-05", "10.00", "C002")
    assert (
        teller.refused("deposit.keep", **keep, amount="1.00", keep_for="invoice", invoice=foreign)
        == "other_customer"
    )
    assert teller.refused("deposit.reverse", deposit="DP-2026-0001", **WHY) == "in_use"
    assert teller.listed(
        "deposits", "number", "contract", "returned", "kept", "applied", "held", "state"
    ) == [("DP-2026-0001", "HT-7", "200.00", "100.00", "250.00", "450.00", "part_returned")]
    for number in ("DPA-2026-0001", "DPR-2026-0001", "DPK-2026-0001"):
        teller.do("deposit.undo", entry=number, date="2026-05-01", reason="wrong")
    assert teller.refused("deposit.undo", entry="DPA-2026-0001", **WHY) == "already_reversed"
    assert (teller.open("2026-05-01"), teller.account("deposit")) == ({a: "300.00"}, "-1000.00")
    assert teller.refused("deposit.reverse", deposit="DP-2026-0001", date="2026-04-30", **WHY) == "in_use"
    teller.do("deposit.reverse", deposit="DP-2026-0001", date="2026-05-01", reason="bounced")
    assert (teller.account("deposit"), teller.account("other_income")) == ("0.00", "0.00")
    assert teller.refused("deposit.return", **(give | {"date": "2026-06-01"}), amount="1.00") == "reversed"


def test_the_statement_tells_of_deposits_below_the_balance(teller: Teller) -> None:
    from datetime import date

    from crmdesk.services import papers, statements

    teller.invoice("2026-01-05", "300.00")
    teller.do("deposit.receive", customer="C001", date="2026-01-10", amount="1000.00", method="cash")
    (told,) = statements.as_json(teller.book, "C001", date_to=date(2026, 1, 31))
    assert (told["closing"], told["deposits"], len(told["lines"])) == ("300.00", "1000.00", 1)
    (before,) = statements.as_json(teller.book, "C001", date_to=date(2026, 1, 9))
    assert before["deposits"] == "0.00"
    # of a customer who has nothing else
    teller.do("deposit.receive", customer="C002", date="2026-01-10", amount="5.00", currency="USD")
    (other,) = statements.as_json(teller.book, "C002", date_to=date(2026, 1, 31))
    assert (other["currency"], other["deposits"], other["closing"]) == ("USD", "5.00", "0.00")
    with teller.book.read() as connection:
        doc = papers.statement(connection, "C001", date_to=date(2026, 1, 31))
    assert doc.sections[0].deposits_minor == 100_000


BILL = {"number": "1 102 100 000", "due_on": "2026-07-31", "drawer": "上海鼎晟", "bank": "ICBC"}


def _with_bill(teller: Teller, **bill: Any) -> str:
    return teller.pay("2026-02-01", "500.00", "oldest", method="bill", bill=BILL | bill)["number"]


def test_a_bill_is_collected(teller: Teller) -> None:
    a = teller.invoice("2026-01-05", "500.00")
    record = {"customer": "C001", "date": "2026-02-01", "amount": "500.00"}
    assert teller.refused("payment.record", **record, method="bill") == "required"
    assert teller.refused("payment.record", **record, method="bank", bill=BILL) == "invalid_choice"
    late = BILL | {"issued_on": "2026-08-01"}
    assert teller.refused("payment.record", **record, method="bill", bill=late) == "date_order"
    number = _with_bill(teller)
    assert teller.refused("payment.record", **record, method="bill", bill=BILL) == "duplicate"
    assert (teller.open("2026-02-01"), teller.account("bills")) == ({}, "500.00")
    assert teller.listed("bills", "bill", "number", "amount", "state", "due") == [
        (BILL["number"], number, "500.00", "held", "2026-07-31")
    ]
    collect = {"bill": BILL["number"], "date": "2026-07-31"}
    assert teller.refused("bill.collect", **(collect | {"date": "2026-01-31"})) == "date_order"
    assert teller.refused("bill.collect", **collect, account="BILLS") == "invalid_choice"
    assert teller.do("bill.collect", **collect)["number"] == "BC-2026-0001"
    assert (teller.account("bills"), teller.account("bank")) == ("0.00", "500.00")
    assert teller.refused("bill.endorse", **collect, to="X") == "in_use"
    assert teller.refused("bill.dishonour", **collect, **WHY) == "in_use"
    assert teller.refused("payment.reverse", payment=number, **WHY) == "in_use"
    teller.do("bill.undo", bill=number, date="2026-08-02", reason="wrong bank")
    assert teller.refused("bill.undo", bill=number, **WHY) == "no_original"
    assert teller.refused("bill.collect", **(collect | {"date": "2026-08-01"})) == "date_order"
    told = teller.do("bill.dishonour", bill=number, date="2026-08-03", reason="no cover")
    assert told["released"] == [{"invoice": a, "amount": "500.00"}]
    assert (teller.open("2026-08-03"), teller.owes("2026-08-02")) == ({a: "500.00"}, "0.00")
    assert teller.account("bills") == "0.00"
    # the same paper may come again, prolonged
    again = record | {"date": "2026-09-01", "method": "bill"}
    assert teller.refused("payment.record", **again, bill=BILL) == "date_order"
    teller.do("payment.record", **again, bill=BILL | {"due_on": "2026-09-01"})


@pytest.mark.parametrize("way", ["held", "endorsed", "discounted"])
def test_a_bill_is_dishonoured_wherever_it_is(teller: Teller, way: str) -> None:
    a = teller.invoice("2026-01-05", "600.00")
    number = _with_bill(teller)
    if way == "endorsed":
        teller.do("bill.endorse", bill=number, date="2026-03-01", to="Supplier")
        assert (teller.account("payable"), teller.account("bills")) == ("500.00", "0.00")
        assert teller.listed("bills", "state", "to", "happened") == [("endorsed", "Supplier", "2026-03-01")]
    if way == "discounted":
        assert teller.refused("bill.discount", bill=number, date="2026-03-01", fee="500.00") == "out_of_range"
        told = teller.do("bill.discount", bill=number, date="2026-03-01", fee="12.50")
        assert told["received"] == "487.50"
        assert (teller.account("bank"), teller.account("finance_cost")) == ("487.50", "12.50")
    assert teller.open("2026-07-31") == {a: "100.00"}
    if way != "held":
        assert teller.refused("bill.dishonour", bill=number, date="2026-02-28", **WHY) == "date_order"
    teller.do("bill.dishonour", bill=number, date="2026-08-01", reason="no cover")
    assert teller.listed("bills", "state") == [("dishonoured",)]
    assert (teller.open("2026-08-01"), teller.owes("2026-07-31")) == ({a: "600.00"}, "100.00")
    assert (teller.account("bills"), teller.account("payable")) == ("0.00", "0.00")
    # the bank takes the whole amount back, and keeps its discount
    assert teller.account("bank") == ("-12.50" if way == "discounted" else "0.00")
    assert teller.refused("bill.dishonour", bill=number, date="2026-08-02", **WHY) == "reversed"


def test_the_list_finds_the_bills_that_fall_due(teller: Teller) -> None:
    for number, due in enumerate(("2026-12-30", "2027-01-07", "2027-01-08")):
        _with_bill(teller, number=f"B{number}", due_on=due)
    gone = _with_bill(teller, number="B9", due_on="2026-12-31")
    teller.do("bill.collect", bill="B9", date="2026-12-31")
    assert gone
    assert teller.listed("bills", "bill", expression="state = held and due <= today+7") == [("B0",), ("B1",)]


def test_a_recovery_is_taken_back(teller: Teller) -> None:
    a = teller.invoice("2026-01-05", "100.00")
    lost = teller.do("writeoff.record", invoice=a, amount="100.00", date="2026-02-01", ground="death", **WHY)[
        "number"
    ]
    got = teller.do("writeoff.recover", writeoff=lost, amount="70.00", date="2026-03-01")["number"]
    assert teller.refused("writeoff.reverse", writeoff=lost, **WHY) == "in_use"
    assert teller.refused("writeoff.recovery_reverse", recovery=got, date="2026-02-28", **WHY) == "date_order"
    told = teller.do("writeoff.recovery_reverse", recovery=got, date="2026-03-05", reason="bounced")
    assert told == {"number": got, "date": "2026-03-05", "left": "100.00"}
    assert (teller.account("other_income"), teller.account("bank")) == ("0.00", "0.00")
    assert teller.refused("writeoff.recovery_reverse", recovery=got, **WHY) == "already_reversed"
    assert teller.refused("writeoff.reverse", writeoff=lost, date="2026-03-04", **WHY) == "date_order"
    teller.do("writeoff.recover", writeoff=lost, amount="100.00", date="2026-03-06")
    assert len(teller.lines("2026-12-31")) == 2  # the customer's account knows nothing of recoveries


def test_a_payment_is_moved_to_another_invoice(teller: Teller) -> None:
    a, b = teller.invoice("2026-01-05", "100.00"), teller.invoice("2026-01-06", "80.00")
    pay = teller.pay("2026-01-10", "100.00", [{"invoice": a, "amount": "100.00"}])["number"]
    move = {"payment": pay, "from": a, "to": b}
    assert teller.refused("payment.reallocate", **move, date="2026-02-01") == "over_allocated"
    assert teller.refused("payment.reallocate", **move, amount="1.00", date="2026-01-09") == "date_order"
    assert teller.refused("payment.reallocate", **(move | {"to": a}), amount="1.00") == "invalid_choice"
    told = teller.do("payment.reallocate", **move, amount="80.00", date="2026-02-01")
    assert (told["from"]["open"], told["to"]["open"]) == ("80.00", "0.00")
    assert (teller.open("2026-01-31"), teller.open("2026-02-01")) == ({b: "80.00"}, {a: "80.00"})
    c = teller.invoice("2026-01-07", "80.00")
    move["to"] = c
    assert teller.refused("payment.reallocate", **move, amount="20.01", date="2026-02-02") == "over_released"
    assert teller.owes("2026-02-01") == "160.00"


def test_cash_is_rounded(teller: Teller) -> None:
    a, b = teller.invoice("2026-01-05", "100.03"), teller.invoice("2026-01-06", "50.07")
    given = {"customer": "C001", "date": "2026-01-10", "method": "cash"}
    assert teller.refused("payment.record", **given, amount="100.00", rounding="0.03") == "invalid_choice"
    teller.do("company.update", cash_rounding="0.10")
    assert teller.refused("payment.record", **given, amount="100.03", rounding="0.03") == "out_of_range"
    assert teller.refused("payment.record", **given, amount="100.00", rounding="0.10") == "out_of_range"
    assert (
        teller.refused("payment.record", **(given | {"method": "bank"}), amount="100.00", rounding="0.03")
        == "invalid_choice"
    )
    less = teller.do(
        "payment.record",
        **given,
        amount="100.00",
        rounding="0.03",
        allocate=[{"invoice": a, "amount": "100.03"}],
    )
    more = teller.do(
        "payment.record",
        **given,
        amount="50.10",
        rounding="-0.03",
        allocate=[{"invoice": b, "amount": "50.07"}],
    )
    assert (less["credit"], more["credit"], teller.owes("2026-01-10")) == ("0.00", "0.00", "0.00")
    assert (teller.account("cash"), teller.account("rounding")) == ("150.10", "0.00")
    assert teller.lines("2026-01-31")[2:] == [
        ("01-10", "payment", "-100.00", "50.10"),
        ("01-10", "rounding", "-0.03", "50.07"),
        ("01-10", "payment", "-50.10", "-0.03"),
        ("01-10", "rounding", "0.03", "0.00"),
    ]
    teller.do("payment.reverse", payment=more["number"], date="2026-01-11", **WHY)
    assert teller.open("2026-01-11") == {b: "50.07"}
    assert (teller.account("cash"), teller.account("rounding")) == ("100.00", "0.03")
