"""The frame of the settings: the sections on the left, the chosen one on the right, made when first seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import shiboken6
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

from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import SearchBox
from crmdesk.ui.kit.entry_list import Entry as ListEntry
from crmdesk.ui.kit.entry_list import EntryList
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import Paragraph, title
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.settings import (
    about,
    backups,
    collecting,
    currencies,
    dictionaries,
    forms,
    keyboard,
    look,
    measures,
    own_fields,
    tables,
    watching,
)
from crmdesk.ui.pages.settings.mark import Mark
from crmdesk.ui.pages.settings.search import Setting, all_settings, find

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry

_SCROLLED = "settings.scrolled"
Maker = Callable[[Context], QWidget]

SECTIONS: tuple[tuple[str, str, str, Maker], ...] = (
    ("company", "building", N_("Company"), forms.company),
    ("documents", "file-text", N_("Documents"), forms.documents),
    ("numbering", "receipt", N_("Numbering"), forms.numbering),
    ("taxes", "scale", N_("Taxes"), tables.taxes),
    ("accounts", "wallet", N_("Money accounts"), tables.money_accounts),
    ("currencies", "coins", N_("Currencies"), currencies.create),
    ("collecting", "mail", N_("Credit and reminders"), collecting.create),
    ("measures", "percent", N_("Measures"), measures.create),
    ("fields", "sparkles", N_("Own fields"), own_fields.create),
    ("words", "book", N_("Dictionaries"), dictionaries.create),
    ("watching", "folder", N_("Watched folders"), watching.create),
    ("look", "sun", N_("Language and look"), look.create),
    ("keyboard", "keyboard", N_("Keyboard"), keyboard.create),
    ("lock", "lock", N_("Period lock"), forms.period_lock),
    ("backup", "database", N_("Backup"), backups.create),
    ("about", "info", N_("About and check"), about.create),
)


def _with_bar(area: QScrollArea, bar: QWidget | None) -> QWidget:
    """A section that is long has its buttons in a bar (`section.bar`) below, which does not scroll away."""
    if bar is None:
        return area
    area.setObjectName(_SCROLLED)
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(area, 1)
    column.addWidget(bar)
    return holder


class SettingsPage(Speaking, QWidget):
    """Sections left, the chosen one right."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.setObjectName("settings")
        self._made: dict[str, int] = {}
        self._buttons: dict[str, QPushButton] = {}
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
        self._add_search(column)
        self._group = QButtonGroup(self)
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
        self._spare = QWidget()
        column.addWidget(self._spare, 1)
        row.addLayout(column)
        self._stack = QStackedWidget()
        row.addWidget(self._stack, 1)
        self.show_section(SECTIONS[0][0])
        self.setFocusProxy(self.search)

    def _add_search(self, column: QVBoxLayout) -> None:
        """The search stands over the sections; what it finds takes their place."""
        width = theme().metrics.em(28)
        self.search = SearchBox("settings.search")
        self.search.setFixedWidth(width)
        self.say(self.search.setPlaceholderText, N_("Search the settings"))
        self.say(self.search.setAccessibleName, N_("Search the settings"))
        self.search.searched.connect(self._look_for)
        self.search.left_down.connect(self._enter_found)
        column.addWidget(self.search)
        column.addSpacing(theme().metrics.space(1))
        self.found = EntryList("settings.found", opens_on_click=True)
        self.found.setFixedWidth(width)
        self.say(self.found.setAccessibleName, N_("Settings found"))
        self.found.current_changed.connect(self._show_found)
        self.found.chosen.connect(self._take_found)
        self.found.hide()
        column.addWidget(self.found, 1)
        self.nothing = Paragraph("", "", "second")
        self.nothing.setObjectName("settings.nothing")
        self.nothing.setFixedWidth(width)
        self.nothing.hide()
        column.addWidget(self.nothing)
        self._mark: Mark | None = None

    def _look_for(self, typed: str) -> None:
        if not typed:
            self._show_list([], typed)
            return
        sections = {key: text for key, _icon, text, _maker in SECTIONS}
        self._ctx.tasks.run(
            "read",
            lambda _progress: find(typed, sections),
            owner=self,
            done=lambda found: self._show_list(found, typed),
            failed=self._ctx.notices.error,
            replaces="search",
        )

    def _show_list(self, found: list[Setting], typed: str) -> None:
        texts = {key: text for key, _icon, text, _maker in SECTIONS}
        icons = {key: icon for key, icon, _text, _maker in SECTIONS}
        entries = [
            ListEntry(_(one.label).rstrip(" …"), _(texts[one.section]), icon=icons[one.section], data=one)
            for one in found
        ]
        self.found.set_entries(entries)
        self.found.setVisible(bool(entries))
        self._spare.setVisible(not entries)
        self.nothing.setVisible(bool(typed) and not entries)
        self.nothing.setText(_("No setting is called “{words}”.").format(words=typed))
        for button in self._buttons.values():
            button.setVisible(not typed)

    def _enter_found(self) -> None:
        if self.found.isVisible():
            self.found.setFocus(Qt.FocusReason.TabFocusReason)
            self.found.select(0)

    def _show_found(self, entry: ListEntry | None) -> None:
        """The setting under the cursor of the list is brought into view and marked."""
        if entry is not None and self.found.hasFocus():
            self.show_setting(entry.data)

    def _take_found(self, entry: ListEntry) -> None:
        """Enter or a click: the keyboard goes to the setting."""
        self.show_setting(entry.data)
        target = self.findChild(QWidget, entry.data.name)
        self.search.clear()
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_setting(self, setting: Setting) -> None:
        """Shows the section of a setting, brings the setting into view and marks it."""
        self.show_section(setting.section)
        shown = self._stack.currentWidget()
        target = shown.findChild(QWidget, setting.name) if shown is not None else None
        area = shown if isinstance(shown, QScrollArea) else shown and shown.findChild(QScrollArea, _SCROLLED)
        if target is None or not isinstance(area, QScrollArea):
            return
        if self._mark is not None and shiboken6.isValid(self._mark):
            self._mark.hide()
            self._mark.deleteLater()
        content = area.widget()
        layout = content.layout() if content is not None else None
        if layout is not None:
            layout.activate()
        area.ensureWidgetVisible(target)
        self._mark = Mark(target)

    def resume(self, entry: Entry) -> None:
        """Goes on with the sheet of an own field that a crash left behind."""
        self.show_section("fields")
        area = self._stack.currentWidget()
        section = area.findChild(own_fields.OwnFieldsSection) if area is not None else None
        if section is not None:
            section.resume(entry)

    def show_target(self, target: dict[str, Any]) -> None:
        """{"section": "backup"} shows that section, {"setting": "settings.backup.now"} that setting."""
        wanted = next((one for one in all_settings() if one.name == target.get("setting")), None)
        if wanted is not None:
            self.show_setting(wanted)
        elif target.get("section") in self._buttons:
            self.show_section(target["section"])

    def show_section(self, which: str) -> None:
        """Shows a section, made when it is first seen."""
        self._buttons[which].setChecked(True)
        self.setFocusProxy(self._buttons[which])
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
            self._made[which] = self._stack.addWidget(_with_bar(area, getattr(section, "bar", None)))
        self._stack.setCurrentIndex(self._made[which])
