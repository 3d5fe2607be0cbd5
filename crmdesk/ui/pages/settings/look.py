"""Language, scheme and density: how the window looks on this computer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.text import LANGUAGES, N_, _, current_language
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.labels import Label
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.pages.settings.section import Section

_SCHEMES = (("system", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark")))
_DENSITIES = (("comfortable", N_("Comfortable")), ("compact", N_("Compact")))


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
