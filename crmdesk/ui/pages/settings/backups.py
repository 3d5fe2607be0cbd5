"""Backups: the state, one now, the list, and restoring with a preview of what would be lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from crmdesk.models import clock, money
from crmdesk.text import N_, _, counted
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.document_words import kind_words
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.settings.section import Section

if TYPE_CHECKING:
    from crmdesk.services.backup_preview import RestorePreview
    from crmdesk.services.backups_kept import BackupState


class _Backups(Section):
    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "backup")
        card = self.add_card(
            N_("Backup"),
            N_("A verified copy is made when the book is closed and once a day; kept 30 days and 12 months."),
        )
        self.state = Paragraph("")
        self.state.setObjectName("settings.backup.state")
        card.body.addWidget(self.state)
        self.next = Paragraph("", "", "second")
        self.next.setObjectName("settings.backup.next")
        card.body.addWidget(self.next)
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(2))
        row.addWidget(self.make_button("now", N_("Back up now"), self.back_up, "primary"))
        row.addWidget(self.make_button("saveAs", N_("Save a copy as …"), self.save_as))
        row.addWidget(self.make_button("open", N_("Restore from a file …"), self.restore_from_file))
        row.addStretch(1)
        card.body.addLayout(row)
        self._add_folder()
        kept = self.add_card(N_("Kept backups"), N_("Choose one to see what restoring it would change."))
        self.kept = EntryList("settings.backup.kept")
        self.kept.setMinimumHeight(theme().metrics.em(30))
        self.say(self.kept.setAccessibleName, N_("Kept backups"))
        self.kept.chosen.connect(lambda entry: self.preview(entry.data))
        kept.body.addWidget(self.kept)
        more = QHBoxLayout()
        more.setSpacing(theme().metrics.space(2))
        more.addWidget(self.make_button("restore", N_("Restore …"), self._preview_chosen))
        more.addWidget(self.make_button("verify", N_("Verify now"), self.verify))
        more.addStretch(1)
        kept.body.addLayout(more)
        ctx.book_changed.connect(self.refresh)
        self.refresh()

    def _add_folder(self) -> None:
        card = self.add_card(
            N_("Folder for backups"), N_("Best on another disk: then a broken disk does not take both.")
        )
        self.folder = Paragraph("")
        self.folder.setObjectName("settings.backup.folder")
        card.body.addWidget(self.folder)
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(2))
        row.addWidget(self.make_button("chooseFolder", N_("Choose a folder …"), self.choose_folder))
        row.addWidget(self.make_button("showFolder", N_("Show in folder"), self._show_folder))
        self.usual_button = self.make_button(
            "usualFolder", N_("Beside the book again"), lambda: self.use_folder(""), "ghost"
        )
        row.addWidget(self.usual_button)
        row.addStretch(1)
        card.body.addLayout(row)
        self.ctx.bus.watch(self, ("setting",), lambda _changes: self.refresh())

    def choose_folder(self) -> None:
        """Asks where automatic backups are to lie."""
        papers.ask_folder(self.ctx, self, _("Folder for backups"), lambda path: self.use_folder(str(path)))

    def use_folder(self, folder: str) -> None:
        """Another folder from now on, or the usual one for an empty name; former backups stay where they are."""
        arguments = {"backup_folder": folder} if folder else {"clear": ["backup_folder"]}
        self.ctx.run_use_case(
            "company.update", arguments, owner=self, on_done=lambda _outcome: self.refresh()
        )

    def _show_folder(self) -> None:
        folder = Path(self.folder.text())
        if folder.is_dir():
            papers.open_folder(folder)
        else:
            self.ctx.notices.toast(_("The folder is made with the first backup."), "info")

    def verify(self) -> None:
        """Proves the chosen backup, else the newest, as a restore would."""
        entry = self.kept.current() or next(iter(self.kept.entries()), None)
        if entry is None:
            self.ctx.notices.toast(_("There is no backup yet."), "info")
            return
        path: Path = entry.data

        def work(progress: Progress) -> Any:
            from crmdesk.services import backup

            return backup.verify(path, progress=progress.step, is_cancelled=lambda: progress.is_cancelled)

        def done(held: Any) -> None:
            words = _("{file} is whole: {count} records, everything checks out.")
            count = f"{sum(held.counts.values()):,}"
            self.ctx.notices.toast(words.format(file=path.name, count=count), "good")

        self.ctx.run_heavy(work, owner=self, on_done=done, label=_("Verifying {file}").format(file=path.name))

    def retranslate(self) -> None:
        """Dates and sentences in the new language."""
        super().retranslate()
        if hasattr(self, "kept"):
            self.refresh()

    def refresh(self) -> None:
        """State and list, off the window's thread."""
        book = self.ctx.book
        if book is None:
            return

        def work(progress: Progress) -> tuple[Any, list[Any]]:
            del progress
            from crmdesk.services import backups_kept

            return backups_kept.state(book), backups_kept.list_backups(book)

        self.ctx.run_heavy(work, owner=self, on_done=self._fill, replaces="backups")

    def _fill(self, found: tuple[BackupState, list[Any]]) -> None:
        state, kept = found
        if state.last is None:
            self.state.setText(_("No backup yet. The first one is made when the book is closed."))
        else:
            words = _("Last verified backup: {moment}. {count} kept, {size} MiB.")
            moment = state.last.written_at.astimezone().strftime("%Y-%m-%d %H:%M")
            size = f"{state.size / 1_048_576:.1f}"
            self.state.setText(words.format(moment=moment, count=state.count, size=size))
        self.next.setText(_next_words(state))
        self.folder.setText(str(state.folder))
        self.usual_button.setVisible(state.is_folder_chosen)
        self.kept.set_entries(
            [
                Entry(
                    one.written_at.astimezone().strftime("%Y-%m-%d %H:%M"),
                    one.path.name,
                    figure=f"{one.size / 1_048_576:.1f} MiB",
                    icon="database",
                    data=one.path,
                )
                for one in kept
            ]
        )

    def back_up(self) -> None:
        """Makes a verified backup among the kept ones."""
        book = self.ctx.need_book()

        def work(progress: Progress) -> Any:
            del progress
            from crmdesk.services import backups_kept

            return backups_kept.run_automatic(book, backups_kept.MANUAL)

        def done(path: Any) -> None:
            words = (
                _("Backup written and verified.") if path else _("Nothing has changed since the last backup.")
            )
            self.ctx.notices.toast(words, "good")
            self.refresh()

        self.ctx.run_heavy(work, owner=self, on_done=done, label=_("Backing up"))

    def save_as(self) -> None:
        """Writes a verified copy where the user says, such as a USB stick."""
        book = self.ctx.need_book()
        name = f"{book.path.stem} {_today()}.crmdesk-backup"
        path, _kind = QFileDialog.getSaveFileName(self, _("Save a copy as"), str(book.path.with_name(name)))
        if not path:
            return

        def work(progress: Progress) -> Path:
            del progress
            from crmdesk.services import backup

            return backup.write(book, Path(path))

        def done(target: Path) -> None:
            self.ctx.notices.toast(_("Backup written and verified: {file}").format(file=target.name), "good")

        self.ctx.run_heavy(work, owner=self, on_done=done, label=_("Backing up"))

    def restore_from_file(self) -> None:
        """Asks for a backup file and shows what restoring it would change."""
        path, _kind = QFileDialog.getOpenFileName(
            self, _("Restore a backup"), "", _("crmdesk backups (*.crmdesk-backup *.crmdesk *.db)")
        )
        if path:
            self.preview(Path(path))

    def _preview_chosen(self) -> None:
        entry = self.kept.current()
        if entry is not None:
            self.preview(entry.data)

    def preview(self, backup_path: Path) -> None:
        """Verifies a backup and tells what would be lost; the answer may be yes."""
        book = self.ctx.need_book()

        def work(progress: Progress) -> RestorePreview:
            del progress
            from crmdesk.services import backup_preview

            return backup_preview.preview(book, backup_path)

        self.ctx.run_heavy(
            work,
            owner=self,
            on_done=lambda found: self._ask(backup_path, found),
            label=_("Looking at the backup"),
        )

    def _ask(self, backup_path: Path, found: RestorePreview) -> None:
        dialogs.confirm(
            self,
            _("Restore this backup?"),
            lost_words(found),
            _("Restore"),
            lambda: self._restore(backup_path),
            name="confirmRestore",
        )

    def _restore(self, backup_path: Path) -> None:
        target = self.ctx.need_book().path
        # A backup made now would drop what is kept no longer, maybe the very one that was chosen.
        self.ctx.close_book(is_backed_up=False)

        def work(progress: Progress) -> Path:
            del progress
            # The writer's lane does one thing after the other: it has closed the book already.
            from crmdesk.services import backup

            path, _kept = backup.restore(backup_path, target, is_forced=True)
            return path

        def failed(error: Exception) -> bool:
            self.ctx.notices.error(error)
            self.ctx.open_book(target)
            return True

        self.ctx.tasks.run(
            "write",
            work,
            done=self.ctx.open_book,
            failed=failed,
            label=_("Restoring the backup"),
        )


