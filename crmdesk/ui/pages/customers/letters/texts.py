"""The texts of group letters: a list, and beside it the page as the first customer would get it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models.errors import NotFound
from crmdesk.text import N_, _
from crmdesk.ui import letter_papers, papers
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import letter_text
from crmdesk.ui.dialogs.group_letters import open_letters
from crmdesk.ui.dialogs.one_field import ask_text
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.controls import EmptyState, Segments
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.letters import LETTERS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.letters import Text
    from crmdesk.services.use_cases import Outcome

WATCHED = ("letter_text", "customer", "company", "setting")
_ORDER = ("name", "subject_zh", "subject_en", "offer", "updated_at")
_SHOWN = ("name", "subject_zh", "subject_en")


class TextView(Speaking, QWidget):
    """The page of a text and what is done with it."""

    def __init__(self, ctx: Context, page: QWidget) -> None:
        super().__init__()
        self._ctx, self._page = ctx, page
        self._row: int | None = None
        self._is_stale = False
        self.text: Text | None = None
        self.setObjectName("letters.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        self._stack = QStackedWidget()
        self._nobody = EmptyState("mail", "", "", "letters.detail.nobody")
        self._stack.addWidget(self._nobody)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(4), space(4), 0)
        column.setSpacing(space(2.5))
        self.name = labels.heading()
        self.name.setObjectName("letters.detail.name")
        column.addWidget(self.name)
        holder = QWidget()
        ways = FlowLayout(holder, gap=2)
        add = ctx.commands.add
        for command in (
            Command("letters.write", N_("Write to a group …"), self.write, "mail", "Ctrl+Return"),
            Command("letters.edit", N_("Edit the text"), self.edit, "pencil", "F2"),
            Command("letters.rename", N_("Rename …"), self.rename, "", "Shift+F2"),
            Command("letters.delete", N_("Delete"), self.delete, "trash", "Ctrl+Del"),
        ):
            ways.addWidget(button(add(command, page), icon=command.icon))
        column.addWidget(holder)
        row = QHBoxLayout()
        self.whose = labels.caption()
        self.say(self.whose.setText, N_("As your first customer would get it"))
        row.addWidget(self.whose, 1)
        self.language = Segments("letters.language", list(papers.LANGUAGES[:2]), _("Language"))
        self.language.changed.connect(lambda _value: self._render())
        row.addWidget(self.language)
        column.addLayout(row)
        self.preview = PagePreview("letters.preview")
        self.say(self.preview.setAccessibleName, N_("Page preview"))
        self.preview.fit_width()
        column.addWidget(self.preview, 1)
        self._stack.addWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        ctx.bus.watch(self, WATCHED, lambda _changes: self._ask())
        self.retranslate()

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "preview"):
            self._nobody.set_words(_("No text chosen"), _("Choose one to see its page."))

    def show_row(self, row_id: int | None) -> None:
        """Shows a text; None shows that none is chosen."""
        if row_id != self._row:
            self.text = None
        self._row = row_id
        if row_id is None:
            self._stack.setCurrentIndex(0)
        self._ask()

    def _ask(self) -> None:
        row_id = self._row
        if row_id is None or self._ctx.book is None:
            return

        def work(connection: Connection) -> Text:
            from crmdesk.services import letters

            return letters.text_by_id(connection, row_id)

        def gone(error: Exception) -> bool:
            if isinstance(error, NotFound):
                self.show_row(None)
                return True
            return False

        self._ctx.read(work, owner=self, on_done=self._show, on_error=gone, replaces="text")

    def _show(self, text: Text) -> None:
        self.text = text
        self.name.setText(text.name)
        written = [language for language, _words in papers.LANGUAGES[:2] if text.words(language)[1]]
        for language, _words in papers.LANGUAGES[:2]:
            self.language.show_option(language, language in written)
        if self.language.value() not in written:
            self.language.set_value(written[0])
        self.language.setVisible(len(written) > 1)
        self._stack.setCurrentIndex(1)
        self._render()

    def showEvent(self, event: QShowEvent) -> None:
        """Catches up with what changed out of sight."""
        super().showEvent(event)
        if self._is_stale:
            self._render()

    def _render(self) -> None:
        self._is_stale = not self.isVisible()
        if self.text is None or self._is_stale:
            return
        from dataclasses import asdict

        paper = letter_papers.written_now(self._ctx, asdict(self.text), self.language.value())
        papers.show(self._ctx, self.preview, paper)

    # Doing

    def write(self) -> None:
        """Chooses whom it goes to."""
        if self.text is not None:
            open_letters(self._ctx, self._page, None, "", self.text.name)

    def edit(self) -> None:
        """Opens the text."""
        if self.text is not None:
            letter_text.open_text(self._ctx, self._page, self.text.name)

    def rename(self) -> None:
        """Asks for another name; one that is taken is refused under its field."""
        if self.text is None:
            return
        from crmdesk.services import letter_texts

        before = self.text.name

        def given(name: str, form: Form, dialog: dialogs.Dialog) -> None:
            def done(_outcome: Outcome) -> None:
                dialog.accept()
                self._ctx.notices.toast(
                    _("“{before}” is called “{after}” now.").format(before=before, after=name),
                    "good",
                    _("Undo"),
                    lambda: self._ctx.run_use_case(
                        "letter_text.rename", {"letter": name, "name": before}, owner=self._page
                    ),
                )

            self._ctx.run_use_case(
                "letter_text.rename",
                {"letter": before, "name": name},
                owner=self._page,
                on_done=done,
                on_error=form.take_error,
            )

        ask_text(
            self._ctx,
            self._page,
            _("Rename “{name}”").format(name=before),
            replace(letter_texts.NAME, label=letter_texts.NEW_NAME),
            given,
            value=before,
            name="letterRename",
            text=_("What was printed keeps the name it was printed with."),
        )

    def delete(self) -> None:
        """Asks, then deletes."""
        if self.text is None:
            return
        name = self.text.name
        dialogs.confirm(
            self,
            _("Delete the text “{name}”?").format(name=name),
            _("Letters that were written stay what they are."),
            _("Delete"),
            lambda: self._ctx.run_use_case("letter_text.delete", {"name": name}, owner=self),
            name="deleteLetter",
        )


def make_texts(ctx: Context, owner: QWidget) -> ListPage:
    """The list with its page beside it."""
    source = BookList(ctx, "letter_texts")
    page = ListPage(
        ctx,
        LETTERS,
        N_("Letters"),
        source,
        source.columns(
            {
                "name": {"is_strong": True, "width": 16},
                "subject_zh": {"width": 20},
                "subject_en": {"width": 20},
            },
            order=_ORDER,
            shown=_SHOWN,
        ),
        watch=WATCHED[:1],
        icon="mail",
        search_hint=N_("Name, subject or text"),
        count_words=N_("{count} texts"),
        empty_title=N_("One text, a letter to each"),
        empty_text=N_(
            "Write it once with places for the name, the balance, the offer. Each customer of a group gets his own:"
            " printed, as PDF or as an e-mail."
        ),
    )
    view = TextView(ctx, page)
    page.current_changed.connect(view.show_row)
    page.set_detail(view, 60)
    page.opened.connect(lambda _record: view.edit())
    choose_first(page, view)
    new = page.add_button(
        Command("letters.new", N_("New text"), lambda: letter_text.open_text(ctx, owner), "plus", "Ctrl+N"),
        "primary",
    )
    page.add_empty_button(new, "primary")
    return page
