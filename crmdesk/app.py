"""The composition root of the window: application, look, language, context, shell. Heavy imports wait for the first
paint.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from crmdesk import text
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import theme
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.view_state import ViewState
from crmdesk.ui.main_window import MainWindow

NAME = "crmdesk"


def make_application(arguments: list[str] | None = None) -> QApplication:
    """The one QApplication, with the look of the settings still to come."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        application = existing
    else:
        # The style by name to Qt itself: setStyle hands one back, and PySide makes a class with 300 names for it.
        application = QApplication([*(arguments or sys.argv[:1]), "-style", "Fusion"])
    application.setApplicationName(NAME)
    application.setApplicationDisplayName(NAME)
    application.setDesktopFileName(NAME)
    return application


def dress(application: QApplication, settings: ViewState) -> None:
    """Language, locale, theme and density as the settings say."""
    text.use_language(settings.text("language") or text.system_language())
    language = text.current_language()
    QLocale.setDefault(QLocale(language))
    if language != "en":
        # Qt's own words (context menus of fields, calendar) come with PySide.
        translator = QTranslator(application)
        if translator.load(
            f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        ):
            application.installTranslator(translator)
    look = theme.install(application, is_complete=False)
    scale = settings.get("text_scale", 1.0)
    look.configure(
        settings.text("scheme", "system"),
        settings.text("density", "comfortable"),
        float(scale) if isinstance(scale, int | float) else 1.0,
    )


def complete_look() -> None:
    """The parts of the look that the first paint does not show: own check marks, the ring around the focus."""
    from crmdesk.ui.kit import focus_ring

    look = theme.theme()
    look.complete()
    focus_ring.install(look)


def make_window(application: QApplication, book_path: Path | None = None) -> MainWindow:
    """The window, not yet shown; after its first paint it opens the book (or the last one, or the welcome page)."""
    settings = ViewState()
    dress(application, settings)
    ctx = Context(settings)
    window = MainWindow(ctx)
    ctx.setParent(window)
    application.aboutToQuit.connect(ctx.end)
    window.painted.connect(lambda: _begin(ctx, window, book_path))
    return window


def _begin(ctx: Context, window: MainWindow, book_path: Path | None) -> None:
    problem = ctx.settings.text("backup.problem")
    if problem:
        ctx.notices.toast(
            _("The backup at the last closing failed: {reason}").format(reason=problem), "danger"
        )
    # What the first paint does not need.
    from crmdesk.ui import ahead

    complete_look()
    ahead.Ahead(ctx, window)
    path = book_path or _last_book(ctx.settings)
    if path is None:
        window.go("welcome", {})
        return

    def failed(error: Exception) -> bool:
        ctx.settings.forget_book(str(path))
        ctx.notices.error(error)
        window.go("welcome", {})
        return True

    ctx.open_book(path, owner=window, on_error=failed)


def _last_book(settings: ViewState) -> Path | None:
    for entry in settings.recent_books():
        if Path(entry).is_file():
            return Path(entry)
    return None


_HOUR_MS = 3_600_000


def _back_up_daily(ctx: Context) -> None:
    """Once a day while a book is open, off the window's thread; says so only when it fails."""
    book = ctx.book
    if book is None or book.is_read_only:
        return

    def work(progress: Progress) -> object:
        from crmdesk.services import backups_kept

        return backups_kept.run_automatic(
            book, backups_kept.DAILY, is_cancelled=lambda: progress.is_cancelled
        )

    ctx.run_heavy(work, owner=ctx)


def _back_up_at_close(ctx: Context) -> str:
    """A verified backup of what was changed, when the window is gone already. Returns what went wrong, or ""."""
    if ctx.book is None or ctx.book.is_read_only:
        return ""
    from crmdesk.models.errors import CrmdeskError
    from crmdesk.services import backups_kept
    from crmdesk.services.book import Book

    try:
        with Book.open(ctx.book.path) as book:
            backups_kept.run_automatic(book, backups_kept.CLOSE)
    except CrmdeskError as error:
        return error.message
    return ""


def main(book_path: Path | str | None = None) -> int:
    """Opens the window and returns the exit code when it is closed."""
    application = make_application()
    window = make_window(application, Path(book_path) if book_path else None)
    ctx = window.context
    # Ctrl+C in the terminal closes the window; Python sees it only when it gets a turn.
    signal.signal(signal.SIGINT, lambda *_signal: window.close())
    turn = QTimer(application)
    turn.start(300)
    turn.timeout.connect(lambda: None)
    window.show()
    daily = QTimer(application)
    daily.timeout.connect(lambda: _back_up_daily(ctx))
    daily.start(_HOUR_MS)
    code = application.exec()
    problem = _back_up_at_close(ctx)
    if problem != ctx.settings.text("backup.problem"):
        ctx.settings.put(
            "backup.problem", problem
        )  # shown at the next start, and by the bell until one succeeds
        ctx.settings.save()
    return code
