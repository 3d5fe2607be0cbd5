"""The timeline of a customer: a line to log what happened, chips that narrow it, and the rest as one scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from crmdesk.services import customer_history
from crmdesk.services.customer_history import GROUPS, PAGE, Page
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.list_page import filter_chip
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers import activity_form
from crmdesk.ui.pages.customers.happenings import event_entry
from crmdesk.ui.pages.customers.quick_log import QuickLog

if TYPE_CHECKING:
    from crmdesk.services.book import Connection

_AHEAD_ROWS = 8
"""So many lines before the end the next part is asked for."""
_SHORT = {
    "activities": N_("Activities"),
    "documents": N_("Documents"),
    "letters": N_("Letters"),
    "team": N_("Team"),
    "files": N_("Files"),
    "changes": N_("Changes"),
}
_READ_MAX = 1_000
"""After a change so many lines are read again at most, so that the place stays."""


class TimelinePanel(Speaking, QWidget):
    """`request` is what the page's own reading asks for it (`read`), `show_page` shows the answer.

    `list` is the list of events; `opened(event)` comes for an event that has a place of its own.
    """

    opened = Signal(object)

    def __init__(self, ctx: Context, place: str, *, is_wide: bool) -> None:
        super().__init__()
        self._ctx = ctx
        self._place = place
        self._id: int | None = None
        self._code = ""
        self._page = Page((), None)
        self._is_loading = False
        self._goes_up = False
        self._groups: frozenset[str] | None = None
        self.log = QuickLog(ctx, place, is_wide=is_wide)
        self.log.logged.connect(self._logged)
        self.log.more_wanted.connect(
            lambda values: activity_form.log(ctx, self, self._code, values, self.log)
        )
        self.list = EntryList(f"{place}.timeline")
        self.say(self.list.setAccessibleName, N_("Timeline"))
        self.list.chosen.connect(self._open)
        self.list.delete_requested.connect(self._remove)
        self.list.verticalScrollBar().valueChanged.connect(lambda _value: self._load_more())
        self.list.verticalScrollBar().rangeChanged.connect(lambda *_range: self._load_more())
        self._nothing = EmptyState("history", "", "", f"{place}.timeline.empty")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._nothing)
        self.foot = labels.caption("", "third")
        self.foot.setObjectName(f"{place}.timeline.foot")
        self.foot.hide()
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, space(2), 0, 0)
        column.setSpacing(space(2))
        column.addWidget(self.log)
        self._chips = {}
        if is_wide:
            column.addWidget(self._make_chips(place))
        column.addWidget(self._stack, 1)
        column.addWidget(self.foot)
        self.retranslate()

    def _make_chips(self, place: str) -> QWidget:
        holder = QWidget()
        row = FlowLayout(holder, gap=1.5)
        for name in GROUPS:
            chip = filter_chip("", f"{place}.timeline.{name}", lambda _on, which=name: self._narrow(which))
            self.say(chip.setText, _SHORT[name])
            self.say(chip.setAccessibleName, GROUPS[name][0])
            self.say(chip.setToolTip, GROUPS[name][0])
            row.addWidget(chip)
            self._chips[name] = chip
        return holder

    def retranslate(self) -> None:
        """Words of the empty state; lines come with the next reading."""
        super().retranslate()
        self._say_nothing()

    def _say_nothing(self) -> None:
        if self._groups:
            self._nothing.set_words(_("Nothing of this kind"), _("Switch a chip off to see the rest."))
        else:
            self._nothing.set_words(
                _("Nothing happened yet"),
                _(
                    "Write above what was said (Ctrl+L), and when to call again. Documents appear by themselves."
                ),
            )

    # Reading

    def request(self, customer_id: int) -> tuple[int, frozenset[str] | None]:
        """How much of whom is to be read: as much as is shown, so that a change moves nothing."""
        is_same = customer_id == self._id
        return (min(max(PAGE, len(self._page.events)), _READ_MAX) if is_same else PAGE), self._groups

    @staticmethod
    def read(connection: Connection, customer_id: int, wanted: tuple[int, frozenset[str] | None]) -> Page:
        """The newest lines, as `request` wants them."""
        limit, groups = wanted
        return customer_history.page(connection, customer_id, limit=limit, groups=groups)

    def show_page(self, customer_id: int, code: str, page: Page) -> None:
        """Shows a customer from the newest line on; cursor and place stay where it is the one that was shown."""
        is_same = customer_id == self._id
        self._id, self._code, self._page = customer_id, code, page
        self.log.show_customer(code)
        bar = self.list.verticalScrollBar()
        current, height = self.list.current(), bar.value()
        self._is_loading = True  # filling it moves the bar
        self.list.set_entries([event_entry(event) for event in page.events])
        if is_same and not self._goes_up:
            self._find(current)
            bar.setValue(height)
        else:
            self.list.setCurrentIndex(self.list.records.index(-1, 0))
            self.list.scrollToTop()
        self._goes_up = self._is_loading = False
        self._say_nothing()
        self._stack.setCurrentIndex(0 if page.events else 1)
        self._load_more()

    def _find(self, entry: Entry | None) -> None:
        wanted = None if entry is None else (entry.data.kind, entry.data.order)
        for row, event in enumerate(self._page.events):
            if (event.kind, event.order) == wanted:
                self.list.select(row)
                return
        self.list.setCurrentIndex(self.list.records.index(-1, 0))

    def _narrow(self, name: str) -> None:
        groups = frozenset(one for one, chip in self._chips.items() if chip.isChecked())
        self._groups = groups or None
        del name
        customer_id = self._id
        if customer_id is None:
            return
        wanted = (PAGE, self._groups)
        self._goes_up = True
        self._ctx.read(
            lambda connection: self.read(connection, customer_id, wanted),
            owner=self,
            on_done=lambda page: self.show_page(customer_id, self._code, page),
            replaces="timeline",
        )

    def _load_more(self) -> None:
        """The next part, when the end of what was read comes near."""
        bar, customer_id, before = self.list.verticalScrollBar(), self._id, self._page.next
        row = max(self.list.sizeHintForRow(0), 1)
        if self._is_loading or before is None or customer_id is None or not self.list.isVisible():
            return
        if bar.maximum() - bar.value() > _AHEAD_ROWS * row:
            return
        self._is_loading = True
        groups, page = self._groups, self._page

        def add(more: Page) -> None:
            self._is_loading = False
            if page is not self._page:
                return  # it was read anew meanwhile
            self._page = Page((*page.events, *more.events), more.next)
            self.list.add_entries([event_entry(event) for event in more.events])

        def failed(error: Exception) -> bool:
            del error
            self._is_loading = False
            return False

        self._ctx.read(
            lambda connection: customer_history.page(connection, customer_id, before, groups=groups),
            owner=self,
            on_done=add,
            on_error=failed,
        )

    # Doing

    def _logged(self, activity: int, planned: Any) -> None:
        self._goes_up = True
        words = _("Logged. Next contact {date}.").format(date=planned) if planned else _("Logged.")
        self._ctx.notices.toast(
            words,
            "good",
            _("Undo"),
            lambda: self._ctx.run_use_case("activity.remove", {"activity": activity}, owner=self),
        )

    def _open(self, entry: Entry) -> None:
        event = entry.data
        if event.kind == "activity":
            activity_form.change(self._ctx, self, event.record_id)
        else:
            self.opened.emit(event)

    def _remove(self, entry: Entry) -> None:
        event = entry.data
        if event.kind != "activity":
            return

        def yes() -> None:
            self._ctx.run_use_case("activity.remove", {"activity": event.record_id}, owner=self)

        dialogs.confirm(
            self,
            _("Remove this entry?"),
            _("“{name}” is removed. What it was stays in the history.").format(name=event.title),
            _("Remove"),
            yes,
            name=f"{self._place}.removeActivity",
        )
