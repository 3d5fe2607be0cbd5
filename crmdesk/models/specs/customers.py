"""Fields of customers; of what belongs to one: `customer_parts`."""

from __future__ import annotations

from dataclasses import replace

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents
from crmdesk.models.specs.categories import CATEGORIES
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.customer_parts import ADDRESS, BILLING_PROFILE, CHANNELS, CONTACT, PARTS, PRIMARY
from crmdesk.text import N_

__all__ = ["ADDRESS", "BILLING_PROFILE", "CONTACT", "CUSTOMER", "NEW_CUSTOMER", "PARTS", "PRIMARY", "RISKS"]

CODE = Field(
    "code",
    Kind.CODE,
    N_("Code"),
    aliases=("客户编号", "客户编码", "客户代码", "编号", "编码", "代码", "code", "customer code",
             "customer no", "customer number", "customer id", "customerid", "id", "account number",
             "accountnumber"),
    sample="C00001",
    length_max=40,
    help=N_("Left empty, the next free code is given."),
    section="basic",
    width=12,
)  # fmt: skip
NAME = Field(
    "name",
    Kind.TEXT,
    N_("Name"),
    required=True,
    aliases=("客户名称", "公司名称", "单位名称", "名称", "客户", "姓名", "客户全称", "企业名称", "name",
             "company", "company name", "companyname", "customer", "customer name", "full name"),
    sample="上海鼎晟贸易有限公司",
    section="basic",
    width=28,
)  # fmt: skip
KIND = Field(
    "kind",
    Kind.CHOICE,
    N_("Type"),
    choices=(Choice("company", N_("Company")), Choice("person", N_("Person"))),
    aliases=("客户类型", "类型", "性质", "type", "customer type", "kind"),
    default="company",
    sample="company",
    section="basic",
    width=8,
)
SHORT_NAME = Field(
    "short_name",
    Kind.TEXT,
    N_("Short name"),
    aliases=("简称", "客户简称", "公司简称", "short name", "abbreviation", "alias"),
    sample="鼎晟贸易",
    length_max=60,
    section="basic",
    width=14,
)
PHONE = Field(
    "phone",
    Kind.PHONE,
    N_("Phone"),
    aliases=("电话", "联系电话", "手机", "手机号", "手机号码", "电话号码", "公司电话", "座机", "phone",
             "telephone", "tel", "mobile", "phone number"),
    sample="021-6288 1000",
    length_max=60,
    section="basic",
    width=16,
)  # fmt: skip
PHONE2 = Field(
    "phone2",
    Kind.PHONE,
    N_("Second phone"),
    aliases=("第二电话", "备用电话", "其他电话", "second phone", "other phone"),
    sample="021-6288 1002",
    length_max=60,
    section="basic",
    width=16,
)
WECHAT = Field(
    "wechat",
    Kind.TEXT,
    N_("WeChat"),
    aliases=("客户微信", "公司微信", "customer wechat"),
    sample="dingsheng",
    length_max=60,
    section="basic",
    width=14,
)
WEBSITE = Field(
    "website",
    Kind.TEXT,
    N_("Website"),
    aliases=("网址", "网站", "官网", "website", "homepage", "url"),
    sample="www.example.com",
    section="basic",
    width=20,
)
CHANNEL = Field(
    "channel",
    Kind.CHOICE,
    N_("Preferred channel"),
    choices=CHANNELS,
    aliases=("客户沟通偏好", "customer channel"),
    sample="wechat",
    help=N_("How the customer wants to be contacted; a contact may have another one."),
    section="basic",
    width=10,
)
EMAIL = Field(
    "email",
    Kind.EMAIL,
    N_("E-mail"),
    aliases=("邮箱", "电子邮箱", "电子邮件", "邮件", "email", "e-mail", "mail", "email address"),
    sample="office@example.com",
    length_max=200,
    section="basic",
    width=22,
)
TAX_NUMBER = Field(
    "tax_number",
    Kind.TAX_NUMBER,
    N_("Tax number"),
    aliases=("税号", "纳税人识别号", "统一社会信用代码", "信用代码", "社会信用代码", "tax number",
             "tax id", "vat", "vat number", "uscc"),
    sample="91350100M000100Y43",
    length_max=40,
    section="basic",
    width=20,
)  # fmt: skip
INDUSTRY = Field(
    "industry",
    Kind.TEXT,
    N_("Industry"),
    aliases=("行业", "所属行业", "industry"),
    sample="批发零售",
    section="sales",
)
SOURCE = Field(
    "source",
    Kind.TEXT,
    N_("Source"),
    aliases=("来源", "客户来源", "source", "lead source"),
    sample="展会",
    section="sales",
)
STAGE = Field(
    "stage",
    Kind.TEXT,
    N_("Stage"),
    aliases=("阶段", "客户阶段", "客户状态", "stage"),
    sample="正式客户",
    section="sales",
    width=10,
)
LEVEL = Field(
    "level",
    Kind.TEXT,
    N_("Level"),
    aliases=("等级", "客户等级", "级别", "客户级别", "level", "grade", "rank"),
    sample="A",
    length_max=40,
    section="sales",
    width=8,
)
OWNER = Field(
    "owner",
    Kind.TEXT,
    N_("Owner"),
    aliases=("负责人", "业务员", "销售员", "归属人", "跟进人", "owner", "salesperson", "sales rep"),
    sample="王芳",
    length_max=60,
    section="sales",
    width=10,
)
CREDIT_LIMIT = Field(
    "credit_limit",
    Kind.MONEY,
    N_("Credit limit"),
    sign="non_negative",
    aliases=("信用额度", "信用限额", "授信额度", "credit limit", "creditlimit"),
    sample="50000.00",
    help=N_("Empty means no limit."),
    section="terms",
    width=14,
)
TERMS_DAYS = Field(
    "terms_days",
    Kind.INTEGER,
    N_("Payment terms (days)"),
    sign="non_negative",
    aliases=("账期", "账期天数", "付款期限", "信用期", "信用天数", "结算天数", "terms", "payment terms",
             "terms days", "net days"),
    sample="30",
    help=N_("Days from the invoice date until it is due. Empty means the book's."),
    section="terms",
    width=8,
)  # fmt: skip
DISCOUNT_TERMS = replace(documents.DISCOUNT_TERMS, section="terms")
CURRENCY = Field(
    "currency",
    Kind.CURRENCY,
    N_("Currency"),
    aliases=("币种", "币别", "结算币种", "货币", "currency"),
    sample="CNY",
    help=N_("Empty means the book's."),
    section="terms",
    width=8,
)
GENDER = Field(
    "gender",
    Kind.CHOICE,
    N_("Gender"),
    choices=(Choice("female", N_("Female")), Choice("male", N_("Male")), Choice("other", N_("Other"))),
    aliases=("性别", "gender", "sex"),
    sample="female",
    section="person",
    width=8,
)
BORN_ON = Field(
    "born_on",
    Kind.DATE,
    N_("Birthday"),
    aliases=("生日", "出生日期", "birthday", "born", "date of birth"),
    sample="1988-05-20",
    section="person",
)
OCCUPATION = Field(
    "occupation",
    Kind.TEXT,
    N_("Occupation"),
    aliases=("职业", "occupation", "job"),
    sample="教师",
    length_max=60,
    section="person",
)
NEXT_CONTACT = Field(
    "next_contact",
    Kind.DATE,
    N_("Next contact"),
    aliases=("下次联系", "下次联系日期", "下次联系时间", "下次跟进日期", "next contact", "next contact date"),
    sample="2026-04-15",
    help=N_("A call, visit or message that is logged moves or empties it."),
    section="sales",
)
NOTE = Field(
    "note",
    Kind.LONG_TEXT,
    N_("Note"),
    aliases=("备注", "说明", "note", "notes", "remark", "remarks", "memo", "comment"),
    length_max=10_000,
    section="note",
    width=30,
)
TAGS = Field(
    "tags",
    Kind.LIST,
    N_("Tags"),
    aliases=("标签", "tags", "labels"),
    sample="重点",
    length_max=40,
    section="groups",
    width=16,
)

