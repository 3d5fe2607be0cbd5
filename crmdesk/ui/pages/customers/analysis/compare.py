"""Two to six groups side by side: each figure with a bar and how it differs from the one it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.cell_grid import Grid, GridCell
from crmdesk.ui.kit.columns import DASH, number
from crmdesk.ui.kit.commands import Command, plain_button
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.customers.analysis import COMPARE
from crmdesk.ui.pages.customers.analysis.base import GridPage, GroupPick, fill_combo
from crmdesk.ui.period_combo import PeriodCombo

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.comparing import Comparison, Figures
    from crmdesk.services.reports.declared import Options

_KEPT = "compare.groups"
_COUNT, _MONEY, _PERCENT, _DAYS = "count", "money", "percent", "days"


class _Row(NamedTuple):
    """One figure: which way is better (1 more, −1 less, 0 neither)."""

    name: str
    label: str
    kind: str
    better: int
    value: Callable[[Figures], Any]


_ROWS = (
    _Row("customers", N_("Customers"), _COUNT, 0, lambda one: one.customers),
    _Row("buyers", N_("Buyers"), _COUNT, 0, lambda one: one.buyers),
    _Row("revenue", N_("Revenue, excl. tax"), _MONEY, 0, lambda one: one.revenue_minor),
    _Row("average", N_("Per customer, excl. tax"), _MONEY, 1, lambda one: one.average_minor),
    _Row("conversion", N_("Conversion"), _PERCENT, 1, lambda one: one.conversion),
    _Row("billed", N_("Quotes billed"), _PERCENT, 1, lambda one: one.billed),
    _Row("repurchase", N_("Repurchase"), _PERCENT, 1, lambda one: one.repurchase),
    _Row("churn", N_("Churn"), _PERCENT, -1, lambda one: one.churn),
    _Row("overdue_share", N_("Overdue"), _PERCENT, -1, lambda one: one.overdue_share),
    _Row("days_to_pay", N_("Days to pay"), _DAYS, -1, lambda one: one.days_to_pay),
    _Row("satisfaction", N_("Satisfaction"), _PERCENT, 1, lambda one: one.satisfaction),
)


class _Found(NamedTuple):
    keys: list[str]
    comparison: Comparison | None
    known_count: int
    """How many groups there are to choose from."""
    titles: dict[str, str]
    """What the chosen ones are called, by key."""


class _Asked(NamedTuple):
    keys: tuple[str, ...]
    against: str
    date_from: date | None
    date_to: date | None
    has_default: bool


def _read(connection: Connection, asked: _Asked) -> _Found:
    from crmdesk.services import comparing, group_names, groups

    known = {one.group.key: one.group for one in group_names.named(connection)}
    keys = [key for key in asked.keys if key in known or key.startswith(f"{groups.FILTER}:")]
    if not keys and asked.has_default:
        keys = [one.key for one in comparing.default_groups(connection)]
    titles = {key: known[key].title for key in keys if key in known}
    if len(keys) < comparing.GROUPS_MIN:
        return _Found(keys, None, len(known), titles)
    found = comparing.compare(
        connection,
        [known.get(key) or groups.parse(key) for key in keys],
        against=asked.against,
        date_from=asked.date_from,
        date_to=asked.date_to,
    )
    return _Found(keys, found, len(known), titles)


class ComparePage(GridPage):
    """Groups are chosen above by name; the first (or all customers) is what the others are compared with."""

    report = "compare"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, COMPARE, N_("Groups compared"))
        kept = ctx.settings.get(_KEPT)
        self._keys = [key for key in kept if isinstance(key, str)] if isinstance(kept, list) else []
        self._is_default = not self._keys
        self._found: _Found | None = None
        self._columns: list[tuple[Any, Figures | None]] = []
        space = theme().metrics.space
        holder = QWidget()
        holder.setObjectName("compare.groups")
        self.chips = FlowLayout(holder, gap=1.5)
        self.adding = GroupPick(ctx, "compare.add", N_("Add a group"), N_("Add a group"))
        self.adding.setFixedWidth(theme().metrics.em(22))
        self.adding.picked.connect(lambda item: self.add_group(item.value))
        self.against = Segments("compare.against", self._against(), _("Compared with"))
        self.against.changed.connect(lambda _value: self.reload())
        self.period = PeriodCombo(ctx, "compare.period", "year")
        self.period.chosen.connect(lambda _first, _last: self.reload())
        self.currency = self.choice("currency", N_("Currency"))
        self.choices.addWidget(holder, 1, Qt.AlignmentFlag.AlignVCenter)
        self.choices.addWidget(self.adding)
        self.choices.addSpacing(space(1))
        self.choices.addWidget(self.label(N_("Compared with")))
        self.choices.addWidget(self.against)
        self.choices.addWidget(self.period)
        self.choices.addWidget(self.currency)
        self.currency.hide()
        add = ctx.commands.add
        add(Command("compare.pick", N_("Add a group"), self.adding.setFocus, "plus", "Ctrl+N"), self)
        add(Command("compare.remove", N_("Leave this group out"), self.remove_current, "x", "Ctrl+Del"), self)
        add(Command("compare.first", N_("Compare with this group"), self.put_first, "scale", "Alt+B"), self)
        self.retranslate()

    def _against(self) -> list[tuple[str, str]]:
        return [("first", _("the first")), ("all", _("all customers"))]

    def retranslate(self) -> None:
        """Figures in the language in force."""
        super().retranslate()
        if hasattr(self, "currency"):
            self.adding.retranslate()
            self.against.set_words(self._against())
            self.against.setAccessibleName(_("Compared with"))
            self.reload()

    # Choosing

    def show_target(self, target: dict[str, Any]) -> None:
        """`groups` (as the command line names them) are compared."""
        if target.get("groups"):
            self._use([str(one) for one in target["groups"]])

    def _use(self, keys: list[str]) -> None:
        self._keys, self._is_default = keys, False
        self._ctx.settings.put(_KEPT, keys)
        self.reload()

    def add_group(self, key: str) -> None:
        """One more group; six are the most."""
        from crmdesk.services.comparing import GROUPS_MAX

        self.adding.set_item(None)
        if key in self._keys:
            return
        if len(self._keys) >= GROUPS_MAX:
            self.banner.show_message(
                _("Six groups are the most that are still read side by side. Leave one out first."), "warn"
            )
            return
        self._use([*self._keys, key])

    def remove(self, key: str) -> None:
        """Leaves a group out."""
        self._use([one for one in self._keys if one != key])

    def _current_key(self) -> str:
        index = self.grid.currentIndex()
        at = index.column() if index.isValid() else -1
        return self._keys[at] if 0 <= at < len(self._keys) else ""

    def remove_current(self) -> None:
        """Leaves out the group of the column with the cursor."""
        if self._current_key():
            self.remove(self._current_key())

    def put_first(self) -> None:
        """The group of the column with the cursor is what the others are compared with."""
        key = self._current_key()
        if key:
            self.against.set_value("first")
            self._use([key, *(one for one in self._keys if one != key)])

    def options(self) -> Options:
        """The same question as a report."""
        from crmdesk.services.reports.declared import Options

        start, end = self._span()
        return Options(
            groups=tuple(self._keys),
            against=self.against.value(),
            date_from=start,
            date_to=end,
        )

    def _span(self) -> tuple[date | None, date]:
        """Until today at most: what is not over yet would be compared with a whole period before."""
        start, end = self.period.period()
        return start, min(end or clock.today(), clock.today())

    def ask(self) -> None:
        """Reads the figures."""
        asked = _Asked(tuple(self._keys), self.against.value(), *self._span(), self._is_default)
        self._ctx.read(
            lambda connection: _read(connection, asked),
            owner=self,
            on_done=self._show,
            on_error=self.failed,
            replaces="compare",
            lane="heavy",
        )

    # Showing

    def _show(self, found: _Found) -> None:
        self.loading.set_loading(False)
        self.banner.hide()
        self._found, self._keys = found, found.keys
        self._show_chips(found.titles)
        comparison = found.comparison
        self.stack.setCurrentIndex(0 if comparison is not None else 1)
        self.open_action.setEnabled(comparison is not None)
        if comparison is None:
            self.told.setText("")
            self.empty.set_words(
                _("Which groups shall be compared?"),
                _(
                    "Type the name of a category, a tag or a group above (Ctrl+N) and press Enter; two are enough."
                )
                if found.known_count > 1
                else _(
                    "Two groups are needed. Put customers into categories, give them tags, or make a group."
                ),
            )
            return
        currencies = list(dict.fromkeys(row.currency for row in comparison.rows))
        fill_combo(self.currency, [(one, one) for one in currencies], str(self.currency.currentData() or ""))
        self.currency.setVisible(len(currencies) > 1)
        self.grid.show_grid(self._grid(comparison, str(self.currency.currentData())))
        self.hint.setText(
            _("{start} to {end}").format(
                start=comparison.date_from.isoformat(), end=comparison.date_to.isoformat()
            )
        )

    def _show_chips(self, titles: dict[str, str]) -> None:
        self.chips.clear()
        for at, key in enumerate(self._keys):
            title = titles.get(key) or key.partition(":")[2]
            name = (title.rpartition("/")[2] if key.startswith("category:") else title) or _("All customers")
            made = plain_button(name, f"compare.group.{at}", "chip", "x")
            words = _("Leave out “{group}”").format(group=title)
            made.setToolTip(words)
            made.setAccessibleName(words)
            made.clicked.connect(lambda _checked=False, one=key: self.remove(one))
            self.chips.addWidget(made)

    def _grid(self, comparison: Comparison, currency: str) -> Grid:
        from crmdesk.services.comparing import FORMULAS

        shown: dict[Any, Figures | None] = {}
        for one in comparison.rows:
            shown.setdefault(one.group, None)
            if one.currency == currency:
                shown[one.group] = one
        # counts are the same in each currency: a group without the chosen one still shows them
        self._columns = list(shown.items())
        groups = [group for group, _figures in self._columns]
        at_reference = len(groups) - 1 if comparison.against == "all" else 0
        rows = []
        for row in _ROWS:
            values = [row.value(one) if one is not None else None for _group, one in self._columns]
            most = max((value for value in values if value is not None), default=0)
            base = values[at_reference]
            rows.append(
                [
                    self._cell(row, value, None if at == at_reference else base, most, currency)
                    for at, value in enumerate(values)
                ]
            )
        titles = [
            f"{group.title} ·  {_('base')}" if at == at_reference else group.title
            for at, group in enumerate(groups)
        ]
        return Grid(
            [_(row.label) for row in _ROWS],
            titles,
            rows,
            row_tips=[_(FORMULAS[row.name]) for row in _ROWS],
            has_notes=True,
        )

    @staticmethod
    def _cell(row: _Row, value: Any, base: Any, most: Any, currency: str) -> GridCell:
        if value is None:
            return GridCell(DASH, is_muted=True, tip=_("Nothing to reckon with in this period"))
        bar = int(value * 100 / most) if most and value > 0 else 0
        note, tone = "", ""
        if base is not None and value != base:
            note = _difference(row, value, base)
            better = row.better * (1 if value > base else -1)
            tone = "good" if better > 0 else "danger" if better < 0 else "second"
        return GridCell(_words(row, value, currency), note, tone, bar=bar)

    # What a cell says

    def filter_at(self, row: int, column: int) -> tuple[str, str] | None:
        """The customers of the group of a column."""
        from crmdesk.services import groups

        del row
        if not 0 <= column < len(self._columns):
            return None
        group, _figures = self._columns[column]
        return groups.expression(group), group.title

    def told_at(self, row: int, column: int) -> str:
        """How the figure is reckoned."""
        from crmdesk.services.comparing import FORMULAS

        del column
        return _(FORMULAS[_ROWS[row].name]) if 0 <= row < len(_ROWS) else ""

    def heading(self) -> tuple[str, str]:
        """What is compared, and over which days."""
        return _("Groups compared"), self.hint.text()


def _words(row: _Row, value: Any, currency: str) -> str:
    if row.kind == _COUNT:
        return f"{value:,}"
    if row.kind == _MONEY:
        return number(money.to_decimal(value, currency))
    return f"{value:.1f} %" if row.kind == _PERCENT else f"{value:.1f}"


def _difference(row: _Row, value: Any, base: Any) -> str:
    """Of shares in points, of days in days, of everything else in per cent of what it is compared with."""
    sign = "+" if value > base else "−"
    if row.kind == _PERCENT:
        return _("{difference} points").format(difference=f"{sign}{abs(value - base):.1f}")
    if row.kind == _DAYS:
        return f"{sign}{abs(value - base):.1f}"
    if base <= 0:
        return ""
    return f"{sign}{abs(Decimal(value - base)) * 100 / base:.1f} %"
