"""What the practice company shows of bills of exchange, deposits, payments for others and recurring invoices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crmdesk.services import use_cases
from crmdesk.services.units import Unit

_BANKS = ("中国工商银行杭州分行", "招商银行宁波分行", "浙商银行杭州分行")
# days before the last day on which it came, days after it on which it is due, amount, what became of it
_BILLS = (
    (120, 62, "86000.00", ""),
    (88, 5, "120000.00", ""),
    (175, -4, "45000.00", ""),
    (60, 118, "200000.00", "endorse"),
    (70, 95, "50000.00", "discount"),
    (185, -5, "30000.00", "collect"),
)
_DEPOSITS = (
    (150, "5000.00", "样品柜押金", ""),
    (96, "2000.00", "托盘押金", "part"),
    (40, "800.00", "钥匙押金", ""),
)
_RENTS = (
    ("仓库月租", "month", 1, "3200.00", "issue", 12),
    ("设备维护", "month", 3, "1800.00", "draft", 20),
    ("每周配送费", "week", 1, "260.00", "draft", 3),
)


def fill(unit: Unit, codes: Sequence[str], until: date) -> None:
    """A few records of each kind, the same for the same customers and day."""
    if len(codes) < len(_BILLS):
        return
    _bills(unit, codes, until)
    _deposits(unit, codes, until)
    _transfer(unit, codes, until)
    _recurring(unit, codes, until)


def _do(unit: Unit, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.perform(
        unit, use_case, {key: value for key, value in arguments.items() if value is not None}
    )


def _bills(unit: Unit, codes: Sequence[str], until: date) -> None:
    for index, (before, after, amount, became) in enumerate(_BILLS):
        on, due = until - timedelta(days=before), until + timedelta(days=after)
        paid = _do(
            unit,
            "payment.record",
            customer=codes[index],
            date=on.isoformat(),
            amount=amount,
            method="bill",
            allocate="oldest",
            bill={
                "number": f"1{index + 3}0833100{on:%Y%m%d}{index + 104:05d}",
                "due_on": due.isoformat(),
                "issued_on": (on - timedelta(days=6)).isoformat(),
                "drawer": "浙江恒安建设有限公司" if index % 2 else "宁波港城装饰工程有限公司",
                "bank": _BANKS[index % len(_BANKS)],
            },
        )["number"]
        happened = (on + timedelta(days=14)).isoformat()
        if became == "endorse":
            _do(unit, "bill.endorse", bill=paid, date=happened, to="绍兴华美涂料厂")
        elif became == "discount":
            _do(unit, "bill.discount", bill=paid, date=happened, fee="612.50")
        elif became == "collect":
            _do(unit, "bill.collect", bill=paid, date=due.isoformat())


def _deposits(unit: Unit, codes: Sequence[str], until: date) -> None:
    for index, (before, amount, note, became) in enumerate(_DEPOSITS):
        on = until - timedelta(days=before)
        made = _do(
            unit, "deposit.receive", customer=codes[-1 - index], date=on.isoformat(), amount=amount,
            method="bank", note=note,
        )["number"]  # fmt: skip
        if became:
            _do(
                unit, "deposit.return", deposit=made, date=(on + timedelta(days=30)).isoformat(),
                amount=str(Decimal(amount) / 2), reason="退还一半",
            )  # fmt: skip


def _transfer(unit: Unit, codes: Sequence[str], until: date) -> None:
    on = (until - timedelta(days=9)).isoformat()
    paid = _do(
        unit, "payment.record", customer=codes[0], date=on, amount="6000.00", method="bank",
        reference="代子公司付款", allocate="none",
    )["number"]  # fmt: skip
    _do(
        unit, "transfer.record", payment=paid, customer=codes[1], amount="4500.00", date=on,
        allocate="oldest", note="集团代付",
    )  # fmt: skip


def _recurring(unit: Unit, codes: Sequence[str], until: date) -> None:
    for index, (name, period, every, price, mode, days) in enumerate(_RENTS):
        line = {"description": name, "quantity": "1", "unit_price": price, "tax_rate": "0.06"}
        _do(
            unit, "recurring.create", customer=codes[index + 1], name=name, lines=[line], period=period,
            every=every, mode=mode, **{"from": (until - timedelta(days=days)).isoformat()},
        )  # fmt: skip
