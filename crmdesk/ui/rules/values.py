"""Editors of what a condition compares with. Each has `edited`, `texts()` (plain text as clauses keep it, empty while
something is missing) and `show_texts()`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from crmdesk.models import clauses
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.services import word_match
from crmdesk.services.lists import measures
from crmdesk.services.segment_terms import Term, Vocabulary
from crmdesk.text import _
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import Label
from crmdesk.ui.kit.number_editors import NumberEditor
from crmdesk.ui.kit.pickers import LinkPicker, PickerSource, PickItem
from crmdesk.ui.rules.base import Editor
from crmdesk.ui.rules.days import DayPoint, Days, Period


class NameSource:
    """A `PickerSource` of a few names that are all at hand, found as one types them, by pinyin as well."""

    def __init__(self, items: Sequence[PickItem], spoken: Callable[[PickItem], Sequence[str]]) -> None:
        self._items = list(items)
        self._spoken = spoken

    def search(self, text: str, limit: int) -> Sequence[PickItem]:
        """The best matches; the limit is meant for large sources."""
        del limit
        ranked = [(word_match.rank(text, self._spoken(one)), one) for one in self._items]
        found = [(rank, one) for rank, one in ranked if rank is not None]
        return [one for _rank, one in sorted(found, key=lambda pair: pair[0])]

    def recent(self, values: Sequence[str], limit: int) -> Sequence[PickItem]:
        """All of them, in their order: what belongs together stays together."""
        del values, limit
        return self._items

    def find(self, value: str) -> PickItem | None:
        """One by its value."""
        return next((one for one in self._items if one.value == value), None)


def names_of(values: Sequence[str]) -> NameSource:
    """Plain names; of a path the last part is the name and the rest stands beside it."""
    items = []
    for value in values:
        above, _slash, last = value.rpartition("/")
        items.append(PickItem(value, last, "", above))
    return NameSource(items, lambda one: (one.title, one.value))


class NoValue(Editor):
    """For “is empty”, “yes”, “no”."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.row.addStretch(1)

    def texts(self) -> tuple[str, ...]:
        """There is none, and none is missing."""
        return ()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Nothing to show."""


class OneText(Editor):
    """A word to look for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.line = QLineEdit()
        self.line.setMaxLength(400)
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        self.add(self.line, _("Value"), 1, suffix=".text")

    def texts(self) -> tuple[str, ...]:
        """The text."""
        return (self.line.text().strip(),) if self.line.text().strip() else ()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows it."""
        self.line.setText(texts[0] if texts else "")

    def fields(self) -> list[QWidget]:
        """One line."""
        return [self.line]


class Several(OneText):
    """A few words or numbers, separated by commas."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.line.setPlaceholderText(_("Separated by commas."))

    def texts(self) -> tuple[str, ...]:
        """Each of them."""
        words = self.line.text().replace("，", ",").replace("、", ",").split(",")
        return tuple(word.strip() for word in words if word.strip())

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows them."""
        self.line.setText(", ".join(texts))


class Amounts(Editor):
    """A number, or from one to another; with its unit behind it."""

    def __init__(self, name: str, field: Field, count: int, unit: str, currency: str) -> None:
        super().__init__(name)
        self._count = count
        self._numbers: list[NumberEditor] = []
        plain = replace(field, required=False, sign="any", default=None)
        for place in range(count):
            if place:
                self.row.addWidget(Label("–", "", "third"))
            made = NumberEditor(plain)
            made.setAlignment(Qt.AlignmentFlag.AlignLeft)
            if field.kind is Kind.MONEY:
                made.set_currency(currency)
                made.setPlaceholderText("0.00")
            made.edited.connect(self.edited)
            made.editingFinished.connect(made.settle)
            words = _("Value") if count == 1 else (_("To") if place else _("From"))
            self.add(made, words, 1, suffix=(".from", ".to")[place] if count > 1 else ".number")
            self._numbers.append(made)
        if unit:
            self.row.addWidget(Label(unit, "", "second"))

    def texts(self) -> tuple[str, ...]:
        """One or two numbers as decimal text; of two one may be open."""
        found = []
        for one in self._numbers:
            try:
                value = one.value()
            except InvalidInput:
                return ()
            found.append("" if value is None else _bare(value))
        return tuple(found) if any(found) else ()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows them."""
        for one, text in zip(self._numbers, (*texts, "", ""), strict=False):
            one.set_value(text or None)

    def fields(self) -> list[QWidget]:
        """One or two."""
        return list(self._numbers)


