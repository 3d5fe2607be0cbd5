"""Red tax invoices, confirmations, re-issue: what each does to bill, fapiao and receivable."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.models import money
from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, fapiao_facts, use_cases
from crmdesk.services.book import Book
from tests.services.test_fapiao import LINE, OTHER, bill, clean, digits, dump, refused, run


@pytest.fixture
def shop(book: Book) -> Book:
    run(book, "customer.create", code="A", name="上海鼎晟贸易有限公司", tax_number="91350100M000100Y43")
    run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE, OTHER], number="B1")
    run(book, "invoice.issue", customer="A", date="2026-06-02", lines=[LINE], number="B2")
    run(book, "fapiao.record", customer="A", invoices=[{"invoice": "B1"}, {"invoice": "B2"}], number=digits(1),
        date="2026-06-05")  # fmt: skip
    return book


def opens(book: Book) -> dict[str, int]:
    """What is open by number."""
    with book.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT d.number, o.open_minor FROM open_item o JOIN document d ON d.id = o.document_id"
        )
        return dict(tuple(row) for row in rows)


def test_a_return_posts_a_credit_note_for_each_bill(shop: Book) -> None:
    run(shop, "payment.record", customer="A", date="2026-06-08", amount="300.00", allocate=[
        {"invoice": "B2", "amount": "300.00"}])  # fmt: skip
    made = run(shop, "fapiao.red", fapiao=digits(1), reason="return", number=digits(2), date="2026-06-10",
               invoices=[{"invoice": "B2", "amount": "113.00"}, {"invoice": "B1", "amount": "75.33"}])  # fmt: skip
    assert made["total"] == "-188.33"
    assert len(made["credits"]) == 2
    left = opens(shop)
    assert left["B1"] == 300_00, "applied to it"
    assert "B2" not in left, "39.00 was open: applied"
    assert left[made["credits"][0]] == 74_00, "the rest of it is the customer's"
    assert (bill(shop, "B1").issued_minor, bill(shop, "B1").uninvoiced_minor) == (300_00, 0)
    clean(shop)


def test_net_and_tax_of_credit_notes_are_those_of_the_red_one(shop: Book) -> None:
    made = run(shop, "fapiao.red", fapiao=digits(1), reason="allowance", number=digits(2), amount="0.07")
    rest = run(shop, "fapiao.red", fapiao=digits(1), reason="ended", number=digits(3))
    assert (made["total"], rest["total"]) == ("-0.07", "-714.26")
    with shop.read() as connection:
        red = connection.exec_driver_sql(
            "SELECT sum(net_minor), sum(tax_minor) FROM fapiao WHERE color='red'"
        ).one()
        credit = connection.exec_driver_sql(
            "SELECT sum(net_minor), sum(tax_minor) FROM document WHERE kind='credit'"
        ).one()
        blue = connection.exec_driver_sql("SELECT net_minor, tax_minor FROM fapiao WHERE color='blue'").one()
    assert tuple(credit) == tuple(blue) == tuple(-amount for amount in red)
    assert opens(shop) == {}
    assert refused(shop, "fapiao.red", fapiao=digits(1), reason="return", number=digits(4)) == "over_reversed"
    clean(shop)


def test_wrong_details_move_the_link_and_nothing_else(shop: Book) -> None:
    run(shop, "payment.record", customer="A", date="2026-06-08", amount="500.00", allocate="oldest")
    before = opens(shop)
    done = run(shop, "fapiao.reissue", fapiao=digits(1), reason="tax number", number=digits(2),
               new={"number": digits(3), "kind": "special"})  # fmt: skip
    assert (done["red"]["total"], done["new"]["total"]) == ("-714.33", "714.33")
    assert opens(shop) == before, "no receivable changed"
    assert bill(shop, "B1").issued_minor == 375_33
    with shop.read() as connection:
        chains = [
            [(link.number, link.color, link.state) for link in fapiao_facts.chain(connection, record_id)]
            for record_id in (
                fapiao_facts.find(connection, digits(1)) or 0,
                done["red"]["fapiao"],
                done["new"]["fapiao"],
            )
        ]
    assert (
        chains[0]
        == chains[1]
        == chains[2]
        == [
            (digits(1), "blue", "all_red"),
            (digits(2), "red", "valid"),
            (digits(3), "blue", "valid"),
        ]
    )
    clean(shop)


def test_used_or_booked_needs_a_confirmation(shop: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    red = {
        "fapiao": digits(1),
        "reason": "return",
        "number": digits(2),
        "amount": "100.00",
        "buyer_booked": True,
    }
    assert refused(shop, "fapiao.red", **red) == "confirmation_required"
    slip = run(shop, "red_confirmation.open", fapiao=digits(1), by="buyer", reason="return", amount="100.00")[
        "number"
    ]
    assert refused(shop, "fapiao.red", **red, confirmation=slip) == "state_refused", "still waiting"
    run(shop, "red_confirmation.confirm", confirmation=slip)
    assert refused(shop, "fapiao.red", **{**red, "amount": "99.00"}, confirmation=slip) == "total_differs"
    assert refused(shop, "fapiao.red", **{**red, "reason": "ended"}, confirmation=slip) == "no_match"
    run(shop, "fapiao.red", **red, confirmation=slip)
    assert refused(shop, "fapiao.red", **{**red, "number": digits(5)}, confirmation=slip) == "state_refused"
    late = run(shop, "red_confirmation.open", fapiao=digits(1), reason="ended")["number"]
    monkeypatch.setenv("CRMDESK_TODAY", "2026-07-04")
    assert refused(shop, "red_confirmation.confirm", confirmation=late) == "state_refused", (
        "72 hours are over"
    )
    with shop.read() as connection:
        states = {slip.number: slip.state for slip in fapiao_facts.confirmations(connection)}
    assert states == {slip: "used", late: "expired"}
    for end in ("refuse", "withdraw"):
        ended = run(shop, "red_confirmation.open", fapiao=digits(1), reason="ended")["number"]
        run(shop, f"red_confirmation.{end}", confirmation=ended, reason="agreed otherwise")
        assert refused(shop, "red_confirmation.confirm", confirmation=ended) == "state_refused"
    clean(shop)


def test_confirmations_promise_no_more_than_the_original(shop: Book) -> None:
    """Σ of what is red and of the confirmations that may still be used ≤ the original."""
    whole = {"fapiao": digits(1), "reason": "return"}
    with shop.read() as connection:
        total = connection.exec_driver_sql("SELECT SUM(net_minor + tax_minor) FROM fapiao_part").scalar_one()
    first = run(shop, "red_confirmation.open", **whole, amount="100.00")["number"]
    with pytest.raises(CrmdeskError, match=first) as caught:
        run(shop, "red_confirmation.open", **whole)
    assert (caught.value.code, caught.value.field) == ("over_reversed", "amount")
    rest = money.plain(total - 100_00, "CNY")
    assert f"only {rest} may still" in str(caught.value)
    second = run(shop, "red_confirmation.open", **whole, amount=rest)["number"]
    assert refused(shop, "red_confirmation.open", **whole, amount="0.01") == "over_reversed"
    run(shop, "red_confirmation.confirm", confirmation=second)
    assert refused(shop, "red_confirmation.open", **whole, amount="0.01") == "over_reversed", "not used yet"
    run(shop, "red_confirmation.withdraw", confirmation=first, reason="agreed otherwise")
    run(shop, "red_confirmation.open", **whole, amount="100.00")
    run(shop, "fapiao.red", **whole, number=digits(2), amount=rest, confirmation=second)
    assert refused(shop, "red_confirmation.open", **whole, amount="0.01") == "over_reversed", "used, and red"
    clean(shop)


def test_a_credit_note_may_come_before_its_red_one(shop: Book) -> None:
    line = {"description": "x", "quantity": "1", "unit_price": "50.00", "tax_rate": "0.13"}
    note = run(shop, "credit.issue", customer="A", invoice="B2", lines=[line], reason="damaged")["number"]
    assert bill(shop, "B2").over_invoiced_minor == 56_50
    red = {"fapiao": digits(1), "reason": "allowance", "number": digits(2), "credit": note}
    assert refused(shop, "fapiao.red", **red, amount="56.50") == "no_match", "over both bills"
    part = {"invoices": [{"invoice": "B2", "amount": "56.50"}]}
    assert refused(shop, "fapiao.red", **{**red, "reason": "wrong_details"}, **part) in (
        "invalid_choice",
        "no_match",
    )
    assert run(shop, "fapiao.red", **red, **part)["credits"] == [note]
    assert refused(shop, "fapiao.red", **{**red, "number": digits(3)}, **part) == "no_match", "used once"
    assert bill(shop, "B2").over_invoiced_minor == 0
    clean(shop)


def test_a_red_paper_one_voided_gives_its_original_back(shop: Book) -> None:
    run(shop, "invoice.issue", customer="A", date="2026-06-02", lines=[LINE], number="B3")
    asked = run(shop, "fapiao.request", customer="A", medium="paper", invoices=[{"invoice": "B3"}])["number"]
    paper = {"code": "1234567890", "date": "2026-06-20"}
    run(shop, "fapiao.issue", request=asked, number="00000001", **paper)
    run(shop, "fapiao.reissue", fapiao="00000001", reason="title", number="00000002", **paper,
        new={"number": "00000003", "code": "1234567890"})  # fmt: skip
    for number in ("00000001", "00000002"):
        assert refused(shop, "fapiao.void", fapiao=number, reason="no") == "in_use"
    for number in ("00000003", "00000002", "00000001"):
        run(shop, "fapiao.void", fapiao=number, reason="all a mistake")
        clean(shop)
    assert bill(shop, "B3").requested_minor == 339_00
    run(shop, "fapiao.issue", request=asked, number="00000004", **paper)
    clean(shop)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "request",
                "issue",
                "record",
                "red",
                "reissue",
                "void",
                "credit",
                "refuse",
                "pay",
                "confirm",
                "bill",
            ]
        ),
        st.integers(0, 5),
        st.integers(1, 400_00),
    ),
    max_size=14,
)


@settings(max_examples=25)
@given(moves=MOVES)
def test_any_series_keeps_the_identities(
    moves: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("series")
    with Book.create(Path(folder) / "x.crmdesk", name="X", country="CN", currency="CNY") as book:
        run(book, "customer.create", code="A", name="A", tax_number="91350100M000100Y43")
        run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE, OTHER], number="B0")
        numbers = iter(range(1, 1000))
        issued: list[str] = []
        for name, pick, amount in moves:
            before = dump(book)
            try:
                step(book, name, pick, f"{amount // 100}.{amount % 100:02d}", numbers, issued)
            except CrmdeskError:
                assert dump(book) == before
        found = check.run(book)
        assert found["clean"], found["violations"]


def step(book: Book, name: str, pick: int, amount: str, numbers: Any, issued: list[str]) -> None:
    """One move; whatever it names may be impossible."""
    fresh = f"{next(numbers):08d}"
    code = {"code": "1234567890"}
    old = issued[pick % len(issued)] if issued else "none"
    some = [{"invoice": "B0", "amount": amount}]
    reasons = ("return", "allowance", "ended", "wrong_details")
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "request": ("fapiao.request", {"customer": "A", "medium": "paper", "invoices": some}),
        "issue": ("fapiao.issue", {"request": f"FR-2026-{pick + 1:04d}", "number": fresh, **code}),
        "record": ("fapiao.record", {"customer": "A", "medium": "paper", "invoices": some, "number": fresh, **code}),
        "red": ("fapiao.red", {"fapiao": old, "reason": reasons[pick % 4], "number": fresh, **code,
                               **({} if pick % 4 == 3 else {"amount": amount})}),
        "reissue": ("fapiao.reissue", {"fapiao": old, "reason": "title", "number": fresh, **code,
                                       "new": {"number": f"{next(numbers):08d}", **code}}),
        "void": ("fapiao.void", {"fapiao": old, "reason": "torn"}),
        "credit": ("credit.issue", {"customer": "A", "invoice": "B0", "reason": "x", "lines": [
            {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0.13", "tax_included": True}]}),
        "refuse": ("fapiao.refuse", {"request": f"FR-2026-{pick + 1:04d}", "reason": "no"}),
        "pay": ("payment.record", {"customer": "A", "amount": amount, "allocate": "oldest"}),
        "confirm": ("red_confirmation.open", {"fapiao": old, "reason": "return", "amount": amount}),
        "bill": ("invoice.void", {"invoice": "B0", "reason": "x"}),
    }  # fmt: skip
    use_case, arguments = calls[name]
    result = use_cases.run(book, use_case, arguments)
    if "fapiao" in result:
        issued.append(result["number"])
    if "new" in result:
        issued.extend((result["red"]["number"], result["new"]["number"]))


def test_the_same_in_one_atomic_unit(shop: Book) -> None:
    with shop.write("test") as unit:
        for use_case, arguments in (
            ("fapiao.red", {"fapiao": digits(1), "reason": "return", "number": digits(2), "amount": "10.00"}),
            ("fapiao.reissue", {"fapiao": digits(1), "reason": "title", "number": digits(3),
                                "new": {"number": digits(4)}}),
        ):  # fmt: skip
            use_cases.perform(unit, use_case, arguments)
        with contextlib.suppress(CrmdeskError):
            use_cases.perform(unit, "invoice.void", {"invoice": "B1", "reason": "x"})
        unit.finish("test", {})
    clean(shop)


def test_the_story_in_the_batch_language(tmp_path: Path) -> None:
    import json
    import subprocess
    import sys

    def crmdesk(*arguments: str, given: str = "") -> str:
        command = [sys.executable, "-m", "crmdesk", *arguments]
        done = subprocess.run(command, capture_output=True, check=False, text=True, input=given, timeout=60)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    path = str(tmp_path / "x.crmdesk")
    crmdesk("new", path, "--name", "X")
    story = [
        {"do": "customer.create", "code": "A", "name": "A", "tax_number": "91350100M000100Y43"},
        {"do": "invoice.issue", "ref": "b", "customer": "A", "date": "2026-06-01", "lines": [LINE]},
        {"do": "fapiao.request", "ref": "r", "customer": "A", "kind": "special", "invoices": [{"invoice": "@b"}]},
        {"do": "fapiao.issue", "ref": "f", "request": "@r", "number": digits(1), "date": "2026-06-02"},
        {"do": "red_confirmation.open", "ref": "c", "fapiao": "@f", "reason": "wrong_details"},
        {"do": "red_confirmation.confirm", "confirmation": "@c"},
        {"do": "fapiao.reissue", "fapiao": "@f", "reason": "title", "number": digits(2), "buyer_booked": True,
         "confirmation": "@c", "new": {"number": digits(3)}},
        {"do": "fapiao.red", "fapiao": digits(3), "reason": "return", "number": digits(4), "amount": "39.00"},
    ]  # fmt: skip
    told = crmdesk("apply", path, "-", given="\n".join(map(json.dumps, story)))
    assert all(json.loads(answer)["ok"] for answer in told.splitlines())
    assert json.loads(crmdesk("list", "fapiao", path))["total"] == 4
    assert (
        json.loads(crmdesk("report", "uninvoiced", path, "--by", "invoice"))["rows"][0]["invoiced"]
        == "300.00"
    )
    crmdesk("print", "fapiao-request", "FR-2026-0001", path, "--out", str(tmp_path / "r.pdf"))
    assert json.loads(crmdesk("check", path, "--json"))["clean"]


def test_what_was_credited_in_full_is_not_called_invoiced(shop: Book) -> None:
    run(shop, "fapiao.red", fapiao=digits(1), reason="return", number=digits(2))
    with pytest.raises(CrmdeskError) as caught:
        run(shop, "fapiao.request", customer="A", invoices=[{"invoice": "B2"}])
    assert (caught.value.code, caught.value.message) == (
        "over_invoiced",
        "B2 was credited in full; nothing of it is left to be invoiced.",
    )
