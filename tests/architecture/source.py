"""Reads the program's own source and finds what must not be in it.

Every rule is a function from one parsed module to its findings, so that a planted fault can be shown
to be found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "crmdesk"

LINES_MAX = 500
# Rooms that collect whatever nobody wants to name.
ATTICS = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
SECOND_SQLITE = ("sqlite3", "_sqlite3", "aiosqlite", "pysqlite3", "PySide6.QtSql")
# Modules that may be called with statements: SQLAlchemy's text, and raw execution.
RAW_SQL = {"text", "exec_driver_sql", "literal_column"}
CURSOR_CALLS = {"execute", "executemany", "executescript"}
# Statement text that SQLAlchemy compiled; names that come from our own schema, never from input.
SQL_MARKERS = ("# compiled-sql:", "# own-sql:", "# noqa: S608 (")
CLOSED_FILE_MARKER = "# closed-file:"
FILE_READING = {"open", "read_bytes", "read_text", "write_bytes", "write_text", "file_digest", "mmap"}
FILE_READING |= {"copy", "copy2", "copyfile", "copyfileobj", "copytree"}
BOOK_ROOMS = ("book", "connection", "unit", "backup", "restore", "migrat", "check", "opening_file")
TERMINAL_ROOMS = ("cli", "cli.py", "__main__.py", "bench", "bench.py")


@dataclass(frozen=True)
class Module:
    """One source file; `name` is its path below crmdesk with slashes."""

    name: str
    source: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    def is_marked(self, node: ast.expr, *markers: str) -> bool:
        """True if the lines of a call, or the line above it, carry a marker with a reason after it."""
        lines = self.source.splitlines()[max(0, node.lineno - 2) : node.end_lineno]
        return any(line.partition(marker)[2].strip() for line in lines for marker in markers)


@dataclass(frozen=True)
class Finding:
    module: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"crmdesk/{self.module}:{self.line}: {self.what}"


def modules() -> list[Module]:
    """Every module of the program."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [Module(f.relative_to(PACKAGE).as_posix(), f.read_text(encoding="utf-8")) for f in files]


def imported_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module that is imported, also by `import_module("…")` and `__import__("…")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
        elif (
            isinstance(node, ast.Call) and called_name(node) in ("import_module", "__import__") and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def called_name(call: ast.Call) -> str:
    """The last part of what is called: `copy2` for `shutil.copy2(…)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


# ------------------------------------------------------------------ rules


def second_sqlite(module: Module) -> list[Finding]:
    """A second SQLite in the process drops the file locks of the first (howtocorrupt 2.2.1)."""
    return [
        Finding(module.name, line, f"imports {name}")
        for line, name in imported_names(module.tree)
        if any(name == banned or name.startswith(banned + ".") for banned in SECOND_SQLITE)
    ]


def engines_of_the_wrong_driver(module: Module) -> list[Finding]:
    """An engine without `module=` makes SQLAlchemy import Python's own sqlite3, a second SQLite."""
    return [
        Finding(module.name, call.lineno, ast.unparse(call))
        for call in calls(module.tree)
        if called_name(call) == "create_engine" and all(word.arg != "module" for word in call.keywords)
    ]


def prints(module: Module) -> list[Finding]:
    """Only the command line speaks to a terminal; a screenshot run is one, too."""
    if module.name.split("/")[0] in TERMINAL_ROOMS or module.name == "ui/screenshots.py":
        return []
    found = []
    for call in calls(module.tree):
        if isinstance(call.func, ast.Name) and call.func.id == "print":
            found.append(Finding(module.name, call.lineno, "prints"))
        elif called_name(call) == "write" and ast.unparse(call.func).startswith(("sys.stdout", "sys.stderr")):
            found.append(Finding(module.name, call.lineno, "writes to the terminal"))
    return found


