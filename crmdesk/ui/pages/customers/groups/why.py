"""“Why is he here?”: each condition with a tick or a cross, his own value and what is asked of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import clauses
from crmdesk.services.segment_why import Line, Part, Why
from crmdesk.text import N_, _
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.labels import Card, Label, Paragraph
from crmdesk.ui.kit.theme import theme

_HEADS = {
    clauses.ALL: N_("all of these:"),
    clauses.ANY: N_("at least one of these:"),
    clauses.NONE: N_("none of these:"),
}


class WhyCard(Card):
    """Shows one answer; hidden while there is none."""

    def __init__(self, name: str) -> None:
        super().__init__("raised")
        self.setObjectName(name)
        self._why: Why | None = None
        self._title = Paragraph("", "strong")
        self._title.setObjectName(f"{name}.title")
        self.body.addWidget(self._title)
        self.said = Paragraph("", "", "second")
        self.said.setObjectName(f"{name}.said")
        self.body.addWidget(self.said)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme().metrics.space(1.5))
        self.body.addLayout(self._lines)
        self._shown: list[QWidget] = []
        theme().changed.connect(self._draw_again)
        self.hide()

    def _draw_again(self) -> None:
        self.show_why(self._why)

    @property
    def why(self) -> Why | None:
        """The answer that is shown."""
        return self._why

    def ticks(self) -> list[tuple[bool, str, str]]:
        """What is shown: whether it holds, label and value, what is asked."""
        found: list[tuple[bool, str, str]] = []

        def walk(part: Line | Part) -> None:
            if isinstance(part, Line):
                found.append((part.holds, _left(part), _right(part)))
            else:
                for one in part.parts:
                    walk(one)

        if self._why is not None and self._why.part is not None:
            walk(self._why.part)
        return found

    def show_why(self, why: Why | None) -> None:
        """Shows an answer, None for nothing."""
        self._why = why
        for one in self._shown:
            one.hide()
            one.deleteLater()
        self._shown = []
        self.setVisible(why is not None)
        if why is None:
            return
        title = _("Why is {name} here?") if why.is_in else _("Why is {name} not here?")
        self._title.setText(title.format(name=why.customer_name))
        self.setAccessibleName(why.sentence or self._title.text())
        # The ticks say it all where the rule decides; a pin, a list by hand and the group above need the sentence.
        is_said = why.pin is not None or why.part is None or (why.within is not None and not why.within.is_in)
        self.said.setText(why.sentence)
        self.said.setVisible(is_said)
        if why.part is not None:
            self._add_part(why.part, 0)

    def _add_part(self, part: Part, depth: int) -> None:
        if depth or part.kind != clauses.ALL:
            self._add_head(_(_HEADS[part.kind]), part.holds, depth)
            depth += 1
        for one in part.parts:
            if isinstance(one, Part):
                self._add_part(one, depth)
            else:
                self._add_line(one, depth)

    def _add_head(self, words: str, holds: bool, depth: int) -> None:
        row, layout = self._row(depth)
        layout.addWidget(_mark(holds, self.devicePixelRatioF()))
        layout.addWidget(Label(words, "caption", "second"), 1)
        self._put(row)

    def _add_line(self, line: Line, depth: int) -> None:
        row, layout = self._row(depth)
        layout.addWidget(_mark(line.holds, self.devicePixelRatioF()))
        layout.addWidget(Paragraph(_left(line), "", "" if line.holds else "second"), 1)
        limit = Label(_right(line), "caption", "second")
        limit.setMaximumWidth(theme().metrics.em(20))
        limit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(limit)
        row.setAccessibleName(line.text)
        self._put(row)

    def _row(self, depth: int) -> tuple[QWidget, QHBoxLayout]:
        row = QWidget()
        layout = QHBoxLayout(row)
        sizes = theme().metrics
        layout.setContentsMargins(sizes.space(4) * max(depth - 1, 0) if depth else 0, 0, 0, 0)
        layout.setSpacing(sizes.space(2.5))
        return row, layout

    def _put(self, row: QWidget) -> None:
        self._lines.addWidget(row)
        self._shown.append(row)


def _is_plain(line: Line) -> bool:
    """Whether the tick says the value already: of tags, categories, groups and yes/no fields."""
    return line.value in (_("yes"), _("no"))


def _left(line: Line) -> str:
    return f"{line.label} {line.limit if _is_plain(line) else line.value}".strip()


def _right(line: Line) -> str:
    return "" if _is_plain(line) else line.limit


def _mark(holds: bool, ratio: float) -> Label:
    made = Label()
    made.setPixmap(pixmap("check" if holds else "x", "good" if holds else "danger", ratio=ratio))
    made.setAccessibleName(_("holds") if holds else _("does not hold"))
    made.setFixedWidth(theme().metrics.icon)
    return made
