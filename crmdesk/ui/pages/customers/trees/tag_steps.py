"""What is done to a tag, each step with its way back; whoever carries it is counted before anything goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import TAG_COLOUR, TAG_NAME
from crmdesk.services import merge_reach, tag_names
from crmdesk.services.category_desk import TagCard
from crmdesk.services.customer_card import codes
from crmdesk.services.groups import Group, expression
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import open_action
from crmdesk.ui.dialogs.one_field import ask_text
from crmdesk.ui.dialogs.target import TargetDialog
from crmdesk.ui.dialogs.whom import WhomDialog
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.entry_list import Entry
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.list_page import ListPage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.use_cases import Outcome

_NEW_NAME = Field("name", Kind.TEXT, N_("New name"), required=True, length_max=40)


def new(ctx: Context, owner: QWidget, on_made: Callable[[int], object]) -> None:
    """Asks for name and colour."""
    open_action(
        ctx,
        owner,
        _("New tag"),
        "tag.create",
        (replace(TAG_NAME, label=N_("Name")), TAG_COLOUR),
        {},
        {},
        name="tagNew",
        yes=_("Make the tag"),
        columns_max=1,
        width=56,
        on_done=lambda outcome: on_made(int(outcome.result["id"])),
    )


def rename(ctx: Context, owner: QWidget, card: TagCard | None) -> None:
    """Asks for another name; one that is taken is refused with the way out."""
    if card is None:
        return

    def given(text: str, form: Form, dialog: dialogs.Dialog) -> None:
        def done(_outcome: Outcome) -> None:
            dialog.accept()
            words = _("“{before}” is called “{after}” now.").format(before=card.name, after=text)
            _tell(ctx, owner, words, "tag.rename", {"tag": text, "name": card.name})

        ctx.run_use_case(
            "tag.rename",
            {"tag": card.name, "name": text},
            owner=owner,
            on_done=done,
            on_error=form.take_error,
        )

    ask_text(
        ctx, owner, _("Rename “{name}”").format(name=card.name), _NEW_NAME, given, value=card.name,
        name="tagRename", text=_carried(card),
    )  # fmt: skip


def recolour(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Asks for another colour."""

    def done(_outcome: Outcome) -> None:
        words = _("“{name}” has another colour.").format(name=card.name)
        _tell(ctx, owner, words, "tag.recolour", {"tag": card.name, "colour": card.colour})

    open_action(
        ctx,
        owner,
        _("Colour of “{name}”").format(name=card.name),
        "tag.recolour",
        (TAG_COLOUR,),
        {"colour": card.colour},
        {"tag": card.name},
        name="tagColour",
        columns_max=1,
        width=56,
        on_done=done,
    )


