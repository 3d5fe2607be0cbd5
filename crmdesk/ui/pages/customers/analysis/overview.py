"""All groups in one table: members, what they bought, what they owe, who came and went in a period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from crmdesk.models import clock
from crmdesk.models.clauses import ANY_OF, Clause, text_of
from crmdesk.models.spans import range_of
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.pages.customers.analysis import COMPARE, OVERVIEW
from crmdesk.ui.pages.customers.analysis.base import WATCHED
from crmdesk.ui.period_combo import PeriodCombo
from crmdesk.ui.report_file import write_report
from crmdesk.ui.report_rows import ReportRows

_PERIOD = "year"


def _until(end: date | None) -> date:
    """Until today at most, as groups are compared: nobody owes what is not yet due."""
    return min(end or clock.today(), clock.today())


class OverviewPage(ListPage):
    """The report `segments` as a list; Enter opens the customers of a group, Alt+B compares the chosen ones."""

    def __init__(self, ctx: Context) -> None:
        from crmdesk.services.reports.declared import Options
        from crmdesk.services.reports.segments import FIELDS

        start, end = range_of(_PERIOD, clock.today())
        self.rows = ReportRows(ctx, "segments", FIELDS, Options(date_from=start, date_to=_until(end)))
        names = [field.name for field in FIELDS]
        looks: dict[str, dict[str, Any]] = {
            "segment": {"is_strong": True},
            "currency": {"is_muted": True},
            "overdue": {"tone": lambda row: "danger" if row[names.index("overdue")] else ""},
            "joined": {"tone": lambda row: "good" if row[names.index("joined")] else ""},
            "left": {"tone": lambda row: "danger" if row[names.index("left")] else ""},
        }
        super().__init__(
            ctx,
            OVERVIEW,
            N_("Overview of groups"),
            self.rows,
            [Column(field, **looks.get(field.name, {})) for field in FIELDS],
            watch=WATCHED,
            icon="list",
            search_hint=N_("Group"),
            count_words=N_("{count} rows"),
            empty_title=N_("No groups yet"),
            empty_text=N_(
                "Make a group by a rule or by hand; what it buys, owes and gains stands here then."
            ),
        )
        self._ctx = ctx
        self.period = PeriodCombo(ctx, f"{OVERVIEW}.period", _PERIOD)
        self.period.chosen.connect(self._use)
        self.add_filter(self.period)
        self.enable_export()
        self.export_requested.connect(lambda _query, _columns: self.export())
        self.opened.connect(self._open)
        self.add_button(
            Command(
                f"{OVERVIEW}.compare",
                N_("Compare"),
                self.compare,
                "scale",
                "Alt+B",
                N_("Puts the selected groups side by side"),
            )
        )
        make = Command(
            f"{OVERVIEW}.new", N_("New group"), lambda: ctx.go("customers", part="segments", new=True), "plus",
            "Ctrl+N",
        )  # fmt: skip
        self.add_empty_button(ctx.commands.add(make, self), "primary")

    def _use(self, first: Any, last: Any) -> None:
        self.rows.use(replace(self.rows.options, date_from=first, date_to=_until(last)))
        self.reload()

    def _names(self, ids: list[int]) -> list[str]:
        found = [row[0] for one in ids if (row := self.rows.raw(one)) is not None]
        return list(dict.fromkeys(found))

    def _open(self, row_id: int) -> None:
        for name in self._names([row_id]):
            self._ctx.go("customers", filter=text_of(Clause("segment", ANY_OF, (name,))), words=name)

    def compare(self) -> None:
        """The selected groups side by side."""
        from crmdesk.services.comparing import GROUPS_MAX, GROUPS_MIN

        names = self._names(self.table.selected_ids())
        if len(names) < GROUPS_MIN:
            self._ctx.notices.toast(_("Select two to six groups (Shift or Ctrl), then compare them."), "warn")
            return
        self._ctx.go("customers", part=COMPARE, groups=[f"segment:{name}" for name in names[:GROUPS_MAX]])

    def export(self) -> None:
        """The report as PDF, Excel or csv."""
        options = self.rows.options
        papers.ask_file(
            self._ctx,
            self,
            _("Export what is shown"),
            f"{_('Segments')} {options.date_to.isoformat()}.xlsx",
            lambda path: write_report(self._ctx, self, "segments", options, path),
        )
