"""A rule for reminders, and the words of the letters: forms with a sentence that says what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from crmdesk.models import money
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs.documents import CURRENCY
from crmdesk.models.specs.reminders import CHANNELS, LANGUAGES, LEVEL_MAX, RULE
from crmdesk.services import category_tree
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.form_requests import is_empty
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.reminder_rules import Rule
    from crmdesk.services.use_cases import Outcome

FORM = "reminder_rule"
_LEVEL_CHOICES = tuple(Choice(str(level), f"{level}") for level in range(1, LEVEL_MAX + 1))
_BY_NAME = {field.name: field for field in RULE}
_DAYS = Field(
    "days",
    Kind.TEXT,
    N_("Days"),
    required=True,
    sample="-3, 7, 14",
    help=N_("After the due date; with a minus before it: -3, 7, 14."),
)
_FOR = Field("group", Kind.CHOICE, N_("For"), default="", choices=(Choice("", N_("All customers")),))
_SEPARATOR = "|"


class Shown(NamedTuple):
    """A rule as people know it: whom it is for in words, and how many it finds today."""

    rule: Rule
    group: str
    found: int


def read_rules(connection: Connection) -> dict[int, Shown]:
    """Every rule with what it finds today."""
    from crmdesk.models import clock
    from crmdesk.services import reminder_rules, reminders_due

    counts = reminders_due.counts(connection, clock.today())
    return {
        rule.id: Shown(rule, reminder_rules.group_name(connection, rule), counts.get(rule.id, 0))
        for rule in reminder_rules.all_rules(connection)
    }


def days_words(days: Sequence[int]) -> str:
    """3 days before the due date, on it, 7 and 14 days after it."""
    parts = []
    before = [str(-day) for day in days if day < 0]
    after = [str(day) for day in days if day > 0]
    if before:
        parts.append(_("{days} days before the due date").format(days=_listed(before)))
    if 0 in days:
        parts.append(_("on the due date"))
    if after:
        parts.append(_("{days} days after the due date").format(days=_listed(after)))
    return _(", ").join(parts)


def _listed(parts: Sequence[str]) -> str:
    return (
        parts[0]
        if len(parts) == 1
        else _("{first} and {last}").format(first=_(", ").join(parts[:-1]), last=parts[-1])
    )


_DOES = {
    "in_app": N_("{days}, {who} appear in the list of reminders at level {level}"),
    "notice": N_("{days}, a notice on this computer names {who} at level {level}"),
    "letter": N_("{days}, {who} get a letter of level {level}"),
    "mail": N_("{days}, {who} get an e-mail of level {level}"),
}


def sentence_of(
    days: Sequence[int], channel: str, level: int, group: str, least: str, *, is_active: bool = True
) -> str:
    """What a rule does, in one sentence. `group` is empty for everybody, `least` for any amount."""
    who = _("customers of “{group}”").format(group=group) if group else _("customers")
    words = _(_DOES.get(channel, _DOES["letter"])).format(days=days_words(days), who=who, level=level)
    if least:
        words += _(", if at least {amount} is open").format(amount=least)
    words = words[:1].upper() + words[1:] + _(".")
    return words if is_active else words + " " + _("It is out of use now.")


def sentence_of_rule(shown: Shown) -> str:
    """The sentence of a stored rule."""
    rule = shown.rule
    least = amount_text(rule.least_minor, rule.currency) if rule.least_minor else ""
    return sentence_of(rule.days, rule.channel, rule.level, shown.group, least, is_active=rule.is_active)


def _groups(connection: Connection) -> list[Choice]:
    """Whom a rule may be for: levels, tags, categories of the book."""
    from crmdesk.services import reminder_rules

    levels, tags = reminder_rules.groups(connection)
    found = [Choice("", N_("All customers"))]
    found += [Choice(f"level{_SEPARATOR}{one}", _("Level {level}").format(level=one)) for one in levels]
    found += [Choice(f"tag{_SEPARATOR}{one}", _("Tag {name}").format(name=one)) for one in tags]
    for tree in category_tree.dimensions(connection):
        found += [
            Choice(
                f"category{_SEPARATOR}{tree.name}{_SEPARATOR}{node.path}",
                category_tree.place(tree.name, node.path),
            )
            for node in category_tree.names(connection, tree.id)
        ]
    return found


def _group_value(shown: Shown) -> str:
    """The value of the choice that stands for a rule's group."""
    kind = shown.rule.group_kind
    if kind == "category":
        tree, *names = category_tree.parts_of(shown.group)
        return _SEPARATOR.join(("category", tree, "/".join(names)))
    return _SEPARATOR.join((kind, shown.group)) if kind else ""


