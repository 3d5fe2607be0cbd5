"""Import through the dialog: a trial, the import, refused rows, taking it back, a file that is no table."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from sqlalchemy import text as sql

from crmdesk.services import use_cases
from crmdesk.services.exports import archive
from crmdesk.ui import papers
from crmdesk.ui.dialogs import import_template
from crmdesk.ui.dialogs.import_columns import FIELD_MIME
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Stage

CUSTOMERS = (
    "客户编号,客户名称,电话,杂项\nC1,上海鼎晟贸易有限公司,021-1234,x\nC2,,0571-99,y\nC3,张伟,13800000000,z\n"
)


def customer_count(stage: Stage) -> int:
    with stage.ctx.need_book().read() as connection:
        return connection.execute(sql("SELECT count(*) FROM customer")).scalar_one()


def open_with(stage: Stage, path: Path) -> None:
    stage.go("customers")
    stage.window.import_file(path)
    stage.settle()


def test_trial_import_refused_rows_and_back(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "客户.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    open_with(stage, path)
    assert stage.widget("import.columns").rowCount() == 4
    assert stage.widget("import.column.1").currentData() == "name"
    assert stage.widget("import.column.3").currentData() == "", "a column nobody knows is left out"
    stage.click("import.try")
    assert "2 new" in stage.widget("import.said").text()
    assert "1 refused" in stage.widget("import.said").text()
    assert customer_count(stage) == 0
    assert stage.widget("import.errors").item(0, 0).text() == "3"
    stage.click("import.run")
    assert customer_count(stage) == 2
    stage.click("import.undo")
    assert customer_count(stage) == 0
    assert stage.widget("import.run").isEnabled()


def test_what_is_no_table_gets_a_sentence(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "nothing.xlsx"
    path.write_bytes(b"")
    open_with(stage, path)
    assert stage.widget("import.said").text()
    assert not stage.widget("import.run").isEnabled()


def test_the_chosen_column_decides(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("alpha,beta\n甲公司,乙\n", encoding="utf-8")
    open_with(stage, path)
    combo = stage.widget("import.column.0")
    combo.setCurrentIndex(combo.findData("name"))
    stage.click("import.run")
    with stage.ctx.need_book().read() as connection:
        assert connection.execute(sql("SELECT name FROM customer")).scalars().all() == ["甲公司"]


def test_refused_rows_are_corrected_in_place_and_all_is_taken_back(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "客户.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    open_with(stage, path)
    stage.click("import.run")
    assert customer_count(stage) == 2
    errors = stage.widget("import.errors")
    assert errors.rowCount() == 1
    assert errors.currentColumn() == 3, "the cursor stands on the cell at fault"
    assert not stage.widget("import.again").isEnabled()
    stage.press("Return", "import.errors")
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "Suzhou Garden")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    stage.settle()
    stage.click("import.again")
    assert customer_count(stage) == 3
    assert "1 row read, 1 new" in stage.widget("import.said").text()
    stage.click("import.undo")
    assert customer_count(stage) == 0, "both parts are taken back"


def test_what_a_halted_undo_took_back_is_gone_from_the_lists(stage: Stage, tmp_path: Path) -> None:
    """The part tried again is taken back, then the first one is refused since it was used."""
    path = tmp_path / "客户.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    open_with(stage, path)
    stage.click("import.run")
    stage.widget("import.errors").item(0, 3).setText("Suzhou Garden")
    stage.click("import.again")
    line = {"description": "x", "quantity": "1", "unit_price": "5", "tax_rate": "0"}
    use_cases.run(stage.ctx.need_book(), "invoice.issue", {"customer": "C1", "lines": [line]}, actor="test")
    page = stage.window.page("customers")
    assert isinstance(page, CustomersPage)
    assert page.table.table_model().rowCount() == 3
    stage.click("import.undo")
    assert customer_count(stage) == 2
    assert page.table.table_model().rowCount() == 2, "the list shows no row that is gone"
    words = stage.widget("import.said").text()
    assert words.startswith("Taken back: 1 of 2 parts.")
    assert "cannot be taken back" in words
    assert stage.widget("import.undo").isEnabled()
    assert not stage.widget("import.run").isEnabled(), "the first part is still in the book"
    stage.click("import.undo")
    assert "cannot be taken back" in stage.widget("import.said").text()
    assert customer_count(stage) == 2


def test_a_trial_is_repeated_with_what_was_corrected(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "客户.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    open_with(stage, path)
    stage.click("import.try")
    stage.widget("import.errors").item(0, 3).setText("Suzhou")
    stage.click("import.again")
    assert "3 new" in stage.widget("import.said").text()
    assert customer_count(stage) == 0
    stage.click("import.run")
    assert customer_count(stage) == 3


def test_refused_rows_are_saved_as_a_workbook(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "客户.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    open_with(stage, path)
    stage.click("import.run")
    target = tmp_path / "refused.xlsx"
    monkeypatch.setattr(papers, "ask_file", lambda _ctx, _parent, _title, _name, on: on(target))
    stage.click("import.saveErrors")
    sheet = openpyxl.load_workbook(target).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2, "only what was refused, not what is in the book already"
    assert rows[1][0] == "C2"
    assert stage.widget("import.undo").isVisible(), "the import itself can still be taken back"
    assert not stage.widget("import.run").isEnabled()


def test_a_field_is_dragged_onto_a_column_or_given_by_enter(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("alpha,beta\n甲公司,K9\n", encoding="utf-8")
    open_with(stage, path)
    table, fields = stage.widget("import.columns"), stage.widget("import.fields")
    data = QMimeData()
    data.setData(FIELD_MIME, QByteArray(b"name"))
    place = QPointF(table.visualItemRect(table.item(0, 2)).center())
    drop = QDropEvent(
        place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    table.dropEvent(drop)
    assert stage.widget("import.column.0").currentData() == "name"
    table.setCurrentCell(1, 0)
    names = [fields.item(at).data(Qt.ItemDataRole.UserRole) for at in range(fields.count())]
    assert "name" not in names, "it has a column"
    fields.setCurrentRow(names.index("code"))
    stage.press("Return", "import.fields")
    assert stage.widget("import.column.1").currentData() == "code"
    stage.press("Delete", "import.columns")
    assert stage.widget("import.column.1").currentData() == ""
    combo = stage.widget("import.column.1")
    combo.setCurrentIndex(combo.findData("name"))
    assert stage.widget("import.column.0").currentData() == "", "a field has one column"


def test_the_header_row_and_the_encoding_are_chosen(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("客户编号,客户名称\nC1,上海鼎晟\n客户编号,客户名称\nC2,丙\n".encode("gb18030"))
    open_with(stage, path)
    assert stage.widget("import.encoding").currentData() == "gb18030"
    assert stage.widget("import.headerRow").currentData() == 1
    stage.click("import.view.rows")
    raw = stage.widget("import.raw")
    assert raw.item(0, 1).text() == "客户编号"
    raw.setCurrentCell(2, 0)
    stage.press("Return", "import.raw")
    assert stage.widget("import.headerRow").currentData() == 3
    stage.click("import.run")
    with stage.ctx.need_book().read() as connection:
        assert connection.execute(sql("SELECT code FROM customer")).scalars().all() == ["C2"]
    stage.click("import.view.columns")
    combo = stage.widget("import.encoding")
    combo.setCurrentIndex(combo.findData("cp1252"))
    combo.activated.emit(combo.currentIndex())
    stage.settle()
    assert "客户编号" not in [stage.widget("import.columns").item(at, 0).text() for at in range(2)]


def test_another_file_is_dropped_on_the_dialog(stage: Stage, tmp_path: Path) -> None:
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    first.write_text("客户名称\n甲\n", encoding="utf-8")
    second.write_text("客户名称,电话\n乙,1\n", encoding="utf-8")
    open_with(stage, first)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(second))])
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    stage.widget("import").dropEvent(drop)
    stage.settle()
    assert stage.widget("import.columns").rowCount() == 2


MT940 = (
    ":20:X\n:25:12345678/0001234567\n:28C:1/1\n:60F:C260201CNY0,00\n"
    ":61:2602020202C200,00NTRFNONREF//R1\n:86:166?00GUTSCHRIFT?20ABC?32某人\n"
    ":62F:C260228CNY{closing}\n-\n"
)


def bank_line_count(stage: Stage) -> int:
    with stage.ctx.need_book().read() as connection:
        return connection.execute(sql("SELECT count(*) FROM bank_line")).scalar_one()


def test_a_statement_is_known_by_its_content(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "statement.txt"
    path.write_text(MT940.format(closing="200,00"), encoding="utf-8")
    open_with(stage, path)
    assert stage.widget("import.kind").value() == "bank"
    assert stage.widget("import.account").currentText() == "Account: as the file says"
    stage.click("import.try")
    assert "1 new line, 0 known already" in stage.widget("import.said").text()
    stage.press("Ctrl+S")
    assert bank_line_count(stage) == 1
    stage.widget("import").take_file(path)
    stage.settle()
    stage.click("import.run")
    assert "0 new lines, 1 known already" in stage.widget("import.said").text()
    stage.close_dialogs()
    stage.go("payments", part="bank")
    stage.press("Ctrl+I")
    assert stage.widget("import.kind").value() == "bank"
    assert stage.widget("import.account").currentData() == "BANK"


def test_a_statement_is_taken_back(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "statement.sta"
    path.write_text(MT940.format(closing="200,00"), encoding="utf-8")
    open_with(stage, path)
    stage.click("import.run")
    assert bank_line_count(stage) == 1
    stage.click("import.undo")
    assert bank_line_count(stage) == 0


def test_a_balance_that_does_not_fit_is_told_once(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "statement.sta"
    path.write_text(MT940.format(closing="210,00"), encoding="utf-8")
    open_with(stage, path)
    stage.click("import.run")
    said = stage.widget("import.said").text()
    assert "10.00 CNY differ" in said
    assert "Download the statement again" in said
    assert bank_line_count(stage) == 0


def test_a_wallet_says_above_its_table_what_it_is(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "账单.csv"
    path.write_text(
        "支付宝交易记录明细查询\n账号:[a@example.com]\n交易时间,交易对方,商品说明,金额,收/支\n"
        "2026-02-02,某人,货款,1.00,收入\n",
        encoding="utf-8",
    )
    open_with(stage, path)
    assert stage.widget("import.kind").value() == "bank"
    stage.click("import.run")
    assert bank_line_count(stage) == 1


def archive_of(stage: Stage, path: Path) -> Path:
    """The archive of the book that is open."""
    with stage.ctx.need_book().read() as connection:
        return archive.write(connection, path)


def shown_rows(stage: Stage, name: str) -> list[tuple[str, ...]]:
    return stage.widget(name).cells.rows


def test_an_archive_says_cell_by_cell_what_it_changes(stage: Stage, tmp_path: Path) -> None:
    """Dropped on any place it is known by its sheets; the same file says nothing and books nothing."""
    use_cases.run(
        stage.ctx.need_book(),
        "customer.create",
        {
            "code": "C1",
            "name": "上海鼎晟",
            "phone": "021-1",
            "contacts": [{"name": "王建国", "mobile": "138"}],
        },
        actor="test",
    )
    path = archive_of(stage, tmp_path / "archive.xlsx")
    stage.go("payments")
    stage.window.take_file(path)
    stage.settle()
    assert stage.widget("import.kind").value() == "archive"
    assert stage.widget("import.mode").value() == "upsert"
    assert stage.widget("import.said").text().startswith("0 changes")
    assert stage.widget("import.same").isVisible(), "said calmly, not as an empty table"
    assert not stage.widget("import.run").isEnabled(), "nothing to import"
    stage.close_dialogs()

    workbook = openpyxl.load_workbook(path)
    page = workbook["Customers"]
    header = [cell.value for cell in page[1]]
    page.cell(2, header.index("Phone") + 1).value = "021-2"
    page.append(["C2", "苏州园林"])
    workbook.save(path)
    open_with(stage, path)
    assert shown_rows(stage, "import.changes") == [
        ("Customers", "2", "C1", "Phone", "021-1", "021-2"),
        ("Customers", "3", "C2", "(new)", "—", "苏州园林"),
    ]
    assert "2 changes" in stage.widget("import.said").text()
    assert customer_count(stage) == 1, "nothing is written yet"
    stage.press("Ctrl+S")
    assert customer_count(stage) == 2
    assert stage.widget("import.said").text().startswith("Done: 2 changes")
    stage.click("import.undo")
    assert customer_count(stage) == 1


def test_refused_rows_of_an_archive_stand_with_their_sheet(stage: Stage, tmp_path: Path) -> None:
    path = archive_of(stage, tmp_path / "archive.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["Contacts"].append([None, "C9", "王"])
    workbook.save(path)
    open_with(stage, path)
    (row,) = shown_rows(stage, "import.archiveErrors")
    assert row[:2] == ("Contacts", "2")
    assert "There is no customer with the code" in row[-1]
    assert not stage.widget("import.run").isEnabled()


def test_visiting_cards_are_dropped_on_the_window(stage: Stage, tmp_path: Path) -> None:
    use_cases.run(stage.ctx.need_book(), "customer.create", {"code": "C1", "name": "上海鼎晟"}, actor="test")
    path = tmp_path / "王建国.vcf"
    path.write_text(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:王建国\r\nORG:上海鼎晟\r\nTEL;TYPE=CELL:138 0000 0000\r\nEND:VCARD\r\n",
        encoding="utf-8",
    )
    stage.go("invoices")
    stage.window.take_file(path)
    stage.settle()
    assert stage.widget("import.kind").value() == "contacts"
    stage.press("Ctrl+S")
    assert "1 new" in stage.widget("import.said").text()
    with stage.ctx.need_book().read() as connection:
        assert connection.execute(sql("SELECT name FROM contact")).scalars().all() == ["王建国"]


def test_a_template_has_the_book_s_own_fields_in_use_and_its_trees(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field that was retired is asked of nobody; an archive and a file that was read have no template."""
    monkeypatch.setattr(import_template.QDesktopServices, "openUrl", lambda _url: True)
    book = stage.ctx.need_book()
    for name, label in (("shop_area", "店面面积"), ("old_one", "旧字段")):
        use_cases.run(
            book,
            "field.define",
            {"record": "customer", "name": name, "label": label, "kind": "text"},
            actor="test",
        )
    use_cases.run(book, "field.retire", {"record": "customer", "field": "old_one"}, actor="test")
    use_cases.run(
        book,
        "customer.create",
        {"code": "C1", "name": "甲", "categories": [{"dimension": "渠道", "path": "展会"}]},
        actor="test",
    )
    stage.go("customers")
    stage.window.import_file()
    stage.settle()
    stage.click("import.template")
    dialog = stage.widget("save.file")
    dialog.fileSelected.emit(str(tmp_path / "template.xlsx"))
    dialog.close()
    stage.settle()
    page = openpyxl.load_workbook(tmp_path / "template.xlsx").worksheets[0]
    header = [cell.value for cell in page[1]]
    assert "店面面积" in header
    assert "旧字段" not in header
    assert "渠道" in header
    kind = stage.widget("import.kind")
    kind.set_value("archive")
    kind.edited.emit()
    stage.settle()
    with pytest.raises(LookupError):
        stage.widget("import.template")
    assert "Ctrl+E" in stage.widget("import.said").text()
