"""Title, the switch between statement, ageing, confirmations, currencies and month end, and what is behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.statements.ageing import AgeingView
from crmdesk.ui.pages.statements.ageing_items import AgeingItems, cell_of
from crmdesk.ui.pages.statements.confirmations import ConfirmationList
from crmdesk.ui.pages.statements.reminders import RemindersPlace
from crmdesk.ui.pages.statements.statement import StatementView

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.ui.dialogs.reminder_rule import Shown

STATEMENT, AGEING, CONFIRMATIONS, ITEMS = "statement", "ageing", "confirmations", "items"
REMINDERS = "reminders"
CURRENCIES, CLOSING, CLOSING_ROWS = "currencies", "closing", "closing-rows"
_BEHIND = {ITEMS: AGEING, CLOSING_ROWS: CLOSING}
"""Views without a segment of their own, and the one that leads to them."""
_VIEWS = (
    (STATEMENT, N_("Statement of account")),
    (AGEING, N_("Ageing")),
    (REMINDERS, N_("Reminders")),
    (CONFIRMATIONS, N_("Confirmation slips")),
    (CURRENCIES, N_("Currencies")),
    (CLOSING, N_("Month end")),
)


_MAKERS: dict[str, Callable[[Context], QWidget]] = {
    ITEMS: AgeingItems,
    CONFIRMATIONS: ConfirmationList,
    REMINDERS: RemindersPlace,
}


class StatementsPage(Speaking, QWidget):
    """Statement, ageing with the items behind its amounts, confirmation slips. Each is a step of back and forward."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.setObjectName("statements")
        self.setProperty("role", "page")
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(space(5), space(3), space(5), space(3))
        head.setSpacing(space(4))
        self.views = Segments("statements.view", [(key, _(words)) for key, words in _VIEWS], _("View"))
        self.views.changed.connect(lambda which: ctx.go("statements", view=which))
        head.addWidget(self.views)
        head.addStretch(1)
        outer.addLayout(head)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack, 1)
        self.statement = StatementView(ctx)
        self.ageing = AgeingView(ctx)
        self.ageing.chosen.connect(lambda code: ctx.go("statements", customer=code))
        self.ageing.asked_for.connect(lambda target: ctx.go("statements", **target))
        self._stack.addWidget(self.statement)
        self._stack.addWidget(self.ageing)
        self._made: dict[str, QWidget] = {STATEMENT: self.statement, AGEING: self.ageing}
        head.addLayout(self.statement.steps)
        self.show_view(STATEMENT)

    def retranslate(self) -> None:
        """The switch in the new language."""
        super().retranslate()
        if hasattr(self, "views"):
            self.views.set_words([(key, _(words)) for key, words in _VIEWS])

    def show_target(self, target: dict[str, Any]) -> None:
        """{"customer": code} shows his statement; {"view": "ageing"} another view; "items" with a cell; "reminders" and
        "currencies" with a `part`; "closing-rows" with an item of the checklist."""
        view = str(target.get("view", STATEMENT))
        page = self._page(view)
        if isinstance(page, AgeingItems):
            # Before it is shown: it then loads what was asked for and nothing else.
            page.show_cell(cell_of(target))
        if view == CLOSING_ROWS:
            page = self._show_closing_rows(target)
        self.show_view(view)
        if isinstance(page, RemindersPlace):
            page.show_target(target)
        if view == CURRENCIES:
            self._show_currencies(target)
        if page is self.statement and target.get("customer"):
            self.statement.choose(str(target["customer"]))

    def resume(self, entry: Entry) -> None:
        """Goes on with a rule for reminders that a crash left behind."""
        from crmdesk.ui.dialogs import reminder_rule

        self._ctx.go("statements", view=REMINDERS, part="reminder_rules")

        def done(known: dict[int, Shown]) -> None:
            shown = next((one for one in known.values() if one.rule.name == entry.record), None)
            reminder_rule.open_rule(self._ctx, self, shown, entry=entry)

        self._ctx.read(reminder_rule.read_rules, owner=self, on_done=done)

    def show_start(self) -> None:
        """As the place was when it was first shown."""
        self.show_view(STATEMENT)

    def _page(self, which: str) -> QWidget:
        """A view, made when it is first asked for."""
        if which not in self._made:
            self._made[which] = made = self._make(which)
            self._stack.addWidget(made)
        return self._made[which]

    def _make(self, which: str) -> QWidget:
        if which == CURRENCIES:
            from crmdesk.ui.pages.statements.currencies import CurrencyReports

            return CurrencyReports(self._ctx)
        if which in (CLOSING, CLOSING_ROWS):
            from crmdesk.ui.pages.statements.closing import ClosingView

            return ClosingView(self._ctx)
        return _MAKERS[which](self._ctx)

    def make_parts(self) -> None:
        """Makes what was not shown yet: its commands are then known."""
        for which, _words in _VIEWS:
            self._page(which)

    def _show_closing_rows(self, target: dict[str, Any]) -> QWidget:
        """The list of what was asked for, in place of the one shown before."""
        from crmdesk.ui.pages.statements import closing_rows

        earlier = self._made.pop(CLOSING_ROWS, None)
        if earlier is not None:
            self._stack.removeWidget(earlier)
            earlier.deleteLater()
        made = self._made[CLOSING_ROWS] = closing_rows.make(self._ctx, target)
        self._stack.addWidget(made)
        return made

    def _show_currencies(self, target: dict[str, Any]) -> None:
        from crmdesk.ui.pages.statements.currencies import CurrencyReports

        page = self._made[CURRENCIES]
        if isinstance(page, CurrencyReports):
            page.show_target(target)

    def show_view(self, which: str) -> QWidget:
        """Switches to a view."""
        page = self._page(which)
        self.views.set_value(_BEHIND.get(which, which))
        self._stack.setCurrentWidget(page)
        self.statement.show_steps(which == STATEMENT)
        self.setFocusProxy(page)
        if self.isVisible():
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(page, AgeingView):
            page.refresh()
        elif isinstance(page, ConfirmationList) or which == CLOSING_ROWS:
            if isinstance(page, ListPage):
                page.reload()
        elif which == CLOSING:
            page.refresh()  # type: ignore[attr-defined]
        return page
