"""What the palette offers and what each line does: commands, places, settings, customers, documents, products."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from crmdesk.services import word_match
from crmdesk.services.finding import Answer, Choice, CustomerHit, DocumentHit, ProductHit
from crmdesk.text import N_, _, in_all_languages
from crmdesk.ui import places
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.document_words import ICONS, PLACES, kind_words
from crmdesk.ui.kit.commands import Command, native_keys
from crmdesk.ui.kit.finder_list import Line, heading

Hit = CustomerHit | ProductHit | DocumentHit

STATEMENT, RECEIVE, INVOICE = "statement", "receive", "invoice"
_VERBS = (
    (STATEMENT, N_("Statement"), "scale"),
    (RECEIVE, N_("Receive"), "banknote"),
    (INVOICE, N_("New invoice"), "file-plus"),
)
_SPOKEN_TOO = {STATEMENT: ("对账",), RECEIVE: (), INVOICE: ("开单",)}
"""Shorter words that are said at the desk, whatever the window's language."""
_USUAL = ("payment.receive", "new.invoices", "new.customers", "window.import", "keys.show")
"""Commands shown before anything is typed."""
_NOT_OFFERED = ("palette.open",)
_RECENT_SHOWN = 6
_COMMANDS_SHOWN, _PLACES_SHOWN = 6, 5


class Deed(NamedTuple):
    """What a line does; `more` gives what else can be done with the same thing, under its name."""

    run: Callable[[], object]
    subject: str = ""
    more: Callable[[], list[Line]] | None = None


class _Offer(NamedTuple):
    """A choice with its line."""

    choice: Choice
    line: Line
    is_place: bool


