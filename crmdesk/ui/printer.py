"""Printing on a real printer: pages of the PDF as pictures at the printer's resolution, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QObject, QRectF, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QDialog, QWidget

from crmdesk.text import _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.preview import PageImage
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.papers import Paper

if TYPE_CHECKING:
    from crmdesk.services.documents.model import Rendered

DPI_MAX = 300
"""Sharper pictures of A4 take over 100 MB a page, and nobody sees the difference."""
_POINTS_AN_INCH = 72.0


def print_paper(
    ctx: Context, parent: QWidget, paper: Paper, on_done: Callable[[], object] | None = None
) -> None:
    """Renders, asks for the printer, prints and notes it; without any printer it offers the PDF instead.

    `on_done` is called once the paper left the house.
    """
    if not QPrinterInfo.availablePrinterNames():
        ctx.notices.toast(
            _("This computer has no printer. The document can be saved as a PDF."),
            "warn",
            _("Save as PDF"),
            lambda: papers.save_pdf(ctx, parent, paper, on_done),
        )
        return
    window = parent.window()

    def ask(rendered: Rendered) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(paper.title)
        kept = ctx.settings.text("printer")
        if kept in QPrinterInfo.availablePrinterNames():
            printer.setPrinterName(kept)
        dialog = QPrintDialog(printer, window)
        dialog.setObjectName("print")
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange)
        dialog.setMinMax(1, rendered.page_count)

        def finished(result: int) -> None:
            dialog.deleteLater()
            if result == QDialog.DialogCode.Accepted:
                ctx.settings.put("printer", printer.printerName())
                start(ctx, printer, rendered, paper, on_done)

        dialog.finished.connect(finished)
        QDialog.open(dialog)

    papers.make(ctx, paper, owner=window, on_done=ask, label=_("Preparing {title}").format(title=paper.title))


def start(
    ctx: Context,
    printer: QPrinter,
    rendered: Rendered,
    paper: Paper,
    on_done: Callable[[], object] | None = None,
) -> PrintJob:
    """Prints a rendered document on a chosen printer, then notes it in the book."""
    return PrintJob(ctx, printer, rendered, paper, on_done)


class PrintJob(QObject):
    """Draws page after page; each page's picture is made off the window's thread."""

    def __init__(
        self,
        ctx: Context,
        printer: QPrinter,
        rendered: Rendered,
        paper: Paper,
        on_done: Callable[[], object] | None,
    ) -> None:
        super().__init__(ctx)
        self._ctx = ctx
        self._printer = printer
        self._pdf = rendered.pdf
        self._paper = paper
        self._on_done = on_done
        self._dpi = min(printer.resolution(), DPI_MAX)
        first = printer.fromPage() or 1
        last = printer.toPage() or rendered.page_count
        self._pages = list(range(first - 1, min(last, rendered.page_count)))
        self._page_count = len(self._pages)
        self._painter: QPainter | None = None
        self._next()

    def _next(self) -> None:
        if not self._pages:
            self._finish()
            return
        number = self._pages.pop(0)
        pdf, scale = self._pdf, self._dpi / _POINTS_AN_INCH

        def work(progress: Progress) -> PageImage:
            from crmdesk.services.documents.preview import page_images

            progress.check()
            (page,) = page_images(pdf, scale, [number])
            return PageImage(page.width, page.height, page.rgba, 72 * scale)

        self._ctx.run_heavy(
            work,
            owner=self,
            on_done=self._draw,
            on_error=self._failed,
            label=_("Printing {title}").format(title=self._paper.title),
        )

    def _draw(self, page: PageImage) -> None:
        size = QSizeF(page.width * _POINTS_AN_INCH / page.dpi, page.height * _POINTS_AN_INCH / page.dpi)
        self._use_paper(size)
        if self._painter is None:
            self._painter = QPainter()
            if not self._painter.begin(self._printer):
                self._painter = None
                self._pages.clear()
                self._ctx.notices.toast(_("The printer does not answer. Nothing was printed."), "danger")
                self.deleteLater()
                return
        else:
            self._printer.newPage()
        # The pages have their own margins: they are laid on the whole sheet, not on its printable part.
        sheet = self._printer.paperRect(QPrinter.Unit.DevicePixel)
        inner = self._printer.pageRect(QPrinter.Unit.DevicePixel)
        self._painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._painter.drawImage(
            QRectF(sheet.left() - inner.left(), sheet.top() - inner.top(), sheet.width(), sheet.height()),
            papers.image_of(page),
        )
        self._next()

    def _use_paper(self, size: QSizeF) -> None:
        """The sheet is the document's own; a page lying on its side is printed so."""
        is_lying = size.width() > size.height()
        upright = size.transposed() if is_lying else size
        side = QPageLayout.Orientation.Landscape if is_lying else QPageLayout.Orientation.Portrait
        page_size = QPageSize(upright, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
        layout = QPageLayout(page_size, side, QMarginsF(0, 0, 0, 0))
        layout.setMode(QPageLayout.Mode.FullPageMode)
        self._printer.setPageLayout(layout)
        self._printer.setFullPage(True)

    def _finish(self) -> None:
        if self._painter is not None:
            self._painter.end()
            papers.note(self._ctx, self._paper, "print", self._printer.printerName(), self._page_count)
            self._ctx.notices.toast(_("{title} was sent to the printer.").format(title=self._paper.title))
        if self._on_done is not None:
            self._on_done()
        self.deleteLater()

    def _failed(self, error: Exception) -> bool:
        if self._painter is not None:
            self._painter.end()
        self._ctx.notices.error(error)
        self.deleteLater()
        return True
