"""Every real-world statement is read rightly or refused with a sentence; read again, here, in a second way."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from crmdesk.models.errors import CrmdeskError
from tests.services.banking.conftest import Desk

REFUSED = {
    "camt053.v2.wrong.xml": "format_unknown",
    "amount_formats.sta": "no_data",
    "missing_crlf_at_end.sta": "no_data",
    "error_message.ofx": "no_data",
    "multiple_accounts.ofx": "no_data",
    "empty.qif": "file_empty",
}
COUNTS = {
    "example-alipay-records.csv": (10, 9, 1, 0),
    "example-icbc-debit-v2-records.csv": (12, 11, 1, 0),
    "example-wechat-records.csv": (27, 25, 2, 0),
    "camt053.v2.minimal.xml": (1, 1, 0, 0),
    "camt053.v2.multi.statement.xml": (2, 2, 0, 0),
    "0708271685_09022020_164516.940.txt": (8, 8, 0, 0),
    "90db_mt940.sta": (3, 3, 0, 0),
    # several accounts in one file: without bank accounts in the settings only the first is taken
    "mt940.sta": (16, 11, 0, 5),
    "sepa_mt9401.sta": (97, 7, 0, 90),
    "with_binary_character.sta": (4, 3, 0, 1),
    # their balances do not add up
    "sepa_snippet_broken.sta": (1, 0, 0, 1),
    "with_newline_in_tnr.sta": (2, 0, 0, 2),
    "actual_data-multi-decimal.ofx": (2, 2, 0, 0),
    "actual_html-vals.qfx": (2, 2, 0, 0),
    "anzcc.ofx": (1, 1, 0, 0),
    "bank_medium.ofx": (3, 3, 0, 0),
    "checking.ofx": (3, 3, 0, 0),
    "ofx-v102-empty-tags.ofx": (1, 1, 0, 0),
    "suncorp.ofx": (1, 1, 0, 0),
    "test.qif": (5, 5, 0, 0),
}


@pytest.mark.parametrize("name", [*REFUSED, *COUNTS])
def test_each_file_is_taken_once_or_refused(desk: Desk, shared_data: Path, name: str) -> None:
    folders = (shared_data / folder for folder in ("cn_statements", "camt", "mt940", "ofx", "qif"))
    path = next((folder / name for folder in folders if (folder / name).exists()), None)
    if path is None:
        pytest.skip("the file is not here")
    if name in REFUSED:
        with pytest.raises(CrmdeskError) as caught:
            desk.take(path)
        assert caught.value.code == REFUSED[name]
        assert desk.lines() == []
        return
    result = desk.take(path)
    assert (result.read_count, result.created_count, result.skipped_count, result.failed_count) == COUNTS[
        name
    ]
    before = desk.lines()
    again = desk.take(path)
    assert (again.created_count, again.batch) == (0, None)
    assert again.skipped_count == result.created_count + result.skipped_count
    assert desk.lines() == before
    desk.require_clean()


def _amounts(desk: Desk) -> list[int]:
    return [row.amount_minor for row in sorted(desk.lines(), key=lambda row: row.row_number)]


@pytest.mark.parametrize("name", [name for name in COUNTS if name.endswith(("fx",))])
def test_the_amounts_of_ofx(desk: Desk, shared_data: Path, name: str) -> None:
    path = shared_data / "ofx" / name
    text = path.read_text()
    desk.take(path)
    written = [Decimal(each) for each in re.findall(r"<TRNAMT>\s*([-\d.]+)", text)]
    assert _amounts(desk) == [int(each * 100) for each in written]
    days = re.findall(r"<DTPOSTED>\s*(\d{8})", text)
    assert sorted(row.booked_on.strftime("%Y%m%d") for row in desk.lines()) == sorted(days)


def test_the_amounts_of_mt940(desk: Desk, shared_data: Path) -> None:
    path = shared_data / "mt940" / "sepa_mt9401.sta"
    text = path.read_text()
    for account in dict.fromkeys(re.findall(r"(?m)^:25:(\S+)", text)):
        number = account.rpartition("/")[2]
        desk.do(
            "money_account.create", code=f"B{number[-10:]}", name=account, method="bank", bank_account=account
        )
    result = desk.take(path)
    entries = re.findall(r"(?m)^:61:\d{10}(R?)([CD])R?(\d+),(\d*)", text)
    written = [
        (-1 if (side == "D") != bool(back) else 1) * int(whole + cents.ljust(2, "0"))
        for back, side, whole, cents in entries
    ]
    assert result.failed_count == 0
    assert _amounts(desk) == written
    for file in desk.files():
        moved = sum(row.amount_minor for row in desk.lines() if row.file_id == file.id)
        assert file.opening_minor + moved == file.closing_minor
    desk.require_clean()


def test_the_entries_of_camt(desk: Desk, shared_data: Path) -> None:
    path = shared_data / "camt" / "camt053.v2.multi.statement.xml"
    desk.take(path)
    root = ElementTree.parse(path).getroot()
    space = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"}
    written = [
        (-1 if entry.findtext("c:CdtDbtInd", namespaces=space) == "DBIT" else 1)
        * int(Decimal(entry.findtext("c:Amt", namespaces=space) or "") * 100)
        for entry in root.iter(f"{{{space['c']}}}Ntry")
    ]
    assert _amounts(desk) == written
    (file,) = desk.files()
    assert (file.account, file.opening_minor, file.closing_minor) == ("NL26VAYB8060476890", 1815, 2000)
    assert [row.payer for row in desk.lines()] == ["", "Company Name 2"]


def test_the_wallets(desk: Desk, shared_data: Path) -> None:
    folder = shared_data / "cn_statements"
    result = desk.take(folder / "example-alipay-records.csv")
    assert {note.code for note in result.notes} >= {"footer_differs"}
    rows = {(row.booked_on.isoformat(), row.amount_minor): row for row in desk.lines()}
    assert rows["2023-01-18", 22222850].payer_account == "xxx***@163.com"
    assert rows["2023-02-04", 1603].hint == "refund"
    assert ("2023-01-09", 5000) in rows
    assert ("2023-01-09", -5000) in rows  # closed because it was paid back, which has its own row
    assert not any(abs(row.amount_minor) == 8200 and row.booked_on.month == 1 for row in desk.lines())
    assert {row.money_account_id for row in desk.lines()} == {
        next(iter({row.money_account_id for row in desk.lines()}))
    }
    desk.take(folder / "example-wechat-records.csv")
    assert len({file.money_account_id for file in desk.files()}) == 2
    wechat = [row for row in desk.lines() if row.file_id == desk.files()[1].id]
    by_text = {row.payer + row.text: row.amount_minor for row in wechat}
    assert sum(1 for text in by_text if "零钱通-来自零钱" in text) == 0  # within the wallet
    assert next(minor for text, minor in by_text.items() if "转入零钱通-来自工商银行" in text) == 200000
    assert next(minor for text, minor in by_text.items() if "零钱通转出-到工商银行" in text) == -550500
    assert next(minor for text, minor in by_text.items() if "用户A" in text) == 2300
    icbc = desk.take(folder / "example-icbc-debit-v2-records.csv", account="BANK")
    assert icbc.created_count == 11
    desk.require_clean()


def test_what_is_escaped_twice_is_decoded_once(desk: Desk, shared_data: Path) -> None:
    desk.take(shared_data / "ofx" / "actual_html-vals.qfx")
    assert {row.payer for row in desk.lines()} == {"000000000000000", "TPAY &lt;DEFTPYMT&gt;"}
