"""The rules of the house that import-linter and ruff cannot express, each with a planted fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.architecture import source
from tests.architecture.source import Finding, Module

type_of_rule = Callable[[Module], list[Finding]]


@pytest.mark.parametrize("rule", source.RULES, ids=lambda rule: rule.__name__)
def test_the_program_keeps_the_rule(rule: type_of_rule) -> None:
    modules = source.modules()
    assert modules, "no source found: this test would prove nothing"
    found = [finding for module in modules for finding in rule(module)]
    assert not found, f"{rule.__doc__}\n" + "\n".join(map(str, found))


PLANTED = [
    (source.second_sqlite, "services/x.py", "import sqlite3"),
    (source.second_sqlite, "services/x.py", "from sqlite3 import dbapi2 as driver"),
    (source.second_sqlite, "ui/x.py", "from PySide6 import QtSql"),
    (source.second_sqlite, "ui/x.py", "from PySide6.QtSql import QSqlDatabase"),
    (source.second_sqlite, "ui/x.py", "import importlib\nimportlib.import_module('PySide6.QtSql')"),
    (source.second_sqlite, "ui/x.py", "def late():\n    __import__('sqlite3')"),
    (source.engines_of_the_wrong_driver, "services/x.py", "e = create_engine('sqlite://', creator=c)"),
    (source.prints, "services/x.py", "print('done')"),
    (source.prints, "ui/x.py", "import sys\nsys.stderr.write('oh')"),
    (source.glued_sql, "services/x.py", "def f(c, t):\n    c.exec_driver_sql(f'DROP TABLE {t}')"),
    (source.glued_sql, "services/x.py", "def f(c, t):\n    c.exec_driver_sql('DROP TABLE ' + t)"),
    (source.glued_sql, "services/x.py", "def f(c, t):\n    s = 'DROP ' + t\n    c.exec_driver_sql(s)"),
    (source.glued_sql, "services/x.py", "from sqlalchemy import text\ndef f(t): return text('%s' % t)"),
    (source.glued_sql, "services/x.py", "from sqlalchemy import text as sql\ndef f(t): return sql(t)"),
    (source.glued_sql, "services/x.py", "import sqlalchemy as sa\ndef f(t): return sa.text('{}'.format(t))"),
    (source.glued_sql, "services/x.py", "def f(c, t):\n    c.execute(f'SELECT {t}')"),
    (source.glued_sql, "services/x.py", "def f(c, t):\n    c.exec_driver_sql(t)  # compiled-sql:"),
    (source.file_touching, "services/book.py", "def f(path):\n    return open(path, 'rb').read(16)"),
    (source.file_touching, "services/book_recent.py", "def f(path): return path.read_bytes()"),
    (source.file_touching, "services/backup.py", "import shutil\ndef f(a, b): shutil.copy2(a, b)"),
    (source.file_touching, "services/connections.py", "import os\ndef f(a): os.open(a, os.O_RDONLY)"),
    (source.attics, "services/utils.py", ""),
    (source.attics, "ui/helpers/buttons.py", ""),
    (source.attics, "services/_common.py", ""),
    (source.too_long, "services/x.py", "x = 1\n" * (source.LINES_MAX + 1)),
    (source.interpolated_translation, "services/x.py", "def f(n): return _(f'Row {n}')"),
    (source.interpolated_translation, "services/x.py", "def f(n): return _('Row {n}'.format(n=n))"),
]


@pytest.mark.parametrize(("rule", "name", "text"), PLANTED)
def test_a_planted_fault_is_found(rule: type_of_rule, name: str, text: str) -> None:
    assert rule(Module(name, text))


ALLOWED = [
    (source.second_sqlite, "services/x.py", "import sqlcipher3.dbapi2\nNAME = 'sqlite3'"),
    (source.engines_of_the_wrong_driver, "services/x.py", "create_engine('sqlite://', module=driver)"),
    (source.prints, "cli/output.py", "print('{}')"),
    (source.glued_sql, "services/x.py", "def f(c): c.exec_driver_sql('BEGIN IMMEDIATE')"),
    (source.glued_sql, "services/x.py", "def f(c, w): c.exec_driver_sql('BEGIN' if w else 'ROLLBACK')"),
    (source.glued_sql, "services/x.py", "def f(c): c.exec_driver_sql(f'PRAGMA user_version={m.VERSION}')"),
    (
        source.glued_sql,
        "services/x.py",
        "def f(c, s):\n    c.exec_driver_sql(s)  # compiled-sql: by SQLAlchemy",
    ),
    (source.glued_sql, "services/x.py", "def f(sheet, s): sheet.text(1, 2, s)"),
    (source.glued_sql, "services/x.py", "def f(c, statement): c.execute(statement)"),
    (source.file_touching, "services/book.py", "import os\ndef f(a): os.open(a, os.O_CREAT | os.O_EXCL)"),
    (source.file_touching, "services/book.py", "import os\ndef f(folder): os.open(folder, os.O_RDONLY)"),
    (source.file_touching, "services/backup.py", "def f(p):\n    p.read_bytes()  # closed-file: a backup"),
    (source.file_touching, "services/imports/x.py", "def f(p): p.read_bytes()"),
    (source.interpolated_translation, "services/x.py", "def f(n): return _('Row {n}').format(n=n)"),
]


@pytest.mark.parametrize(("rule", "name", "text"), ALLOWED)
def test_what_is_allowed_is_left_alone(rule: type_of_rule, name: str, text: str) -> None:
    assert rule(Module(name, text)) == []
