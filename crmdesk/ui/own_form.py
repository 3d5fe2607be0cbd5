"""Own fields in forms: declared ones beside ours, and a form of their own below a document that is being written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form

if TYPE_CHECKING:
    from crmdesk.services.custom_fields import CustomField
    from crmdesk.services.custom_forms import Section
    from crmdesk.ui.context import Context

PREFIX = "own_"
"""Before the name of an own field in a form: none of ours begins so."""
FIELDS = "fields"
"""The argument of a use case that takes their values."""
_FORMULA = "formula"
Values = dict[str, Any]


def declared(ctx: Context, record: str) -> list[Field]:
    """The own fields of a record that a form asks for, with their sections; formulas are reckoned, not asked for."""
    return [in_form(entry) for entry in ctx.own.of(record) if entry.kind != _FORMULA]


def in_form(entry: CustomField) -> Field:
    """An own field as a form has it; the book names it `fields.<name>` when it refuses a value."""
    field = entry.field
    choices = field.choices
    if field.kind is Kind.CHOICE and (field.required or field.default is not None):
        choices = (
            Choice("", ""),
            *choices,
        )  # a record without a value must not show the first choice as its own
    place = f"{FIELDS}.{entry.name}"
    return replace(field, name=PREFIX + entry.name, aliases=(place,), choices=choices, width=12)


def with_words(ctx: Context, record: str, fields: Iterable[Field]) -> list[Field]:
    """Fields that offer the words of their dictionary; a closed one takes no others."""
    made = []
    for field in fields:
        words = ctx.own.words(record, field.name) if field.kind is Kind.TEXT else None
        if words is None or not words.offered:
            made.append(field)
            continue
        choices = tuple(Choice(entry.name, entry.label) for entry in words.entries if entry.is_active)
        made.append(replace(field, choices=choices, kind=Kind.TEXT if words.is_open else Kind.CHOICE))
    return made


def shown(sections: Iterable[Section]) -> Values:
    """Values of a record for a form, by the names it has there."""
    return {
        PREFIX + one.field.name: one.plain
        for section in sections
        for one in section.fields
        if not one.is_formula
    }


def packed(request: Values) -> Values:
    """A request whose own fields stand where use cases want them; an emptied one is null."""
    own = {name.removeprefix(PREFIX): request.pop(name) for name in list(request) if name.startswith(PREFIX)}
    clear = [name for name in request.get("clear", ()) if not name.startswith(PREFIX)]
    own |= {name.removeprefix(PREFIX): None for name in request.pop("clear", ()) if name.startswith(PREFIX)}
    return request | ({"clear": clear} if clear else {}) | ({FIELDS: own} if own else {})


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Values:
    """What to ask for so that own fields become what stands there now."""
    found = {name: value for name, value in now.items() if before.get(name) != value}
    return found | {name: None for name in before if name not in now}


class OwnForm(QWidget):
    """The own fields of a record as a form inside another one; made anew when the book has others."""

    changed = Signal()
    submitted = Signal()
    """Enter on the last of them."""

    def __init__(self, ctx: Context, record: str, name: str, *, columns_max: int = 2) -> None:
        super().__init__()
        self.setObjectName(name)
        self._ctx, self._record, self._name, self._columns_max = ctx, record, name, columns_max
        self._fields: Sequence[Field] = ()
        self.form: Form | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.renew()

    def renew(self) -> bool:
        """Takes the fields that the book has now; whether they are others. What stood there is kept by name."""
        fields = declared(self._ctx, self._record)
        if fields == list(self._fields):
            return False
        kept = self.values()
        self._fields = fields
        if self.form is not None:
            self._layout.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        if not fields:
            self.hide()
        elif self.parentWidget() is not None:
            self.show()  # without a parent yet it would be a window of its own
        if fields:
            self.form = Form(
                self._ctx,
                fields,
                name=self._name,
                pickers=self._ctx.pickers,
                columns_max=self._columns_max,
                has_shortcuts=False,
                column_em=20,
            )
            self.form.changed.connect(lambda _name: self.changed.emit())
            self.form.submitted.connect(self.submitted)
            self._layout.addWidget(self.form)
            if kept:
                self.show_values(kept)
        return True

    def show_values(self, values: Mapping[str, Any] | None) -> None:
        """Shows plain values by short name; None shows the defaults of something new."""
        self.renew()
        if self.form is None:
            return
        if values is None:
            self.form.set_values({field.name: field.default for field in self._fields})
        else:
            self.form.set_values(
                {field.name: values.get(field.name.removeprefix(PREFIX)) for field in self._fields}
            )

    def values(self) -> Values:
        """What stands there as JSON holds it, by short name; empty ones left out."""
        if self.form is None:
            return {}
        return {
            name.removeprefix(PREFIX): plain(value)
            for name, value in self.form.plain_values().items()
            if value not in (None, "", []) and (value is not False or self._is_said(name))
        }

    def _is_said(self, name: str) -> bool:
        """Whether “no” is an answer: where one must be given, or where it was yes."""
        form = self.form
        return form is not None and (form.field(name).required or bool(form.clean_values().get(name)))

    def enter(self, otherwise: Callable[[], object]) -> None:
        """Enter before them goes to the first of them; without any it does something else."""
        if self.form is not None:
            self.form.focus_first()
        else:
            otherwise()

    def arguments(self) -> Values:
        """What the request of something new has of it."""
        own = self.values()
        return {FIELDS: own} if own else {}

    def check(self) -> None:
        """Raises InvalidInput for a field that cannot be taken, marked."""
        if self.form is not None:
            self.form.values()

    def typed_values(self) -> Values:
        """For the journal."""
        return self.form.typed_values() if self.form is not None else {}

    def restore(self, values: Mapping[str, Any]) -> None:
        """What the journal kept."""
        if self.form is not None:
            self.form.restore(values)

    def take_error(self, error: Exception) -> bool:
        """Shows an error under its field; False when it is about none of them."""
        return self.form is not None and self.form.take_error(error)
