"""What documents are called and where they are shown: one table for every list."""

from __future__ import annotations

import pytest

from crmdesk.models.specs.documents import DOCUMENT_KINDS
from crmdesk.services import finding
from crmdesk.ui import places
from crmdesk.ui.document_words import ICONS, PLACES, kind_words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("opening", "Opening balance"),
        ("payment", "Payment"),
        ("payment_reversal", "Payment reversed"),
        ("recovery_reversal", "Recovery reversed"),
        ("unheard of", "unheard of"),
    ],
)
def test_a_kind_is_called_the_same_everywhere(kind: str, words: str) -> None:
    assert kind_words(kind) == words


def test_whatever_is_found_by_number_has_a_name_and_a_picture() -> None:
    # What concerns no customer (a bank's own fee) is shown with its line, nowhere by itself.
    assert set(ICONS) == set(DOCUMENT_KINDS) - {"bank"}
    assert set(finding.KINDS) <= set(PLACES)
    assert set(PLACES) == set(ICONS) | {"bill"}
    assert set(PLACES.values()) <= {place.name for place in places.PLACES}
