"""Measures of customers: lives through use cases with figures after each step, and what must hold of any of them."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.measures import stage_move
from crmdesk.services import check, lists, rebuild, use_cases
from crmdesk.services.book import Book
from crmdesk.services.measures import evaluation, move_words, reading
from crmdesk.services.measures.recommending import recommend
from crmdesk.services.reports.declared import Options, find
from crmdesk.text import _, translator
from tests.services.small_book import rows

Day = Callable[[str], None]


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="teller")


def refused(book: Book, use_case: str, /, **arguments: Any) -> tuple[Code, str | None]:
    before = rows(book.path)
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    assert rows(book.path) == before
    return caught.value.code, caught.value.field


def bill(book: Book, customer: str, on: str, price: str = "100", **more: Any) -> str:
    head = {"currency": more.pop("currency")} if "currency" in more else {}
    line = {"description": "x", "quantity": "1", "unit_price": price, "tax_rate": "0.13"} | more
    return do(book, "invoice.issue", customer=customer, date=on, lines=[line], **head)["number"]


def shown(book: Book, expression: str = "", *names: str) -> dict[str, Any]:
    answer = lists.as_json(book, "customers", filter=expression)
    return {row["code"]: tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]
            for row in answer["rows"]}  # fmt: skip


def moves(book: Book, code: str) -> list[tuple[str, ...]]:
    """The history of a customer's stages, newest first."""
    columns = stage_move.c
    query = (
        select(columns.before, columns.after, columns.way, columns.reason)
        .join(customer, customer.c.id == columns.customer_id)
        .where(customer.c.code == code)
        .order_by(columns.id.desc())
    )
    with book.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def clean(book: Book) -> None:
    found = check.run(book)
    assert found["clean"], found["violations"]


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    return lambda text: monkeypatch.setenv("CRMDESK_TODAY", text)


def test_the_life_of_a_customer(book: Book, day: Day) -> None:
    day("2024-01-01")
    do(book, "customer.create", code="A", name="A")
    do(book, "customer.create", code="B", name="B")
    assert shown(book, "", "life_stage") == {"A": None, "B": None}, (
        "nothing is kept before the first reckoning"
    )
    assert do(book, "measure.evaluate") == {"customers": 2, "changed": 2, "moved": 0, "fitted": False}
    assert shown(book, "", "life_stage", "lead_score") == {"A": ("potential", 0), "B": ("potential", 0)}
    do(book, "contact.add", customer="B", name="王")
    assert shown(book, "lead_score >= 10", "lead_score") == {"B": 10}
    bill(book, "A", "2024-01-01")
    assert shown(book, "life_stage = new", "purchases", "clv") == {"A": (1, "200.00")}
    for month in range(2, 12):
        day(f"2024-{month:02d}-01")
        bill(book, "A", f"2024-{month:02d}-01", "200")
    assert shown(book, "life_stage = regular", "purchases", "tier") == {"A": (11, 1)}
    day("2025-01-01")
    assert do(book, "measure.evaluate")["moved"] == 1
    assert shown(book, "", "life_stage")["A"] == "loyal", "known for 366 days, ten purchases in the last 365"
    with book.read() as connection:
        found = reading.measures_of(connection, "A")
        risk = found.figure("churn_risk")
    assert risk.value == "medium", "61 days are twice his rhythm, and he buys half as often as in spring"
    with book.read() as connection:
        assert found.figure("frequency").shown == "12.0", "365 × 10 ÷ 305 = 11.97"
        assert found.figure("average").value == 2100_00 // 11 + 1
    day("2025-03-15")
    do(book, "measure.evaluate")
    with book.read() as connection:
        risk = reading.measures_of(connection, "A").figure("churn_risk")
    assert {one.label[:6]: one.points for one in risk.inputs if one.points} == {"Beyond": 3, "Fall o": 2}
    assert risk.reasons == (
        "He buys every 30.5 days (spread 0.7); now 134 days have passed without a purchase.",
        "He bought 67 % less than in the half of the window before.",
    )
    day("2025-11-02")
    do(book, "measure.evaluate")
    assert shown(book, "life_stage = lost", "churn_risk") == {"A": "high"}
    bill(book, "A", "2025-11-02")
    moves = lists.as_json(book, "stage_moves", search="A")["rows"]
    assert [(row["date"], row["before"], row["after"]) for row in moves] == [
        ("2025-11-02", "lost", "regular"),
        ("2025-11-02", "regular", "lost"),
        ("2025-03-15", "loyal", "regular"),
        ("2025-01-01", "regular", "loyal"),
        ("2024-04-01", "new", "regular"),
        ("2024-01-01", "potential", "new"),
    ]  # fmt: skip
    words = translator(book.settings.language)  # the line stays: it is in the language of the book
    assert [row["reason"] for row in moves] == [
        words(move_words.SINCE_LAST).format(days=0, limit=365),
        words(move_words.SINCE_LAST).format(days=366, limit=365),
        words(move_words.IN_WINDOW).format(count=8, limit=10),
        words(move_words.IN_WINDOW).format(count=10, limit=10),
        words(move_words.SINCE_FIRST).format(days=91, limit=90),
        words(move_words.SINCE_FIRST).format(days=0, limit=90),
    ]
    clean(book)


