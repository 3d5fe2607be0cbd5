"""Watched folders: which, what comes in them, what became of every file, and the refused ones once more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.specs import watching as specs
from crmdesk.text import N_, _, counted
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.watched_folder import FolderDialog
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.columns import choice_label
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.settings.section import Section

if TYPE_CHECKING:
    from crmdesk.services.picking import MoneyAccountPick
    from crmdesk.services.watch_log import LogLine
    from crmdesk.services.watching import WatchedFolder

_LOG_LINES = 60
_ICONS = {
    "imported": ("check-circle", "good"),
    "nothing": ("check", "third"),
    "repeated": ("check", "third"),
    "partly": ("alert-triangle", "warn"),
    "failed": ("alert-circle", "danger"),
}


class _Desk(NamedTuple):
    """What the section shows."""

    folders: list[WatchedFolder]
    missing: set[str]
    counts: dict[str, int]
    log: list[LogLine]
    refused: list[LogLine]
    accounts: list[MoneyAccountPick]


class WatchingSection(Section):
    """Folders above, their files below. Enter edits a folder or tries a file again; Delete ends the watching."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "watching")
        self._desk: _Desk | None = None
        card = self.add_card(
            N_("Watched folders"),
            N_(
                "Whatever another program or a colleague puts there is imported while this book is open. Good files "
                "are moved into “done” beside them, refused ones into “failed”, with a workbook that says why."
            ),
        )
        self.entries = self._list(card.body, "table", N_("Watched folders"))
        self.entries.chosen.connect(lambda entry: self.edit(entry.data))
        self.entries.delete_requested.connect(lambda entry: self.remove(entry.data))
        self.entries.current_changed.connect(lambda _entry: self._follow())
        self.none = Paragraph("", "", "second")
        self.none.setObjectName("settings.watching.none")
        self.say(
            self.none.setText,
            N_("No folder is watched. Choose one into which another program puts its files."),
        )
        card.body.addWidget(self.none)
        row = self._row(card.body)
        self.new_button = self.make_button("new", N_("Watch a folder …"), self.add, "primary")
        self.edit_button = self.make_button("edit", N_("Edit …"), self._edit_current)
        self.toggle_button = self.make_button("toggle", N_("Switch on or off"), self.toggle)
        self.show_button = self.make_button("show", N_("Show in folder"), self._show_folder)
        self.remove_button = self.make_button(
            "remove", N_("Watch no longer …"), self._remove_current, "ghost"
        )
        for made in (
            self.new_button,
            self.edit_button,
            self.toggle_button,
            self.show_button,
            self.remove_button,
        ):
            row.addWidget(made)
        row.addStretch(1)
        self._add_log()
        ctx.bus.watch(self, ("watched_folder", "watch_log", "money_account"), lambda _changes: self.refresh())
        ctx.book_changed.connect(self.refresh)
        self.refresh()

    def _list(self, column: Any, name: str, words: str) -> EntryList:
        made = EntryList(f"settings.watching.{name}")
        made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.say(made.setAccessibleName, words)
        column.addWidget(made)
        return made

    def _row(self, column: Any) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(2))
        column.addLayout(row)
        return row

    def _add_log(self) -> None:
        card = self.add_card(
            N_("What came"), N_("The newest files first, and why what was refused was refused.")
        )
        head = self._row(card.body)
        self.which = Segments(
            "settings.watching.which", [("all", _("All files")), ("refused", _("To look at"))], _("What came")
        )
        self.which.changed.connect(lambda _value: self._show_log())
        head.addWidget(self.which)
        head.addStretch(1)
        self.log = self._list(card.body, "log", N_("What came"))
        self.log.chosen.connect(lambda entry: self._do(entry.data))
        self.log.current_changed.connect(lambda _entry: self._follow())
        self.quiet = Paragraph("", "", "second")
        self.quiet.setObjectName("settings.watching.quiet")
        card.body.addWidget(self.quiet)
        self.reason = Paragraph("", "", "second")
        self.reason.setObjectName("settings.watching.reason")
        card.body.addWidget(self.reason)
        row = self._row(card.body)
        self.again_button = self.make_button("again", N_("Try again"), self.try_again)
        self.rows_button = self.make_button("rows", N_("Refused rows …"), self._open_errors)
        self.where_button = self.make_button("where", N_("Show the file"), self._show_file, "ghost")
        for made in (self.again_button, self.rows_button, self.where_button):
            row.addWidget(made)
        row.addStretch(1)

    def retranslate(self) -> None:
        """Entries in the new language."""
        super().retranslate()
        if hasattr(self, "where_button"):
            self.which.set_words([("all", _("All files")), ("refused", _("To look at"))])
            self._show()

    # Showing

    def refresh(self) -> None:
        """Reads folders and files again."""
        if self.ctx.book is None:
            return

        def work(connection: Any) -> _Desk:
            from crmdesk.services import picking, watch_log, watching

            found = watching.folders(connection)
            return _Desk(
                found,
                {one.folder for one in found if not Path(one.folder).is_dir()},
                watch_log.counts(connection),
                watch_log.newest(connection, _LOG_LINES),
                watch_log.newest(connection, _LOG_LINES, only_refused=True),
                picking.money_accounts(connection),
            )

        # Whether a folder is there may be asked of a server: not where lists are read.
        self.ctx.read(work, owner=self, on_done=self._take, replaces="desk", lane="watch")

    def _take(self, desk: _Desk) -> None:
        self._desk = desk
        self._show()

    def _show(self) -> None:
        desk = self._desk
        if desk is None:
            return
        self._fill(self.entries, [self._folder_entry(one, desk) for one in desk.folders])
        self.none.setVisible(not desk.folders)
        self._show_log()

    def _show_log(self) -> None:
        desk = self._desk
        if desk is None:
            return
        is_refused = self.which.value() == "refused"
        lines = desk.refused if is_refused else desk.log
        self._fill(self.log, [_line_entry(line) for line in lines])
        self.quiet.setVisible(not lines)
        self.quiet.setText(
            _("Nothing waits for you: every file was taken.")
            if is_refused and desk.log
            else _("No file came yet. Put one into a watched folder: a few seconds later it stands here.")
        )
        self._follow()

    @staticmethod
    def _fill(shown: EntryList, entries: list[Entry]) -> None:
        """As high as its rows: the section scrolls, not a list in it."""
        shown.set_entries(entries)
        shown.setFixedHeight(shown.height_of_all())
        shown.setVisible(bool(entries))
        if entries and shown.current() is None:
            shown.select(0)

    def _folder_entry(self, folder: WatchedFolder, desk: _Desk) -> Entry:
        kind, mode = (
            choice_label(field, value)
            for field, value in ((specs.KIND, folder.kind), (specs.MODE, folder.mode))
        )
        mode = "" if folder.kind == "bank" else mode
        columns = _("columns as said") if folder.mapping else ""
        is_missing = folder.folder in desk.missing
        count = desk.counts.get(folder.folder, 0)
        return Entry(
            folder.folder,
            " · ".join(filter(None, (kind, mode, folder.sheet, folder.account, columns))),
            side=counted(N_("{count} files"), count) if count else "",
            icon="folder",
            icon_tone="accent" if folder.is_active and not is_missing else "third",
            chip=_("Not there") if is_missing else _("On") if folder.is_active else _("Off"),
            chip_tone="danger" if is_missing else "good" if folder.is_active else "neutral",
            is_muted=not folder.is_active,
            data=folder,
        )

    def _follow(self) -> None:
        """What can be done with what is chosen."""
        folder = self._folder()
        for made in (self.edit_button, self.toggle_button, self.show_button, self.remove_button):
            made.setVisible(folder is not None)
        line = self._line()
        self.again_button.setVisible(line is not None and line.is_refused)
        self.rows_button.setVisible(line is not None and line.is_refused)
        self.where_button.setVisible(line is not None and bool(line.moved_to))
        words = _line_words(line) if line is not None else ""
        self.reason.setText(words)
        self.reason.setVisible(bool(words))
        self.reason.set_tone("danger" if line is not None and line.is_refused else "second")

    def _folder(self) -> WatchedFolder | None:
        entry = self.entries.current()
        return entry.data if entry is not None and self._desk is not None and self._desk.folders else None

    def _line(self) -> LogLine | None:
        entry = self.log.current()
        return entry.data if entry is not None and self.log.entries() else None

    # Folders

    def add(self) -> None:
        """Asks for a folder and what comes in it."""
        self.edit(None)

    def edit(self, folder: WatchedFolder | None) -> None:
        """What comes in it, and how it is taken."""
        accounts = self._desk.accounts if self._desk is not None else []
        FolderDialog(self.ctx, self, accounts, folder).open_for(folder)

    def _edit_current(self) -> None:
        folder = self._folder()
        if folder is not None:
            self.edit(folder)

    def toggle(self) -> None:
        """Off, files stay where they are until it is on again."""
        folder = self._folder()
        if folder is not None:
            arguments = _arguments(folder) | {"active": not folder.is_active}
            self.ctx.run_use_case("watch.set", arguments, owner=self)

    def _show_folder(self) -> None:
        folder = self._folder()
        if folder is not None:
            self._show_path(Path(folder.folder))

    def _show_path(self, path: Path) -> None:
        if path.is_dir():
            papers.open_folder(path)
        else:
            self.ctx.notices.toast(_("The folder {folder} is not there.").format(folder=path), "warn")

    def _remove_current(self) -> None:
        folder = self._folder()
        if folder is not None:
            self.remove(folder)

    def remove(self, folder: WatchedFolder) -> None:
        """Asks, then watches the folder no longer."""

        def yes() -> None:
            self.ctx.run_use_case("watch.remove", {"folder": folder.folder}, owner=self)

        dialogs.confirm(
            self,
            _("Watch this folder no longer?"),
            _(
                "{folder} and its files stay as they are; what came from it stays in the book, and so does its log."
            ).format(folder=folder.folder),
            _("Watch no longer"),
            yes,
            name="settings.watching.confirm",
        )

    # Files

    def _do(self, line: LogLine) -> None:
        if line.is_refused:
            self.try_again()
        elif line.moved_to:
            self._show_file()

    def try_again(self) -> None:
        """Puts the chosen file back into its folder; the next look takes it."""
        line = self._line()
        if line is None or not line.is_refused:
            return
        self.ctx.run_use_case(
            "watch.again",
            {"line": line.id},
            owner=self,
            on_done=lambda _outcome: self.ctx.notices.toast(
                _("{file} is back in its folder and is imported in a moment.").format(file=line.file), "info"
            ),
        )

    def _open_errors(self) -> None:
        """The workbook with the refused rows; without it the folder where the file lies."""
        line = self._line()
        path = line.errors_path if line is not None else None
        if path is not None and path.is_file():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
        else:
            self._show_file()

    def _show_file(self) -> None:
        line = self._line()
        if line is not None and line.moved_to:
            self._show_path(Path(line.moved_to).parent)


