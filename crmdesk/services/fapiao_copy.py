"""A request as the tax platform asks for it: fields to copy, the lines as one text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from crmdesk.models import capitals, money
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.totals import TAXED
from crmdesk.services.fapiao_facts import FactLine, RequestFacts
from crmdesk.text import N_, _

PROFILE_LABELS = (
    ("title", N_("Invoice title")),
    ("tax_number", N_("Tax number")),
    ("address", N_("Address")),
    ("phone", N_("Phone")),
    ("bank", N_("Bank")),
    ("bank_account", N_("Bank account")),
    ("recipient", N_("Recipient")),
    ("email", N_("E-mail")),
)


@dataclass(frozen=True, slots=True)
class CopyFields:
    """What is typed into the tax platform: ordered (label, value) pairs, and the lines as one tab-separated text."""

    fields: tuple[tuple[str, str], ...]
    text: str


def rate_text(tax_kind: str, tax_rate: str) -> str:
    """The rate as it is written on a tax invoice: 13%, 免税, 不征税."""
    if tax_kind == TAXED:
        return f"{(Decimal(tax_rate) * 100).normalize():f}%"
    return _("Exempt") if tax_kind == "exempt" else _("Out of scope")


def copy_fields(facts: RequestFacts) -> CopyFields:
    """A request as the tax platform asks for it; the labels in the language of the program."""
    kind = next(choice.label for choice in specs.KINDS if choice.value == facts.kind)
    pairs = [(_("Kind"), _(kind))]
    pairs += [(_(label), facts.profile.get(name, "")) for name, label in PROFILE_LABELS]
    pairs += [
        (_("Amount without tax"), money.plain(facts.home_net_minor, facts.home_currency)),
        (_("Tax"), money.plain(facts.home_tax_minor, facts.home_currency)),
        (_("Total"), money.plain(facts.home_total_minor, facts.home_currency)),
    ]
    if facts.home_currency == "CNY":
        pairs.append((_("Total in words"), capitals.capitals(facts.home_total_minor)))
    pairs.append((_("Note"), facts.remark))
    head = (_("Item"), _("Unit"), _("Quantity"), _("Unit price"), _("Amount"), _("Tax rate"), _("Tax"))
    rows = ["\t".join(head)]
    for line in facts.lines:
        rows.append("\t".join(_copied(line, facts.home_currency)))
    return CopyFields(tuple((label, value) for label, value in pairs if value), "\n".join(rows))


def price_of(line: FactLine, currency: str) -> Decimal:
    """The price without tax to eight decimals in the currency of the tax document, so that quantity × price is the
    line's amount."""
    quantity = Decimal(line.quantity)
    if not quantity:
        return Decimal(0)
    price = money.EXACT.divide(money.to_decimal(line.home_net_minor, currency), quantity)
    return price.quantize(Decimal("1e-8"), context=money.EXACT).normalize()


def _copied(line: FactLine, currency: str) -> tuple[str, ...]:
    """A line's cells as the platform wants them."""
    return (
        " ".join(line.description.split()),
        line.unit,
        f"{Decimal(line.quantity).normalize():f}",
        f"{price_of(line, currency):f}",
        money.plain(line.home_net_minor, currency),
        rate_text(line.tax_kind, line.tax_rate),
        money.plain(line.home_tax_minor, currency),
    )
