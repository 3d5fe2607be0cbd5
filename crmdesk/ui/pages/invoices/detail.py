"""One invoice, credit note or opening item beside the list: its page as printed, its facts, what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import (
    invoice_actions,
    payment_actions,
    quick_payment,
    set_aside_actions,
    taking_back,
)
from crmdesk.ui.dialogs.allocate import open_allocate
from crmdesk.ui.dialogs.einvoice_export import open_export
from crmdesk.ui.dialogs.fapiao_request import open_request
from crmdesk.ui.dialogs.print_options import open_print_options
from crmdesk.ui.document_view import DocumentView
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts

_PRINTED = {"invoice": "invoice", "credit": "credit-note"}


class InvoiceView(DocumentView):
    """`copy_requested(number)` and `credit_requested(number)` ask the place to open its editor, `repeat_requested`
    the form of a recurring invoice. The commands belong to `page`, so that their keys are heard in its list."""

    copy_requested = Signal(str)
    repeat_requested = Signal(str)
    credit_requested = Signal(str)
    reissue_requested = Signal(str)

    def __init__(self, ctx: Context, page: QWidget, place: str, *, is_credit: bool = False) -> None:
        self.own_record = "credit" if is_credit else "invoice"
        super().__init__(
            ctx, place, "file-text", N_("Choose a document to see it here. A draft opens with Enter.")
        )
        self._shown_paper = ("", -1)
        add = self.add_button
        if is_credit:
            add(N_("Apply"), "apply", self._apply, icon="link", kind="primary", when=_is_open)
        else:
            add(N_("Receive"), "receive", self._receive, icon="banknote", when=_is_open)
        add(N_("Print"), "print", self._print, icon="printer", when=_can_print)
        add(N_("PDF"), "pdf", self._save, icon="download", when=_can_print)
        more = self.add_more
        if is_credit:
            more(N_("Refund …"), "refund", self._refund, icon="rotate-ccw", when=_is_open)
            more(N_("Use for another customer …"), "transfer", self._transfer, icon="users", when=_is_open)
        else:
            more(N_("Delivery note …"), "deliver", self._deliver, icon="package", when=_is_invoice)
            more(N_("Copy to a new invoice"), "copy", self._copy, icon="copy", when=_is_invoice)
            more(N_("Repeat …"), "repeat", self._repeat, icon="refresh-cw", when=_is_invoice)
            more(N_("Credit note …"), "credit", self._credit, icon="undo", when=_can_credit)
            more(N_("Issue anew …"), "reissue", self._reissue, icon="refresh-cw", when=_can_credit)
            more(N_("Request tax invoice …"), "fapiao", self._request_fapiao, icon="receipt", when=_can_ask)
            more(N_("Write off …"), "writeoff", self._write_off, icon="minus", when=_is_open)
        more(N_("E-invoice …"), "einvoice", self._einvoice, icon="download", when=_can_export)
        more(N_("Void …"), "void", self._void, icon="ban", when=_is_live)
        self.release_requested.connect(self._release)
        prefix = place.removesuffix(".detail")
        keys: list[tuple[str, str, Callable[[], object], str, str]] = [
            ("print", N_("Print"), self._with(self._print, _can_print), "printer", "Ctrl+P"),
            ("release", N_("Release the allocation"), self._release_current, "", "Ctrl+R"),
            ("void", N_("Void …"), self._with(self._void, _is_live), "", "Ctrl+Shift+D"),
        ]
        if is_credit:
            keys += [
                ("apply", N_("Apply"), self._with(self._apply, _is_open), "link", "Ctrl+L"),
                ("refund", N_("Refund …"), self._with(self._refund, _is_open), "", "Ctrl+Shift+R"),
                (
                    "transfer",
                    N_("Use for another customer …"),
                    self._with(self._transfer, _is_open),
                    "",
                    "Ctrl+Shift+L",
                ),
            ]
        else:
            keys += [
                ("receive", N_("Receive"), self._with(self._receive, _is_open), "banknote", "Ctrl+L"),
                ("writeoff", N_("Write off …"), self._with(self._write_off, _is_open), "", "Ctrl+Shift+W"),
            ]
        keys.append(
            ("einvoice", N_("E-invoice …"), self._with(self._einvoice, _can_export), "download", "Ctrl+Alt+E")
        )
        if prefix == "invoices":
            keys += [
                ("credit", N_("Credit note …"), self._with(self._credit, _can_credit), "", "Ctrl+Shift+C"),
                (
                    "deliver",
                    N_("Delivery note …"),
                    self._with(self._deliver, _is_invoice),
                    "package",
                    "Ctrl+Alt+P",
                ),
                (
                    "reissue",
                    N_("Issue anew …"),
                    self._with(self._reissue, _can_credit),
                    "refresh-cw",
                    "Ctrl+Alt+R",
                ),
                ("repeat", N_("Repeat …"), self._with(self._repeat, _is_invoice), "", "Ctrl+Shift+M"),
            ]
        for name, words, run, icon, shortcut in keys:
            ctx.commands.add(Command(f"{prefix}.{name}", words, run, icon, shortcut), page)

    def build_below(self) -> None:
        """The page and the facts as tabs."""
        space = theme().metrics.space
        self.tabs = QTabWidget()
        self.tabs.setObjectName(f"{self.objectName()}.tabs")
        self.paper = PagePreview(f"{self.objectName()}.paper")
        self.paper.fit_width()
        facts = QWidget()
        column = QVBoxLayout(facts)
        column.setContentsMargins(0, space(3), 0, 0)
        column.setSpacing(space(3))
        column.addWidget(self.facts_grid)
        if self.own is not None:
            column.addWidget(self.own)
        column.addWidget(self.links_title)
        column.addWidget(self.links, 1)
        self.tabs.addTab(facts, "")
        self.tabs.addTab(self.paper, "")
        self.tabs.setCurrentIndex(1 if self._ctx.settings.get("invoices.tab", 1) == 1 else 0)
        self.tabs.currentChanged.connect(self._use_tab)
        self.below.addWidget(self.tabs, 1)
        self.column.setContentsMargins(space(4), space(4), space(4), 0)

    def show_facts(self, facts: Facts) -> None:
        """Facts, and the page where there is one."""
        super().show_facts(facts)
        self.tabs.setTabVisible(1, _can_print(facts))
        # Whatever happens to a document changes its page (paid, void, printed again).
        self._shown_paper = ("", -1)
        self._show_paper()

    def retranslate(self) -> None:
        """Titles of the tabs."""
        super().retranslate()
        self.tabs.setTabText(0, _("Details"))
        self.tabs.setTabText(1, _("Page"))

    def _use_tab(self, index: int) -> None:
        self._ctx.settings.put("invoices.tab", index)
        self._show_paper()

    def _show_paper(self) -> None:
        facts = self.facts
        if facts is None or self.tabs.currentIndex() != 1 or not _can_print(facts):
            return
        wanted = (facts.number, facts.document_id)
        if wanted != self._shown_paper:
            self._shown_paper = wanted
            papers.show(self._ctx, self.paper, self._paper(facts))

    def _paper(self, facts: Facts) -> papers.Paper:
        return papers.document_paper(
            _PRINTED[facts.kind], [facts.number], actor=self._ctx.actor, party=facts.customer_name
        )

    def _copy(self, facts: Facts) -> None:
        self.copy_requested.emit(facts.number)

    def _deliver(self, facts: Facts) -> None:
        open_print_options(self._ctx, self, "delivery-note", [facts.number])

    def _repeat(self, facts: Facts) -> None:
        self.repeat_requested.emit(facts.number)

    def _apply(self, facts: Facts) -> None:
        open_allocate(self._ctx, self, facts)

    def _transfer(self, facts: Facts) -> None:
        set_aside_actions.transfer(self._ctx, self, facts)

    def _reissue(self, facts: Facts) -> None:
        self.reissue_requested.emit(facts.number)

    def _credit(self, facts: Facts) -> None:
        self.credit_requested.emit(facts.number)

    def _refund(self, facts: Facts) -> None:
        payment_actions.refund(self._ctx, self, facts)

    def _write_off(self, facts: Facts) -> None:
        invoice_actions.write_off(self._ctx, self, facts)

    def _void(self, facts: Facts) -> None:
        invoice_actions.void(self._ctx, self, facts)

    def _with(self, action: Callable[[Facts], Any], when: Callable[[Facts], bool]) -> Callable[[], None]:
        def run() -> None:
            if self.facts is not None and when(self.facts):
                action(self.facts)

        return run

    def _print(self, facts: Facts) -> None:
        open_print_options(self._ctx, self, _PRINTED[facts.kind], [facts.number])

    def _save(self, facts: Facts) -> None:
        papers.save_pdf(self._ctx, self, self._paper(facts))

    def _request_fapiao(self, facts: Facts) -> None:
        open_request(self._ctx, self, customer=facts.customer, invoices=[facts.number])

    def _einvoice(self, facts: Facts) -> None:
        open_export(self._ctx, self, _PRINTED[facts.kind], facts.number, facts.customer)

    def _receive(self, facts: Facts) -> None:
        quick_payment.open_dialog(self._ctx, self, customer=facts.customer)

    def _release_current(self) -> None:
        entry = self.links.current()
        if entry is not None and entry.data is not None:
            self._release(entry.data)

    def _release(self, link: Any) -> None:
        """Takes back what settles this document, or what it settles: an allocation, a write-off, a refund."""
        if self.facts is not None:
            taking_back.take_back(self._ctx, self, self.facts, link)


def _is_live(facts: Facts) -> bool:
    return not facts.is_reversed


def _is_open(facts: Facts) -> bool:
    return (
        facts.open_minor > 0 and not facts.is_reversed and (facts.kind != "opening" or facts.effect_minor > 0)
    )


def _is_invoice(facts: Facts) -> bool:
    return facts.kind == "invoice"


def _can_credit(facts: Facts) -> bool:
    return facts.kind == "invoice" and not facts.is_reversed and facts.total_minor > 0


def _can_ask(facts: Facts) -> bool:
    return facts.kind in ("invoice", "opening") and not facts.is_reversed and facts.effect_minor > 0


def _can_export(facts: Facts) -> bool:
    return _can_print(facts) and not facts.is_reversed


def _can_print(facts: Facts) -> bool:
    return facts.kind in _PRINTED
