"""Editors of days and periods: on the calendar or counted from today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.spans import RANGE, day_said, is_period, period_said, words_of
from crmdesk.text import _
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.date_editor import DateEditor
from crmdesk.ui.kit.labels import Label
from crmdesk.ui.kit.number_editors import NumberEditor
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.rules.base import Editor
from crmdesk.ui.rules.words import NAMED_PERIODS, UNITS, period_words

_WAY_EM, _UNIT_EM = 13, 13
_LAST, _NEXT, _EVER, _WRITTEN, _TODAY, _ON = "last", "next", "", "written", "today", "on"


class DayPoint(Editor):
    """A day: on the calendar, or so many days, weeks, months before or after today."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.count = NumberEditor(Field("count", Kind.INTEGER, "", sign="positive"))
        self.count.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.day = DateEditor()
        self.way = Combo()
        for unit in ("d", "w", "m", "y"):
            self.way.addItem(_AGO[unit](), f"-{unit}")
        for unit in ("d", "w", "m"):
            self.way.addItem(_AHEAD[unit](), f"+{unit}")
        self.way.addItem(_("today"), _TODAY)
        self.way.addItem(_("the day"), _ON)
        self.add(self.count, _("How many"), 1, suffix=".count")
        self.add(self.day, _("Day"), 1, suffix=".day")
        self.add(self.way, _("From today or on the calendar"), 1, suffix=".way")
        self.count.edited.connect(self.edited)
        self.day.edited.connect(self.edited)
        self.day.editingFinished.connect(self.edited)
        self.way.activated.connect(lambda _index: self._switched())
        self._show_parts()

    def _switched(self) -> None:
        self._show_parts()
        self.edited.emit()

    def _show_parts(self) -> None:
        way = self.way.currentData()
        self.day.setVisible(way == _ON)
        self.count.setVisible(way not in (_ON, _TODAY))

    def texts(self) -> tuple[str, ...]:
        """As `today-30` or 2026-03-31."""
        way = self.way.currentData()
        if way == _TODAY:
            return (_TODAY,)
        try:
            if way == _ON:
                day = self.day.value()
                return (day.isoformat(),) if day is not None else ()
            count = self.count.value()
        except InvalidInput:
            return ()
        if count is None or count < 0:
            return ()
        return (f"today{way[0]}{int(count)}{'' if way[1] == 'd' else way[1]}",)

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows it; what cannot be shown so stands as a day."""
        text = (texts[0] if texts else "").lower().replace(" ", "")
        way, count = "-d", ""
        if text == _TODAY:
            way = _TODAY
        elif text.startswith("today") and day_said(text, date(2000, 1, 1)) is not None:
            unit = text[-1] if text[-1].isalpha() else "d"
            way, count = f"{text[5]}{unit}", text[6:].rstrip("dwmy")
        elif text:
            way = _ON
        index = self.way.findData(way)
        self.way.setCurrentIndex(max(index, 0))
        self.count.set_value(count or None)
        self.day.set_value(text if way == _ON else None)
        self._show_parts()

    def fields(self) -> list[QWidget]:
        """Number or day, then what it counts."""
        return [self.count, self.day, self.way]


_AGO: dict[str, Callable[[], str]] = {
    "d": lambda: _("days ago"),
    "w": lambda: _("weeks ago"),
    "m": lambda: _("months ago"),
    "y": lambda: _("years ago"),
}
_AHEAD: dict[str, Callable[[], str]] = {
    "d": lambda: _("days from now"),
    "w": lambda: _("weeks from now"),
    "m": lambda: _("months from now"),
}


class Period(Editor):
    """A period: the last so many days or months, one with a name, a year; `may_be_ever` offers no bound at all."""

    def __init__(self, name: str, *, may_be_ever: bool = False, may_be_next: bool = False) -> None:
        super().__init__(name)
        self.way = Combo()
        self.way.addItem(_("the last"), _LAST)
        if may_be_next:
            self.way.addItem(_("the next"), _NEXT)
        if may_be_ever:
            self.way.addItem(_("ever"), _EVER)
        for one in NAMED_PERIODS:
            self.way.addItem(period_words(one), one)
        self.way.addItem(_("other …"), _WRITTEN)
        self.count = NumberEditor(Field("count", Kind.INTEGER, "", sign="positive"))
        self.count.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.unit = Combo()
        for unit, words in UNITS.items():
            self.unit.addItem(_(words), unit)
        self.line = QLineEdit()
        self.line.setPlaceholderText(_("2026, 2026-03, 2026-01-01..today"))
        self.add(self.way, _("Period"), 0, suffix=".way")
        self.add(self.count, _("How many"), 0, suffix=".count")
        self.add(self.unit, _("Days, weeks, months or years"), 0, suffix=".unit")
        self.add(self.line, _("Period in figures"), 1, suffix=".text")
        self.row.addStretch(0)
        em = theme().metrics.em
        self.count.setFixedWidth(em(6))
        for combo, least in ((self.way, em(_WAY_EM)), (self.unit, em(_UNIT_EM))):
            combo.currentIndexChanged.connect(lambda _index, one=combo, width=least: one.fit(width))
            combo.fit(least)
        self.way.activated.connect(lambda _index: self._switched())
        self.unit.activated.connect(lambda _index: self.edited.emit())
        self.count.edited.connect(self.edited)
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        self.count.set_value(12)
        self.unit.setCurrentIndex(self.unit.findData("m"))
        self._show_parts()

    def _switched(self) -> None:
        self._show_parts()
        self.edited.emit()

    def _show_parts(self) -> None:
        way = self.way.currentData()
        for one in (self.count, self.unit):
            one.setVisible(way in (_LAST, _NEXT))
        self.line.setVisible(way == _WRITTEN)

    @property
    def is_ever(self) -> bool:
        """Whether it bounds nothing."""
        return self.way.currentData() == _EVER

    def texts(self) -> tuple[str, ...]:
        """The name of the period."""
        way = str(self.way.currentData())
        if way == _EVER:
            return ()
        if way == _WRITTEN:
            text = self.line.text().strip()
            name = text if RANGE in text else period_said(text)
            return (name,) if name and is_period(name) else ()
        if way not in (_LAST, _NEXT):
            return (way,)
        try:
            count = self.count.value()
        except InvalidInput:
            return ()
        return (f"{way}_{int(count)}{self.unit.currentData()}",) if count and 0 < count < 10_000 else ()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows a period by its name."""
        name = texts[0] if texts else ""
        way, _sign, rest = name.partition("_")
        if rest.isdigit():
            rest += "d"
        if not name:
            index = self.way.findData(_EVER)
            self.way.setCurrentIndex(max(index, 0))
        elif way in (_LAST, _NEXT) and rest[:-1].isdigit() and self.way.findData(way) >= 0:
            self.way.setCurrentIndex(self.way.findData(way))
            self.count.set_value(int(rest[:-1]))
            self.unit.setCurrentIndex(max(self.unit.findData(rest[-1]), 0))
        elif self.way.findData(name) >= 0:
            self.way.setCurrentIndex(self.way.findData(name))
        else:
            self.way.setCurrentIndex(self.way.findData(_WRITTEN))
            self.line.setText(words_of(name))
        self._show_parts()

    def fields(self) -> list[QWidget]:
        """Way, count and unit, or the text."""
        return [self.way, self.count, self.unit, self.line]


class Days(Editor):
    """From one day to another."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._days = (DateEditor(), DateEditor())
        for place, one in enumerate(self._days):
            if place:
                self.row.addWidget(Label("–", "", "third"))
            self.add(one, (_("From"), _("To"))[place], 1, suffix=(".from", ".to")[place])
            one.edited.connect(self.edited)
            one.editingFinished.connect(self.edited)

    def texts(self) -> tuple[str, ...]:
        """Both; one may be open."""
        try:
            found = tuple(day.isoformat() if (day := one.value()) is not None else "" for one in self._days)
        except InvalidInput:
            return ()
        return found if any(found) else ()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Shows them."""
        for one, text in zip(self._days, (*texts, "", ""), strict=False):
            one.set_value(text)

    def fields(self) -> list[QWidget]:
        """Two days."""
        return list(self._days)
