"""What documents of a foreign currency are worth in the book's: base value, and the share that each event clears.

Cumulative clearing (domain.md, "Ledger"): the base value of a document is B = round(total × rate); after settling s
of its total T in the order of posting its cleared base is round(B × s / T), and an event clears the difference. So
the last part leaves no residue, and what is released in full is back at zero. `s` is the total less the kept open
amount, so no history is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import InvalidInput
from crmdesk.models.tables.exchange import late_rate
from crmdesk.services import ledger, posted, rates, templates
from crmdesk.services.dialect import among
from crmdesk.services.ledger import Leg
from crmdesk.services.open_items import Item
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit

TAKING_KINDS = ("refund", "transfer_out", "deposit_return", "deposit_kept", "deposit_applied")
"""What takes from the payment, credit or deposit it points to, without an allocation."""
FOLLOWING_KINDS = (*TAKING_KINDS, "writeoff", "transfer", "discount")
"""Without a rate of their own these are worth what they clear of their original."""


def to_base(minor: int, currency: str, rate: str, own: str, field: str = "rate") -> int:
    """Minor units of a currency as minor units of the book's, rounded half up once."""
    shift = money.digits(own) - money.digits(currency)
    exact = money.EXACT.scaleb(money.EXACT.multiply(Decimal(minor), Decimal(rate)), shift)
    return money.check_limit(money.round_half_up(exact), field)


def worth(minor: int, currency: str, rate: str, own: str) -> int | None:
    """As `to_base`, for what a window shows while a rate is typed: None for more than an amount can be."""
    try:
        return to_base(minor, currency, rate, own)
    except InvalidInput:
        return None


def part(base_minor: int, settled_minor: int, total_minor: int) -> int:
    """The base cleared once so much of a total is settled."""
    return money.divide_round(base_minor * settled_minor, total_minor) if total_minor else 0


def ratio(base_minor: int, minor: int, currency: str, own: str) -> str:
    """The shortest rate of at least ten decimals by which an amount is worth exactly so much."""
    shift = money.digits(currency) - money.digits(own)
    exact = money.EXACT.scaleb(money.EXACT.divide(Decimal(base_minor), Decimal(minor)), shift)
    for decimals in range(money.RATE_DECIMALS_MAX, 40):
        rate = rates.text_of(exact.quantize(Decimal(1).scaleb(-decimals), context=money.EXACT))
        if Decimal(rate) > 0 and to_base(minor, currency, rate, own) == base_minor:
            return rate
    raise AssertionError(f"no rate makes {minor} {currency} worth {base_minor} {own}")


def rate_of(unit: Unit, document: Posted) -> str | None:
    """The rate of a document, also one given late. None: the book's currency, or nobody gave one."""
    if document.rate is not None or document.currency == unit.settings.currency:
        return document.rate
    key = (late_rate, document.id)
    if key not in unit.cache:
        unit.cache[key] = unit.execute(
            select(late_rate.c.rate).where(late_rate.c.document_id == document.id)
        ).scalar()
    return unit.cache[key]


def keep_base(unit: Unit, document: Posted, base_minor: int | None) -> None:
    """Keeps the base value of a document written in this unit."""
    unit.cache["base", document.id] = base_minor


def base_of(unit: Unit, document: Posted) -> int | None:
    """The base value of a foreign document, or None where nobody gave a rate."""
    key = ("base", document.id)
    if key not in unit.cache:
        rate = rate_of(unit, document)
        if rate is not None:
            value: int | None = to_base(document.total_minor, document.currency, rate, unit.settings.currency)
        elif document.kind in FOLLOWING_KINDS:
            # what another customer gets has no entry of its own, it stands in the payer's
            source_id = document.origin_id if document.kind == "transfer" else document.id
            legs = ledger.legs_of(unit, source_id or 0)
            bases = [leg.base_minor for leg in legs if leg.amount_minor > 0]
            value = None if None in bases else sum(base or 0 for base in bases)
        else:
            value = None
        unit.cache[key] = value
    return unit.cache[key]