def _next_words(state: BackupState) -> str:
    """When the next automatic backup comes."""
    if state.next_at is None:
        return _("Nothing has changed since: the next one is made after the next change.")
    moment = state.next_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return _(
        "Next automatic backup: when the book is closed, at the latest {moment} or the hour after."
    ).format(moment=moment)


def lost_words(found: RestorePreview) -> str:
    """What restoring takes away, in sentences."""
    if found.loses_nothing:
        return _("Nothing would be lost: the backup holds everything that the book holds.")
    parts = [
        _("The backup ends at {moment}. Lost would be:").format(
            moment=clock.local_words(found.backup_posted_at)
        )
    ]
    parts += [
        _("{count} × {kind}, {amount} {currency} ({first} to {last})").format(
            count=one.count,
            kind=kind_words(one.kind),
            amount=money.grouped(one.total_minor, one.currency),
            currency=one.currency,
            first=one.first_on,
            last=one.last_on,
        )
        for one in found.documents
    ]
    if found.lost_customer_count:
        parts.append(counted(N_("{count} new customers"), found.lost_customer_count))
    if found.changed_customer_count:
        parts.append(counted(N_("changes to {count} customers"), found.changed_customer_count))
    parts.append(_("The present file is kept beside the restored one."))
    return "\n".join(parts)


def _today() -> str:
    return clock.today().isoformat()


def create(ctx: Context) -> QWidget:
    """The section."""
    return _Backups(ctx)
