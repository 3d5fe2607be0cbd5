"""Rules that contradict themselves: what no customer can meet is refused where it is written, an alternative that
nobody can meet is told."""

from __future__ import annotations

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services import segment_words
from crmdesk.services.doubts import warning
from crmdesk.services.lists import contradictions
from crmdesk.services.lists.contradictions import Conditions
from crmdesk.services.lists.filters import Node
from crmdesk.services.segment_words import Words
from crmdesk.services.units import Unit
from crmdesk.text import _

_SHOWN_MAX = 3
_LENGTH_MAX = 80


def said(node: Node, words: Words) -> str:
    """What a rule contradicts itself in, as a sentence that names the conditions; "" where it does not."""
    found = contradictions.find(node)
    return "" if found is None else _sentence(found, words)


def judge(unit: Unit, node: Node) -> None:
    """Asked of a rule that is being written. Raises InvalidInput `filter_invalid` where it can never find anybody;
    warns where only some of its alternatives cannot."""
    found = contradictions.find(node)
    if found is None:
        return
    sentence = _sentence(found, _)
    if found.is_whole:
        raise InvalidInput(Code.FILTER_INVALID, sentence, field="rule")
    unit.warnings.append(warning(Code.FILTER_INVALID, sentence, "rule"))


def _sentence(found: contradictions.Contradiction, _: Words) -> str:
    reasons = [_reason(group, _) for group in found.groups[:_SHOWN_MAX]]
    if len(found.groups) > _SHOWN_MAX:
        reasons.append("…")
    if found.is_whole:
        template = _("{reasons}: nobody would ever be found. Change one of these conditions or take it out.")
    else:
        template = _("{reasons}: that part of the rule finds nobody.")
    return template.format(reasons=_("; ").join(reasons))


def _reason(group: Conditions, _: Words) -> str:
    named = [f"“{_cut(segment_words.rule(one, _))}”" for one in group]
    if len(named) == 1:
        return _("{condition} can never hold").format(condition=named[0])
    whole = named[0]
    for one in named[1:]:
        whole = _("{first} and {second}").format(first=whole, second=one)
    return _("{conditions} can never hold together").format(conditions=whole)


def _cut(text: str) -> str:
    return text if len(text) <= _LENGTH_MAX else f"{text[: _LENGTH_MAX - 1]}…"
