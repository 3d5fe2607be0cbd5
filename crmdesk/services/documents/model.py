"""What is printed: plain, frozen data. Money is in minor units of the document's currency, dates are dates.

Texts (names, notes, methods of payment) come as the user wrote them; the printed words around them are chosen
by the language of the document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class StatementStyle(StrEnum):
    """The three ways of a statement, as the command line names them."""

    BALANCE_FORWARD = "balance-forward"
    OPEN_ITEM = "open-item"
    TRANSACTIONS = "transactions"


class Standing(StrEnum):
    """What a document is worth today; anything but `VALID` is printed across it."""

    VALID = "valid"
    DRAFT = "draft"
    VOID = "void"
    CREDITED = "credited"
    REVERSED = "reversed"
    EXPIRED = "expired"
    DECLINED = "declined"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where a customer may pay to."""

    bank: str
    holder: str
    number: str


@dataclass(frozen=True, slots=True)
class Company:
    """Who issues the document. `logo` is a PNG or JPEG file; an unreadable one is left out and reported."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    tax_number: str = ""
    bank: BankAccount | None = None
    logo: bytes | None = None
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """The customer the document is for."""

    code: str
    name: str
    tax_number: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PrintMark:
    """When and by whom it is printed, and how often by now: from the second time on it is a reprint."""

    printed_on: date | None = None
    printed_by: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Paper:
    """What every document has. What cannot be taken back stays `VALID`."""

    company: Company
    party: Party
    standing: Standing = field(default=Standing.VALID, kw_only=True)
    standing_on: date | None = field(default=None, kw_only=True)
    standing_reason: str = field(default="", kw_only=True)
    mark: PrintMark = field(default=PrintMark(), kw_only=True)
    own: tuple[OwnFact, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Open amounts that are late by `first` to `last` days; no `last` means and more."""

    first: int
    last: int | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """The ageing row of one customer and currency: not due + buckets + unallocated (negative) = total."""

    not_due_minor: int
    buckets: tuple[Bucket, ...]
    unallocated_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One event. `kind` is invoice, payment and so on; open items carry `due_on` and `open_minor`."""

    date: date
    kind: str
    number: str = ""
    description: str = ""
    debit_minor: int = 0
    credit_minor: int = 0
    balance_minor: int = 0
    due_on: date | None = None
    open_minor: int | None = None


@dataclass(frozen=True, slots=True)
class StatementSection:
    """One currency of a statement; currencies are never added together."""

    currency: str
    opening_minor: int
    lines: tuple[StatementLine, ...]
    closing_minor: int
    ageing: Ageing | None = None
    deposits_minor: int = 0
    """Deposits held: no part of the balance."""


@dataclass(frozen=True, slots=True)
class StatementDoc(Paper):
    """A statement of account of one customer, as at `to_on` (the last day included).

    `has_words` prints the closing balance in words, `has_slip` the confirmation slip to be torn off. The
    ageing strip is printed where a section has its ageing.
    """

    from_on: date | None
    to_on: date
    style: StatementStyle
    sections: tuple[StatementSection, ...]
    has_words: bool = True
    has_slip: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line. `tax_kind` is rate, exempt or out_of_scope; the price includes tax if `is_tax_included`."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    net_minor: int
    tax_minor: int
    code: str = ""
    specification: str = ""
    unit: str = ""
    discount_minor: int = 0
    tax_kind: str = "rate"
    tax_rate: Decimal | None = None
    is_tax_included: bool = False
    own: tuple[OwnFact, ...] = ()

    @property
    def gross_minor(self) -> int:
        """Net and tax."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """Net and tax of one rate (a fraction) or kind over the whole document."""

    net_minor: int
    tax_minor: int
    tax_kind: str = "rate"
    tax_rate: Decimal | None = None


class OwnFact(NamedTuple):
    """An own field on paper: its label and value in Chinese and in English."""

    label: str
    label_en: str
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class DiscountStep:
    """What may be kept of an invoice that is paid until a day (现金折扣); `rate` is a fraction."""

    rate: Decimal
    last_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PricedPaper(Paper):
    """A document of lines with tax and a total. The lines already carry the document discount; it is shown for
    information.
    """

    number: str
    issued_on: date
    currency: str
    lines: tuple[InvoiceLine, ...]
    tax_totals: tuple[TaxTotal, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    discount_minor: int = field(default=0, kw_only=True)
    note: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class InvoiceDoc(PricedPaper):
    """An invoice (应收单)."""

    due_on: date | None = None
    paid_minor: int | None = None
    open_minor: int | None = None
    discounts: tuple[DiscountStep, ...] = ()
    discount_taken_minor: int = 0
    """What of `paid_minor` was no money but discount by the terms."""
    terms: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CreditNoteDoc(PricedPaper):
    """A credit note (贷项通知单). Amounts are positive: what the customer is credited with."""

    reason: str = ""
    original_number: str = ""
    original_on: date | None = None
    open_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What a receipt paid of one invoice, and what is still open of it."""

    number: str
    amount_minor: int
    issued_on: date | None = None
    total_minor: int | None = None
    open_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ReceiptDoc(Paper):
    """A receipt for money (收款收据). `credit_minor` is what stays the customer's credit (预收).

    `discount_minor` is a settlement discount that settled as if paid, on top of `amount_minor`.
    """

    number: str
    received_on: date
    currency: str
    amount_minor: int
    payer: str = ""
    method: str = ""
    account: str = ""
    reference: str = ""
    settled: tuple[Settled, ...] = ()
    credit_minor: int = 0
    discount_minor: int = 0
    note: str = ""
    cashier: str = ""


