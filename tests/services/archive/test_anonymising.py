"""A customer is forgotten on request; the ledger stays whole (A12)."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from crmdesk import text
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import (
    backups_kept,
    check,
    customer_card,
    customer_history,
    draft_journal,
    lists,
    search,
    use_cases,
)
from crmdesk.services.book import Book
from tests.services.small_book import do, invoice, rows

NAME, MATE = "欧阳静怡", "司马相如"
PERSONAL = (NAME, MATE, "13800138000", "jingyi@example.com", "南京西路1266号", "ouyangjy88", "她怕狗", "样品不好闻",
            "91350100M000100Y43", "私人合影.txt", "她女儿九月上学", "13900000001")  # fmt: skip


def fill(book: Book) -> None:
    do(
        book, "customer.create", code="K7", name=NAME, kind="person", phone="13900000001", email="jingyi@example.com",
        note="她怕狗", tags=["VIP"], owner="王芳",
        contacts=[{"name": MATE, "wechat": "ouyangjy88"}], addresses=[{"street": "南京西路1266号", "city": "上海市"}],
        billing_profiles=[{"title": NAME, "tax_number": "91350100M000100Y43"}],
    )  # fmt: skip
    do(book, "customer.update", customer="K7", phone="13800138000")
    do(book, "customer.create", code="K8", name="别人", contacts=[{"name": "李娜"}])
    do(book, "tag.add", tag="老客户", customers=["K7", "K8"])
    number = invoice(book, "K7", price="100")
    do(book, "payment.record", customer="K7", date="2026-04-02", amount="100.00", allocate="oldest")
    do(book, "invoice.draft", customer="K7", lines=[], note=f"给{NAME}")
    one = do(book, "activity.log", customer="K7", kind="complaint", text="样品不好闻", person=MATE)[
        "activity"
    ]
    do(book, "activity.update", activity=one, text=f"{NAME}说样品不好闻")
    gone = do(book, "activity.log", customer="K7", kind="call", text="她女儿九月上学")["activity"]
    do(book, "activity.remove", activity=gone)
    do(book, "task.create", customer="K7", title=f"给{NAME}寄样品", note="她女儿九月上学")
    do(book, "comment.add", customer="K7", text="她怕狗，别带狗")
    do(book, "comment.add", kind="invoice", number=number, text=f"{NAME}催发票")
    do(book, "attachment.add", kind="customer", customer="K7", name="私人合影.txt",
       content=base64.b64encode(NAME.encode()).decode())  # fmt: skip
    do(book, "activity.log", customer="K8", kind="call", text="李娜来电")
    do(book, "promise.record", customer="K8", amount="1", promised_on="2026-08-01", note="别人的")


def on_disk(book: Book) -> list[str]:
    """Personal texts that stand in any file beside the book."""
    found = b"".join(path.read_bytes() for path in book.path.parent.glob("*") if path.is_file())
    return [word for word in PERSONAL if word.encode() in found]


def test_nothing_is_left_of_the_person(book: Book) -> None:
    text.use_language("zh_CN")
    fill(book)
    assert NAME in on_disk(book), "else the test would prove nothing"
    before = rows(book.path)
    done = use_cases.run_outcome(book, "customer.anonymise", {"customer": "K7", "reason": "本人要求"})
    assert done.result["code"] == "K7"
    assert "K7" in done.result["name"]
    assert (done.result["still_named_in"], done.result["backups"]) == ([], 0)
    assert on_disk(book) == []
    after = rows(book.path)
    posted = ("document", "document_line", "payment", "allocation", "posting", "open_item")
    assert {name: before[name] for name in posted} == {name: after[name] for name in posted}
    assert check.run(book) == check.run(book) | {"clean": True, "violations": []}
    with book.read() as connection:
        record_id = customer_card.id_of(connection, "K7") or 0
        card = customer_card.load(connection, record_id)
        assert (card.name, card.is_active, card.parts["contact"]) == (done.result["name"], False, ())
        assert [tag.name for tag in card.tags] == ["VIP", "老客户"]
        kinds = {event.kind for event in customer_history.timeline(connection, record_id)}
        assert {"invoice", "payment", "activity", "change"} <= kinds
        assert list(search.customers(connection, "欧阳", 5).ids) == []
        assert len(search.customers(connection, "k7", 5).ids) == 1
    kept = [row for row in lists.as_json(book, "audit")["rows"] if "李娜来电" in row["detail"]]
    assert len(kept) == 1, "what was said with others stays"
    with pytest.raises(CrmdeskError) as caught:
        do(book, "customer.anonymise", customer="K7", reason="noch einmal")
    assert caught.value.code is Code.WRONG_STATE
    book.close()
    assert on_disk(book) == []


def test_open_items_hold_it_up(book: Book) -> None:
    do(book, "customer.create", code="K7", name=NAME)
    number = invoice(book, "K7")
    before = rows(book.path)
    with pytest.raises(CrmdeskError) as caught:
        do(book, "customer.anonymise", customer="K7", reason="x")
    assert (caught.value.code, caught.value.field) == (Code.HAS_OPEN_ITEMS, "override")
    assert rows(book.path) == before
    do(book, "customer.anonymise", customer="K7", reason="x", override=True)
    do(book, "payment.record", customer="K7", date="2026-06-30", amount="100.00",
       allocate=[{"invoice": number, "amount": "100.00"}])  # fmt: skip
    assert check.run(book)["clean"]


def test_posted_words_and_backups_are_told(book: Book) -> None:
    do(book, "customer.create", code="K7", name=NAME)
    line = {"description": f"{NAME}的订单", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    number = do(book, "invoice.issue", customer="K7", date="2026-03-01", lines=[line])["number"]
    backups_kept.run_automatic(book)
    done = use_cases.run_outcome(
        book, "customer.anonymise", {"customer": "K7", "reason": "x", "override": True}
    )
    assert (done.result["still_named_in"], done.result["backups"]) == ([number], 1)
    assert [entry["code"] for entry in done.warnings] == ["still_held", "still_held"]
    assert check.run(book)["clean"]


def test_forms_left_behind_are_forgotten(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_HOME", str(tmp_path / "home"))
    do(book, "customer.create", code="K7", name=NAME)

    def entry(entry_id: str, record: str, **values: Any) -> draft_journal.Entry:
        return draft_journal.Entry(entry_id, "customer", record, values=values, typed_at=draft_journal.now())

    journal = draft_journal.Journal(book.path)
    journal.write(
        [entry("1", "K7", note="x"), entry("2", "", name=f"{NAME}的朋友"), entry("3", "K8", note="y")]
    )
    journal.close(
        [entry("1", "K7", note="x"), entry("2", "", name=f"{NAME}的朋友"), entry("3", "K8", note="y")]
    )
    do(book, "customer.anonymise", customer="K7", reason="x")
    left = draft_journal.Journal(book.path)
    assert [one.id for one in left.take_over().entries] == ["3"]
    left.close()


def test_a_contact_of_a_firm_is_forgotten(book: Book) -> None:
    do(
        book,
        "customer.create",
        code="F",
        name="鼎晟",
        contacts=[{"name": MATE, "mobile": "13800138000"}, {"name": "李娜"}],
    )
    with book.read() as connection:
        record_id = customer_card.id_of(connection, "F") or 0
        contact = customer_card.load(connection, record_id).parts["contact"][0].id
    do(book, "contact.update", contact=contact, wechat="ouyangjy88", note="x")
    do(book, "activity.log", customer="F", kind="call", person=MATE, text="好")
    assert {MATE, "13800138000", "ouyangjy88"} <= set(on_disk(book))
    done = do(book, "contact.anonymise", contact=contact, reason="本人要求")
    assert done["still_named_count"] == 0
    assert on_disk(book) == []
    assert [row["name"] for row in lists.as_json(book, "contacts")["rows"]] == ["李娜"]
    assert lists.as_json(book, "activities")["rows"][0]["person"] == ""
    before = rows(book.path)
    with pytest.raises(CrmdeskError):
        do(book, "contact.anonymise", contact=contact, reason="x")
    assert rows(book.path) == before
    do(book, "activity.log", customer="F", kind="call", text=f"{MATE}的同事")
    other = do(book, "contact.add", customer="F", name=MATE)["contact"]
    assert do(book, "contact.anonymise", contact=other, reason="x")["still_named_count"] == 1
    assert check.run(book)["clean"]
