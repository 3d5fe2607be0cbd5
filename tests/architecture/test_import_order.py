"""Any module may be the first one imported: at the start no module needs one that needs it.

A circle works as long as somebody else enters it from the right side; whoever enters it elsewhere gets an ImportError
of a half-made module. Imports inside functions are no part of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.architecture.source import Module, modules

Needs = dict[str, set[str]]


def _dotted(name: str) -> str:
    return "crmdesk." + name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def _at_the_start(body: Iterable[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that are done when a module is loaded."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If):
            if "TYPE_CHECKING" not in ast.unparse(node.test):
                yield from _at_the_start(node.body)
            yield from _at_the_start(node.orelse)
        elif isinstance(node, ast.Try | ast.With):
            yield from _at_the_start(node.body)


def _meant(node: ast.Import | ast.ImportFrom, known: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    for alias in node.names:
        full = f"{node.module}.{alias.name}"
        yield full if full in known else str(node.module)


def needs_of(sources: Iterable[Module]) -> Needs:
    """Module -> the modules of the program that are loaded while it is; a package comes before its modules."""
    trees = {_dotted(one.name): one.tree for one in sources}
    needs: Needs = {}
    for name, tree in trees.items():
        found = needs.setdefault(name, set())
        for meant in (one for node in _at_the_start(tree.body) for one in _meant(node, set(trees))):
            parts = meant.split(".")
            packages = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
            found |= {one for one in packages if one in trees and not (name + ".").startswith(one + ".")}
    return needs


def circles(needs: Needs) -> list[list[str]]:
    """What stays when every module is taken away whose needs are all met: the circles, and who needs them."""
    left = {name: set(found) for name, found in needs.items()}
    while ready := {name for name, found in left.items() if not found & left.keys()}:
        left = {name: found for name, found in left.items() if name not in ready}
    # who only needs a circle is no part of it
    while outer := {name for name in left if not any(name in found for found in left.values())}:
        left = {name: found for name, found in left.items() if name not in outer}
    return [[name, *sorted(found & left.keys())] for name, found in sorted(left.items())]


def test_no_module_needs_one_that_needs_it() -> None:
    assert circles(needs_of(modules())) == []


def test_a_circle_is_found() -> None:
    """Control: a circle over a package's `__init__`; what is imported inside a function is none."""
    planted = [
        Module("a/__init__.py", "from crmdesk.a.b import one"),
        Module("a/b.py", "import crmdesk.c"),
        Module("c.py", "from crmdesk.a import b"),
        Module("d.py", "import crmdesk.c\n\n\ndef late():\n    from crmdesk import e"),
        Module("e.py", "import crmdesk.d"),
    ]
    assert circles(needs_of(planted)) == [
        ["crmdesk.a", "crmdesk.a.b"],
        ["crmdesk.a.b", "crmdesk.c"],
        ["crmdesk.c", "crmdesk.a", "crmdesk.a.b"],
    ]
