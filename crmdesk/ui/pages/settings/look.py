"""Language, scheme and density: how the window looks on this computer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from crmdesk.models import capitals, clock, money
from crmdesk.text import LANGUAGES, N_, _, current_language
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import number
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.labels import Label
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.pages.settings.section import Section

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SCHEMES = (("system", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark")))
_SAMPLES = (
    ("date", N_("Date")),
    ("number", N_("Quantity")),
    ("money", N_("Amount")),
    ("words", N_("Amount in words")),
)
_SAMPLE_MINOR = 123_456
_DENSITIES = (("comfortable", N_("Comfortable")), ("compact", N_("Compact")))


def _book_currency(connection: Connection) -> str:
    from crmdesk.services import settings

    return settings.load(connection).currency


class _Look(Section):
    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "look")
        card = self.add_card(N_("Language and look"), N_("For this computer only; the book is not changed."))
        self._words: list[tuple[Segments, tuple[tuple[str, str], ...]]] = []
        languages = tuple(LANGUAGES.items())
        self.language = self._row(
            card.body, "language", N_("Language"), languages, current_language(), self._language
        )
        settings = ctx.settings
        scheme = settings.text("scheme", "system")
        self.scheme = self._row(card.body, "scheme", N_("Colours"), _SCHEMES, scheme, self._scheme)
        density = settings.text("density", "comfortable")
        self.density = self._row(card.body, "density", N_("Density"), _DENSITIES, density, self._density)
        self._currency = "CNY"
        self._add_formats()
        if ctx.book is not None:
            ctx.read(_book_currency, owner=self, on_done=self._use_currency, replaces="currency")

    def _use_currency(self, currency: str) -> None:
        self._currency = currency
        self._show_formats()

    def _add_formats(self) -> None:
        """Numbers, dates and money as they are written in the language in force, and how they may be typed."""
        card = self.add_card(
            N_("Numbers, dates and money"), N_("As crmdesk writes them, and what it takes when you type.")
        )
        holder = QWidget()
        holder.setObjectName("settings.look.formats")
        self.say(holder.setAccessibleName, N_("Numbers, dates and money"))
        grid = QGridLayout(holder)
        space = theme().metrics.space
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(space(4))
        grid.setVerticalSpacing(space(2))
        grid.setColumnMinimumWidth(0, theme().metrics.em(18))
        grid.setColumnStretch(2, 1)
        self._samples: dict[str, tuple[Label, Label]] = {}
        for row, (name, label) in enumerate(_SAMPLES):
            words = Label("", "", "second")
            self.say(words.setText, label)
            sample, typed = Label("", "strong"), Label("", "caption", "third")
            sample.setObjectName(f"settings.look.formats.{name}")
            for column, part in enumerate((words, sample, typed)):
                grid.addWidget(part, row, column)
            self._samples[name] = (sample, typed)
        card.body.addWidget(holder)
        self._show_formats()

    def _show_formats(self) -> None:
        is_chinese = current_language() == "zh_CN"
        today, minor = clock.today(), _SAMPLE_MINOR
        currency = self._currency
        shown = {
            "date": (today.isoformat(), _("t is today, +3 in three days; 3-15 and 0315 are 15 March")),
            "number": (number("1234567.5"), _("1,234,567.5 or 1234567.5")),
            "money": (
                f"{money.symbol(currency)}{money.grouped(minor, currency)}   "
                f"\u2212{money.symbol(currency)}{money.grouped(minor, currency)}",
                _("1200*3-50 is worked out"),
            ),
            "words": (
                capitals.capitals(minor, currency) if is_chinese else capitals.words(minor, currency),
                _("on statements and receipts"),
            ),
        }
        for name, (sample, typed) in shown.items():
            for label, text in zip(self._samples[name], (sample, typed), strict=True):
                label.setText(text)

    def _row(
        self,
        column: object,
        name: str,
        text: str,
        options: tuple[tuple[str, str], ...],
        value: str,
        changed: Callable[[str], None],
    ) -> Segments:
        row = QHBoxLayout()
        label = Label()
        label.setFixedWidth(theme().metrics.em(18))
        self.say(label.setText, text)
        row.addWidget(label)
        segments = Segments(f"settings.look.{name}", [(key, _(words)) for key, words in options], _(text))
        segments.set_value(value)
        segments.changed.connect(changed)
        self._words.append((segments, options))
        row.addWidget(segments)
        row.addStretch(1)
        column.addLayout(row)  # type: ignore[attr-defined]
        return segments

    def retranslate(self) -> None:
        """The choices in the new language."""
        super().retranslate()
        for segments, options in getattr(self, "_words", ()):
            segments.set_words([(key, _(words)) for key, words in options])
        if hasattr(self, "_samples"):
            self._show_formats()

    def _keep(self, name: str, value: str) -> None:
        self.ctx.settings.put(name, value)
        self.ctx.settings.save()

    def _language(self, value: str) -> None:
        self._keep("language", value)
        switch_language(value)

    def _scheme(self, value: str) -> None:
        self._keep("scheme", value)
        theme().use_scheme(value)

    def _density(self, value: str) -> None:
        self._keep("density", value)
        theme().use_density(value)


def create(ctx: Context) -> QWidget:
    """The section."""
    return _Look(ctx)
