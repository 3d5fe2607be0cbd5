"""Taking a whole import back: `undo-import`.

Records it made are deleted while unused, records it changed get their former values, documents are reversed on their
own date (on a statement neither shows). A record that only taken-back documents stand on stays, but out of use. If
anything else was used since, nothing is undone and the answer names it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, NotFound, Problem
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.imports import import_batch, import_record
from crmdesk.services.imports import activities_importer, undo_bank, undo_documents, undo_masters
from crmdesk.services.imports.batches import parse_batch
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, translator

_NAMED_MAX = 20
_IN_SENTENCE_MAX = 5


@use_case(
    "import.undo",
    fields=(Field("batch", Kind.TEXT, N_("Import"), required=True, length_max=40),),
    summary=N_("Take a whole import back, or say what was used since."),
    errors=(Code.BATCH_UNKNOWN, Code.BATCH_UNDONE, Code.BATCH_IN_USE, Code.PERIOD_LOCKED),
)
def undo(unit: Unit, *, batch: str) -> dict[str, Any]:
    """Undoes an import and says how many records were removed, restored and documents voided, beside the rows that the
    import said it `created` and `updated`: a contact, address or price goes with its record. `kept` names the customers
    and products that are only out of use now, since taken-back documents stand on them.

    Raises NotFound `batch_unknown`, Conflict `batch_undone`, `batch_in_use` (naming what was used), `period_locked`.
    """
    row = _find(unit, batch)
    records = unit.execute(
        select(import_record).where(import_record.c.batch_id == row.id).order_by(import_record.c.record_id)
    ).all()
    last_id = parse_batch(row.mapping)["last_id"]
    changed: dict[str, list[tuple[int, str]]] = {}
    for record in records:
        changed.setdefault(record.record_kind, []).append((record.record_id, record.before))
    masters = undo_masters.Masters(unit, changed, first_id=row.id, last_id=last_id)
    documents = undo_documents.Documents(unit, first_id=row.id, last_id=last_id)
    lines = undo_bank.BankLines(unit, row.id)
    used = [*masters.used_since(), *documents.used_since(), *lines.used_since()]
    if used:
        raise _in_use(row, used)
    unit.is_bulk = True  # one entry for the whole import, as when it came
    # in the language of the book: the reason stays with what was taken back
    reason = translator(unit.settings.language)(N_("Import {batch} taken back"))
    voided = documents.take_back(reason.format(batch=row.id))
    removed, restored, kept = masters.take_back()
    removed += lines.take_back()
    if row.kind == "activities":
        removed += activities_importer.take_back(unit, row.id, last_id)
    unit.execute(
        update(import_batch).where(import_batch.c.id == row.id).values(undone_at=clock.stamp(clock.now_utc()))
    )
    unit.changes.everything.add("import_batch")
    return {
        "batch": str(row.id),
        "created": row.created_count,
        "updated": row.updated_count,
        "removed": removed,
        "restored": restored,
        "voided": voided,
        "kept": kept,
    }


def kept_words(codes: list[str]) -> str:
    """What is said of the records that an undo could only put out of use."""
    shown = ", ".join(codes[:_IN_SENTENCE_MAX]) + (" …" if len(codes) > _IN_SENTENCE_MAX else "")
    return _("Kept, but out of use, because documents that were taken back stand on them: {codes}.").format(
        codes=shown
    )


def _find(unit: Unit, batch: str) -> Any:
    is_number = batch.isascii() and batch.isdigit() and len(batch) <= 15
    row = unit.first(select(import_batch).where(import_batch.c.id == int(batch))) if is_number else None
    if row is None:
        known = unit.execute(
            select(import_batch.c.id, import_batch.c.file_name)
            .where(import_batch.c.undone_at.is_(None))
            .order_by(import_batch.c.id.desc())
            .limit(_IN_SENTENCE_MAX)
        ).all()
        raise NotFound(
            Code.BATCH_UNKNOWN,
            _("There is no import “{batch}” in this book. The latest: {known}.").format(
                batch=batch[:40], known=", ".join(f"{one.id} ({one.file_name})" for one in known) or "–"
            ),
            field="batch",
        )
    if row.undone_at is not None:
        raise Conflict(
            Code.BATCH_UNDONE,
            _("Import {batch} ({file}) was already taken back on {date}.").format(
                batch=row.id, file=row.file_name, date=row.undone_at[:10]
            ),
            field="batch",
        )
    return row


def _in_use(row: Any, used: list[str]) -> Conflict:
    shown = ", ".join(used[:_IN_SENTENCE_MAX]) + (" …" if len(used) > _IN_SENTENCE_MAX else "")
    return Conflict(
        Code.BATCH_IN_USE,
        _("Import {batch} ({file}) cannot be taken back, because it was used since: {used}.").format(
            batch=row.id, file=row.file_name, used=shown
        ),
        field="batch",
        hint=_("Take back what used it first."),
        problems=tuple(Problem(Code.BATCH_IN_USE, text, file=row.file_name) for text in used[:_NAMED_MAX]),
    )
