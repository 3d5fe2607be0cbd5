"""Fields of activities, tasks, comments, relations and collaborators."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import CUSTOMER, DATE, REASON
from crmdesk.text import N_

ACTIVITY_KINDS = (
    Choice("call", N_("Call"), "info"),
    Choice("visit", N_("Visit"), "info"),
    Choice("meeting", N_("Meeting"), "info"),
    Choice("mail", N_("E-mail"), "info"),
    Choice("sms", N_("SMS"), "info"),
    Choice("wechat", N_("WeChat"), "info"),
    Choice("enquiry", N_("Enquiry"), "good"),
    Choice("browsing", N_("Browsing"), "neutral"),
    Choice("complaint", N_("Complaint"), "danger"),
    Choice("suggestion", N_("Suggestion"), "warn"),
    Choice("praise", N_("Praise"), "good"),
    Choice("note", N_("Note"), "neutral"),
)
CONTACTING = (
    "call",
    "visit",
    "meeting",
    "mail",
    "sms",
    "wechat",
    "enquiry",
    "complaint",
    "suggestion",
    "praise",
)
"""Kinds in which both sides met: these count as the last contact. A note and a browsing do not."""
CHANNEL_OF = {"call": "phone", "mail": "email", "sms": "sms", "wechat": "wechat", "visit": "visit"}
"""The channel (of `specs.customers.CHANNELS`) that a kind of activity uses."""

ACTIVITY_KIND = Field(
    "kind",
    Kind.CHOICE,
    N_("Kind of activity"),
    required=True,
    choices=ACTIVITY_KINDS,
    aliases=("类型", "跟进方式", "跟进类型", "沟通方式", "联系方式", "活动类型", "方式", "kind", "type", "activity",
             "channel"),
    sample="call",
    width=10,
)  # fmt: skip
TIME = Field(
    "time",
    Kind.CODE,
    N_("Time"),
    aliases=("时间", "time"),
    sample="14:30",
    length_max=5,
    help=N_("Hour and minute, as 14:30."),
    width=6,
)
DIRECTION = Field(
    "direction",
    Kind.CHOICE,
    N_("Direction"),
    choices=(Choice("in", N_("From the customer")), Choice("out", N_("To the customer"))),
    aliases=("方向", "呼入呼出", "direction"),
    sample="out",
    width=10,
)
PERSON = Field(
    "person",
    Kind.TEXT,
    N_("With"),
    aliases=("联系人", "对方", "contact", "contact name", "person", "with"),
    sample="李娜",
    length_max=100,
    help=N_("Who it was; a name that one contact has is tied to it."),
    width=12,
)
TEXT = Field(
    "text",
    Kind.LONG_TEXT,
    N_("What was said"),
    aliases=(
        "内容",
        "跟进内容",
        "沟通内容",
        "记录",
        "备注",
        "摘要",
        "text",
        "note",
        "notes",
        "content",
        "subject",
    ),
    sample="询问二期工程用漆价格",
    length_max=10_000,
    width=36,
)
OUTCOME = Field(
    "outcome",
    Kind.TEXT,
    N_("Outcome"),
    aliases=("结果", "沟通结果", "outcome", "result"),
    sample="下周报价",
    length_max=500,
    width=18,
)
NEXT_ON = Field(
    "next_on",
    Kind.DATE,
    N_("Next contact"),
    aliases=(
        "下次联系",
        "下次联系日期",
        "下次联系时间",
        "下次跟进",
        "下次跟进日期",
        "next contact",
        "next contact date",
    ),
    sample="2026-04-15",
)
DURATION = Field(
    "duration",
    Kind.INTEGER,
    N_("Minutes"),
    aliases=("时长", "时长(分钟)", "分钟", "duration", "minutes"),
    sample="15",
    sign="non_negative",
    width=6,
)
PRODUCTS = Field(
    "products",
    Kind.LIST,
    N_("Products"),
    aliases=("产品", "意向产品", "咨询产品", "商品", "products", "product", "product codes"),
    sample="P001",
    length_max=60,
    help=N_("Codes of the products it was about."),
    width=18,
)
CONTACT_LINK = Field(
    "contact",
    Kind.INTEGER,
    N_("Contact"),
    link="contact",
    help=N_("Instead of the name: the contact itself."),
)

ACTIVITY = (
    ACTIVITY_KIND,
    DATE,
    TIME,
    DIRECTION,
    CONTACT_LINK,
    PERSON,
    TEXT,
    OUTCOME,
    PRODUCTS,
    NEXT_ON,
    DURATION,
)
NEW_ACTIVITY = (CUSTOMER, *ACTIVITY)

TITLE = Field(
    "title",
    Kind.TEXT,
    N_("Task"),
    required=True,
    aliases=("任务", "title", "task"),
    sample="寄样品",
    width=28,
)
DUE = Field("due", Kind.DATE, N_("Due date"), aliases=("截止日期", "到期日", "due"), sample="2026-04-15")
ASSIGNEE = Field(
    "assignee",
    Kind.TEXT,
    N_("Assigned to"),
    aliases=("负责人", "执行人", "assignee"),
    sample="王芳",
    length_max=60,
    width=10,
)
TASK_NOTE = Field("note", Kind.LONG_TEXT, N_("Note"), length_max=4_000, width=24)
TASK = (TITLE, DUE, ASSIGNEE, TASK_NOTE)
TASK_STATES = (
    Choice("open", N_("To do"), "info"),
    Choice("late", N_("Overdue"), "danger"),
    Choice("done", N_("Done"), "good"),
)

COMMENT_TEXT = Field("text", Kind.LONG_TEXT, N_("Comment"), required=True, length_max=4_000, width=40)
HANDOVER = Field(
    "handover",
    Kind.BOOLEAN,
    N_("Hand-over note"),
    help=N_("What the next person in charge must know; shown first."),
    width=8,
)
MENTIONS = Field(
    "mentions", Kind.LIST, N_("Mentioned"), length_max=60, help=N_("Names; @name in the text counts, too.")
)

RELATION_KINDS = (
    Choice("parent", N_("Parent company")),
    Choice("partner", N_("Partner")),
    Choice("referrer", N_("Introduced by")),
    Choice("payer", N_("Pays for it")),
    Choice("agent", N_("Agent or dealer")),
    Choice("family", N_("Family")),
    Choice("competitor", N_("Competitor")),
    Choice("other", N_("Other")),
)
"""What the other customer is to this one."""
INVERSE = {
    "parent": N_("Subsidiary"),
    "partner": N_("Partner"),
    "referrer": N_("Introduced"),
    "payer": N_("Is paid for by it"),
    "agent": N_("Principal"),
    "family": N_("Family"),
    "competitor": N_("Competitor"),
    "other": N_("Other"),
}
"""What this customer is to the other one."""
MUTUAL = frozenset({"partner", "family", "competitor", "other"})
"""Kinds that are the same from both sides, so that one relation says it for both."""

RELATION = (
    CUSTOMER,
    Field("kind", Kind.CHOICE, N_("Relation"), required=True, choices=RELATION_KINDS, width=12),
    Field("other", Kind.LINK, N_("Other customer"), required=True, link="customer", width=24),
    Field("since", Kind.DATE, N_("Since")),
    Field("note", Kind.TEXT, N_("Note"), length_max=500, width=24),
)

COLLABORATOR = (
    CUSTOMER,
    Field(
        "name",
        Kind.TEXT,
        N_("Collaborator"),
        required=True,
        aliases=("协作人", "协同人", "collaborator"),
        sample="李强",
        length_max=60,
    ),
    Field(
        "access",
        Kind.CHOICE,
        N_("Access"),
        choices=(Choice("edit", N_("Read and change")), Choice("read", N_("Read only"))),
        default="edit",
    ),
)

ANONYMISE = (
    CUSTOMER,
    Field("reason", REASON.kind, REASON.label, required=True, length_max=REASON.length_max),
    Field(
        "override",
        Kind.BOOLEAN,
        N_("Also with open items"),
        help=N_("What is open can hardly be collected from somebody without a name."),
    ),
)
ANONYMISE_CONTACT = (
    Field("contact", Kind.INTEGER, N_("Contact"), required=True, link="contact"),
    ANONYMISE[1],
)

RECORD_KINDS = (
    Choice("customer", N_("Customer")),
    Choice("product", N_("Product")),
    Choice("requirement", N_("Requirement")),
    Choice("quote", N_("Quote")),
    Choice("contract", N_("Contract")),
    Choice("order", N_("Order")),
    Choice("invoice", N_("Invoice")),
    Choice("opening", N_("Opening balance")),
    Choice("credit", N_("Credit note")),
    Choice("payment", N_("Payment")),
    Choice("refund", N_("Refund")),
    Choice("writeoff", N_("Write-off")),
    Choice("recovery", N_("Recovery")),
)
"""What an attachment, a task or a comment may belong to."""
