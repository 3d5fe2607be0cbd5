"""The commands of a tree that is arranged by hand: buttons in a row below it, and its menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QWidget

from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command, button, icon_button_of
from crmdesk.ui.kit.theme import theme

ICON = "icon"
"""The kind of a button whose icon says it; the words are in the tooltip."""


class Step(NamedTuple):
    """A command of the row; `words` are a catalogue source, `kind` that of its button, or `ICON`."""

    name: str
    words: str
    act: Callable[[], object]
    icon: str
    key: str = ""
    kind: str = ""


class CommandRow(QWidget):
    """`prefix` is how the names of the commands begin, `owner` where their keys are heard.

    One that takes out of use and one that takes back are called `retire` and `restore`: one of them is seen.
    """

    def __init__(self, ctx: Context, owner: QWidget, prefix: str, steps: Iterable[Step]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().metrics.space(2))
        self.actions_by_name: dict[str, QAction] = {}
        self._buttons: dict[str, QAbstractButton] = {}
        for step in steps:
            command = Command(f"{prefix}.{step.name}", step.words, step.act, step.icon, step.key)
            action = self.actions_by_name[step.name] = ctx.commands.add(command, owner)
            made = icon_button_of(action) if step.kind == ICON else button(action, step.kind, icon=step.icon)
            self._buttons[step.name] = made
            row.addWidget(made)
        row.addStretch(1)

    def set_possible(self, names: Iterable[str], is_possible: bool) -> None:
        """Whether these commands may be given now."""
        for name in names:
            self.actions_by_name[name].setEnabled(is_possible)

    def show_retired(self, is_retired: bool) -> None:
        """What is out of use is taken back, all else retired."""
        self.actions_by_name["restore"].setEnabled(is_retired)
        self._buttons["restore"].setVisible(is_retired)
        self._buttons["retire"].setVisible(not is_retired)

    def menu(self, name: str, names: Sequence[str]) -> QMenu:
        """Those of the commands that may be given now, and `new` apart."""
        menu = QMenu(self)
        menu.setObjectName(name)
        for one in names:
            if self.actions_by_name[one].isEnabled():
                menu.addAction(self.actions_by_name[one])
        menu.addSeparator()
        menu.addAction(self.actions_by_name["new"])
        return menu
