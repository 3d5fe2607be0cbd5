"""The files kept with a record: added by name, by dropping or pasting; saved, opened and taken off again."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.commands import Command, button, icon_button_of
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from crmdesk.services.attachments import Attachment

_UNITS = ("B", "KB", "MB")


class AttachmentsPanel(Speaking, QWidget):
    """Its commands belong to `page` and begin with `part`; keys that act on a file are heard in the list only."""

    def __init__(self, ctx: Context, page: QWidget, name: str, part: str) -> None:
        super().__init__()
        self._ctx = ctx
        self._kind = self._number = ""
        self.setObjectName(f"{name}.panel")
        self.setAcceptDrops(True)
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, space(2), 0, space(2))
        column.setSpacing(space(2))
        self.files = EntryList(name)
        self.say(self.files.setAccessibleName, N_("Files"))
        self.files.chosen.connect(lambda entry: self._open(entry.data))
        self.files.delete_requested.connect(lambda entry: self._ask_remove(entry.data))
        self.files.current_changed.connect(lambda _entry: self._enable())
        add = ctx.commands.add
        row = QHBoxLayout()
        row.setSpacing(space(2))
        attach = add(
            Command(f"{part}.attach", N_("Add a file …"), self._ask_file, "paperclip", "Ctrl+Shift+K"), page
        )
        row.addWidget(button(attach, icon="paperclip"))
        self._for_one = []
        for command in (
            Command(f"{part}.openFile", N_("Open the file"), self._current(self._open), "external-link", ""),
            Command(f"{part}.saveFile", N_("Save as …"), self._current(self._save), "download", "Ctrl+S"),
            Command(
                f"{part}.removeFile", N_("Remove …"), self._current(self._ask_remove), "trash", "Ctrl+Del"
            ),
        ):
            action = add(command, self)
            row.addWidget(icon_button_of(action))
            self._for_one.append(action)
        add(Command(f"{part}.pasteFile", N_("Paste a file"), self.paste, "", "Ctrl+V"), self)
        row.addStretch(1)
        column.addLayout(row)
        self._nothing = EmptyState("paperclip", "", "", f"{name}.empty")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.files)
        self._stack.addWidget(self._nothing)
        column.addWidget(self._stack, 1)
        self.retranslate()
        self._enable()

    def show_files(self, kind: str, number: str, files: Sequence[Attachment]) -> None:
        """Shows the files of a record."""
        self._kind, self._number = kind, number
        self.files.set_entries(
            [
                Entry(
                    one.name,
                    " · ".join(filter(None, (one.added_at.replace("T", " ")[:16], one.actor))),
                    side=size_words(one.size),
                    icon="file-text",
                    data=one,
                )
                for one in files
            ]
        )
        self._stack.setCurrentIndex(0 if files else 1)
        if files and self.files.current() is None:
            self.files.select(0)
        self._enable()

    def retranslate(self) -> None:
        """Words of the empty state."""
        super().retranslate()
        self._nothing.set_words(
            _("No files"),
            _("Drop a file here, paste it, or add it."),
        )

    def _enable(self) -> None:
        for action in self._for_one:
            action.setEnabled(self.files.current() is not None)

    def _current(self, act: Callable[[Attachment], object]) -> Callable[[], None]:
        def run() -> None:
            entry = self.files.current()
            if entry is not None:
                act(entry.data)

        return run

    # Adding

    def _ask_file(self) -> None:
        if not self._number:
            return
        dialog = QFileDialog(self.window(), _("Add a file"), str(papers.last_folder(self._ctx)))
        dialog.setObjectName("attach.file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.add_files([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_files(self, paths: Sequence[Path]) -> None:
        """Keeps files with the record; each one that is refused says why."""
        for path in paths:
            self._add({"file": str(path)}, path.name)

    def _add(self, given: dict[str, Any], name: str) -> None:
        if not self._number:
            return
        self._ctx.run_use_case(
            "attachment.add",
            {"kind": self._kind, "number": self._number, **given},
            owner=self,
            label=_("Keeping {file}").format(file=name),
        )

    def paste(self) -> None:
        """Keeps what is on the clipboard: files, or a picture."""
        data = QGuiApplication.clipboard().mimeData()
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            self.add_files(paths)
        elif data.hasImage():
            self._add_picture(QGuiApplication.clipboard().image())
        else:
            self._ctx.notices.toast(_("There is no file and no picture on the clipboard."), "info")

    def _add_picture(self, image: QImage) -> None:
        name = _("Picture") + ".png"
        number, kind, ctx = self._number, self._kind, self._ctx

        def work(_progress: Any) -> str:
            block = QByteArray()
            buffer = QBuffer(block)
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            image.save(buffer, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType]  the stubs want bytes, Qt text
            return base64.b64encode(block.data()).decode()

        def done(content: str) -> None:
            if (kind, number) == (self._kind, self._number):
                self._add({"content": content, "name": name}, name)

        ctx.run_heavy(work, owner=self, on_done=done)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped here."""
        if self._number and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """What is dropped is kept."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.add_files(paths)

    # One file

    def _save(self, found: Attachment) -> None:
        def chosen(path: Path) -> None:
            def work(connection: Any) -> Path:
                from crmdesk.services import attachments

                return attachments.save_as(connection, found.id, path, replaces=True)

            self._ctx.read(
                work, owner=self, on_done=lambda kept: papers.say_saved(self._ctx, kept), lane="heavy"
            )

        papers.ask_file(self._ctx, self, _("Save as"), found.name, chosen)

    def _open(self, found: Attachment) -> None:
        """Shows it in the program that the system has for it; a copy, so that what the book keeps stays."""

        def work(connection: Any) -> tuple[bytes, bool]:
            from crmdesk.services import attachments

            one, data = attachments.content_of(connection, found.id)
            return data, attachments.needs_warning(one, data)

        def done(answer: tuple[bytes, bool]) -> None:
            data, is_doubtful = answer
            if not is_doubtful:
                self._show_copy(found, data)
                return
            dialogs.ask(
                self,
                _("Open {file}?").format(file=found.name),
                _("{file} holds a script. Open it only if you know where it comes from.").format(
                    file=found.name
                ),
                [
                    (_("Open the file"), "yes", "danger", lambda: self._show_copy(found, data)),
                    (_("Cancel"), "no", "primary", lambda: None),
                ],
                name="openFile",
            )

        self._ctx.read(work, owner=self, on_done=done, lane="heavy")

    def _show_copy(self, found: Attachment, data: bytes) -> None:
        def work(_progress: Any) -> Path:
            from crmdesk.services.outgoing import passing_file

            return passing_file(found.name, data)

        self._ctx.run_heavy(
            work,
            owner=self,
            on_done=lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))),
        )

    def _ask_remove(self, found: Attachment) -> None:
        dialogs.confirm(
            self,
            _("Remove {file}?").format(file=found.name),
            _("It is taken off this record. The history of the book keeps it."),
            _("Remove"),
            lambda: self._ctx.run_use_case("attachment.remove", {"attachment": found.id}, owner=self),
            name="removeFile",
        )


def size_words(size: int) -> str:
    """A size a person reads: 1.2 MB."""
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit and value < 100 else f"{value:.0f} {_UNITS[unit]}"
