"""Where a printer puts things: how far everything on a paper is moved, with a test page to measure by."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui import papers, printer
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.settings.section import Section

_FIELDS = (
    Field("right", Kind.QUANTITY, N_("To the right (mm)"), sign="any"),
    Field("down", Kind.QUANTITY, N_("Down (mm)"), sign="any"),
)


class OffsetsCard:
    """A card of the section Documents: one paper at a time."""

    def __init__(self, ctx: Context, section: Section) -> None:
        self._ctx = ctx
        self._section = section
        self._offsets: dict[str, Any] = {}
        card = section.add_card(
            N_("Where the printer prints"),
            N_(
                "Pre-printed forms and dot-matrix printers: print the test page, measure, and move each paper."
            ),
        )
        name = section.objectName()
        self.paper = Segments(f"{name}.offsetPaper", [(one, one) for one in papers.PAPERS], _("Paper"))
        section.say(self.paper.setAccessibleName, N_("Paper"))
        self.paper.set_value(papers.PAPERS[-1])
        self.paper.changed.connect(lambda _value: self._show())
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(2))
        row.addWidget(self.paper)
        row.addStretch(1)
        row.addWidget(section.make_button("testPage", N_("Print a test page"), self.print_test))
        row.addWidget(section.make_button("offsetSave", N_("Move it"), self.save))
        card.body.addLayout(row)
        self.form = Form(ctx, _FIELDS, name=f"{name}.offsets", columns_max=2)
        self.form.submitted.connect(self.save)
        card.body.addWidget(self.form)

    def take(self, own: Any) -> None:
        """The offsets as the book has them."""
        self._offsets = dict(own.print_offsets)
        if not self.form.is_dirty():
            self._show()

    def _show(self) -> None:
        right, down = self._offsets.get(self.paper.value(), (0, 0))
        self.form.set_values({"right": Decimal(right) / 10, "down": Decimal(down) / 10})

    def save(self) -> None:
        """Keeps the offset of the paper that is shown."""
        try:
            values = self.form.values()
        except CrmdeskError:
            return
        arguments = {name: f"{value or 0:f}" for name, value in values.items()}
        self._ctx.run_use_case(
            "print.offset_set",
            {"paper": self.paper.value(), **arguments},
            owner=self.form,
            on_done=lambda _outcome: self._saved(),
            on_error=self.form.take_error,
        )

    def _saved(self) -> None:
        self.form.mark_clean()
        self._ctx.notices.toast(_("Saved."), "good")

    def print_test(self) -> None:
        """Prints the paper with what is typed, so that it can be tried before it is saved."""
        paper = self.paper.value()
        offset = (float(self.form.value("right") or 0), float(self.form.value("down") or 0))

        def render(_connection: Any) -> Any:
            from crmdesk.services.documents import printer_test

            return printer_test.render(paper, offset)

        page = papers.Paper(_("Test page"), (paper,), "test.pdf", render)
        printer.print_paper(self._ctx, self._section, page)
