"""How the tables of a book came to be: one revision per schema version, in order.

A revision is a module `v0002.py` with `upgrade(operations)`, written with Alembic's operations. It is frozen once a
program with that version has been given away: it must go on making what it made, so it never imports the tables.
Triggers are not its concern: `services.migration` takes them off before and puts them on again at the end. Alembic
itself is imported only when a book is behind; there is no script folder, so a frozen program needs no loose files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crmdesk.models.migrations import v0001


@dataclass(frozen=True, slots=True)
class Revision:
    """The step to one schema version."""

    version: int
    upgrade: Callable[[Any], None]
    """Given `alembic.operations.Operations` on a book of the version before, inside a transaction."""


REVISIONS: tuple[Revision, ...] = (Revision(1, v0001.upgrade),)
"""From an empty file to this program's tables."""
