"""Write-offs (坏账核销): a receivable given up for a listed ground, and its later recovery.

小企业会计准则: the loss goes to 营业外支出 (no 坏账准备); what comes in later is 营业外收入 and touches no receivable.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.documents import AMOUNT, DATE, GROUNDS, METHOD, MONEY_ACCOUNT, RATE, REASON
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.services import (
    allocating,
    attachments,
    carrying,
    credits,
    ledger,
    money_accounts,
    posted,
    rates,
    reversing,
    templates,
)
from crmdesk.services.ledger import Leg
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_BACK = document.alias("back")
_ATTACHMENT = Field(
    "attachment",
    Kind.OBJECT,
    N_("Attachment"),
    fields=attachments.FILE_FIELDS,
    help=N_("The file that proves it: `file` is its path, or `name` and `content` in base64."),
)
WRITEOFF = required(Field("writeoff", Kind.LINK, N_("Write-off"), link="writeoff"))


@use_case(
    "writeoff.record",
    fields=(
        credits.INVOICE,
        AMOUNT,
        DATE,
        required(Field("ground", Kind.CHOICE, N_("Ground"), choices=GROUNDS)),
        required(REASON),
        RATE,
        _ATTACHMENT,
    ),
    summary=N_("Give up (part of) a receivable, with its ground and reason."),
    errors=(
        Code.NOT_FOUND,
        Code.OVER_ALLOCATED,
        Code.REVERSED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
        Code.REQUIRED,
        Code.RATE_MISSING,
        *attachments.READ_ERRORS,
    ),
)
def record(
    unit: Unit,
    *,
    invoice: str,
    amount: Decimal,
    date: date | None,
    ground: str,
    reason: str,
    rate: Decimal | None = None,
    attachment: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes an amount off an invoice, at most what stays open from that date on.

    The loss in the book's currency is what the invoice carries for it, unless a rate is given. Above the book's limit
    (domain.md, Ledger) it needs the file that proves it; what was written off of the invoice before counts.
    """
    debit = posted.find(unit, DEBIT_KINDS, invoice, "invoice")
    on = date or clock.today()
    posted.require_live(debit, "invoice")
    reversing.require_not_before(debit, on)
    ledger.require_open_period(unit, on)
    amount_minor = money.to_minor(amount, debit.currency)
    item = unit.open_items.get(debit)
    if debit.effect_minor < 0:
        raise Conflict(
            Code.NO_ORIGINAL,
            _("{number} is a credit; it settles others and is not settled itself.").format(
                number=debit.number
            ),
            field="invoice",
        )
    allocating.require_room(unit, item, debit.number, amount_minor, on)
    rates.check_given(unit, debit.currency, rate)
    base, at_rate = None, None
    if debit.currency != unit.settings.currency:
        base = carrying.share(unit, debit, item, amount_minor)
        if rate is not None and base is None:
            raise rates.mixed(debit.number, _("the write-off"), "rate")
        if rate is not None:
            at_rate = rates.text_of(rate)
            base = carrying.to_base(amount_minor, debit.currency, at_rate, unit.settings.currency)
    proof = _proof(unit, debit, amount_minor, base, attachment)
    number, generation = posted.claim_number(unit, "writeoff", None, on)
    loss = posted.write(
        unit,
        "writeoff",
        number,
        generation,
        customer_id=debit.customer_id,
        currency=debit.currency,
        dated_on=on,
        total_minor=amount_minor,
        effect_minor=-amount_minor,
        origin_id=debit.id,
        ground=ground,
        reason=reason,
        rate=at_rate,
    )
    carrying.keep_base(unit, loss, base)
    unit.open_items.new(loss)
    ledger.post(
        unit,
        loss.id,
        dated_on=on,
        customer_id=debit.customer_id,
        currency=debit.currency,
        legs=(
            Leg(ledger.account_id(unit, templates.BAD_DEBT), amount_minor, base_minor=base),
            Leg(
                ledger.account_id(unit, templates.RECEIVABLE),
                -amount_minor,
                base_minor=carrying.negative(base),
            ),
        ),
    )
    allocating.write(unit, loss, debit, amount_minor, on)
    if proof is not None:
        attachments.keep(unit, "writeoff", loss.id, proof)
    return {"number": number, "open": money.plain(item.open_minor, debit.currency)}


