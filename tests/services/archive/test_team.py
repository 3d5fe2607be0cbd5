"""Tasks, comments, collaborators and owners (A9, A11)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check, collaborators, customer_card, lists
from crmdesk.services.book import Book
from tests.services.small_book import do, invoice, rows


def listed(book: Book, kind: str, **more: Any) -> list[dict[str, Any]]:
    return lists.as_json(book, kind, **more)["rows"]


def test_a_task_is_made_done_and_opened_again(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    number = invoice(book, "A")
    one = do(book, "task.create", customer="A", title="寄样品", due="2026-06-01", assignee="王芳")["task"]
    two = do(book, "task.create", kind="invoice", number=number, title="催款", due="2026-07-05")["task"]
    do(book, "task.create", title="打扫仓库")
    found = {row["title"]: row for row in listed(book, "tasks")}
    assert {title: row["state"] for title, row in found.items()} == {
        "寄样品": "late", "催款": "open", "打扫仓库": "open"
    }  # fmt: skip
    assert (found["催款"]["customer"], found["催款"]["assignee"], found["打扫仓库"]["customer"]) == (
        "A",
        "teller",
        "",
    )
    assert [row["title"] for row in listed(book, "tasks", filter="state = late and assignee = 王芳")] == [
        "寄样品"
    ]
    do(book, "task.done", task=one, outcome="已寄出")
    with pytest.raises(CrmdeskError) as caught:
        do(book, "task.done", task=one)
    assert caught.value.code is Code.WRONG_STATE
    do(book, "task.reopen", task=one)
    with pytest.raises(CrmdeskError):
        do(book, "task.reopen", task=one)
    do(book, "task.update", task=one, due="2026-07-01", clear=["note"])
    assert {row["title"]: row["state"] for row in listed(book, "tasks")}["寄样品"] == "open"
    do(book, "task.remove", task=two)
    assert len(listed(book, "tasks")) == 2
    assert check.run(book)["clean"]


def test_comments_mention_people_without_a_space(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", owner="王芳")
    do(book, "collaborator.add", customer="A", name="李强")
    done = do(
        book,
        "comment.add",
        customer="A",
        text="@王芳请跟进，抄送 @李强，＠Tom Smith。写 a@b.cn",
        handover=True,
    )
    assert done["mentions"] == ["王芳", "李强", "Tom"]
    assert do(book, "comment.add", customer="A", text="好", mentions=["赵六"])["mentions"] == ["赵六"]
    found = listed(book, "comments", filter="mentions ~ 李强")
    assert [(row["actor"], row["handover"]) for row in found] == [("teller", True)]
    do(book, "comment.update", comment=done["comment"], text="@赵六 你来")
    assert listed(book, "comments", filter="mentions ~ 李强") == []
    do(book, "comment.remove", comment=done["comment"])
    before = rows(book.path)
    for wrong in (
        {"customer": "A", "text": "  "},
        {"kind": "invoice", "number": "INV-9", "text": "x"},
        {"text": "x"},
        {"customer": "A", "number": "NOPE-1", "text": "x"},
        {"customer": "A", "number": "NOPE-1", "kind": "customer", "text": "x"},
    ):
        with pytest.raises(CrmdeskError):
            do(book, "comment.add", **wrong)
    assert rows(book.path) == before
    assert check.run(book)["clean"]


def test_owners_and_who_helps_them(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    do(book, "customer.create", code="A", name="A", owner="王芳")
    do(book, "customer.create", code="B", name="B")
    do(book, "collaborator.add", customer="A", name="李强", access="read")
    do(book, "collaborator.add", customer="A", name="赵六")
    assert [
        row["code"] for row in listed(book, "customers", filter="owner = 李强 or collaborators ~ 李强")
    ] == ["A"]
    with pytest.raises(CrmdeskError) as caught:
        do(book, "collaborator.add", customer="A", name="王芳")
    assert caught.value.code is Code.DUPLICATE
    monkeypatch.setenv("CRMDESK_TODAY", "2026-07-10")
    do(book, "customer.update", customer="A", owner="李强")
    do(book, "customer.update", customer="B", owner="赵六")
    with book.read() as connection:
        first, second = (customer_card.id_of(connection, code) or 0 for code in "AB")
        history = collaborators.owner_history(connection, first)
        assert [(span.owner, span.until_on, span.actor) for span in history] == [
            ("王芳", date(2026, 7, 10), ""), ("李强", None, "teller"),
        ]  # fmt: skip
        assert [span.owner for span in collaborators.owner_history(connection, second)] == ["赵六"]
        helping = collaborators.of_customer(connection, first)
        assert [(one.name, one.access) for one in helping] == [("赵六", "edit")], "the new owner helps nobody"
    do(book, "collaborator.remove", customer="A", name="赵六")
    with pytest.raises(CrmdeskError):
        do(book, "collaborator.remove", customer="A", name="赵六")
    do(book, "customer.delete", customer="B")
    assert check.run(book)["clean"]
