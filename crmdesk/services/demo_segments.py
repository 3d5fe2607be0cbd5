"""The practice company's segments: rules an owner of such a shop would make, a list filled by hand, and a pin."""

from __future__ import annotations

from collections.abc import Sequence

from crmdesk.services import use_cases
from crmdesk.services.units import Unit

LEAST_CUSTOMERS = 20
_SEGMENTS: tuple[dict[str, str], ...] = (
    {
        "name": "忠诚客户",
        "rule": "invoice_count >= 5 and last_bought in last 6 months",
        "note": "每季度回访一次，优先排货。",
        "owner": "小林",
        "colour": "good",
    },
    {
        "name": "高价值客户",
        "rule": "spent(last 12 months) >= 100000",
        "parent": "忠诚客户",
        "offer": "年度返利 2 %",
        "budget": "20000",
        "colour": "info",
    },
    {
        "name": "久未下单",
        "rule": "recency_days > 90 and invoice_count > 0",
        "note": "电话了解原因。",
        "colour": "warn",
    },
    {"name": "逾期两个月", "rule": "overdue_days > 60", "note": "先收款，后发货。", "colour": "danger"},
)


def fill(unit: Unit, codes: Sequence[str]) -> None:
    """Makes the segments; those who do not fit the rule are pinned by word of the owner."""
    for values in _SEGMENTS:
        use_cases.perform(unit, "segment.create", values)
    rule = {"rule": "average(last 12 months) >= 20000", "name": "大单客户", "tag": "大单"}
    use_cases.perform(unit, "rule.create", rule)
    use_cases.perform(unit, "segment.create", {"name": "春季展会", "note": "展会上留了名片的客户。"})
    use_cases.perform(unit, "segment.add", {"segment": "春季展会", "customers": list(codes[:8])})
    pin = {"segment": "逾期两个月", "customer": codes[1], "in": False, "reason": "老板已答应宽限"}
    use_cases.perform(unit, "segment.pin", pin)
