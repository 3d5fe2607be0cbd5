"""The foot of a list: count and sums of the whole filtered set; over it what to do with many selected rows.

Two rows, as figures are never cut: beside words and buttons there would be no room for them in a narrow list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.models.fields import Field
from crmdesk.text import _
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import number
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.row_source import SUMS_NOTE
from crmdesk.ui.kit.theme import theme


class ListFooter(QWidget):
    """Names begin with `place`: `.footer.count`, `.sum.<field>`, `.footer.selected`, `.batch`."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place
        self._tones: dict[str, str] = {}
        self.setProperty("role", "footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = theme().metrics
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._batch = QWidget()
        self._batch.setObjectName(f"{place}.batch")
        self._batch.setFixedHeight(sizes.footer)
        self._ways = QHBoxLayout(self._batch)
        self._ways.setContentsMargins(sizes.space(3), 0, sizes.space(3), 0)
        self._ways.setSpacing(sizes.space(2))
        self._selected = labels.caption("", "accent")
        self._selected.setObjectName(f"{place}.footer.selected")
        self._ways.addWidget(self._selected)
        self._ways.addStretch(1)
        self._batch.hide()
        rows.addWidget(self._batch)
        foot = QWidget()
        foot.setMinimumHeight(sizes.footer)
        rows.addWidget(foot)
        row = QHBoxLayout(foot)
        row.setContentsMargins(sizes.space(3), 0, sizes.space(3), 0)
        row.setSpacing(sizes.space(4.5))
        self._count = labels.caption()
        self._count.setObjectName(f"{place}.footer.count")
        row.addWidget(self._count, 0, Qt.AlignmentFlag.AlignVCenter)
        # In several currencies the sums go on in a second line rather than make the window wider.
        sums = QWidget()
        self._sums = FlowLayout(sums, gap=4.5, line_gap=0.5)
        row.addWidget(sums, 1, Qt.AlignmentFlag.AlignVCenter)

    def set_tone(self, name: str, tone: str) -> None:
        """Colours a sum."""
        self._tones[name] = tone

    def add_batch_button(self, button: QPushButton) -> None:
        """A way to do something with many records: seen while more than one is selected."""
        self._ways.addWidget(button)

    def show_count(self, words: str) -> None:
        """How many rows there are."""
        self._count.setText(words)

    def show_selected(self, count: int) -> None:
        """How many rows are selected."""
        self._selected.setText(_("{count} selected").format(count=f"{count:,}") if count > 1 else "")
        self._batch.setVisible(count > 1)

    def show_sums(self, sums: Mapping[str, Decimal | str], fields: Sequence[Field]) -> None:
        """The sums of the fields that are known."""
        self._sums.clear()
        known = {entry.name: entry for entry in fields}
        space = theme().metrics.space
        for name, total in sums.items():
            if name not in known:
                continue
            pair = QWidget()
            line = QHBoxLayout(pair)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(space(1))
            line.addWidget(labels.caption(_(known[name].label)))
            words = total if isinstance(total, str) else number(total)
            value = labels.strong(words, self._tones.get(name, ""))
            value.setObjectName(f"{self._place}.sum.{name}")
            value.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)  # a figure is never cut
            line.addWidget(value)
            self._sums.addWidget(pair)
        if sums.get(SUMS_NOTE):
            note = labels.caption(str(sums[SUMS_NOTE]), "second")
            note.setObjectName(f"{self._place}.sum.note")
            self._sums.addWidget(note)