def _bare(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Names(Editor):
    """Several of some names: chosen ones as chips, and a field to find the next one. Backspace takes the last out."""

    def __init__(
        self, host: Host, name: str, source: PickerSource, link: str, *, is_many: bool = True
    ) -> None:
        super().__init__(name)
        self._is_many = is_many
        self._chosen: list[PickItem] = []
        self._chips: list[QPushButton] = []
        self._source = source
        self.picker = LinkPicker(host, source, Field("value", Kind.LINK, "", link=link))
        self.picker.setPlaceholderText(_("Name or pinyin"))
        self.add(self.picker, _("Values"), 1, suffix=".pick")
        self.picker.picked.connect(self._picked)
        if is_many:
            self.picker.installEventFilter(self)

    def _picked(self, item: PickItem) -> None:
        if self._is_many:
            self.picker.set_item(None)
            if item.value not in {one.value for one in self._chosen}:
                self._chosen.append(item)
                self._show_chips()
        self.edited.emit()

    def _show_chips(self) -> None:
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = []
        for place, item in enumerate(self._chosen):
            chip = QPushButton(item.title)
            chip.setProperty("kind", "filterChip")
            chip.setProperty("role", "valueChip")
            chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            set_icon(chip, "x", "third")
            words = _("Take out “{name}”").format(name=item.value)
            chip.setAccessibleName(words)
            chip.setToolTip(words)
            chip.setObjectName(f"{self.objectName()}.chip{place}")
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Backspace in the field does the same
            chip.setAutoDefault(False)
            chip.clicked.connect(lambda _checked=False, which=item: self._take_out(which))
            self.row.insertWidget(place, chip)
            self._chips.append(chip)

    def _take_out(self, item: PickItem) -> None:
        self._chosen = [one for one in self._chosen if one.value != item.value]
        self._show_chips()
        self.edited.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Backspace in the empty field takes the last name out."""
        if (
            watched is self.picker
            and event.type() is QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Backspace
            and not self.picker.text()
            and self._chosen
        ):
            self._take_out(self._chosen[-1])
            return True
        return super().eventFilter(watched, event)

    def texts(self) -> tuple[str, ...]:
        """The names."""
        if self._is_many:
            return tuple(one.value for one in self._chosen)
        value = self.picker.value()
        return (value,) if value else ()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows them; one that there is no more still stands, so that it can be taken out."""
        if not self._is_many:
            self.picker.set_value(texts[0] if texts else None)
            return
        local = self._source if isinstance(self._source, NameSource) else None
        self._chosen = [
            (local.find(one) if local is not None else None) or PickItem(one, one.rpartition("/")[2])
            for one in texts
        ]
        self._show_chips()

    def fields(self) -> list[QWidget]:
        """The field to find with."""
        return [self.picker]


class Making(NamedTuple):
    """What editors are made of."""

    host: Host
    vocabulary: Vocabulary
    pickers: dict[str, Any]


def editor_for(making: Making, term: Term, operator: str, name: str) -> Editor:
    """The editor of what a term is compared with by an operator."""
    field = term.field
    if operator in clauses.WITHOUT_VALUE:
        return NoValue(name)
    if operator == clauses.PERIOD:
        return Period(name, may_be_next=True)
    if operator in (clauses.ANY_OF, clauses.NONE_OF):
        if field.choices:
            items = [PickItem(one.value, _(one.label)) for one in field.choices]
            source: PickerSource = NameSource(items, lambda one: (one.title, one.value))
        elif field.kind is Kind.LIST or making.vocabulary.names.get(term.name):
            source = names_of(making.vocabulary.names.get(term.name, ()))
        else:
            return Several(name)
        return Names(making.host, name, source, f"rule.{term.name}")
    if field.kind in NUMBERS:
        unit = _(term.unit) if term.unit == "days" else ""
        return Amounts(name, field, 2 if operator == clauses.BETWEEN else 1, unit, making.vocabulary.currency)
    if field.kind in clauses.DAYS:
        return Days(name) if operator == clauses.BETWEEN else DayPoint(name)
    return OneText(name)


def argument_editor(making: Making, term: Term, place: int, name: str) -> Editor:
    """The editor of what a measure is asked of: a period, a product, a category of products."""
    takes = term.takes[place]
    if takes == "period":
        return Period(name, may_be_ever=place >= term.required)
    if takes == "product":
        return Names(making.host, name, making.pickers["product"], "product", is_many=False)
    words = measures.WORDS.get(takes, ())
    if words:
        items = [PickItem(one.value, _(one.label)) for one in words]
        source = NameSource(items, lambda one: (one.title, one.value))
    else:
        source = names_of(making.vocabulary.names.get(takes, ()))
    return Names(making.host, name, source, f"rule.{takes}", is_many=False)
