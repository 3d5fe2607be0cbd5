"""The sheet of one own field: its kind with what that means, its choices, a formula that is tried while one types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import custom_fields as specs
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.kit.columns import shown
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.custom_fields import CustomField
    from crmdesk.services.custom_trials import Nameable, Trial
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.context import Context

NAME = "ownField"
MEANINGS = {
    "text": N_("One line of words, such as a plate number."),
    "long_text": N_("Several lines, such as how to find the gate."),
    "number": N_("A number with decimals, such as square metres."),
    "money": N_("An amount in the record's currency; lists add it up."),
    "date": N_("A day; filters know this month, last quarter and so on."),
    "choice": N_("One of a few words, each with a colour of its own."),
    "multi_choice": N_("Any number of a few words."),
    "yes_no": N_("A tick."),
    "link": N_("Another customer, product or contact; it opens from there."),
    "formula": N_("Reckoned from other fields and figures whenever it is read; nobody types it."),
}
_TRY_DELAY_MS = 250
_WORDS_MAX = 130
_DEFAULTS = frozenset({"text", "long_text", "number", "money", "date", "choice"})
_UNIQUE = frozenset({"text", "number", "money", "date", "choice", "link"})
_SEARCHED = frozenset({"text", "choice"})
_KIND_OF_RESULT = {
    "number": Kind.QUANTITY,
    "money": Kind.MONEY,
    "date": Kind.DATE,
    "yes_no": Kind.BOOLEAN,
    "text": Kind.TEXT,
}
_BY_NAME = {field.name: field for field in specs.DETAILS}


def _fields(sections: Sequence[str], *, is_new: bool) -> list[Field]:
    by_name = _BY_NAME
    titles = tuple(Choice(title, title) for title in sections)
    first = [specs.LABEL, specs.LABEL_EN]
    if is_new:
        first = [specs.LABEL, specs.LABEL_EN, replace(specs.KIND, default="text"), specs.TARGET]
    return [
        *first,
        by_name["choices"],
        replace(by_name["formula"], required=False),
        replace(by_name["section"], choices=titles, help=""),
        Field("default", Kind.TEXT, N_("Default")),
        by_name["help"],
        *([replace(specs.NAME, required=False)] if is_new else []),
        *(
            replace(by_name[name], help="")
            for name in ("required", "unique", "shown", "printed", "searchable")
        ),
    ]


class OwnFieldDialog(FormDialog):
    """Defines a field of a record, or changes one. `sections` are the titles that are there already."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        record: str,
        found: CustomField | None = None,
        *,
        sections: Sequence[str] = (),
        section: str = "",
        entry: Entry | None = None,
    ) -> None:
        records = {choice.value: choice.label for choice in specs.RECORDS}
        title = _("New own field") if found is None else found.field.label
        super().__init__(parent, title, name=NAME, subtitle=_(records[record]), width=126)
        self._ctx, self._record, self._found = ctx, record, found
        self.meaning = Paragraph("", "", "second")
        self.meaning.setObjectName(f"{NAME}.meaning")
        self.fields = Form(
            ctx,
            _fields(sections, is_new=found is None),
            _values(found) if found is not None else {"kind": "text", "shown": True, "section": section},
            name=f"{NAME}.form",
            columns_max=3,
            has_shortcuts=False,
            column_em=30,
        )
        self.body.addWidget(self.meaning)
        self.set_form(self.fields)
        self._build_trial()
        self.fields.changed.connect(self._changed)
        self.fields.submitted.connect(self.submit)
        self.add_cancel(f"{NAME}.cancel")
        self.add_action(_("Save"), f"{NAME}.save", self.fields.submit, kind="primary", shortcut="Ctrl+S")
        self.keep_safe(
            ctx,
            NAME,
            record=found.column if found is not None else "",
            title=lambda: str(self.fields.value("label") or ""),
            about=lambda: {"record": record, "field": found.name if found is not None else ""},
            entry=entry,
        )
        self._show_parts()
        self.fields.focus_field("label")

    def _build_trial(self) -> None:
        """Under a formula: what may be named, and what it gives for a real record."""
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().metrics.space(3))
        self.names = Combo()
        self.names.setObjectName(f"{NAME}.names")
        self.names.setAccessibleName(_("Insert a field"))
        self.names.setToolTip(_("Puts the name of a field into the formula"))
        self.names.setMinimumContentsLength(16)
        self.names.activated.connect(self._insert)
        row.addWidget(self.names)
        self.trial = Paragraph("", "", "second")
        self.trial.setObjectName(f"{NAME}.trial")
        row.addWidget(self.trial, 1)
        # Right under the formula, where the eye is.
        cell = self.fields.editor("formula").parentWidget().layout()
        cell.insertWidget(2, self._row)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TRY_DELAY_MS)
        self._timer.timeout.connect(self._try)

    def kind(self) -> str:
        """The kind that is chosen, or that the field has."""
        return self._found.kind if self._found is not None else str(self.fields.value("kind") or "text")

    # While typing

    def _changed(self, name: str) -> None:
        if name == "kind":
            self._show_parts()
        elif name == "formula":
            self._timer.start()

    def _show_parts(self) -> None:
        kind = self.kind()
        is_formula = kind == "formula"
        self.meaning.setText(_(MEANINGS[kind]))
        wanted = {
            "target": kind == "link",
            "choices": kind in ("choice", "multi_choice"),
            "formula": is_formula,
            "default": kind in _DEFAULTS,
            "required": not is_formula,
            "unique": kind in _UNIQUE,
            "searchable": kind in _SEARCHED,
        }
        for name, is_shown in wanted.items():
            if name in self.fields.field_names():
                self.fields.show_field(name, is_shown)
        if is_formula:
            self._load_names()
            self._try()

    def _load_names(self) -> None:
        if self.names.count():
            return
        record, own = self._record, self._found.name if self._found is not None else ""

        def work(connection: Any) -> Sequence[Nameable]:
            from crmdesk.services import custom_trials

            return custom_trials.nameable(connection, record, own)

        def done(found: Sequence[Nameable]) -> None:
            self.names.addItem(_("Insert a field …"), "")
            for one in found:
                self.names.addItem(f"{_(one.label)}  ({one.name})", one.name)

        self._ctx.read(work, owner=self, on_done=done, replaces="names")

    def _insert(self, index: int) -> None:
        name = self.names.itemData(index)
        self.names.setCurrentIndex(0)
        editor = self.fields.editor("formula")
        if name:
            editor.insertPlainText(str(name))
        editor.setFocus()

    def _try(self) -> None:
        text = str(self.fields.value("formula") or "")
        record, own = self._record, self._found.name if self._found is not None else ""
        if not text.strip():
            self._say(_("Such as {example}").format(example="round(balance * 0.1, 2)"), "third")
            return

        def work(connection: Any) -> Trial:
            from crmdesk.services import custom_trials

            return custom_trials.try_out(connection, record, own, text)

        self._ctx.read(work, owner=self, on_done=self._show_trial, replaces="trial")

    def _show_trial(self, trial: Trial) -> None:
        if trial.error:
            # The refusal names everything that is known; here the list beside it does.
            words = trial.error
            self._say(words if len(words) <= _WORDS_MAX else f"{words[:_WORDS_MAX]} …", "danger")
            self.trial.setToolTip(words)
        elif not trial.sample:
            self._say(_("It can be read. There is no record yet to try it on."), "good")
        else:
            value = _value_words(trial)
            self._say(_("{record}: {value}").format(record=trial.sample, value=value or _("nothing")), "good")

    def _say(self, words: str, tone: str) -> None:
        self.trial.setText(words)
        self.trial.set_tone(tone)

    # Saving

    def submit(self) -> None:
        """Saves; errors stand under their fields and the sheet stays."""
        try:
            values = self.fields.values()
        except CrmdeskError:
            return
        kind = self.kind()
        given = {
            name: plain(value)
            for name, value in values.items()
            if name in self._asked(kind) and value not in (None, "", [])
        }
        arguments: dict[str, Any] = {"record": self._record, **given}
        use_case = "field.define"
        if self._found is not None:
            use_case = "field.update"
            before = _values(self._found)
            arguments = {
                "record": self._record,
                "field": self._found.name,
                **{name: value for name, value in given.items() if value != plain(before.get(name))},
            }
            clear = [
                name
                for name in ("label_en", "default", "help", "section")
                if before.get(name) and values.get(name) in (None, "")
            ]
            if clear:
                arguments["clear"] = clear
        record = self._found.column if self._found is not None else ""
        self.send(
            self._ctx,
            use_case,
            arguments,
            record=record,
            on_done=self._saved,
            on_error=self.fields.take_error,
        )

    def _asked(self, kind: str) -> set[str]:
        """What a field of a kind has: what is hidden is not sent, whatever was typed before."""
        names = set(self.fields.field_names())
        hidden = {
            "target": kind != "link",
            "choices": kind not in ("choice", "multi_choice"),
            "formula": kind != "formula",
            "default": kind not in _DEFAULTS,
            "required": kind == "formula",
            "unique": kind not in _UNIQUE,
            "searchable": kind not in _SEARCHED,
        }
        return names - {name for name, is_hidden in hidden.items() if is_hidden}

    def _saved(self, _outcome: Outcome) -> None:
        self.fields.mark_clean()
        self.accept()
        self._ctx.notices.toast(_("Saved."), "good")


