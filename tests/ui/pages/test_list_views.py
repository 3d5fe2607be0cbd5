"""Conditions, groups and saved views on the lists of a real book."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from crmdesk.models.clauses import Clause
from crmdesk.models.fields import NUMBERS
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.shots import Stage
from tests.ui.driving import chips

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def shop(stage: Stage, do: Do) -> ListPage:
    """The list of invoices over four of them."""
    lines = [{"description": "油漆", "quantity": "1", "unit_price": "100", "tax_rate": "0"}]
    for code, name in (("A", "上海鼎晟"), ("B", "北京远航")):
        do("customer.create", code=code, name=name)
    for code, day in (("A", "2026-04-30"), ("A", "2026-05-01"), ("B", "2026-05-31"), ("B", "2026-06-01")):
        do("invoice.issue", customer=code, date=day, lines=lines)
    do("payment.record", customer="A", date="2026-06-02", amount="100", allocate="oldest")
    stage.go("invoices")
    page = stage.widget("invoices", ListPage)
    stage.settle()
    return page


def test_a_customer_is_picked_and_count_and_sums_follow(stage: Stage, shop: ListPage) -> None:
    stage.press("Ctrl+Shift+F", "invoices.table")
    stage.choose("invoices.addFilter.customer")
    stage.type_into("filter.form.linked", "A")
    stage.press("Return", "filter.form.linked")
    stage.press("Ctrl+S", "filter")
    assert chips(shop) == ["Customer: A"]
    assert shop.count.text() == "2"
    assert stage.widget("invoices.sum.total").text() == "¥200.00"
    assert stage.widget("invoices.sum.open").text() == "¥100.00"


def test_every_operator_of_every_column_is_understood(stage: Stage, shop: ListPage) -> None:
    from crmdesk.models import clauses

    samples = {clauses.PERIOD: ("month",)}
    for field in shop.conditions._fields.values():
        value = "5" if field.kind in NUMBERS else "2026-06-30" if field.kind in clauses.DAYS else "text"
        for operator in clauses.operators(field):
            values = tuple(choice.value for choice in field.choices) or samples.get(operator, (value, value))
            shop.conditions._use(
                [Clause(field.name, operator, () if operator in clauses.WITHOUT_VALUE else values)]
            )
            stage.settle()
            assert shop.banner.isHidden(), (field.name, operator, shop.banner.text())
            assert len(chips(shop)) == 1


def test_groups_are_kept_by_a_view_and_speak_the_language(stage: Stage, shop: ListPage) -> None:
    stage.press("Ctrl+Shift+V", "invoices.table")
    stage.choose("invoices.group.customer")
    stage.close_dialogs()
    model = shop.table.table_model()
    titles = [model.data(model.index(row, 0)) for row in range(model.rowCount()) if model.group_at(row)]
    assert titles == ["北京远航 · B (2)", "上海鼎晟 · A (2)"]
    shop.views.save_as()
    stage.settle()
    stage.type_into("view.form.name", "By customer")
    stage.press("Ctrl+S", "view")
    shop.group_by("state")
    stage.settle()
    assert stage.widget("invoices.viewName").text() == "By customer •"
    assert model.data(model.index(0, 0)) == "Not paid (3)"
    switch_language("zh_CN")
    stage.settle()
    assert model.data(model.index(0, 0)) == "未收款 (3)"
    switch_language("en")
    stage.press("Ctrl+Shift+V", "invoices.table")
    stage.choose("invoices.views.view0")
    stage.close_dialogs()
    assert stage.widget("invoices.viewName").text() == "By customer"
    assert model.group_at(0) is not None


def test_a_new_invoice_joins_its_group_and_nothing_moves(stage: Stage, shop: ListPage, do: Do) -> None:
    shop.group_by("customer")
    stage.settle()
    current = shop.table.table_model().ids[4]
    shop.table.select(current)
    shop.table.toggle_group(0)
    stage.settle()
    shop.table.select(current)
    lines = [{"description": "油漆", "quantity": "1", "unit_price": "7", "tax_rate": "0"}]
    stage.ctx.run_use_case("invoice.issue", {"customer": "B", "date": "2026-06-03", "lines": lines})
    stage.settle()
    model = shop.table.table_model()
    assert model.data(model.index(0, 0)) == "北京远航 · B (3)"
    assert model.rowCount() == 4, "the folded group stays folded"
    assert shop.table.current_id() == current


def test_letters_jump_by_pinyin_in_a_list_sorted_by_name(stage: Stage, shop: ListPage) -> None:
    page = stage.go("customers").list  # type: ignore[attr-defined]
    page.sort_by("name", False)
    stage.settle()
    page.table.setFocus()
    QTest.keyClicks(page.table, "sh")
    stage.settle()
    assert page.table.table_model().cell(page.table.currentIndex().row(), 0) == "A"
    assert page.search.text() == ""


def test_showing_a_record_takes_every_filter_away(stage: Stage, shop: ListPage) -> None:
    hidden = shop.table.table_model().ids[0]
    shop.conditions._use([Clause("customer", "is", ("A",))])
    stage.widget("invoices.filter.overdue").click()
    stage.settle()
    assert hidden not in shop.table.table_model().ids
    shop.show_record(hidden)
    stage.settle()
    assert (shop.table.current_id(), chips(shop)) == (hidden, [])
    assert not stage.widget("invoices.filter.overdue").isChecked(), "a chip must not claim what is not so"
    QTest.keyClick(shop.table, Qt.Key.Key_Down)
