"""Tax invoices of bills in foreign money: written in the book's currency, the bills keep theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import (
    check,
    fapiao_copy,
    fapiao_facts,
    fapiao_lines,
    fapiao_paper,
    fapiao_plan,
    fapiao_red_room,
    fapiao_worth,
    invoiced,
    papers,
    use_cases,
)
from crmdesk.services.book import Book
from crmdesk.services.einvoice import comparing, reading
from crmdesk.services.fapiao_lines import Line
from crmdesk.services.lists import Query, querying

TILES = {"description": "瓷砖", "quantity": "3", "unit_price": "33.35", "tax_rate": "0.13"}
FREIGHT = {"description": "运费", "quantity": "1", "unit_price": "10.07", "tax_rate": "0.09"}
# 100.05 + 13.01 and 10.07 + 0.91 USD: 124.04; at 7.1, line by line: 710.36 + 92.37 and 71.50 + 6.46
NET, TAX, TOTAL = "781.86", "98.83", "880.69"


def run(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="test")


def digits(tail: int) -> str:
    return f"{tail:020d}"


@pytest.fixture
def shop(book: Book) -> Book:
    run(book, "rate.set", currency="USD", date="2026-06-01", rate="7.1")
    run(
        book, "customer.create", code="A", name="Sunrise LLC", tax_number="91350100M000100Y43", currency="USD"
    )
    run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[TILES, FREIGHT], number="U1")
    return book


def clean(book: Book) -> None:
    found = check.run(book)
    assert found["clean"], found["violations"]


def bill(book: Book, number: str = "U1") -> invoiced.Bill:
    with book.read() as connection:
        every = invoiced.bills(connection, lambda column: column.isnot(None))
        return next(one for one in every if one.number == number)


def refused(book: Book, use_case: str, /, **arguments: Any) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        run(book, use_case, **arguments)
    return caught.value


def rows(book: Book, kind: str) -> list[dict[str, Any]]:
    with book.read() as connection:
        query = Query(kind, sort="number")
        return list(querying.rows(connection, query, querying.ids(connection, query)))


def request(book: Book, **more: Any) -> dict[str, Any]:
    return run(book, "fapiao.request", customer="A", invoices=[{"invoice": "U1"}], date="2026-06-10", **more)


def test_it_is_written_in_the_books_currency_and_the_bill_keeps_its_own(shop: Book) -> None:
    asked = request(shop)
    assert (asked["net"], asked["tax"], asked["total"]) == (NET, TAX, TOTAL)
    assert (asked["currency"], asked["billed"]) == (
        "CNY",
        {"currency": "USD", "total": "124.04", "rates": ["7.1"]},
    )
    assert (bill(shop).requested_minor, bill(shop).free_minor) == (124_04, 0)
    made = {"request": asked["number"], "number": digits(1), "date": "2026-06-11"}
    assert refused(shop, "fapiao.issue", **made, total="124.04").code is Code.TOTAL_DIFFERS
    told = run(shop, "fapiao.issue", **made, total=TOTAL)
    assert (told["total"], told["billed"]["total"]) == (TOTAL, "124.04")
    assert (bill(shop).issued_minor, bill(shop).unpaid_minor, bill(shop).currency) == (124_04, 124_04, "USD")
    for kind in ("fapiao", "fapiao_requests"):
        (row,) = rows(shop, kind)
        assert (row["total"], row["currency"], row["bill_currency"]) == (880_69, "CNY", "USD")
        assert row["billed"] == "USD 124.04 × 7.1000"
    clean(shop)


def test_what_is_copied_and_printed_is_what_the_tax_office_sees(shop: Book) -> None:
    number = request(shop, rate="7.05", note="FOB")["number"]
    with shop.read() as connection:
        facts = fapiao_facts.load_request(connection, number)
        paper = fapiao_paper.request(connection, number)
        pdf = papers.pdf(connection, "fapiao-request", [number], language="en").pdf
    copied = dict(fapiao_copy.copy_fields(facts).fields)
    values = list(copied.values())
    assert "705.35" in fapiao_copy.copy_fields(facts).text, "100.05 × 7.05 of the first line"
    assert [one for one in values if "FOB" in one] == ["FOB · USD 124.04 × 7.0500"]
    assert any(one.endswith("元肆角捌分") for one in values), values
    assert (paper.currency, paper.total_minor, paper.billed) == ("CNY", 874_48, "USD 124.04 × 7.0500")
    assert sum(line.net_minor for line in paper.lines) == paper.net_minor
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    for shown in ("874.48", "USD 124.04 × 7.0500"):
        assert shown in text


def test_a_file_is_matched_by_what_the_tax_invoice_says(shop: Book) -> None:
    number = request(shop)["number"]
    read = reading.ReadInvoice(
        "digital_xml", "ordinary", "digital", digits(1), "", date(2026, 6, 11), "", "", "Sunrise LLC",
        "91350100M000100Y43", "CNY", Decimal(NET), Decimal(TAX), Decimal(TOTAL), (),
    )  # fmt: skip
    with shop.read() as connection:
        assert reading.match(connection, read).chosen == number
        compared = comparing.compare(read, fapiao_facts.load_request(connection, number))
    assert all(one.is_same for one in compared)
    run(shop, "fapiao.issue", **reading.issue_arguments(read, number))
    clean(shop)


def test_the_rate_is_the_bills_then_the_tables_unless_it_is_given(shop: Book) -> None:
    run(shop, "rate.set", currency="USD", date="2026-06-09", rate="7.3")
    assert request(shop)["billed"]["rates"] == ["7.1"], "what the ledger carries it at"
    run(shop, "invoice.issue", customer="A", currency="EUR", date="2026-06-01", lines=[TILES], number="E1")
    ask: dict[str, Any] = {"customer": "A", "invoices": [{"invoice": "E1"}], "date": "2026-06-10"}
    for use_case, more in (("fapiao.request", {}), ("fapiao.record", {"number": digits(7)})):
        found = refused(shop, use_case, **ask, **more)
        assert (found.code, found.field) == (Code.RATE_MISSING, "rate")
        assert "E1" in found.message
    with shop.read() as connection:
        plan = fapiao_plan.of_customer(connection, "A", currency="EUR")
    words = fapiao_plan.rate_refusal(plan, "ordinary", [0], date(2026, 6, 10))
    assert words is not None
    assert words.message == refused(shop, "fapiao.request", **ask).message
    assert fapiao_plan.rate_refusal(plan, "receipt", [0], date(2026, 6, 10)) is None
    run(shop, "rate.set", currency="EUR", date="2026-06-10", rate="8")
    assert run(shop, "fapiao.record", **ask, number=digits(8), rate="8.5")["billed"]["rates"] == ["8.5"]
    run(shop, "fapiao.red", fapiao=digits(8), reason="wrong_details", number=digits(9), date="2026-06-10")
    assert run(shop, "fapiao.request", **ask)["billed"]["rates"] == ["8"]
    clean(shop)


def test_bills_keep_a_rate_each(shop: Book) -> None:
    run(shop, "invoice.issue", customer="A", date="2026-06-02", rate="7.2", lines=[FREIGHT], number="U2")
    both = {"customer": "A", "invoices": [{"invoice": "U1"}, {"invoice": "U2"}], "date": "2026-06-10"}
    told = run(shop, "fapiao.record", **both, number=digits(1))
    assert told["billed"]["rates"] == ["7.1", "7.2"]
    (row,) = rows(shop, "fapiao")
    assert row["billed"] == "USD 124.04 × 7.1000 + USD 10.98 × 7.2000"
    clean(shop)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rate": "0"}, "out_of_range"),
        ({"rate": "-7"}, "out_of_range"),
        ({"rate": "0.00000001"}, "out_of_range"),
        ({"rate": "7.12345678901"}, "too_many_decimals"),
        ({"rate": "x"}, "number_unreadable"),
        ({"rate": "7.1", "kind": "receipt"}, "out_of_range"),
        ({"rate": "7.1", "invoices": [{"invoice": "C1"}]}, "out_of_range"),
        ({"invoices": [{"invoice": "U1"}, {"invoice": "C1"}]}, "currency_mixed"),
    ],
)
def test_what_is_refused_says_which_field(shop: Book, change: dict[str, Any], code: str) -> None:
    run(shop, "invoice.issue", customer="A", currency="CNY", date="2026-06-01", lines=[TILES], number="C1")
    ask = {"customer": "A", "invoices": [{"invoice": "U1"}], "date": "2026-06-10"} | change
    found = refused(shop, "fapiao.request", **ask)
    assert str(found.code) == code
    assert found.field == ("invoices[1].invoice" if code == "currency_mixed" else "rate")
    assert rows(shop, "fapiao_requests") == []


def test_a_receipt_says_what_was_billed(shop: Book) -> None:
    asked = request(shop, kind="receipt")
    assert (asked["total"], "billed" in asked) == ("124.04", False)
    (row,) = rows(shop, "fapiao_requests")
    assert (row["currency"], row["billed"]) == ("USD", "")
    clean(shop)


def test_red_and_confirmation_say_both(shop: Book) -> None:
    run(
        shop, "fapiao.record", customer="A", invoices=[{"invoice": "U1"}], number=digits(1), date="2026-06-10"
    )
    slip = run(shop, "red_confirmation.open", fapiao=digits(1), reason="return", amount="24.04")
    run(shop, "red_confirmation.confirm", confirmation=slip["number"])
    red = run(
        shop, "fapiao.red", fapiao=digits(1), reason="return", number=digits(2), date="2026-06-12",
        amount="24.04", confirmation=slip["number"],
    )  # fmt: skip
    assert (slip["amount"], red["total"], red["billed"]["total"]) == ("170.69", "-170.69", "-24.04")
    (note,) = rows(shop, "credits")
    assert (note["total"], note["currency"]) == (24_04, "USD")
    (row,) = rows(shop, "red_confirmations")
    assert (row["total"], row["currency"]) == (170_69, "CNY")
    with shop.read() as connection:
        facts = fapiao_facts.load(connection, fapiao_facts.find(connection, digits(1)) or 0)
    assert (facts.red_minor, facts.home_red_minor) == (24_04, 170_69)
    again = run(
        shop, "fapiao.reissue", fapiao=digits(1), reason="title", number=digits(3), date="2026-06-12",
        new={"number": digits(4)},
    )  # fmt: skip
    assert (again["red"]["total"], again["new"]["total"]) == ("-710.00", "710.00"), "880.69 − 170.69"
    clean(shop)


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE fapiao SET home_total_minor = home_total_minor + 1",
        "UPDATE fapiao SET home_currency = 'EUR'",
        "UPDATE fapiao_part SET home_net_minor = home_net_minor + 1, home_tax_minor = home_tax_minor - 1",
        "UPDATE fapiao_part SET rate = '7.2'",
        "UPDATE fapiao_part SET rate = 'x'",
        "UPDATE fapiao_request_part SET home_tax_minor = home_tax_minor + 1",
        "UPDATE fapiao_request SET home_net_minor = home_net_minor - 1",
        "UPDATE red_confirmation SET home_total_minor = home_total_minor + 100000",
        "UPDATE red_confirmation SET home_currency = 'USD'",
    ],
)
def test_a_changed_amount_is_found(shop: Book, query: str) -> None:
    from crmdesk.services.check_fapiao_home import home_holds

    number = request(shop)["number"]
    run(shop, "fapiao.issue", request=number, number=digits(1), date="2026-06-11")
    run(shop, "red_confirmation.open", fapiao=digits(1), reason="return")
    with shop.write("test") as unit:
        table = query.split()[1]
        for (name,) in unit.connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
        ).all():
            unit.connection.exec_driver_sql(f"DROP TRIGGER {name}")
        unit.connection.exec_driver_sql(query)
        assert {found[0] for found in home_holds(unit.connection)} == {"fapiao_home"}


# Red ones, part after part: never more than the blue one, and exactly it when all is red

MINORS = st.integers(1, 3_000_00)
RATES = st.decimals("0.0001", "900", places=6).map(str)


def lines_at(rate: str, amounts: Sequence[tuple[int, int, str]], currency: str) -> list[Line]:
    return [
        fapiao_worth.at_rate(Line(1 + at % 2, "x", "", "1", "taxed", kind, net, tax), currency, rate, "CNY")
        for at, (net, tax, kind) in enumerate(amounts)
    ]


@settings(max_examples=300)
@given(
    amounts=st.lists(
        st.tuples(MINORS, st.integers(0, 9_000), st.sampled_from(("0.13", "0.09"))), min_size=1, max_size=5
    ),
    rate=RATES,
    currency=st.sampled_from(("USD", "JPY", "KWD")),
    shares=st.lists(st.integers(1, 99), max_size=6),
)
def test_red_parts_come_to_the_blue_one_in_both_currencies(
    amounts: list[tuple[int, int, str]], rate: str, currency: str, shares: list[int]
) -> None:
    blue = lines_at(rate, amounts, currency)
    reds: list[Line] = []
    for share in [*shares, 100]:
        left = fapiao_red_room.merged([*blue, *reds]) if reds else blue
        room = sum(line.amount_minor for line in left)
        wanted = room * share // 100
        if not wanted:
            continue
        parts = fapiao_red_room.capped(fapiao_lines.scaled(left, wanted), left)
        assert sum(line.amount_minor for line in parts) == wanted
        reds += [line.negated() for line in parts]
        after = fapiao_red_room.merged([*blue, *reds])
        assert all(line.home_net_minor >= 0 and line.home_tax_minor >= 0 for line in after)
        assert all(line.home_net_minor <= 0 and line.home_tax_minor <= 0 for line in reds)
    assert fapiao_red_room.merged([*blue, *reds]) == []
    for sums in (fapiao_lines.totals, fapiao_lines.home_totals):
        assert sums(reds) == tuple(-minor for minor in sums(blue))


@settings(max_examples=100)
@given(
    goods=st.lists(MINORS, min_size=1, max_size=4),
    discount=st.integers(1, 99),
    rate=RATES,
    shares=st.lists(st.integers(1, 99), max_size=4),
)
def test_a_discount_line_does_not_let_the_red_ones_above_the_blue_one(
    goods: list[int], discount: int, rate: str, shares: list[int]
) -> None:
    amounts = [(net, 0, "0") for net in goods] + [(-(sum(goods) * discount // 100), 0, "0")]
    blue = [line for line in lines_at(rate, amounts, "USD") if line.net_minor]
    blue = [fapiao_worth.at_rate(line, "USD", rate, "CNY") for line in blue]
    whole = sum(line.home_amount_minor for line in blue)
    if whole < 0:
        return  # refused
    reds: list[Line] = []
    for share in [*shares, 100]:
        left = fapiao_red_room.merged([*blue, *reds]) if reds else blue
        wanted = sum(line.amount_minor for line in left) * share // 100
        if wanted > 0:
            reds += [
                line.negated() for line in fapiao_red_room.capped(fapiao_lines.scaled(left, wanted), left)
            ]
            assert -sum(line.home_amount_minor for line in reds) <= whole
    assert -sum(line.home_amount_minor for line in reds) == whole


MOVES = st.lists(
    st.tuples(
        st.sampled_from(("record", "red", "reissue", "void", "credit", "confirm", "wrong")),
        st.integers(0, 5),
        st.integers(1, 60_00),
        st.sampled_from((None, "7.1234", "6.9")),
    ),
    max_size=12,
)


@settings(max_examples=20)
@given(moves=MOVES)
def test_any_series_keeps_the_sums(
    moves: list[tuple[str, int, int, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Path(tmp_path_factory.mktemp("series"))
    with Book.create(folder / "x.crmdesk", name="X", country="CN", currency="CNY") as book:
        run(book, "customer.create", code="A", name="A", currency="USD")
        run(book, "rate.set", currency="USD", date="2026-01-01", rate="7.0987")
        run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[TILES, FREIGHT], number="U1")
        code = {"code": "1234567890"}
        issued: list[str] = []
        for at, (name, pick, minor, rate) in enumerate(moves):
            number, old = f"{2 * at:08d}", issued[pick % len(issued)] if issued else "none"
            amount = f"{minor // 100}.{minor % 100:02d}"
            part = {"invoice": "U1", "amount": amount}
            use_case, arguments = {
                "record": ("fapiao.record", {"customer": "A", "medium": "paper", "invoices": [part],
                                             "number": number, "rate": rate, **code}),
                "red": ("fapiao.red", {"fapiao": old, "reason": "return", "number": number, "amount": amount, **code}),
                "wrong": ("fapiao.red", {"fapiao": old, "reason": "wrong_details", "number": number, **code}),
                "reissue": ("fapiao.reissue", {"fapiao": old, "reason": "title", "number": number, **code,
                                               "new": {"number": f"{2 * at + 1:08d}", **code}}),
                "void": ("fapiao.void", {"fapiao": old, "reason": "torn"}),
                "credit": ("credit.issue", {"customer": "A", "invoice": "U1", "reason": "x", "lines": [
                    {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0"}]}),
                "confirm": ("red_confirmation.open", {"fapiao": old, "reason": "return", "amount": amount}),
            }[name]  # fmt: skip
            try:
                told = use_cases.run(book, use_case, arguments)
            except CrmdeskError:
                continue
            issued += [
                one["number"] for one in (told, told.get("red", {}), told.get("new", {})) if "fapiao" in one
            ]
        clean(book)
