"""What the window's page of bank lines reads: accounts, suggestions, one line, what a line may be tied to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from crmdesk.services import settings
from crmdesk.services.banking import desk as reading
from crmdesk.services.banking.desk import Desk as Standing
from crmdesk.services.imports import preview
from crmdesk.services.imports.mapping import Mapping
from tests.services.banking.conftest import HEADER, Desk

ROWS = (
    "2026-02-02,上海鼎晟贸易有限公司,622202100011,货款 INV-2026-0001,200.00,,R1",
    "2026-02-03,某人,,转账,500.00,,R2",
    "2026-02-04,,,手续费,,1.50,R3",
    "2026-02-05,上海鼎晟贸易有限公司,,退款,,60.00,R4",
)


def read(desk: Desk, work: Callable[..., Any], *arguments: Any) -> Any:
    with desk.book.read() as connection:
        return work(connection, *arguments)


def test_accounts_and_their_standing(desk: Desk) -> None:
    assert read(desk, reading.accounts) == []
    desk.invoice("C1", "2026-01-05", "200.00")
    desk.take_rows(*ROWS, account="BANK")
    desk.take_rows("2026-02-06,张三,,转账,3.00,,W1", account="WECHAT")
    found = read(desk, reading.accounts)
    assert [(one.code, one.currency, one.line_count, one.waiting_count) for one in found] == [
        ("BANK", "CNY", 4, 4),
        ("WECHAT", "CNY", 1, 1),
    ]
    standing: Standing = read(desk, reading.load, "BANK", "CNY")
    assert [line.reference for line, _one in standing.sure] == ["R1", "R3"]
    assert standing.counts == {"new": 4, "matched": 0, "booked": 0, "ignored": 0}
    assert standing.position is not None
    assert standing.position.bank_minor is None, "a sheet without balances"
    everything: Standing = read(desk, reading.load)
    assert (len(everything.waiting), everything.position) == (5, None)


def test_a_line_and_what_became_of_it(desk: Desk) -> None:
    number = desk.invoice("C1", "2026-01-05", "200.00")
    desk.take_rows(*ROWS, account="BANK")
    paid = desk.do(
        "bank.confirm", line=desk.line("R1"), customer="C1", allocate=[{"invoice": number, "amount": "200"}]
    )
    desk.do("bank.fee", line=desk.line("R3"))
    desk.do("bank.ignore", line=desk.line("R2"), reason="内部转账")
    facts = read(desk, reading.line, desk.line("R1"))
    assert (facts.row, facts.line.state) == (2, "booked")
    assert [(one.kind, one.number, one.how, one.customer) for one in facts.standing] == [
        ("payment", paid["number"], "booked", "C1")
    ]
    assert read(desk, reading.line, desk.line("R3")).standing[0].kind == "bank"
    assert read(desk, reading.line, desk.line("R2")).reason == "内部转账"
    assert read(desk, reading.line, 999_999) is None
    desk.do("payment.reverse", payment=paid["number"], reason="x")
    assert read(desk, reading.line, desk.line("R1")).standing == ()


def test_what_a_line_may_be_tied_to(desk: Desk) -> None:
    desk.take_rows(*ROWS, account="BANK")
    line = read(desk, reading.line, desk.line("R2")).line
    far = desk.do("payment.record", customer="C1", amount="500", date="2026-01-01", method="bank")["number"]
    near = desk.do("payment.record", customer="C1", amount="500", date="2026-02-01", method="bank")["number"]
    desk.do("payment.record", customer="C1", amount="500", date="2026-02-01", method="cash")
    gone = desk.do("payment.record", customer="C1", amount="500", date="2026-02-03", method="bank")["number"]
    desk.do("payment.reverse", payment=gone, reason="x")
    assert [one.number for one in read(desk, reading.linkable, line)] == [near, far]
    desk.do("bank.link", line=line.id, payment=near)
    assert [one.number for one in read(desk, reading.linkable, line)] == [far]


def test_what_may_be_paid_back(desk: Desk) -> None:
    desk.do("customer.create", code="C2", name="明光商行")
    desk.take_rows(*ROWS, account="BANK")
    line = read(desk, reading.line, desk.line("R4")).line
    for customer, amount, on in (
        ("C1", "100", "2026-01-02"),
        ("C2", "60", "2026-01-01"),
        ("C2", "59", "2026-01-03"),
        ("C1", "60", "2026-03-01"),
    ):
        desk.do("payment.record", customer=customer, amount=amount, date=on, method="cash", allocate="none")
    found = read(desk, reading.refundable, line)
    assert [(one.number, one.amount_minor) for one in found] == [
        ("RC-2026-0002", 6_000),
        ("RC-2026-0001", 10_000),
    ]
    assert [one.number for one in read(desk, reading.refundable, line, "C1")] == ["RC-2026-0001"]


def test_learnt_payers(desk: Desk) -> None:
    desk.do("bank.learn", customer="C1", name="某人", account="622202100011")
    found = read(desk, reading.payers)
    assert [(one.customer, one.kind, one.shown) for one in found] == [
        ("C1", "name", "某人"),
        ("C1", "account", "622202100011"),
    ]
    desk.do("bank.forget", customer="C1", name="某人")
    assert [one.kind for one in read(desk, reading.payers)] == ["account"]


def test_a_line_that_is_surely_of_another_is_not_tied_by_its_amount(desk: Desk) -> None:
    desk.do("customer.create", code="C2", name="明光商行")
    desk.invoice("C1", "2026-01-05", "200.00")
    desk.do("payment.record", customer="C2", amount="200", date="2026-02-01", method="bank")
    desk.take_rows(ROWS[0], account="BANK")
    standing: Standing = read(desk, reading.load, "BANK", "CNY")
    (one,) = standing.suggestions.values()
    assert (one.kind, one.customer, one.is_sure) == ("payment", "C1", True)


def test_a_workbook_comes_in_as_a_sheet_does(desk: Desk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["账户明细"])
    sheet.append(HEADER.split(","))
    for row in ROWS:
        day, payer, account, text, money_in, money_out, reference = row.split(",")
        amounts = [float(one) if one else None for one in (money_in, money_out)]
        sheet.append([day, payer or None, account or None, text, *amounts, reference])
    path = tmp_path / "明细.xlsx"
    book.save(path)
    assert desk.take(path, account="BANK").created_count == 4
    assert [row.amount_minor for row in desk.lines()] == [20_000, 50_000, -150, -6_000]
    again = desk.take_rows(*ROWS, account="BANK")
    assert (again.created_count, again.skipped_count) == (0, 4), "the same lines as CSV are known"


def test_the_columns_of_a_sheet_are_learnt(desk: Desk) -> None:
    text = "Tag,Wer,Summe\n2026-02-02,某人,12.00\n"
    given = Mapping({"Tag": "date", "Wer": "payer", "Summe": "amount"})
    assert desk.take(text, account="BANK", mapping=given).created_count == 1
    with desk.book.read() as connection:
        assert settings.load(connection).import_mappings
    found = preview.preview(desk.book, "bank", desk.write("Tag,Wer,Summe\n2026-02-03,某人,13.00\n"))
    assert [column.field for column in found.columns] == ["date", "payer", "amount"]
    assert desk.take("Tag,Wer,Summe\n2026-02-03,某人,13.00\n", account="BANK").created_count == 1


def test_a_file_says_itself_that_it_is_a_statement(desk: Desk) -> None:
    ofx = desk.write("OFXHEADER:100\n<OFX></OFX>", "a.csv")
    table = desk.write("客户编号,客户名称\nC9,x\n", "b.csv")
    assert preview.kind_of(ofx, "customers") == "bank"
    assert preview.kind_of(table, "customers") == "customers"
    assert preview.kind_of(desk.folder / "none.csv", "payments") == "payments"
    wallet = "支付宝交易记录明细查询\n账号:[a@example.com]\n交易时间,交易对方,金额,收/支\n2026-02-02,某人,1.00,收入\n"
    assert preview.preview(desk.book, "customers", desk.write(wallet, "w.csv")).is_statement
    assert not preview.preview(desk.book, "customers", table).is_statement
