"""Attachments (A6): files kept inside the book by their SHA-256, shown on a record under a name that does no harm.

The same content is kept once, whoever shows it. Taking an attachment away hides it; the content stays, because
printed and posted papers may rest on it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from crmdesk.models import clock
from crmdesk.models.errors import BookFault, Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.tables.attachments import attachment as _TABLE
from crmdesk.models.tables.attachments import blob
from crmdesk.services import attached_files, record_refs
from crmdesk.services.outgoing import write_bytes
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

READ_ERRORS = (
    Code.FILE_MISSING,
    Code.FILE_GONE,
    Code.FILE_EMPTY,
    Code.FILE_TOO_LARGE,
    Code.NOT_A_FILE,
    Code.TYPE_BLOCKED,
    Code.IMAGE_TOO_LARGE,
    Code.NO_ACCESS,
)
_BASE64_LENGTH_MAX = attached_files.BYTES_MAX * 4 // 3 + 1_000
FILE_FIELDS = (
    Field("file", Kind.TEXT, N_("File"), length_max=4_000),
    Field("name", Kind.LONG_TEXT, N_("Name"), help=N_("Left out, the file's own."), length_max=4_000),
    Field(
        "content",
        Kind.LONG_TEXT,
        N_("Content"),
        help=N_("The file in base64, instead of its path."),
        length_max=_BASE64_LENGTH_MAX,
    ),
)
"""A file, by its path or by its content."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a record. `size` in bytes, `added_at` a UTC moment."""

    id: int
    record_kind: str
    record_id: int
    name: str
    size: int
    hash: str
    added_at: str
    actor: str
    is_removed: bool


@use_case(
    "attachment.add",
    fields=(
        required(record_refs.KIND),
        record_refs.NUMBER,
        record_refs.CUSTOMER,
        *FILE_FIELDS,
    ),
    summary=N_("Keep a file with a record, inside the book."),
    errors=(
        Code.NOT_FOUND,
        Code.CUSTOMER_MISSING,
        Code.REQUIRED,
        *READ_ERRORS,
        Code.INVALID_CHOICE,
    ),
)
def add(
    unit: Unit,
    *,
    kind: str,
    number: str | None,
    customer: str | None,
    file: str | None,
    name: str | None,
    content: str | None,
) -> dict[str, Any]:
    """Keeps a file. Warns when its name had to be changed, or when a PDF holds a script."""
    record_id = record_refs.find(unit, kind, number, customer).id
    attachment_id, found = keep(unit, kind, record_id, read(file, name, content))
    return {"attachment": attachment_id, "name": found.name, "size": len(found.data), "hash": found.hash}


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was read and checked, before it is kept."""

    data: bytes
    given: str
    """What it was called."""
    name: str
    """What it is kept as."""

    @property
    def hash(self) -> str:
        """The SHA-256 of its content."""
        return hashlib.sha256(self.data).hexdigest()


def read(file: str | None, name: str | None, content: str | None) -> Given:
    """Reads and checks a file by its path, or its content in base64; raises InvalidInput or NotFound."""
    data, given = _read(file, name, content)
    return Given(data, given, attached_files.check(given, data))


def keep(unit: Unit, kind: str, record_id: int, file: Given) -> tuple[int, Given]:
    """Keeps a checked file with a record and gives the attachment's id."""
    _warn(unit, file.given, file.name, file.data)
    digest = file.hash
    if unit.first(select(blob.c.hash).where(blob.c.hash == digest)) is None:
        unit.add(blob, hash=digest, content=file.data)
    attachment_id = unit.next_id()
    unit.add(
        _TABLE,
        id=attachment_id,
        record_kind=kind,
        record_id=record_id,
        name=file.name,
        size=len(file.data),
        hash=digest,
        added_at=clock.stamp(clock.now_utc()),
        actor=unit.actor,
        removed=False,
    )
    unit.changes.add(kind, record_id)
    unit.note(
        "attachment",
        attachment_id,
        None,
        {"kind": kind, "record": record_id, "name": file.name, "hash": digest},
    )
    return attachment_id, file


def _read(file: str | None, name: str | None, content: str | None) -> tuple[bytes, str]:
    if (file is None) == (content is None):
        raise InvalidInput(
            Code.REQUIRED,
            _("Give the path of a file, or its content in base64; one of the two."),
            field="file",
        )
    if file is not None:
        path = Path(file)
        return attached_files.read(path), name or path.name
    try:
        return base64.b64decode(content or "", validate=True), name or ""
    except (binascii.Error, ValueError):
        raise InvalidInput(
            Code.INVALID_TYPE, _("“content” must be a file in base64."), field="content"
        ) from None


