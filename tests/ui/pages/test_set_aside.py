"""Bills of exchange, deposits and transfers through the window, by the keyboard where there is a key."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]
BILL = "130833100220260106"


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", terms_days=30)
    do("customer.create", code="C2", name="西溪分店", terms_days=30)


def invoice(do: Do, amount: str, customer: str = "C1") -> str:
    line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer=customer, date="2026-05-02", lines=[line])["number"]


@pytest.fixture
def paid_by_bill(do: Do) -> str:
    """A payment of 800 by bill that settles an invoice of 800."""
    invoice(do, "800")
    return do(
        "payment.record", customer="C1", amount="800", date="2026-05-10", method="bill", allocate="oldest",
        bill={"number": BILL, "due_on": "2026-07-02", "drawer": "宁波港城", "bank": "工商银行"},
    )["number"]  # fmt: skip


def state(stage: Stage, kind: str = "bills") -> str:
    return rows(stage, kind)[0]["state"]


def test_a_bill_is_collected_by_the_keyboard(stage: Stage, paid_by_bill: str) -> None:
    stage.go("payments", part="bills")
    view = stage.widget("bills.detail")
    assert (view.number.text(), view.state.text()) == (BILL, "At hand")
    assert stage.widget("bills.detail.open").text() == "2026-07-02"
    assert view.facts_grid.texts()["Payment"] == paid_by_bill
    stage.press("Ctrl+L", "bills.table")
    stage.press("Ctrl+S")
    assert state(stage) == "collected"
    assert view.state.text() == "Collected"
    assert [entry.title for entry in view.links.entries()] == ["INV-2026-0001", "BC-2026-0001"]
    stage.press("Ctrl+Shift+Z", "bills.table")
    dialog = stage.widget("bill.undo")
    stage.press("Ctrl+S")
    assert dialog.form.error("reason") == "Please fill in Reason."
    dialog.form.set_value("reason", "记错")
    stage.press("Ctrl+S")
    assert (state(stage), view.state.text()) == ("held", "At hand")


def test_a_discount_greater_than_the_bill_is_refused_under_its_field(stage: Stage, paid_by_bill: str) -> None:
    stage.go("payments", part="bills")
    stage.press("Ctrl+D", "bills.table")
    dialog = stage.widget("bill.discount")
    dialog.form.set_value("fee", "800")
    stage.press("Ctrl+S")
    assert dialog.form.error("fee")
    dialog.form.set_value("fee", "12.50")
    stage.press("Ctrl+S")
    assert state(stage) == "discounted"


def test_endorsed_and_then_dishonoured(stage: Stage, paid_by_bill: str) -> None:
    stage.go("payments", part="bills")
    stage.press("Ctrl+E", "bills.table")
    stage.widget("bill.endorse").form.set_value("to", "绍兴涂料厂")
    stage.press("Ctrl+S")
    assert state(stage) == "endorsed"
    stage.press("Ctrl+Shift+D", "bills.table")
    stage.widget("bill.dishonour").form.set_value("reason", "拒付")
    stage.press("Ctrl+S")
    assert state(stage) == "dishonoured"
    assert stage.widget("bills.detail").state.text() == "Dishonoured"
    assert rows(stage, "invoices")[0]["open"] == 80_000


def test_without_bills_the_way_is_told(stage: Stage) -> None:
    stage.go("payments", part="bills")
    assert "F6" in stage.widget("bills.empty").text.text()


def test_a_deposit_is_received_and_given_back_in_parts(stage: Stage) -> None:
    stage.go("payments", part="deposits")
    assert "Ctrl+N" in stage.widget("deposits.empty").text.text()
    stage.press("Ctrl+N", "deposits.search")
    dialog = stage.widget("deposit.receive")
    dialog.form.editor("customer").set_value("C1")
    dialog.form.set_value("amount", "500")
    stage.press("Ctrl+S")
    (row,) = rows(stage, "deposits")
    assert (row["held"], row["state"]) == (50_000, "held")
    view = stage.widget("deposits.detail")
    assert (view.state.text(), stage.widget("deposits.detail.open").text()) == ("Held", "¥500.00")
    stage.press("Ctrl+L", "deposits.table")
    dialog = stage.widget("deposit.return")
    assert dialog.form.value("amount") == Decimal("500.00")
    dialog.form.set_value("amount", "500.01")
    stage.press("Ctrl+S")
    assert "Only 500.00" in dialog.form.error("amount")
    dialog.form.set_value("amount", "200")
    stage.press("Ctrl+S")
    assert stage.widget("deposits.detail.open").text() == "¥300.00"
    assert [entry.title for entry in view.links.entries()] == ["DPR-2026-0001"]
    stage.press("Ctrl+R", "deposits.table")
    stage.widget("reverse").form.set_value("reason", "记错")
    stage.press("Ctrl+S")
    assert stage.widget("deposits.detail.open").text() == "¥500.00"
    assert view.state.text() == "Held"


def test_a_deposit_in_a_foreign_currency_asks_for_its_rate(stage: Stage, do: Do) -> None:
    do("customer.create", code="U1", name="Overseas", currency="USD")
    stage.go("payments", part="deposits")
    stage.press("Ctrl+N", "deposits.search")
    dialog = stage.widget("deposit.receive")
    assert not dialog.form.editor("rate").isVisible()
    stage.type("U1")
    stage.press("Return")
    assert dialog.form.editor("rate").isVisible()
    dialog.form.set_value("amount", "500")
    dialog.form.set_value("rate", "0")
    stage.press("Ctrl+S")
    assert dialog.form.error("rate")
    dialog.form.set_value("rate", "7.1")
    stage.press("Ctrl+S")
    (row,) = rows(stage, "deposits")
    assert (row["held"], row["currency"]) == (50_000, "USD")
    with stage.ctx.need_book().read() as connection:
        found = connection.exec_driver_sql("SELECT rate FROM document WHERE kind = 'deposit'").scalar()
    assert found == "7.1"


def test_a_foreign_bill_sold_to_the_bank_goes_back_at_the_rate_of_the_day(stage: Stage, do: Do) -> None:
    do("customer.create", code="U1", name="Overseas", currency="USD")
    bill = {"number": "B7", "kind": "bank", "due_on": "2026-12-30"}
    do("payment.record", customer="U1", amount="100", date="2026-06-01", method="bill", bill=bill, rate="7")
    stage.go("payments", part="bills")
    stage.press("Ctrl+Shift+D", "bills.table")
    assert "rate" not in stage.widget("bill.dishonour").form.field_names()  # no money goes back for it
    stage.press("Esc")
    stage.press("Ctrl+D", "bills.table")
    stage.widget("bill.discount").form.set_value("rate", "7")
    stage.press("Ctrl+S")
    stage.press("Ctrl+Shift+D", "bills.table")
    form = stage.widget("bill.dishonour").form
    form.set_value("rate", "7.2")
    form.set_value("reason", "拒付")
    stage.press("Ctrl+S")
    assert state(stage) == "dishonoured"
    with stage.ctx.need_book().read() as connection:
        rate = connection.exec_driver_sql("SELECT rate FROM document WHERE kind = 'bill_recourse'").scalar()
    assert rate == "7.2"


def test_a_deposit_settles_an_invoice_or_is_kept(stage: Stage, do: Do) -> None:
    number = invoice(do, "120")
    do("deposit.receive", customer="C1", amount="500", date="2026-06-01")
    stage.go("payments", part="deposits")
    stage.press("Ctrl+E", "deposits.table")
    dialog = stage.widget("deposit.keep")
    assert (dialog.form.value("invoice"), dialog.form.value("amount")) == (number, Decimal("120.00"))
    stage.press("Ctrl+S")
    assert rows(stage, "invoices")[0]["open"] == 0
    stage.press("Ctrl+D", "deposits.table")
    stage.widget("deposit.keep").form.set_value("reason", "损坏")
    stage.press("Ctrl+S")
    (row,) = rows(stage, "deposits")
    assert (row["applied"], row["kept"], row["held"], row["state"]) == (12_000, 38_000, 0, "settled")
    stage.go("invoices", number=number)
    links = stage.widget("invoices.detail").links
    assert [entry.data.kind for entry in links.entries()] == ["deposit_applied"]
    links.chosen.emit(links.entries()[0])
    stage.settle()
    assert stage.widget("deposits.detail").number.text() == "DP-2026-0001"


def test_money_of_one_customer_settles_what_another_owes(stage: Stage, do: Do) -> None:
    invoice(do, "300", "C2")
    paid = do("payment.record", customer="C1", amount="500", date="2026-06-10", allocate="none")["number"]
    stage.go("payments", number=paid)
    stage.press("Ctrl+Shift+L", "payments.table")
    dialog = stage.widget("transfer")
    dialog.form.editor("customer").set_value("C1")
    stage.press("Ctrl+S")
    assert "own already" in dialog.form.error("customer")
    dialog.form.editor("customer").set_value("C2")
    dialog.form.set_value("amount", "400")
    stage.press("Ctrl+S")
    assert rows(stage, "invoices")[0]["open"] == 0
    assert stage.widget("payments.detail.open").text() == "¥100.00"
    links = stage.widget("payments.detail").links
    links.chosen.emit(links.entries()[0])
    stage.settle()
    view = stage.widget("transfers.detail")
    assert (view.customer.text(), view.facts_grid.texts()["Paid by"]) == ("西溪分店 · C2", "C1")
    assert view.facts_grid.texts()["Belongs to"] == paid
    stage.press("Ctrl+Shift+D", "transfers.table")
    stage.widget("reverse").form.set_value("reason", "付错")
    stage.press("Ctrl+S")
    assert rows(stage, "invoices")[0]["open"] == 30_000
    assert view.state.text() == "Reversed"


def test_a_payment_settles_another_invoice_in_one_step(stage: Stage, do: Do) -> None:
    first, second = invoice(do, "300"), invoice(do, "200")
    paid = do(
        "payment.record", customer="C1", amount="300", date="2026-06-10",
        allocate=[{"invoice": first, "amount": "300"}],
    )["number"]  # fmt: skip
    stage.go("payments", number=paid)
    stage.press("Ctrl+M", "payments.table")
    dialog = stage.widget("reallocate")
    assert (dialog.form.value("to"), dialog.form.value("amount")) == (second, Decimal("200.00"))
    stage.press("Ctrl+S")
    assert {row["number"]: row["open"] for row in rows(stage, "invoices")} == {first: 20_000, second: 0}


def test_a_change_from_elsewhere_keeps_the_chosen_row(stage: Stage, do: Do) -> None:
    for amount in ("100", "200", "300"):
        do("deposit.receive", customer="C1", amount=amount, date="2026-06-01")
    stage.go("payments", part="deposits")
    table = stage.widget("deposits.table")
    chosen = table.table_model().ids[1]
    table.select(chosen)
    stage.settle()
    stage.ctx.run_use_case("deposit.receive", {"customer": "C2", "amount": "400"})
    stage.settle()
    assert len(table.table_model().ids) == 4
    assert table.current_id() == chosen


def test_the_customers_timeline_opens_what_became_of_a_bill(stage: Stage, do: Do, paid_by_bill: str) -> None:
    do("bill.endorse", bill=paid_by_bill, date="2026-05-20", to="绍兴涂料厂")
    from crmdesk.models.specs.documents import DOCUMENT_KINDS
    from crmdesk.services import customer_history
    from crmdesk.ui.document_words import PLACES

    said = set(DOCUMENT_KINDS) - {"bank"}
    assert said <= set(customer_history.TITLES)
    assert said <= set(PLACES)
    stage.ctx.go("payments", number="BE-2026-0001", kind="bill_endorsement")
    stage.settle()
    view = stage.widget("bills.detail")
    assert (view.number.text(), view.state.text()) == (BILL, "Endorsed")
