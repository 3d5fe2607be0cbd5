"""Documents of the book as paper: shown in a preview, printed, saved as PDF or copied as a picture; each noted.

Rendering runs off the window's thread. A `Paper` says what is printed; the functions say what is done with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStringListModel, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from crmdesk.models.specs.papers import PAPER_KINDS
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.preview import PageImage, PagePreview
from crmdesk.ui.kit.tasks import Progress, Task

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.documents.model import Rendered

PREVIEW_SCALE = 2.0
"""Pixels per point of a preview: sharp up to about twice the paper's size on a plain screen."""
PICTURE_SCALE = 2.5
"""Pixels per point of a picture for a chat: an A4 page is some 1,500 pixels wide, easily read on a phone."""
PICTURE_PAGES_MAX = 6
"""A taller picture is refused or shrunk beyond reading by chat programs."""
TITLES = {choice.value: choice.label for choice in PAPER_KINDS}
PAPERS = ("A4", "A5", "Letter", "241x140")
ROLLS = ("80mm",)
ROLL_KINDS = ("invoice", "delivery-note", "receipt", "credit-note")
"""What is printed on slips too."""
LANGUAGES = (("zh_CN", "中文"), ("en", "English"), ("both", "中文 + English"))


@dataclass(frozen=True, slots=True)
class Paper:
    """Something that can be printed. `entries` are the numbers (of statements: customer codes) that are noted."""

    kind: str
    entries: tuple[str, ...]
    file_name: str
    render: Callable[[Connection], Rendered]

    @property
    def title(self) -> str:
        """Its name in words, for the print job and messages."""
        name = _(TITLES[self.kind]) if self.kind in TITLES else self.kind
        return f"{name} {self.entries[0]}" if len(self.entries) == 1 else f"{name} ({len(self.entries)})"


def document_paper(
    kind: str,
    numbers: Sequence[str],
    *,
    paper: str = "",
    language: str = "",
    actor: str = "",
    party: str = "",
    values_only: bool = False,
) -> Paper:
    """Invoices, delivery notes, receipts or credit notes; paper and language are the book's unless given.

    `values_only` leaves out what a pre-printed form (套打) has already: frame and words.
    """
    from crmdesk.services.documents import file_names

    wanted = list(numbers)

    def render(connection: Connection) -> Rendered:
        from crmdesk.services import papers

        return papers.pdf(
            connection, kind, wanted, paper=paper, language=language, actor=actor, values_only=values_only
        )

    name = wanted[0] if len(wanted) == 1 else f"{wanted[0]} – {wanted[-1]}"
    return Paper(kind, tuple(wanted), file_names.file_name(".pdf", number=name, customer=party), render)


def proposed_paper(values: Mapping[str, Any], kind: str) -> Paper:
    """A document that is still being written, from its typed values; it is never noted as printed.

    `kind` is invoice, credit, reissue, quote or contract.
    """
    typed = dict(values)

    def render(connection: Connection) -> Rendered:
        from crmdesk.models.errors import Code, NotFound
        from crmdesk.services import agreement_entry, proposed_document, settings
        from crmdesk.services.documents import printing

        if kind in ("quote", "contract"):
            made = agreement_entry.document_of(connection, kind, typed)
        else:
            made = proposed_document.document_of(connection, typed, is_credit=kind == "credit")
        if made is None:
            raise NotFound(
                Code.CUSTOMER_MISSING, _("This customer does not exist any more."), field="customer"
            )
        own = settings.load(connection)
        return printing.render([made], own.paper, own.language)

    return Paper("proposal", (), "proposal.pdf", render)


# Making and showing


def make(
    ctx: Context,
    paper: Paper,
    *,
    owner: QWidget | None,
    on_done: Callable[[Rendered], object],
    on_error: Callable[[Exception], object] | None = None,
    replaces: str = "",
    label: str = "",
) -> Task[Rendered]:
    """Renders off the window's thread."""
    return ctx.read(
        paper.render,
        owner=owner,
        on_done=on_done,
        on_error=on_error,
        replaces=replaces,
        label=label,
        lane="heavy" if label else "read",
    )


