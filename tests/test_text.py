"""Words of the program: numbers and what is counted."""

from __future__ import annotations

import pytest

from crmdesk.text import counted, counted_each, current_language, use_language


@pytest.mark.parametrize(
    ("source", "one", "many"),
    [
        ("{count} rows", "1 row", "1,200 rows"),
        ("{count} open items", "1 open item", "1,200 open items"),
        ("{name}: {count} categories below", "A: 1 category below", "A: 1,200 categories below"),
        (
            "{count} documents have a rate now.",
            "1 document has a rate now.",
            "1,200 documents have a rate now.",
        ),
        (
            "{count} rows are too many at once.",
            "1 row is too many at once.",
            "1,200 rows are too many at once.",
        ),
        ("{count} selected", "1 selected", "1,200 selected"),
    ],
)
def test_one_of_it_is_said_in_the_singular(source: str, one: str, many: str) -> None:
    before = current_language()
    use_language("en")
    try:
        assert counted(source, 1, name="A") == one
        assert counted(source, 1_200, name="A") == many
    finally:
        use_language(before)


def test_each_number_has_its_noun_right() -> None:
    source = "{read} rows read: {created} new, {skipped} skipped; {voided} documents voided."
    before = current_language()
    use_language("en")
    try:
        for count, words in (
            (1, "1 row read: 1 new, 1 skipped; 1 document voided."),
            (2, "2 rows read: 2 new, 2 skipped; 2 documents voided."),
        ):
            assert (
                counted_each(source, dict.fromkeys(("read", "created", "skipped", "voided"), count)) == words
            )
        all_or_nothing = "{bad} rows were refused, so {good} good ones were not taken either."
        said = counted_each(all_or_nothing, {"bad": 1, "good": 1})
        assert said == "1 row was refused, so 1 good one was not taken either."
        mixed = {"read": 1_000, "created": 1, "skipped": 0, "voided": 1}
        assert counted_each(source, mixed) == "1,000 rows read: 1 new, 0 skipped; 1 document voided."
    finally:
        use_language(before)
