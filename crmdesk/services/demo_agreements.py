"""Requirements, quotes, contracts, orders and instalments of the practice company: a few of each state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from crmdesk.services import use_cases
from crmdesk.services.units import Unit

BILL_COUNT = 2
"""So many of the invoices asked for are instalments billed here."""


def fill(unit: Unit, customers: list[str], products: list[str], until: date) -> None:
    """Writes them into the unit; `customers` and `products` are codes."""

    def day(back: int) -> str:
        return (until - timedelta(days=back)).isoformat()

    def who(place: int) -> str:
        return customers[place % len(customers)]

    def lines(*wanted: tuple[int, int]) -> list[dict[str, Any]]:
        return [
            {"product": products[place % len(products)], "quantity": str(count)} for place, count in wanted
        ]

    def do(use_case: str, **arguments: Any) -> str:
        result = use_cases.perform(unit, use_case, arguments)
        return str(result.get("number", ""))

    for code in products[:4]:
        do("product.price_set", product=code, level="A", price="168.00")
    wish = do(
        "requirement.create",
        customer=who(2),
        date=day(59),
        title="二期宿舍翻新",
        lines=lines((0, 120), (3, 60)),
    )
    do("requirement.create", customer=who(4), date=day(9), title="新门店装修用料", deliver_on=day(-32))
    quote = do("quote.create", requirement=wish, date=day(56), valid_until=day(41))
    do("quote.send", quote=quote, date=day(56))
    do("quote.revise", quote=quote, date=day(36), valid_until=day(-10), discount={"rate": "0.03"})
    do("quote.send", quote=quote, date=day(36))
    do("quote.accept", quote=quote, date=day(33))
    for place, title, back, valid in ((6, "外墙翻新", 60, 29), (8, "精装样板间", 5, -15)):
        number = do(
            "quote.create", customer=who(place), date=day(back), valid_until=day(valid), title=title,
            lines=lines((place, 12), (place + 1, 40)),
        )  # fmt: skip
        do("quote.send", quote=number, date=day(back))
    do("quote.create", customer=who(9), date=day(1), title="办公室隔断", lines=lines((5, 20)))
    contract = do(
        "contract.create", quote=quote, date=day(33), ends_on=day(-20), title="二期宿舍翻新供货合同",
        signatories="王经理 / 李总",
    )  # fmt: skip
    do("contract.sign", contract=contract, date=day(32))
    shares = (("0.3", "预付款", 29), ("0.4", "到货款", 5), ("0.3", "验收款", -5))
    do(
        "plan.create", contract=contract, way="percent", date=day(32),
        percents=[{"rate": rate, "label": label, "due": day(back)} for rate, label, back in shares],
    )  # fmt: skip
    do("plan.bill", contract=contract, due=day(4), date=day(4))
    do("payment.record", customer=who(2), contract=contract, amount="8000.00", date=day(3))
    do(
        "contract.create", customer=who(11), date=day(2), title="全年框架供货", ends_on=day(-362),
        lines=lines((4, 300), (1, 80)),
    )  # fmt: skip
    do(
        "order.create", contract=contract, date=day(28), deliver_on=day(6), lines=lines((0, 60)),
        customisation="颜色 NCS S 0502-Y",
    )  # fmt: skip
    do("order.create", customer=who(5), date=day(3), deliver_on=day(-8), lines=lines((2, 15), (7, 6)))
