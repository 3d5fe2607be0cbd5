"""What pages with a table of figures have in common: choices above, the table, what its cell says below, files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.cell_grid import CellGrid
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.controls import Combo, EmptyState, LoadingBar
from crmdesk.ui.kit.labels import Label, caption
from crmdesk.ui.kit.pickers import LinkPicker
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.report_file import write_report
from crmdesk.ui.segmented import TitledPage

if TYPE_CHECKING:
    from crmdesk.services.reports.declared import Options

WATCHED = (
    "customer", "category", "dimension", "tag", "segment", "segment_event", "invoice", "payment", "credit", "refund",
    "writeoff", "opening", "rate", "quote", "contract", "order", "setting", "measure", "own_field",
    "activity",
)  # fmt: skip


class GroupPick(LinkPicker):
    """Picks a category, tag or group by its name; `placeholder` says what an empty one means."""

    def __init__(self, ctx: Context, name: str, placeholder: str, label: str) -> None:
        field = Field(name, Kind.LINK, label, link="group")
        super().__init__(ctx, ctx.pickers["group"], field)
        self.setObjectName(name)
        self._words = (placeholder, label)
        self.retranslate()

    def retranslate(self) -> None:
        """Its words in the language in force."""
        self.setPlaceholderText(_(self._words[0]))
        self.setToolTip(_("Type a part of the name: categories, tags and groups are searched"))
        self.setAccessibleName(_(self._words[1]))


def fill_combo(combo: Combo, options: Sequence[tuple[str, str]], chosen: str) -> None:
    """Other choices, without telling of a change; the chosen one stays if it is among them."""
    if [(str(combo.itemData(at)), combo.itemText(at)) for at in range(combo.count())] != list(options):
        combo.clear()
        for value, words in options:
            combo.addItem(words, value)
    combo.setCurrentIndex(max(combo.findData(chosen), 0))


class GridPage(Speaking, TitledPage):
    """One table of figures. `reload` reads it again when a choice or the book changed and it is in sight."""

    report = ""

    def __init__(self, ctx: Context, name: str, title: str) -> None:
        super().__init__(name)
        self._ctx = ctx
        self._name = name
        self._title = title
        self.say(self.setAccessibleName, title)
        sizes = theme().metrics
        space = sizes.space
        self.row.addStretch(1)
        bar = QWidget()
        self.choices = QHBoxLayout(bar)
        self.choices.setContentsMargins(space(4.5), space(1), space(4.5), space(3))
        self.choices.setSpacing(space(2))
        self.body.addWidget(bar)
        self.banner = Banner(f"{name}.banner")
        holder = QVBoxLayout()
        holder.setContentsMargins(space(4.5), 0, space(4.5), 0)
        holder.addWidget(self.banner)
        self.body.addLayout(holder)
        middle = QWidget()
        middle.setProperty("role", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.loading = LoadingBar()
        column.addWidget(self.loading)
        self.grid = CellGrid(f"{name}.table")
        self.say(self.grid.setAccessibleName, title)
        self.grid.moved.connect(self._moved)
        self.grid.chosen.connect(self._chosen)
        self.empty = EmptyState("columns", "", "", f"{name}.empty")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.empty)
        column.addWidget(self.stack, 1)
        self.body.addWidget(middle, 1)
        foot = QWidget()
        foot.setProperty("role", "footer")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        foot.setMinimumHeight(sizes.footer)
        self.foot = QHBoxLayout(foot)
        self.foot.setContentsMargins(space(4.5), 0, space(4.5), 0)
        self.foot.setSpacing(space(3))
        self.told = Label("", "strong")
        self.told.setObjectName(f"{name}.told")
        self.foot.addWidget(self.told, 1)
        self.hint = Label("", "caption", "second")
        self.hint.setObjectName(f"{name}.hint")
        self.foot.addWidget(self.hint)
        self.body.addWidget(foot)
        self.setFocusProxy(self.grid)
        self._add_ways()
        ctx.bus.watch(self, WATCHED, lambda _changes: self.reload())

    def _add_ways(self) -> None:
        add = self._ctx.commands.add
        name = self._name
        self.menu = QMenu(self)
        self.menu.setObjectName(f"{name}.files")
        for command in (
            Command(f"{name}.xlsx", N_("Excel workbook …"), lambda: self.export("xlsx"), "file-spreadsheet",
                    "Ctrl+Shift+E"),
            Command(f"{name}.pdf", N_("PDF …"), lambda: self.export("pdf"), "file-text", "Ctrl+P"),
            Command(f"{name}.picture", N_("Copy as a picture"), self.copy_picture, "copy", "Ctrl+Shift+C"),
            Command(f"{name}.text", N_("Copy for Excel"), self.grid.copy_text, "columns", "Ctrl+Alt+C"),
        ):  # fmt: skip
            self.menu.addAction(add(command, self))
        self._files = plain_button("", f"{name}.export", "", "download")
        self.say(self._files.setText, N_("Export"))
        self.say(self._files.setAccessibleName, N_("Export"))
        self.say(self._files.setToolTip, N_("As a workbook, as PDF, or to the clipboard"))
        self._files.clicked.connect(
            lambda _checked=False: self.menu.popup(self._files.mapToGlobal(self._files.rect().bottomLeft()))
        )
        self.row.addWidget(self._files)
        self.open_action = add(
            Command(f"{name}.open", N_("Show these customers"), self.open_current, "users", "Alt+L"), self
        )
        self.row.addWidget(button(self.open_action, "primary", icon="users"))

    def label(self, words: str) -> Label:
        """A caption before a choice."""
        made = caption()
        self.say(made.setText, words)
        return made

    def choice(self, name: str, words: str, tip: str = "") -> Combo:
        """A combo of the row above; its change reads the table again."""
        made = Combo()
        made.setObjectName(f"{self._name}.{name}")
        made.setMinimumContentsLength(6)
        made.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        made.setMaximumWidth(theme().metrics.em(26))
        self.say(made.setAccessibleName, words)
        self.say(made.setToolTip, tip or words)
        made.activated.connect(lambda _index: self.reload())
        return made

    # What a page says

    def options(self) -> Options:
        """What the report is asked for."""
        raise NotImplementedError

    def filter_at(self, row: int, column: int) -> tuple[str, str] | None:
        """The filter that finds the customers of a cell, and its words; None where nothing opens."""
        raise NotImplementedError

    def told_at(self, row: int, column: int) -> str:
        """What the cell says, in a sentence."""
        raise NotImplementedError

    def ask(self) -> None:
        """Reads the table."""
        raise NotImplementedError

    # Doing

    def showEvent(self, event: Any) -> None:
        """What changed out of sight is read now."""
        super().showEvent(event)
        self.reload()

    def reload(self) -> None:
        """Reads the table again, when somebody looks at it."""
        if self._ctx.book is not None and self.isVisible():
            self.loading.set_loading(True)
            self.ask()

    def failed(self, error: Exception) -> bool:
        """A refusal stands above the table, with its way out."""
        self.loading.set_loading(False)
        self.banner.show_error(error)
        return True

    def _moved(self, row: int, column: int) -> None:
        self.told.setText(self.told_at(row, column))
        self.open_action.setEnabled(self.filter_at(row, column) is not None)

    def _chosen(self, row: int, column: int) -> None:
        found = self.filter_at(row, column)
        if found is not None:
            expression, words = found
            self._ctx.go("customers", filter=expression or "code is not empty", words=words)

    def open_current(self) -> None:
        """The customers of the cell with the cursor, in their list."""
        index = self.grid.currentIndex()
        if index.isValid():
            self._chosen(index.row(), index.column())

    def export(self, form: str) -> None:
        """The report as a file."""
        options = self.options()
        options = replace(options, date_to=options.date_to or clock.today())
        papers.ask_file(
            self._ctx,
            self,
            _("Export what is shown"),
            f"{_(self._title)} {clock.today().isoformat()}.{form}",
            lambda path: write_report(self._ctx, self, self.report, options, path),
        )

    def heading(self) -> tuple[str, str]:
        """Title and second line of a picture."""
        return _(self._title), ""

    def copy_picture(self) -> None:
        """The whole table as a picture, ready to paste into a chat."""
        title, detail = self.heading()
        QGuiApplication.clipboard().setImage(self.grid.picture(title, detail))
        self._ctx.notices.toast(_("{title} is on the clipboard as a picture.").format(title=title))
