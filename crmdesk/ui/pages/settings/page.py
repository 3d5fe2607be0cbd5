"""The frame of the settings: the sections on the left, the chosen one on the right, made when first seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from crmdesk.text import N_
from crmdesk.ui.context import Context
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import title
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.settings import about, backups, forms, look, tables

Maker = Callable[[Context], QWidget]

SECTIONS: tuple[tuple[str, str, str, Maker], ...] = (
    ("company", "building", N_("Company"), forms.company),
    ("documents", "file-text", N_("Documents"), forms.documents),
    ("numbering", "receipt", N_("Numbering"), forms.numbering),
    ("taxes", "scale", N_("Taxes"), tables.taxes),
    ("accounts", "wallet", N_("Money accounts"), tables.money_accounts),
    ("look", "sun", N_("Language and look"), look.create),
    ("lock", "lock", N_("Period lock"), forms.period_lock),
    ("backup", "database", N_("Backup"), backups.create),
    ("about", "info", N_("About and check"), about.create),
)


class SettingsPage(Speaking, QWidget):
    """Sections left, the chosen one right."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.setObjectName("settings")
        self._made: dict[str, int] = {}
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        head = QWidget()
        head_row = QHBoxLayout(head)
        head_row.setContentsMargins(space(5), space(4), space(5), space(4))
        name = title()
        self.say(name.setText, N_("Settings"))
        head_row.addWidget(name)
        head_row.addStretch(1)
        outer.addWidget(head)
        row = QHBoxLayout()
        row.setContentsMargins(space(3), 0, 0, 0)
        row.setSpacing(space(4))
        outer.addLayout(row, 1)
        column = QVBoxLayout()
        column.setSpacing(space(0.5))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for key, icon, text, _maker in SECTIONS:
            button = QPushButton()
            button.setCheckable(True)
            button.setProperty("kind", "nav")
            button.setObjectName(f"settings.section.{key}")
            button.setFixedWidth(theme().metrics.em(28))
            set_icon(button, icon, "second", "accent")
            self.say(button.setText, text)
            self.say(button.setAccessibleName, text)
            button.clicked.connect(lambda _checked=False, which=key: self.show_section(which))
            self._group.addButton(button)
            self._buttons[key] = button
            column.addWidget(button)
        column.addStretch(1)
        row.addLayout(column)
        self._stack = QStackedWidget()
        row.addWidget(self._stack, 1)
        self.show_section(SECTIONS[0][0])

    def show_target(self, target: dict[str, Any]) -> None:
        """{"section": "backup"} shows that section."""
        if target.get("section") in self._buttons:
            self.show_section(target["section"])

    def show_section(self, which: str) -> None:
        """Shows a section, made when it is first seen."""
        self._buttons[which].setChecked(True)
        if which not in self._made:
            maker = next(maker for key, _icon, _text, maker in SECTIONS if key == which)
            area = QScrollArea()
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidgetResizable(True)
            # No stop of its own for Tab: nothing would show that the keyboard is there.
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            holder = QWidget()
            column = QVBoxLayout(holder)
            space = theme().metrics.space
            column.setContentsMargins(space(1), space(1), space(6), space(6))
            section = maker(self._ctx)
            section.setMaximumWidth(theme().metrics.em(120))
            column.addWidget(section)
            column.addStretch(1)
            area.setWidget(holder)
            self._made[which] = self._stack.addWidget(area)
        self._stack.setCurrentIndex(self._made[which])
