"""Dictionaries: the words that forms offer for stages, sources, industries …, with how often each is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.dictionaries import DICTIONARIES, LABEL_EN, NAME, TO
from crmdesk.text import N_, _, counted
from crmdesk.ui import own_fields
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import button
from crmdesk.ui.kit.controls import Combo, EmptyState
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tree import Tree, TreeNode
from crmdesk.ui.pages.settings.command_row import ICON, CommandRow, Step
from crmdesk.ui.pages.settings.section import Section

if TYPE_CHECKING:
    from crmdesk.services.dictionaries import Dictionary, Entry
    from crmdesk.services.use_cases import Outcome

_RETIRED = ("retired",)
"""The node of what is no longer offered: no word has such a name."""
_WATCHED = (own_fields.WORD, "dictionary", "customer", "contact", "product")


class DictionariesSection(Section):
    """One dictionary at a time: its words in their order, what is retired below."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "words")
        self._found: Dictionary | None = None
        self._counts: dict[str, int] = {}
        self._wanted: Any = None
        card = self.add_card(
            N_("Dictionaries"),
            N_("The words that forms offer. Renaming or merging one changes it in every record that has it."),
        )
        head = QHBoxLayout()
        head.setSpacing(theme().metrics.space(2))
        caption = labels.caption()
        self.say(caption.setText, N_("Words for"))
        self.box = Combo()
        self.box.setObjectName("settings.words.dictionary")
        self.say(self.box.setAccessibleName, N_("Words for"))
        for choice in DICTIONARIES:
            self.box.addItem(_(choice.label), choice.value)
        self.box.setCurrentIndex(1)
        self.box.activated.connect(lambda _index: self.refresh())
        head.addWidget(caption)
        head.addWidget(self.box)
        head.addStretch(1)
        self.closed = QCheckBox()
        self.closed.setObjectName("settings.words.closed")
        self.say(self.closed.setText, N_("Only these words may be used"))
        self.say(self.closed.setAccessibleName, N_("Only these words may be used"))
        self.closed.clicked.connect(self._close)
        head.addWidget(self.closed)
        card.body.addLayout(head)
        self.tree = Tree(ctx, "settings.words.tree")
        self.say(self.tree.setAccessibleName, N_("Words"))
        self.tree.setEditTriggers(Tree.EditTrigger.NoEditTriggers)
        self.tree.setMinimumHeight(theme().metrics.tree_row * 11)
        self.tree.current_changed.connect(lambda _node: self._show_current())
        self.tree.moved.connect(self._moved)
        self.tree.delete_requested.connect(lambda _node: self.retire())
        self.tree.activated.connect(lambda _index: self.rename())
        self.tree.menu_for = lambda _node: self._row.menu(
            "settings.words.menu", ("rename", "merge", "up", "down", "retire", "restore")
        )
        card.body.addWidget(self.tree)
        self.empty = EmptyState("book", "", "", "settings.words.empty")
        card.body.addWidget(self.empty)
        self._add_commands(card.body)
        self._hint = hint = labels.caption("", "third")
        self.say(
            hint.setText, N_("The figure says how many records have the word. Alt+↑↓ or the mouse moves it.")
        )
        card.body.addWidget(hint)
        ctx.bus.watch(self, _WATCHED, lambda _changes: self.refresh())
        ctx.book_changed.connect(self.refresh)
        self._say_words()
        self.refresh()

    def _add_commands(self, body: QVBoxLayout) -> None:
        steps = (
            Step("new", N_("Add a word …"), self.add, "plus", "Ctrl+N", "primary"),
            Step("rename", N_("Rename …"), self.rename, "pencil", "F2"),
            Step("merge", N_("Merge into …"), self.merge, "link", "Ctrl+M"),
            Step("up", N_("Move the word up"), self._mover(-1), "arrow-up", "Alt+Up", ICON),
            Step("down", N_("Move the word down"), self._mover(1), "arrow-down", "Alt+Down", ICON),
            Step("retire", N_("Retire"), self.retire, "ban", "", "ghost"),
            Step("restore", N_("Offer again"), self.restore, "rotate-ccw", "", "ghost"),
            Step("collect", N_("Collect from records"), self.collect, "inbox", "", "ghost"),
        )
        self._row = CommandRow(self.ctx, self, "words", steps)
        body.addWidget(self._row)
        for name, kind in (("collect", "primary"), ("new", "")):
            made = button(self._row.actions_by_name[name], kind, icon="")
            made.setObjectName(f"words.{name}.empty")
            self.empty.add_button(made)

    def retranslate(self) -> None:
        """Words of the book have an English label, too."""
        super().retranslate()
        if hasattr(self, "_row"):
            self._say_words()
            self.refresh()

    def _say_words(self) -> None:
        for index, choice in enumerate(DICTIONARIES):
            self.box.setItemText(index, _(choice.label))
        self.empty.set_words(
            _("No words yet"),
            _(
                "Collect those that records have already, or add the first one. Until then anything may be typed."
            ),
        )

    # Reading and showing

    def dictionary(self) -> str:
        """Which dictionary is shown."""
        return str(self.box.currentData())

    def show_dictionary(self, name: str) -> None:
        """Shows another one."""
        self.box.setCurrentIndex(max(self.box.findData(name), 0))
        self.refresh()

    def refresh(self) -> None:
        """Reads words and how often they are used."""
        if self.ctx.book is None:
            return
        name = self.dictionary()

        def work(connection: Any) -> tuple[Dictionary, dict[str, int]]:
            from crmdesk.services import dictionaries

            return dictionaries.read(connection, name), dictionaries.usage(connection, name)

        self.ctx.read(work, owner=self, on_done=lambda found: self._show(*found), replaces="words")

    def _show(self, found: Dictionary, counts: dict[str, int]) -> None:
        self._found, self._counts = found, counts
        nodes = [self._node(entry) for entry in found.entries if entry.is_active]
        retired = [entry for entry in found.entries if not entry.is_active]
        if retired:
            nodes.append(
                TreeNode(_RETIRED, _("Retired"), may_move=False, may_rename=False, takes_children=False)
            )
            nodes += [self._node(entry, _RETIRED) for entry in retired]
        self.tree.set_nodes(nodes)
        if self._wanted is not None:
            self.tree.select(self._wanted)
            self._wanted = None
        if self.tree.current_id() is None and nodes:
            self.tree.select(nodes[0].id)
        self.tree.setVisible(bool(nodes))
        self.empty.setVisible(not nodes)
        self._row.setVisible(bool(nodes))
        self._hint.setVisible(bool(nodes))
        self.closed.setChecked(not found.is_open)
        self.closed.setEnabled(bool(found.offered))
        self._show_current()

    def _node(self, entry: Entry, parent: Any = None) -> TreeNode:
        label = entry.name if entry.label == entry.name else f"{entry.name}  ({entry.label})"
        return TreeNode(
            entry.name,
            label,
            parent,
            self._counts.get(entry.name, 0),
            may_move=entry.is_active,
            may_rename=False,
            takes_children=False,
        )

    def current(self) -> Entry | None:
        """The word with the cursor."""
        node = self.tree.current_id()
        entries = self._found.entries if self._found is not None else ()
        return next((entry for entry in entries if entry.name == node), None)

    def _show_current(self) -> None:
        found = self.current()
        is_active = found is not None and found.is_active
        self._row.set_possible(("up", "down", "retire"), is_active)
        self._row.set_possible(("rename", "merge"), found is not None)
        self._row.show_retired(found is not None and not found.is_active)

    # Doing

    def add(self) -> Dialog:
        """Asks for a word; it is offered from now on."""
        return self._ask(
            _("Add a word"), (NAME, LABEL_EN), {}, lambda values: ("dictionary.add", values), "newWord"
        )

    def rename(self) -> Dialog | None:
        """Asks for another word; every record that has the old one gets it."""
        found = self.current()
        if found is None:
            return None
        values = {"to": found.name, "label_en": found.label if found.label != found.name else ""}
        return self._ask(
            _("Rename “{name}”").format(name=found.name),
            (TO, LABEL_EN),
            values,
            lambda given: ("dictionary.rename", {"name": found.name, **given}),
            "renameWord",
            self._used_words(found),
        )

    def merge(self) -> Dialog | None:
        """Asks for the word that takes the place of this one."""
        found = self.current()
        if found is None or self._found is None:
            return None
        others = tuple(
            Choice(entry.name, entry.name) for entry in self._found.entries if entry.name != found.name
        )
        into = Field("into", Kind.CHOICE, N_("Into the word"), required=True, choices=others)
        return self._ask(
            _("Merge “{name}” into another word").format(name=found.name),
            (into,),
            {},
            lambda given: ("dictionary.merge", {"name": found.name, **given}),
            "mergeWord",
            self._used_words(found),
        )

    def _used_words(self, entry: Entry) -> str:
        count = self._counts.get(entry.name, 0)
        return counted(N_("{count} records have it; all of them change."), count) if count else ""

    def _ask(
        self,
        title: str,
        fields: tuple[Field, ...],
        values: dict[str, Any],
        request: Callable[[dict[str, Any]], tuple[str, dict[str, Any]]],
        name: str,
        text: str = "",
    ) -> Dialog:
        dialog = Dialog(self, title, name=name, width=64)
        if text:
            dialog.body.addWidget(Paragraph(text, "", "second"))
        form = Form(self.ctx, fields, values, name=f"{name}.form", columns_max=1, has_shortcuts=False)
        dialog.body.addWidget(form)

        def done(outcome: Outcome) -> None:
            self._wanted = outcome.result.get("name")
            dialog.accept()

        def submit() -> None:
            try:
                given = {key: plain(value) for key, value in form.values().items() if value is not None}
            except CrmdeskError:
                return
            use_case, arguments = request(given)
            self.ctx.run_use_case(
                use_case,
                {"dictionary": self.dictionary(), **arguments},
                owner=dialog,
                on_done=done,
                on_error=form.take_error,
            )

        form.submitted.connect(submit)
        dialog.add_cancel(f"{name}.cancel")
        dialog.add_action(_("Save"), f"{name}.save", form.submit, kind="primary", shortcut="Ctrl+S")
        dialog.show_sheet()
        form.focus_first()
        return dialog

    def retire(self) -> None:
        """No longer offered; records keep it."""
        found = self.current()
        if found is not None and found.is_active:
            self._run("dictionary.retire", {"name": found.name})

    def restore(self) -> None:
        """Offered again."""
        found = self.current()
        if found is not None and not found.is_active:
            self._run("dictionary.restore", {"name": found.name})

    def collect(self) -> None:
        """Takes in what records have already."""

        def done(outcome: Outcome) -> None:
            self.ctx.notices.toast(counted(N_("{count} words added."), int(outcome.result["added"])), "good")

        self.ctx.run_use_case(
            "dictionary.collect", {"dictionary": self.dictionary()}, owner=self, on_done=done
        )

    def _close(self, is_closed: bool) -> None:
        self._run("dictionary.update", {"open": not is_closed})

    def _run(self, use_case: str, arguments: dict[str, Any]) -> None:
        def failed(_error: Exception) -> bool:
            self.refresh()
            return False

        self.ctx.run_use_case(
            use_case, {"dictionary": self.dictionary(), **arguments}, owner=self, on_error=failed
        )

    def _mover(self, by: int) -> Callable[[], None]:
        def move() -> None:
            found = self.current()
            names = list(self._found.offered) if self._found is not None else []
            if found is None or found.name not in names:
                return
            place = names.index(found.name) + by
            if 0 <= place < len(names):
                self._moved(found.name, None, place)

        return move

    def _moved(self, node: Any, parent: Any, position: int) -> None:
        names = list(self._found.offered) if self._found is not None else []
        if parent is not None or node not in names:
            return
        names.remove(node)
        names.insert(min(position, len(names)), node)
        self._wanted = node
        self._run("dictionary.reorder", {"names": names})


def create(ctx: Context) -> QWidget:
    """The section."""
    return DictionariesSection(ctx)
