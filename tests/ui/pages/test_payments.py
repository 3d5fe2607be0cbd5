"""Payments in the real window: list and detail, allocation by hand, release, refund, reversal, the cash book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from crmdesk.services import document_facts
from crmdesk.services.documents.preview import count_pages
from crmdesk.ui import papers, printer
from crmdesk.ui.pages.payments.cash_book import CashBook
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]


def bill(do: Do, amount: str, on: str = "2026-06-01") -> str:
    line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer="C1", date=on, lines=[line])["number"]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", terms_days=30)


@pytest.fixture
def paid(do: Do) -> str:
    """A payment of 500 that settles one invoice of 300; another one of 250 is open."""
    first = bill(do, "300")
    bill(do, "250", "2026-06-02")
    allocate = [{"invoice": first, "amount": "300"}]
    return do(
        "payment.record", customer="C1", amount="500", date="2026-06-10", method="wechat", allocate=allocate
    )["number"]


def test_the_list_and_what_a_payment_settles(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    view = stage.widget("payments.detail")
    assert stage.widget("payments.detail.number").text() == paid
    assert (view.state.text(), stage.widget("payments.detail.open").text()) == ("Partly used", "¥200.00")
    assert [(entry.title, entry.figure) for entry in view.links.entries()] == [("INV-2026-0001", "¥300.00")]
    assert view.facts_grid.texts()["Method / account"].startswith("WeChat Pay")
    assert stage.widget("payments.sum.free").text() == "¥200.00"


def test_allocating_by_hand_books_every_part(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    stage.click("payments.detail.allocate")
    dialog = stage.widget("allocate")
    assert dialog.left.text() == "¥0.00 stays free"
    dialog.table.documents().put(0, 12_345)
    assert dialog.left.text() == "¥76.55 stays free"
    stage.press("Ctrl+S")
    assert [row["open"] for row in rows(stage, "invoices")] == [0, 12_655]
    assert stage.widget("payments.detail.open").text() == "¥76.55"


def test_more_than_is_free_cannot_be_allocated(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    stage.click("payments.detail.allocate")
    dialog = stage.widget("allocate")
    dialog.table.documents().put(0, 25_000)
    assert dialog.left.text() == "−¥50.00 stays free"
    assert not dialog.save_button.isEnabled()


def test_an_allocation_is_dated_and_a_locked_date_is_refused(stage: Stage, paid: str, do: Do) -> None:
    do("period.lock", until="2026-06-15")
    stage.go("payments", number=paid)
    stage.click("payments.detail.allocate")
    dialog = stage.widget("allocate")
    dialog.date.setText("2026-06-12")
    dialog.date.editingFinished.emit()
    stage.settle()
    stage.press("Ctrl+S")
    assert "locked" in dialog.banner.text()
    assert rows(stage, "invoices")[1]["open"] == 25_000


def test_what_is_dated_later_proposes_that_day_and_says_why(stage: Stage, paid: str, do: Do) -> None:
    """Statements imported ahead: today would be refused, so the dialog proposes the day of the last allocation."""
    do("payment.allocate", payment=paid, invoice="INV-2026-0002", amount="50", date="2027-01-05")
    stage.go("payments", number=paid)
    stage.choose("payments.detail.reverse")
    dialog = stage.widget("reverse")
    assert dialog.form.value("date") == date(2027, 1, 5)
    assert "2027-01-05" in "".join(one.text() for one in dialog.findChildren(QLabel))
    dialog.form.set_value("reason", "bounced")
    stage.press("Ctrl+S")
    assert [row["open"] for row in rows(stage, "invoices")] == [30_000, 25_000]


def test_a_refund_taken_back_later_counts_too(stage: Stage, paid: str, do: Do) -> None:
    refund = do("refund.record", payment=paid, amount="20", date="2027-02-01", reason="x")["number"]
    do("refund.reverse", refund=refund, date="2027-03-01", reason="x")
    with stage.ctx.need_book().read() as connection:
        facts = document_facts.load(connection, document_facts.find(connection, "payment", paid) or 0)
        assert facts.back_on(date(2026, 6, 30)) == date(2027, 3, 1)
        plain = document_facts.load(
            connection, document_facts.find(connection, "invoice", "INV-2026-0002") or 0
        )
        assert plain.back_on(date(2026, 6, 30)) == date(2026, 6, 30)
        assert plain.back_on(date(2026, 1, 1)) == plain.dated_on


def test_release_by_the_keyboard(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    view = stage.widget("payments.detail")
    view.links.select(0)
    view.links.setFocus()
    QTest.keyClick(view.links, Qt.Key.Key_Delete)
    stage.settle()
    dialog = stage.widget("release")
    assert dialog.form.value("amount") == Decimal("300.00")
    dialog.form.set_value("amount", "100")
    stage.press("Ctrl+S")
    assert rows(stage, "invoices")[0]["open"] == 10_000
    assert view.links.entries()[0].figure == "¥200.00"


@pytest.mark.parametrize("side", ["payments", "invoices"])
def test_a_discount_goes_back_from_where_it_is_seen(stage: Stage, do: Do, side: str) -> None:
    do("customer.create", code="SD", name="早付颜料行", discount_terms="2/10 n/30")
    line = {"description": "x", "quantity": "1", "unit_price": "1000", "tax_rate": "0"}
    bill = do("invoice.issue", customer="SD", date="2026-06-01", lines=[line])["number"]
    paid = do(
        "payment.record",
        customer="SD",
        date="2026-06-05",
        amount="980",
        allocate="oldest",
        take_discount=True,
    )
    stage.go(side, number=bill if side == "invoices" else paid["number"])
    view = stage.widget(f"{side}.detail")
    shown = {entry.title: entry.detail for entry in view.links.entries()}
    other = paid["number"] if side == "invoices" else bill
    assert shown["SD-2026-0001"] == f"Settlement discount · {other}"
    titles = [entry.title for entry in view.links.entries()]
    view.links.select(titles.index("SD-2026-0001"))
    view.links.setFocus()
    QTest.keyClick(view.links, Qt.Key.Key_Delete)
    stage.settle()
    dialog = stage.widget("release")
    assert dialog.form.value("amount") == Decimal("980.00")
    said = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "The discount of ¥20.00 goes back with it." in said
    stage.press("Ctrl+S")
    assert [row["open"] for row in rows(stage, "invoices") if row["number"] == bill] == [100_000]


def test_a_refund_pays_back_what_is_free(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    stage.choose("payments.detail.refund")
    dialog = stage.widget("refund")
    assert dialog.form.value("amount") == Decimal("200.00")
    assert dialog.form.value("account") == "wechat|WECHAT"
    dialog.form.set_value("amount", "50")
    dialog.form.set_value("reason", "多付")
    stage.click("refund.save")
    (refund,) = rows(stage, "refunds")
    assert refund["amount"] == 5_000
    assert stage.widget("payments.detail.open").text() == "¥150.00"
    links = stage.widget("payments.detail").links
    at = next(row for row, entry in enumerate(links.entries()) if entry.data.kind == "refund")
    links.setCurrentIndex(links.records.index(at, 0))
    stage.press("Return", links.objectName())
    assert stage.widget("refunds.detail.number").text() == refund["number"]
    stage.go("payments", part="refunds")
    assert stage.widget("refunds.detail.number").text() == refund["number"]
    stage.click("refunds.detail.reverse")
    stage.widget("reverse").form.set_value("reason", "弄错")
    stage.click("reverse.save")
    stage.go("payments", number=paid)
    assert stage.widget("payments.detail.open").text() == "¥200.00"


def test_more_than_is_free_is_not_paid_back(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    stage.choose("payments.detail.refund")
    dialog = stage.widget("refund")
    dialog.form.set_value("amount", "200.01")
    dialog.form.set_value("reason", "x")
    stage.click("refund.save")
    assert "Only 200.00" in dialog.form.error("amount")
    assert rows(stage, "refunds") == []


def test_a_bounced_payment_opens_its_invoice_again(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    stage.choose("payments.detail.reverse")
    dialog = stage.widget("reverse")
    stage.click("reverse.save")
    assert dialog.form.error("reason") == "Please fill in Reason."
    dialog.form.set_value("reason", "退票")
    stage.click("reverse.save")
    assert rows(stage, "invoices")[0]["open"] == 30_000
    view = stage.widget("payments.detail")
    assert view.state.text() == "Reversed"
    assert "退票" in view.facts_grid.texts()["Reversed"]
    assert not view.findChild(object, "payments.detail.allocate").isVisible()


def test_filters(stage: Stage, paid: str, do: Do) -> None:
    do("payment.record", customer="C1", amount="250", date="2026-01-10", allocate="none")
    do("payment.record", customer="C1", amount="250", date="2026-06-20", allocate="oldest")
    page = stage.window.page("payments").part("payments")  # type: ignore[union-attr]
    page.reload()
    stage.settle()
    table = stage.widget("payments.table")
    assert len(table.table_model().ids) == 3
    stage.click("payments.filter.unused")
    assert len(table.table_model().ids) == 2
    stage.click("payments.filter.month")
    assert len(table.table_model().ids) == 1


def test_nothing_yet_teaches_f6(stage: Stage) -> None:
    stage.go("payments")
    assert "F6" in stage.widget("payments.empty").text.text()
    stage.click("payments.new.empty")
    assert stage.widget("payment").isVisible()


def test_the_receipt_is_saved_as_a_pdf_and_noted(stage: Stage, paid: str, tmp_path: Path) -> None:
    paper = papers.document_paper("receipt", [paid], party="西溪/民宿")
    assert "/" not in paper.file_name
    target = tmp_path / "receipt.pdf"
    papers.write_pdf(stage.ctx, paper, target)
    stage.settle()
    assert count_pages(target.read_bytes()) == 1
    assert [(row["number"], row["channel"]) for row in rows(stage, "prints")] == [(paid, "pdf")]
    stage.go("payments", number=paid)
    assert stage.widget("payments.detail").facts_grid.texts()["Printed"] == "1 time"


def test_the_save_dialog_proposes_a_name_and_keeps_the_folder(
    stage: Stage, paid: str, tmp_path: Path
) -> None:
    paper = papers.document_paper("receipt", [paid], party="西溪")
    dialog = papers.save_pdf(stage.ctx, stage.window, paper)
    assert Path(dialog.selectedFiles()[0]).name == f"{paid} 西溪.pdf"
    target = tmp_path / "x" / "out.pdf"
    target.parent.mkdir()
    dialog.fileSelected.emit(str(target))
    dialog.close()
    stage.settle()
    assert target.stat().st_size > 1_000
    assert papers.last_folder(stage.ctx) == target.parent


@pytest.mark.parametrize("paper_name", ["A4", "A5", "241x140"])
def test_pages_go_to_a_printer_in_their_own_size(
    stage: Stage, paid: str, tmp_path: Path, paper_name: str
) -> None:
    """A printer that writes a PDF stands for a real one."""
    paper = papers.document_paper("receipt", [paid, paid], paper=paper_name)
    device = QPrinter(QPrinter.PrinterMode.HighResolution)
    device.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    device.setOutputFileName(str(tmp_path / "printed.pdf"))
    device.setResolution(100)
    ended: list[bool] = []
    with stage.ctx.need_book().read() as connection:
        rendered = paper.render(connection)
    printer.start(stage.ctx, device, rendered, paper, lambda: ended.append(True))
    stage.settle()
    assert ended == [True]
    printed = (tmp_path / "printed.pdf").read_bytes()
    assert count_pages(printed) == rendered.page_count == 2
    from crmdesk.services.documents.preview import page_images

    (theirs,), (ours,) = page_images(printed, 1.0, [1]), page_images(rendered.pdf, 1.0, [1])
    assert abs(theirs.width / theirs.height - ours.width / ours.height) < 0.02
    dark = [sum(1 for byte in page.rgba[::16] if byte < 200) for page in (theirs, ours)]
    assert 0.6 < dark[0] / dark[1] < 1.7, "as much ink as in the PDF"
    assert [row["channel"] for row in rows(stage, "prints")] == ["print", "print"]


def test_the_cash_book_by_account_and_period(stage: Stage, paid: str, do: Do) -> None:
    do("payment.record", customer="C1", amount="80", date="2026-05-03", method="cash")
    do("refund.record", payment=paid, amount="20", date="2026-06-11", method="cash", reason="x")
    stage.go("payments", part="cash")
    page = stage.widget("cash", CashBook)
    balances = {entry.data: entry.figure for entry in page.accounts.entries()}
    assert (balances["CASH"], balances["WECHAT"]) == ("¥60.00", "¥500.00")
    assert stage.widget("cash.sum.received").text() == "¥500.00", "this month"
    assert stage.widget("cash.sum.paid").text() == "¥20.00"
    page.accounts.select([entry.data for entry in page.accounts.entries()].index("CASH"))
    stage.settle()
    model = page.table.table_model()
    cells = [[model.cell(row, column) for column in (2, 5, 6, 7)] for row in range(len(model.ids))]
    assert cells == [["Brought forward", "—", "—", "80.00"], ["Refund", "—", "20.00", "60.00"]]
    page.period.use(None, None)
    stage.settle()
    assert len(page.table.table_model().ids) == 2
    assert page.table.table_model().cell(0, 2) == "Payment"
    page.opened.emit(page.table.table_model().ids[1])
    stage.settle()
    assert stage.widget("refunds.detail.number").text().startswith("RF-")


def test_everything_follows_the_language(stage: Stage, paid: str) -> None:
    stage.go("payments", number=paid)
    stage.window.use_language("zh_CN")
    stage.settle()
    assert stage.widget("payments.segments.payments").text() == "收款"
    assert stage.widget("payments.detail.state").text() == "部分核销"
    stage.window.use_language("en")
    stage.settle()
    assert stage.widget("payments.detail.state").text() == "Partly used"
