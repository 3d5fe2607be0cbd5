"""Anonymising a customer on request (A12): who it was is erased, what was sold and paid stays.

Erased are the record's own texts, contacts, addresses, billing profiles, what was said (activities, comments, tasks,
notes), files, learnt payers, drafts, what the audit trail tells of all that, and what the search index and left-behind
forms hold. An erased detail of the audit trail leaves its salted digest, so that the chain still holds. Posted rows
and agreements are kept as the law wants them; where their words name the customer, the answer says so.

What another part of the program keeps of a customer in words is declared in `_BLANKED` or `_DELETED`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock, text_keys
from crmdesk.models.errors import Code, Conflict, NotFound
from crmdesk.models.specs import people as specs
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.attachments import attachment, blob
from crmdesk.models.tables.audit import audit_detail, audit_entry
from crmdesk.models.tables.banking import bank_line, bank_match, payer_alias
from crmdesk.models.tables.customers import PARTS
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.documents import (
    confirmation,
    document,
    document_line,
    draft,
    open_item,
    payment,
    print_log,
)
from crmdesk.models.tables.imports import import_record
from crmdesk.models.tables.people import (
    activity,
    comment,
    comment_mention,
    customer_change,
    customer_relation,
    task,
)
from crmdesk.models.tables.reminders import dunning_hold, promise, reminder
from crmdesk.services import backups_kept, customer_parts, draft_journal, duplicates, search_index
from crmdesk.services.customer_lookup import CustomerRow, find, forget
from crmdesk.services.dialect import among, contains
from crmdesk.services.doubts import warning
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted, translator

_OWN_TEXTS = (
    *("short_name", "phone", "phone2", "email", "wechat", "website", "channel", "tax_number"),
    *("gender", "occupation", "note"),
)
_PART_TEXTS = {
    "contact": ("name", "phone", "mobile", "email", "wechat", "note"),
    "address": ("street",),
    "billing_profile": ("title", "tax_number", "bank_account", "address", "phone", "email", "recipient"),
}
_BLANKED: tuple[tuple[Table, dict[str, Any]], ...] = (
    (activity, {"text": "", "outcome": "", "person": "", "contact_id": None}),
    (task, {"note": "", "outcome": ""}),
    (print_log, {"detail": ""}),
    (confirmation, {"note": ""}),
    (promise, {"note": "", "promised_by": ""}),
    (dunning_hold, {"reason": ""}),
    (reminder, {"note": ""}),
    (customer_relation, {"note": ""}),
)
"""Rows that stay, by their `customer_id`, and what their words become."""
_DELETED: tuple[Table, ...] = (*PARTS.values(), payer_alias, draft)
"""Rows that go, by their `customer_id`."""
_TOLD = ("activity.", "task.", "comment.", "promise.", "attachment.", "dunning.", "reminder.", "contact.", "address.",
         "billing_profile.", "customer.", "relation.", "collaborator.", "tag.", "category.", "draft.", "invoice.draft",
         "statement.confirm", "print.log")  # fmt: skip
"""Use cases whose entries tell of one customer in words."""
_KINDS_TOLD = frozenset(
    {"activity", "task", "comment", "promise", "attachment", "reminder", "dunning_hold", "draft"}
)
_SHOWN_MAX = 20
_WORD_MIN, _LETTERS_MIN = 2, 4
"""A shorter text proves nothing: of Chinese from two signs on, of Latin letters from four."""


@use_case(
    "customer.anonymise",
    fields=specs.ANONYMISE,
    summary=N_(
        "Erase who a customer is, for good: name, contacts, addresses, notes, files, the history of these. What was "
        "sold and paid stays. This cannot be undone."
    ),
    errors=(Code.CUSTOMER_MISSING, Code.REQUIRED, Code.HAS_OPEN_ITEMS, Code.WRONG_STATE),
)
def anonymise(unit: Unit, *, customer: str, reason: str, override: bool | None = None) -> dict[str, Any]:
    """Anonymises a customer and says what was erased, what posted papers still name him, and which backups hold him."""
    found = find(unit, customer)
    row = dict(unit.execute(select(customer_table).where(customer_table.c.id == found.id)).one()._mapping)
    _require_allowed(unit, found, row, is_overridden=bool(override))
    unit.flush_all()
    history = list(_entries_about(unit.connection, found))
    words = _words(unit.connection, found.id, row, history)
    named = _named_in_books(unit.connection, found.id, words)

    erased = {table.name: _delete(unit, table, found.id) for table in _DELETED}
    for table, values in _BLANKED:
        table_id = table.c.customer_id
        unit.execute(update(table).where(table_id == found.id).values(**values))
    name = translator(unit.settings.language)(N_("Anonymised {code}")).format(code=found.code)
    unit.execute(update(task).where(task.c.customer_id == found.id).values(title=name))
    erased["comment"] = _delete_comments(unit, found.id)
    erased["attachment"] = _delete_files(unit, found.id)
    _blank_bank_lines(unit, found.id)
    unit.execute(
        sql_delete(import_record).where(
            import_record.c.record_kind == "customer", import_record.c.record_id == found.id
        )
    )
    details = {entry for entry, _content in history} | _entries_naming(unit.connection, words)
    unit.execute(sql_delete(audit_detail).where(among(audit_detail.c.audit_id, details)))
    erased["audit_detail"] = len(details)
    _rename(unit, row, name)
    forget(unit, found.code)
    search_index.erase(unit, found.id)
    for kind in (*PARTS, *_KINDS_TOLD):
        unit.changes.everything.add(kind)
    unit.note("customer", found.id, None, {"anonymised": clock.today(), "reason": reason})
    _forget_forms(unit, found.code, words)
    return {
        "code": found.code,
        "name": name,
        "erased": {kind: count for kind, count in erased.items() if count},
        "still_named_in": named[:_SHOWN_MAX],
        "still_named_count": len(named),
        **_warn(unit, named),
    }


@use_case(
    "contact.anonymise",
    fields=specs.ANONYMISE_CONTACT,
    summary=N_(
        "Erase a contact of a customer for good, with its name in activities and in the history. This cannot be undone."
    ),
    errors=(Code.NOT_FOUND, Code.REQUIRED),
)
def anonymise_contact(unit: Unit, *, contact: int, reason: str) -> dict[str, Any]:
    """Erases a contact: the record, whom activities were with, and every detail of the audit trail that names it.

    What an activity, comment or task says of it in its own words stays; the answer counts these.
    """
    table = PARTS["contact"]
    row = unit.first(select(table).where(table.c.id == contact))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("This {record} does not exist any more.").format(record=_("contact")),
            field="contact",
        )
    known = dict(row._mapping)
    owner = known["customer_id"]
    customer_parts.remove_contact(unit, contact=contact)
    unit.flush_all()
    words = sorted(word for name in _PART_TEXTS["contact"] if name != "note" and _proves(word := known[name]))
    met = activity.c
    unit.execute(
        update(activity).where(met.customer_id == owner, met.person == known["name"]).values(person="")
    )
    _forget_imported(unit, owner, contact)
    own = customer_change.c
    mark = f'"id": {contact}'
    query = (
        select(own.audit_id)
        .join_from(customer_change, audit_detail, audit_detail.c.audit_id == own.audit_id)
        .where(
            own.customer_id == owner,
            contains(audit_detail.c.content, mark),
            contains(audit_detail.c.content, '"contact"'),
        )
    )
    details = set(unit.execute(query).scalars()) | _entries_naming(unit.connection, words)
    unit.execute(sql_delete(audit_detail).where(among(audit_detail.c.audit_id, details)))
    unit.forget_notes()
    search_index.erase(unit, owner)
    unit.note("customer", owner, None, {"anonymised": clock.today(), "reason": reason})
    unit.changes.everything.add("activity")
    _forget_forms(unit, f"contact {contact}", words)
    said = (
        (activity, (met.text, met.outcome)),
        (comment, (comment.c.text,)),
        (task, (task.c.title, task.c.note, task.c.outcome)),
    )
    still = 0
    for where, texts in said:
        condition = or_(*(contains(text, word) for text in texts for word in words)) if words else None
        if condition is not None:
            still += unit.execute(
                select(func.count()).where(where.c.customer_id == owner, condition)
            ).scalar_one()
    return {"contact": contact, "erased": {"audit_detail": len(details)}, "still_named_count": still}


def _require_allowed(unit: Unit, found: CustomerRow, row: dict[str, Any], *, is_overridden: bool) -> None:
    if row["anonymised_on"] is not None:
        raise Conflict(
            Code.WRONG_STATE,
            _("{code} was anonymised on {date} already.").format(
                code=found.code, date=row["anonymised_on"].isoformat()
            ),
            field="customer",
        )
    unit.flush_all()
    own = open_item.c
    count = unit.execute(
        select(func.count()).where(own.customer_id == found.id, own.open_minor != 0)
    ).scalar_one()
    if count and not is_overridden:
        raise Conflict(
            Code.HAS_OPEN_ITEMS,
            counted(
                N_(
                    "{code} has {count} open items. Settle or write them off first; “override” anonymises all the same."
                ),
                count,
                code=found.code,
            ),
            field="override",
        )


# What is known of him


def _entries_about(connection: Connection, found: CustomerRow) -> Iterator[tuple[int, str]]:
    """Audit entries with details that tell of the customer: those that changed it, and those about what was said,
    planned or kept with it."""
    own = set(
        connection.execute(
            select(customer_change.c.audit_id).where(customer_change.c.customer_id == found.id)
        ).scalars()
    )
    query = (
        select(audit_entry.c.id, audit_detail.c.content)
        .join_from(audit_entry, audit_detail, audit_detail.c.audit_id == audit_entry.c.id)
        .where(or_(among(audit_entry.c.id, own), *(audit_entry.c.use_case.startswith(one) for one in _TOLD)))
        .order_by(audit_entry.c.id)
    )
    rows = [(entry, content, json.loads(content)) for entry, content in connection.execute(query)]
    codes, records, told = {found.code}, {("customer", found.id)}, set[int]()
    while True:
        size = len(told)
        for entry, _content, detail in rows:
            if entry in told or not (entry in own or _is_about(detail, codes, records)):
                continue
            told.add(entry)
            for change in detail["changes"]:
                key = (change["kind"], change["id"])
                if change["kind"] in _KINDS_TOLD:
                    records.add(key)
                if key == ("customer", found.id):
                    codes |= {
                        side["code"]
                        for side in (change["before"], change["after"])
                        if side and "code" in side
                    }
        if len(told) == size:
            break
    yield from ((entry, content) for entry, content, _detail in rows if entry in told)


def _is_about(detail: dict[str, Any], codes: set[str], records: set[tuple[str, int]]) -> bool:
    request = detail["request"] if isinstance(detail["request"], dict) else {}
    if request.get("customer") in codes:
        return True
    if request.get("kind") == "customer" and request.get("number") in codes:
        return True
    return any((change["kind"], change["id"]) in records for change in detail["changes"])


def _words(
    connection: Connection, customer_id: int, row: dict[str, Any], history: list[tuple[int, str]]
) -> list[str]:
    """The texts that tell who he is, today's and former ones, as far as they prove anything."""
    found = {
        row["name"],
        *(row[name] for name in ("short_name", "phone", "phone2", "email", "wechat", "tax_number")),
    }
    for kind, names in _PART_TEXTS.items():
        table = PARTS[kind]
        for part in connection.execute(select(table).where(table.c.customer_id == customer_id)):
            found |= {part._mapping[name] for name in names if name != "note"}
    for _entry, content in history:
        for change in json.loads(content)["changes"]:
            if (change["kind"], change["id"]) == ("customer", customer_id):
                for side in (change["before"], change["after"]):
                    found |= set(_texts_of(side or {}))
    return sorted(word for word in found if _proves(word))


