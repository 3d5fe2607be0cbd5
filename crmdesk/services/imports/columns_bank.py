"""Columns of bank and wallet statements: what banks, 支付宝 and 微信支付 write over them."""

from __future__ import annotations

import re

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.services.imports.columns import ImportColumn
from crmdesk.services.imports.wire import Cell
from crmdesk.text import N_

_REFUNDED = re.compile(r"[(（]\s*已(?:全额)?退款[^)）]*[)）]\s*$")
_HIDDEN = re.compile(r"[*＊xX•]{2}")
_CREDIT = re.compile(r"\s*(?:CR|贷)\s*$", re.IGNORECASE)
_DEBIT = re.compile(r"\s*(?:DR|借)\s*$", re.IGNORECASE)
_TEXT_MAX = 2_000


def without_refund(cell: Cell) -> Cell:
    """`131.77(已退款89.84)` is a movement of 131.77: what was paid back has a line of its own."""
    return _REFUNDED.sub("", cell) if isinstance(cell, str) else cell


def stated_balance(cell: Cell) -> Cell:
    """A balance whose digits are hidden (xx,yyyy.zz) is none. To the bank money of ours is a credit: `5.00 CR` and
    `5.00 贷` are above zero, with DR and 借 the account is overdrawn."""
    if not isinstance(cell, str):
        return cell
    if _HIDDEN.search(cell):
        return None
    overdrawn = _DEBIT.sub("", cell)
    return _CREDIT.sub("", cell) if overdrawn == cell else f"-{overdrawn}"


def _money(name: str, label: str, *aliases: str) -> ImportColumn:
    return ImportColumn(
        name, Field(name, Kind.MONEY, label, sign="any"), aliases, "line", prepare=without_refund
    )


def _text(name: str, label: str, *aliases: str) -> ImportColumn:
    return ImportColumn(name, Field(name, Kind.TEXT, label, length_max=_TEXT_MAX), aliases, "line")


BANK = (
    _text("statement", N_("Statement")),
    ImportColumn(
        "date",
        specs.DATE,
        ("交易时间", "交易日期", "记账日期", "入账日期", "记账时间", "入账时间", "日期", "发生日期",
         "transaction date", "booking date", "date posted", "posted date", "posting date", "date", "buchungstag",
         "buchungsdatum"),
        is_required=True,
    ),
    ImportColumn(
        "value_date",
        Field("value_date", Kind.DATE, N_("Value date")),
        ("起息日", "起息日期", "value date", "valuta", "wertstellung", "valutadatum"),
    ),
    _money("amount", N_("Amount"), "金额", "金额(元)", "金额（元）", "交易金额", "发生额", "交易金额(元)", "amount",
           "transaction amount", "betrag", "umsatz"),
    _money("money_in", N_("Money in"), "记账金额(收入)", "收入", "收入金额", "贷方发生额", "贷方金额", "贷方",
          "存入金额",
           "转入金额", "credit", "credit amount", "paid in", "deposit", "deposits", "money in", "haben"),
    _money("money_out", N_("Money out"), "记账金额(支出)", "支出", "支出金额", "借方发生额", "借方金额", "借方",
          "支取金额",
           "转出金额", "debit", "debit amount", "paid out", "withdrawal", "withdrawals", "money out", "soll"),
    _text("direction", N_("In or out"), "收/支", "收支", "收支类型", "借贷标志", "借贷方向", "借贷", "credit debit",
          "cr/dr", "dr/cr", "soll/haben"),
    _text("state", N_("State"), "交易状态", "当前状态", "状态", "status", "state"),
    _text("payer", N_("Other side"), "交易对方", "对方户名", "对方名称", "对方单位", "对方账户名称", "对方单位名称",
          "付款人", "付款人名称", "付款方", "付款方名称", "payer", "payee", "counterparty", "counterparty name",
          "name",
          "beguenstigter", "auftraggeber"),
    _text("payer_account", N_("Account of the other side"), "对方账号", "对方帐号", "对方账户", "对方卡号",
          "付款人账号",
          "付款账号", "counterparty account", "payer account", "iban", "kontonummer"),
    _text("text", N_("Text"), "摘要", "商品说明", "商品", "用途", "附言", "交易摘要", "摘要说明", "description",
          "memo",
          "details", "narrative", "purpose", "text", "verwendungszweck", "buchungstext"),
    _text("category", N_("Kind of movement"), "交易分类", "交易类型", "业务类型", "交易名称", "type",
          "transaction type"),
    _text("detail", N_("Detail"), "交易详情", "交易附言"),
    _text("place", N_("Place"), "交易场所", "交易地点"),
    _text("remark", N_("Note"), "备注", "附言备注", "个性化信息", "remark", "remarks", "note", "notes"),
    _text("reference", N_("Reference of the bank"), "交易订单号", "交易单号", "交易流水号", "流水号", "凭证号",
          "业务编号",
          "银行流水号", "账户明细编号-交易流水号", "reference", "bank reference", "transaction id", "fitid"),
    _text("own_number", N_("Own number"), "商家订单号", "商户单号", "商户订单号", "customer reference"),
    _text("method", N_("Paid with"), "收/付款方式", "支付方式", "付款方式", "method"),
    ImportColumn("currency", specs.CURRENCY, ("记账币种", "币种", "币别", "currency", "ccy", "waehrung")),
    ImportColumn(
        "balance",
        Field("balance", Kind.MONEY, N_("Balance"), sign="any"),
        ("余额", "账户余额", "本次余额", "当前余额", "交易后余额", "账面余额", "联机余额", "balance", "account balance",
         "running balance", "balance after", "saldo", "kontostand"),
        "line",
        prepare=stated_balance,
    ),
    _text("hint", N_("Hint")),
)  # fmt: skip
