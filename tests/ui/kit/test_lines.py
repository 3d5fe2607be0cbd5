"""The line grid, by keyboard and by paste."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.ui.context import Context
from crmdesk.ui.kit.line_grid import LineGrid

FIELDS = (
    Field("description", Kind.TEXT, "Description"),
    Field("quantity", Kind.QUANTITY, "Quantity"),
    Field("price", Kind.PRICE, "Price"),
    Field("discount", Kind.OBJECT, "Discount"),
    Field("kind", Kind.CHOICE, "Kind", choices=(Choice("item", "Item"), Choice("return", "Return"))),
)
TOTAL = (Field("total", Kind.MONEY, "Total"),)


def totals(lines: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    return [{"total": line.get("quantity", Decimal(0)) * line.get("price", Decimal(0))} for line in lines]


@pytest.fixture
def grid(host: Context, qtbot: QtBot) -> LineGrid:
    made = LineGrid(host, FIELDS, computed=TOTAL, compute=totals, hidden=("kind",))
    qtbot.addWidget(made)
    made.resize(800, 300)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.set_lines([])
    made.setFocus()
    return made


def keys_into_cell(grid: LineGrid, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    """Types as a person does: the first key opens the editor."""
    QTest.keyClicks(grid.viewport() if not text else grid, text[:1])
    editor = grid._delegate.open_editor()
    assert editor is not None
    QTest.keyClicks(editor, text[1:])
    QTest.keyClick(editor, key)


def test_a_line_by_keyboard(grid: LineGrid) -> None:
    keys_into_cell(grid, "Tile")
    keys_into_cell(grid, "12")
    keys_into_cell(grid, "86.5*2", Qt.Key.Key_Tab)
    keys_into_cell(grid, "5%")
    assert grid.lines() == [
        {
            "description": "Tile",
            "quantity": Decimal(12),
            "price": Decimal("173.0"),
            "discount": {"rate": Decimal("0.05")},
        }
    ]
    assert grid.computed() == [{"total": Decimal("2076.0")}]
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (1, 0), "on to the new row"
    assert grid.line_model().rowCount() == 2


def test_enter_on_the_empty_last_row_is_done(grid: LineGrid, qtbot: QtBot) -> None:
    grid.set_lines([{"description": "x"}])
    grid.setCurrentIndex(grid.line_model().index(1, 0))
    with qtbot.waitSignal(grid.finished):
        QTest.keyClick(grid, Qt.Key.Key_Return)


def test_enter_goes_over_cells_without_editing(grid: LineGrid) -> None:
    grid.set_lines([{"description": "x", "quantity": "1"}])
    places = []
    for _step in range(5):
        places.append((grid.currentIndex().row(), grid.currentIndex().column()))
        QTest.keyClick(grid, Qt.Key.Key_Return)
    assert places == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]


def test_escape_leaves_a_cell_as_it_was(grid: LineGrid) -> None:
    grid.set_lines([{"description": "x"}])
    QTest.keyClicks(grid, "y")
    QTest.keyClick(grid._delegate.open_editor(), Qt.Key.Key_Escape)
    assert grid.lines() == [{"description": "x"}]


def test_rows_come_and_go(grid: LineGrid) -> None:
    grid.set_lines([{"description": "a"}, {"description": "b"}])
    QTest.keyClick(grid, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert [line["description"] for line in grid.lines()] == ["a", "a", "b"]
    grid.setCurrentIndex(grid.line_model().index(2, 0))
    QTest.keyClick(grid, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert [line["description"] for line in grid.lines()] == ["a", "a"]
    grid.setCurrentIndex(grid.line_model().index(2, 0))
    grid.delete_row()
    assert grid.line_model().rowCount() == 3, "the empty row stays"


def test_paste_from_excel(grid: LineGrid) -> None:
    grid.set_lines([{"description": "first"}])
    grid.setCurrentIndex(grid.line_model().index(1, 0))
    QApplication.clipboard().setText("Tile\t1,200\t86.5\t5%\r\nWork\t2\t¥100\t20\r\n")
    QTest.keyClick(grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert grid.lines()[1:] == [
        {
            "description": "Tile",
            "quantity": Decimal(1200),
            "price": Decimal("86.5"),
            "discount": {"rate": Decimal("0.05")},
        },
        {
            "description": "Work",
            "quantity": Decimal(2),
            "price": Decimal(100),
            "discount": {"amount": Decimal(20)},
        },
    ]
    assert grid.line_model().rowCount() == 4


def test_a_pasted_cell_that_cannot_be_read_is_marked_and_kept(grid: LineGrid) -> None:
    grid.line_model()._compute = None
    grid.paste("Tile\tone box\t5")
    assert "one box" in grid.line_model().error(0, "quantity")
    assert grid.line_model().text_at(0, 1) == "one box"
    with pytest.raises(InvalidInput) as caught:
        grid.value()
    assert caught.value.field == "lines[0].quantity"
    grid.set_cell(0, "quantity", Decimal(3))
    assert grid.value() == [{"description": "Tile", "quantity": Decimal(3), "price": Decimal(5)}]


def test_an_error_of_the_use_case_marks_its_cell(grid: LineGrid) -> None:
    grid.set_lines([{"description": "a"}, {"description": "b"}])
    grid.set_error("[1].price", "“lines[1].price” is required.")
    assert grid.line_model().error(1, "price")
    assert grid.cell_words("[1].price") == "Row 2, Price"


def test_what_is_being_typed_counts(grid: LineGrid) -> None:
    grid.set_lines([{"description": "a"}])
    grid.setCurrentIndex(grid.line_model().index(0, 1))
    QTest.keyClicks(grid, "7")
    assert grid.value() == [{"description": "a", "quantity": Decimal(7)}]


def test_computed_columns_cannot_be_edited(grid: LineGrid) -> None:
    model = grid.line_model()
    assert not model.flags(model.index(0, 5)) & Qt.ItemFlag.ItemIsEditable
    assert grid.isColumnHidden(4)


CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def words(grid: LineGrid) -> list[str]:
    return [line["description"] for line in grid.lines()]


def test_rows_are_put_in_and_moved_by_keys(grid: LineGrid) -> None:
    grid.set_lines([{"description": "a"}, {"description": "b"}, {"description": "c"}])
    grid.setCurrentIndex(grid.line_model().index(1, 1))
    QTest.keyClick(grid, Qt.Key.Key_Up, ALT)
    assert words(grid) == ["b", "a", "c"]
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (0, 1), "the cursor goes along"
    QTest.keyClick(grid, Qt.Key.Key_Up, ALT)
    assert words(grid) == ["b", "a", "c"], "nothing above the first"
    QTest.keyClick(grid, Qt.Key.Key_Insert, CONTROL)
    keys_into_cell(grid, "new")
    assert words(grid) == ["new", "b", "a", "c"]
    grid.setCurrentIndex(grid.line_model().index(3, 0))
    QTest.keyClick(grid, Qt.Key.Key_Down, ALT)
    assert words(grid) == ["new", "b", "a", "c"], "the empty last row stays last"


def test_what_is_wrong_goes_along_with_its_row(grid: LineGrid) -> None:
    grid.line_model()._compute = None
    grid.paste("a\t1\nb\tone box")
    grid.setCurrentIndex(grid.line_model().index(1, 0))
    grid.move_row(-1)
    assert grid.line_model().error(0, "quantity")
    assert not grid.line_model().error(1, "quantity")
    grid.setCurrentIndex(grid.line_model().index(1, 0))
    grid.delete_row()
    with pytest.raises(InvalidInput):
        grid.value()


def test_undo_and_redo(grid: LineGrid) -> None:
    grid.set_lines([{"description": "a"}])
    grid.setCurrentIndex(grid.line_model().index(0, 0))
    keys_into_cell(grid, "b")
    grid.setCurrentIndex(grid.line_model().index(1, 0))
    grid.paste("c\nd")
    grid.setCurrentIndex(grid.line_model().index(0, 0))
    grid.delete_row()
    assert words(grid) == ["c", "d"]
    seen = []
    for _time in range(4):
        QTest.keyClick(grid, Qt.Key.Key_Z, CONTROL)
        seen.append(words(grid))
    assert seen == [["b", "c", "d"], ["b"], ["a"], ["a"]]
    for _time in range(3):
        QTest.keyClick(grid, Qt.Key.Key_Y, CONTROL)
    assert words(grid) == ["c", "d"]


def test_a_cell_left_as_it_was_is_no_change(grid: LineGrid) -> None:
    grid.set_lines([{"description": "a"}, {"description": "b"}])
    grid.delete_row()
    QTest.keyClick(grid, Qt.Key.Key_F2)
    QTest.keyClick(grid._delegate.open_editor(), Qt.Key.Key_Return)
    grid.undo()
    assert words(grid) == ["a", "b"]


def test_a_quoted_cell_of_excel_is_one_cell(grid: LineGrid) -> None:
    grid.paste('"Tile\nlarge"\t2\n5" pipe\t3')
    assert [line["quantity"] for line in grid.lines()] == [2, 3]
    assert [line["description"] for line in grid.lines()] == ["Tile\nlarge", '5" pipe']
    grid.set_lines([])
    grid.paste('"half\t2\nNails\t3')
    assert [line["description"] for line in grid.lines()] == ['"half', "Nails"]
    grid.set_lines([])
    grid.paste('"Tile ""A"""\t2')
    assert grid.lines() == [{"description": 'Tile "A"', "quantity": Decimal(2)}]


