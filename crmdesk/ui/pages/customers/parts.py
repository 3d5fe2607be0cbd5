"""Contacts, addresses and billing profiles of a customer: shown, added, changed, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from crmdesk.models.errors import InvalidInput
from crmdesk.models.specs import customers as specs
from crmdesk.services.customer_card import Card, Part
from crmdesk.text import N_, _
from crmdesk.ui import contact_cards, form_requests, own_form
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.columns import choice_label
from crmdesk.ui.kit.commands import Command, plain_button
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from crmdesk.services import draft_journal

_WORDS = {
    "contact": (N_("Contacts"), N_("Add contact"), N_("Contact"), N_("No contacts yet.")),
    "address": (N_("Addresses"), N_("Add address"), N_("Address"), N_("No addresses yet.")),
    "billing_profile": (
        N_("Billing profiles"),
        N_("Add billing profile"),
        N_("Billing profile"),
        N_("No billing profiles yet."),
    ),
}
_ICONS = {"contact": "user", "address": "map-pin", "billing_profile": "receipt"}
_TITLES = ("name", "title", "street", "city", "province")
"""What an unfinished one is known by: the first of these that is filled in."""
_SPANS = {"street": 2, "title": 2, "address": 2, "bank": 2}


class PartsPanel(Speaking, QWidget):
    """One kind of part. Enter or double click edits, Delete removes, the button adds."""

    def __init__(self, ctx: Context, place: str, kind: str, *, has_heading: bool = True) -> None:
        super().__init__()
        self._ctx = ctx
        self._kind = kind
        self._name = f"{place}.{kind}"
        self._card: Card | None = None
        space = theme().metrics.space
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(1))
        title, add, _one, nothing = _WORDS[kind]
        row = QHBoxLayout()
        if has_heading:
            heading = labels.strong()
            self.say(heading.setText, title)
            row.addWidget(heading)
        row.addStretch(1)
        self.add_button = plain_button("", f"{self._name}.add", "ghost", "plus")
        self.say(self.add_button.setText, add)
        self.say(self.add_button.setAccessibleName, add)
        self.add_button.clicked.connect(lambda: self.edit(None))
        row.addWidget(self.add_button)
        layout.addLayout(row)
        self.list = EntryList(f"{self._name}.list")
        self.say(self.list.setAccessibleName, title)
        self.list.chosen.connect(lambda entry: self.edit(entry.data))
        self.list.delete_requested.connect(lambda entry: self.remove(entry.data))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        layout.addWidget(self.list, 1)
        self._nothing = labels.caption("", "third")
        self.say(self._nothing.setText, nothing)
        layout.addWidget(self._nothing)
        layout.addStretch(0)
        if kind == "contact":
            copy = Command(
                f"{self._name}.copyCard",
                N_("Copy the contact as a card"),
                self._copy_card,
                "copy",
                "Ctrl+Shift+C",
            )
            ctx.commands.add(copy, self.list)

    def _copy_card(self) -> None:
        entry = self.list.current()
        if entry is not None:
            contact_cards.copy_card(self._ctx, self, entry.data.id)

    def fit(self) -> None:
        """Makes the list as high as its entries, for a page that scrolls itself."""
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        count = len(self.list.entries())
        self.list.setFixedHeight(max(self.list.sizeHintForRow(0), 0) * count)

    def show_card(self, card: Card) -> None:
        """Shows a customer's parts."""
        self._card = card
        self.list.set_entries([_entry(part) for part in card.parts[self._kind]])
        self.list.setVisible(bool(card.parts[self._kind]))
        self._nothing.setVisible(not card.parts[self._kind])

    def retranslate(self) -> None:
        """Entries hold words, too."""
        super().retranslate()
        if self._card is not None:
            self.show_card(self._card)

    def _show_menu(self, point: QPoint) -> None:
        index = self.list.indexAt(point)
        if not index.isValid():
            return
        part = self.list.entries()[index.row()].data
        menu = QMenu(self)
        menu.setObjectName(f"{self._name}.menu")
        menu.addAction(_("Edit")).triggered.connect(lambda: self.edit(part))
        if not part.is_primary:
            menu.addAction(_("Make it the primary one")).triggered.connect(lambda: self._make_primary(part))
        if self._kind == "contact":
            menu.addAction(_("Copy as a card")).triggered.connect(
                lambda: contact_cards.copy_card(self._ctx, self, part.id)
            )
            menu.addAction(_("Save as a card …")).triggered.connect(
                lambda: contact_cards.save_card(self._ctx, self, part.id, part.values["name"])
            )
        menu.addAction(_("Remove…")).triggered.connect(lambda: self.remove(part))
        menu.popup(self.list.viewport().mapToGlobal(point))

    def _make_primary(self, part: Part) -> None:
        self._ctx.run_use_case(f"{self._kind}.update", {self._kind: part.id, "primary": True}, owner=self)

    def edit(self, part: Part | None) -> Dialog | None:
        """Opens the dialog for a part, or for a new one."""
        if self._card is None:
            return None
        return edit_part(self._ctx, self, self._kind, self._card.code, part)

    def remove(self, part: Part) -> None:
        """Asks, then removes."""

        def yes() -> None:
            self._ctx.run_use_case(f"{self._kind}.remove", {self._kind: part.id}, owner=self)

        dialogs.confirm(
            self,
            _("Remove this entry?"),
            _("“{name}” is removed. What it was stays in the history.").format(name=_entry(part).title),
            _("Remove"),
            yes,
            name=f"{self._name}.remove",
        )


