"""The one list: blocks fetched when painted, a million rows, selection and scroll by id."""

from __future__ import annotations

import csv
import io
import threading
from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.services.changes import Changes
from crmdesk.ui.context import Context
from crmdesk.ui.kit.column_widths import ColumnWidths
from crmdesk.ui.kit.columns import Column, columns_of, price, shown
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.kit.table_model import BLOCK_ROW_COUNT, KEPT_ROW_COUNT, TableModel
from crmdesk.ui.kit.table_view import TableView

FIELDS = (
    Field("code", Kind.CODE, "Code"),
    Field("name", Kind.TEXT, "Name"),
    Field("balance", Kind.MONEY, "Balance"),
)


class Source:
    """Numbers as records; notes what it was asked for."""

    fields = FIELDS

    def __init__(self, count: int) -> None:
        self.kept = array("q", range(1, count + 1))
        self.asked: list[list[int]] = []
        self.threads: set[threading.Thread] = set()
        self.names: dict[int, str] = {}
        self.gate: threading.Event | None = None

    def ids(self, query: Query) -> array[int]:
        self.threads.add(threading.current_thread())
        found = (
            array("q", [entry for entry in self.kept if query.search in str(entry)])
            if query.search
            else self.kept
        )
        return array("q", reversed(found)) if query.is_descending else array("q", found)

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        if self.gate is not None:
            self.gate.wait(5)
        self.asked.append(list(ids))
        return {
            entry: (f"C{entry}", self.names.get(entry, f"name {entry}"), Decimal(entry).scaleb(-2))
            for entry in ids
        }

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        return {"balance": Decimal(len(self.ids(query))).scaleb(-2)}


@pytest.fixture
def source() -> Source:
    return Source(500)


def view_of(host: Context, qtbot: QtBot, source: Source) -> TableView:
    view = TableView(host, source, columns_of(FIELDS), "things.table")
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    with qtbot.waitSignal(view.loaded):
        view.load(Query())
    return view


def test_a_million_rows_fetch_only_what_is_asked_for() -> None:
    source = Source(1_000_000)
    model = TableModel(source, columns_of(FIELDS))
    model.set_ids(source.ids(Query()))
    assert model.rowCount() == 1_000_000
    assert source.asked == []
    assert model.cell(999_999, 0) == "C1000000"
    assert model.cell(0, 2) == "0.01"
    assert sum(map(len, source.asked)) <= 2 * BLOCK_ROW_COUNT
    assert model.row_of_id(777_777) == 777_776
    assert model.row_of_id(5_000_000) == -1


class Headed(Source):
    """Its order takes as long as the gate is shut; its first rows do not."""

    order: threading.Event

    def ids(self, query: Query) -> array[int]:
        self.order.wait(5)
        return super().ids(query)

    def first(self, query: Query, count: int) -> array[int]:
        return super().ids(query)[:count]


def test_the_first_rows_stand_before_the_order_of_all_is_read(host: Context, qtbot: QtBot) -> None:
    source = Headed(500)
    source.order = threading.Event()
    view = TableView(host, source, columns_of(FIELDS), "things.table")
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    loaded: list[int] = []
    view.loaded.connect(loaded.append)
    view.load(Query(is_descending=True))
    qtbot.waitUntil(lambda: view.model().rowCount() == BLOCK_ROW_COUNT)
    assert view.model().index(0, 0).data() == "C500"
    assert loaded == [], "how many there are is not known"
    view.select(498)
    with qtbot.waitSignal(view.loaded):
        source.order.set()
    assert view.model().rowCount() == 500
    assert loaded == [500]
    assert view.current_id() == 498, "what was chosen meanwhile is kept"
    source.order.clear()
    view.load(Query())
    qtbot.wait(50)
    assert view.model().index(0, 0).data() == "C500", "rows that stand there stay until the others come"
    with qtbot.waitSignal(view.loaded):
        source.order.set()
    assert view.model().index(0, 0).data() == "C1"


