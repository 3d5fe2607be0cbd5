"""The form of a customer: new, with a first contact and categories, or changed; warns of twins while typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, pick
from crmdesk.models.specs import customers as specs
from crmdesk.services import customer_card, duplicates
from crmdesk.services.customer_card import Card
from crmdesk.text import N_, _
from crmdesk.ui import form_requests, own_form
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import changed_meanwhile
from crmdesk.ui.dialogs.category_picker import pick_category
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.dialogs.merge_customers import open_merge
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome

NAME = "customer"
_SECTIONS = {
    "basic": "",
    "person": "",
    "sales": N_("Sales"),
    "terms": N_("Terms"),
    "note": N_("More"),
    "groups": N_("More"),
}
_PERSON_FIELDS = ("gender", "born_on", "occupation")
_FIRST_CONTACT = {"name": N_("Contact"), "role": "", "mobile": "", "wechat": ""}
_TWIN_DELAY_MS = 250
_SPANS = {"name": 2}
Place = tuple[str, str]


def fields_of(*, is_new: bool) -> tuple[Field, ...]:
    """The form's fields; a new customer gets a first contact and tags at once."""
    made = [_placed(field) for field in _of_sections("basic", "person")]
    if is_new:
        made += [
            replace(
                field,
                name=f"contact_{field.name}",
                label=_FIRST_CONTACT[field.name] or field.label,
                required=False,
                section=N_("First contact"),
            )
            for field in pick(specs.CONTACT, *_FIRST_CONTACT)
        ]
    made += [_placed(field) for field in _of_sections("terms", "sales")]
    if is_new:
        made.append(replace(_placed(specs.TAGS), help=N_("Separated by commas.")))
    else:
        made[0] = replace(made[0], help="")
    made.append(_placed(specs.NOTE))
    return tuple(made)


def _offered(ctx: Context, fields: Sequence[Field]) -> list[Field]:
    """The fields with the words of their dictionaries, and the owner's own ones before the note."""
    made = own_form.with_words(ctx, "customer", fields)
    roles = ctx.own.words("contact", "role")
    if roles is not None and roles.offered:
        as_role = [replace(one, name="role") for one in made if one.name == "contact_role"]
        offered = {one.name: one for one in own_form.with_words(ctx, "contact", as_role)}
        made = [
            replace(offered["role"], name=one.name) if one.name == "contact_role" else one for one in made
        ]
    return [*made[:-1], *own_form.declared(ctx, "customer"), made[-1]]


def _values_of(card: Card) -> dict[str, Any]:
    """What a customer's form shows, by its fields."""
    return {**card.values, **own_form.shown(card.own)}


def _of_sections(*names: str) -> list[Field]:
    return [field for name in names for field in specs.CUSTOMER if field.section == name]


def _placed(field: Field) -> Field:
    return replace(field, section=_SECTIONS[field.section])


