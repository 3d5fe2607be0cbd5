"""Fields of invoices, credit notes, payments, refunds and write-offs."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind, required
from crmdesk.models.money import RATE_DECIMALS_MAX
from crmdesk.text import N_

CUSTOMER = Field(
    "customer",
    Kind.LINK,
    N_("Customer"),
    required=True,
    link="customer",
    aliases=(
        "客户",
        "客户编号",
        "客户编码",
        "客户代码",
        "customer",
        "customer code",
        "customerid",
        "客户名称",
    ),
    sample="C00001",
    width=24,
)
DATE = Field(
    "date",
    Kind.DATE,
    N_("Date"),
    aliases=(
        "日期",
        "单据日期",
        "开单日期",
        "开票日期",
        "收款日期",
        "date",
        "invoice date",
        "orderdate",
        "order date",
    ),
    sample="2026-03-31",
)
DUE = Field(
    "due",
    Kind.DATE,
    N_("Due date"),
    aliases=("到期日", "到期日期", "应收日期", "due", "due date", "requireddate"),
    sample="2026-04-30",
)
CURRENCY = Field(
    "currency", Kind.CURRENCY, N_("Currency"), aliases=("币种", "货币", "currency"), sample="CNY", width=6
)
RATE = Field(
    "rate",
    Kind.PRICE,
    N_("Exchange rate"),
    help=N_("Units of the book's currency for one unit of this currency. Left out: the one of the table."),
    aliases=("汇率", "exchange rate", "fx rate"),
    sample="7.1234",
    decimals_max=RATE_DECIMALS_MAX,
)
REASON = Field("reason", Kind.TEXT, N_("Reason"), aliases=("原因", "reason"), length_max=500)
NUMBER = Field(
    "number",
    Kind.CODE,
    N_("Number"),
    aliases=(
        "单号",
        "单据编号",
        "发票号",
        "应收单号",
        "number",
        "invoice number",
        "invoice no",
        "orderid",
        "no",
    ),
    sample="INV-2026-0001",
    length_max=60,
    width=16,
)
NOTE = Field(
    "note", Kind.LONG_TEXT, N_("Note"), aliases=("备注", "note", "remark", "memo"), length_max=10_000
)
REFERENCE = Field(
    "reference", Kind.TEXT, N_("Reference"), aliases=("流水号", "参考号", "凭证号", "reference", "ref")
)

AMOUNT = Field(
    "amount",
    Kind.MONEY,
    N_("Amount"),
    required=True,
    aliases=("金额", "收款金额", "付款金额", "实收金额", "amount", "paid"),
    sample="200.00",
)
SIGNED_AMOUNT = Field(
    "amount",
    Kind.MONEY,
    N_("Amount"),
    required=True,
    sign="any",
    aliases=("期初余额", "期初应收", "金额", "余额", "opening", "opening balance", "balance", "amount"),
    sample="1200.00",
)

DISCOUNT_TERMS = Field(
    "discount_terms",
    Kind.DISCOUNT_TERMS,
    N_("Settlement discount terms"),
    help=N_(
        "Percent/days, such as 2/10 n/30: 2 % off if paid within 10 days, due within 30. “none”: no discount."
    ),
    aliases=("现金折扣条件", "现金折扣", "付款条件", "discount terms", "cash discount"),
    sample="2/10 n/30",
    length_max=100,
    width=14,
)
TAKE_DISCOUNT = (
    Field(
        "take_discount",
        Kind.BOOLEAN,
        N_("Take the discount offered"),
        help=N_("The discount by each invoice's terms, if the money comes within its days."),
    ),
    Field(
        "late_discount",
        Kind.TEXT,
        N_("Reason for a discount after its days"),
        help=N_("Grants the discount also where its last day is over; the audit trail keeps the reason."),
        length_max=500,
    ),
)

DISCOUNT_FIELDS = (
    Field("rate", Kind.RATE, N_("Discount rate"), takes_whole=True),
    Field("amount", Kind.MONEY, N_("Discount amount"), sign="non_negative"),
)
DISCOUNT = Field("discount", Kind.OBJECT, N_("Discount"), fields=DISCOUNT_FIELDS)

TAX_KIND_CHOICES = (
    Choice("taxed", N_("Taxed")),
    Choice("exempt", N_("Exempt")),
    Choice("out_of_scope", N_("Out of scope")),
)
LINE_KIND_CHOICES = (
    Choice("item", N_("Item")),
    Choice("discount", N_("Discount line")),
    Choice("return", N_("Return")),
)

LINES = Field(
    "lines",
    Kind.LINES,
    N_("Lines"),
    required=True,
    fields=(
        Field("product", Kind.LINK, N_("Product"), link="product", width=18),
        Field("description", Kind.TEXT, N_("Description"), length_max=500, width=28),
        Field("unit", Kind.TEXT, N_("Unit"), length_max=20, width=6),
        Field("quantity", Kind.QUANTITY, N_("Quantity"), required=True, width=8),
        Field("unit_price", Kind.PRICE, N_("Unit price"), sign="any", width=10),
        Field("discount", Kind.OBJECT, N_("Discount"), fields=DISCOUNT_FIELDS, width=8),
        Field("tax_rate", Kind.RATE, N_("Tax rate"), width=7),
        Field("tax_kind", Kind.CHOICE, N_("Tax kind"), choices=TAX_KIND_CHOICES, width=8),
        Field("tax_included", Kind.BOOLEAN, N_("Tax included"), width=6),
        Field("kind", Kind.CHOICE, N_("Line kind"), choices=LINE_KIND_CHOICES, default="item", width=8),
    ),
)

METHODS = (
    Choice("bank", N_("Bank transfer")),
    Choice("cash", N_("Cash")),
    Choice("wechat", N_("WeChat Pay")),
    Choice("alipay", N_("Alipay")),
    Choice("card", N_("Card")),
    Choice("cheque", N_("Cheque")),
    Choice("bill", N_("Bill of exchange")),
    Choice("other", N_("Other")),
)
METHOD = Field(
    "method",
    Kind.CHOICE,
    N_("Method"),
    choices=METHODS,
    help=N_("Left out: the one of the money account, else bank."),
    aliases=("收款方式", "付款方式", "支付方式", "方式", "method", "payment method"),
    sample="bank",
)
MONEY_ACCOUNT = Field(
    "account", Kind.LINK, N_("Money account"), link="money_account", aliases=("账户", "收款账户", "account")
)

INVOICE = (
    CUSTOMER,
    DATE,
    DUE,
    CURRENCY,
    DISCOUNT,
    LINES,
    NUMBER,
    REFERENCE,
    NOTE,
    RATE,
    DISCOUNT_TERMS,
)

CREDIT = (
    CUSTOMER,
    Field("invoice", Kind.LINK, N_("Invoice"), link="invoice"),
    DATE,
    CURRENCY,
    DISCOUNT,
    LINES,
    Field("reason", Kind.TEXT, N_("Reason"), required=True, length_max=500),
    NUMBER,
    Field("apply", Kind.BOOLEAN, N_("Apply to its invoice"), default=False),
    NOTE,
    RATE,
)

BILL_KINDS = (Choice("bank", N_("Bank acceptance bill")), Choice("trade", N_("Trade acceptance bill")))
BILL = Field(
    "bill",
    Kind.OBJECT,
    N_("Bill of exchange"),
    fields=(
        Field("number", Kind.CODE, N_("Bill number"), required=True, length_max=60, width=30),
        Field("due_on", Kind.DATE, N_("Due date"), required=True),
        Field("issued_on", Kind.DATE, N_("Issued on")),
        Field("drawer", Kind.TEXT, N_("Drawer")),
        Field("bank", Kind.TEXT, N_("Acceptor")),
        Field("kind", Kind.CHOICE, N_("Kind of bill"), choices=BILL_KINDS, default="bank"),
    ),
)

PAYMENT = (
    CUSTOMER,
    DATE,
    AMOUNT,
    METHOD,
    MONEY_ACCOUNT,
    REFERENCE,
    Field("payer", Kind.TEXT, N_("Payer"), aliases=("付款人", "付款方", "payer")),
    Field("fee", Kind.MONEY, N_("Bank fee"), sign="non_negative", aliases=("手续费", "fee")),
    Field(
        "discount",
        Kind.MONEY,
        N_("Settlement discount"),
        sign="non_negative",
        aliases=("折扣", "抹零", "discount"),
    ),
    CURRENCY,
    Field(
        "contract",
        Kind.LINK,
        N_("Contract"),
        link="contract",
        help=N_(
            "The money belongs to this contract: its instalments are settled, what is left stays tied to it."
        ),
    ),
    Field(
        "allocate",
        Kind.ANY,
        N_("Allocation"),
        help=N_("Left out: none; with a contract its instalments, oldest first."),
    ),
    Field(
        "on_behalf",
        Kind.BOOLEAN,
        N_("Pays for other customers too"),
        help=N_("The invoices named in the allocation may be other customers'; their part is transferred."),
    ),
    Field(
        "rounding",
        Kind.MONEY,
        N_("Cash rounding"),
        sign="any",
        help=N_("What rounding the cash gave away (or, negative, took): it settles as if paid."),
    ),
    BILL,
    NUMBER,
    NOTE,
    RATE,
    Field(
        "received",
        Kind.OBJECT,
        N_("Money in another currency"),
        help=N_("What the money account received, where that was another currency than the invoices'."),
        fields=(required(CURRENCY), AMOUNT),
    ),
    *TAKE_DISCOUNT,
)

GROUNDS = (
    Choice("bankruptcy", N_("Bankruptcy or deregistration")),
    Choice("death", N_("Death or missing")),
    Choice("overdue_3_years", N_("More than three years overdue and unable to pay")),
    Choice("restructuring", N_("Debt restructuring")),
    Choice("force_majeure", N_("Force majeure")),
    Choice("small_difference", N_("Small difference")),
    Choice("other", N_("Other")),
)

DOCUMENT_KINDS = {
    "invoice": N_("Invoice"),
    "opening": N_("Opening balance"),
    "credit": N_("Credit note"),
    "payment": N_("Payment"),
    "refund": N_("Refund"),
    "writeoff": N_("Write-off"),
    "discount": N_("Settlement discount"),
    "recovery": N_("Recovery"),
    "bank": N_("Bank entry"),
    "transfer": N_("Transfer from another customer"),
    "transfer_out": N_("Transfer to another customer"),
    "deposit": N_("Deposit"),
    "deposit_return": N_("Deposit returned"),
    "deposit_kept": N_("Deposit kept"),
    "deposit_applied": N_("Deposit applied"),
    "bill_endorsement": N_("Bill endorsed"),
    "bill_discount": N_("Bill discounted"),
    "bill_collection": N_("Bill collected"),
    "bill_recourse": N_("Bill dishonoured"),
}
"""What a document of a kind is called."""

_REVERSALS = {
    "invoice_reversal": N_("Invoice reversed"),
    "opening_reversal": N_("Opening balance reversed"),
    "credit_reversal": N_("Credit note reversed"),
    "payment_reversal": N_("Payment reversed"),
    "refund_reversal": N_("Refund reversed"),
    "writeoff_reversal": N_("Write-off reversed"),
    "discount_reversal": N_("Settlement discount reversed"),
    "recovery_reversal": N_("Recovery reversed"),
    "bank_reversal": N_("Bank entry reversed"),
    "transfer_reversal": N_("Transfer from another customer reversed"),
    "transfer_out_reversal": N_("Transfer to another customer reversed"),
    "deposit_reversal": N_("Deposit reversed"),
    "deposit_return_reversal": N_("Return of a deposit taken back"),
    "deposit_kept_reversal": N_("Kept deposit taken back"),
    "deposit_applied_reversal": N_("Application of a deposit taken back"),
    "bill_endorsement_reversal": N_("Endorsement of a bill taken back"),
    "bill_discount_reversal": N_("Discounting of a bill taken back"),
    "bill_collection_reversal": N_("Collection of a bill taken back"),
    "bill_recourse_reversal": N_("Dishonour of a bill taken back"),
}
EVENTS = {kind: Choice(kind, label) for kind, label in (DOCUMENT_KINDS | _REVERSALS).items()}
"""Every kind of a document and of what takes one back, as choices of a column."""
ALLOCATED = Choice("allocation", N_("Allocated"))
"""What settles without being a document."""

BILL_EVENTS = ("bill_endorsement", "bill_discount", "bill_collection", "bill_recourse")
SILENT_KINDS = ("recovery", "deposit", "deposit_return", "deposit_kept", *BILL_EVENTS)
"""Kinds that change no customer's balance and stand on no statement."""

STATEMENT_LINES = {
    **{kind: DOCUMENT_KINDS[kind] for kind in ("invoice", "credit", "payment", "refund", "writeoff")},
    "opening": N_("Opening item"),
    "void": N_("Void"),
    **{kind: _REVERSALS[kind] for kind in ("payment_reversal", "refund_reversal", "writeoff_reversal")},
    "discount": N_("Settlement discount"),
    "fx": N_("Exchange difference"),
    "rounding": N_("Cash rounding"),
    "transfer_in": N_("Paid by another customer"),
    "transfer_out": N_("Paid for another customer"),
    "transfer_in_reversal": N_("Payment by another customer taken back"),
    "transfer_out_reversal": N_("Payment for another customer taken back"),
    **{kind: EVENTS[kind].label for kind in ("deposit_applied", "deposit_applied_reversal")},
}
"""What a line of a statement is called, on the screen and on paper."""
