"""A file or a folder on this computer: its path typed, dropped, or chosen on F4."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit

from crmdesk.models.fields import Field
from crmdesk.text import _
from crmdesk.ui.kit.editors import TextEditor
from crmdesk.ui.kit.icons import set_icon

FOLDER = "folder"
"""What the `link` of a field says that wants a folder."""


class FileEditor(TextEditor):
    """The path of one file, or of a folder; nothing is read here."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._title = field.label
        self._is_folder = field.link == FOLDER
        self._button = QAction(
            _("Choose a folder (F4)") if self._is_folder else _("Choose a file (F4)"), self
        )
        self._button.triggered.connect(self.choose)
        set_icon(self._button, "folder" if self._is_folder else "paperclip", "third")
        self.addAction(self._button, QLineEdit.ActionPosition.TrailingPosition)

    def choose(self) -> None:
        """Asks for a file or a folder."""
        if self._is_folder:
            folder = QFileDialog.getExistingDirectory(self, _(self._title), self.value())
            if folder:
                self._take(folder)
            return
        path, _kind = QFileDialog.getOpenFileName(self, _(self._title), self.value())
        if path:
            self._take(path)

    def _take(self, path: str) -> None:
        self.set_value(path)
        self.edited.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F4 asks for a file."""
        if event.key() == Qt.Key.Key_F4 and not event.modifiers():
            self.choose()
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One file may be dropped."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Takes the path of a dropped file."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            self._take(urls[0].toLocalFile())
            event.acceptProposedAction()
        else:
            super().dropEvent(event)
