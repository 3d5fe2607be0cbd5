"""Pictures of the window, offscreen: every page, dialog and state in both languages and both schemes.

    python -m crmdesk.ui.screenshots [--out DIR] [--book BOOK] [--only NAME …]    all of them
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

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
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

from crmdesk import text
from crmdesk.ui import shots
from crmdesk.ui.context import Context
from crmdesk.ui.kit import theme
from crmdesk.ui.kit.tree import Tree
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.main_window import MainWindow
from crmdesk.ui.shots import Shot, Stage

LANGUAGES = ("zh_CN", "en")
SCHEMES = ("light", "dark")
CUSTOMER_COUNT, INVOICE_COUNT = 500, 4_000
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[A-Za-z]{3,}(?:[ ,.’'…]+[A-Za-z]{2,})+")
_NAMES = re.compile(
    r"crmdesk|SQLite|SQLCipher|PySide\d?|Python|Qt|Windows|English|Excel|PDF|Ctrl|Shift|Alt|Return|\S+@\S+",
    re.IGNORECASE,
)
"""Words that are no English in a Chinese window."""


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
    """A window of its own for one language and one scheme, with settings that nobody else sees."""

    def __init__(self, language: str, scheme: str, book: Path | None) -> None:
        existing = QApplication.instance()
        self._application = existing if isinstance(existing, QApplication) else QApplication(["crmdesk"])
        self._folder = tempfile.TemporaryDirectory(prefix="crmdesk-pictures-")
        text.use_language(language)
        QLocale.setDefault(QLocale(language))
        self._translator = QTranslator(self._application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if language != "en" and self._translator.load(f"qtbase_{language}", folder):
            self._application.installTranslator(self._translator)
        theme.install(self._application).configure(scheme, "comfortable", 1.0)
        ctx = Context(ViewState(Path(self._folder.name) / "window.json"))
        window = MainWindow(ctx)
        ctx.setParent(window)
        self.stage = Stage(ctx, window)
        window.resize(1366, 768)
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
        if not picture(self.stage.window).save(str(png)):
            raise OSError(f"{png} cannot be written")

    def close(self) -> None:
        """Ends the window and its tasks."""
        stage = self.stage
        stage.close_dialogs()
        stage.ctx.tasks.shutdown()
        if stage.ctx.book is not None:
            stage.ctx.book.close()
        stage.window.hide()
        stage.window.deleteLater()
        # Gone before the language changes: it would speak it again.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._application.removeTranslator(self._translator)
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
        studio = Studio(text.current_language(), "light", book_path)
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


def run(out: Path, book: Path | None, only: Sequence[str] = ()) -> list[str]:
    """Writes the pictures into a folder; gives what is not translated, each with the picture it is in."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in all_shots() if not only or shot.name in only]
    complaints: list[str] = []
    with quiet_platform(), tempfile.TemporaryDirectory(prefix="crmdesk-pictures-") as folder:
        # Some shots save what they show, so a copy stands for the book.
        path = copy_of(book, Path(folder)) if book is not None else practice_book(Path(folder))
        for language in LANGUAGES:
            for scheme in SCHEMES:
                for needs_book in (True, False):
                    chosen = [shot for shot in wanted if shot.needs_book is needs_book]
                    if chosen:
                        found = _shoot(chosen, language, scheme, path if needs_book else None, out)
                        complaints.extend(found)
    return complaints


def _shoot(chosen: list[Shot], language: str, scheme: str, book: Path | None, out: Path) -> list[str]:
    complaints = []
    studio = Studio(language, scheme, book)
    try:
        for shot in chosen:
            png = out / f"{shot.name}-{language}-{scheme}.png"
            studio.take(shot, png)
            if language == "zh_CN" and scheme == SCHEMES[0]:
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
    options = parser.parse_args(arguments)
    if options.one is not None:
        if options.book is None:
            parser.error("--one needs --book")
        text.use_language(text.system_language())
        picture_of(options.book, options.one)
        return 0
    complaints = run(options.out, options.book, options.only)
    for line in complaints:
        print(f"not translated: {line}")
    print(f"{len(list(options.out.glob('*.png')))} pictures in {options.out}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
