"""The practice company sells abroad as well: rates of a year, two foreign customers, their invoices and payments.

One invoice has a tax invoice at the rate it was booked at, one is asked for at a rate of its own.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.units import Unit

CUSTOMER_COUNT = 2
INVOICE_COUNT = 8
LEAST_CUSTOMERS = 20
"""A smaller practice company sells at home only."""
_MONTHS = 13
# the middle rate of the first of a month, the oldest first
_RATES = {
    "USD": "7.1879 7.1712 7.1496 7.1385 7.1027 7.1055 7.0881 7.0740 7.0668 7.0551 7.0392 7.0288 7.0156",
    "EUR": "8.0842 8.3817 8.3251 8.3602 8.3510 8.2310 8.2180 8.2265 8.2934 8.2806 8.2611 8.2467 8.2305",
}
_CUSTOMERS = (
    ("E0001", "Sunrise Building Supply LLC", "USD", 45),
    ("E0002", "Baustoffe Lindner GmbH", "EUR", 30),
)
_LINES = (("Porcelain tiles 600×600", "480", "12.50"), ("Sanitary fittings, set", "60", "38.00"))
# days before the end, customer, pieces of a hundred of the lines' quantities, how it was paid
_SALES = (
    (245, 0, 100, "full"),
    (212, 1, 80, "full"),
    (180, 0, 120, "full"),
    (148, 1, 60, "full"),
    (118, 0, 90, "home"),
    (86, 1, 110, "part"),
    (47, 0, 150, "none"),
    (16, 1, 70, "none"),
)
_INVOICED, _ASKED = 118, 16
"""Which sales have a tax invoice, or are asked for."""
_FAPIAO = "26332000000000000201"


def fill(book: Book, until: date) -> None:
    """Rates, customers, `INVOICE_COUNT` invoices and what was paid, and the revaluation of the last month's end."""
    with book.write("demo") as unit:
        unit.is_bulk = True
        _rates(unit, until)
        for code, name, currency, terms in _CUSTOMERS:
            use_cases.perform(
                unit,
                "customer.create",
                {"code": code, "name": name, "currency": currency, "terms_days": terms},
            )
        for days, which, part, way in _SALES:
            on = until - timedelta(days=days)
            number = _sale(unit, on, until, _CUSTOMERS[which], part, way)
            taxed = {"customer": _CUSTOMERS[which][0], "invoices": [{"invoice": number}]}
            if days == _INVOICED:
                use_cases.perform(unit, "fapiao.record", {**taxed, "date": on.isoformat(), "number": _FAPIAO})
            elif days == _ASKED:
                rate = {"date": until.isoformat(), "rate": "8.2"}
                use_cases.perform(unit, "fapiao.request", {**taxed, **rate, "kind": "ordinary"})
        month_end = until.replace(day=1) - timedelta(days=1)
        use_cases.perform(unit, "revaluation.run", {"date": month_end.isoformat()})
        unit.finish("demo.abroad", {})


def _rates(unit: Unit, until: date) -> None:
    first = until.replace(day=1)
    days = [first]
    while len(days) < _MONTHS:
        days.append((days[-1] - timedelta(days=1)).replace(day=1))
    for currency, rates in _RATES.items():
        for day, rate in zip(reversed(days), rates.split(), strict=True):
            use_cases.perform(unit, "rate.set", {"currency": currency, "date": day.isoformat(), "rate": rate})


def _sale(unit: Unit, on: date, until: date, customer: tuple[Any, ...], part: int, way: str) -> str:
    lines = [
        {
            "description": words,
            "quantity": f"{Decimal(quantity) * part / 100:f}",
            "unit_price": price,
            "tax_rate": "0",
        }
        for words, quantity, price in _LINES
    ]
    invoice = {"customer": customer[0], "date": on.isoformat(), "lines": lines}
    told = use_cases.perform(unit, "invoice.issue", invoice)
    total, number = Decimal(told["total"]), str(told["number"])
    if way == "none":
        return number
    paid = total if way != "part" else (total * Decimal("0.4")).quantize(Decimal("0.01"))
    payment: dict[str, Any] = {
        "customer": customer[0],
        "date": min(on + timedelta(days=customer[3] + 6), until).isoformat(),
        "amount": f"{paid:f}",
        "method": "bank",
        "allocate": [{"invoice": number, "amount": f"{paid:f}"}],
    }
    if way == "home":
        came_in = (paid * Decimal("7.08")).quantize(Decimal("0.01"))
        payment["received"] = {"currency": "CNY", "amount": f"{came_in:f}"}
    use_cases.perform(unit, "payment.record", payment)
    return number
