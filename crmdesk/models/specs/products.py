"""Fields of products, tax rates and money accounts."""

from __future__ import annotations

from dataclasses import replace

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import METHODS
from crmdesk.text import N_, _

CODE = Field(
    "code",
    Kind.CODE,
    N_("Code"),
    aliases=("产品编号", "产品编码", "商品编号", "商品编码", "货号", "编码", "编号", "code",
             "product code", "productid", "product id", "sku", "item number", "id"),
    sample="P00001",
    length_max=40,
    help=N_("Left empty, the next free code is given."),
)  # fmt: skip
NAME = Field(
    "name",
    Kind.TEXT,
    N_("Name"),
    required=True,
    aliases=("产品名称", "商品名称", "品名", "名称", "货物名称", "name", "product", "product name",
             "productname", "description", "item"),
    sample="内墙乳胶漆",
    width=28,
)  # fmt: skip
SPECIFICATION = Field(
    "specification",
    Kind.TEXT,
    N_("Specification"),
    aliases=(
        "规格",
        "规格型号",
        "型号",
        "specification",
        "spec",
        "model",
        "quantityperunit",
        "quantity per unit",
    ),
    sample="18L/桶",
    width=16,
)
UNIT = Field(
    "unit",
    Kind.TEXT,
    N_("Unit"),
    aliases=("单位", "计量单位", "unit", "uom"),
    sample="桶",
    length_max=20,
    width=6,
)
CATEGORY = Field(
    "category",
    Kind.TEXT,
    N_("Category"),
    aliases=("产品分类", "商品分类", "分类", "类别", "category", "category name", "categoryname"),
    sample="涂料/内墙",
    length_max=1_000,
    help=N_("Names from the top down, separated by “/”."),
    width=18,
)
PRICE = Field(
    "price",
    Kind.PRICE,
    N_("Price"),
    required=True,
    sign="non_negative",
    aliases=("单价", "售价", "价格", "销售价", "标准价", "price", "unit price", "unitprice", "list price"),
    sample="268.00",
    width=12,
)
LEVEL_PRICE = "price:"
"""What the name of a column with the prices of a customer level begins with."""


def level_price(level: str) -> Field:
    """The column of what customers of a level pay, in files that go out and come in."""
    label = f"{_(PRICE.label)}:{level}"
    return replace(PRICE, name=LEVEL_PRICE + level, label=label, required=False, aliases=())


TAX_RATE = Field(
    "tax_rate",
    Kind.RATE,
    N_("Tax rate"),
    aliases=("税率", "tax rate", "tax", "vat rate"),
    sample="0.13",
    help=N_("Empty means the book's usual rate."),
    width=8,
)
TAX_KIND = Field(
    "tax_kind",
    Kind.CHOICE,
    N_("Tax kind"),
    choices=(
        Choice("taxed", N_("Taxed")),
        Choice("exempt", N_("Exempt")),
        Choice("out_of_scope", N_("Out of scope")),
    ),
    aliases=("计税方式", "税种", "tax kind"),
    sample="taxed",
    width=10,
)
TAX_INCLUDED = Field(
    "tax_included",
    Kind.BOOLEAN,
    N_("Price includes tax"),
    aliases=("含税", "是否含税", "价格含税", "tax included", "incl tax"),
    sample="",
    width=8,
)
ON_SALE = Field(
    "on_sale",
    Kind.BOOLEAN,
    N_("On sale"),
    aliases=("在售", "上架", "是否上架", "on sale", "active"),
    help=N_("A product that is off sale stays on old documents and is not offered for new ones."),
    width=8,
)
NOTE = Field(
    "note",
    Kind.LONG_TEXT,
    N_("Note"),
    aliases=("备注", "说明", "note", "remark"),
    length_max=10_000,
    width=30,
)

PRODUCT = (
    CODE,
    NAME,
    SPECIFICATION,
    UNIT,
    CATEGORY,
    PRICE,
    TAX_RATE,
    TAX_KIND,
    TAX_INCLUDED,
    ON_SALE,
    NOTE,
)

TAX_RATE_ROW = (
    Field("name", Kind.TEXT, N_("Name"), required=True, sample="13%", length_max=40),
    Field("rate", Kind.RATE, N_("Rate"), required=True, sample="0.13"),
    Field(
        "kind",
        Kind.CHOICE,
        N_("Tax kind"),
        choices=TAX_KIND.choices,
        default="taxed",
    ),
    Field("valid_from", Kind.DATE, N_("Valid from"), sample="2019-04-01"),
    Field("valid_to", Kind.DATE, N_("Valid to")),
    Field("is_default", Kind.BOOLEAN, N_("Default rate")),
)

MONEY_ACCOUNT = (
    Field("code", Kind.CODE, N_("Code"), required=True, sample="BANK2", length_max=20),
    Field("name", Kind.TEXT, N_("Name"), required=True, sample="招商银行", length_max=60, width=20),
    Field("method", Kind.CHOICE, N_("Method"), required=True, choices=METHODS, sample="bank"),
    Field("currency", Kind.CURRENCY, N_("Currency"), help=N_("Empty: takes every currency."), width=8),
    Field("bank_account", Kind.CODE, N_("Bank account"), length_max=60, width=22),
    Field("is_default", Kind.BOOLEAN, N_("Default for its method")),
)
