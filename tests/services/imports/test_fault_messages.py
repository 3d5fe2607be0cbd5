"""Every refusal the child can send has a finished sentence, with every parameter it names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import crmdesk.services.imports.child
from crmdesk.models.errors import Code
from crmdesk.services.imports.fault_messages import exception_for, note_for
from crmdesk.services.imports.faults import ReadFault

FOLDER = Path(crmdesk.services.imports.child.__file__).parent


def raised() -> list[tuple[str, str, tuple[str, ...]]]:
    """(code, reason, parameter names) of each `ReadFault(…)` in the source."""
    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ReadFault"
            ):
                continue
            code = node.args[0]
            if not isinstance(code, ast.Attribute):
                continue  # rebuilt from a message
            reason = (
                node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) else ""
            )
            names = tuple(sorted(keyword.arg for keyword in node.keywords if keyword.arg))
            found.add((code.attr, str(reason), names))
    return sorted(found)


def test_there_is_something_to_check() -> None:
    assert len(raised()) > 40


@pytest.mark.parametrize(("code", "reason", "names"), raised())
def test_each_refusal_has_its_sentence(code: str, reason: str, names: tuple[str, ...]) -> None:
    fault = ReadFault(Code[code], reason, **{name: 7 if name == "row" else "VALUE" for name in names})
    error = exception_for(fault, "客户.xlsx")
    assert error.code is Code[code]
    assert error.hint
    assert error.hint not in error.message, "whoever shows both says the way out once"
    assert error.message.startswith("客户.xlsx: ")
    assert "{" not in error.message
    (problem,) = error.problems
    assert problem.file == "客户.xlsx"
    assert problem.row == (7 if "row" in names else None)


@pytest.mark.parametrize(
    ("code", "reason", "parameters"),
    [
        (Code.MACROS_IGNORED, "", {}),
        (Code.EXT_MISMATCH, "workbook", {"suffix": ".csv", "format": "xlsx"}),
        (Code.EXT_MISMATCH, "text", {"suffix": ".xls", "encoding": "gb18030"}),
        (Code.ROWS_DIFFER, "", {"counted": 3, "read": 2}),
    ],
)
def test_each_note_has_its_sentence(code: Code, reason: str, parameters: dict[str, str | int]) -> None:
    note = note_for(code, reason, parameters, "客户.xlsx", "S")
    assert note.code is code
    assert "{" not in note.message
