"""What a bank line probably is: whose payment of which open items, with the reasons in words.

Lines are looked at in order, and each takes its part of what is open, so that two lines are never given one invoice.
Sure is only what one strong sign of the customer and an exact sum say together; everything else is a proposal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection

from crmdesk.models import discount_terms, money, text_keys
from crmdesk.models.tables.base import day_number
from crmdesk.services import matching as sums
from crmdesk.services.banking import aliases
from crmdesk.services.banking.accounts import plain_account
from crmdesk.services.banking.knowledge import Knowledge, Movement, OpenDebit, gather
from crmdesk.services.banking.lines import BankLine
from crmdesk.text import _

LINK_DAYS = 5
SURE_FROM = 90
FEE_PERCENT_MAX = 2
HITS_NAMED_MAX = 5
_NEAR = 10
_SUBSET_BUDGET = 8_000_000
"""Steps that all subset searches of one call may take, each a tenth of a microsecond."""
_DIGITS = re.compile(r"(?<!\d)\d{7,20}(?!\d)")
_TAX_NUMBER = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{15,20}(?![0-9A-Z])")


@dataclass(frozen=True, slots=True)
class Part:
    """What would be settled of an open item."""

    document_id: int
    number: str
    amount_minor: int
    """What is settled, with the discount."""
    discount_minor: int = 0
    """The settlement discount by the invoice's terms in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer the line may be of, and why."""

    customer_id: int
    code: str
    name: str
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do with a line. `kind`: payment, link, refund, fee, or none when nobody can tell."""

    line_id: int
    kind: str = "none"
    customer_id: int | None = None
    customer: str = ""
    name: str = ""
    parts: tuple[Part, ...] = ()
    fee_minor: int = 0
    target: str = ""
    """The number to link to, or the payment or credit note to refund from."""
    target_kind: str = ""
    confidence: int = 0
    """0 to 100; from SURE_FROM on it is sure."""
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """Named when several customers are as likely; then none is suggested."""

    @property
    def is_sure(self) -> bool:
        """Whether it may be booked without another look."""
        return self.kind != "none" and self.confidence >= SURE_FROM


@dataclass(slots=True)
class _Found:
    points: int = 0
    reasons: list[str] = field(default_factory=list)


def suggest(connection: Connection, lines: Sequence[BankLine]) -> dict[int, Suggestion]:
    """A suggestion for each line, by its id. The number of queries does not depend on the number of lines."""
    moving = [line for line in lines if line.amount_minor != 0]
    if not moving:
        return {line.id: Suggestion(line.id) for line in lines}
    span = timedelta(days=LINK_DAYS)
    known = gather(
        connection,
        from_on=day_number(min(line.booked_on for line in moving) - span),
        to_on=day_number(max(line.booked_on for line in moving) + span),
    )
    matcher = Matcher(known)
    found = {line.id: Suggestion(line.id) for line in lines}
    for line in sorted(moving, key=lambda one: (one.booked_on, one.id)):
        found[line.id] = matcher.of(line)
    return found


class Matcher:
    """Suggests line by line; what one line takes is gone for the next."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._budget = _SUBSET_BUDGET
        self._linked: set[int] = set()

    def of(self, line: BankLine) -> Suggestion:
        """The suggestion for one line."""
        people = self._people(line)
        linked = self._link(line, people)
        if linked is not None:
            return linked
        if line.amount_minor < 0:
            return self._outgoing(line, people)
        best = self._best(people)
        if best is None:
            if line.hint in ("interest", "fee") and not people:
                return self._entry(line, 85)
            return Suggestion(line.id, candidates=self._listed(people), reasons=_why_none(people))
        return self._payment(line, best, people[best])

    # Whose it is

    def _people(self, line: BankLine) -> dict[int, _Found]:
        """Every customer that something of the line points to."""
        known = self._known
        found: dict[int, _Found] = {}

        def note(ids: Iterable[int], points: int, reason: str) -> None:
            for record_id in ids:
                if record_id in known.customers:
                    one = found.setdefault(record_id, _Found())
                    # a second sign of its own makes the first one surer
                    one.points = max(one.points, points) + (3 if one.reasons else 0)
                    one.reasons.append(reason)

        for kind, key, _shown in aliases.keys_of(line.payer, line.payer_account):
            ids = known.aliases.get((kind, key), ())
            text = _("The payer was confirmed for this customer before.")
            note(ids, (100 if kind == aliases.ACCOUNT else 95) if len(ids) == 1 else 60, text)
        account = plain_account(line.payer_account)
        note(
            known.by_account.get(account, ()) if account else (), 95, _("The account is in the billing data.")
        )
        payer_key = text_keys.name_key(line.payer) if line.payer else ""
        same = known.by_name.get(payer_key, ())
        note(same, 92, _("The payer has the customer's name."))
        texts = (line.payer, line.text)
        keys = [text_keys.letters_of(text_keys.folded(text)) for text in texts if text]
        within = {name for key in keys for name in known.names_in(key)} - {payer_key}
        for name in sorted(within):
            note(known.by_name[name], 75, _("The customer's name stands in the payer or the text."))
        whole = f"{line.payer} {line.text} {line.payer_account}"
        for token in dict.fromkeys(_TAX_NUMBER.findall(whole.upper())):
            note(known.by_tax_number.get(token, ()), 95, _("The text names the tax number."))
        for token in dict.fromkeys(_DIGITS.findall(whole)):
            note(known.by_phone.get(text_keys.phone_key(token), ()), 85, _("The text names the phone."))
        if line.amount_minor > 0:
            named = [one for one in known.debits_named(line.text) if one.currency == line.currency]
            owners = dict.fromkeys(one.customer_id for one in named)
            for owner in owners:
                numbers = ", ".join(one.number for one in named if one.customer_id == owner)
                note([owner], 90, _("The text names {numbers}.").format(numbers=numbers))
            if not found:
                equal = known.by_amount.get((line.currency, line.amount_minor), ())
                owners = dict.fromkeys(
                    one.customer_id for one in equal if one.open_minor == line.amount_minor
                )
                note(owners, 40, _("Exactly this amount is open."))
        return found

    @staticmethod
    def _best(people: dict[int, _Found]) -> int | None:
        """The one customer that stands out, or none."""
        ranked = sorted(people, key=lambda one: -people[one].points)
        if not ranked or (len(ranked) > 1 and people[ranked[0]].points - people[ranked[1]].points < _NEAR):
            return None
        return ranked[0]

    def _listed(self, people: dict[int, _Found]) -> tuple[Candidate, ...]:
        ranked = sorted(people, key=lambda one: (-people[one].points, one))[:HITS_NAMED_MAX]
        return tuple(
            Candidate(
                one,
                self._known.customers[one].code,
                self._known.customers[one].name,
                min(people[one].points, 100),
                " ".join(people[one].reasons),
            )
            for one in ranked
        )

    # What was in the book already

    def _link(self, line: BankLine, people: dict[int, _Found]) -> Suggestion | None:
        key = (line.money_account_id, line.currency, line.amount_minor)
        near = [
            one
            for one in self._known.movements.get(key, ())
            if one.document_id not in self._linked
            and _days(one.dated_on, line.booked_on) <= LINK_DAYS
            and not self._speaks_against(line, one, people)
        ]
        if not near:
            return None
        told = [one for one in near if self._agrees(line, one, people)]
        chosen = told[0] if len(told) == 1 else near[0] if len(near) == 1 else None
        if chosen is None:
            numbers = ", ".join(one.number for one in near[:HITS_NAMED_MAX])
            text = _("It may be one of these, entered already: {numbers}.").format(numbers=numbers)
            return Suggestion(line.id, reasons=(text,), candidates=self._listed(people))
        self._linked.add(chosen.document_id)
        owner = self._known.customers.get(chosen.customer_id)
        text = _("{number} over the same amount was entered within {days} days.")
        return Suggestion(
            line.id,
            "link",
            chosen.customer_id,
            owner.code if owner else "",
            owner.name if owner else "",
            target=chosen.number,
            target_kind=chosen.kind,
            confidence=95 if told else 80,
            reasons=(text.format(number=chosen.number, days=LINK_DAYS),),
        )

    @staticmethod
    def _agrees(line: BankLine, one: Movement, people: dict[int, _Found]) -> bool:
        """Whether more than amount and day says that the line is this movement."""
        if line.reference and one.reference == line.reference[: len(one.reference) or 1]:
            return True
        if one.payer and line.payer and text_keys.name_key(one.payer) == text_keys.name_key(line.payer):
            return True
        return one.customer_id in people and people[one.customer_id].points >= SURE_FROM - 5

    def _speaks_against(self, line: BankLine, one: Movement, people: dict[int, _Found]) -> bool:
        """Whether the line is surely of somebody else: the same amount within days is chance then."""
        is_told = any(found.points >= SURE_FROM for found in people.values())
        return is_told and one.customer_id not in people and not self._agrees(line, one, people)

    # Money out

    def _outgoing(self, line: BankLine, people: dict[int, _Found]) -> Suggestion:
        if line.hint == "fee":
            return self._entry(line, 92)
        best = self._best(people)
        if best is not None:
            equal = [
                one
                for one in self._known.credits.get((best, line.currency), ())
                if one.open_minor == -line.amount_minor and one.dated_on <= day_number(line.booked_on)
            ]
            if len(equal) == 1:
                owner = self._known.customers[best]
                equal[0].open_minor = 0
                text = _("Exactly this amount of {number} is free.").format(number=equal[0].number)
                return Suggestion(
                    line.id,
                    "refund",
                    best,
                    owner.code,
                    owner.name,
                    target=equal[0].number,
                    confidence=min(80, people[best].points),
                    reasons=(*people[best].reasons, text),
                )
        return Suggestion(line.id, candidates=self._listed(people))

    @staticmethod
    def _entry(line: BankLine, confidence: int) -> Suggestion:
        text = _("The bank calls it a fee.") if line.hint == "fee" else _("The bank calls it interest.")
        return Suggestion(line.id, "fee", confidence=confidence, reasons=(text,))

    # What a payment settles

    def _payment(self, line: BankLine, customer_id: int, found: _Found) -> Suggestion:
        on = day_number(line.booked_on)
        own = self._known.debits.get((customer_id, line.currency), [])
        items = [one for one in own if one.open_minor > 0 and one.dated_on <= on]
        parts, fee_minor, ceiling, reason = self._settled(line, items)
        owner = self._known.customers[customer_id]
        by_id = {one.document_id: one for one in items}
        for part in parts:
            by_id[part.document_id].open_minor -= part.amount_minor
        if any(by_id[part.document_id].last_event_on > on for part in parts):
            ceiling = min(ceiling, SURE_FROM - 1)  # a later event may have taken what is open now
        return Suggestion(
            line.id,
            "payment",
            customer_id,
            owner.code,
            owner.name,
            parts,
            fee_minor,
            confidence=min(found.points, ceiling),
            reasons=(*found.reasons, reason),
        )

    def _settled(self, line: BankLine, items: list[OpenDebit]) -> tuple[tuple[Part, ...], int, int, str]:
        """(parts, fee, the most that may be said for it, reason)"""
        amount = line.amount_minor
        if (less := self._with_discount(line, items)) is not None:
            return less
        own = {one.document_id for one in items}
        named = [one for one in self._known.debits_named(line.text) if one.document_id in own]
        total = sum(one.open_minor for one in named)
        if named and total == amount:
            numbers = ", ".join(one.number for one in named)
            return _whole(named), 0, 100, _("{numbers} add up to the amount.").format(numbers=numbers)
        if named:
            fee = total - amount
            if fee > 0 and fee * 100 <= total * FEE_PERCENT_MAX:
                return _whole(named), fee, 85, _fee_text(fee, line.currency)
            text = _("The numbers in the text do not add up to the amount.")
            return _oldest(named, amount), 0, 75, text
        equal = [one for one in items if one.open_minor == amount]
        if len(equal) == 1:
            return (
                _whole(equal),
                0,
                100,
                _("{number} is open with exactly this amount.").format(number=equal[0].number),
            )
        if equal:
            return (), 0, 70, _several([[one.number] for one in equal])
        sets = self._subsets(items, amount)
        if len(sets) == 1:
            numbers = ", ".join(one.number for one in sets[0])
            return _whole(sets[0]), 0, 96, _("Only {numbers} add up to the amount.").format(numbers=numbers)
        if sets:
            return (), 0, 70, _several([[one.number for one in each] for each in sets])
        short = [
            one
            for one in items
            if one.open_minor - amount > 0
            and (one.open_minor - amount) * 100 <= one.open_minor * FEE_PERCENT_MAX
        ]
        if len(short) == 1:
            fee = short[0].open_minor - amount
            return _whole(short), fee, 80, _fee_text(fee, line.currency)
        if items:
            return _oldest(items, amount), 0, 70, _("Nothing fits exactly; the oldest are settled first.")
        return (), 0, 60, _("Nothing is open; it becomes customer credit.")

    def _with_discount(
        self, line: BankLine, items: list[OpenDebit]
    ) -> tuple[tuple[Part, ...], int, int, str] | None:
        """The invoices that are open with exactly the amount once the discount they offer that day is kept: those
        named in the text, else the only one. None where nothing fits so, or something fits without a discount."""
        amount = line.amount_minor
        parts = {one.document_id: _less(one, line.booked_on) for one in items}
        if not any(part.discount_minor for part in parts.values()):
            return None
        named = [one for one in self._known.debits_named(line.text) if one.document_id in parts]
        fitting = named or [one for one in items if _paid(parts[one.document_id]) == amount]
        chosen = [parts[one.document_id] for one in fitting]
        is_exact = bool(chosen) and sum(map(_paid, chosen)) == amount
        if not is_exact or not any(part.discount_minor for part in chosen):
            return None
        if not named and any(one.open_minor == amount for one in items):
            return (
                (),
                0,
                70,
                _several([[one.number] for one in items if one.open_minor == amount or one in fitting]),
            )
        numbers = ", ".join(part.number for part in chosen)
        less = money.plain(sum(part.discount_minor for part in chosen), line.currency)
        text = _("With the settlement discount of {amount} that {numbers} offers it fits exactly.")
        return tuple(chosen), 0, 98, text.format(amount=less, numbers=numbers)

    def _subsets(self, items: list[OpenDebit], amount: int) -> list[list[OpenDebit]]:
        """The sets of two to five of the oldest items that add up to the amount, at most HITS_NAMED_MAX."""
        oldest = items[: sums.OLDEST_COUNT_MAX]
        if sum(one.open_minor for one in oldest) < amount:
            return []
        fitting = [one for one in oldest if one.open_minor < amount]
        steps = len(fitting) ** 3 // 6 + 1
        if len(fitting) < 2 or steps > self._budget:
            return []
        self._budget -= steps
        hits = sums.subsets([one.open_minor for one in fitting], amount, hits_max=HITS_NAMED_MAX)
        return [[fitting[index] for index in hit] for hit in hits]


