"""The list of segments: nested ones below the one they lie in, and how to begin where there is none."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from crmdesk.services import segment_card, segment_starters
from crmdesk.text import N_, _
from crmdesk.ui import new_day
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.commands import Command, plain_button
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.pages.customers.groups import SEGMENTS, hands
from crmdesk.ui.pages.customers.groups.view import SegmentView
from crmdesk.ui.pages.customers.groups.words import WATCHED

PLACE = SEGMENTS
_ORDER = ("name", "members", "joined", "left", "owed", "kind", "owner")
_INDENT = "\u2003"


class SegmentRows(BookList):
    """The list of segments as a tree, as long as no column is chosen to sort by."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "segments")
        self._depths: dict[str, int] = {}

    def ids(self, query: Query) -> array[int]:
        """The whole filtered set, nested ones below their parent."""
        found = super().ids(query)
        if query.sort or query.group:
            return found
        with self._ctx.need_book().read() as connection:
            ordered = segment_card.ordered(connection)
        kept = set(found)
        return array("q", [one for one, _depth in ordered if one in kept])

    def fetch(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """The rows, and how deep each lies."""
        rows = super().fetch(ids)
        with self._ctx.need_book().read() as connection:
            depths = dict(segment_card.ordered(connection))
        at_name = self.place("name")
        self._depths = {
            **self._depths,
            **{str(row[at_name]): depths.get(one, 0) for one, row in rows.items()},
        }
        return rows

    def indented(self, row: Row) -> str:
        """A name behind what it lies in."""
        name = str(row[self.place("name")])
        depth = self._depths.get(name, 0)
        return f"{_INDENT * (depth - 1)}{_INDENT}└ {name}" if depth else name


def make_segments(ctx: Context, owner: QWidget) -> tuple[ListPage, SegmentView]:
    """The list with its detail and commands."""
    source = SegmentRows(ctx)
    at = {name: source.place(name) for name in ("joined", "left", "owed", "active")}
    page = ListPage(
        ctx,
        PLACE,
        N_("Segments"),
        source,
        source.columns(
            {
                "name": {
                    "is_strong": True,
                    "width": 20,
                    "text": source.indented,
                    "tone": lambda row: "" if row[at["active"]] else "third",
                },
                "members": {"width": 8, "shows_zero": True},
                "joined": {
                    "width": 10,
                    "text": lambda row: f"+{row[at['joined']]:,}" if row[at["joined"]] else "—",
                    "tone": lambda row: "good" if row[at["joined"]] else "third",
                },
                "left": {
                    "width": 10,
                    "text": lambda row: f"−{row[at['left']]:,}" if row[at["left"]] else "—",
                    "tone": lambda row: "danger" if row[at["left"]] else "third",
                },
                "owed": {"width": 13},
                "kind": {"width": 8},
                "owner": {"width": 8},
            },
            order=_ORDER,
            shown=_ORDER,
        ),
        kind="segment",
        watch=WATCHED,
        icon="sparkles",
        search_hint=N_("Name, owner or strategy"),
        count_words=N_("{count} groups"),
        empty_title=N_("Groups that keep themselves"),
        empty_text=N_(
            "Say once whom you mean; whoever fits comes in by himself and leaves again, with the reason beside"
            " his name. Begin with one of these, or with a rule of your own."
        ),
    )
    view = SegmentView(ctx, page)
    view.edit_requested.connect(lambda name: ctx.go("customers", part=PLACE, edit=name))
    page.current_changed.connect(view.show_segment)
    page.set_detail(view, 56)
    page.opened.connect(lambda _record: view.edit())
    choose_first(page, view)
    page.enable_export()
    page.export_requested.connect(
        lambda query, columns: export_list(ctx, owner, source, query, columns, _("Segments"))
    )
    ctx.commands.add(
        Command("segments.evaluate", N_("Evaluate all groups"), lambda: new_day.evaluate(ctx, page),
                "refresh-cw", "F5"), page,
    )  # fmt: skip
    ctx.commands.add(
        Command(
            "segments.newList",
            N_("New list filled by hand"),
            lambda: hands.new_list(ctx, page, lambda name: ctx.go("customers", part=PLACE, segment=name)),
            "list",
            "Ctrl+Shift+J",
        ),
        page,
    )
    page.add_button(
        Command("segments.more", N_("More"), lambda: _menu(ctx, page), "more-horizontal", "Ctrl+Shift+M")
    )
    page.add_button(
        Command(
            "segments.new",
            N_("New group"),
            lambda: ctx.go("customers", part=PLACE, new=True),
            "plus",
            "Ctrl+N",
        ),
        "primary",
    )
    for starter in segment_starters.STARTERS:
        made = plain_button(_(starter.name), f"segments.starter.{starter.key}", "", "sparkles")
        made.setToolTip(f"{starter.rule}\n{_(starter.note)}")
        made.clicked.connect(lambda _checked=False, one=starter: hands.make_starter(ctx, page, one))
        view.say(made.setText, starter.name)
        page.empty.add_button(made)
    return page, view


def _menu(ctx: Context, page: ListPage) -> None:
    """What is done seldom: evaluating, lists by hand, ready rules, deleting."""
    menu = QMenu(page)
    menu.setObjectName("segments.menu")
    for name in (
        "segments.edit",
        "segments.showAll",
        "segments.letters",
        "segments.statements",
        "segments.newList",
        "segments.evaluate",
    ):
        action = ctx.commands.find(name)
        if action is not None:
            menu.addAction(action)
    ready = menu.addMenu(_("Ready rules"))
    for starter in segment_starters.STARTERS:
        ready.addAction(_(starter.name)).triggered.connect(
            lambda _checked=False, one=starter: hands.make_starter(ctx, page, one)
        )
    menu.addSeparator()
    delete = ctx.commands.find("segments.delete")
    if delete is not None:
        menu.addAction(delete)
    at = page.findChild(QPushButton, "segments.more") or page
    menu.popup(at.mapToGlobal(QPoint(0, at.height())))
