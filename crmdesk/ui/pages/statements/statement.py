"""One customer's statement: options left, the page as it will be printed right."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.spans import range_of
from crmdesk.text import N_, _
from crmdesk.ui import papers, printer
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.group_statements import STYLES
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.controls import EmptyState, Segments
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import caption
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.statements.batch import BatchDialog
from crmdesk.ui.pages.statements.sent import SentPanel
from crmdesk.ui.period_combo import ALL, OWN, WORDS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.documents.model import Rendered
    from crmdesk.services.statement_files import StatementOptions

_PERIODS = tuple(
    Choice(name, {ALL: N_("From the first entry"), OWN: N_("Own dates")}.get(name, words))
    for name, words in WORDS.items()
)
_CHOICES = (
    Field("customer", Kind.LINK, N_("Customer"), link="customer"),
    Field("period", Kind.CHOICE, N_("Period"), choices=_PERIODS, default=ALL),
)
_DATES = (
    Field("date_from", Kind.DATE, N_("From")),
    Field("date_to", Kind.DATE, N_("As at")),
)
_SWITCHES = (
    Field("has_ageing", Kind.BOOLEAN, N_("Ageing strip"), default=True),
    Field("has_words", Kind.BOOLEAN, N_("Amount in words"), default=True),
    Field("has_slip", Kind.BOOLEAN, N_("Confirmation slip"), default=True),
)
_WAIT_MS = 150


class StatementView(Speaking, QWidget):
    """Options and preview; `steps` are the arrows for the next customer, put into the page's head."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._codes: list[str] = []
        self._is_stale = False
        self.setObjectName("statement")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        splitter = QSplitter()
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        row.addWidget(splitter)
        splitter.addWidget(self._options())
        self.preview = PagePreview("statement.preview")
        self.say(self.preview.setAccessibleName, N_("Page preview"))
        self.empty = EmptyState("scale", "", "", "statement.empty")
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.preview, 1)
        column.addWidget(self.empty, 1)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([theme().metrics.em(44), theme().metrics.em(130)])
        self.steps = self._make_steps()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_WAIT_MS)
        self._later.timeout.connect(self.refresh)
        kinds = (
            "invoice",
            "payment",
            "credit",
            "refund",
            "writeoff",
            "opening",
            "customer",
            "setting",
            "company",
        )
        ctx.bus.watch(self, kinds, lambda _changes: self._changed())
        ctx.book_changed.connect(self._new_book)
        self.setFocusProxy(self.form.editor("customer"))
        self._new_book()
        self.retranslate()

    # Building

    def _options(self) -> QWidget:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        panel = QWidget()
        panel.setProperty("role", "surface")
        space = theme().metrics.space
        column = QVBoxLayout(panel)
        column.setContentsMargins(space(4), space(4), space(4), space(4))
        column.setSpacing(space(2))
        style_label = caption()
        self.say(style_label.setText, N_("Statement style"))
        column.addWidget(style_label)
        styles = [(key, _(words)) for key, words in STYLES]
        self.style_choice = Segments("statement.style", styles, _("Statement style"))
        self.style_choice.changed.connect(lambda _value: self._changed())
        column.addWidget(self.style_choice)
        self.form = Form(
            self._ctx,
            _CHOICES,
            name="statement",
            pickers=self._ctx.pickers,
            columns_max=1,
            has_shortcuts=False,
        )
        self.form.changed.connect(self._option_changed)
        column.addWidget(self.form)
        dates = QHBoxLayout()
        dates.setSpacing(space(2))
        self._editors: dict[str, Any] = {}
        for field in _DATES:
            pair = QVBoxLayout()
            pair.setSpacing(space(1))
            label = caption()
            self.say(label.setText, field.label)
            pair.addWidget(label)
            pair.addWidget(self._editor(field))
            dates.addLayout(pair)
        column.addLayout(dates)
        column.addSpacing(space(1))
        switches = FlowLayout(gap=4)
        for field in _SWITCHES:
            switches.addWidget(self._editor(field))
        column.addLayout(switches)
        column.addSpacing(space(1))
        language_label = caption()
        self.say(language_label.setText, N_("Language of documents"))
        column.addWidget(language_label)
        self.language = Segments("statement.language", list(papers.LANGUAGES), _("Language of documents"))
        self.language.changed.connect(lambda _value: self._changed())
        column.addWidget(self.language)
        column.addSpacing(space(2))
        actions = QHBoxLayout()
        actions.setSpacing(space(2))
        add = self._ctx.commands.add
        self.print_action = add(
            Command("statement.print", N_("Print"), self.print_now, icon="printer", shortcut="Ctrl+P"), self
        )
        self.pdf_action = add(
            Command("statement.pdf", N_("PDF"), self.save_pdf, icon="", shortcut="Ctrl+S"), self
        )
        self.xlsx_action = add(
            Command("statement.xlsx", N_("Excel"), self.save_xlsx, icon="", shortcut="Ctrl+E"), self
        )
        self.copy_action = add(
            Command(
                "statement.copy",
                N_("Copy as picture"),
                self.copy_picture,
                icon="copy",
                shortcut="Ctrl+Shift+C",
            ),
            self,
        )
        self.file_action = add(
            Command(
                "statement.copyFile",
                N_("Copy as file"),
                self.copy_file,
                icon="paperclip",
                shortcut="Ctrl+Shift+F",
            ),
            self,
        )
        self.batch_action = add(
            Command("statement.batch", N_("Many customers …"), self.batch, icon="users", shortcut="Ctrl+M"),
            self,
        )
        actions.addWidget(button(self.print_action, "primary"), 2)
        actions.addWidget(button(self.pdf_action), 1)
        actions.addWidget(button(self.xlsx_action), 1)
        column.addLayout(actions)
        more = QHBoxLayout()
        more.setSpacing(space(2))
        more.addWidget(button(self.copy_action), 3)
        more.addWidget(button(self.file_action), 2)
        column.addLayout(more)
        column.addWidget(button(self.batch_action))
        column.addSpacing(space(2))
        self.sent = SentPanel(self._ctx, self, self.as_of)
        column.addWidget(self.sent, 1)
        area.setWidget(panel)
        area.setMinimumWidth(max(panel.minimumSizeHint().width(), theme().metrics.em(46)))
        return area

    def _editor(self, field: Field) -> QWidget:
        editor = editor_for(field, self._ctx)
        editor.setObjectName(f"statement.{field.name}")
        self.say(editor.setAccessibleName, field.label)
        editor.set_value(field.default)
        editor.edited.connect(lambda: self._option_changed(field.name))
        self._editors[field.name] = editor
        return editor

    def _make_steps(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(2))
        add = self._ctx.commands.add
        before = Command(
            "statement.previous",
            N_("Previous customer"),
            lambda: self.step(-1),
            icon="arrow-left",
            shortcut="Alt+Up",
        )
        after = Command(
            "statement.next",
            N_("Next customer"),
            lambda: self.step(1),
            icon="arrow-right",
            shortcut="Alt+Down",
        )
        self.place_label = caption()
        self._step_buttons: list[QPushButton] = []
        for command in (before, after):
            made = button(add(command, self), "", icon=command.icon)
            self._step_buttons.append(made)
        row.addWidget(self._step_buttons[0])
        row.addWidget(self.place_label)
        row.addWidget(self._step_buttons[1])
        return row

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if not hasattr(self, "empty"):
            return
        self.style_choice.set_words([(key, _(words)) for key, words in STYLES])
        self.empty.set_words(
            _("Whose statement?"),
            _("Choose a customer on the left: by code, name, pinyin or telephone."),
        )
        self._show_place()

    def show_steps(self, is_shown: bool) -> None:
        """The arrows belong to this view only."""
        for widget in (*self._step_buttons, self.place_label):
            widget.setVisible(is_shown)

    # State

    def _new_book(self) -> None:
        self._codes = []
        self.sent.choose("")
        if self._ctx.book is None:
            return

        def work(connection: Connection) -> tuple[list[str], str]:
            from crmdesk.services import settings
            from crmdesk.services.reports import ageing

            rows = ageing.rows(connection)
            return list(dict.fromkeys(row.customer for row in rows)), settings.load(connection).language

        self._ctx.read(work, owner=self, on_done=self._take_codes, replaces="codes")

    def _take_codes(self, found: tuple[list[str], str]) -> None:
        self._codes, language = found
        if not self.code:
            self.language.set_value(language)
            if self._codes:
                self.choose(self._codes[0])
        self._show_place()
        self._changed()

    @property
    def code(self) -> str:
        """The chosen customer's code, or nothing."""
        return str(self.form.editor("customer").value() or "")

    def choose(self, code: str) -> None:
        """Shows a customer's statement."""
        self.form.editor("customer").set_value(code)
        self._show_place()
        self.sent.choose(code)
        self._changed()

    def step(self, by: int) -> None:
        """The next or previous customer with a balance."""
        if not self._codes:
            return
        at = self._codes.index(self.code) if self.code in self._codes else -by if by > 0 else 0
        self.choose(self._codes[(at + by) % len(self._codes)])

    def _show_place(self) -> None:
        at = self._codes.index(self.code) + 1 if self.code in self._codes else 0
        words = _("{at} of {count} customers with a balance")
        self.place_label.setText(words.format(at=at or "–", count=len(self._codes)) if self._codes else "")

    def _option_changed(self, name: str) -> None:
        if name == "period":
            period = str(self.form.editor("period").value())
            if period != OWN:
                today = clock.today()
                start, end = range_of(period, today)
                self._editors["date_from"].set_value(start)
                self._editors["date_to"].set_value(end or today)
        elif name in ("date_from", "date_to"):
            self.form.editor("period").set_value(OWN)
        elif name == "customer":
            self._show_place()
            self.sent.choose(self.code)
        self._changed()

    def _changed(self) -> None:
        """The page is rendered again shortly; out of sight it waits until it is seen."""
        self._is_stale = True
        if self.isVisible():
            self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catches up with what changed out of sight."""
        super().showEvent(event)
        if self._is_stale:
            self._later.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is rendered for nobody."""
        super().hideEvent(event)
        self._later.stop()

    def as_of(self) -> date:
        """The date the statement ends on."""
        chosen = self._editors["date_to"].value()
        return chosen if isinstance(chosen, date) else clock.today()

    def options(self) -> StatementOptions:
        """What is chosen."""
        from crmdesk.services.statement_files import StatementOptions

        def value(name: str) -> Any:
            return self._editors[name].value()

        return StatementOptions(
            value("date_from"),
            value("date_to"),
            self.style_choice.value(),
            self.language.value(),
            "A4",
            bool(value("has_ageing")),
            bool(value("has_words")),
            bool(value("has_slip")),
            self._ctx.actor,
        )

    def paper(self) -> papers.Paper:
        """The statement as paper."""
        from crmdesk.services.documents import file_names

        code, options = self.code, self.options()

        def render(connection: Connection) -> Rendered:
            from crmdesk.services import statement_files
            from crmdesk.services.documents import printing

            made = statement_files.document(connection, code, options)
            return printing.render([made], options.paper, options.language)

        name = file_names.file_name(
            ".pdf", number=code, customer=_("Statement of account"), on=options.date_to
        )
        return papers.Paper("statement", (code,), name, render)

    def refresh(self) -> None:
        """Renders the page again."""
        self._is_stale = False
        has_customer = bool(self.code) and self._ctx.book is not None
        self.preview.setVisible(has_customer)
        self.empty.setVisible(not has_customer)
        acts = (self.print_action, self.pdf_action, self.xlsx_action, self.copy_action, self.file_action)
        for action in acts:
            action.setEnabled(has_customer)
        if has_customer:
            papers.show(self._ctx, self.preview, self.paper())

    # Doing

    def print_now(self) -> None:
        """Prints the statement."""
        printer.print_paper(self._ctx, self, self.paper())

    def save_pdf(self) -> None:
        """Saves it as PDF."""
        papers.save_pdf(self._ctx, self, self.paper())

    def copy_picture(self) -> None:
        """Copies the pages as a picture, for a chat."""
        papers.copy_picture(self._ctx, self.paper(), owner=self)

    def copy_file(self) -> None:
        """Copies the PDF as a file, for a chat or a mail."""
        papers.copy_file(self._ctx, self.paper(), owner=self)

    def save_xlsx(self) -> None:
        """Saves it as a workbook."""
        paper, code, options = self.paper(), self.code, self.options()
        name = str(Path(paper.file_name).with_suffix(".xlsx"))

        def write(path: Path) -> None:
            def work(connection: Connection) -> Path:
                from crmdesk.services import statement_files

                return statement_files.write_one(connection, code, path, "xlsx", options).files[0]

            def done(written: Path) -> None:
                papers.note(self._ctx, paper, "xlsx", str(written))
                papers.say_saved(self._ctx, written)

            label = _("Writing {file}").format(file=path.name)
            self._ctx.read(work, owner=self, on_done=done, lane="heavy", label=label)

        papers.ask_file(self._ctx, self, _("Save as Excel"), name, write)

    def batch(self) -> None:
        """Statements of many customers at once."""
        BatchDialog(self._ctx, self, self.options()).show_sheet()
