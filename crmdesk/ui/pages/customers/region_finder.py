"""China's places while an address is typed: by name, pinyin, initials or code; a choice fills all three fields."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QStringListModel
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QLineEdit

from crmdesk.services import regions
from crmdesk.ui.context import Context
from crmdesk.ui.kit.form import Form

_LEVELS = ("province", "city", "district")


class RegionFinder(QObject):
    """Offers places below the three fields of an address form while its country is China."""

    def __init__(self, ctx: Context, form: Form) -> None:
        super().__init__(form)
        self._form = form
        self._found: list[regions.Region] = []
        self._taken = ""
        self.texts = QStringListModel(self)
        self.offers = QCompleter(self.texts, self)
        self.offers.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.offers.activated.connect(self.take)
        for name in _LEVELS:
            editor: QLineEdit = form.editor(name)
            editor.textEdited.connect(lambda typed, at=editor: self._typed(typed, at))
        # The table is read beside the window's thread, before somebody types.
        ctx.run_heavy(lambda _progress: regions.find("bj"), owner=self)

    def _is_in_china(self) -> bool:
        country: Any = self._form.value("country") if "country" in self._form.field_names() else ""
        return str(country or "").strip().lower() in regions.CHINA

    def _typed(self, typed: str, editor: QLineEdit) -> None:
        # The code of a choice says nothing of other names: saving finds theirs. One typed by hand stays.
        if self._taken and self._form.value("region") == self._taken:
            self._form.set_value("region", "")
        self._taken = ""
        self._offer(typed, editor)

    def _offer(self, typed: str, editor: QLineEdit) -> None:
        self._found = regions.find(typed) if typed.strip() and self._is_in_china() else []
        self.texts.setStringList([one.path for one in self._found])
        popup: QAbstractItemView | None = self.offers.popup()
        if not self._found:
            if popup is not None:
                popup.hide()
            return
        self.offers.setWidget(editor)
        self.offers.complete()

    def take(self, path: str) -> None:
        """Fills the three fields with a place that was offered."""
        chosen = next((one for one in self._found if one.path == path), None)
        if chosen is None:
            return
        for name in _LEVELS:
            self._form.set_value(name, getattr(chosen, name))
        if "region" in self._form.field_names():
            self._form.set_value("region", chosen.code)
            self._taken = chosen.code
        self._form.focus_field("street" if chosen.district else "district")
