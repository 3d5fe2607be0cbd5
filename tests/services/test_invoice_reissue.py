"""An invoice issued anew: the old one credited, the money on the new one, nothing lost on any date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, document_facts
from crmdesk.services.book import Book
from crmdesk.services.reports import balances
from tests.services.test_fapiao import clean, refused, run
from tests.services.test_fapiao_red import opens


def line(price: str, rate: str = "0.13") -> dict[str, Any]:
    return {"description": "Paint", "quantity": "1", "unit_price": price, "tax_rate": rate}


@pytest.fixture
def shop(book: Book) -> Book:
    run(book, "customer.create", code="A", name="A")
    run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[line("100.00")], number="B1",
        discount={"amount": "7.00"})  # fmt: skip
    run(book, "payment.record", customer="A", date="2026-06-05", amount="60.00", allocate="oldest")
    run(book, "payment.record", customer="A", date="2026-06-06", amount="45.09", allocate="oldest")
    return book


def test_the_money_goes_to_the_new_one(shop: Book) -> None:
    made = run(
        shop, "invoice.reissue", invoice="B1", reason="wrong name", date="2026-06-10", lines=[line("80.00")]
    )
    assert (made["total"], made["open"]) == ("90.40", "0.00")
    assert [entry["amount"] for entry in made["allocations"]] == ["60.00", "30.40"]
    assert sum(opens(shop).values()) == 14_69, "what is left of the second payment"
    with shop.read() as connection:
        from datetime import date

        (before,) = balances.rows(connection, date(2026, 6, 1))
        (after,) = balances.rows(connection, date(2026, 6, 10))
    assert (before.balance_minor, after.balance_minor) == (105_09, -14_69)
    clean(shop)


def test_a_larger_one_stays_open_for_the_rest(shop: Book) -> None:
    made = run(shop, "invoice.reissue", invoice="B1", reason="price", lines=[line("200.00")], number="B2")
    assert (made["number"], made["open"]) == ("B2", "120.91")
    clean(shop)


def test_the_due_date_is_the_old_ones_unless_another_is_given(shop: Book) -> None:
    """Only the paper is new: whoever was late stays as late."""
    run(shop, "customer.update", customer="A", terms_days=30)
    run(
        shop,
        "invoice.issue",
        customer="A",
        date="2026-06-01",
        due="2026-06-05",
        lines=[line("9")],
        number="D1",
    )
    anew = {"reason": "wrong name", "lines": [line("9")], "date": "2026-06-10"}
    assert run(shop, "invoice.reissue", invoice="D1", number="D2", **anew)["due"] == "2026-06-05"
    assert (
        run(shop, "invoice.reissue", invoice="D2", number="D3", due="2026-06-05", **anew)["due"]
        == "2026-06-05"
    )
    assert (
        run(shop, "invoice.reissue", invoice="D3", number="D4", due="2026-06-30", **anew)["due"]
        == "2026-06-30"
    )
    assert refused(shop, "invoice.reissue", invoice="D4", due="2026-06-09", **anew) == "date_order"
    clean(shop)


def test_one_over_nothing_is_issued_anew_once(shop: Book) -> None:
    """Its credit note is over 0.00; the chain would fork. (Found by the random histories.)"""
    run(shop, "invoice.issue", customer="A", date="2026-06-01", lines=[line("0.00")], number="FREE")
    run(shop, "invoice.reissue", invoice="FREE", reason="wrong name", lines=[line("0.00")], number="FREE2")
    again = {"invoice": "FREE", "reason": "wrong name", "lines": [line("1.00")]}
    assert refused(shop, "invoice.reissue", **again) == "over_credited"
    run(shop, "invoice.reissue", invoice="FREE2", reason="wrong name", lines=[line("1.00")])
    clean(shop)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": [line("1.00") | {"product": "none"}]}, "not_found"),
        ({"number": "B1"}, "duplicate"),
        ({"date": "2026-05-31"}, "date_order"),
        ({"date": "2026-06-02"}, "is_allocated"),
        ({"due": "2026-06-02"}, "date_order"),
        ({"invoice": "B9"}, "not_found"),
    ],
)
def test_what_cannot_be_issued_leaves_the_old_one(shop: Book, change: dict[str, Any], code: str) -> None:
    arguments = {"invoice": "B1", "reason": "x", "lines": [line("1.00")]} | change
    assert refused(shop, "invoice.reissue", **arguments) == code


def test_the_chain_is_seen_from_all_three(shop: Book) -> None:
    made = run(shop, "invoice.reissue", invoice="B1", reason="x", lines=[line("80.00")], number="B2")
    run(shop, "invoice.reissue", invoice="B2", reason="y", lines=[line("81.00")], number="B3")
    with shop.read() as connection:

        def chain(kind: str, number: str) -> list[str]:
            found = document_facts.find(connection, kind, number)
            assert found is not None
            return [link.number for link in document_facts.load(connection, found).chain]

        assert chain("credit", made["credit"]) == ["B2"]
        assert [chain("invoice", number) for number in ("B1", "B2", "B3")] == [["B2"], ["B1", "B3"], ["B2"]]
    clean(shop)


@pytest.mark.parametrize(("price", "is_taken"), [("94.00", True), ("95.00", False)])
def test_the_credit_limit_counts_without_the_old_one(shop: Book, price: str, is_taken: bool) -> None:
    """B1 is 105.09 and paid; 94.00 + tax is 106.22, beyond what is left of a limit of 1.50 by the money alone."""
    run(shop, "customer.update", customer="A", credit_limit="1.50")
    run(shop, "company.update", credit_policy="refuse")
    wanted: dict[str, Any] = {"invoice": "B1", "reason": "x", "lines": [line(price)]}
    if is_taken:
        assert run(shop, "invoice.reissue", **wanted)["open"] == "1.13"
    else:
        assert refused(shop, "invoice.reissue", **wanted) == "credit_limit"
        assert refused(shop, "invoice.reissue", **wanted, override=True) == "required"
        run(shop, "invoice.reissue", **wanted, override=True, override_reason="boss agreed")
    clean(shop)


def test_under_a_tax_invoice_it_is_refused(shop: Book) -> None:
    run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B1"}], number="1".zfill(20))
    wanted = {"invoice": "B1", "reason": "x", "lines": [line("1.00")]}
    assert refused(shop, "invoice.reissue", **wanted) == "is_invoiced"


def test_credited_or_written_off_it_is_refused(shop: Book) -> None:
    run(shop, "invoice.issue", customer="A", date="2026-06-02", lines=[line("100.00")], number="B2")
    run(shop, "writeoff.record", invoice="B2", amount="3.00", ground="small_difference", reason="x")
    wanted = {"reason": "x", "lines": [line("1.00")]}
    assert refused(shop, "invoice.reissue", invoice="B2", **wanted) == "is_allocated"
    run(shop, "credit.issue", customer="A", invoice="B1", lines=[line("1.00")], reason="x")
    assert refused(shop, "invoice.reissue", invoice="B1", **wanted) == "over_credited"


@settings(max_examples=20)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["pay", "release", "reissue"]), st.integers(1, 30), st.integers(1, 200_00)),
        max_size=8,
    )
)
def test_any_series_is_clean(
    steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("reissue")
    with Book.create(Path(folder) / "x.crmdesk", name="X", country="DE", currency="EUR") as book:
        run(book, "customer.create", code="A", name="A")
        newest = run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[line("100.00")])["number"]
        paid: list[str] = []
        for name, day, minor in steps:
            amount, on = f"{minor // 100}.{minor % 100:02d}", f"2026-06-{day:02d}"
            try:
                if name == "pay":
                    paid.append(
                        run(book, "payment.record", customer="A", amount=amount, date=on, allocate="oldest")[
                            "number"
                        ]
                    )
                elif name == "release" and paid:
                    run(book, "payment.release", payment=paid[-1], invoice=newest, date=on)
                elif name == "reissue":
                    newest = run(
                        book, "invoice.reissue", invoice=newest, reason="x", date=on, lines=[line(amount)]
                    )["number"]
            except CrmdeskError:
                continue
        found = check.run(book)
        assert found["clean"], found["violations"]
