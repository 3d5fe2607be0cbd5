"""Which encoding a text file is in: marks first, then the whole file tested, then plausibility of what comes
out.

Clean decoding proves little: Big5 decodes as GB18030 and as cp1252 without an error (reliability.md, RF14).
So each legacy encoding that can decode the *whole* file is judged by the signs it yields, and a close or
unusual choice is marked as doubtful, with samples, for the user to decide.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import ReadFault, shorten

CHUNK_BYTES = 1_048_576
SIGNS_JUDGED_MAX = 200_000
SAMPLES_MAX = 3
DOUBT_SIGNS_MIN = 6
DOUBT_MARGIN = 0.3
DOUBT_SCORE = 0.5
DAMAGED_SHARE = 20
_LEGACY = ("gb18030", "cp950", "cp1252", "cp932", "cp949")
"""cp950 is Big5 as Windows writes it, cp932 Shift-JIS, cp949 EUC-KR."""

# What may be asked for by name. Others (zip, punycode, unicode_escape …) are no encodings of a table.
_ALLOWED = re.compile(
    r"utf-8(-sig)?|utf-(16|32)(-[lb]e)?|gb18030|gbk|gb2312|big5|big5hkscs|cp950|cp932|shift_jis|euc_jp|euc_kr|cp949"
    r"|cp125\d|cp437|cp850|cp852|cp866|cp1140|iso8859-\d+|koi8-[ru]|mac-roman|ascii"
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# cp950 is Big5 as Windows writes it, cp932 Shift-JIS, cp949 EUC-KR
_LEGACY = ("gb18030", "cp950", "cp1252", "cp932", "cp949")
_NON_ASCII = re.compile("[^\x00-\x7f]+")

# The signs that make up most of any Chinese text of trade, simplified and traditional, and the names in it.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔单号编客户称话址电邮箱额价税率款账付收票据日期备注联系人手机城市省县镇街道路号室栋楼层商贸有限责任股份集团科技实业进出口销售采购库存产品规格型数量单价合计总计余额未付已付支出收入交易时间订流水对方姓名类型状态张王李赵刘陈杨黄周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严洪武莫孔京沪津渝粤浙苏杭深圳广州成都武汉厦门青岛宁波温州"
    "這個們來為國說時會對發後裡種經麼學當沒動還進樣開從實軍無與長機業將兩間問並應戰頭體見產製給變關點氣題爾電數場處認條報結議務計達強難權設張該規東書車員場單號編戶稱話郵額價稅帳付票據備註聯絡縣鎮樓層貿責任股份團實銷購庫產規餘類狀態陳楊黃吳孫趙劉馬鄭謝許鄧馮韓彭蕭葉蔣蘇魏呂盧鐘譚陸賈韋鄒閻龍賀顧龔錢嚴臺灣北高雄臺中統編發票銀行匯款訂貨運費萬億簡體歡迎請謝謝圖網頁檔案資訊軟體區門廠漢語買賣紅綠藍銀鐵鋼紙筆飯館"
)
_CJK_MARKS = frozenset("，。、；：？！“”‘’（）《》【】—…·￥％＋－＝／＃＊　「」『』①②③④⑤")
_KANA = re.compile("[ぁ-んァ-ヶー]")
_COMMON_HANGUL = frozenset(
    "이다은는의을를에가하고한사로주식회사대표전화번호지서아나도시기자일인해리정보수금액부성제동구조상원도영김박최강윤장임"
)
_LATIN_MARKS = frozenset("€£©®°–—‘’“”•…«»½·¿¡ßªº§ \xa0")


@dataclass(frozen=True, slots=True)
class Choice:
    """The encoding a text is read in, and what else it could be."""

    name: str
    is_doubtful: bool = False
    alternatives: tuple[tuple[str, str], ...] = ()
    """(encoding, a line as it would read), best first; the chosen one is the first when there is doubt."""


def named(name: str) -> str:
    """The encoding a user asked for, in Python's spelling, or `encoding_unknown`."""
    try:
        canonical = codecs.lookup(name.strip()).name
    except (LookupError, ValueError) as error:
        raise ReadFault(Code.ENCODING_UNKNOWN, "name", encoding=shorten(name)) from error
    if not _ALLOWED.fullmatch(canonical):
        raise ReadFault(Code.ENCODING_UNKNOWN, "name", encoding=shorten(name))
    # Windows calls GBK whatever it writes; its superset reads all of it
    return "gb18030" if canonical in ("gbk", "gb2312") else "utf-8-sig" if canonical == "utf-8" else canonical


