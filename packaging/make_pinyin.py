"""Makes resources/pinyin/syllables.txt from pypinyin's tables. Run again when pypinyin is updated:

    .venv/bin/python packaging/make_pinyin.py

One line a syllable: `syllable TAB characters usually read so TAB characters that may be read so`.
A second reading counts when at least `PHRASES_MIN` words of the phrase table use it, or a surname does:
the full list of readings holds so many dead ones that initials would find nearly everything.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

PHRASES_MIN = 2
TARGET = Path(__file__).resolve().parent.parent / "resources" / "pinyin" / "syllables.txt"

NAME_READINGS = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "区": "ou", "解": "xie", "查": "zha", "朴": "piao", "尉": "yu",
    "盖": "ge", "翟": "zhai", "乐": "yue", "缪": "miao", "宓": "fu", "冼": "xian", "员": "yun", "黑": "he",
    "繁": "po", "种": "chong", "召": "shao", "万": "mo", "俟": "qi", "长": "zhang", "覃": "qin", "秘": "bi",
    "谌": "chen", "洗": "xian", "折": "she", "逄": "pang", "那": "na", "能": "nai", "阚": "kan", "句": "gou",
    "牟": "mu", "过": "guo", "哈": "ha", "晁": "chao", "燕": "yan", "任": "ren", "华": "hua", "宁": "ning",
    "干": "gan", "葛": "ge", "曲": "qu", "令": "ling", "澹": "tan", "薄": "bo", "石": "shi", "叶": "ye",
    "车": "che", "沈": "shen", "隗": "wei", "郗": "xi", "贾": "jia", "殷": "yin", "洋": "yang", "柏": "bai",
    "晟": "sheng", "六": "lu", "番": "pan", "铅": "yan", "洞": "tong", "涡": "guo", "莘": "shen xin",
    "浚": "xun", "荥": "ying xing", "亳": "bo", "台": "tai", "丽": "li", "莞": "guan", "行": "hang xing",
    "贲": "ben", "费": "fei", "粘": "nian", "不": "fou", "撒": "sa", "佴": "nai", "厦": "xia", "埔": "pu",
}  # fmt: skip
"""Readings that names of people (and of a few places) use."""


def plain(reading: str) -> str:
    """`zhòng` -> `zhong`; ü is written v, as one types it."""
    letters = []
    for sign in unicodedata.normalize("NFD", reading.lower().replace("ü", "v")):
        if sign == "\u0308" and letters and letters[-1] == "u":  # ǜ falls apart into u, dots, tone
            letters[-1] = "v"
        elif "a" <= sign <= "z":
            letters.append(sign)
    return "".join(letters)


def main() -> None:
    """Writes the table and says how large it is."""
    in_phrases: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in PHRASES_DICT.items():
        if len(phrase) == len(readings):
            for sign, reading in zip(phrase, readings, strict=True):
                in_phrases[sign][plain(reading[0])] += 1
    usual: dict[str, str] = defaultdict(str)
    other: dict[str, str] = defaultdict(str)
    other_count = 0
    for point, text in sorted(PINYIN_DICT.items()):
        sign = chr(point)
        if unicodedata.normalize("NFKC", sign) != sign:
            continue  # a compatibility form; text is normalised before it is read
        readings = list(dict.fromkeys(filter(None, map(plain, text.split(",")))))
        if not readings:
            continue
        usual[readings[0]] += sign
        wanted = {reading for reading, count in in_phrases[sign].items() if count >= PHRASES_MIN}
        if sign in NAME_READINGS:
            wanted.update(NAME_READINGS[sign].split())
        for reading in sorted(wanted - {readings[0], ""}):
            other[reading] += sign
            other_count += 1
    lines = [f"{name}\t{usual[name]}\t{other[name]}\n" for name in sorted({*usual, *other})]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text("".join(lines), encoding="utf-8", newline="\n")
    count = sum(map(len, usual.values()))
    sys.stdout.write(f"{count} characters, {other_count} further readings, {len(lines)} syllables\n")


if __name__ == "__main__":
    main()
