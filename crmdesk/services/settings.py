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
}


@dataclass(frozen=True, slots=True)
class BookSettings:
    """What the owner of the book has decided. Names are the rows of the `setting` table."""

    name: str = ""
    country: str = "CN"
    currency: str = "CNY"
    language: str = "zh_CN"
    rounding: str = "line"
    taxpayer: str = "general"
    """general (一般纳税人) or small (小规模纳税人); chooses the default tax rate."""
    terms_days: int = 0
    """Days to pay where the customer has no terms of his own; 0 = due on the invoice date."""
    locked_until: str = ""
    """ISO date of the last locked day, or empty."""
    address: str = ""
    phone: str = ""
    email: str = ""
    tax_number: str = ""
    bank: str = ""
    bank_account: str = ""
    document_footer: str = ""
    paper: str = "A4"
    writeoff_attachment_minor: int = 0
    prefixes: dict[str, str] = field(default_factory=lambda: dict(_DEFAULT_PREFIXES))
    import_mappings: dict[str, Any] = field(default_factory=dict)
    backup_folder: str = ""
    cash_rounding: str = ""
    """To what cash is rounded, as a decimal of the book's currency ("0.10"); empty: not at all."""
    voucher_accounts: dict[str, Any] = field(default_factory=dict)
    """Role or money account -> {"code", "name", "auxiliary"} of the accountant's own chart, for vouchers."""
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
