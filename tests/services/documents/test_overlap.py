"""Nothing lies on anything else or leaves the paper, however long the texts and figures are."""

from __future__ import annotations

import pytest

from crmdesk.services.documents.model import StatementDoc
from crmdesk.services.documents.paper import PAPERS
from crmdesk.services.documents.printing import render
from tests.services.documents.samples import Box, delivery_note, every_kind, stretched, text_boxes

# Boxes are those of the ink; what touches by less than this is not seen.
_TOLERANCE = 0.4
KINDS = {**every_kind(), "delivery-note": delivery_note()}


def overlaps(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > _TOLERANCE and down > _TOLERANCE


@pytest.mark.parametrize("language", ["zh_CN", "en", "both"])
@pytest.mark.parametrize("paper", list(PAPERS))
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("is_long", [False, True], ids=["usual", "long"])
def test_texts_keep_apart_and_on_the_paper(kind: str, paper: str, language: str, is_long: bool) -> None:
    document = KINDS[kind]
    if is_long:
        document = stretched(document)
    sheet = PAPERS[paper]
    if paper == "A5" and not isinstance(document, StatementDoc):
        sheet = sheet.turned()
    for page in text_boxes(render([document], sheet, language).pdf):
        for at, (text, box) in enumerate(page):
            left, bottom, right, top = box
            assert left >= sheet.margin_x - 1, text
            assert right <= sheet.width - sheet.margin_x + 1, text
            assert bottom >= sheet.margin_bottom - 3, text
            assert top <= sheet.height - sheet.margin_top + 3, text
            for other_text, other in page[at + 1 :]:
                assert not overlaps(box, other), (text, box, other_text, other)
