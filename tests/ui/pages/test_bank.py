"""Bank lines in the real window: import, keyboard, refusals, what is tied, set aside, taken back; the learnt payers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from crmdesk.services.imports import run
from crmdesk.services.imports.results import ImportOptions
from crmdesk.ui import day_words
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]
HEADER = "交易日期,对方户名,对方账号,摘要,收入,支出,流水号"
ROWS = (
    "2026-06-10,上海鼎晟贸易有限公司,622202100011,货款 INV-2026-0001,300.00,,R1",
    "2026-06-11,上海鼎晟贸易有限公司,622202100011,货款,500.00,,R2",
    "2026-06-12,王小明,622202100099,还款,80.00,,R3",
    "2026-06-13,,,账户管理费 手续费,,15.00,R4",
    "2026-06-14,杭州西湖物业管理有限公司,120202210,六月房租,,9800.00,R5",
)


def bill(do: Do, customer: str, amount: str, on: str = "2026-06-01") -> str:
    line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer=customer, date=on, lines=[line])["number"]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="上海鼎晟贸易有限公司")
    do("customer.create", code="C2", name="明光商行")
    bill(do, "C1", "300")
    bill(do, "C1", "250", "2026-06-02")
    bill(do, "C1", "700", "2026-06-03")
    bill(do, "C2", "80", "2026-06-04")


def sheet(folder: Path, *lines: str, name: str = "流水.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def bank(stage: Stage, tmp_path: Path) -> Any:
    """The page with five lines of BANK."""
    result = run.run(stage.ctx.need_book(), "bank", sheet(tmp_path, *ROWS), ImportOptions(account="BANK"))
    assert result.created_count == 5
    stage.ctx.bus.publish(result.changes)
    stage.go("payments", part="bank")
    page = stage.widget("bank")
    page.table.setFocus()
    return page


def line_of(stage: Stage, reference: str) -> int:
    return next(row["id"] for row in rows(stage, "bank_lines", sort="line") if row["reference"] == reference)


def states(stage: Stage) -> dict[str, str]:
    return {row["reference"]: row["state"] for row in rows(stage, "bank_lines", sort="line")}


def choose(stage: Stage, page: Any, reference: str) -> None:
    page.show_record(line_of(stage, reference))
    stage.settle()
    page.table.setFocus()


def shown_states(page: Any) -> list[str]:
    model = page.table.table_model()
    column = next(at for at, one in enumerate(model.columns()) if one.field.name == "state")
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_an_empty_page_teaches_the_import(stage: Stage) -> None:
    stage.go("payments", part="bank")
    assert stage.widget("bank.empty").title.text() == "No bank statement yet"
    stage.click("bank.import.empty")
    assert stage.widget("import.kind").value() == "bank"
    assert stage.widget("import.account").isVisible()
    with pytest.raises(LookupError):
        stage.widget("import.template")


def test_the_account_its_counts_and_what_each_line_is(stage: Stage, bank: Any) -> None:
    assert stage.widget("bank.account").currentText() == "银行账户"
    assert stage.widget("bank.filter.new").text() == "Waiting 5"
    assert stage.widget("bank.book").text() == "¥0.00"
    assert shown_states(bank) == ["Waiting", "Sure", "Suggested", "Suggested", "Sure"]
    assert stage.widget("bank.confirmSure").text() == "Book all sure ones (2) …"
    choose(stage, bank, "R1")
    assert stage.widget("bank.detail.amount").text() == "¥300.00"
    assert stage.widget("bank.detail.what").text() == "Payment of 上海鼎晟贸易有限公司"
    assert "INV-2026-0001" in stage.widget("bank.detail.why").text()
    assert stage.widget("bank.detail.certainty").text() == "Sure"
    assert bank.detail.choice.table.documents().parts() == {0: 30_000}
    assert stage.widget("bank.live.credit").text() == "0.00"
    stage.widget("bank.filter.new").click()
    stage.widget("bank.filter.booked").click()
    stage.settle()
    assert bank.table.table_model().record_count == 5, "waiting and booked, of which there is none"


def test_enter_books_and_goes_to_the_next(stage: Stage, bank: Any) -> None:
    choose(stage, bank, "R2")
    assert bank.detail.choice.table.documents().parts() == {1: 25_000, 2: 25_000}, "the first is R1's"
    stage.press("Return")
    assert bank.table.current_id() == line_of(stage, "R1"), "the next below"
    assert QApplication.focusWidget() is bank.table
    stage.press("Return")
    assert states(stage) == {"R1": "booked", "R2": "booked", "R3": "new", "R4": "new", "R5": "new"}
    assert rows(stage, "invoices")[0]["open"] == 0
    assert bank.table.current_id() == line_of(stage, "R5"), "round to the first that waits"
    assert stage.widget("bank.filter.booked").text() == "Booked 2"
    assert stage.widget("bank.book").text() == "¥800.00"


def test_items_and_a_customer_by_the_keyboard_alone(stage: Stage, bank: Any) -> None:
    choose(stage, bank, "R2")
    stage.press("Space")
    assert bank.detail.choice.table.documents().parts() == {0: 30_000, 1: 25_000, 2: 25_000}
    QTest.keyClick(bank.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    stage.press("Space")
    QTest.keyClick(bank.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    stage.press("Space")
    stage.press("Space")
    assert bank.detail.choice.table.documents().parts() == {0: 30_000, 2: 70_000}
    assert stage.widget("bank.live.credit").text() == "−500.00"
    stage.press("Return")
    assert "¥500.00 more than was received" in bank.detail.choice.form.error("customer")
    assert states(stage)["R2"] == "new"
    # what was chosen stays with its line
    choose(stage, bank, "R3")
    choose(stage, bank, "R2")
    assert bank.detail.choice.table.documents().parts() == {0: 30_000, 2: 70_000}
    # letters search a customer, and the keyboard comes back to the list
    choose(stage, bank, "R3")
    stage.type("c2")
    assert bank.detail.choice.picker.hasFocus()
    stage.press("Return")
    assert QApplication.focusWidget() is bank.table
    assert bank.detail.choice.table.documents().parts() == {0: 8_000}
    stage.press("Return")
    assert states(stage)["R3"] == "booked"
    assert rows(stage, "payments")[0]["name"] == "明光商行"


def test_a_fee_is_credited_and_nobody_is_not_booked(stage: Stage, bank: Any, do: Do) -> None:
    bill(do, "C2", "502", "2026-06-05")
    choose(stage, bank, "R3")
    choose(stage, bank, "R5")
    choose(stage, bank, "R3")
    bank.detail.choice.picker.set_value(None)
    bank.detail.choice._form_changed("customer")
    stage.settle()
    bank.detail.suggestion = None
    stage.press("Ctrl+Return")
    assert bank.detail.choice.form.error("customer") == "Choose the customer who paid."
    choose(stage, bank, "R2")
    bank.detail.choice.form.set_value("fee", "50")
    bank.detail.choice._form_changed("fee")
    assert stage.widget("bank.live.received").text() == "550.00"
    assert bank.detail.choice.form.value("fee") == Decimal(50)
    stage.press("Ctrl+Return")
    assert rows(stage, "payments")[0]["amount"] == 55_000


def test_all_that_is_sure_after_a_look(stage: Stage, bank: Any) -> None:
    stage.press("Ctrl+Shift+Return", "bank.table")
    dialog = stage.widget("bankSure")
    assert [entry.detail for entry in dialog.list.entries()] == [
        "Payment of 上海鼎晟贸易有限公司 for INV-2026-0001",
        "Fee of the bank",
    ]
    assert dialog.sum.text() == "2 lines · ¥285.00"
    stage.press("Return", "bankSure.lines")
    assert dialog.sum.text() == "1 line · −¥15.00"
    stage.press("Return", "bankSure.lines")
    stage.press("Ctrl+S")
    assert [states(stage)[name] for name in ("R1", "R4")] == ["booked", "booked"]
    assert not bank.sure_action.isEnabled()


def test_a_locked_period_refuses_with_the_reason(stage: Stage, bank: Any, do: Do) -> None:
    do("period.lock", until="2026-06-20")
    choose(stage, bank, "R4")
    stage.press("Return")
    assert "locked" in bank.detail.banner.text()
    stage.press("Ctrl+Shift+Return", "bank.table")
    stage.press("Ctrl+S")
    dialog = stage.widget("bankSure")
    assert "2 lines cannot be booked, so none was" in dialog.banner.text()
    assert set(states(stage).values()) == {"new"}


def test_set_aside_and_taken_up_again(stage: Stage, bank: Any) -> None:
    choose(stage, bank, "R5")
    assert stage.widget("bank.confirm").text() == "Set aside …"
    stage.press("Return")
    dialog = stage.widget("bankIgnore")
    dialog.form.set_value("reason", "")
    stage.press("Ctrl+S")
    assert dialog.form.error("reason") == "Please fill in Reason."
    dialog.form.set_value("reason", "房租")
    stage.press("Ctrl+S")
    assert states(stage)["R5"] == "ignored"
    choose(stage, bank, "R5")
    assert stage.widget("bank.detail.why").text() == "房租"
    stage.press("Ctrl+U")
    assert states(stage)["R5"] == "new"
    assert stage.widget("bank.detail.state").text() == "Waiting"


def test_what_was_entered_already_is_tied(stage: Stage, bank: Any, do: Do) -> None:
    number = do("payment.record", customer="C1", amount="500", date="2026-06-11", method="bank")["number"]
    bank.load_desk()
    stage.settle()
    choose(stage, bank, "R2")
    assert stage.widget("bank.confirm").text() == f"Tie to {number}"
    stage.press("Ctrl+L")
    dialog = stage.widget("bankLink")
    assert dialog.form.value("document") == f"payment|{number}"
    stage.press("Ctrl+S")
    assert states(stage)["R2"] == "matched"
    assert len(rows(stage, "payments")) == 1
    choose(stage, bank, "R2")
    assert stage.widget("bank.detail.what").text() == f"Is {number} of 上海鼎晟贸易有限公司, entered already"
    stage.press("Ctrl+U")
    assert states(stage)["R2"] == "new"
    stage.press("Return")
    assert states(stage)["R2"] == "matched", "Enter does what the main button says"
    choose(stage, bank, "R3")
    stage.press("Ctrl+L")
    with pytest.raises(LookupError):
        stage.widget("bankLink")


def test_money_paid_back(stage: Stage, bank: Any, do: Do) -> None:
    credit = do(
        "payment.record", customer="C2", amount="9800", date="2026-06-09", method="cash", allocate="none"
    )
    choose(stage, bank, "R5")
    stage.press("Ctrl+R")
    dialog = stage.widget("bankRefund")
    assert dialog.form.value("document") == f"payment|{credit['number']}"
    dialog.form.set_value("reason", "退多付款")
    stage.press("Ctrl+S")
    assert states(stage)["R5"] == "booked"
    assert [row["amount"] for row in rows(stage, "refunds")] == [980_000]


def test_a_fee_is_taken_back_and_a_payment_opened(stage: Stage, bank: Any) -> None:
    choose(stage, bank, "R4")
    stage.press("Return")
    choose(stage, bank, "R4")
    assert stage.widget("bank.detail.stands").text() == "Reverse BK-2026-0001 …"
    stage.click("bank.detail.stands")
    stage.widget("bankReverse").form.set_value("reason", "弄错")
    stage.press("Ctrl+S")
    assert states(stage)["R4"] == "new"
    choose(stage, bank, "R1")
    stage.press("Return")
    choose(stage, bank, "R1")
    stage.click("bank.detail.stands")
    assert stage.widget("payments.detail.number").text() == "RC-2026-0001"
    stage.press("Alt+Left")
    place: Any = stage.window.page("payments")
    assert place.current_part == "bank"


def test_payers_are_learnt_forgotten_and_added(stage: Stage, bank: Any) -> None:
    stage.choose("bank.payers")
    dialog = stage.widget("bankPayers")
    assert dialog.stack.currentWidget() is dialog.empty
    dialog.reject()
    choose(stage, bank, "R1")
    stage.press("Return")
    stage.choose("bank.payers")
    dialog = stage.widget("bankPayers")
    shown = [(entry.title, entry.detail) for entry in dialog.list.entries()]
    assert shown == [
        ("上海鼎晟贸易有限公司", "Name · 上海鼎晟贸易有限公司 · C1"),
        ("622202100011", "Account · 上海鼎晟贸易有限公司 · C1"),
    ]
    stage.type_into("bankPayers.search", "6222")
    stage.press("Down")
    stage.press("Ctrl+D")
    assert [one.kind for one in dialog._payers] == ["name"]
    dialog.banner._action.click()
    stage.settle()
    assert [one.kind for one in dialog._payers] == ["name", "account"]
    stage.click("bankPayers.add")
    form = stage.widget("bankLearn").form
    form.set_value("customer", "C2")
    stage.press("Ctrl+S")
    assert form.error("name") == "Please fill in Payer."
    form.set_value("name", "王小明")
    stage.press("Ctrl+S")
    dialog.reject()
    stage.settle()
    choose(stage, bank, "R3")
    assert stage.widget("bank.detail.certainty").text() == "Sure"


def test_a_reversal_elsewhere_opens_the_line_again(stage: Stage, bank: Any, do: Do) -> None:
    choose(stage, bank, "R1")
    stage.press("Return")
    choose(stage, bank, "R1")
    stage.ctx.run_use_case("payment.reverse", {"payment": "RC-2026-0001", "reason": "退票"})
    stage.settle()
    assert bank.table.current_id() == line_of(stage, "R1"), "the cursor stays"
    assert stage.widget("bank.detail.state").text() == "Waiting"
    assert stage.widget("bank.filter.new").text() == "Waiting 5"


def test_the_reconciliation_is_saved(stage: Stage, bank: Any, tmp_path: Path) -> None:
    stage.choose("bank.report")
    dialog = stage.window.findChild(QFileDialog, "save.file")
    assert dialog is not None
    path = tmp_path / "bank.xlsx"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    stage.settle()
    assert path.stat().st_size > 1_000


def test_today_and_the_bell_lead_to_the_waiting_lines(stage: Stage, bank: Any) -> None:
    facts = stage.ctx.day().facts
    assert facts is not None
    assert facts.bank_lines.count == 5
    entry = next(one for one in day_words.todo(facts, None) if one.data == facts.bank_lines.target)
    assert entry.title == "Bank lines to book: 5"
    assert ("payments", 0, 5, "Bank lines to book: 5") in day_words.rail_counts(facts)
    assert any(one.key == "bank" for one in day_words.notices(stage.ctx, facts, None))
    choose(stage, bank, "R4")
    stage.press("Return")
    stage.go("today")
    day_words.go_to(stage.ctx, facts.bank_lines.target, "waiting")
    stage.settle()
    assert stage.widget("bank").table.table_model().record_count == 4


def test_several_accounts(stage: Stage, bank: Any, tmp_path: Path) -> None:
    path = sheet(tmp_path, "2026-06-20,某人,,转账,12.00,,W1", name="w.csv")
    result = run.run(stage.ctx.need_book(), "bank", path, ImportOptions(account="WECHAT"))
    stage.ctx.bus.publish(result.changes)
    stage.settle()
    combo = stage.widget("bank.account")
    assert [combo.itemText(at) for at in range(combo.count())][-1] == "All accounts"
    assert bank.table.table_model().record_count == 5
    combo.setCurrentIndex(combo.findData("WECHAT|CNY"))
    combo.activated.emit(combo.currentIndex())
    stage.settle()
    assert bank.table.table_model().record_count == 1
    combo.setCurrentIndex(combo.count() - 1)
    combo.activated.emit(combo.currentIndex())
    stage.settle()
    assert bank.table.table_model().record_count == 6
    assert not bank.strip.explained.isVisible()
