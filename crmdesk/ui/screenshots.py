"""Pictures of the window, offscreen: every shot of `crmdesk.ui.shots`, both languages and schemes, at 100 and 200 %.

    python -m crmdesk.ui.screenshots [--out DIR] [--book BOOK] [--only NAME …]    all of them, and contact sheets
    python -m crmdesk.ui.screenshots --only customers --look zh_CN-light          in these looks only
    python -m crmdesk.ui.screenshots --book BOOK --one FILE.png                   one, of the customers page

A run fails when a text of the Chinese window is not Chinese.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import (
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)

from crmdesk import paths, text
from crmdesk.ui import shots
from crmdesk.ui.context import Context
from crmdesk.ui.kit import focus_ring, theme
from crmdesk.ui.kit.tree import Tree
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.main_window import MainWindow
from crmdesk.ui.shots import Shot, Stage

LANGUAGES = ("zh_CN", "en")
SCHEMES = ("light", "dark")
PERCENTS = (100, 200)
WINDOW = (1366, 768)
"""At 100 %. At 200 % text and window are twice as large: what a fine screen shows."""
CUSTOMER_COUNT, INVOICE_COUNT = 500, 4_000
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[A-Za-z]{3,}(?:[ ,.’'…]+[A-Za-z]{2,})+")
_NAMES = re.compile(
    r"Sunrise Building Supply LLC|Baustoffe Lindner GmbH|Letter|"
    r"crmdesk|SQLite|SQLCipher|PySide\d?|Python|Qt|Windows|English|Excel|PDF|Ctrl|Shift|Alt|Return|\S+@\S+",
    re.IGNORECASE,
)
"""Words that are no English in a Chinese window: names of things, papers, and the practice company's customers."""


class Look(NamedTuple):
    """What a run of pictures is taken in; `str` is the end of the pictures' names."""

    language: str
    scheme: str
    percent: int = 100

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}" + (f"-{self.percent}" if self.percent != 100 else "")


LOOKS = tuple(
    Look(language, scheme, percent) for percent in PERCENTS for language in LANGUAGES for scheme in SCHEMES
)


def all_shots() -> list[Shot]:
    """The shots of every module of `crmdesk.ui.shots`, in the order of its modules' names."""
    found: list[Shot] = []
    for module in pkgutil.iter_modules(shots.__path__):
        found.extend(importlib.import_module(f"{shots.__name__}.{module.name}").SHOTS)
    return found


# Taking pictures