def _arguments(folder: WatchedFolder) -> dict[str, Any]:
    """A folder as it is said to `watch.set`."""
    values = {
        name: getattr(folder, name) for name in ("folder", "kind", "mode", "sheet", "encoding", "account")
    }
    plain = {name: value for name, value in values.items() if value}
    return plain | ({"mapping": folder.mapping} if folder.mapping else {}) | {"active": folder.is_active}


def _counts(line: LogLine) -> str:
    parts = (
        (line.created, _("{count} new")),
        (line.updated, _("{count} changed")),
        (line.skipped, _("{count} known")),
        (line.failed, _("{count} refused")),
    )
    return " · ".join(words.format(count=f"{count:,}") for count, words in parts if count)


def _line_entry(line: LogLine) -> Entry:
    icon, tone = _ICONS[line.outcome]
    chosen = next(choice for choice in specs.OUTCOME.choices if choice.value == line.outcome)
    is_waiting = line.is_refused or line.outcome not in ("failed", "partly")
    return Entry(
        line.file,
        _counts(line) or line.message or Path(line.folder).name,
        side=clock.local_words(line.at),
        icon=icon if is_waiting else "check",
        icon_tone=tone if is_waiting else "third",
        chip=_(chosen.label) if is_waiting else _("Taken since"),
        chip_tone=chosen.tone if is_waiting else "neutral",
        is_muted=not is_waiting,
        data=line,
    )


def _line_words(line: LogLine) -> str:
    where = _("It lies in {folder}.").format(folder=Path(line.moved_to).parent) if line.moved_to else ""
    return " ".join(filter(None, (line.message, where if line.is_refused else "")))


def create(ctx: Context) -> QWidget:
    """The section."""
    return WatchingSection(ctx)
