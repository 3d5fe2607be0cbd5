"""The second model itself against figures worked out by hand: an oracle has to be trusted first."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.model.second_model import Refused, SecondModel
from tests.model.sums import Line, decimal, find_exact, half_up, minor, split, totals

TODAY = date(2026, 6, 30)
JAN, FEB, MAR = "2026-01", "2026-02", "2026-03"


def line(price: str, rate: str = "0.13", **more: Any) -> dict[str, Any]:
    return {"description": "Paint", "quantity": "1", "unit_price": price, "tax_rate": rate} | more


def untaxed(price: str) -> list[dict[str, Any]]:
    return [line(price, "0")]


def shop(rounding: str = "line") -> SecondModel:
    model = SecondModel(TODAY, rounding=rounding)
    model.run("customer.create", {"code": "C001", "name": "上海鼎晟贸易有限公司", "terms_days": 30})
    model.run("customer.create", {"code": "C002", "name": "Other"})
    return model


def invoice(model: SecondModel, on: str, amount: str, customer: str = "C001", **more: Any) -> str:
    return model.run("invoice.issue", {"customer": customer, "date": on, "lines": untaxed(amount), **more})[
        "number"
    ]


def pay(model: SecondModel, on: str, amount: str, allocate: Any = "none", **more: Any) -> dict[str, Any]:
    given = {"customer": "C001", "date": on, "amount": amount, "allocate": allocate}
    return model.run("payment.record", given | more)


def open_of(model: SecondModel, number: str, at: str = "2026-12-31") -> str:
    return decimal(model.documents[number].left_at(date.fromisoformat(at)), "CNY")


def balance(model: SecondModel, at: str) -> str:
    return decimal(model.balance("C001", date.fromisoformat(at)), "CNY")


def refusal(model: SecondModel, do: str, args: dict[str, Any]) -> set[str]:
    with pytest.raises(Refused) as caught:
        model.run(do, args)
    return caught.value.codes


# ------------------------------------------------------------------ arithmetic


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(249, 100), 2),
        (Fraction(1, 2), 1),
        (Fraction(7, 2), 4),
    ],
)
def test_halves_go_away_from_zero(value: Fraction, expected: int) -> None:
    assert half_up(value) == expected


def test_decimal_strings_have_the_digits_of_the_currency() -> None:
    assert [decimal(5, "CNY"), decimal(-5, "CNY"), decimal(1234, "JPY"), decimal(1234, "KWD")] == [
        "0.05",
        "-0.05",
        "1234",
        "1.234",
    ]
    assert (minor("1234.50", "CNY"), minor("1234", "JPY")) == (123450, 1234)
    with pytest.raises(ValueError, match=r"1\.5"):
        minor("1.5", "JPY")


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [1, 1, 1], [1, 0, 0]),
        (10, [1, 2, 4], [1, 3, 6]),
        (0, [3, 4], [0, 0]),
    ],
)
def test_the_largest_remainder_gets_the_odd_cent(total: int, weights: list[int], parts: list[int]) -> None:
    assert split(total, weights) == parts


def test_fifty_lines_of_the_domain_vector() -> None:
    lines = [Line(24167, Fraction("0.20"), "standard", False)] * 50
    assert totals(lines, 0, "line") == (1208350, 241650)
    assert totals(lines, 0, "document") == (1208350, 241670)


@pytest.mark.parametrize(
    ("rate", "net", "tax"), [("0.13", 8850, 1150), ("0.09", 9174, 826), ("0.01", 9901, 99)]
)
@pytest.mark.parametrize("rounding", ["line", "document"])
def test_a_hundred_with_the_tax_in_it(rate: str, net: int, tax: int, rounding: str) -> None:
    assert totals([Line(10000, Fraction(rate), "standard", True)], 0, rounding) == (net, tax)


def test_a_document_discount_is_spread_by_net_before_tax() -> None:
    lines = [
        Line(10000, Fraction("0.13"), "standard", False),
        Line(5000, Fraction("0.06"), "standard", False),
    ]
    # 10.00 off 150.00: 6.67 and 3.33; 93.33 × 13 % = 12.1329, 46.67 × 6 % = 2.8002
    assert totals(lines, 1000, "line") == (14000, 1213 + 280)
    # half of a line without and of a line with its tax in it: 50.00 + 6.50 and 50.00 + 6.50
    mixed = [
        Line(10000, Fraction("0.13"), "standard", False),
        Line(11300, Fraction("0.13"), "standard", True),
    ]
    assert totals(mixed, 10650, "line") == (10000, 1300)


@pytest.mark.parametrize(
    ("opens", "target", "expected"),
    [
        ([100, 200, 300], 200, [1]),
        ([100, 100, 300], 100, "ambiguous"),
        ([100, 250, 300], 550, [1, 2]),
        ([100, 200, 300, 400], 500, "ambiguous"),  # 100 + 400 and 200 + 300
        ([10, 20, 40, 80, 160], 310, [0, 1, 2, 3, 4]),
        ([1, 2, 4, 8, 16, 32], 63, "no_match"),  # six are too many
        ([100, 200], 150, "no_match"),
        ([7] * 60 + [5], 12, "no_match"),  # the 61st is too young for a subset
        ([7] * 60 + [5], 5, [60]),  # but not for being the one
    ],
)
def test_the_exact_match(opens: list[int], target: int, expected: Any) -> None:
    assert find_exact(opens, target) == expected


# ------------------------------------------------------------------ stories


def test_the_story_of_the_command_line_text() -> None:
    model = shop()
    told = model.run(
        "invoice.issue",
        {
            "customer": "C001",
            "date": "2026-01-05",
            "due": "2026-02-04",
            "lines": [
                {
                    "description": "Paint",
                    "quantity": "3",
                    "unit_price": "100.00",
                    "tax_rate": "0.13",
                    "tax_included": False,
                }
            ],
        },
    )
    assert told == {
        "number": "INV-2026-0001",
        "net": "300.00",
        "tax": "39.00",
        "total": "339.00",
        "open": "339.00",
        "due": "2026-02-04",
    }
    paid = pay(model, "2026-01-20", "200.00", "oldest", reference="TX-9")
    assert paid == {
        "number": "RC-2026-0001",
        "allocated": "200.00",
        "credit": "0.00",
        "allocations": [{"invoice": "INV-2026-0001", "amount": "200.00", "open": "139.00"}],
    }
    model.run(
        "payment.release",
        {"payment": "RC-2026-0001", "invoice": "INV-2026-0001", "amount": "50.00", "date": "2026-01-22"},
    )
    assert open_of(model, "INV-2026-0001") == "189.00"
    assert balance(model, "2026-01-22") == "139.00"
    model.run("payment.reverse", {"payment": "RC-2026-0001", "date": "2026-01-25", "reason": "bounced"})
    assert [open_of(model, "INV-2026-0001", f"2026-01-{day}") for day in ("04", "05", "20", "22", "25")] == [
        "0.00",
        "339.00",
        "139.00",
        "189.00",
        "339.00",
    ]
    (shown,) = model.statement("C001", None, date(2026, 1, 31))
    assert [(x["kind"], x["debit"], x["credit"], x["balance"], x["open"]) for x in shown["lines"]] == [
        ("invoice", "339.00", "0.00", "339.00", "339.00"),
        ("payment", "0.00", "200.00", "139.00", None),
        ("payment_reversal", "200.00", "0.00", "339.00", None),
    ]
    (items,) = model.statement("C001", None, date(2026, 1, 31), "open-item")
    assert [x["kind"] for x in items["lines"]] == ["invoice"]
    (then,) = model.statement("C001", date(2026, 1, 10), date(2026, 1, 22))
    assert (then["opening"], then["closing"]) == ("339.00", "139.00")
    assert then["lines"][0]["open"] == "-50.00"


def test_an_allocation_is_limited_by_later_ones() -> None:
    model = shop()
    a = invoice(model, "2026-01-01", "100.00")
    p = pay(model, "2026-01-02", "150.00")["number"]
    model.run("payment.allocate", {"payment": p, "invoice": a, "amount": "60.00", "date": "2026-03-01"})
    too_much = {"payment": p, "invoice": a, "amount": "40.01", "date": "2026-02-01"}
    assert refusal(model, "payment.allocate", too_much) == {"over_allocated"}
    # automatic allocation uses the same limit: 40.00 of the 100.00 open on that day
    assert pay(model, "2026-02-01", "100.00", "oldest")["allocations"] == [
        {"invoice": a, "amount": "40.00", "open": "0.00"}
    ]
    assert open_of(model, a, "2026-02-15") == "60.00"
    early = {"payment": p, "invoice": a, "amount": "1.00", "date": "2026-01-01"}
    assert "date_order" in refusal(model, "payment.allocate", early)


def test_oldest_due_and_later_invoices() -> None:
    model = shop()
    a = invoice(model, "2026-01-02", "50.00", due="2026-04-01")
    b = invoice(model, "2026-01-01", "50.00", due="2026-02-01")
    c = invoice(model, "2026-01-02", "50.00", due="2026-02-01")
    invoice(model, "2026-01-20", "50.00")  # after the payments
    names = lambda told: [(x["invoice"], x["amount"]) for x in told["allocations"]]  # noqa: E731
    assert names(pay(model, "2026-01-10", "60.00", "oldest")) == [(b, "50.00"), (a, "10.00")]
    assert names(pay(model, "2026-01-10", "60.00", "due")) == [(c, "50.00"), (a, "10.00")]
    last = pay(model, "2026-01-10", "100.00", "oldest")
    assert (names(last), last["credit"]) == ([(a, "30.00")], "70.00")


def test_exact_and_auto() -> None:
    model = shop()
    for amount in ("10.00", "25.00", "40.00", "40.00"):
        invoice(model, "2026-01-02", amount)
    assert refusal(
        model,
        "payment.record",
        {"customer": "C001", "date": "2026-01-05", "amount": "40.00", "allocate": "exact"},
    ) == {"ambiguous"}
    assert refusal(
        model,
        "payment.record",
        {"customer": "C001", "date": "2026-01-05", "amount": "41.00", "allocate": "exact"},
    ) == {"no_match"}
    assert [x["invoice"] for x in pay(model, "2026-01-05", "35.00", "auto")["allocations"]] == [
        "INV-2026-0001",
        "INV-2026-0002",
    ]
    assert [x["amount"] for x in pay(model, "2026-01-05", "41.00", "auto")["allocations"]] == [
        "40.00",
        "1.00",
    ]


def test_a_discount_settles_as_if_paid_and_a_fee_is_the_shops() -> None:
    model = shop()
    a = invoice(model, "2026-01-01", "100.00")
    told = pay(model, "2026-01-05", "98.00", "exact", discount="2.00", fee="0.50")
    assert told["allocated"] == "100.00"
    assert (open_of(model, a), balance(model, "2026-01-05")) == ("0.00", "0.00")
    model.run("payment.reverse", {"payment": told["number"], "date": "2026-01-09", "reason": "x"})
    (shown,) = model.statement("C001", None, date(2026, 1, 31))
    assert [(x["kind"], x["debit"], x["credit"]) for x in shown["lines"][1:]] == [
        ("payment", "0.00", "98.00"),
        ("discount", "0.00", "2.00"),
        ("payment_reversal", "98.00", "0.00"),
        ("discount", "2.00", "0.00"),
    ]
    assert shown["closing"] == "100.00"


def test_void_is_dated() -> None:
    model = shop()
    a = invoice(model, "2026-01-01", "100.00")
    p = pay(model, "2026-01-02", "30.00", "oldest")["number"]
    assert refusal(model, "invoice.void", {"invoice": a, "date": "2026-02-01", "reason": "x"}) == {
        "is_allocated"
    }
    model.run("payment.release", {"payment": p, "invoice": a, "date": "2026-02-10"})
    assert refusal(model, "invoice.void", {"invoice": a, "date": "2026-02-09", "reason": "x"}) == {
        "is_allocated"
    }
    model.run("invoice.void", {"invoice": a, "date": "2026-02-10", "reason": "x"})
    assert (open_of(model, a, "2026-02-09"), open_of(model, a, "2026-02-10")) == ("70.00", "0.00")
    assert balance(model, "2026-02-10") == "-30.00"
    b = invoice(model, "2026-03-01", "1.00")
    model.run("invoice.void", {"invoice": b, "date": "2026-03-01", "reason": "x"})
    (shown,) = model.statement("C001", None, date(2026, 3, 31))
    assert [(x["kind"], x["number"]) for x in shown["lines"]] == [("invoice", a), ("payment", p), ("void", a)]
    assert invoice(model, "2026-03-01", "1.00") == "INV-2026-0003"


def test_refund_and_reversal_exclude_each_other() -> None:
    model = shop()
    p = pay(model, "2026-01-02", "30.00")["number"]
    give = {"payment": p, "date": "2026-01-05", "method": "bank", "reason": "x"}
    assert refusal(model, "refund.record", give | {"amount": "30.01"}) == {"over_refunded"}
    number = model.run("refund.record", give | {"amount": "30.00"})["number"]
    assert balance(model, "2026-01-05") == "0.00"
    back = {"payment": p, "date": "2026-01-05", "reason": "x"}
    assert refusal(model, "payment.reverse", back) == {"is_refunded"}
    model.run("refund.reverse", {"refund": number, "date": "2026-01-06", "reason": "x"})
    assert refusal(model, "payment.reverse", back) == {"date_order"}
    model.run("payment.reverse", back | {"date": "2026-01-06"})
    assert balance(model, "2026-01-06") == "0.00"
    assert refusal(model, "payment.reverse", back | {"date": "2026-01-06"}) == {"already_reversed"}


def test_write_off_recovered_is_not_the_customers_business() -> None:
    model = shop()
    a = invoice(model, "2026-01-01", "100.00")
    give_up = {"invoice": a, "date": "2026-02-01", "ground": "other", "reason": "x"}
    assert refusal(model, "writeoff.record", give_up | {"amount": "100.01"}) == {"over_allocated"}
    number = model.run("writeoff.record", give_up | {"amount": "60.00"})["number"]
    assert (number, open_of(model, a), balance(model, "2026-02-01")) == ("WO-2026-0001", "40.00", "40.00")
    model.run("writeoff.recover", {"writeoff": number, "amount": "60.00", "date": "2026-03-01"})
    assert refusal(
        model, "writeoff.recover", {"writeoff": number, "amount": "0.01", "date": "2026-03-01"}
    ) == {"over_recovered"}
    assert balance(model, "2026-03-01") == "40.00"


def test_credit_notes_wait_until_they_are_applied() -> None:
    model = shop()
    a, b = invoice(model, "2026-01-01", "100.00"), invoice(model, "2026-01-01", "50.00")
    red = {"customer": "C001", "invoice": a, "date": "2026-01-10", "reason": "returned"}
    told = model.run("credit.issue", red | {"lines": untaxed("60.00")})
    assert told == {"number": "CN-2026-0001", "total": "60.00", "open": "60.00"}
    assert refusal(model, "credit.issue", red | {"lines": untaxed("40.01")}) == {"over_credited"}
    assert (open_of(model, a), balance(model, "2026-01-10")) == ("100.00", "90.00")
    model.run(
        "credit.apply", {"credit": "CN-2026-0001", "invoice": b, "amount": "50.00", "date": "2026-01-11"}
    )
    assert open_of(model, b) == "0.00"
    (shown,) = model.statement("C001", None, date(2026, 1, 31), "open-item")
    assert [(x["kind"], x["debit"], x["credit"], x["open"]) for x in shown["lines"]] == [
        ("invoice", "100.00", "0.00", "100.00"),
        ("credit", "50.00", "60.00", "-10.00"),
    ]
    assert model.run("credit.issue", red | {"lines": untaxed("40.00"), "apply": True})["open"] == "0.00"
    assert open_of(model, a) == "60.00"


def test_the_lock_holds_every_date() -> None:
    model = shop()
    a = invoice(model, "2026-01-31", "10.00")
    p = pay(model, "2026-01-31", "10.00")["number"]
    model.run("period.lock", {"until": "2026-01-31"})
    dated = {"date": "2026-01-31"}
    for do, args in [
        ("payment.allocate", {"payment": p, "invoice": a, "amount": "1.00"}),  # by default dated inside
        ("invoice.void", {"invoice": a, "reason": "x"} | dated),
        ("payment.reverse", {"payment": p, "reason": "x"} | dated),
        ("opening.record", {"customer": "C001", "amount": "1.00"} | dated),
        ("invoice.issue", {"customer": "C001", "lines": untaxed("1.00")} | dated),
    ]:
        assert refusal(model, do, args) == {"period_locked"}, do
    assert invoice(model, "2026-02-01", "10.00") == "INV-2026-0002"


def test_ageing_at_its_borders() -> None:
    model = shop()
    for due, amount in [
        ("2026-03-31", "1.00"),
        ("2026-03-30", "2.00"),
        ("2026-03-01", "4.00"),
        ("2026-02-28", "8.00"),
        ("2026-01-30", "16.00"),
        ("2026-01-29", "32.00"),
        ("2025-12-31", "64.00"),
        ("2025-12-30", "128.00"),
    ]:
        model.run("opening.record", {"customer": "C001", "date": "2026-03-31", "due": due, "amount": amount})
    model.run("opening.record", {"customer": "C001", "date": "2026-03-31", "amount": "-5.00"})
    row = {
        "not_due": "1.00",
        "buckets": ["6.00", "24.00", "96.00", "128.00"],
        "unallocated": "-5.00",
        "total": "250.00",
    }
    told = model.ageing(date(2026, 3, 31))
    assert told["rows"] == [{"customer": "C001", "name": "上海鼎晟贸易有限公司", "currency": "CNY", **row}]
    assert told["totals"] == {"CNY": row}
    assert told["buckets"] == [[1, 30], [31, 60], [61, 90], [91, None]]
    assert model.ageing(date(2026, 3, 30))["rows"] == []
    by_origin = model.ageing(date(2026, 4, 1), "invoice")["rows"][0]
    assert (by_origin["not_due"], by_origin["buckets"]) == ("0.00", ["255.00", "0.00", "0.00", "0.00"])


def test_reports_forget_nothing_and_show_no_zeros() -> None:
    model = shop()
    invoice(model, "2026-01-01", "10.00", "C002")
    pay(model, "2026-01-02", "10.00", customer="C002")
    assert model.balances(date(2026, 1, 1))["rows"] == [
        {"customer": "C002", "currency": "CNY", "balance": "10.00"}
    ]
    assert model.balances(date(2026, 1, 2))["rows"] == []
    row = model.ageing(date(2026, 1, 2))["rows"][0]  # open 10 and free 10 is not nothing
    assert (row["buckets"][0], row["unallocated"], row["total"]) == ("10.00", "-10.00", "0.00")


def test_series_by_year_of_the_document() -> None:
    model = shop()
    assert [invoice(model, on, "1.00") for on in ("2026-01-01", "2025-12-31", "2026-01-01")] == [
        "INV-2026-0001",
        "INV-2025-0001",
        "INV-2026-0002",
    ]
    refusal(model, "payment.record", {"customer": "C001", "amount": "0.00", "date": "2026-01-01"})
    assert pay(model, "2026-01-01", "1.00")["number"] == "RC-2026-0001"
