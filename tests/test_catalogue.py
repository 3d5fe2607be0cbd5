"""Every visible string is in the catalogue, translated, with the same placeholders, and compiled."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue_tool", ROOT / "packaging" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_string_is_translated(tool: ModuleType) -> None:
    absent = tool.missing(tool.merged({}))
    assert not absent, f"{len(absent)} without zh_CN (packaging/catalogue.py --missing): {absent[:10]}"


def test_the_stored_catalogue_is_what_the_code_says(tool: ModuleType) -> None:
    assert tool.PO.read_bytes() == tool.po_bytes(tool.merged({})), "run packaging/catalogue.py"
    assert tool.MO.read_bytes() == tool.mo_bytes(tool.PO.read_bytes()), "run packaging/catalogue.py"


def test_a_wrong_placeholder_is_found(tool: ModuleType) -> None:
    planted = Catalog(locale="zh_CN")
    planted.add("{number} is void.", "{nummer} 已作废。")
    planted.add("Total", "合计")
    planted.add("Nobody translated this", "")
    assert tool.missing(planted) == ["{number} is void.", "Nobody translated this"]


def test_no_string_hides_in_another_one(tool: ModuleType) -> None:
    """What was marked inside an f-string was not collected, and printed in English on a Chinese invoice."""
    source = "text = f\"{price} {labels.one(N_('incl.'))} {_('a' 'b')} {_(name)}\""
    assert sorted(tool.marked(source)) == ["ab", "incl."]
