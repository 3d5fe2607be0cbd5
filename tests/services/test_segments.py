"""Segments that keep themselves: what a write changes is seen at once, with the reason and a line of history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from crmdesk.cli.main import main
from crmdesk.models.errors import Cancelled, Code, CrmdeskError
from crmdesk.models.tables.segments import segment_member
from crmdesk.services import (
    check,
    lists,
    new_day,
    rebuild,
    segment_card,
    segment_evaluation,
    segment_history,
    segment_starters,
    segment_terms,
    segment_why,
    use_cases,
)
from crmdesk.services.book import Book
from crmdesk.services.reports import declared
from tests.services import small_book
from tests.services.small_book import do

LINE = {"description": "Paint", "quantity": "1", "unit_price": "1000", "tax_rate": "0"}


def members(book: Book, name: str) -> list[str]:
    rows = lists.as_json(book, "customers", filter=f'segment has "{name}"', sort="code")["rows"]
    return [row["code"] for row in rows]


def bill(book: Book, code: str, on: str, price: str = "1000", **more: Any) -> str:
    line = {**LINE, "unit_price": price}
    return do(book, "invoice.issue", customer=code, date=on, lines=[line], **more)["number"]


def is_clean(book: Book) -> None:
    assert check.run(book)["violations"] == []
    assert do(book, "rule.evaluate")["segments"] == []


@pytest.fixture
def shop(book: Book) -> Book:
    """Two customers; one owes an invoice that is overdue."""
    do(
        book,
        "customer.create",
        code="A",
        name="甲公司",
        categories=[{"dimension": "行业", "path": "零售/线上"}],
    )
    do(book, "customer.create", code="B", name="乙公司", tags=["VIP"])
    return book


def test_one_payment_moves_a_customer_from_one_segment_into_another(shop: Book) -> None:
    bill(shop, "A", "2026-01-01", due="2026-02-01")
    do(shop, "segment.create", name="欠款", rule="overdue > 0")
    do(shop, "segment.create", name="已清", rule="invoice_count > 0 and balance <= 0")
    assert (members(shop, "欠款"), members(shop, "已清")) == (["A"], [])
    paid = do(shop, "payment.record", customer="A", date="2026-06-01", amount="1000", allocate="oldest")
    assert (members(shop, "欠款"), members(shop, "已清")) == ([], ["A"])
    with shop.read() as connection:
        moved = segment_history.movements(connection, code="A", language="en")
        why = segment_why.explain(connection, "已清", "A", "en")
        not_in = segment_why.explain(connection, "欠款", "A", "en")
    assert sorted((one.segment, one.is_joined, one.reason) for one in moved[:2]) == [
        ("已清", True, "Invoices: 1 (more than 0); Balance: 0.00 CNY (at most 0)"),
        ("欠款", False, "Overdue: 0.00 CNY (more than 0)"),
    ]
    assert why.is_in
    assert why.sentence == (
        "甲公司 is in “已清” because: Invoices: 1 (more than 0); Balance: 0.00 CNY (at most 0)."
    )
    assert not_in.sentence == "甲公司 is not in “欠款” because: Overdue: 0.00 CNY (more than 0)."
    do(shop, "payment.reverse", payment=paid["number"], date="2026-06-02", reason="bounced")
    assert (members(shop, "欠款"), members(shop, "已清")) == (["A"], [])
    is_clean(shop)


def test_pins_win_over_the_rule_and_keep_their_reason(shop: Book) -> None:
    bill(shop, "A", "2026-06-01")
    do(shop, "segment.create", name="客户", rule="spent >= 1000")
    do(shop, "segment.pin", segment="客户", customer="B", reason="老客户")
    do(shop, "segment.pin", segment="客户", customer="A", reason="关联公司", **{"in": False})
    assert members(shop, "客户") == ["B"]
    bill(shop, "A", "2026-06-02")
    assert members(shop, "客户") == ["B"]
    with shop.read() as connection:
        said = segment_why.explain(connection, "客户", "A", "en")
    assert said.pin is not None
    assert (said.pin.is_in, said.pin.reason, said.pin.actor) == (False, "关联公司", "teller")
    assert said.part is not None
    assert said.part.holds
    assert said.sentence == "甲公司 is not in “客户” because teller keeps him out: 关联公司"
    row = lists.as_json(shop, "segment_members")["rows"][0]
    assert (row["customer"], row["way"], row["reason"], row["pinned_by"]) == ("B", "pin", "老客户", "teller")
    is_clean(shop)
    assert do(shop, "segment.unpin", segment="客户", customers=["A", "B"])["unpinned"] == 2
    assert members(shop, "客户") == ["A"]
    is_clean(shop)


def test_nested_segments_parents_and_what_rules_give(shop: Book) -> None:
    do(shop, "segment.create", name="忠诚", rule="invoice_count >= 2")
    do(shop, "segment.create", name="高价值", rule="spent >= 5000", parent="忠诚")
    do(shop, "segment.create", name="线上忠诚", rule='segment has 忠诚 and category in "行业/零售"')
    do(shop, "rule.create", rule="segment in (高价值)", tag="大客户")
    do(shop, "category.create", dimension="客户价值", path="高")
    do(shop, "rule.create", rule='tag has "大客户"', dimension="客户价值", path="高")
    do(shop, "segment.create", name="可走访", rule='category in "客户价值/高" and tag has 大客户')
    bill(shop, "A", "2026-06-01", "6000")
    assert members(shop, "高价值") == []  # not loyal yet
    bill(shop, "A", "2026-06-02", "1")
    for name in ("忠诚", "高价值", "线上忠诚", "大客户", "可走访"):
        assert members(shop, name) == ["A"], name
    row = lists.as_json(shop, "customers", filter="code = A")["rows"][0]
    assert row["tags"] == "大客户"
    assert "客户价值: 高" in row["categories"]
    is_clean(shop)
    with shop.read() as connection:
        why = segment_why.explain(connection, "高价值", "B", "en")
    assert why.sentence == "乙公司 is not in “高价值” because he is not in “忠诚”."
    # by hand stays by hand: the rule that gave the same does not take it away
    do(shop, "tag.add", tag="大客户", customer="A")
    do(shop, "category.pin", dimension="客户价值", path="高", customer="A", reason="不算", **{"in": False})
    do(shop, "segment.update", segment="忠诚", rule="invoice_count >= 9")
    row = lists.as_json(shop, "customers", filter="code = A")["rows"][0]
    assert (row["tags"], row["segments"]) == ("大客户", "")
    assert "客户价值" not in row["categories"]
    is_clean(shop)


def test_renaming_what_a_rule_names_changes_nothing(shop: Book) -> None:
    do(shop, "segment.create", name="线上", rule='category in "零售/线上"')
    do(shop, "segment.create", name="重点", rule="tag has VIP")
    do(shop, "segment.create", name="两者", rule="segment in (线上, 重点)")
    do(shop, "tag.rename", tag="VIP", name="贵宾")
    do(shop, "category.rename", dimension="行业", path="零售", name="零售业")
    do(shop, "segment.update", segment="重点", name="重点客户")
    assert (members(shop, "线上"), members(shop, "重点客户"), members(shop, "两者")) == (
        ["A"],
        ["B"],
        ["A", "B"],
    )
    do(shop, "tag.remove", tag="贵宾", customer="B")
    assert members(shop, "两者") == ["A"]
    rules = {row["name"]: row["rule"] for row in lists.as_json(shop, "segments")["rows"]}
    assert rules["线上"] == 'category in ("行业/零售业/线上")'
    do(shop, "category.create", dimension="行业", path="别处")
    do(shop, "category.move", dimension="行业", path="零售业", parent="别处")
    assert members(shop, "线上") == ["A"]
    is_clean(shop)


def test_a_new_day_moves_relative_rules(shop: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    bill(shop, "A", "2026-06-01")
    do(shop, "segment.create", name="沉睡", rule="last_bought < today - 30d")
    assert members(shop, "沉睡") == []
    monkeypatch.setenv("CRMDESK_TODAY", "2026-08-01")
    with shop.read() as connection:
        assert segment_evaluation.is_due(connection)
    do(shop, "customer.create", code="C", name="丙")  # a small book is brought up to date by the first write
    assert members(shop, "沉睡") == ["A"]
    with shop.read() as connection:
        assert not segment_evaluation.is_due(connection)
    is_clean(shop)


def test_static_lists(shop: Book) -> None:
    do(shop, "segment.create", name="展会", note="回访", budget="5000", owner="小林", colour="info")
    assert do(shop, "segment.add", segment="展会", customers=["A", "B"])["added"] == 2
    assert do(shop, "segment.add", segment="展会", customers=["A"])["added"] == 0
    assert do(shop, "segment.remove", segment="展会", customer="B")["removed"] == 1
    assert members(shop, "展会") == ["A"]
    row = lists.as_json(shop, "segments")["rows"][0]
    assert (row["kind"], row["members"], row["budget"], row["owner"]) == ("static", 1, "5000.00", "小林")
    with shop.read() as connection:
        table = declared.find("segments").fill(connection, declared.Options())
    assert table.rows == [("展会", "CNY", 1, 0, 0, 0, 0, 2, 1)]
    assert do(shop, "segment.delete", segment="展会")["left"] == 1
    do(shop, "segment.create", name="展会")
    assert members(shop, "展会") == []
    is_clean(shop)


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("segment.create", {"name": "大", "rule": "spent > 1"}, Code.DUPLICATE),
        ("segment.create", {"name": "x", "rule": "spent >"}, Code.FILTER_INVALID),
        ("segment.create", {"name": "x", "rule": "tag has Y"}, Code.FILTER_INVALID),
        ("segment.create", {"name": "x", "rule": "segment is empty"}, Code.FILTER_INVALID),
        ("segment.create", {"name": "x", "rule": {"all": []}}, Code.FILTER_INVALID),
        ("segment.create", {"name": "x", "rule": 5}, Code.FILTER_INVALID),
        ("segment.create", {"name": "x", "tag": "T"}, Code.REQUIRED),
        ("segment.update", {"segment": "大", "parent": "内"}, Code.TREE_CYCLE),
        ("segment.update", {"segment": "大", "rule": "segment has 大"}, Code.TREE_CYCLE),
        ("segment.update", {"segment": "大", "rule": "tag has 送"}, Code.TREE_CYCLE),
        ("segment.update", {"segment": "大", "version": 9}, Code.CHANGED_BY),
        ("segment.update", {"segment": "单", "rule": "spent > 1"}, Code.INVALID_CHOICE),
        ("segment.delete", {"segment": "大"}, Code.IN_USE),
        ("segment.delete", {"segment": "无"}, Code.NOT_FOUND),
        ("segment.add", {"segment": "大", "customer": "A"}, Code.INVALID_CHOICE),
        ("segment.pin", {"segment": "单", "customer": "A", "reason": "r"}, Code.INVALID_CHOICE),
        ("segment.pin", {"segment": "大", "customer": "A"}, Code.REQUIRED),
        ("tag.delete", {"tag": "送"}, Code.IN_USE),
        ("tag.remove", {"tag": "送", "customer": "A"}, Code.IN_USE),
        (
            "category.pin",
            {"dimension": "行业", "path": "零售", "customer": "A", "reason": "r"},
            Code.NOT_FOUND,
        ),
    ],
)
def test_refusals_leave_the_book_as_it_was(shop: Book, name: str, values: dict[str, Any], code: Code) -> None:
    bill(shop, "A", "2026-06-01")
    do(shop, "segment.create", name="大", rule="spent > 0")
    do(shop, "segment.create", name="内", rule="segment has 大")
    do(shop, "rule.create", name="给", rule="segment has 大", tag="送")
    do(shop, "segment.create", name="单")
    before = small_book.rows(shop.path)
    with pytest.raises(CrmdeskError) as refused:
        do(shop, name, **values)
    assert refused.value.code == code
    assert small_book.rows(shop.path) == before


def test_check_finds_and_rebuild_mends(shop: Book) -> None:
    bill(shop, "A", "2026-06-01")
    do(shop, "segment.create", name="大", rule="spent > 0")
    with shop.write("x") as unit:
        unit.execute(delete(segment_member))
        unit.changes.everything.clear()
        unit.finish("test", {})
    codes = {one["code"] for one in check.run(shop)["violations"]}
    assert {"segment_members", "segment_events"} <= codes
    rebuild.run(shop)
    is_clean(shop)
    with shop.write("x") as unit:
        unit.execute(update(segment_member).values(customer_id=segment_member.c.customer_id + 1))
        unit.finish("test", {})
    assert {one["code"] for one in check.run(shop)["violations"]}
    rebuild.run(shop)
    assert "segment_members" not in {one["code"] for one in check.run(shop)["violations"]}


def test_the_preview_counts_and_shows(shop: Book) -> None:
    bill(shop, "A", "2026-06-01")
    with shop.read() as connection:
        seen = segment_history.preview(connection, "spent(last 12m) > 10 or tag has VIP", "en")
        tree = segment_history.preview(
            connection, {"any": [{"field": "spent", "operator": "more", "values": ["10"]}]}, "en"
        )
    assert (seen.count, seen.labels) == (2, ("Bought for, incl. tax (last 12 months)",))
    assert [(one.code, one.values) for one in seen.sample] == [("A", ("1,000.00 CNY",)), ("B", ("0.00 CNY",))]
    assert (tree.count, tree.text) == (1, "spent > 10")


def test_the_review_since_a_day(shop: Book) -> None:
    do(shop, "segment.create", name="大", rule="spent > 0")
    number = bill(shop, "A", "2026-06-01")
    do(shop, "invoice.void", invoice=number, date="2026-06-02", reason="x")
    (segment,) = lists.as_json(shop, "segments")["rows"]
    assert (segment["members"], segment["joined"], segment["left"]) == (0, 1, 1)
    moved = lists.as_json(shop, "segment_events", filter="date >= 2026-06-30", sort="happened_at")["rows"]
    assert [(one["segment"], one["customer"], one["joined"]) for one in moved] == [
        ("大", "A", True),
        ("大", "A", False),
    ]
    assert lists.as_json(shop, "segment_events", filter="date > 2026-06-30")["rows"] == []


def test_the_same_through_apply(shop: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shop.path
    shop.close()
    story = [
        {"do": "segment.create", "name": "大", "rule": "spent(this year) >= 1000"},
        {"do": "invoice.issue", "customer": "A", "date": "2026-06-01", "lines": [LINE]},
        {"do": "rule.create", "rule": "segment has 大", "tag": "重点"},
        {"do": "segment.pin", "segment": "大", "customer": "B", "reason": "r"},
        {"do": "rule.evaluate"},
    ]
    file = tmp_path / "story.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in story), encoding="utf-8")
    assert main(["apply", str(path), str(file), "--atomic"]) == 0
    assert main(["check", str(path)]) == 0
    capsys.readouterr()
    assert (
        main(
            [
                "list",
                "customers",
                str(path),
                "--filter",
                "tag has 重点 and segment has 大",
                "--format",
                "json",
            ]
        )
        == 0
    )
    assert [row["code"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["A", "B"]
    assert main(["report", "segments", str(path), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["segment"], row["customers"]) for row in rows] == [("大", 2), ("重点", 2)]


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["bill", "pay", "void", "tag", "untag", "pin", "out", "unpin", "list", "unlist", "level"]
        ),
        st.sampled_from(["K0", "K1", "K2"]),
        st.sampled_from(["2026-01-15", "2026-05-20", "2026-06-30"]),
        st.sampled_from(["10", "500", "2500"]),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_STEPS)
def test_after_every_write_is_what_a_whole_evaluation_finds(
    memory_file: Path, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, str, str, str]]
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    memory_file.unlink(missing_ok=True)
    with Book.create(memory_file, name="K") as book:
        for code in ("K0", "K1", "K2"):
            do(book, "customer.create", code=code, name=code)
        do(book, "tag.create", tag="T")
        do(book, "segment.create", name="S")
        do(book, "segment.create", name="大", rule="spent(last 90d) >= 500 or level = A")
        do(book, "segment.create", name="欠", rule="balance > 0 and not tag has T")
        do(book, "segment.create", name="内", rule="invoice_count >= 2 and recency_days < 60", parent="大")
        do(book, "rule.create", rule="segment in (内, S)", tag="G")
        do(book, "segment.create", name="末", rule="tag has G and not segment has 欠")
        last: dict[str, str] = {}
        for step, code, on, amount in steps:
            try:
                _step(book, step, code, on, amount, last)
            except CrmdeskError:
                pass  # refused: nothing may have changed, which the check below would see
        assert do(book, "rule.evaluate")["segments"] == []
        assert check.run(book)["violations"] == []


def _step(book: Book, step: str, code: str, on: str, amount: str, last: dict[str, str]) -> None:
    if step == "bill":
        last[code] = bill(book, code, on, amount)
    elif step == "pay":
        do(book, "payment.record", customer=code, date=on, amount=amount, allocate="oldest")
    elif step == "void":
        do(book, "invoice.void", invoice=last.pop(code, "none"), date="2026-06-30", reason="x")
    elif step in ("tag", "untag"):
        do(book, "tag.add" if step == "tag" else "tag.remove", tag="T", customer=code)
    elif step in ("pin", "out"):
        do(book, "segment.pin", segment="内", customer=code, reason="r", **{"in": step == "pin"})
    elif step == "unpin":
        do(book, "segment.unpin", segment="内", customer=code)
    elif step in ("list", "unlist"):
        do(book, "segment.add" if step == "list" else "segment.remove", segment="S", customer=code)
    else:
        do(book, "customer.update", customer=code, level="A" if amount == "10" else "B")


def test_whoever_is_touched_in_one_transaction_is_looked_at_once(shop: Book) -> None:
    do(shop, "segment.create", name="大", rule="spent > 0")
    with shop.write("x") as unit:
        unit.is_bulk = True
        for number in range(3):
            use_cases.perform(unit, "customer.create", {"code": f"N{number}", "name": f"N{number}"})
            use_cases.perform(
                unit, "invoice.issue", {"customer": f"N{number}", "date": "2026-06-01", "lines": [LINE]}
            )
        unit.finish("test", {})
        found = unit.connection.execute(select(segment_member.c.customer_id)).all()
    assert len(found) == 3
    is_clean(shop)


def test_rules_follow_a_merge_of_what_they_give_and_name(shop: Book) -> None:
    bill(shop, "A", "2026-06-01")
    for path in ("高", "重点"):
        do(shop, "category.create", dimension="客户价值", path=path)
    do(shop, "rule.create", name="给", rule="spent > 0", dimension="客户价值", path="高")
    do(shop, "segment.create", name="看", rule='category in "客户价值/高"')
    assert members(shop, "看") == members(shop, "给")
    do(shop, "category.merge", dimension="客户价值", path="高", into="重点")
    is_clean(shop)
    assert members(shop, "看") == members(shop, "给")
    bill(shop, "B", "2026-06-01")
    assert members(shop, "看") == members(shop, "给")
    do(shop, "category.undo_merge", dimension="客户价值")
    is_clean(shop)
    assert members(shop, "看") == members(shop, "给")
    do(shop, "tag.create", tag="送")
    do(shop, "rule.create", name="标", rule="tag has VIP", tag="送")
    with pytest.raises(CrmdeskError) as refused:
        do(shop, "tag.merge", tag="送", into="VIP")
    assert refused.value.code == Code.TREE_CYCLE


def test_a_card_has_members_with_their_values_and_those_kept_out(shop: Book) -> None:
    bill(shop, "A", "2026-06-01")
    bill(shop, "B", "2026-06-02", "300")
    do(shop, "segment.create", name="客户", rule="invoice_count > 0")
    do(shop, "segment.create", name="大", rule="spent >= 1000", parent="客户")
    do(shop, "segment.create", name="名单")
    do(shop, "segment.add", segment="名单", customer="B")
    do(shop, "segment.pin", segment="客户", customer="B", reason="no", **{"in": False})
    with shop.read() as connection:
        ids = segment_card.ids_by_name(connection)
        card = segment_card.load(connection, ids["客户"], "en")
        assert [(one.code, one.way, one.values) for one in card.members] == [("A", "rule", ("1",))]
        assert [(one.code, one.reason) for one in card.kept_out] == [("B", "no")]
        assert (card.count, card.joined, card.left, card.words) == (1, 2, 1, "Invoices more than 0")
        assert segment_card.ordered(connection) == [(ids["客户"], 0), (ids["大"], 1), (ids["名单"], 0)]
        assert segment_card.lists_by_hand(connection) == ["名单"]
        trial = segment_why.explain_rule(connection, "spent >= 1000", "B", "en")
    assert not trial.is_in


def test_every_term_of_the_builder_makes_a_rule_that_is_read(shop: Book) -> None:
    with shop.read() as connection:
        found = segment_terms.read(connection)
    assert "行业/零售/线上" in found.names["category"]
    assert {term.name for term in found.terms} >= {"spent", "bought", "tag", "overdue", "birthday", "level"}
    assert all(term.operators for term in found.terms)


def test_starters_are_rules_that_can_be_made(shop: Book) -> None:
    for one in segment_starters.STARTERS:
        do(shop, "segment.create", name=one.name, rule=one.rule, note=one.note, colour=one.colour)
    is_clean(shop)


def test_all_are_evaluated_as_a_task_or_given_up_whole(shop: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    bill(shop, "A", "2026-06-01")
    do(shop, "segment.create", name="久", rule="recency_days > 100")
    assert new_day.evaluate_if_due(shop) is None
    monkeypatch.setenv("CRMDESK_TODAY", "2026-12-30")
    with pytest.raises(Cancelled):
        new_day.evaluate_all(shop, is_cancelled=lambda: True)
    assert members(shop, "久") == []
    outcome = new_day.evaluate_if_due(shop)
    assert outcome is not None
    assert outcome.result["joined"] == 1
    assert members(shop, "久") == ["A"]


def test_the_history_of_a_pin_says_its_reason(shop: Book) -> None:
    bill(shop, "A", "2026-01-01")
    do(shop, "segment.create", name="客户", rule="invoice_count > 0")
    do(shop, "segment.pin", segment="客户", customer="A", reason="friend", **{"in": False})
    do(shop, "segment.pin", segment="客户", customer="B", reason="old friend")
    do(shop, "segment.unpin", segment="客户", customers=["A", "B"])
    do(shop, "segment.pin", segment="客户", customer="A", reason="foe", **{"in": False})
    with shop.read() as connection:
        moved = segment_history.movements(connection, segment_name="客户", language="en")
    told = [(one.customer, one.is_joined, one.way, one.reason) for one in moved]
    assert (told[0], told[3], told[4]) == (
        ("A", False, "pin", "foe"),
        ("B", True, "pin", "old friend"),
        ("A", False, "pin", "friend"),
    )
    assert {one[2:] for one in (*told[1:3], told[5])} == {
        ("rule", "Invoices: 1 (more than 0)"),
        ("rule", "Invoices: 0 (more than 0)"),
    }
    rows = lists.as_json(shop, "segment_events", sort="-date")["rows"]
    assert {row["reason"] for row in rows} >= {"friend", "old friend", "foe"}


@pytest.mark.parametrize("is_in", [True, False])
def test_a_pin_of_nobody_by_name(book: Book, is_in: bool) -> None:
    """A book without users knows no actor; a dash in his place read as one."""
    use_cases.run(book, "customer.create", {"code": "A", "name": "Anna"})
    use_cases.run(book, "segment.create", {"name": "Late", "rule": "overdue > 0"})
    use_cases.run(book, "segment.pin", {"segment": "Late", "customer": "A", "in": is_in, "reason": "known"})
    with book.read() as connection:
        said = segment_why.explain(connection, "Late", "A", "en").sentence
    assert said == (
        "Anna is in “Late” because he was pinned by hand: known"
        if is_in
        else "Anna is not in “Late” because he was kept out by hand: known"
    )
