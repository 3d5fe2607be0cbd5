"""Settings of the book: one typed, frozen view over the `setting` table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models.tables.settings import setting

_DEFAULT_PREFIXES = {
    "invoice": "INV",
    "credit": "CN",
    "payment": "RC",
    "refund": "RF",
    "writeoff": "WO",
    "opening": "OB",
    "recovery": "WR",
    "requirement": "RQ",
    "quote": "Q",
    "contract": "HT",
    "order": "SO",
    "bank": "BK",
    "fapiao_request": "FR",
    "red_confirmation": "RI",
    "customer": "C",
    "product": "P",
    "transfer": "TR",
    "deposit": "DP",
    "deposit_return": "DPR",
    "deposit_kept": "DPK",
    "deposit_applied": "DPA",
    "bill_endorsement": "BE",
    "bill_discount": "BD",
    "bill_collection": "BC",
    "bill_recourse": "BR",
    "recurring": "R",
    "discount": "SD",
}


@dataclass(frozen=True, slots=True)
class BookSettings:
    """What the owner of the book has decided. Names are the rows of the `setting` table."""

    name: str = ""
    country: str = "CN"
    currency: str = "CNY"
    language: str = "zh_CN"
    rounding: str = "line"
    discount_tax: str = "unchanged"
    """Whether a settlement discount by terms corrects sales and tax (adjust) or is a cost (unchanged)."""
    taxpayer: str = "general"
    """general (一般纳税人) or small (小规模纳税人); chooses the default tax rate."""
    terms_days: int = 0
    """Days to pay where the customer has no terms of his own; 0 = due on the invoice date."""
    locked_until: str = ""
    """ISO date of the last locked day, or empty."""
    address: str = ""
    phone: str = ""
    email: str = ""
    city: str = ""
    postal_code: str = ""
    tax_number: str = ""
    registration_number: str = ""
    """Number in the register of companies (BT-30 of an electronic invoice)."""
    electronic_address: str = ""
    electronic_address_scheme: str = ""
    """Code of the list EAS, such as 0204 or 9930."""
    bank: str = ""
    bank_account: str = ""
    document_footer: str = ""
    paper: str = "A4"
    letter_window: str = "left"
    """Where the address of a letter stands: left, right or cn (`documents/letter`)."""
    writeoff_attachment_minor: int = 0
    prefixes: dict[str, str] = field(default_factory=lambda: dict(_DEFAULT_PREFIXES))
    import_mappings: dict[str, Any] = field(default_factory=dict)
    backup_folder: str = ""
    credit_policy: str = "warn"
    """What happens to an invoice beyond the customer's credit limit: warn or refuse."""
    dunning_gap_days: int = 7
    """So many days lie at least between two levels of reminders of one item."""
    dunning_pay_days: int = 7
    """So many days a reminder gives to pay ({pay_by})."""
    dunning_texts: dict[str, Any] = field(default_factory=dict)
    """Own words of reminders: "level.language" -> {"subject", "body"}; what is missing is the program's."""
    interest_rate: str = ""
    """Late interest a year as a fraction (decimal text); empty: none is charged."""
    interest_grace_days: int = 0
    interest_basis: str = "365"
    """Days of a year for interest: 360, 365, or actual (366 in leap years)."""
    cash_rounding: str = ""
    """To what cash is rounded, as a decimal of the book's currency ("0.10"); empty: not at all."""
    voucher_accounts: dict[str, Any] = field(default_factory=dict)
    """Role or money account -> {"code", "name", "auxiliary"} of the accountant's own chart, for vouchers."""
    measures: dict[str, Any] = field(default_factory=dict)
    """What was chosen for the measures of customers (`models/measure_rules.Settings`) instead of the program's own."""
    print_offsets: dict[str, Any] = field(default_factory=dict)
    """Paper -> [right, down] in tenths of a millimetre, by which a printer's feed is made up for."""

    @property
    def lock_date(self) -> date | None:
        """The last day of the locked period, or None."""
        return date.fromisoformat(self.locked_until) if self.locked_until else None


NAMES = frozenset(entry.name for entry in fields(BookSettings))


def load(connection: Connection) -> BookSettings:
    """Reads the settings; unknown rows (of a later version) are left alone."""
    rows = connection.execute(select(setting.c.name, setting.c.value)).all()
    values = {name: json.loads(value) for name, value in rows if name in NAMES}
    if "prefixes" in values:
        values["prefixes"] = _DEFAULT_PREFIXES | values["prefixes"]
    return BookSettings(**values)