def _values(shown: Shown) -> dict[str, Any]:
    rule = shown.rule
    return {
        "name": rule.name,
        "days": ", ".join(map(str, rule.days)),
        "channel": rule.channel,
        "level": str(rule.level),
        "group": _group_value(shown),
        "least": money.to_decimal(rule.least_minor, rule.currency) if rule.least_minor else None,
        "currency": rule.currency,
        "active": rule.is_active,
        "text_zh": rule.text_zh,
        "text_en": rule.text_en,
    }


class RuleDialog(FormDialog):
    """A new rule, or an existing one."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        shown: Shown | None,
        groups: Sequence[Choice],
        on_saved: Callable[[Outcome], object],
        entry: Entry | None = None,
    ) -> None:
        super().__init__(parent, _("Rule for reminders"), name="reminderRule", width=92)
        self._ctx, self._on_saved = ctx, on_saved
        self._name = shown.rule.name if shown is not None else ""
        fields = (
            _BY_NAME["name"],
            Field("level", Kind.CHOICE, N_("Level"), required=True, choices=_LEVEL_CHOICES, default="1"),
            _DAYS,
            Field("channel", Kind.CHOICE, N_("Channel"), required=True, choices=CHANNELS, default="letter"),
            _FOR,
            replace(_BY_NAME["least"], help=N_("Together, in this currency.")),
            CURRENCY,
            Field("active", Kind.BOOLEAN, N_("Active"), default=True),
            _BY_NAME["text_zh"],
            _BY_NAME["text_en"],
        )
        values = _values(shown) if shown is not None else {"level": "1", "channel": "letter", "active": True}
        self.fields = Form(ctx, fields, {}, name="reminderRule.form", columns_max=2, has_shortcuts=False)
        self.fields.use_choices("group", groups)
        self.fields.set_values({"group": ""} | values)
        self.fields.mark_clean()
        self.sentence = Paragraph("")
        self.sentence.setObjectName("reminderRule.sentence")
        self.body.addWidget(self.sentence)
        self.set_form(self.fields)
        self.body.addWidget(Paragraph(_known_names(), "caption", "second"))
        self.add_cancel("reminderRule.cancel")
        self.add_action(_("Save"), "reminderRule.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.fields.submitted.connect(self.submit)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.say_what_it_does)
        self.fields.changed.connect(lambda _field: self._soon.start())
        self.keep_safe(
            ctx, FORM, record=self._name, title=lambda: str(self.fields.value("name") or ""), entry=entry
        )
        self.say_what_it_does()

    def say_what_it_does(self) -> None:
        """The sentence of what stands in the form now."""
        value = self.fields.value
        days = [int(part) for part in _parts(value("days")) if part.lstrip("-").isdigit()]
        if not days:
            self.sentence.setText(_("Say on which days after the due date it reminds."))
            return
        group = str(value("group") or "")
        name = group.split(_SEPARATOR)[-1]
        least = f"{value('currency') or ''} {value('least')}".strip() if value("least") else ""
        self.sentence.setText(
            sentence_of(
                sorted(set(days)),
                str(value("channel")),
                int(value("level") or 1),
                name,
                least,
                is_active=bool(value("active")),
            )
        )

    def submit(self) -> None:
        """Saves and closes; errors stand under their fields."""
        try:
            values = self.fields.values()
        except CrmdeskError:
            return
        given = {name: plain(value) for name, value in values.items() if not is_empty(value)}
        group = str(given.pop("group", "") or "")
        kind, _bar, rest = group.partition(_SEPARATOR)
        if kind == "category":
            tree, _bar, path = rest.partition(_SEPARATOR)
            given["category"] = {"dimension": tree, "path": path}
        elif kind:
            given["tag" if kind == "tag" else "customer_level"] = rest
        given["days"] = _parts(given.get("days"))
        given["level"] = int(given["level"])
        use_case = "reminder_rule.create"
        if self._name:
            use_case = "reminder_rule.update"
            clear = [name for name in ("least", "text_zh", "text_en") if is_empty(values.get(name))]
            if not kind:
                clear.append("group")
            if "least" in clear:
                given.pop("currency", None)
            given |= {"rule": self._name, "clear": clear}
        self.send(
            self._ctx,
            use_case,
            given,
            record=self._name,
            on_done=self._done,
            on_error=self.fields.take_error,
        )

    def _done(self, outcome: Outcome) -> None:
        self.fields.mark_clean()
        self.accept()
        self._on_saved(outcome)


def _parts(text: Any) -> list[str]:
    words = str(text or "").replace("，", ",").replace("、", ",").replace(" ", ",")
    return [part.strip() for part in words.split(",") if part.strip()]


def _known_names() -> str:
    from crmdesk.services.dunning_texts import PLACEHOLDERS

    return _("In the words may stand: {known}.").format(
        known=", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    )


def _known_words() -> str:
    from crmdesk.services.dunning_texts import PLACEHOLDERS

    known = _(", ").join(f"{{{name}}} {_(words)}" for name, words in PLACEHOLDERS.items())
    return _("In the words may stand: {known}.").format(known=known)


def open_rule(
    ctx: Context,
    parent: QWidget,
    shown: Shown | None,
    on_saved: Callable[[Outcome], object] = lambda _outcome: None,
    entry: Entry | None = None,
) -> None:
    """Opens a rule, or an empty form."""

    def done(groups: list[Choice]) -> None:
        dialog = RuleDialog(ctx, parent, shown, groups, on_saved, entry)
        dialog.show_sheet()
        dialog.fields.focus_first()

    ctx.read(_groups, owner=parent, on_done=done)


# The words of the letters

_WHICH = (
    Field("level", Kind.CHOICE, N_("Level"), required=True, choices=_LEVEL_CHOICES, default="1"),
    Field("language", Kind.CHOICE, N_("Language"), required=True, choices=LANGUAGES, default="zh_CN"),
)
_WORDS = (
    Field("subject", Kind.TEXT, N_("Subject"), length_max=200),
    Field("body", Kind.LONG_TEXT, N_("Words"), length_max=4_000),
)


class WordsDialog(FormDialog):
    """Subject and words of each level in each language; emptied ones are the program's own again."""

    def __init__(self, ctx: Context, parent: QWidget) -> None:
        super().__init__(parent, _("Words of the reminders"), name="reminderWords", width=92)
        self._ctx = ctx
        self._shown = ("1", "zh_CN")
        self.which = Form(ctx, _WHICH, {"level": "1", "language": "zh_CN"}, name="reminderWords.which", columns_max=2,
                          has_shortcuts=False)  # fmt: skip
        self.which.mark_clean()
        self.which.changed.connect(lambda _field: self._choose())
        self.body.addWidget(self.which)
        self.words = Form(ctx, _WORDS, {}, name="reminderWords.form", columns_max=1, has_shortcuts=False)
        self.set_form(self.words)
        self.body.addWidget(Paragraph(_known_words(), "caption", "second"))
        self.add_action(_("The program's words"), "reminderWords.own", self.use_own)
        self.add_cancel("reminderWords.cancel")
        self.add_action(_("Save"), "reminderWords.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.words.submitted.connect(self.submit)
        self._load()

    def _choose(self) -> None:
        wanted = (str(self.which.value("level")), str(self.which.value("language")))
        if wanted == self._shown:
            return

        def go_on() -> None:
            self._shown = wanted
            self._load()

        if self.words.is_dirty():
            before = self._shown
            self.which.set_values({"level": before[0], "language": before[1]})

            def leave() -> None:
                self.words.mark_clean()
                self.which.set_values({"level": wanted[0], "language": wanted[1]})
                go_on()

            self.words.leave(leave)
        else:
            go_on()

    def _load(self) -> None:
        level, language = self._shown

        def work(connection: Connection) -> tuple[str, str]:
            from crmdesk.services import dunning_texts, settings

            found = dunning_texts.words_of(settings.load(connection), int(level), language)
            return found.subject, found.body

        def done(found: tuple[str, str]) -> None:
            self.words.set_values({"subject": found[0], "body": found[1]})
            self.words.clear_errors()
            self.words.mark_clean()

        self._ctx.read(work, owner=self, on_done=done, replaces="words")

    def use_own(self) -> None:
        """The program's own words, to be saved."""
        from crmdesk.services import dunning_texts

        level, language = self._shown
        found = dunning_texts.own_words(int(level), language)
        self._save("", "", lambda: self.words.set_values({"subject": found.subject, "body": found.body}))

    def submit(self) -> None:
        """Saves what stands there."""
        try:
            values = self.words.values()
        except CrmdeskError:
            return
        self._save(values["subject"] or "", values["body"] or "", self.accept)

    def _save(self, subject: str, body: str, then: Callable[[], object]) -> None:
        level, language = self._shown

        def done(_outcome: Outcome) -> None:
            self._ctx.notices.toast(_("Saved."), "good")
            then()
            self.words.mark_clean()

        self._ctx.run_use_case(
            "dunning.set_text",
            {"level": int(level), "language": language, "subject": subject, "body": body},
            owner=self,
            on_done=done,
            on_error=self.words.take_error,
        )
