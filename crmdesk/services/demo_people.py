"""What people do in the practice company: activities, tasks, comments, relations, next contacts."""

from __future__ import annotations

import random
from datetime import date, timedelta

from crmdesk.services import use_cases
from crmdesk.services.units import Unit

_TALKS = (
    ("call", "out", "电话回访，客户对上批乳胶漆满意，九月还要一批。", "下月报价"),
    ("wechat", "in", "微信询问瓷砖到货时间，已回复周四到。", ""),
    ("visit", "out", "上门量尺寸，现场看了样板间，主推防水涂料。", "寄样品"),
    ("enquiry", "in", "来电询价，二期工程要外墙漆 300 桶，问批量价。", "已转报价"),
    ("complaint", "in", "反映一桶漆有结块，已拍照。", "换货"),
    ("praise", "in", "表扬送货准时。", ""),
    ("suggestion", "in", "建议增加小包装。", "转采购"),
    ("mail", "out", "发送本季度价目表。", ""),
    ("browsing", "in", "在展厅看了地板样品。", ""),
    ("note", "", "年底付款较慢，注意账期。", ""),
)
_TASKS = ("寄样品", "报批量价", "催回对账回执", "上门量尺寸", "准备合同")
_TEAM = ("王芳", "李强", "赵敏")


def fill(unit: Unit, customers: list[str], products: list[str], until: date, chance: random.Random) -> None:
    """Writes them into the unit; `customers` and `products` are codes. Of twenty customers one is talked to, at
    least a dozen."""

    def day(back: int) -> str:
        return (until - timedelta(days=back)).isoformat()

    talked_to = customers[: max(min(len(customers), 12), min(len(customers) // 20, 200))]
    for place, code in enumerate(talked_to):
        backs = sorted((chance.randrange(2, 300) for _each in range(chance.randrange(1, 4))), reverse=True)
        for number, back in enumerate(backs, 1):
            kind, direction, text, outcome = chance.choice(_TALKS)
            is_last = number == len(backs)
            arguments = {"customer": code, "kind": kind, "date": day(back), "text": text, "outcome": outcome}
            if direction:
                arguments["direction"] = direction
            more: dict[str, object] = {}
            if kind in ("enquiry", "visit", "browsing") and products:
                more["products"] = [products[chance.randrange(len(products))]]
            if is_last and place % 4 == 0:
                more["next_on"] = day(min(back, chance.randrange(-12, 4)))
            use_cases.perform(unit, "activity.log", {**arguments, **more})
    for place, title in enumerate(_TASKS):
        if place < len(customers):
            arguments = {"customer": customers[place], "title": title, "assignee": _TEAM[place % len(_TEAM)]}
            use_cases.perform(unit, "task.create", {**arguments, "due": day(3 - 3 * place)})
    if len(customers) >= 6:
        first, second, third, *_rest = customers
        use_cases.perform(
            unit,
            "comment.add",
            {"customer": first, "text": "@王芳 请先对清上季度的账，再谈新合同。", "handover": True},
        )
        for child, kind in ((second, "parent"), (third, "partner")):
            use_cases.perform(unit, "relation.add", {"customer": child, "kind": kind, "other": first})
        use_cases.perform(unit, "collaborator.add", {"customer": first, "name": "李强"})
