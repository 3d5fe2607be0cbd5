"""Contacts as visiting cards: one copied for a chat or saved, those of many customers as one file for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _, counted
from crmdesk.ui import papers
from crmdesk.ui.context import Context

if TYPE_CHECKING:
    from crmdesk.services.exports.cards import Single
    from crmdesk.ui.kit.tasks import Progress


def copy_card(ctx: Context, owner: QWidget, contact_id: int) -> None:
    """Puts a contact on the clipboard: as a file where files are taken, as lines where text is."""

    def work(connection: Any) -> tuple[Single, Path]:
        from crmdesk.services.documents import file_names
        from crmdesk.services.exports import cards
        from crmdesk.services.outgoing import passing_file

        found = cards.single(connection, contact_id)
        return found, passing_file(file_names.file_name(".vcf", customer=found.name), found.card)

    def done(answer: tuple[Single, Path]) -> None:
        found, path = answer
        papers.put_file(path, found.words)
        ctx.notices.toast(_("The card of {name} is on the clipboard.").format(name=found.name), "good")

    ctx.read(work, owner=owner, on_done=done, lane="heavy")


def save_card(ctx: Context, owner: QWidget, contact_id: int, name: str) -> None:
    """Asks where to, and saves the card of one contact."""
    from crmdesk.services.documents import file_names

    papers.ask_file(
        ctx,
        owner,
        _("Save as a card"),
        file_names.file_name(".vcf", customer=name),
        lambda path: write_cards(ctx, owner, path, [contact_id]),
    )


def write_cards(
    ctx: Context,
    owner: QWidget,
    path: Path,
    contact_ids: Sequence[int] | None = None,
    customer_ids: Sequence[int] | None = None,
) -> None:
    """Writes the cards of contacts, of customers' contacts, or of all; says how many they are and where."""
    book = ctx.need_book()

    def work(progress: Progress) -> int:
        from crmdesk.services.exports import cards

        progress.check()
        with book.read() as connection:
            return cards.write(connection, path, contact_ids, customer_ids=customer_ids)

    def done(count: int) -> None:
        ctx.notices.toast(
            counted(N_("{count} contacts saved: {file}"), count, file=path.name),
            "good",
            _("Show in folder"),
            lambda: papers.open_folder(path.parent),
        )

    ctx.run_heavy(work, owner=owner, on_done=done, label=_("Writing {file}").format(file=path.name))
