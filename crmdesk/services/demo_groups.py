"""Category trees, tags and a letter of the practice company, with a little of their history."""

from __future__ import annotations

from typing import Any

from crmdesk.services import use_cases
from crmdesk.services.units import Unit

_TAGS = ("老客户", "工程", "可推荐", "价格敏感")
_EVERY = 7
"""So many customers stand between two who get a place in the trees that rules will fill."""
_PLACES = (
    ("产品偏好", "重质量"),
    ("产品偏好", "重价格"),
    ("客户行为", "购买/经常购买"),
    ("客户行为", "询价"),
    ("客户反馈", "表扬"),
    ("客户反馈", "建议"),
    ("生命周期", "正式客户"),
    ("生命周期", "忠诚客户/高价值"),
)


def tags_of(number: int, value: str) -> list[str]:
    """The tags of the customer with this number; without chance, so that nothing else of the company changes."""
    found = [_TAGS[number % len(_TAGS)]] if number % 3 == 0 else []
    return [*found, "VIP"] if value == "重点" else found


def fill(unit: Unit, customers: list[str]) -> None:
    """The usual trees with some members, two categories merged, colours, and a letter to write."""

    def do(use_case: str, **arguments: Any) -> None:
        use_cases.perform(unit, use_case, arguments)

    if not customers:
        return
    do("dimension.starters", language="zh_CN")
    for at, (dimension, path) in enumerate(_PLACES):
        chosen = customers[at :: _EVERY * 2][:200]
        if chosen:
            do("category.assign", dimension=dimension, path=path, customers=chosen)
    do("category.create", dimension="客户反馈", path="意见")
    do("category.assign", dimension="客户反馈", path="意见", customers=customers[3:6] or customers[:1])
    do("category.merge", dimension="客户反馈", path="意见", into="建议")
    for name, colour in (("VIP", "warn"), ("老客户", "good"), ("价格敏感", "info"), ("旧标签", "neutral")):
        do("tag.add", tag=name, customer=customers[0])
        do("tag.recolour", tag=name, colour=colour)
    do("tag.retire", tag="旧标签")
    do(
        "letter_text.save",
        name="春季优惠",
        subject_zh="致 {name}：春季优惠",
        body_zh="尊敬的{contact}：\n\n感谢您一直以来的支持。{offer}\n\n截至 {date}，贵方余额为 {balance}。"
        "\n\n期待与您继续合作。\n\n{company}",
        subject_en="Spring offer for {name}",
        body_en="Dear {contact},\n\nthank you for your trust. {offer}\n\nYour balance on {date} is {balance}."
        "\n\n{company}",
        offer="即日起至月底，全场涂料九五折。",
    )
    do(
        "letter_text.save",
        name="中秋放假通知",
        subject_zh="关于中秋节放假安排的通知",
        body_zh="尊敬的{contact}：\n\n中秋节期间我司放假三天，发货顺延。请贵司（{name}）提前安排备货。\n\n"
        "祝节日愉快！\n\n{company}\n{date}",
    )