class Offers:
    """Made anew whenever the palette opens: it offers the commands that can be used then."""

    def __init__(self, ctx: Context, window: QWidget) -> None:
        self._ctx = ctx
        self._window = window
        self._offers: dict[str, _Offer] = {}
        self._add_commands()
        self._add_places()
        self.verbs = [
            Choice(key, (*in_all_languages(source), *_SPOKEN_TOO[key])) for key, source, _icon in _VERBS
        ]

    @property
    def choices(self) -> list[Choice]:
        """What the program itself offers."""
        return [offer.choice for offer in self._offers.values()]

    # What there is

    def _add_commands(self) -> None:
        said: dict[str, str] = {}
        found = [
            (command, action)
            for command, action in self._ctx.commands
            if action.isEnabled()
            and command.id not in _NOT_OFFERED
            and not command.id.startswith("go.")
            and _is_at_hand(action.parent())
        ]
        # Of two that say the same the one of the page that is looked at is meant.
        for command, action in sorted(found, key=lambda pair: pair[0].is_window_wide):
            words = _(command.text)
            if words in said:
                continue
            said[words] = command.id
            line = Line(
                words,
                keys=native_keys(action.shortcut().toString()),
                icon=command.icon or "chevron-right",
                data=Deed(action.trigger),
            )
            self._offers[f"command:{command.id}"] = _Offer(
                Choice(f"command:{command.id}", _command_texts(command)), line, is_place=False
            )

        self._usual: list[str] = []
        for name in _USUAL:
            action = self._ctx.commands.find(name)
            if action is not None and action.text() in said:
                self._usual.append(f"command:{said[action.text()]}")

    def _add_places(self) -> None:
        for place in places.PLACES:
            keys = self._ctx.commands.find(f"go.{place.name}")
            shortcut = keys.shortcut().toString() if keys is not None else ""
            self._add_place(place.name, place.text, place.icon, {}, shortcut, needs_book=place.needs_book)
        for name, icon, source, target in places.PARTS:
            self._add_place(name, source, icon, target)
        if self._ctx.book is not None:
            self._add_settings()

    def _add_settings(self) -> None:
        """The sections of the settings, then each setting, found by its section's name and its own.

        Some are called as a place or a document is: with the section's name before them they come after those.
        """
        module = importlib.import_module(places.SETTINGS_MODULE)
        sections = {key: (icon, source) for key, icon, source, _maker in module.SECTIONS}
        for key, (icon, source) in sections.items():
            self._add_place("settings", source, icon, {"section": key}, note=_("Settings"))
        for setting in module.all_settings():
            icon, source = sections[setting.section]
            if setting.label == source:
                continue
            above, own = in_all_languages(source), in_all_languages(setting.label)
            texts = tuple(f"{one} {other}" for one, other in zip(above, own, strict=True))
            self._add_way(
                f"setting:{setting.name}",
                texts,
                Line(_(setting.label).rstrip(" …"), f"{_('Settings')} · {_(source)}", icon=icon),
                "settings",
                {"setting": setting.name},
            )

    def _add_place(
        self,
        place: str,
        source: str,
        icon: str,
        target: dict[str, Any],
        shortcut: str = "",
        *,
        note: str = "",
        needs_book: bool = True,
    ) -> None:
        if needs_book and self._ctx.book is None:
            return
        line = Line(_(source), note, keys=native_keys(shortcut), icon=icon)
        self._add_way(f"place:{place}:{source}", in_all_languages(source), line, place, target)

    def _add_way(
        self, key: str, texts: tuple[str, ...], line: Line, place: str, target: dict[str, Any]
    ) -> None:
        ctx = self._ctx
        deed = Deed(lambda: ctx.go(place, **target))
        self._offers[key] = _Offer(Choice(key, texts), line._replace(data=deed), is_place=True)

    # Lines

    def lines(self, typed: str, answer: Answer) -> list[Line]:
        """What was found, under headings; the group with the best hit comes first."""
        commands = [pair for pair in answer.choices if not self._offers[pair[0].key].is_place]
        chosen = [pair for pair in answer.choices if self._offers[pair[0].key].is_place]
        groups: list[tuple[int, str, list[Line]]] = [
            (
                _best(answer.customers),
                _("Customers"),
                [self._customer(hit, typed) for hit in answer.customers],
            ),
            (
                _best(answer.documents),
                _("Documents"),
                [self._document(hit, typed) for hit in answer.documents],
            ),
            (
                min((rank for _choice, rank in commands), default=word_match.APART),
                _("Commands"),
                [self._chosen(choice, typed) for choice, _rank in commands[:_COMMANDS_SHOWN]],
            ),
            (
                min((rank for _choice, rank in chosen), default=word_match.APART),
                _("Go to"),
                [self._chosen(choice, typed) for choice, _rank in chosen[:_PLACES_SHOWN]],
            ),
            (_best(answer.products), _("Products"), [self._product(hit, typed) for hit in answer.products]),
        ]
        found: list[Line] = []
        if answer.verb:
            words, icon = next((_(source), icon) for key, source, icon in _VERBS if key == answer.verb)
            deeds = [self._verb_line(answer.verb, words, icon, hit, typed) for hit in answer.objects]
            found += [heading(words), *deeds]
        for _rank, title, lines in sorted(groups, key=lambda group: group[0]):
            if lines:
                found += [heading(title), *lines]
        return found

    def start_lines(
        self, wanted: Sequence[tuple[str, int]], known: Mapping[tuple[str, int], Hit]
    ) -> list[Line]:
        """Before anything is typed: what was opened last, and the usual commands."""
        recent = [self._record(known[key]) for key in wanted if key in known][:_RECENT_SHOWN]
        usual = [self._offers[key].line for key in self._usual]
        if self._ctx.book is None:
            usual = [offer.line for offer in self._offers.values() if not offer.is_place][:_COMMANDS_SHOWN]
        found = [heading(_("Opened last")), *recent] if recent else []
        return [*found, heading(_("Commands")), *usual] if usual else found

    def _chosen(self, choice: Choice, typed: str) -> Line:
        line = self._offers[choice.key].line
        return line._replace(parts=word_match.spans(typed, line.title))

    def _record(self, hit: Hit, typed: str = "") -> Line:
        if isinstance(hit, CustomerHit):
            return self._customer(hit, typed)
        return self._document(hit, typed) if isinstance(hit, DocumentHit) else self._product(hit, typed)

    def _customer(self, hit: CustomerHit, typed: str) -> Line:
        note = " · ".join(filter(None, (hit.code, hit.phone, "" if hit.is_active else _("Deactivated"))))
        return Line(
            hit.name,
            note,
            icon="user",
            parts=word_match.spans(typed, hit.name),
            is_muted=not hit.is_active,
            data=Deed(
                lambda: self._ctx.go("customers", id=hit.id, full=True),
                hit.name,
                lambda: self._customer_deeds(hit.code, hit.name, hit.id),
            ),
        )

    def _customer_deeds(self, code: str, name: str, customer_id: int | None) -> list[Line]:
        target = {"id": customer_id} if customer_id is not None else {"code": code}
        found = [
            Line(
                _("Open the customer"),
                icon="user",
                data=Deed(lambda: self._ctx.go("customers", full=True, **target)),
            )
        ]
        for key, source, icon in _VERBS:
            found.append(Line(_(source), name, icon=icon, data=Deed(self._verb(key, code))))
        return found

    def _verb_line(self, verb: str, words: str, icon: str, hit: CustomerHit, typed: str) -> Line:
        title = f"{words} · {hit.name}"
        more = Deed(
            self._verb(verb, hit.code), hit.name, lambda: self._customer_deeds(hit.code, hit.name, hit.id)
        )
        parts = word_match.spans(typed, title)
        return Line(title, hit.code, icon=icon, parts=parts, is_muted=not hit.is_active, data=more)

    def _verb(self, verb: str, code: str) -> Callable[[], object]:
        ctx, window = self._ctx, self._window
        if verb == STATEMENT:
            return lambda: ctx.go("statements", customer=code)
        if verb == INVOICE:
            return lambda: ctx.go("invoices", new=True, customer=code)
        return lambda: importlib.import_module(places.RECEIVE_MODULE).open_dialog(ctx, window, customer=code)

    def _document(self, hit: DocumentHit, typed: str) -> Line:
        state = _("Reversed") if hit.is_reversed else ""
        note = " · ".join(
            filter(None, (hit.customer_name, hit.dated_on.isoformat(), kind_words(hit.kind), state))
        )
        return Line(
            hit.number,
            note,
            figure=amount_text(hit.total_minor, hit.currency),
            icon=ICONS.get(hit.kind, "file-text"),
            parts=word_match.spans(typed, hit.number),
            is_muted=hit.is_reversed,
            data=Deed(lambda: self._open_document(hit), hit.number, lambda: self._document_deeds(hit)),
        )

    def _document_deeds(self, hit: DocumentHit) -> list[Line]:
        own = Line(
            _("Open the document"),
            hit.number,
            icon=ICONS.get(hit.kind, "file-text"),
            data=Deed(lambda: self._open_document(hit)),
        )
        return [own, heading(hit.customer_name), *self._customer_deeds(hit.customer, hit.customer_name, None)]

    def _open_document(self, hit: DocumentHit) -> None:
        place = PLACES.get(hit.kind)
        if place is not None:
            self._ctx.go(place, number=hit.number, kind=hit.kind)
        else:  # a write-off has no list of its own: it stands among the customer's documents
            self._ctx.go("customers", code=hit.customer, full=True)

    def _product(self, hit: ProductHit, typed: str) -> Line:
        note = " · ".join(filter(None, (hit.code, hit.specification)))
        return Line(
            hit.name,
            note,
            icon="package",
            parts=word_match.spans(typed, hit.name),
            data=Deed(lambda: self._ctx.go("sales", part="products", id=hit.id)),
        )


def matching(lines: Sequence[Line], typed: str) -> list[Line]:
    """Those of some lines that answer to what was typed; all of them when nothing was."""
    if not typed.strip():
        return list(lines)
    return [
        line._replace(parts=word_match.spans(typed, line.title))
        for line in lines
        if not line.is_heading and word_match.rank(typed, (line.title, line.note)) is not None
    ]


def _best(hits: Sequence[Hit]) -> int:
    return min((hit.rank for hit in hits), default=word_match.APART)


def _command_texts(command: Command) -> tuple[str, ...]:
    more = in_all_languages(command.tip) if command.tip else ()
    return tuple(dict.fromkeys((*in_all_languages(command.text), *more)))


def _is_at_hand(owner: object) -> bool:
    """Whether a command's part of the window is shown: what works on hidden lists is not offered."""
    return isinstance(owner, QWidget) and owner.isVisible()
