"""How far a bill is on tax invoices, as a column: each row asks two indexes, whatever the size of the book."""

from __future__ import annotations

from sqlalchemy import case, func, literal, select

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import fapiao as specs
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.fapiao import fapiao, fapiao_part, fapiao_void
from crmdesk.services.lists.columns import Column
from crmdesk.services.lists.document_kinds import REVERSAL
from crmdesk.text import N_

STATES = (
    Choice("none", N_("Not invoiced"), "neutral"),
    Choice("part", N_("Part invoiced"), "warn"),
    Choice("full", N_("Tax invoiced"), "good"),
)

_NOTE, _BACK = document.alias("credit_note"), document.alias("credit_note_back")
_ISSUED = (
    select(func.coalesce(func.sum(fapiao_part.c.amount_minor), 0))
    .join_from(fapiao_part, fapiao, fapiao.c.id == fapiao_part.c.fapiao_id)
    .outerjoin(fapiao_void, fapiao_void.c.fapiao_id == fapiao.c.id)
    .where(fapiao_part.c.document_id == document.c.id, fapiao.c.kind != specs.RECEIPT)
    .where(fapiao_void.c.fapiao_id.is_(None))
    .correlate(document)
    .scalar_subquery()
)
_CREDITED = (
    select(func.coalesce(func.sum(_NOTE.c.total_minor), 0))
    .outerjoin(_BACK, (_BACK.c.origin_id == _NOTE.c.id) & (_BACK.c.kind == "credit" + REVERSAL))
    .where(_NOTE.c.origin_id == document.c.id, _NOTE.c.kind == "credit", _BACK.c.id.is_(None))
    .correlate(document)
    .scalar_subquery()
)
_VOIDED = (
    select(literal(1))
    .where(_NOTE.c.origin_id == document.c.id, _NOTE.c.kind == document.c.kind + REVERSAL)
    .correlate(document)
    .exists()
)
INVOICED = Column(
    Field("fapiao", Kind.STATE, N_("Tax invoice"), choices=STATES, width=10),
    case(
        (document.c.kind != "invoice", literal("")),
        (_VOIDED, literal("")),
        (document.c.total_minor - _CREDITED <= 0, literal("")),
        (_ISSUED <= 0, literal("none")),
        (document.c.total_minor - _CREDITED <= _ISSUED, literal("full")),
        else_=literal("part"),
    ),
    is_shown=False,
)