def test_a_paste_longer_than_a_document_says_so(grid: LineGrid) -> None:
    grid.line_model()._compute = None
    pasted = grid.line_model().paste(0, [0], "\n".join(f"line {count}" for count in range(1_200)))
    assert (pasted.line_count, pasted.cut_count) == (1_000, 200)


def test_what_is_typed_and_what_cannot_be_read_is_kept(grid: LineGrid) -> None:
    grid.line_model()._compute = None
    grid.paste("a\tone box")
    grid.setCurrentIndex(grid.line_model().index(1, 0))
    QTest.keyClicks(grid, "h")
    QTest.keyClicks(grid._delegate.open_editor(), "al")
    kept = grid.typed_lines()
    assert kept == [
        {"description": "a", "quantity": {"unread": "one box"}},
        {"description": {"unread": "hal"}},
    ]
    QTest.keyClick(grid._delegate.open_editor(), Qt.Key.Key_Escape)
    grid.set_lines(kept)
    assert grid.line_model().text_at(1, 0) == "hal"
    assert grid.line_model().error(0, "quantity")


def test_titles_of_computed_and_hidden_columns_are_known_but_not_filled(grid: LineGrid) -> None:
    grid.set_lines([])
    grid.paste("Description\tQuantity\tPrice\tTotal\tKind\nTile\t2\t5\t999\treturn")
    assert grid.value() == [{"description": "Tile", "quantity": Decimal(2), "price": Decimal(5)}]
    assert grid.computed() == [{"total": Decimal(10)}]


