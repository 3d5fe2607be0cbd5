"""Many pictures on one, to be looked at together: each with its name over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter

from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tokens import HEADING, LIGHT

_COLUMNS = 4
_THUMB_WIDTH = 683
"""Half a small screen: words can still be read."""


def make(pictures: Sequence[Path], png: Path) -> None:
    """Writes one picture of all of them, in their order, in columns."""
    if not pictures:
        return
    font = QFont(theme().metrics.font)
    font.setPixelSize(HEADING)
    caption = QFontMetrics(font).height()
    gap = caption
    thumbs = [
        QImage(str(path)).scaledToWidth(_THUMB_WIDTH, Qt.TransformationMode.SmoothTransformation)
        for path in pictures
    ]
    columns = min(_COLUMNS, len(thumbs))
    cell_height = max(thumb.height() for thumb in thumbs) + caption
    rows = -(-len(thumbs) // columns)
    sheet = QImage(
        columns * (_THUMB_WIDTH + gap) + gap, rows * (cell_height + gap) + gap, QImage.Format.Format_RGB32
    )
    # A middle grey: pictures of both schemes stand out from it.
    sheet.fill(QColor(LIGHT.handle))
    painter = QPainter(sheet)
    painter.setFont(font)
    painter.setPen(QColor(LIGHT.text))
    for number, (path, thumb) in enumerate(zip(pictures, thumbs, strict=True)):
        left = gap + number % columns * (_THUMB_WIDTH + gap)
        top = gap + number // columns * (cell_height + gap)
        painter.drawText(QRect(left, top, _THUMB_WIDTH, caption), Qt.AlignmentFlag.AlignVCenter, path.stem)
        painter.drawImage(left, top + caption, thumb)
    painter.end()
    png.parent.mkdir(parents=True, exist_ok=True)
    if not sheet.save(str(png)):
        raise OSError(f"{png} cannot be written")
