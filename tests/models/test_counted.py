"""One is one: the singular of what is counted."""

from __future__ import annotations

import pytest

from crmdesk import text


@pytest.mark.parametrize(
    ("source", "one", "many"),
    [
        ("{count} contracts", "1 contract", "1,200 contracts"),
        ("{count} tax invoices", "1 tax invoice", "1,200 tax invoices"),
        ("{count} days overdue", "1 day overdue", "1,200 days overdue"),
        ("{count} lines booked.", "1 line booked.", "1,200 lines booked."),
        ("{count} categories", "1 category", "1,200 categories"),
    ],
)
def test_one_is_singular(source: str, one: str, many: str) -> None:
    text.use_language("en")
    assert (text.counted(source, 1), text.counted(source, 1200)) == (one, many)
    assert text.counted(source, 0).startswith("0 " + many.split(" ", 1)[1])
