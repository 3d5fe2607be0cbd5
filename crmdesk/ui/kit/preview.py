"""Pages of a document as they will be printed: given as RGBA pictures, with zoom, scroll and a loading state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import icon_button, plain_button
from crmdesk.ui.kit.controls import LoadingBar
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

ZOOM_MIN, ZOOM_MAX, ZOOM_STEP = 0.25, 4.0, 1.2


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page: size in pixels of the picture and its bytes, four per pixel, RGBA. `dpi` says what 100 % is."""

    width: int
    height: int
    rgba: bytes
    dpi: float = 96.0


class PagePreview(Speaking, QWidget):
    """Shows pages. `zoom_changed(zoom)` lets the page ask for sharper pictures; 1.0 is the paper's true size."""

    zoom_changed = Signal(float)

    def __init__(self, name: str = "preview") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._loading = LoadingBar()
        outer.addWidget(self._loading)
        self._sheet = _Sheet(f"{name}.pages")
        outer.addWidget(self._sheet, 1)
        bar = QHBoxLayout()
        bar.setContentsMargins(space(3), space(1), space(3), space(1))
        bar.setSpacing(space(1))
        self._count = labels.caption()
        self._count.setObjectName(f"{name}.count")
        bar.addWidget(self._count)
        bar.addStretch(1)
        smaller = icon_button("minus", "", f"{name}.smaller")
        bigger = icon_button("plus", "", f"{name}.bigger")
        self._percent = labels.caption()
        self._percent.setObjectName(f"{name}.zoom")
        fit = plain_button("", f"{name}.fit", "ghost")
        whole = plain_button("", f"{name}.whole", "ghost")
        for widget, words in (
            (smaller, N_("Smaller")),
            (bigger, N_("Bigger")),
            (fit, N_("Fit the width")),
            (whole, N_("Whole page")),
        ):
            self.say(widget.setToolTip, words)
            self.say(widget.setAccessibleName, words)
        self.say(fit.setText, N_("Fit the width"))
        self.say(whole.setText, N_("Whole page"))
        self.say(self.setAccessibleName, N_("Preview"))
        for widget in (smaller, self._percent, bigger, whole, fit):
            bar.addWidget(widget)
        outer.addLayout(bar)
        self._wide_only = (whole, fit)
        smaller.clicked.connect(lambda: self.set_zoom(self._sheet.zoom / ZOOM_STEP))
        bigger.clicked.connect(lambda: self.set_zoom(self._sheet.zoom * ZOOM_STEP))
        fit.clicked.connect(self.fit_width)
        whole.clicked.connect(self.fit_page)
        self._sheet.zoomed.connect(self.set_zoom)
        self._sheet.moved.connect(self._show_numbers)
        self._sheet.fitted.connect(self._show_numbers)
        self._show_numbers()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room for words, Ctrl and the wheel still zoom."""
        super().resizeEvent(event)
        is_wide = self.width() >= theme().metrics.em(58)
        for button in self._wide_only:
            button.setVisible(is_wide)

    def set_pages(self, pages: Sequence[PageImage]) -> None:
        """Shows pages; scroll and zoom stay, so that a live preview does not jump."""
        self.set_loading(False)
        self._sheet.set_pages(pages)
        self._show_numbers()

    def page_count(self) -> int:
        """How many pages are shown."""
        return len(self._sheet.pages)

    def set_loading(self, is_loading: bool) -> None:
        """Says that pages are on their way; the old ones stay to be seen, paler."""
        self._loading.set_loading(is_loading)
        self._sheet.set_pale(is_loading)

    def set_message(self, text: str) -> None:
        """Shows a sentence instead of pages (nothing chosen, an error)."""
        self.set_loading(False)
        self._sheet.set_message(text)
        self._show_numbers()

    def set_zoom(self, zoom: float) -> None:
        """A fixed zoom from now on."""
        self._sheet.fitting = ""
        self._sheet.set_zoom(min(max(zoom, ZOOM_MIN), ZOOM_MAX))
        self._show_numbers()
        self.zoom_changed.emit(self._sheet.zoom)

    def fit_width(self) -> None:
        """A zoom that follows the width."""
        self._fit("width")

    def fit_page(self) -> None:
        """A zoom that shows a whole page; what it begins with."""
        self._fit("page")

    def _fit(self, fitting: str) -> None:
        self._sheet.fitting = fitting
        self._sheet.fit()
        self._show_numbers()
        self.zoom_changed.emit(self._sheet.zoom)

    def zoom(self) -> float:
        """1.0 is the paper's true size."""
        return self._sheet.zoom

    def retranslate(self) -> None:
        """Page numbers follow the language."""
        super().retranslate()
        self._show_numbers()

    def _show_numbers(self) -> None:
        count = self.page_count()
        here = self._sheet.page_in_view() + 1
        self._count.setText(_("Page {page} of {count}").format(page=here, count=count) if count else "")
        self._percent.setText(f"{round(self._sheet.zoom * 100)}%")