def share(unit: Unit, document: Posted, item: Item, amount_minor: int) -> int | None:
    """What settling an amount (negative: releasing it) clears of a document's base value, before it is settled."""
    return share_after(unit, document, document.total_minor - item.open_minor, amount_minor)


def share_after(unit: Unit, document: Posted, settled_minor: int, amount_minor: int) -> int | None:
    """What an amount clears of a document of which so much is settled; None where nobody gave a rate."""
    base = base_of(unit, document)
    if base is None:
        return None
    total = document.total_minor
    return part(base, settled_minor + amount_minor, total) - part(base, settled_minor, total)


def post_odd_cent(
    unit: Unit,
    reversal_id: int,
    source: Posted,
    back_minor: int | None,
    legs: Sequence[Leg],
    on: date,
    account_id: int,
) -> None:
    """Completes the reversal of what had taken from a payment, credit or deposit (`legs`: that entry).

    What it cleared and what its reversal gives back (`back_minor`, negative) may differ by the odd cent of what came
    between; the source keeps to its cumulative rule, and the cent is an exchange difference.
    """
    if back_minor is None:
        return
    odd = back_minor + sum(leg.base_minor or 0 for leg in legs if leg.account_id == account_id)
    if odd:
        ledger.post(
            unit,
            -reversal_id,
            dated_on=on,
            customer_id=source.customer_id,
            currency=source.currency,
            legs=(Leg(account_id, 0, base_minor=odd), *difference(unit, odd)),
        )


def money_worth(
    unit: Unit, amount_minor: int, currency: str, on: date, given: Decimal | None, carried_minor: int
) -> tuple[str | None, int]:
    """(rate, value) of foreign money that comes or goes: at the rate given, else the table's, else what it clears."""
    rate = rates.text_of(given) if given is not None else rates.known(unit).on(currency, on)
    own = unit.settings.currency
    return rate, to_base(amount_minor, currency, rate, own) if rate else carried_minor


def is_rated(unit: Unit, document: Posted) -> bool:
    """Whether a document has a value in the book's currency."""
    return document.currency == unit.settings.currency or base_of(unit, document) is not None


def rated_among(unit: Unit, items: Sequence[Item]) -> set[int]:
    """The ids of the documents of open foreign items that have a value in the book's currency."""
    missing = [item.document_id for item in items if ("document", item.document_id) not in unit.cache]
    if missing:
        posted.load(unit, missing)
    documents = [posted.by_id(unit, item.document_id) for item in items]
    unknown = [one.id for one in documents if one.rate is None and (late_rate, one.id) not in unit.cache]
    if unknown:
        late = dict(
            unit.execute(
                select(late_rate.c.document_id, late_rate.c.rate).where(
                    among(late_rate.c.document_id, unknown)
                )
            ).all()
        )
        for document_id in unknown:
            unit.cache[late_rate, document_id] = late.get(document_id)
    return {one.id for one in documents if rate_of(unit, one) is not None}


def require_alike(unit: Unit, credit: Posted, debit: Posted, field: str) -> None:
    """Refuses to allocate what has a rate with what has none."""
    if credit.currency == unit.settings.currency:
        return
    if is_rated(unit, credit) != is_rated(unit, debit):
        unrated, rated = (debit, credit) if is_rated(unit, credit) else (credit, debit)
        raise rates.mixed(unrated.number, rated.number, field)


def difference(unit: Unit, gain_minor: int | None, *, is_back: bool = False) -> list[Leg]:
    """The leg of an exchange difference: a gain is other income, a loss is finance cost; base only.

    `is_back`: it takes an earlier difference back, on the account where that one stands.
    """
    if not gain_minor:
        return []
    is_income = (gain_minor > 0) != is_back
    role = templates.OTHER_INCOME if is_income else templates.FINANCE_COST
    return [Leg(ledger.account_id(unit, role), 0, base_minor=-gain_minor)]


def negative(value: int | None) -> int | None:
    """−value, and nothing for nothing."""
    return None if value is None else -value


def valued(base_minor: int | None, amounts: Sequence[int]) -> list[int | None]:
    """The base values of the parts of an amount; they add up to its base value."""
    return [None] * len(amounts) if base_minor is None else [*money.spread(base_minor, amounts)]
