"""How a figure of a customer was reckoned: its formula, what went into it, and why in sentences."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.customers.portrait_words import Reckoned


class ReckonedDialog(Dialog):
    """Shows it; Esc or Enter closes."""

    def __init__(self, ctx: Context, parent: QWidget, shown: Reckoned) -> None:
        super().__init__(parent, shown.title, name="reckoned", width=84)
        space = theme().metrics.space
        value = labels.figure(shown.value or "—")
        value.setObjectName("reckoned.value")
        self.body.addWidget(value)
        for reason in shown.reasons:
            self.body.addWidget(labels.Paragraph(reason))
        if shown.given:
            grid = QGridLayout()
            grid.setHorizontalSpacing(space(4))
            grid.setVerticalSpacing(space(1.5))
            grid.setColumnStretch(0, 1)
            right = Qt.AlignmentFlag.AlignRight
            for row, (name, told, points) in enumerate(shown.given):
                ink = "third" if points == 0 else ""
                grid.addWidget(labels.Label(name, "", ink), row, 0)
                grid.addWidget(labels.Label(told, "", ink), row, 1, right)
                if points is not None:
                    said = counted(N_("{count} points"), points) if points != 1 else _("1 point")
                    grid.addWidget(labels.Label(said, "", ink), row, 2, right)
            self.body.addLayout(grid)
        self.body.addWidget(labels.strong(_("How it was reckoned")))
        formula = labels.Paragraph(shown.formula, "", "second")
        formula.setObjectName("reckoned.formula")
        self.body.addWidget(formula)
        if shown.note:
            self.body.addWidget(labels.Paragraph(shown.note, "caption", "third"))
        if shown.setting:
            self.add_action(
                _("Change the limits …"),
                "reckoned.settings",
                lambda: (self.accept(), ctx.go("settings", setting=shown.setting)),
                icon="settings",
                shortcut="Ctrl+T",
            )
        self.add_action(_("Close"), "reckoned.close", self.accept, kind="primary", shortcut="Return")