def _texts_of(side: dict[str, Any]) -> Iterator[str]:
    for name in ("name", "short_name", "phone", "phone2", "email", "wechat", "tax_number"):
        if isinstance(side.get(name), str):
            yield side[name]
    for kind, names in _PART_TEXTS.items():
        part = side.get(kind)
        if isinstance(part, dict):
            yield from (part[name] for name in names if name != "note" and isinstance(part.get(name), str))


def _proves(word: str) -> bool:
    return len(word) >= (_LETTERS_MIN if word.isascii() else _WORD_MIN)


def _entries_naming(connection: Connection, words: list[str]) -> set[int]:
    """Entries of the audit trail whose details name him anywhere."""
    own = audit_detail.c
    found: set[int] = set()
    for word in words:
        written = json.dumps(word, ensure_ascii=False)[1:-1]
        found |= set(connection.execute(select(own.audit_id).where(contains(own.content, written))).scalars())
    return found


def _named_in_books(connection: Connection, customer_id: int, words: list[str]) -> list[str]:
    """Numbers of his documents and agreements whose own words name him: these are kept."""
    texts = (
        document.c.reference,
        document.c.reason,
        document.c.note,
        document_line.c.description,
        payment.c.payer,
    )
    query = (
        select(document.c.number, *texts)
        .join(document_line, document_line.c.document_id == document.c.id, isouter=True)
        .join(payment, payment.c.document_id == document.c.id, isouter=True)
        .where(document.c.customer_id == customer_id)
    )
    own = agreement.c
    agreed = select(own.number, own.title, own.signatories, own.customisation, own.note).where(
        own.customer_id == customer_id
    )
    lowered = [word.lower() for word in words]
    found = {
        row[0]
        for rows in (connection.execute(query), connection.execute(agreed))
        for row in rows
        if any(word in text.lower() for text in row[1:] if text for word in lowered)
    }
    return sorted(found)


