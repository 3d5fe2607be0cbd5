"""Statements of many customers: all with a balance, all with entries, or a group; one file each or one PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.group_statements import FILES, ask_target
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.statement_files import StatementOptions

_FIELDS = (
    Field(
        "who",
        Kind.CHOICE,
        N_("Customers"),
        choices=(
            Choice("balance", N_("All with a balance")),
            Choice("entries", N_("All with entries")),
            Choice("unconfirmed", N_("All who have not confirmed")),
            Choice("group", N_("A group")),
        ),
        default="balance",
    ),
    Field("group", Kind.LINK, N_("Group"), link="group"),
    FILES,
)


class BatchDialog(Dialog):
    """Asks who and how, then where; writes in the background with progress."""

    def __init__(self, ctx: Context, parent: QWidget, options: StatementOptions) -> None:
        super().__init__(parent, _("Statements of many customers"), name="statementBatch", width=70)
        self._ctx, self._options, self._parent = ctx, options, parent
        self.body.addWidget(
            Paragraph(_("With the style, dates and language chosen on the page."), "caption", "second")
        )
        self.form = Form(
            ctx, _FIELDS, name="statementBatch", pickers=ctx.pickers, columns_max=1, has_shortcuts=False
        )
        self.form.editor("group").setPlaceholderText(_("Name of a category, tag or segment"))
        self.body.addWidget(self.form)
        self.form.changed.connect(lambda _name: self._follow())
        self._follow()
        self.add_cancel("statementBatch.cancel")
        self.add_action(_("Choose the target …"), "statementBatch.write", self.submit, kind="primary")
        self.form.focus_first()

    def _follow(self) -> None:
        """A group is asked for only where one is wanted."""
        self.form.show_field("group", self.form.value("who") == "group")

    def submit(self) -> None:
        """Asks for the file or folder."""
        try:
            values = self.form.values()
        except CrmdeskError:
            return
        if values["who"] == "group" and not values["group"]:
            self.form.set_error("group", _("Choose a group."))
            return
        who, group, form = values["who"], values["group"] or "", values["form"]
        self.accept()

        def codes(connection: Connection) -> list[str]:
            from crmdesk.models import clock
            from crmdesk.services import confirmations, groups, statements
            from crmdesk.services.reports import ageing

            until = self._options.date_to
            if who == "group":
                return groups.codes(connection, groups.parse(group))
            if who == "entries":
                return statements.customers_with_entries(connection, until)
            if who == "unconfirmed":
                found = confirmations.standings(connection, until or clock.today())
                return list(dict.fromkeys(one.customer for one in found if one.slip is None))
            rows = ageing.rows(connection, as_of=until)
            return list(dict.fromkeys(row.customer for row in rows if row.total_minor))

        ask_target(self._ctx, self._parent, codes, form, self._options)
