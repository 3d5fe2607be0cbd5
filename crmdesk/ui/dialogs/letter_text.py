"""The text of a group letter: written beside the page as it will be, with placeholders from a menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPlainTextEdit, QVBoxLayout, QWidget

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.text import N_, _, current_language
from crmdesk.ui import letter_papers, papers
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.form_requests import is_empty
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.editors import LongTextEditor, plain
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import caption
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.letters import Text
    from crmdesk.services.use_cases import Outcome

FORM = "letter_text"
_WAIT_MS = 250
_BODY_LINES = 12
_LANGUAGES = papers.LANGUAGES[:2]


class LetterTextDialog(FormDialog):
    """A new text, or an existing one. The page at the right follows what is typed."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        text: Text | None = None,
        *,
        on_saved: Callable[[str], object] = lambda _name: None,
        entry: Entry | None = None,
    ) -> None:
        from crmdesk.services import letter_texts

        name = text.name if text is not None else ""
        super().__init__(parent, _("Text of a letter"), name="letterText", subtitle=name, width=158)
        self._ctx, self._name, self._on_saved = ctx, name, on_saved
        self._known = letter_texts.PLACEHOLDERS | {
            entry.column: entry.label for entry in ctx.own.of("customer")
        }
        title = letter_texts.NAME
        fields = (
            replace(title, required=not name, sample=_("Spring offer")),
            replace(
                letter_texts.TEXTS[-1],
                help=N_("Stands where the text says {offer}; may be another one each time."),
            ),
            *letter_texts.TEXTS[:-1],
        )
        if name:
            fields = fields[1:]
        values = {field.name: getattr(text, field.name) for field in fields} if text is not None else {}
        self.fields = Form(ctx, fields, values, name="letterText.form", columns_max=1, has_shortcuts=False)
        self.fields.mark_clean()
        self._last: QLineEdit | QPlainTextEdit | None = None
        self._soon = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._soon.timeout.connect(self.show_page)
        self.set_form(self.fields)
        self._lay_out()
        self.fields.changed.connect(self._typed)
        self.fields.submitted.connect(self.submit)
        self.add_cancel("letterText.cancel")
        self.add_action(_("Save"), "letterText.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self._begin_language(text)
        self.keep_safe(
            ctx,
            FORM,
            record=name,
            title=lambda: name or str(self.fields.value("name") or ""),
            entry=entry,
        )

    def _lay_out(self) -> None:
        """The form keeps the left half; the page with its language stands beside it."""
        sizes = theme().metrics
        item = self.body.takeAt(self.body.count() - 1)
        area = item.widget() if item is not None else None
        row = QHBoxLayout()
        row.setSpacing(sizes.space(5))
        left = QVBoxLayout()
        left.setSpacing(sizes.space(2))
        if area is not None:
            left.addWidget(area, 1)
        foot = QHBoxLayout()
        self.insert_button = self._make_insert()
        foot.addWidget(self.insert_button)
        foot.addWidget(caption(_("Becomes each customer's own.")), 1)
        left.addLayout(foot)
        row.addLayout(left, 10)
        right = QVBoxLayout()
        right.setSpacing(sizes.space(2))
        self.language = Segments("letterText.language", list(_LANGUAGES), _("Language"))
        self.language.changed.connect(lambda _value: self.show_language())
        left.insertWidget(0, self.language)
        self.preview = PagePreview("letterText.preview")
        self.preview.setAccessibleName(_("Page preview"))
        self.preview.setMinimumWidth(min(sizes.em(56), self.width() * 2 // 5))
        self.preview.fit_width()
        right.addWidget(self.preview, 1)
        row.addLayout(right, 9)
        self.body.addLayout(row, 1)
        for field in self.fields.field_names():
            editor = self.fields.editor(field)
            editor.installEventFilter(self)
            if isinstance(editor, LongTextEditor):
                editor.set_lines(_BODY_LINES)

    def _make_insert(self) -> Any:
        from crmdesk.ui.kit.commands import plain_button, tip_of

        made = plain_button(_("Insert placeholder"), "letterText.insert", "", "plus")
        made.setShortcut("Ctrl+I")
        made.setToolTip(tip_of(_("Insert placeholder"), "Ctrl+I"))
        made.setAutoDefault(False)
        made.clicked.connect(lambda _checked=False: self.show_placeholders())
        return made

    def _begin_language(self, text: Text | None) -> None:
        """That of the window, unless the text has only the other one."""
        own = "zh_CN" if current_language().startswith("zh") else "en"
        other = "en" if own == "zh_CN" else "zh_CN"
        if text is not None and text.words(other)[1] and not text.words(own)[1]:
            own = other
        self.language.set_value(own)
        self.show_language()

    def show_language(self) -> None:
        """One language at a time, with room for its words; its page beside it."""
        is_english = self.language.value() == "en"
        for name in ("subject", "body"):
            self.fields.show_field(f"{name}_en", is_english)
            self.fields.show_field(f"{name}_zh", not is_english)
        self.show_page()

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """Remembers where the cursor was last: a placeholder goes there."""
        if event.type() == event.Type.FocusIn and isinstance(watched, QLineEdit | QPlainTextEdit):
            self._last = watched
        return super().eventFilter(watched, event)

    def show_placeholders(self) -> None:
        """The menu of what may stand in braces."""
        menu = QMenu(self)
        menu.setObjectName("letterText.placeholders")
        for name, words in self._known.items():
            action = menu.addAction(f"{{{name}}}\u2003{_(words)}")
            action.setObjectName(f"letterText.insert.{name}")
            action.triggered.connect(lambda _checked=False, which=name: self.insert(which))
        menu.popup(self.insert_button.mapToGlobal(QPoint(0, self.insert_button.height())))

    def insert(self, name: str) -> None:
        """Puts a placeholder where the cursor was last, else into the body of the language that is seen."""
        body = "body_en" if self.language.value() == "en" else "body_zh"
        target = self._last
        if target is None or not target.isVisible() or target.objectName().endswith((".name", ".offer")):
            target = self.fields.editor(body)
        if isinstance(target, QPlainTextEdit):
            target.insertPlainText(f"{{{name}}}")
        else:
            target.insert(f"{{{name}}}")
        target.setFocus()

    def _typed(self, name: str) -> None:
        """The page follows; an unknown placeholder is told at once, as soon as its brace is closed."""
        if name in self.fields.field_names() and name not in ("name", "offer"):
            from crmdesk.services import dunning_texts

            value = str(self.fields.value(name) or "")
            if value.count("{") == value.count("}"):
                try:
                    dunning_texts.require_known(value, name, self._known)
                except CrmdeskError as error:
                    self.fields.set_error(name, str(error))
        self._soon.start()

    def show_page(self) -> None:
        """The page as it would be printed for the first customer."""
        self._soon.stop()
        values = {name: self.fields.value(name) for name in self.fields.field_names()}
        papers.show(
            self._ctx,
            self.preview,
            letter_papers.written_now(self._ctx, values, self.language.value()),
        )

    def submit(self) -> None:
        """Saves and closes; errors stand under their fields."""
        try:
            values = self.fields.values()
        except CrmdeskError:
            return
        given = {name: plain(value) for name, value in values.items() if not is_empty(value) or self._name}
        given = {name: "" if value is None else value for name, value in given.items()}

        def done(outcome: Outcome) -> None:
            self.accept()
            name = str(outcome.result["name"])
            self._ctx.notices.toast(_("“{name}” is saved.").format(name=name), "good")
            self._on_saved(name)

        self.send(
            self._ctx,
            "letter_text.save",
            given | ({"name": self._name} if self._name else {}),
            record=self._name,
            on_done=done,
            on_error=self._refused,
        )

    def _refused(self, error: Exception) -> bool:
        """Under its field, in the language that has it. A letter needs one of the two texts: the service's sentence
        says so better than “fill in”, and it stands under the one that is seen."""
        if not isinstance(error, CrmdeskError):
            return False
        field = str(error.field or "")
        if error.code is Code.REQUIRED and field == "body_zh":
            return self.fields.set_error("body_en" if self.language.value() == "en" else field, str(error))
        language = {"zh": "zh_CN", "en": "en"}.get(field[-2:])
        if language is not None and language != self.language.value():
            self.language.set_value(language)
            self.show_language()
        return self.fields.take_error(error)


def open_text(
    ctx: Context,
    parent: QWidget,
    name: str = "",
    *,
    on_saved: Callable[[str], object] = lambda _name: None,
    entry: Entry | None = None,
) -> None:
    """Opens a text by its name, or the form of a new one."""

    def show(text: Text | None) -> None:
        dialog = LetterTextDialog(ctx, parent, text, on_saved=on_saved, entry=entry)
        dialog.show_sheet()
        dialog.fields.focus_first()

    if not name:
        show(None)
        return

    def work(connection: Connection) -> Text:
        from crmdesk.services import letters

        return letters.text_of(connection, name)

    ctx.read(work, owner=parent, on_done=show)