# Erasing


def _delete(unit: Unit, table: Table, customer_id: int) -> int:
    return int(unit.execute(sql_delete(table).where(table.c.customer_id == customer_id)).rowcount)


def _delete_comments(unit: Unit, customer_id: int) -> int:
    own = select(comment.c.id).where(comment.c.customer_id == customer_id)
    unit.execute(sql_delete(comment_mention).where(comment_mention.c.comment_id.in_(own)))
    return _delete(unit, comment, customer_id)


def _delete_files(unit: Unit, customer_id: int) -> int:
    """Files on the customer itself; a content that something else shows stays."""
    own = (attachment.c.record_kind == "customer", attachment.c.record_id == customer_id)
    hashes = list(unit.execute(select(attachment.c.hash).where(*own)).scalars())
    count = int(unit.execute(sql_delete(attachment).where(*own)).rowcount)
    for digest in hashes:
        if unit.first(select(attachment.c.id).where(attachment.c.hash == digest).limit(1)) is None:
            unit.execute(sql_delete(blob).where(blob.c.hash == digest))
    return count


def _blank_bank_lines(unit: Unit, customer_id: int) -> None:
    """Who paid, on lines of statements that became his documents; the line itself is still known by its fingerprint."""
    lines = (
        select(bank_match.c.bank_line_id)
        .join(document, document.c.id == bank_match.c.document_id)
        .where(document.c.customer_id == customer_id)
    )
    blank = {"payer": "", "payer_account": "", "text": ""}
    unit.execute(update(bank_line).where(bank_line.c.id.in_(lines)).values(**blank))


