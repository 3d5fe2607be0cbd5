"""An electronic tax invoice (XML, OFD, PDF, UBL, CII) beside the request it answers; Enter issues the request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from crmdesk.models import money
from crmdesk.models.specs import fapiao as specs
from crmdesk.text import _
from crmdesk.ui import fapiao_words as words
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.fapiao_request import open_request
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.einvoice.comparing import Compared
    from crmdesk.services.einvoice.reading import Match, ReadInvoice
    from crmdesk.services.fapiao_facts import RequestFacts
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.kit.tasks import Progress

FORMATS = {"digital_xml": "XML", "ofd": "OFD", "pdf": "PDF", "ubl": "UBL", "cii": "CII"}
_CANDIDATES_SEEN = 4


class Read(NamedTuple):
    """A file that was read: what it says, which requests it may answer, whose it is, whether the book has it."""

    invoice: ReadInvoice
    match: Match
    customer: str
    known_id: int | None


def open_dialog(ctx: Context, parent: QWidget, path: Path) -> FileDialog:
    """Reads a file in the background and shows what it says."""
    dialog = FileDialog(ctx, parent, path)
    dialog.show_sheet()
    dialog.read()
    return dialog


class FileDialog(Dialog):
    """Left the file, right the request; what differs is marked."""

    def __init__(self, ctx: Context, parent: QWidget, path: Path) -> None:
        super().__init__(
            parent, _("Tax invoice from a file"), name="fapiaoFile", subtitle=path.name, width=100
        )
        self._ctx = ctx
        self._path = path
        self.found: Read | None = None
        self._chosen = ""
        self._compared: tuple[Compared, ...] = ()
        self.banner = Banner("fapiaoFile.banner")
        self.body.addWidget(self.banner)
        self.number = labels.heading()
        self.number.setObjectName("fapiaoFile.number")
        self.body.addWidget(self.number)
        self.facts = labels.caption()
        self.facts.setObjectName("fapiaoFile.facts")
        self.body.addWidget(self.facts)
        self.candidates = EntryList("fapiaoFile.candidates")
        self.candidates.setAccessibleName(_("Requests that come into question"))
        self.candidates.current_changed.connect(self._choose)
        self.candidates.chosen.connect(lambda _entry: self.issue())
        self.candidates.hide()
        self.body.addWidget(self.candidates)
        self._holder = QWidget()
        self._grid = QGridLayout(self._holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme().metrics.space(4))
        self._grid.setVerticalSpacing(theme().metrics.space(2))
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        self.body.addWidget(self._holder)
        self.add_cancel("fapiaoFile.cancel")
        self.record_button = self.add_action(
            _("Record without a request"), "fapiaoFile.record", self.record, shortcut="Ctrl+R"
        )
        self.issue_button = self.add_action(
            _("Record the number"), "fapiaoFile.issue", self.issue, kind="primary", shortcut="Ctrl+S"
        )
        self.record_button.hide()
        self.issue_button.hide()
        self.banner.show_message(_("Reading {file} …").format(file=path.name), "info")

    def read(self) -> None:
        """Reads the file in its own process, then looks for its request."""
        book, path = self._ctx.need_book(), self._path

        def work(progress: Progress) -> Read:
            from crmdesk.services import fapiao_facts, fapiao_plan
            from crmdesk.services.einvoice import reading

            invoice = reading.read_file(path)
            progress.check()
            with book.read() as connection:
                return Read(
                    invoice,
                    reading.match(connection, invoice),
                    fapiao_plan.buyer(connection, invoice.buyer_tax_number, invoice.buyer),
                    fapiao_facts.find(connection, invoice.number, invoice.code),
                )

        self._ctx.run_heavy(work, owner=self, on_done=self._show, on_error=self._failed)

    def _failed(self, error: Exception) -> bool:
        self.banner.show_message(sentence(error), "danger")
        return True

    def _show(self, found: Read) -> None:
        self.found = found
        one = found.invoice
        self.number.setText(" / ".join(filter(None, (one.code, words.grouped(one.number)))))
        kind = words.label(specs.KINDS, one.kind) if one.kind in (specs.SPECIAL, specs.ORDINARY) else ""
        facts = (
            FORMATS.get(one.format, one.format),
            kind,
            one.dated_on.isoformat() if one.dated_on else "",
            one.buyer,
            amount_text(money.to_minor(one.total, one.currency), one.currency),
        )
        self.facts.setText(" · ".join(filter(None, facts)))
        if found.known_id is not None:
            self._tell_known(found.known_id)
            return
        entries = [
            Entry(
                f"{one.request} · {one.customer_name}",
                _reason(one.reason),
                amount_text(one.total_minor, one.currency),
                icon="inbox",
                data=one.request,
            )
            for one in found.match.candidates
        ]
        self.record_button.show()
        if not entries:
            self.banner.show_message(
                _("No open request agrees with it. Record it as it is, or ask for it first."), "info"
            )
            self.record_button.setFocus(Qt.FocusReason.TabFocusReason)
            return
        self.issue_button.show()
        names = [entry.data for entry in entries]
        at = names.index(found.match.chosen) if found.match.chosen in names else 0
        self.candidates.set_entries(entries)
        self.candidates.setVisible(len(entries) > 1)
        row = self.candidates.height_of_all() // len(entries)
        self.candidates.setFixedHeight(row * min(len(entries), _CANDIDATES_SEEN))
        if found.match.chosen:
            self.banner.show_message(_reason(found.match.candidates[at].reason), "good")
        else:
            self.banner.show_message(_("Choose the request that it answers."), "warn")
        self.candidates.select(at)
        self._choose(entries[at])
        target = self.issue_button if found.match.chosen else self.candidates
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def _tell_known(self, known_id: int) -> None:
        def show() -> None:
            self.accept()
            self._ctx.go("invoices", fapiao=known_id)

        self.banner.show_message(_("This tax invoice is in the book already."), "info", _("Show"), show)

    def _choose(self, entry: Entry | None) -> None:
        if entry is None or entry.data == self._chosen or self.found is None:
            return
        self._chosen = str(entry.data)
        number, invoice = self._chosen, self.found.invoice

        def work(connection: Any) -> tuple[RequestFacts, tuple[Compared, ...]]:
            from crmdesk.services import fapiao_facts
            from crmdesk.services.einvoice import comparing

            facts = fapiao_facts.load_request(connection, number)
            return facts, comparing.compare(invoice, facts)

        self._ctx.read(work, owner=self, on_done=self._compare, replaces="request")

    def _compare(self, answer: tuple[RequestFacts, tuple[Compared, ...]]) -> None:
        from crmdesk.services.einvoice import comparing

        facts, self._compared = answer
        while (item := self._grid.takeAt(0)) is not None:
            if (made := item.widget()) is not None:
                made.hide()
                made.deleteLater()
        self._put(0, ("", _("The file"), _("Request {number}").format(number=facts.number)), is_head=True)
        for row, one in enumerate(self._compared, 1):
            title = _(comparing.LABELS[one.name])
            self._put(row, (title, one.read or "—", one.asked or "—"))
            if not one.is_same:
                chip = Chip(_("Differs"), "danger" if one.name == comparing.TOTAL else "warn")
                chip.setObjectName(f"fapiaoFile.differs.{one.name}")
                self._grid.addWidget(chip, row, 3)
        can_issue = comparing.is_issuable(self._compared)
        self.issue_button.setEnabled(can_issue)
        self.issue_button.setText(_("Issue {number}").format(number=facts.number))
        self.issue_button.setAccessibleName(self.issue_button.text())
        if not can_issue:
            self.banner.show_message(
                _("The totals differ: this request cannot be issued with it. Choose another, or record it."),
                "warn",
            )

    def _put(self, row: int, texts: tuple[str, str, str], *, is_head: bool = False) -> None:
        for column, text in enumerate(texts):
            quiet = is_head or column == 0
            made: QWidget = labels.caption(text) if quiet else Paragraph(text)
            self._grid.addWidget(made, row, column, Qt.AlignmentFlag.AlignTop)

    def issue(self) -> None:
        """Issues the chosen request with what was read."""
        found = self.found
        if found is None or not self._chosen or not self.issue_button.isEnabled():
            return
        from crmdesk.services.einvoice import reading

        self.issue_button.setEnabled(False)
        self._ctx.run_use_case(
            "fapiao.issue",
            reading.issue_arguments(found.invoice, self._chosen),
            owner=self,
            on_done=self._done,
            on_error=self._refused,
        )

    def _refused(self, error: Exception) -> bool:
        self.issue_button.setEnabled(True)
        self.banner.show_message(sentence(error), "danger")
        return True

    def _done(self, outcome: Outcome) -> None:
        record_id, ctx, request = int(outcome.result["fapiao"]), self._ctx, self._chosen
        self.accept()
        ctx.notices.toast(
            _("{request} is issued with tax invoice {number}.").format(
                request=request, number=outcome.result["number"]
            ),
            "good",
            _("Show"),
            lambda: ctx.go("invoices", fapiao=record_id),
        )

    def record(self) -> None:
        """Records it with what was read, for the customer it names."""
        found, parent = self.found, self.parentWidget()
        if found is None or parent is None:
            return
        one = found.invoice
        values = {
            "number": one.number,
            "code": one.code,
            "total": one.total,
            "kind": one.kind if one.kind in (specs.SPECIAL, specs.ORDINARY) else specs.ORDINARY,
            "medium": one.medium
            if one.medium in (specs.DIGITAL, specs.ELECTRONIC, specs.PAPER)
            else specs.DIGITAL,
        }
        if one.dated_on is not None:
            values["date"] = one.dated_on
        self.accept()
        open_request(self._ctx, parent, customer=found.customer, is_record=True, values=values)


def _reason(name: str) -> str:
    from crmdesk.services.einvoice import reading

    return _(reading.REASONS[name])
