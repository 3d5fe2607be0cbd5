"""Own fields: which a record has, laid out by drag and drop or Alt with the arrows, beside the form they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.models.fields import Kind
from crmdesk.models.specs.custom_fields import KINDS, RECORDS
from crmdesk.text import N_, _
from crmdesk.ui import own_fields, own_form
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.own_field import OwnFieldDialog, resume
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import button
from crmdesk.ui.kit.controls import Combo, EmptyState
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tree import Tree, TreeNode
from crmdesk.ui.pages.settings.command_row import ICON, CommandRow, Step
from crmdesk.ui.pages.settings.section import Section

if TYPE_CHECKING:
    from crmdesk.services.custom_fields import CustomField
    from crmdesk.services.draft_journal import Entry

NAME = "fields"
_ICONS = {
    "text": "file-text",
    "long_text": "message-square",
    "number": "list",
    "money": "coins",
    "date": "calendar",
    "choice": "check-circle",
    "multi_choice": "square-check",
    "yes_no": "check",
    "link": "link",
    "formula": "sparkles",
}
_FORMULA = "formula"
_KIND_WORDS = {choice.value: choice.label for choice in KINDS}
_SECTION, _FIELD, _RETIRED = "section:", "field:", "retired"
Laid = list[tuple[str, list[str]]]
"""Sections with the short names of their fields, in order."""


class OwnFieldsSection(Section):
    """The tree of fields left, the form they make right."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, NAME)
        self._known: tuple[CustomField, ...] = ()
        self._wanted: Any = None
        """What the cursor goes to once it is there: a field that was just defined or moved."""
        self._form: Form | None = None
        space = theme().metrics.space
        card = self.add_card(
            N_("Own fields"),
            N_(
                "What else your firm notes down. It stands in forms, lists, filters, rules, imports and on paper."
            ),
        )
        head = QHBoxLayout()
        head.setSpacing(space(2))
        caption = labels.caption()
        self.say(caption.setText, N_("Fields of"))
        self.record_box = Combo()
        self.record_box.setObjectName("settings.fields.record")
        self.say(self.record_box.setAccessibleName, N_("Fields of"))
        for choice in RECORDS:
            self.record_box.addItem(_(choice.label), choice.value)
        self.record_box.activated.connect(lambda _index: self.refresh())
        head.addWidget(caption)
        head.addWidget(self.record_box)
        head.addStretch(1)
        card.body.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(space(4))
        row.addLayout(self._left(), 1)
        row.addWidget(self._right(), 1)
        card.body.addLayout(row)
        self._add_commands(card.body)
        self._hint = hint = labels.caption("", "third")
        self.say(
            hint.setText,
            N_("Enter or F2 changes a field, Alt+↑↓ or the mouse moves it, also into another section."),
        )
        card.body.addWidget(hint)
        ctx.bus.watch(self, (own_fields.FIELD,), lambda _changes: self.refresh())
        ctx.book_changed.connect(self.refresh)
        self._refresh_words()
        self.refresh()

    # Building

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self.tree = Tree(self.ctx, "settings.fields.tree")
        self.say(self.tree.setAccessibleName, N_("Own fields"))
        self.tree.setEditTriggers(Tree.EditTrigger.NoEditTriggers)
        self.tree.setMinimumHeight(theme().metrics.tree_row * 11)
        self.tree.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.tree.current_changed.connect(lambda _node: self._show_current())
        self.tree.moved.connect(self._moved)
        self.tree.delete_requested.connect(lambda _node: self.retire())
        self.tree.activated.connect(lambda _index: self.edit())
        self.tree.menu_for = lambda _node: self._row.menu(
            "settings.fields.menu", ("edit", "up", "down", "retire", "restore")
        )
        self.empty = EmptyState("sparkles", "", "", "settings.fields.empty")
        column.addWidget(self.tree, 1)
        column.addWidget(self.empty, 1)
        self.about = Paragraph("", "caption", "second")
        self.about.setObjectName("settings.fields.about")
        column.addWidget(self.about)
        return column

    def _right(self) -> QWidget:
        card = labels.Card("raised")
        card.setObjectName("settings.fields.preview")
        heading = labels.caption()
        self.say(heading.setText, N_("The form as it will be"))
        card.body.addWidget(heading)
        self._place = QVBoxLayout()
        card.body.addLayout(self._place)
        card.body.addStretch(1)
        self.preview = card
        return card

    def _add_commands(self, body: QVBoxLayout) -> None:
        steps = (
            Step("new", N_("New field …"), self.new, "plus", "Ctrl+N", "primary"),
            Step("edit", N_("Edit field …"), self.edit, "pencil", "F2"),
            Step("up", N_("Move the field up"), self._mover(-1), "arrow-up", "Alt+Up", ICON),
            Step("down", N_("Move the field down"), self._mover(1), "arrow-down", "Alt+Down", ICON),
            Step("retire", N_("Retire"), self.retire, "ban", "", "ghost"),
            Step("restore", N_("Take into use again"), self.restore, "rotate-ccw", "", "ghost"),
        )
        self._row = CommandRow(self.ctx, self, "fields", steps)
        body.addWidget(self._row)
        start = button(self._row.actions_by_name["new"], "primary", icon="plus")
        start.setObjectName("fields.new.empty")
        self.empty.add_button(start)

    def retranslate(self) -> None:
        """Words of the tree and of the kinds."""
        super().retranslate()
        if hasattr(self, "preview"):
            self._refresh_words()
            self.refresh()

    def _refresh_words(self) -> None:
        for index, choice in enumerate(RECORDS):
            self.record_box.setItemText(index, _(choice.label))
        self.empty.set_words(
            _("No own fields yet"),
            _("Define the first one: a plate number, a budget, a date to remember."),
        )

    # Reading and showing

    def record(self) -> str:
        """Whose fields are shown."""
        return str(self.record_box.currentData())

    def show_record(self, record: str) -> None:
        """Shows the fields of another record."""
        self.record_box.setCurrentIndex(max(self.record_box.findData(record), 0))
        self.refresh()

    def refresh(self) -> None:
        """Reads the fields of the record again."""
        if self.ctx.book is None:
            return
        record = self.record()

        def work(connection: Any) -> tuple[CustomField, ...]:
            from crmdesk.services import custom_fields

            return custom_fields.declared(connection, record, with_retired=True)

        self.ctx.read(work, owner=self, on_done=self._show, replaces="fields")

    def _show(self, known: tuple[CustomField, ...]) -> None:
        self._known = known
        nodes = []
        for title, names in self.laid():
            section = f"{_SECTION}{title}"
            nodes.append(TreeNode(section, title or _("Own fields"), count=len(names), may_rename=False))
            nodes += [self._node(self._by_name(name), section) for name in names]
        retired = [entry for entry in known if not entry.is_active]
        if retired:
            nodes.append(
                TreeNode(
                    _RETIRED,
                    _("Retired"),
                    count=len(retired),
                    may_move=False,
                    may_rename=False,
                    takes_children=False,
                )
            )
            nodes += [self._node(entry, _RETIRED) for entry in retired]
        self.tree.set_nodes(nodes)
        if self._wanted is not None:
            self.tree.select(self._wanted)
            self._wanted = None
        if self.tree.current_id() is None and nodes:
            self.tree.select(nodes[1].id)
        self.tree.setVisible(bool(nodes))
        self.empty.setVisible(not nodes)
        self._row.setVisible(bool(nodes))
        self._hint.setVisible(bool(nodes))
        self._show_preview()
        self._show_current()

    def _node(self, entry: CustomField, parent: str) -> TreeNode:
        return TreeNode(
            f"{_FIELD}{entry.name}",
            entry.field.label,
            parent,
            icon=_ICONS[entry.kind],
            may_move=entry.is_active,
            may_rename=False,
            takes_children=False,
        )

    def _by_name(self, name: str) -> CustomField:
        return next(entry for entry in self._known if entry.name == name)

    def laid(self) -> Laid:
        """The sections with their fields, as the form has them."""
        found: dict[str, list[str]] = {}
        for entry in self._known:
            if entry.is_active:
                found.setdefault(entry.section, []).append(entry.name)
        return list(found.items())

    def current(self) -> CustomField | None:
        """The field with the cursor."""
        node = str(self.tree.current_id() or "")
        name = node.removeprefix(_FIELD)
        return next((one for one in self._known if node.startswith(_FIELD) and one.name == name), None)

    def _section(self) -> str:
        """Where a new field goes: the section with the cursor."""
        node, found = str(self.tree.current_id() or ""), self.current()
        if found is not None:
            return found.section
        return node.removeprefix(_SECTION) if node.startswith(_SECTION) else ""

    def _show_current(self) -> None:
        found = self.current()
        self.about.setText(_about(found) if found is not None else "")
        is_active = found is not None and found.is_active
        self._row.set_possible(("edit", "up", "down", "retire"), is_active)
        self._row.show_retired(found is not None and not is_active)

    def _show_preview(self) -> None:
        """A form like the real one. What is typed into it goes nowhere."""
        if self._form is not None:
            self._place.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        fields = []
        for entry in self._known:
            if entry.is_active:
                one = own_form.in_form(entry)
                if entry.kind == _FORMULA:
                    one = replace(
                        one,
                        kind=Kind.ANY,
                        help=entry.field.help or _("Formula: {formula}").format(formula=entry.formula),
                    )
                fields.append(one)
        self.preview.setVisible(bool(fields))
        if fields:
            self._form = Form(
                self.ctx,
                fields,
                name="settings.fields.form",
                pickers=self.ctx.pickers,
                columns_max=2,
                has_shortcuts=False,
                column_em=20,
            )
            self._place.addWidget(self._form)

    # Doing

    def new(self) -> OwnFieldDialog:
        """The sheet of a new field, in the section with the cursor."""
        return self._open(None)

    def edit(self) -> None:
        """The sheet of the field with the cursor."""
        found = self.current()
        if found is not None and found.is_active:
            self._open(found)

    def _open(self, found: CustomField | None) -> OwnFieldDialog:
        titles = [title for title, _names in self.laid() if title]
        dialog = OwnFieldDialog(
            self.ctx, self, self.record(), found, sections=titles, section=self._section()
        )
        dialog.show_sheet()
        return dialog

    def resume(self, entry: Entry) -> None:
        """Goes on with a sheet that a crash left behind."""
        record = str(entry.about.get("record") or "customer")

        def work(connection: Any) -> tuple[CustomField, ...]:
            from crmdesk.services import custom_fields

            return custom_fields.declared(connection, record)

        self.ctx.read(
            work,
            owner=self,
            on_done=lambda found: resume(self.ctx, self, entry, {one.name: one for one in found}),
        )

    def retire(self) -> None:
        """Out of forms and lists; the values stay and come back with it."""
        found = self.current()
        if found is not None and found.is_active:
            self._run("field.retire", {"field": found.name})
            self.ctx.notices.toast(
                _("“{field}” is retired; its values stay.").format(field=found.field.label),
                "good",
                _("Take into use again"),
                lambda: self._run("field.restore", {"field": found.name}),
            )

    def restore(self) -> None:
        """Takes a retired field into use again."""
        found = self.current()
        if found is not None and not found.is_active:
            self._run("field.restore", {"field": found.name})

    def _run(self, use_case: str, arguments: dict[str, Any]) -> None:
        self.ctx.run_use_case(use_case, {"record": self.record(), **arguments}, owner=self)

    def _mover(self, by: int) -> Callable[[], None]:
        def move() -> None:
            found = self.current()
            if found is not None and found.is_active:
                laid = moved_by(self.laid(), found.name, by)
                if laid is not None:
                    self._arrange(laid, f"{_FIELD}{found.name}")

        return move

    def _moved(self, node: Any, parent: Any, position: int) -> None:
        """A field was dropped into a section, or a section between others."""
        laid = self.laid()
        if str(node).startswith(_SECTION):
            title = str(node).removeprefix(_SECTION)
            if parent is not None:
                return
            block = next(part for part in laid if part[0] == title)
            laid.remove(block)
            laid.insert(min(position, len(laid)), block)
        elif parent is not None and str(parent).startswith(_SECTION):
            name, into = str(node).removeprefix(_FIELD), str(parent).removeprefix(_SECTION)
            for _title, names in laid:
                if name in names:
                    names.remove(name)
            next(names for title, names in laid if title == into).insert(position, name)
        else:
            return
        self._arrange(laid, node)

    def _arrange(self, laid: Laid, node: Any) -> None:
        self._wanted = node
        sections = [{"title": title, "fields": names} for title, names in laid if names]
        self._run("field.arrange", {"sections": sections})


