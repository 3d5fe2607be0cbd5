"""Title, the switch between statement and ageing, and the two behind it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.labels import title
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.statements.ageing import AgeingView
from crmdesk.ui.pages.statements.statement import StatementView

_VIEWS = (("statement", N_("Statement of account")), ("ageing", N_("Ageing")))


class StatementsPage(Speaking, QWidget):
    """Statement and ageing."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self.setObjectName("statements")
        self.setProperty("role", "page")
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(space(5), space(3), space(5), space(3))
        head.setSpacing(space(4))
        name = title()
        self.say(name.setText, N_("Statements"))
        head.addWidget(name)
        self.views = Segments("statements.view", [(key, _(words)) for key, words in _VIEWS], _("View"))
        self.views.changed.connect(self.show_view)
        head.addWidget(self.views)
        head.addStretch(1)
        outer.addLayout(head)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack, 1)
        self.statement = StatementView(ctx)
        self.ageing = AgeingView(ctx)
        self.ageing.chosen.connect(self._show_customer)
        self._stack.addWidget(self.statement)
        self._stack.addWidget(self.ageing)
        head.addLayout(self.statement.steps)
        self.setFocusProxy(self.statement.form.editor("customer"))

    def retranslate(self) -> None:
        """The switch in the new language."""
        super().retranslate()
        if hasattr(self, "views"):
            self.views.set_words([(key, _(words)) for key, words in _VIEWS])

    def show_target(self, target: dict[str, Any]) -> None:
        """{"customer": code} shows his statement; {"view": "ageing"} the ageing."""
        self.show_view(target.get("view", "statement"))
        if target.get("customer"):
            self._show_customer(target["customer"])

    def show_view(self, which: str) -> None:
        """Switches between statement and ageing."""
        self.views.set_value(which)
        is_ageing = which == "ageing"
        self._stack.setCurrentWidget(self.ageing if is_ageing else self.statement)
        self.statement.show_steps(not is_ageing)
        # Whoever comes here by a key types whose statement it is.
        self.setFocusProxy(self.ageing if is_ageing else self.statement.form.editor("customer"))
        if is_ageing:
            self.ageing.refresh()

    def _show_customer(self, code: str) -> None:
        self.show_view("statement")
        self.statement.choose(code)
