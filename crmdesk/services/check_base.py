"""The identities of base currency: every entry balances, every share keeps to the cumulative rule (domain.md)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, case, func, or_, select

from crmdesk.models.tables.documents import open_item
from crmdesk.models.tables.exchange import base_entry
from crmdesk.models.tables.ledger import account, posting
from crmdesk.services import base_history, bill_worth, carrying, settings
from crmdesk.services.allocating import PREPAID_KINDS
from crmdesk.services.base_history import History, Valued
from crmdesk.services.dialect import among
from crmdesk.services.ledger import LATE
from crmdesk.services.templates import BILLS, CUSTOMER_CREDIT, DEPOSIT, RECEIVABLE
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]
_SIDES = (RECEIVABLE, CUSTOMER_CREDIT)
_IN_RECEIVABLES = ("invoice", "credit", "writeoff", "deposit_applied", "discount")
"""Documents that stand in receivables on their own day."""


def entries_balance(connection: Connection) -> Found:
    """iC1: an entry balances in base; its legs all have a value or none has; the book's own currency is its base."""
    own = settings.load(connection).currency
    total = func.sum(posting.c.base_minor)
    unrated = func.sum(case((posting.c.base_minor.is_(None), 1), else_=0))
    wrong = case(
        ((posting.c.currency == own) & (posting.c.base_minor.is_distinct_from(posting.c.amount_minor)), 1)
    )
    query = (
        select(posting.c.source_id, total)
        .group_by(posting.c.source_id)
        .having(or_(total != 0, unrated.not_in((0, func.count())), func.count(wrong) > 0))
    )
    for source_id, difference in connection.execute(query):
        yield (
            "unbalanced_base",
            f"posting:{source_id}",
            _("Entry {id} does not balance in {currency}: {difference}.").format(
                id=source_id, currency=own, difference=difference
            ),
        )


def shares_are_cumulative(connection: Connection) -> Found:
    """iC2 to iC4: what each document and its allocations cleared, account by account, equals the cumulative rule."""
    history = base_history.read(connection)
    if not history.documents:
        return
    expected = _expected(history)
    kept = _kept(connection, history)
    for key in sorted(expected.keys() | kept.keys()):
        want, got = expected.get(key, 0), kept.get(key, 0)
        if want != got:
            document_id, role = key
            yield (
                "base_share",
                f"document:{document_id}",
                _(
                    "The ledger values document {id} at {got} ({role}); by its rate and allocations it is {want}."
                ).format(id=document_id, got=got, role=role, want=want),
            )


def _expected(history: History) -> dict[tuple[int, str], int]:
    """(document, side) -> base in the ledger, where an allocation belongs to its credit."""
    sums: dict[tuple[int, str], int] = {}

    def add(document_id: int, role: str, base: int | None) -> None:
        if base:
            sums[document_id, role] = sums.get((document_id, role), 0) + base

    for one in history.documents.values():
        if one.id in history.reversals or one.base_minor is None:
            continue
        if one.kind in _IN_RECEIVABLES or (one.kind == "opening" and one.effect_minor > 0):
            add(one.id, RECEIVABLE, one.base_minor if one.effect_minor > 0 else -one.base_minor)
        elif one.kind in PREPAID_KINDS:
            add(one.id, CUSTOMER_CREDIT, -one.base_minor)
        elif one.kind == "deposit":
            add(one.id, DEPOSIT, -one.base_minor)
    for event in history.events:
        side = CUSTOMER_CREDIT if event.credit.kind in PREPAID_KINDS else RECEIVABLE
        if event.credit.kind == "deposit":
            side = DEPOSIT
        if event.debit is None:
            add(event.credit.id, side, event.credit_share)
        else:
            add(event.credit.id, side, event.credit_share)
            add(event.credit.id, RECEIVABLE, -(event.debit_share or 0))
    return {key: base for key, base in sums.items() if base}


