"""The bar over everything: the book's name and place, the search, New, Receive."""

from __future__ import annotations

import itertools
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import (
    KeyButton,
    button,
    follow,
    icon_button,
    icon_button_of,
    native_keys,
    plain_button,
    tip_of,
)
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import Badge
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

_COUNTED_S = 0.5
_NARROW_EM = 112
"""Below so many digits of width the search is an icon and the folder of the book is left out."""
_SEARCH_SHARE = 8
"""How much of the free width the search takes, beside the two gaps around it."""


class TopBar(Speaking, QWidget):
    """Knows no feature: what its buttons do is given to it."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._is_narrow = False
        self._search_words = ""
        self._path: Path | None = None
        self._name = ""
        self.setObjectName("topBar")
        self.setProperty("role", "topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = theme().metrics
        self.setFixedHeight(sizes.top_bar)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(sizes.space(3.5), 0, sizes.space(4), 0)
        self._row.setSpacing(sizes.space(2.5))
        self._add_book()
        self._row.addStretch(1)
        self._add_search()
        self._row.addStretch(1)
        self._tasks_place = self._row.count()
        self._new = plain_button("", "top.new", "", "plus")
        self.say(self._new.setText, N_("New"))
        self.say(self._new.setAccessibleName, N_("New"))
        self._new.hide()
        self._row.addWidget(self._new)
        self._receive: KeyButton | None = None
        self._notice_count = 0
        self.bell = icon_button("bell", _("Notices"), "top.notices")
        self._bell_badge = Badge(self.bell)
        self._bell_badge.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.bell.hide()
        self._row.addWidget(self.bell)
        self.retranslate()
        theme().changed.connect(self._take_sizes)
        ctx.commands.shortcuts_changed.connect(self._show_search_keys)

    def _add_book(self) -> None:
        sizes = theme().metrics
        self._sign = QLabel()
        self._sign.setObjectName("top.sign")
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sign.setTextFormat(Qt.TextFormat.PlainText)
        self._sign.setProperty("role", "sign")
        self._row.addWidget(self._sign)
        self.book_name = labels.strong()
        self.book_name.setObjectName("top.book")
        self.book_name.setMaximumWidth(sizes.em(34))
        self._row.addWidget(self.book_name)
        self.book_menu_button = icon_button("chevron-down", _("Book"), "top.bookMenu")
        self.say(self.book_menu_button.setAccessibleName, N_("Book"))
        self.say(self.book_menu_button.setToolTip, N_("Book"))
        self.book_menu_button.hide()
        self._row.addWidget(self.book_menu_button)
        self.book_place = labels.caption("", "third")
        self.book_place.setObjectName("top.bookPlace")
        self.book_place.setMaximumWidth(sizes.em(30))
        self._row.addWidget(self.book_place)

    def _add_search(self) -> None:
        self._search = QPushButton()
        self._search.setObjectName("top.search")
        self._search.setProperty("kind", "search")
        self._search.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fit_search()
        set_icon(self._search, "search", "third")
        inner = QHBoxLayout(self._search)
        inner.setContentsMargins(0, 0, theme().metrics.space(2.5), 0)
        inner.addStretch(1)
        self._search_keys = labels.keys("")
        inner.addWidget(self._search_keys)
        self._search.clicked.connect(self._open_search)
        self.say(self._search.setAccessibleName, N_("Search customers, documents, commands"))
        self.say(self._set_search_words, N_("Search customers, documents, commands"))
        self._row.addWidget(self._search, _SEARCH_SHARE)

    def _set_search_words(self, words: str) -> None:
        self._search_words = words
        self._search.setText("" if self._is_narrow else words)

    def _open_search(self) -> None:
        action = self._ctx.commands.find("palette.open")
        if action is not None:
            action.trigger()

    def set_new_menu(self, menu: QMenu) -> None:
        """What can be made new."""
        self._new.setMenu(menu)

    def set_tasks(self, action: QAction) -> None:
        """What opens the list of tasks; its button wears the number of those that run."""
        self.tasks_button = icon_button_of(action)
        self._tasks_badge = labels.Badge(self.tasks_button)
        self._tasks_badge.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row.insertWidget(self._tasks_place, self.tasks_button)
        self._keep_order()
        self._ctx.tasks.changed.connect(self._count_tasks)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(round(_COUNTED_S * 1000) + 100)
        self._counting.timeout.connect(self._count_tasks)

    def _count_tasks(self) -> None:
        """Quick work is not counted: the number would only flicker."""
        running = [task for task in self._ctx.tasks.running() if task.label]
        count = sum(1 for task in running if task.seconds > _COUNTED_S)
        if count < len(running):
            self._counting.start()
        self._tasks_badge.set_count(count)
        hint = self._tasks_badge.sizeHint()
        self._tasks_badge.setGeometry(
            self.tasks_button.width() - hint.width(), 0, hint.width(), hint.height()
        )

    def set_receive(self, action: QAction) -> None:
        """The one primary action of the window."""
        made = button(action, "primary", has_keys=True)
        self._receive = made if isinstance(made, KeyButton) else None
        made.setObjectName("top.receive")
        self._row.insertWidget(self._row.indexOf(self.bell), made)
        self._keep_order()

    def _keep_order(self) -> None:
        """Tab goes as the eye does, whatever was put in later."""
        items = (self._row.itemAt(place) for place in range(self._row.count()))
        shown = [made for item in items if item is not None and (made := item.widget()) is not None]
        for before, after in itertools.pairwise(shown):
            self.setTabOrder(before, after)

    def set_notices(self, action: QAction) -> None:
        """What the bell does; how many there are is said by its accessible name, the key by its tooltip."""
        follow(action, self.bell)
        self.bell.clicked.connect(lambda _checked=False: action.trigger())

    def set_notice_count(self, count: int) -> None:
        """How many things there are to tell."""
        self._notice_count = count
        self._bell_badge.set_count(count, 9)
        self._bell_badge.ensurePolished()
        self._bell_badge.adjustSize()
        self._bell_badge.move(self.bell.sizeHint().width() - self._bell_badge.width(), 0)
        self.retranslate()

    def set_book_menu(self, menu: QMenu) -> None:
        """Other books, backup and the like."""
        self.book_menu_button.setMenu(menu)
        self.book_menu_button.setPopupMode(self.book_menu_button.ToolButtonPopupMode.InstantPopup)
        self.book_menu_button.show()

    def set_book(self, path: Path | None) -> None:
        """Shows which file is open."""
        self._path = path
        for button_of_book in (self._new, self._receive, self.bell):
            if button_of_book is not None:
                button_of_book.setVisible(path is not None)
        self.set_name(path.stem if path is not None else "")

    def set_name(self, name: str) -> None:
        """The company's name, once it is known."""
        self._name = name
        self.retranslate()

    def retranslate(self) -> None:
        """Name and place of the book."""
        super().retranslate()
        self.book_name.setText(self._name or "crmdesk")
        self.book_name.setAccessibleName(_("Open book: {name}").format(name=self._name or _("none")))
        self._sign.setText((self._name or "c")[:1].upper())
        self.book_place.setText(str(self._path.parent) if self._path is not None else _("No book is open"))
        count = self._notice_count
        words = _("Notices: {count}").format(count=count) if count else _("Notices")
        self.bell.setAccessibleName(words)
        self._show_search_keys()

    def _show_search_keys(self) -> None:
        action = self._ctx.commands.find("palette.open")
        if action is not None:
            self._search_keys.setText(native_keys(action.shortcut().toString()))
            self._search_keys.setVisible(bool(self._search_keys.text()) and not self._is_narrow)
            self._search.setToolTip(tip_of(_("Search and commands"), action.shortcut().toString()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window everything but the buttons gives way."""
        super().resizeEvent(event)
        is_narrow = self.width() < theme().metrics.em(_NARROW_EM)
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.book_place.setVisible(not is_narrow)
            if self._receive is not None:
                self._receive.set_short(is_narrow)
            self._set_search_words(self._search_words)
            self._show_search_keys()
            self._fit_search()

    def minimumSizeHint(self) -> QSize:
        """As it is in a narrow window: a wide bar must not keep the window from becoming narrow."""
        hint = super().minimumSizeHint()
        if self._is_narrow:
            return hint
        spare = self._search.minimumWidth() - self._icon_width()
        spare += self.book_place.minimumSizeHint().width() + self._row.spacing()
        if self._receive is not None:
            spare += self._receive.spare
        return QSize(hint.width() - spare, hint.height())

    def _icon_width(self) -> int:
        return theme().metrics.button + theme().metrics.space(2)

    def _take_sizes(self) -> None:
        self.setFixedHeight(theme().metrics.top_bar)
        self._fit_search()

    def _fit_search(self) -> None:
        """Room for its words, or for its icon alone."""
        if self._is_narrow:
            self._search.setFixedWidth(self._icon_width())
            return
        self._search.setMinimumWidth(theme().metrics.em(24))
        self._search.setMaximumWidth(theme().metrics.em(64))