class AgreementKind(StrEnum):
    """The papers that are not posted: an offer, and what both sides sign."""

    QUOTE = "quote"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class DueLine:
    """One instalment of a contract as it is printed."""

    label: str
    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class AgreementDoc(PricedPaper):
    """A quote (报价单) or a contract (合同).

    `valid_until` is a quote's last day, `ends_on` a contract's; `instalments` are the plan of a contract.
    """

    kind: AgreementKind
    title: str = ""
    revision: int = 1
    valid_until: date | None = None
    ends_on: date | None = None
    signed_on: date | None = None
    signatories: str = ""
    discount_terms: str = ""
    instalments: tuple[DueLine, ...] = ()


@dataclass(frozen=True, slots=True)
class FapiaoRequestDoc(PricedPaper):
    """A request for a tax invoice (开票申请单). `profile` are (label, value) pairs; labels are catalogue sources."""

    kind_label: str
    medium_label: str
    state_label: str
    profile: tuple[tuple[str, str], ...]
    bills: tuple[str, ...] = ()
    billed: str = ""
    """Of foreign bills what was converted: USD 1,000.00 × 7.1000."""


@dataclass(frozen=True, slots=True)
class DunningLine:
    """One open item of a reminder; `days_late` is negative before the due date."""

    kind: str
    number: str
    issued_on: date
    due_on: date
    days_late: int
    total_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class DunningDoc(Paper):
    """A reminder. `subjects` and `bodies` are in the order of the document's languages, placeholders filled in.

    `credit_minor` is the customer's money that settles nothing yet, at most the total;
    `interest_minor` the late interest so far.
    """

    dated_on: date
    level: int
    currency: str
    subjects: tuple[str, ...]
    bodies: tuple[str, ...]
    lines: tuple[DunningLine, ...]
    total_minor: int
    pay_by: date
    credit_minor: int = 0
    interest_minor: int = 0

    @property
    def pay_minor(self) -> int:
        """What is asked for."""
        return self.total_minor - self.credit_minor

    @property
    def number(self) -> str:
        """A reminder has none of its own: the customer's code tells them apart."""
        return self.party.code


@dataclass(frozen=True, slots=True)
class LetterDoc(Paper):
    """A letter to one customer of a group. `subjects` and `bodies` are in the order of the document's languages."""

    dated_on: date
    subjects: tuple[str, ...]
    bodies: tuple[str, ...]
    language: str = ""
    """Its own, where the letters of one PDF are in several; empty: the PDF's."""
    window: str = "left"
    """Where the window of the envelope is: left, right or cn."""

    @property
    def number(self) -> str:
        """A letter has none of its own: the customer's code tells them apart."""
        return self.party.code


@dataclass(frozen=True, slots=True)
class DeliveryNoteDoc(Paper):
    """A delivery note (送货单) of an invoice: its lines without prices."""

    number: str
    issued_on: date
    lines: tuple[InvoiceLine, ...]
    reference: str = ""
    note: str = ""


Document = (
    StatementDoc
    | InvoiceDoc
    | CreditNoteDoc
    | ReceiptDoc
    | DeliveryNoteDoc
    | AgreementDoc
    | FapiaoRequestDoc
    | DunningDoc
    | LetterDoc
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished PDF. `missing` are the characters printed as 〓 because the typeface lacks them.

    `first_pages` are the page numbers (from 0) where each document begins; `has_logo_fault` is true when a
    logo could not be read.
    """

    pdf: bytes
    page_count: int
    first_pages: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()
    has_logo_fault: bool = False
