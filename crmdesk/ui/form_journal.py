"""The window's side of the draft journal: every form that is being written is on disk within a second or two.

`Context` has one `FormJournal` per open book; every form has a `Keeper`. Nothing is written in the window's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from crmdesk.models import clock
from crmdesk.services import draft_journal
from crmdesk.services.draft_journal import Entry, Found, Journal
from crmdesk.text import _
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from crmdesk.services.holders import Holder
    from crmdesk.ui.context import Context

LANE = "journal"
KEEP_AFTER_MS = 1_000
"""The first keystroke is on disk so soon, and every later one: a quarter of what is promised (RP14, 3 s) for a disk
that is slow. The clock runs from the first keystroke, not from the last: who never pauses loses nothing either."""
LOOK_EVERY_MS = 3_000


class FormJournal(QObject):
    """What is being written in this window, and what was left behind. `left_changed` comes when the latter changes."""

    left_changed = Signal()

    def __init__(self, ctx: Context, book: Path) -> None:
        super().__init__(ctx)
        self._ctx = ctx
        self._journal = Journal(book)
        self._entries: dict[str, Entry] = {}
        self._written: list[Entry] | None = []
        """What is on disk; None where nobody knows, after a failure."""
        self._has_complained = False
        self._has_taken_over = False
        self._is_closed = False
        self.left: list[Entry] = []
        """What earlier processes left behind and nobody has decided about, oldest first."""

    # What was left behind

    def look_for_left(self) -> None:
        """Takes over what a crash left behind."""
        self._run(lambda _progress: self._journal.take_over(), self._took_over)

    def _took_over(self, found: Found) -> None:
        self.left = [*self.left, *found.entries]
        self._has_taken_over = True
        self._put()
        for name in found.damaged:
            self._ctx.notices.toast(
                _("What was being written could not be read any more. The file was set aside: {file}").format(
                    file=name
                ),
                "warn",
            )
        if found.entries:
            self.left_changed.emit()

    def throw_away(self, entry: Entry) -> None:
        """Drops what was left behind."""
        self.left = [one for one in self.left if one.id != entry.id]
        self._write()
        self.left_changed.emit()

    def bring_back(self, entry: Entry) -> None:
        """Takes back `throw_away`."""
        self.left = [entry, *self.left]
        self._write()
        self.left_changed.emit()

    # What is being written

    def keep(self, entry: Entry) -> None:
        """Keeps a form as it stands; one that was left behind and is written again counts as taken up."""
        is_taken_up = any(one.id == entry.id for one in self.left)
        self.left = [one for one in self.left if one.id != entry.id]
        self._entries[entry.id] = entry
        self._write()
        if is_taken_up:
            self.left_changed.emit()

    def drop(self, entry_id: str) -> None:
        """A form was saved, or thrown away."""
        if self._entries.pop(entry_id, None) is not None:
            self._write()

    def elsewhere(self, owner: QObject, entry: Entry, done: Callable[[list[Holder]], object]) -> None:
        """Tells which other windows have the entry's record open."""
        if not self._is_closed:
            self._ctx.tasks.run(
                LANE,
                lambda _progress: self._journal.elsewhere(entry.form, entry.record),
                owner=owner,
                done=done,
                failed=lambda _error: None,  # only a courtesy: saving is checked in the book
                replaces="elsewhere",
            )

    def close(self) -> None:
        """The book goes, or the program ends: what is not decided is offered the next time."""
        if not self._is_closed:
            self._is_closed = True
            # What is only looked at is no unfinished work.
            self._journal.close(entry for entry in self._snapshot() if entry.values is not None)

    # Inside

    def _snapshot(self) -> list[Entry]:
        return [*self.left, *self._entries.values()]

    def _write(self) -> None:
        if self._snapshot() != self._written:
            self._put()

    def _put(self) -> None:
        self._written = snapshot = self._snapshot()
        # Only now is what was taken over among ours; where this fails, the next write makes up for it.
        may_forget = self._has_taken_over

        def work(progress: Progress) -> None:
            del progress
            self._journal.write(snapshot)
            if may_forget:
                self._journal.forget()

        self._run(work, replaces="write")

    def _run(
        self,
        work: Callable[[Progress], Any],
        done: Callable[[Any], object] | None = None,
        *,
        replaces: str = "",
    ) -> None:
        if not self._is_closed:
            self._ctx.tasks.run(LANE, work, owner=self, done=done, failed=self._failed, replaces=replaces)

    def _failed(self, error: Exception) -> None:
        """Said once: the forms work on, but a crash would lose what is in them."""
        self._written = None
        if not self._has_complained:
            self._has_complained = True
            self._ctx.notices.toast(
                _("What you type cannot be kept safe against a crash: {reason}").format(reason=error), "warn"
            )


