"""Whom a customer belongs to and who works on him: the group as a tree, relations, collaborators, earlier owners."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models.specs import people as specs
from crmdesk.services.collaborators import Collaborator, OwnerSpan
from crmdesk.services.customer_people import People
from crmdesk.services.relations import Member, Relation
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amounts_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import open_action
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.columns import choice_label
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

_INDENT = "\u3000\u3000"


class PeopleTab(Speaking, QWidget):
    """Enter opens the other customer or changes a collaborator, Delete takes a relation back."""

    def __init__(self, ctx: Context, place: str, page: QWidget) -> None:
        super().__init__()
        self._ctx = ctx
        self._place = place
        self._id = 0
        self._code = ""
        self._people: People | None = None
        space = theme().metrics.space
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(theme().metrics.ring, space(2), space(2), space(2))
        column.setSpacing(space(2))
        add = ctx.commands.add
        relate = add(
            Command("customers.relate", N_("Relate to a customer …"), self.relate, "link", "Ctrl+R"), page
        )
        share = add(
            Command(
                "customers.addCollaborator",
                N_("Add a collaborator …"),
                self.add_collaborator,
                "user-plus",
                "Ctrl+M",
            ),
            page,
        )
        self.group = self._section(column, "group", N_("Group of companies"), None)
        self.group.chosen.connect(lambda entry: self._go(entry.data.id))
        self.relations = self._section(
            column, "relations", N_("Relations"), button(relate, "ghost", icon="plus")
        )
        self.relations.chosen.connect(lambda entry: self._go(entry.data.other_id))
        self.relations.delete_requested.connect(lambda entry: self._unrelate(entry.data))
        self.team = self._section(
            column, "collaborators", N_("Who works on him"), button(share, "ghost", icon="plus")
        )
        self.team.chosen.connect(lambda entry: self._change_access(entry.data))
        self.team.delete_requested.connect(lambda entry: self._take_off(entry.data))
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(body, f"{place}.people"))

    def _section(self, column: QVBoxLayout, name: str, title: str, action: QWidget | None) -> EntryList:
        row = QHBoxLayout()
        head = labels.strong()
        self.say(head.setText, title)
        row.addWidget(head)
        row.addStretch(1)
        if action is not None:
            row.addWidget(action)
        column.addLayout(row)
        made = EntryList(f"{self._place}.{name}")
        made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.say(made.setAccessibleName, title)
        column.addWidget(made)
        nothing = labels.Paragraph("", "caption", "second")
        column.addWidget(nothing)
        made.setProperty("heading", head)
        self._heads = {**getattr(self, "_heads", {}), name: (head, nothing)}
        return made

    def retranslate(self) -> None:
        """Entries hold words, too."""
        super().retranslate()
        if self._people is not None:
            self.show_people(self._id, self._code, self._people)

    def show_people(self, customer_id: int, code: str, people: People) -> None:
        """Shows a customer's."""
        self._id, self._code, self._people = customer_id, code, people
        self._fill("group", self.group, [self._member_entry(one) for one in people.group], "")
        self._heads["group"][0].setVisible(bool(people.group))
        self._fill(
            "relations",
            self.relations,
            [_relation_entry(one) for one in people.relations],
            _("None yet. Say who is the parent company, who introduced him, who pays for him."),
        )
        rows = [_owner_entry(one) for one in reversed(people.owners)]
        rows += [_collaborator_entry(one) for one in people.collaborators]
        self._fill("collaborators", self.team, rows, _("Nobody yet. Write an owner in his profile (F2)."))

    def _fill(self, name: str, shown: EntryList, entries: list[Entry], nothing: str) -> None:
        shown.set_entries(entries)
        shown.setFixedHeight(shown.height_of_all())
        shown.setVisible(bool(entries))
        words = self._heads[name][1]
        words.setText(nothing)
        words.setVisible(not entries and bool(nothing))

    def _member_entry(self, member: Member) -> Entry:
        is_self = member.id == self._id
        return Entry(
            _INDENT * member.depth + member.name,
            _INDENT * member.depth + member.code,
            figure=amounts_text(dict(member.balances), empty=""),
            icon="building",
            icon_tone="accent" if is_self else "third",
            chip=_("This one") if is_self else "",
            chip_tone="good",
            is_muted=not member.is_active,
            data=member,
        )

    # Doing

    def _go(self, customer_id: int) -> None:
        self._ctx.go("customers", id=customer_id, full=True)

    def relate(self) -> None:
        """Asks for a relation of the customer that is shown."""
        if self._code:
            open_action(
                self._ctx,
                self,
                _("Relate to a customer"),
                "relation.add",
                specs.RELATION[1:],
                {},
                {"customer": self._code},
                name="relation",
                text=_("Say what the other customer is to this one."),
                width=84,
            )

    def add_collaborator(self) -> None:
        """Asks who shall work on the customer besides his owner."""
        if self._code:
            self._ask_collaborator(_("Add a collaborator"), {})

    def _change_access(self, shown: Collaborator | OwnerSpan) -> None:
        if isinstance(shown, Collaborator):
            self._ask_collaborator(_("Collaborator"), {"name": shown.name, "access": shown.access})

    def _ask_collaborator(self, title: str, values: dict[str, Any]) -> None:
        open_action(
            self._ctx,
            self,
            title,
            "collaborator.add",
            specs.COLLABORATOR[1:],
            values,
            {"customer": self._code},
            name="collaborator",
            width=72,
        )

    def _unrelate(self, relation: Relation) -> None:
        self._ask_remove(f"{relation.label}: {relation.name}", "relation.remove", {"relation": relation.id})

    def _take_off(self, shown: Collaborator | OwnerSpan) -> None:
        if isinstance(shown, Collaborator):
            arguments = {"customer": self._code, "name": shown.name}
            self._ask_remove(shown.name, "collaborator.remove", arguments)

    def _ask_remove(self, title: str, use_case: str, arguments: dict[str, Any]) -> None:
        dialogs.confirm(
            self,
            _("Remove this entry?"),
            _("“{name}” is removed. What it was stays in the history.").format(name=title),
            _("Remove"),
            lambda: self._ctx.run_use_case(use_case, arguments, owner=self),
            name=f"{self._place}.removeRelation",
        )


def _relation_entry(relation: Relation) -> Entry:
    since = _("since {date}").format(date=relation.since_on.isoformat()) if relation.since_on else ""
    return Entry(
        relation.name,
        " · ".join(filter(None, (relation.code, since, relation.note))),
        icon="link",
        chip=relation.label,
        chip_tone="info",
        data=relation,
    )


def _owner_entry(span: OwnerSpan) -> Entry:
    until = span.until_on.isoformat() if span.until_on else _("today")
    days = f"{span.from_on.isoformat()} – {until}"
    is_now = span.until_on is None
    return Entry(
        span.owner or _("Nobody"),
        " · ".join(filter(None, (days, _("by {name}").format(name=span.actor) if span.actor else ""))),
        icon="user",
        chip=_("Owner") if is_now else _("Earlier owner"),
        chip_tone="good" if is_now else "neutral",
        is_muted=not is_now,
        data=span,
    )


def _collaborator_entry(one: Collaborator) -> Entry:
    return Entry(
        one.name,
        _("since {date}").format(date=one.since_on.isoformat()),
        icon="users",
        chip=choice_label(specs.COLLABORATOR[2], one.access),
        chip_tone="info",
        data=one,
    )
