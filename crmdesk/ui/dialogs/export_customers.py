"""Customers as files: the list as it is shown, their whole archive as one workbook, their contacts as cards."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.text import N_, _
from crmdesk.ui import contact_cards, papers
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.labels import Paragraph

if TYPE_CHECKING:
    from crmdesk.ui.kit.tasks import Progress

LIST, ARCHIVE, CARDS = "list", "archive", "cards"
SELECTED, SHOWN, ALL = "selected", "shown", "all"
_FORMS = (
    (
        LIST,
        N_("The list as shown"),
        N_(
            "A table with the rows and columns that are on the screen: an Excel workbook, or text for any program."
        ),
    ),
    (
        ARCHIVE,
        N_("Customer archive workbook"),
        N_(
            "One workbook with everything: customers, contacts, addresses, billing profiles, categories, tags and own "
            "fields. Change cells in Excel and import it again: only what differs is taken over."
        ),
    ),
    (
        CARDS,
        N_("Contacts as cards"),
        N_(
            "One vCard file for a phone's or a mail program's address book. It can be imported here again, too."
        ),
    ),
)
_FORM = "export.customers"


class ExportCustomers(Dialog):
    """What, and of whom; then where to. `shown` reads the ids of the list as it is filtered, in a task."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        selected: Sequence[int],
        shown: Callable[[], array[int]],
        shown_count: int,
        as_list: Callable[[], object],
        form: str = "",
    ) -> None:
        super().__init__(parent, _("Export customers"), name="exportCustomers", width=84)
        self._ctx = ctx
        self._page = parent
        self._selected = list(selected)
        self._shown = shown
        self._as_list = as_list
        self.form = Segments(
            "exportCustomers.form", [(key, _(words)) for key, words, _help in _FORMS], _("What")
        )
        self.form.changed.connect(lambda _value: self._follow())
        self.body.addWidget(self.form)
        self.help = Paragraph("", "", "second")
        self.body.addWidget(self.help)
        self.whom_title = labels.strong(_("Of whom"))
        self.body.addWidget(self.whom_title)
        ways = [
            (SHOWN, _("As filtered: {count}").format(count=f"{shown_count:,}")),
            (ALL, _("All customers")),
        ]
        if len(self._selected) > 1 or form:
            count = len(self._selected)
            ways.insert(0, (SELECTED, _("Selected: {count}").format(count=f"{count:,}")))
        self.whom = Segments("exportCustomers.whom", ways, _("Of whom"))
        self.whom.set_value(ways[0][0])
        self.body.addWidget(self.whom)
        self.banner = Banner("exportCustomers.banner")
        self.body.addWidget(self.banner)
        self.banner.hide()
        self.add_cancel("exportCustomers.cancel")
        self.save_button = self.add_action(
            _("Save …"), "exportCustomers.save", self.save, kind="primary", shortcut="Ctrl+S", icon="download"
        )
        kept = form or ctx.settings.text(_FORM)
        self.form.set_value(kept if kept in (LIST, ARCHIVE, CARDS) else LIST)
        self._follow()
        self.form.setFocus()

    def _follow(self) -> None:
        self.help.setText(next(_(text) for key, _words, text in _FORMS if key == self.form.value()))
        is_list = self.form.value() == LIST
        self.whom.setEnabled(not is_list)
        if is_list:
            self.whom.set_value(SHOWN)
        self.banner.hide()

    def save(self) -> None:
        """Asks where to, and writes in the background."""
        form, whom = self.form.value(), self.whom.value()
        self._ctx.settings.put(_FORM, form)
        if form == LIST:
            self.accept()
            self._as_list()
            return
        shown, selected, book = self._shown, self._selected, self._ctx.need_book()
        self.save_button.setEnabled(False)

        def work(progress: Progress) -> list[int] | None:
            from crmdesk.services.exports import cards

            ids = None if whom == ALL else selected if whom == SELECTED else list(shown())
            progress.check()
            with book.read() as connection:
                if form == CARDS and not cards.is_any(connection, ids):
                    return []
            return ids

        def done(ids: list[int] | None) -> None:
            self.save_button.setEnabled(True)
            if ids == []:
                words = (
                    _("None of them has a contact. Add contacts first, or choose all customers.")
                    if form == CARDS
                    else _("No customer is in the list. Take a filter away, or choose all customers.")
                )
                self.banner.show_message(words, "warn")
                return
            self._ask(form, ids)

        self._ctx.run_heavy(work, owner=self, on_done=done, on_error=self._failed, replaces="whom")

    def _failed(self, error: Exception) -> bool:
        self.save_button.setEnabled(True)
        self.banner.show_error(error)
        return True

    def _ask(self, form: str, ids: list[int] | None) -> None:
        ctx, page = self._ctx, self._page
        day = clock.today().isoformat()
        name = f"{_('Customer archive')} {day}.xlsx" if form == ARCHIVE else f"{_('Contacts')} {day}.vcf"

        def write(path: Path) -> None:
            self.accept()
            if form == ARCHIVE:
                write_archive(ctx, page, path, ids)
            else:
                contact_cards.write_cards(ctx, page, path, customer_ids=ids)

        papers.ask_file(ctx, self, _("Export customers"), name, write)


def write_archive(ctx: Context, owner: QWidget, path: Path, ids: Sequence[int] | None) -> None:
    """Writes the archive of all customers or of some, and says where it is."""
    book = ctx.need_book()

    def work(progress: Progress) -> tuple[Path, str]:
        from crmdesk.services.exports import archive

        progress.check()
        with book.read() as connection:
            return archive.write(connection, path, ids), archive.left_out(connection)

    def done(written: tuple[Path, str]) -> None:
        papers.say_saved(ctx, written[0])
        if written[1]:
            ctx.notices.toast(written[1], "info")

    ctx.run_heavy(
        work,
        owner=owner,
        on_done=done,
        label=_("Writing {file}").format(file=path.name),
    )
