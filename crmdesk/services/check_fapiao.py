"""What must hold of tax invoices: red ≤ the original, covered ≤ the bill, whole chains, legal states, sums of lines.

In both currencies, where the bills are foreign: see `check_fapiao_home`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, case, func, or_, select

from crmdesk.models.specs import fapiao as specs
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.fapiao import (
    fapiao,
    fapiao_credit,
    fapiao_part,
    fapiao_request,
    fapiao_request_state,
    fapiao_void,
    red_confirmation,
    red_confirmation_state,
)
from crmdesk.services import check_fapiao_home
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]
_ORIGIN, _PRIOR = fapiao.alias("origin"), fapiao.alias("prior")
_IS_LIVE = fapiao_void.c.fapiao_id.is_(None)


def fapiao_hold(connection: Connection) -> Found:
    """Every rule of the module, one after the other."""
    yield from _sums(connection)
    yield from check_fapiao_home.home_holds(connection)
    yield from _bills(connection)
    yield from _reds(connection)
    yield from _chains(connection)
    yield from _requests(connection)
    yield from _confirmations(connection)
    yield from _credits(connection)


def _sums(connection: Connection) -> Found:
    for owner, part, key in check_fapiao_home.OWNERS:
        query = check_fapiao_home.unequal(
            owner, key, "", part.c.net_minor, part.c.tax_minor, part.c.amount_minor
        )
        for record_id, number in connection.execute(query):
            yield (
                "lines",
                f"{owner.name}:{record_id}",
                _("The lines of {number} do not add up to its total.").format(number=number),
            )


def _bills(connection: Connection) -> Found:
    covered = func.sum(fapiao_part.c.amount_minor)
    query = (
        select(document.c.id, document.c.number)
        .join_from(fapiao_part, fapiao, fapiao.c.id == fapiao_part.c.fapiao_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .join(document, document.c.id == fapiao_part.c.document_id)
        .where(_IS_LIVE, fapiao.c.kind != specs.RECEIPT)
        .group_by(document.c.id, document.c.number, document.c.total_minor)
        .having(or_(covered > document.c.total_minor, covered < 0))
    )
    for record_id, number in connection.execute(query):
        yield (
            "over_invoiced",
            f"document:{record_id}",
            _("Tax invoices cover more of {number} than its total, or less than nothing.").format(
                number=number
            ),
        )
    strangers = (
        select(fapiao.c.id, fapiao.c.number)
        .join_from(fapiao_part, fapiao, fapiao.c.id == fapiao_part.c.fapiao_id)
        .join(document, document.c.id == fapiao_part.c.document_id)
        .where(or_(document.c.customer_id != fapiao.c.customer_id, document.c.currency != fapiao.c.currency))
        .distinct()
    )
    for record_id, number in connection.execute(strangers):
        yield (
            "fapiao",
            f"fapiao:{record_id}",
            _("The tax invoice {number} covers a bill of another customer or currency.").format(
                number=number
            ),
        )


def _reds(connection: Connection) -> Found:
    reversed_, home = func.sum(-fapiao.c.total_minor), func.sum(-fapiao.c.home_total_minor)
    query = (
        select(_ORIGIN.c.id, _ORIGIN.c.number)
        .join_from(fapiao, _ORIGIN, _ORIGIN.c.id == fapiao.c.origin_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .where(_IS_LIVE)
        .group_by(_ORIGIN.c.id, _ORIGIN.c.number, _ORIGIN.c.total_minor, _ORIGIN.c.home_total_minor)
        .having(
            or_(
                reversed_ > _ORIGIN.c.total_minor,
                home > _ORIGIN.c.home_total_minor,
                and_(reversed_ == _ORIGIN.c.total_minor, home != _ORIGIN.c.home_total_minor),
            )
        )
    )
    for record_id, number in connection.execute(query):
        yield (
            "over_reversed",
            f"fapiao:{record_id}",
            _("More of the tax invoice {number} is red than it says.").format(number=number),
        )


def _chains(connection: Connection) -> Found:
    """A red one has a blue origin of the same customer, a new one a red one before it; colours have their signs."""
    is_red = fapiao.c.color == specs.RED
    query = (
        select(fapiao.c.id, fapiao.c.number)
        .outerjoin(_ORIGIN, _ORIGIN.c.id == fapiao.c.origin_id)
        .outerjoin(_PRIOR, _PRIOR.c.id == fapiao.c.replaces_id)
        .where(
            or_(
                fapiao.c.color.not_in([specs.BLUE, specs.RED]),
                and_(is_red, or_(_ORIGIN.c.id.is_(None), _ORIGIN.c.color != specs.BLUE)),
                and_(is_red, fapiao.c.total_minor >= 0),
                and_(~is_red, fapiao.c.total_minor <= 0),
                and_(~is_red, fapiao.c.origin_id.isnot(None)),
                and_(is_red, fapiao.c.replaces_id.isnot(None)),
                and_(fapiao.c.replaces_id.isnot(None), _PRIOR.c.color != specs.RED),
                _ORIGIN.c.customer_id != fapiao.c.customer_id,
                _PRIOR.c.customer_id != fapiao.c.customer_id,
                _ORIGIN.c.dated_on > fapiao.c.dated_on,
                _PRIOR.c.dated_on > fapiao.c.dated_on,
            )
        )
    )
    for record_id, number in connection.execute(query):
        yield (
            "fapiao_chain",
            f"fapiao:{record_id}",
            _("The chain of the tax invoice {number} is broken.").format(number=number),
        )


def _requests(connection: Connection) -> Found:
    """Issued has a valid number behind it; whatever is not issued covers nothing."""
    state = fapiao_request_state
    live = (
        select(
            fapiao.c.request_id,
            func.sum(case((fapiao.c.color == specs.BLUE, 1), else_=0)).label("blue_count"),
            func.sum(fapiao.c.total_minor).label("amount"),
        )
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
        .where(_IS_LIVE, fapiao.c.request_id.isnot(None))
        .group_by(fapiao.c.request_id)
        .subquery()
    )
    query = (
        select(fapiao_request.c.id, fapiao_request.c.number)
        .outerjoin(state, state.c.request_id == fapiao_request.c.id)
        .outerjoin(live, live.c.request_id == fapiao_request.c.id)
        .where(
            or_(
                state.c.state.is_(None),
                state.c.state.not_in(list(specs.REQUEST_TRANSITIONS)),
                and_(state.c.state == specs.ISSUED, func.coalesce(live.c.blue_count, 0) < 1),
                and_(state.c.state != specs.ISSUED, func.coalesce(live.c.amount, 0) != 0),
            )
        )
    )
    for record_id, number in connection.execute(query):
        yield (
            "fapiao_state",
            f"fapiao_request:{record_id}",
            _("The state of {number} does not agree with its tax invoices.").format(number=number),
        )


def _confirmations(connection: Connection) -> Found:
    """Used exactly where a valid red tax invoice of the same original and amount stands behind it."""
    state = red_confirmation_state
    legal = [name for name in specs.CONFIRMATION_TRANSITIONS if name != specs.EXPIRED]
    query = (
        select(red_confirmation.c.id, red_confirmation.c.number)
        .outerjoin(state, state.c.confirmation_id == red_confirmation.c.id)
        .outerjoin(fapiao, fapiao.c.id == state.c.red_id)
        .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == state.c.red_id)
        .where(
            or_(
                state.c.state.is_(None),
                state.c.state.not_in(legal),
                (state.c.state == specs.USED) != state.c.red_id.isnot(None),
                and_(state.c.red_id.isnot(None), fapiao_void.c.fapiao_id.isnot(None)),
                fapiao.c.origin_id != red_confirmation.c.fapiao_id,
                fapiao.c.total_minor != -red_confirmation.c.total_minor,
            )
        )
    )
    for record_id, number in connection.execute(query):
        yield (
            "fapiao_state",
            f"red_confirmation:{record_id}",
            _("The state of {number} does not agree with its tax invoices.").format(number=number),
        )


def _credits(connection: Connection) -> Found:
    """The credit notes of a red tax invoice add up to it."""
    query = (
        select(fapiao.c.id, fapiao.c.number)
        .join_from(fapiao_credit, fapiao, fapiao.c.id == fapiao_credit.c.fapiao_id)
        .join(document, document.c.id == fapiao_credit.c.document_id)
        .group_by(fapiao.c.id, fapiao.c.number, fapiao.c.total_minor)
        .having(func.sum(document.c.total_minor) != -fapiao.c.total_minor)
    )
    for record_id, number in connection.execute(query):
        yield (
            "fapiao_credit",
            f"fapiao:{record_id}",
            _("The credit notes of the tax invoice {number} do not add up to it.").format(number=number),
        )