def test_a_title_left_of_the_cursor_is_filled(grid: LineGrid) -> None:
    grid.setCurrentIndex(grid.line_model().index(0, 2))
    grid.paste("Description\tPrice\nTile\t5")
    assert grid.value() == [{"description": "Tile", "price": Decimal(5)}]


def test_copied_lines_come_back(host: Context, qtbot: QtBot) -> None:
    fields = (*FIELDS, Field("rate", Kind.RATE, "Tax rate"), Field("with_tax", Kind.BOOLEAN, "With tax"))
    made = LineGrid(host, fields, hidden=("kind",))
    qtbot.addWidget(made)
    lines: list[dict[str, Any]] = [
        {
            "description": "Tile\nlarge\twide",
            "quantity": Decimal("1E+3"),
            "price": Decimal("-86.125"),
            "discount": {"rate": Decimal("0.055")},
            "rate": Decimal(1),
            "with_tax": True,
        },
        {"description": '"A"', "discount": {"amount": Decimal("1200.50")}, "rate": Decimal("0.13")},
        {"quantity": Decimal(3)},
    ]
    made.set_lines(lines)
    QTest.keyClick(made, Qt.Key.Key_C, CONTROL)
    made.set_lines([])
    QTest.keyClick(made, Qt.Key.Key_V, CONTROL)
    assert made.value() == lines
