"""The exchange rate of a document being written: seen in a foreign currency only, the table's unless one is typed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from crmdesk.text import _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.ui.pages.invoices.editor import Editor


class RateOfDay:
    """Follows currency, day and total of an `Editor`; a credit note has its invoice's rate."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._has_field = "rate" in editor.head.field_names()
        self.follow()

    def follow(self) -> None:
        """Shows field and value, or hides both in the book's currency."""
        editor, setting = self._editor, self._editor.lines.setting
        if not self._has_field:
            return
        currency = editor.currency()
        is_foreign = setting is not None and currency != setting.currency
        editor.head.show_field("rate", is_foreign)
        if not is_foreign or setting is None:
            if editor.head.value("rate") is not None and setting is not None:
                editor.head.editor("rate").set_value(None)  # it would be refused, and nobody sees it
            editor.lines.panel.show_worth("")
            return
        usual = setting.exchange.get(currency)
        editor.head.editor("rate").setPlaceholderText(usual or _("none yet"))
        typed = editor.head.value("rate")
        rate = f"{typed:f}" if isinstance(typed, Decimal) and typed > 0 else usual
        if rate is None:
            editor.lines.panel.show_worth(_("No rate of this day: its value stays open"), "warn")
            return
        from crmdesk.services import carrying

        worth = carrying.worth(editor.lines.totals.total_minor, currency, rate, setting.currency)
        if worth is None:  # saving says that it is too much
            editor.lines.panel.show_worth("")
            return
        words = _("Worth {amount} at {rate}").format(amount=amount_text(worth, setting.currency), rate=rate)
        editor.lines.panel.show_worth(words)
