"""Drawing on pages: a thin layer over ReportLab's canvas.

Shapes are drawn as they come, text is collected and written once per page, so that text lies above every tint
and a page costs one text object however many cells it has. Coordinates are ReportLab's: points, y upwards.
The same calls give the same bytes: no clock, no random identity.
"""

from __future__ import annotations

import hashlib
import io
import warnings
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from crmdesk.services.documents.fonts import BOLD, REGULAR, face, printable
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.palette import Colour, Look, Style
from crmdesk.services.documents.paper import Paper

# What a logo may be: a small picture. Anything larger is refused before it is unpacked.
LOGO_PIXELS_MAX = 24_000_000
_LOGO_DOTS_PER_POINT = 300 / 72

# One positioned run: offset to the right and downwards from the corner it is drawn at.
Run = tuple[float, float, str, Style]


class Sheets:
    """A PDF while it is being drawn, page after page."""

    def __init__(self, author: str, language: str, offset: tuple[float, float] = (0.0, 0.0)) -> None:
        from reportlab import rl_config
        from reportlab.pdfbase.pdfdoc import PDFString
        from reportlab.pdfgen.canvas import Canvas

        # Streams as bytes instead of ASCII: a third smaller and faster. Only documents use ReportLab here.
        rl_config.useA85 = 0
        face()
        face(bold=True)
        self.missing: set[str] = set()
        self._said: set[str] | None = None
        self._silent: frozenset[Style] = frozenset()
        self.has_logo_fault = False
        self.page_count = 0
        self._offset = tuple(part * 72 / 25.4 for part in offset)  # points to the right and down
        self._logos: dict[bytes, tuple[Any, float, float] | None] = {}
        self._buffer = io.BytesIO()
        self._canvas: Any = Canvas(self._buffer, pageCompression=1, invariant=1)
        self._canvas.setAuthor(author)
        self._canvas.setCreator("crmdesk")
        self._canvas.setCatalogEntry("Lang", PDFString("en" if language == "en" else "zh-CN"))
        self._text: Any = None
        self._style: Style | None = None
        self._colour: Colour | None = None

    def values_only(self, said: set[str], silent: frozenset[Style]) -> None:
        """From here on only values are drawn, for a pre-printed form (套打): no lines, tints, pictures, no words in
        `said` and nothing in a `silent` style. Everything stands where it would stand otherwise."""
        self._said, self._silent = said, silent

    def _is_printed_already(self, text: str, style: Style) -> bool:
        return style in self._silent or (
            self._said is not None and text.strip().rstrip(":：").strip() in self._said
        )

    # -------------------------------------------------------------- pages

    def begin(self, paper: Paper) -> None:
        """A new page."""
        self._canvas.setPageSize((paper.width, paper.height))
        if any(self._offset):
            self._canvas.translate(self._offset[0], -self._offset[1])
        self._text = self._canvas.beginText()
        self._style = self._colour = None
        self.page_count += 1

    def end(self, stamp: Label | None, look: Look, down: float) -> None:
        """Writes the page out; a stamp lies above everything, its middle `down` below the top margin."""
        self._canvas.drawText(self._text)
        if stamp is not None:
            self._stamp(stamp, look, down)
        self._canvas.showPage()
        self._compress()

    def _compress(self) -> None:
        """Compresses the page just finished: ReportLab would keep all pages as plain text until the end."""
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFName, PDFStream

        page = self._canvas._doc.Pages.pages[-1]
        contents: Any = PDFStream(content=zlib.compress(page.stream.encode()))
        contents.dictionary["Filter"] = PDFArray([PDFName("FlateDecode")])
        page.Contents, page.stream = contents, None

    def bookmark(self, title: str, level: int = 0) -> None:
        """A line in the reader's outline that leads to the page being drawn."""
        key = f"p{self.page_count}.{level}"
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(self.clean(title), key, level=level, closed=False)

    def entitle(self, title: str) -> None:
        """What a reader shows in its title bar."""
        self._canvas.setTitle(title)

    def finish(self) -> bytes:
        """The PDF's bytes; the object is spent then."""
        self._canvas.save()
        return self._buffer.getvalue()

    # -------------------------------------------------------------- text

    def clean(self, text: str) -> str:
        """The text as it can be printed; what cannot be is remembered in `missing`."""
        return printable(text, self.missing)

    def text(self, x: float, y: float, text: str, style: Style) -> None:
        """One line of text with its left end at x and its base line at y."""
        if not text or (self._said is not None and self._is_printed_already(text, style)):
            return
        if style is not self._style:
            self._use(style)
        self._text.setTextOrigin(x, y)
        self._text.textOut(text)

    def text_right(self, right: float, y: float, text: str, style: Style) -> None:
        """One line of text that ends at `right`."""
        self.text(right - face(bold=style.bold).width(text) * style.size, y, text, style)

    def runs(self, x: float, y: float, runs: Sequence[Run]) -> None:
        """Prepared runs, each at its offset from (x, y)."""
        page = self._text
        for across, down, text, style in runs:
            if self._said is not None and self._is_printed_already(text, style):
                continue
            if style is not self._style:
                self._use(style)
            page.setTextOrigin(x + across, y - down)
            page.textOut(text)

    def _use(self, style: Style) -> None:
        self._text.setFont(BOLD if style.bold else REGULAR, style.size)
        if style.colour != self._colour:
            self._text.setFillColor(style.colour)
            self._colour = style.colour
        self._style = style

    # -------------------------------------------------------------- shapes

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: Colour, width: float) -> None:
        """A straight line."""
        self.lines([(x1, y1, x2, y2)], colour, width)

    def lines(self, lines: Iterable[tuple[float, float, float, float]], colour: Colour, width: float) -> None:
        """Many straight lines of one kind."""
        if self._said is not None:
            return
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(width)
        self._canvas.lines(list(lines))

    def dashes(self, x1: float, x2: float, y: float, colour: Colour) -> None:
        """A dashed horizontal line: cut here."""
        if self._said is not None:
            return
        self._canvas.saveState()
        self._canvas.setDash(3, 2.4)
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(0.7)
        self._canvas.line(x1, y, x2, y)
        self._canvas.restoreState()

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour | None) -> None:
        """A filled rectangle; nothing without a colour."""
        if colour is not None and self._said is None:
            self._canvas.setFillColor(colour)
            self._canvas.rect(x, y, width, height, stroke=0, fill=1)

    def frame(self, x: float, y: float, width: float, height: float, colour: Colour, line: float) -> None:
        """The outline of a rectangle."""
        if self._said is not None:
            return
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(line)
        self._canvas.rect(x, y, width, height, stroke=1, fill=0)

    def _stamp(self, label: Label, look: Look, down: float) -> None:
        """A tilted word in a double frame, to be seen at once and yet to be read through."""
        canvas, paper = self._canvas, look.paper
        # a stamp as high as the head it stands in
        size = min(min(paper.width, paper.height) * 0.06, 34)
        small = size * 0.4
        wide = max(face(bold=True).width(label.first) * size, face(bold=True).width(label.second) * small)
        wide += size * 1.1
        high = size * (2.0 if label.second else 1.6)
        canvas.saveState()
        canvas.translate(paper.width * 0.62, paper.height - paper.margin_top - down)
        canvas.rotate(11)
        canvas.setStrokeColor(look.palette.danger)
        canvas.setFillColor(look.palette.danger)
        if not paper.is_impact:
            canvas.setFillAlpha(0.55)
            canvas.setStrokeAlpha(0.55)
        for inset, line in ((0.0, 2.2), (3.6, 0.8)):
            canvas.setLineWidth(line)
            canvas.roundRect(-wide / 2 + inset, -high / 2 + inset, wide - 2 * inset, high - 2 * inset, 3)
        base = -size * 0.36 + (size * 0.27 if label.second else 0)
        canvas.setFont(BOLD, size)
        canvas.drawCentredString(0, base, label.first)
        if label.second:
            canvas.setFont(BOLD, small)
            canvas.drawCentredString(0, base - size * 0.6, label.second)
        canvas.restoreState()

    # -------------------------------------------------------------- pictures

    def logo_size(
        self, logo: bytes | None, width_max: float, height_max: float
    ) -> tuple[float, float] | None:
        """The size a logo is drawn in, in points; None without one that can be read."""
        found = self._logo(logo) if logo else None
        if found is None:
            return None
        _reader, wide, high = found
        factor = min(width_max / wide, height_max / high)
        return wide * factor, high * factor

    def draw_logo(self, logo: bytes, x: float, y: float, size: tuple[float, float]) -> None:
        """The logo with its lower left corner at (x, y)."""
        found = self._logo(logo)
        if found is not None and self._said is None:
            self._canvas.drawImage(found[0], x, y, *size, mask="auto")

    def _logo(self, logo: bytes) -> tuple[Any, float, float] | None:
        key = hashlib.sha256(logo).digest()
        if key not in self._logos:
            self._logos[key] = _read_logo(logo)
        found = self._logos[key]
        self.has_logo_fault = self.has_logo_fault or found is None
        return found


def _read_logo(logo: bytes) -> tuple[Any, float, float] | None:
    """The picture, reduced to what paper can show, with its size in pixels; None if it is none."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    try:
        # Pillow warns of a picture that unpacks to more than 89 million points; here that is a refusal.
        with (
            warnings.catch_warnings(action="error"),
            Image.open(io.BytesIO(logo), formats=("PNG", "JPEG")) as picture,
        ):
            if picture.width * picture.height > LOGO_PIXELS_MAX:
                return None
            picture.thumbnail((int(180 * _LOGO_DOTS_PER_POINT), int(60 * _LOGO_DOTS_PER_POINT)))
            has_alpha = "A" in picture.getbands() or "transparency" in picture.info
            plain = picture.convert("RGBA" if has_alpha else "RGB")
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError):
        # Pillow's ways of saying that this is no picture. A document without its logo is still a document.
        return None
    return ImageReader(plain), float(plain.width), float(plain.height)
