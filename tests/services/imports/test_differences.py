"""What an import would change: how much of it is kept, and how it is counted when a row is refused after all."""

from __future__ import annotations

import pytest

from crmdesk.services import category_paths, use_cases
from crmdesk.services.book import Book
from crmdesk.services.imports import differences
from crmdesk.services.imports.differences import Differences


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Differences:
    """Three are kept: rows 1 and half of row 2; row 3 is only counted."""
    monkeypatch.setattr(differences, "KEPT_MAX", 3)
    found = Differences("Customers")
    for row in (1, 2, 3):
        for name in ("Phone", "Note"):
            found.add(row, f"C{row}", name, "", "x")
    return found


def shown(found: Differences) -> list[tuple[int, str]]:
    return [(one.row, one.field) for one in found.all()]


def test_a_refused_row_counts_for_nothing_whether_it_was_kept_or_not(many: Differences) -> None:
    assert (many.count, shown(many)) == (6, [(1, "Phone"), (1, "Note"), (2, "Phone")])
    many.drop(3)
    assert (many.count, len(many.all())) == (4, 3), "none of it was kept"
    many.drop(2)
    assert (many.count, shown(many)) == (2, [(1, "Phone"), (1, "Note")]), "half of it was kept"
    many.drop(2)
    many.drop(9)
    assert many.count == 2


def test_what_is_shown_has_no_gap(many: Differences) -> None:
    many.drop(1)
    many.add(4, "C4", "Phone", "", "x")
    assert (many.count, shown(many)) == (5, [(2, "Phone")]), "row 3 is not shown, so row 4 is not, either"
    assert differences.merged([many]) == (tuple(many.all()), 5)


def test_places_by_id_are_turned_once_and_know_what_was_made_since(book: Book) -> None:
    with book.write() as unit:
        use_cases.perform(unit, "category.create", {"dimension": "地区", "path": "华东/上海"})
        tree = category_paths.dimensions(unit)["地区"]
        first = category_paths.nodes_by_id(unit, tree)
        assert {name for _parent, name in first.values()} == {"华东", "上海"}
        assert category_paths.nodes_by_id(unit, tree) is first
        new = category_paths.ensure(unit, ("地区", "华东", "江苏"))
        again = category_paths.nodes_by_id(unit, tree)
        assert again is first
        assert again[new][1] == "江苏"
        assert {one: key for key, one in category_paths.nodes(unit, tree).items()} == again
