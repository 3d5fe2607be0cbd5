"""The conditions of a list as chips: added from a menu of columns, edited by click or Enter, removed by × or Delete."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.models import clauses
from crmdesk.models.clauses import Clause
from crmdesk.models.fields import Field
from crmdesk.text import _
from crmdesk.ui.kit.commands import icon_button, plain_button
from crmdesk.ui.kit.filter_sheet import FilterSheet
from crmdesk.ui.kit.filter_words import clause_words
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.list_menus import Adder
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking


class FilterChip(QPushButton):
    """One condition. Click and Enter edit it (`clicked`), × and Delete remove it (`removed`)."""

    removed = Signal()

    def __init__(self, words: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "filterChip")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._cross = icon_button("x", _("Remove the filter"), f"{name}.remove", "chipCross")
        self._cross.setParent(self)
        self._cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cross.setCursor(Qt.CursorShape.ArrowCursor)
        self._cross.clicked.connect(self.removed)
        self._words = ""
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """What the chip says; cut in the middle of a long value, whole in its tooltip."""
        self._words = words
        room = theme().metrics.em(44)
        self.setText(
            self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room).replace("&", "&&")
        )
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setAccessibleDescription(_("Enter changes the filter, Delete removes it."))
        self._cross.setToolTip(_("Remove the filter"))
        self._cross.setAccessibleName(_("Remove the filter"))

    def words(self) -> str:
        """The whole words."""
        return self._words

    def sizeHint(self) -> QSize:
        """Words and the cross."""
        hint = super().sizeHint()
        return QSize(hint.width() + self._cross.sizeHint().width(), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Nothing is cut."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The cross stands at the right."""
        super().resizeEvent(event)
        hint = self._cross.sizeHint()
        edge = theme().metrics.space(0.5)
        self._cross.setGeometry(
            self.width() - hint.width() - edge,
            (self.height() - hint.height()) // 2,
            hint.width(),
            hint.height(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter edits, Delete removes, arrows go along the chips."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)


class LetterMenu(QMenu):
    """A menu whose entries are reached by their first letter, Chinese ones by that of their pinyin."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A letter lights the next entry that begins so."""
        letter = event.text().lower()
        if len(letter) == 1 and letter.isalnum() and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._light(letter)
        else:
            super().keyPressEvent(event)

    def _light(self, letter: str) -> None:
        from crmdesk.services import pinyin

        entries = self.actions()
        active = self.activeAction()
        at = entries.index(active) + 1 if active in entries else 0
        for entry in (*entries[at:], *entries[:at]):
            text = entry.text().lower()
            if text.startswith(letter) or pinyin.initials(text).startswith(letter):
                self.setActiveAction(entry)
                return


class FilterBar(Speaking, QWidget):
    """The row of chips under a list's title; not there while there are none. `changed` comes when they changed."""

    changed = Signal()

    def __init__(self, host: Host, place: str, fields: Sequence[Field]) -> None:
        super().__init__()
        self.setObjectName(f"{place}.chips")
        self.setProperty("role", "chipRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._host = host
        self._place = place
        self._fields = {entry.name: entry for entry in fields if entry.label and clauses.operators(entry)}
        self._clauses: list[Clause] = []
        self._chips: list[FilterChip] = []
        self._view_name = ""
        sizes = theme().metrics
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.space(2.5), sizes.space(1.5), sizes.space(2.5), sizes.space(1.5))
        holder = QHBoxLayout()
        holder.setSpacing(sizes.space(2.5))
        self.view = plain_button("", f"{place}.viewName", "link", "star")
        self.view.hide()
        self._holder = holder
        self._is_standing = False
        holder.addWidget(self.view, 0, Qt.AlignmentFlag.AlignVCenter)
        self._flow = FlowLayout(gap=1.5)
        holder.addLayout(self._flow, 1)
        column.addLayout(holder)
        self._clear = plain_button(_("Clear all"), f"{place}.chips.clear", "link")
        self._clear.hide()
        self._clear.clicked.connect(lambda _checked=False: self._use(()))
        holder.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    # The conditions

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What the chips say."""
        return tuple(self._clauses)

    def set_clauses(self, given: Sequence[Clause]) -> None:
        """Shows these conditions, without `changed`; those of unknown columns are let go."""
        self._clauses = [one for one in given if self._is_known(one)]
        self._rebuild()

    def set_fields(self, fields: Sequence[Field]) -> None:
        """Other columns may be filtered now; conditions on those that are gone are let go."""
        self._fields = {entry.name: entry for entry in fields if entry.label and clauses.operators(entry)}
        self.set_clauses(self._clauses)

    def expressions(self) -> list[str]:
        """Every condition in the filter language, as of today."""
        return [clauses.expression(one, self._fields[one.field]) for one in self._clauses]

    def _is_known(self, clause: Clause) -> bool:
        field = self._fields.get(clause.field)
        if field is None:
            return False
        try:
            clauses.expression(clause, field)
        except (ValueError, IndexError):
            return False
        return True

    def _use(self, given: Sequence[Clause], focus: int = -1) -> None:
        self.set_clauses(given)
        if 0 <= focus < len(self._chips):
            self._chips[focus].setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def take_in(self, filters: QHBoxLayout) -> None:
        """Gives the page's own filters a place before the chips; the row then always stands."""
        self._holder.insertLayout(0, filters)
        self._is_standing = True
        self.show()

    # Adding and changing

    def menu(self) -> QMenu:
        """A menu of the columns; letters jump to one."""
        menu = LetterMenu(self.parentWidget())
        menu.setObjectName(f"{self._place}.addFilter.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add = Adder(menu, f"{self._place}.addFilter")
        for name, entry in self._fields.items():
            add(name, _(entry.label), lambda which=name: self.add(which))
        return menu

    def open_menu(self, at: QPoint) -> None:
        """Asks for a column."""
        menu = self.menu()
        menu.popup(at)
        actions = menu.actions()
        if actions:
            menu.setActiveAction(actions[0])

    def can_filter(self, name: str) -> bool:
        """Whether a column may be filtered."""
        return name in self._fields

    def add(self, name: str) -> None:
        """Asks for a condition on a column."""
        FilterSheet(self._host, self, self._fields[name], None, self._added).show_sheet()

    def _added(self, clause: Clause) -> None:
        if clause not in self._clauses:
            self._use([*self._clauses, clause])

    def _edit(self, place: int) -> None:
        clause = self._clauses[place]

        def given(changed: Clause) -> None:
            self._use([*self._clauses[:place], changed, *self._clauses[place + 1 :]], place)

        FilterSheet(self._host, self, self._fields[clause.field], clause, given).show_sheet()

    def _remove(self, place: int) -> None:
        rest = [*self._clauses[:place], *self._clauses[place + 1 :]]
        self._use(rest, min(place, len(rest) - 1))

    # Showing

    def _rebuild(self) -> None:
        self._flow.clear()
        self._chips = []
        seen: dict[str, int] = {}
        for place, clause in enumerate(self._clauses):
            seen[clause.field] = seen.get(clause.field, 0) + 1
            number = f".{seen[clause.field]}" if seen[clause.field] > 1 else ""
            chip = FilterChip(
                clause_words(clause, self._fields[clause.field]), f"{self._place}.chip.{clause.field}{number}"
            )
            chip.clicked.connect(lambda _checked=False, which=place: self._edit(which))
            chip.removed.connect(lambda which=place: self._remove(which))
            self._flow.addWidget(chip)
            self._chips.append(chip)
            chip.show()
        if self._chips:
            QWidget.setTabOrder(self._chips[-1], self._clear)  # made after it, standing before it
        self._clear.setVisible(bool(self._clauses))
        self.setVisible(self._is_standing or bool(self._clauses or self._view_name))
        self.updateGeometry()

    def show_view(self, name: str) -> None:
        """Names the saved view in force before the chips; "" for none."""
        self._view_name = name
        self.view.setText(name.replace("&", "&&"))
        self.view.setAccessibleName(name)
        self.view.setVisible(bool(name))
        self.setVisible(self._is_standing or bool(self._clauses or name))

    def retranslate(self) -> None:
        """Words of the chips."""
        super().retranslate()
        self._clear.setText(_("Clear all"))
        self._clear.setAccessibleName(_("Clear all"))
        for chip, clause in zip(self._chips, self._clauses, strict=True):
            chip.set_words(clause_words(clause, self._fields[clause.field]))
