"""The menu of a customer's row and page: what can be done with one customer, or with those that are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_customers import ARCHIVE
from crmdesk.ui.dialogs.fapiao_request import open_request
from crmdesk.ui.dialogs.merge_customers import ask_undo, merge_chosen
from crmdesk.ui.pages.customers import batch
from crmdesk.ui.pages.customers.anonymise import ask_anonymise
from crmdesk.ui.pages.customers.groups import hands
from crmdesk.ui.pages.customers.letters import ways
from crmdesk.ui.pages.customers.trees.tag_steps import give_many

if TYPE_CHECKING:
    from crmdesk.services.customer_card import Card
    from crmdesk.ui.pages.customers.page import CustomersPage


def menu_of(page: CustomersPage, ctx: Context, card: Card, *, is_many: bool = False) -> QMenu:
    """What can be done with a customer (or with those that are selected)."""
    ids = page.table.selected_ids() if is_many else [card.id]
    menu = QMenu(page)
    menu.setObjectName("customers.menu")
    if not is_many:
        menu.addAction(_("Edit…")).triggered.connect(lambda: page.edit(card))
        if page.currentWidget() is page.parts:
            menu.addAction(_("Open as a page")).triggered.connect(lambda: page.open_as_page(card.id))
        for words, part in ((_("New quote"), "quotes"), (_("New contract"), "contracts")):
            menu.addAction(words).triggered.connect(
                lambda _checked=False, which=part: ctx.go("sales", part=which, new=True, customer=card.code)
            )
        menu.addAction(_("Request tax invoice …")).triggered.connect(
            lambda: open_request(ctx, page, customer=card.code)
        )
        menu.addAction(_("Credit and reminders …")).triggered.connect(page.credit)
        menu.addAction(_("Tags…")).triggered.connect(lambda: batch.edit_tags(ctx, page, card))
    menu.addAction(_("Put into a category…")).triggered.connect(lambda: batch.pick_and_assign(ctx, page, ids))
    menu.addAction(_("Give a tag…")).triggered.connect(lambda: give_many(ctx, page, ids))
    menu.addAction(_("Put into a group…")).triggered.connect(lambda: hands.add_many(ctx, page, ids))
    menu.addAction(_("Take out of a group…")).triggered.connect(lambda: hands.take_many(ctx, page, ids))
    menu.addAction(_("Letter…")).triggered.connect(lambda: ways.letters_to(ctx, page, ids))
    if is_many:
        menu.addAction(_("Statements…")).triggered.connect(lambda: ways.statements_of(ctx, page, ids))
        menu.addAction(_("Merge…")).triggered.connect(lambda: merge_chosen(ctx, page, ids, page.merged))
    else:
        _add_merges(page, ctx, menu, card)
    if card.categories and not is_many:
        out = menu.addMenu(_("Take out of"))
        for dimension, path in card.categories:
            out.addAction(f"{dimension}: {path}").triggered.connect(
                lambda _checked=False, tree=dimension, place=path: batch.unassign(ctx, page, ids, tree, place)
            )
    menu.addAction(_("Export…")).triggered.connect(lambda: page.export(ids, ARCHIVE))
    menu.addSeparator()
    is_active = card.is_active or is_many
    words = _("Deactivate…") if is_active else _("Activate")
    menu.addAction(words).triggered.connect(lambda: batch.set_active(ctx, page, ids, is_active=not is_active))
    if not is_many:
        menu.addAction(_("Anonymise…")).triggered.connect(lambda: ask_anonymise(ctx, page, card))
        menu.addAction(_("Delete…")).triggered.connect(lambda: batch.delete(ctx, page, card, page.show_list))
    return menu


def _add_merges(page: CustomersPage, ctx: Context, menu: QMenu, card: Card) -> None:
    """What was merged into the customer goes back from his own menu, too."""
    view = page.view_shown()
    if view.whole is None or view.whole.card.id != card.id:
        return
    for one in view.whole.merged:
        words = _("Undo the merge with {code} {name}…").format(code=one.code, name=one.name)
        menu.addAction(words).triggered.connect(
            lambda _checked=False, which=one: ask_undo(ctx, page, which.id, which.code, which.name)
        )
