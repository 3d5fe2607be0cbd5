"""Customers side by side, field by field: differences marked, the value that stays picked, the result beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.models import money
from crmdesk.services.merge_preview import FieldChoice, PinClash, Preview
from crmdesk.text import _
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import number, shown
from crmdesk.ui.kit.labels import Chip, Label
from crmdesk.ui.kit.theme import theme

_KEYS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


def words_of(choice: FieldChoice, code: str) -> str:
    """A value as people read it, "" for none."""
    value = choice.values.get(code)
    if value is False:
        return _("No")
    return "" if value in (None, "") else shown(choice.field, value, shows_zero=True)


class SideButton(QRadioButton):
    """One value (or one customer) to pick: it ends in … where it is narrow, arrows lead to its neighbours."""

    moved = Signal(int, int)

    def __init__(self, text: str, name: str, spoken: str) -> None:
        super().__init__()
        self._whole = text
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        # Several groups share one parent: without this Qt takes the buttons of the grid for one.
        self.setAutoExclusive(False)
        self.setText(text)

    def whole(self) -> str:
        """The text, also while it is shown shortened."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits the words into the width."""
        super().resizeEvent(event)
        room = self.width() - theme().metrics.icon - theme().metrics.space(3)
        fitting = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(room, 0))
        self.setText(fitting)
        self.setToolTip(self._whole if fitting != self._whole else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down go to the next field, left and right to the other side; Space picks."""
        step = _KEYS.get(Qt.Key(event.key()))
        if step is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.moved.emit(*step)
        elif event.key() == Qt.Key.Key_Space:
            self.click()
        else:
            super().keyPressEvent(event)


class MergeSides(QWidget):
    """A column for each customer and one for the result. `changed` comes when anything was picked."""

    changed = Signal()
    into_changed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._name = name
        self._preview: Preview | None = None
        self._codes: tuple[str, ...] = ()
        self._names: Mapping[str, str] = {}
        self._by_hand: dict[str, str] = {}
        self._rows: list[list[SideButton]] = []
        self._groups: list[QButtonGroup] = []
        self._results: dict[str, Label] = {}
        self._picks: dict[str, dict[str, SideButton]] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._outer = outer
        self._content: QWidget | None = None

    def show_sides(self, codes: Sequence[str], names: Mapping[str, str], preview: Preview) -> None:
        """Shows these customers in this order; what was picked by hand stays picked."""
        is_same = tuple(codes) == self._codes
        focused = self.focusWidget()
        at = focused.objectName() if is_same and isinstance(focused, SideButton) else ""
        self._codes, self._names, self._preview = tuple(codes), names, preview
        if not is_same:
            self._by_hand = {}
        self._build(preview)
        if at and self._content is not None:
            kept = self._content.findChild(SideButton, at)
            if kept is not None:
                kept.setFocus()

    def _build(self, preview: Preview) -> None:
        if self._content is not None:
            self._outer.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._rows, self._groups, self._results, self._picks = [], [], {}, {}
        self._content = content = QWidget()
        space = theme().metrics.space
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(space(4))
        grid.setVerticalSpacing(space(1.25))
        last = len(self._codes) + 1
        for column in range(1, last + 1):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, theme().metrics.em(16))
        grid.addWidget(labels.caption(_("Stays")), 0, 0)
        grid.addWidget(labels.caption(_("Result")), 0, last)
        row = self._heads(grid, preview)
        different = [choice for choice in preview.fields if choice.differs]
        alike = [choice for choice in preview.fields if not choice.differs]
        for choice in different:
            row += 1
            self._field(grid, row, choice)
        if alike:
            row += 1
            grid.addWidget(labels.rule(), row, 0, 1, last + 1)
        for choice in alike:
            row += 1
            self._field(grid, row, choice)
        self._outer.addWidget(content)
        content.show()
        self._show_results()

    def _heads(self, grid: QGridLayout, preview: Preview) -> int:
        group = self._group()
        buttons = []
        for column, code in enumerate(self._codes, 1):
            spoken = _("{code} {name} stays").format(code=code, name=self._names.get(code, ""))
            made = self._button(code, f"{self._name}.into.{column}", spoken, group, 0, column - 1)
            made.setChecked(code == preview.into)
            made.clicked.connect(lambda _checked=False, which=code: self._choose_into(which))
            buttons.append(made)
            grid.addWidget(made, 0, column)
        self._rows.append(buttons)
        grid.addWidget(labels.rule(), 1, 0, 1, len(self._codes) + 2)
        return 1

    def _field(self, grid: QGridLayout, row: int, choice: FieldChoice) -> None:
        caption = Label(
            choice.label, "strong" if choice.differs else "caption", "" if choice.differs else "second"
        )
        caption.setObjectName(f"{self._name}.label.{choice.name}")
        holder = caption
        grid.addWidget(holder, row, 0)
        if not choice.differs:
            self._alike(grid, row, choice)
            return
        group = self._group()
        buttons = []
        place = len(self._rows)
        for column, code in enumerate(self._codes, 1):
            text = words_of(choice, code)
            spoken = f"{choice.label}: {text or _('(empty)')} ({code})"
            made = self._button(
                text or _("(empty)"), f"{self._name}.{choice.name}.{column}", spoken, group, place, column - 1
            )
            made.setChecked(code == self.picked(choice))
            made.clicked.connect(lambda _checked=False, which=(choice.name, code): self._choose(*which))
            buttons.append(made)
            self._picks.setdefault(choice.name, {})[code] = made
            grid.addWidget(made, row, column)
        self._rows.append(buttons)
        self._result(grid, row, choice)

    def _alike(self, grid: QGridLayout, row: int, choice: FieldChoice) -> None:
        """Nothing to pick: who has the value shows it quietly."""
        for column, code in enumerate(self._codes, 1):
            grid.addWidget(Label(words_of(choice, code) or _("(empty)"), "", "second"), row, column)
        self._result(grid, row, choice)

    def _result(self, grid: QGridLayout, row: int, choice: FieldChoice) -> None:
        made = Label("", "strong" if choice.differs else "", "" if choice.differs else "second")
        made.setObjectName(f"{self._name}.result.{choice.name}")
        self._results[choice.name] = made
        grid.addWidget(made, row, len(self._codes) + 1)

    def _group(self) -> QButtonGroup:
        group = QButtonGroup(self._content)
        self._groups.append(group)
        return group

    def _button(
        self, text: str, name: str, spoken: str, group: QButtonGroup, row: int, column: int
    ) -> SideButton:
        made = SideButton(text, name, spoken)
        group.addButton(made)
        made.moved.connect(lambda down, right: self._move(row, column, down, right))
        return made

    def _move(self, row: int, column: int, down: int, right: int) -> None:
        row = min(max(row + down, 0), len(self._rows) - 1)
        column = min(max(column + right, 0), len(self._codes) - 1)
        self._rows[row][column].setFocus(Qt.FocusReason.TabFocusReason)

    # What is picked

    def picked(self, choice: FieldChoice) -> str:
        """Whose value of a field stays."""
        return self._by_hand.get(choice.name, choice.proposed)

    @property
    def into(self) -> str:
        """The code of the customer that stays."""
        return self._preview.into if self._preview is not None else ""

    def fields(self) -> dict[str, str]:
        """Field -> code, of every field that differs: what is shown is what is merged."""
        preview = self._preview
        if preview is None:
            return {}
        return {choice.name: self.picked(choice) for choice in preview.fields if choice.differs}

    def _choose_into(self, code: str) -> None:
        if code != self.into:
            self.into_changed.emit(code)

    def _choose(self, name: str, code: str) -> None:
        self._by_hand[name] = code
        self._show_results()
        self.changed.emit()

    def _show_results(self) -> None:
        preview = self._preview
        if preview is None:
            return
        for choice in preview.fields:
            text = words_of(choice, self.picked(choice))
            label = self._results[choice.name]
            label.setText(text or _("(empty)"))
            is_taken = choice.differs and self.picked(choice) != preview.into
            label.set_tone("accent" if is_taken else ("" if choice.differs and text else "second"))

    def focus_first(self) -> None:
        """The cursor on the first field to pick, where there is one."""
        buttons = self._rows[1] if len(self._rows) > 1 else (self._rows[0] if self._rows else [])
        for made in buttons:
            if made.isChecked():
                made.setFocus(Qt.FocusReason.OtherFocusReason)


def reason_chips(score: int, reasons: Sequence[str]) -> list[Chip]:
    """How alike, and why, as chips."""
    from crmdesk.services.similarity import REASONS

    if not reasons:
        return [Chip(_("Nothing says that they are the same"), "warn")]
    tone = "good" if score >= 90 else "info" if score >= 75 else "warn"
    first = Chip(_("{score} of 100 alike").format(score=score), tone)
    return [first, *(Chip(_(REASONS[reason]), "neutral") for reason in reasons)]


def plain_moves(preview: Preview) -> list[tuple[str, int]]:
    """What moves, in words; what has none is counted together."""
    named = [(move.label, move.count) for move in preview.moves if move.label != move.table]
    rest = sum(move.count for move in preview.moves if move.label == move.table)
    return [*named, *([(_("Other entries"), rest)] if rest else [])]


def clash_words(clash: PinClash) -> str:
    """What becomes of two pins that contradict each other."""
    if not clash.segment:
        words = _(
            "Stage set by hand: that of {holder} stays, that of {other} comes back if the merge is undone."
        )
    elif clash.stays_in:
        words = _(
            "Group “{group}”: {holder} is pinned in and that stays ({reason}); {other}'s pin out of it comes back if"
            " the merge is undone."
        )
    else:
        words = _(
            "Group “{group}”: {holder} is pinned out and that stays ({reason}); {other}'s pin into it comes back if"
            " the merge is undone."
        )
    return words.format(
        group=clash.segment, holder=clash.holder, other=clash.other, reason=clash.reason or "—"
    )


def balance_words(amounts: Mapping[str, str]) -> str:
    """Balances by currency beside each other."""
    parts = []
    for currency, amount in amounts.items():
        sign, value = ("−", amount[1:]) if amount.startswith("-") else ("", amount)
        parts.append(f"{sign}{money.symbol(currency)}{number(value)}")
    return " + ".join(parts) or "—"
