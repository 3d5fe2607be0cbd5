"""A posted invoice or credit note as an electronic one, or a refusal that names everything that is missing.

Discounts: the book's lines already carry their share of the document's discount, so all of them are allowances of
lines (BG-27) and the sums of the standard are those of the document, in both rounding rules.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput, Problem
from crmdesk.models.tables.customers import address, billing_profile, customer
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.products import product
from crmdesk.models.totals import TAXED, line_amount_minor
from crmdesk.services import countries, papers, settings
from crmdesk.services.einvoice.model import (
    EXEMPT,
    OUTSIDE,
    STANDARD,
    ZERO,
    EInvoice,
    Line,
    Party,
    TaxGroup,
)
from crmdesk.services.posted import REVERSAL
from crmdesk.text import N_, _

KINDS = {"invoice": ("invoice", "380"), "credit-note": ("credit", "381")}
"""What `crmdesk print` calls it: the kind of document and its type (BT-3)."""
DIGITS_MAX = 2
TAX_TOLERANCE = Decimal(1)
"""How far the tax of a group may stand from its net times its rate (the standard's own rule BR-CO-17)."""

UNIT_CODES = {
    "": "C62",
    "个": "C62",
    "件": "C62",
    "pc": "C62",
    "pcs": "C62",
    "套": "SET",
    "set": "SET",
    "kg": "KGM",
    "千克": "KGM",
    "公斤": "KGM",
    "g": "GRM",
    "克": "GRM",
    "t": "TNE",
    "吨": "TNE",
    "m": "MTR",
    "米": "MTR",
    "m²": "MTK",
    "m2": "MTK",
    "平方米": "MTK",
    "m³": "MTQ",
    "m3": "MTQ",
    "立方米": "MTQ",
    "l": "LTR",
    "升": "LTR",
    "h": "HUR",
    "hour": "HUR",
    "小时": "HUR",
    "day": "DAY",
    "天": "DAY",
    "month": "MON",
    "月": "MON",
    "year": "ANN",
    "年": "ANN",
    "box": "BX",
    "箱": "BX",
    "盒": "BX",
}
"""Codes of UN/ECE recommendation 20 and 21 by the units people write; any other unit counts as “one” (C62)."""

MISSING = {
    "BT-27": N_("The company has no name: Settings › Company."),
    "BT-31": N_("The company has no tax number: Settings › Company, Tax number."),
    "BT-30": N_("The company has no registration number: Settings › Company, Registration number."),
    "BT-40": N_("The country of the book is not known."),
    "BT-44": N_("The customer has no name."),
    "BT-55": N_("The customer has no address with a country: add one on the customer's page."),
    "BT-153": N_("A line has no description."),
    "BT-5": N_("The standard takes currencies of at most two decimals; this one has more."),
    "BT-118": N_(
        "Lines out of scope of tax stand beside others; the standard wants them on an invoice of their own."
    ),
    "BT-117": N_("The tax was rounded line by line and stands too far from net times rate for the standard."),
}
"""What may be missing, by business term, and where it is given."""


def gather(connection: Connection, kind: str, number: str) -> EInvoice:
    """The electronic invoice of a posted document. `einvoice_incomplete` names each missing field."""
    document_kind, type_code = KINDS[kind]
    row = papers.find_document(connection, document_kind, number)
    back = connection.execute(
        select(document.c.dated_on).where(
            document.c.origin_id == row.id, document.c.kind == document_kind + REVERSAL
        )
    ).scalar()
    if back is not None:
        raise Conflict(
            Code.REVERSED,
            _("{number} was reversed on {date}; nothing can be booked against it.").format(
                number=number, date=back.isoformat()
            ),
            field="number",
        )
    own = settings.load(connection)
    rows = _rows(connection, row.id)
    lines = tuple(_line(entry, row.currency) for entry in rows)
    groups = _groups(lines, rows, row.currency)
    is_outside = any(group.category == OUTSIDE for group in groups)
    seller = _seller(own, is_outside=is_outside)
    buyer = _buyer(connection, row.customer_id, own.country, is_outside=is_outside)
    _require_complete(number, seller, buyer, lines, groups, row.currency)
    origin = (
        connection.execute(
            select(document.c.number, document.c.dated_on).where(document.c.id == row.origin_id)
        ).first()
        if row.origin_id
        else None
    )
    return EInvoice(
        type_code,
        row.number,
        row.dated_on,
        row.due_on if document_kind == "invoice" else None,
        row.currency,
        seller,
        buyer,
        lines,
        groups,
        money.to_decimal(row.net_minor, row.currency),
        money.to_decimal(row.tax_minor, row.currency),
        money.to_decimal(row.total_minor, row.currency),
        row.note or (row.reason if document_kind == "credit" else ""),
        row.reference,
        own.bank_account.replace(" ", "") if document_kind == "invoice" else "",
        _is_iban(own.bank_account),
        own.name,
        origin.number if origin else "",
        origin.dated_on if origin else None,
    )


def _is_iban(text: str) -> bool:
    from stdnum import iban

    return iban.is_valid(text)


def _rows(connection: Connection, document_id: int) -> list[Any]:
    return list(
        connection.execute(
            select(document_line, product.c.code)
            .join_from(document_line, product, product.c.id == document_line.c.product_id, isouter=True)
            .where(document_line.c.document_id == document_id)
            .order_by(document_line.c.position)
        ).all()
    )


def _category(tax_kind: str, rate: Decimal) -> str:
    if tax_kind == TAXED:
        return STANDARD if rate else ZERO
    return EXEMPT if tax_kind == "exempt" else OUTSIDE


def _line(row: Any, currency: str) -> Line:
    """A line with its price without tax. The standard knows no negative price: the quantity is negative instead."""
    quantity, price, rate = Decimal(row.quantity), Decimal(row.unit_price), Decimal(row.tax_rate)
    net = money.to_decimal(row.net_minor, currency)
    base_minor = line_amount_minor(quantity, price, money.digits(currency))
    if row.is_tax_included:
        numerator, denominator = rate.as_integer_ratio()
        base_minor = money.divide_round(base_minor * denominator, denominator + numerator)
        price = _per_unit(money.to_decimal(base_minor, currency), quantity)
    allowance_minor = base_minor - row.net_minor
    if row.discount_minor == 0 or allowance_minor < 0:
        # what is left is the odd cent of a tax that was in the price
        if allowance_minor:
            price = _per_unit(net, quantity)
        allowance_minor = 0
    if price < 0:
        quantity, price = -quantity, -price
    return Line(
        str(row.position),
        row.description,
        row.code or "",
        quantity.normalize(),
        UNIT_CODES.get(row.unit.strip().lower(), "C62"),
        price,
        money.to_decimal(allowance_minor, currency),
        net,
        _category(row.tax_kind, rate),
        None if row.tax_kind == "out_of_scope" else (rate * 100).normalize(),
    )


def _per_unit(amount: Decimal, quantity: Decimal) -> Decimal:
    return money.EXACT.divide(amount, quantity).quantize(Decimal("1e-8"), context=money.EXACT)


def _groups(lines: tuple[Line, ...], rows: list[Any], currency: str) -> tuple[TaxGroup, ...]:
    sums: dict[tuple[str, Decimal | None], list[Decimal]] = {}
    for line, row in zip(lines, rows, strict=True):
        part = sums.setdefault((line.category, line.percent), [Decimal(0), Decimal(0)])
        part[0] += line.net
        part[1] += money.to_decimal(row.tax_minor, currency)
    reasons = {EXEMPT: _("Exempt from tax"), OUTSIDE: _("Not subject to tax")}
    return tuple(
        TaxGroup(category, percent, net, tax, reasons.get(category, ""))
        for (category, percent), (net, tax) in sums.items()
    )


def _tax_ids(number: str) -> tuple[str, str]:
    """(with a country prefix, without one)."""
    plain = number.replace(" ", "")
    return (plain, "") if plain[:2].isascii() and plain[:2].isalpha() and len(plain) > 4 else ("", plain)


def _seller(own: settings.BookSettings, *, is_outside: bool) -> Party:
    vat, tax = _tax_ids(own.tax_number)
    return Party(
        own.name,
        own.country.upper(),
        own.address,
        own.city,
        own.postal_code,
        "" if is_outside else vat,  # BR-O-02: nothing out of scope beside a VAT number
        "" if is_outside else tax,
        own.registration_number,
        own.electronic_address,
        own.electronic_address_scheme,
        own.name,
        own.phone,
        own.email,
    )


def _buyer(connection: Connection, customer_id: int, home: str, *, is_outside: bool) -> Party:
    row = connection.execute(select(customer).where(customer.c.id == customer_id)).one()
    profile = papers.primary_of(connection, billing_profile, customer_id)
    place = papers.primary_of(connection, address, customer_id)
    vat, _tax = _tax_ids((profile.tax_number if profile else "") or row.tax_number)
    name = profile.title if profile else row.name
    country = ""
    if place is not None:
        country = countries.code_of(place.country) if place.country else home.upper()
    return Party(
        name,
        country,
        place.street if place else (profile.address if profile else ""),
        " ".join(part for part in (place.city, place.district) if part) if place else "",
        place.postal_code if place else "",
        "" if is_outside else vat,
        email=(profile.email if profile else "") or row.email,
    )


def _require_complete(
    number: str,
    seller: Party,
    buyer: Party,
    lines: tuple[Line, ...],
    groups: tuple[TaxGroup, ...],
    currency: str,
) -> None:
    has_outside = any(group.category == OUTSIDE for group in groups)
    is_off = any(
        group.percent is not None and abs(group.net * group.percent / 100 - group.tax) >= TAX_TOLERANCE
        for group in groups
    )
    missing = [
        term
        for term, is_missing in (
            ("BT-27", not seller.name),
            ("BT-40", len(seller.country) != 2),
            ("BT-31", not has_outside and not (seller.vat_number or seller.tax_number)),
            ("BT-30", not (seller.vat_number or seller.registration or seller.endpoint)),
            ("BT-44", not buyer.name),
            ("BT-55", not buyer.country),
            ("BT-153", not lines or not all(line.name for line in lines)),
            ("BT-5", money.digits(currency) > DIGITS_MAX),
            ("BT-118", has_outside and len(groups) > 1),
            ("BT-117", is_off),
        )
        if is_missing
    ]
    if "BT-31" in missing and "BT-30" in missing:
        missing.remove("BT-30")  # the tax number answers both
    if missing:
        problems = tuple(Problem(Code.EINVOICE_INCOMPLETE, _(MISSING[term]), column=term) for term in missing)
        raise InvalidInput(
            Code.EINVOICE_INCOMPLETE,
            _("{number} cannot become an electronic invoice yet:").format(number=number)
            + " "
            + " ".join(f"{problem.column}: {problem.message}" for problem in problems),
            field=missing[0],
            problems=problems,
        )
