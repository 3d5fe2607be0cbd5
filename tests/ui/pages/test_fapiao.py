"""Tax invoices in the real window: asked for, issued, delivered, red, anew, read from a file; electronic invoices."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from crmdesk.services.einvoice import comparing
from crmdesk.ui.dialogs import einvoice_export, fapiao_file, fapiao_request
from crmdesk.ui.fapiao_words import grouped
from crmdesk.ui.shots import Stage
from tests.services.einvoice.test_reading import make
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]
LINE = {"description": "油漆", "quantity": "3", "unit_price": "100", "tax_rate": "0.13"}
FILE_NUMBER = "24312000000012345678"


def digits(tail: int) -> str:
    return f"{tail:020d}"


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="上海买方有限公司", tax_number="91310000631696382C")
    do("customer.create", code="P1", name="张三", kind="person")
    for number, customer in (("B1", "C1"), ("B2", "C1"), ("P9", "P1")):
        do("invoice.issue", customer=customer, date="2026-06-01", number=number, lines=[LINE])


@pytest.fixture
def asked(do: Do) -> str:
    return do("fapiao.request", customer="C1", invoices=[{"invoice": "B1"}])["number"]


@pytest.fixture
def issued(do: Do) -> int:
    return int(do("fapiao.record", customer="C1", invoices=[{"invoice": "B1"}], number=digits(1))["fapiao"])


def test_asking_from_an_invoice_by_keyboard(stage: Stage) -> None:
    stage.go("invoices", number="B2")
    stage.choose("invoices.detail.fapiao")
    dialog = stage.widget("fapiaoRequest")
    assert dialog.total.text() == "1 invoice, ¥339.00"
    dialog.table.setFocus()
    stage.type("100")
    stage.press("Return")
    assert dialog.total.text() == "1 invoice, ¥100.00"
    stage.press("Ctrl+S")
    (request,) = rows(stage, "fapiao_requests")
    assert (request["total"], request["state"]) == (10_000, "requested")


def test_everything_of_a_customer_is_ticked_and_too_much_is_cut(stage: Stage) -> None:
    stage.go("invoices", part="uninvoiced")
    table = stage.widget("uninvoiced.table")
    table.setFocus()
    stage.press("Return")
    dialog = stage.widget("fapiaoRequest")
    assert dialog.total.text() == "2 invoices, ¥678.00"
    dialog.table.take(0, 99_999_99)
    assert "Only ¥339.00 of B1" in dialog.banner.text()
    dialog.table.documents().put(0, 0)
    dialog.table.documents().put(1, 0)
    assert not dialog.yes_button.isEnabled()
    assert dialog.total.text() == "Tick at least one invoice"


def test_what_would_be_refused_is_said_at_once(stage: Stage) -> None:
    stage.go("invoices", number="P9")
    stage.choose("invoices.detail.fapiao")
    dialog = stage.widget("fapiaoRequest")
    dialog.form.set_value("kind", "special")
    assert "never for a person" in dialog.form.error("kind")
    dialog.form.set_value("kind", "ordinary")
    assert dialog.form.error("kind") == ""


def test_bills_of_two_customers_are_refused(stage: Stage) -> None:
    stage.go("invoices", part="invoices")
    table = stage.widget("invoices.table")
    table.selectAll()
    stage.choose("invoices.requestFapiao")
    with pytest.raises(LookupError):
        stage.widget("fapiaoRequest")


def test_nothing_left_leads_to_the_requests(stage: Stage, do: Do, asked: str) -> None:
    do("fapiao.request", customer="C1", invoices=[{"invoice": "B2"}])
    stage.go("invoices", part="invoices")
    fapiao_request.open_request(stage.ctx, stage.window, customer="C1")
    stage.settle()
    dialog = stage.widget("fapiaoRequest")
    assert "¥678.00" in dialog.banner.text()
    stage.click("fapiaoRequest.banner.action")
    assert stage.widget("requests.table").isVisible()


def test_enter_issues_a_request_with_grouped_digits(stage: Stage, asked: str) -> None:
    stage.go("invoices", request=asked)
    assert stage.widget("requests.detail.number").text() == asked
    stage.widget("requests.table").setFocus()
    stage.press("Return")
    number = stage.widget("fapiaoIssue.form.number")
    stage.type_into("fapiaoIssue.form.number", "2633200")
    assert number.text() == "2633 200"
    stage.press("Ctrl+S")
    assert "20 digits" in stage.widget("fapiaoIssue").form.error("number")
    number.set_value(digits(7))
    stage.press("Ctrl+S")
    (made,) = rows(stage, "fapiao")
    assert (made["number"], made["total"]) == (digits(7), 33_900)
    assert stage.widget("requests.detail.state").text() == "Issued"


def test_copying_fields_for_the_platform(stage: Stage, asked: str) -> None:
    stage.go("invoices", request=asked)
    stage.click("requests.detail.issue")
    stage.press("Alt+2")
    assert QGuiApplication.clipboard().text() == "上海买方有限公司"
    stage.press("Ctrl+Shift+C")
    text = QGuiApplication.clipboard().text()
    assert "91310000631696382C" in text
    assert "油漆" in text


def test_a_request_is_refused_with_a_reason(stage: Stage, asked: str) -> None:
    stage.go("invoices", request=asked)
    stage.choose("requests.detail.refuse")
    stage.press("Ctrl+S")
    assert stage.widget("fapiaoRefuse").form.error("reason")
    stage.type_into("fapiaoRefuse.form.reason", "x")
    stage.press("Ctrl+S")
    assert rows(stage, "fapiao_requests")[0]["state"] == "refused"
    assert stage.widget("requests.detail.state").text() == "Refused"


def test_delivery(stage: Stage, issued: int) -> None:
    stage.go("invoices", fapiao=issued)
    view = stage.widget("fapiao.detail")
    assert view.facts_grid.texts()["Delivered"] == "Not delivered yet"
    stage.click("fapiao.detail.deliver")
    stage.press("Ctrl+S")
    assert view.facts_grid.texts()["Delivered"].startswith("2026-06-30 · WeChat")


def test_red_says_what_it_does_before(stage: Stage, issued: int) -> None:
    stage.go("invoices", fapiao=issued)
    stage.click("fapiao.detail.red")
    dialog = stage.widget("fapiaoRed")
    assert "credit note over ¥339.00 is posted for B1" in dialog.effect.text()
    dialog.form.set_value("amount", "113")
    assert "credit note over ¥113.00" in dialog.effect.text()
    dialog.form.set_value("reason", "wrong_details")
    assert "stays as it is" in dialog.effect.text()
    dialog.form.set_value("reason", "return")
    dialog.form.set_value("number", digits(2))
    stage.press("Ctrl+S")
    assert [row["total"] for row in rows(stage, "credits")] == [11_300]
    view = stage.widget("fapiao.detail")
    assert view.state.text() == "Partly reversed"
    titles = [entry.title for entry in view.links.entries()]
    assert titles[:2] == [grouped(digits(1)), grouped(digits(2))]
    view.links.select(1)
    stage.press("Return", "fapiao.detail.links")
    assert stage.widget("fapiao.detail.number").text() == grouped(digits(2))
    stage.ctx.back()
    stage.settle()
    assert stage.widget("fapiao.detail.number").text() == grouped(digits(1))


def test_a_used_one_needs_a_confirmation(stage: Stage, do: Do, issued: int) -> None:
    stage.go("invoices", fapiao=issued)
    stage.click("fapiao.detail.red")
    dialog = stage.widget("fapiaoRed")
    dialog.form.set_value("number", digits(2))
    dialog.form.set_value("buyer_booked", value=True)
    stage.press("Ctrl+S")
    assert "confirmation" in dialog.banner.text()
    stage.click("fapiaoRed.banner.action")
    stage.press("Ctrl+S")
    entries = stage.widget("fapiao.detail").links.entries()
    assert [entry.chip for entry in entries if entry.chip][:1] == ["Waiting for confirmation (待确认)"]
    stage.click("fapiao.detail.confirm")
    stage.click("fapiao.detail.red")
    dialog = stage.widget("fapiaoRed")
    assert dialog.form.value("confirmation")
    dialog.form.set_value("number", digits(2))
    dialog.form.set_value("buyer_booked", value=True)
    stage.press("Ctrl+S")
    assert len(rows(stage, "fapiao")) == 2


def test_a_tax_invoice_over_several_bills_is_made_red_bill_by_bill(stage: Stage, do: Do) -> None:
    bills = [{"invoice": "B1"}, {"invoice": "B2"}]
    one = int(do("fapiao.record", customer="C1", invoices=bills, number=digits(1))["fapiao"])
    stage.go("invoices", fapiao=one)
    stage.press("Ctrl+R", "fapiao.table")
    dialog = stage.widget("fapiaoRed")
    assert dialog.table.documents().total_minor() == 67_800
    dialog.form.set_value("reason", "wrong_details")
    assert dialog.table.isHidden(), "wrong details take all of it"
    dialog.form.set_value("reason", "allowance")
    model = dialog.table.documents()
    for row in (0, 1):
        model.put(row, 0)
    assert not dialog.yes_button.isEnabled()
    assert dialog.effect.text() == "Tick at least one invoice"
    assert not model.put(1, 99_999), "no more than stands on it"
    model.put(1, 11_300)
    assert "over ¥113.00 is posted for B2:" in dialog.effect.text()
    dialog.form.set_value("number", digits(2))
    stage.press("Ctrl+S")
    assert [(row["invoice"], row["total"]) for row in rows(stage, "credits")] == [("B2", 11_300)]
    stage.click("fapiao.detail.red")
    left = stage.widget("fapiaoRed").table.documents()
    assert [left.document(row).open_minor for row in (0, 1)] == [33_900, 22_600]


def test_confirmations_have_a_list_of_their_own(stage: Stage, do: Do, issued: int) -> None:
    do("red_confirmation.open", fapiao=digits(1), reason="return", amount="113", number="R1",
       at="2026-06-01T09:00+08:00")  # fmt: skip
    own = do("red_confirmation.open", fapiao=digits(1), reason="return", amount="113")["number"]
    stage.go("invoices", part="slips")
    states = {row["number"]: row["state"] for row in rows(stage, "red_confirmations")}
    assert states == {"R1": "expired", own: "pending"}, "the clock ended the first one"
    assert [row["number"] for row in rows(stage, "red_confirmations", filter="state = pending")] == [own]
    stage.click("slips.filter.waiting")
    view = stage.widget("slips.detail")
    assert (view.number.text(), view.state.text()) == (own, "Waiting for confirmation (待确认)")
    stage.click("slips.filter.waiting")
    stage.widget("slips.table").select_first()
    stage.settle()
    stage.press("Ctrl+L", "slips.table")
    assert view.state.text() == "Confirmed (已确认)"
    stage.press("Ctrl+R", "slips.table")
    dialog = stage.widget("fapiaoRed")
    assert (dialog.form.value("confirmation"), dialog.form.value("reason")) == (own, "return")
    dialog.form.set_value("amount", "113")
    dialog.form.set_value("number", digits(2))
    stage.press("Ctrl+S")
    assert view.state.text() == "Red invoice issued"
    assert [row["red"] for row in rows(stage, "red_confirmations") if row["number"] == own] == [digits(2)]
    stage.press("Return", "slips.table")
    assert stage.widget("fapiao.detail.number").text() == grouped(digits(1))


def test_issuing_anew(stage: Stage, issued: int) -> None:
    stage.go("invoices", fapiao=issued)
    stage.choose("fapiao.detail.reissue")
    dialog = stage.widget("fapiaoReissue")
    for name, value in (("reason", "抬头写错"), ("number", digits(2)), ("new_number", digits(2))):
        dialog.form.set_value(name, value)
    stage.press("Ctrl+S")
    assert "number each" in dialog.form.error("new_number")
    dialog.form.set_value("new_number", digits(3))
    stage.press("Ctrl+S")
    assert [row["total"] for row in rows(stage, "fapiao")] == [33_900, -33_900, 33_900]
    assert rows(stage, "credits") == []


def test_a_dropped_file_issues_its_request_by_enter(stage: Stage, tmp_path: Path, asked: str) -> None:
    stage.go("invoices", part="requests")
    stage.window.take_file(make("xml", tmp_path))
    stage.settle()
    dialog = stage.widget("fapiaoFile")
    assert dialog.number.text() == grouped(FILE_NUMBER)
    stage.widget("fapiaoFile.differs.kind")
    with pytest.raises(LookupError):
        stage.widget(f"fapiaoFile.differs.{comparing.TOTAL}")
    stage.press("Return")
    assert [row["number"] for row in rows(stage, "fapiao")] == [FILE_NUMBER]
    assert rows(stage, "fapiao_requests")[0]["state"] == "issued"
    fapiao_file.open_dialog(stage.ctx, stage.window, make("xml", tmp_path))
    stage.settle()
    assert "already" in stage.widget("fapiaoFile").banner.text()


def test_several_requests_are_chosen_from(stage: Stage, do: Do, tmp_path: Path, asked: str) -> None:
    second = do("fapiao.request", customer="C1", invoices=[{"invoice": "B2"}])["number"]
    fapiao_file.open_dialog(stage.ctx, stage.window, make("xml", tmp_path))
    stage.settle()
    dialog = stage.widget("fapiaoFile")
    assert [entry.data for entry in dialog.candidates.entries()] == [asked, second]
    stage.press("Down")
    stage.press("Return")
    states = {row["number"]: row["state"] for row in rows(stage, "fapiao_requests")}
    assert states == {asked: "requested", second: "issued"}


def test_a_file_without_a_request_is_recorded(stage: Stage, tmp_path: Path) -> None:
    fapiao_file.open_dialog(stage.ctx, stage.window, make("xml", tmp_path))
    stage.settle()
    stage.click("fapiaoFile.record")
    dialog = stage.widget("fapiaoRecord")
    assert dialog.form.value("number") == FILE_NUMBER
    dialog.table.documents().put(1, 0)
    stage.press("Ctrl+S")
    assert [row["total"] for row in rows(stage, "fapiao")] == [33_900]


def test_a_broken_file_is_told(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<html/>", encoding="utf-8")
    stage.window.take_file(path)
    stage.settle()
    dialog = stage.widget("fapiaoFile")
    assert dialog.banner.text()
    assert not dialog.issue_button.isVisible()


def test_a_customer_is_chosen_in_the_dialog(stage: Stage) -> None:
    stage.go("invoices", part="requests")
    stage.press("Ctrl+N")
    dialog = stage.widget("fapiaoRequest")
    assert dialog.total.text() == "Choose a customer"
    dialog.form.set_value("customer", "C1")
    stage.settle()
    assert dialog.total.text() == "2 invoices, ¥678.00"


def test_what_is_missing_of_an_electronic_invoice_leads_on(stage: Stage) -> None:
    stage.go("invoices", number="B1")
    stage.choose("invoices.detail.einvoice")
    dialog = stage.widget("einvoice")
    assert not dialog.save_button.isEnabled()
    assert "BT-31" in [entry.data for entry in dialog.missing.entries()]
    at = [entry.data for entry in dialog.missing.entries()].index("BT-31")
    dialog.missing.select(at)
    stage.press("Return", "einvoice.missing")
    assert stage.widget("settings.company.form.tax_number").isVisible()


def test_an_electronic_invoice_is_written(stage: Stage, do: Do, tmp_path: Path) -> None:
    do("company.update", tax_number="91350100M000100Y43", registration_number="1")
    do("address.add", customer="C1", country="CN", city="上海", street="x")
    stage.go("invoices", number="B1")
    stage.choose("invoices.detail.einvoice")
    assert stage.widget("einvoice").save_button.isEnabled()
    stage.close_dialogs()
    path = tmp_path / "b1.xml"
    einvoice_export.write(stage.ctx, "invoice", "B1", "ubl", path)
    stage.settle()
    assert b"B1" in path.read_bytes()


def test_empty_lists_teach(stage: Stage) -> None:
    for part in ("requests", "fapiao"):
        stage.go("invoices", part=part)
        assert stage.widget(f"{part}.empty").isVisible()


def test_the_customer_sees_what_is_not_invoiced(stage: Stage, issued: int) -> None:
    stage.go("customers", code="C1")
    assert "¥339.00 not on a tax invoice" in stage.widget("customers.detail.otherBalances").text()


def test_bills_not_invoiced_are_one_click(stage: Stage, issued: int) -> None:
    stage.go("invoices", part="invoices")
    stage.click("invoices.filter.uninvoiced")
    assert stage.widget("invoices.count").text() == "2"


def test_a_bank_s_own_xml_goes_to_the_import(stage: Stage, tmp_path: Path) -> None:
    """CAMT.053 is XML as well as a tax invoice is; what stands in it decides."""
    path = tmp_path / "statement.xml"
    path.write_text(
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "utf-8"
    )
    stage.window.take_file(path)
    stage.settle()
    assert stage.widget("import").isVisible()


# Bills in foreign money


@pytest.fixture
def abroad(do: Do) -> None:
    do("rate.set", currency="USD", date="2026-06-01", rate="7.1")
    do("customer.create", code="E1", name="Sunrise LLC", currency="USD")
    line = {"description": "Tiles", "quantity": "10", "unit_price": "10.00", "tax_rate": "0"}
    do("invoice.issue", customer="E1", date="2026-06-02", number="U1", lines=[line])
    do("invoice.issue", customer="E1", date="2026-06-03", number="U2", rate="7.2", lines=[line])
    do("invoice.issue", customer="E1", date="2026-06-03", number="E9", currency="EUR", lines=[line])


@pytest.mark.usefixtures("abroad")
def test_foreign_bills_show_their_rate_and_what_it_comes_to(stage: Stage) -> None:
    stage.go("invoices", number="U1")
    stage.choose("invoices.detail.fapiao")
    dialog = stage.widget("fapiaoRequest")
    rate = dialog.form.editor("rate")
    assert rate.isVisibleTo(dialog)
    assert rate.placeholderText() == "7.1"
    assert dialog.total.text() == "1 invoice, $100.00 ≈ ¥710.00"
    dialog.table.documents().toggle(1)
    assert rate.placeholderText() == "7.1 / 7.2"
    assert dialog.total.text() == "2 invoices, $200.00 ≈ ¥1,430.00"
    dialog.form.editor("kind").set_value("receipt")
    dialog._changed("kind")
    assert not rate.isVisibleTo(dialog)
    assert dialog.total.text() == "2 invoices, $200.00"
    dialog.form.editor("kind").set_value("ordinary")
    dialog._changed("kind")
    stage.type_into("fapiaoRequest.form.rate", "7.0")
    assert dialog.total.text() == "2 invoices, $200.00 ≈ ¥1,400.00"
    stage.press("Ctrl+S")
    (request,) = rows(stage, "fapiao_requests")
    assert (request["total"], request["currency"], request["billed"]) == (
        140_000,
        "CNY",
        "USD 200.00 × 7.0000",
    )
    stage.go("invoices", request=request["number"])
    view = stage.widget("requests.detail")
    shown = [child.text() for child in view.findChildren(QLabel)]
    assert "¥1,400.00" in shown
    assert "USD 200.00 × 7.0000" in shown


@pytest.mark.usefixtures("abroad")
def test_a_bill_without_a_rate_asks_for_one(stage: Stage) -> None:
    stage.go("invoices", number="E9")
    stage.choose("invoices.detail.fapiao")
    dialog = stage.widget("fapiaoRequest")
    assert "E9" in dialog.form.error("rate")
    stage.type_into("fapiaoRequest.form.rate", "8")
    assert dialog.form.error("rate") == ""
    assert dialog.total.text() == "1 invoice, €100.00 ≈ ¥800.00"
    dialog.form.set_value("rate", Decimal(10) ** 14)
    dialog._changed("rate")
    assert dialog.total.text() == "1 invoice, €100.00", "what is too much is said by OK, not by a fault"
    dialog.form.set_value("rate", Decimal(8))
    stage.press("Ctrl+S")
    assert [one["total"] for one in rows(stage, "fapiao_requests")] == [80_000]


@pytest.mark.usefixtures("abroad")
def test_issue_and_red_of_a_foreign_one_say_both_currencies(stage: Stage, do: Do) -> None:
    number = do("fapiao.request", customer="E1", invoices=[{"invoice": "U1"}])["number"]
    stage.go("invoices", request=number)
    stage.click("requests.detail.issue")
    stage.type_into("fapiaoIssue.form.number", digits(1))
    assert stage.widget("fapiaoIssue").form.value("total") == Decimal("710.00")
    stage.press("Ctrl+S")
    (made,) = rows(stage, "fapiao")
    stage.go("invoices", fapiao=made["id"])
    stage.click("fapiao.detail.red")
    dialog = stage.widget("fapiaoRed")
    assert dialog.subtitle.text() == "Sunrise LLC · ¥710.00 ($100.00)"
    stage.type_into("fapiaoRed.form.number", digits(2))
    stage.type_into("fapiaoRed.form.amount", "40")
    assert "$40.00 ≈ ¥284.00" in dialog.effect.text()
    stage.press("Ctrl+S")
    red = next(one for one in rows(stage, "fapiao") if one["color"] == "red")
    assert (red["total"], red["billed"]) == (-284_00, "USD -40.00 × 7.1000")
