"""The sheet of one condition: an operator fit for the column's kind, and its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from crmdesk.models import clauses, validation
from crmdesk.models.clauses import Clause
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import CHOICES, NUMBERS, Choice, Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.filter_words import OPERATORS, PERIODS
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.host import Host

_OPERATOR, _VALUE, _FIRST, _LAST, _PERIOD, _LINKED = "operator", "value", "first", "last", "period", "linked"
_PICK = "pick_"
"""Before the number of a choice: the name of its check box."""


class FilterSheet(Dialog):
    """Asks for one condition on `field`; `on_given(clause)` is called with what was chosen."""

    def __init__(
        self,
        host: Host,
        parent: QWidget,
        field: Field,
        clause: Clause | None,
        on_given: Callable[[Clause], object],
    ) -> None:
        title = _("Filter: {field}").format(field=_(field.label))
        super().__init__(parent, title, name="filter", width=64)
        self._field = field
        self._on_given = on_given
        self._pickers = getattr(host, "pickers", {})
        self._allowed = clauses.operators(field)
        self._has_choices = field.kind in CHOICES or (field.kind is Kind.LIST and bool(field.choices))
        fields = self._fields()
        self.form = Form(
            host,
            fields,
            self._values(clause),
            name="filter.form",
            pickers=self._pickers,
            columns_max=2,
            spans={_OPERATOR: 2, _VALUE: 2, _PERIOD: 2, _LINKED: 2},
            has_shortcuts=False,
            column_em=20,
        )
        self.body.addWidget(self.form)
        self.form.changed.connect(self._changed)
        self.form.submitted.connect(self._take)
        self.add_cancel("filter.cancel")
        self.add_action(_("Show"), "filter.save", self.form.submit, kind="primary", shortcut="Ctrl+S")
        self._show_parts()
        self._focus_value()

    # The form

    @property
    def _has_picker(self) -> bool:
        return self._field.kind is Kind.LINK and self._field.link in self._pickers

    def _fields(self) -> list[Field]:
        field = self._field
        choices = tuple(Choice(name, OPERATORS[name]) for name in self._allowed)
        made = [Field(_OPERATOR, Kind.CHOICE, N_("Condition"), choices=choices, default=self._allowed[0])]
        if self._has_choices:
            made += [
                Field(f"{_PICK}{number}", Kind.BOOLEAN, choice.label)
                for number, choice in enumerate(field.choices)
            ]
            return made
        kind = Kind.DATE if field.kind in clauses.DAYS else field.kind if field.kind in NUMBERS else Kind.TEXT
        plain = replace(
            field, kind=kind, required=False, default=None, help="", section="", sign="any", choices=()
        )
        if _allows(self._allowed, clauses.IS, clauses.CONTAINS):
            made.append(replace(plain, name=_VALUE, label=N_("Value")))
        if self._has_picker:
            made.append(
                replace(
                    field, name=_LINKED, label=field.label, required=False, default=None, help="", section=""
                )
            )
        if clauses.BETWEEN in self._allowed:
            made.append(replace(plain, name=_FIRST, label=N_("From")))
            made.append(replace(plain, name=_LAST, label=N_("To")))
        if clauses.PERIOD in self._allowed:
            periods = tuple(Choice(name, PERIODS[name]) for name in clauses.PERIODS)
            made.append(Field(_PERIOD, Kind.CHOICE, N_("Period"), choices=periods, default="month"))
        return made

    def _values(self, clause: Clause | None) -> dict[str, Any]:
        if clause is None or clause.operator not in self._allowed:
            return {}
        values: dict[str, Any] = {_OPERATOR: clause.operator}
        if self._has_choices:
            for number, choice in enumerate(self._field.choices):
                values[f"{_PICK}{number}"] = choice.value in clause.values
        elif clause.operator == clauses.BETWEEN:
            values |= dict(zip((_FIRST, _LAST), map(self._typed, clause.values), strict=False))
        elif clause.operator == clauses.PERIOD:
            values[_PERIOD] = clause.values[0] if clause.values else "month"
        elif clause.values:
            values[_LINKED if self._uses_picker(clause.operator) else _VALUE] = self._typed(clause.values[0])
        return values

    def _typed(self, text: str) -> Any:
        return Decimal(text) if text and self._field.kind in NUMBERS else text

    def _uses_picker(self, operator: str) -> bool:
        return self._has_picker and operator in (clauses.IS, clauses.IS_NOT)

    def _operator(self) -> str:
        return str(self.form.value(_OPERATOR))

    def _changed(self, name: str) -> None:
        if name == _OPERATOR:
            self._show_parts()
            self.adjustSize()

    def _show_parts(self) -> None:
        operator = self._operator()
        has_value = operator not in clauses.WITHOUT_VALUE
        shown = {
            _VALUE: has_value
            and operator not in (clauses.BETWEEN, clauses.PERIOD)
            and not self._uses_picker(operator),
            _LINKED: self._uses_picker(operator),
            _FIRST: operator == clauses.BETWEEN,
            _LAST: operator == clauses.BETWEEN,
            _PERIOD: operator == clauses.PERIOD,
        }
        for name in self.form.field_names():
            if name != _OPERATOR:
                self.form.show_field(name, has_value if name.startswith(_PICK) else shown[name])

    def _focus_value(self) -> None:
        """The operator stands already on the usual one: typing begins with the value."""
        names = [name for name in self.form.field_names() if not self.form.editor(name).isHidden()]
        wanted = next((name for name in names[1:] if self._is_shown(name)), _OPERATOR)
        editor = self.form.editor(wanted)
        from PySide6.QtCore import QTimer

        QTimer.singleShot(0, editor, lambda: editor.setFocus(Qt.FocusReason.TabFocusReason))

    def _is_shown(self, name: str) -> bool:
        cell = self.form.editor(name).parentWidget()
        return cell is not None and not cell.isHidden()

    # The answer

    def _take(self) -> None:
        try:
            clause = self._clause()
        except InvalidInput as error:
            self.form.take_error(error)
            return
        self.accept()
        self._on_given(clause)

    def _clause(self) -> Clause:
        """What was chosen; every wrong value has its sentence."""
        values = self.form.values()
        operator = str(values[_OPERATOR])
        name = self._field.name
        if operator in clauses.WITHOUT_VALUE:
            return Clause(name, operator)
        if operator in (clauses.ANY_OF, clauses.NONE_OF):
            picked = [
                choice.value
                for number, choice in enumerate(self._field.choices)
                if values[f"{_PICK}{number}"]
            ]
            if not picked:
                raise InvalidInput(Code.INVALID_CHOICE, _("Choose at least one."), field=f"{_PICK}0")
            return Clause(name, operator, tuple(picked))
        if operator == clauses.PERIOD:
            return Clause(name, operator, (str(values[_PERIOD]),))
        if operator == clauses.BETWEEN:
            return Clause(name, operator, self._ends(values[_FIRST], values[_LAST]))
        place = _LINKED if self._uses_picker(operator) else _VALUE
        if values[place] in (None, ""):
            raise validation.missing(place)
        return Clause(name, operator, (_plain(values[place]),))

    def _ends(self, first: Any, last: Any) -> tuple[str, str]:
        if first is None and last is None:
            raise InvalidInput(Code.OUT_OF_RANGE, _("Please fill in at least one of the two."), field=_FIRST)
        if first is not None and last is not None and first > last:
            is_day = self._field.kind in clauses.DAYS
            raise InvalidInput(
                Code.DATE_ORDER if is_day else Code.OUT_OF_RANGE,
                _("The last day is before the first one.") if is_day else _("“To” is less than “From”."),
                field=_LAST,
            )
        return _plain(first), _plain(last)


def _allows(allowed: tuple[str, ...], *wanted: str) -> bool:
    return any(name in allowed for name in wanted)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
