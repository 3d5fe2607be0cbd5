"""Somebody saved a record while it was being changed here: what differs, and whose values stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from crmdesk.text import _
from crmdesk.ui.kit import form_merge, labels
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.form_merge import Difference
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme

_SHOWN_MAX = 8
_LENGTH_MAX = 80


def ask_whose(
    parent: QWidget,
    sentence: str,
    differences: Sequence[Difference],
    *,
    take_theirs: Callable[[], object],
    keep_mine: Callable[[], object],
) -> Dialog:
    """Shows what was changed there beside what stands here. Esc leaves the form as it is.

    Where nobody changed what the other did, both stay, and there is nothing to choose.
    """
    dialog = Dialog(parent, _("Changed meanwhile"), name="changed", width=92)
    dialog.body.addWidget(Paragraph(sentence))
    space = theme().metrics.space
    grid = QGridLayout()
    grid.setHorizontalSpacing(space(5))
    grid.setVerticalSpacing(space(1.5))
    for column, title in enumerate(("", _("Saved by the other side"), _("Typed here"))):
        grid.addWidget(labels.caption(title), 0, column)
        grid.setColumnStretch(column, 2 if column else 1)
    for row, entry in enumerate(differences[:_SHOWN_MAX], 1):
        grid.addWidget(labels.caption(entry.label), row, 0)
        grid.addWidget(_value(entry.theirs, f"changed.theirs.{row}"), row, 1)
        mine = entry.mine if entry.is_both else _("(not changed here)")
        grid.addWidget(_value(mine, f"changed.mine.{row}", is_strong=entry.is_both), row, 2)
    dialog.body.addLayout(grid)
    if len(differences) > _SHOWN_MAX:
        dialog.body.addWidget(
            Paragraph(
                _("… and {count} more.").format(count=len(differences) - _SHOWN_MAX), "caption", "second"
            )
        )

    def closing(callback: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            dialog.accept()
            callback()

        return act

    if any(entry.is_both for entry in differences):
        dialog.add_action(_("Go on editing"), "changed.stay", dialog.reject)
        dialog.add_action(_("Take theirs"), "changed.theirs", closing(take_theirs))
        dialog.add_action(_("Keep mine"), "changed.mine", closing(keep_mine), kind="primary")
    else:
        dialog.body.addWidget(
            Paragraph(_("These are other fields than those changed here: both can stay."), "", "second")
        )
        dialog.add_action(_("Go on editing"), "changed.stay", dialog.reject)
        dialog.add_action(_("Save both"), "changed.both", closing(keep_mine), kind="primary")
    dialog.show_sheet()
    return dialog


def ask_about_form(
    parent: QWidget,
    sentence: str,
    form: Form,
    theirs: Mapping[str, Any],
    *,
    use_newer: Callable[[], object],
    save: Callable[[], object],
) -> Dialog:
    """The question for a form over one record. `use_newer` notes the record's newer version, `save` tries again."""

    def go_on(*, keeps_mine: bool) -> None:
        form_merge.rebase(form, theirs, keeps_mine=keeps_mine)
        use_newer()
        if keeps_mine:
            save()

    return ask_whose(
        parent,
        sentence,
        form_merge.compare(form, theirs),
        take_theirs=lambda: go_on(keeps_mine=False),
        keep_mine=lambda: go_on(keeps_mine=True),
    )


def _value(text: str, name: str, *, is_strong: bool = False) -> Paragraph:
    shown = text if len(text) <= _LENGTH_MAX else f"{text[:_LENGTH_MAX]} …"
    made = Paragraph(shown or _("(empty)"), "strong" if is_strong else "", "" if shown else "third")
    made.setObjectName(name)
    return made
