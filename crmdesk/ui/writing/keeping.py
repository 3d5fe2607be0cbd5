"""What the draft journal keeps of a document being written, how it comes back, and what other windows changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmdesk.models import clock
from crmdesk.services.draft_journal import Entry
from crmdesk.text import _
from crmdesk.ui.form_journal import Kept
from crmdesk.ui.kit import form_merge
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form_merge import Difference
from crmdesk.ui.kit.number_editors import share_or_amount_text
from crmdesk.ui.own_form import FIELDS, PREFIX

if TYPE_CHECKING:
    from crmdesk.ui.writing.editor import DocumentEditor

Values = dict[str, Any]


def read(editor: DocumentEditor) -> Kept | None:
    """The document as it stands, with what cannot be read yet; None when nothing would be lost."""
    head, lines = editor.head.typed_values(), plain(editor.lines.grid.typed_lines())
    if not editor.is_dirty() and lines == plain(editor.lines.grid.lines()):
        return None
    values = {
        "head": head,
        "lines": lines,
        "note": editor.note.typed_values(),
        "own": editor.own.typed_values(),
        "discount": editor.lines.panel.discount.text(),
        **editor.origin(),
    }
    total = editor.lines.panel.total.text() if editor.lines.totals.total_minor else ""
    title = " ".join(filter(None, (form_merge.words(editor.head.editor("customer")), total)))
    return Kept(title, values, editor.about())


def show(editor: DocumentEditor, entry: Entry) -> None:
    """Writes on where a crash ended it."""
    kept = entry.values or {}
    head: Mapping[str, Any] = kept.get("head") or {}
    customer = head.get("customer")
    # What it is made from (an invoice, a quote) stands beside these.
    begun = {name: value for name, value in kept.items() if name not in ("head", "note", "own", "discount")}
    begun["customer"] = customer if isinstance(customer, str) else None
    editor.begin_again({name: value for name, value in begun.items() if value}, entry)
    editor.head.restore(head)
    editor.note.restore(kept.get("note") or {})
    editor.own.restore(kept.get("own") or {})
    editor.lines.panel.discount.setText(str(kept.get("discount") or ""))
    editor.lines.work_again()


def differences(editor: DocumentEditor, theirs: Values) -> list[Difference]:
    """What another window changed in the draft. Its lines are one thing: half of each would be nobody's document."""
    head = {name: theirs.get(name) for name in editor.head.field_names()}
    head["date"] = head.get("date") or clock.today()  # as it is shown
    found = form_merge.compare(editor.head, head)
    found += form_merge.compare(editor.note, {name: theirs.get(name) for name in editor.note.field_names()})
    if editor.own.form is not None:
        own = theirs.get(FIELDS) or {}
        there = {name: own.get(name.removeprefix(PREFIX)) for name in editor.own.form.field_names()}
        found += form_merge.compare(editor.own.form, there)
    discount = editor.lines.panel.discount.text()
    theirs_discount = share_or_amount_text(theirs.get("discount"))
    if discount != theirs_discount:
        found.append(Difference(_("Discount on everything"), theirs_discount, discount, is_both=True))
    mine = plain(editor.lines.grid.lines())
    there = list(theirs.get("lines") or ())
    if mine != there:
        found.append(Difference(_("Lines"), _summary(there), _summary(mine), is_both=True))
    # The document stays whole, theirs or ours.
    return [entry._replace(is_both=True) for entry in found]


def _summary(lines: Sequence[Mapping[str, Any]]) -> str:
    """Lines in few words: how many, and the first ones."""
    named = [
        " × ".join(filter(None, (str(line.get("description") or ""), str(line.get("quantity") or ""))))
        for line in lines
    ]
    return f"{len(lines)}: {'; '.join(filter(None, named))}"


def unsaved_labels(editor: DocumentEditor) -> list[str]:
    """The parts of the document that would be lost."""
    parts = {
        **{name: editor.head.label_words(name) for name in editor.head.field_names()},
        "lines": _("Lines"),
        "discount": _("Discount on everything"),
        **{name: editor.note.label_words(name) for name in editor.note.field_names()},
        FIELDS: _("Own fields"),
    }
    return [words for name, words in parts.items() if not editor.is_saved(name)]
