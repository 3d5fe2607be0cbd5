"""The command palette (Ctrl+K): one line that finds customers, documents, commands, places and settings."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from crmdesk.services import finding
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import native_keys, plain_button
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.finder_list import FinderList, Line, heading
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.palette_offers import Deed, Offers, matching

_ROWS_SEEN = 11
_PAGE = 8
_TYPED_MAX = 100
"""What is pasted by mistake is not looked for."""
_MORE = "Ctrl+Return"


class _Input(QLineEdit):
    """Keeps the focus while the list is walked through."""

    stepped = Signal(int)
    entered = Signal()
    more_asked = Signal()
    emptied = Signal()
    """Backspace with nothing left to delete."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the list."""
        key = Qt.Key(event.key())
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _PAGE,
            Qt.Key.Key_PageUp: -_PAGE,
        }.get(key)
        if steps is not None:
            self.stepped.emit(steps)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            (self.more_asked if has_control else self.entered).emit()
        elif key == Qt.Key.Key_Backspace and not self.text():
            self.emptied.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()


class Palette(Dialog):
    """`palette.input` over `palette.list`. A line's Deed runs after the palette has closed."""

    def __init__(self, ctx: Context, parent: QWidget) -> None:
        super().__init__(parent, _("Search and commands"), name="palette", width=92)
        self._ctx = ctx
        self._offers = Offers(ctx, parent)
        self._waits_for_answer = False
        self._takes_first = False
        self._typed_before = ""
        self._more: list[Line] | None = None
        self.drop_head()
        sizes = theme().metrics
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(sizes.space(4), sizes.space(1.5), sizes.space(3), sizes.space(1.5))
        row.setSpacing(sizes.space(2))
        sign = QLabel()
        sign.setPixmap(pixmap("search", "third", ratio=self.devicePixelRatio()))
        row.addWidget(sign)
        self.input = _Input()
        labels.name_widget(self.input, "palette.input", _("Search customers, documents, commands"))
        self.input.setProperty("role", "palette")
        self.input.setMaxLength(_TYPED_MAX)
        row.addWidget(self.input, 1)
        row.addWidget(labels.keys("Esc"))
        self.body.addLayout(row)
        self.body.addWidget(labels.rule())
        self.list = FinderList("palette.list", is_menu=True)
        self.list.setAccessibleName(_("Found"))
        self.list.setFixedHeight(self.at_most(_ROWS_SEEN * sizes.row + sizes.space(2), 42))
        holder = QHBoxLayout()
        holder.setContentsMargins(sizes.space(1.5), sizes.space(1), sizes.space(1.5), sizes.space(1))
        holder.addWidget(self.list)
        self.body.addLayout(holder)
        self._add_hints()
        self._connect()
        self._show_words()
        self._look()

    def _add_hints(self) -> None:
        self.foot.setContentsMargins(*(theme().metrics.space(steps) for steps in (4, 1.5, 3, 1.5)))
        self.hint = labels.caption("", "third")
        self.foot.insertWidget(0, self.hint)
        self.more_button = plain_button(
            f"{_('More')}  {native_keys(_MORE).replace('Return', 'Enter')}", "palette.more", "ghost"
        )
        self.more_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.more_button.clicked.connect(self.show_more)
        self.foot.addWidget(self.more_button)
        self._foot.show()

    def _connect(self) -> None:
        self.input.textEdited.connect(self._look)
        self.input.stepped.connect(self.list.move_by)
        self.input.entered.connect(self._enter)
        self.input.more_asked.connect(self.show_more)
        self.input.emptied.connect(self._leave_more)
        self.list.chosen.connect(self._run)
        self.list.current_changed.connect(self._current_changed)
        action = self._ctx.commands.find("palette.open")
        for key in action.shortcuts() if action is not None else ():
            # The key that opened it closes it.
            QShortcut(QKeySequence(key), self).activated.connect(self.close)

    # Searching

    def _look(self, _text: str = "") -> None:
        typed = self.input.text().strip()
        if self._more is not None:
            self._fill(matching(self._more, typed))
            return
        book, offers = self._ctx.book, self._offers
        choices, verbs = offers.choices, offers.verbs
        wanted = self._ctx.settings.opened(str(book.path)) if book is not None else []

        def look(connection: Any) -> tuple[list[Line], list[tuple[str, int]]]:
            if typed:
                return offers.lines(typed, finding.find(connection, typed, choices, verbs)), []
            known = finding.known(connection, wanted) if wanted else {}
            return offers.start_lines(wanted, known), [entry for entry in wanted if entry not in known]

        def work(progress: Progress) -> tuple[list[Line], list[tuple[str, int]]]:
            progress.check()
            if book is None:
                return look(None)
            with book.read() as connection:
                return look(connection)

        def done(found: tuple[list[Line], list[tuple[str, int]]]) -> None:
            lines, gone = found
            self._waits_for_answer = False
            if book is not None and gone:
                self._ctx.settings.forget_opened(str(book.path), gone)
            if self._more is not None:
                return
            self._fill(lines)
            if self._takes_first:
                self._takes_first = False
                self.list.choose_current()

        self._waits_for_answer = True
        self._ctx.tasks.run(
            "read", work, owner=self, done=done, failed=self._ctx.notices.error, replaces="palette"
        )

    def _fill(self, lines: list[Line]) -> None:
        self.list.set_lines(lines or [heading(_("Nothing found"))])
        self._current_changed(self.list.current())

    def _current_changed(self, line: Line | None) -> None:
        has_more = line is not None and isinstance(line.data, Deed) and line.data.more is not None
        self.more_button.setEnabled(has_more)
        # The focus stays in the field: what the cursor of the list stands on is said there.
        self.input.setAccessibleDescription(line.spoken() if line is not None else "")

    # Choosing

    def _enter(self) -> None:
        if self._waits_for_answer:
            # Typed faster than the answer came: its first line is taken.
            self._takes_first = True
        else:
            self.list.choose_current()

    def _run(self, line: Line) -> None:
        deed: Deed = line.data
        self.accept()
        deed.run()

    def show_more(self) -> None:
        """What else can be done with the customer or document under the cursor."""
        line = self.list.current()
        if line is None or self._waits_for_answer or line.data.more is None:
            return
        self._typed_before = self.input.text()
        self._more = [heading(line.data.subject), *line.data.more()]
        self.input.clear()
        self._show_words()
        self._fill(self._more)

    def _leave_more(self) -> None:
        if self._more is None:
            return
        self._more = None
        self.input.setText(self._typed_before)
        self._show_words()
        self._look()

    def _show_words(self) -> None:
        is_more = self._more is not None
        self.input.setPlaceholderText(
            _("What to do with it?") if is_more else _("Search customers, documents, commands")
        )
        self.hint.setText(_("Esc: back") if is_more else _("↑ ↓ choose · Enter open"))

    def reject(self) -> None:
        """Esc goes back one step, and then closes."""
        if self._more is not None:
            self._leave_more()
        else:
            super().reject()


def open_palette(ctx: Context, window: QWidget) -> None:
    """Shows the palette over the window."""
    palette = Palette(ctx, window)
    palette.show_sheet(is_at_top=True)
    palette.input.setFocus(Qt.FocusReason.ShortcutFocusReason)
