"""What rules may ask beyond the ledger: own fields, being in touch, places, collaborators, what is reckoned of him.

Customer A is who each rule is meant for; B is the control, who is like him in everything else.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.segments import segment_member
from crmdesk.services import check, lists, segment_evaluation, segment_history, segment_terms, segment_why
from crmdesk.services.book import Book
from tests.services.small_book import do, invoice

OWN = (
    ("nick", "text", {}, "老虎", 'own.nick = "老虎"', "NICK: 老虎 (is 老虎)"),
    ("about", "long_text", {}, "爱喝茶", 'own.about ~ "茶"', "ABOUT: 爱喝茶 (contains 茶)"),
    ("staff", "number", {}, "12.5", "own.staff >= 12.5", "STAFF: 12.5 (at least 12.5)"),
    ("budget", "money", {}, "5000", "own.budget > 4999.99", "BUDGET: 5,000.00 CNY (more than 4,999.99)"),
    ("signed", "date", {}, "2026-06-20", "own.signed in last 30d",
     "SIGNED: 2026-06-20 (within last 30 days)"),
    ("color", "choice", {"choices": [{"value": "red", "label": "红"}, {"value": "blue"}]}, "red",
     "own.color in (red)", "COLOR: 红 (one of 红)"),
    ("likes", "multi_choice", {"choices": [{"value": "tea", "label": "茶"}, {"value": "golf"}]}, ["tea"],
     "own.likes has tea", "LIKES 茶: yes"),
    ("key", "yes_no", {}, True, "own.key", "KEY: yes"),
    ("parent", "link", {"target": "customer"}, "B", "own.parent is not empty", ""),
)  # fmt: skip


@pytest.fixture
def shop(book: Book) -> Book:
    for code, name in (("A", "甲公司"), ("B", "乙公司")):
        do(book, "customer.create", code=code, name=name)
    return book


def members(book: Book, name: str = "R") -> list[str]:
    rows = lists.as_json(book, "customers", filter=f'segment has "{name}"', sort="code")["rows"]
    return [row["code"] for row in rows]


def is_clean(book: Book) -> None:
    """The whole evaluation finds nobody whom the writes did not find."""
    assert check.run(book)["violations"] == []
    assert do(book, "rule.evaluate")["segments"] == []


def why(book: Book, code: str, name: str = "R") -> str:
    with book.read() as connection:
        return segment_why.explain(connection, name, code, "en").sentence


@pytest.mark.parametrize(("name", "kind", "more", "value", "rule", "said"), OWN, ids=[one[1] for one in OWN])
def test_own_fields_of_every_kind(
    shop: Book, name: str, kind: str, more: dict[str, Any], value: Any, rule: str, said: str
) -> None:
    do(shop, "field.define", record="customer", name=name, label=name.upper(), kind=kind, **more)
    do(shop, "segment.create", name="R", rule=rule)
    assert members(shop) == []
    do(shop, "customer.update", customer="A", fields={name: value})
    assert members(shop) == ["A"]
    rows = lists.as_json(shop, "customers", filter=rule)["rows"]
    assert [row["code"] for row in rows] == ["A"]
    assert f"甲公司 is in “R” because: {said}" in why(shop, "A")
    assert why(shop, "B").startswith("乙公司 is not in “R” because: ")
    with shop.read() as connection:
        moved = segment_history.movements(connection, code="A", language="en")
        found = segment_history.preview(connection, rule, "en")
    assert said in moved[0].reason
    assert (found.count, [one.code for one in found.sample]) == (1, ["A"])
    is_clean(shop)
    with pytest.raises(CrmdeskError) as refused:
        do(shop, "field.retire", record="customer", field=name)
    assert (refused.value.code, refused.value.field) == (Code.IN_USE, "field")
    assert "“R”" in refused.value.message
    do(shop, "segment.delete", segment="R")
    do(shop, "field.retire", record="customer", field=name)


def test_a_formula_follows_what_it_reads_and_how_it_is_written(shop: Book) -> None:
    do(shop, "field.define", record="customer", name="room", label="Room", kind="money")
    do(
        shop, "field.define", record="customer", name="left", label="Left", kind="formula",
        formula="own.room - balance",
    )  # fmt: skip
    do(shop, "segment.create", name="R", rule="own.left < 0")
    for code in "AB":
        do(shop, "customer.update", customer=code, fields={"room": "100"})
    invoice(shop, "A", price="130")
    invoice(shop, "B", price="90")
    assert members(shop) == ["A"]
    assert why(shop, "A") == "甲公司 is in “R” because: Left: -30.00 CNY (less than 0)."
    is_clean(shop)
    do(shop, "field.update", record="customer", field="left", formula="own.room - balance - 20")
    assert members(shop) == ["A", "B"]
    is_clean(shop)


def _touch(book: Book, kind: str, on: str, code: str = "A", **more: Any) -> None:
    do(book, "activity.log", customer=code, kind=kind, date=on, **more)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("enquiries(last 30d) >= 2", "Enquiries (last 30 days): 2 (at least 2)"),
        ("complaints > 0 and complaints(last 7d) = 0", "Complaints: 1 (more than 0)"),
        ("activities(visit, 2026) = 1", "Activities (Visit, 2026): 1 (is 1)"),
        ("contacted(this year) >= 4", "Contacts in a period (this year): 4 (at least 4)"),
        ("last_contact > 2026-06-19", "Last contact: 2026-06-20 (after 2026-06-19)"),
        ("contact_days <= 10", "Days since the last contact: 10 days (at most 10)"),
        ("last_activity(note) = 2026-06-25", "Last activity of a kind (Note): 2026-06-25 (is 2026-06-25)"),
        ("next_contact in next 30d", "Next contact: 2026-07-10 (within next 30 days)"),
        ('asked_for("P-1", last 30d)', "Asked for product (P-1, last 30 days): yes"),
        ('asked_for_category("涂料")', "Asked for category (涂料): yes"),
        ("open_tasks = 2 and overdue_tasks = 1", "Open tasks: 2 (is 2); Overdue tasks: 1 (is 1)"),
        ("task_due < today", "Next task due: 2026-06-01 (before 2026-06-30 (today))"),
        ("quotes(2026) = 1 and contracts = 0", "Quotes (2026): 1 (is 1); Contracts: 0 (is 0)"),
    ],
)
def test_being_in_touch(shop: Book, rule: str, said: str) -> None:
    do(shop, "product.create", code="P-1", name="乳胶漆", price="10", category="涂料/内墙")
    do(shop, "segment.create", name="R", rule=rule)
    assert members(shop) == []
    _touch(shop, "enquiry", "2026-06-10", products=["P-1"])
    _touch(shop, "enquiry", "2026-06-20", next_on="2026-07-10")
    _touch(shop, "visit", "2026-05-01")
    _touch(shop, "complaint", "2026-04-01")
    _touch(shop, "note", "2026-06-25")
    _touch(shop, "call", "2025-01-05", "B")
    do(shop, "task.create", title="报价", customer="A", due="2026-06-01")
    do(shop, "task.create", title="回访", customer="A", due="2026-08-01")
    done = do(shop, "task.create", title="旧", customer="B", due="2026-06-01")["task"]
    do(shop, "task.done", task=done)
    line = {"description": "乳胶漆", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    number = do(shop, "quote.create", customer="A", date="2026-06-01", lines=[line])["number"]
    do(shop, "quote.send", quote=number)
    assert members(shop) == ["A"]
    assert said in why(shop, "A")
    is_clean(shop)


def test_places_by_name_and_code_and_collaborators(shop: Book) -> None:
    do(shop, "customer.create", code="C", name="丙公司")
    do(
        shop,
        "address.add",
        customer="A",
        province="浙江省",
        city="杭州市",
        district="西湖区",
        street="文一路 1 号",
    )
    do(shop, "address.add", customer="B", province="浙江省", city="宁波市", street="中山路 1 号")
    for name, rule, codes in (
        ("省", 'place in "浙江省"', ["A", "B"]),
        ("市", "place in (3301)", ["A"]),
        ("区", 'place in ("浙江/杭州/西湖")', ["A"]),
        ("外", "place not in (33) and active", ["C"]),
        ("无", "place is empty", ["C"]),
    ):
        do(shop, "segment.create", name=name, rule=rule)
        assert members(shop, name) == codes, name
    do(shop, "address.add", customer="C", province="浙江省", city="杭州市", street="延安路 1 号")
    assert (members(shop, "市"), members(shop, "外")) == (["A", "C"], [])
    assert why(shop, "A", "市") == "甲公司 is in “市” because: Region 3301: yes."
    do(shop, "collaborator.add", customer="A", name="李娜")
    do(shop, "segment.create", name="协作", rule="collaborator has 李娜")
    assert members(shop, "协作") == ["A"]
    do(shop, "collaborator.add", customer="B", name="李娜")
    do(shop, "collaborator.remove", customer="A", name="李娜")
    assert members(shop, "协作") == ["B"]
    is_clean(shop)


def test_stage_tier_scores_and_owner(shop: Book) -> None:
    rules = {
        "阶段": "life_stage in (new)",
        "消费": "tier >= 1",
        "三项": "rfm_r >= 1 and rfm >= 111",
        "线索": "lead_score >= 0",
        "负责": "owner in (王芳)",
        "跟进": "stage = 意向",
    }
    do(shop, "measure.evaluate")
    for name, rule in rules.items():
        do(shop, "segment.create", name=name, rule=rule)
    assert members(shop, "线索") == ["A", "B"]
    invoice(shop, "A", on="2026-06-20", price="20000")
    do(shop, "customer.update", customer="A", owner="王芳", stage="意向")
    for name in rules:
        assert members(shop, name) == (["B"] if name == "线索" else ["A"]), name
    assert why(shop, "A", "负责") == "甲公司 is in “负责” because: Owner: 王芳 (one of 王芳)."
    is_clean(shop)


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("activities(dance) > 0", "Known: call, visit"),
        ("place in 亚特兰蒂斯", "There is no place"),
        ("collaborator has 没人", "Nobody called"),
        ("own.nothing > 0", "There is no field"),
        ('asked_for("P-9")', "There is no product"),
    ],
)
def test_what_there_is_not_is_refused_in_words(shop: Book, rule: str, part: str) -> None:
    with pytest.raises(CrmdeskError) as refused:
        do(shop, "segment.create", name="R", rule=rule)
    assert refused.value.code is Code.FILTER_INVALID
    assert part in refused.value.message


def test_the_builder_offers_what_the_book_has(shop: Book) -> None:
    do(shop, "field.define", record="customer", name="nick", label="昵称", kind="text")
    do(shop, "customer.update", customer="A", owner="王芳")
    do(shop, "collaborator.add", customer="A", name="李娜")
    do(shop, "address.add", customer="A", province="浙江省", city="杭州市", street="文一路 1 号")
    with shop.read() as connection:
        found = segment_terms.read(connection)
    terms = {term.name: term for term in found.terms}
    assert terms["own.nick"].section == "Own fields"
    assert terms["activities"].takes == ("activity_kind", "period")
    assert found.names["owner"] == ("王芳",)
    assert found.names["collaborator"] == ("李娜",)
    assert found.names["place"] == ("浙江省", "浙江省/杭州市")
    assert terms["owner"].operators[0] == "any_of"


def test_more_rules_than_one_number_has_bits_and_several_currencies(shop: Book) -> None:
    """The whole evaluation keeps a bit for each rule and the sums of each currency; both are put together again."""
    do(shop, "customer.create", code="J", name="日本", currency="JPY")
    invoice(shop, "J", price="5000")
    invoice(shop, "A", price="50")
    line = {"description": "x", "quantity": "1", "unit_price": "70", "tax_rate": "0"}
    do(shop, "invoice.issue", customer="A", date="2026-03-02", currency="USD", lines=[line])
    for number in range(65):
        do(shop, "segment.create", name=f"S{number}", rule=f"spent >= {number * 100}")
    do(shop, "segment.create", name="last", rule="invoice_count = 2 and spent = 50")
    assert members(shop, "last") == ["A"]
    assert members(shop, "S50") == ["J"]
    assert members(shop, "S51") == []
    with shop.write("x") as unit:
        unit.execute(delete(segment_member))
        counts = segment_evaluation.evaluate(unit, segment_evaluation.evaluated_on(unit.connection))  # type: ignore[arg-type]
        unit.finish("x", {})
    assert counts.total["joined"] == 3 + 50 + 1
    assert members(shop, "S50") == ["J"]
    assert members(shop, "last") == ["A"]
    is_clean(shop)
