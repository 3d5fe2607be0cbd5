"""One field of a form: its label, its editor, and what is wrong with it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.models.fields import Field, Kind
from crmdesk.text import _
from crmdesk.ui.kit.editors import mark_invalid
from crmdesk.ui.kit.labels import Paragraph, caption
from crmdesk.ui.kit.theme import theme


class Cell(QWidget):
    """Label, editor and error of one field."""

    def __init__(self, field: Field, editor: QWidget, name: str) -> None:
        super().__init__()
        self.field = field
        self.editor = editor
        editor.setObjectName(f"{name}.{field.name}")
        space = theme().metrics.space
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(1))
        self.label = caption()
        self.label.setBuddy(editor)
        layout.addWidget(self.label)
        layout.addWidget(editor)
        self.help = Paragraph("", "caption", "third")
        layout.addWidget(self.help)
        self.help.setVisible(bool(field.help))
        self.error = Paragraph("", "caption", "danger")
        self.error.setObjectName(f"{name}.{field.name}.error")
        self.error.hide()
        layout.addWidget(self.error)
        if field.kind is not Kind.LINES:
            layout.addStretch(1)

    def say(self) -> None:
        """Words of the label, and what a screen reader says."""
        words = _(self.field.label)
        # Most fields are required or obvious; the few that must be given say so.
        # A check box has its words beside it; its empty label keeps it level with the fields of its row.
        mark = " *" if self.field.required else ""
        self.label.setText("" if self.field.kind is Kind.BOOLEAN else f"{words}{mark}")
        self.editor.setAccessibleName(words)
        if self.field.help:
            self.help.setText(_(self.field.help))

    def set_error(self, message: str) -> None:
        """Shows or takes back a sentence under the field."""
        self.error.setText(message)
        self.error.setVisible(bool(message))
        self.help.setVisible(bool(self.field.help) and not message)
        mark_invalid(self.editor, bool(message))
        self.editor.setAccessibleDescription(message)
