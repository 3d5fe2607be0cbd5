"""Quick payment through its widgets: what is proposed, what is booked, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from crmdesk.models import clock
from crmdesk.services import payment_plan, worth_facts
from crmdesk.ui.dialogs import quick_payment
from crmdesk.ui.dialogs.quick_payment import QuickPayment
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def debtor(do: Do) -> list[str]:
    """西溪 owes three invoices: 12,000 overdue, 32,310.50 and 32,000."""
    do("customer.create", code="C8", name="杭州西溪民宿集群", terms_days=30)
    do("customer.create", code="C9", name="西安古城客栈")
    return [
        bill(do, "12000", "2026-05-01"),
        bill(do, "32310.50", "2026-06-05"),
        bill(do, "32000", "2026-06-20"),
    ]


def bill(do: Do, amount: str, on: str, customer: str = "C8", **more: Any) -> str:
    line = {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]


def open_of(stage: Stage, customer: str = "C8") -> dict[str, int]:
    with stage.ctx.need_book().read() as connection:
        plan = payment_plan.of_customer(connection, customer)
    return {entry.number: entry.open_minor for entry in plan.documents}


def opened(stage: Stage) -> QuickPayment:
    stage.press("F6")
    return stage.widget("payment", QuickPayment)


def parts(dialog: QuickPayment) -> dict[str, int]:
    documents = dialog.table.documents()
    return {documents.document(row).number: part for row, part in documents.parts().items()}


def live(stage: Stage) -> dict[str, str]:
    names = ("received", "allocated", "credit")
    return {name: stage.widget(f"payment.live.{name}").text() for name in names}


def test_six_groups_of_keys(stage: Stage, debtor: list[str]) -> None:
    """F6 · customer · Enter · amount · Enter · Ctrl+S, without the mouse."""
    opened(stage)
    stage.type("hzxx")
    stage.press("Return")
    stage.type("50000")
    stage.press("Return")
    assert live(stage) == {"received": "50,000.00", "allocated": "50,000.00", "credit": "0.00"}
    stage.press("Ctrl+S")
    (payment,) = rows(stage, "payments")
    assert (payment["customer"], payment["amount"], payment["free"]) == ("C8", 5_000_000, 0)
    assert open_of(stage) == {debtor[2]: 2_631_050}
    with pytest.raises(LookupError):
        stage.widget("payment")


def test_the_proposal_follows_the_typing(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    stage.type("C8")
    stage.press("Return")
    stage.type("32310.50")
    assert dialog.way.text() == "Exact match"
    assert parts(dialog) == {debtor[1]: 3_231_050}
    dialog.form.editor("amount").selectAll()
    stage.type("44000")
    assert dialog.way.text() == "Unique combination of 2"
    assert parts(dialog) == {debtor[0]: 1_200_000, debtor[2]: 3_200_000}
    stage.type("0")
    assert dialog.way.text() == "No exact combination: oldest first"
    assert live(stage) == {"received": "440,000.00", "allocated": "76,310.50", "credit": "363,689.50"}


def test_oldest_first_by_one_key(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "32000")
    stage.settle()
    assert parts(dialog) == {debtor[2]: 3_200_000}
    stage.press("F7")
    assert parts(dialog) == {debtor[0]: 1_200_000, debtor[1]: 2_000_000}
    stage.press("F7")
    assert parts(dialog) == {debtor[2]: 3_200_000}


def test_what_was_typed_as_a_sum_is_worked_out(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8")
    stage.settle()
    stage.type("12000*2-4000")
    stage.press("Ctrl+S")
    (payment,) = rows(stage, "payments")
    assert payment["amount"] == 2_000_000


def test_chosen_by_hand_the_amount_follows(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8")
    stage.settle()
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.table.documents().index(2, 6))
    stage.press("Space")
    assert dialog.form.value("amount") == Decimal("32000.00")
    dialog.table.setCurrentIndex(dialog.table.documents().index(0, 6))
    stage.type("2000.5")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    stage.settle()
    assert dialog.form.value("amount") == Decimal("34000.50")
    assert dialog.way.text() == "Chosen by hand"
    stage.press("Ctrl+S")
    assert open_of(stage) == {debtor[0]: 999_950, debtor[1]: 3_231_050}


def test_more_than_is_open_of_a_document_is_cut_with_a_sentence(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "50000")
    stage.settle()
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.table.documents().index(0, 6))
    stage.type("13000")
    stage.press("Return")
    assert parts(dialog)[debtor[0]] == 1_200_000
    assert "Only ¥12,000.00" in dialog.banner.text()


def test_more_chosen_than_received_is_refused(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "12000")
    stage.settle()
    dialog.table.documents().put(1, 100_000)
    stage.press("Ctrl+S")
    assert "¥1,000.00 more than was received" in dialog.banner.text()
    assert rows(stage, "payments") == []


def test_the_odd_amount_is_given_away_by_one_key(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8")
    stage.settle()
    stage.press("F8")
    assert dialog.form.value("amount") == Decimal("76310.00")
    assert dialog.form.value("discount") == Decimal("0.50")
    stage.press("F8")
    assert dialog.form.value("discount") is None
    stage.press("F8")
    assert dialog.form.value("amount") == Decimal("76310.00")
    assert dialog.form.value("discount") == Decimal("0.50")
    stage.press("Ctrl+S")
    (payment,) = rows(stage, "payments")
    assert (payment["amount"], payment["discount"]) == (7_631_000, 50)
    assert open_of(stage) == {}


def test_the_little_rest_of_a_typed_amount(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "44310")
    stage.settle()
    stage.press("F8")
    assert dialog.form.value("discount") == Decimal("0.50")
    assert parts(dialog) == {debtor[0]: 1_200_000, debtor[1]: 3_231_050}
    dialog.form.editor("amount").selectAll()
    dialog.form.focus_field("amount")
    stage.type("100")
    assert dialog.form.value("discount") is None, "another amount, another rest"


def test_a_large_rest_is_no_odd_amount(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "20000")
    stage.settle()
    stage.press("F8")
    assert dialog.form.value("discount") is None
    assert "too much for an odd amount" in dialog.banner.text()


def test_a_customer_who_owes_nothing_gets_credit(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C9", "300")
    stage.settle()
    assert "becomes credit" in dialog.nothing.text()
    stage.press("Ctrl+S")
    (payment,) = rows(stage, "payments")
    assert (payment["customer"], payment["free"]) == ("C9", 30_000)


def test_credit_that_is_there_already_is_told(stage: Stage, debtor: list[str], do: Do) -> None:
    do("payment.record", customer="C8", amount="250.00")
    dialog = opened(stage)
    dialog.begin("C8")
    stage.settle()
    assert dialog.credit_before.text() == "¥250.00 to his credit already"


def test_another_currency_by_one_click(stage: Stage, debtor: list[str], do: Do) -> None:
    number = bill(do, "80", "2026-06-01", currency="USD")
    dialog = opened(stage)
    dialog.begin("C8", "80")
    stage.settle()
    stage.click("payment.otherCurrency")
    assert parts(dialog) == {number: 8_000}
    stage.press("Ctrl+S")
    (payment,) = rows(stage, "payments")
    assert (payment["currency"], payment["amount"]) == ("USD", 8_000)


def test_the_date_decides_what_is_open_and_is_checked(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "100")
    stage.settle()
    dialog.form.set_value("date", "2026-05-10")
    stage.settle()
    assert list(parts(dialog)) == [debtor[0]]
    assert dialog.table.documents().rowCount() == 1
    dialog.form.editor("date").setText("nonsense")
    stage.press("Ctrl+S")
    assert "not a date" in dialog.form.error("date")
    assert rows(stage, "payments") == []


def test_a_locked_period_is_told_under_the_date(stage: Stage, debtor: list[str], do: Do) -> None:
    do("period.lock", until="2026-05-31")
    dialog = opened(stage)
    dialog.begin("C8", "100")
    stage.settle()
    dialog.form.set_value("date", "2026-05-10")
    stage.settle()
    stage.press("Ctrl+S")
    assert "locked" in dialog.form.error("date")
    dialog.form.set_value("date", "2026-06-10")
    stage.settle()
    stage.press("Ctrl+S")
    assert [payment["amount"] for payment in rows(stage, "payments")] == [10_000]


def test_nothing_typed_says_what_is_missing(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    stage.press("Ctrl+S")
    assert dialog.form.error("customer") == "Please fill in Customer."
    assert dialog.form.error("amount") == "Please fill in Amount."


def test_escape_asks_before_something_typed_is_lost(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "100")
    stage.settle()
    stage.press("Esc")
    assert stage.widget("leave").isVisible()
    stage.click("leave.discard")
    with pytest.raises(LookupError):
        stage.widget("payment")
    assert rows(stage, "payments") == []


def test_escape_closes_an_untouched_one(stage: Stage, debtor: list[str]) -> None:
    opened(stage)
    stage.press("Esc")
    with pytest.raises(LookupError):
        stage.widget("payment")


def test_a_new_customer_in_place(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    stage.type("新客户")
    stage.press("Return")
    stage.settle()
    assert dialog.form.editor("customer").text() == "新客户"
    stage.type("10")
    stage.press("Ctrl+S")
    assert rows(stage, "payments")[0]["name"] == "新客户"


def test_the_receipt_can_be_copied_as_a_picture(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "12000")
    stage.settle()
    stage.press("Ctrl+S")
    stage.click("toast.action")
    picture = QGuiApplication.clipboard().image()
    assert picture.width() > 800
    (row,) = rows(stage, "prints")
    assert (row["kind"], row["number"], row["channel"]) == ("receipt", "RC-2026-0001", "picture")


def test_without_a_printer_save_and_print_offers_the_pdf(stage: Stage, debtor: list[str]) -> None:
    dialog = opened(stage)
    dialog.begin("C8", "12000")
    stage.settle()
    stage.press("Ctrl+Return")
    assert len(rows(stage, "payments")) == 1
    texts = [toast.text() for toast in stage.window.findChildren(object) if toast.objectName() == "toast"]
    assert any("no printer" in words for words in texts)


def test_the_money_is_for_another_customer_too(stage: Stage, debtor: list[str], do: Do) -> None:
    theirs = bill(do, "500", "2026-06-10", "C9")
    dialog = opened(stage)
    stage.type("hzxx")
    stage.press("Return")
    stage.press("F10")
    stage.type("xagc")
    stage.press("Return")
    documents = dialog.table.documents()
    assert [documents.document(row).owner for row in range(4)] == ["", "", "", "C9"]
    assert documents.text(3, 1) == f"{theirs} · C9"
    dialog.form.set_value("amount", "12500")
    assert parts(dialog) == {debtor[0]: 1_200_000, theirs: 50_000}, "the exact combination"
    stage.press("Ctrl+S")
    assert (open_of(stage, "C9"), debtor[0] in open_of(stage)) == ({}, False)
    (payment,) = rows(stage, "payments")
    assert (payment["customer"], payment["amount"], payment["free"]) == ("C8", 1_250_000, 0)
    assert [row["amount"] for row in rows(stage, "transfers")] == [50_000]


def test_f10_again_pays_for_nobody_else(stage: Stage, debtor: list[str], do: Do) -> None:
    bill(do, "500", "2026-06-10", "C9")
    dialog = opened(stage)
    stage.type("hzxx")
    stage.press("Return")
    stage.click("payment.otherCustomer")
    stage.type("xagc")
    stage.press("Return")
    assert dialog.table.documents().rowCount() == 4
    stage.press("F10")
    assert dialog.table.documents().rowCount() == 3
    assert not dialog.other.is_shown
    dialog.form.set_value("amount", "12000")
    stage.press("Ctrl+S")
    assert rows(stage, "transfers") == []


def test_a_bill_of_exchange_asks_for_its_number_and_due_date(stage: Stage, do: Do) -> None:
    do("customer.create", code="B1", name="宁波港城")
    dialog = quick_payment.open_dialog(stage.ctx, stage.window, customer="B1", amount="900")
    stage.settle()
    assert dialog.bill.isHidden()
    dialog.form.set_value("account", "bill|BILLS")
    stage.settle()
    assert dialog.bill.isVisible()
    stage.press("Ctrl+S")
    assert (dialog.bill.error("number"), dialog.bill.error("due_on")) != ("", "")
    dialog.bill.set_value("number", "1308331002026")
    dialog.bill.set_value("due_on", "2026-09-30")
    stage.press("Ctrl+S")
    (bill,) = rows(stage, "bills", sort="due")
    assert (bill["bill"], str(bill["due"]), bill["state"]) == ("1308331002026", "2026-09-30", "held")
    dialog = quick_payment.open_dialog(stage.ctx, stage.window, customer="B1", amount="900")
    stage.settle()
    dialog.form.set_value("account", "bill|BILLS")
    dialog.bill.set_value("number", "1308331002026")
    dialog.bill.set_value("due_on", "2026-09-30")
    stage.press("Ctrl+S")
    assert "received already" in dialog.bill.error("number")
    dialog.close_now()
    stage.settle()


def test_cash_is_rounded_in_a_book_that_rounds_it(stage: Stage, do: Do) -> None:
    do("company.update", cash_rounding="0.10")
    do("customer.create", code="B1", name="宁波港城")
    line = {"description": "油漆", "quantity": "1", "unit_price": "100.03", "tax_rate": "0"}
    do("invoice.issue", customer="B1", date="2026-06-01", lines=[line])
    dialog = quick_payment.open_dialog(stage.ctx, stage.window, customer="B1")
    stage.settle()
    dialog.form.set_value("account", "bank|BANK")
    assert not dialog.open_head.cash.isVisible()
    dialog.form.set_value("account", "cash|CASH")
    stage.settle()
    assert dialog.open_head.cash.isVisible()
    stage.press("F8", "payment.amount")
    assert (dialog.form.value("amount"), dialog.rounding.cash_minor) == (Decimal("100.00"), 3)
    stage.press("Ctrl+S")
    assert rows(stage, "invoices")[0]["open"] == 0


# Foreign money


def foreign_bill(do: Do, amount: str, **more: object) -> str:
    lines = [{"description": "Tiles", "quantity": "1", "unit_price": amount, "tax_rate": "0"}]
    if not more.pop("again", False):
        do("customer.create", code="E1", name="Sunrise LLC", currency="USD", terms_days=30)
    return do("invoice.issue", customer="E1", date="2026-06-01", lines=lines, **more)["number"]


def receiving(stage: Stage) -> QuickPayment:
    dialog = quick_payment.open_dialog(stage.ctx, stage.window, customer="E1")
    stage.settle()
    return dialog


def test_foreign_money_shows_the_rate_of_the_day_and_the_gain(stage: Stage, do: Do) -> None:
    do("rate.set", currency="USD", date="2026-06-20", rate="7.1")
    foreign_bill(do, "1000", rate="7")
    dialog = receiving(stage)
    assert dialog.foreign.form.editor("rate").placeholderText() == "7.1"
    stage.type_into("payment.amount", "1000")
    assert dialog.foreign.words.text() == "Worth ¥7,100.00 · Exchange gain ¥100.00"
    dialog.foreign.form.set_value("rate", Decimal(10) ** 14)
    stage.settle()
    assert dialog.foreign.words.text() == "", "what is too much is said by OK, not by a fault"
    dialog.foreign.form.set_value("rate", Decimal("6.9"))
    stage.settle()
    assert dialog.foreign.words.text() == "Worth ¥6,900.00 · Exchange loss ¥100.00"
    stage.press("Ctrl+S")
    with stage.ctx.need_book().read() as connection:
        worth = worth_facts.load(connection, rows(stage, "payments")[0]["id"])
    assert worth is not None
    assert (worth.rate, worth.base_minor, worth.gain_minor) == ("6.9", 690_000, -10_000)


def test_money_in_another_currency_than_the_invoice(stage: Stage, do: Do) -> None:
    foreign_bill(do, "1000", rate="7")
    dialog = receiving(stage)
    stage.type_into("payment.amount", "1000")
    dialog.foreign.form.set_value("currency", "CNY")
    stage.settle()
    assert not dialog.foreign.form.editor("rate").isVisible()
    stage.press("Ctrl+S")
    assert dialog.foreign.form.error("amount"), "how much came in is asked for under its field"
    stage.type_into("payment.foreign.amount", "7050")
    assert dialog.foreign.words.text() == "Worth ¥7,050.00 · Exchange gain ¥50.00"
    stage.press("Ctrl+S")
    (row,) = rows(stage, "payments")
    stage.go("payments", number=row["number"])
    facts = stage.widget("payments.detail").facts_grid.texts()
    assert (facts["Money came in as"], facts["Worth"]) == ("¥7,050.00", "¥7,050.00")
    assert facts["Exchange difference"] == "Exchange gain ¥50.00"
    assert stage.widget("payments.detail").links.entries()[0].side == "Exchange gain ¥50.00"


def test_documents_without_a_rate_are_not_proposed_beside_rated_money(stage: Stage, do: Do) -> None:
    bare = foreign_bill(do, "500")
    rated = foreign_bill(do, "1000", rate="7", again=True)
    dialog = receiving(stage)
    assert [entry.number for entry in dialog.plan.documents] == [bare], "this money has no rate"
    dialog.foreign.form.set_value("rate", Decimal("7.1"))
    stage.settle()
    assert [entry.number for entry in dialog.plan.documents] == [rated]
    assert "Left out are 1" in dialog.foreign.words.text()
    stage.type_into("payment.amount", "1000")
    stage.press("Ctrl+S")
    assert {row["number"]: row["open"] for row in rows(stage, "invoices")} == {bare: 50_000, rated: 0}


def test_a_book_of_one_currency_sees_nothing_of_rates_until_it_asks(stage: Stage, do: Do) -> None:
    do("customer.create", code="E1", name="Sunrise LLC")
    dialog = receiving(stage)
    assert not dialog.foreign.isVisible()
    stage.press("F9")
    assert dialog.foreign.isVisible()
    assert not dialog.foreign.form.editor("rate").isVisible()


def test_the_discount_offered_is_taken_where_it_makes_the_amount_exact(stage: Stage, do: Do) -> None:
    """2/10 of 1,000.00: 980.00 is exact, F11 leaves it, F11 takes it again."""
    do("customer.create", code="C7", name="大理客栈", discount_terms="2/10 n/30")
    today = clock.today()
    number = bill(do, "1000", today.isoformat(), "C7")
    dialog = opened(stage)
    stage.type("C7")
    stage.press("Return")
    chip = stage.widget("payment.offeredDiscount")
    assert "20.00" in chip.text()
    assert (today + timedelta(days=10)).isoformat() in chip.text()
    stage.type("980")
    assert (parts(dialog), dialog.given_minor()) == ({number: 100_000}, 2_000)
    assert live(stage) == {"received": "980.00", "allocated": "1,000.00", "credit": "0.00"}
    stage.press("F11")
    assert (parts(dialog), dialog.given_minor()) == ({number: 98_000}, 0)
    stage.press("F11")
    assert (parts(dialog), dialog.given_minor()) == ({number: 100_000}, 2_000)
    stage.press("Ctrl+S")
    assert open_of(stage, "C7") == {}


def test_a_late_discount_is_told_and_granted_by_the_key_only(stage: Stage, do: Do) -> None:
    do("customer.create", code="C7", name="大理客栈", discount_terms="2/10 n/30")
    number = bill(do, "1000", (clock.today() - timedelta(days=13)).isoformat(), "C7")
    dialog = opened(stage)
    stage.type("C7")
    stage.press("Return")
    assert "3" in stage.widget("payment.offeredDiscount").text()
    stage.type("980")
    assert (parts(dialog), dialog.given_minor()) == ({number: 98_000}, 0)
    stage.press("F11")
    assert (parts(dialog), dialog.given_minor()) == ({number: 100_000}, 2_000)
    stage.press("Ctrl+S")
    assert open_of(stage, "C7") == {}
