"""Reminders (催款): whom to remind today, who is held back, what was promised, what was sent, by which rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import reminder_actions, reminder_sending
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.pages.statements.letter import LEVEL_TONES, WATCHED, LetterView
from crmdesk.ui.segmented import Part, SegmentedPlace

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.reminders_due import Due

DUE, HELD, PROMISES, SENT, RULES = (
    "reminders_due",
    "reminders_held",
    "promises",
    "reminders",
    "reminder_rules",
)
PARTS = (DUE, HELD, PROMISES, SENT, RULES)
_LEVELS = (
    ("level1", N_("Level 1"), "level = 1"),
    ("level2", N_("Level 2"), "level = 2"),
    ("level3", N_("Level 3"), "level = 3"),
)
_HELD_CHIPS = (
    ("hold", N_("Excluded"), "kind = hold"),
    ("promise", N_("Payment promised"), "kind = promise"),
    ("credit", N_("Covered by credit"), "kind = credit"),
)
_PROMISE_CHIPS = (
    ("today", N_("Due today"), "state = open and promised_on = today"),
    ("open", N_("Awaited"), "state = open"),
    ("broken", N_("Broken"), "state = broken"),
)


_LEVEL = Field("level", Kind.STATE, N_("Level"), width=9)
"""Shown as a chip, at the left as words are."""


class RemindersPlace(SegmentedPlace):
    """Targets: `part` is one of `PARTS`, with `filter` and its `words`."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(
            "reminders",
            (
                Part(DUE, N_("To remind"), self._make_due),
                Part(HELD, N_("Held back"), self._make_held),
                Part(PROMISES, N_("Promises"), self._make_promises),
                Part(SENT, N_("Reminders sent"), self._make_sent),
                Part(RULES, N_("Rules"), self._make_rules),
            ),
        )
        self._ctx = ctx
        self.part_asked_for.connect(lambda part: ctx.go("statements", view="reminders", part=part))
        self.show_part(DUE)

    def show_target(self, target: dict[str, Any]) -> None:
        """Shows what was asked for."""
        page = self.show_part(str(target.get("part") or DUE))
        if isinstance(page, ListPage) and target.get("filter"):
            page.show_only(str(target["filter"]), str(target.get("words", "")))

    def _list(
        self,
        kind: str,
        place: str,
        title: str,
        changes: dict[str, dict[str, Any]],
        order: Sequence[str],
        **more: Any,
    ) -> tuple[ListPage, BookList]:
        source = BookList(self._ctx, kind)
        page = ListPage(
            self._ctx,
            place,
            title,
            source,
            source.columns(changes, order=order, shown=order),
            watch=WATCHED,
            search_hint=N_("Customer, number or rule"),
            **more,
        )
        page.enable_export()
        page.export_requested.connect(
            lambda query, shown: export_list(self._ctx, self, source, query, shown, _(title))
        )
        choose_first(page)
        return page, source

    # Whom to remind

    def _make_due(self) -> ListPage:
        at: dict[str, int] = {}
        changes = {
            "customer": {"is_muted": True, "width": 8},
            "name": {"width": 26},
            "level": _level_look(at),
            "total": {"is_strong": True, "width": 11},
            "oldest_days": {"tone": lambda row: "danger" if (row[at["oldest_days"]] or 0) > 0 else ""},
            "last": {"is_muted": True, "width": 11},
            "rule": {"is_muted": True, "width": 12},
        }
        order = ("name", "level", "total", "oldest_days", "last", "rule")
        page, source = self._list(
            DUE,
            "reminders",
            N_("To remind"),
            changes,
            order,
            icon="mail",
            count_words=N_("{count} reminders"),
            empty_title=N_("Nobody is to be reminded today"),
            empty_text=N_(
                "Rules say who is reminded, when and how. See who is held back, or look at the rules."
            ),
        )
        at |= {name: source.place(name) for name in ("level", "oldest_days")}
        _add_chips(page, "reminders", _LEVELS)
        add = self._ctx.commands.add
        rules = add(
            Command(
                "reminders.toRules", N_("Look at the rules"), lambda: self._go(RULES), "list", "Ctrl+Shift+R"
            ),
            page,
        )
        page.add_empty_button(rules, "primary")
        page.add_button(
            Command(
                "reminders.sendAll",
                N_("Send all …"),
                lambda: self._send_many(page, source, True),
                "mail",
                "Ctrl+M",
            )
        )
        page.add_batch_button(
            Command(
                "reminders.sendMany",
                N_("Send the selected …"),
                lambda: self._send_many(page, source, False),
                "mail",
                "Ctrl+Shift+M",
            )
        )
        self.letter = LetterView(self._ctx, page)
        page.current_changed.connect(self.letter.show_row)
        page.set_detail(self.letter, 72)
        page.opened.connect(lambda _record: self.letter.items.setFocus())
        return page

    def _go(self, part: str) -> None:
        self._ctx.go("statements", view="reminders", part=part)

    def _send_many(self, page: ListPage, source: BookList, is_all: bool) -> None:
        query = page.table.current_query
        chosen = page.table.selected_ids()

        def choose(connection: Connection) -> list[Due]:
            from crmdesk.services import reminders_due

            wanted = set(source.ids(query)) if is_all else set(chosen)
            # A row has the id of its first item.
            return [
                one
                for one in reminders_due.load(connection, clock.today()).due
                if one.items[0].document_id in wanted
            ]

        reminder_sending.open_many(self._ctx, self, choose, self.letter.language.value())

    # Who is held back

    def _make_held(self) -> ListPage:
        order = ("name", "kind", "until", "reason", "total", "oldest_days", "level", "items", "customer")
        page, source = self._list(
            HELD,
            "held",
            N_("Held back"),
            {
                "name": {"width": 22},
                "kind": {"as_chip": True, "tone": lambda row: "neutral", "width": 14},
                "total": {"is_strong": True, "width": 11},
                "until": {"width": 10},
                "reason": {"width": 40},
                "items": {"is_muted": True},
                "customer": {"is_muted": True, "width": 8},
            },
            order,
            icon="ban",
            count_words=N_("{count} held back"),
            empty_title=N_("Nobody is held back"),
            empty_text=N_(
                "Whoever promised to pay, is excluded, or has credit for all of it is not reminded."
            ),
        )
        _add_chips(page, "held", _HELD_CHIPS)
        page.add_button(
            Command("held.end", N_("Remind again"), lambda: self._end_hold(page, source), "check", "Ctrl+R"),
            "primary",
        )
        page.opened.connect(lambda _record: self._end_hold(page, source))
        return page

    def _end_hold(self, page: ListPage, source: BookList) -> None:
        """Leads to what holds it back: ends an exclusion, shows the promise, or the credit to allocate."""
        current = page.table.current_id()
        row = page.table.table_model().rows_now([current]).get(current) if current is not None else None
        if row is None or current is None:
            return
        kind, code, name = (str(row[source.place(one)]) for one in ("kind", "customer", "name"))
        if kind == "promise":
            self._ctx.go(
                "statements", view="reminders", part=PROMISES, filter=f'customer = "{code}"', words=name
            )
        elif kind == "credit":
            self._ctx.go("payments", part="payments", filter=f'customer = "{code}" and free > 0', words=name)
        else:
            self._find_hold(current, code, name)

    def _find_hold(self, document_id: int, code: str, name: str) -> None:
        def work(connection: Connection) -> str:
            from crmdesk.services import dunning_holds

            return dunning_holds.invoice_of(connection, clock.today(), document_id)

        self._ctx.read(
            work,
            owner=self,
            on_done=lambda invoice: reminder_actions.end_hold(self._ctx, self, code, name, invoice),
        )

    # Promises

    def _make_promises(self) -> ListPage:
        order = ("promised_on", "name", "state", "amount", "paid", "left", "invoice", "by", "note")
        page, source = self._list(
            PROMISES,
            "promises",
            N_("Promises"),
            {
                "promised_on": {"width": 11},
                "name": {"width": 22},
                "amount": {"is_strong": True, "width": 11},
                "note": {"is_muted": True},
            },
            order,
            icon="calendar",
            count_words=N_("{count} promises"),
            empty_title=N_("No promises yet"),
            empty_text=N_(
                "Record what customers say on the telephone: amount and day. Nobody reminds them until then."
            ),
        )
        _add_chips(page, "promises", _PROMISE_CHIPS)

        def withdraw() -> None:
            current = page.table.current_id()
            row = page.table.table_model().rows_now([current]).get(current) if current is not None else None
            if row is not None and current is not None:
                reminder_actions.withdraw_promise(self._ctx, self, current, str(row[source.place("name")]))

        page.add_button(Command("promises.withdraw", N_("Withdraw"), withdraw, "undo", "Ctrl+Del"))
        new = page.add_button(
            Command(
                "promises.new",
                N_("New promise"),
                lambda: reminder_actions.promise(self._ctx, self),
                "plus",
                "Ctrl+N",
            ),
            "primary",
        )
        page.add_empty_button(new, "primary")
        page.opened.connect(lambda record: self._to_customer(page, source, record))
        return page

    # What was sent

    def _make_sent(self) -> ListPage:
        at: dict[str, int] = {}
        order = (
            "date",
            "name",
            "level",
            "channel",
            "total",
            "count",
            "rule",
            "withdrawn_on",
            "actor",
            "note",
        )
        page, source = self._list(
            SENT,
            "sentReminders",
            N_("Reminders sent"),
            {
                "date": {"width": 10},
                "name": {"width": 22},
                "level": _level_look(at),
                "total": {"is_strong": True, "width": 11},
                "note": {"is_muted": True},
            },
            order,
            icon="history",
            count_words=N_("{count} reminders"),
            empty_title=N_("Nobody was reminded yet"),
            empty_text=N_(
                "What is printed, saved or drafted is noted here, with its items and amounts of that day."
            ),
        )
        at["level"] = source.place("level")

        def withdraw() -> None:
            current = page.table.current_id()
            if current is not None:
                reminder_actions.withdraw_reminder(self._ctx, self, current)

        page.add_button(Command("sentReminders.withdraw", N_("Withdraw …"), withdraw, "undo", "Ctrl+Del"))
        page.opened.connect(lambda record: self._to_customer(page, source, record))
        return page

    def _to_customer(self, page: ListPage, source: BookList, record: int) -> None:
        row = page.table.table_model().rows_now([record]).get(record)
        if row is not None:
            self._ctx.go("customers", code=str(row[source.place("customer")]), full=True)

    # Rules

    def _make_rules(self) -> QWidget:
        from crmdesk.ui.pages.statements.rules import make_rules

        return make_rules(self._ctx, self)


def _level_look(at: dict[str, int]) -> dict[str, Any]:
    def words(row: Row) -> str:
        return _("Level {level}").format(level=row[at["level"]])

    return {
        "field": _LEVEL,
        "text": words,
        "tone": lambda row: LEVEL_TONES.get(row[at["level"]], "neutral"),
        "width": 9,
    }


def _add_chips(page: ListPage, place: str, chips: Sequence[tuple[str, str, str]]) -> None:
    for name, words, expression in chips:
        chip = filter_chip(_(words), f"{place}.filter.{name}", _switch(page, name, expression))
        page.say(chip.setText, words)
        page.say(chip.setAccessibleName, words)
        page.add_filter(chip)


def _switch(page: ListPage, name: str, expression: str) -> Callable[[bool], object]:
    return lambda is_on: page.set_filter(name, expression if is_on else None)
