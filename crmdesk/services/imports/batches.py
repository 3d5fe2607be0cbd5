"""What an import leaves behind of itself: its batch, the records it made, and keys of rows that have no number.

A document without a number of its own is told by what its row says: the key is a digest of the row's values and the
how-manieth of the same kind it is in the file. A sheet that grew, was sorted or saved in another format brings only
what is new.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from crmdesk.models import clock
from crmdesk.models.tables.audit import use_key
from crmdesk.models.tables.imports import import_batch, import_record
from crmdesk.services.units import Unit

COUNTS = ("read_count", "created_count", "updated_count", "skipped_count", "failed_count")
UPDATED, KEPT = "updated", "kept"
_BLOCK = 500


def digest_of(path: Path) -> bytes:
    """SHA-256 of the imported file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def parse_batch(text: str) -> dict[str, Any]:
    """What a batch keeps of its import: `columns`, and the `last_id` it gave out."""
    return {"columns": {}, "last_id": 0, **json.loads(text or "{}")}


class Batch:
    """The batch of a running import."""

    def __init__(self, unit: Unit, kind: str, file: str, digest: bytes) -> None:
        self.unit = unit
        self.kind = kind
        self.digest = digest
        self.id = unit.next_id()
        unit.add(
            import_batch,
            id=self.id,
            kind=kind,
            file_name=file,
            file_digest=digest,
            imported_at=clock.stamp(clock.now_utc()),
            **dict.fromkeys(COUNTS, 0),
        )
        query = select(import_batch.c.id, import_batch.c.mapping).where(import_batch.c.undone_at.is_not(None))
        self._undone = {row.id: parse_batch(row.mapping)["last_id"] for row in unit.connection.execute(query)}

    def record_change(self, kind: str, record_id: int, before: dict[str, Any]) -> None:
        """Notes a record that this import changed; `before` is what an undo restores.

        What it made needs no note: its ids lie between the batch's own and its `last_id`.
        """
        _note(self.unit, self.id, UPDATED, kind, record_id, before)

    def may_revive(self, kind: str, record_id: int, version: int) -> bool:
        """Whether a record is out of use only because an import was taken back: nobody has touched it since."""
        query = select(import_record.c.before).where(
            import_record.c.record_id == record_id,
            import_record.c.record_kind == kind,
            import_record.c.action == KEPT,
        )
        row = self.unit.connection.execute(query).first()  # nothing that waits to be written is asked for
        return row is not None and json.loads(row.before)["version"] == version

    def is_undone(self, record_id: int) -> bool:
        """Whether a record came from an import that was taken back."""
        return any(first_id < record_id <= last_id for first_id, last_id in self._undone.items())

    def finish(self, counts: Mapping[str, int], columns: dict[str, str]) -> None:
        """Completes the batch: its counts, which column was what, and the last id that the import gave out."""
        mapping = json.dumps({"columns": columns, "last_id": self.unit.next_id()}, ensure_ascii=False)
        self.unit.execute(
            update(import_batch).where(import_batch.c.id == self.id).values(**counts, mapping=mapping)
        )

    # Rows without a number

    def keys_of(self, contents: Sequence[tuple[Any, ...]]) -> list[str]:
        """One key per row, equal rows counted through."""
        seen: Counter[bytes] = Counter()
        keys = []
        for content in contents:
            digest = hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).digest()[:16]
            seen[digest] += 1
            keys.append(f"import:{self.kind}:{digest.hex()}:{seen[digest]}")
        return keys

    def free_keys(self, keys: Iterable[str]) -> dict[str, str]:
        """key -> the key to store it under, for those whose row is not in the book yet.

        What an undone import had stored stays (keys are append-only), so the next one counts on: key#2.
        """
        free: dict[str, str] = {}
        wanted = dict.fromkeys(keys, 1)
        while wanted:
            stored = self._stored([_generation(key, count) for key, count in wanted.items()])
            following: dict[str, int] = {}
            for key, count in wanted.items():
                name = _generation(key, count)
                batch_id = stored.get(name)
                if batch_id is None:
                    free[key] = name
                elif batch_id in self._undone:
                    following[key] = count + 1
            wanted = following
        return free

    def _stored(self, names: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(names), _BLOCK):
            query = select(use_key.c.key, use_key.c.result).where(
                use_key.c.key.in_(names[start : start + _BLOCK])
            )
            for key, result in self.unit.connection.execute(query):
                found[key] = json.loads(result).get("batch", 0)
        return found

    def remember_key(self, name: str, number: str) -> None:
        """Stores the key of a row in the transaction that books it."""
        self.unit.add(
            use_key,
            key=name,
            request_digest=hashlib.sha256(name.encode()).digest(),
            result=json.dumps({"batch": self.id, "number": number}, ensure_ascii=False),
            audit_id=self.unit.audit_id,
        )


def note_kept(unit: Unit, batch_id: int, kind: str, record_id: int, version: int) -> None:
    """Notes a record that the undo of a batch could only put out of use, as it left it."""
    _note(unit, batch_id, KEPT, kind, record_id, {"version": version})


def _note(unit: Unit, batch_id: int, action: str, kind: str, record_id: int, before: dict[str, Any]) -> None:
    unit.add(
        import_record,
        batch_id=batch_id,
        record_id=record_id,
        record_kind=kind,
        action=action,
        before=json.dumps(before, ensure_ascii=False),
    )


def known_first(keys: Sequence[str], free: Collection[str]) -> list[str]:
    """The same keys, dealt anew among equal rows: those that are in the book come before the free ones."""
    dealt: dict[str, deque[str]] = {}
    for key in sorted(keys, key=free.__contains__):
        dealt.setdefault(_content_of(key), deque()).append(key)
    return [dealt[_content_of(key)].popleft() for key in keys]


def _content_of(key: str) -> str:
    return key.rpartition(":")[0]


def _generation(key: str, count: int) -> str:
    return key if count == 1 else f"{key}#{count}"
