"""The window around the pages: places, back and forward, languages, what is asked before closing."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from crmdesk import text
from crmdesk.services import backups_kept, places
from crmdesk.services.book import Book
from crmdesk.ui.context import Context
from crmdesk.ui.kit import theme
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.main_window import MainWindow
from crmdesk.ui.places import Place


class PageOfTest(Speaking, QWidget):
    """Notes what the shell does with it."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self.targets: list[dict[str, Any]] = []
        self.holds = False
        self.waiting: list[Callable[[], object]] = []
        self.label = QLabel(self)
        self.say(self.label.setText, "Customers")

    def show_target(self, target: dict[str, Any]) -> None:
        self.targets.append(target)

    def may_leave(self, then: Callable[[], object]) -> None:
        if self.holds:
            self.waiting.append(then)
        else:
            then()


PLACES = (
    Place("one", "users", "Customers", "tests_page_one"),
    Place("two", "file-text", "Invoices", "tests_page_two"),
    Place("broken", "x", "Broken", "tests_page_broken"),
    Place("settings", "settings", "Settings", "tests_page_one", is_at_foot=True, needs_book=False),
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.create(tmp_path / "b.crm", name="鼎晟建材商行") as made:
        yield made


@pytest.fixture
def window(
    qapp: object, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    text.use_language("en")
    theme.install(qapp).configure("light", "comfortable", 1.0)  # type: ignore[arg-type]
    for name in ("tests_page_one", "tests_page_two", "tests_page_broken"):
        module = types.ModuleType(name)
        module.create = PageOfTest  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
    del sys.modules["tests_page_broken"].create  # type: ignore[attr-defined]
    ctx = Context(ViewState(tmp_path / "window.json"))
    made = MainWindow(ctx, PLACES)
    made.ctx = ctx  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.show()
    yield made
    made._may_close = True
    assert ctx.end(10), "a task did not end"
    text.use_language("en")


def ctx_of(window: MainWindow) -> Context:
    return window.ctx  # type: ignore[attr-defined, no-any-return]


def nav(window: MainWindow, name: str) -> QPushButton:
    found = window.findChild(QPushButton, f"nav.{name}")
    assert found is not None
    return found


def test_without_a_book_only_what_needs_none(window: MainWindow) -> None:
    assert not nav(window, "one").isEnabled()
    assert nav(window, "settings").isEnabled()
    window.go("one", {})
    assert window.current_place() == ""


def test_places_are_made_when_first_shown(window: MainWindow, book: Book) -> None:
    ctx_of(window).use_book(book)
    assert window.current_place() == "one"
    assert window.page("two") is None
    QTest.mouseClick(nav(window, "two"), Qt.MouseButton.LeftButton)
    assert isinstance(window.page("two"), PageOfTest)
    assert nav(window, "two").isChecked()
    assert not nav(window, "one").isChecked()


def test_back_and_forward(window: MainWindow, book: Book) -> None:
    ctx_of(window).use_book(book)
    ctx_of(window).go("two", id=5)
    ctx_of(window).go("one")
    window.go_back()
    assert window.current_place() == "two"
    assert window.page("two").targets == [{"id": 5}, {"id": 5}]  # type: ignore[union-attr]
    window.go_back()
    assert window.current_place() == "one"
    window.go_back()
    assert window.current_place() == "one"
    QTest.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert window.current_place() == "two"
    window.go("settings", {})
    window.go_forward()
    assert window.current_place() == "settings"


def test_what_was_done_once_is_not_done_again_on_the_way_back(window: MainWindow, book: Book) -> None:
    ctx_of(window).use_book(book)
    ctx_of(window).go("two", new=True, customer="C1")
    ctx_of(window).go("one", practice=True)
    window.go_back()
    window.go_forward()
    window.go_back()
    assert window.current_place() == "two"
    assert window.page("two").targets == [{"new": True, "customer": "C1"}]  # type: ignore[union-attr]
    assert window.page("one").targets == [{"practice": True}]  # type: ignore[union-attr]


def test_unsaved_work_is_not_left_without_asking(window: MainWindow, book: Book) -> None:
    ctx_of(window).use_book(book)
    page = window.page("one")
    assert isinstance(page, PageOfTest)
    page.holds = True
    window.go("two", {})
    assert window.current_place() == "one"
    page.waiting.pop()()
    assert window.current_place() == "two"


def test_a_broken_page_does_not_take_the_window_with_it(
    window: MainWindow, book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    ctx_of(window).use_book(book)
    window.go("broken", {})
    assert window.current_place() == "broken"
    assert "tests_page_broken" in caplog.text
    window.go("one", {})
    assert window.current_place() == "one"


def test_languages_switch_live(window: MainWindow, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx_of(window).use_book(book)
    for module in ("crmdesk.ui.rail", "crmdesk.ui.kit.words", "crmdesk.ui.kit.commands"):
        monkeypatch.setattr(f"{module}._", lambda source: f"<{source}>")
    window.use_language("zh_CN")
    assert nav(window, "one").text().strip() == "<Customers>"
    assert window.page("one").label.text() == "<Customers>"  # type: ignore[union-attr]
    action = ctx_of(window).commands.find("window.back")
    assert action is not None
    assert action.text() == "<Back>"
    assert ctx_of(window).settings.text("language") == "zh_CN"


def test_the_rail_collapses_and_remembers(window: MainWindow) -> None:
    wide = window.rail.width()
    window.rail.toggle()
    assert window.rail.width() < wide
    assert nav(window, "one").text() == ""
    assert nav(window, "one").accessibleName() == "Customers"
    assert ctx_of(window).settings.get("rail.is_collapsed") is True


def test_a_narrow_window_shows_icons_only(window: MainWindow) -> None:
    window.resize(700, 500)
    assert nav(window, "one").text() == ""
    window.resize(1366, 768)
    assert nav(window, "one").text().strip() == "Customers"


def test_a_use_case_publishes_what_it_changed(window: MainWindow, book: Book, qtbot: QtBot) -> None:
    ctx = ctx_of(window)
    ctx.use_book(book)
    heard, results = [], []
    ctx.bus.published.connect(heard.append)
    ctx.run_use_case("customer.create", {"name": "Lin"}, owner=window, on_done=results.append)
    qtbot.waitUntil(lambda: bool(results))
    assert heard[0].touches("customer")
    with book.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM customer").scalar_one() == 1


def test_a_refused_use_case_goes_to_the_form_or_to_a_message(
    window: MainWindow, book: Book, qtbot: QtBot
) -> None:
    ctx = ctx_of(window)
    ctx.use_book(book)
    errors: list[Exception] = []

    def take(error: Exception) -> bool:
        errors.append(error)
        return True

    ctx.run_use_case("customer.create", {"name": ""}, owner=window, on_error=take)
    qtbot.waitUntil(lambda: bool(errors))
    assert errors[0].field == "name"  # type: ignore[attr-defined]
    assert window.findChild(QWidget, "toast") is None
    ctx.run_use_case("customer.create", {"name": ""}, owner=window)
    qtbot.waitUntil(lambda: window.findChild(QWidget, "toast") is not None)


def test_opening_a_book_off_the_windows_thread(
    window: MainWindow, book: Book, qtbot: QtBot, tmp_path: Path
) -> None:
    ctx = ctx_of(window)
    path = book.path
    book.close()
    with qtbot.waitSignal(ctx.book_changed):
        ctx.open_book(path)
    assert ctx.book is not None
    assert ctx.settings.recent_books() == [str(path)]
    errors: list[Exception] = []
    ctx.open_book(tmp_path / "none.crm", on_error=lambda error: errors.append(error) or True)
    qtbot.waitUntil(lambda: bool(errors))
    assert ctx.book.path == path, "the open book stays"


def test_closing_waits_for_an_answer_while_work_runs(window: MainWindow, qtbot: QtBot) -> None:
    import threading

    gate = threading.Event()
    ctx_of(window).tasks.run("heavy", lambda _progress: gate.wait(5), label="Exporting").started_at -= 2
    window.close()
    assert window.isVisible()
    asked = window.findChild(QWidget, "closing")
    assert asked is not None
    window.findChild(QPushButton, "closing.stop").click()  # type: ignore[union-attr]
    assert not window.isVisible()
    gate.set()


def test_every_button_has_a_name_and_words(window: MainWindow) -> None:
    for made in window.findChildren(QPushButton):
        if made.isVisible():
            assert made.objectName(), made.text()
            assert made.accessibleName(), made.objectName()


def test_closing_closes_and_keeps_the_state(window: MainWindow) -> None:
    window.resize(1000, 700)
    window.close()
    assert not window.isVisible()
    kept = ViewState(ctx_of(window).settings._file())
    assert kept.text("window.geometry")


def test_closing_asks_the_page_first(window: MainWindow, book: Book) -> None:
    ctx_of(window).use_book(book)
    page = window.page("one")
    assert isinstance(page, PageOfTest)
    page.holds = True
    window.close()
    assert window.isVisible()
    page.waiting.pop()()
    assert not window.isVisible()


def test_the_company_s_name_stands_at_the_top(window: MainWindow, book: Book, qtbot: QtBot) -> None:
    ctx_of(window).use_book(book)
    qtbot.waitUntil(lambda: window.top_bar.book_name.text() == "鼎晟建材商行")
    assert "鼎晟建材商行" in window.windowTitle()


def menu_texts(window: MainWindow) -> list[str]:
    menu = window.top_bar.book_menu_button.menu()
    assert menu is not None
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_the_book_s_menu_opens_another_book(
    window: MainWindow, book: Book, tmp_path: Path, qtbot: QtBot
) -> None:
    Book.create(tmp_path / "A & B.crm", name="Other").close()
    ctx = ctx_of(window)
    ctx.settings.remember_book(str(tmp_path / "A & B.crm"))
    ctx.settings.remember_book(str(tmp_path / "gone.crm"))
    ctx.use_book(book)
    assert [words.split("    ")[0] for words in menu_texts(window)] == [
        "Books …", "Close this book", "A && B",
    ]  # fmt: skip
    page = window.page("one")
    assert isinstance(page, PageOfTest)
    page.holds = True
    action = window.top_bar.book_menu_button.menu().actions()[-1]
    action.trigger()
    assert ctx.book is book, "unsaved work is asked about first"
    page.waiting.pop()()
    qtbot.waitUntil(lambda: ctx.book is not book)
    assert ctx.book is not None
    assert ctx.book.path.name == "A & B.crm"


def test_the_key_that_closes_a_book_does_not_wait_for_the_menu(window: MainWindow, book: Book) -> None:
    ctx = ctx_of(window)
    action = ctx.commands.find("book.close")
    assert action is not None
    assert not action.isEnabled(), "there is nothing to close"
    menu_texts(window)
    ctx.use_book(book)
    assert action.isEnabled()
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert ctx.book is None
    assert not action.isEnabled()


def test_a_book_that_is_put_away_is_backed_up(window: MainWindow, book: Book, qtbot: QtBot) -> None:
    ctx = ctx_of(window)
    ctx.use_book(book)
    ctx.run_use_case("customer.create", {"name": "甲"}, owner=window)
    qtbot.waitUntil(lambda: not ctx.tasks.running())
    assert backups_kept.list_backups(book) == []
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert ctx.book is None
    qtbot.waitUntil(lambda: not ctx.tasks.running(), timeout=20_000)
    with Book.open(book.path) as again:
        assert [backup.manifest.occasion for backup in backups_kept.list_backups(again)] == [
            backups_kept.CLOSE
        ]


def test_what_was_found_at_opening_is_said(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.ALLOW_VARIABLE, "allow")
    path = tmp_path / "Dropbox" / "shop.crm"
    path.parent.mkdir()
    Book.create(path, name="Shop").close()
    monkeypatch.delenv(places.ALLOW_VARIABLE)
    ctx = ctx_of(window)
    ctx.open_book(path, owner=window)
    qtbot.waitUntil(lambda: ctx.book is not None)
    assert ctx.book is not None
    assert ctx.book.is_read_only
    banner = window.findChild(Banner, "window.banner")
    assert banner is not None
    assert banner.isVisible()
    assert "Dropbox" in banner.text()
    before = ctx.book
    button = banner.findChild(QPushButton, "window.banner.action")
    assert button is not None
    button.click()
    qtbot.waitUntil(lambda: ctx.book is not before)
    assert ctx.book is not None
    assert not ctx.book.is_read_only
    assert not banner.isVisible()
    ctx.close_book()
    qtbot.waitUntil(lambda: not ctx.tasks.running(), timeout=20_000)
