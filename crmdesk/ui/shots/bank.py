"""Bank lines: a statement of a month over the practice company's open invoices, and what is done with it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from crmdesk.models import clock, money
from crmdesk.ui.shots import Shot, Stage

_HEAD = "交易日期,对方户名,对方账号,摘要,收入,支出,流水号"


Row = tuple[date, str, str, str, int]


def _rows(stage: Stage) -> list[Row]:
    """Exact, named, several that fit, an unknown payer, a fee, interest, rent."""
    from crmdesk.services import payment_plan
    from crmdesk.services.reports import ageing

    today = clock.today()
    rows: list[Row] = []
    with stage.ctx.need_book().read() as connection:
        owing = sorted(ageing.rows(connection), key=lambda row: (-row.total_minor, row.customer))
        plans = [payment_plan.of_customer(connection, row.customer) for row in owing[:9]]
    for place, plan in enumerate(plans):
        if not plan.documents:
            continue
        first, day = plan.documents[0], today - timedelta(days=place)
        account = f"6222{place:02d}8812{place:04d}"
        text = (f"货款 {first.number}", "货款", "预付款")[place % 3]
        rows.append((day, plan.name, account, text, 1_200_000 if place % 3 == 2 else first.open_minor))
    rows += [
        (today, "支付宝（中国）网络技术有限公司", "", "商户提现", 865_000),
        (today - timedelta(days=2), "", "", "账户管理费 手续费", -1_500),
        (today - timedelta(days=4), "", "", "结息 利息", 3_652),
        (today - timedelta(days=6), "杭州西湖物业管理有限公司", "1202022109900099", "六月房租", -980_000),
    ]
    return sorted(rows, key=lambda row: row[0])


def _number(day: date, place: int) -> str:
    return f"F{day:%y%m%d}{place:03d}"


def _sheet(stage: Stage) -> Path:
    """The rows as a bank's sheet."""
    lines = [_HEAD]
    for place, (day, payer, account, text, minor) in enumerate(_rows(stage)):
        amount = money.plain(abs(minor), "CNY")
        sides = (amount, "") if minor > 0 else ("", amount)
        lines.append(",".join((day.isoformat(), payer, account, text, *sides, _number(day, place))))
    path = stage.folder / "银行流水.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _statement(stage: Stage) -> Path:
    """The rows as OFX, with the balance that they lead to."""
    from crmdesk.services.banking import reconciling

    rows = _rows(stage)
    with stage.ctx.need_book().read() as connection:
        before = reconciling.position(connection, "BANK", "CNY", rows[0][0] - timedelta(days=1)).book_minor
    entries = "".join(
        f"<STMTTRN><TRNTYPE>{'CREDIT' if minor > 0 else 'DEBIT'}</TRNTYPE><DTPOSTED>{day:%Y%m%d}</DTPOSTED>"
        f"<TRNAMT>{money.plain(minor, 'CNY')}</TRNAMT><FITID>{_number(day, place)}</FITID>"
        f"<NAME>{payer}</NAME><MEMO>{text}</MEMO></STMTTRN>"
        for place, (day, payer, _account, text, minor) in enumerate(rows)
    )
    balance = money.plain(before + sum(row[4] for row in rows), "CNY")
    path = stage.folder / "icbc-202606.ofx"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><BANKMSGSRSV1><STMTTRNRS>'
        f"<STMTRS><CURDEF>CNY</CURDEF><BANKTRANLIST><DTSTART>{rows[0][0]:%Y%m%d}</DTSTART>"
        f"<DTEND>{rows[-1][0]:%Y%m%d}</DTEND>{entries}</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}</BALAMT>"
        f"<DTASOF>{rows[-1][0]:%Y%m%d}</DTASOF></LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>",
        encoding="utf-8",
    )
    return path


def bring(stage: Stage) -> None:
    """Imports the statement once; a second time all of it is known."""
    from crmdesk.services.imports import run
    from crmdesk.services.imports.results import ImportOptions

    book = stage.ctx.need_book()
    options = ImportOptions(account="BANK", actor=stage.ctx.actor)
    result = run.run(book, "bank", _statement(stage), options)
    stage.ctx.bus.publish(result.changes)
    stage.settle()


def _page(stage: Stage) -> Any:
    bring(stage)
    stage.go("payments", part="bank")
    return stage.widget("bank")


def _suggested(stage: Stage) -> None:
    """The line whose customer has the most open documents."""
    page = _page(stage)
    paid = [(len(one.parts), key) for key, one in page.desk.suggestions.items() if one.kind == "payment"]
    page.show_record(max(paid)[1])
    stage.settle()


def _line(stage: Stage, word: str) -> None:
    """The line whose text holds a word, shown."""
    from crmdesk.services.lists import Query, querying

    page = _page(stage)
    with stage.ctx.need_book().read() as connection:
        ids = querying.ids(connection, Query("bank_lines", search=word))
    page.show_record(ids[0])
    stage.settle()


def _sure(stage: Stage) -> None:
    _page(stage)
    stage.choose("bank.confirmSure")


def _aside(stage: Stage) -> None:
    _line(stage, "房租")
    stage.choose("bank.ignore")


def _booked(stage: Stage) -> None:
    _line(stage, "预付款")
    page = stage.widget("bank")
    page.detail.confirm()
    stage.settle()


def _payers(stage: Stage) -> None:
    _booked(stage)
    stage.choose("bank.payers")


def _import(stage: Stage) -> None:
    stage.go("payments", part="bank")
    stage.window.import_file(_sheet(stage))
    stage.settle()
    stage.click("import.try")


def _empty(stage: Stage) -> None:
    stage.go("payments", part="bank")


SHOTS = (
    Shot("bank-empty", _empty),
    Shot("bank-import", _import),
    Shot("bank", _suggested),
    Shot("bank-unknown", lambda stage: _line(stage, "商户提现")),
    Shot("bank-out", lambda stage: _line(stage, "房租")),
    Shot("bank-sure", _sure),
    Shot("bank-aside", _aside),
    Shot("bank-booked", _booked),
    Shot("bank-payers", _payers),
)
