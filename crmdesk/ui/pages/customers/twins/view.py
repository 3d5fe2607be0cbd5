"""Two customers that may be one, beside the list: what differs, who would stay, what would move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models.errors import NotFound
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.merge_sides import balance_words, plain_moves, reason_chips, words_of
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import button, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.labels import Label, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout, scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from crmdesk.services.duplicate_desk import Found
    from crmdesk.services.merge_preview import Preview

_NAME = "duplicates.detail"


class TwinView(Speaking, QWidget):
    """Shows a pair. `into` is the code that stays; `turn` lets the other one stay."""

    merge_requested = Signal(list)

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self.pair: Found | None = None
        self.preview: Preview | None = None
        self._into = ""
        self.setObjectName(_NAME)
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._stack = QStackedWidget()
        self._nobody = EmptyState("users", "", "", f"{_NAME}.nobody")
        self._stack.addWidget(self._nobody)
        content = QWidget()
        content.setProperty("role", "plain")
        self._rows = QVBoxLayout(content)
        self._rows.setContentsMargins(space(4), space(4), space(4), space(4))
        self._rows.setSpacing(space(3))
        self._body: QWidget | None = None
        self._rows.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scrolled(content, f"{_NAME}.scroll"), 1)
        self._foot = QWidget()
        self._foot.setProperty("role", "footer")
        self._foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.buttons = QHBoxLayout(self._foot)
        self.buttons.setContentsMargins(space(4), space(2), space(4), space(2))
        self.buttons.setSpacing(space(2))
        column.addWidget(self._foot)
        self._stack.addWidget(page)
        outer.addWidget(self._stack)
        self.retranslate()

    def take_actions(self, merge: QAction, apart: QAction) -> None:
        """The two answers, as buttons below."""
        self.buttons.addWidget(button(apart, has_keys=True))
        self.buttons.addStretch(1)
        self.all_button = plain_button("", f"{_NAME}.all")
        self.all_button.clicked.connect(
            lambda: self.pair and self.merge_requested.emit(list(self.pair.together))
        )
        self.buttons.addWidget(self.all_button)
        self.buttons.addWidget(button(merge, "primary", has_keys=True))

    def retranslate(self) -> None:
        """The words of the empty state and of what is shown."""
        super().retranslate()
        self._nobody.set_words(
            _("No pair chosen"), _("Choose one in the list to see both customers side by side.")
        )
        if self.pair is not None and self.preview is not None:
            self._show(self.preview)

    @property
    def into(self) -> str:
        """The code of the customer that would stay."""
        return self._into

    def show_pair(self, pair: Found | None) -> None:
        """Shows a pair; who has more documents is proposed to stay."""
        is_other = pair is None or self.pair is None or pair.id != self.pair.id
        self.pair = pair
        if pair is None:
            self.preview = None
            self._stack.setCurrentIndex(0)
            return
        self._ask("" if is_other else self._into)

    def turn(self) -> None:
        """The other one stays."""
        if self.pair is not None and self._into:
            other = self.pair.other_code if self._into == self.pair.code else self.pair.code
            self._ask(other)

    def _ask(self, into: str) -> None:
        pair = self.pair
        if pair is None:
            return
        codes = (pair.code, pair.other_code)

        def work(connection: Any) -> Preview:
            from crmdesk.services import duplicate_desk, merge_preview

            first = into or duplicate_desk.stays_first(connection, codes)[0]
            return merge_preview.preview(connection, first, [one for one in codes if one != first])

        def gone(error: Exception) -> bool:
            # Merged or deleted meanwhile; the list is on its way to say so.
            return isinstance(error, NotFound | IndexError)

        self._ctx.read(work, owner=self, on_done=self._show, on_error=gone, replaces="pair")

    def _show(self, preview: Preview) -> None:
        pair = self.pair
        if pair is None or {pair.code, pair.other_code} != {preview.into, *preview.customers}:
            return
        self.preview, self._into = preview, preview.into
        if self._body is not None:
            self._rows.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = self._made(pair, preview)
        self._rows.insertWidget(0, self._body)
        more = len(pair.together)
        self.all_button.setText(_("Merge all {count}…").format(count=more))
        self.all_button.setAccessibleName(self.all_button.text())
        self.all_button.setToolTip(", ".join(pair.together))
        self.all_button.setVisible(2 < more <= 4)
        self._stack.setCurrentIndex(1)

    def _made(self, pair: Found, preview: Preview) -> QWidget:
        space = theme().metrics.space
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(space(3))
        holder = QWidget()
        holder.setObjectName(f"{_NAME}.reasons")
        chips = FlowLayout(holder, gap=1.5)
        for chip in reason_chips(pair.score, pair.reasons):
            chips.addWidget(chip)
        rows.addWidget(holder)
        codes = (pair.code, pair.other_code)
        heads = QHBoxLayout()
        heads.setSpacing(space(3))
        for code, name in zip(codes, (pair.name, pair.other_name), strict=True):
            heads.addWidget(self._head(code, name, preview), 1)
        rows.addLayout(heads)
        for is_different, title in ((True, _("Different")), (False, _("The same, or only one has it"))):
            chosen = [one for one in preview.fields if one.differs is is_different]
            if not chosen:
                continue
            rows.addWidget(labels.caption(title, "warn" if is_different else "second"))
            for choice in chosen:
                line = QHBoxLayout()
                line.setSpacing(space(3))
                caption = labels.caption(choice.label)
                caption.setFixedWidth(theme().metrics.em(17))
                line.addWidget(caption)
                for code in codes:
                    text = words_of(choice, code)
                    tone = "" if is_different else "second"
                    made = Label(text or _("(empty)"), "strong" if is_different else "", tone)
                    made.setObjectName(f"{_NAME}.{choice.name}.{code}")
                    line.addWidget(made, 1)
                rows.addLayout(line)
        moving = " · ".join(f"{label} {count:,}" for label, count in plain_moves(preview))
        if preview.document_count:
            moving = " · ".join(
                filter(None, (_("Documents {count}").format(count=f"{preview.document_count:,}"), moving))
            )
        words = _("{code} stays. Moves to it: {parts}.").format(
            code=preview.into, parts=moving or _("nothing else")
        )
        made = Paragraph(words, "", "second")
        made.setObjectName(f"{_NAME}.moves")
        rows.addWidget(made)
        return body

    def _head(self, code: str, name: str, preview: Preview) -> QWidget:
        card = labels.Card("raised")
        card.setObjectName(f"{_NAME}.side.{code}")
        line = QHBoxLayout()
        line.addWidget(labels.caption(code))
        line.addStretch(1)
        is_kept = code == preview.into
        chip = labels.Chip(_("Stays") if is_kept else _("Goes into it"), "good" if is_kept else "neutral")
        chip.setObjectName(f"{_NAME}.role.{code}")
        line.addWidget(chip)
        card.body.addLayout(line)
        card.body.addWidget(Paragraph(name, "strong"))
        amounts = preview.balances.get(code, {})
        card.body.addWidget(labels.caption(_("Balance {amount}").format(amount=balance_words(amounts))))
        show = plain_button(_("Show"), f"{_NAME}.show.{code}", "link")
        show.setAccessibleName(_("Show {code}").format(code=code))
        show.clicked.connect(lambda: self._ctx.go("customers", code=code, full=True))
        card.body.addWidget(show, 0, Qt.AlignmentFlag.AlignLeft)
        return card


TITLE = N_("Duplicates")
