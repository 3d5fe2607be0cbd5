"""The practice company (培训账套): a building-materials shop with realistic customers, seasons and late payers.

The same for the same seed, sizes and end date (but for the moments and salts of the audit trail). Everything runs
through the services that the window uses, many documents to a transaction.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Cancelled, Code
from crmdesk.models.specs.documents import INVOICE, LINES, PAYMENT
from crmdesk.services import (
    customers,
    demo_abroad,
    demo_adapted,
    demo_agreements,
    demo_fapiao,
    demo_groups,
    demo_measures,
    demo_people,
    demo_segments,
    demo_set_aside,
    demo_twins,
    invoices,
    payments,
    posted,
    use_cases,
)
from crmdesk.services import demo_words as words
from crmdesk.services.book import Book
from crmdesk.services.collecting import no_collection
from crmdesk.services.units import Unit
from crmdesk.text import _

YEARS = 3
BATCH_DOCUMENT_COUNT = 20_000
# typed values straight to the services, as the validation would give them
_NO_INVOICE: dict[str, Any] = dict.fromkeys(field.name for field in INVOICE)
_NO_PAYMENT: dict[str, Any] = {field.name: field.default for field in PAYMENT}
_NO_LINE: dict[str, Any] = {field.name: field.default for field in LINES.fields}
# what a month sells, January first: decorating rests at New Year and runs in spring and autumn
_SEASON = (6, 3, 9, 11, 11, 9, 8, 8, 11, 12, 10, 7)


@dataclass(slots=True)
class _Customer:
    code: str
    terms_days: int
    lateness: int
    """Days he usually pays after the due date; negative pays early."""
    weight: float


@dataclass(frozen=True, slots=True)
class _Promise:
    """A payment to come."""

    customer: _Customer
    invoice: str
    amount: Decimal
    method: str


Progress = Callable[[float], None]


def create(
    path: Path,
    *,
    customer_count: int = 200,
    invoice_count: int = 2000,
    until: date | None = None,
    seed: int = 1,
    progress: Progress = lambda done: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Book:
    """Makes the practice company in a new file and returns it open. Raises Cancelled; then the file is gone."""
    book = Book.create(path, name="鼎晟建材商行（练习账套）", country="CN", currency="CNY", language="zh_CN")
    try:
        shop = _Shop(book, random.Random(seed), until or clock.today(), progress, is_cancelled)
        with no_collection():
            shop.run(customer_count, invoice_count)
    except BaseException:
        book.close()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        raise
    return book


class _Shop:
    def __init__(
        self,
        book: Book,
        chance: random.Random,
        until: date,
        progress: Progress,
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._book = book
        self._chance = chance
        self._until = until
        self._progress = progress
        self._is_cancelled = is_cancelled
        self._products: list[tuple[str, Decimal]] = []
        self._customers: list[_Customer] = []
        self._due: dict[date, list[_Promise]] = {}
        self._newest: deque[tuple[str, str]] = deque(maxlen=demo_fapiao.BILL_COUNT)
        """(customer, number) of the invoices sold last."""

    def run(self, customer_count: int, invoice_count: int) -> None:
        """Fills the book: company, goods, customers, then day by day what is sold and paid."""
        with self._book.write("demo") as unit:
            unit.is_bulk = True
            self._company(unit)
            self._goods(unit)
            demo_adapted.define(unit)
            unit.finish("demo.set_up", {})
        is_abroad = customer_count >= demo_abroad.LEAST_CUSTOMERS and invoice_count >= 100
        self._make_customers(customer_count - demo_abroad.CUSTOMER_COUNT * is_abroad)
        has_agreements = bool(self._customers) and invoice_count >= demo_agreements.BILL_COUNT
        self._trade(
            invoice_count
            - demo_agreements.BILL_COUNT * has_agreements
            - demo_abroad.INVOICE_COUNT * is_abroad
        )
        if is_abroad:
            demo_abroad.fill(self._book, self._until)
        if has_agreements:
            with self._book.write("demo") as unit:
                unit.is_bulk = True
                demo_agreements.fill(
                    unit,
                    [customer.code for customer in self._customers],
                    [code for code, _price in self._products],
                    self._until,
                )
                unit.finish("demo.agreements", {"until": self._until.isoformat()})
        with self._book.write("demo") as unit:
            unit.is_bulk = True
            demo_fapiao.fill(unit, list(self._newest), self._until)
            unit.finish("demo.fapiao", {})
        with self._book.write("demo") as unit:
            unit.is_bulk = True
            demo_set_aside.fill(unit, [customer.code for customer in self._customers], self._until)
            unit.finish("demo.set_aside", {})
        with self._book.write("demo") as unit:
            unit.is_bulk = True
            products = [code for code, _price in self._products]
            demo_people.fill(unit, [one.code for one in self._customers], products, self._until, self._chance)
            unit.finish("demo.people", {})
        with self._book.write("demo") as unit:
            unit.is_bulk = True
            demo_groups.fill(unit, [customer.code for customer in self._customers])
            unit.finish("demo.groups", {})
        if customer_count >= demo_segments.LEAST_CUSTOMERS:
            with self._book.write("demo") as unit:
                unit.is_bulk = True
                demo_segments.fill(unit, [customer.code for customer in self._customers])
                unit.finish("demo.segments", {})
            with self._book.write("demo") as unit:
                unit.is_bulk = True
                demo_twins.fill(unit, [customer.code for customer in self._customers])
                unit.finish("demo.twins", {})
        demo_measures.fill(self._book, [customer.code for customer in self._customers], self._until)

    def _check_cancelled(self) -> None:
        if self._is_cancelled():
            raise Cancelled(Code.CANCELLED, _("Cancelled; nothing was kept."))

    def _company(self, unit: Unit) -> None:
        unit.save_settings(
            address="杭州市西湖区文三路 188 号",
            phone="0571-8812 0000",
            email="caiwu@dingsheng.example",
            tax_number="91330106MA2B1CXY3M",
            bank="中国工商银行杭州文三支行",
            bank_account="1202 0221 0990 0012 345",
            document_footer="感谢惠顾，货款请汇至上列账户。",
        )

    def _goods(self, unit: Unit) -> None:
        for index, (path, name, measure, low, high, rate) in enumerate(words.GOODS, start=1):
            code = f"P{index:03d}"
            price = self._price(low, high)
            self._products.append((code, price))
            use_cases.perform(
                unit,
                "product.create",
                {
                    "code": code,
                    "name": name,
                    "unit": measure,
                    "price": f"{price:f}",
                    "tax_rate": rate,
                    "category": path,
                },
            )

    def _price(self, low: str, high: str) -> Decimal:
        step = self._chance.randint(0, 20)
        span = Decimal(high) - Decimal(low)
        return (Decimal(low) + span * step / 20).quantize(Decimal("0.01"))

    # Customers

    def _make_customers(self, count: int) -> None:
        used: set[str] = set()
        made = 0
        while made < count:
            self._check_cancelled()
            with self._book.write("demo") as unit:
                unit.is_bulk = True
                for _number in range(min(BATCH_DOCUMENT_COUNT, count - made)):
                    made += 1
                    self._customer(unit, made, used)
                unit.finish("demo.customers", {"customer_count": made})
            self._progress(0.2 * made / max(count, 1))

    def _person(self) -> str:
        return self._chance.choice(words.SURNAMES) + self._chance.choice(words.GIVEN)

    def _mobile(self) -> str:
        return "1" + self._chance.choice("3578") + "".join(self._chance.choices("0123456789", k=9))

    def _customer(self, unit: Unit, number: int, used: set[str]) -> None:
        chance = self._chance
        province, city, area, districts = chance.choice(words.PLACES)
        district = chance.choice(districts)
        is_person = chance.random() < 0.15
        trade, branch = chance.choice(words.TRADES)
        person = self._person()
        town = city.removesuffix("市")
        name = ""
        for _attempt in range(8):
            company = f"{town}{chance.choice(words.MARKS)}{trade}{chance.choice(words.FORMS)}"
            name = self._person() if is_person else company
            if name not in used:
                break
        else:
            name = f"{name}（{district}）" if f"{name}（{district}）" not in used else f"{name}{number}"
        used.add(name)
        terms = chance.choice((0, 15, 30, 30, 30, 45, 60))
        lateness = chance.choice((-5, -2, 0, 0, 2, 4, 7, 12, 20, 40, 90))
        weight = chance.paretovariate(1.3)
        code = f"C{number:05d}"
        place = f"{city}/{district}" if province == city else f"{province}/{city}/{district}"
        value = "重点" if weight > 4 else "普通" if weight > 1.3 else "观察"
        level = "高" if weight > 3 else "中" if weight > 1.2 else "低"
        branch = (
            "个人" if is_person else chance.choice(("零售/线上", "零售/线下")) if branch == "零售" else branch
        )
        use_cases.perform(
            unit,
            "customer.create",
            {
                "code": code,
                "name": name,
                "kind": "person" if is_person else "company",
                "phone": self._mobile() if is_person else f"{area}-{chance.randint(10_000_000, 89_999_999)}",
                "terms_days": terms,
                "level": chance.choice("AABBBCCC"),
                **demo_adapted.of_customer(number),
                "categories": [
                    {"dimension": "行业", "path": branch},
                    {"dimension": "地区", "path": place},
                    {"dimension": "消费水平", "path": level},
                    {"dimension": "客户价值", "path": value},
                ],
                "tags": demo_groups.tags_of(number, value),
                "contacts": [
                    {
                        "name": name if is_person else person,
                        "role": "" if is_person else chance.choice(words.ROLES),
                        "phone": self._mobile(),
                        "primary": True,
                    }
                ],
                "addresses": [
                    {
                        "province": province,
                        "city": city,
                        "district": district,
                        "street": f"{chance.choice(words.STREETS)} {chance.randint(1, 899)} 号",
                    }
                ],
            },
        )
        self._customers.append(_Customer(code, terms, lateness, weight))

    # Trade

    def _days(self, count: int) -> Iterator[tuple[date, int]]:
        """Every day with the number of invoices it gets; together exactly `count`."""
        first = self._until.replace(day=1) - timedelta(days=365 * YEARS)
        days = [first + timedelta(days=offset) for offset in range((self._until - first).days + 1)]
        weights = [
            _SEASON[day.month - 1]
            * (1.0 + 0.25 * (day - first).days / 365)
            * (0.25 if day.weekday() == 6 else 1.0)
            for day in days
        ]
        total = sum(weights)
        spent, given = 0.0, 0
        for day, weight in zip(days, weights, strict=True):
            spent += weight
            wanted = round(count * spent / total)
            yield day, wanted - given
            given = wanted

    def _trade(self, count: int) -> None:
        cumulative: list[float] = []
        running = 0.0
        for customer in self._customers:
            running += customer.weight
            cumulative.append(running)
        done = 0
        in_batch = BATCH_DOCUMENT_COUNT
        days = iter(self._days(count))
        day, wanted = next(days)
        is_over = not self._customers
        while not is_over:
            self._check_cancelled()
            in_batch = 0
            with self._book.write("demo") as unit:
                unit.is_bulk = True
                while in_batch < BATCH_DOCUMENT_COUNT:
                    promises = self._due.pop(day, [])
                    self._look_up(unit, promises)
                    for promise in promises:
                        self._pay(unit, promise, day)
                        in_batch += 1
                    buyers = self._chance.choices(self._customers, cum_weights=cumulative, k=wanted)
                    customers.prefetch(unit, [buyer.code for buyer in buyers])
                    for buyer in buyers:
                        self._sell(unit, buyer, day)
                    done += wanted
                    in_batch += wanted
                    following = next(days, None)
                    if following is None:
                        is_over = True
                        break
                    day, wanted = following
                unit.finish("demo.trade", {"until": day.isoformat()})
            self._progress(0.2 + 0.8 * done / max(count, 1))

    @staticmethod
    def _look_up(unit: Unit, promises: list[_Promise]) -> None:
        """Looks up at once what a day's payments are about, as an import does block by block."""
        customers.prefetch(unit, [promise.customer.code for promise in promises])
        numbers = [promise.invoice for promise in promises]
        posted.prefetch(unit, ("invoice",), numbers)
        found = [posted.look_up(unit, ("invoice",), number) for number in numbers]
        unit.open_items.prefetch([invoice.id for invoice in found if invoice is not None])

    def _sell(self, unit: Unit, customer: _Customer, day: date) -> None:
        chance = self._chance
        lines: list[dict[str, Any]] = []
        for code, price in chance.sample(self._products, k=chance.choice((1, 1, 1, 2, 2, 3))):
            cents = (price * chance.choice((100, 100, 98, 95))).to_integral_value()
            lines.append(
                _NO_LINE
                | {
                    "product": code,
                    "quantity": Decimal(chance.choice((1, 2, 5, 10, 20, 30, 50))),
                    "unit_price": cents.scaleb(-2),
                }
            )
        values = _NO_INVOICE | {"customer": customer.code, "date": day, "lines": lines}
        result = invoices.issue_values(unit, values)
        self._newest.append((customer.code, result["number"]))
        self._promise(customer, result, day)

    def _promise(self, customer: _Customer, result: dict[str, Any], day: date) -> None:
        chance = self._chance
        if chance.random() < 0.02:
            return  # never pays
        total = Decimal(result["total"])
        due = date.fromisoformat(result["due"])
        days_late = customer.lateness + chance.randint(-3, 10)
        paid_on = max(day, due + timedelta(days=days_late))
        method = chance.choices(("bank", "wechat", "alipay", "cash"), weights=(6, 3, 2, 1))[0]
        if chance.random() < 0.12:
            part = (total * chance.randint(2, 8) / 10).quantize(Decimal("0.01"))
            if 0 < part < total:
                self._due.setdefault(paid_on, []).append(_Promise(customer, result["number"], part, method))
                total -= part
                paid_on += timedelta(days=chance.randint(10, 45))
        self._due.setdefault(paid_on, []).append(_Promise(customer, result["number"], total, method))

    def _pay(self, unit: Unit, promise: _Promise, day: date) -> None:
        chance = self._chance
        amount = promise.amount
        odd = chance.random()
        settled = amount
        discount = Decimal(0)
        if odd < 0.02 and amount > 100:
            discount = amount % 1  # 抹零
            amount -= discount
        elif odd < 0.03:
            amount += chance.choice((50, 100, 500))  # more than the invoice: customer credit
        values: dict[str, Any] = _NO_PAYMENT | {
            "customer": promise.customer.code,
            "date": day,
            "amount": amount,
            "method": promise.method,
            "reference": f"TX{chance.randint(10**9, 10**10 - 1)}" if promise.method == "bank" else "",
            "allocate": [{"invoice": promise.invoice, "amount": settled}],
        }
        if discount:
            values["discount"] = discount
        result = payments.record(unit, **values)
        if odd > 0.999:
            bounce = {"payment": result["number"], "date": day, "reason": "银行退票"}
            use_cases.perform(unit, "payment.reverse", bounce)