def merge(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Asks into which tag it goes, and shows who and what that touches."""

    def read(connection: Connection) -> list[tuple[int, str, int]]:
        from crmdesk.services.tags import counts, names_in_use

        # one in use goes into no retired one: who has it would have what is given to nobody
        allowed = None if card.is_retired else set(names_in_use(connection))
        found = (one for one in counts(connection) if one[0] != card.id)
        return [one for one in found if allowed is None or one[1] in allowed]

    def asked(others: list[tuple[int, str, int]]) -> None:
        def done(outcome: Outcome, into: tuple[int, str]) -> None:
            count = counted(N_("{count} customers came new"), int(outcome.result["tagged"]))
            words = _("“{before}” is part of “{after}” now: {count}.")
            words = words.format(before=card.name, after=into[1], count=count)
            _tell(ctx, owner, words, "tag.undo_merge", {"tag": into[1]})

        TargetDialog(
            ctx,
            owner,
            _("Merge “{name}” into …").format(name=card.name),
            [
                Entry(name, counted(N_("{count} customers"), count), icon="tag", data=(one, name))
                for one, name, count in others
            ],
            lambda into: ("tag.merge", {"tag": card.name, "into": into[1]}),
            name="tagMerge",
            hint=_("Type a part of the tag"),
            yes=_("Merge"),
            text=_("Whoever has “{name}” has the other one then. The merge can be undone.").format(
                name=card.name
            ),
            reach=lambda connection, into: merge_reach.of_tags(connection, card.id, into[0]),
            on_done=done,
        ).begin()

    ctx.read(read, owner=owner, on_done=asked)


def undo_merge(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Asks, then brings back the tag that was last merged into this one."""
    if not card.merged:
        words = _("Nothing was merged into the tag “{name}”.").format(name=card.name)
        ctx.notices.toast(words, "info")
        return

    def done(outcome: Outcome) -> None:
        ctx.notices.toast(_("“{path}” is back.").format(path=outcome.result["tag"]), "good")

    dialogs.confirm(
        owner,
        _("Undo the last merge?"),
        _("“{name}” comes back, with who had it; who lost “{into}” since gets neither.").format(
            name=card.merged, into=card.name
        ),
        _("Undo the merge"),
        lambda: ctx.run_use_case("tag.undo_merge", {"tag": card.name}, owner=owner, on_done=done),
        name="tagUndo",
        kind="primary",
    )


def retire(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Retires it, or brings it back; both can be undone at once."""
    use_case, back = ("tag.restore", "tag.retire") if card.is_retired else ("tag.retire", "tag.restore")

    def done(_outcome: Outcome) -> None:
        if card.is_retired:
            words = _("“{name}” can be given again.").format(name=card.name)
        else:
            words = _("“{name}” is retired. {carried}").format(name=card.name, carried=_carried(card))
        _tell(ctx, owner, words, back, {"tag": card.name})

    ctx.run_use_case(use_case, {"tag": card.name}, owner=owner, on_done=done)


def give(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Gives it to a group of customers, or to whom a filter finds."""

    def done(outcome: Outcome, _whom: str) -> None:
        words = counted(N_("{count} customers got the tag"), int(outcome.result["tagged"]))
        ctx.notices.toast(f"{card.name}: {words}", "good")

    WhomDialog(
        ctx,
        owner,
        _("Give “{name}” to …").format(name=card.name),
        lambda whom: ("tag.add", {"tag": card.name, "filter": whom}),
        name="tagGive",
        yes=_("Give the tag"),
        text=_("Single customers get it from the list of customers: select them there."),
        already=expression(Group("tag", card.name)),
        on_done=done,
    ).begin()


def take(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Takes it from a group of customers, or from whom a filter finds."""

    def done(outcome: Outcome, _whom: str) -> None:
        words = counted(N_("{count} customers lost the tag"), int(outcome.result["untagged"]))
        ctx.notices.toast(f"{card.name}: {words}", "good")

    own = expression(Group("tag", card.name))
    WhomDialog(
        ctx,
        owner,
        _("Take “{name}” from …").format(name=card.name),
        lambda whom: ("tag.remove", {"tag": card.name, "filter": f"({whom}) and ({own})"}),
        name="tagTake",
        yes=_("Take the tag"),
        text=_carried(card),
        base=own,
        on_done=done,
    ).begin()


def delete(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Deletes one that nobody has; of any other says how many carry it, and what can be done."""
    if not card.count:

        def done(_outcome: Outcome) -> None:
            words = _("The tag “{name}” was deleted. Nobody had it.").format(name=card.name)
            _tell(ctx, owner, words, "tag.create", {"tag": card.name, "colour": card.colour})

        ctx.run_use_case("tag.delete", {"tag": card.name}, owner=owner, on_done=done)
        return
    ways: list[tuple[str, str, str, Callable[[], object]]] = [(_("Cancel"), "no", "", lambda: None)]
    ways.append((_("Merge…"), "merge", "", lambda: merge(ctx, owner, card)))
    if not card.is_retired:
        ways.append((_("Retire"), "retire", "primary", lambda: retire(ctx, owner, card)))
    dialogs.ask(
        owner,
        _("“{name}” is in use").format(name=card.name),
        _carried(card)
        + " "
        + _("Retired, it stays with them and is given to nobody any more. Merged, they carry the other one."),
        ways,
        name="tagDelete",
    )


def show_customers(ctx: Context, owner: QWidget, card: TagCard) -> None:
    """Who carries it, in the list of customers."""
    del owner
    ctx.go("customers", filter=expression(Group("tag", card.name)), words=card.name)


def show(ctx: Context, page: ListPage, name: str) -> None:
    """Puts the cursor of the list on the tag that a name means."""
    ctx.read(
        lambda connection: tag_names.id_of(connection, name),
        owner=page,
        on_done=lambda found: page.show_record(found) if found is not None else None,
    )


def _tell(ctx: Context, owner: QWidget, words: str, use_case: str, back: dict[str, Any]) -> None:
    """Says what was done, with the use case that takes it back."""
    ctx.notices.toast(words, "good", _("Undo"), lambda: ctx.run_use_case(use_case, back, owner=owner))


def _carried(card: TagCard) -> str:
    return counted(N_("Carried by {count} customers."), card.count)


# Of customers that are selected in a list


def give_many(ctx: Context, owner: QWidget, ids: Sequence[int]) -> None:
    """Gives one tag to the selected customers; what is typed and not there is made."""
    if not ids:
        return

    def read(connection: Connection) -> tuple[list[str], list[str]]:
        from crmdesk.services.tags import names_in_use

        return names_in_use(connection), codes(connection, ids)

    def asked(found: tuple[list[str], list[str]]) -> None:
        names, chosen = found

        def done(outcome: Outcome, name: str) -> None:
            words = counted(N_("{count} customers got the tag"), int(outcome.result["tagged"]))
            ctx.notices.toast(
                f"{name}: {words}",
                "good",
                _("Show the tag"),
                lambda: ctx.go("customers", part="tags", tag=name),
            )

        TargetDialog(
            ctx,
            owner,
            counted(N_("Give a tag to {count} customers"), len(chosen))
            if len(chosen) > 1
            else _("Give a tag to the customer"),
            [Entry(name, icon="tag", data=name) for name in names],
            lambda name: ("tag.add", {"tag": name, "customers": chosen}),
            name="customers.tagMany",
            hint=_("Type a tag; a new one is made"),
            yes=_("Give the tag"),
            made=lambda typed: Entry(typed, _("New tag"), icon="plus", icon_tone="accent", data=typed),
            on_done=done,
        ).begin()

    ctx.read(read, owner=owner, on_done=asked)
