"""Columns of sheets of customers and products."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs import customers as customer_specs
from crmdesk.models.specs import products as product_specs
from crmdesk.models.specs.categories import PATH
from crmdesk.services.imports.columns import ImportColumn, column, renamed
from crmdesk.text import N_

_TREE = re.compile(r"(?:category|categories|分类|类别)\s*[:：]\s*(.+)", re.IGNORECASE)
_LEVEL = re.compile(r"(?:level price|price|价格等级|等级价格|价格|单价|售价)\s*[:：]\s*(.+)", re.IGNORECASE)
_DIGIT = re.compile(r"[1-9一二三四五六七八九]")
_CHINESE_DIGITS = "一二三四五六七八九"

_NAMES_OF_PEOPLE = ("姓名", "full name")
"""Over a column beside the company's name they mean the contact, alone they mean the customer."""

_CUSTOMER = {field.name: field for field in customer_specs.CUSTOMER}
_CONTACT = {field.name: field for field in customer_specs.CONTACT}


def _contact_columns(number: int) -> tuple[ImportColumn, ...]:
    """The columns of the first, second … contact."""
    part = "contact" if number == 1 else f"contact{number}"
    further = {
        "name": (*_NAMES_OF_PEOPLE, "首要联系人", "主要联系人", "contact person", "contact"),
        "role": ("联系人职位", "contact role"),
        "phone": ("联系人电话", "联系人固话", "contact telephone", "contact tel"),
        "mobile": ("联系人手机", "手机", "手机号", "手机号码", "移动电话", "mobile", "cell", "mobile phone"),
        "email": ("联系人邮箱", "联系人电子邮箱"),
    }
    entries = []
    for name, field in _CONTACT.items():
        if name == "primary":
            continue
        # what a sheet calls plainly 电话 or 邮箱 is the customer's, unless it numbers its contacts
        plain = {"phone": ("电话", "联系电话", "phone", "tel"), "email": ("邮箱", "email")}.get(name, ())
        aliases = (*field.aliases, *further.get(name, ()))
        numbered = tuple(form for alias in (*aliases, *plain) for form in _numbered(alias, number))
        aliases = (*aliases, *numbered) if number == 1 else numbered
        entries.append(ImportColumn(f"{part}_{name}", field, aliases, part))
    return tuple(entries)


def _numbered(alias: str, number: int) -> tuple[str, ...]:
    chinese = _CHINESE_DIGITS[number - 1]
    forms = [f"{alias}{number}", f"{alias}{chinese}", f"{number}{alias}"]
    if alias.startswith("联系人"):
        forms += [f"联系人{number}{alias[3:]}", f"联系人{chinese}{alias[3:]}", f"第{chinese}{alias}"]
    if alias.startswith("contact"):
        forms += [f"contact {number}{alias[7:]}", f"contact {number} {alias[7:].strip()}"]
    return tuple(forms)


def further_contacts(names: Iterable[str]) -> tuple[ImportColumn, ...]:
    """Columns of the second and further contacts, when a header numbers any."""
    wanted: set[int] = set()
    for name in names:
        for sign in _DIGIT.findall(name):
            wanted.add(int(sign) if sign.isdigit() else _CHINESE_DIGITS.index(sign) + 1)
    return tuple(entry for number in sorted(wanted - {1}) for entry in _contact_columns(number))


def category_column(tree: str) -> ImportColumn:
    """The column of one category tree."""
    return ImportColumn(
        f"category:{tree}", renamed(PATH, required=False, label=tree), (tree, f"分类:{tree}"), "category"
    )


def tree_named(name: str) -> str | None:
    """The category tree that a header such as `category:行业` names."""
    match = _TREE.fullmatch(name.strip())
    return match[1].strip() or None if match else None


def price_column(level: str) -> ImportColumn:
    """The column of what customers of a level pay; a blank cell leaves what the book has."""
    field = product_specs.level_price(level)
    return ImportColumn(field.name, field, (f"价格:{level}", f"单价:{level}"), "level_price")


def level_named(name: str) -> str | None:
    """The customer level that a header such as `price:VIP` or `价格:批发` names."""
    match = _LEVEL.fullmatch(name.strip())
    level = match[1].strip() if match else ""
    return level if 0 < len(level) <= customer_specs.LEVEL.length_max else None


_ADDRESS_MORE = {
    "street": ("公司地址", "客户地址", "收货地址", "address line 1", "address1"),
    "postal_code": ("postcode",),
}

CUSTOMERS = (
    column(_CUSTOMER["code"]),
    column(_CUSTOMER["name"], is_required=True, without=_NAMES_OF_PEOPLE),
    column(_CUSTOMER["kind"]),
    column(_CUSTOMER["short_name"]),
    column(_CUSTOMER["phone"], "移动电话"),
    column(_CUSTOMER["phone2"]),
    column(_CUSTOMER["email"]),
    column(_CUSTOMER["tax_number"]),
    *(
        ImportColumn(f"address_{field.name}", field, (*field.aliases, *_ADDRESS_MORE.get(field.name, ())), "address")
        for field in customer_specs.ADDRESS
        if field.name not in ("kind", "primary")
    ),
    column(_CUSTOMER["industry"]),
    ImportColumn(
        "category",
        renamed(PATH, required=False),
        (*PATH.aliases, "客户类别", "客户分组", "分组", "所属分类", "customer group", "customer category"),
        "category",
    ),
    column(customer_specs.TAGS, "客户标签"),
    *(
        column(_CUSTOMER[name])
        for name in (
            "source", "stage", "level", "owner", "credit_limit", "terms_days", "currency", "gender", "born_on",
            "occupation", "wechat", "website", "channel", "next_contact", "note",
        )
    ),
    *_contact_columns(1),
    *(
        ImportColumn(f"billing_{field.name}", field, field.aliases, "billing_profile")
        for field in pick(
            customer_specs.BILLING_PROFILE, "title", "tax_number", "bank", "bank_account", "address", "phone", "email"
        )
    ),
)  # fmt: skip

_PRODUCT = {field.name: field for field in product_specs.PRODUCT}

PRODUCTS = (
    column(_PRODUCT["code"]),
    column(_PRODUCT["name"], is_required=True),
    column(_PRODUCT["specification"]),
    column(_PRODUCT["unit"]),
    column(_PRODUCT["category"]),
    column(_PRODUCT["price"], "含税单价", "不含税单价"),
    column(_PRODUCT["tax_rate"]),
    column(_PRODUCT["tax_kind"]),
    column(_PRODUCT["tax_included"]),
    column(_PRODUCT["on_sale"]),
    ImportColumn(
        "off_sale",
        Field("off_sale", Kind.BOOLEAN, N_("Off sale")),
        ("停售", "下架", "是否停售", "discontinued", "inactive"),
    ),
    column(_PRODUCT["note"]),
)
