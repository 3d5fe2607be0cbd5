"""The batch language as its text promises it, by the command line; what a pipe could change, by a new process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CUSTOMER = {"do": "customer.create", "code": "C001", "name": "上海鼎晟贸易有限公司"}
LINE = {
    "description": "Paint",
    "quantity": "3",
    "unit_price": "100.00",
    "tax_rate": "0.13",
    "tax_included": False,
}
INVOICE = {
    "do": "invoice.issue",
    "ref": "a",
    "customer": "C001",
    "date": "2026-01-05",
    "due": "2026-02-04",
    "lines": [LINE],
}
PAYMENT = {
    "do": "payment.record",
    "ref": "p",
    "customer": "C001",
    "date": "2026-01-20",
    "amount": "200.00",
    "method": "bank",
    "reference": "TX-9",
    "allocate": "oldest",
}


class Shop:
    """A new book and `crmdesk apply` on it by `run`: within this process unless a test says otherwise."""

    def __init__(self, asked: Callable[..., Any], path: Path) -> None:
        self.run, self.asked, self.path = asked, asked, path
        assert asked("new", path, "--name", "Shop", "--language", "en").code == 0

    def apply(self, *lines: dict[str, Any] | str, options: tuple[str, ...] = (), code: int = 0) -> list[Any]:
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        told = self.run("apply", self.path, "-", *options, stdin=text)
        assert told.code == code, told
        return [json.loads(line) for line in told.out.splitlines()]

    def balances(self) -> list[Any]:
        rows = self.asked("report", "balances", self.path, "--json").json["rows"]
        return [(row["customer"], row["balance"]) for row in rows]


@pytest.fixture
def shop(asked: Callable[..., Any], memory_folder: Path) -> Shop:
    return Shop(asked, memory_folder / "shop.crmdesk")


def test_the_example_of_the_text(shop: Shop, crmdesk: Callable[..., Any]) -> None:
    shop.run = crmdesk
    told = shop.apply(
        CUSTOMER,
        INVOICE,
        PAYMENT,
        {"do": "payment.release", "payment": "@p", "invoice": "@a", "amount": "50.00", "date": "2026-01-22"},
        {"do": "payment.reverse", "payment": "@p", "date": "2026-01-25", "reason": "bounced"},
    )
    assert [answer["line"] for answer in told] == [1, 2, 3, 4, 5]
    assert all(answer["ok"] for answer in told)
    assert told[0] == {"line": 1, "ok": True, "result": {"code": "C001"}}
    assert told[1] == {
        "line": 2,
        "ok": True,
        "result": {
            "number": "INV-2026-0001",
            "net": "300.00",
            "tax": "39.00",
            "total": "339.00",
            "open": "339.00",
            "due": "2026-02-04",
        },
    }
    assert shop.balances() == [("C001", "339.00")]


def test_it_stops_at_the_first_refusal_and_keeps_what_was_acknowledged(shop: Shop) -> None:
    wrong = {**PAYMENT, "amount": "0.00"}
    told = shop.apply(CUSTOMER, INVOICE, wrong, PAYMENT, code=1)
    assert [answer["ok"] for answer in told] == [True, True, False]
    assert told[2]["error"]["code"] == "out_of_range"
    assert told[2]["error"]["field"] == "amount"
    assert told[2]["error"]["message"]
    assert shop.balances() == [("C001", "339.00")]
    told = shop.apply(wrong, PAYMENT, options=("--keep-going",), code=1)
    assert [answer["ok"] for answer in told] == [False, True]
    assert shop.balances() == [("C001", "139.00")]


def test_atomic_is_all_or_nothing(shop: Shop) -> None:
    told = shop.apply(CUSTOMER, INVOICE, {**PAYMENT, "amount": "-1.00"}, options=("--atomic",), code=1)
    assert [(answer["line"], answer["ok"]) for answer in told] == [(3, False)]
    assert shop.balances() == []
    told = shop.apply(CUSTOMER, INVOICE, PAYMENT, options=("--atomic",))
    assert [answer["ok"] for answer in told] == [True, True, True]
    assert told[1]["result"]["number"] == "INV-2026-0001"
    assert shop.balances() == [("C001", "139.00")]


def test_a_slip_in_an_atomic_run_sees_what_came_before_it(shop: Shop) -> None:
    slip = {"do": "statement.confirm", "customer": "C001", "as_of": "2026-03-31"}
    told = shop.apply(CUSTOMER, INVOICE, slip, PAYMENT, slip, options=("--atomic",))
    assert [answer["result"]["balance"] for answer in (told[2], told[4])] == ["339.00", "139.00"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({**INVOICE, "colour": "red"}, "unknown_field"),
        ({**INVOICE, "lines": [{**LINE, "colour": "red"}]}, "unknown_field"),
        ({"do": "invoice.paint"}, "unknown_use_case"),
        ({"do": "payment.reverse", "payment": "@nobody", "reason": "x"}, "unknown_ref"),
        ({"do": "payment.reverse", "payment": "RC-1999-0001", "reason": "x"}, "not_found"),
        ("{not json", "malformed_line"),
        ("[1, 2]", "malformed_line"),
        ('"text"', "malformed_line"),
        ('{"do": "payment.record", "customer": "C001", "amount": NaN}', "malformed_line"),
        ({**PAYMENT, "amount": "1.005"}, "too_many_decimals"),
        ({**PAYMENT, "amount": "1e3"}, "number_unreadable"),
        ({**PAYMENT, "amount": "10000000000000.00"}, "amount_too_large"),
        ({**PAYMENT, "date": "2026-02-30"}, "date_invalid"),
        ({**PAYMENT, "allocate": "newest"}, "invalid_choice"),
        ({**INVOICE, "lines": []}, "required"),
        ({**INVOICE, "lines": [{**LINE, "quantity": "0"}]}, "out_of_range"),
        ({**INVOICE, "lines": [{**LINE, "unit_price": "-1.00"}]}, "out_of_range"),
        ({**INVOICE, "lines": [{**LINE, "discount": {"rate": "1.01"}}]}, "out_of_range"),
        ({**INVOICE, "currency": "XXZ"}, "currency_unknown"),
    ],
    ids=str,
)
def test_a_refused_line_says_why_and_changes_nothing(shop: Shop, line: Any, code: str) -> None:
    (_, told) = shop.apply(CUSTOMER, line, code=1)
    assert (told["line"], told["ok"], told["error"]["code"]) == (2, False, code)
    assert told["error"]["message"]
    assert shop.balances() == []


def test_a_key_is_done_once(shop: Shop) -> None:
    keyed = {**INVOICE, "key": "order-7"}
    first = shop.apply(CUSTOMER, keyed)[1]
    assert "repeated" not in first
    again, paid = shop.apply(keyed, {**PAYMENT, "allocate": [{"invoice": "@a", "amount": "39.00"}]})
    assert again == {"line": 1, "ok": True, "result": first["result"], "repeated": True}
    assert paid["result"]["allocations"] == [
        {"invoice": "INV-2026-0001", "amount": "39.00", "open": "300.00"}
    ]
    (other,) = shop.apply({**keyed, "date": "2026-01-06"}, code=1)
    assert other["error"]["code"] == "key_reused"
    assert shop.balances() == [("C001", "139.00")]


def test_a_refused_line_keeps_no_key(shop: Shop) -> None:
    line = {"do": "payment.record", "customer": "C001", "date": "2026-01-20", "amount": "200.00", "key": "k"}
    (told,) = shop.apply(line, code=1)
    assert told["ok"] is False
    told = shop.apply(CUSTOMER, line)
    assert [(answer["ok"], answer.get("repeated")) for answer in told] == [(True, None), (True, None)]


def test_text_is_kept_as_it_came(shop: Shop, crmdesk: Callable[..., Any]) -> None:
    shop.run = crmdesk
    name = "=cmd|'/C calc'!A0 𠮷 \u202e <b>x</b> '; DROP TABLE"
    told = shop.apply({**CUSTOMER, "name": name}, INVOICE)
    assert told[1]["ok"]
    (row,) = shop.asked("report", "ageing", shop.path, "--as-of", "2026-01-31", "--json").json["rows"]
    assert row["name"] == name


def test_blank_lines_and_a_byte_order_mark_are_no_lines(shop: Shop, crmdesk: Callable[..., Any]) -> None:
    shop.run = crmdesk
    told = shop.apply("\ufeff" + json.dumps(CUSTOMER), "", "   ", INVOICE)
    assert [(answer["line"], answer["ok"]) for answer in told] == [(1, True), (4, True)]