def test_roles_nobody_needs_fetch_nothing() -> None:
    source = Source(100)
    model = TableModel(source, columns_of(FIELDS))
    model.set_ids(source.ids(Query()))
    for role in (Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.FontRole, Qt.ItemDataRole.CheckStateRole):
        assert model.data(model.index(5, 1), role) is None
    assert source.asked == []


def test_the_cache_is_bounded() -> None:
    source = Source(KEPT_ROW_COUNT * 2)
    model = TableModel(source, columns_of(FIELDS))
    model.set_ids(source.ids(Query()))
    for row in range(0, len(source.kept), BLOCK_ROW_COUNT):
        assert model.cell(row, 0) == f"C{row + 1}"
    assert len(model._rows) <= KEPT_ROW_COUNT
    assert model.cell(0, 0) == "C1"


def test_rows_come_off_the_windows_thread(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    assert threading.main_thread() not in source.threads
    model = view.table_model()
    model._seconds_a_block = 1.0  # a slow source
    source.gate = threading.Event()
    assert model.cell(400, 1) is None, "a paint must not wait"
    source.gate.set()
    with qtbot.waitSignal(model.fetched):
        pass
    assert model.cell(400, 1) == "name 401"


def test_a_row_that_is_gone_stays_blank_and_is_not_asked_for_again() -> None:
    source = Source(10)
    model = TableModel(source, columns_of(FIELDS))
    model.set_ids(array("q", [1, 2]))
    source.fetch = lambda ids: {}  # type: ignore[method-assign]
    assert model.cell(0, 0) is None
    source.fetch = lambda ids: pytest.fail("asked again")  # type: ignore[method-assign]
    assert model.cell(0, 0) is None


def test_selection_and_cursor_stay_with_their_records(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    view.select(300)
    told: list[object] = []
    view.current_changed.connect(told.append)
    source.kept = array("q", [entry for entry in source.kept if entry != 299 and entry > 10])
    with qtbot.waitSignal(view.loaded):
        view.reload()
    assert view.current_id() == 300
    assert view.selected_ids() == [300]
    assert told == [], "the detail beside the list must not be loaded anew"
    first = view.rowAt(1)
    assert first <= view.table_model().row_of_id(300)


def test_a_row_chosen_while_the_list_is_asked_again_stays_chosen(
    host: Context, qtbot: QtBot, source: Source
) -> None:
    view = view_of(host, qtbot, source)
    view.select(300)
    source.kept = array("q", [entry for entry in source.kept if entry > 10])
    with qtbot.waitSignal(view.loaded):
        view.reload()
        view.select(400)
    assert (view.current_id(), view.selected_ids()) == (400, [400])
    with qtbot.waitSignal(view.loaded):
        view.reload()
        view.clearSelection()
    assert view.selected_ids() == []


def test_the_cursor_goes_when_its_record_goes(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    view.select(300)
    told: list[object] = []
    view.current_changed.connect(told.append)
    source.kept.remove(300)
    with qtbot.waitSignal(view.loaded):
        view.reload()
    assert view.selected_ids() == []
    assert told == [None]


def test_scroll_stays_with_the_first_record(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    view.updateGeometries()
    view.verticalScrollBar().setValue(5_000)
    top = view.table_model().id_at(view.rowAt(1))
    source.kept = array("q", range(21, 501))
    with qtbot.waitSignal(view.loaded):
        view.reload()
    assert top is not None
    assert top > 100
    assert view.table_model().id_at(view.rowAt(1)) == top


def test_sorting_asks_the_source_and_shows_its_arrow(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    asked: list[tuple[str, bool]] = []
    view.sort_requested.connect(lambda name, down: asked.append((name, down)))
    view._sort_by(1)
    with qtbot.waitSignal(view.loaded):
        view.load(Query(sort="name"))
    view._sort_by(1)
    assert asked == [("name", False), ("name", True)]
    assert view.horizontalHeader().sortIndicatorSection() == 1


def test_changed_rows_are_fetched_again_without_a_blank(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    model = view.table_model()
    assert model.cell(4, 1) == "name 5"
    source.names[5] = "renamed"
    model._seconds_a_block = 1.0
    model.forget_rows([5])
    assert model.cell(4, 1) == "name 5", "the old value stands until the new one is there"
    qtbot.waitUntil(lambda: model.cell(4, 1) == "renamed")


def test_copy_pastes_into_excel(host: Context, qtbot: QtBot, source: Source) -> None:
    source.names[2] = '"5"\twide\nand "long"'
    source.names[3] = 'pipe 5"'
    view = view_of(host, qtbot, source)
    view.select(2)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QGuiApplication.clipboard().clear()
    view.copy()
    qtbot.waitUntil(lambda: bool(QGuiApplication.clipboard().text()))
    text = QGuiApplication.clipboard().text()
    # As Excel and LibreOffice read it: a quote inside a cell that does not begin with one is itself.
    assert list(csv.reader(io.StringIO(text, newline=""), "excel-tab")) == [
        ["Code", "Name", "Balance"],
        ["C2", '"5"\twide\nand "long"', "0.02"],
        ["C3", 'pipe 5"', "0.03"],
    ]


def test_layout_is_kept_by_name(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    view.horizontalHeader().moveSection(2, 0)
    view._set_shown(1, False)
    view.setColumnWidth(0, 222)
    again = TableView(host, source, columns_of(FIELDS), "things.table")
    qtbot.addWidget(again)
    assert [column.field.name for column in again.shown_columns()] == ["balance", "code"]
    assert abs(again._widths.chosen["code"] - 222) <= 4


def test_widths_outlive_every_restart_with_moved_columns(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    view.setColumnWidth(0, 222)
    view.horizontalHeader().moveSection(2, 0)
    kept = host.settings.get("table.things.table")
    for _restart in range(2):
        again = TableView(host, source, columns_of(FIELDS), "things.table")
        qtbot.addWidget(again)
        assert again.layout_state() == kept
        assert host.settings.get("table.things.table") == kept, "looking changes nothing"


def test_a_layout_of_a_view_is_told_once(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    told: list[dict[str, Any]] = []
    view.layout_changed.connect(lambda: told.append(view.layout_state()))
    view.use_layout({"order": ["balance", "name", "code"], "hidden": [], "widths": {"code": 30.0}})
    assert [state["order"] for state in told] == [["balance", "name", "code"]]
    assert list(told[0]["widths"]) == ["code"]


def test_columns_of_words_give_way_but_never_below_their_title(host: Context) -> None:
    widths = ColumnWidths(lambda _column: 60)
    columns = columns_of([Field("a", Kind.TEXT, "A", width=30), Field("b", Kind.MONEY, "B", width=10)])
    roomy = widths.fitted(columns, (0, 1), 1000)
    assert sum(roomy.values()) == 1000, "no hole"
    money = roomy[1]
    tight = widths.fitted(columns, (0, 1), money + 200)
    assert tight == {0: 200, 1: money}
    narrow = widths.fitted(columns, (0, 1), 50)
    assert narrow[1] == money, "figures are never cut"
    assert narrow[0] >= 60
    widths.choose(columns[0], 70)
    assert widths.fitted(columns, (1,), 500) == {1: money}


def test_all_rows_are_selected_without_asking_each(
    host: Context, qtbot: QtBot, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(host, qtbot, source)
    asked: list[int] = []
    flags = TableModel.flags

    def counted(model: TableModel, index: QModelIndex) -> Qt.ItemFlag:
        asked.append(index.row())
        return flags(model, index)

    monkeypatch.setattr(TableModel, "flags", counted)
    view.selectAll()
    view.grab()
    assert view.selected_count() == 500
    assert len(asked) < 500, "a million rows would stop the window for a minute and a half"


def test_the_last_column_cannot_be_hidden(host: Context, qtbot: QtBot, source: Source) -> None:
    view = view_of(host, qtbot, source)
    for index in range(3):
        view._set_shown(index, False)
    assert len(view.shown_columns()) == 1


def test_enter_opens_and_letters_search(host: Context, qtbot: QtBot, source: Source) -> None:
    page = ListPage(host, "things", "Things", source, columns_of(FIELDS), kind="thing")
    qtbot.addWidget(page)
    page.resize(900, 500)
    with qtbot.waitSignal(page.loaded):
        page.show()
    opened: list[int] = []
    page.opened.connect(opened.append)
    page.table.select(7)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert opened == [7]
    QTest.keyClicks(page.table, "4")
    assert page.search.text() == "4"
    QTest.keyClicks(page.search, "99")
    qtbot.waitUntil(lambda: list(page.table.table_model().ids) == [499])
    assert page.count.text() == "1"
    qtbot.waitUntil(lambda: page.findChild(object, "things.sum.balance").text() == "0.01")


def test_an_empty_list_teaches_and_a_search_without_matches_says_so(host: Context, qtbot: QtBot) -> None:
    page = ListPage(
        host, "things", "Things", Source(0), columns_of(FIELDS), empty_title="No things", kind="thing"
    )
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.loaded):
        page.show()
    assert page.empty.isVisible()
    assert page.empty.title.text() == "No things"
    page.search.setText("zzz")
    qtbot.waitUntil(lambda: page.empty.title.text() == "Nothing matches")


def test_changes_refresh_a_visible_list_and_wait_for_a_hidden_one(
    host: Context, qtbot: QtBot, source: Source
) -> None:
    page = ListPage(
        host, "things", "Things", source, columns_of(FIELDS), kind="thing", watch=("thing", "payment")
    )
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.loaded):
        page.show()
    source.kept.append(501)
    with qtbot.waitSignal(page.loaded):
        host.bus.publish(Changes({"thing": {501}}))
    assert page.count.text() == "501"
    page.hide()
    source.kept.append(502)
    host.bus.publish(Changes({"payment": {1}}))
    host.bus.publish(Changes({"unrelated": {1}}))
    assert page.count.text() == "501"
    with qtbot.waitSignal(page.loaded):
        page.show()
    assert page.count.text() == "502"


def test_a_failing_source_is_told_and_not_raised(host: Context, qtbot: QtBot, source: Source) -> None:
    from crmdesk.models.errors import BookFault, Code

    def fail(query: Query) -> array[int]:
        raise BookFault(Code.DISK_ERROR, "The disk failed.")

    source.ids = fail  # type: ignore[method-assign]
    page = ListPage(host, "things", "Things", source, columns_of(FIELDS), kind="thing")
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.banner.text() == "The disk failed.")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.MONEY, Decimal("1234567.50"), "1,234,567.50"),
        (Kind.MONEY, Decimal("-3.10"), "\u22123.10"),
        (Kind.MONEY, Decimal("0.00"), "—"),
        (Kind.MONEY, None, "—"),
        (Kind.QUANTITY, Decimal("12.500"), "12.5"),
        (Kind.QUANTITY, Decimal("100"), "100"),
        (Kind.RATE, Decimal("0.130"), "13%"),
        (Kind.RATE, "0.0825", "8.25%"),
        (Kind.TEXT, "a\nb", "a b"),
        (Kind.TEXT, None, ""),
        (Kind.STATE, "paid", "Paid"),
        (Kind.STATE, "unknown", "unknown"),
        (Kind.MOMENT, "2026-11-21T09:12:00.123Z", "2026-11-21 09:12"),
        (Kind.BOOLEAN, True, "Yes"),
    ],
)
def test_values_as_people_read_them(kind: Kind, value: object, text: str) -> None:
    field = Field("f", kind, "F", choices=(Choice("paid", "Paid", "good"),))
    assert shown(field, value) == text


def test_prices_stand_straight() -> None:
    assert [price(Decimal(text)) for text in ("1200", "86.5", "0.125", "3.10")] == [
        "1,200.00",
        "86.50",
        "0.125",
        "3.10",
    ]


def test_a_column_may_say_its_own_words_and_tone() -> None:
    source = Source(3)
    model = TableModel(
        source, [Column(FIELDS[1], text=lambda row: row[1].upper(), tone=lambda _row: "danger")]
    )
    model.set_ids(source.ids(Query()))
    assert model.cell(0, 0) == "NAME 1"