class CustomerDialog(FormDialog):
    """Saves by itself; `on_saved(outcome)` comes after that. `on_twin(id)` shows a customer that may be the same,
    `on_fill(id, typed)` goes on in that one's form."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        card: Card | None = None,
        *,
        places: Sequence[Place] = (),
        on_saved: Callable[[Outcome], object] | None = None,
        on_twin: Callable[[int], object] | None = None,
        on_fill: Callable[[int, dict[str, Any]], object] | None = None,
        name: str = "",
        entry: Entry | None = None,
    ) -> None:
        title = _("Edit customer") if card is not None else _("New customer")
        super().__init__(parent, title, name=NAME, subtitle=card.code if card is not None else "", width=128)
        self._ctx = ctx
        self._card = card
        self._version = card.version if card is not None else 0
        self._places: list[Place] = list(places)
        self._on_saved = on_saved
        self._on_twin = on_twin
        self._on_fill = on_fill
        self.banner = Banner(f"{NAME}.twins")
        self.body.addWidget(self.banner)
        values: dict[str, Any] = _values_of(card) if card is not None else {"name": name}
        self.fields = Form(
            ctx,
            _offered(ctx, fields_of(is_new=card is None)),
            values,
            name=f"{NAME}.form",
            pickers=ctx.pickers,
            columns_max=3,
            spans=_SPANS,
            has_shortcuts=False,
        )
        self.set_form(self.fields)
        if name:
            self.fields.set_value("name", name)
        if entry is not None:
            self._version = int(entry.about.get("version") or self._version)
            self._places = [(str(tree), str(path)) for tree, path in entry.about.get("places") or ()]
        if card is None:
            self.body.addLayout(self._category_row())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TWIN_DELAY_MS)
        self._timer.timeout.connect(self._look_for_twins)
        self.fields.changed.connect(self._changed)
        self.fields.submitted.connect(self.save)
        self.add_cancel(f"{NAME}.cancel")
        self.add_action(_("Save"), f"{NAME}.save", self.fields.submit, kind="primary", shortcut="Ctrl+S")
        self.keep_safe(
            ctx,
            NAME,
            record=card.code if card is not None else "",
            title=lambda: str(self.fields.value("name") or ""),
            about=lambda: {"version": self._version, "places": self._places},
            entry=entry,
        )
        self._show_person_fields()

    # Categories of a new customer

    def _category_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(2))
        row.addWidget(labels.caption(_("Categories")))
        holder = QWidget()
        self._chips = FlowLayout(holder, gap=1.5)
        row.addWidget(holder, 1)
        add = plain_button(_("Add category"), f"{NAME}.addCategory", "addChip", "plus")
        add.clicked.connect(
            lambda: pick_category(
                self._ctx, self, _("Add category"), self._add_place, name=f"{NAME}.category"
            )
        )
        row.addWidget(add)
        self._show_places()
        return row

    def _add_place(self, dimension: str, path: str) -> None:
        if (dimension, path) not in self._places:
            self._places.append((dimension, path))
            self._show_places()

    def _show_places(self) -> None:
        self._chips.clear()
        for place in self._places:
            chip = plain_button(f"{place[0]}: {place[1]}", f"{NAME}.placed", "chip", "x")
            chip.setToolTip(_("Take it out again"))
            chip.clicked.connect(lambda _checked=False, which=place: self._remove_place(which))
            self._chips.addWidget(chip)

    def _remove_place(self, place: Place) -> None:
        self._places.remove(place)
        self._show_places()

    # While typing

    def _changed(self, name: str) -> None:
        if name == "kind":
            self._show_person_fields()
        if name in ("name", "phone", "tax_number", "contact_mobile"):
            self._timer.start()

    def _show_person_fields(self) -> None:
        is_person = self.fields.value("kind") == "person"
        for name in _PERSON_FIELDS:
            self.fields.show_field(name, is_person)

    def _look_for_twins(self) -> None:
        texts = {name: str(self.fields.value(name) or "") for name in ("name", "phone", "tax_number")}
        if not texts["phone"] and self._card is None:
            texts["phone"] = str(self.fields.value("contact_mobile") or "")
        except_id = self._card.id if self._card is not None else None

        def read(connection: Any) -> list[duplicates.Twin]:
            return duplicates.duplicates(connection, **texts, except_id=except_id)

        self._ctx.read(read, owner=self, on_done=self._show_twins, replaces="twins")

    def _show_twins(self, twins: list[duplicates.Twin]) -> None:
        if not twins:
            self.banner.hide()
            return
        shown = _listed([f"{twin.code} {twin.name} ({_(duplicates.REASONS[twin.reason])})" for twin in twins])
        self.banner.show_message(
            _("May exist already: {customers}.").format(customers=shown),
            "warn",
            _("Show {code}").format(code=twins[0].code) if self._on_twin is not None else "",
            lambda: self._go_to_twin(twins[0].id),
            self._other_way(twins[0]),
        )

    def _other_way(self, twin: duplicates.Twin) -> tuple[str, Callable[[], object]] | None:
        """A customer that is there already is merged; what is being typed goes into the one that is there."""
        if self._card is not None:
            return _("Merge…"), lambda: self._merge_with(twin)
        if self._on_fill is not None:
            return _("Put this into {code}").format(code=twin.code), lambda: self._fill_into(twin)
        return None

    def _merge_with(self, twin: duplicates.Twin) -> None:
        card, ctx, owner = self._card, self._ctx, self.parentWidget()
        if card is None or owner is None:
            return

        def leave() -> None:
            self.done(0)
            open_merge(ctx, owner, codes=[card.code, twin.code])

        self.fields.leave(leave)

    def _fill_into(self, twin: duplicates.Twin) -> None:
        """Nothing typed is lost: the form of the other one opens with it where that one has nothing."""
        typed = self.fields.typed_values()
        self.done(0)
        if self._on_fill is not None:
            self._on_fill(twin.id, typed)

    def fill_gaps(self, typed: dict[str, Any]) -> None:
        """Puts what was typed for a new customer where this one has nothing."""
        typed = dict(typed)
        if not typed.get("phone"):
            typed["phone"] = typed.get("contact_mobile")
        known = self.fields.typed_values()
        for name in known:
            if known[name] in (None, "") and typed.get(name) not in (None, ""):
                self.fields.show_typed(name, typed[name])

    def _go_to_twin(self, customer_id: int) -> None:
        def leave() -> None:
            self.done(0)
            if self._on_twin is not None:
                self._on_twin(customer_id)

        self.fields.leave(leave)

    # Saving

    def save(self) -> None:
        """Creates or changes the customer; errors are shown under their fields."""
        try:
            request = self._request()
        except InvalidInput:
            return
        if self._card is not None and not request:
            self.done(0)
            return
        name, record = "customer.create", ""
        if self._card is not None:
            name, record = "customer.update", self._card.code
            request |= {"customer": record, "version": self._version}
        self.send(self._ctx, name, request, record=record, on_done=self._saved, on_error=self._failed)

    def _request(self) -> dict[str, Any]:
        if self._card is not None:
            return form_requests.update(self.fields)
        request = form_requests.creation(self.fields)
        contact = {
            name.removeprefix("contact_"): request.pop(name)
            for name in list(request)
            if name.startswith("contact_")
        }
        if contact:
            # A number without a name still belongs to somebody.
            contact.setdefault("name", request["name"])
            request["contacts"] = [contact]
        if self._places:
            request["categories"] = [{"dimension": tree, "path": path} for tree, path in self._places]
        return request

    def _failed(self, error: Exception) -> bool:
        if isinstance(error, CrmdeskError) and (error.field or "").startswith("contacts"):
            name = f"contact_{(error.field or '').rpartition('.')[2]}"
            if name in self.fields.field_names():
                return self.fields.set_error(name, error.message)
        if isinstance(error, CrmdeskError) and error.code is Code.CHANGED_BY:
            self._show_changed(error)
            return True
        return self.fields.take_error(error)

    def _show_changed(self, error: CrmdeskError) -> None:
        """Another window saved this customer: what differs, and whose values stay."""
        if self._card is None:
            return
        customer_id = self._card.id

        def done(card: Card) -> None:
            there = _values_of(card)
            theirs = {name: there.get(name) for name in self.fields.field_names()}

            def use_newer() -> None:
                self._card, self._version = card, card.version
                self._show_person_fields()

            changed_meanwhile.ask_about_form(
                self, sentence(error), self.fields, theirs, use_newer=use_newer, save=self.save
            )

        self._ctx.read(
            lambda connection: customer_card.load(connection, customer_id), owner=self, on_done=done
        )

    def _saved(self, outcome: Outcome) -> None:
        self.fields.mark_clean()
        self.done(1)
        if self._on_saved is not None:
            self._on_saved(outcome)


def _listed(parts: list[str]) -> str:
    return "; ".join(parts[:3]) + (" …" if len(parts) > 3 else "")