def _less(one: OpenDebit, on: date) -> Part:
    """All of an open item with the discount that it offers on a day."""
    offer = None
    if one.terms is not None:
        day = date(one.dated_on // 10_000, one.dated_on // 100 % 100, one.dated_on % 100)
        offer = discount_terms.offered(one.terms, day, on)
    less = discount_terms.taken_minor(offer.rate, one.open_minor, one.open_minor) if offer else 0
    return Part(one.document_id, one.number, one.open_minor, less)


def _paid(part: Part) -> int:
    return part.amount_minor - part.discount_minor


def _whole(items: Sequence[OpenDebit]) -> tuple[Part, ...]:
    return tuple(Part(one.document_id, one.number, one.open_minor) for one in items)


def _oldest(items: Sequence[OpenDebit], amount: int) -> tuple[Part, ...]:
    parts: list[Part] = []
    for one in items:
        part = min(one.open_minor, amount)
        if part > 0:
            parts.append(Part(one.document_id, one.number, part))
        amount -= part
    return tuple(parts)


def _several(hits: list[list[str]]) -> str:
    shown = "; ".join(" + ".join(numbers) for numbers in hits[:HITS_NAMED_MAX])
    return _("Several fit the amount: {hits}. Choose by hand.").format(hits=shown)


def _fee_text(fee_minor: int, currency: str) -> str:
    return _("With a fee of {fee} that the bank kept it fits exactly.").format(
        fee=money.plain(fee_minor, currency)
    )


def _why_none(people: dict[int, _Found]) -> tuple[str, ...]:
    return (_("Several customers are as likely."),) if len(people) > 1 else ()


def _days(number: int, other: date) -> int:
    return abs((date(number // 10_000, number // 100 % 100, number % 100) - other).days)
