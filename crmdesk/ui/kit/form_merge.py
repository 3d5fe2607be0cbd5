"""A form over a record that somebody else changed meanwhile: what differs, and how writing goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from PySide6.QtWidgets import QCheckBox, QWidget

from crmdesk.text import _
from crmdesk.ui.kit.form import Form

_READING = ("currentText", "toPlainText", "text")


class Difference(NamedTuple):
    """A field that somebody else changed: how it reads there and here. `is_both`: it was changed here, too."""

    label: str
    theirs: str
    mine: str
    is_both: bool


def compare(form: Form, theirs: Mapping[str, Any]) -> list[Difference]:
    """Where the newer record differs from what the form was filled with. The form stays as it is."""
    mine, before = form.typed_values(), form.clean_values()
    words_of_mine = {name: words(form.editor(name)) for name in mine}
    _show(form, theirs)
    there = form.plain_values()
    found = [
        Difference(
            form.label_words(name),
            words(form.editor(name)),
            words_of_mine[name],
            is_both=mine[name] not in (before[name], there[name]),
        )
        for name in mine
        if name in theirs and there[name] != before[name]
    ]
    _show(form, mine)
    return found


def rebase(form: Form, theirs: Mapping[str, Any], *, keeps_mine: bool) -> None:
    """Goes on from the newer record. Where both sides changed a field, `keeps_mine` decides."""
    mine, before = form.typed_values(), form.clean_values()
    form.set_values(theirs)
    there = form.clean_values()
    kept = {
        name: value
        for name, value in mine.items()
        if value != before[name] and (keeps_mine or there[name] == before[name])
    }
    form.restore(kept)


def words(editor: QWidget) -> str:
    """A field as it is read on the screen."""
    if isinstance(editor, QCheckBox):
        return _("Yes") if editor.isChecked() else _("No")
    for way in _READING:
        read = getattr(editor, way, None)
        if callable(read):
            return str(read()).strip()
    return ""


def _show(form: Form, values: Mapping[str, Any]) -> None:
    for name in form.field_names():
        if name in values:
            form.show_typed(name, values[name])
