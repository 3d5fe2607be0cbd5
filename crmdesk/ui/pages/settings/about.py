"""About this program, and the check of the book's data."""

from __future__ import annotations

import platform
from typing import Any

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk import __version__
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.pages.settings.section import Section

SHOWN_COUNT_MAX = 12


class _About(Section):
    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "about")
        card = self.add_card(
            N_("Check data"),
            N_(
                "Looks at the file, every ledger identity, the kept amounts, number gaps and the audit trail."
            ),
        )
        self.result = Paragraph("")
        self.result.setObjectName("settings.about.result")
        card.body.addWidget(self.result)
        row = QHBoxLayout()
        row.addWidget(self.make_button("check", N_("Check now"), self.check, "primary"))
        row.addStretch(1)
        card.body.addLayout(row)
        about = self.add_card(
            N_("About crmdesk"), N_("MIT licence. It works offline and sends nothing anywhere.")
        )
        self.versions = Paragraph("", "", "second")
        about.body.addWidget(self.versions)
        self.retranslate()

    def retranslate(self) -> None:
        """Versions and the place of the book."""
        super().retranslate()
        if not hasattr(self, "versions"):
            return
        from crmdesk.services import connections

        lines = [
            f"crmdesk {__version__} · Python {platform.python_version()} · Qt {qVersion()}"
            f" · SQLite {connections.driver.sqlite_version}"
        ]
        if self.ctx.book is not None:
            lines.append(_("Book: {file}").format(file=self.ctx.book.path))
        self.versions.setText("\n".join(lines))

    def check(self) -> None:
        """Runs every check off the window's thread; it can be cancelled."""
        book = self.ctx.need_book()

        def work(progress: Progress) -> dict[str, Any]:
            from crmdesk.services import check

            return check.run(book, is_cancelled=lambda: progress.is_cancelled)

        self.ctx.run_heavy(work, owner=self, on_done=self._show, label=_("Checking the book"))

    def _show(self, found: dict[str, Any]) -> None:
        counts = found["checked"]
        if found["clean"]:
            self.result.set_tone("good")
            self.result.setText(
                _("Clean. {documents} documents, {postings} postings, {entries} audit entries.").format(
                    documents=counts["document"], postings=counts["posting"], entries=counts["audit_entry"]
                )
            )
            return
        self.result.set_tone("danger")
        lines = [entry["message"] for entry in found["violations"][:SHOWN_COUNT_MAX]]
        more = len(found["violations"]) - len(lines)
        if more > 0:
            lines.append(_("and {count} more").format(count=more))
        lines.append(_("Restore the last good backup, or run crmdesk check --rebuild for kept amounts."))
        self.result.setText("\n".join(lines))


def create(ctx: Context) -> QWidget:
    """The section."""
    return _About(ctx)
