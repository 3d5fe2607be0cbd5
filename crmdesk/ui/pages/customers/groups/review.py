"""Who came into the groups and left them, when and why: a list by day and group, and the answer beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.services import segment_why
from crmdesk.text import N_, _
from crmdesk.ui import new_day
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.labels import Chip, Paragraph, heading
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.groups import MOVEMENTS
from crmdesk.ui.pages.customers.groups.why import WhyCard
from crmdesk.ui.pages.customers.groups.words import WATCHED, WAYS

if TYPE_CHECKING:
    from sqlalchemy import Connection

PLACE = MOVEMENTS
_ORDER = ("date", "segment", "customer_name", "joined", "way", "reason")
_CHIPS = (
    ("week", N_("Last 7 days"), "date in last 7d"),
    ("month", N_("Last 30 days"), "date in last 30d"),
    ("joined", N_("Came in"), "joined"),
    ("left", N_("Left"), "joined = false"),
)
_OPPOSITES = {"week": "month", "month": "week", "joined": "left", "left": "joined"}


class MovementView(Speaking, QWidget):
    """One movement in words, and where the customer stands now."""

    def __init__(self, ctx: Context, page: ListPage, source: BookList) -> None:
        super().__init__()
        self._ctx, self._page, self._source = ctx, page, source
        self._row: Row | None = None
        self.setObjectName(f"{PLACE}.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(space(4), space(4), space(4), space(4))
        outer.setSpacing(space(3))
        self.nobody = EmptyState("history", "", "", f"{PLACE}.detail.nobody")
        outer.addWidget(self.nobody, 1)
        self.name = heading()
        self.name.setObjectName(f"{PLACE}.detail.name")
        outer.addWidget(self.name)
        self.chip = Chip()
        outer.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignLeft)
        self.reason = Paragraph("")
        self.reason.setObjectName(f"{PLACE}.detail.reason")
        outer.addWidget(self.reason)
        self.why = WhyCard(f"{PLACE}.why")
        outer.addWidget(self.why)
        outer.addStretch(0)
        self._outer = outer
        ctx.bus.watch(self, WATCHED, lambda _changes: self._ask())
        self.retranslate()
        self._show(None)

    def retranslate(self) -> None:
        """Words of the empty state."""
        super().retranslate()
        if hasattr(self, "nobody"):
            self.nobody.set_words(_("Nothing chosen"), _("Choose a line to read why he came or went."))

    def show_row(self, record_id: int | None) -> None:
        """Shows a movement; None shows that none is chosen."""
        rows = self._page.table.table_model().rows_now([record_id]) if record_id is not None else {}
        self._row = rows.get(record_id) if record_id is not None else None
        self._show(self._row)
        self._ask()

    def value(self, name: str) -> str:
        """A value of the movement that is shown."""
        return str(self._row[self._source.place(name)] or "") if self._row is not None else ""

    def _show(self, row: Row | None) -> None:
        self.nobody.setVisible(row is None)
        for one in (self.name, self.chip, self.reason):
            one.setVisible(row is not None)
        self._outer.setStretch(self._outer.count() - 1, 0 if row is None else 1)
        self.why.show_why(None)
        if row is None:
            return
        has_come = bool(row[self._source.place("joined")])
        self.name.setText(self.value("customer_name"))
        words = _("Came into “{segment}”") if has_come else _("Left “{segment}”")
        self.chip.setText(words.format(segment=self.value("segment")))
        self.chip.set_tone("good" if has_come else "danger")
        self.reason.setText(self.value("reason") or _("By hand."))

    def _ask(self) -> None:
        if self._row is None or self._ctx.book is None:
            return
        segment, code = self.value("segment"), self.value("customer")

        def work(connection: Connection) -> segment_why.Why:
            return segment_why.explain(connection, segment, code)

        self._ctx.read(
            work, owner=self, on_done=self.why.show_why, on_error=lambda _error: True, replaces="why"
        )


def make_review(ctx: Context, owner: QWidget) -> ListPage:
    """The list with its chips; the last 7 days first."""
    source = BookList(ctx, "segment_events")
    at_joined, at_way = source.place("joined"), source.place("way")
    page = ListPage(
        ctx,
        PLACE,
        N_("Who came and went"),
        source,
        source.columns(
            {
                "joined": {
                    "as_chip": True,
                    "tone": lambda row: "good" if row[at_joined] else "danger",
                    "text": lambda row: _("Came in") if row[at_joined] else _("Left"),
                    "width": 9,
                },
                "segment": {"width": 15},
                "customer_name": {"is_strong": True, "width": 22},
                "way": {"width": 10, "text": lambda row: _(WAYS[row[at_way]][0])},
                "reason": {"width": 34, "is_muted": True},
            },
            order=_ORDER,
            shown=_ORDER,
        ),
        watch=WATCHED,
        icon="history",
        search_hint=N_("Group, name or code"),
        count_words=N_("{count} joined or left"),
        empty_title=N_("Nobody came or went"),
        empty_text=N_(
            "When a payment, an invoice or a new day moves a customer, it is written here with its reason."
        ),
    )
    page.enable_export()
    page.export_requested.connect(
        lambda query, columns: export_list(ctx, owner, source, query, columns, _("Who came and went"))
    )
    chips = {}
    for name, words, expression in _CHIPS:
        chip = filter_chip(_(words), f"{PLACE}.filter.{name}", _switch(page, name, expression))
        page.add_filter(chip)
        chips[name] = chip
    for name, other in _OPPOSITES.items():
        # of each two only one can be meant
        chips[name].toggled.connect(
            lambda is_on, which=other: chips[which].setChecked(False) if is_on else None
        )
    view = MovementView(ctx, page, source)
    page.current_changed.connect(view.show_row)
    page.set_detail(view, 44)
    at_code = source.place("customer")

    def opened(record_id: int) -> None:
        row = page.table.table_model().rows_now([record_id]).get(record_id)
        if row is not None:
            ctx.go("customers", code=str(row[at_code]))

    page.opened.connect(opened)
    page.add_button(
        Command(
            f"{PLACE}.evaluate",
            N_("Evaluate all groups"),
            lambda: new_day.evaluate(ctx, owner),
            "refresh-cw",
            "Shift+F5",
        ),
        "",
    )
    return page


def _switch(page: ListPage, name: str, expression: str) -> Callable[[bool], object]:
    return lambda is_on: page.set_filter(name, expression if is_on else None)