def _rename(unit: Unit, row: dict[str, Any], name: str) -> None:
    unit.execute(
        update(customer_table)
        .where(customer_table.c.id == row["id"])
        .values(
            **dict.fromkeys(_OWN_TEXTS, ""),
            name=name,
            name_key=text_keys.name_key(name),
            phone_key="",
            initials=duplicates.initials_of(name),
            born_on=None,
            next_contact=None,
            is_active=False,
            anonymised_on=clock.today(),
            version=row["version"] + 1,
            updated_at=clock.stamp(clock.now_utc()),
            updated_by=unit.actor,
        )
    )


def _forget_imported(unit: Unit, customer_id: int, contact_id: int) -> None:
    """What imports noted of a contact, so that they could be undone."""
    own = import_record.c
    query = select(own.batch_id, own.before).where(
        own.record_kind == "customer", own.record_id == customer_id, own.before != ""
    )
    for batch_id, before in unit.execute(query).all():
        noted = json.loads(before)
        for name, entries in noted.items():
            if name in ("new_parts", "changed_parts"):
                noted[name] = [entry for entry in entries if entry[:2] != ["contact", contact_id]]
            elif name == "own_of_contacts":
                noted[name] = [entry for entry in entries if entry[0] != contact_id]
        place = (own.batch_id == batch_id, own.record_kind == "customer", own.record_id == customer_id)
        unit.execute(update(import_record).where(*place).values(before=json.dumps(noted, ensure_ascii=False)))


def _forget_forms(unit: Unit, code: str, words: list[str]) -> None:
    """After the commit: forms that were left behind unsaved and are about him or name him; and the file's log."""
    path = unit.path

    def erase() -> None:
        if path is None:
            return

        def is_personal(entry: draft_journal.Entry) -> bool:
            content = json.dumps([entry.title, entry.values, entry.about], ensure_ascii=False, default=str)
            return entry.record == code or any(word in content for word in words)

        draft_journal.erase(path, is_personal)

    unit.erasures.append(erase)


def _warn(unit: Unit, named: list[str]) -> dict[str, Any]:
    """What still names him: posted papers, and backups made before."""
    if named:
        unit.warnings.append(
            warning(
                Code.STILL_HELD,
                counted(
                    N_(
                        "{count} posted documents or agreements name him in their own words and are kept: {numbers}."
                    ),
                    len(named),
                    numbers=", ".join(named[:5]),
                ),
                "customer",
            )
        )
    if unit.path is None:
        return {"backups": 0, "backup_folder": ""}
    folder = backups_kept.folder_of(unit.path, unit.settings.backup_folder)
    count = len(backups_kept.in_folder(folder))
    if count:
        unit.warnings.append(
            warning(
                Code.STILL_HELD,
                counted(
                    N_(
                        "{count} backups in {folder} were made before and still hold him. Delete them when you may."
                    ),
                    count,
                    folder=folder,
                ),
                "customer",
            )
        )
    return {"backups": count, "backup_folder": str(folder)}
