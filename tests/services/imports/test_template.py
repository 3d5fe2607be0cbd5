"""Templates: every column is known again, and the example in them can be imported as it stands."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from crmdesk.services.book import Book
from crmdesk.services.imports import kinds, mapping, run, template
from tests.services.imports.conftest import counts, do

TREES = ("行业", "地区", "消费水平", "客户价值")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("kind", template.KINDS)
def test_a_template_can_be_imported_as_it_stands(
    book: Book, tmp_path: Path, kind: str, language: str
) -> None:
    do(book, "customer.create", code="C00001" if kind != "customers" else "X", name="甲")
    do(book, "product.create", code="X", name="涂料", price="1")
    path = template.write(tmp_path / "t.xlsx", kind, language, TREES)
    header = [cell.value for cell in next(openpyxl.load_workbook(path).active.iter_rows())]  # pyright: ignore[reportOptionalMemberAccess]
    entries = template.columns_of(kind, TREES)
    assert len(set(header)) == len(entries)
    known = kinds.columns_of(kinds.find(kind), TREES, header, mapping.EMPTY)
    assert mapping.propose(header, known).by_name == {
        entry.name: place for place, entry in enumerate(entries)
    }
    result = run.run(book, kind, path)
    assert counts(result) == (1, 0, 0, 0), result.errors
    assert counts(run.run(book, kind, path)) == (0, 0, 1, 0)
