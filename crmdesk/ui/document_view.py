"""One document beside its list: head with state, amounts, actions, facts, and the documents it is settled with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from crmdesk.models import clock
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.document_words import (
    ICONS,
    PLACES,
    ground_words,
    kind_words,
    links_words,
    method_words,
    open_words,
    state_of,
)
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import icon_button, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.own_panel import OwnPanel
from crmdesk.ui.worth_words import gain_words, worth_lines

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts, Link


class DocumentView(Speaking, QWidget):
    """Shows the document with an id. `place` prefixes the object names; a page adds its buttons with `add_button`.

    `link_menu_requested(link)` comes when an entry of the settled documents is chosen with Delete (release).
    """

    WATCHED: tuple[str, ...] = (
        *("invoice", "payment", "credit", "opening", "customer", "fapiao"),
        *("refund", "writeoff", "transfer", "deposit", "bill"),
    )
    """Kinds of records whose changes are read again."""
    own_record = ""
    """Whose own fields it shows; none where empty."""
    facts_changed = Signal(object)
    release_requested = Signal(object)

    def __init__(self, ctx: Context, place: str, icon: str, nobody: str) -> None:
        super().__init__()
        self._ctx = ctx
        self._place = place
        self._nobody_words = nobody
        self._id: int | None = None
        self.facts: Any = None
        """What `read_facts` found: here `document_facts.Facts`."""
        self._buttons: list[tuple[QPushButton, Callable[[Any], bool]]] = []
        self._entries: list[tuple[QAction, Callable[[Any], bool]]] = []
        self._more: QToolButton | None = None
        self._menu = QMenu(self)
        self._menu.setObjectName(f"{place}.menu")
        self.setObjectName(place)
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        self._nobody = EmptyState(icon, "", "", f"{place}.nobody")
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._content())
        outer.addWidget(self._stack)
        ctx.bus.watch(self, self.WATCHED, lambda _changes: self.reload())
        self.retranslate()

    # Building

    def _content(self) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(space(4), space(4), space(4), 0)
        self.column.setSpacing(space(3))
        head = QHBoxLayout()
        head.setSpacing(space(2))
        self.number = labels.heading()
        self.number.setObjectName(f"{self._place}.number")
        self.state = Chip()
        self.state.setObjectName(f"{self._place}.state")
        head.addWidget(self.number)
        head.addWidget(self.state)
        head.addStretch(1)
        self.column.addLayout(head)
        self.customer = plain_button("", f"{self._place}.customer", "link")
        self.customer.clicked.connect(self._go_to_customer)
        line = QHBoxLayout()
        line.addWidget(self.customer)
        line.addStretch(1)
        self.column.addLayout(line)
        amounts = QHBoxLayout()
        amounts.setSpacing(space(6))
        self._amounts: list[tuple[labels.Label, labels.Label]] = []
        for number in range(2):
            pair = QVBoxLayout()
            pair.setSpacing(0)
            words, figure = labels.caption(), labels.figure() if number == 0 else labels.heading()
            figure.setObjectName(f"{self._place}.{'total' if number == 0 else 'open'}")
            pair.addWidget(words)
            pair.addWidget(figure)
            if number:
                pair.addStretch(1)
            self._amounts.append((words, figure))
            amounts.addLayout(pair)
        amounts.addStretch(1)
        self.column.addLayout(amounts)
        holder = QWidget()
        self.action_row = FlowLayout(holder, gap=2)
        self.column.addWidget(holder)
        self.below = QVBoxLayout()
        self.below.setSpacing(space(3))
        self.column.addLayout(self.below, 1)
        self.facts_grid = FactsGrid(f"{self._place}.facts")
        self.own = OwnPanel(self._ctx, self._place, self.own_record) if self.own_record else None
        self.links_title = labels.strong()
        self.links = EntryList(f"{self._place}.links")
        self.links.setAccessibleName(_("Settled by"))
        self.links.chosen.connect(self._open_link)
        self.links.delete_requested.connect(lambda entry: self._ask_release(entry.data))
        self.build_below()
        return content

    def build_below(self) -> None:
        """Facts and settled documents under each other; a page with more to show overrides it."""
        self.below.addWidget(self.facts_grid)
        if self.own is not None:
            self.below.addWidget(self.own)
        self.below.addWidget(self.links_title)
        self.below.addWidget(self.links, 1)

    def add_button(
        self,
        words: str,
        name: str,
        callback: Callable[[Any], object],
        *,
        icon: str = "",
        kind: str = "",
        when: Callable[[Any], bool] = lambda _facts: True,
    ) -> QPushButton:
        """A button that is shown while `when(facts)` holds; `words` are a catalogue source."""
        made = plain_button("", f"{self._place}.{name}", kind, icon)
        self.say(made.setText, words)
        self.say(made.setAccessibleName, words)
        made.clicked.connect(lambda _checked=False: callback(self.facts) if self.facts is not None else None)
        self.action_row.addWidget(made)
        self._buttons.append((made, when))
        return made

    def add_more(
        self,
        words: str,
        name: str,
        callback: Callable[[Any], object],
        *,
        icon: str = "",
        when: Callable[[Any], bool] = lambda _facts: True,
    ) -> QAction:
        """An entry of the menu behind the three dots; `words` are a catalogue source."""
        if self._more is None:
            self._more = icon_button("more-horizontal", "", f"{self._place}.more", kind="")
            self.say(self._more.setAccessibleName, N_("More"))
            self.say(self._more.setToolTip, N_("More"))
            self._more.clicked.connect(lambda _checked=False: self._open_menu())
            self.action_row.addWidget(self._more)
        # Made here and not by addAction(""): PySide may count an action made by C++ as dead while it lives.
        action = QAction(self._menu)
        self._menu.addAction(action)
        action.setObjectName(f"{self._place}.{name}")
        self.say(action.setText, words)
        if icon:
            set_icon(action, icon)
        action.triggered.connect(
            lambda _checked=False: callback(self.facts) if self.facts is not None else None
        )
        self._entries.append((action, when))
        return action

    def _open_menu(self) -> None:
        if self._more is not None:
            self._menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    # Showing

    def show_document(self, document_id: int | None) -> None:
        """Reads and shows a document; None shows nothing."""
        if document_id != self._id:
            self._id = document_id
            self.reload()

    def reload(self) -> None:
        """Reads the same document again."""
        wanted = self._id
        if wanted is None or self._ctx.book is None:
            self._show(None)
            return

        def work(connection: Any) -> Any:
            return self.read_facts(connection, wanted)

        self._ctx.read(work, owner=self, on_done=self._show, on_error=self._failed, replaces="facts")

    @staticmethod
    def read_facts(connection: Any, document_id: int) -> Any:
        """What is shown of a record; runs in a reader lane."""
        from crmdesk.services import document_facts

        return document_facts.load(connection, document_id)

    def _failed(self, error: Exception) -> bool:
        del error  # it is gone from the list as well
        self._show(None)
        return True

    def _show(self, facts: Any) -> None:
        self.facts = facts
        self._stack.setCurrentIndex(0 if facts is None else 1)
        if self.own is not None:
            self.own.show_record(self._id if facts is not None else None)
        if facts is not None:
            self.show_facts(facts)
        self.facts_changed.emit(facts)

    def show_facts(self, facts: Any) -> None:
        """Fills everything in the language in force."""
        self.show_head(facts, facts.number, *state_of(facts))
        self._show_amounts(facts)
        self.facts_grid.set_facts(facts_lines(facts))
        self._show_links(facts)

    def show_head(self, facts: Any, number: str, words: str, tone: str) -> None:
        """Number, state, customer, and the actions that hold for these facts."""
        self.number.setText(number)
        self.state.setText(words)
        self.state.set_tone(tone)
        self.customer.setText(f"{facts.customer_name} · {facts.customer}")
        self.customer.setAccessibleName(self.customer.text())
        for made, when in self._buttons:
            made.setVisible(when(facts))
        for action, when in self._entries:
            action.setVisible(when(facts))
        if self._more is not None:
            self._more.setVisible(any(when(facts) for _action, when in self._entries))
        self.action_row.invalidate()

    def show_amounts(self, *shown: tuple[str, str, str]) -> None:
        """One or two amounts as (title, amount, tone), the first one large."""
        for index, (words, figure) in enumerate(self._amounts):
            title, amount, tone = shown[index] if index < len(shown) else ("", "", "")
            words.setText(title)
            words.setVisible(bool(title))
            figure.setText(amount)
            figure.set_tone(tone)
            figure.setVisible(bool(title))

    def _show_amounts(self, facts: Facts) -> None:
        is_debit = facts.kind == "invoice" or facts.effect_minor > 0
        titles = (
            _("Total") if facts.kind in ("invoice", "credit") else _("Amount"),
            open_words(facts),
        )
        shown = (facts.total_minor, facts.open_minor)
        is_late = bool(is_debit and facts.open_minor and facts.days_late > 0)
        tones = ("", "danger" if is_late else "" if facts.open_minor else "third")
        texts = [amount_text(minor, facts.currency) for minor in shown]
        self.show_amounts(*zip(titles, texts, tones, strict=True))

    def _show_links(self, facts: Facts) -> None:
        entries = [self._entry(facts, link) for link in (*facts.links, *facts.refunds, *facts.followers)]
        entries += [_chain_entry(facts, link) for link in facts.chain]
        title, nothing = links_words(facts)
        self.links_title.setText(title + (f" {len(entries)}" if entries else ""))
        self.links.setAccessibleName(title)
        if not entries:
            entries = [Entry(nothing, is_muted=True)]
        self.links.set_entries(entries)

    def _entry(self, facts: Facts, link: Link) -> Entry:
        return Entry(
            link.number,
            # What it belongs to says more than its day, and the three do not fit beside the list.
            f"{kind_words(link.kind)} · {link.of}"
            if link.of
            else f"{link.dated_on.isoformat()} · {kind_words(link.kind)}",
            amount_text(link.amount_minor, facts.currency),
            gain_words(facts.worth.gains.get(link.document_id, 0), facts.worth.own) if facts.worth else "",
            icon=ICONS.get(link.kind, "file-text"),
            data=link,
        )

    def retranslate(self) -> None:
        """Everything is said again."""
        super().retranslate()
        self._nobody.set_words(_("Nothing chosen"), _(self._nobody_words))
        if self.facts is not None:
            self.show_facts(self.facts)

    # Ways on

    def _go_to_customer(self) -> None:
        if self.facts is not None:
            self._ctx.go("customers", code=self.facts.customer)

    def _open_link(self, entry: Entry) -> None:
        link = entry.data
        if link is not None and link.kind in PLACES:
            self._ctx.go(PLACES[link.kind], number=link.number, kind=link.kind)

    def _ask_release(self, link: Link | None) -> None:
        if link is not None:
            self.release_requested.emit(link)


def facts_lines(facts: Facts) -> list[tuple[str, str]]:
    """(title, value) of what is known, in order; what is empty is left out."""
    lines = [(_("Date"), facts.dated_on.isoformat())]
    if facts.due_on is not None and facts.kind in ("invoice", "opening"):
        lines.append((_("Due date"), facts.due_on.isoformat()))
    if facts.cash is not None:
        account = " · ".join(dict.fromkeys((method_words(facts.cash.method), facts.cash.account_name)))
        lines.append((_("Method / account"), account))
        lines.append((_("Payer"), facts.cash.payer))
        if facts.cash.fee_minor:
            lines.append((_("Bank fee"), amount_text(facts.cash.fee_minor, facts.currency)))
    if facts.kind in ("invoice", "credit"):
        lines.append((_("Net"), amount_text(facts.net_minor, facts.currency)))
        lines.append((_("Tax"), amount_text(facts.tax_minor, facts.currency)))
    if facts.discount_minor:
        title = _("Settlement discount") if facts.kind == "payment" else _("Discount")
        lines.append((title, amount_text(facts.discount_minor, facts.currency)))
    lines += worth_lines(facts)
    if facts.origin:
        lines.append((_("Belongs to"), facts.origin))
    lines.append((_reference_words(facts.kind), facts.reference))
    if facts.bill is not None:
        bill = facts.bill
        lines.append((_("Bill of exchange"), bill.number))
        lines.append((_("Due date"), bill.due_on.isoformat()))
        lines.append((_("Drawer"), bill.drawer))
        lines.append((_("Acceptor"), bill.bank))
        lines.append((_("Issued on"), bill.issued_on.isoformat() if bill.issued_on else ""))
    if facts.ground:
        lines.append((_("Ground"), ground_words(facts.ground)))
    lines.append((_("Reason"), facts.reason))
    if facts.reversed_on is not None:
        words = _("Voided") if facts.kind in ("invoice", "credit", "opening") else _("Reversed")
        lines.append(
            (words, " · ".join(filter(None, (facts.reversed_on.isoformat(), facts.reversal_reason))))
        )
    lines.append((_("Note"), facts.note))
    entered = clock.local_words(facts.entered_at)
    lines.append((_("Entered"), " · ".join(filter(None, (entered, facts.entered_by)))))
    if facts.print_count:
        lines.append((_("Printed"), counted(N_("{count} times"), facts.print_count)))
    return [(title, value) for title, value in lines if value]


def _reference_words(kind: str) -> str:
    """What the free reference of a document of a kind holds."""
    return {"deposit": _("Contract"), "transfer": _("Paid by")}.get(kind, _("Reference"))


def _chain_entry(facts: Facts, link: Link) -> Entry:
    """An invoice issued anew, seen from each of its three documents."""
    if facts.kind == "credit":
        words = _("Issued in place of the credited invoice")
    elif link.document_id > facts.document_id:
        words = _("Issued in place of this one")
    else:
        words = _("This one was issued in its place")
    return Entry(
        link.number,
        f"{link.dated_on.isoformat()} · {words}",
        amount_text(link.amount_minor, facts.currency),
        icon="refresh-cw",
        data=link,
    )


class FactsGrid(QWidget):
    """Titles left, values right, as many lines as there are facts."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme().metrics.space(4))
        self._grid.setVerticalSpacing(theme().metrics.space(1))
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[labels.Label, Paragraph]] = []

    def set_facts(self, lines: Sequence[tuple[str, str]]) -> None:
        """Shows other facts, with the same widgets where there are some."""
        while len(self._rows) < len(lines):
            title, value = labels.caption(), Paragraph()
            row = len(self._rows)
            self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
            self._rows.append((title, value))
        for index, (title, value) in enumerate(self._rows):
            is_shown = index < len(lines)
            title.setVisible(is_shown)
            value.setVisible(is_shown)
            if is_shown:
                title.setText(lines[index][0])
                value.setText(lines[index][1])

    def texts(self) -> dict[str, str]:
        """What is shown."""
        return {title.text(): value.text() for title, value in self._rows if not title.isHidden()}


NOTHING = N_("Choose a row to see it here.")