def _proof(
    unit: Unit, debit: Posted, amount_minor: int, base: int | None, given: dict[str, Any] | None
) -> attachments.Given | None:
    """The file of a write-off, read and checked; refuses one above the limit without."""
    if given is not None:
        try:
            return attachments.read(given["file"], given["name"], given["content"])
        except CrmdeskError as error:
            error.field = "attachment"
            raise
    own, limit = unit.settings.currency, unit.settings.writeoff_attachment_minor
    if not limit:
        return None
    before = unit.execute(
        select(func.coalesce(func.sum(document.c.total_minor), 0)).where(
            document.c.origin_id == debit.id,
            document.c.kind == "writeoff",
            ~select(_BACK.c.id)
            .where(_BACK.c.origin_id == document.c.id, _BACK.c.kind == "writeoff" + posted.REVERSAL)
            .exists(),
        )
    ).scalar_one()
    worth: int | None = before + amount_minor
    if debit.currency != own:  # at the invoice's own rate; without one nobody knows that it is little
        whole = carrying.base_of(unit, debit)
        worth = None if whole is None else carrying.part(whole, before, debit.total_minor) + (base or 0)
    if worth is not None and worth <= limit:
        return None
    raise InvalidInput(
        Code.REQUIRED,
        _(
            "Write-offs above {limit} {currency} need a file that proves them, such as the court's decision."
        ).format(limit=money.grouped(limit, own), currency=own),
        field="attachment",
    )


