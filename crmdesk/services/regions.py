"""Places of China by the codes of GB/T 2260: provinces, cities, districts; found while one types.

The table (resources/regions/cn.txt, made by packaging/make_regions.py) is read when it is first needed. Codes have six
digits: two for the province, two for the city, two for the district; a place's parents are the beginnings of its code.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from crmdesk.paths import resource
from crmdesk.services import pinyin

SHOWN = 12
CHINA = frozenset({"", "中国", "中华人民共和国", "中国大陆", "china", "cn", "chn", "prc", "p.r. china"})
"""What an address may say as its country and mean the places here; empty means the book's own country."""
_ENDINGS = (
    *("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州"),
    *("地区", "林区", "新区", "省", "市", "区", "县", "盟", "旗"),
)
_HEADINGS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""What stands in the place of a city in lists of the standard."""


@dataclass(frozen=True, slots=True)
class Region:
    """A place. `city` is empty for a province and for districts right below one (municipalities)."""

    code: str
    name: str
    province: str
    city: str
    district: str

    @property
    def path(self) -> str:
        """From the province down: 浙江省/杭州市/余杭区."""
        return "/".join(filter(None, (self.province, self.city, self.district)))

    @property
    def beginning(self) -> str:
        """What the codes of all places in it begin with: two digits of a province, four of a city."""
        code = self.code
        return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


@dataclass(frozen=True, slots=True)
class _Table:
    by_code: dict[str, Region]
    provinces: dict[str, str]
    """Code of two digits by name, long and short."""
    cities: dict[str, dict[str, str]]
    """By the province's two digits: code of four digits by name."""
    districts: dict[str, dict[str, list[str]]]
    """By the province's two digits: whole codes by name; a name may stand in several cities."""


@dataclass(frozen=True, slots=True)
class _Key:
    region: Region
    name: str
    short: str
    syllables: str
    initials: tuple[str, ...]
    level: int


def short(name: str) -> str:
    """A name as one says it: 上海市 -> 上海, 广西壮族自治区 -> 广西. Names of two characters stay whole."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name[: -len(ending)]
    return name


@functools.cache
def _table() -> _Table:
    names: dict[str, str] = {}
    with resource("regions", "cn.txt").open(encoding="utf-8") as lines:
        for line in lines:
            code, name = line.rstrip("\n").split("\t")
            names[code] = name
    table = _Table({}, {}, {}, {})
    for code, name in names.items():
        head = code[:2]
        province, city = names[head + "0000"], names.get(code[:4] + "00", "")
        is_province, is_city = code.endswith("0000"), code.endswith("00")
        city = "" if is_province else city
        table.by_code[code] = Region(code, name, province, city, "" if is_city else name)
        target: dict[str, str]
        if is_province:
            target = table.provinces
            for known in {name, short(name)}:
                target[known] = head
        elif is_city:
            target = table.cities.setdefault(head, {})
            for known in {name, short(name)}:
                target[known] = code[:4]
        else:
            places = table.districts.setdefault(head, {})
            for known in {name, short(name)}:
                places.setdefault(known, []).append(code)
    return table


@functools.cache
def _keys() -> tuple[_Key, ...]:
    found = []
    for region in _table().by_code.values():
        plain = short(region.name)
        level = 0 if region.code.endswith("0000") else 1 if region.code.endswith("00") else 2
        found.append(
            _Key(
                region,
                region.name,
                plain,
                _reading(plain),
                tuple(dict.fromkeys((*pinyin.all_initials(plain), pinyin.initials(region.name)))),
                level,
            )
        )
    return tuple(found)


_READINGS = {"重庆": "chongqing", "厦门": "xiamen", "长沙": "changsha", "长春": "changchun", "蚌埠": "bengbu"}
"""Names whose usual reading in the table of characters is another one."""


def _reading(name: str) -> str:
    head = next((known for known in _READINGS if name.startswith(known)), "")
    return _READINGS.get(head, "") + pinyin.syllables(name[len(head) :])


def by_code(code: str) -> Region | None:
    """The place with a code of six digits, or None."""
    return _table().by_code.get(code)


@functools.lru_cache(maxsize=4096)
def named(text: str) -> Region | None:
    """The one place that a code of two, four or six digits, a path from the province down or a name means."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return by_code(f"{text:0<6}") if len(text) in (2, 4, 6) else None
    parts = [part.strip() for part in text.split("/")]
    if not all(parts) or len(parts) > 3:
        return None
    if len(parts) == 1:
        exact = [one for one in find(text) if text in (one.name, short(one.name))]
        highest = [one for one in exact if len(one.beginning) == len(exact[0].beginning)]
        return highest[0] if len(highest) == 1 else None
    province, second, third = (*parts, "")[:3]
    code, unknown = resolve(province, second, third)
    return by_code(code) if code and not unknown else None


