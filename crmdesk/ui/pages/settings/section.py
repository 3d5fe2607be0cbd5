"""What every section is made of: a card with a heading, a sentence, a form and its button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Field
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Card, Paragraph, heading
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking


class Section(Speaking, QWidget):
    """A column of cards."""

    def __init__(self, ctx: Context, name: str) -> None:
        super().__init__()
        self.ctx = ctx
        self.setObjectName(f"settings.{name}")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme().metrics.space(4))

    def add_card(self, title: str, text: str = "") -> Card:
        """A card with its heading; `title` and `text` are catalogue sources."""
        card = Card()
        head = heading()
        self.say(head.setText, title)
        card.body.addWidget(head)
        if text:
            words = Paragraph("", "", "second")
            self.say(words.setText, text)
            card.body.addWidget(words)
        self.column.addWidget(card)
        return card

    def make_button(
        self, name: str, text: str, callback: Callable[[], object], kind: str = ""
    ) -> QPushButton:
        """A button named `settings.<section>.<name>`."""
        button = QPushButton()
        button.setObjectName(f"{self.objectName()}.{name}")
        if kind:
            button.setProperty("kind", kind)
        self.say(button.setText, text)
        self.say(button.setAccessibleName, text)
        button.clicked.connect(lambda _checked=False: callback())
        return button


class FormSection(Section):
    """One form over the book's settings, saved by one use case."""

    def __init__(
        self,
        ctx: Context,
        name: str,
        title: str,
        text: str,
        fields: Sequence[Field],
        load: Callable[[Any], Mapping[str, Any]],
        save: Callable[[dict[str, Any]], tuple[str, dict[str, Any]]],
        columns_max: int = 2,
    ) -> None:
        super().__init__(ctx, name)
        self._load, self._save = load, save
        card = self.add_card(title, text)
        self.form = Form(ctx, fields, name=f"settings.{name}.form", columns_max=columns_max)
        self.form.submitted.connect(self.submit)
        card.body.addWidget(self.form)
        row = QHBoxLayout()
        self.save_button = self.make_button("save", N_("Save"), self.submit, "primary")
        row.addWidget(self.save_button)
        row.addStretch(1)
        card.body.addLayout(row)
        ctx.bus.watch(self, ("setting",), lambda _changes: self.refresh())
        ctx.book_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """The values as the book has them."""
        if self.ctx.book is None:
            return
        from crmdesk.services import settings

        self.ctx.read(settings.load, owner=self, on_done=self._fill, replaces="settings")

    def _fill(self, own: Any) -> None:
        if not self.form.is_dirty():
            self.form.set_values(self._load(own))
            self.form.mark_clean()

    def submit(self) -> None:
        """Saves what is right; errors stand under their fields."""
        try:
            values = self.form.values()
        except CrmdeskError:
            return
        name, arguments = self._save(values)
        self.ctx.run_use_case(
            name, arguments, owner=self, on_done=lambda _outcome: self._saved(), on_error=self.form.take_error
        )

    def _saved(self) -> None:
        self.form.mark_clean()
        self.ctx.notices.toast(_("Saved."), "good")
