"""Dictionaries: words offered, renamed and merged in every record; shared views; and the batch language over it all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check, dictionaries, lists, use_cases, views
from crmdesk.services.book import Book
from tests.services.test_custom_fields import clean, do, refused


def words(book: Book, name: str) -> list[tuple[str, int, bool]]:
    rows = lists.as_json(book, "dictionaries", filter=f"dictionary = {name}")["rows"]
    return [(row["name"], row["records"], row["active"]) for row in rows]


def warned(book: Book, use_case: str, **arguments: Any) -> list[str]:
    return [entry["code"] for entry in use_cases.run_outcome(book, use_case, arguments).warnings]


def test_the_life_of_a_dictionary(book: Book) -> None:
    for code, level, stage in (("A", "VIP", "new"), ("B", "VIP", ""), ("C", "Gold", "old")):
        do(book, "customer.create", code=code, name=f"Firm {code}", level=level, stage=stage)
    do(book, "product.create", code="P", name="Pen", price="10")
    do(book, "product.price_set", product="P", level="VIP", price="8")
    assert do(book, "dictionary.collect", dictionary="level") == {"dictionary": "level", "added": 2}
    assert do(book, "dictionary.collect", dictionary="level")["added"] == 0
    assert words(book, "level") == [("VIP", 3, True), ("Gold", 1, True)]
    do(book, "dictionary.add", dictionary="level", name="Silver", label_en="silver")
    assert refused(book, "dictionary.add", dictionary="level", name="Silver")[0] is Code.DUPLICATE
    assert refused(book, "dictionary.add", dictionary="ghost", name="x")[0] is Code.INVALID_CHOICE
    do(book, "dictionary.reorder", dictionary="level", names=["Silver"])
    with book.read() as connection:
        assert dictionaries.read(connection, "level").offered == ("Silver", "VIP", "Gold")
        assert dictionaries.of_field(connection, "contact", "phone") is None
    # an open one takes others with a warning, a closed one refuses; what records have is left alone
    assert warned(book, "customer.update", customer="A", level="Bronze") == ["not_in_dictionary"]
    assert warned(book, "customer.update", customer="A", level="VIP") == []
    do(book, "dictionary.update", dictionary="level", open=False)
    assert refused(book, "customer.update", customer="A", level="Bronze") == (Code.INVALID_CHOICE, "level")
    assert refused(book, "customer.create", name="N", level="Bronze")[0] is Code.INVALID_CHOICE
    do(book, "dictionary.retire", dictionary="level", name="Gold")
    assert refused(book, "customer.update", customer="A", level="Gold")[0] is Code.INVALID_CHOICE
    do(book, "customer.update", customer="C", phone="12345678")
    do(book, "dictionary.restore", dictionary="level", name="Gold")
    # renamed and merged everywhere, prices included
    assert do(book, "dictionary.rename", dictionary="level", name="VIP", to="贵宾")["records"] == 3
    assert words(book, "level") == [("Silver", 0, True), ("贵宾", 3, True), ("Gold", 1, True)]
    bill = do(book, "invoice.issue", customer="A", lines=[{"product": "P", "quantity": "1"}])
    assert bill["net"] == "8.00"
    assert lists.as_json(book, "customers", filter="level = 贵宾")["total"] == 2
    assert refused(book, "customer.update", customer="A", version=1, phone="87654321")[0] is Code.CHANGED_BY
    do(book, "product.price_set", product="P", level="Gold", price="9")
    assert (
        refused(book, "dictionary.merge", dictionary="level", name="Gold", into="贵宾")[0] is Code.DUPLICATE
    )
    do(book, "product.price_remove", product="P", level="Gold")
    assert do(book, "dictionary.merge", dictionary="level", name="Gold", into="贵宾")["records"] == 1
    assert words(book, "level") == [("Silver", 0, True), ("贵宾", 4, True)]
    assert refused(book, "dictionary.rename", dictionary="level", name="Gold", to="x")[0] is Code.NOT_FOUND
    assert (
        refused(book, "dictionary.rename", dictionary="level", name="Silver", to="贵宾")[0] is Code.DUPLICATE
    )
    assert refused(book, "dictionary.update", dictionary="source", open=False)[0] is Code.REQUIRED
    clean(book)


def test_views_that_everybody_sees(book: Book) -> None:
    state = {"filter": [], "sort": "-balance", "columns": {"order": ["code", "own.color"]}}
    do(book, "view.save", list="customers", name="East", state=state)
    do(book, "view.save", list="customers", name="East", state=state)
    do(book, "view.save", list="customers", name="West", state={})
    with book.read() as connection:
        assert [(view.name, view.state) for view in views.of_list(connection, "customers")] == [
            ("East", state), ("West", {})]  # fmt: skip
        assert views.of_list(connection, "invoices") == ()
    assert refused(book, "view.rename", list="customers", name="East", to="West")[0] is Code.DUPLICATE
    do(book, "view.rename", list="customers", name="East", to="Ost")
    assert refused(book, "view.delete", list="customers", name="East")[0] is Code.NOT_FOUND
    do(book, "view.delete", list="customers", name="West")
    assert [row["name"] for row in lists.as_json(book, "views")["rows"]] == ["Ost"]
    assert refused(book, "view.save", list="ghosts", name="x", state={})[0] is Code.LIST_UNKNOWN
    assert refused(book, "view.save", list="customers", name="x", state="x")[0] is Code.INVALID_TYPE
    clean(book)


def test_all_of_it_through_apply(book: Book, tmp_path: Path) -> None:
    lines = [
        {"do": "field.define", "record": "customer", "name": "color", "label": "颜色", "kind": "choice",
         "choices": [{"value": "red"}, {"value": "blue"}]},
        {"do": "field.define", "record": "payment", "name": "slip", "label": "水单", "kind": "text"},
        {"do": "dictionary.add", "dictionary": "source", "name": "展会"},
        {"do": "customer.create", "ref": "a", "code": "A", "name": "Alpha", "source": "展会",
         "fields": {"color": "red"}},
        {"do": "payment.record", "customer": "@a", "amount": "5", "fields": {"slip": "S1"}},
        {"do": "customer.update", "customer": "@a", "fields": {"color": "green"}},
        {"do": "view.save", "list": "customers", "name": "Red", "state": {"filter": "own.color = red"}},
    ]  # fmt: skip
    path = book.path
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "crmdesk"]
    done = subprocess.run(
        [*command, "apply", str(path), str(batch), "--keep-going"],
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, True, True, True, True, False, True]
    assert answers[5]["error"]["field"] == "fields.color"
    listed = subprocess.run(
        [*command, "list", "customers", str(path), "--filter", 'own.color = "red"', "--json"],
        capture_output=True, text=True, check=False)  # fmt: skip
    assert [row["own.color"] for row in json.loads(listed.stdout)["rows"]] == ["red"]
    saved = subprocess.run(
        [*command, "list", "payments", str(path), "--format", "csv", "--out", str(tmp_path / "p.csv")],
        capture_output=True, text=True, check=False)  # fmt: skip
    assert saved.returncode == 0
    assert "S1" in (tmp_path / "p.csv").read_text(encoding="utf-8-sig")
    assert check.run(book)["clean"]


def test_a_filter_of_a_field_that_is_not_there_says_so(book: Book) -> None:
    with pytest.raises(CrmdeskError) as caught:
        lists.as_json(book, "customers", filter="own.ghost = 1")
    assert caught.value.code is Code.FILTER_INVALID
