"""Import through the dialog: a trial, the import, refused rows, taking it back, a file that is no table."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text as sql

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
