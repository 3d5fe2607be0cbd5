"""The shell: top bar, left rail, pages made when they are first shown, back and forward. It knows no feature."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.paths import resource
from crmdesk.text import N_, _
from crmdesk.ui import background, day_signs, getting_around, places
from crmdesk.ui.book_menu import BookMenu
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import PLACE_PROPERTY, Command
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking, switch_language
from crmdesk.ui.places import Place
from crmdesk.ui.rail import Rail
from crmdesk.ui.top_bar import TopBar

if TYPE_CHECKING:
    from crmdesk.services.book import Book
    from crmdesk.services.draft_journal import Entry
    from crmdesk.ui.book_banner import BookBanner
    from crmdesk.ui.left_behind import LeftBehind

_HISTORY_MAX = 50
_NARROW_EM = 130
"""Below so many digits of width the rail shows icons only."""
_SHORT_S = 1.0
"""Work that only reads and has just begun is stopped without a question."""
_ONCE = frozenset({"new", "practice"})
"""Targets that do something instead of showing it: back and forward do not do it again."""
_Step = tuple[str, dict[str, Any]]


class MainWindow(Speaking, QMainWindow):
    """The window around the pages."""

    painted = Signal()
    """Once, after the first paint: the moment to load what is heavy."""

    def __init__(self, ctx: Context, known: Sequence[Place] | None = None) -> None:
        super().__init__()
        self._ctx = ctx
        self._pages: dict[str, QWidget] = {}
        found = (*places.PLACES, places.WELCOME) if known is None else known
        self._places = {place.name: place for place in found}
        self._current = ""
        self._history: list[_Step] = []
        self._place_in_history = -1
        self._is_painted = False
        self._may_close = False
        self._is_asking = False
        self._banner: BookBanner | None = None
        self._left: LeftBehind | None = None
        self.setObjectName("window")
        self.setWindowTitle("crmdesk")
        self.setWindowIcon(QIcon(str(resource("icons", "app", "crmdesk-256.png"))))
        self.top_bar = TopBar(ctx)
        self.rail = Rail(ctx, [place for place in found if place.name != places.WELCOME.name])
        self._build()
        self._add_commands()
        day_signs.DaySigns(ctx, self, self.rail, self.top_bar)
        background.start(ctx, self)
        ctx.notices.set_window(self)
        ctx.asked_for.connect(self.go)
        ctx.asked_back.connect(self.go_back)
        ctx.book_changed.connect(self._book_changed)
        ctx.bus.watch(self, ("setting",), lambda _changes: self._read_book_name())
        self.rail.chosen.connect(lambda name: self.go(name, {}))
        self._restore_geometry()
        self._show_book_parts()

    @property
    def context(self) -> Context:
        """What every page gets."""
        return self._ctx

    def _build(self) -> None:
        middle = QWidget()
        outer = QVBoxLayout(middle)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.top_bar)
        self._outer = outer
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        self.stack = _Pages()
        self.stack.setObjectName("pages")
        blank = QWidget()
        blank.setProperty("role", "page")
        self.stack.addWidget(blank)
        # A page that needs more than a small screen at 200 % has is scrolled, not squeezed.
        self.pages_area = scrolled(self.stack, "pages.area")
        row.addWidget(self.pages_area, 1)
        outer.addLayout(row, 1)
        self.setCentralWidget(middle)

    def _add_commands(self) -> None:
        add = self._ctx.commands.add
        for name, words, callback, icon, keys in (
            ("window.back", N_("Back"), self.go_back, "arrow-left", "Alt+Left"),
            ("window.forward", N_("Forward"), self.go_forward, "arrow-right", "Alt+Right"),
            ("window.rail", N_("Collapse the left rail"), self.rail.toggle, "panel-left", "Ctrl+B"),
            ("window.search", N_("Search in the list"), self.search, "search", "Ctrl+F"),
        ):
            add(Command(name, words, callback, icon, keys, is_window_wide=True), self)
        receive = add(
            Command("payment.receive", N_("Receive"), self.receive, "banknote", "F6", is_window_wide=True),
            self,
        )
        self.top_bar.set_receive(receive)
        tasks = Command(
            "tasks.open", N_("Tasks"), self.show_tasks, "clock", "Ctrl+Shift+T", is_window_wide=True
        )
        self.top_bar.set_tasks(add(tasks, self))
        menu = QMenu(self)
        for number, (name, icon, text, place, part) in enumerate(places.NEW_ACTIONS):
            if place in self._places:
                target = {"new": True, "part": part} if part else {"new": True}
                keys = f"Ctrl+Alt+{number + 1}" if number else "Ctrl+Shift+N"
                command = Command(
                    f"new.{name}",
                    text,
                    lambda which=place, what=target: self.go(which, what),
                    icon,
                    keys,
                    is_window_wide=True,
                )
                menu.addAction(add(command, self))
        command = Command(
            "window.import", N_("Import …"), self.import_file, "upload", "Ctrl+I", is_window_wide=True
        )
        menu.addSeparator()
        menu.addAction(add(command, self))
        self.setAcceptDrops(True)
        self.top_bar.set_new_menu(menu)
        self.top_bar.set_book_menu(
            BookMenu(self._ctx, self, self._leave, lambda: self.go(places.WELCOME.name, {}))
        )
        getting_around.install(self._ctx, self, list(self._places.values()))
        self.rail.retranslate()
        self.top_bar.retranslate()

    # Pages

    def page(self, name: str) -> QWidget | None:
        """A page that was made already."""
        return self._pages.get(name)

    def current_place(self) -> str:
        """The place that is shown."""
        return self._current

    def go(self, name: str, target: dict[str, Any]) -> None:
        """Shows a place, with a target for its page; asks first when unsaved work would be left."""
        place = self._places.get(name)
        if place is None or (place.needs_book and self._ctx.book is None):
            return
        self._leave(lambda: self._visit(name, target))

    def _leave(self, then: Any) -> None:
        page = self._pages.get(self._current)
        may_leave = getattr(page, "may_leave", None)
        if may_leave is not None:
            may_leave(then)
        else:
            then()

    def _visit(self, name: str, target: dict[str, Any]) -> None:
        step = (name, {} if _ONCE & target.keys() else target)
        here = self._history[self._place_in_history] if self._place_in_history >= 0 else None
        if step != here:
            del self._history[self._place_in_history + 1 :]
            self._history.append(step)
            del self._history[:-_HISTORY_MAX]
            self._place_in_history = len(self._history) - 1
        self._show(name, target)

    def _show(self, name: str, target: dict[str, Any], *, is_return: bool = False) -> None:
        page = self._pages.get(name) or self._make(name)
        self._current = name
        self.stack.setCurrentWidget(page)
        page.setFocus(Qt.FocusReason.OtherFocusReason)
        self.rail.mark(name)
        day_signs.keep_place(self._ctx, name if name != places.WELCOME.name else None)
        show_target = getattr(page, "show_target", None)
        if target and show_target is not None:
            show_target(target)
        elif is_return and hasattr(page, "show_start"):
            page.show_start()  # pyright: ignore[reportAttributeAccessIssue]

    def _make(self, name: str) -> QWidget:
        try:
            module = importlib.import_module(self._places[name].module)
            page = module.create(self._ctx)
        except Exception as error:  # noqa: BLE001  one broken page must not take the window with it
            self._ctx.notices.error(error)
            page = Paragraph(_("This page cannot be shown."))
            page.setAlignment(Qt.AlignmentFlag.AlignCenter)
        page.setProperty(PLACE_PROPERTY, name)
        self._pages[name] = page
        self.stack.addWidget(page)
        return page

    def make_page(self, name: str) -> None:
        """Makes a page that was not shown yet, and its parts, if it can be shown now."""
        place = self._places[name]
        if not place.needs_book or self._ctx.book is not None:
            page = self._pages.get(name) or self._make(name)
            make_parts = getattr(page, "make_parts", None)
            if make_parts is not None:
                make_parts()

    def go_back(self) -> None:
        """Where one was before."""
        self._travel(-1)

    def go_forward(self) -> None:
        """Undoes a step back."""
        self._travel(1)

    def _travel(self, by: int) -> None:
        index = self._place_in_history + by
        if not 0 <= index < len(self._history):
            return

        def travel() -> None:
            self._place_in_history = index
            self._show(*self._history[index], is_return=True)

        self._leave(travel)

    def search(self) -> None:
        """Puts the cursor into the search of what is shown, whichever part of the place that is."""
        from crmdesk.ui.kit.controls import SearchBox

        page = self._pages.get(self._current)
        boxes = page.findChildren(SearchBox) if page is not None else []
        box = next((one for one in boxes if one.isVisible()), None)
        if box is not None:
            box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_tasks(self) -> None:
        """What is running and what has ended, below its button."""
        from crmdesk.ui.kit.task_list import TaskList

        action = self._ctx.commands.find("tasks.open")
        keys = action.shortcuts() if action is not None else ()
        TaskList(self._ctx.tasks, self, keys).open_below(self.top_bar.tasks_button)

    def receive(self) -> None:
        """Opens quick payment, for the customer that the page shows if it has a `customer_code()`."""
        if self._ctx.book is not None:
            current = getattr(self._pages.get(self._current), "customer_code", None)
            code = current() if current is not None else ""
            importlib.import_module(places.RECEIVE_MODULE).open_dialog(self._ctx, self, customer=code)

    def import_file(self, path: Path | None = None) -> None:
        """Opens the import, for the kind of the place that is shown."""
        if self._ctx.book is not None:
            kind = (
                {"sales": "products"}.get(self._current, self._current)
                if self._current in ("customers", "sales", "invoices", "payments")
                else "customers"
            )
            wanted = getattr(self.page(self._current), "import_wanted", dict)()
            importlib.import_module(places.IMPORT_MODULE).open_dialog(
                self._ctx, self, **{"kind": kind, "path": path, **wanted}
            )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One file may be dropped anywhere."""
        if self._ctx.book is not None and len(event.mimeData().urls()) == 1:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A dropped file is taken by what it is."""
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            event.acceptProposedAction()
            self.take_file(Path(urls[0].toLocalFile()))

    def take_file(self, path: Path) -> None:
        """An electronic tax invoice is matched with its request; every other file is offered for import."""
        from crmdesk.services.banking import formats

        is_fapiao = path.suffix.lower() in places.FAPIAO_FILES and not formats.is_statement(path)
        if self._ctx.book is not None and is_fapiao:
            importlib.import_module(places.FAPIAO_FILE_MODULE).open_dialog(self._ctx, self, path)
        else:
            self.import_file(path)

    # Book

    def _book_changed(self) -> None:
        for page in self._pages.values():
            self.stack.removeWidget(page)
            page.deleteLater()
        self._pages.clear()
        self._history.clear()
        self._place_in_history = -1
        self._show_book_parts()
        if self._ctx.book is None:
            self.go(places.WELCOME.name, {})
            return
        self._say_what_was_found(self._ctx.book)
        self._offer_left_behind()
        self._read_book_name()
        kept = day_signs.place_of_today(self._ctx)
        usual = [name for name, place in self._places.items() if place.needs_book]
        first = kept if kept in usual else next(iter(usual), "")
        if first:
            self.go(first, {})

    def _show_book_parts(self) -> None:
        has_book = self._ctx.book is not None
        self.rail.set_enabled(has_book)
        self.top_bar.set_book(self._ctx.book.path if self._ctx.book is not None else None)
        for name in (
            "book.close",
            "payment.receive",
            "window.import",
            "window.search",
            "window.notices",
            *(f"new.{entry.name}" for entry in places.NEW_ACTIONS),
        ):
            action = self._ctx.commands.find(name)
            if action is not None:
                action.setEnabled(has_book)

    def _say_what_was_found(self, book: Book) -> None:
        """What opening the book brought to light; why it is open for reading only stays in sight."""
        for notice in book.notices:
            self._ctx.notices.toast(notice, "warn")
        if book.hindrance is not None and self._banner is None:
            from crmdesk.ui.book_banner import BookBanner

            self._banner = BookBanner(self._ctx, self._leave)
            self._outer.insertWidget(1, self._banner)
            self._banner.follow()

    def _offer_left_behind(self) -> None:
        if self._left is None:
            from crmdesk.ui.left_behind import LeftBehind

            self._left = LeftBehind(self._ctx, self._resume)
            self._outer.insertWidget(1, self._left)
            self._left.follow()

    def _resume(self, entry: Entry) -> None:
        """Shows the form of what was left behind; a page that is being written on is left for another page only."""
        name = places.FORM_PLACES.get(entry.form)
        if name is None:
            importlib.import_module(places.RECEIVE_MODULE).open_dialog(self._ctx, self, entry=entry)
            return

        def visit() -> None:
            self._visit(name, {})
            page: Any = self._pages[name]
            page.resume(entry)

        self._leave(visit)

    def _read_book_name(self) -> None:
        def name_of(connection: Any) -> str:
            from crmdesk.services import settings

            return settings.load(connection).name

        self._ctx.read(name_of, owner=self, on_done=self.set_book_name, replaces="name")

    def set_book_name(self, name: str) -> None:
        """The company's name for the top bar and the window's title."""
        self.top_bar.set_name(name)
        self.setWindowTitle(f"{name} — crmdesk" if name else "crmdesk")

    # Look and words

    def use_language(self, language: str) -> None:
        """Switches the language of everything, live."""
        self._ctx.settings.put("language", language)
        switch_language(language)

    def use_scheme(self, scheme: str) -> None:
        """Switches to `system`, `light` or `dark`, live."""
        self._ctx.settings.put("scheme", scheme)
        theme().use_scheme(scheme)

    def retranslate(self) -> None:
        """Commands are no widgets: they are told here."""
        super().retranslate()
        self._ctx.commands.retranslate()
        QTimer.singleShot(0, self, self._open_forms_again)

    def _open_forms_again(self) -> None:
        from crmdesk.ui.left_behind import open_again

        open_again(self, self._resume)

    # Window

    def paintEvent(self, event: QPaintEvent) -> None:
        """Says once that the window was painted."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window keeps the icons of the rail only."""
        super().resizeEvent(event)
        self.rail.set_narrow(self.width() < theme().metrics.em(_NARROW_EM))

    def _restore_geometry(self) -> None:
        size = QSize(*theme().metrics.window)
        self.resize(size)
        room = self.screen().availableSize()
        is_real = QGuiApplication.platformName() != "offscreen"
        if is_real and (room.width() <= size.width() or room.height() <= size.height()):
            # On a small screen its frame would push the foot of the window out of sight.
            self.setWindowState(Qt.WindowState.WindowMaximized)
        kept = self._ctx.settings.text("window.geometry")
        if kept:
            self.restoreGeometry(QByteArray.fromBase64(kept.encode()))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks when something is unsaved or running; then keeps the window's state and ends the tasks."""
        if self._may_close:
            self._keep_state()
            event.accept()
            return
        # Qt does not hear a close() from inside a close: an answer that comes at once is taken here.
        self._is_asking = True
        self._leave(self._ask_about_tasks)
        self._is_asking = False
        if self._may_close:
            self._keep_state()
            event.accept()
        else:
            event.ignore()

    def _ask_about_tasks(self) -> None:
        running = [
            task
            for task in self._ctx.tasks.running()
            if task.label and (task.lane == "write" or task.seconds > _SHORT_S)
        ]
        if not running:
            self._close_now()
            return
        from crmdesk.ui.kit import dialogs

        dialogs.ask(
            self,
            _("Work is still running"),
            _("{task} has not ended. Stopping it leaves nothing half done.").format(task=running[0].label),
            [
                (_("Stop and close"), "stop", "danger", self._close_now),
                (_("Keep working"), "stay", "primary", lambda: None),
            ],
            name="closing",
        )

    def _close_now(self) -> None:
        self._may_close = True
        if not self._is_asking:
            self.close()

    def _keep_state(self) -> None:
        self._ctx.settings.put("window.geometry", self.saveGeometry().toBase64().toStdString())
        self._ctx.settings.save()


class _Pages(QStackedWidget):
    """Only the page that is shown says how much room is needed."""

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint() if page is not None else QSize(0, 0)
