"""Conditions, views, columns and groups of a list over a source that keeps no book."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from crmdesk.models.clauses import Clause
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.services.changes import Changes
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import columns_of
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.filter_bar import FilterChip
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_groups import GroupedIds, RowGroup, RowGroups
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.period_combo import PeriodCombo
from tests.ui.driving import chips

FIELDS = (
    Field("code", Kind.CODE, "Code"),
    Field("name", Kind.TEXT, "Name"),
    Field("state", Kind.STATE, "State", choices=(Choice("open", "Open"), Choice("paid", "Paid"))),
    Field("balance", Kind.MONEY, "Balance", sign="any"),
    Field("day", Kind.DATE, "Day"),
)


class Source:
    """Numbers as records; odd ones are open. Notes every query."""

    fields = FIELDS
    filter_fields = FIELDS
    group_fields = (FIELDS[2],)

    def __init__(self, count: int) -> None:
        self.kept = array("q", range(1, count + 1))
        self.asked: list[Query] = []

    def ids(self, query: Query) -> array[int]:
        self.asked.append(query)
        return array("q", reversed(self.kept)) if query.is_descending else array("q", self.kept)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        return {
            entry: (f"C{entry}", f"name {entry}", "open" if entry % 2 else "paid", Decimal(entry), None)
            for entry in ids
        }

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        del query
        return {"balance": Decimal(sum(self.kept))}

    def grouped(self, query: Query) -> GroupedIds:
        self.asked.append(query)
        odd = array("q", [entry for entry in self.kept if entry % 2])
        even = array("q", [entry for entry in self.kept if not entry % 2])
        groups = [
            RowGroup("open", len(odd), "", {"balance": Decimal(sum(odd))}),
            RowGroup("paid", len(even), "", {"balance": Decimal(sum(even))}),
        ]
        return GroupedIds(odd + even, groups)

    def beginning_with(self, query: Query, text: str) -> int | None:
        del query
        return next((entry for entry in self.kept if f"name {entry}".startswith(text.lower())), None)


@pytest.fixture
def page(host: Context, qtbot: QtBot) -> Iterator[ListPage]:
    made = ListPage(host, "things", "Things", Source(40), columns_of(FIELDS), kind="thing")
    qtbot.addWidget(made)
    made.add_filter(
        filter_chip(
            "Odd", "things.filter.odd", lambda is_on: made.set_filter("odd", "odd" if is_on else None)
        )
    )
    made.resize(900, 500)
    with qtbot.waitSignal(made.loaded):
        made.show()
    made.activateWindow()
    assert QTest.qWaitForWindowActive(made)
    yield made
    for top in QApplication.topLevelWidgets():
        if isinstance(top, Dialog):
            top.done(0)
        elif isinstance(top, QMenu):
            top.close()


def asked(page: ListPage) -> Query:
    source = page.table.table_model().source
    assert isinstance(source, Source)
    return source.asked[-1]


def sheet(qtbot: QtBot, name: str) -> Dialog:
    def shown() -> Dialog | None:
        return next(
            (
                top
                for top in QApplication.topLevelWidgets()
                if isinstance(top, Dialog) and top.objectName() == name and top.isVisible()
            ),
            None,
        )

    qtbot.waitUntil(lambda: shown() is not None)
    found = shown()
    assert found is not None
    found.activateWindow()
    qtbot.waitUntil(found.isActiveWindow)
    return found


def child(parent: QWidget, name: str) -> Any:
    found = parent.findChild(QWidget, name)
    assert found is not None, name
    return found


def add_amount(page: ListPage, qtbot: QtBot, amount: str) -> None:
    page.conditions.add("balance")
    dialog = sheet(qtbot, "filter")
    field = child(dialog, "filter.form.value")
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, amount)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_a_condition_is_added_changed_and_removed_by_keyboard(page: ListPage, qtbot: QtBot) -> None:
    QTest.keySequence(page.table, "Ctrl+Shift+F")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    QTest.keyClicks(menu, "b")
    QTest.keyClick(menu, Qt.Key.Key_Return)
    dialog = sheet(qtbot, "filter")
    field = child(dialog, "filter.form.value")
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "600*2")
    with qtbot.waitSignal(page.loaded):
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert chips(page) == ["Balance ≥ 1,200"]
    assert list(asked(page).filters.values()) == ['balance >= "1200"']
    chip = child(page, "things.chip.balance")
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Return)
    dialog = sheet(qtbot, "filter")
    operator = child(dialog, "filter.form.operator")
    operator.set_value("between")
    operator.edited.emit()
    assert not child(dialog, "filter.form.value").isVisible()
    child(dialog, "filter.form.first").set_value(Decimal(5))
    child(dialog, "filter.form.last").set_value(Decimal(3))
    QTest.keySequence(dialog, "Ctrl+S")
    assert child(dialog, "filter.form.last.error").text() == "“To” is less than “From”."
    child(dialog, "filter.form.last").set_value(Decimal(9))
    with qtbot.waitSignal(page.loaded):
        QTest.keySequence(dialog, "Ctrl+S")
    assert chips(page) == ["Balance 5 – 9"]
    page.activateWindow()
    chip = next(one for one in page.findChildren(FilterChip) if one.isVisible())
    qtbot.waitUntil(chip.hasFocus)
    with qtbot.waitSignal(page.loaded):
        QTest.keyClick(chip, Qt.Key.Key_Delete)
    assert chips(page) == []
    assert not page.conditions.isVisible()
    assert not asked(page).filters
    qtbot.waitUntil(page.table.hasFocus)


def test_a_condition_without_a_value_is_told(page: ListPage, qtbot: QtBot) -> None:
    page.conditions.add("name")
    dialog = sheet(qtbot, "filter")
    QTest.keySequence(dialog, "Ctrl+S")
    assert child(dialog, "filter.form.value.error").text() == "Please fill in Value."
    QTest.keyClicks(child(dialog, "filter.form.value"), 'a "b')
    with qtbot.waitSignal(page.loaded):
        QTest.keySequence(dialog, "Ctrl+S")
    assert list(asked(page).filters.values()) == ['name ~ "a \\"b"']
    page.conditions.add("state")
    dialog = sheet(qtbot, "filter")
    QTest.keySequence(dialog, "Ctrl+S")
    assert child(dialog, "filter.form.pick_0.error").text() == "Choose at least one."
    child(dialog, "filter.form.pick_1").click()
    with qtbot.waitSignal(page.loaded):
        QTest.keySequence(dialog, "Ctrl+S")
    assert chips(page) == ['Name contains “a "b”', "State: Paid"]
    with qtbot.waitSignal(page.loaded):
        QTest.mouseClick(child(page, "things.chip.name.remove"), Qt.MouseButton.LeftButton)
    assert chips(page) == ["State: Paid"]


def test_a_view_is_saved_changed_renamed_and_deleted(page: ListPage, qtbot: QtBot) -> None:
    add_amount(page, qtbot, "10")
    page.sort_by("name", True)
    child(page, "things.filter.odd").setChecked(True)
    page.table.arrange(["name", "code", "state", "balance", "day"], ["name", "balance"])
    page.views.save_as()
    dialog = sheet(qtbot, "view")
    QTest.keyClicks(child(dialog, "view.form.name"), "Mine")
    QTest.keySequence(dialog, "Ctrl+S")
    assert page.views.name == "Mine"
    assert page.conditions.view.text() == "Mine"
    assert not page.views.is_changed()
    page.group_by("state")
    assert page.conditions.view.text() == "Mine •"
    page.views.reset()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert (chips(page), asked(page).sort, asked(page).group) == ([], "", "")
    assert not child(page, "things.filter.odd").isChecked()
    assert [column.field.name for column in page.table.shown_columns()] == [entry.name for entry in FIELDS]
    menu = page.views.menu_now()
    entry = next(action for action in menu.actions() if action.text() == "Mine")
    with qtbot.waitSignal(page.loaded):
        entry.trigger()
    assert chips(page) == ["Balance ≥ 10"]
    assert (asked(page).sort, asked(page).is_descending, asked(page).group) == ("name", True, "")
    assert asked(page).filters["odd"] == "odd"
    assert [column.field.name for column in page.table.shown_columns()] == ["name", "balance"]
    assert not page.views.is_changed()
    page.views.rename()
    dialog = sheet(qtbot, "view")
    child(dialog, "view.form.name").set_value("Big ones")
    QTest.keySequence(dialog, "Ctrl+S")
    assert page.views.name == "Big ones"
    page.views.delete()
    QTest.mouseClick(child(sheet(qtbot, "deleteView"), "deleteView.yes"), Qt.MouseButton.LeftButton)
    assert page.views.name == ""
    assert chips(page) == ["Balance ≥ 10"], "what is shown stays"


def test_the_menu_of_views_is_gone_when_it_was_closed(page: ListPage, qtbot: QtBot) -> None:
    for _opening in range(2):
        page.views.open_menu()
        menu = child(page.views, "things.views.menu")
        assert menu.isVisible()
        with qtbot.waitSignal(menu.destroyed):
            QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert not page.views.findChildren(QMenu, "things.views.menu")


def test_the_view_chosen_last_comes_back(host: Context, page: ListPage, qtbot: QtBot) -> None:
    add_amount(page, qtbot, "10")
    state = page.view_state()
    host.settings.put("views.others", {"Mine": state})
    host.settings.put("view.others", "Mine")
    again = ListPage(host, "others", "Others", Source(5), columns_of(FIELDS), kind="thing")
    qtbot.addWidget(again)
    with qtbot.waitSignal(again.loaded):
        again.show()
    assert again.views.name == "Mine"
    assert list(asked(again).filters.values()) == ['balance >= "10"']


def test_a_view_keeps_what_was_asked_for(page: ListPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.loaded):
        page.show_only("balance > 5", "Over 5")
    state = page.view_state()
    with qtbot.waitSignal(page.loaded):
        QTest.mouseClick(child(page, "things.filter.asked"), Qt.MouseButton.LeftButton)
    assert not asked(page).filters
    assert not child(page, "things.filter.asked").isVisible()
    page.host.settings.put("views.things", {"Mine": state})
    with qtbot.waitSignal(page.loaded):
        page.views.choose("Mine")
    assert asked(page).filters == {"asked": "balance > 5"}
    assert child(page, "things.filter.asked").text() == "Over 5"
    assert not page.views.is_changed()
    with qtbot.waitSignal(page.loaded):
        page.show_only("balance > 9", "Over 9")
    assert page.conditions.view.text() == "Mine •", "the mark comes at once"
    with qtbot.waitSignal(page.loaded):
        page.use_view({"filters": {"things.filter.asked": "balance > 5"}})
    assert not asked(page).filters, "what does not fit is let go"


def test_a_period_is_counted_from_the_day_it_is_looked_at(
    page: ListPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> list[str]:
        return sorted(asked(page).filters.values())

    period = PeriodCombo(page.host, "things.filter.period")
    period.chosen.connect(
        lambda first, _last: page.set_filter("from", f"day >= {first.isoformat()}" if first else None)
    )
    page.add_filter(period)
    monkeypatch.setenv("CRMDESK_TODAY", "2026-03-31")
    with qtbot.waitSignal(page.loaded):
        page.conditions._use([Clause("day", "period", ("month",))])
    with qtbot.waitSignal(page.loaded):
        period.restore_filter("month")
    march = ['day >= "2026-03-01" and day <= "2026-03-31"', "day >= 2026-03-01"]
    assert shown() == march
    monkeypatch.setenv("CRMDESK_TODAY", "2026-04-01")
    april = ['day >= "2026-04-01" and day <= "2026-04-30"', "day >= 2026-04-01"]
    with qtbot.waitSignal(page.loaded):
        page.host.bus.publish(Changes({"thing": {4}}))
    assert shown() == april
    monkeypatch.setenv("CRMDESK_TODAY", "2026-03-31")
    page.hide()
    with qtbot.waitSignal(page.loaded):
        page.show()
    assert shown() == march
    # The rows have come; the sums of the same loading may still be under way.
    qtbot.waitUntil(lambda: page.host.tasks.running() == [])
    before = asked(page)
    page.hide()
    page.show()
    assert page.host.tasks.running() == [], "on the same day nothing is asked"
    assert asked(page) is before


@pytest.mark.parametrize(
    "state",
    [
        {},
        {
            "clauses": [1, {"field": "gone", "operator": "is", "values": ["x"]}],
            "sort": "gone",
            "group": "gone",
        },
        {
            "clauses": [{"field": "balance", "operator": "between", "values": []}],
            "columns": {"order": ["gone"]},
        },
        {"clauses": [{"field": "day", "operator": "between", "values": ["soon", ""]}], "filters": 3},
        {"clauses": [{"field": "balance", "operator": "is", "values": ["many"]}]},
        {"clauses": [{"field": "day", "operator": "period", "values": ["once"]}]},
    ],
)
def test_a_kept_view_that_fits_no_more_does_no_harm(
    page: ListPage, qtbot: QtBot, state: dict[str, Any]
) -> None:
    with qtbot.waitSignal(page.loaded):
        page.use_view(state)
    assert chips(page) == []
    assert page.banner.isHidden()


def test_columns_are_moved_and_hidden_by_keyboard(page: ListPage, qtbot: QtBot) -> None:
    page.choose_columns()
    dialog = sheet(qtbot, "things.columnSheet")
    entries = child(dialog, "things.columnSheet.list")
    qtbot.waitUntil(entries.hasFocus)
    QTest.keyClick(entries, Qt.Key.Key_Down)
    QTest.keyClick(entries, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(entries, Qt.Key.Key_Down)
    QTest.keyClick(entries, Qt.Key.Key_Space)
    assert [column.field.name for column in page.table.shown_columns()] == ["name", "state", "balance", "day"]
    QTest.mouseClick(child(dialog, "things.columnSheet.reset"), Qt.MouseButton.LeftButton)
    assert [column.field.name for column in page.table.shown_columns()] == [entry.name for entry in FIELDS]


def test_groups_fold_and_records_stay_chosen(page: ListPage, qtbot: QtBot) -> None:
    table = page.table
    table.select(4)
    with qtbot.waitSignal(page.loaded):
        page.group_by("state")
    model = table.table_model()
    assert model.rowCount() == 42
    assert (page.count.text(), table.current_id(), table.selected_ids()) == ("40", 4, [4])
    assert model.data(model.index(0, 0)) == "Open (20)"
    top = table.rowViewportPosition(0) + 5
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, top))
    assert (model.rowCount(), table.current_id(), table.selected_ids()) == (22, None, [4])
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert model.rowCount() == 42
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert table.current_id() == 1
    table.selectAll()
    assert table.selected_count() == len(table.selected_ids()) == 40
    table.fold_all()
    assert (model.rowCount(), table.selected_count()) == (2, 0)
    assert table.select(4), "a record that is asked for opens its group"
    assert table.current_id() == 4
    assert model.rowCount() == 22
    with qtbot.waitSignal(page.loaded):
        page.host.bus.publish(Changes({"thing": {4}}))
    assert (model.rowCount(), table.current_id()) == (22, 4), "a group stays folded over a refresh"


def test_a_group_folded_while_the_list_is_read_stays_folded(page: ListPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.loaded):
        page.group_by("state")
    table, model = page.table, page.table.table_model()
    with qtbot.waitSignal(page.loaded):
        page.reload()
        table.toggle_group(0)
        assert model.rowCount() == 22
    assert model.rowCount() == 22
    with qtbot.waitSignal(page.loaded):
        page.group_by("")
        table.toggle_group(1)
    with qtbot.waitSignal(page.loaded):
        page.group_by("state")
    assert model.rowCount() == 2, "folded is what was folded, though another order was on its way"


def test_folding_keeps_many_selected_records_where_they_are(page: ListPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.loaded):
        page.group_by("state")
    table, model = page.table, page.table.table_model()
    table.select(6)
    table.selectAll()
    table.toggle_group(0)
    assert table.selected_ids() == list(range(2, 41, 2)), "those that are folded away are not selected"
    model.row_of_id = lambda _id: pytest.fail("looked for row by row")  # type: ignore[method-assign]
    table.toggle_group(0)
    assert table.selected_ids() == list(range(2, 41, 2))
    table.toggle_group(21)
    assert table.selected_ids() == []


def test_many_groups_are_only_numbers() -> None:
    ids = array("q", range(1, 1_000_001))
    groups = RowGroups(GroupedIds(ids, [RowGroup(key, 10) for key in range(100_000)]), {0, 99_999})
    assert (groups.record_count, len(groups.visible)) == (1_000_000, 1_100_000 - 20)
    assert groups.visible[:3].tolist() == [-1, -2, 11]
    assert groups.titles_between(0, 12) == 3
    found = groups.group_of(1_000_000)
    assert found is not None
    assert found.key == 99_999


def test_letters_go_to_the_row_that_begins_so(page: ListPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.loaded):
        page.sort_by("name", False)
    page.table.setFocus()
    QTest.keyClicks(page.table, "Name 2")
    qtbot.waitUntil(lambda: page.table.current_id() == 2)
    assert page.search.text() == ""
    page.table._letters.forget()
    QTest.keyClicks(page.table, "xy")
    # Nothing begins so: what was typed is searched for.
    qtbot.waitUntil(lambda: asked(page).search == "xy")


def test_letters_in_a_list_sorted_by_days_reach_the_search_at_once(page: ListPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.loaded):
        page.sort_by("day", False)
    page.table.setFocus()
    with qtbot.waitSignal(page.loaded):
        QTest.keyClicks(page.table, "n")
        assert page.search.text() == "n", "not when the lane for reading is free again"


def test_the_first_column_stays_while_scrolling_sideways(page: ListPage, qtbot: QtBot) -> None:
    table = page.table
    for index in range(1, 5):
        table.setColumnWidth(index, 400)
    table.updateGeometries()
    before = table.columnWidth(0)
    assert table.frozen_width() == 0
    table.horizontalScrollBar().setValue(300)
    assert table.frozen_width() == before
    asked_for: list[str] = []
    table.sort_requested.connect(lambda name, _down: asked_for.append(name))
    header = table.horizontalHeader()
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(before // 2, 8))
    assert asked_for == ["code"], "the title that is seen is the one that is pressed"
    table.setCurrentIndex(table.table_model().index(3, 0))
    assert table.horizontalScrollBar().value() == 300, "what is held is seen already"
    table.setCurrentIndex(table.table_model().index(3, 1))
    assert table.columnViewportPosition(1) >= before, "nothing hides under what is held"
    picture = table.viewport().grab().toImage()
    table.horizontalScrollBar().setValue(0)
    home = table.viewport().grab().toImage()
    height = table.rowHeight(0)
    for x in range(4, before // 2):
        assert picture.pixel(x, height // 2) == home.pixel(x, height // 2)