class _Sheet(QAbstractScrollArea):
    """The pages under each other, painted only where they are seen."""

    zoomed = Signal(float)
    moved = Signal()
    fitted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.pages: list[PageImage] = []
        self._images: list[QImage] = []
        self._message = ""
        self._is_pale = False
        self.zoom = 1.0
        self.fitting = "page"
        self.verticalScrollBar().valueChanged.connect(lambda _value: self.moved.emit())
        theme().changed.connect(self.viewport().update)

    def set_pages(self, pages: Sequence[PageImage]) -> None:
        self.pages = list(pages)
        self._message = ""
        self._images = [
            QImage(page.rgba, page.width, page.height, 4 * page.width, QImage.Format.Format_RGBA8888)
            for page in self.pages
        ]
        self.fit() if self.fitting else self._lay_out()

    def set_message(self, text: str) -> None:
        self.set_pages(())
        self._message = text
        self.viewport().update()

    def set_pale(self, is_pale: bool) -> None:
        self._is_pale = is_pale
        self.viewport().update()

    def set_zoom(self, zoom: float) -> None:
        self.zoom = zoom
        self._lay_out()

    def fit(self) -> None:
        if self.pages:
            widest = max(page.width * 96 / page.dpi for page in self.pages)
            gap = theme().metrics.space(4)
            zoom = (self.viewport().width() - 2 * gap) / widest
            if self.fitting == "page":
                highest = max(page.height * 96 / page.dpi for page in self.pages)
                zoom = min(zoom, (self.viewport().height() - 2 * gap) / highest)
            self.zoom = min(max(zoom, ZOOM_MIN), 1.5)
        self._lay_out()
        self.fitted.emit()

    def _size(self, page: PageImage) -> QSize:
        scale = self.zoom * 96 / page.dpi
        return QSize(round(page.width * scale), round(page.height * scale))

    def _places(self) -> list[QRect]:
        gap = theme().metrics.space(4)
        width = max([self.viewport().width(), *(self._size(page).width() + 2 * gap for page in self.pages)])
        top, places = gap, []
        for page in self.pages:
            size = self._size(page)
            places.append(QRect(QPoint((width - size.width()) // 2, top), size))
            top += size.height() + gap
        return places

    def _lay_out(self) -> None:
        places = self._places()
        gap = theme().metrics.space(4)
        height = places[-1].bottom() + gap if places else 0
        width = max((place.width() + 2 * gap for place in places), default=0)
        view = self.viewport().size()
        self.verticalScrollBar().setRange(0, max(0, height - view.height()))
        self.verticalScrollBar().setPageStep(view.height())
        self.verticalScrollBar().setSingleStep(theme().metrics.row)
        self.horizontalScrollBar().setRange(0, max(0, width - view.width()))
        self.horizontalScrollBar().setPageStep(view.width())
        self.viewport().update()

    def page_in_view(self) -> int:
        middle = self.verticalScrollBar().value() + self.viewport().height() // 3
        above = [index for index, place in enumerate(self._places()) if place.top() <= middle]
        return above[-1] if above else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(look.colours.background))
        if self._message:
            painter.setPen(QColor(look.colours.second))
            painter.drawText(
                self.viewport().rect(),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                self._message,
            )
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        offset = QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        for place, image in zip(self._places(), self._images, strict=True):
            here = place.translated(-offset)
            if not here.intersects(event.rect()):
                continue
            self._paint_shadow(painter, here)
            painter.fillRect(here, Qt.GlobalColor.white)
            painter.setOpacity(0.45 if self._is_pale else 1.0)
            painter.drawImage(QRectF(here), image)
            painter.setOpacity(1.0)

    def _paint_shadow(self, painter: QPainter, place: QRect) -> None:
        shade = QColor(theme().colours.shadow)
        for reach in range(1, theme().metrics.space(1.5)):
            shade.setAlphaF(0.05 / reach + 0.01)
            painter.fillRect(place.adjusted(-reach, -reach + 1, reach, reach + 1), shade)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.fitting:
            self.fit()
        else:
            self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / 120
            self.zoomed.emit(self.zoom * ZOOM_STEP**steps)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() in ("+", "=") and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoomed.emit(self.zoom * ZOOM_STEP)
        elif event.text() == "-" and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoomed.emit(self.zoom / ZOOM_STEP)
        else:
            super().keyPressEvent(event)
