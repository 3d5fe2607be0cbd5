"""Columns of sheets of opening balances, invoices and payments."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.services.imports.columns import ImportColumn, column, renamed
from crmdesk.text import N_

_LINE = {field.name: field for field in specs.LINES.fields}
_PAYMENT = {field.name: field for field in specs.PAYMENT}

PARTY = ImportColumn(
    "customer",
    renamed(specs.CUSTOMER, length_max=200),
    (
        *(alias for alias in specs.CUSTOMER.aliases if alias != "客户名称"),
        "customer no",
        "customer id",
        "customer number",
        "client",
        "bill to",
        "往来单位",
        "付款单位",
    ),
    is_required=True,
)
"""The customer's code, or its name where only one customer has it."""
PARTY_NAME = ImportColumn(
    "customer_name",
    Field("customer_name", Kind.LINK, N_("Customer name"), length_max=200),
    (
        "客户名称",
        "客户名",
        "公司名称",
        "单位名称",
        "购方名称",
        "购买方名称",
        "付款方名称",
        "customer name",
        "company",
        "companyname",
        "company name",
    ),
)
"""Beside the code it is for the reader only; alone, or where the code is blank, it says who the customer is."""
_STATE = ImportColumn(
    "state",
    Field("state", Kind.TEXT, N_("State")),
    ("状态", "单据状态", "state", "status", "document status"),
)
"""A row of a void document is skipped."""


def _stated(name: str, label: str, *aliases: str) -> ImportColumn:
    return ImportColumn(name, Field(name, Kind.MONEY, label, sign="any"), aliases, "stated")


OPENINGS = (
    column(specs.NUMBER, "期初单号"),
    PARTY,
    PARTY_NAME,
    _STATE,
    column(specs.DATE, "期初日期", "发生日期", "业务日期"),
    column(
        renamed(specs.SIGNED_AMOUNT, required=False),
        "应收余额",
        "应收金额",
        "期初金额",
        "欠款",
        "open amount",
    ),
    ImportColumn(
        "debit",
        Field("debit", Kind.MONEY, N_("Debit"), sign="non_negative"),
        ("借方", "借方余额", "期初借方", "借方金额", "debit", "debit balance"),
    ),
    ImportColumn(
        "credit",
        Field("credit", Kind.MONEY, N_("Credit"), sign="non_negative"),
        (
            "贷方",
            "贷方余额",
            "期初贷方",
            "贷方金额",
            "预收余额",
            "预收款",
            "期初预收",
            "credit",
            "credit balance",
        ),
    ),
    column(specs.DUE),
    column(specs.CURRENCY, "币别"),
    column(specs.NOTE, "摘要"),
)

