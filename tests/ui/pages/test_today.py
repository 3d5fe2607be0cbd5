"""Today through its widgets: numbers open their rows, it keeps in step, an empty book teaches the next step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from crmdesk.models import clock
from crmdesk.models.tables.imports import import_batch
from crmdesk.services import backups_kept, today
from crmdesk.ui import day_signs
from crmdesk.ui.kit import theme
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.shots import Stage

Do = Callable[..., dict[str, Any]]


def line(price: str) -> list[dict[str, Any]]:
    return [{"description": "油漆", "quantity": "1", "unit_price": price, "tax_rate": "0"}]


@pytest.fixture
def shop(stage: Stage, do: Do) -> Stage:
    """As at 2026-06-30: one overdue, one due today, one draft, money on account, two months of payments."""
    do("customer.create", code="A", name="鼎晟", credit_limit="200")
    do("customer.create", code="B", name="Lin")
    do("invoice.issue", customer="A", date="2026-05-01", due="2026-05-31", lines=line("150"))
    do("invoice.issue", customer="A", date="2026-06-01", due="2026-06-30", lines=line("250"))
    do("invoice.issue", customer="B", date="2026-06-01", due="2026-07-31", lines=line("80"))
    do("invoice.draft", customer="B", lines=line("9"))
    do("payment.record", customer="B", date="2026-05-20", amount="30", allocate="none")
    do("payment.record", customer="B", date="2026-06-20", amount="45", allocate="none")
    stage.go("today")
    stage.press("F5")
    return stage


def figure(stage: Stage, name: str) -> tuple[str, str, str]:
    return stage.widget(f"today.figure.{name}").words()


def entries(stage: Stage, name: str) -> list[tuple[str, str]]:
    return [(entry.title, entry.figure) for entry in stage.widget(name).entries()]


def test_key_figures(shop: Stage) -> None:
    assert figure(shop, "received") == ("Received this month", "¥45.00", "last month ¥30.00")
    assert figure(shop, "owed") == ("Receivable", "¥480.00", "2 customers")
    assert shop.window.page("today").cards["owed"].toolTip() == "not deducted: unused payments ¥75.00"
    assert figure(shop, "overdue") == ("Overdue", "¥150.00", "1 customer · oldest 30 days")
    assert figure(shop, "week") == ("Due within 7 days", "¥250.00", "1 document")
    assert shop.widget("today.title").text() == "Tuesday, 30 June"
    assert entries(shop, "today.due.list") == [
        ("鼎晟 · INV-2026-0001", "¥150.00"),
        ("鼎晟 · INV-2026-0002", "¥250.00"),
    ]
    assert entries(shop, "today.todo.list") == [
        ("Due today: 1", "¥250.00"),
        ("Over the credit limit: 1", ""),
        ("Drafts not issued: 1", "¥9.00"),
        ("Payments and credit notes not used: 2", "¥75.00"),
    ]
    assert [row.words() for row in shop.window.page("today").ageing.rows] == [  # type: ignore[union-attr]
        ("Not due", "¥330.00"),
        ("1–30 days", "¥150.00"),
        ("31–60 days", "—"),
        ("61–90 days", "—"),
        ("Over 90 days", "—"),
    ]


@pytest.mark.parametrize(
    ("name", "place", "total", "count"),
    [
        ("overdue", "open_items.sum.open", "¥150.00", 1),
        ("week", "open_items.sum.open", "¥250.00", 1),
        ("owed", "open_items.sum.open", "¥480.00", 3),
        ("received", "payments.sum.amount", "¥45.00", 1),
    ],
)
def test_a_figure_opens_its_rows_by_enter(shop: Stage, name: str, place: str, total: str, count: int) -> None:
    card = shop.widget(f"today.figure.{name}")
    card.setFocus()
    shop.press("Return")
    assert shop.widget(place).text() == total
    table = place.split(".", 1)[0]
    assert shop.widget(f"{table}.count").text() == str(count)
    chip = shop.widget(f"{table}.filter.asked", QPushButton)
    assert chip.text() == card.words()[0]
    shop.click(f"{table}.filter.asked")
    assert not chip.isVisible()
    assert int(shop.widget(f"{table}.count").text()) > count, "the chip takes the filter away"
    shop.press("Alt+Left")
    assert shop.window.current_place() == "today"


def test_a_click_opens_the_document_and_what_waits(shop: Stage) -> None:
    due = shop.widget("today.due.list")
    clicked = due.entries()[0].title
    QTest.mouseClick(
        due.viewport(), Qt.MouseButton.LeftButton, pos=due.visualRect(due.model().index(0, 0)).center()
    )
    shop.settle()
    assert shop.window.current_place() == "invoices"
    table = shop.widget("invoices").table
    number = table.table_model().cell(table.currentIndex().row(), 0)
    assert number
    assert number in clicked
    for row, (place, shown) in enumerate(
        [("open_items", 1), ("customers", 1), ("drafts", 1), ("open_items", 2)]
    ):
        shop.go("today")
        todo = shop.widget("today.todo.list")
        todo.setFocus()
        todo.select(row)
        shop.press("Return")
        assert shop.widget(f"{place}.count").text() == str(shown), place


def test_an_open_item_opens_its_document(shop: Stage) -> None:
    shop.go("invoices", part="open_items", filter="open < 0", words="Credit")
    table = shop.widget("open_items.table")
    table.select_first()
    table.setFocus()
    shop.press("Return")
    assert shop.window.current_place() == "payments"
    shop.go("invoices", part="open_items")
    assert shop.widget("open_items.filter.asked").isVisible()


def test_the_chart_is_walked_by_keys_and_tells_its_months(shop: Stage) -> None:
    chart = shop.widget("today.chart")
    assert [bar.value for bar in chart.bars()][-3:] == [0, 3_000, 4_500]
    assert "2026-06: ¥45.00" in chart.accessibleName()
    assert "2025-07: —" in chart.accessibleDescription()
    chart.setFocus()
    shop.press("Left")
    assert "2026-05: ¥30.00" in chart.accessibleName()
    shop.press("Return")
    assert shop.widget("payments.sum.amount").text() == "¥30.00"
    shop.go("today")
    shop.widget("today.ageing.1").click()
    shop.settle()
    assert shop.widget("open_items.sum.open").text() == "¥150.00"


def test_other_filters_give_way(shop: Stage) -> None:
    page = shop.go("payments")
    shop.type_into("payments.search", "nobody")
    shop.click("payments.filter.reversed")
    assert shop.widget("payments.count").text() == "0"
    shop.go("today")
    shop.widget("today.figure.received").click()
    shop.settle()
    assert shop.widget("payments.count").text() == "1"
    assert shop.widget("payments.search").text() == ""
    assert not shop.widget("payments.filter.reversed").isChecked()
    assert page is shop.window.page("payments")


def test_it_keeps_in_step_with_the_book_and_the_clock(shop: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.ctx.run_use_case(
        "payment.record", {"customer": "A", "date": "2026-06-30", "amount": "400", "allocate": "oldest"}
    )
    shop.settle()
    assert figure(shop, "overdue")[1] == "¥0.00"
    assert figure(shop, "received")[1] == "¥445.00"
    assert shop.widget("nav.invoices", QPushButton).accessibleName() == "Invoices, Drafts: 1"
    monkeypatch.setenv("CRMDESK_TODAY", "2026-08-01")
    shop.ctx.day().look_at_clock()
    shop.settle()
    assert shop.widget("today.title").text() == "Saturday, 1 August"
    assert figure(shop, "overdue")[1] == "¥80.00"
    assert figure(shop, "received")[1:] == ("¥0.00", "last month —")


def nav(shop: Stage, name: str) -> QPushButton:
    """A button of the rail, also while it is hidden as no book is open."""
    return shop.window.findChild(QPushButton, f"nav.{name}")


def test_the_rail_counts(shop: Stage) -> None:
    def told(name: str) -> str:
        return nav(shop, name).accessibleName()

    assert told("invoices") == "Invoices, Overdue: 1, Drafts: 1"
    assert told("today") == "Today, Due today: 1"
    switch_language("zh_CN")
    assert told("invoices") == "应收单, 逾期：1, 草稿：1"
    switch_language("en")
    shop.ctx.close_book()
    shop.settle()
    assert told("invoices") == "Invoices"


def test_a_reading_that_ends_after_its_book_was_closed_counts_nothing(
    shop: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_read, may_answer = threading.Event(), threading.Event()
    load = today.load

    def late(connection: Any) -> Any:
        facts = load(connection)
        was_read.set()
        may_answer.wait(30)
        return facts

    monkeypatch.setattr(today, "load", late)
    shop.ctx.day().refresh()
    assert was_read.wait(30)
    shop.ctx.close_book()
    may_answer.set()
    shop.settle()
    assert shop.ctx.day().facts is None
    assert nav(shop, "invoices").accessibleName() == "Invoices"


def test_another_currency_stands_beside(stage: Stage, do: Do) -> None:
    do("customer.create", code="A", name="鼎晟")
    do("invoice.issue", customer="A", date="2026-05-01", due="2026-05-31", lines=line("150"))
    do("invoice.issue", customer="A", date="2026-05-01", due="2026-05-31", currency="USD", lines=line("20"))
    stage.go("today")
    stage.press("F5")
    assert figure(stage, "overdue")[1:] == ("¥150.00", "+ $20.00 · 1 customer · oldest 30 days")


def test_an_empty_book_teaches_the_next_step(stage: Stage, do: Do) -> None:
    stage.go("today")
    begin = stage.widget("today.begin")
    assert begin.title.text() == "Begin with your customers"
    assert QApplication.focusWidget() is begin.findChild(QPushButton)
    for name in ("window.import", "new.customers", "new.invoices", "practice"):
        assert stage.widget(f"today.begin.{name}", QPushButton).isEnabled()
    stage.ctx.run_use_case("customer.create", {"code": "A", "name": "鼎晟"})
    stage.settle()
    assert stage.widget("today.begin").title.text() == "Write the first invoice"
    stage.ctx.run_use_case(
        "invoice.issue", {"customer": "A", "date": "2026-06-30", "due": "2026-07-30", "lines": line("5")}
    )
    stage.settle()
    assert figure(stage, "owed")[1] == "¥5.00"
    assert stage.widget("today.due").empty.isVisible()


def test_cards_reflow_and_nothing_is_lost_at_200_percent(shop: Stage) -> None:
    page: Any = shop.window.page("today")
    assert (page.figures.columns, page.whole.columns) == (4, 2)
    page.cards["owed"].show_figure("Receivable", "¥999,999,999,999.00", "")
    page.figures.fit()
    shop.settle()
    assert page.figures.columns == 2, "a figure is never cut while it can stand below"
    assert page.cards["owed"].figure.shown() == "¥999,999,999,999.00"
    page.show_facts()
    assert page.figures.columns == 4
    shop.window.resize(900, 700)
    shop.settle()
    assert (page.figures.columns, page.whole.columns) == (2, 1)
    theme.theme().configure("light", "comfortable", 2.0)
    shop.window.resize(1366, 768)
    shop.settle()
    assert (page.figures.columns, page.whole.columns) == (2, 1)
    assert page.area.horizontalScrollBar().maximum() == 0
    for card in page.cards.values():
        assert card.figure.shown() == card.figure.text()
    theme.theme().configure("light", "comfortable", 1.0)


def test_a_new_day_begins_with_today(shop: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.go("customers")
    assert day_signs.place_of_today(shop.ctx) == "customers"
    monkeypatch.setenv("CRMDESK_TODAY", "2026-07-01")
    assert day_signs.place_of_today(shop.ctx) == ""
    shop.ctx.open_book(shop.ctx.need_book().path)
    shop.settle()
    assert shop.window.current_place() == "today"


# The bell


def test_the_bell_tells_and_leads_there(shop: Stage) -> None:
    bell = shop.widget("top.notices")
    assert bell.accessibleName() == "Notices: 1"
    shop.press("Ctrl+Shift+B")
    assert entries(shop, "notices.list") == [("Due today: 1", "")]
    shop.press("Return", "notices.list")
    assert shop.widget("open_items.sum.open").text() == "¥250.00"


def test_a_refused_import_is_told_until_it_was_read(shop: Stage) -> None:
    book = shop.ctx.need_book()
    with book.write("test") as unit:
        unit.add(
            import_batch,
            id=unit.next_id(),
            kind="customers",
            file_name="客户.xlsx",
            file_digest=b"",
            imported_at=clock.stamp(clock.now_utc()),
            read_count=10,
            created_count=7,
            updated_count=0,
            skipped_count=0,
            failed_count=3,
        )
        unit.finish("test", {})
    shop.press("F5")
    assert shop.widget("top.notices").accessibleName() == "Notices: 2"
    shop.click("top.notices")
    notices = shop.widget("notices.list")
    assert notices.entries()[1].title == "Import “客户.xlsx”: 3 rows refused"
    notices.select(1)
    shop.press("Del", "notices.list")
    assert len(notices.entries()) == 1
    assert shop.widget("top.notices").accessibleName() == "Notices: 1"


def test_the_state_of_the_backup(shop: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop.widget("today.backup").text() == "No backup yet"
    backups_kept.run_automatic(shop.ctx.need_book())
    shop.press("F5")
    assert shop.widget("today.backup").text().startswith("Backup verified ")
    shop.ctx.settings.put("backup.problem", "The disk is full.")
    shop.ctx.run_use_case("customer.create", {"code": "C", "name": "New"})
    shop.settle()
    assert shop.widget("top.notices").accessibleName() == "Notices: 2"
    monkeypatch.setenv("CRMDESK_TODAY", "2026-07-20")
    shop.ctx.settings.put("backup.problem", "")
    shop.ctx.day().look_at_clock()
    shop.settle()
    assert "No backup for" in shop.widget("today.todo.list").entries()[-1].title
    shop.click("today.backup")
    assert shop.window.current_place() == "settings"
    assert shop.widget("settings.backup.state").isVisible()
