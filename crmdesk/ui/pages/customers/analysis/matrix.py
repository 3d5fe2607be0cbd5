"""Customers crossed by any two dimensions, as a heat map; Enter opens the customers of a cell in their list."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crmdesk.models import clock, money
from crmdesk.models.errors import InvalidInput
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit.cell_grid import Grid, GridCell
from crmdesk.ui.kit.columns import DASH, number
from crmdesk.ui.kit.commands import Command, icon_button_of
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.customers.analysis import MATRIX
from crmdesk.ui.pages.customers.analysis.base import GridPage, GroupPick, fill_combo
from crmdesk.ui.period_combo import PeriodCombo

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.axes import AxisName
    from crmdesk.services.matrix import Cell, Matrix
    from crmdesk.services.reports.declared import Options

_KEPT = "matrix."
_OF_PERIOD = frozenset({"revenue", "invoices"})
_TOTAL = N_("Total")


class _Asked(NamedTuple):
    rows: str
    columns: str
    figure: str
    group: str
    date_from: date | None
    date_to: date | None
    currency: str


class _Found(NamedTuple):
    axes: list[AxisName]
    asked: _Asked
    matrix: Matrix
    grid: Grid


def _read(connection: Connection, asked: _Asked) -> _Found:
    from crmdesk.services import axes, groups
    from crmdesk.services.matrix import matrix

    known = axes.axes(connection)
    names = {one.name for one in known}
    usual = axes.usual(connection)
    # what was chosen once may be gone, as a tree may
    rows = asked.rows if asked.rows in names else usual[0]
    columns = asked.columns if asked.columns in names else usual[1]
    if rows == columns:
        columns = next((one.name for one in known if one.name != rows), columns)
    asked = asked._replace(rows=rows, columns=columns)
    found = matrix(
        connection,
        rows,
        columns,
        figure=asked.figure,
        filter=groups.expression(groups.parse(asked.group)) if asked.group else "",
        date_from=asked.date_from,
        date_to=asked.date_to,
    )
    if asked.currency not in found.currencies:
        asked = asked._replace(currency=next(iter(found.currencies), ""))
    # put together here: there may be a hundred thousand cells
    return _Found(known, asked, found, _grid(found, asked.currency))


def _grid(matrix: Matrix, currency: str) -> Grid:
    def shown(cell: Cell, warmth: int, *, is_inner: bool = False) -> GridCell:
        value = cell.value(matrix.figure, currency)
        tip = counted(N_("{count} customers"), cell.customers)
        if not value:
            return GridCell(DASH if not cell.customers else "0", is_muted=True, tip=tip)
        # what is there at all is told from nothing
        heat = max(warmth, 1) if value > 0 and is_inner else 0
        return GridCell(_value_words(matrix.figure, value, currency), heat=heat, tip=tip)

    rows = [
        [shown(cell, warmth, is_inner=True) for cell, warmth in zip(cells, heats, strict=True)]
        + [shown(total, 0)]
        for cells, heats, total in zip(matrix.cells, matrix.heat(currency), matrix.row_totals, strict=True)
    ]
    rows.append([shown(cell, 0) for cell in (*matrix.column_totals, matrix.total)])
    return Grid(
        [*(one.title for one in matrix.rows), _(_TOTAL)],
        [*(one.title for one in matrix.columns), _(_TOTAL)],
        rows,
        has_total_row=True,
        has_total_column=True,
    )


def _value_words(figure: str, value: int, currency: str, *, has_sign: bool = False) -> str:
    from crmdesk.services.matrix import MONEY

    if figure not in MONEY:
        return f"{value:,}"
    return amount_text(value, currency) if has_sign else number(money.to_decimal(value, currency))


class MatrixPage(GridPage):
    """Two dimensions, a figure, of whom, and in which period; the choices are kept on this computer."""

    report = "matrix"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, MATRIX, N_("Matrix"))
        from crmdesk.services.matrix import FIGURES

        self._figures = FIGURES
        self._found: _Found | None = None
        self._wanted: dict[str, str] = {
            one: ctx.settings.text(_KEPT + one) for one in ("rows", "columns", "figure")
        }
        self.rows = self.choice("rows", N_("In the rows"))
        self.columns = self.choice("columns", N_("In the columns"))
        self.figure = self.choice("figure", N_("Figure"), N_("What the cells count"))
        self.group = GroupPick(ctx, "matrix.group", N_("All customers"), N_("Of which customers"))
        self.group.setFixedWidth(theme().metrics.em(24))
        self.group.edited.connect(self._group_edited)
        self.period = PeriodCombo(ctx, "matrix.period", "year")
        self.period.chosen.connect(lambda _first, _last: self.reload())
        self.currency = self.choice("currency", N_("Currency"))
        self._group_value = ""
        turn = Command("matrix.turn", N_("Turn it round"), self.turn, "refresh-cw", "Ctrl+T")
        self.turn_action = ctx.commands.add(turn, self)
        self.choices.addWidget(self.label(N_("In the rows")))
        self.choices.addWidget(self.rows)
        self.choices.addWidget(icon_button_of(self.turn_action))
        self.choices.addWidget(self.label(N_("In the columns")))
        self.choices.addWidget(self.columns)
        self.choices.addSpacing(theme().metrics.space(2))
        self.choices.addWidget(self.figure)
        self.choices.addWidget(self.period)
        self.choices.addWidget(self.currency)
        self.choices.addStretch(1)
        self.choices.addWidget(self.group)
        self.currency.hide()
        self.retranslate()

    def retranslate(self) -> None:
        """Figures and totals in the language in force."""
        super().retranslate()
        if hasattr(self, "group"):
            self.group.retranslate()
            chosen = str(self.figure.currentData() or self._wanted["figure"] or "customers")
            fill_combo(self.figure, [(one.value, _(one.label)) for one in self._figures], chosen)
            self.hint.setText(_("The stronger the colour, the more · Enter opens the customers"))
            self.reload()

    # Choosing

    def show_target(self, target: dict[str, Any]) -> None:
        """`rows`, `columns`, `figure` and `group` choose, as the command line names them."""
        self._wanted |= {name: str(target[name]) for name in ("rows", "columns") if target.get(name)}
        if target.get("figure"):
            self.figure.setCurrentIndex(self.figure.findData(str(target["figure"])))
        if target.get("group"):
            self.group.set_value(str(target["group"]))
            self._group_value = str(target["group"])
        if any(target.get(name) for name in ("rows", "columns", "figure", "group")):
            self._forget_axes()
            self.reload()

    def _forget_axes(self) -> None:
        """What is wanted goes before what the combos show."""
        for combo in (self.rows, self.columns):
            combo.setCurrentIndex(-1)

    def _group_edited(self) -> None:
        value = self.group.value() or ""
        if value != self._group_value and (value or not self.group.text().strip()):
            self._group_value = value
            self.reload()

    def turn(self) -> None:
        """Rows become columns."""
        rows, columns = self.rows.currentData(), self.columns.currentData()
        if rows and columns:
            self._wanted |= {"rows": str(columns), "columns": str(rows)}
            self._forget_axes()
            self.reload()

    def _asked(self) -> _Asked:
        start, end = self.period.period()
        figure = str(self.figure.currentData() or "customers")
        is_timed = figure in _OF_PERIOD
        return _Asked(
            str(self.rows.currentData() or self._wanted["rows"]),
            str(self.columns.currentData() or self._wanted["columns"]),
            figure,
            self._group_value,
            start if is_timed else None,
            end if is_timed else None,
            str(self.currency.currentData() or ""),
        )

    def options(self) -> Options:
        """The same question as a report."""
        from crmdesk.services import groups
        from crmdesk.services.reports.declared import Options

        asked = self._found.asked if self._found is not None else self._asked()
        return Options(
            rows=asked.rows,
            columns=asked.columns,
            figure=asked.figure,
            filter=groups.expression(groups.parse(asked.group)) if asked.group else "",
            date_from=asked.date_from,
            date_to=asked.date_to or clock.today(),
        )

    def ask(self) -> None:
        """Reads the matrix."""
        asked = self._asked()
        self.period.setVisible(asked.figure in _OF_PERIOD)
        self._ctx.read(
            lambda connection: _read(connection, asked),
            owner=self,
            on_done=self._show,
            on_error=self._refused,
            replaces="matrix",
        )

    def _refused(self, error: Exception) -> bool:
        self.failed(error)
        if isinstance(error, InvalidInput) and error.field == "columns":  # too wide; high it may be
            self.banner.show_message(str(error), "warn", _("Turn it round"), self.turn)
        return True

    # Showing

    def _show(self, found: _Found) -> None:
        self.loading.set_loading(False)
        self.banner.hide()
        self._found = found
        asked, matrix = found.asked, found.matrix
        options = [(one.name, one.title) for one in found.axes]
        fill_combo(self.rows, options, asked.rows)
        fill_combo(self.columns, options, asked.columns)
        self._wanted = {"rows": asked.rows, "columns": asked.columns, "figure": asked.figure}
        for name, value in self._wanted.items():
            self._ctx.settings.put(_KEPT + name, value)
        fill_combo(self.currency, [(one, one) for one in matrix.currencies], asked.currency)
        self.currency.setVisible(len(matrix.currencies) > 1)
        is_empty = not matrix.total.customers
        if is_empty:
            self.empty.set_words(
                _("Nobody to cross") if not asked.group else _("Nobody is in this group"),
                _("Put customers into categories or give them tags; here you see how the two go together.")
                if not asked.group
                else _("Choose another group, or empty the field to see all customers."),
            )
        else:
            self.grid.show_grid(found.grid)
        self.stack.setCurrentIndex(1 if is_empty else 0)
        self.open_action.setEnabled(not is_empty)
        if is_empty:
            self.told.setText("")

    def _currency(self) -> str:
        return self._found.asked.currency if self._found is not None else ""

    def _figure(self) -> str:
        return self._found.asked.figure if self._found is not None else "customers"

    def _at(self, row: int, column: int) -> tuple[Cell, list[str]] | None:
        """A cell, and the titles it stands under (of a total one or none)."""
        if self._found is None:
            return None
        matrix = self._found.matrix
        is_last_row, is_last_column = row == len(matrix.rows), column == len(matrix.columns)
        titles = [] if is_last_row else [matrix.rows[row].title]
        titles += [] if is_last_column else [matrix.columns[column].title]
        if is_last_row:
            return (matrix.total if is_last_column else matrix.column_totals[column]), titles
        return (matrix.row_totals[row] if is_last_column else matrix.cells[row][column]), titles

    def filter_at(self, row: int, column: int) -> tuple[str, str] | None:
        """Who stands in a cell."""
        found = self._at(row, column)
        if found is None or not found[0].customers:
            return None
        cell, titles = found
        return cell.filter, " × ".join(titles) or _("All customers")

    def told_at(self, row: int, column: int) -> str:
        """Figure, customers, and the share of the whole."""
        found = self._at(row, column)
        if found is None or self._found is None:
            return ""
        cell, titles = found
        currency, figure = self._currency(), self._figure()
        parts = [" × ".join(titles) or _("Total (each customer once)")]
        value, whole = cell.value(figure, currency), self._found.matrix.total.value(figure, currency)
        if figure != "customers":
            parts.append(f"{_(self._label(figure))} {_value_words(figure, value, currency, has_sign=True)}")
        parts.append(counted(N_("{count} customers"), cell.customers))
        if value > 0 and whole > 0 and titles:
            parts.append(_("{percent} % of the whole").format(percent=f"{value * 100 / whole:.1f}"))
        return " · ".join(parts)

    def _label(self, figure: str) -> str:
        return next(one.label for one in self._figures if one.value == figure)

    def heading(self) -> tuple[str, str]:
        """What is crossed, and as at which day."""
        if self._found is None:
            return super().heading()
        asked, matrix = self._found.asked, self._found.matrix
        title = _("{figure}: {rows} × {columns}").format(
            figure=_(self._label(asked.figure)), rows=matrix.rows_title, columns=matrix.columns_title
        )
        return title, " · ".join(
            filter(None, (asked.group.partition(":")[2], self._currency(), clock.today().isoformat()))
        )