def show(
    ctx: Context,
    preview: PagePreview,
    paper: Paper,
    *,
    on_done: Callable[[Rendered], object] | None = None,
    on_error: Callable[[Exception], object] | None = None,
) -> None:
    """Renders and shows the pages; an older request of the same preview is dropped."""
    book = ctx.need_book()
    scale = PREVIEW_SCALE * max(1.0, preview.devicePixelRatioF() / 1.5)
    preview.set_loading(True)

    def work(progress: Progress) -> tuple[Rendered, list[PageImage]]:
        from crmdesk.services.documents.preview import page_images

        with book.read() as connection:
            rendered = paper.render(connection)
        progress.check()
        pages = []
        for number in range(min(rendered.page_count, PREVIEW_PAGES_MAX)):
            (page,) = page_images(rendered.pdf, scale, [number])
            pages.append(PageImage(page.width, page.height, page.rgba, 72 * scale))
            progress.check()
        return rendered, pages

    def done(answer: tuple[Rendered, list[PageImage]]) -> None:
        preview.set_pages(answer[1])
        if on_done is not None:
            on_done(answer[0])

    def failed(error: Exception) -> None:
        from crmdesk.ui.kit.faults import sentence

        if on_error is None or on_error(error) is not True:
            preview.set_message(sentence(error))

    ctx.tasks.run("read", work, owner=preview, done=done, failed=failed, replaces="pages")


PREVIEW_PAGES_MAX = 40
"""More are printed but not shown: nobody turns that many pages on a screen."""


# Saving, copying


def ask_file(
    ctx: Context, parent: QWidget, title: str, suggested: str, on_chosen: Callable[[Path], object]
) -> QFileDialog:
    """Asks where to save, in the folder used last; the suffix of the suggested name is added when left out."""
    suffix = Path(suggested).suffix
    dialog = QFileDialog(parent.window(), title, str(last_folder(ctx) / suggested))
    dialog.setObjectName("save.file")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix.removeprefix("."))
    dialog.setNameFilter(f"*{suffix}")
    dialog.selectFile(suggested)

    def chosen(name: str) -> None:
        path = Path(name)
        ctx.settings.put("folder.save", str(path.parent))
        on_chosen(path)

    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def ask_folder(ctx: Context, parent: QWidget, title: str, on_chosen: Callable[[Path], object]) -> QFileDialog:
    """Asks for a folder to write several files into."""
    dialog = QFileDialog(parent.window(), title, str(last_folder(ctx)))
    dialog.setObjectName("save.folder")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)

    def chosen(name: str) -> None:
        ctx.settings.put("folder.save", name)
        on_chosen(Path(name))

    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def last_folder(ctx: Context) -> Path:
    """Where something was saved last, else the user's documents."""
    from PySide6.QtCore import QStandardPaths

    kept = Path(ctx.settings.text("folder.save"))
    if ctx.settings.text("folder.save") and kept.is_dir():
        return kept
    usual = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(usual) if usual and Path(usual).is_dir() else Path.home()


def save_pdf(
    ctx: Context, parent: QWidget, paper: Paper, on_done: Callable[[], object] | None = None
) -> QFileDialog:
    """Asks for a name, writes the PDF, notes it and offers to show its folder."""
    return ask_file(
        ctx, parent, _("Save as PDF"), paper.file_name, lambda path: write_pdf(ctx, paper, path, on_done)
    )


def write_pdf(ctx: Context, paper: Paper, path: Path, on_done: Callable[[], object] | None = None) -> None:
    """Writes the PDF of a paper to a file and says so; `on_done` once it is whole."""
    book = ctx.need_book()

    def work(progress: Progress) -> Rendered:
        from crmdesk.services.outgoing import write_bytes

        with book.read() as connection:
            rendered = paper.render(connection)
        progress.check()
        write_bytes(path, rendered.pdf)
        return rendered

    def done(rendered: Rendered) -> None:
        note(ctx, paper, "pdf", str(path), rendered.page_count)
        say_saved(ctx, path)
        if on_done is not None:
            on_done()
        _tell_missing(ctx, rendered)

    ctx.run_heavy(work, on_done=done, label=_("Writing {file}").format(file=path.name))


def say_saved(ctx: Context, path: Path) -> None:
    """Says where a file is, with a way to its folder."""
    folder = path if path.is_dir() else path.parent
    ctx.notices.toast(
        _("Saved: {file}").format(file=path), "good", _("Show in folder"), lambda: open_folder(folder)
    )


