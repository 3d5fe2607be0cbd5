"""How tax invoices are said: kinds, states, reasons with what they do, numbers in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.models.fields import Choice
from crmdesk.models.specs import fapiao as specs
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.services.fapiao_facts import ChainLink, FapiaoFacts

_GROUP = 4
REASON_SENTENCES = {
    specs.WRONG_DETAILS: N_("Wrong details on it (开票有误)"),
    specs.RETURN: N_("The goods came back (销货退回)"),
    specs.ALLOWANCE: N_("The price was reduced (销售折让)"),
    specs.ENDED: N_("The service ended early (服务中止)"),
}
REASONS = tuple(Choice(value, words) for value, words in REASON_SENTENCES.items())


def label(choices: Sequence[Choice], value: str) -> str:
    """A choice in words."""
    return next((_(choice.label) for choice in choices if choice.value == value), value)


def state(choices: Sequence[Choice], value: str) -> tuple[str, str]:
    """(words, tone) of a state."""
    return next(((_(choice.label), choice.tone) for choice in choices if choice.value == value), (value, ""))


def grouped(number: str) -> str:
    """A long number in groups of four digits."""
    if not (number.isascii() and number.isdigit()) or len(number) <= _GROUP * 2:
        return number
    return " ".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))


def kind_words(kind: str, medium: str) -> str:
    """“Ordinary VAT invoice · Fully digital”."""
    return f"{label(specs.KINDS, kind)} · {label(specs.MEDIA, medium)}"


def link_state(link: ChainLink) -> tuple[str, str]:
    """(words, tone): a red one says that it is red."""
    if link.state == specs.VOID:
        return state(specs.FAPIAO_STATES, specs.VOID)
    if link.color == specs.RED:
        return _("Red-letter"), "danger"
    return state(specs.FAPIAO_STATES, link.state)


def total(link: ChainLink) -> str:
    """What stands on it: in the currency it is written in."""
    return amount_text(link.home_total_minor, link.home_currency)


def left(facts: FapiaoFacts) -> str:
    """What of it is not red yet: as it stands on it and, of foreign bills, what that is of them."""
    link = facts.link
    words = amount_text(link.home_total_minor - facts.home_red_minor, link.home_currency)
    if link.home_currency == link.currency:
        return words
    return f"{words} ({amount_text(link.total_minor - facts.red_minor, link.currency)})"


def named(link: ChainLink) -> str:
    """How a use case finds it: code/number, or the number alone."""
    return f"{link.code}/{link.number}" if link.code else link.number
