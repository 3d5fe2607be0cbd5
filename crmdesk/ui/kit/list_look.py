"""What a list shows and how: conditions, sorting, groups, columns; all of it as plain data for saved views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from crmdesk.models import clauses
from crmdesk.ui.kit import quick_filters
from crmdesk.ui.kit.column_chooser import choose_columns
from crmdesk.ui.kit.list_menus import group_names
from crmdesk.ui.kit.row_source import ChangingSource, ShapedSource
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from crmdesk.ui.kit.filter_bar import FilterBar
    from crmdesk.ui.kit.host import Host
    from crmdesk.ui.kit.list_views import ListViews
    from crmdesk.ui.kit.row_source import Query, RowSource
    from crmdesk.ui.kit.table_view import TableView

_CLAUSE = "clause."
"""Before the number of a condition: its name among the filters of the query."""


class ListLook(Speaking, QWidget):
    """The part of a list's page that knows its query; `ListPage` builds the parts and asks the source."""

    _host: Host
    _place: str
    _source: RowSource
    _query: Query
    _has_loaded: bool
    table: TableView
    conditions: FilterBar
    views: ListViews
    filters: QHBoxLayout
    _filter_button: QToolButton
    _is_settling = False
    """Whether several changes belong together: the source is asked once, at their end."""

    def query(self) -> Query:
        """What is shown now."""
        return self._query

    def reload(self) -> None:
        """Asks the source again."""
        raise NotImplementedError

    def _change(self, **changes: Any) -> None:
        raise NotImplementedError

    def sort_by(self, name: str, is_descending: bool) -> None:
        """Sorts by a column."""
        self._change(sort=name, is_descending=is_descending)

    def group_by(self, name: str) -> None:
        """Puts the rows into the groups of a field; "" takes them out."""
        self._change(group=name)

    def choose_columns(self) -> None:
        """Opens the sheet of columns."""
        choose_columns(self, self.table, self._place)

    def view_state(self) -> dict[str, Any]:
        """Everything a saved view keeps, as plain data."""
        return {
            "clauses": [clauses.as_plain(one) for one in self.conditions.clauses],
            "filters": quick_filters.states(self.filters),
            "sort": self._query.sort,
            "is_descending": self._query.is_descending,
            "group": self._query.group,
            "columns": self.table.layout_state(),
        }

    def use_view(self, state: dict[str, Any]) -> None:
        """Shows the list as a view kept it; what it does not know any more is let go."""
        self._is_settling = True
        try:
            kept, columns = state.get("filters"), state.get("columns")
            quick_filters.restore(self.filters, kept if isinstance(kept, dict) else {})
            given = map(clauses.from_plain, state.get("clauses") or ())
            self.conditions.set_clauses([one for one in given if one is not None])
            if isinstance(columns, dict):
                self.table.use_layout(columns)
            names = {
                column.field.name for column in self.table.table_model().columns() if column.field.sortable
            }
            sort, group = str(state.get("sort") or ""), str(state.get("group") or "")
            self._change(
                sort=sort if sort in names else "",
                is_descending=bool(state.get("is_descending")),
                group=group if group in group_names(self.table) else "",
            )
            self._conditions_changed()
        finally:
            self._is_settling = False
        if self._has_loaded:
            self.reload()

    def _take_columns(self) -> None:
        """The columns that the source has now; what was sorted, grouped or filtered by one that is gone is not."""
        source = self._source
        columns = source.renewed_columns() if isinstance(source, ChangingSource) else None
        if columns is None:
            return
        self.table.use_columns(columns)
        if isinstance(source, ShapedSource):
            self.conditions.set_fields(source.filter_fields)
        self.views.use_standard(self.table.standard_layout())
        names = {column.field.name for column in columns}
        query = self._query
        if query.sort not in names:
            query = replace(query, sort="", is_descending=False)
        self._query = replace(query, group=query.group if query.group in group_names(self.table) else "")
        self._query = replace(self._query, filters=self._with_conditions())
        if self._has_loaded:
            self.reload()

    def _clear_filters(self, kept: Mapping[str, Any]) -> None:
        """Takes every filter away but those `kept`, without asking the source."""
        self._is_settling = True
        quick_filters.restore(self.filters, kept)
        self.conditions.set_clauses(())
        self._is_settling = False

    def _look_changed(self) -> None:
        if not self._is_settling:
            self.views.refresh()

    def _add_condition(self) -> None:
        corner = self._filter_button.rect().bottomLeft()
        self.conditions.open_menu(self._filter_button.mapToGlobal(corner))

    def _conditions_changed(self) -> None:
        self._change(filters=self._with_conditions())
        if not self.conditions.clauses and not self._is_settling:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _with_conditions(self) -> dict[str, Any]:
        """The filters of the query, the conditions among them as of today."""
        filters = {name: kept for name, kept in self._query.filters.items() if not name.startswith(_CLAUSE)}
        for place, expression in enumerate(self.conditions.expressions()):
            filters[f"{_CLAUSE}{place}"] = expression
        return filters
