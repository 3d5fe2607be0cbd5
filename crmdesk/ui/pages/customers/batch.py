"""What is done to one or many customers at once: categories, tags, in and out of use, deleting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.fields import Field, Kind
from crmdesk.services.customer_card import Card, codes
from crmdesk.text import N_, _, counted
from crmdesk.ui import form_requests
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.category_picker import pick_category
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from crmdesk.services.use_cases import Outcome

TAGS = Field("tags", Kind.LIST, N_("Tags"), length_max=40, help=N_("Separated by commas."))


def assign(ctx: Context, owner: QWidget, ids: Sequence[int], dimension: str, path: str) -> None:
    """Puts customers into a category; what was new can be undone."""
    _run_for_codes(
        ctx,
        owner,
        ids,
        "category.assign",
        lambda chosen: [{"dimension": dimension, "path": path, "customers": chosen}],
        lambda outcome: _tell_assigned(ctx, owner, ids, dimension, path),
    )


def _tell_assigned(ctx: Context, owner: QWidget, ids: Sequence[int], dimension: str, path: str) -> None:
    ctx.notices.toast(
        _("{count} put into “{category}”.").format(count=len(ids), category=path),
        "good",
        _("Take them out again"),
        lambda: unassign(ctx, owner, ids, dimension, path),
    )


def unassign(ctx: Context, owner: QWidget, ids: Sequence[int], dimension: str, path: str) -> None:
    """Takes customers out of a category."""
    _run_for_codes(
        ctx,
        owner,
        ids,
        "category.unassign",
        lambda chosen: [{"dimension": dimension, "path": path, "customers": chosen}],
        lambda outcome: ctx.notices.toast(
            _("{count} taken out of “{category}”.").format(count=len(ids), category=path)
        ),
    )


def pick_and_assign(ctx: Context, owner: QWidget, ids: Sequence[int]) -> None:
    """Asks for a category first."""
    if ids:
        title = counted(N_("Put {count} customers into a category"), len(ids))
        pick_category(
            ctx,
            owner,
            title,
            lambda dimension, path: assign(ctx, owner, ids, dimension, path),
            name="customers.assign",
        )


def set_active(ctx: Context, owner: QWidget, ids: Sequence[int], *, is_active: bool) -> None:
    """Activates customers, or deactivates them after asking."""
    name = "customer.activate" if is_active else "customer.deactivate"

    def done(_outcome: Outcome) -> None:
        words = _("{count} activated.") if is_active else _("{count} deactivated.")
        ctx.notices.toast(words.format(count=len(ids)), "good", _("Undo"), lambda: go_on(not is_active))

    def go_on(wanted: bool) -> None:
        if wanted is is_active:
            _run_for_codes(ctx, owner, ids, name, lambda chosen: [{"customer": one} for one in chosen], done)
        else:
            set_active(ctx, owner, ids, is_active=wanted)

    if is_active or not ids:
        go_on(is_active)
        return
    dialogs.confirm(
        owner,
        counted(N_("Deactivate {count} customers?"), len(ids))
        if len(ids) > 1
        else _("Deactivate the customer?"),
        _("Deactivated customers stay in the book and get no new documents. You can activate them again."),
        _("Deactivate"),
        lambda: go_on(False),
        name="customers.deactivate",
        kind="primary",
    )


def delete(ctx: Context, owner: QWidget, card: Card, on_done: Callable[[], object]) -> None:
    """Deletes an unused customer after asking; a used one is refused with the way out."""

    def yes() -> None:
        ctx.run_use_case(
            "customer.delete", {"customer": card.code}, owner=owner, on_done=lambda _outcome: on_done()
        )

    dialogs.confirm(
        owner,
        _("Delete the customer?"),
        _("{code} {name} is deleted with its contacts and addresses.").format(code=card.code, name=card.name),
        _("Delete"),
        yes,
        name="customers.delete",
    )


def edit_tags(ctx: Context, owner: QWidget, card: Card) -> FormDialog:
    """A dialog with the tags of one customer."""
    before = [tag.name for tag in card.tags]
    dialog = FormDialog(owner, _("Tags"), name="customers.tags", subtitle=card.name, width=62)
    form = Form(
        ctx, (TAGS,), {"tags": before}, name="customers.tags.form", columns_max=1, has_shortcuts=False
    )
    dialog.set_form(form)

    def submit() -> None:
        wanted = form_requests.creation(form).get("tags", [])
        added = [{"tag": name, "customer": card.code} for name in wanted if name not in before]
        removed = [{"tag": name, "customer": card.code} for name in before if name not in wanted]
        if not added and not removed:
            dialog.accept()
            return

        def work(progress: Progress) -> Outcome:
            from crmdesk.services import several

            del progress
            book = ctx.need_book()
            outcome: Any = None
            for name, requests in (("tag.add", added), ("tag.remove", removed)):
                if requests:
                    last = several.run(book, name, requests, actor=ctx.actor)
                    if outcome is not None:
                        last.changes.merge(outcome.changes)
                    outcome = last
            return outcome

        ctx.write(work, owner=dialog, on_done=lambda _outcome: dialog.accept(), on_error=form.take_error)

    form.submitted.connect(submit)
    dialog.add_cancel("customers.tags.cancel")
    dialog.add_action(_("Save"), "customers.tags.save", form.submit, kind="primary", shortcut="Ctrl+S")
    dialog.show_sheet()
    form.focus_first()
    return dialog


def _run_for_codes(
    ctx: Context,
    owner: QWidget,
    ids: Sequence[int],
    name: str,
    requests: Callable[[list[str]], list[dict[str, Any]]],
    on_done: Callable[[Outcome], object],
) -> None:
    """Runs a use case for customers that are known by id, all or nothing."""
    if not ids:
        return
    book = ctx.need_book()

    def work(progress: Progress) -> Outcome:
        from crmdesk.services import several

        with book.read() as connection:
            chosen = codes(connection, ids)
        return several.run(book, name, requests(chosen), actor=ctx.actor, step=progress.step)

    ctx.write(work, owner=owner, on_done=on_done, label=counted(N_("Changing {count} customers"), len(ids)))