CUSTOMER = (
    CODE,
    NAME,
    KIND,
    SHORT_NAME,
    PHONE,
    EMAIL,
    TAX_NUMBER,
    PHONE2,
    WECHAT,
    WEBSITE,
    CHANNEL,
    INDUSTRY,
    SOURCE,
    STAGE,
    LEVEL,
    OWNER,
    CREDIT_LIMIT,
    TERMS_DAYS,
    DISCOUNT_TERMS,
    CURRENCY,
    GENDER,
    BORN_ON,
    OCCUPATION,
    NEXT_CONTACT,
    NOTE,
)
"""The customer itself, in the order of its form."""

NEW_CUSTOMER = (
    *CUSTOMER,
    CATEGORIES,
    TAGS,
    Field("contacts", Kind.LINES, N_("Contacts"), fields=(*CONTACT, values_of("contact")), section="parts"),
    Field("addresses", Kind.LINES, N_("Addresses"), fields=ADDRESS, section="parts"),
    Field("billing_profiles", Kind.LINES, N_("Billing profiles"), fields=BILLING_PROFILE, section="parts"),
)
"""What customer.create takes: the customer with everything that belongs to it, in one step."""

RISKS = (
    Choice("A", "A", "good"),
    Choice("B", "B", "good"),
    Choice("C", "C", "warn"),
    Choice("D", "D", "danger"),
    Choice("E", "E", "danger"),
)
"""Grades of risk, the best first; `services/credit.py` holds the formula."""