def _values(found: CustomField) -> dict[str, Any]:
    """What the sheet shows of a field that is there."""
    field = found.field
    default = field.default
    return {
        "label": found.label,
        "label_en": found.label_en,
        "choices": [dict(one) for one in found.choices],
        "formula": found.formula,
        "section": found.section,
        "default": default if isinstance(default, str) else "" if default is None else json.dumps(default),
        "help": field.help,
        "required": field.required,
        "unique": found.is_unique,
        "shown": found.is_shown,
        "printed": found.is_printed,
        "searchable": found.is_searchable,
    }


def _value_words(trial: Trial) -> str:
    if trial.value is None:
        return ""
    if trial.kind == "money":
        return amount_text(trial.value, trial.currency)
    if trial.kind == "yes_no":
        return _("Yes") if trial.value else _("No")
    return shown(Field("value", _KIND_OF_RESULT.get(trial.kind, Kind.TEXT), ""), trial.value, shows_zero=True)


def resume(ctx: Context, parent: QWidget, entry: Entry, found: Mapping[str, CustomField]) -> OwnFieldDialog:
    """Goes on with a sheet that a crash left behind; `found` are the fields of its record by name."""
    about = entry.about
    dialog = OwnFieldDialog(
        ctx, parent, str(about.get("record")), found.get(str(about.get("field") or "")), entry=entry
    )
    dialog.show_sheet()
    return dialog
