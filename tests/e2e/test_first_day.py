"""The first working day in the real window: the program as it starts, through its widgets, judged by the book."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton

from crmdesk import text
from crmdesk.app import make_window
from crmdesk.services import check, statements
from crmdesk.services.book import Book
from crmdesk.services.documents.preview import count_pages
from crmdesk.services.lists import Query, querying
from crmdesk.services.reports import ageing
from crmdesk.ui.shots import Stage
from tests.conftest import EFFORT
from tests.ui.watchdog import IS_POSSIBLE, Watchdog

CUSTOMERS = (
    "客户编号,客户名称,电话,付款期限\n"
    "C1,杭州西溪民宿集群,0571-88120000,30\nC2,上海鼎晟贸易有限公司,021-62881000,\nC3,,13800000000,\n"
)


# 0.05 is the goal, on a quiet machine; what fails for a slow or busy one is no test of the program.
SLOT_LIMIT_S = {"long": 0.05}.get(EFFORT, 0.5)


@pytest.fixture
def day(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The program just started on a machine that has no book yet."""
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    monkeypatch.setenv("CRMDESK_LANGUAGE", "zh_CN")
    window = make_window(qapp)
    ctx = window._ctx
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    stage = Stage(ctx, window)
    # The welcome page comes after the first paint.
    wait_until(stage, lambda: window.current_place() == "welcome")
    with Watchdog(limit_s=SLOT_LIMIT_S) if IS_POSSIBLE else nullcontext() as dog:
        yield stage
    # Complaints come last: what they leave standing would spoil the tests after this one.
    has_ended = stage.end(20)
    text.use_language("en")
    assert has_ended, "a task did not end"
    assert dog is None or dog.found == [], dog.complaint()


def rows(stage: Stage, kind: str) -> list[dict[str, Any]]:
    with stage.ctx.need_book().read() as connection:
        query = Query(kind, sort="number" if kind in ("invoices", "payments") else "")
        return querying.rows(connection, query, querying.ids(connection, query))


def keys(text_: str) -> None:
    """Types into whatever has the focus; Chinese comes as an input method commits it."""
    for sign in text_:
        target = QApplication.focusWidget()
        assert target is not None
        if sign.isascii():
            QTest.keyClicks(target, sign)
        else:
            commit = QInputMethodEvent("", [])
            commit.setCommitString(sign)
            QApplication.sendEvent(target, commit)


def press(stage: Stage, *names: str) -> None:
    for name in names:
        stage.press(name)


def wait_until(stage: Stage, holds: Callable[[], bool]) -> None:
    """Waits for what follows a moment after the last choice, such as a page."""
    for _turn in range(200):
        if holds():
            return
        stage.wait(50)
        stage.settle()
    raise AssertionError("it never came")


def new_book(stage: Stage, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_a, **_k: (str(path), "")))
    stage.click("welcome.new")
    stage.type_into("newBook.form.name", "鼎晟建材商行")
    stage.click("newBook.save")
    stage.settle()


def receive(stage: Stage, customer: str, amount: str) -> None:
    """Quick payment without the mouse."""
    press(stage, "F6")
    dialog = stage.widget("payment")
    if dialog.form.value("customer") is None:
        keys(customer)
        press(stage, "Return")
    keys(amount)
    press(stage, "Ctrl+S")


def invoice(stage: Stage, customer: str, words: str, quantity: str, price: str) -> None:
    """One line of words, by the keyboard."""
    press(stage, "Ctrl+N")
    keys(customer)
    press(stage, "Return", "Return", "Return", "Return", "Return")  # picked; date, due, reference, currency
    press(stage, "Return", "Return")  # no product: opened, left empty
    keys(words)
    press(stage, "Return")
    keys(quantity)
    press(stage, "Return", "Return")
    keys(price)
    press(stage, "Return", "Ctrl+Return")