def detect(path: Path) -> Choice:
    """Chooses the encoding of a text file from its whole content."""
    with path.open("rb") as file:
        head = file.read(4)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Choice(name)
    wide = _wide(path)
    if wide is not None:
        return Choice(wide)
    if _decodes(path, "utf-8"):
        return Choice("utf-8")
    _refuse_damaged_utf8(path)
    return _legacy(path)


def _wide(path: Path) -> str | None:
    """UTF-16 or UTF-32 without a mark: zero bytes stand in the high places of at least a fifth of the
    units.
    """
    counts = [0, 0, 0, 0]
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):  # a multiple of four, so that places keep their meaning
            size += len(chunk)
            if b"\x00" in chunk:
                for place in range(4):
                    counts[place] += chunk[place::4].count(0)
    if sum(counts) < 4:
        return None
    quarter = size / 4
    if min(counts[2:]) > 0.95 * quarter and counts[0] < 0.5 * quarter:
        return "utf-32-le" if _decodes(path, "utf-32-le") else None
    if min(counts[:2]) > 0.95 * quarter and counts[3] < 0.5 * quarter:
        return "utf-32-be" if _decodes(path, "utf-32-be") else None
    high_le, high_be = counts[1] + counts[3], counts[0] + counts[2]
    half = size / 2
    if high_le > 0.2 * half and high_be < 0.05 * high_le:
        return "utf-16-le" if _decodes(path, "utf-16-le") else None
    if high_be > 0.2 * half and high_le < 0.05 * high_be:
        return "utf-16-be" if _decodes(path, "utf-16-be") else None
    return None


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_damaged_utf8(path: Path) -> None:
    """A file that is UTF-8 but for a few bytes is damaged: any other reading of it is nonsense."""
    good = bad = rows = first_bad = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with path.open("rb") as file:
        is_last = False
        while not is_last:
            chunk = file.read(CHUNK_BYTES)
            is_last = not chunk
            text = decoder.decode(chunk, is_last)
            bad_here = text.count("\ufffd")
            if bad_here and not bad:
                first_bad = rows + text.count("\n", 0, text.index("\ufffd")) + 1
            bad += bad_here
            good += sum(map(len, _NON_ASCII.findall(text))) - bad_here
            rows += text.count("\n")
            if bad * DAMAGED_SHARE > good + CHUNK_BYTES:
                return
    if bad * DAMAGED_SHARE <= good:
        raise ReadFault(Code.ENCODING_UNKNOWN, "damaged_utf8", row=first_bad)


def _legacy(path: Path) -> Choice:
    scores: list[tuple[float, int, str, str]] = []
    signs_judged = 0
    for order, name in enumerate(_LEGACY):
        judged = _judge(path, name)
        if judged is not None:
            score, signs, sample = judged
            signs_judged = max(signs_judged, signs)
            scores.append((-score, order, name, sample))
    if not scores:
        judged = _judge(path, "latin-1")
        sample = judged[2] if judged else ""
        return Choice("iso8859-1", True, (("iso8859-1", sample),))
    scores.sort()
    best, name = -scores[0][0], scores[0][2]
    second = -scores[1][0] if len(scores) > 1 else -1.0
    is_doubtful = (
        name != "gb18030"
        or signs_judged < DOUBT_SIGNS_MIN
        or best - second < DOUBT_MARGIN
        or best < DOUBT_SCORE
    )
    return Choice(
        name, is_doubtful, tuple((each, sample) for _score, _order, each, sample in scores[:SAMPLES_MAX])
    )


