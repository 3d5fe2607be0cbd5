"""Credit in the window: the card of a customer, the policy in the settings, an invoice beyond the limit, the notice."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.services import lists, settings
from crmdesk.services.lists import querying
from crmdesk.ui.day_notices import ARE_WANTED
from crmdesk.ui.shots import Stage

LINE = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}


@pytest.fixture
def shop(do: Any) -> Any:
    do("customer.create", code="A", name="甲公司", credit_limit="150.00")
    do("invoice.issue", customer="A", date="2026-04-01", due="2026-05-01", lines=[LINE])
    return do


def test_the_card_says_the_grade_and_why(stage: Stage, shop: Any) -> None:
    shop("promise.record", customer="A", amount="60.00", date="2026-06-01", promised_on="2026-06-20")
    stage.go("customers", code="A")
    assert stage.widget("customers.detail.grade").text() == "Credit C"
    stage.press("Ctrl+Shift+G", "customers.table")
    assert stage.widget("credit.points").text() == "6 points"
    entries = stage.widget("credit.entries").entries()
    assert [(entry.title, entry.chip) for entry in entries] == [("¥60.00", "Broken")]
    stage.click("credit.hold")
    stage.type_into("hold.form.reason", "lawyer")
    stage.press("Ctrl+S", "hold.form.reason")
    assert stage.widget("customers.detail.agreed").text() == "not reminded"
    stage.click("customers.detail.why")
    stage.click("credit.unhold")
    assert stage.widget("customers.detail.agreed").text() == ""
    stage.click("customers.detail.why")
    stage.press("Ctrl+R", "credit.entries")
    assert stage.widget("promise.form.amount").value() == 100


def test_policy_and_interest_are_set_and_found(stage: Stage, shop: Any) -> None:
    stage.go("settings", section="collecting")
    stage.widget("settings.collecting.form.credit_policy").set_value("refuse")
    stage.widget("settings.collecting.form.interest_rate").set_value("0.08")
    stage.click("settings.collecting.save")
    with stage.ctx.need_book().read() as connection:
        own = settings.load(connection)
    assert (own.credit_policy, str(own.interest_rate)) == ("refuse", "0.08")
    stage.widget("settings.collecting.notices").click()
    assert stage.ctx.settings.get(ARE_WANTED) is True


def test_an_invoice_beyond_the_limit_wants_a_reason(stage: Stage, shop: Any) -> None:
    shop("company.update", credit_policy="refuse")
    page: Any = stage.go("invoices", new=True, customer="A")
    page.write({"customer": "A", "lines": [LINE]}, is_dirty=True)
    stage.settle()
    stage.press("Ctrl+Shift+Return")
    stage.click("overLimit.save")
    assert stage.widget("overLimit.form").error("override_reason"), "without a reason nothing is issued"
    stage.type_into("overLimit.form.override_reason", "boss agreed")
    stage.click("overLimit.save")
    with stage.ctx.need_book().read() as connection:
        assert len(querying.ids(connection, lists.Query("invoices"))) == 2


def test_the_notice_of_the_day_comes_once(stage: Stage, shop: Any) -> None:
    told: list[str] = []
    stage.ctx.settings.put("notices.shown", [])
    stage.ctx.settings.put(ARE_WANTED, True)
    stage.ctx.notices.toast = lambda text, *more, **ways: told.append(text)  # type: ignore[method-assign, assignment]
    stage.ctx.day().refresh()
    stage.wait(100)
    assert len(told) == 1
    assert "Overdue: 1, ¥100.00" in told[0]
    stage.ctx.day().refresh()
    stage.wait(100)
    assert len(told) == 1
    stage.ctx.settings.put("notices.shown", [])
    stage.ctx.settings.put(ARE_WANTED, False)
    stage.ctx.day().refresh()
    stage.wait(100)
    assert len(told) == 1
