"""Chinese names in letters (姓名转写): family and given name apart, in Hanyu Pinyin without tones.

Promise: what is in Latin letters already stays; of names what comes out holds letters, blanks, hyphens, periods and
apostrophes alone, as the field's name rules ask; other texts (`in_latin`) keep their figures and signs. Surnames are
read as surnames (单 Shan, 仇 Qiu). Pure; pypinyin knows how the rest is read.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

COMPOUND: Final = frozenset(
    {
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文",
        "司徒", "司空", "夏侯", "端木", "百里", "南宫", "东郭", "闻人", "呼延", "赫连", "澹台", "公冶",
        "宗政", "濮阳", "淳于", "单于", "太叔", "申屠", "公羊", "轩辕", "钟离", "鲜于", "闾丘", "亓官",
        "仲孙", "独孤", "拓跋", "完颜", "纳兰", "西门", "第五", "万俟",
    }
)  # fmt: skip
"""Surnames of two characters."""
READINGS: Final = {
    "单": "Shan", "仇": "Qiu", "曾": "Zeng", "解": "Xie", "朴": "Piao", "区": "Ou", "查": "Zha", "盖": "Ge",
    "尉": "Wei", "华": "Hua", "任": "Ren", "燕": "Yan", "葛": "Ge", "覃": "Qin", "缪": "Miao", "乐": "Yue",
    "黑": "He", "秘": "Bi",
    "员": "Yun", "种": "Chong", "繁": "Po", "折": "She", "冼": "Xian", "召": "Shao", "洗": "Xian", "臧": "Zang",
    "翟": "Zhai", "薄": "Bo", "宓": "Fu", "郗": "Xi", "晁": "Chao", "逄": "Pang", "俞": "Yu", "尹": "Yin", "吕": "Lyu",
    "万俟": "Moqi", "尉迟": "Yuchi", "单于": "Chanyu", "澹台": "Tantai", "长孙": "Zhangsun", "令狐": "Linghu",
}  # fmt: skip
"""How surnames are read, where that is not how the character is read elsewhere."""
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_STRETCH: Final = re.compile(rf"{_HAN.pattern}+")
_BEFORE: Final = re.compile(r" ([,.;:!?)])")
_BEHIND: Final = re.compile(r"([(]) ")
_BETWEEN: Final = re.compile(r"[·•・‧]")
_LETTERS: Final = re.compile(r"[^A-Za-z .'-]")
_BLANKS: Final = re.compile(r" {2,}")
_SIGNS: Final = str.maketrans("。、“”‘’「」—–", '.,""\'\'""--')


def parted(name: str) -> tuple[str, str]:
    """Return family and given name of ``name``; a name of another people with dots between its parts ends in the last.

    A name in letters is parted before its last word. What has one part alone is a family name.
    """
    whole = _BETWEEN.sub("·", name.strip())
    if "·" in whole:
        given, _, family = whole.rpartition("·")
        return family, given.replace("·", " ")
    if not _HAN.search(whole):
        given, _, family = whole.rpartition(" ")
        return family, given
    compact = whole.replace(" ", "").replace("\u3000", "")
    size = 2 if len(compact) > 2 and compact[:2] in COMPOUND else 1  # noqa: PLR2004 - the surname's two characters
    return compact[:size], compact[size:]


@lru_cache(maxsize=4096)
def in_letters(text: str) -> str:
    """Return ``text`` in letters, each stretch of Chinese as one word: 秀兰 → Xiulan. Where nothing is left: empty."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - large, and only who sends names abroad needs it

    words: list[str] = []
    for stretch in re.findall(rf"{_HAN.pattern}+|[^\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+", text):
        if _HAN.search(stretch):
            read = "".join(lazy_pinyin(stretch, v_to_u=False, errors="ignore"))
            words.append(_latin(read.replace("v", "yu").replace("yuu", "yu")).capitalize())
        else:
            words.append(_latin(_BETWEEN.sub(" ", stretch)))
    return _BLANKS.sub(" ", " ".join(words)).strip(" -")


@lru_cache(maxsize=4096)
def in_latin(text: str) -> str:
    """Return ``text`` in ASCII: what is Chinese in Pinyin, figures and signs as they are, what is left a blank."""
    read = _STRETCH.sub(lambda found: f" {in_letters(found.group())} ", text.translate(_SIGNS))
    plain = (c for c in unicodedata.normalize("NFKD", read) if not unicodedata.combining(c))
    said = _BLANKS.sub(" ", "".join(c if " " <= c <= "~" else " " for c in plain)).strip()
    return _BEFORE.sub(r"\1", _BEHIND.sub(r"\1", said))


def family_in_letters(name: str) -> str:
    """Return the family name of ``name`` in letters."""
    family, _ = parted(name)
    return READINGS.get(family) or in_letters(family)


def given_in_letters(name: str) -> str:
    """Return the given name of ``name`` in letters."""
    return in_letters(parted(name)[1])


def _latin(text: str) -> str:
    """Return ``text`` without accents, and without what a name may not hold."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _LETTERS.sub(" ", plain.replace("\u2019", "'").replace("_", "-"))
