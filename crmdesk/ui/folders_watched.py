"""The watched folders while the window is open: looked at every few seconds, what has come is imported as a task.

Whether something has come is asked in a lane of its own, since a folder on a server that does not answer must hold up
nobody; the import itself is a change of the book like any other, shown with the tasks and waited for at closing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit.tasks import Progress, Task

if TYPE_CHECKING:
    from crmdesk.services.use_cases import Outcome
    from crmdesk.services.watching import Look, Watch, WatchedFile

_SOON_MS = 400
_EVERY_MS = 2_500


class FoldersWatched(QObject):
    """Only for a book that this window may write to; it stops with the book, and begins when a folder is watched."""

    def __init__(self, ctx: Context, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("foldersWatched")
        self._ctx = ctx
        self._watch: Watch | None = None
        self._task: Task[Any] | None = None
        self._said = ""
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._begin)
        self._clock = QTimer(self, interval=_EVERY_MS)
        self._clock.timeout.connect(self.look)
        ctx.book_changed.connect(self._follow)
        ctx.bus.watch(window, ("watched_folder",), lambda _changes: self._follow())

    @property
    def is_watching(self) -> bool:
        """Whether some folder is looked at now."""
        return self._clock.isActive()

    def _follow(self) -> None:
        self._clock.stop()
        self._watch, self._said = None, ""
        if self._task is not None and not self._task.is_finished:
            self._task.cancel()
        if self._ctx.book is not None and not self._ctx.book.is_read_only:
            self._soon.start()

    def _begin(self) -> None:
        book = self._ctx.book
        if book is None or book.is_read_only:
            return
        if any(task.lane == "read" for task in self._ctx.tasks.running()):
            self._soon.start()
            return

        def work(connection: Any) -> bool:
            from crmdesk.services import watching

            return any(folder.is_active for folder in watching.folders(connection))

        def done(is_any: bool) -> None:
            if is_any and self._ctx.book is book:
                from crmdesk.services.watching import Watch

                self._watch = Watch(book, self._ctx.actor)
                self._clock.start()
                self.look()

        # Nobody asked for it: a failure is no reason for a dialog.
        self._ctx.read(work, owner=self, on_done=done, on_error=lambda _error: True, lane="watch")

    def look(self) -> None:
        """Asks whether a file has come and is whole; unless the last look is still under way."""
        watch = self._watch
        if watch is None or (self._task is not None and not self._task.is_finished):
            return

        def failed(error: Exception) -> None:
            del error  # a folder on a server that went away: the next look comes by itself

        self._task = self._ctx.tasks.run(
            "watch",
            lambda _progress: watch.has_come(),
            owner=self,
            done=lambda has_come: self._take(watch) if has_come else None,
            failed=failed,
        )

    def _take(self, watch: Watch) -> None:
        book = self._ctx.book
        if watch is not self._watch or book is None or book.is_read_only:
            return

        def work(progress: Progress) -> Outcome:
            from crmdesk.services.use_cases import Outcome

            found = watch.look(lambda: progress.is_cancelled)
            return Outcome({"look": found}, found.changes, ())

        self._task = self._ctx.write(
            work,
            owner=self,
            on_done=lambda outcome: self._tell(outcome.result["look"]),
            on_error=self._failed,
            label=_("Importing from the watched folders"),
        )

    def _failed(self, error: Exception) -> bool:
        """Said once: the file stays, and the next look tries again."""
        from crmdesk.ui.kit.faults import sentence

        words = sentence(error)
        if words != self._said:
            self._said = words
            self._ctx.notices.toast(_("Watched folders: {reason}").format(reason=words), "warn")
        return True

    def _tell(self, found: Look) -> None:
        self._said = ""
        refused = [file for file in found.files if file.failed or file.outcome == "failed"]
        good = [file for file in found.files if file not in refused]
        if good:
            self._toast(_came_words(good), "good" if any(one.batch for one in good) else "info")
        if refused:
            self._toast(_refused_words(refused), "warn")

    def _toast(self, words: str, tone: str) -> None:
        self._ctx.notices.toast(words, tone, _("Show"), lambda: self._ctx.go("settings", section="watching"))


def _came_words(files: list[WatchedFile]) -> str:
    created, updated = sum(one.created for one in files), sum(one.updated for one in files)
    name = files[0].file if len(files) == 1 else counted(N_("{count} files"), len(files))
    if not created and not updated:
        return _("Watched folder: {file} brought nothing new.").format(file=name)
    return _("Watched folder: {file} imported, {created} new, {updated} changed.").format(
        file=name, created=f"{created:,}", updated=f"{updated:,}"
    )


def _refused_words(files: list[WatchedFile]) -> str:
    if len(files) > 1:
        return counted(N_("Watched folder: {count} files were refused, as a whole or in part."), len(files))
    (one,) = files
    if one.outcome == "failed":
        return _("Watched folder: {file} was refused. {reason}").format(file=one.file, reason=one.message)
    return counted(N_("Watched folder: {count} rows of {file} were refused."), one.failed, file=one.file)
