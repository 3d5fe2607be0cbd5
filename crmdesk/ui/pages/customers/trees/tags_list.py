"""Tags: the list with its detail, and what is done to a tag. None is lost without saying how many carry it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from crmdesk.models.specs.categories import TAG_COLOUR
from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.pages.customers.trees import TAGS, tag_steps
from crmdesk.ui.pages.customers.trees.tag_view import TagView

if TYPE_CHECKING:
    from crmdesk.services.category_desk import TagCard

_ORDER = ("name", "customers", "colour", "retired")
_CHIPS = (
    ("used", N_("In use"), "retired = false"),
    ("free", N_("Nobody has it"), "customers = 0"),
    ("retired", N_("Retired"), "retired"),
)
_COLOURS = {choice.value: choice.label for choice in TAG_COLOUR.choices}


def make_tags(ctx: Context, owner: QWidget) -> ListPage:
    """The list with its detail and commands."""
    source = BookList(ctx, "tags")
    at_colour, at_retired = source.place("colour"), source.place("retired")
    page = ListPage(
        ctx,
        TAGS,
        N_("Tags"),
        source,
        source.columns(
            {
                "name": {
                    "as_chip": True,
                    "tone": lambda row: row[at_colour] or "neutral",
                    "width": 22,
                },
                "customers": {"width": 10},
                "colour": {"width": 8, "text": lambda row: _(_COLOURS.get(row[at_colour] or "", ""))},
                "retired": {
                    "width": 9,
                    "text": lambda row: _("Retired") if row[at_retired] else "—",
                    "tone": lambda row: "warn" if row[at_retired] else "third",
                },
            },
            order=_ORDER,
            shown=_ORDER,
        ),
        kind="tag",
        watch=("tag", "customer", "segment"),
        icon="tag",
        search_hint=N_("Tag"),
        count_words=N_("{count} tags"),
        empty_title=N_("No tags yet"),
        empty_text=N_(
            "A tag is a word that sticks to a customer: VIP, Trade fair, Pays in cash. Make one, then give it to"
            " everybody whom a filter finds."
        ),
    )
    view = TagView(ctx)
    page.current_changed.connect(view.show_tag)
    _add_commands(ctx, page, view)
    view.add_ways()
    page.set_detail(view, 56)
    page.opened.connect(lambda _record: tag_steps.rename(ctx, page, view.card))
    choose_first(page, view)
    page.enable_export()
    page.export_requested.connect(
        lambda query, columns: export_list(ctx, owner, source, query, columns, _("Tags"))
    )
    chips = {}
    for name, words, expression in _CHIPS:
        chip = filter_chip(_(words), f"{TAGS}.filter.{name}", _switch(page, name, expression))
        page.say(chip.setText, words)
        page.say(chip.setAccessibleName, words)
        page.add_filter(chip)
        chips[name] = chip
    for name, other in (("used", "retired"), ("retired", "used")):
        chips[name].toggled.connect(
            lambda is_on, which=other: chips[which].setChecked(False) if is_on else None
        )
    return page


def _add_commands(ctx: Context, page: ListPage, view: TagView) -> None:
    def on_tag(act: Callable[[Context, QWidget, TagCard], object]) -> Callable[[], object]:
        return lambda: act(ctx, page, view.card) if view.card is not None else None

    def add(name: str, words: str, act: Callable[[], object], icon: str = "", keys: str = "") -> Any:
        return ctx.commands.add(Command(f"{TAGS}.{name}", words, act, icon, keys), page)

    add("rename", N_("Rename"), on_tag(tag_steps.rename), "", "F2")
    add("give", N_("Give to customers…"), on_tag(tag_steps.give), "", "Ctrl+G")
    add("recolour", N_("Colour…"), on_tag(tag_steps.recolour), "", "Ctrl+E")
    add("merge", N_("Merge…"), on_tag(tag_steps.merge), "", "Ctrl+Shift+J")
    add("retire", N_("Retire"), on_tag(tag_steps.retire), "", "Ctrl+R")
    add("undo", N_("Undo the last merge"), on_tag(tag_steps.undo_merge), "undo", "Ctrl+Z")
    add("take", N_("Take from customers…"), on_tag(tag_steps.take), "", "Ctrl+Shift+U")
    add("show", N_("Show its customers in the list"), on_tag(tag_steps.show_customers), "list", "Alt+L")
    add("delete", N_("Delete"), on_tag(tag_steps.delete), "trash", "Ctrl+Del")

    def menu() -> None:
        made = QMenu(page)
        made.setObjectName("tags.menu")
        for name in (
            "give",
            "take",
            "show",
            "",
            "rename",
            "recolour",
            "merge",
            "undo",
            "retire",
            "",
            "delete",
        ):
            action = ctx.commands.find(f"{TAGS}.{name}") if name else None
            if action is None:
                made.addSeparator()
            else:
                made.addAction(action)
        at = page.findChild(QPushButton, "tags.more") or page
        made.popup(at.mapToGlobal(QPoint(0, at.height())))

    page.add_button(Command(f"{TAGS}.more", N_("More"), menu, "more-horizontal", "Ctrl+Shift+M"))
    new = page.add_button(
        Command(
            f"{TAGS}.new", N_("New tag"), lambda: tag_steps.new(ctx, page, page.show_record), "plus", "Ctrl+N"
        ),
        "primary",
    )
    page.add_empty_button(new, "primary")


def _switch(page: ListPage, name: str, expression: str) -> Callable[[bool], object]:
    return lambda is_on: page.set_filter(name, expression if is_on else None)