def _kept(connection: Connection, history: History) -> dict[tuple[int, str], int]:
    owners = {document_id: document_id for document_id in history.documents}
    for origin_id, (reversal_id, _on) in history.reversals.items():
        owners[reversal_id] = owners[-reversal_id] = origin_id
    for event in history.events:
        if event.debit is not None:
            owners[event.id] = event.credit.id
    taking: dict[int, Valued] = {}
    for one in history.documents.values():
        if one.kind in carrying.TAKING_KINDS:
            reversal_id, _on = history.reversals.get(one.id, (0, None))
            taking[one.id] = taking[reversal_id] = taking[-reversal_id] = one

    def owner_of(source_id: int, role: str, is_second: bool) -> int | None:
        """What is taken is told with the document it comes from, what another credit gets by it with that one."""
        one = taking.get(source_id)
        if one is None:
            return owners.get(source_id)
        if one.kind == "deposit_applied" and role == RECEIVABLE:
            return one.id
        if one.kind == "transfer_out" and is_second:  # both customers may be one since
            return history.passed_on.get(one.id)
        return one.origin_id

    completed = dict(
        connection.execute(
            select(base_entry.c.id, base_entry.c.source_id).where(base_entry.c.kind == LATE)
        ).all()
    )
    sums: dict[tuple[int, str], int] = {}
    own = settings.load(connection).currency
    is_second = posting.c.position == 2
    query = (
        select(posting.c.source_id, account.c.role, is_second, func.sum(posting.c.base_minor))
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .where(
            account.c.role.in_((*_SIDES, DEPOSIT)),
            posting.c.currency != own,
            posting.c.base_minor.is_not(None),
        )
        .group_by(posting.c.source_id, account.c.role, is_second)
    )
    for source_id, role, second, base in connection.execute(query):
        owner = owner_of(completed.get(source_id, source_id), role, bool(second))
        if owner is not None:
            sums[owner, role] = sums.get((owner, role), 0) + base
    return {key: base for key, base in sums.items() if base}


def settled_leaves_nothing(connection: Connection) -> Found:
    """iC5: where nothing is open in a currency, a customer's receivables and credit are worth nothing in base."""
    own = settings.load(connection).currency
    is_open = (
        select(open_item.c.document_id)
        .where(open_item.c.customer_id == posting.c.customer_id, open_item.c.currency == posting.c.currency)
        .exists()
    )
    total = func.sum(posting.c.base_minor)
    query = (
        select(posting.c.customer_id, posting.c.currency, account.c.role, total)
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .where(account.c.role.in_(_SIDES), posting.c.currency != own, ~is_open)
        .group_by(posting.c.customer_id, posting.c.currency, account.c.role)
        .having(total != 0)
    )
    for customer_id, currency, role, rest in connection.execute(query):
        yield (
            "base_rest",
            f"customer:{customer_id}",
            _("Customer {id} has nothing open in {currency}, but {rest} in {own} is left ({role}).").format(
                id=customer_id, currency=currency, rest=rest, own=own, role=role
            ),
        )


def bills_keep_their_value(connection: Connection) -> Found:
    """iC6: a foreign bill leaves (and comes back) at the value its payment gave it; what the money of that day was
    worth more or less is the exchange difference of that entry."""
    moves = {move.id: move for move in bill_worth.read(connection)}
    if not moves:
        return
    own = settings.load(connection).currency
    value = func.sum(case((account.c.role == BILLS, posting.c.base_minor), else_=0))
    difference = func.sum(case((posting.c.amount_minor == 0, posting.c.base_minor), else_=0))
    query = (
        select(posting.c.source_id, value, difference)
        .join_from(posting, account, account.c.id == posting.c.account_id)
        .where(among(posting.c.source_id, moves), posting.c.currency != own)
        .group_by(posting.c.source_id)
    )
    kept = {source_id: (bills, gain) for source_id, bills, gain in connection.execute(query)}
    for source_id, move in moves.items():
        want, got = (move.bill_minor, -move.gain_minor), kept.get(source_id, (0, 0))
        if want != got:
            yield (
                "bill_value",
                f"document:{source_id}",
                _(
                    "Entry {id} moves a bill at {got} (difference {odd}); by its rates it is {want} ({other})."
                ).format(id=source_id, got=got[0], odd=got[1], want=want[0], other=want[1]),
            )
