"""A page that shows where a printer puts things: a frame, crosses and millimetres to measure by."""

from __future__ import annotations

from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.model import Rendered
from crmdesk.services.documents.palette import look_for
from crmdesk.services.documents.paper import paper_named
from crmdesk.text import _

_MM = 72 / 25.4
_INSET_MM = 20
_LONG_MM, _SHORT_MM = 4, 2


def render(paper: str, offset: tuple[float, float] = (0.0, 0.0), language: str = "zh_CN") -> Rendered:
    """One page of a paper, moved by the offset (mm): its frame should lie 20 mm from every edge of the sheet."""
    sheet = paper_named(paper)
    look = look_for(sheet)
    sheets = Sheets("crmdesk", language, offset)
    sheets.begin(sheet)
    inset = _INSET_MM * _MM
    ink = look.palette.ink
    left, right, low, high = inset, sheet.width - inset, inset, sheet.height - inset
    sheets.frame(left, low, right - left, high - low, ink, 0.6)
    ticks = []
    for mm in range(0, int((right - left) / _MM) + 1, 5):
        size = (_LONG_MM if mm % 10 == 0 else _SHORT_MM) * _MM
        ticks.append((left + mm * _MM, high, left + mm * _MM, high - size))
    for mm in range(0, int((high - low) / _MM) + 1, 5):
        size = (_LONG_MM if mm % 10 == 0 else _SHORT_MM) * _MM
        ticks.append((left, high - mm * _MM, left + size, high - mm * _MM))
    sheets.lines(ticks, ink, 0.4)
    words = (
        _("Test page for {paper}").format(paper=sheet.name),
        _("Moved {right} mm to the right, {down} mm down").format(right=offset[0], down=offset[1]),
        _("The frame should lie {inset} mm from every edge of the paper. Measure left and top,").format(
            inset=_INSET_MM
        ),
        _("and type the difference into the settings: too far left is more to the right."),
    )
    y = high - inset
    for index, line in enumerate(words):
        style = look.strong if index == 0 else look.body
        sheets.text(left + inset, y - index * look.body.size * 2, sheets.clean(line), style)
    sheets.end(None, look, 0)
    sheets.entitle(words[0])
    return Rendered(
        pdf=sheets.finish(),
        page_count=1,
        first_pages=(0,),
        missing=tuple(sorted(sheets.missing)),
        has_logo_fault=False,
    )
