"""What is typed into another program, field by field: Enter copies one and goes to the next, a key copies all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import native_keys, plain_button, tip_of
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

_KEYED = 9
ALL = "Ctrl+Shift+C"


class CopyPanel(Speaking, QWidget):
    """`set_fields` gives (label, value) pairs; Alt+1 … Alt+9 copy the first nine, Ctrl+Shift+C copies all.

    `scope` is the widget in which the keys are heard; without one the panel itself.
    """

    def __init__(self, name: str, title: str, scope: QWidget | None = None) -> None:
        super().__init__()
        self.setObjectName(name)
        self._fields: list[tuple[str, str]] = []
        self._more = ""
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(2))
        head = QHBoxLayout()
        heading = labels.strong()
        self.say(heading.setText, title)
        head.addWidget(heading, 1)
        self.all_button = plain_button("", f"{name}.all", "ghost", "copy")
        self.say(self.all_button.setText, N_("Copy all"))
        self.say(self.all_button.setAccessibleName, N_("Copy all"))
        self.say(lambda words: self.all_button.setToolTip(tip_of(words, ALL)), N_("Copy all"))
        self.all_button.clicked.connect(lambda _checked=False: self.copy_all())
        head.addWidget(self.all_button)
        column.addLayout(head)
        self.list = EntryList(f"{name}.list")
        self.say(self.list.setAccessibleName, title)
        self.list.chosen.connect(lambda _entry: self.copy_at(self.list.currentIndex().row()))
        column.addWidget(self.list, 1)
        self.told = labels.caption()
        self.told.setObjectName(f"{name}.told")
        column.addWidget(self.told)
        owner = scope or self
        for at in range(_KEYED):
            self._add_key(owner, f"Alt+{at + 1}", lambda at=at: self.copy_at(at))
        self._add_key(owner, ALL, self.copy_all)

    def _add_key(self, owner: QWidget, keys: str, callback: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), owner)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(callback)

    def set_fields(self, fields: Sequence[tuple[str, str]], more: str = "") -> None:
        """Shows the fields; `more` is what “copy all” puts below them (the lines)."""
        self._fields = list(fields)
        self._more = more
        self.list.set_entries(
            [
                Entry(
                    value,
                    label,
                    side=native_keys(f"Alt+{at + 1}") if at < _KEYED else "",
                    icon="copy",
                    data=value,
                )
                for at, (label, value) in enumerate(self._fields)
            ]
        )
        self._tell()

    def retranslate(self) -> None:
        """The hint below."""
        super().retranslate()
        self._tell()

    def _tell(self, words: str = "") -> None:
        self.told.setText(words or _("Enter copies a field and goes to the next one."))
        self.told.set_tone("accent" if words else "second")

    def copy_at(self, at: int) -> None:
        """Copies one field; the cursor goes to the next."""
        if not 0 <= at < len(self._fields):
            return
        label, value = self._fields[at]
        QGuiApplication.clipboard().setText(value)
        self.list.select(min(at + 1, len(self._fields) - 1))
        self._tell(_("“{field}” is copied.").format(field=label))

    def copy_all(self) -> None:
        """Copies every field, a line each, and the lines as a table."""
        lines = [f"{label}\t{value}" for label, value in self._fields]
        QGuiApplication.clipboard().setText("\n".join([*lines, *filter(None, [self._more])]))
        self._tell(_("Everything is copied."))
