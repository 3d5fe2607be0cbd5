"""Analysis of groups in the real window: matrix, comparison, overview; hands on the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from crmdesk.models import clock
from crmdesk.ui import papers
from crmdesk.ui.pages.customers.analysis.compare import ComparePage
from crmdesk.ui.pages.customers.analysis.matrix import MatrixPage
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Stage

Do = Callable[..., dict[str, Any]]


def bill(do: Do, code: str, amount: str, on: str = "2026-06-01", **more: Any) -> str:
    line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer=code, date=on, due=on, lines=[line], **more)["number"]


@pytest.fixture
def shop(do: Do) -> None:
    for code, name, place, level in (
        ("C1", "杭州西溪民宿", "零售/线上", "A"),
        ("C2", "绍兴黄酒行", "零售", "B"),
        ("C3", "苏州木作", "制造", "A"),
    ):
        do(
            "customer.create", code=code, name=name, level=level, tags=["VIP"] if code != "C2" else [],
            categories=[{"dimension": "行业", "path": place}],
        )  # fmt: skip
    bill(do, "C1", "800")
    bill(do, "C3", "300")


def part(stage: Stage, name: str, **more: Any) -> Any:
    page = stage.go("customers", part=name, **more)
    assert isinstance(page, CustomersPage)
    found = page.parts.part(name)
    stage.settle()
    return found


def crossed(page: MatrixPage) -> dict[str, list[str]]:
    grid = page.grid.grid()
    return {title: [cell.text for cell in row] for title, row in zip(grid.rows, grid.cells, strict=True)}


def listed(stage: Stage) -> list[int]:
    page = stage.window.page("customers")
    assert isinstance(page, CustomersPage)
    stage.settle()
    return [page.table.table_model().record_count]


# Matrix


@pytest.mark.usefixtures("shop")
def test_a_cell_opens_its_customers_by_keyboard(stage: Stage) -> None:
    page = part(stage, "matrix")
    assert list(page.grid.grid().columns) == ["A", "B", "Total"]
    assert crossed(page) == {"零售": ["1", "1", "2"], "制造": ["1", "—", "1"], "Total": ["2", "1", "3"]}
    assert page.grid.hasFocus()
    assert page.told.text() == "零售 × A · 1 customer · 33.3 % of the whole"
    stage.press("End")
    assert page.told.text() == "零售 · 2 customers · 66.7 % of the whole"
    stage.press("Return")
    assert listed(stage) == [2]
    stage.press("Alt+Left")
    assert page.isVisible()
    assert page.grid.currentIndex().column() == 2, "the cursor stays where it was"


@pytest.mark.usefixtures("shop")
def test_the_matrix_follows_what_is_booked_and_chosen(stage: Stage, do: Do) -> None:
    page = part(stage, "matrix", rows="tag", columns="level", figure="revenue")
    assert crossed(page)["VIP"] == ["1,100.00", "—", "1,100.00"]
    stage.press("Right")
    stage.ctx.run_use_case(
        "invoice.issue",
        {
            "customer": "C1", "date": "2026-06-02", "due": "2026-06-02",
            "lines": [{"description": "x", "quantity": "1", "unit_price": "50", "tax_rate": "0"}],
        },
    )  # fmt: skip
    stage.settle()
    assert crossed(page)["VIP"][0] == "1,150.00"
    assert page.grid.currentIndex().column() == 1
    stage.press("Ctrl+T")
    assert list(page.grid.grid().columns) == ["VIP", "Without a tag", "Total"]
    stage.press("Ctrl+Alt+C")
    assert "A\t1150.00" in QGuiApplication.clipboard().text()
    stage.press("Ctrl+Shift+C")
    assert not QGuiApplication.clipboard().image().isNull()
    page.group.setFocus()
    stage.type("制造")
    stage.press("Return")
    assert crossed(page)["A"] == ["300.00", "300.00"]


@pytest.mark.usefixtures("shop")
def test_the_matrix_goes_out_as_a_file(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "ask_file", lambda _ctx, _parent, _title, name, on: on(tmp_path / name))
    part(stage, "matrix")
    stage.press("Ctrl+Shift+E")
    stage.press("Ctrl+P")
    stage.settle()
    assert sorted(one.suffix for one in tmp_path.glob("Matrix*")) == [".pdf", ".xlsx"]


def test_an_empty_matrix_says_what_to_do(stage: Stage) -> None:
    page = part(stage, "matrix")
    assert page.empty.isVisible()
    assert "Put customers into categories" in page.empty.text.text()
    assert not page.open_action.isEnabled()


@pytest.mark.usefixtures("shop")
def test_turning_round_is_offered_only_where_it_helps(stage: Stage) -> None:
    page = part(stage, "matrix", group="tag:nobody")
    assert "nobody" in page.banner.text()
    shown = [one.text() for one in page.banner.findChildren(QPushButton) if one.isVisible()]
    assert "Turn it round" not in shown


# Groups side by side


def compared(page: ComparePage) -> dict[str, list[tuple[str, str]]]:
    grid = page.grid.grid()
    return {
        title: [(cell.text, cell.note) for cell in row]
        for title, row in zip(grid.rows, grid.cells, strict=True)
    }


@pytest.mark.usefixtures("shop")
def test_groups_are_compared_by_keyboard(stage: Stage) -> None:
    page = part(stage, "compare", groups=["tag:VIP", "category:行业/零售"])
    found = compared(page)
    assert found["Customers"] == [("2", ""), ("2", "")]
    assert found["Per customer, excl. tax"] == [("550.00", ""), ("400.00", "−27.3 %")]
    assert found["Churn"] == [("—", ""), ("—", "")], "nobody bought in the time before"
    stage.press("Ctrl+N")
    stage.type("制造")
    stage.press("Return")
    assert list(page.grid.grid().columns)[2] == "行业/制造"
    page.grid.setFocus()
    stage.press("End")
    stage.press("Alt+B")
    assert compared(page)["Per customer, excl. tax"][0] == ("300.00", ""), "compared with it now"
    page.grid.setCurrentIndex(page.grid.model().index(3, 1))
    assert page.told.text().startswith("Revenue per customer")
    stage.press("Ctrl+Del")
    assert len(page.grid.grid().columns) == 2
    page.grid.setFocus()
    stage.press("Return")
    assert listed(stage) == [1]


def test_without_groups_there_is_nothing_to_compare(stage: Stage) -> None:
    page = part(stage, "compare")
    assert page.empty.isVisible()
    assert "Two groups are needed" in page.empty.text.text()


@pytest.mark.usefixtures("shop")
def test_the_overview_leads_to_customers_and_to_the_comparison(stage: Stage, do: Do) -> None:
    do("segment.create", name="大客户", rule="level = A")
    do("segment.create", name="零售客户", rule='category = "行业/零售"')
    page = part(stage, "overview")
    assert page.table.table_model().record_count == 2
    page.table.selectAll()
    stage.press("Alt+B")
    stage.settle()
    place = stage.window.page("customers")
    assert isinstance(place, CustomersPage)
    compare = place.parts.part("compare")
    assert compare.grid.grid().rows[0] == "Customers"  # type: ignore[union-attr]
    stage.press("Alt+Left")
    page.table.select_first()
    page.table.setFocus()
    stage.press("Return")
    assert listed(stage) == [2]


@pytest.mark.usefixtures("shop")
def test_the_overview_ends_today_at_the_latest(stage: Stage, do: Do) -> None:
    """The first view is this year: what falls due until December is not overdue today."""
    line = {"description": "油漆", "quantity": "1", "unit_price": "50", "tax_rate": "0"}
    do("invoice.issue", customer="C1", date="2026-06-01", due="2026-08-31", lines=[line])
    do("segment.create", name="大客户", rule="level = A")
    page = part(stage, "overview")
    for _view in ("the first", "a year that is chosen"):
        stage.settle()
        assert page.rows.options.date_to == clock.today()
        row = page.rows.raw(1)
        assert (row[5], row[6]) == (115_000, 110_000)
        page.period.use(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.usefixtures("shop")
def test_the_hint_of_the_matrix_is_right_on_light_and_on_dark(stage: Stage) -> None:
    """Fuller cells are darker on light and lighter on dark: the hint speaks of neither."""
    hint = part(stage, "matrix").hint.text()
    assert "stronger" in hint
    assert "dark" not in hint
