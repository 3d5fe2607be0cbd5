"""Customers: list with detail, tree, full page, forms, menus."""

from __future__ import annotations

from crmdesk.services import use_cases
from crmdesk.ui.pages.customers import batch
from crmdesk.ui.pages.customers.anonymise import ask_anonymise
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.pages.customers.tabs import (
    CONTACTS,
    DOCUMENTS,
    FILES,
    PEOPLE,
    PORTRAIT,
    PROFILE,
    TEAM,
    TIMELINE,
)
from crmdesk.ui.shots import Shot, Stage


def _page(stage: Stage) -> CustomersPage:
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.show_list()
    page.list.search.clear()
    page.detail.tabs.choose(TIMELINE)
    stage.wait(60)
    return page


def _chosen(stage: Stage, row: int = 0) -> CustomersPage:
    page = _page(stage)
    page.table.select(page.table.table_model().ids[row])  # selectRow would take it back while Ctrl is held
    stage.settle()
    return page


def _new(stage: Stage) -> None:
    page = _page(stage)
    first = page.table.table_model().ids[0]
    name = page.source.fetch([first])[first][page.source.place("name")]
    stage.click("customers.new")
    stage.type_into("customer.form.name", name)
    stage.wait(400)


def _edit(stage: Stage) -> None:
    page = _chosen(stage)
    assert page.detail.whole is not None
    page.edit(page.detail.whole.card)


def _full(stage: Stage, tab: str = TIMELINE) -> None:
    page = _chosen(stage)
    page.open(page.table.selected_ids()[0])
    page.full.tabs.choose(tab)


def _many(stage: Stage) -> None:
    page = _page(stage)
    page.table.clearSelection()
    for row in range(2, 7):
        index = page.table.model().index(row, 0)
        flags = page.table.selectionModel().SelectionFlag
        page.table.selectionModel().select(index, flags.Select | flags.Rows)


def _tab(stage: Stage, tab: str) -> None:
    page = _chosen(stage)
    page.detail.tabs.choose(tab)


def _contact(stage: Stage) -> None:
    _tab(stage, CONTACTS)
    stage.click("customers.detail.contact.add")


def _assigned(stage: Stage) -> None:
    _many(stage)
    stage.choose("customers.assignMany")


def _category(stage: Stage) -> None:
    _page(stage)
    stage.click("customers.category.new")


def _tags(stage: Stage) -> None:
    page = _chosen(stage)
    assert page.detail.whole is not None
    batch.edit_tags(stage.ctx, page, page.detail.whole.card)


def _changed(stage: Stage) -> None:
    """Another window saved the phone number that is being changed here."""
    _edit(stage)
    page = stage.window.page("customers")
    assert isinstance(page, CustomersPage)
    assert page.detail.whole is not None
    card = page.detail.whole.card
    theirs = {"customer": card.code, "phone": f"0571-8800 {card.version:04}", "note": "每月 25 日对账"}
    use_cases.run(stage.ctx.need_book(), "customer.update", theirs)
    stage.widget("customer.form.phone").clear()
    stage.type_into("customer.form.phone", "0571-8801 2266")
    stage.press("Ctrl+S", "customer.form.phone")


def _nothing(stage: Stage) -> None:
    page = _page(stage)
    page.list.search.setText("查无此人")
    stage.settle()


def _reckoned(stage: Stage) -> None:
    _full(stage, PORTRAIT)
    stage.settle()
    stage.click("customers.full.portrait.days_late")


def _activity(stage: Stage) -> None:
    _full(stage)
    stage.settle()
    stage.type_into("customers.full.log.text", "二期工程要漆，问批量价")
    stage.choose("customers.logMore")


def _relation(stage: Stage) -> None:
    _full(stage, PEOPLE)
    stage.settle()
    stage.choose("customers.relate")


def _anonymise(stage: Stage) -> None:
    page = _chosen(stage)
    assert page.detail.whole is not None
    ask_anonymise(stage.ctx, page, page.detail.whole.card)


def _credit(stage: Stage) -> None:
    _chosen(stage)
    stage.choose("customers.credit")


SHOTS = (
    Shot("customers", _chosen),
    Shot("customers-documents", lambda stage: _tab(stage, DOCUMENTS)),
    Shot("customers-profile", lambda stage: _tab(stage, PROFILE)),
    Shot("customers-selected", _many),
    Shot("customers-contact", _contact),
    Shot("customers-new", _new),
    Shot("customers-edit", _edit),
    Shot("customers-full", _full),
    Shot("customers-full-profile", lambda stage: _full(stage, PROFILE)),
    Shot("customers-portrait", lambda stage: _full(stage, PORTRAIT)),
    Shot("customers-reckoned", _reckoned),
    Shot("customers-team", lambda stage: _full(stage, TEAM)),
    Shot("customers-people", lambda stage: _full(stage, PEOPLE)),
    Shot("customers-files", lambda stage: _full(stage, FILES)),
    Shot("customers-activity", _activity),
    Shot("customers-relation", _relation),
    Shot("customers-anonymise", _anonymise),
    Shot("customers-tasks", lambda stage: stage.go("customers", part="tasks") and None),
    Shot("customers-assign", _assigned),
    Shot("customers-category", _category),
    Shot("customers-tags", _tags),
    Shot("customers-credit", _credit),
    Shot("customers-changed", _changed),
    Shot("customers-nothing", _nothing),
)