def resume_part(ctx: Context, parent: QWidget, card: Card, entry: draft_journal.Entry) -> Dialog:
    """Goes on with what a crash left behind; of a part that was removed meanwhile a new one is made."""
    part = next((one for one in card.parts[entry.form] if one.id == entry.about.get("part")), None)
    return edit_part(ctx, parent, entry.form, card.code, part, entry)


def edit_part(
    ctx: Context,
    parent: QWidget,
    kind: str,
    customer: str,
    part: Part | None,
    entry: draft_journal.Entry | None = None,
) -> Dialog:
    """The dialog for one contact, address or billing profile, with what was left behind if it is that."""
    _title, add, one, _nothing = _WORDS[kind]
    dialog = FormDialog(parent, _(one) if part is not None else _(add), name=kind, width=100)
    values = dict(part.values) if part is not None else {}
    fields = list(specs.PARTS[kind])
    if kind == "contact":
        fields = [*own_form.with_words(ctx, kind, fields), *own_form.declared(ctx, kind)]
        if part is not None:
            # Without a value is without a value: the default is what a new one begins with.
            values |= {one.name: None for one in fields if one.name.startswith(own_form.PREFIX)}
            values |= {f"{own_form.PREFIX}{name}": value for name, value in part.own.items()}
    form = Form(
        ctx,
        fields,
        values,
        name=f"{kind}.form",
        pickers=ctx.pickers,
        columns_max=2,
        spans=_SPANS,
        has_shortcuts=False,
    )
    dialog.set_form(form)
    if kind == "address":
        from crmdesk.ui.pages.customers.region_finder import RegionFinder

        RegionFinder(ctx, form)

    def submit() -> None:
        try:
            request = form_requests.update(form) if part is not None else form_requests.creation(form)
        except InvalidInput:
            return
        if part is not None and not request:
            dialog.accept()
            return
        name = f"{kind}.update" if part is not None else f"{kind}.add"
        target: Mapping[str, Any] = {kind: part.id} if part is not None else {"customer": customer}
        ctx.run_use_case(
            name,
            {**target, **request},
            owner=dialog,
            on_done=lambda _outcome: dialog.accept(),
            on_error=form.take_error,
        )

    form.submitted.connect(submit)
    dialog.add_cancel(f"{kind}.cancel")
    dialog.add_action(_("Save"), f"{kind}.save", form.submit, kind="primary", shortcut="Ctrl+S")

    def title() -> str:
        texts = (str(form.value(name) or "") for name in _TITLES if name in form.field_names())
        return " ".join((customer, next(filter(None, texts), "")))

    about = {"customer": customer, "part": part.id if part is not None else None}
    dialog.keep_safe(ctx, kind, title=title, about=lambda: about, entry=entry)
    dialog.show_sheet()
    form.focus_first()
    return dialog


def _entry(part: Part) -> Entry:
    values = part.values
    fields = {field.name: field for field in specs.PARTS[part.kind]}
    if part.kind == "contact":
        title = " · ".join(filter(None, (values["name"], values["role"])))
        wechat = _("WeChat {name}").format(name=values["wechat"]) if values["wechat"] else ""
        detail = " · ".join(filter(None, (values["mobile"], values["phone"], values["email"], wechat)))
    elif part.kind == "address":
        places = [values[name] for name in ("province", "city", "district", "street")]
        shown = [place for index, place in enumerate(places) if place and place not in places[:index]]
        title = " ".join(shown) or values["country"] or _("Address")
        detail = " · ".join(
            filter(None, (choice_label(fields["kind"], values["kind"]), values["postal_code"]))
        )
    else:
        title = values["title"]
        detail = " · ".join(filter(None, (values["tax_number"], values["bank"], values["bank_account"])))
    return Entry(
        title,
        detail,
        icon=_ICONS[part.kind],
        chip=_("Primary") if part.is_primary else "",
        chip_tone="good",
        data=part,
    )
