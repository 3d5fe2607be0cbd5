"""One condition of a rule: what it asks about, how, and what it is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import clauses
from crmdesk.models.clauses import Clause
from crmdesk.models.fields import Field, Kind
from crmdesk.services.segment_terms import Term
from crmdesk.text import N_, _, in_all_languages
from crmdesk.ui.kit.commands import icon_button, plain_button
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.labels import Label, set_property
from crmdesk.ui.kit.pickers import LinkPicker, PickItem
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.rules.values import Editor, Making, NameSource, NoValue, argument_editor, editor_for
from crmdesk.ui.rules.words import JOINS, operator_words

if TYPE_CHECKING:
    from crmdesk.ui.rules.builder import GroupBox

_FIELD_EM, _OPERATOR_EM, _JOIN_EM = 24, 17, 6
_FIELD_EM_MOST = 36
_YES_NO_EM = 11
_FIELD_EM_TIGHT, _OPERATOR_EM_TIGHT = 19, 15
"""Where a measure takes two arguments: the whole condition still stands in one line of a small screen."""


def term_source(making: Making) -> NameSource:
    """What a condition may ask about, found by name in any language and by pinyin; its section stands beside it."""
    spoken = {term.name: (term.name, *in_all_languages(term.field.label)) for term in making.vocabulary.terms}
    items = [
        PickItem(term.name, _(term.field.label), "", _(term.section)) for term in making.vocabulary.terms
    ]
    return NameSource(items, lambda one: spoken[one.value])


class ConditionRow(Speaking, QWidget):
    """`edited` comes with every change, `done` when Enter was pressed in its last field."""

    edited = Signal()
    done = Signal()
    remove_requested = Signal()
    join_requested = Signal()

    def __init__(self, making: Making, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.group: GroupBox | None = None
        self._making = making
        self._terms = {term.name: term for term in making.vocabulary.terms}
        self._term: Term | None = None
        self._kept: dict[str, Any] | None = None
        """A condition on something that there is no more: kept as it was written until it is changed."""
        self._arguments: list[Editor] = []
        self._operator_least = theme().metrics.em(_OPERATOR_EM)
        sizes = theme().metrics
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(sizes.space(0.5))
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(sizes.space(1.5))
        outer.addLayout(line)
        self.join = plain_button("", f"{name}.join", "ghost")
        self.join.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Alt+O does it where the hands are
        self.join.setFixedWidth(sizes.em(_JOIN_EM) + sizes.space(3))
        self.join.clicked.connect(self.join_requested)
        line.addWidget(self.join)
        self.field = LinkPicker(
            making.host, term_source(making), Field("field", Kind.LINK, "", link="rule.field")
        )
        self.field.setObjectName(f"{name}.field")
        self.field.setFixedWidth(sizes.em(_FIELD_EM))
        self.say(self.field.setAccessibleName, N_("Field"))
        self.say(self.field.setPlaceholderText, N_("Field, by name or pinyin"))
        self.field.picked.connect(lambda item: self._use(item.value))
        line.addWidget(self.field)
        self._before = QHBoxLayout()
        self._before.setSpacing(sizes.space(2))
        line.addLayout(self._before)
        self.operator = Combo()
        self.operator.setObjectName(f"{name}.operator")
        self.operator.setFixedWidth(sizes.em(_OPERATOR_EM))
        self.say(self.operator.setAccessibleName, N_("Condition"))
        self.operator.activated.connect(lambda _index: self._use_operator())
        line.addWidget(self.operator)
        self._after = QHBoxLayout()
        line.addLayout(self._after, 1)
        self.value: Editor = NoValue(f"{name}.value")
        self._after.addWidget(self.value)
        self.remove = icon_button("x", "", f"{name}.remove")
        self.say(self.remove.setAccessibleName, N_("Take the condition out"))
        self.say(self.remove.setToolTip, N_("Take the condition out  Alt+Del"))
        self.remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.remove.clicked.connect(self.remove_requested)
        line.addWidget(self.remove)
        self.error = Label("", "caption", "danger")
        self.error.setContentsMargins(sizes.em(_JOIN_EM) + sizes.space(4), 0, 0, 0)
        outer.addWidget(self.error)
        self.error.hide()
        self.operator.hide()
        for one in (self.field, self.operator):
            one.installEventFilter(self)

    def show_join(self, kind: str) -> None:
        """The word that joins it with the others of its group."""
        self.join.setText(_(JOINS[kind]))
        self.join.setAccessibleName(_("Joined by: {word}").format(word=_(JOINS[kind])))
        self.join.setToolTip(_("Switch between and, or, nor  Alt+O"))

    # What it says

    def clause(self) -> Clause | None:
        """The condition; None while something is missing."""
        state = self.state()
        name, operator = state["field"], state["operator"]
        if not name or not operator:
            return None
        values, arguments = tuple(state["values"]), tuple(state["arguments"])
        if self._kept is None:
            if operator not in clauses.WITHOUT_VALUE and not values:
                return None
            if self._term is not None and len(arguments) < self._term.required:
                return None
        return Clause(name, operator, values, arguments)

    def is_empty(self) -> bool:
        """Whether nothing was chosen yet."""
        return self._term is None and self._kept is None and not self.field.text().strip()

    def state(self) -> dict[str, Any]:
        """As it stands, complete or not."""
        if self._kept is not None:
            return self._kept
        if self._term is None:
            return {"field": "", "operator": "", "values": [], "arguments": []}
        arguments = [text for one in self._arguments for text in one.texts()[:1]]
        return {
            "field": self._term.name,
            "operator": str(self.operator.currentData() or ""),
            "values": list(self.value.texts()),
            "arguments": arguments,
        }

    def show_state(self, state: dict[str, Any]) -> None:
        """Shows what `state` gave; without `edited`."""
        name = str(state.get("field", ""))
        if name and name not in self._terms:
            self._kept = dict(state)
            self.field.set_item(PickItem(name, name))
            return
        if not name:
            return
        self._take_term(self._terms[name], str(state.get("operator", "")))
        for editor, text in zip(
            self._arguments, (*map(str, state.get("arguments", ())), *("",) * 9), strict=False
        ):
            editor.show_texts((text,) if text else ())
        self.value.show_texts([str(one) for one in state.get("values", ())])

    def show_missing(self, is_missing: bool) -> None:
        """Says that something is missing, where it is."""
        self.error.setText(_("Complete this condition, or take it out (Alt+Del).") if is_missing else "")
        self.error.setVisible(is_missing)
        set_property(self.field, "invalid", "true" if is_missing and self._term is None else "false")

    # Choosing

    def _use(self, name: str) -> None:
        """Another field was chosen: its own operators, an empty value; the cursor goes on."""
        self._kept = None
        self._take_term(self._terms[name], "")
        self.edited.emit()
        stops = self.stops()
        if len(stops) > 1:
            stops[1].setFocus(Qt.FocusReason.TabFocusReason)

    def _take_term(self, term: Term, operator: str) -> None:
        self._term = term
        self.field.set_item(PickItem(term.name, _(term.field.label)))
        self.field.setToolTip("\n".join(filter(None, (_(term.field.label), _(term.formula)))))
        is_yes_no = term.field.kind is Kind.BOOLEAN
        is_tight = len(term.takes) > 1 and not is_yes_no
        sizes = theme().metrics
        self.field.setFixedWidth(
            self._field_width(term, sizes.em(_FIELD_EM_TIGHT if is_tight else _FIELD_EM))
        )
        width = _YES_NO_EM if is_yes_no else _OPERATOR_EM_TIGHT if is_tight else _OPERATOR_EM
        self._operator_least = sizes.em(width)
        self._clear(self._arguments)
        self._arguments = []
        for place in range(len(term.takes)):
            made = argument_editor(self._making, term, place, f"{self.objectName()}.argument{place}")
            self._adopt(made)
            self._before.addWidget(made)
            self._arguments.append(made)
            made.show_texts(("last_12m",) if term.takes[place] == "period" and place < term.required else ())
            if term.name == "spent":
                made.show_texts(("last_12m",))
        offered = list(term.operators)
        if operator and operator not in offered:
            offered.append(operator)  # somebody wrote it as text
        self.operator.clear()
        for one in offered:
            self.operator.addItem(operator_words(term.field, one), one)
        self.operator.setCurrentIndex(max(self.operator.findData(operator), 0))
        self.operator.fit(self._operator_least)
        self.operator.show()
        self._make_value(())

    def _field_width(self, term: Term, usual: int) -> int:
        """Wider for a long name where no argument needs the room, narrower for a short one where two do."""
        sizes = theme().metrics
        words = self.field.fontMetrics().horizontalAdvance(_(term.field.label)) + sizes.icon + sizes.space(9)
        if len(term.takes) > 1:
            return min(usual, max(words, sizes.em(_FIELD_EM_TIGHT)))
        return usual if term.takes else min(max(usual, words), sizes.em(_FIELD_EM_MOST))

    def _use_operator(self) -> None:
        self.operator.fit(self._operator_least)
        self._make_value(self.value.texts())
        self.edited.emit()

    def _make_value(self, texts: tuple[str, ...]) -> None:
        term = self._term
        if term is None:
            return
        made = editor_for(self._making, term, str(self.operator.currentData()), f"{self.objectName()}.value")
        self._clear([self.value])
        self.value = made
        self._adopt(made)
        self._after.addWidget(made)
        if texts:
            made.show_texts(texts)

    def _adopt(self, editor: Editor) -> None:
        editor.edited.connect(self._edited)
        for one in editor.fields():
            one.installEventFilter(self)

    def _edited(self) -> None:
        if self.error.text():
            self.show_missing(False)
        self.edited.emit()

    @staticmethod
    def _clear(editors: list[Editor]) -> None:
        for one in editors:
            one.hide()
            one.deleteLater()

    # Keys

    def stops(self) -> list[QWidget]:
        """Where Enter stops, from left to right."""
        found: list[QWidget] = [self.field]
        for one in self._arguments:
            found += one.stops()
        if not self.operator.isHidden():
            found.append(self.operator)
        return found + self.value.stops()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on to the next field; in the last one the condition is done."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        takes_enter = getattr(watched, "takes_enter", None)
        if takes_enter is not None and takes_enter():
            return False
        stops = self.stops()
        place = next((index for index, one in enumerate(stops) if one is watched), -1)
        if 0 <= place < len(stops) - 1:
            stops[place + 1].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.done.emit()
        return True