class Kept(NamedTuple):
    """A form as it stands: `title` is what the user knows it by, `about` what else it needs to go on."""

    title: str
    values: dict[str, Any]
    about: dict[str, Any]


class Keeper(QObject):
    """Keeps one form. `read` gives what is unsaved in it, or None. `elsewhere_changed` comes with a sentence or "".

    The form calls `begin` when it shows something, `touch` at every change, `forget` once it is saved or left.
    """

    elsewhere_changed = Signal(str)

    def __init__(self, ctx: Context, owner: QWidget, form: str, read: Callable[[], Kept | None]) -> None:
        super().__init__(owner)
        self._journal = ctx.journal
        self._owner = owner
        self._read = read
        self._entry = Entry(draft_journal.new_id(), form)
        self._soon = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._soon.timeout.connect(self.keep)
        self._looking = QTimer(self, interval=LOOK_EVERY_MS)
        self._looking.timeout.connect(self._look)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)

    def begin(self, record: str = "", entry: Entry | None = None) -> None:
        """A form is shown: of a record (its code or draft number) or a new one, or of what was left behind."""
        self.forget()
        form = self._entry.form
        self._entry = (
            entry
            if entry is not None
            else Entry(draft_journal.new_id(), form, record, typed_at=draft_journal.now())
        )
        if entry is not None or record:
            self._put(self._entry)
        if self._entry.record:
            self._looking.start()
            self._look()

    @property
    def key(self) -> str:
        """The entry's name. As the key of what is saved it makes sure that going on after a crash saves once."""
        return self._entry.id

    def touch(self) -> None:
        """Something was typed."""
        if not self._soon.isActive():
            self._soon.start()

    def keep(self) -> None:
        """Keeps the form as it stands now."""
        self._soon.stop()
        entry = self.entry_now()
        if entry is None:
            clean = replace(self._entry, values=None, about={}, title="")
            if clean.record:
                self._put(clean)  # it is still open here
            elif self._journal is not None:
                self._journal.drop(clean.id)
            return
        self._entry = entry
        self._put(entry)

    def entry_now(self) -> Entry | None:
        """What is unsaved in the form at this moment, to go on with it elsewhere; None where nothing is."""
        kept = self._read()
        if kept is None:
            return None
        return replace(
            self._entry,
            title=kept.title,
            values=kept.values,
            about=kept.about,
            typed_at=draft_journal.now(),
        )

    def forget(self) -> None:
        """Saved or left: nothing is kept."""
        self._soon.stop()
        self._looking.stop()
        if self._journal is not None:
            self._journal.drop(self._entry.id)

    def _put(self, entry: Entry) -> None:
        if self._journal is not None:
            self._journal.keep(entry)

    def _focus_moved(self, old: QWidget | None, _new: QWidget | None) -> None:
        if self._soon.isActive() and old is not None and self._owner.isAncestorOf(old):
            self.keep()

    def _look(self) -> None:
        if self._journal is not None:
            self._journal.elsewhere(self, self._entry, self._tell)

    def _tell(self, there: list[Holder]) -> None:
        if not there or not self._looking.isActive():
            self.elsewhere_changed.emit("")
            return
        self.elsewhere_changed.emit(
            _("Also open in another window, since {when}. Whoever saves second is asked first.").format(
                when=clock.local_words(there[0].since)
            )
        )
