"""Alt+Left and Alt+Right through parts, customers and forms: what was seen comes again, nothing is done again."""

from __future__ import annotations

import pytest

from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.pages.invoices.place import InvoicesPlace
from crmdesk.ui.pages.payments.page import PaymentsPlace
from crmdesk.ui.shots import Stage, over
from tests.ui.conftest import Do


@pytest.fixture(autouse=True)
def customer(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿")


def back(stage: Stage) -> None:
    stage.press("Alt+Left", "window")


def forward(stage: Stage) -> None:
    stage.press("Alt+Right", "window")


def test_parts_of_the_invoices(stage: Stage) -> None:
    place = stage.go("invoices")
    assert isinstance(place, InvoicesPlace)
    stage.click("invoices.segments.credits")
    assert place.lists.current_part == "credits"
    stage.go("customers")
    back(stage)
    assert place.lists.current_part == "credits", "the part that was looked at comes again"
    back(stage)
    assert (stage.window.current_place(), place.lists.current_part) == ("invoices", "invoices")
    forward(stage)
    assert place.lists.current_part == "credits"


def test_a_part_shown_by_a_target_is_left_behind(stage: Stage) -> None:
    place = stage.go("invoices")
    assert isinstance(place, InvoicesPlace)
    stage.go("invoices", part="drafts")
    back(stage)
    assert place.lists.current_part == "invoices"


def test_parts_of_the_payments(stage: Stage) -> None:
    place = stage.go("payments")
    assert isinstance(place, PaymentsPlace)
    stage.click("payments.segments.cash")
    assert place.current_part == "cash"
    back(stage)
    assert place.current_part == "payments"
    forward(stage)
    assert place.current_part == "cash"


def test_the_page_of_a_customer(stage: Stage) -> None:
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.table.select_first()
    stage.settle()
    stage.press("Return", "customers.table")
    assert page.currentWidget() is page.full
    stage.go("payments")
    back(stage)
    assert page.currentWidget() is page.full, "the page that was looked at comes again"
    back(stage)
    assert (stage.window.current_place(), page.currentWidget()) == ("customers", page.parts)
    forward(stage)
    assert page.currentWidget() is page.full
    stage.press("Esc")
    assert page.currentWidget() is page.parts
    back(stage)
    assert page.currentWidget() is page.full


def test_no_form_is_opened_again(stage: Stage) -> None:
    place = stage.go("invoices")
    assert isinstance(place, InvoicesPlace)
    stage.go("customers")
    stage.go("invoices", new=True)
    assert not place.lists.isVisible()
    stage.go("payments", new=True)
    stage.close_dialogs()
    stage.go("customers", new=True)
    stage.close_dialogs()
    stage.go("sales")
    back(stage)
    back(stage)
    assert over(stage.window) == []
    assert stage.window.current_place() == "payments"
    back(stage)
    assert stage.window.current_place() == "invoices"
    assert place.lists.isVisible(), "the lists, not an empty form"
