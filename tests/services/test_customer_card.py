"""What the window shows of one customer: balances by age, parts, timeline in plain words, several in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk import text
from crmdesk.models.errors import Cancelled, Code, CrmdeskError, NotFound
from crmdesk.services import customer_card, customer_history, several, use_cases
from crmdesk.services.book import Book
from crmdesk.services.customer_card import Card

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    text.use_language("en")
    with Book.create(tmp_path / "shop.db", name="Shop") as made:
        yield made


@pytest.fixture
def do(book: Book) -> Do:
    def run(use_case: str, /, **arguments: Any) -> dict[str, Any]:
        return use_cases.run(book, use_case, arguments, actor="Li")

    return run


def bill(do: Do, customer: str, amount: str, on: str, **more: Any) -> str:
    line = {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]


def card(book: Book, code: str) -> Card:
    with book.read() as connection:
        found = customer_card.id_of(connection, code)
        assert found is not None
        return customer_card.load(connection, found)


def titles(book: Book, code: str) -> list[tuple[str, str]]:
    with book.read() as connection:
        found = customer_card.id_of(connection, code)
        assert found is not None
        return [(event.title, event.detail) for event in customer_history.timeline(connection, found)]


def test_balances_stand_by_currency_the_customers_own_first(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A", currency="USD", credit_limit="50.00")
    bill(do, "A", "10", "2026-06-01", due="2026-06-20")
    bill(do, "A", "7", "2026-06-01", currency="CNY")
    found = card(book, "A")
    assert [(row.currency, row.total_minor) for row in found.balances] == [("USD", 1000), ("CNY", 700)]
    assert found.days_late == 29, "the one without terms is due on its own date"
    assert (found.currency, found.credit_limit_minor) == ("USD", 5000)
    assert found.document_count == 2


def test_confirmation_slips_are_shown_of_the_customer(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A")
    do("customer.create", code="B", name="B")
    bill(do, "A", "100", "2026-04-01")
    assert card(book, "A").confirmation is None
    do("statement.confirm", customer="A", as_of="2026-05-31", date="2026-06-03", note="by post")
    slip = card(book, "A").confirmation
    assert slip is not None
    assert (slip.as_of, slip.is_agreed, slip.balance_minor) == (date(2026, 5, 31), True, 10_000)
    do("statement.confirm", customer="A", as_of="2026-06-30", result="differs", difference="-5.00")
    slip = card(book, "A").confirmation
    assert slip is not None, "the newest one"
    assert (slip.is_agreed, slip.difference_minor) == (False, -500)
    assert [title for title in titles(book, "A") if "Statement" in title[0]] == [
        ("Statement as at 2026-06-30 differs", ""),
        ("Statement as at 2026-05-31 confirmed", "by post"),
    ]
    assert card(book, "B").confirmation is None


def test_a_customer_without_documents_has_an_empty_balance(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A")
    found = card(book, "A")
    assert [(row.currency, row.total_minor) for row in found.balances] == [("CNY", 0)]
    assert (found.days_late, found.document_count, found.credit_limit_minor) == (0, 0, None)


def test_what_is_settled_or_not_due_is_not_late(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A")
    bill(do, "A", "10", "2026-05-01")
    bill(do, "A", "10", "2026-05-02", due="2026-07-30")
    do("payment.record", customer="A", date="2026-06-01", amount="10", allocate="oldest")
    assert card(book, "A").days_late == 0


def test_parts_and_groups_come_along_the_primary_one_first(book: Book, do: Do) -> None:
    do(
        "customer.create",
        code="A",
        name="A",
        contacts=[{"name": "one"}, {"name": "two", "primary": True}],
        addresses=[{"city": "杭州市", "street": "1"}],
        categories=[{"dimension": "行业", "path": "零售/线上"}],
        tags=["old"],
    )
    do("tag.recolour", tag="old", colour="warn")
    found = card(book, "A")
    assert [(part.values["name"], part.is_primary) for part in found.parts["contact"]] == [
        ("two", True),
        ("one", False),
    ]
    assert found.parts["address"][0].values["city"] == "杭州市"
    assert found.parts["billing_profile"] == ()
    assert found.categories == (("行业", "零售/线上"),)
    assert [(tag.name, tag.tone) for tag in found.tags] == [("old", "warn")]


def test_a_customer_that_is_gone_is_said_to_be_gone(book: Book) -> None:
    with book.read() as connection, pytest.raises(NotFound) as caught:
        customer_card.load(connection, 999)
    assert caught.value.code is Code.CUSTOMER_MISSING


def test_the_timeline_tells_what_was_changed(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A", phone="1", level="B")
    do("customer.update", customer="A", phone="2", clear=["level"])
    contact = do("contact.add", customer="A", name="Wang")["contact"]
    do("contact.update", contact=contact, role="boss")
    do("contact.remove", contact=contact)
    do("category.create", dimension="行业", path="零售")
    do("category.assign", dimension="行业", path="零售", customer="A")
    do("category.unassign", dimension="行业", path="零售", customer="A")
    do("tag.add", tag="VIP", customer="A")
    do("customer.deactivate", customer="A")
    do("customer.activate", customer="A")
    assert titles(book, "A") == [
        ("Activated again", "Li"),
        ("Deactivated", "Li"),
        ("Tag added: VIP", "Li"),
        ("Taken out of 零售", "行业 · Li"),
        ("Put into 零售", "行业 · Li"),
        ("Contact removed: Wang", "Li"),
        ("Contact changed", "Role: — → boss · Li"),
        ("Contact added: Wang", "Li"),
        ("Details changed", "Phone: 1 → 2 · Level: B → — · Li"),
        ("Customer created", "Li"),
    ]


def test_the_timeline_of_one_customer_holds_nothing_of_another(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A")
    do("customer.create", code="B", name="B")
    do("customer.update", customer="B", phone="2")
    bill(do, "B", "5", "2026-06-01")
    assert titles(book, "A") == [("Customer created", "Li")]


def test_payments_name_what_they_settle_and_reversals_are_told(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A", terms_days=30)
    for day in range(1, 6):
        bill(do, "A", "10", f"2026-05-0{day}")
    number = do(
        "payment.record", customer="A", date="2026-06-01", amount="50", method="cash", allocate="oldest"
    )
    found = dict(titles(book, "A"))
    assert found["Payment RC-2026-0001"] == (
        "Cash · settles INV-2026-0001, INV-2026-0002, INV-2026-0003 and 2 more"
    )
    assert found["Invoice INV-2026-0005"] == "due 2026-06-04"
    do("payment.reverse", payment=number["number"], date="2026-06-02", reason="bounced")
    found = dict(titles(book, "A"))
    assert found["Payment RC-2026-0001 reversed"] == "bounced"
    assert found["Payment RC-2026-0001"] == "Cash", "a reversed payment settles nothing"


def test_papers_show_what_is_open_and_what_was_taken_back(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A")
    bill(do, "A", "10", "2026-05-01")
    voided = bill(do, "A", "20", "2026-05-02")
    do("invoice.void", invoice=voided, date="2026-05-03", reason="typing error")
    do("payment.record", customer="A", date="2026-05-04", amount="4", allocate="oldest")
    with book.read() as connection:
        found = customer_history.papers(connection, card(book, "A").id)
    assert [(paper.number, paper.open_minor, paper.is_reversed) for paper in found] == [
        ("RC-2026-0001", None, False),
        (voided, None, True),
        ("INV-2026-0001", 600, False),
    ]
    assert found[0].dated_on == date(2026, 5, 4)


def test_several_use_cases_are_one_step(book: Book, do: Do) -> None:
    for code in ("A", "B"):
        do("customer.create", code=code, name=code)
    requests = [{"customer": code} for code in ("A", "B")]
    outcome = several.run(book, "customer.deactivate", requests, actor="Li")
    given = [{"code": code, "is_active": False} for code in ("A", "B")]
    assert outcome.result == {"count": 2, "results": given}
    assert outcome.changes.ids["customer"] == {card(book, "A").id, card(book, "B").id}
    assert not card(book, "A").is_active
    assert titles(book, "B")[0] == ("Deactivated", "Li")


def test_of_several_none_is_done_when_one_is_refused_or_somebody_gives_up(book: Book, do: Do) -> None:
    do("customer.create", code="A", name="A")
    requests = [{"customer": "A"}, {"customer": "nobody"}]
    with pytest.raises(CrmdeskError):
        several.run(book, "customer.deactivate", requests)

    def give_up(done: int, _total: int) -> None:
        if done:
            raise Cancelled(Code.CANCELLED, "Cancelled")

    with pytest.raises(Cancelled):
        several.run(book, "customer.deactivate", [{"customer": "A"}, {"customer": "A"}], step=give_up)
    assert card(book, "A").is_active
    assert len(titles(book, "A")) == 1
