"""A page with a list: title and count, search, filters, buttons, table, footer with sums, detail beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from crmdesk.models import clock
from crmdesk.services.changes import Changes
from crmdesk.text import N_, _, counted
from crmdesk.ui.kit import labels, quick_filters
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command, button, follow, icon_button, icon_button_of
from crmdesk.ui.kit.controls import EmptyState, LoadingBar, SearchBox
from crmdesk.ui.kit.filter_bar import FilterBar
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.list_footer import ListFooter
from crmdesk.ui.kit.list_look import ListLook
from crmdesk.ui.kit.list_menus import add_groups, column_menu
from crmdesk.ui.kit.list_views import ListViews
from crmdesk.ui.kit.row_source import ChangingSource, Query, RowSource, ShapedSource
from crmdesk.ui.kit.table_view import TableView
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme


class ListPage(ListLook):
    """One list with all around it. `place` prefixes the object names: `customers.table`, `customers.search` …

    `title`, `search_hint`, `empty_title`, `empty_text` are catalogue sources (N_). `count_words` is one too, with
    {count}: "{count} customers". `watch` names the kinds of records whose changes refresh the list; `kind` is the
    kind whose ids are the list's own.
    """

    opened = Signal(int)
    current_changed = Signal(object)
    export_requested = Signal(object, object)
    loaded = Signal(int)

    def __init__(
        self,
        host: Host,
        place: str,
        title: str,
        source: RowSource,
        columns: Sequence[Column],
        *,
        kind: str = "",
        watch: Collection[str] = (),
        sort: str = "",
        is_descending: bool = False,
        icon: str = "inbox",
        search_hint: str = N_("Search"),
        count_words: str = N_("{count} rows"),
        empty_title: str = N_("Nothing here yet"),
        empty_text: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName(place)
        self.setProperty("role", "page")
        self._host = host
        self._place = place
        self._kind = kind
        self._source = source
        self._count_words = count_words
        self._empty_words = (empty_title, empty_text)
        self._query, self._has_loaded = Query(sort=sort, is_descending=is_descending), False
        self._sums: Mapping[str, Decimal | str] = {}
        self._export_action: QAction | None = None
        self._loaded_on: date | None = None
        self.table = TableView(host, source, columns, f"{place}.table")
        self.search = SearchBox(f"{place}.search")
        self.empty = EmptyState(icon, "", "", f"{place}.empty")
        self.banner = Banner(f"{place}.banner")
        shaped = source if isinstance(source, ShapedSource) else None
        self.conditions = FilterBar(host, place, shaped.filter_fields if shaped is not None else ())
        self.views = ListViews(
            host,
            place,
            self.view_state,
            self.use_view,
            lambda menu: add_groups(self, menu),
            getattr(source, "shared_views", None),
        )
        self._build(title, search_hint)
        self._connect()
        self.setFocusProxy(self.table)
        host.bus.watch(self, watch or ((kind,) if kind else ()), self._take_changes)
        if isinstance(source, ChangingSource):
            host.bus.watch(self, source.shape_kinds, lambda _changes: self._take_columns())
        self.retranslate()

    # Building

    def _build(self, title: str, search_hint: str) -> None:
        sizes = theme().metrics
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._title_bar(title, search_hint))
        holder = QHBoxLayout()
        holder.setContentsMargins(sizes.space(4), sizes.space(2), sizes.space(4), sizes.space(2))
        holder.addWidget(self.banner)
        outer.addLayout(holder)
        self.banner.hide()
        holder.setContentsMargins(0, 0, 0, 0)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setObjectName(f"{self._place}.splitter")
        self._centre = self._middle()
        self.splitter.addWidget(self._centre)
        self.splitter.splitterMoved.connect(lambda *_moved: self._keep_split())
        outer.addWidget(self.splitter, 1)

    def _title_bar(self, title: str, search_hint: str) -> QWidget:
        sizes = theme().metrics
        bar = QWidget()
        bar.setProperty("role", "titleBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar.setMinimumHeight(sizes.title_bar)
        self._title_row = row = QHBoxLayout(bar)
        row.setContentsMargins(sizes.space(4.5), 0, sizes.space(4.5), 0)
        row.setSpacing(sizes.space(2.5))
        self.title = labels.title()
        self.title.setObjectName(f"{self._place}.title")
        self.say(self.title.setText, title)
        self.say(self.setAccessibleName, title)
        self.say(self.table.setAccessibleName, title)
        self.count = labels.Chip("", "neutral")
        self.count.setObjectName(f"{self._place}.count")
        row.addWidget(self.title)
        row.addWidget(self.count)
        row.addSpacing(sizes.space(2))
        self.search.setMinimumWidth(sizes.em(12))
        self.search.setMaximumWidth(sizes.em(40))
        self.say(self.search.setPlaceholderText, search_hint)
        self.say(self.search.setAccessibleName, search_hint)
        self.say(self.search.setToolTip, search_hint)  # where the field is too narrow for it
        row.addWidget(self.search, 3)
        self.filters = QHBoxLayout()
        self.filters.setSpacing(sizes.space(2))
        self._asked = quick_filters.AskedChip(f"{self._place}.filter.asked")
        self._asked.chosen.connect(lambda expression: self.set_filter("asked", expression))
        self.say(self._asked.setToolTip, N_("Show all again"))
        self.filters.addWidget(self._asked)
        row.addLayout(self.filters)
        if isinstance(self._source, ShapedSource):
            add_filter = Command(
                f"{self._place}.addFilter", N_("Add a filter"), self._add_condition, "filter", "Ctrl+Shift+F"
            )
            self._filter_button = icon_button_of(self._host.commands.add(add_filter, self), kind="")
            row.addWidget(self._filter_button)
        row.addStretch(2)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(sizes.space(2.5))
        row.addLayout(self.buttons)
        open_views = Command(
            f"{self._place}.openViews", N_("Views of the list"), self.views.open_menu, "star", "Ctrl+Shift+V"
        )
        self.views.use_key_of(self._host.commands.add(open_views, self))
        self.buttons.addWidget(self.views)
        columns = Command(f"{self._place}.columns", N_("Columns"), self.choose_columns, "columns")
        self._columns_button = icon_button_of(self._host.commands.add(columns, self), kind="")
        self.buttons.addWidget(self._columns_button)
        self._export_button = icon_button(
            "download", _("Export what is shown"), f"{self._place}.export", kind=""
        )
        self._export_button.clicked.connect(self._export)
        self._export_button.hide()
        self.buttons.addWidget(self._export_button)
        return bar

    def _middle(self) -> QWidget:
        middle = QWidget()
        middle.setProperty("role", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._loading = LoadingBar()
        column.addWidget(self._loading)
        column.addWidget(self.conditions)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column.addWidget(self._stack, 1)
        self.footer = ListFooter(self._place)
        column.addWidget(self.footer)
        return middle

    def _connect(self) -> None:
        self.search.searched.connect(lambda text: self._change(search=text))
        self.search.left_down.connect(self._enter_table)
        self.table.typed.connect(self._type_into_search)
        self.table.sort_requested.connect(self.sort_by)
        self.table.opened.connect(self.opened)
        self.table.current_changed.connect(self.current_changed)
        self.table.loaded.connect(self._show_count)
        self.table.load_failed.connect(self._show_failure)
        self.table.loading_changed.connect(self._loading.set_loading)
        self.table.selection_changed.connect(self._show_selected)
        self.table.menu_requested.connect(lambda index, at: column_menu(self, index).popup(at))
        self.table.layout_changed.connect(self._look_changed)
        self.conditions.changed.connect(self._conditions_changed)
        self.views.named.connect(self.conditions.show_view)
        self.conditions.view.clicked.connect(lambda _checked=False: self.views.open_menu())

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if self._export_action is None:
            labels.name_widget(self._export_button, f"{self._place}.export", _("Export what is shown"))
        self._take_columns()  # the owner's own words may have another language, too
        self._show_count(self.table.table_model().record_count)
        self._show_sums(self._sums)
        self._show_selected()

    # For the page

    def add_button(self, command: Command, kind: str = "") -> QAction:
        """Adds a command with its button, left of the column chooser; its shortcut works in the whole page."""
        action = self._host.commands.add(command, self)
        made = button(action, kind, icon=command.icon)
        at = self.buttons.count() - 3 if kind != "primary" else self.buttons.count()
        before = self.buttons.itemAt(at - 1) if at else None
        anchor = before.widget() if before is not None else self.search
        if before is None and isinstance(self._source, ShapedSource):
            anchor = self._filter_button
        self.buttons.insertWidget(at, made)
        # Tab goes as the eye does.
        if anchor is not None:
            QWidget.setTabOrder(anchor, made)
        return action

    def add_batch_button(self, command: Command) -> QAction:
        """Adds a command for many records: its button stands in the footer while more than one is selected."""
        action = self._host.commands.add(command, self)
        self.footer.add_batch_button(button(action, "ghost", icon=command.icon))
        return action

    def set_sum_tone(self, name: str, tone: str) -> None:
        """Colours a sum of the footer; its words say what it is."""
        self.footer.set_tone(name, tone)

    def add_empty_button(self, action: QAction, kind: str = "") -> QPushButton:
        """Offers a command where the list is empty."""
        made = button(action, kind)
        made.setObjectName(f"{action.objectName()}.empty")
        self.empty.add_button(made)
        return made

    def enable_export(self, action: QAction | None = None) -> None:
        """Shows the export button; it emits `export_requested(query, shown columns)`, or does what `action` does."""
        self._export_button.show()
        self._export_action = action
        if action is not None:
            follow(action, self._export_button)

    def add_filter(self, widget: QWidget) -> None:
        """A chip or field beside the search; it calls `set_filter`."""
        self.filters.addWidget(widget)
        # Tab goes as the eye does: search, filters, then the buttons on the right.
        items = (self.filters.itemAt(place) for place in range(self.filters.count() - 1))
        earlier = [made for item in items if item is not None and (made := item.widget()) is not None]
        fields = [made for made in earlier if made.focusPolicy() is not Qt.FocusPolicy.NoFocus]
        QWidget.setTabOrder(fields[-1] if fields else self.search, widget)

    def take_segments(self, segments: QWidget) -> None:
        """Puts segments in place of the title; the page's own filters go down a row, so that nothing is cut."""
        self.title.hide()
        self._title_row.insertWidget(0, segments)
        if self.filters.count() > 1:  # the first one is the chip of what was asked for, seen only then
            self._title_row.removeItem(self.filters)
            self.filters.setParent(None)
            self.conditions.take_in(self.filters)

    def set_filter(self, name: str, value: Any) -> None:
        """Filters by a plain value; None takes the filter away."""
        filters = {key: kept for key, kept in self._query.filters.items() if key != name}
        if value is not None:
            filters[name] = value
        self._change(filters=filters)

    @property
    def host(self) -> Host:
        """What the page was given: tasks, settings, notices, commands."""
        return self._host

    def set_side(self, widget: QWidget, width_em: int = 26) -> None:
        """Puts a tree or the like at the left of the list."""
        widget.setMinimumWidth(theme().metrics.em(16))
        self.splitter.insertWidget(0, widget)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self._restore_split({0: theme().metrics.em(width_em)})

    def set_detail(self, widget: QWidget, width_em: int = 44) -> None:
        """Puts the detail of the current record at the right of the list."""
        widget.setMinimumWidth(theme().metrics.em(28))
        self.splitter.addWidget(widget)
        last = self.splitter.count() - 1
        self.splitter.setStretchFactor(last - 1, 1)
        self.splitter.setStretchFactor(last, 0)
        self._restore_split({last: theme().metrics.em(width_em)})

    def reload(self) -> None:
        """Asks the source again, as of today; selection and scroll stay."""
        self._has_loaded = True
        self._use_today()
        self.table.load(self._query)
        self._ask_sums()

    def show_record(self, record_id: int) -> None:
        """Puts the cursor on a record, taking search and filters away when it is not among what is shown."""
        if self.table.select(record_id):
            return
        self._take_away_all()

        def once(_count: int) -> None:
            self.table.loaded.disconnect(once)
            self.table.select(record_id)

        self.table.loaded.connect(once)
        self.reload()
        self._look_changed()

    def show_only(self, expression: str, words: str) -> None:
        """Shows exactly the rows of a filter expression: search and other filters are taken away.

        A chip with `words` (finished) says so, and takes the filter away again.
        """
        self._take_away_all({self._asked.objectName(): [expression, words]})
        self._query = replace(self._query, filters={"asked": expression})
        self.reload()
        self._look_changed()

    def _take_away_all(self, kept: Mapping[str, Any] | None = None) -> None:
        """Search, conditions and every other filter but those `kept`; the source is not asked."""
        self._clear_filters(kept or {})
        self._query = replace(self._query, search="", filters={})
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)

    def showEvent(self, event: Any) -> None:
        """Loads when it is first seen, and when it was loaded on another day."""
        super().showEvent(event)
        self._take_columns()
        if not self._has_loaded:
            self.views.begin(self.table.standard_layout())
            self.reload()
        elif self._loaded_on != clock.today():
            self.reload()

    # Inside

    def _change(self, **changes: Any) -> None:
        query = replace(self._query, **changes)
        if query != self._query:
            self._query = query
            if not self._is_settling:
                self.reload()
                self._look_changed()

    def _take_changes(self, changes: Changes) -> None:
        if not self._has_loaded:
            return
        own = changes.ids.get(self._kind)
        is_bulk = self._kind in changes.everything
        others = changes.ids.keys() - {self._kind} or changes.everything
        # Other kinds change what these rows show (a payment a customer's balance), of which rows is not known.
        if self._loaded_on != clock.today():
            self.reload()
        self.table.refresh(None if is_bulk or others or own is None else own)
        self._ask_sums()

    def _use_today(self) -> None:
        """Periods by name are counted from today, however long ago they were chosen."""
        before, self._loaded_on = self._loaded_on, clock.today()
        if before not in (None, self._loaded_on):
            was_settling, self._is_settling = self._is_settling, True
            quick_filters.renew(self.filters)
            self._is_settling = was_settling
        self._query = replace(self._query, filters=self._with_conditions())

    def _ask_sums(self) -> None:
        query, source = self._query, self._source

        def work(progress: Progress) -> Mapping[str, Decimal | str]:
            progress.check()
            return source.sums(query)

        self._host.tasks.run(
            "read", work, owner=self, done=self._show_sums, failed=self._show_failure, replaces="sums"
        )

    def _show_sums(self, sums: Mapping[str, Decimal | str]) -> None:
        self._sums = sums
        self.footer.show_sums(sums, self._source.fields)

    def _show_count(self, count: int) -> None:
        self.count.setText(f"{count:,}")
        self.footer.show_count(counted(self._count_words, count))
        is_filtered = bool(self._query.search or self._query.filters)
        if count:
            self._stack.setCurrentWidget(self.table)
            self.setFocusProxy(self.table)
        elif self._has_loaded:
            # A hidden table would lose the keyboard, and with it every shortcut of the page.
            had_focus = self.table.hasFocus()
            self.setFocusProxy(self.search)
            if had_focus:
                self.search.setFocus(Qt.FocusReason.OtherFocusReason)
            title, text = self._empty_words
            if is_filtered:
                self.empty.set_words(_("Nothing matches"), _("Try fewer words, or take a filter away."))
            else:
                self.empty.set_words(_(title), _(text))
            for index in range(self.empty.ways.count()):
                item = self.empty.ways.itemAt(index)
                made = item.widget() if item is not None else None
                if made is not None:
                    made.setVisible(not is_filtered)
            self._stack.setCurrentWidget(self.empty)
        self.banner.hide()
        self.loaded.emit(count)

    def _show_failure(self, error: Exception) -> None:
        self.banner.show_error(error)

    def _show_selected(self) -> None:
        self.footer.show_selected(self.table.selected_count())

    def _enter_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.TabFocusReason)
        if self.table.current_id() is None:
            self.table.select_first()

    def _type_into_search(self, text: str) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.setText(text)

    def _export(self) -> None:
        if self._export_action is not None:
            self._export_action.trigger()
        else:
            self.export_requested.emit(self._query, self.table.shown_columns())

    def _keep_split(self) -> None:
        digit = theme().metrics.digit
        self._host.settings.put(
            f"split.{self._place}", [round(size / digit, 1) for size in self.splitter.sizes()]
        )

    def _restore_split(self, wished: dict[int, int]) -> None:
        kept = self._host.settings.get(f"split.{self._place}")
        digit = theme().metrics.digit
        count = self.splitter.count()
        if (
            isinstance(kept, list)
            and len(kept) == count
            and all(isinstance(size, int | float) for size in kept)
        ):
            self.splitter.setSizes([round(size * digit) for size in kept])
            return
        sizes = self.splitter.sizes()
        whole = max(sum(sizes), theme().metrics.window[0] - theme().metrics.rail)
        for index, width in wished.items():
            sizes[index] = width
        middle = self.splitter.indexOf(self._centre)
        sizes[middle] = max(whole - sum(size for index, size in enumerate(sizes) if index != middle), 1)
        self.splitter.setSizes(sizes)


def filter_chip(words: str, name: str, toggled: Callable[[bool], object]) -> QPushButton:
    """A chip that switches a filter on and off."""
    made = QPushButton(words)
    made.setProperty("kind", "chip")
    made.setCheckable(True)
    made.setAutoDefault(False)
    labels.name_widget(made, name, words)
    made.toggled.connect(toggled)
    return made
