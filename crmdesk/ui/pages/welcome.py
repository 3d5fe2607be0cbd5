"""What stands there while no book is open: begin a book, open one, try the practice company, restore a backup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import LANGUAGES, N_, _, current_language
from crmdesk.ui.context import Context
from crmdesk.ui.kit.cards import ChoiceCard
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Card, Label, Paragraph, figure, strong
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking, switch_language

if TYPE_CHECKING:
    from crmdesk.services.book import Book

BOOK_SUFFIX = ".crmdesk"
_COUNTRIES = (
    ("CN", N_("China")),
    ("HK", N_("Hong Kong")),
    ("SG", N_("Singapore")),
    ("GB", N_("United Kingdom")),
    ("DE", N_("Germany")),
    ("FR", N_("France")),
    ("US", N_("United States")),
)
_NEW_BOOK = (
    Field("name", Kind.TEXT, N_("Company name"), required=True),
    Field(
        "country",
        Kind.CHOICE,
        N_("Country"),
        choices=tuple(Choice(code, label) for code, label in _COUNTRIES),
        default="CN",
    ),
    Field("currency", Kind.CURRENCY, N_("Currency"), default="CNY"),
    Field(
        "language",
        Kind.CHOICE,
        N_("Language of documents"),
        choices=tuple(Choice(code, name) for code, name in LANGUAGES.items()),
        default="zh_CN",
    ),
)
_WIDTH_EM = 132
_A_DAY = (
    (
        N_("Bring your customers along"),
        N_("Drop an Excel or text file on the window; its columns are found."),
    ),
    (N_("Write and print"), N_("Invoices from the keyboard alone, with drafts that survive a power cut.")),
    (N_("Take money in seconds"), N_("F6: customer, amount, done. What it settles is proposed.")),
    (N_("Send the statement"), N_("As a page, a PDF, a workbook or a picture, to any past date.")),
)


def create(ctx: Context) -> QWidget:
    """The page."""
    return WelcomePage(ctx)


class WelcomePage(Speaking, QWidget):
    """Two columns in the middle: ways to begin; the books opened last, or what the program does for who is new."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.setObjectName("welcome")
        sizes = theme().metrics
        middle = QWidget()
        middle.setMaximumWidth(sizes.em(_WIDTH_EM))
        column = QVBoxLayout(middle)
        column.setContentsMargins(sizes.space(8), sizes.space(4), sizes.space(8), sizes.space(4))
        column.setSpacing(sizes.space(2))
        column.addStretch(2)
        self._add_head(column)
        column.addSpacing(sizes.space(4))
        halves = QHBoxLayout()
        halves.setSpacing(sizes.space(6))
        column.addLayout(halves)
        halves.addLayout(self._ways(), 1)
        beside = QVBoxLayout()
        beside.addWidget(self._books_card(), 1)
        beside.addWidget(self._about_card(), 1)
        halves.addLayout(beside, 1)
        column.addSpacing(sizes.space(2))
        foot = QHBoxLayout()
        self.language = Segments("welcome.language", list(LANGUAGES.items()), _("Language"))
        self.language.set_value(current_language())
        self.language.changed.connect(self._use_language)
        foot.addWidget(self.language)
        foot.addStretch(1)
        column.addLayout(foot)
        column.addStretch(3)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(middle, 100)
        outer.addStretch(1)
        self.refresh()

    def _add_head(self, column: QVBoxLayout) -> None:
        head = figure()
        self.say(head.setText, N_("Welcome to crmdesk"))
        column.addWidget(head)
        lead = Paragraph("", "", "second")
        self.say(
            lead.setText,
            N_(
                "Customers, invoices, payments and statements of a small business in one file on this computer. "
                "It works offline; nothing leaves your desk."
            ),
        )
        column.addWidget(lead)

    def _ways(self) -> QVBoxLayout:
        ways = QVBoxLayout()
        ways.setSpacing(theme().metrics.space(2.5))
        for name, icon, text, words, callback in (
            (
                "new", "file-plus", N_("New book …"),
                N_("Name, country, currency; then the first invoice."), self.new_book,
            ),
            (
                "open", "folder", N_("Open a book …"),
                N_("A file of crmdesk on this computer or a stick."), self.open_book,
            ),
            (
                "practice", "sparkles", N_("Practice company"),
                N_("Everything with invented data, to try without fear."), self.make_practice,
            ),
            (
                "restore", "undo", N_("Restore a backup …"),
                N_("Verified first, and opened beside what is there."), self.restore,
            ),
        ):  # fmt: skip
            card = ChoiceCard(f"welcome.{name}", icon, is_main=name == "new")
            self.say(card.set_title, text)
            self.say(card.set_words, words)
            card.clicked.connect(lambda _checked=False, do=callback: do())
            ways.addWidget(card)
        ways.addStretch(1)
        return ways

    def _books_card(self) -> Card:
        self._card = Card()
        recent_title = strong()
        self.say(recent_title.setText, N_("Opened last"))
        self._card.body.addWidget(recent_title)
        self.recent = EntryList("welcome.recent")
        self.say(self.recent.setAccessibleName, N_("Opened last"))
        self.recent.chosen.connect(lambda entry: self._open(Path(entry.data)))
        self.recent.delete_requested.connect(lambda entry: self._forget(entry.data))
        self._card.body.addWidget(self.recent, 1)
        return self._card

    def _about_card(self) -> Card:
        """Instead of the books, for who has none: what to expect."""
        self._about = Card()
        space = theme().metrics.space
        self._about.body.setSpacing(space(0.5))
        heading = strong()
        self.say(heading.setText, N_("A day with crmdesk"))
        self._about.body.addWidget(heading)
        for title_words, words in _A_DAY:
            self._about.body.addSpacing(space(1.5))
            line = Label()
            self.say(line.setText, title_words)
            self._about.body.addWidget(line)
            more = Paragraph("", "caption", "second")
            self.say(more.setText, words)
            self._about.body.addWidget(more)
        self._about.body.addStretch(1)
        return self._about

    def show_target(self, target: dict[str, Any]) -> None:
        """`new` begins a book, `practice` makes the practice company."""
        if target.get("new"):
            self.new_book()
        elif target.get("practice"):
            self.make_practice()

    def refresh(self) -> None:
        """The books opened last, those that are gone left out."""
        paths = [Path(entry) for entry in self._ctx.settings.recent_books() if Path(entry).is_file()]
        self.recent.set_entries(
            [Entry(path.stem, str(path.parent), icon="book", data=str(path)) for path in paths]
        )
        self._card.setVisible(bool(paths))
        self._about.setVisible(not paths)

    def showEvent(self, event: Any) -> None:
        """The list is up to date whenever the page is seen."""
        super().showEvent(event)
        self.refresh()

    def _forget(self, path: str) -> None:
        self._ctx.settings.forget_book(path)
        self.refresh()

    def _use_language(self, language: str) -> None:
        self._ctx.settings.put("language", language)
        self._ctx.settings.save()
        switch_language(language)

    # Beginning

    def _folder(self) -> str:
        from crmdesk.services import places

        return str(places.default_folder())

    def _open(self, path: Path) -> None:
        self._ctx.open_book(path, owner=self)

    def open_book(self) -> None:
        """Asks for a file and opens it."""
        path, _kind = QFileDialog.getOpenFileName(
            self, _("Open a book"), self._folder(), _("crmdesk books (*.crmdesk *.db);;All files (*)")
        )
        if path:
            self._open(Path(path))

    def new_book(self) -> None:
        """Asks for name, country, currency, language and logo, then for the file."""
        NewBookDialog(self._ctx, self, self._create).show_sheet()

    def _ask_target(self, name: str) -> Path | None:
        safe = "".join(char for char in name if char not in '<>:"/\\|?*').strip() or "crmdesk"
        path, _kind = QFileDialog.getSaveFileName(
            self,
            _("Where to keep the book"),
            str(Path(self._folder()) / f"{safe}{BOOK_SUFFIX}"),
            _("crmdesk books (*.crmdesk *.db);;All files (*)"),
        )
        return Path(path) if path else None

    def _create(self, values: dict[str, Any], logo: bytes | None) -> None:
        target = self._ask_target(values["name"])
        if target is None:
            return

        def work(progress: Progress) -> Path:
            del progress
            from crmdesk.services.book import Book

            with Book.create(target, **values) as book:
                if logo is not None:
                    _put_logo(book, logo)
            return target

        self._ctx.run_heavy(work, owner=self, on_done=self._open, label=_("Making the book"))

    def make_practice(self) -> None:
        """Makes the practice company beside the other books and opens it."""
        target = self._ask_target(_("Practice company"))
        if target is None:
            return

        def work(progress: Progress) -> Path:
            from crmdesk.services import demo

            book = demo.create(
                target,
                progress=lambda done: progress.step(int(done * 100), 100),
                is_cancelled=lambda: progress.is_cancelled,
            )
            book.close()
            return target

        self._ctx.run_heavy(work, owner=self, on_done=self._open, label=_("Making the practice company"))

    def restore(self) -> None:
        """Asks for a backup and where to put it, verifies it and opens the restored book."""
        source, _kind = QFileDialog.getOpenFileName(
            self,
            _("Restore a backup"),
            self._folder(),
            _("crmdesk backups (*.crmdesk-backup *.crmdesk *.db)"),
        )
        if not source:
            return
        target = self._ask_target(Path(source).stem)
        if target is None:
            return

        def work(progress: Progress) -> Path:
            del progress
            from crmdesk.services import backup

            path, _kept = backup.restore(Path(source), target)
            return path

        self._ctx.run_heavy(work, owner=self, on_done=self._open, label=_("Restoring the backup"))


