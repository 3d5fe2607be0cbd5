"""What the day asks for, the statement of a whole group, and the same by the batch language."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from crmdesk.cli import main
from crmdesk.services import check, demo, lists, today, today_people
from crmdesk.services.book import Book
from tests.services.small_book import do, invoice


def test_the_figures_of_the_day_are_their_rows(book: Book) -> None:
    for code, owner, planned in (
        ("A", "王芳", "2026-06-30"),
        ("B", "李'强", "2026-06-01"),
        ("C", "王芳", "2026-07-01"),
    ):
        do(book, "customer.create", code=code, name=code, owner=owner, next_contact=planned)
        do(book, "task.create", customer=code, title=code, due=planned, assignee=owner)
    do(book, "customer.create", code="D", name="D", next_contact="2026-06-01")
    do(book, "customer.deactivate", customer="D")
    do(book, "task.done", task=do(book, "task.create", title="alt", due="2026-01-01")["task"])
    with book.read() as connection:
        found = today.load(connection)
        own = [today_people.contacts(connection, date(2026, 6, 30), "李'强"),
               today_people.tasks(connection, date(2026, 6, 30), "李'强")]  # fmt: skip
    assert (found.contacts.count, found.tasks.count) == (2, 2)
    assert [figure.count for figure in own] == [1, 1]
    for figure, kind in (
        (found.contacts, "customers"),
        (found.tasks, "tasks"),
        (own[0], "customers"),
        (own[1], "tasks"),
    ):
        assert lists.as_json(book, kind, filter=str(figure.target.wanted["filter"]))["total"] == figure.count


def test_statements_of_a_whole_group(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    for code in ("A", "B", "C"):
        do(book, "customer.create", code=code, name=code)
        invoice(book, code)
    do(book, "relation.add", customer="B", kind="parent", other="A")
    assert main(["statement", str(book.path), "A", "--members", "--format", "json"]) == 0
    assert [one["customer"] for one in json.loads(capsys.readouterr().out)] == ["A", "B"]


def test_the_same_by_the_batch_language(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"do": "customer.create", "code": "A", "name": "甲", "addresses": [{"region": "310115"}]},
        {"do": "customer.create", "code": "B", "name": "乙"},
        {
            "do": "activity.log",
            "ref": "a",
            "customer": "A",
            "kind": "call",
            "text": "x",
            "next_on": "2026-07-05",
        },
        {"do": "activity.update", "activity": "@a", "outcome": "好"},
        {"do": "task.create", "ref": "t", "customer": "A", "title": "寄样品", "due": "2026-07-01"},
        {"do": "task.done", "task": "@t"},
        {"do": "comment.add", "customer": "A", "text": "@王芳 看"},
        {"do": "relation.add", "customer": "B", "kind": "parent", "other": "A"},
        {"do": "collaborator.add", "customer": "A", "name": "李强"},
        {"do": "customer.anonymise", "customer": "B", "reason": "本人要求"},
    ]
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    assert main(["apply", str(book.path), str(file)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(answer["ok"] for answer in answers), answers
    assert answers[6]["result"]["mentions"] == ["王芳"]
    assert main(["list", "activities", str(book.path), "--filter", "kind = call"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["outcome"] == "好"
    assert check.run(book)["clean"]


def test_the_practice_company_is_talked_to(tmp_path: Path) -> None:
    path = tmp_path / "a.crmdesk"
    with demo.create(path, customer_count=30, invoice_count=100, until=date(2026, 6, 30)) as book:
        for kind, least in (("activities", 10), ("tasks", 5), ("comments", 1), ("relations", 2)):
            assert lists.as_json(book, kind)["total"] >= least
        places = lists.as_json(book, "customers", filter="region = ''")["total"]
        assert places < 15, "most addresses have their code"
        assert check.run(book)["clean"]
