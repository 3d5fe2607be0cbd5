"""Who may import whom: the contracts of pyproject.toml hold, and a breach of them is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PROJECT

ROOMS = (
    ".",
    "cli",
    "models",
    "models/migrations",
    "models/specs",
    "models/tables",
    "services",
    "ui",
    "ui/dialogs",
    "ui/kit",
    "ui/pages",
)
# A breach for every contract: the file that commits it, and the contract that must say so.
BREACHES = [
    ("crmdesk/models/breach.py", "import crmdesk.services", "main, cli, app -> ui -> services"),
    ("crmdesk/services/breach.py", "import crmdesk.ui", "main, cli, app -> ui -> services"),
    ("crmdesk/services/breach.py", "import PySide6.QtCore", "Qt stays in ui and app"),
    ("crmdesk/services/breach.py", "import sqlite3", "no second SQLite in the process"),
    ("crmdesk/ui/breach.py", "import sqlalchemy", "ui knows no database"),
    ("crmdesk/ui/breach.py", "import crmdesk.models.tables", "ui knows no database"),
    ("crmdesk/ui/kit/breach.py", "import crmdesk.ui.pages", "kit imports no page"),
    ("crmdesk/ui/kit/breach.py", "import crmdesk.models.specs", "kit imports no page"),
    ("crmdesk/ui/pages/breach.py", "import crmdesk.ui.pages.other_breach", "pages do not import pages"),
    ("crmdesk/models/breach.py", "import openpyxl", "models know no store"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter on the package in `folder`."""
    program = "from importlinter.cli import lint_imports_command as main; main()"
    command = [sys.executable, "-c", program, "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def bare_package(folder: Path) -> None:
    """The rooms of the house with nothing in them, under the project's own contracts."""
    shutil.copy(PROJECT / "pyproject.toml", folder)
    for room in ROOMS:
        place = folder / "crmdesk" / room
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").touch()
    for name in ("__main__", "app", "text", "paths"):
        (folder / "crmdesk" / f"{name}.py").touch()
    for name in ("other_breach", "breach"):
        (folder / "crmdesk" / "ui" / "pages" / f"{name}.py").touch()


def test_the_contracts_hold() -> None:
    done = lint_imports(PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bare_house_breaks_no_contract(tmp_path: Path) -> None:
    bare_package(tmp_path)
    done = lint_imports(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("file", "line", "contract"), BREACHES)
def test_a_breach_is_found(tmp_path: Path, file: str, line: str, contract: str) -> None:
    bare_package(tmp_path)
    (tmp_path / file).write_text(line + "\n", encoding="utf-8")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [text for text in done.stdout.splitlines() if text.rstrip().endswith("BROKEN")]
    assert len(broken) == 1, broken
    assert contract in broken[0]


def test_the_package_can_be_started() -> None:
    """`python -m crmdesk --version` answers without a window, a book or Qt."""
    program = (
        "import sys, crmdesk.__main__ as m\n"
        "assert callable(m.main)\n"
        "heavy = ('PySide6', 'sqlalchemy', 'sqlite3', 'openpyxl', 'reportlab')\n"
        "loaded = [name for name in heavy if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


def test_a_book_needs_no_other_sqlite(tmp_path: Path) -> None:
    """Python's own sqlite3 and QtSql cannot even be imported here, and a book's whole life goes on."""
    program = (
        "import sys\n"
        "for name in ('sqlite3', '_sqlite3', 'PySide6.QtSql'):\n"
        "    sys.modules[name] = None\n"
        "from crmdesk.cli import main\n"
        "for line in (['new', 'a.crmdesk', '--name', 'A'], ['check', 'a.crmdesk'],\n"
        "             ['backup', 'a.crmdesk', '--to', 'b.crmdesk'], ['restore', 'b.crmdesk', '--to', 'c.crmdesk']):\n"
        "    assert main(line) == 0, line\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
