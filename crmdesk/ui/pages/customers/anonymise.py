"""Erases who a customer is, on request and for good: asks with the name typed."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.people import ANONYMISE
from crmdesk.services.customer_card import Card
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, Arguments, present

_NAME = Field(
    "name",
    Kind.TEXT,
    N_("Name of the customer"),
    required=True,
    length_max=200,
    help=N_("Typed as it is above."),
)
_FIELDS = (_NAME, *ANONYMISE[1:])


class AnonymiseDialog(ActionDialog):
    """Nothing is sent until the name was typed as it stands."""

    expected = ""

    def submit(self) -> None:
        """Compares the name first."""
        typed = self.form.value("name")
        if typed and typed != self.expected:
            self.form.clear_errors()
            self.form.set_error("name", _("That is not the name. Type “{name}”.").format(name=self.expected))
            self.form.focus_field("name")
            self.refit()
            return
        super().submit()


def ask_anonymise(ctx: Context, parent: QWidget, card: Card) -> AnonymiseDialog:
    """Opens the dialog of a customer."""

    def without_name(given: Arguments) -> Arguments:
        return {name: value for name, value in given.items() if name != "name"}

    dialog = AnonymiseDialog(
        ctx,
        parent,
        _("Anonymise {name}").format(name=card.name),
        "customer.anonymise",
        _FIELDS,
        {},
        {"customer": card.code},
        name="anonymise",
        text=_(
            "Name, contacts, addresses, notes, files and their history are erased for good; what was sold and paid "
            "stays. This cannot be undone."
        ),
        yes=_("Erase for good"),
        kind="danger",
        to_arguments=without_name,
        on_done=lambda _outcome: ctx.notices.toast(_("{code} was anonymised.").format(code=card.code)),
        columns_max=1,
    )
    dialog.expected = card.name
    present(dialog, _FIELDS)
    return dialog
