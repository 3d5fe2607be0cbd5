"""What the open book made its own: own fields, words of dictionaries, shared views, lists with own columns."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from crmdesk.services.changes import Changes
    from crmdesk.services.custom_fields import CustomField
    from crmdesk.services.dictionaries import Dictionary
    from crmdesk.services.lists import ListSpec
    from crmdesk.ui.context import Context

FIELD, WORD, VIEW = "custom_field", "dictionary_entry", "saved_view"
"""The kinds of records under which the bus tells of them."""


class OwnFields(QObject):
    """One per window. It hears of changes before any page does: it is made first.

    A reading is a few short rows, by far less than a frame, and whoever makes a form cannot wait for a thread. Only
    what costs more (a list with own columns) is kept, as long as the fields are the same; so another program's
    changes are seen with the next form or list that is shown.
    """

    changed = Signal()

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._ctx = ctx
        self._specs: dict[str, tuple[tuple[CustomField, ...], ListSpec]] = {}
        self._views: dict[str, dict[str, dict[str, Any]]] = {}
        ctx.bus.published.connect(self._hear)
        ctx.book_changed.connect(self._forget)

    def _hear(self, changes: Changes) -> None:
        if changes.touches(VIEW):
            self._views.clear()
        if changes.touches(FIELD, WORD):
            self.changed.emit()

    def _forget(self) -> None:
        self._specs.clear()
        self._views.clear()
        self.changed.emit()

    def of(self, record: str) -> tuple[CustomField, ...]:
        """The own fields of a record in use, in the order of its form; none without a book."""
        book = self._ctx.book
        if book is None:
            return ()
        from crmdesk.services import custom_fields

        with book.read() as connection:
            return custom_fields.declared(connection, record)

    def words(self, record: str, field: str) -> Dictionary | None:
        """The dictionary that a declared field of a record offers; None where it has none."""
        book = self._ctx.book
        if book is None:
            return None
        from crmdesk.services import dictionaries

        if field not in dictionaries.FIELDS.get(record, {}):
            return None
        with book.read() as connection:
            return dictionaries.of_field(connection, record, field)

    def views(self, kind: str, *, is_fresh: bool = False) -> dict[str, dict[str, Any]]:
        """The views of a list that everybody sees who opens the book; `is_fresh` asks the book again."""
        book = self._ctx.book
        if book is None:
            return {}
        if is_fresh or kind not in self._views:
            from crmdesk.services import views

            with book.read() as connection:
                self._views[kind] = {view.name: view.state for view in views.of_list(connection, kind)}
        return self._views[kind]

    def spec(self, kind: str) -> ListSpec:
        """A list with the book's own columns; the same object until they change."""
        from crmdesk.services.custom_fields import BY_LIST
        from crmdesk.services.lists import spec_in, spec_of

        record = BY_LIST.get(spec_of(kind).kind)
        book = self._ctx.book
        fields = self.of(record.name) if record is not None else ()
        if book is None or not fields:
            return spec_of(kind)
        # A row of the book that did not change makes the same object, in each language its own.
        kept = self._specs.get(kind)
        if kept is None or len(kept[0]) != len(fields) or any(map(operator.is_not, kept[0], fields)):
            with book.read() as connection:
                kept = self._specs[kind] = (fields, spec_in(connection, kind))
        return kept[1]