def test_a_category_given_by_a_rule_is_nothing_new_known_of_a_lead(book: Book, day: Day) -> None:
    """A rule may ask for the score itself; only what somebody said of him counts."""
    day("2024-01-01")
    do(book, "customer.create", code="A", name="A", phone="13800138000")
    do(book, "measure.evaluate")
    do(book, "dimension.create", name="线索")
    for path in ("暖", "老"):
        do(book, "category.create", dimension="线索", path=path)
    do(book, "rule.create", rule="lead_score >= 10", dimension="线索", path="暖")
    do(book, "contact.add", customer="A", name="王")
    assert shown(book, 'category in "线索/暖"', "lead_score") == {"A": 20}
    clean(book)
    do(book, "category.assign", dimension="线索", path="暖", customers=["A"])
    assert shown(book, "", "lead_score") == {"A": 25}, "by hand it counts, though the rule had given it"
    clean(book)


def test_a_stage_set_by_hand_holds(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    do(book, "measure.evaluate")
    do(book, "stage.pin", customer="A", stage="loyal", reason="老朋友")
    bill(book, "A", "2026-06-01")
    do(book, "measure.evaluate")
    assert shown(book, "", "life_stage") == {"A": "loyal"}
    with book.read() as connection:
        found = reading.measures_of(connection, "A")
    assert found.pinned is not None
    assert (found.pinned.reason, found.pinned.actor) == ("老朋友", "teller")
    assert "老朋友" in found.figure("life_stage").reasons[0]
    assert refused(book, "stage.pin", customer="A", stage="rich", reason="x")[0] is Code.INVALID_CHOICE
    assert refused(book, "stage.pin", customer="A", stage="new")[0] is Code.REQUIRED
    assert refused(book, "stage.pin", customer="Z", stage="new", reason="x")[0] is Code.CUSTOMER_MISSING
    do(book, "stage.unpin", customer="A", reason="not any more")
    assert refused(book, "stage.unpin", customer="A") == (Code.NOT_FOUND, "customer")
    assert moves(book, "A") == [
        ("loyal", "new", "unpin", "not any more"),
        ("potential", "loyal", "pin", "老朋友"),
    ]
    clean(book)


def test_a_stage_that_comes_and_goes_with_a_merge_is_told_as_set_by_hand(book: Book) -> None:
    for code in "ABC":
        do(book, "customer.create", code=code, name=code)
    do(book, "measure.evaluate")
    do(book, "stage.pin", customer="A", stage="loyal", reason="old friend")
    do(book, "stage.pin", customer="B", stage="lost", reason="moved away")

    made = do(book, "customer.merge", into="C", customers=["A", "B"])["merges"]
    assert moves(book, "C")[0] == (
        *("potential", "loyal", "pin"),
        "old friend（与 A 合并时带来）",
    )
    do(book, "customer.unmerge", merge=made[0]["merge"])  # B's word stood behind A's
    assert moves(book, "C")[0] == ("loyal", "lost", "pin", "moved away（与 A 的合并已撤销）")
    do(book, "customer.unmerge", merge=made[1]["merge"])
    assert moves(book, "C")[0] == ("lost", "potential", "unpin", "与 B 的合并已撤销。")
    clean(book)
    do(book, "stage.pin", customer="C", stage="new", reason="his own")
    again = do(book, "customer.merge", into="C", customers=["A"])["merge"]
    do(book, "customer.unmerge", merge=again)
    assert moves(book, "C")[0] == ("potential", "new", "pin", "his own")
    clean(book)


def test_amounts_are_without_tax_less_credit_notes_and_voids(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    first = bill(book, "A", "2026-05-01", "1000")
    second = bill(book, "A", "2026-06-01", "500")
    bill(book, "A", "2026-06-01", "50")
    do(book, "measure.configure", lost_days=100, ahead_days=100, tier_limits=["900", "1500"])
    assert shown(book, "", "purchases", "tier") == {"A": (2, 3)}, "two days are two purchases, 1550.00 in all"
    line = {"description": "x", "quantity": "1", "unit_price": "100", "tax_rate": "0.13"}
    do(book, "credit.issue", customer="A", invoice=first, date="2026-06-02", reason="back", lines=[line])
    with book.read() as connection:
        found = reading.measures_of(connection, "A")
    assert found.figure("clv").inputs[0].value == "1450.00 CNY"
    assert found.figure("expected").value == 725_00 * 2 * 71 // 100
    do(book, "invoice.void", invoice=second, date="2026-06-03", reason="wrong")
    assert shown(book, "", "purchases", "tier") == {"A": (2, 2)}
    clean(book)


def test_a_foreign_currency_counts_at_its_rate(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", currency="USD")
    do(book, "customer.create", code="B", name="B", currency="EUR")
    do(book, "rate.set", currency="USD", date="2026-01-01", rate="7")
    do(book, "measure.evaluate")
    bill(book, "A", "2026-06-01", "100")
    bill(book, "B", "2026-06-01", "100")
    with book.read() as connection:
        assert reading.measures_of(connection, "A").figure("clv").inputs[0].value == "700.00 CNY"
        unrated = reading.measures_of(connection, "B")
    assert (unrated.unrated_count, unrated.figure("clv").inputs[0].value) == (1, "0.00 CNY")
    assert shown(book, "", "clv", "purchases") == {"A": (None, 1), "B": (None, 1)}
    clean(book)
    do(book, "rate.adopt", currency="EUR", rate="8")
    with book.read() as connection:
        assert evaluation.is_due(connection), "a late rate changes amounts: marked until all are reckoned"
        assert reading.measures_of(connection, "B").figure("clv").inputs[0].value == "800.00 CNY"
    clean(book)
    do(book, "measure.evaluate")
    clean(book)


def test_two_invoices_of_a_day_in_two_currencies_of_which_one_has_no_rate(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    bill(book, "A", "2026-06-01", "100")
    bill(book, "A", "2026-06-01", "100", currency="EUR")
    bill(book, "A", "2026-06-02", "50")
    do(book, "measure.evaluate")
    assert shown(book, "", "purchases") == {"A": 2}
    with book.read() as connection:
        found = reading.measures_of(connection, "A")
    assert (found.unrated_count, found.figure("clv").inputs[0].value) == (1, "150.00 CNY")
    clean(book)


def test_scores_by_rank_and_by_limits(book: Book) -> None:
    for number in range(10):
        do(book, "customer.create", code=f"K{number}", name=f"K{number}")
        bill(book, f"K{number}", f"2026-06-{number + 1:02d}", str(100 * (number + 1)))
    do(book, "measure.evaluate")
    assert shown(book, "", "rfm_r", "rfm_f", "rfm_m") == {
        f"K{number}": (1 + number // 2, 1, 1 + number // 2) for number in range(10)
    }
    assert list(shown(book, "rfm = 515", "code")) == ["K8", "K9"]
    assert list(shown(book, "value_class = high", "code")) == ["K8", "K9"]
    assert list(shown(book, "value_class = medium", "code")) == ["K5", "K6", "K7"]
    do(book, "measure.configure", recency_limits=[60, 28, 25, 21], frequency_limits=[1, 2, 3, 4],
       amount_limits=["200", "300", "400", "1000"], value_limits=["500", "1000"])  # fmt: skip
    assert shown(book, "", "rfm") == {
        "K0": 221, "K1": 322, "K2": 323, "K3": 324, "K4": 424, "K5": 424, "K6": 424, "K7": 424, "K8": 524, "K9": 525,
    }  # fmt: skip
    with book.read() as connection:
        parts = reading.distribution(connection, "rfm_r")
        table = find("measures").fill(connection, Options(by="value_class"))
    assert [(one.value, one.count, one.permille) for one in parts] == [
        (5, 2, 200),
        (4, 4, 400),
        (3, 3, 300),
        (2, 1, 100),
    ]
    at = [field.name for field in table.fields].index("customers")
    assert sum(row[at] for row in table.rows) == 10
    assert table.document["totals"] == {"CNY": {"amount": "5500.00"}}
    clean(book)


def test_settings_that_make_no_sense_are_refused(book: Book) -> None:
    for arguments, code in (
        ({"recency_limits": [30, 90, 180, 365]}, Code.OUT_OF_RANGE),
        ({"recency_limits": [1, 2]}, Code.INVALID_TYPE),
        ({"amount_limits": [1.5, 2, 3, 4]}, Code.INVALID_TYPE),
        ({"amount_limits": ["0.001", "2", "3", "4"]}, Code.TOO_MANY_DECIMALS),
        ({"value_shares": [50, 20]}, Code.OUT_OF_RANGE),
        ({"tier_limits": ["-1"]}, Code.OUT_OF_RANGE),
        ({"window_days": 1}, Code.OUT_OF_RANGE),
        ({"lost_days": 99999}, Code.OUT_OF_RANGE),
        ({"churn_medium": 5, "churn_high": 4}, Code.OUT_OF_RANGE),
        ({"lead_points": {"beauty": 3}}, Code.INVALID_CHOICE),
        ({"lead_points": [1]}, Code.INVALID_TYPE),
        ({"model": "magic"}, Code.INVALID_CHOICE),
    ):
        assert refused(book, "measure.configure", **arguments) == (code, next(reversed(arguments))), arguments
    with pytest.raises(CrmdeskError) as caught:
        do(book, "measure.configure", churn_medium=30, churn_high=20)
    for told in (_("Points of medium churn risk"), _("Points of high churn risk"), "20", "30"):
        assert told in caught.value.message
    do(book, "customer.create", code="A", name="A", phone="1")
    do(book, "measure.configure", lead_points={"reachable": 44})
    assert shown(book, "", "lead_score") == {"A": 44}
    assert do(book, "measure.configure", lead_points={"reachable": 44})["settings"] == []
    do(book, "measure.configure", lead_points={})
    assert shown(book, "", "lead_score") == {"A": 10}


def test_what_was_altered_is_found_and_rebuilt(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    bill(book, "A", "2026-06-01")
    do(book, "measure.evaluate")
    with book.engine.connect().execution_options(is_writing=True) as connection:
        connection.exec_driver_sql("UPDATE customer_measure SET clv_minor = clv_minor + 100")
        connection.commit()
    assert [one["code"] for one in check.run(book)["violations"]] == ["measure"]
    rebuild.run(book)
    clean(book)


def test_a_deleted_customer_leaves_nothing(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    do(book, "measure.evaluate")
    do(book, "stage.pin", customer="A", stage="new", reason="x")
    do(book, "customer.delete", customer="A")
    assert rows(book.path)["customer_measure"] == []
    assert rows(book.path)["stage_pin"] == []
    clean(book)


def test_who_bought_thousands_of_times_waits_for_the_whole_reckoning(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "TOUCHED_DOCUMENTS_MAX", 1)
    do(book, "customer.create", code="A", name="A")
    bill(book, "A", "2026-06-01")
    bill(book, "A", "2026-06-02")
    do(book, "measure.evaluate")
    do(book, "customer.create", code="B", name="B")
    with book.read() as connection:
        assert not evaluation.is_due(connection)
    bill(book, "A", "2026-06-03")
    assert shown(book, "", "purchases") == {"A": 2, "B": 0}
    with book.read() as connection:
        assert evaluation.is_due(connection)
        assert reading.measures_of(connection, "A").figure("life_stage").inputs[0].value == "3", "read anew"
    clean(book)
    do(book, "measure.evaluate")
    assert shown(book, "", "purchases") == {"A": 3, "B": 0}
    clean(book)


def test_preferences(book: Book) -> None:
    for code, path in (("P1", "涂料/内墙"), ("P2", "涂料/内墙"), ("P3", "五金")):
        do(book, "product.create", code=code, name=f"n{code}", price="10", tax_rate="0.13", category=path)
    do(book, "customer.create", code="A", name="A")
    for on, code in (("2026-05-01", "P1"), ("2026-05-02", "P3"), ("2026-05-03", "P2"), ("2026-05-04", "P3")):
        bill(book, "A", on, "10", product=code)
    do(book, "measure.evaluate")
    assert shown(book, "", "top_product", "top_category") == {"A": ("nP3", "五金")}
    clean(book)


def test_by_the_command_line(book: Book, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from crmdesk.cli.main import main

    path = tmp_path / "lines.jsonl"
    line = {"description": "x", "quantity": "1", "unit_price": "100", "tax_rate": "0.13"}
    steps = [
        {"do": "customer.create", "code": "A", "name": "A"},
        {"do": "measure.evaluate"},
        {"do": "invoice.issue", "customer": "A", "date": "2026-06-01", "lines": [line]},
        {"do": "stage.pin", "customer": "A", "stage": "loyal", "reason": "r"},
    ]
    path.write_text("\n".join(map(json.dumps, steps)), encoding="utf-8")
    for arguments in (
        ["apply", str(book.path), str(path)],
        [
            "list",
            "customers",
            str(book.path),
            "--filter",
            "life_stage = loyal and rfm_r >= 1",
            "--format",
            "json",
        ],
        ["list", "stage-moves", str(book.path), "--format", "json"],
        ["report", "measures", str(book.path), "--by", "life_stage", "--format", "json"],
        ["check", str(book.path)],
    ):
        assert main(arguments) == 0, capsys.readouterr()


def test_a_report_says_which_measure_it_is_about(book: Book) -> None:
    with book.read() as connection:
        titles = [find("measures").fill(connection, Options(by=one)).title for one in reading.DISTRIBUTED]
    assert titles[0] == "Measures of customers: Life cycle"
    assert len(set(titles)) == len(titles)


def test_recommendations_say_why(book: Book) -> None:
    for number in range(1, 7):
        do(book, "product.create", code=f"P{number}", name=f"n{number}", price="10", tax_rate="0.13")
    for number in range(5):
        do(book, "customer.create", code=f"K{number}", name=f"K{number}",
           categories=[{"dimension": "行业", "path": "零售"}])  # fmt: skip
    for on in ("2026-04-01", "2026-05-01", "2026-05-31"):
        bill(book, "K0", on, product="P1")
    both = [{"product": code, "quantity": "1"} for code in ("P1", "P2")]
    for number in range(1, 4):
        do(book, "invoice.issue", customer=f"K{number}", date="2026-06-01", lines=both)
        bill(book, f"K{number}", "2026-06-02", product="P3")
    do(book, "quote.create", customer="K0", date="2026-06-10", lines=[{"product": "P4", "quantity": "1"}])
    with book.read() as connection:
        found = recommend(connection, "K0")
    assert [(one.product, one.kind) for one in found] == [
        ("P4", "asked"),
        ("P1", "due"),
        ("P2", "together"),
        ("P3", "similar"),
    ]
    assert found[1].reason == "He buys it every 30 days; the last time was 30 days ago, on 2026-05-31."
    assert found[2].reason == "Bought together with “n1” in 50 % of its invoices (3)."
    assert found[3].reason == "3 of 4 customers of “零售” buy it, he has not yet."
    bill(book, "K0", "2026-06-20", product="P4")
    with book.read() as connection:
        assert "P4" not in [one.product for one in recommend(connection, "K0")]


def test_offers_of_groups_and_products_are_a_report(book: Book) -> None:
    do(book, "product.create", code="P4", name="n4", price="10", tax_rate="0.13")
    do(book, "customer.create", code="K0", name="Kay", stage="潜在")
    do(book, "customer.create", code="K1", name="Ell")
    do(book, "quote.create", customer="K0", date="2026-06-10", lines=[{"product": "P4", "quantity": "1"}])
    do(book, "segment.create", name="Fair", offer="5 % off", rule="stage = 潜在")
    do(book, "segment.create", name="Silent", rule="stage = 潜在")
    do(book, "segment.create", name="Over", offer="gone", rule="stage = 潜在", active=False)
    report = find("recommendations")
    with book.read() as connection:
        found = report.fill(connection, Options(filter="code in (K0, K1)")).rows
        members = lists.as_json(book, "segment_members")["rows"]
    assert [row[:5] for row in found] == [
        ("K0", "Kay", "offer", "", "5 % off"),
        ("K0", "Kay", "asked", "P4", "n4"),
    ]
    assert found[0][5].startswith("Kay is in “Fair” because: ")
    assert found[1][5].startswith("It was quoted on 2026-06-10")
    assert {row["segment"]: "潜在" in row["reason"] for row in members} == {"Fair": True, "Silent": True}
    with book.read() as connection, pytest.raises(CrmdeskError) as caught:
        report.fill(connection, Options(filter="nothing = 1"))
    assert caught.value.field == "filter"


_MOVES = st.lists(
    st.tuples(
        st.sampled_from(["bill", "void", "credit", "pay", "evaluate", "pin", "unpin", "day", "new"]),
        st.integers(0, 3),
        st.integers(0, 200),
        st.integers(1, 90_000),
    ),
    max_size=25,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_MOVES)
def test_what_is_kept_is_always_what_the_ledger_gives(
    memory_file: Path, moves: list[tuple[str, int, int, int]]
) -> None:
    """After any series of writes every current row is what its day, the ledger and the kept model give; and a whole
    reckoning of the same day by chosen limits (which learn nothing) changes no row."""
    path = memory_file.with_name(f"{uuid.uuid4().hex}.crmdesk")
    today = date(2026, 1, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMDESK_TODAY", today.isoformat())
        with Book.create(path, name="x") as book:
            for number in range(4):
                do(book, "customer.create", code=f"K{number}", name="n")
            do(book, "measure.configure", recency_limits=[200, 90, 30, 10], frequency_limits=[1, 2, 4, 8],
               amount_limits=["50", "100", "400", "900"], value_limits=["100", "500"])  # fmt: skip
            bills: list[str] = []
            for what, number, days, minor in moves:
                code = f"K{number}"
                on = (today - timedelta(days=days)).isoformat()
                with contextlib.suppress(CrmdeskError):
                    if what == "bill":
                        bills.append(bill(book, code, on, f"{minor / 100:.2f}"))
                    elif what == "void" and bills:
                        do(
                            book,
                            "invoice.void",
                            invoice=bills[number % len(bills)],
                            date=today.isoformat(),
                            reason="x",
                        )
                    elif what == "credit":
                        line = {
                            "description": "x",
                            "quantity": "1",
                            "unit_price": f"{minor / 100:.2f}",
                            "tax_rate": "0",
                        }
                        do(book, "credit.issue", customer=code, date=on, reason="x", lines=[line])
                    elif what == "pay":
                        do(
                            book,
                            "payment.record",
                            customer=code,
                            date=on,
                            amount=f"{minor / 100:.2f}",
                            allocate="oldest",
                        )
                    elif what == "evaluate":
                        do(book, "measure.evaluate")
                    elif what == "pin":
                        do(book, "stage.pin", customer=code, stage="loyal", reason="x")
                    elif what == "unpin":
                        do(book, "stage.unpin", customer=code)
                    elif what == "new":
                        do(book, "customer.create", name="n", phone=str(minor))
                    elif what == "day":
                        today += timedelta(days=days)
                        patch.setenv("CRMDESK_TODAY", today.isoformat())
            clean(book)
            do(book, "measure.evaluate")
            assert do(book, "measure.evaluate")["changed"] == 0
            clean(book)
    path.unlink()


def test_settings_are_tried_without_being_kept(book: Book, day: Day) -> None:
    """The spread that is shown beside the limits is the one that saving them gives."""
    from crmdesk.services.measures import configuring, kept, trying

    day("2026-06-30")
    for number in range(8):
        do(book, "customer.create", code=f"C{number}", name=f"客户{number}", phone="13800000000")
        for month in range(1, number + 1):
            bill(book, f"C{number}", f"2026-{month % 6 + 1:02}-0{month}", str(100 * month))
    do(book, "measure.evaluate")
    before = rows(book.path)
    with book.read() as connection:
        own = kept.read_settings(connection)
        taken = trying.sample(connection, own)
        first = trying.spread(taken, own)
        given = {"loyal_days": 100, "loyal_count": 3, "tier_limits": ["500", "1000"], "churn_medium": 1}
        _new, chosen = configuring.choose(own, given, "CNY")
        tried = trying.spread(taken, chosen)
        assert trying.spread(taken, own).counts == first.counts  # nothing of another trial stays
    assert rows(book.path) == before
    assert tried.moved_since(first) > 0
    result = do(book, "measure.configure", **given)
    assert result["moved"] == tried.moved_since(first)
    with book.read() as connection:
        for name in trying.MEASURES:
            kept_counts = {part.value: part.count for part in reading.distribution(connection, name)}
            assert kept_counts == dict(tried.counts[name]), name
