"""The floor of a printed statement: the same rows on a bare ReportLab canvas with the same fonts loaded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from crmdesk.models.money import grouped


def bare_pdf(lines: Sequence[Any]) -> bytes:
    """Draws date, number, debit, credit and balance of every line, forty to a page, and nothing else."""
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfgen.canvas import Canvas

    from crmdesk.services.documents.fonts import face

    rl_config.useA85 = 0
    face()
    name = next(font for font in pdfmetrics.getRegisteredFontNames() if "Noto" in font)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=1, invariant=1)
    for start in range(0, len(lines), 40):
        canvas.setFont(name, 8)
        for offset, line in enumerate(lines[start : start + 40]):
            y = 780 - offset * 18
            canvas.drawString(40, y, line.date.isoformat())
            canvas.drawString(110, y, "应收单")
            canvas.drawString(200, y, line.number)
            canvas.drawRightString(360, y, grouped(line.debit_minor, "CNY"))
            canvas.drawRightString(450, y, grouped(line.credit_minor, "CNY"))
            canvas.drawRightString(550, y, grouped(line.balance_minor, "CNY"))
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
