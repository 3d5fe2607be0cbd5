"""What an import did or would do, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.text import N_, _, counted, counted_each
from crmdesk.ui.dialogs.import_bank import statement_words
from crmdesk.ui.dialogs.import_kinds import ARCHIVE, BANK

if TYPE_CHECKING:
    from crmdesk.services.imports.results import ImportResult


def result_words(result: ImportResult, *, is_trial: bool) -> str:
    """One or two sentences; a statement and an archive have their own."""
    if result.kind == BANK:
        return statement_words(result, is_trial=is_trial)
    if result.kind == ARCHIVE:
        return archive_words(result, is_trial=is_trial)
    source = (
        N_("Trial: {read} rows read, {created} new, {updated} changed, {skipped} skipped, {failed} refused.")
        if is_trial
        else N_(
            "Done: {read} rows read, {created} new, {updated} changed, {skipped} skipped, {failed} refused."
        )
    )
    return counted_each(
        source,
        {
            "read": result.read_count,
            "created": result.created_count,
            "updated": result.updated_count,
            "skipped": result.skipped_count,
            "failed": result.failed_count,
        },
    )


def archive_words(result: ImportResult, *, is_trial: bool) -> str:
    """What an archive would change or changed, calmly where that is nothing."""
    if not result.difference_count and not result.failed_count:
        return counted(N_("0 changes: all {count} rows say what the book says."), result.read_count)
    changes = counted(N_("{count} changes"), result.difference_count)
    texts = [
        (_("Nothing is written yet: {changes}.") if is_trial else _("Done: {changes}.")).format(
            changes=changes
        )
    ]
    texts.append(
        _("Rows: {created} new, {updated} changed, {skipped} as in the book, {failed} refused.").format(
            created=f"{result.created_count:,}",
            updated=f"{result.updated_count:,}",
            skipped=f"{result.skipped_count:,}",
            failed=f"{result.failed_count:,}",
        )
    )
    if len(result.differences) < result.difference_count:
        texts.append(_("The first {count} are shown.").format(count=f"{len(result.differences):,}"))
    texts += dict.fromkeys(note.message for note in result.notes[:2])
    return " ".join(texts)
