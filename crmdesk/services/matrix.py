"""Any two dimensions of the customers crossed: counts and sums, each cell with the filter that opens its customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice
from crmdesk.services import axes, group_figures, groups
from crmdesk.services.axes import Axis, Heading
from crmdesk.services.collecting import no_collection
from crmdesk.services.lists.columns import Ids
from crmdesk.text import N_, _

CUSTOMERS, REVENUE, BALANCE, OVERDUE, INVOICES = "customers", "revenue", "balance", "overdue", "invoices"
FIGURES = (
    Choice(CUSTOMERS, N_("Customers")),
    Choice(REVENUE, N_("Revenue, excl. tax")),
    Choice(BALANCE, N_("Balance")),
    Choice(OVERDUE, N_("Overdue")),
    Choice(INVOICES, N_("Invoices")),
)
MONEY = frozenset({REVENUE, BALANCE, OVERDUE})
OWED = frozenset({BALANCE, OVERDUE})
"""As at a day; the others are of a period, or of nothing but the customers."""

COLUMNS_MAX = 60
_CELLS_MAX = 200_000


@dataclass(slots=True)
class Cell:
    """One cell: different customers, and the figure's sums by currency (minor units) or its count of invoices.

    `filter` opens the customers in the customers list.
    """

    filter: str
    customers: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    invoices: int = 0

    def value(self, figure: str, currency: str) -> int:
        """The figure of the cell; `currency` counts for amounts only."""
        if figure == CUSTOMERS:
            return self.customers
        return self.invoices if figure == INVOICES else self.sums.get(currency, 0)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of cells. Who is under several headings counts in each, and once in the totals."""

    rows_title: str
    columns_title: str
    figure: str
    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    cells: tuple[tuple[Cell, ...], ...]
    row_totals: tuple[Cell, ...]
    column_totals: tuple[Cell, ...]
    total: Cell
    currencies: tuple[str, ...]
    """Of the amounts, in order; one empty one for counts."""
    date_from: date | None
    date_to: date

    def heat(self, currency: str = "") -> tuple[tuple[int, ...], ...]:
        """How warm each cell is: 0 (nothing, or less) to 100 (the largest of its currency)."""
        most = max(
            (cell.value(self.figure, currency) for row in self.cells for cell in row),
            default=0,
        )
        return tuple(
            tuple(max(cell.value(self.figure, currency), 0) * 100 // most if most > 0 else 0 for cell in row)
            for row in self.cells
        )


def matrix(
    connection: Connection,
    rows_by: str,
    columns_by: str,
    *,
    figure: str = CUSTOMERS,
    filter: str = "",  # noqa: A002 the word of the command line
    date_from: date | None = None,
    date_to: date | None = None,
) -> Matrix:
    """Crosses two axes (`axes.axes` names them) over the customers that a filter finds.

    revenue and invoices are those of the period (`date_from` None: ever), revenue as `report sales` has it; balance and
    overdue are as at its end, today at the latest, where they are those of the customers list. Headings nobody stands
    under are left out. Raises NotFound for an unknown axis, InvalidInput for an unknown figure, a wrong filter, and a
    matrix that is too wide.
    """
    if figure not in [one.value for one in FIGURES]:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="figure", value=figure[:40], choices=", ".join(one.value for one in FIGURES)
            ),
            field="figure",
        )
    until = date_to or clock.today()
    if figure in OWED:
        until = group_figures.owed_on(until)
    with no_collection():
        ids = groups.members(connection, groups.Group(groups.FILTER, filter))
        across = _narrowed(axes.load(connection, columns_by), ids)
        down = _narrowed(axes.load(connection, rows_by), ids)
        _require_size(down, across)
        money, invoices = _amounts(connection, figure, date_from, until)
        return _filled(ids, down, across, figure, filter, money, invoices, (date_from, until))


def _narrowed(axis: Axis, ids: Ids[int]) -> Axis:
    """The axis with the headings that these customers stand under."""
    used: set[int] = set()
    kept: dict[int, tuple[int, ...]] = {}
    rest = (axis.rest,)
    for one in ids:
        spots = kept[one] = axis.places.get(one, rest)
        used.update(spots)
    order = {at: place for place, at in enumerate(sorted(used))}
    places = {one: tuple(order[at] for at in spots) for one, spots in kept.items()}
    headings = tuple(axis.headings[at] for at in order)
    return axis._replace(headings=headings, places=places)


def _require_size(down: Axis, across: Axis) -> None:
    if len(across.headings) > COLUMNS_MAX or len(down.headings) * len(across.headings) > _CELLS_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _(
                "The matrix would have {rows} rows and {columns} columns; {limit} columns are the limit. "
                "Turn it round, take a coarser dimension, or filter the customers."
            ).format(rows=len(down.headings), columns=len(across.headings), limit=COLUMNS_MAX),
            field="columns",
        )


def _amounts(
    connection: Connection, figure: str, start: date | None, end: date
) -> tuple[group_figures.Money, dict[int, int]]:
    if figure in (REVENUE, INVOICES):
        sold = group_figures.sold(connection, start, end)
        return (sold.net, {}) if figure == REVENUE else ({}, sold.invoices)
    if figure in OWED:
        owed = group_figures.owed(connection, end)
        return (owed.balance if figure == BALANCE else owed.overdue), {}
    return {}, {}


def _joined(base: str, *filters: str) -> str:
    """The filter of a cell: that of the whole matrix, and those of its headings."""
    return " and ".join([f"({base})"] * bool(base) + list(filters))


def _filled(
    ids: Ids[int],
    down: Axis,
    across: Axis,
    figure: str,
    base: str,
    money: group_figures.Money,
    invoices: dict[int, int],
    period: tuple[date | None, date],
) -> Matrix:
    cells = tuple(
        tuple(Cell(_joined(base, row.filter, column.filter)) for column in across.headings)
        for row in down.headings
    )
    row_totals = tuple(Cell(_joined(base, row.filter)) for row in down.headings)
    column_totals = tuple(Cell(_joined(base, column.filter)) for column in across.headings)
    total = Cell(base)
    nothing: dict[str, int] = {}
    currencies: set[str] = set()
    for one in ids:
        sums, count = money.get(one, nothing), invoices.get(one, 0)
        currencies.update(sums)
        rows, columns = down.places[one], across.places[one]
        for cell in (
            total,
            *(row_totals[at] for at in rows),
            *(column_totals[at] for at in columns),
            *(cells[row][column] for row in rows for column in columns),
        ):
            cell.customers += 1
            cell.invoices += count
            for currency, minor in sums.items():
                cell.sums[currency] = cell.sums.get(currency, 0) + minor
    shown = tuple(sorted(currencies)) if figure in MONEY else ("",)
    return Matrix(
        down.title,
        across.title,
        figure,
        down.headings,
        across.headings,
        cells,
        row_totals,
        column_totals,
        total,
        shown,
        *period,
    )