def moved_by(laid: Laid, name: str, by: int) -> Laid | None:
    """The layout with a field one place up or down, over the edge of its section into the next; None at the end."""
    found: Laid = [(title, list(names)) for title, names in laid]
    for at, (_title, names) in enumerate(found):
        if name not in names:
            continue
        place = names.index(name)
        if 0 <= place + by < len(names):
            names[place], names[place + by] = names[place + by], names[place]
        elif 0 <= at + by < len(found):
            names.remove(name)
            other = found[at + by][1]
            other.insert(len(other) if by < 0 else 0, name)
        else:
            return None
        return found
    return None


def _about(found: CustomField) -> str:
    """One line about a field: its kind, its name in filters, and what else holds."""
    said: Sequence[str] = (
        _(_KIND_WORDS[found.kind]),
        found.column,
        _("Must be given") if found.field.required else "",
        _("Each value once only") if found.is_unique else "",
        _("Shown in lists") if found.is_shown else "",
        _("Printed on papers") if found.is_printed else "",
        _("Searchable") if found.is_searchable else "",
    )
    words = " · ".join(filter(None, said))
    return f"{words}\n{found.field.help}" if found.field.help else words


def create(ctx: Context) -> QWidget:
    """The section."""
    return OwnFieldsSection(ctx)
