"""Electronic invoices as files: the one door for the command line and the window."""

from __future__ import annotations

from sqlalchemy import Connection

from crmdesk.services import papers
from crmdesk.services.einvoice import cii, ubl
from crmdesk.services.einvoice.gather import gather

UBL, CII, FACTURX = "ubl", "cii", "facturx"
FORMS = (UBL, CII, FACTURX)
SUFFIXES = {UBL: ".xml", CII: ".xml", FACTURX: ".pdf"}


def make(
    connection: Connection,
    kind: str,
    number: str,
    form: str,
    *,
    paper: str = "",
    language: str = "",
    actor: str = "",
) -> bytes:
    """An invoice or credit note in one of `FORMS`. Raises `einvoice_incomplete`, `reversed`, `not_found`."""
    found = gather(connection, kind, number)
    if form == UBL:
        return ubl.write(found)
    if form == CII:
        return cii.write(found)
    from crmdesk.services.einvoice.embed import embed

    rendered = papers.pdf(connection, kind, [number], paper=paper, language=language, actor=actor)
    return embed(rendered.pdf, cii.write(found))
