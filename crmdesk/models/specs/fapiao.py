"""Tax invoices (发票) as data: kinds, media, states and their transitions, reasons, the shape of numbers, the fields.

Chinese tax rules change; everything here that is a rule of the tax system is as of 2025-01 (数电发票 nationwide) and is
changed here, not in the services.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import AMOUNT, CUSTOMER, DATE, NOTE, RATE, REASON
from crmdesk.text import N_

SPECIAL, ORDINARY, RECEIPT = "special", "ordinary", "receipt"
DIGITAL, ELECTRONIC, PAPER = "digital", "electronic", "paper"
BLUE, RED = "blue", "red"

KINDS = (
    Choice(SPECIAL, N_("Special VAT invoice (专用)")),
    Choice(ORDINARY, N_("Ordinary VAT invoice (普通)")),
    Choice(RECEIPT, N_("Receipt (收据)")),
)
MEDIA = (
    Choice(DIGITAL, N_("Fully digital (数电)")),
    Choice(ELECTRONIC, N_("Electronic, tax control (税控电子)")),
    Choice(PAPER, N_("Paper (纸质)")),
)
COLORS = (Choice(BLUE, N_("Blue")), Choice(RED, N_("Red"), "danger"))

VOIDABLE_MEDIA = frozenset({PAPER})
"""Only paper may be voided, and only in its month; the others are made red."""

NUMBER_RULES = {
    DIGITAL: (re.compile(r"", re.ASCII), re.compile(r"[0-9]{20}", re.ASCII)),
    ELECTRONIC: (re.compile(r"[0-9]{10}|[0-9]{12}", re.ASCII), re.compile(r"[0-9]{8}", re.ASCII)),
    PAPER: (re.compile(r"[0-9]{10}|[0-9]{12}", re.ASCII), re.compile(r"[0-9]{8}", re.ASCII)),
}
"""The shapes of code and number by medium, for books of China."""

REQUESTED, ISSUED, REFUSED, WITHDRAWN = "requested", "issued", "refused", "withdrawn"
REQUEST_STATES = (
    Choice(REQUESTED, N_("Requested"), "info"),
    Choice(ISSUED, N_("Issued"), "good"),
    Choice(REFUSED, N_("Refused"), "danger"),
    Choice(WITHDRAWN, N_("Withdrawn"), "neutral"),
)
REQUEST_TRANSITIONS = {
    REQUESTED: frozenset({ISSUED, REFUSED, WITHDRAWN}),
    ISSUED: frozenset({REQUESTED}),
    REFUSED: frozenset(),
    WITHDRAWN: frozenset(),
}
"""What may follow what. Back from issued to requested: the paper one was voided and another number is wanted."""

VALID, PART_RED, ALL_RED, VOID = "valid", "part_red", "all_red", "void"
FAPIAO_STATES = (
    Choice(VALID, N_("Valid"), "good"),
    Choice(PART_RED, N_("Partly reversed"), "warn"),
    Choice(ALL_RED, N_("Fully reversed"), "danger"),
    Choice(VOID, N_("Void"), "neutral"),
)

WRONG_DETAILS, RETURN, ALLOWANCE, ENDED = "wrong_details", "return", "allowance", "ended"
RED_REASONS = (
    Choice(WRONG_DETAILS, N_("Wrong details (开票有误)")),
    Choice(RETURN, N_("Goods returned (销货退回)")),
    Choice(ALLOWANCE, N_("Price reduced (销售折让)")),
    Choice(ENDED, N_("Service ended (服务中止)")),
)
POSTS_A_CREDIT_NOTE = frozenset({RETURN, ALLOWANCE, ENDED})
"""The reasons that change what the customer owes."""

PENDING, CONFIRMED, EXPIRED, USED = "pending", "confirmed", "expired", "used"
CONFIRMATION_STATES = (
    Choice(PENDING, N_("Waiting for confirmation (待确认)"), "info"),
    Choice(CONFIRMED, N_("Confirmed (已确认)"), "good"),
    Choice(REFUSED, N_("Refused (已拒绝)"), "danger"),
    Choice(WITHDRAWN, N_("Withdrawn (已撤销)"), "neutral"),
    Choice(EXPIRED, N_("Expired (超时)"), "warn"),
    Choice(USED, N_("Red invoice issued"), "neutral"),
)
CONFIRMATION_TRANSITIONS = {
    PENDING: frozenset({CONFIRMED, REFUSED, WITHDRAWN}),
    CONFIRMED: frozenset({USED, WITHDRAWN}),
    REFUSED: frozenset(),
    WITHDRAWN: frozenset(),
    EXPIRED: frozenset(),
    USED: frozenset({CONFIRMED}),
}
"""Expired is never stored: it follows from the clock. Back from used: the red paper one was voided."""
CONFIRMATION_HOURS = 72
SIDES = (Choice("seller", N_("Seller")), Choice("buyer", N_("Buyer")))

CHANNELS = (
    Choice("email", N_("E-mail")),
    Choice("platform", N_("Tax platform")),
    Choice("wechat", N_("WeChat")),
    Choice("post", N_("Post")),
    Choice("courier", N_("Courier")),
    Choice("hand", N_("In person")),
    Choice("other", N_("Other")),
)

NUMBER = Field(
    "number",
    Kind.CODE,
    N_("Tax invoice number"),
    required=True,
    length_max=30,
    width=22,
    grouping=4,
    help=N_("Fully digital: 20 digits. Others: 8 digits, with a code of 10 or 12."),
)
CODE = Field("code", Kind.CODE, N_("Tax invoice code"), length_max=12, width=14)
PART_AMOUNT = replace(AMOUNT, required=False)
PARTS = Field(
    "invoices",
    Kind.LINES,
    N_("Invoices"),
    required=True,
    fields=(Field("invoice", Kind.LINK, N_("Invoice"), required=True, link="invoice"), PART_AMOUNT),
)
"""Which bills, and how much of each; without an amount all that is not invoiced yet."""
KIND = Field("kind", Kind.CHOICE, N_("Kind"), choices=KINDS, default=ORDINARY, width=12)
MEDIUM = Field("medium", Kind.CHOICE, N_("Medium"), choices=MEDIA, default=DIGITAL, width=12)
PROFILE = Field(
    "profile",
    Kind.TEXT,
    N_("Billing profile"),
    help=N_("The title or number of one of the customer's billing profiles; left out, the primary one."),
)
FAPIAO = Field(
    "fapiao",
    Kind.LINK,
    N_("Tax invoice"),
    required=True,
    link="fapiao",
    help=N_("Its number; where several codes have it, code/number."),
)
REQUEST_LINK = Field("request", Kind.LINK, N_("Request"), required=True, link="fapiao_request")
TOTAL = Field(
    "total",
    Kind.MONEY,
    N_("Total"),
    help=N_("What stands on the tax invoice; refused where it differs from what was requested."),
)

RATE_OF_EXCHANGE = replace(
    RATE,
    help=N_(
        "For invoices in foreign money: the book's currency for one unit of it (折合率), the middle rate of the day of "
        "the sale or of the 1st of its month, as you chose. Left out: the rate each invoice was booked at."
    ),
)
REQUEST = (CUSTOMER, PARTS, PROFILE, KIND, MEDIUM, DATE, RATE_OF_EXCHANGE, NOTE)
ISSUE = (REQUEST_LINK, NUMBER, CODE, DATE, TOTAL, NOTE)
RECORD = (CUSTOMER, PARTS, PROFILE, KIND, MEDIUM, NUMBER, CODE, DATE, TOTAL, RATE_OF_EXCHANGE, NOTE)
DELIVER = (
    FAPIAO,
    DATE,
    Field("channel", Kind.CHOICE, N_("Channel"), choices=CHANNELS, default="email"),
    Field("to", Kind.TEXT, N_("Recipient")),
)
BUYER_FLAGS = (
    Field(
        "buyer_confirmed_use",
        Kind.BOOLEAN,
        N_("The buyer confirmed its use (用途确认)"),
        default=False,
    ),
    Field("buyer_booked", Kind.BOOLEAN, N_("The buyer booked it (入账)"), default=False),
)
CONFIRMATION = Field("confirmation", Kind.LINK, N_("Red-letter confirmation"), link="red_confirmation")
RED_REASON = Field("reason", Kind.CHOICE, N_("Reason"), choices=RED_REASONS, required=True)
RED_FIELDS = (
    FAPIAO,
    RED_REASON,
    NUMBER,
    CODE,
    DATE,
    PART_AMOUNT,
    replace(PARTS, required=False),
    *BUYER_FLAGS,
    CONFIRMATION,
    Field(
        "credit",
        Kind.LINK,
        N_("Credit note"),
        link="credit",
        help=N_("One that was issued already; left out, the credit note is posted now."),
    ),
    NOTE,
)
REISSUE = (
    FAPIAO,
    replace(REASON, required=True),
    NUMBER,
    CODE,
    DATE,
    *BUYER_FLAGS,
    CONFIRMATION,
    Field(
        "new",
        Kind.OBJECT,
        N_("New tax invoice"),
        required=True,
        fields=(
            NUMBER,
            CODE,
            DATE,
            PROFILE,
            replace(KIND, default=None),
            replace(MEDIUM, default=None),
            NOTE,
        ),
    ),
)
OPEN_CONFIRMATION = (
    FAPIAO,
    Field("by", Kind.CHOICE, N_("Opened by"), choices=SIDES, default="seller"),
    RED_REASON,
    PART_AMOUNT,
    replace(NUMBER, required=False, help=N_("The number of the tax platform; left out, one of our own.")),
    Field("at", Kind.MOMENT, N_("Opened at"), help=N_("ISO moment; left out, now.")),
    NOTE,
)
