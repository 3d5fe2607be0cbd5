"""Rows of invoices: one row per line, rows of one number are one invoice; or one row per invoice.

The price of a line is its unit price, or its amount, or the product's price, or (one row per invoice) the stated
total. What a sheet states about amounts must agree with what its lines come to; it is never corrected.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.products import product
from crmdesk.models.totals import Totals
from crmdesk.services import customers, document_lines, invoices, products, tax_rates
from crmdesk.services.imports.columns import own_values
from crmdesk.services.imports.documents import DocumentsImporter, RowRefused, Sheaf
from crmdesk.services.imports.importing import Running
from crmdesk.services.imports.plan import PlannedRow, Values
from crmdesk.services.posted import Posted
from crmdesk.text import _

_HEAD = ("customer", "date", "due")
_LINE_NAMES = ("product", "description", "quantity", "unit_price", "amount", "line")
_STATED = ("net", "tax", "total")
_TAX_NAMES = ("tax_rate", "tax_kind", "tax")
_PRICE_STEP = Decimal(1).scaleb(-money.PRICE_DECIMALS_MAX)


_LineContent = tuple[str, str | None, str | None, int, int]
"""Description, quantity, unit price, net and tax: what makes two lines equal."""


class InvoicesImporter(DocumentsImporter):
    """Issues invoices."""

    posted_kind = "invoice"

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        plan = self.plan
        self._has_lines = any(plan.has(name) for name in ("product", "description", "line", "unit_price"))
        self._has_tax = any(plan.has(name) for name in _TAX_NAMES)
        self._stated = [name for name in _STATED if plan.has(name)]
        self._takes_computed = plan.mapping.takes_computed_totals
        self._codes_by_name: dict[str, list[str]] = {}
        self._known_rates = [rate for rate in running.plan.known_rates if rate]

    # Grouping

    def are_doubles(self, sheaf: Sheaf) -> bool:
        """Several rows of one number are its lines, unless their heads differ, the sheet has no lines, or one row
        is the copy of another that stands apart from it."""
        if len(sheaf.rows) == 1:
            return False
        if not self._has_lines:
            return True
        for name in _HEAD:
            if len({row.values[name] for row in sheaf.rows if name in row.values}) > 1:
                return True
        seen: dict[tuple[Any, ...], int] = {}
        for row in sheaf.rows:
            content = tuple(sorted((name, str(value)) for name, value in row.values.items()))
            last = seen.get(content)
            if last is not None and row.number != last + 1:
                return True
            seen[content] = row.number
        return False

    def content(self, sheaf: Sheaf) -> tuple[Any, ...]:
        """Customer, date and what the row is for."""
        values = sheaf.first.values
        names = ("date", "currency", *_LINE_NAMES, "discount", "discount_amount", "tax_rate", "total")
        return (sheaf.customer, *(_canonical(values.get(name)) for name in names))

    def prepare(self, sheaves: list[Sheaf]) -> None:
        """Looks up the products of a block, by code and by name."""
        rows = [row for sheaf in sheaves for row in sheaf.rows]
        products.prefetch(self.unit, {row.values["product"] for row in rows if "product" in row.values})
        by_name = [row.values for row in rows if "description" in row.values and "product" not in row.values]
        names = {values["description"] for values in by_name}
        self._load_names([name for name in names if name not in self._codes_by_name])

    def _load_names(self, names: list[str]) -> None:
        for start in range(0, len(names), 500):
            block = names[start : start + 500]
            self._codes_by_name |= {name: [] for name in block}
            query = select(product.c.name, product.c.code).where(product.c.name.in_(block))
            for name, code in self.unit.connection.execute(query):
                self._codes_by_name[name].append(code)
            products.prefetch(
                self.unit, [codes[0] for name in block if len(codes := self._codes_by_name[name]) == 1]
            )

    # Booking

    def book(self, sheaf: Sheaf) -> str:
        """Issues the invoice."""
        return invoices.issue_values(self.unit, self._values(sheaf))["number"]

    def _values(self, sheaf: Sheaf) -> Values:
        head = self._head(sheaf)
        if all(row.values.get("quantity", 1) < 0 for row in sheaf.rows):
            raise RowRefused(
                sheaf.first,
                Code.NO_ORIGINAL,
                _("A negative quantity is a credit note, and the sheet does not say for which invoice."),
                "quantity",
                _("Issue a credit note for the original invoice."),
            )
        if len({row.values["currency"] for row in sheaf.rows if "currency" in row.values}) > 1:
            raise RowRefused(
                sheaf.rows[-1],
                Code.CURRENCY_MIXED,
                _("An invoice is in one currency; its rows name several."),
                "currency",
                _("Give each currency its own invoice."),
            )
        currency = head["currency"] or customers.find(self.unit, sheaf.customer).currency
        on = head["date"] or clock.today()
        lines = [self._line(row, currency, on) for row in sheaf.rows]
        if self._stated or self.plan.has("amount"):
            self._require_agreement(sheaf, head, lines, currency)
        return head | {"discount": None, "lines": lines}

    def _head(self, sheaf: Sheaf) -> Values:
        head: Values = dict.fromkeys(("date", "due", "currency", "reference", "note"))
        for row in reversed(sheaf.rows):
            head |= {name: row.values[name] for name in head if name in row.values}
        own: Values = {}
        for row in reversed(sheaf.rows):
            own |= own_values(row.values)
        return head | {"customer": sheaf.customer, "number": sheaf.number, "fields": own or None}

    def _line(self, row: PlannedRow, currency: str, on: date) -> Values:
        values = row.values
        quantity = values.get("quantity", Decimal(1))
        if quantity <= 0:
            raise RowRefused(
                row,
                Code.OUT_OF_RANGE,
                _("The quantity must be above zero."),
                "quantity",
                _("Correct the quantity."),
            )
        code = values.get("product")
        description = values.get("description")
        if code is None and description is not None:
            same = self._codes_by_name.get(description, [])
            code = same[0] if len(same) == 1 else None
        found = products.find(self.unit, code) if code is not None else None
        price, is_included = self._price(row, quantity, currency, has_product=found is not None)
        kind = values.get("line_kind", "item")
        if price is not None and price < 0 and kind == "item":
            kind = "discount"
        rate, tax_kind = values.get("tax_rate"), values.get("tax_kind")
        if rate is None and tax_kind in (None, "taxed"):
            rate, tax_kind = self._usual_tax(row, found, currency, price, quantity, is_included, on)
        return {
            "product": code,
            "description": description or (found.name if found is not None else _("Invoice")),
            "unit": values.get("unit"),
            "quantity": quantity,
            "unit_price": price,
            "discount": self._discount(values),
            "tax_rate": rate,
            "tax_kind": tax_kind,
            "tax_included": is_included,
            "kind": kind,
        }

    def _price(
        self, row: PlannedRow, quantity: Decimal, currency: str, *, has_product: bool
    ) -> tuple[Decimal | None, bool | None]:
        """The unit price, and whether it holds the tax."""
        values = row.values
        is_included = values.get("tax_included")
        if "unit_price" in values:
            return values["unit_price"], is_included
        for name in ("amount", "net", "total"):
            if name in values:
                _minor(row, name, currency)
                price = values[name] / quantity
                if name != "amount":
                    is_included = name == "total"
                return price.quantize(_PRICE_STEP, context=money.EXACT).normalize(money.EXACT), is_included
        if has_product:
            return None, is_included
        message = _("The row has neither a unit price nor an amount.")
        raise RowRefused(row, Code.REQUIRED, message, "unit_price", _("Fill in the price."))

    @staticmethod
    def _discount(values: Values) -> Values | None:
        rate, amount = values.get("discount"), values.get("discount_amount")
        return {"rate": rate, "amount": None if rate else amount} if rate or amount else None

    def _usual_tax(
        self,
        row: PlannedRow,
        found: products.ProductRow | None,
        currency: str,
        price: Decimal | None,
        quantity: Decimal,
        is_included: bool | None,
        on: date,
    ) -> tuple[Decimal | None, str | None]:
        """The tax of a line that names none: the product's, the rate by which the stated tax comes out, or none.

        A product without a rate of its own has the book's usual one, as everywhere else, unless a tax is stated.
        A sheet that says nothing about tax has none and is told so; in one with a column for it a blank cell is
        refused: it may as well be forgotten.
        """
        if found is not None and (found.tax_rate is not None or found.tax_kind != "taxed"):
            return None, None
        stated = row.values.get("tax")
        if stated and price is not None:
            digits = money.digits(currency)
            base = money.EXACT.scaleb(price * quantity, digits)
            for rate in self._known_rates:
                net = base / (1 + rate) if is_included else base
                if money.round_half_up(money.EXACT.scaleb(stated, digits)) == money.round_half_up(net * rate):
                    return rate, None
        if stated is None and found is not None and tax_rates.default_on(self.unit, on) is not None:
            return None, None
        if self._has_tax and (stated is None or (stated and self._takes_computed)):
            raise RowRefused(
                row,
                Code.REQUIRED,
                _("The row does not say at which rate it is taxed."),
                next(name for name in _TAX_NAMES if self.plan.has(name)),
                _("Fill in the tax rate: 0% where there is no tax, or a word such as 免税."),
            )
        if not self._has_tax:
            self.running.note(
                Code.REQUIRED,
                _("The file says nothing about tax: where a product does not say otherwise, the rate is 0."),
            )
        return Decimal(0), None

    # What the sheet states

    def _require_agreement(self, sheaf: Sheaf, head: Values, lines: list[Values], currency: str) -> None:
        if self._takes_computed:
            return
        totals = self._totals(head, lines, currency)
        for row, amounts in zip(sheaf.rows, totals.lines, strict=True):
            stated = row.values.get("amount")
            if stated is None or "unit_price" not in row.values:
                continue
            minor = _minor(row, "amount", currency)
            shown = (amounts.net_minor, amounts.gross_minor, amounts.net_minor + amounts.discount_minor,
                     amounts.gross_minor + amounts.discount_minor)  # fmt: skip
            if minor not in shown:
                raise self._differs(row, "amount", stated, amounts.net_minor, currency)
        for name in self._stated:
            self._check_stated(sheaf, totals, name, currency)

    def _check_stated(self, sheaf: Sheaf, totals: Totals, name: str, currency: str) -> None:
        """A stated figure is the document's, repeated or once, or each line's own."""
        rows = [row for row in sheaf.rows if name in row.values]
        if not rows:
            return
        minors = [_minor(row, name, currency) for row in rows]
        whole = {"net": totals.net_minor, "tax": totals.tax_minor, "total": totals.total_minor}[name]
        if set(minors) == {whole} or (len(rows) == len(sheaf.rows) and sum(minors) == whole):
            return
        raise self._differs(rows[0], name, rows[0].values[name], whole, currency)

    @staticmethod
    def _differs(
        row: PlannedRow, name: str, stated: Decimal, computed_minor: int, currency: str
    ) -> RowRefused:
        computed = money.to_decimal(computed_minor, currency)
        return RowRefused(
            row,
            Code.TOTAL_DIFFERS,
            _("The file states {stated}, the lines come to {computed}: a difference of {difference}.").format(
                stated=f"{stated:f}", computed=f"{computed:f}", difference=f"{stated - computed:f}"
            ),
            name,
            _(
                "Correct the lines or the stated amount, or choose in the mapping that computed totals are taken."
            ),
        )

    def _totals(self, head: Values, lines: list[Values], currency: str) -> Totals:
        on = head["date"] or clock.today()
        warnings_before = len(self.unit.warnings)
        level = customers.find(self.unit, head["customer"]).level
        read = document_lines.read(self.unit, lines, currency, on, level=level)
        del self.unit.warnings[warnings_before:]  # they come again when the invoice is issued
        return document_lines.total(self.unit, read, currency, None)

    # Comparing with the book

    def is_equal(self, sheaf: Sheaf, found: Posted) -> bool:
        """Whether the invoice of this number has the same customer, dates, lines and amounts."""
        values = self._values(sheaf) if self._has_lines else self._head(sheaf)
        if customers.find(self.unit, sheaf.customer).id != found.customer_id:
            return False
        for name, stored in (("date", found.dated_on), ("due", found.due_on), ("currency", found.currency)):
            if values[name] is not None and values[name] != stored:
                return False
        if not self._has_lines:
            return self._has_stated_amounts(sheaf.first, found)
        totals = self._totals(values | {"date": found.dated_on}, values["lines"], found.currency)
        said: list[_LineContent] = [
            (
                line["description"],
                _canonical(line["quantity"]),
                self._said_price(line),
                part.net_minor,
                part.tax_minor,
            )
            for line, part in zip(values["lines"], totals.lines, strict=True)
        ]
        return totals.total_minor == found.total_minor and Counter(said) == Counter(
            self._stored_lines(found.id)
        )

    def _has_stated_amounts(self, row: PlannedRow, found: Posted) -> bool:
        """A list of invoices without their lines says the same when its amounts do."""
        query = select(document.c.net_minor, document.c.tax_minor, document.c.total_minor)
        stored = self.unit.execute(query.where(document.c.id == found.id)).one()
        amounts = {"net": {stored.net_minor}, "tax": {stored.tax_minor}, "total": {stored.total_minor},
                   "amount": {stored.net_minor, stored.total_minor}}  # fmt: skip
        return all(
            money.to_minor(row.values[name], found.currency, name) in fitting
            for name, fitting in amounts.items()
            if name in row.values
        )

    def _said_price(self, line: Values) -> str | None:
        price = line["unit_price"]
        return _canonical(products.find(self.unit, line["product"]).price if price is None else price)

    def _stored_lines(self, document_id: int) -> list[_LineContent]:
        table = document_line.c
        columns = (table.description, table.quantity, table.unit_price, table.net_minor, table.tax_minor)
        query = select(*columns).where(table.document_id == document_id)
        return [
            (
                row.description,
                _canonical(Decimal(row.quantity)),
                _canonical(Decimal(row.unit_price)),
                row.net_minor,
                row.tax_minor,
            )
            for row in self.unit.execute(query)
        ]

    def place_of(self, sheaf: Sheaf, field_name: str) -> tuple[PlannedRow, str]:
        """`lines[2].unit_price` is the third row's unit price."""
        if not field_name.startswith("lines["):
            return super().place_of(sheaf, field_name)
        index, _bracket, rest = field_name.removeprefix("lines[").partition("]")
        name = rest.removeprefix(".").partition(".")[0]
        row = sheaf.rows[int(index)] if index.isdigit() and int(index) < len(sheaf.rows) else sheaf.first
        return row, "line_kind" if name == "kind" else name


def _minor(row: PlannedRow, name: str, currency: str) -> int:
    """An amount of a row in minor units; more decimals than the currency has are refused, not rounded."""
    try:
        return money.to_minor(row.values[name], currency, name)
    except InvalidInput as error:
        raise RowRefused(row, error.code, error.message, name, _("Correct the amount.")) from None


def _canonical(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return f"{value.normalize(money.EXACT):f}"
    return None if value is None else str(value)