def _is_fixed(node: ast.expr) -> bool:
    """A text that no input can reach: literals, and constants in capitals, put together."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.Attribute):
        return node.attr.isupper()
    if isinstance(node, ast.IfExp):
        return _is_fixed(node.body) and _is_fixed(node.orelse)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and _is_fixed(node.left) and _is_fixed(node.right)
    if isinstance(node, ast.JoinedStr):
        return all(_is_fixed(p.value) if isinstance(p, ast.FormattedValue) else True for p in node.values)
    return False


def _is_glued(node: ast.expr) -> bool:
    """A text put together from parts: f-string, `+`, `%`, `.format(…)`, `.join(…)`."""
    if isinstance(node, ast.Call):
        return called_name(node) in ("format", "join", "replace", "format_map")
    return isinstance(node, ast.JoinedStr | ast.BinOp)


def glued_sql(module: Module) -> list[Finding]:
    """SQL text is a literal. Else it is marked `# compiled-sql: <reason>` (SQLAlchemy made it)
    or `# own-sql: <reason>` (its parts are names of our own schema, never input)."""
    tree = module.tree
    from_sqlalchemy = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy"
        for alias in node.names
    }
    found = []
    for call in calls(tree):
        name = called_name(call)
        if not call.args:
            continue
        if isinstance(call.func, ast.Name):
            is_raw = from_sqlalchemy.get(name) in RAW_SQL
        elif name == "exec_driver_sql":
            is_raw = True
        else:
            is_raw = name in RAW_SQL and ast.unparse(call.func).split(".")[0] in ("sa", "sqlalchemy")
        first = call.args[0]
        is_method = isinstance(call.func, ast.Attribute)
        suspicious = (is_raw and not _is_fixed(first)) or (
            is_method and name in CURSOR_CALLS and _is_glued(first) and not _is_fixed(first)
        )
        if suspicious and not module.is_marked(call, *SQL_MARKERS):
            found.append(Finding(module.name, call.lineno, f"SQL that is not a literal: {ast.unparse(call)}"))
    return found


def file_touching(module: Module) -> list[Finding]:
    """A live book is only ever opened by SQLite: closing any other handle drops its POSIX locks.

    Making a new file (O_EXCL) and syncing a folder do no harm; what reads a closed file is marked
    `# closed-file: <reason>`.
    """
    room, _, name = module.name.partition("/")
    if room != "services" or not name.startswith(BOOK_ROOMS):
        return []
    found = []
    for call in calls(module.tree):
        called = called_name(call)
        whole = ast.unparse(call)
        is_own = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in (
            "cls",
            "Book",
            "book.Book",
        )
        is_folder = bool(call.args) and "folder" in ast.unparse(call.args[0])
        harmless = is_own or "O_EXCL" in whole or (whole.startswith("os.open(") and is_folder)
        if called in FILE_READING and not harmless and not module.is_marked(call, CLOSED_FILE_MARKER):
            found.append(Finding(module.name, call.lineno, f"touches a file past SQLite: {whole}"))
    return found


def attics(module: Module) -> list[Finding]:
    """Names that say nothing become attics."""
    path = PurePosixPath(module.name)
    words = [*path.parts[:-1], path.stem]
    return [Finding(module.name, 1, f"an attic: {word}") for word in words if word.strip("_") in ATTICS]


def too_long(module: Module) -> list[Finding]:
    """A module that long does several things; split it by verb."""
    if module.name.startswith("models/migrations/v0"):
        return []  # what freeze.py wrote once: read by the program, kept as it is
    count = len(module.source.splitlines())
    return [Finding(module.name, count, f"{count} lines")] if count > LINES_MAX else []


def interpolated_translation(module: Module) -> list[Finding]:
    """`_()` is given a literal: an f-string in it never meets its translation."""
    found = []
    for call in calls(module.tree):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in ("_", "N_") and call.args and _is_glued(call.args[0]) and not _is_fixed(call.args[0]):
            found.append(Finding(module.name, call.lineno, f"no translation can match: {ast.unparse(call)}"))
    return found


RULES = (
    second_sqlite,
    engines_of_the_wrong_driver,
    prints,
    glued_sql,
    file_touching,
    attics,
    too_long,
    interpolated_translation,
)
