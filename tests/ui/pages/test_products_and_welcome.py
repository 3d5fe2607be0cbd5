"""Products and the welcome page through their widgets."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication, QFileDialog

from crmdesk.services import company, demo
from crmdesk.ui.shots import Stage


def products(stage: Stage) -> list[dict[str, object]]:
    from crmdesk.services import lists

    return lists.as_json(stage.ctx.need_book(), "products")["rows"]


def test_a_product_is_made_changed_and_taken_off_sale(stage: Stage) -> None:
    stage.go("sales")
    stage.click("products.new")
    stage.type_into("product.form.name", "内墙乳胶漆")
    stage.widget("product.form.price").set_value(Decimal("196.00"))
    stage.widget("product.form.category").set_value("涂料/内墙")
    stage.click("form.save")
    (row,) = products(stage)
    assert (row["name"], row["price"], row["category"]) == ("内墙乳胶漆", "196", "涂料/内墙") or row[
        "price"
    ] == "196.00"
    stage.go("sales")
    page = stage.widget("products.page")
    current = page.list.table.current_id()  # type: ignore[attr-defined]
    page.edit(current)  # type: ignore[attr-defined]
    stage.settle()
    stage.widget("product.form.price").set_value(Decimal("210.50"))
    stage.widget("product.form.on_sale").click()
    stage.click("form.save")
    (row,) = products(stage)
    assert Decimal(str(row["price"])) == Decimal("210.50")
    assert row["on_sale"] is False


def test_a_product_needs_a_name(stage: Stage) -> None:
    stage.go("sales")
    stage.click("products.new")
    stage.click("form.save")
    assert products(stage) == []
    assert stage.widget("product.form.name.error").text()


def test_a_new_book_takes_its_currency_from_the_country(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "berlin.crmdesk"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_a, **_k: (str(target), "")))
    stage.go("welcome")
    stage.click("welcome.new")
    stage.type_into("newBook.form.name", "Berlin GmbH")
    stage.widget("newBook.form.country").set_value("DE")
    stage.widget("newBook.form").changed.emit("country")
    stage.click("newBook.save")
    stage.settle()
    own = stage.ctx.need_book()
    assert own.path == target
    assert (own.settings.name, own.settings.country, own.settings.currency) == ("Berlin GmbH", "DE", "EUR")


def picture(path: Path) -> Path:
    """A PNG of 40 × 20 pixels."""
    Image.new("RGB", (40, 20), "teal").save(path)
    return path


def test_a_book_is_begun_with_its_logo_by_keyboard_alone(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "logo.crmdesk"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_a, **_k: (str(target), "")))
    chosen = {"path": tmp_path / "no.png"}
    chosen["path"].write_text("no picture")
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", staticmethod(lambda *_a, **_k: (str(chosen["path"]), ""))
    )
    stage.go("welcome", new=True)
    stage.type_into("newBook.form.name", "Lin & Co")
    seen = []
    for _step in range(8):
        stage.press("Tab")
        focused = QApplication.focusWidget()
        seen.append(focused.objectName() if focused is not None else "")
        if seen[-1] == "newBook.chooseLogo":
            break
    assert seen[-1] == "newBook.chooseLogo", seen
    stage.press("Space")
    assert "picture" in stage.widget("newBook.logo.words").text()
    assert stage.widget("newBook.logo").text() == "No logo"
    chosen["path"] = picture(tmp_path / "logo.png")
    stage.press("Space")
    assert not stage.widget("newBook.logo").pixmap().isNull()
    stage.click("newBook.removeLogo")
    assert stage.widget("newBook.logo").text() == "No logo"
    stage.press("Space", "newBook.chooseLogo")
    stage.press("Ctrl+S")
    own = stage.ctx.need_book()
    assert own.path == target
    assert own.settings.name == "Lin & Co"
    with own.read() as connection:
        assert company.picture_of(connection) == chosen["path"].read_bytes()
    assert stage.window.current_place() == "today"


def test_the_practice_company_is_made_and_opened(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "practice.crmdesk"
    small = demo.create

    def create(path: Path, **options: object) -> object:
        return small(path, customer_count=5, invoice_count=20, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(demo, "create", create)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_a, **_k: (str(target), "")))
    stage.go("welcome")
    stage.click("welcome.practice")
    stage.settle()
    assert stage.ctx.need_book().path == target
