"""What is decided by hand about segments: pins with a reason, lists filled by hand, deleting, evaluating anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from crmdesk.models.fields import Choice, Field, Kind, required
from crmdesk.models.specs import segments as specs
from crmdesk.services.customer_card import codes
from crmdesk.services.segment_card import Card, lists_by_hand
from crmdesk.services.segment_starters import Starter
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.use_cases import Outcome

_NEW = "+"
_NAME = Field("name", Kind.TEXT, N_("Name of the new list"), length_max=80, sample=N_("Spring fair"))


def pin(ctx: Context, owner: QWidget, card: Card, code: str = "", *, is_in: bool) -> None:
    """Asks for the reason (and the customer, if none is chosen), then pins."""
    if card.kind == "static":
        _add_one(ctx, owner, card)
        return
    title = (
        _("Keep in “{segment}”, whatever the rule says")
        if is_in
        else _("Keep out of “{segment}”, whatever the rule says")
    )
    fields = (required(specs.CUSTOMER), specs.REASON)
    dialog = open_action(
        ctx,
        owner,
        title.format(segment=card.name),
        "segment.pin",
        fields,
        {"customer": code} if code else {},
        {"segment": card.name, "in": is_in},
        name="segmentPin",
        text=_("The reason is shown to everybody who asks why he is here or not."),
        yes=_("Pin in") if is_in else _("Keep out"),
        columns_max=1,
        width=64,
        on_done=lambda _outcome: ctx.notices.toast(_("Pinned."), "good"),
    )
    if code:  # after the dialog has put the cursor into its first field
        QTimer.singleShot(0, dialog.form, lambda: dialog.form.focus_field("reason"))


def _add_one(ctx: Context, owner: QWidget, card: Card) -> None:
    open_action(
        ctx,
        owner,
        _("Put into “{segment}”").format(segment=card.name),
        "segment.add",
        (required(specs.CUSTOMER),),
        {},
        {"segment": card.name},
        name="segmentAdd",
        yes=_("Put in"),
        columns_max=1,
        width=60,
    )


def undo_pin(ctx: Context, owner: QWidget, card: Card, code: str) -> None:
    """The rule decides again; out of a list filled by hand the customer is taken."""
    name = "segment.remove" if card.kind == "static" else "segment.unpin"

    def done(outcome: Outcome) -> None:
        count = outcome.result.get("removed", outcome.result.get("unpinned", 0))
        if not count:
            ctx.notices.toast(_("He is not pinned here: the rule decides already."), "info")
        elif card.kind == "static":
            back = {"segment": card.name, "customer": code}
            ctx.notices.toast(
                _("Taken out."), "good", _("Undo"), lambda: ctx.run_use_case("segment.add", back, owner=owner)
            )
        else:
            ctx.notices.toast(_("The rule decides again."), "good")

    ctx.run_use_case(name, {"segment": card.name, "customer": code}, owner=owner, on_done=done)


def delete(ctx: Context, owner: QWidget, card: Card) -> None:
    """Asks, then deletes; a group that another one looks at is refused with its name."""
    dialogs.confirm(
        owner,
        _("Delete the group “{name}”?").format(name=card.name),
        _("Its customers stay, and so does the history. What it gave by rule is taken back."),
        _("Delete"),
        lambda: ctx.run_use_case("segment.delete", {"segment": card.name}, owner=owner),
        name="deleteSegment",
    )


def make_starter(ctx: Context, owner: QWidget, starter: Starter) -> None:
    """A ready rule becomes a real group at once."""
    values = {
        "name": _(starter.name),
        "rule": starter.rule,
        "note": _(starter.note),
        "colour": starter.colour,
    }

    def done(outcome: Outcome) -> None:
        count = counted(N_("{count} customers"), int(outcome.result["joined"]))
        ctx.notices.toast(_("“{name}” was made: {count}.").format(name=values["name"], count=count), "good")

    ctx.run_use_case("segment.create", values, owner=owner, on_done=done)


# Of customers that are selected in a list


def add_batch(ctx: Context, owner: QWidget, page: ListPage) -> None:
    """What puts selected customers into lists and takes them out: a button, and a key with a line of the menu (two
    buttons more than there is room for)."""
    for name, words, act, icon, keys in (
        ("toGroup", N_("Put into a group"), add_many, "sparkles", "Ctrl+Shift+A"),
        ("fromGroup", N_("Take out of a group"), take_many, "undo", "Ctrl+Shift+U"),
    ):
        command = Command(
            f"customers.{name}", words, lambda do=act: do(ctx, owner, page.table.selected_ids()), icon, keys
        )
        if act is add_many:
            page.add_batch_button(command)
        else:
            ctx.commands.add(command, page)


class ToGroup(ActionDialog):
    """Which list the customers are put into; a new one is made in the same step."""

    def __init__(self, ctx: Context, parent: QWidget, names: Sequence[str], chosen: Sequence[str]) -> None:
        choices = (*(Choice(one, one) for one in names), Choice(_NEW, N_("A new list …")))
        field = Field("segment", Kind.CHOICE, N_("Group"), required=True, choices=choices)
        super().__init__(
            ctx,
            parent,
            counted(N_("Put {count} customers into a group"), len(chosen)),
            "segment.add",
            (field, _NAME),
            {"segment": choices[0].value},
            {},
            name="customers.toGroup",
            text=_("Only groups filled by hand are offered; the others keep themselves by their rule."),
            yes=_("Put in"),
            columns_max=1,
            width=60,
        )
        self._chosen = list(chosen)
        self.form.changed.connect(lambda _name: self.shape())

    def shape(self) -> None:
        """The name is asked for only where a list is made."""
        self.form.show_field("name", self.form.value("segment") == _NEW)
        self.refit()

    def submit(self) -> None:
        """Puts them in, all or none; a new list is made first, in the same transaction."""
        if not self.yes_button.isEnabled():
            return
        is_new = self.form.value("segment") == _NEW
        name = str(self.form.value("name") or "").strip() if is_new else str(self.form.value("segment"))
        if not name:
            self.form.set_error("name", _("Please fill in {label}.").format(label=_(_NAME.label)))
            self.form.focus_field("name")
            return
        ctx, chosen = self._ctx, self._chosen
        book = ctx.need_book()

        def work(progress: Progress) -> Outcome:
            from crmdesk.services import use_cases
            from crmdesk.services.use_cases import Outcome

            del progress
            with book.write(ctx.actor) as unit:
                if is_new:
                    use_cases.perform(unit, "segment.create", {"name": name})
                request = {"segment": name, "customers": chosen}
                result = use_cases.perform(unit, "segment.add", request)
                unit.finish("segment.add", request)
                return Outcome(result, unit.changes, tuple(unit.warnings))

        def done(outcome: Outcome) -> None:
            self.accept()
            ctx.notices.toast(
                _("{count} put into “{name}”.").format(count=outcome.result["added"], name=name),
                "good",
                _("Show the group"),
                lambda: ctx.go("customers", part="segments", segment=name),
            )

        self.yes_button.setEnabled(False)
        ctx.write(work, owner=self, on_done=done, on_error=self._failed)


def add_many(ctx: Context, owner: QWidget, ids: Sequence[int]) -> None:
    """Puts customers into a list filled by hand, or makes one of them."""
    if not ids:
        return

    def asked(found: tuple[list[str], list[str]]) -> None:
        dialog = ToGroup(ctx, owner, *found)
        dialog.shape()
        dialog.form.mark_clean()
        dialog.show_sheet()
        dialog.form.focus_first()

    def read(connection: Connection) -> tuple[list[str], list[str]]:
        return lists_by_hand(connection), codes(connection, ids)

    ctx.read(read, owner=owner, on_done=asked)


def take_many(ctx: Context, owner: QWidget, ids: Sequence[int]) -> None:
    """Takes customers out of a list filled by hand in which one of them is."""
    if not ids:
        return

    def asked(found: tuple[list[str], list[str]]) -> None:
        names, chosen = found
        if not names:
            ctx.notices.toast(_("None of them is in a group filled by hand."), "info")
            return
        field = Field(
            "segment", Kind.CHOICE, N_("Group"), required=True, default=names[0],
            choices=tuple(Choice(one, one) for one in names),
        )  # fmt: skip

        def done(outcome: Outcome) -> None:
            words = _("{count} taken out of “{name}”.")
            ctx.notices.toast(
                words.format(count=outcome.result["removed"], name=outcome.result["segment"]), "good"
            )

        open_action(
            ctx,
            owner,
            counted(N_("Take {count} customers out of a group"), len(chosen)),
            "segment.remove",
            (field,),
            {},
            {},
            name="customers.fromGroup",
            yes=_("Take out"),
            columns_max=1,
            width=60,
            to_arguments=lambda given: {**given, "customers": chosen},
            on_done=done,
        )

    def read(connection: Connection) -> tuple[list[str], list[str]]:
        return lists_by_hand(connection, list(ids)), codes(connection, ids)

    ctx.read(read, owner=owner, on_done=asked)


def new_list(ctx: Context, owner: QWidget, on_done: Callable[[str], object]) -> None:
    """A group filled by hand, empty at first."""
    fields = (specs.REQUIRED_NAME, *(field for field in specs.PLAN if field.name in ("note", "owner")))
    open_action(
        ctx,
        owner,
        _("New list filled by hand"),
        "segment.create",
        fields,
        {},
        {},
        name="segmentList",
        columns_max=1,
        width=64,
        on_done=lambda outcome: on_done(str(outcome.result["segment"])),
    )