def find(typed: str, limit: int = SHOWN) -> list[Region]:
    """Places that what is typed may mean: a code, a name, pinyin or initials; several words, the larger place first.

    Exact ones first, then provinces before cities before districts, then by code.
    """
    words = typed.replace("/", " ").lower().split()
    if not words:
        return []
    *above, last = words
    ranked = []
    for key in _keys():
        rank = _rank(key, last)
        if rank is None or not all(_is_within(key.region, word) for word in above):
            continue
        ranked.append((rank, key.level, key.region.code, key.region))
    ranked.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in ranked[:limit]]


def _rank(key: _Key, word: str) -> int | None:
    if word.isdigit():
        return (0 if key.region.code == word else 1) if key.region.code.startswith(word) else None
    if word in (key.name, key.short, key.syllables):
        return 0
    if word.isascii():
        if word in key.initials:
            return 1
        if key.syllables.startswith(word):
            return 2
        return 3 if any(one.startswith(word) for one in key.initials) and len(word) > 1 else None
    if key.name.startswith(word):
        return 1
    return 4 if word in key.name else None


def _is_within(region: Region, word: str) -> bool:
    """Whether a place lies in one that a word may mean."""
    for name in (region.province, region.city):
        plain = short(name)
        if name and (
            name.startswith(word)
            or (word.isascii() and (_reading(plain).startswith(word) or word in pinyin.all_initials(plain)))
        ):
            return True
    return False


def children(code: str = "") -> list[Region]:
    """What lies right below a place (its cities, else its districts); without a code the provinces."""
    known = _table().by_code
    if not code:
        return [region for region in known.values() if region.code.endswith("0000")]
    if not code.endswith("00"):
        return []
    if not code.endswith("0000"):
        return [one for one in known.values() if one.code[:4] == code[:4] and not one.code.endswith("00")]
    inside = [one for one in known.values() if one.code[:2] == code[:2] and one.code != code]
    return [one for one in inside if one.code.endswith("00") or not one.city]


@functools.cache
def _beginnings() -> dict[str, list[str]]:
    """What the codes of the places of a name begin with, by the name, long and short."""
    found: dict[str, list[str]] = {}
    for region in _table().by_code.values():
        for known in {region.name, short(region.name)}:
            found.setdefault(known, []).append(region.beginning)
    return found


@functools.lru_cache(maxsize=4096)
def misfit(code: str, province: str, city: str, district: str) -> int | None:
    """Which of the three names, counted from 0, means only places that the place of a code is not in and that are not
    in it; None where none does.

    A beginning of the right name fits (深圳, 内蒙), and so does a name that is of no place here: it may be a town or
    another language. So does whatever is called the district of a city that has none here (东莞): its towns are called
    as districts elsewhere are (长安).
    """
    place = by_code(code)
    if place is None:
        return None
    right = (place.province, place.city, place.district)
    for position, said in enumerate((province, city, district)):
        known = () if said in _HEADINGS or right[position].startswith(said) else _beginnings().get(said, ())
        begins = place.beginning
        if not known or any(one.startswith(begins) or begins.startswith(one) for one in known):
            continue
        if position == len(right) - 1 and not place.district and place.city and not children(code):
            continue
        return position
    return None


@functools.lru_cache(maxsize=4096)
def resolve(province: str, city: str, district: str) -> tuple[str, str]:
    """The code that names of an address mean, as deep as they are known, and the first name that is not known.

    (上海, 上海市, 静安区) -> ("310106", ""); a municipality's city is its province. ("", "") where nothing is given.
    """
    table = _table()
    city = "" if city in _HEADINGS else city
    heads = list(dict.fromkeys(table.provinces.values()))
    if province:
        head = table.provinces.get(province)
        if head is None:
            return "", province
        heads = [head]
    if city and not (city in table.provinces and (not province or table.provinces[city] in heads)):
        found = [(head, code) for head in heads if (code := table.cities.get(head, {}).get(city))]
        if not found:  # places run by a province itself are written as cities: 济源市, 石河子市
            direct = [code for head in heads for code in table.districts.get(head, {}).get(city, ())]
            if len(direct) == 1 and not district:
                return direct[0], ""
            return (heads[0] + "0000" if province else "", city)
        if len(found) > 1:
            return "", ""
        head, prefix = found[0]
        heads = [head]
    else:
        prefix = table.provinces[city] if city else ""
        heads = [prefix] if prefix else heads
    best = f"{prefix:0<6}" if prefix else (heads[0] + "0000" if province else "")
    if not district:
        return best, ""
    codes = [
        code
        for head in heads
        for code in table.districts.get(head, {}).get(district, ())
        if code.startswith(prefix)
    ]
    if len(codes) == 1:
        return codes[0], ""
    return (best, "") if codes else (best, district)
