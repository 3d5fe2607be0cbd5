"""An electronic invoice as EN 16931 sees it: plain data, amounts as Decimals with the currency's digits.

The comments name the business terms (BT) of the standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

GUIDELINE = "urn:cen.eu:en16931:2017"
"""BT-24: the core, without any country's own rules."""

STANDARD, ZERO, EXEMPT, OUTSIDE = "S", "Z", "E", "O"


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer."""

    name: str
    country: str
    """ISO code of two letters (BT-40, BT-55)."""
    street: str = ""
    city: str = ""
    postal_code: str = ""
    vat_number: str = ""
    """With its country prefix (BT-31, BT-48)."""
    tax_number: str = ""
    """One without a prefix (BT-32)."""
    registration: str = ""
    """Number in the register of companies (BT-30, BT-47)."""
    endpoint: str = ""
    endpoint_scheme: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `net` is after its allowance (BT-131)."""

    number: str
    name: str
    code: str
    quantity: Decimal
    unit_code: str
    net_price: Decimal
    allowance: Decimal
    net: Decimal
    category: str
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """One group of the VAT breakdown (BG-23)."""

    category: str
    percent: Decimal | None
    net: Decimal
    tax: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EInvoice:
    """An invoice (380) or credit note (381)."""

    type_code: str
    number: str
    issued_on: date
    due_on: date | None
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    groups: tuple[TaxGroup, ...]
    line_total: Decimal
    """BT-106, and without document allowances BT-109."""
    tax_total: Decimal
    """BT-110."""
    total: Decimal
    """BT-112, and with nothing paid in advance BT-115."""
    note: str = ""
    buyer_reference: str = ""
    account: str = ""
    account_is_iban: bool = False
    account_name: str = ""
    preceding_number: str = ""
    preceding_on: date | None = None

    @property
    def is_credit(self) -> bool:
        """Whether it is a credit note."""
        return self.type_code == "381"
