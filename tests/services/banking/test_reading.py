"""Statements with slips: each is refused by its row, its amount, its account, and nothing of it is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.models.errors import CrmdeskError
from crmdesk.services.banking import accounts, mt940, ofx, qif
from tests.services.banking.conftest import HEADER, Desk

MT940 = (
    ":20:X\n:25:12345678/0001234567\n:28C:1/1\n:60F:C260101EUR100,00\n"
    ":61:{day}C20,5NTRFNONREF//REF1\n:86:166?00GUTSCHRIFT?20Rechnung INV-2026-0?210001?32MUELLER?33 GMBH\n"
    ":61:2601050105RD1,00NTRFNONREF\n:86:Storno\n{close}-\n"
)


def codes(result: Any) -> list[str]:
    return [str(problem.code) for problem in result.errors]


def test_an_mt940_statement(desk: Desk) -> None:
    result = desk.take(MT940.format(day="2601050105", close=":62F:C260131EUR121,50\n"))
    assert (result.created_count, result.failed_count) == (2, 0)
    first, second = desk.lines()
    assert (first.amount_minor, first.reference, first.payer) == (2050, "REF1", "MUELLER GMBH")
    assert "INV-2026-0 0001" in first.text or "INV-2026-00001" in first.text
    assert second.amount_minor == 100  # RD takes a debit back
    (file,) = desk.files()
    assert (file.opening_minor, file.closing_minor, file.to_on.isoformat()) == (10000, 12150, "2026-01-31")


def test_balances_that_do_not_add_up(desk: Desk) -> None:
    text = MT940.format(day="2601050105", close=":62F:C260131EUR122,50\n")
    result = desk.take(text)
    assert codes(result) == ["balance_broken", "balance_broken"]
    assert "1.00 EUR" in result.errors[0].message
    assert desk.lines() == []
    mapping = desk.write('{"options": {"totals": "computed"}}', "m.json")
    from crmdesk.services.imports import mapping as mappings

    result = desk.take(text, mapping=mappings.read_file(mapping))
    assert (result.created_count, result.failed_count) == (2, 0)
    assert "balance_broken" in {note.code for note in result.notes}


def test_the_thirtieth_of_february(desk: Desk) -> None:
    result = desk.take(MT940.format(day="2602300230", close=":62F:C260131EUR121,50\n"))
    assert set(codes(result)) == {"date_invalid"}
    assert {problem.row for problem in result.errors} == {5}
    assert (result.created_count, result.failed_count) == (1, 1)


def test_an_unreadable_entry_is_named(desk: Desk) -> None:
    result = desk.take(MT940.format(day="26015C", close=""))
    assert codes(result) == ["date_invalid"]
    assert result.errors[0].row == 5


OFX = (
    "OFXHEADER:100\nDATA:OFXSGML\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR"
    "<BANKACCTFROM><BANKID>1<ACCTID>{account}</BANKACCTFROM><BANKTRANLIST><DTSTART>20260101<DTEND>20260131"
    "{entries}</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}<DTASOF>20260131</LEDGERBAL>"
    "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)
ENTRY = "<STMTTRN><TRNTYPE>CREDIT{date}<TRNAMT>{amount}<FITID>{id}<NAME>A</STMTTRN>"


def test_ofx_with_slips(desk: Desk) -> None:
    """Bad inputs 49, 50 and 62."""
    entries = "".join(
        ENTRY.format(date=date, amount=amount, id=index)
        for index, (date, amount) in enumerate(
            (
                ("<DTPOSTED>20260105", "1.00"),
                ("", "2.00"),
                ("<DTPOSTED>20260105", "1,5"),
                ("<DTPOSTED>20260105", "12.x"),
                ("<DTPOSTED>20260105", "1.005"),
                ("<DTPOSTED>20260105", "9" * 17),
                ("<DTPOSTED>20260105", "0.00"),
                ("<DTPOSTED>20260105", ""),
            )
        )
    )
    result = desk.take(OFX.format(account="1234567890", entries=entries, balance=""))
    assert {problem.row: str(problem.code) for problem in result.errors} == {
        2: "required",
        4: "number_unreadable",
        5: "too_many_decimals",
        6: "amount_too_large",
        8: "required",
    }
    assert sorted(row.amount_minor for row in desk.lines()) == [0, 100, 150]
    assert desk.files()[0].closing_minor is None


def test_hostile_markup_is_not_opened(desk: Desk) -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
        "<BkToCstmrStmt>&b;</BkToCstmrStmt></Document>"
    )
    for text in (bomb, "<?OFX OFXHEADER='200'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'><OFX></OFX>"):
        with pytest.raises(CrmdeskError) as caught:
            desk.take(text)
        assert caught.value.code == "file_hostile"


def test_damaged_camt_is_refused_by_its_row(desk: Desk) -> None:
    with pytest.raises(CrmdeskError) as caught:
        desk.take('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">\n<BkToCstmrStmt>')
    assert caught.value.code == "file_damaged"
    assert "row 2" in caught.value.message


def test_a_batch_of_camt_is_taken_apart_where_its_parts_add_up(desk: Desk) -> None:
    part = "<TxDtls><Amt Ccy='EUR'>{0}</Amt><RltdPties><Dbtr><Nm>{1}</Nm></Dbtr></RltdPties></TxDtls>"
    text = (
        "<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
        "<BkToCstmrStmt><Stmt>"
        "<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        "<Ntry><Amt Ccy='EUR'>3.00000</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        "<BookgDt><Dt>2026-01-05</Dt></BookgDt><NtryDtls>" + part.format("1.00", "甲") + part.format("{0}", "乙")
        + "</NtryDtls></Ntry><Ntry><Amt Ccy='EUR'>0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>"
        "<BookgDt><Dt>2026-01-05</Dt></BookgDt></Ntry>"
        "<Ntry><Amt Ccy='EUR'>7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry></Stmt>"
        "</BkToCstmrStmt></Document>"
    )  # fmt: skip
    desk.take(text.format("2.00"))
    assert [(row.amount_minor, row.payer) for row in desk.lines()] == [(100, "甲"), (200, "乙"), (0, "")]
    desk.take(text.format("2.50"))  # they do not add up: one line, another one
    assert [row.amount_minor for row in desk.lines()] == [100, 200, 0, 300]


def test_qif(desk: Desk) -> None:
    """Bad input 65: an unknown type is told, and refused where nothing else is there."""
    text = "!Type:Foo\nNx\n^\n!Type:Bank\nD5/31'2026\nT1,234.50\nPA\n^\nD1/ 2'26\nU-3.00\nPB\nMnote"
    result = desk.take(text)
    assert [(row.booked_on.isoformat(), row.amount_minor, row.payer) for row in desk.lines()] == [
        ("2026-01-02", -300, "B"),
        ("2026-05-31", 123450, "A"),
    ]
    assert "type_unknown" in {note.code for note in result.notes}
    with pytest.raises(CrmdeskError) as caught:
        desk.take("!Type:Foo\nNx\n^\n")
    assert caught.value.code == "type_unknown"


def test_sheets_with_both_sides_and_refund_remarks(desk: Desk) -> None:
    """Bad inputs 47 and 56."""
    result = desk.take(
        "交易时间,收/支,金额,交易状态\n2026-01-02,支出,131.77(已退款89.84),交易成功\n2026-01-03,收入,¥12.00,交易成功\n"
        "2026-01-04,支出,5.00,支付失败\n2026-01-05,不计收支,6.00,交易关闭\n2026-01-06,收入,abc,交易成功\n"
    )
    assert [row.amount_minor for row in desk.lines()] == [-13177, 1200]
    assert (result.skipped_count, codes(result)) == (2, ["number_unreadable"])
    result = desk.take_rows("2026-01-02,a,,x,1.00,2.00,R1")
    assert codes(result) == ["both_sides"]


def test_the_wrong_account_and_the_wrong_currency(desk: Desk) -> None:
    desk.do("money_account.update", account="BANK", bank_account="6222 0000 1111 2222", currency="EUR")
    entries = ENTRY.format(date="<DTPOSTED>20260105", amount="1.00", id="1")
    with pytest.raises(CrmdeskError) as caught:
        desk.take(OFX.format(account="9999888877776666", entries=entries, balance="1"), account="BANK")
    assert caught.value.code == "account_differs"
    assert "9999888877776666" in caught.value.message
    assert desk.take(OFX.format(account="6222000011112222", entries=entries, balance="1")).created_count == 1
    with pytest.raises(CrmdeskError) as caught:
        desk.take(OFX.format(account="6222000011112222", entries=entries, balance="1").replace("EUR", "USD"))
    assert caught.value.code == "currency_mixed"
    with pytest.raises(CrmdeskError) as caught:
        desk.take(OFX.format(account="1", entries=entries, balance="1"), account="NIX")
    assert caught.value.code == "not_found"
    desk.do("money_account.create", code="BANK2", name="二", method="bank")
    with pytest.raises(CrmdeskError) as caught:
        desk.take(OFX.format(account="5555444433332222", entries=entries, balance="1"))
    assert (caught.value.code, caught.value.field) == ("required", "account")
    assert len(desk.lines()) == 1


def test_an_account_learns_what_the_file_calls_it(desk: Desk) -> None:
    entries = ENTRY.format(date="<DTPOSTED>20260105", amount="1.00", id="1")
    desk.take(OFX.format(account="1111222233334444", entries=entries, balance="1"))
    with pytest.raises(CrmdeskError) as caught:
        desk.take(OFX.format(account="9999888877776666", entries=entries, balance="1"))
    assert caught.value.code == "account_differs"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("6222 0000 1111 2222", "6222-0000-1111-2222", True),
        ("1234****9876", "1234567890129876", True),
        ("1234****9876", "1234567890129877", False),
        ("DE02120300000000202051", "0000202051", True),
        ("2051", "DE02120300000000202051", False),
    ],
)
def test_writings_of_an_account(one: str, other: str, expected: bool) -> None:
    assert accounts.is_same(one, other) is expected
    assert accounts.is_same(other, one) is expected


def test_two_true_equal_lines_stay_two(desk: Desk) -> None:
    row = "2026-01-02,甲,,货款,5.00,,"
    assert desk.take_rows(row, row).created_count == 2
    assert desk.take_rows(row, row).skipped_count == 2
    result = desk.take_rows(row, row, row)
    assert (result.created_count, result.skipped_count) == (1, 2)
    assert len(desk.lines()) == 3


def test_an_import_is_taken_back_as_a_whole(desk: Desk) -> None:
    result = desk.take_rows("2026-01-02,甲,,货款,5.00,,R1", "2026-01-03,乙,,货款,6.00,,R2")
    desk.do("bank.ignore", line=desk.line("R1"), reason="x")
    assert desk.do("import.undo", batch=result.batch)["removed"] == 2
    assert (desk.lines(), desk.files()) == ([], [])
    assert desk.take_rows("2026-01-02,甲,,货款,5.00,,R1").created_count == 1
    desk.require_clean()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["ofx", "qif", "mt940"]))
def test_no_bytes_upset_a_reader(content: bytes, name: str) -> None:
    from crmdesk.services.imports.faults import ReadFault

    try:
        if name == "ofx":
            found = ofx.read(b"<OFX><STMTRS><BANKTRANLIST>" + content)
        elif name == "qif":
            found = qif.read("!Type:Bank\n" + content.decode("latin-1"))
        else:
            found = mt940.read(":20:X\n:61:" + content.decode("latin-1"))
    except ReadFault:
        return
    assert all(0 <= entry.statement < len(found.statements) for entry in found.entries)


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=2))
def test_amounts_of_mt940_are_read_back(amount: Decimal) -> None:
    written = f"{abs(amount):.2f}".replace(".", ",")
    side = "D" if amount < 0 else "C"
    (entry,) = mt940.read(f":20:X\n:61:2601020102{side}{written}NTRFNONREF\n").entries
    assert Decimal(entry.amount) == amount


def test_the_first_number_is_remembered_and_said(desk: Desk) -> None:
    entries = ENTRY.format(date="<DTPOSTED>20260105", amount="1.00", id="1")
    result = desk.take(OFX.format(account="1111222233334444", entries=entries, balance="1"))
    told = [one.message for one in result.notes if one.code == "account_learnt"]
    assert len(told) == 1
    assert "BANK" in told[0]
    assert "1111222233334444" in told[0]
    again = ENTRY.format(date="<DTPOSTED>20260106", amount="1.00", id="2")
    result = desk.take(OFX.format(account="1111222233334444", entries=again, balance="2"))
    assert "account_learnt" not in [one.code for one in result.notes], "once"


@pytest.mark.parametrize("account", ["WECHAT", "ALIPAY", "CASH"])
def test_a_bank_s_file_is_not_a_wallet_s(desk: Desk, account: str) -> None:
    """Also where the money account has no number yet that could differ."""
    entries = ENTRY.format(date="<DTPOSTED>20260105", amount="1.00", id="1")
    icbc = "卡号: 6222****1234\n" + f"{HEADER}\n2026-02-06,张三,,转账,3.00,,W1\n"
    for content in (OFX.format(account="1111222233334444", entries=entries, balance="1"), icbc):
        with pytest.raises(CrmdeskError) as caught:
            desk.take(content, account=account)
        assert (caught.value.code, caught.value.field) == ("account_differs", "account")
    assert desk.lines() == []
    assert desk.files() == []


def test_a_wallet_s_file_is_not_a_bank_s(desk: Desk) -> None:
    sheet = "微信支付账单明细\n" + f"{HEADER}\n2026-02-06,张三,,转账,3.00,,W1\n"
    for account in ("BANK", "ALIPAY"):
        with pytest.raises(CrmdeskError) as caught:
            desk.take(sheet, account=account)
        assert caught.value.code == "account_differs"
    assert desk.lines() == []
    desk.take(sheet, account="WECHAT")
    assert len(desk.lines()) == 1