def test_the_whole_first_day(day: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = day
    assert stage.widget("welcome.new").isVisible(), "without a book the program says how to begin"

    # A new book
    path = tmp_path / "鼎晟.crmdesk"
    new_book(stage, path, monkeypatch)
    assert stage.ctx.need_book().path == path
    assert stage.widget("top.book").accessibleName() or stage.widget("top.book").text()

    # The customers she has in a table, one row of which cannot be taken
    table = tmp_path / "客户.csv"
    table.write_bytes(CUSTOMERS.encode("gb18030"))
    stage.window.import_file(table)
    stage.settle()
    stage.click("import.run")
    assert [row["code"] for row in rows(stage, "customers")] == ["C1", "C2"]
    stage.close_dialogs()

    # One more by hand
    stage.go("customers")
    stage.click("customers.new")
    stage.type_into("customer.form.name", "张伟")
    stage.click("customer.save")
    assert sorted(row["name"] for row in rows(stage, "customers")) == sorted(
        ["杭州西溪民宿集群", "上海鼎晟贸易有限公司", "张伟"]
    )

    # Invoices by the keyboard
    stage.go("invoices")
    invoice(stage, "hzxx", "乳胶漆", "10", "196")
    invoice(stage, "C1", "送货", "1", "100.5")
    first, second = rows(stage, "invoices")
    assert (first["number"], first["customer"], first["due"]) == ("INV-2026-0001", "C1", date(2026, 7, 30))
    assert (first["net"], first["tax"], first["total"]) == (196_000, 25_480, 221_480)
    assert second["total"] == 11_357

    # Money comes in
    stage.go("payments")
    receive(stage, "西溪", "2000")
    (payment,) = rows(stage, "payments")
    assert (payment["amount"], payment["free"]) == (200_000, 0)
    assert [row["open"] for row in rows(stage, "invoices")] == [21_480, 11_357]
    receive(stage, "C1", "328.37")
    assert [row["open"] for row in rows(stage, "invoices")] == [0, 0]
    assert [row["free"] for row in rows(stage, "payments")] == [0, 0]

    # The statement as a PDF
    stage.go("statements", customer="C1")
    wait_until(stage, lambda: stage.widget("statement.preview").page_count() == 1)
    target = tmp_path / "对账单.pdf"
    stage.choose("statement.pdf")
    dialog = next(one for one in stage.window.findChildren(QFileDialog) if one.isVisible())
    dialog.fileSelected.emit(str(target))
    dialog.close()
    stage.settle()
    assert count_pages(target.read_bytes()) == 1
    assert [(row["kind"], row["number"]) for row in rows(stage, "prints")] == [("statement", "C1")]
    with stage.ctx.need_book().read() as connection:
        (statement,) = statements.of_customer(connection, "C1")
        assert statement.closing_minor == 0
        assert [line.kind for line in statement.lines] == ["invoice", "invoice", "payment", "payment"]
        assert ageing.rows(connection) == []

    # The other language, live, on every page
    stage.window.use_language("en")
    for place, words in (
        ("customers", "Customers"),
        ("invoices", "Invoices"),
        ("payments", "Payments"),
        ("statements", "Statements"),
    ):
        stage.go(place)
        assert stage.widget(f"nav.{place}", QPushButton).text().strip() == words
        chinese = [
            label.text()
            for label in stage.window.findChildren(QLabel)
            if label.isVisible()
            and label.text() in ("应收单", "收款", "对账单", "客户", "合计", "未结", "金额")
        ]
        assert chinese == []

    # The book is sound, and opens again with everything in it
    book = stage.ctx.need_book()
    report = check.run(book)
    assert report["violations"] == []
    stage.ctx.close_book()
    stage.settle()
    with Book.open(path) as again, again.read() as connection:
        assert len(querying.ids(connection, Query("payments"))) == 2


def test_the_second_start_opens_the_last_book(
    day: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    path = tmp_path / "a.crmdesk"
    new_book(day, path, monkeypatch)
    day.ctx.settings.save()
    day.ctx.close_book()
    day.settle()
    window = make_window(qapp)
    window.show()
    stage = Stage(window._ctx, window)
    try:
        wait_until(stage, lambda: stage.ctx.book is not None)
        assert stage.ctx.need_book().path == path
    finally:
        has_ended = stage.end(20)
    assert has_ended