@use_case(
    "writeoff.reverse",
    fields=(WRITEOFF, DATE, required(REASON)),
    summary=N_("Take a write-off back: the receivable is open again."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.IN_USE, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def reverse(unit: Unit, *, writeoff: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses a write-off of which nothing was recovered."""
    original = posted.find(unit, ("writeoff",), writeoff, "writeoff")
    on = date or clock.today()
    reversing.require_reversible(unit, original, on, "writeoff")
    if _recovered_minor(unit, original.id) > 0:
        raise Conflict(
            Code.IN_USE,
            _("Part of {number} was recovered. Take the recovery back first.").format(number=original.number),
            field="writeoff",
        )
    last_on = _last_recovery_on(unit, original.id)
    if last_on is not None and on < last_on:  # until then part of it was recovered
        raise InvalidInput(
            Code.DATE_ORDER,
            _("A recovery of {number} is dated {date}; reverse it on that day or later.").format(
                number=original.number, date=last_on.isoformat()
            ),
            field="date",
        )
    allocating.release_all(unit, original, on)
    reversing.reverse(unit, original, on, reason)
    item = unit.open_items.get(original)
    unit.open_items.settle(item, item.open_minor, on)
    return {"number": original.number, "date": on.isoformat()}


def _recovered_minor(unit: Unit, writeoff_id: int) -> int:
    """What was recovered of a write-off, less recoveries taken back."""
    return unit.execute(
        select(func.coalesce(func.sum(document.c.total_minor), 0)).where(
            document.c.origin_id == writeoff_id,
            document.c.kind == "recovery",
            ~select(_BACK.c.id)
            .where(_BACK.c.origin_id == document.c.id, _BACK.c.kind == "recovery" + posted.REVERSAL)
            .exists(),
        )
    ).scalar_one()


def _last_recovery_on(unit: Unit, writeoff_id: int) -> date | None:
    """The last day on which money came in for it, or was taken back."""
    recoveries = select(document.c.id).where(
        document.c.origin_id == writeoff_id, document.c.kind == "recovery"
    )
    return unit.execute(
        select(func.max(document.c.dated_on, type_=Day())).where(
            or_(
                document.c.id.in_(recoveries),
                and_(
                    document.c.origin_id.in_(recoveries),
                    document.c.kind == "recovery" + posted.REVERSAL,
                ),
            )
        )
    ).scalar()


@use_case(
    "writeoff.recover",
    fields=(WRITEOFF, AMOUNT, DATE, METHOD, MONEY_ACCOUNT, RATE),
    summary=N_("Record money that came in for a receivable written off before."),
    errors=(
        Code.NOT_FOUND,
        Code.INVALID_CHOICE,
        Code.OVER_RECOVERED,
        Code.REVERSED,
        Code.DATE_ORDER,
        Code.PERIOD_LOCKED,
    ),
)
def recover(
    unit: Unit,
    *,
    writeoff: str,
    amount: Decimal,
    date: date | None,
    method: str | None,
    account: str | None,
    rate: Decimal | None = None,
) -> dict[str, Any]:
    """Records a recovery, up to what was written off. The customer's balance does not change."""
    original = posted.find(unit, ("writeoff",), writeoff, "writeoff")
    on = date or clock.today()
    posted.require_live(original, "writeoff")
    reversing.require_not_before(original, on)
    ledger.require_open_period(unit, on)
    amount_minor = money.to_minor(amount, original.currency)
    left = original.total_minor - _recovered_minor(unit, original.id)
    if amount_minor > left:
        raise Conflict(
            Code.OVER_RECOVERED,
            _("Only {amount} of {number} is left to recover.").format(
                amount=money.plain(left, original.currency), number=original.number
            ),
            field="amount",
        )
    method, money_account = money_accounts.of_payment(unit, method, account)
    at_rate = rates.of_document(unit, original.currency, on, rate)
    own = unit.settings.currency
    base = carrying.to_base(amount_minor, original.currency, at_rate, own) if at_rate else None
    number, generation = posted.claim_number(unit, "recovery", None, on)
    recovery = posted.write(
        unit,
        "recovery",
        number,
        generation,
        customer_id=original.customer_id,
        currency=original.currency,
        dated_on=on,
        total_minor=amount_minor,
        effect_minor=0,
        origin_id=original.id,
        rate=at_rate,
    )
    unit.add(
        payment_table,
        document_id=recovery.id,
        method=method,
        money_account_id=money_account.id,
        received_minor=amount_minor,
        fee_minor=0,
    )
    ledger.post(
        unit,
        recovery.id,
        dated_on=on,
        customer_id=original.customer_id,
        currency=original.currency,
        legs=(
            Leg(money_account.account_id, amount_minor, money_account.id, base),
            Leg(
                ledger.account_id(unit, templates.OTHER_INCOME),
                -amount_minor,
                base_minor=carrying.negative(base),
            ),
        ),
    )
    return {"number": number, "left": money.plain(left - amount_minor, original.currency)}


@use_case(
    "writeoff.recovery_reverse",
    fields=(
        required(Field("recovery", Kind.LINK, N_("Recovery"), link="recovery")),
        DATE,
        required(REASON),
    ),
    summary=N_("Take a recovery of a written-off debt back (bounced, wrong)."),
    errors=(Code.NOT_FOUND, Code.ALREADY_REVERSED, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def reverse_recovery(unit: Unit, *, recovery: str, date: date | None, reason: str) -> dict[str, Any]:
    """Reverses a recovery: the money is gone again, and the same amount may still be recovered."""
    original = posted.find(unit, ("recovery",), recovery, "recovery")
    on = date or clock.today()
    reversing.require_reversible(unit, original, on, "recovery")
    reversing.reverse(unit, original, on, reason)
    writeoff = posted.by_id(unit, original.origin_id or 0)
    unit.changes.add(writeoff.kind, writeoff.id)
    left = writeoff.total_minor - _recovered_minor(unit, writeoff.id)
    return {"number": original.number, "date": on.isoformat(), "left": money.plain(left, original.currency)}