def _judge(path: Path, name: str) -> tuple[float, int, str] | None:
    """(plausibility up to 1, signs judged, a line with such signs), or None when the file is not in it."""
    decoder = codecs.getincrementaldecoder(name)()
    runs: Counter[str] = Counter()
    signs = 0
    sample = ""
    latin = _LatinScore() if name in ("cp1252", "latin-1") else None
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                text = decoder.decode(chunk)
                if signs >= SIGNS_JUDGED_MAX:
                    continue  # still decoded to the end: the whole file must be in it
                match = _NON_ASCII.search(text)
                if match is None:
                    continue
                if not sample:
                    sample = _line_around(text, match.start())
                if latin is not None:
                    signs += latin.add(text)
                    continue
                for run in _NON_ASCII.findall(text):
                    runs.update(run)
                    signs += len(run)
                    if signs >= SIGNS_JUDGED_MAX:
                        break
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return None
    if not signs:
        return 0.0, 0, sample
    if latin is not None:
        return latin.total / signs, signs, sample
    weigh = {"cp932": _weigh_japanese, "cp949": _weigh_korean}.get(name, _weigh_chinese)
    return sum(weigh(sign, name) * count for sign, count in runs.items()) / signs, signs, sample


def _line_around(text: str, place: int) -> str:
    start = max(text.rfind("\n", 0, place), text.rfind("\r", 0, place), place - 30) + 1
    line = text[start : start + 120].splitlines()
    return shorten(line[0]) if line else ""


def _weigh_chinese(sign: str, name: str) -> float:
    if sign in _COMMON:
        return 1.0
    if sign in _CJK_MARKS:
        return 0.8
    if "\ue000" <= sign <= "\uf8ff" or sign < "\xa0":
        return -1.0
    if not "\u4e00" <= sign <= "\u9fff":
        # symbols, kana, other scripts: possible, seldom
        return 0.2 if "\u2000" <= sign <= "\u33ff" or "\uff00" <= sign <= "\uffef" else -0.5
    if name == "cp950":
        return 0.6 if sign.encode(name)[0] < 0xC9 else 0.1
    try:
        lead = sign.encode("gb2312")[0]
    except UnicodeEncodeError:
        return -0.2  # only in GBK: traditional or rare
    return 0.6 if lead < 0xD8 else 0.2


def _weigh_japanese(sign: str, name: str) -> float:
    if _KANA.match(sign):
        return 1.0
    if "\uff61" <= sign <= "\uff9f":
        return 0.0  # half-width katakana: what any other encoding looks like in this one
    if sign in _CJK_MARKS:
        return 0.8
    if "\u4e00" <= sign <= "\u9fff":
        return 0.5 if sign.encode(name)[0] < 0x98 else 0.0
    return 0.0


def _weigh_korean(sign: str, name: str) -> float:
    if sign in _COMMON_HANGUL:
        return 1.0
    if "\uac00" <= sign <= "\ud7a3":
        return 0.4 if sign.encode(name)[0] >= 0xB0 else 0.0
    return 0.3 if sign in _CJK_MARKS else 0.0


class _LatinScore:
    """Western text: single accented letters within words of plain letters, and a few marks."""

    _RUN = re.compile("([A-Za-z]?)([^\x00-\x7f]+)([A-Za-z]?)")

    def __init__(self) -> None:
        self.total = 0.0

    def add(self, text: str) -> int:
        signs = 0
        for before, run, after in self._RUN.findall(text):
            signs += len(run)
            in_word = bool(before or after)
            for sign in run:
                if sign.isalpha():
                    self.total += (
                        (1.0 if in_word else 0.4) if len(run) == 1 else 0.4 if len(run) == 2 else 0.0
                    )
                elif sign in _LATIN_MARKS:
                    self.total += 0.7 if len(run) == 1 else 0.2
            if signs >= SIGNS_JUDGED_MAX:
                break
        return signs
