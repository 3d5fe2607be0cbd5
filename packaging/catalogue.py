"""The catalogue of translations: collects every string from the code, merges, compiles, says what is missing.

    python packaging/catalogue.py [--merge TRANSLATIONS.json …] [--missing OUT.json]

`dev.py test` fails while a string is untranslated or the compiled catalogue is not up to date
(tests/test_catalogue.py uses the functions here).
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_CN"
FOLDER = ROOT / "resources" / "i18n" / LANGUAGE / "LC_MESSAGES"
PO, MO = FOLDER / "crmdesk.po", FOLDER / "crmdesk.mo"
_MARKS = ("_", "N_")
_PLACEHOLDER = re.compile(r"\{(\w*)[^}]*\}")


def collect() -> Catalog:
    """Every string that `_()` or `N_()` marks in the code; read as syntax, so that none hides in an f-string."""
    found = Catalog(domain="crmdesk")
    for path in sorted((ROOT / "crmdesk").rglob("*.py")):
        for message in marked(path.read_text(encoding="utf-8")):
            found.add(message, locations=[(path.relative_to(ROOT).as_posix(), 0)])
    return found


def marked(source: str) -> list[str]:
    """The strings that one file marks."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    named = [node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id in _MARKS]
    return [
        node.value
        for node in named
        if isinstance(node, ast.Constant) and node.value and isinstance(node.value, str)
    ]


def stored() -> Catalog:
    """The catalogue as it is kept."""
    if not PO.exists():
        return Catalog(locale=LANGUAGE, domain="crmdesk")
    with PO.open("rb") as stream:
        return read_po(stream, locale=LANGUAGE, domain="crmdesk")


def merged(translations: dict[str, str]) -> Catalog:
    """The strings of the code with the translations known so far; what the code no longer has is dropped."""
    known = {str(entry.id): str(entry.string) for entry in stored() if entry.id} | translations
    result = Catalog(locale=LANGUAGE, domain="crmdesk", project="crmdesk", fuzzy=False)
    for entry in sorted(collect(), key=lambda one: str(one.id)):
        if entry.id:
            result.add(entry.id, known.get(str(entry.id), ""))
    return result


def missing(catalogue: Catalog) -> list[str]:
    """Strings without a translation, or whose translation names other placeholders."""
    wrong = []
    for entry in catalogue:
        if not entry.id:
            continue
        source, target = str(entry.id), str(entry.string or "")
        if not target or sorted(_PLACEHOLDER.findall(source)) != sorted(_PLACEHOLDER.findall(target)):
            wrong.append(source)
    return wrong


def po_bytes(catalogue: Catalog) -> bytes:
    """The text form without dates, so that the same strings give the same file."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, omit_header=True, sort_output=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: zh_CN\\n"\n\n'
    return head.encode() + buffer.getvalue().lstrip()


def mo_bytes(po: bytes) -> bytes:
    """The compiled form of a text form; its date is fixed, so that the same text gives the same file."""
    catalogue = read_po(io.BytesIO(po), locale=LANGUAGE)
    catalogue.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def main() -> int:
    """Merges and compiles; exit code 1 while something is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merge", nargs="*", default=[], type=Path)
    parser.add_argument("--missing", type=Path, help="write the untranslated strings to this JSON file")
    options = parser.parse_args()
    translations: dict[str, str] = {}
    for path in options.merge:
        translations |= json.loads(path.read_text(encoding="utf-8"))
    catalogue = merged(translations)
    FOLDER.mkdir(parents=True, exist_ok=True)
    po = po_bytes(catalogue)
    PO.write_bytes(po)
    MO.write_bytes(mo_bytes(po))
    absent = missing(catalogue)
    if options.missing:
        options.missing.write_text(json.dumps(absent, ensure_ascii=False, indent=1), encoding="utf-8")
    sys.stdout.write(f"{len(catalogue)} strings, {len(absent)} untranslated\n")
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
