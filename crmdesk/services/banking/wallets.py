"""What the sheets of 支付宝, 微信支付 and banks say beside their rows, and which way a movement went.

Preambles name the account and the period and give sums; a movement says its direction in a word, or only by its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

IN, OUT, NEITHER = 1, -1, 0
METHODS = ("alipay", "wechat")
"""The methods of money accounts that are wallets."""

_IN_WORDS = frozenset(
    {"收入", "收", "贷", "贷方", "进", "cr", "c", "crdt", "credit", "in", "haben", "h", "+"}
)
_OUT_WORDS = frozenset(
    {"支出", "支", "借", "借方", "出", "dr", "d", "dbit", "debit", "out", "soll", "s", "-"}
)
_ACCOUNT = re.compile(
    r"(?:卡号|账号|帐号|账户号码|支付宝账户|微信号|account(?: number)?)\s*[:：]\s*\[?(?P<account>[^\s,，;；\]]+)",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"(?:起始时间|起始日期|开始日期)\s*[:：]\s*\[?(?P<start>\d{4}-\d\d-\d\d).*?"
    r"(?:终止时间|终止日期|结束日期|截止日期)\s*[:：]\s*\[?(?P<end>\d{4}-\d\d-\d\d)"
)
_SUM = re.compile(
    r"(?P<side>收入|支出)\s*[:：]\s*(?P<count>\d+)\s*笔\s*[,，]?\s*(?P<amount>[\d,]+(?:\.\d+)?)\s*元"
)
_BOTTOM = re.compile(r"合计\s+(?P<income>[\d,]+\.\d+)\s+(?P<spent>[\d,]+\.\d+)")
_BANK = re.compile(r"银行|\bbank\b", re.IGNORECASE)
_CARD = re.compile(r"[0-9*]{12,}")
"""A bank's number: a wallet's account is a telephone number, an address or a name."""
_FAILED = re.compile(r"失败|已撤销|已取消")
_CLOSED = re.compile(r"关闭")
_REFUND = re.compile(r"退款|退回|refund", re.IGNORECASE)
_LEAVES = re.compile(r"提现|还款|购买|转出.{0,4}到(?!零钱)")
_ENTERS = re.compile(r"充值|来自(?!零钱)|赎回|卖出")
_FEE = re.compile(
    r"(?:银行|转账|跨行|提现|支付|交易|账户|对公)*(?:手续费|工本费|年费|账户管理费|账户维护费|短信(?:服务)?费|网银服务费)"
    r"|(?:bank |service |account |monthly )*(?:fees?|charges?)",
    re.IGNORECASE,
)
"""A whole entry that is called so: rent (物业管理费) and bills for services (软件服务费) are none of the bank's."""
_ENTRY_ENDS = re.compile(r"[;；,，/|·\t\n]+| {2,}")
_INTEREST = re.compile(r"利息|结息|\binterest\b", re.IGNORECASE)
_TRANSFER = re.compile(r"提现|充值|余额宝|零钱通|理财|信用卡还款")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a sheet says of itself: the account, the period, and sums by direction as (count, amount)."""

    method: str = ""
    """The method of the money account it belongs to: `alipay`, `wechat`, `bank`; empty where the sheet does not say."""
    account: str = ""
    from_on: date | None = None
    to_on: date | None = None
    sums: tuple[tuple[int, int | None, Decimal], ...] = ()
    """(IN or OUT, number of movements where given, amount)."""


def stated(lines: Iterable[str]) -> Stated:
    """Reads the lines above and below the table."""
    text = "\n".join(lines)
    method = "alipay" if "支付宝" in text else "wechat" if "微信" in text else ""
    account = _ACCOUNT.search(text)
    if not method and (_BANK.search(text) or (account and _CARD.fullmatch(account["account"]))):
        method = "bank"
    period = _PERIOD.search(text)
    sums: list[tuple[int, int | None, Decimal]] = []
    for match in _SUM.finditer(text):
        side = IN if match["side"] == "收入" else OUT
        sums.append((side, int(match["count"]), Decimal(match["amount"].replace(",", ""))))
    bottom = _BOTTOM.search(text)
    if bottom and not sums:
        sums = [
            (IN, None, Decimal(bottom["income"].replace(",", ""))),
            (OUT, None, Decimal(bottom["spent"].replace(",", ""))),
        ]
    return Stated(
        method,
        account["account"] if account else "",
        _day(period["start"]) if period else None,
        _day(period["end"]) if period else None,
        tuple(sums),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def side_of(word: str) -> int | None:
    """IN, OUT or NEITHER for the word in a column of directions; None for an empty cell."""
    plain = word.strip().casefold()
    if not plain:
        return None
    return IN if plain in _IN_WORDS else OUT if plain in _OUT_WORDS else NEITHER


def neutral_side(state: str, words: str) -> int:
    """The way of a movement that the wallet counts as neither: refunds and money that enters come in, withdrawals
    go out; what was closed, or moves between the purses of one wallet, does not move at all."""
    if _CLOSED.search(state):
        return NEITHER
    if _REFUND.search(f"{state} {words}"):
        return IN
    if _LEAVES.search(words):
        return OUT
    return IN if _ENTERS.search(words) else NEITHER


def has_failed(state: str) -> bool:
    """Whether the state says that no money moved at all."""
    return bool(_FAILED.search(state))


def hint_of(words: str) -> str:
    """`fee`, `interest`, `refund` or `transfer` by what a movement is called; empty for any other."""
    if any(_FEE.fullmatch(entry.strip()) for entry in (words, *_ENTRY_ENDS.split(words), *words.split())):
        return "fee"
    for pattern, hint in (
        (_INTEREST, "interest"),
        (_REFUND, "refund"),
        (_TRANSFER, "transfer"),
    ):
        if pattern.search(words):
            return hint
    return ""
