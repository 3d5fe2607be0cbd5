"""Credit and reminders: what happens beyond a limit, the pace of reminders, late interest, notices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from crmdesk.models.specs.company import COLLECTING
from crmdesk.text import N_
from crmdesk.ui.context import Context
from crmdesk.ui.day_notices import ARE_WANTED
from crmdesk.ui.pages.settings.section import FormSection

_FIELDS = tuple(replace(field, section="") for field in COLLECTING)


def _load(own: Any) -> dict[str, Any]:
    values = {field.name: getattr(own, field.name) for field in _FIELDS}
    return values | {"interest_rate": Decimal(values["interest_rate"] or 0)}


def _save(values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An emptied rate is none."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    rate = values.get("interest_rate") or Decimal(0)
    return "company.update", given | {"interest_rate": f"{rate:f}"}


class _Collecting(FormSection):
    """The rules of the book, and beside them what this computer shows."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(
            ctx,
            "collecting",
            N_("Credit and reminders"),
            N_(
                "What happens beyond a credit limit, how fast reminders follow each other, and late interest."
            ),
            _FIELDS,
            _load,
            _save,
        )
        card = self.add_card(
            N_("Notices on this computer"),
            N_("When the book is opened, once a day: what is due, what is overdue, and promises for today."),
        )
        self.notices = QCheckBox()
        self.notices.setObjectName("settings.collecting.notices")
        self.say(self.notices.setText, N_("Show a notice of the day"))
        self.say(self.notices.setAccessibleName, N_("Show a notice of the day"))
        self.notices.setChecked(ctx.settings.get(ARE_WANTED) is not False)
        self.notices.toggled.connect(self._want)
        card.body.addWidget(self.notices)
        rules = self.add_card(
            N_("Rules and letters"),
            N_("Who is reminded when, and in which words, stands with the reminders."),
        )
        row = QHBoxLayout()
        row.addWidget(
            self.make_button(
                "rules",
                N_("Look at the rules"),
                lambda: ctx.go("statements", view="reminders", part="reminder_rules"),
            )
        )
        row.addStretch(1)
        rules.body.addLayout(row)

    def _want(self, is_on: bool) -> None:
        self.ctx.settings.put(ARE_WANTED, is_on)
        self.ctx.settings.save()


def create(ctx: Context) -> QWidget:
    """The section."""
    return _Collecting(ctx)