INVOICES = (
    column(specs.NUMBER, "发票号码", "订单号", "订单编号", "单据号", "invoice", "invoice #", "order id",
           "order number"),
    PARTY,
    PARTY_NAME,
    _STATE,
    column(specs.DATE, "业务日期", "下单日期", "订单日期", "invoicedate"),
    column(specs.DUE, "付款到期日", "due on", "payment due"),
    column(specs.CURRENCY, "币别"),
    column(specs.REFERENCE, "合同号", "purchase order", "po number"),
    column(specs.NOTE, "摘要"),
    ImportColumn(
        "product",
        _LINE["product"],
        ("产品编号", "产品编码", "商品编号", "商品编码", "货号", "product code", "product id", "productid", "sku",
         "item number", "product"),
        "line",
    ),
    ImportColumn(
        "description",
        _LINE["description"],
        ("品名", "商品名称", "产品名称", "货物名称", "名称", "项目", "服务名称", "内容", "description", "item",
         "item name", "product name", "productname"),
        "line",
    ),
    ImportColumn("unit", _LINE["unit"], ("单位", "计量单位", "unit", "uom"), "line"),
    ImportColumn("quantity", renamed(_LINE["quantity"], sign="any"), ("数量", "quantity", "qty"), "line"),
    ImportColumn(
        "unit_price",
        _LINE["unit_price"],
        ("单价", "含税单价", "不含税单价", "unit price", "unitprice", "price", "rate"),
        "line",
    ),
    ImportColumn(
        "discount",
        Field("discount", Kind.RATE, N_("Discount rate"), takes_whole=True),
        ("折扣率", "折扣", "discount", "discount rate", "discount percent", "disc"),
        "line",
    ),
    ImportColumn(
        "discount_amount",
        Field("discount_amount", Kind.MONEY, N_("Discount amount"), sign="non_negative"),
        ("折扣额", "折扣金额", "优惠", "优惠金额", "discount amount"),
        "line",
    ),
    ImportColumn(
        "tax_rate",
        _LINE["tax_rate"],
        ("税率", "增值税率", "tax rate", "tax percent", "vat rate", "vat percent"),
        "line",
    ),
    ImportColumn("tax_kind", _LINE["tax_kind"], ("计税方式", "税收类别", "tax kind"), "line"),
    ImportColumn(
        "tax_included",
        _LINE["tax_included"],
        ("含税", "是否含税", "价格含税", "tax included", "incl tax", "including tax"),
        "line",
    ),
    ImportColumn("line_kind", _LINE["kind"], ("行类型", "line kind"), "line"),
    ImportColumn("line", Field("line", Kind.INTEGER, N_("Line")), ("行号", "序号", "line", "line no", "pos"), "line"),
    ImportColumn(
        "amount",
        Field("amount", Kind.MONEY, N_("Amount"), sign="any"),
        ("金额", "行金额", "amount", "line amount", "line total", "extended price"),
        "line",
    ),
    _stated("net", N_("Net"), "不含税金额", "未税金额", "净额", "net", "net amount", "subtotal"),
    _stated("tax", N_("Tax amount"), "税额", "税金", "tax", "tax amount", "vat", "vat amount"),
    _stated(
        "total", N_("Total"), "价税合计", "含税金额", "合计", "总额", "总金额", "应收金额", "发票金额", "total",
        "invoice total", "gross", "gross amount", "total amount", "grand total",
    ),
)  # fmt: skip

PAYMENTS = (
    column(renamed(specs.NUMBER, sample="RC-2026-0001"), "收款单号", "收据号", "receipt", "receipt number",
           without=("orderid", "invoice number", "invoice no", "发票号", "应收单号")),
    ImportColumn("customer", PARTY.field, PARTY.aliases),
    PARTY_NAME,
    _STATE,
    column(specs.DATE, "付款日期", "到账日期", "业务日期", "payment date", "paid on", "date paid"),
    column(specs.AMOUNT, "到账金额", "回款金额", "已收金额", "payment amount", "amount paid", "received"),
    column(specs.METHOD, "结算方式"),
    column(specs.MONEY_ACCOUNT, "银行账户", "money account"),
    column(specs.REFERENCE, "交易流水号", "交易号", "transaction id", "transaction"),
    column(_PAYMENT["payer"]),
    column(_PAYMENT["fee"], "银行手续费", "bank fee"),
    column(_PAYMENT["discount"], "现金折扣", "settlement discount"),
    column(specs.CURRENCY, "币别"),
    column(specs.NOTE, "摘要"),
    ImportColumn(
        "invoice",
        Field("invoice", Kind.LINK, N_("Invoices settled"), length_max=1_000),
        ("核销单号", "应收单号", "发票号", "发票号码", "对应发票", "订单号", "invoice", "invoices", "invoice number",
         "invoice no", "orderid", "order id", "allocate to"),
    ),
    ImportColumn(
        "allocate",
        Field(
            "allocate",
            Kind.CHOICE,
            N_("Allocation"),
            choices=(
                Choice("none", N_("No allocation")),
                Choice("oldest", N_("Oldest first")),
                Choice("due", N_("By due date")),
                Choice("exact", N_("Exact")),
                Choice("auto", N_("Automatic")),
            ),
        ),
        ("核销方式", "allocate", "allocation"),
    ),
)  # fmt: skip
