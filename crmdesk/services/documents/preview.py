"""Pages of a finished PDF as pictures, for the window and for sharing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

# PDFium is not thread-safe: all calls into it take turns.
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page: `rgba` holds width × height × 4 bytes, rows from the top, nothing between them."""

    width: int
    height: int
    rgba: bytes


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    import pypdfium2

    with _lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return len(document)
        finally:
            document.close()


def page_images(pdf: bytes, scale: float = 1.0, pages: Sequence[int] | None = None) -> list[PageImage]:
    """The pages at `scale` pixels per point (1.0 is 72 dpi), all or those of the numbers given (from 0).

    Raises IndexError for a page that is not there.
    """
    import pypdfium2

    with _lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            numbers = range(len(document)) if pages is None else pages
            return [_image(document, number, scale) for number in numbers]
        finally:
            document.close()


def _image(document, number: int, scale: float) -> PageImage:
    if not 0 <= number < len(document):
        raise IndexError(f"the PDF has {len(document)} pages, not {number + 1}")
    page = document[number]
    # `rev_byteorder` gives red first; with `may_draw_forms` off nothing of a form is drawn.
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True, may_draw_forms=False)
    try:
        width, height, stride = bitmap.width, bitmap.height, bitmap.stride
        raw = bytes(bitmap.buffer)
    finally:
        bitmap.close()
        page.close()
    if stride != width * 4:
        raw = b"".join(raw[row * stride : row * stride + width * 4] for row in range(height))
    return PageImage(width, height, raw)