@contextmanager
def quiet_platform() -> Iterator[None]:
    """Leaves out what the offscreen platform says it cannot do; every other message of Qt goes where it went."""

    def hear(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if "This plugin does not support" in message:
            return
        if before is not None:
            before(kind, context, message)
        else:
            print(message, file=sys.stderr)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


class Studio:
    """A window of its own for one look, with settings, drafts and backups that nobody else sees."""

    def __init__(self, look: Look, book: Path | None) -> None:
        language = look.language
        existing = QApplication.instance()
        self._application = existing if isinstance(existing, QApplication) else QApplication(["crmdesk"])
        self._folder = tempfile.TemporaryDirectory(prefix="crmdesk-pictures-")
        self._home_before = os.environ.get(paths.HOME_VARIABLE)
        os.environ[paths.HOME_VARIABLE] = str(Path(self._folder.name) / "home")
        text.use_language(language)
        QLocale.setDefault(QLocale(language))
        self._translator = QTranslator(self._application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if language != "en" and self._translator.load(f"qtbase_{language}", folder):
            self._application.installTranslator(self._translator)
        focus_ring.install(theme.install(self._application))
        theme.theme().configure(look.scheme, "comfortable", look.percent / 100)
        settings = ViewState(Path(self._folder.name) / "window.json")
        settings.put("notices.day", False)  # it would lie over every page
        ctx = Context(settings)
        window = MainWindow(ctx)
        ctx.setParent(window)
        self.stage = Stage(ctx, window, Path(self._folder.name))
        self.stage.gives_up_forms = True
        window.resize(*(side * look.percent // 100 for side in WINDOW))
        window.show()
        if book is None:
            window.go("welcome", {})
        else:
            ctx.open_book(book, owner=window)
        self.stage.settle()

    def take(self, shot: Shot | None, png: Path) -> None:
        """Brings the window into a state and writes its picture."""
        if shot is not None:
            shot.prepare(self.stage)
        self.stage.settle()
        self.save(png)

    def save(self, png: Path) -> None:
        """Writes the window as it stands."""
        if not picture(self.stage.window).save(str(png)):
            raise OSError(f"{png} cannot be written")

    def close(self) -> None:
        """Ends the window and its tasks."""
        try:
            self.stage.end()
        finally:
            self._application.removeTranslator(self._translator)
            if self._home_before is None:
                del os.environ[paths.HOME_VARIABLE]
            else:
                os.environ[paths.HOME_VARIABLE] = self._home_before
            self._folder.cleanup()


def picture(window: QWidget) -> QPixmap:
    """The window with the dialogs and menus that lie over it."""
    image = window.grab()
    painter = QPainter(image)
    for top in shots.over(window):
        painter.drawPixmap(window.mapFromGlobal(top.mapToGlobal(top.rect().topLeft())), top.grab())
    painter.end()
    return image


def picture_of(book_path: Path, png: Path) -> None:
    """One picture of the window with the customers of a book, for a machine without a display."""
    with quiet_platform():
        studio = Studio(Look(text.current_language(), "light"), book_path)
        try:
            page = studio.stage.go("customers")
            table = getattr(page, "table", None)
            if table is not None:
                table.select_first()
            studio.take(None, png)
        finally:
            studio.close()


# Reading what is shown


def visible_texts(window: QWidget) -> Iterator[tuple[str, str]]:
    """(object name, text) of everything that can be read in the window and over it."""
    for top in (window, *shots.over(window)):
        for widget in (top, *top.findChildren(QWidget)):
            if widget.isVisible():
                for words in _texts_of(widget):
                    yield widget.objectName() or type(widget).__name__, words


def _texts_of(widget: QWidget) -> Iterator[str]:
    yield widget.toolTip()
    yield widget.accessibleName()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
        yield widget.text()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(index) for index in range(widget.count()))
    elif isinstance(widget, QMenu):
        yield from (action.text() for action in widget.actions())
    elif isinstance(widget, QHeaderView):
        model = widget.model()
        for section in range(widget.count()):
            yield str(model.headerData(section, widget.orientation()) or "")
    elif isinstance(widget, Tree):
        pending = [widget.rootIndex()]
        while pending:
            parent = pending.pop()
            for row in range(widget.model().rowCount(parent)):
                index = widget.model().index(row, 0, parent)
                yield str(index.data() or "")
                pending.append(index)


def untranslated(window: QWidget) -> list[str]:
    """Texts of the Chinese window that are English words or a sentence of our catalogue."""
    found = set()
    for name, words in visible_texts(window):
        if not words or _CHINESE.search(words) or os.sep in words:
            continue
        plain = _NAMES.sub("", words).strip()
        if not plain:
            continue  # a name, though it may be a word elsewhere: Letter is a paper as well as what is sent
        is_known = text.translator("zh_CN")(words) != words
        if is_known or _ENGLISH.search(plain):
            found.add(f"{name}: {words}")
    return sorted(found)


# The run


def practice_book(folder: Path) -> Path:
    """A practice company for the pictures."""
    from crmdesk.services import demo

    path = folder / "practice.crmdesk"
    demo.create(path, customer_count=CUSTOMER_COUNT, invoice_count=INVOICE_COUNT).close()
    return path


def copy_of(book: Path, folder: Path) -> Path:
    """A copy of a book to work with."""
    from crmdesk.services import backup
    from crmdesk.services.book import Book

    with Book.open(book) as opened:
        return backup.write(opened, folder / book.name)


def run(out: Path, book: Path | None, only: Sequence[str] = (), looks: Sequence[Look] = LOOKS) -> list[str]:
    """Writes the pictures into a folder, and of each look a contact sheet of all of them into `sheets`.

    Gives what is not translated, each with the picture it is in.
    """
    from crmdesk.ui import contact_sheet

    out.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in all_shots() if not only or shot.name in only]
    complaints: list[str] = []
    with quiet_platform(), tempfile.TemporaryDirectory(prefix="crmdesk-pictures-") as folder:
        # Some shots save what they show, so each look gets a copy of the book.
        path = book if book is not None else practice_book(Path(folder))
        for look in looks:
            made: list[Path] = []
            for needs_book in (True, False):
                chosen = [shot for shot in wanted if shot.needs_book is needs_book]
                if chosen:
                    (Path(folder) / str(look)).mkdir(exist_ok=True)
                    copy = copy_of(path, Path(folder) / str(look)) if needs_book else None
                    complaints.extend(_shoot(chosen, look, copy, out, made))
            contact_sheet.make(made, out / "sheets" / f"{look}.png")
    return complaints


def _shoot(chosen: list[Shot], look: Look, book: Path | None, out: Path, made: list[Path]) -> list[str]:
    complaints = []
    studio = Studio(look, book)
    try:
        for shot in chosen:
            png = out / f"{shot.name}-{look}.png"
            studio.take(shot, png)
            made.append(png)
            if look == LOOKS[0]:
                complaints += [f"{shot.name}: {words}" for words in untranslated(studio.stage.window)]
            studio.stage.close_dialogs()
    finally:
        studio.close()
    return complaints


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 1 when something is not translated."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("build") / "screenshots")
    parser.add_argument("--book", type=Path)
    parser.add_argument("--one", type=Path, help="only one picture, of the customers page")
    parser.add_argument("--only", nargs="*", default=(), help="only the shots with these names")
    parser.add_argument(
        "--look", nargs="*", default=(), help="only these looks, such as zh_CN-light en-dark-200"
    )
    options = parser.parse_args(arguments)
    if options.one is not None:
        if options.book is None:
            parser.error("--one needs --book")
        text.use_language(text.system_language())
        picture_of(options.book, options.one)
        return 0
    looks = [look for look in LOOKS if not options.look or str(look) in options.look]
    complaints = run(options.out, options.book, options.only, looks)
    for line in complaints:
        print(f"not translated: {line}")
    print(
        f"{len(list(options.out.glob('*.png')))} pictures in {options.out}, contact sheets in its folder sheets"
    )
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