def open_folder(folder: Path) -> None:
    """Shows a folder in the system's file manager."""
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def copy_picture(ctx: Context, paper: Paper, *, owner: QWidget | None = None) -> None:
    """Puts the pages on the clipboard as one picture, below each other, ready to paste into a chat."""
    book = ctx.need_book()

    def work(progress: Progress) -> tuple[list[PageImage], int]:
        from crmdesk.services.documents.preview import page_images

        with book.read() as connection:
            rendered = paper.render(connection)
        count = rendered.page_count
        pages = []
        for number in range(min(count, PICTURE_PAGES_MAX)):
            progress.step(number, min(count, PICTURE_PAGES_MAX))
            (page,) = page_images(rendered.pdf, PICTURE_SCALE, [number])
            pages.append(PageImage(page.width, page.height, page.rgba, 72 * PICTURE_SCALE))
        return pages, count

    def done(answer: tuple[list[PageImage], int]) -> None:
        pages, count = answer
        QGuiApplication.clipboard().setImage(_one_picture(pages))
        note(ctx, paper, "picture", pages=len(pages))
        if count > len(pages):
            words = _("The picture holds the first {count} of {all} pages. Copy the rest as a file.")
            ctx.notices.toast(words.format(count=len(pages), all=count), "warn")
        else:
            ctx.notices.toast(_("{title} is on the clipboard as a picture.").format(title=paper.title))

    ctx.run_heavy(work, owner=owner, on_done=done, label=_("Making the picture"))


def _one_picture(pages: Sequence[PageImage]) -> QImage:
    """The pages below each other."""
    images = [image_of(page) for page in pages]
    if len(images) == 1:
        return images[0]
    whole = QImage(
        max(image.width() for image in images),
        sum(image.height() for image in images),
        QImage.Format.Format_RGB32,
    )
    whole.fill(0xFFFFFFFF)
    painter = QPainter(whole)
    top = 0
    for image in images:
        painter.drawImage(0, top, image)
        top += image.height()
    painter.end()
    return whole


def copy_file(ctx: Context, paper: Paper, *, owner: QWidget | None = None) -> None:
    """Puts the PDF on the clipboard as a file: pasted into a chat or a folder, it is sent or copied."""
    book = ctx.need_book()

    def work(progress: Progress) -> tuple[Path, Rendered]:
        from crmdesk.services.outgoing import passing_file

        with book.read() as connection:
            rendered = paper.render(connection)
        progress.check()
        return passing_file(paper.file_name, rendered.pdf), rendered

    def done(answer: tuple[Path, Rendered]) -> None:
        path, rendered = answer
        put_file(path)
        note(ctx, paper, "file", path.name, rendered.page_count)
        ctx.notices.toast(_("{title} is on the clipboard as a file.").format(title=paper.title))
        _tell_missing(ctx, rendered)

    ctx.run_heavy(work, owner=owner, on_done=done, label=_("Writing {file}").format(file=paper.file_name))


def put_file(path: Path, text: str = "") -> None:
    """A file on the clipboard, as a file manager puts it there; `text` is for what takes no files."""
    # Data made in Python ends the program in a crash when the clipboard frees it after Python is gone, so the
    # model makes it.
    model = QStringListModel([path.name])
    data = model.mimeData([model.index(0, 0)])
    data.clear()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    if text:
        data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)


def image_of(page: PageImage) -> QImage:
    """A page as an image that owns its pixels."""
    form = QImage.Format.Format_RGBA8888
    return QImage(page.rgba, page.width, page.height, 4 * page.width, form).convertToFormat(
        QImage.Format.Format_RGB32
    )


def note(ctx: Context, paper: Paper, channel: str, detail: str = "", pages: int = 0) -> None:
    """Notes in the book that something was printed or given away; a book that is only read takes no notes."""
    if ctx.book is None or ctx.book.is_read_only or paper.kind not in TITLES:
        return
    arguments = {
        "kind": paper.kind,
        "entries": list(paper.entries),
        "channel": channel,
        "detail": detail[:500],
        "pages": pages,
    }
    ctx.run_use_case("print.log", arguments)


def _tell_missing(ctx: Context, rendered: Rendered) -> None:
    if rendered.missing:
        ctx.notices.toast(
            _("The printing font lacks these characters; they appear as 〓: {characters}").format(
                characters=" ".join(rendered.missing)
            ),
            "warn",
        )
