"""The own fields of a record beside it: section by section, formulas reckoned, only what has a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from crmdesk.models.fields import Kind
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import choice_tone, shown
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmdesk.services.custom_forms import Section, Shown
    from crmdesk.ui.context import Context


def value_words(one: Shown) -> str:
    """A value as a person reads it; empty for nothing."""
    value = one.value
    if value is None or value in ("", ()):
        return ""
    if one.field.kind is Kind.MONEY:
        return amount_text(value, one.currency)
    if one.field.kind is Kind.BOOLEAN:
        return _("Yes") if value else _("No")
    return shown(one.field, value, shows_zero=True)


class OwnPanel(Speaking, QWidget):
    """Reads by itself: `show_record(id)` is all it wants. Not there while the record has no value of them."""

    def __init__(self, ctx: Context, place: str, record: str) -> None:
        super().__init__()
        self.setObjectName(f"{place}.own")
        self._ctx, self._record = ctx, record
        self._id: int | None = None
        self.sections: Sequence[Section] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme().metrics.space(2))
        self._inner: QWidget | None = None
        self.say(self.setAccessibleName, N_("Own fields"))
        self.hide()
        ctx.own.changed.connect(self._ask)

    def show_record(self, record_id: int | None) -> None:
        """Shows the own fields of a record; to be called again when the record changed."""
        self._id = record_id
        self._ask()

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Shows what was read with the record."""
        self.sections = sections
        self._fill()

    def _ask(self) -> None:
        wanted, record = self._id, self._record
        if wanted is None or self._ctx.book is None or not self._ctx.own.of(record):
            self.show_sections(())
            return

        def work(connection: Any) -> Sequence[Section]:
            from crmdesk.services import custom_forms

            return custom_forms.sections(connection, record, wanted)

        def done(found: Sequence[Section]) -> None:
            if wanted == self._id:
                self.show_sections(found)

        self._ctx.read(work, owner=self, on_done=done, replaces="own")

    def texts(self) -> dict[str, str]:
        """Labels and values as they are shown."""
        return {
            one.field.label: value_words(one)
            for section in self.sections
            for one in section.fields
            if value_words(one)
        }

    def _fill(self) -> None:
        if self._inner is not None:
            self._layout.removeWidget(self._inner)
            self._inner.hide()
            self._inner.deleteLater()
            self._inner = None
        sections = [
            (section.title, [one for one in section.fields if value_words(one)]) for section in self.sections
        ]
        sections = [(title, fields) for title, fields in sections if fields]
        self.setVisible(bool(sections))
        if not sections:
            return
        space = theme().metrics.space
        self._inner = QWidget()
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1.5))
        for title, fields in sections:
            heading = labels.strong(title or _("Own fields"))
            column.addWidget(heading)
            grid = QGridLayout()
            grid.setHorizontalSpacing(space(4))
            grid.setVerticalSpacing(space(1))
            grid.setColumnStretch(1, 1)
            for row, one in enumerate(fields):
                words = labels.caption(one.field.label)
                words.setMinimumWidth(theme().metrics.em(10))
                grid.addWidget(words, row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(_value(one), row, 1, Qt.AlignmentFlag.AlignLeft)
            column.addLayout(grid)
        self._layout.addWidget(self._inner)

    def retranslate(self) -> None:
        """Labels in the language in force."""
        super().retranslate()
        if self._id is not None:
            self._ask()


def _value(one: Shown) -> QWidget:
    words = value_words(one)
    tone = choice_tone(one.field, one.value) if one.field.kind is Kind.CHOICE else ""
    if tone and tone != "neutral":
        return Chip(words, tone)
    made = Paragraph(words)
    if one.field.help:
        made.setToolTip(one.field.help)
    return made
