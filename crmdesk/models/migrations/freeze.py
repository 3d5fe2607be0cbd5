"""Writes a revision that makes today's tables from nothing: `python -m crmdesk.models.migrations.freeze`.

Only for the first version, and only until it has been given away; later versions are written by hand as steps.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_mock_engine
from sqlalchemy.sql.ddl import ExecutableDDLElement

from crmdesk.models.tables import APPEND_ONLY, METADATA
from crmdesk.models.tables.triggers import trigger_sql

_WIDTH = 96

_HEAD = '''"""Schema version 1: the first tables. Written by `crmdesk.models.migrations.freeze`; not edited by hand."""
# ruff: noqa: E501 (SQL as SQLite is given it)

from __future__ import annotations

from typing import Any

STATEMENTS = (
'''
_TAIL = ''')


def upgrade(operations: Any) -> None:
    """Makes every table and index in an empty file."""
    for statement in STATEMENTS:
        operations.execute(statement)
'''


def statements() -> list[str]:
    """The statements that make today's tables and indexes on SQLite, without triggers."""
    found: list[str] = []

    def note(element: ExecutableDDLElement, *_rest: object) -> None:
        found.append(str(element.compile(dialect=engine.dialect)).strip())

    engine = create_mock_engine("sqlite://", note)
    METADATA.create_all(engine, checkfirst=False)
    triggers = {sql for table in APPEND_ONLY for sql in trigger_sql(table.name)}
    return _ordered([statement for statement in found if statement not in triggers])


def _ordered(found: list[str]) -> list[str]:
    """Indexes behind their table by name: SQLAlchemy keeps them in a set, which has no order."""
    blocks: list[list[str]] = []
    for statement in found:
        if not statement.startswith("CREATE INDEX") and not statement.startswith("CREATE UNIQUE INDEX"):
            blocks.append([])
        blocks[-1].append(statement)
    return [statement for block in blocks for statement in (block[0], *sorted(block[1:]))]


def module_text() -> str:
    """The text of `v0001.py`."""
    return _HEAD + "".join(f'    """\n{_wrapped(statement)}    """,\n' for statement in statements()) + _TAIL


def _wrapped(statement: str) -> str:
    """The statement in lines of moderate length, broken after commas only (blanks may stand in literals)."""
    lines = [""]
    for part in " ".join(statement.split()).replace("( ", "(").replace(" )", ")").split(", "):
        if lines[-1] and len(lines[-1]) + len(part) > _WIDTH:
            lines.append("")
        lines[-1] += part + ", "
    return "".join(f"    {line.strip()}\n" for line in lines)[: -len(",\n")] + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("v0001.py").write_text(module_text(), encoding="utf-8")
