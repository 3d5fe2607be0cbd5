"""Country templates: chart of accounts, tax rates, money accounts and starter category trees of a new book.

Account names of the CN template follow 小企业会计准则. Tax rates are data with validity, as of 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel.core import get_global

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.categories import dimension
from crmdesk.models.tables.ledger import account, money_account
from crmdesk.models.tables.products import tax_rate
from crmdesk.models.tables.settings import counter
from crmdesk.services.units import Unit
from crmdesk.text import _

RECEIVABLE = "receivable"
CUSTOMER_CREDIT = "customer_credit"
CASH = "cash"
BANK = "bank"
WALLET = "wallet"
BILLS = "bills"
REVENUE = "revenue"
TAX = "tax"
FINANCE_COST = "finance_cost"
OTHER_INCOME = "other_income"
BAD_DEBT = "bad_debt"
OPENING = "opening"
ROUNDING = "rounding"
EXCHANGE = "exchange"
DEPOSIT = "deposit"
PAYABLE = "payable"

# role, kind, then (code, name) of the CN and of the generic chart
_CHART: tuple[tuple[str, str, tuple[str, str], tuple[str, str]], ...] = (
    (CASH, "asset", ("1001", "库存现金"), ("1000", "Cash")),
    (BANK, "asset", ("1002", "银行存款"), ("1010", "Bank")),
    (WALLET, "asset", ("1012", "其他货币资金"), ("1020", "Wallets and cards")),
    (BILLS, "asset", ("1121", "应收票据"), ("1100", "Bills receivable")),
    (RECEIVABLE, "asset", ("1122", "应收账款"), ("1110", "Accounts receivable")),
    (CUSTOMER_CREDIT, "liability", ("2203", "预收账款"), ("2100", "Customer credit")),
    (PAYABLE, "liability", ("2202", "应付账款"), ("2050", "Accounts payable")),
    (DEPOSIT, "liability", ("2241", "其他应付款"), ("2300", "Deposits held")),
    (TAX, "liability", ("2221", "应交税费"), ("2200", "Sales tax payable")),
    (OPENING, "equity", ("3103", "期初余额"), ("3000", "Opening balances")),
    (REVENUE, "income", ("5001", "主营业务收入"), ("4000", "Sales")),
    (OTHER_INCOME, "income", ("5301", "营业外收入"), ("4900", "Other income")),
    (FINANCE_COST, "expense", ("5603", "财务费用"), ("5100", "Bank fees and cash discounts")),
    (BAD_DEBT, "expense", ("5711", "营业外支出"), ("5200", "Bad debts")),
    (ROUNDING, "expense", ("5799", "尾差"), ("5900", "Rounding")),
    (EXCHANGE, "asset", ("1902", "外币兑换"), ("1900", "Currency exchange")),
)


@dataclass(frozen=True, slots=True)
class Template:
    """What a country brings to a new book."""

    country: str
    is_chinese: bool
    rounding: str
    rates: tuple[tuple[str, str, str, date | None, bool], ...]
    """(name, rate, kind, valid from, is default)"""
    money_accounts: tuple[tuple[str, str, str, str], ...]
    """(code, name, method, role)"""
    dimensions: tuple[str, ...]


_CN = Template(
    country="CN",
    is_chinese=True,
    rounding="line",
    rates=(
        ("13%", "0.13", "taxed", date(2019, 4, 1), True),
        ("9%", "0.09", "taxed", date(2019, 4, 1), False),
        ("6%", "0.06", "taxed", date(2016, 5, 1), False),
        ("3%", "0.03", "taxed", date(2014, 7, 1), False),
        ("1%", "0.01", "taxed", date(2020, 3, 1), False),
        ("0%", "0", "taxed", None, False),
        ("免税", "0", "exempt", None, False),
        ("不征税", "0", "out_of_scope", None, False),
    ),
    money_accounts=(
        ("CASH", "现金", "cash", CASH),
        ("BANK", "银行账户", "bank", BANK),
        ("WECHAT", "微信支付", "wechat", WALLET),
        ("ALIPAY", "支付宝", "alipay", WALLET),
        ("BILLS", "应收票据", "bill", BILLS),
    ),
    dimensions=("行业", "地区", "消费水平", "客户价值"),
)


def _generic(country: str) -> Template:
    rates = {
        "DE": (("19%", "0.19", True), ("7%", "0.07", False)),
        "FR": (("20%", "0.20", True), ("10%", "0.10", False), ("5.5%", "0.055", False)),
        "GB": (("20%", "0.20", True), ("5%", "0.05", False)),
        "SG": (("9%", "0.09", True),),
        "HK": (),
        "US": (),
    }.get(country, ())
    return Template(
        country=country,
        is_chinese=False,
        rounding="document",
        rates=(
            *((name, rate, "taxed", None, is_default) for name, rate, is_default in rates),
            ("0%", "0", "taxed", None, not rates),
            ("Exempt", "0", "exempt", None, False),
            ("Out of scope", "0", "out_of_scope", None, False),
        ),
        money_accounts=(
            ("CASH", "Cash", "cash", CASH),
            ("BANK", "Bank account", "bank", BANK),
            ("CARD", "Card", "card", WALLET),
            ("BILLS", "Bills of exchange", "bill", BILLS),
        ),
        dimensions=("Industry", "Region", "Consumption", "Customer value"),
    )


def template_for(country: str) -> Template:
    """The template of an ISO 3166 country: its own or the generic one; `country_unknown` otherwise."""
    if country == "CN":
        return _CN
    # CLDR lists ZZ, “unknown region”, too
    if len(country) != 2 or country == "ZZ" or country not in get_global("territory_currencies"):
        raise InvalidInput(
            Code.COUNTRY_UNKNOWN,
            _("“{value}” is not a country. Use an ISO code such as CN, DE or US.").format(value=country),
            field="country",
        )
    return _generic(country)


def fill(unit: Unit, template: Template, *, name: str, currency: str, language: str, rounding: str) -> None:
    """Writes settings, chart, tax rates, money accounts and dimensions into an empty book."""
    unit.add(counter, name="id", value=0)
    unit.flush()
    unit.save_settings(
        name=name,
        country=template.country,
        currency=currency,
        language=language,
        rounding=rounding or template.rounding,
        discount_tax="unchanged" if template.is_chinese else "adjust",
    )
    account_ids: dict[str, int] = {}
    for role, kind, chinese, generic in _CHART:
        code, label = chinese if template.is_chinese else generic
        account_ids[role] = unit.next_id()
        unit.add(account, id=account_ids[role], code=code, name=label, role=role, kind=kind)
    for label, rate, kind, valid_from, is_default in template.rates:
        unit.add(
            tax_rate,
            id=unit.next_id(),
            name=label,
            rate=rate,
            kind=kind,
            valid_from=valid_from,
            valid_to=None,
            is_default=is_default,
        )
    for code, label, method, role in template.money_accounts:
        unit.add(
            money_account,
            id=unit.next_id(),
            code=code,
            name=label,
            method=method,
            account_id=account_ids[role],
            is_default=True,
            is_active=True,
        )
    for position, label in enumerate(template.dimensions):
        unit.add(dimension, id=unit.next_id(), name=label, applies_to="customer", position=position)


def currency_for(country: str) -> str:
    """The currency in use in a country today (CLDR); the template check refuses unknown countries before."""
    template_for(country)
    entries = get_global("territory_currencies")[country]
    for currency, _start, end, is_tender in entries:
        if end is None and is_tender:
            return currency
    return "USD"
