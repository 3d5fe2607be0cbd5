"""The builder of a rule: conditions in nested groups, or the same as text; both ways at any time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from crmdesk.models import clauses, clock
from crmdesk.models.clauses import Clause, Group, Tree
from crmdesk.models.errors import CrmdeskError
from crmdesk.services import segment_rules
from crmdesk.services.lists.clause_trees import tree_of
from crmdesk.services.segment_terms import Vocabulary
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.labels import Label, Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.rules.row import ConditionRow
from crmdesk.ui.rules.values import Making
from crmdesk.ui.rules.words import HEADS, JOINS, KINDS

State = dict[str, Any]
_DEPTH_MAX = 4


class GroupBox(Speaking, QWidget):
    """Conditions and groups of which all, any or none must hold. The root has no bar and no word before it."""

    def __init__(self, builder: RuleBuilder, group: GroupBox | None, kind: str) -> None:
        super().__init__()
        self.group = group
        self.kind = kind
        self.parts: list[ConditionRow | GroupBox] = []
        self._builder = builder
        sizes = theme().metrics
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(sizes.space(1.5))
        self.join = plain_button("", "rule.group.join", "ghost")
        if group is not None:
            self.join.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.join.setFixedWidth(sizes.em(6) + sizes.space(3))
            self.join.clicked.connect(lambda _checked=False: builder.switch(self.group))
            outer.addWidget(self.join, 0, Qt.AlignmentFlag.AlignTop)
            bar = QFrame()
            bar.setProperty("role", "groupBar")
            bar.setFixedWidth(max(2, sizes.space(0.5)))
            outer.addWidget(bar)
        else:
            self.join.setParent(self)
            self.join.hide()
        inner = QVBoxLayout()
        inner.setSpacing(sizes.space(2))
        outer.addLayout(inner, 1)
        self.lines = QVBoxLayout()
        self.lines.setSpacing(sizes.space(2))
        inner.addLayout(self.lines)
        ways = QHBoxLayout()
        ways.setSpacing(sizes.space(1.5))
        inner.addLayout(ways)
        self.add_condition = plain_button("", "rule.add", "addChip", "plus")
        self.add_condition.clicked.connect(lambda _checked=False: builder.add_condition(self))
        self.say(self.add_condition.setText, N_("Condition"))
        self.say(self.add_condition.setAccessibleName, N_("Add a condition"))
        self.say(self.add_condition.setToolTip, N_("Add a condition  Alt+N"))
        ways.addWidget(self.add_condition)
        self.add_group = plain_button("", "rule.addGroup", "addChip", "plus")
        self.add_group.clicked.connect(lambda _checked=False: builder.add_group(self))
        self.say(self.add_group.setText, N_("Group of conditions"))
        self.say(self.add_group.setAccessibleName, N_("Add a group of conditions"))
        self.say(self.add_group.setToolTip, N_("Add a group of conditions  Alt+G"))
        ways.addWidget(self.add_group)
        self.add_group.setVisible(self.nesting < _DEPTH_MAX)
        ways.addStretch(1)

    @property
    def nesting(self) -> int:
        """How many groups it lies in."""
        return 0 if self.group is None else self.group.nesting + 1

    def retranslate(self) -> None:
        """Words of the joins."""
        super().retranslate()
        self.say_joins()

    def say_joins(self) -> None:
        """The word between its parts."""
        for part in self.parts:
            if isinstance(part, ConditionRow):
                part.show_join(self.kind)
            else:
                part.join.setText(_(JOINS[self.kind]))
                part.join.setAccessibleName(_("Joined by: {word}").format(word=_(JOINS[self.kind])))
                part.join.setToolTip(_("Switch between and, or, nor  Alt+O"))

    def put(self, part: ConditionRow | GroupBox, place: int) -> None:
        """Takes a part in."""
        part.group = self
        self.parts.insert(place, part)
        self.lines.insertWidget(place, part)
        self.say_joins()

    def take(self, part: ConditionRow | GroupBox) -> int:
        """Takes a part out; where it was."""
        place = self.parts.index(part)
        self.parts.remove(part)
        self.lines.removeWidget(part)
        return place

    def rows(self) -> Iterator[ConditionRow]:
        """Every condition in it and below it."""
        for part in self.parts:
            if isinstance(part, ConditionRow):
                yield part
            else:
                yield from part.rows()

    def tree(self) -> Group:
        """What is complete of it; groups without anything are left out."""
        found: list[Tree] = []
        for part in self.parts:
            tree = part.clause() if isinstance(part, ConditionRow) else part.tree()
            if isinstance(tree, Clause) or (tree is not None and tree.parts):
                found.append(tree)
        return Group(self.kind, tuple(found))

    def state(self) -> State:
        """All of it as plain data, complete or not."""
        return {"kind": self.kind, "parts": [part.state() for part in self.parts]}


class RuleBuilder(Speaking, QWidget):
    """`changed` comes with every change of the rule. `tree()` is what is complete of it, `state()` all of it.

    Its keys are heard in the whole `owner`: who writes the name may look at the text, or add a condition.
    """

    changed = Signal()

    def __init__(self, ctx: Context, owner: QWidget) -> None:
        super().__init__()
        self.setObjectName("rule")
        self._ctx = ctx
        self._vocabulary = Vocabulary((), {}, "")
        self._count = 0
        sizes = theme().metrics
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(sizes.space(1.5))
        head = QHBoxLayout()
        self.head = Label("", "caption", "second")
        self.head.setObjectName("rule.head")
        head.addWidget(self.head, 1)
        self.text_action = ctx.commands.add(
            Command("rule.asText", N_("As text"), self.switch_view, "", "Alt+T"), owner
        )
        self.text_button = button(self.text_action, "link")
        head.addWidget(self.text_button)
        outer.addLayout(head)
        card = QFrame()
        card.setProperty("role", "card")
        card.setProperty("tone", "raised")
        body = QVBoxLayout(card)
        body.setContentsMargins(sizes.space(3), sizes.space(3), sizes.space(3), sizes.space(3))
        # Hidden and shown, not stacked: the higher of two would stretch the other.
        self._rows = QWidget()
        self._rows_layout = QVBoxLayout(self._rows)
        self._rows_layout.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self._rows)
        self._written = QWidget()
        column = QVBoxLayout(self._written)
        column.setContentsMargins(0, 0, 0, 0)
        self.text = QPlainTextEdit()
        self.text.setObjectName("rule.text")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(sizes.line * 5)
        self.say(self.text.setAccessibleName, N_("The rule as text"))
        self.text.textChanged.connect(self._typed)
        column.addWidget(self.text)
        hint = Paragraph("", "caption", "second")
        self.say(
            hint.setText,
            N_("Such as: spent(last 12m) >= 50000 and (days_to_pay < 15 or tag in (VIP, 老客户))"),
        )
        column.addWidget(hint)
        body.addWidget(self._written)
        self._written.hide()
        outer.addWidget(card)
        self.error = Paragraph("", "caption", "danger")
        self.error.setObjectName("rule.error")
        outer.addWidget(self.error)
        self.error.hide()
        for command in (
            Command("rule.addCondition", N_("Add a condition"), self.add_condition, "plus", "Alt+N"),
            Command("rule.addGroup", N_("Add a group of conditions"), self.add_group, "plus", "Alt+G"),
            Command("rule.remove", N_("Take the condition out"), self.remove_current, "x", "Alt+Del"),
            Command("rule.up", N_("Move the condition up"), lambda: self.shift(-1), "arrow-up", "Alt+Up"),
            Command(
                "rule.down", N_("Move the condition down"), lambda: self.shift(1), "arrow-down", "Alt+Down"
            ),
            Command("rule.switch", N_("Switch between and, or, nor"), self.switch, "refresh-cw", "Alt+O"),
        ):
            ctx.commands.add(command, owner)
        self.root = GroupBox(self, None, clauses.ALL)
        self._rows_layout.addWidget(self.root)
        self.retranslate()

    def retranslate(self) -> None:
        """The sentence over the rows."""
        super().retranslate()
        if hasattr(self, "root"):
            self.head.setText(_("The rule as text") if self.is_text else _(HEADS[self.root.kind]))
            self.text_action.setText(_("As rows") if self.is_text else _("As text"))

    # What it holds

    def use(self, vocabulary: Vocabulary) -> None:
        """What rules may speak of, read from the book."""
        self._vocabulary = vocabulary

    @property
    def is_text(self) -> bool:
        """Whether the text is shown."""
        return not self._written.isHidden()

    def tree(self) -> Group:
        """What is complete of the rule. Raises InvalidInput where it is text that cannot be read."""
        return _read(self.text.toPlainText(), self._vocabulary) if self.is_text else self.root.tree()

    def missing(self) -> list[ConditionRow]:
        """The conditions that are not complete; an empty first row alone is none."""
        if self.is_text:
            return []
        rows = list(self.root.rows())
        return [one for one in rows if one.clause() is None and not (one.is_empty() and len(rows) == 1)]

    def show_missing(self) -> bool:
        """Marks what is not complete, and puts the cursor there; whether there is anything."""
        found = self.missing()
        for one in self.root.rows():
            one.show_missing(one in found)
        if found:
            stops = found[0].stops()
            stops[-1].setFocus(Qt.FocusReason.TabFocusReason)
        return bool(found)

    def state(self) -> State:
        """All of it, as the draft journal keeps it."""
        if self.is_text:
            return {"text": self.text.toPlainText()}
        return self.root.state()

    def show_state(self, state: State) -> None:
        """Shows what `state` gave, without `changed`."""
        if "text" in state:
            self._show_text(str(state["text"]))
            return
        self._show_rows(state)

    def show_tree(self, tree: Group) -> None:
        """Shows a rule, without `changed`; one without conditions gets an empty row to begin with."""
        self._show_rows(_state_of(tree))

    def _show_rows(self, state: State) -> None:
        self.set_error("")
        self._rows_layout.removeWidget(self.root)
        self.root.hide()
        self.root.deleteLater()
        self.root = self._made_group(None, state)
        self._rows_layout.addWidget(self.root)
        if not any(True for _one in self.root.rows()):
            self.root.put(self._made_row(), 0)
        self._written.hide()
        self._rows.show()
        self.retranslate()

    def _show_text(self, text: str) -> None:
        self.text.blockSignals(True)
        self.text.setPlainText(text)
        self.text.blockSignals(False)
        self._rows.hide()
        self._written.show()
        self.retranslate()

    def _made_group(self, above: GroupBox | None, state: State) -> GroupBox:
        kind = str(state.get("kind", clauses.ALL))
        box = GroupBox(self, above, kind if kind in KINDS else clauses.ALL)
        for part in state.get("parts", ()):
            if "parts" in part:
                made: ConditionRow | GroupBox = self._made_group(box, part)
            else:
                row = self._made_row()
                row.show_state(part)
                made = row
            box.put(made, len(box.parts))
        return box

    def _made_row(self) -> ConditionRow:
        self._count += 1
        making = Making(self._ctx, self._vocabulary, self._ctx.pickers)
        row = ConditionRow(making, f"rule.row{self._count}")
        row.edited.connect(self._changed)
        row.done.connect(lambda: self._after(row))
        row.remove_requested.connect(lambda: self._remove(row))
        row.join_requested.connect(lambda: self.switch(row.group))
        return row

    def _changed(self) -> None:
        self.set_error("")
        self.changed.emit()

    def set_error(self, words: str) -> None:
        """What the book says against the rule, under it."""
        self.error.setText(words)
        self.error.setVisible(bool(words))

    # As text

    def switch_view(self) -> None:
        """Rows or text; what cannot be read stays text, with the reason under it."""
        if not self.is_text:
            tree = self.root.tree()
            self._show_text(clauses.text_of(tree) if tree.parts else "")
            self.text.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        try:
            tree = _read(self.text.toPlainText(), self._vocabulary)
        except CrmdeskError as error:
            self.set_error(sentence(error))
            return
        self.show_tree(tree)
        self.focus_first()

    def _typed(self) -> None:
        self._changed()

    # Rows

    def focus_first(self) -> None:
        """Puts the cursor into the first field."""
        row = next(self.root.rows(), None)
        target = self.text if self.is_text else row.field if row is not None else self.root.add_condition
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def current(self) -> ConditionRow | None:
        """The condition that has the keyboard."""
        focused = QApplication.focusWidget()
        if focused is None:
            return None
        return next((row for row in self.root.rows() if row.isAncestorOf(focused)), None)

    def add_condition(self, box: GroupBox | None = None) -> None:
        """An empty condition: at the end of a group, or behind the one that has the keyboard."""
        if self.is_text:
            return
        current = self.current() if box is None else None
        target = box or (current.group if current is not None else None) or self.root
        place = target.parts.index(current) + 1 if current in target.parts else len(target.parts)
        row = self._made_row()
        target.put(row, place)
        row.field.setFocus(Qt.FocusReason.TabFocusReason)
        self._changed()

    def add_group(self, box: GroupBox | None = None) -> None:
        """A group with one empty condition; of a group of “and” it is one of “or”, and the other way round."""
        if self.is_text:
            return
        current = self.current() if box is None else None
        target = box or (current.group if current is not None else None) or self.root
        if target.nesting >= _DEPTH_MAX:
            return
        kind = clauses.ANY if target.kind == clauses.ALL else clauses.ALL
        made = GroupBox(self, target, kind)
        place = target.parts.index(current) + 1 if current in target.parts else len(target.parts)
        target.put(made, place)
        row = self._made_row()
        made.put(row, 0)
        row.field.setFocus(Qt.FocusReason.TabFocusReason)
        self._changed()

    def remove_current(self) -> None:
        """Takes the condition out that has the keyboard."""
        row = self.current()
        if row is not None:
            self._remove(row)

    def _remove(self, row: ConditionRow) -> None:
        rows = list(self.root.rows())
        place = rows.index(row)
        rows.remove(row)
        self._take_out(row)
        if not rows:
            self.root.put(self._made_row(), 0)
        following = list(self.root.rows())
        target = following[min(place, len(following) - 1)]
        target.field.setFocus(Qt.FocusReason.TabFocusReason)
        self._changed()

    def _take_out(self, part: ConditionRow | GroupBox) -> None:
        """Takes a part out, and with it groups that are empty then."""
        box = part.group
        if box is None:
            return
        box.take(part)
        part.hide()
        part.deleteLater()
        if not box.parts and box.group is not None:
            self._take_out(box)

    def shift(self, by: int) -> None:
        """Moves the condition with the keyboard up or down: past its neighbours, into groups and out of them."""
        row = self.current()
        box = row.group if row is not None else None
        if row is None or box is None:
            return
        focused = QApplication.focusWidget()
        place = box.parts.index(row)
        neighbour = box.parts[place + by] if 0 <= place + by < len(box.parts) else None
        if neighbour is None and box.group is None:
            return
        box.take(row)
        if isinstance(neighbour, GroupBox):
            neighbour.put(row, 0 if by > 0 else len(neighbour.parts))
        elif neighbour is not None:
            box.put(row, place + by)
        elif box.group is not None:
            above = box.group
            above.put(row, above.parts.index(box) + (1 if by > 0 else 0))
            if not box.parts:
                self._take_out(box)
        row.show()
        if focused is not None:
            focused.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def switch(self, box: GroupBox | None = None) -> None:
        """All, any, none: the next of them, for a group or that of the condition with the keyboard."""
        current = self.current()
        target = box or (current.group if current is not None else None) or self.root
        target.kind = KINDS[(KINDS.index(target.kind) + 1) % len(KINDS)]
        target.say_joins()
        self.retranslate()
        self._changed()

    def _after(self, row: ConditionRow) -> None:
        """Enter in the last field: on to the next condition; behind the last one a new one, if this one is whole."""
        rows = list(self.root.rows())
        place = rows.index(row)
        if place + 1 < len(rows):
            rows[place + 1].field.setFocus(Qt.FocusReason.TabFocusReason)
        elif row.clause() is not None:
            self.add_condition()
        else:
            row.show_missing(True)


def _state_of(tree: Tree) -> State:
    if isinstance(tree, Clause):
        return {**clauses.as_plain(tree), "arguments": list(tree.arguments)}
    return {"kind": tree.kind, "parts": [_state_of(part) for part in tree.parts]}


def _read(text: str, vocabulary: Vocabulary) -> Group:
    """A rule as it was typed. Raises InvalidInput."""
    return tree_of(segment_rules.read(text, clock.today(), vocabulary.fields or segment_rules.fields()))
