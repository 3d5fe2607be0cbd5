"""What a file says beside what was asked for, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from crmdesk.models import money
from crmdesk.models.specs import fapiao as specs
from crmdesk.services.einvoice.reading import ReadInvoice
from crmdesk.services.fapiao_facts import RequestFacts
from crmdesk.text import N_, _

BUYER, TAX_NUMBER, KIND, NET, TAX, TOTAL = "buyer", "tax_number", "kind", "net", "tax", "total"
LABELS = {
    BUYER: N_("Invoice title"),
    TAX_NUMBER: N_("Tax number"),
    KIND: N_("Kind"),
    NET: N_("Amount without tax"),
    TAX: N_("Tax"),
    TOTAL: N_("Total"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that both say; "" where the file does not say it."""

    name: str
    read: str
    asked: str

    @property
    def is_same(self) -> bool:
        """Whether both agree, or the file is silent."""
        return not self.read or self.read == self.asked


def _kind(value: str) -> str:
    return next((_(choice.label) for choice in specs.KINDS if choice.value == value), "")


def compare(read: ReadInvoice, asked: RequestFacts) -> tuple[Compared, ...]:
    """Title, tax number, kind and amounts of both."""
    amounts = (
        (NET, read.net, asked.home_net_minor),
        (TAX, read.tax, asked.home_tax_minor),
        (TOTAL, read.total, asked.home_total_minor),
    )
    return (
        Compared(BUYER, read.buyer, asked.profile.get("title", "")),
        Compared(TAX_NUMBER, read.buyer_tax_number, asked.profile.get("tax_number", "")),
        Compared(KIND, _kind(read.kind), _kind(asked.kind)),
        *(
            Compared(
                name,
                f"{money.symbol(read.currency)}{money.grouped(money.to_minor(amount, read.currency), read.currency)}",
                f"{money.symbol(asked.home_currency)}{money.grouped(minor, asked.home_currency)}",
            )
            for name, amount, minor in amounts
        ),
    )


def is_issuable(compared: tuple[Compared, ...]) -> bool:
    """Whether `fapiao.issue` would take it: the total must agree, the rest is worth a look."""
    return next(one for one in compared if one.name == TOTAL).is_same