def _put_logo(book: Book, content: bytes) -> None:
    """The logo that was chosen, on every document from the first on."""
    import base64

    from crmdesk.services import use_cases

    use_cases.run(book, "company.set_picture", {"content": base64.b64encode(content).decode()})


class NewBookDialog(Dialog):
    """Name, country, currency, language and logo of a new book; `on_done(values, logo or None)`."""

    def __init__(self, ctx: Context, parent: QWidget, on_done: Any) -> None:
        super().__init__(parent, _("New book"), name="newBook", width=80)
        self._on_done = on_done
        self._ctx = ctx
        self._logo: bytes | None = None
        fields = [
            replace(field, default=current_language()) if field.name == "language" else field
            for field in _NEW_BOOK
        ]
        self.form = Form(ctx, fields, name="newBook.form", columns_max=2, has_shortcuts=False)
        self.form.changed.connect(self._changed)
        self.body.addWidget(self.form)
        note = Paragraph(
            _("The country gives the chart of accounts, tax rates and rounding; all can be changed later."),
            "caption",
            "second",
        )
        self.body.addWidget(note)
        self.body.addWidget(self._logo_row())
        self.add_cancel("newBook.cancel")
        self.add_action(
            _("Choose the file …"), "newBook.save", self.submit, kind="primary", shortcut="Ctrl+S"
        )
        self.form.focus_first()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def _changed(self, name: str) -> None:
        if name != "country":
            return
        from crmdesk.services import templates

        country = str(self.form.editor("country").value())
        self.form.editor("currency").set_value(templates.currency_for(country))

    def _logo_row(self) -> QWidget:
        """The logo is optional: without one the company's name stands at the head of documents."""
        sizes = theme().metrics
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(sizes.space(3))
        self.preview = QLabel(_("No logo"))
        self.preview.setObjectName("newBook.logo")
        self.preview.setAccessibleName(_("Logo"))
        self.preview.setProperty("role", "picture")
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setFixedSize(sizes.em(24), sizes.em(9))
        row.addWidget(self.preview)
        column = QVBoxLayout()
        column.setSpacing(sizes.space(1))
        buttons = QHBoxLayout()
        buttons.setSpacing(sizes.space(2))
        self.choose_button = plain_button(_("Choose a logo …"), "newBook.chooseLogo")
        self.choose_button.clicked.connect(lambda _checked=False: self.choose_logo())
        self.remove_button = plain_button(_("Remove"), "newBook.removeLogo", "ghost")
        self.remove_button.clicked.connect(lambda _checked=False: self._show_logo(None))
        self.remove_button.hide()
        buttons.addWidget(self.choose_button)
        buttons.addWidget(self.remove_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self.logo_words = Paragraph(
            _("Optional: a PNG or JPEG, printed at the head of documents."), "caption"
        )
        self.logo_words.setObjectName("newBook.logo.words")
        self.logo_words.set_tone("second")
        column.addWidget(self.logo_words)
        row.addLayout(column, 1)
        return holder

    def choose_logo(self) -> None:
        """Asks for a picture and shows it, once it is known to be one."""
        path, _kind = QFileDialog.getOpenFileName(self, _("Logo"), "", _("Pictures (*.png *.jpg *.jpeg)"))
        if not path:
            return

        def work(progress: Progress) -> bytes:
            del progress
            from crmdesk.services import company

            content = Path(path).read_bytes()
            company.check_picture(content)
            return content

        def failed(error: Exception) -> bool:
            self._show_logo(None)
            self.logo_words.setText(sentence(error))
            self.logo_words.set_tone("danger")
            return True

        self._ctx.run_heavy(work, owner=self, on_done=self._show_logo, on_error=failed, replaces="logo")

    def _show_logo(self, content: bytes | None) -> None:
        self._logo = content
        self.remove_button.setVisible(content is not None)
        self.logo_words.setText(_("Optional: a PNG or JPEG, printed at the head of documents."))
        self.logo_words.set_tone("second")
        if content is None:
            if self.remove_button.hasFocus():
                self.choose_button.setFocus()
            self.preview.clear()
            self.preview.setText(_("No logo"))
            return
        picture = QPixmap()
        picture.loadFromData(content)
        room = self.preview.size() - QSize(theme().metrics.space(2), theme().metrics.space(2))
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        self.preview.setPixmap(picture.scaled(room, keep, smooth))

    def submit(self) -> None:
        """Takes the values when they are right."""
        from crmdesk.models.errors import CrmdeskError

        try:
            values = self.form.values()
        except CrmdeskError:
            return
        self.accept()
        self._on_done(
            {name: values[name] for name in ("name", "country", "currency", "language")}, self._logo
        )
