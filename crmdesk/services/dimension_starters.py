"""Starter content: the trees most firms sort their customers by, in Chinese or English (B1)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.services import category_paths
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _


class Starter(NamedTuple):
    """One tree: its key, its name and its paths in Chinese and English. Content of a book, not words of the program:
    who gets it may rename it as he likes."""

    key: str
    name_zh: str
    name_en: str
    paths_zh: tuple[str, ...]
    paths_en: tuple[str, ...]


STARTERS = (
    Starter(
        "industry",
        "行业",
        "Industry",
        (
            *("制造业", "零售业/线上", "零售业/线下", "批发贸易", "服务业", "建筑装饰", "餐饮住宿"),
            *("信息技术", "教育医疗", "政府及公共机构", "个人", "其他"),
        ),
        (
            *("Manufacturing", "Retail/Online", "Retail/Shops", "Wholesale", "Services", "Construction"),
            *("Hospitality", "Technology", "Education and health", "Public sector", "Private", "Other"),
        ),
    ),
    # filled from the customers' addresses (`category.from_addresses`)
    Starter("region", "地区", "Region", (), ()),
    Starter("consumption", "消费水平", "Consumption", ("高", "中", "低"), ("High", "Medium", "Low")),
    Starter("value", "客户价值", "Customer value", ("重点", "普通", "观察"), ("Key", "Regular", "Watch")),
    Starter(
        "preference",
        "产品偏好",
        "Preference",
        ("重价格", "重质量", "重品牌", "重交期", "重服务"),
        ("Price", "Quality", "Brand", "Delivery", "Service"),
    ),
    Starter(
        "behaviour",
        "客户行为",
        "Behaviour",
        ("购买/经常购买", "购买/偶尔购买", "询价", "投诉/偶有投诉", "投诉/经常投诉"),
        ("Buys/Often", "Buys/Now and then", "Enquires", "Complains/Rarely", "Complains/Often"),
    ),
    Starter(
        "feedback",
        "客户反馈",
        "Feedback",
        ("表扬", "建议", "投诉"),
        ("Praise", "Suggestion", "Complaint"),
    ),
    Starter(
        "life_cycle",
        "生命周期",
        "Life cycle",
        ("新客户/潜在", "新客户/意向", "正式客户", "忠诚客户/高价值", "忠诚客户/低价值", "流失客户"),
        ("New/Potential", "New/Interested", "Regular", "Loyal/High value", "Loyal/Low value", "Lost"),
    ),
)
KEYS = tuple(one.key for one in STARTERS)


def is_english_beside(names: Collection[str], language: str) -> bool:
    """Whether usual trees come in English beside those of these names: as the usual ones among them are called, in
    `language` where there are none or of both kinds."""
    spoken = {
        said
        for one in STARTERS
        for said, name in (("zh_CN", one.name_zh), ("en", one.name_en))
        if name in names
    }
    return (spoken.pop() if len(spoken) == 1 else language) == "en"


def name_among(one: Starter, filled: Collection[str], known: Collection[str], *, is_english: bool) -> str:
    """What a usual tree is called in a book: a tree of the other language's name is the same tree, and of two the one
    with categories is meant; where there is none, the name it would get."""
    names = (one.name_zh, one.name_en)
    wanted = one.name_en if is_english else one.name_zh
    return next((name for there in (filled, known) for name in names if name in there), wanted)


@use_case(
    "dimension.starters",
    fields=(
        Field("dimensions", Kind.LIST, N_("Category trees"), help=N_("Without any, all eight.")),
        Field(
            "language",
            Kind.CHOICE,
            N_("Language"),
            choices=(Choice("zh_CN", N_("Chinese")), Choice("en", N_("English"))),
            help=N_(
                "Of trees that are new. Without one, that of the usual trees that are there, else the book's."
            ),
        ),
    ),
    summary=N_(
        "Make the usual category trees with their categories; a tree that has categories stays as it is. The region"
        " tree begins empty: category.from_addresses fills it."
    ),
    errors=(Code.INVALID_CHOICE,),
)
def starters(
    unit: Unit, *, dimensions: list[str] | None = None, language: str | None = None
) -> dict[str, Any]:
    """Makes the trees that are missing and fills those that are empty, in the language of their names.

    Answers which were made or filled, with how many categories, and which were there already.
    """
    wanted = dimensions or list(KEYS)
    for key in wanted:
        if key not in KEYS:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{field}”: “{value}” is not one of {choices}.").format(
                    field="dimensions", value=str(key)[:40], choices=", ".join(KEYS)
                ),
                field="dimensions",
            )
    known = category_paths.dimensions(unit)
    if language is None:
        is_english = is_english_beside(known, unit.settings.language)
    else:
        is_english = language == "en"
    made: list[str] = []
    there: list[str] = []
    count = 0
    for one in STARTERS:
        if one.key not in wanted:
            continue
        filled = [name for name in (one.name_zh, one.name_en) if name in known and _nodes(unit, name)]
        name = name_among(one, filled, known, is_english=is_english)
        paths = one.paths_en if name == one.name_en else one.paths_zh
        if filled or (name in known and not paths):
            there.append(name)
            continue
        category_paths.ensure_dimension(unit, name)
        for path in paths:
            category_paths.ensure(unit, category_paths.parse(name, path))
        count += len(_nodes(unit, name))
        made.append(name)
    if made:
        unit.changes.everything.update(("dimension", "category"))
    return {"dimensions": made, "categories": count, "there": there}


def _nodes(unit: Unit, name: str) -> dict[tuple[int | None, str], int]:
    return category_paths.nodes(unit, category_paths.dimensions(unit)[name])