def _warn(unit: Unit, given: str, cleaned: str, data: bytes) -> None:
    if given != cleaned:
        unit.warnings.append(
            {
                "code": str(Code.NAME_CHANGED),
                "field": "name",
                "message": _("The file is kept under the name {name}.").format(name=cleaned),
            }
        )
    if attached_files.has_script(cleaned, data):
        unit.warnings.append(
            {
                "code": str(Code.SCRIPT_INSIDE),
                "field": "file",
                "message": _("{file} holds a script. Open it only if you know where it comes from.").format(
                    file=cleaned
                ),
            }
        )


@use_case(
    "attachment.remove",
    fields=(Field("attachment", Kind.INTEGER, N_("File"), required=True),),
    summary=N_("Take a file off its record; the history keeps it."),
    errors=(Code.NOT_FOUND,),
)
def remove(unit: Unit, *, attachment: int) -> dict[str, Any]:
    """Takes a file off its record; doing so twice is refused."""
    found = find(unit.connection, attachment)
    if found is None or found.is_removed:
        raise _not_found(attachment)
    unit.execute(update(_TABLE).where(_TABLE.c.id == found.id).values(removed=True))
    unit.changes.add(found.record_kind, found.record_id)
    unit.note("attachment", found.id, {"name": found.name, "hash": found.hash}, None)
    return {"attachment": found.id, "name": found.name}


def _not_found(attachment_id: int) -> NotFound:
    return NotFound(
        Code.NOT_FOUND, _("There is no file {number}.").format(number=attachment_id), field="attachment"
    )


# Reading

_COLUMNS = (
    _TABLE.c.id,
    _TABLE.c.record_kind,
    _TABLE.c.record_id,
    _TABLE.c.name,
    _TABLE.c.size,
    _TABLE.c.hash,
    _TABLE.c.added_at,
    _TABLE.c.actor,
    _TABLE.c.removed,
)


def find(connection: Connection, attachment_id: int) -> Attachment | None:
    """One attachment, also a removed one, or None."""
    row = connection.execute(select(*_COLUMNS).where(_TABLE.c.id == attachment_id)).first()
    return None if row is None else Attachment(*row)


def of_record(
    connection: Connection, kind: str, record_id: int, *, has_removed: bool = False
) -> tuple[Attachment, ...]:
    """The files on a record in the order they were added; with `has_removed` also those taken off."""
    query = (
        select(*_COLUMNS)
        .where(_TABLE.c.record_kind == kind, _TABLE.c.record_id == record_id)
        .order_by(_TABLE.c.id)
    )
    if not has_removed:
        query = query.where(_TABLE.c.removed.is_(False))
    return tuple(Attachment(*row) for row in connection.execute(query))


def content_of(connection: Connection, attachment_id: int) -> tuple[Attachment, bytes]:
    """An attachment with its content, its hash proved.

    Raises NotFound, or BookFault `attachment_missing` or `attachment_altered`.
    """
    found = find(connection, attachment_id)
    if found is None:
        raise _not_found(attachment_id)
    data = connection.execute(select(blob.c.content).where(blob.c.hash == found.hash)).scalar()
    if data is None:
        raise BookFault(
            Code.ATTACHMENT_MISSING,
            _("The content of the file {name} is missing. Restore it from a backup.").format(name=found.name),
            field="attachment",
        )
    if hashlib.sha256(data).hexdigest() != found.hash or len(data) != found.size:
        raise BookFault(
            Code.ATTACHMENT_ALTERED,
            _(
                "{name} is not what was added; it was changed outside crmdesk. Restore it from a backup."
            ).format(name=found.name),
            field="attachment",
        )
    return found, data


def save_as(connection: Connection, attachment_id: int, target: Path, *, replaces: bool = False) -> Path:
    """Writes an attachment to a file, or into a folder under its own name; another file is replaced only if asked.

    Raises Conflict `target_exists`, and what `content_of` raises.
    """
    found, data = content_of(connection, attachment_id)
    path = target / attached_files.clean_name(found.name) if target.is_dir() else target
    return write_bytes(path, data, replaces=replaces)


def needs_warning(found: Attachment, data: bytes) -> bool:
    """Whether a person should be asked before another program opens it (a script in a PDF)."""
    return attached_files.has_script(found.name, data)
