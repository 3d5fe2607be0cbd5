"""Group letters as paper: one customer's page of a text that is stored or still being written, or all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.documents.model import Rendered
    from crmdesk.services.letters import LetterOptions

OWN_LANGUAGE = "own"
LANGUAGES = ((OWN_LANGUAGE, N_("Each his own")), *papers.LANGUAGES)


def options_of(ctx: Context, language: str, offer: str = "") -> LetterOptions:
    """How letters are written now."""
    from crmdesk.services.letters import LetterOptions

    return LetterOptions(language, offer=offer, actor=ctx.actor)


def written_now(ctx: Context, values: Mapping[str, Any], language: str) -> papers.Paper:
    """A text as it stands in its form, filled for the first customer of the book; never noted."""
    typed = {name: str(value or "") for name, value in values.items()}
    options = options_of(ctx, language)

    def render(connection: Connection) -> Rendered:
        from crmdesk.models.errors import Code, NotFound
        from crmdesk.services import letters, lists

        first = lists.ids(connection, lists.Query("customers"), 1)
        made = list(letters.drawn(connection, first, letters.Text(**typed), options))
        if not made:
            raise NotFound(
                Code.CUSTOMER_MISSING, _("No customer yet: the letter shows itself as soon as there is one.")
            )
        return letters.rendered(connection, made, options)

    return papers.Paper("proposal", (), "letter.pdf", render)


def stored(
    ctx: Context, name: str, ids: Sequence[int], codes: Sequence[str], language: str, offer: str
) -> papers.Paper:
    """The letters of these customers in one PDF."""
    from crmdesk.models import clock
    from crmdesk.services.documents import file_names

    options = options_of(ctx, language, offer)
    chosen = tuple(ids)

    def render(connection: Connection) -> Rendered:
        from crmdesk.services import groups, letters

        made = letters.documents(connection, groups.Chosen(chosen), name, options)
        return letters.rendered(connection, made, options)

    return papers.Paper(
        "letter", tuple(codes), file_names.file_name(".pdf", number=name, on=clock.today()), render
    )
