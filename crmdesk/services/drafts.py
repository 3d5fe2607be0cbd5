"""Drafts of invoices: kept as they were typed, without number and without effect."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import delete, select, update

from crmdesk.models import clock, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import optional, required
from crmdesk.models.specs.documents import INVOICE
from crmdesk.models.tables.documents import draft as draft_table
from crmdesk.services import custom_values, customers, document_lines, invoices
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

PREFIX = "D"


def _id_of(name: str) -> int:
    digits = name.removeprefix(PREFIX)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else 0


def _load(unit: Unit, name: str) -> Any:
    row = unit.first(select(draft_table).where(draft_table.c.id == _id_of(name)))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND, _("There is no draft {number}.").format(number=f"“{name}”"), field="draft"
        )
    return row


def state_of(content: str) -> str:
    """A short name for what a draft holds: whoever read another one has not seen the last change."""
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _require_seen(row: Any, seen: str | None) -> None:
    if seen and seen != state_of(row.content):
        raise Conflict(
            Code.CHANGED_BY,
            _("The draft {number} was changed in another window. Look at it, then save again.").format(
                number=f"{PREFIX}{row.id}"
            ),
            field="seen",
        )


def _plain(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, default=str)


def content(unit: Unit, values: dict[str, Any]) -> dict[str, Any]:
    """The row of a draft with these typed values of the INVOICE fields, checked as far as it goes."""
    customer = customers.find(unit, values["customer"]) if values["customer"] else None
    currency = values["currency"] or (customer.currency if customer else unit.settings.currency)
    on = values["date"] or clock.today()
    custom_values.check(unit, "invoice", values.get("fields"), currency=currency, is_asked=False)
    total_minor = 0
    if values["lines"]:
        level = customer.level if customer else ""
        lines = document_lines.read(unit, values["lines"], currency, on, level=level)
        discount = document_lines.read_discount(values["discount"], currency, "discount")
        total_minor = document_lines.total(unit, lines, currency, discount).total_minor
    return {
        "kind": "invoice",
        "customer_id": customer.id if customer else None,
        "content": _plain({name: value for name, value in values.items() if value is not None}),
        "total_minor": total_minor,
        "currency": currency,
        "dated_on": on,
        "updated_at": clock.stamp(clock.now_utc()),
    }


@use_case(
    "invoice.draft",
    fields=(invoices.DRAFT, invoices.SEEN, *optional(INVOICE), invoices.OWN),
    summary=N_("Keep an invoice as a draft, without number and effect; with `draft`, in place of that one."),
    errors=(*invoices.LINE_ERRORS, Code.CHANGED_BY),
)
def save(unit: Unit, *, draft: str | None, seen: str | None = None, **values: Any) -> dict[str, Any]:
    """Saves a draft; what it holds already has to make sense, but may be incomplete."""
    row_values = content(unit, values)
    if draft is not None:
        row = _load(unit, draft)
        _require_seen(row, seen)
        unit.execute(update(draft_table).where(draft_table.c.id == row.id).values(**row_values))
        draft_id = row.id
    else:
        draft_id = unit.next_id()
        unit.add(draft_table, id=draft_id, **row_values)
    unit.note("draft", draft_id, None, {"content": row_values["content"]})
    return {"draft": f"{PREFIX}{draft_id}", "seen": state_of(row_values["content"])}


@use_case(
    "draft.delete",
    fields=(required(invoices.DRAFT),),
    summary=N_("Throw a draft away."),
    errors=(Code.NOT_FOUND,),
)
def discard(unit: Unit, *, draft: str) -> dict[str, Any]:
    """Deletes a draft; its content stays in the audit trail."""
    row = _load(unit, draft)
    unit.execute(delete(draft_table).where(draft_table.c.id == row.id))
    unit.note("draft", row.id, {"content": row.content}, None)
    return {"draft": draft}


def read(content: str) -> dict[str, Any]:
    """The values of a stored draft, as JSON-like data."""
    return json.loads(content)


def issue(
    unit: Unit,
    name: str,
    values: dict[str, Any],
    seen: str | None = None,
    *,
    override: str | None = None,
) -> dict[str, Any]:
    """Issues a draft; it is gone afterwards. What is issued is what was seen, or nothing."""
    given = [field for field, value in values.items() if value is not None]
    if given:
        raise InvalidInput(
            Code.UNKNOWN_FIELD,
            _("A draft is issued as it is; change it first ({fields}).").format(fields=", ".join(given)),
            field=given[0],
        )
    row = _load(unit, name)
    _require_seen(row, seen)
    stored = validation.check((*optional(INVOICE), invoices.OWN), read(row.content))
    result = invoices.issue_values(unit, stored, override=override)
    unit.execute(delete(draft_table).where(draft_table.c.id == row.id))
    unit.changes.add("draft", row.id)
    return result
