"""Fields of what belongs to a customer: contacts, addresses, billing profiles (开票信息)."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_

CHANNELS = (
    Choice("phone", N_("Phone")),
    Choice("email", N_("E-mail")),
    Choice("wechat", N_("WeChat")),
    Choice("sms", N_("SMS")),
    Choice("visit", N_("Visit")),
)
"""How somebody wants to be contacted."""

PRIMARY = Field(
    "primary", Kind.BOOLEAN, N_("Primary"), aliases=("主要", "主联系人", "默认", "primary"), width=8
)

CONTACT = (
    Field(
        "name",
        Kind.TEXT,
        N_("Name"),
        required=True,
        aliases=("联系人", "联系人姓名", "姓名", "contact", "contact name", "contactname"),
        sample="李娜",
        length_max=100,
        width=14,
    ),
    Field(
        "role",
        Kind.TEXT,
        N_("Role"),
        aliases=("职务", "职位", "联系人职务", "title", "position", "role", "contact title", "contacttitle"),
        sample="采购经理",
        length_max=60,
    ),
    Field(
        "phone",
        Kind.PHONE,
        N_("Phone"),
        aliases=("联系人电话", "contact phone"),
        sample="021-6288 1001",
        length_max=60,
        width=16,
    ),
    Field(
        "mobile",
        Kind.PHONE,
        N_("Mobile"),
        aliases=("联系人手机", "手机", "contact mobile", "mobile"),
        sample="138 0013 8000",
        length_max=60,
        width=16,
    ),
    Field(
        "email",
        Kind.EMAIL,
        N_("E-mail"),
        aliases=("联系人邮箱", "contact email", "contact e-mail"),
        sample="lina@example.com",
        width=22,
    ),
    Field(
        "wechat",
        Kind.TEXT,
        N_("WeChat"),
        aliases=("微信", "微信号", "wechat"),
        sample="lina88",
        length_max=60,
    ),
    Field(
        "born_on", Kind.DATE, N_("Birthday"), aliases=("联系人生日", "contact birthday"), sample="1990-08-01"
    ),
    Field(
        "channel",
        Kind.CHOICE,
        N_("Preferred channel"),
        choices=CHANNELS,
        aliases=("沟通偏好", "联系方式偏好", "preferred channel", "channel"),
        sample="wechat",
    ),
    Field("note", Kind.LONG_TEXT, N_("Note"), aliases=("联系人备注", "contact note"), length_max=2_000),
    PRIMARY,
)

ADDRESS = (
    Field(
        "kind",
        Kind.CHOICE,
        N_("Use"),
        choices=(
            Choice("billing", N_("Billing")),
            Choice("delivery", N_("Delivery")),
            Choice("mailing", N_("Mailing")),
        ),
        aliases=("地址类型", "address type"),
        default="billing",
        sample="billing",
    ),
    Field(
        "country",
        Kind.TEXT,
        N_("Country"),
        aliases=("国家", "country"),
        sample="中国",
        length_max=60,
    ),
    Field(
        "province",
        Kind.TEXT,
        N_("Province"),
        aliases=("省", "省份", "省/直辖市", "province", "state", "region"),
        sample="上海市",
        length_max=60,
    ),
    Field("city", Kind.TEXT, N_("City"), aliases=("市", "城市", "city"), sample="上海市", length_max=60),
    Field(
        "district",
        Kind.TEXT,
        N_("District"),
        aliases=("区", "区县", "district"),
        sample="静安区",
        length_max=60,
    ),
    Field(
        "street",
        Kind.TEXT,
        N_("Street"),
        aliases=("地址", "详细地址", "街道", "联系地址", "通讯地址", "address", "street", "street address"),
        sample="南京西路 1266 号",
        length_max=300,
        width=30,
    ),
    Field(
        "postal_code",
        Kind.CODE,
        N_("Postal code"),
        aliases=("邮编", "邮政编码", "postal code", "postalcode", "zip", "zip code"),
        sample="200040",
        length_max=20,
        width=10,
    ),
    Field(
        "region",
        Kind.CODE,
        N_("Region code"),
        aliases=("行政区划代码", "区划代码", "地区代码", "region code"),
        sample="310106",
        length_max=6,
        help=N_("GB/T 2260; left out, it is found by the names, and names left out by it."),
        width=8,
    ),
    PRIMARY,
)

BILLING_PROFILE = (
    Field(
        "kind",
        Kind.CHOICE,
        N_("Title type"),
        choices=(Choice("company", N_("Company")), Choice("person", N_("Person"))),
        aliases=("抬头类型", "title type"),
        default="company",
        sample="company",
    ),
    Field(
        "title",
        Kind.TEXT,
        N_("Invoice title"),
        required=True,
        aliases=("发票抬头", "开票抬头", "抬头", "开票名称", "invoice title"),
        sample="上海鼎晟贸易有限公司",
        width=28,
    ),
    Field(
        "tax_number",
        Kind.TAX_NUMBER,
        N_("Tax number"),
        aliases=("开票税号", "invoice tax number"),
        sample="91350100M000100Y43",
        length_max=40,
        width=20,
    ),
    Field(
        "bank",
        Kind.TEXT,
        N_("Bank"),
        aliases=("开户行", "开户银行", "bank"),
        sample="工商银行静安支行",
        width=20,
    ),
    Field(
        "bank_account",
        Kind.CODE,
        N_("Bank account"),
        aliases=("银行账号", "账号", "银行帐号", "bank account", "account no"),
        sample="1001244109300001234",
        length_max=60,
        width=22,
    ),
    Field(
        "address",
        Kind.TEXT,
        N_("Registered address"),
        aliases=("开票地址", "注册地址", "billing address"),
        sample="上海市静安区南京西路 1266 号",
        length_max=300,
        width=30,
    ),
    Field(
        "phone", Kind.PHONE, N_("Registered phone"), aliases=("开票电话", "注册电话"), length_max=60, width=16
    ),
    Field("email", Kind.EMAIL, N_("E-mail"), aliases=("收票邮箱", "invoice email"), width=22),
    Field("recipient", Kind.TEXT, N_("Recipient"), aliases=("收票人", "recipient"), length_max=60),
    PRIMARY,
)

PARTS = {"contact": CONTACT, "address": ADDRESS, "billing_profile": BILLING_PROFILE}
"""Fields by kind of part."""
