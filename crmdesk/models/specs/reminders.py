"""Fields of reminder rules, exclusions, promises and reminders."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import AMOUNT, CURRENCY, CUSTOMER, DATE
from crmdesk.text import N_

LEVEL_MAX = 3

CHANNELS = (
    Choice("in_app", N_("In the program's list")),
    Choice("notice", N_("Desktop notice")),
    Choice("letter", N_("Letter")),
    Choice("mail", N_("E-mail draft")),
)
DEMAND = Field("invoice", Kind.LINK, N_("Invoice"), link="invoice", help=N_("Left out: the whole customer."))
LEVEL = Field("level", Kind.INTEGER, N_("Level"), help=N_("1 to 3."))
LANGUAGES = (Choice("zh_CN", "简体中文"), Choice("en", "English"))

RULE = (
    Field("name", Kind.TEXT, N_("Name"), required=True, length_max=60),
    Field(
        "days",
        Kind.ANY,
        N_("Days"),
        required=True,
        help=N_("A list of whole numbers: days after the due date, negative ones before it."),
    ),
    Field("channel", Kind.CHOICE, N_("Channel"), choices=CHANNELS, default="letter"),
    Field("level", Kind.INTEGER, N_("Level"), default=1, help=N_("1 to 3.")),
    Field(
        "least",
        Kind.MONEY,
        N_("Least amount"),
        sign="non_negative",
        help=N_("Of all items of a customer that the rule reminds of; needs a currency."),
    ),
    CURRENCY,
    Field(
        "category",
        Kind.OBJECT,
        N_("Category"),
        fields=(
            Field("dimension", Kind.TEXT, N_("Category tree"), required=True),
            Field("path", Kind.TEXT, N_("Category"), required=True),
        ),
        help=N_("Only customers in it or below it."),
    ),
    Field("tag", Kind.TEXT, N_("Tag"), help=N_("Only customers with it.")),
    Field("customer_level", Kind.TEXT, N_("Customer level"), help=N_("Only customers of this level.")),
    Field("text_zh", Kind.LONG_TEXT, N_("Words in Chinese"), length_max=4_000),
    Field("text_en", Kind.LONG_TEXT, N_("Words in English"), length_max=4_000),
    Field("active", Kind.BOOLEAN, N_("Active")),
)

HOLD = (
    CUSTOMER,
    DEMAND,
    Field("until", Kind.DATE, N_("Until"), help=N_("The last day without reminders; left out: for now.")),
    Field("reason", Kind.TEXT, N_("Reason"), required=True, length_max=500),
    DATE,
)

PROMISE = (
    CUSTOMER,
    DEMAND,
    AMOUNT,
    Field("promised_on", Kind.DATE, N_("Promised for"), required=True),
    DATE,
    CURRENCY,
    Field("by", Kind.TEXT, N_("Promised by")),
    Field("note", Kind.TEXT, N_("Note"), length_max=1_000),
)

REMINDER = (
    CUSTOMER,
    Field("rule", Kind.TEXT, N_("Rule")),
    LEVEL,
    Field("channel", Kind.CHOICE, N_("Channel"), choices=CHANNELS),
    DATE,
    CURRENCY,
    Field("items", Kind.LIST, N_("Items"), help=N_("Numbers; left out: all that the rule reminds of.")),
    Field("digest", Kind.TEXT, N_("Digest of the paper"), length_max=128),
    Field("note", Kind.TEXT, N_("Note"), length_max=1_000),
)

PROMISE_STATES = (
    Choice("open", N_("Awaited"), "info"),
    Choice("kept", N_("Kept"), "good"),
    Choice("broken", N_("Broken"), "danger"),
    Choice("withdrawn", N_("Withdrawn"), "neutral"),
)
HELD_KINDS = (
    Choice("hold", N_("Excluded"), "neutral"),
    Choice("promise", N_("Payment promised"), "info"),
    Choice("credit", N_("Covered by credit"), "info"),
)
"""Why something that is late is not reminded of."""
