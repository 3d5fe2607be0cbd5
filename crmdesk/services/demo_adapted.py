"""What the practice company made its own: own fields, the words of its dictionaries, a view for everybody."""

from __future__ import annotations

from typing import Any

from crmdesk.services import use_cases
from crmdesk.services.units import Unit

# Not shown in lists at first: tree, list and detail fill a small screen already.
_FIELDS: tuple[dict[str, Any], ...] = (
    {
        "record": "customer",
        "name": "annual_budget",
        "label": "年采购预算",
        "label_en": "Annual budget",
        "kind": "money",
        "section": "采购习惯",
        "shown": False,
    },
    {
        "record": "customer",
        "name": "delivery",
        "label": "送货方式",
        "label_en": "Delivery",
        "kind": "choice",
        "section": "采购习惯",
        "shown": False,
        "choices": [
            {"value": "自提", "label_en": "Picks up"},
            {"value": "送货上门", "label_en": "Delivered", "tone": "good"},
            {"value": "物流", "label_en": "Carrier", "tone": "info"},
        ],
    },
    {
        "record": "customer",
        "name": "budget_left",
        "label": "预算余额",
        "label_en": "Budget left",
        "kind": "formula",
        "section": "采购习惯",
        "formula": "own.annual_budget - balance",
        "shown": False,
    },
    {
        "record": "contract",
        "name": "site",
        "label": "施工地点",
        "label_en": "Building site",
        "kind": "text",
        "printed": True,
    },
    {
        "record": "payment",
        "name": "slip",
        "label": "水单号",
        "label_en": "Bank slip",
        "kind": "text",
        "printed": True,
    },
)
_WORDS = {
    "source": ("展会", "老客户介绍", "网络", "电话", "门店"),
    "stage": ("潜在", "意向", "成交", "忠诚", "流失"),
    "level": ("A", "B", "C"),
}
_EVERY = 4
"""One customer of so many has own fields filled in."""


def define(unit: Unit) -> None:
    """Defines the fields, fills the dictionaries, saves a view."""
    for field in _FIELDS:
        use_cases.perform(unit, "field.define", field)
    for dictionary, words in _WORDS.items():
        for word in words:
            use_cases.perform(unit, "dictionary.add", {"dictionary": dictionary, "name": word})


def of_customer(number: int) -> dict[str, Any]:
    """What the customer with this number has of it: the same for every seed, since nothing is drawn by chance."""
    if number % _EVERY:
        return {}
    sources = _WORDS["source"]
    delivery = _FIELDS[1]["choices"][number // _EVERY % 3]["value"]
    return {
        "source": sources[number // _EVERY % len(sources)],
        "fields": {"annual_budget": f"{20_000 + number * 7_919 % 480_000}.00", "delivery": delivery},
    }
