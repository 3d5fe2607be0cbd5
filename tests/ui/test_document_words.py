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
    assert set(finding.KINDS) == set(DOCUMENT_KINDS) == set(ICONS)
    assert set(PLACES) == set(DOCUMENT_KINDS) - {"writeoff", "recovery"}
    assert set(PLACES.values()) <= {place.name for place in places.PLACES}
