"""The stable words of visits, findings and cases as people read them in Chinese; in English they stand for themselves.

Promise: a word that is not known here is shown as it is, and what people wrote is never touched.
"""

from collections.abc import Mapping
from typing import Final

from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.reports.anomalies import GROUPS
from zhendao.protocol.wording import Language

KINDS: Final[Mapping[str, str]] = {kind: zh for several in GROUPS.values() for kind, zh in several.items()}
LEVELS: Final[Mapping[str, str]] = {"red": "红", "orange": "橙", "yellow": "黄", "green": "绿"}
STATES: Final[Mapping[str, str]] = {
    "open": "进行中", "closed": "已完成", "withdrawn": "已撤销", "found": "存在", "cleared": "已消除",
}  # fmt: skip
CORRECTIONS: Final[Mapping[str, str]] = {
    "proposed": "待批准", "approved": "已批准", "refused": "未批准", "withdrawn": "已撤回",
}  # fmt: skip
ACTS: Final[Mapping[str, str]] = {
    "opened": "立案", "found": "新发现", "cleared": "疑点消除", "reopened": "重新立案", "explained": "填入原因",
    "escalated": "逾期上报", "heard": "听取说法", "unreached": "联系不上", "decided": "决定", "proposed": "提出更正",
    "approved": "批准更正", "refused": "不批准更正", "withdrawn": "撤回更正", "unlocked": "解锁",
}  # fmt: skip
_DECISIONS: Final[Mapping[str, str]] = {"fixed": "已更正", "acknowledged": "属实有因", "upheld": "疑点成立"}
_REASONS: Final[Mapping[str, str]] = {one.word: one.text.zh for one in REASONS.values()}
_SIDES: Final[Mapping[str, str]] = {"caregiver": "护理员", "elder": "老人"}
SAID: Final[Mapping[str, str]] = {**KINDS, **_REASONS, **_DECISIONS, **_SIDES}


def worded(word: str | None, words: Mapping[str, str], language: Language) -> str:
    """Return one stable word in ``language``; nothing is an en dash."""
    if not word:
        return "–"
    return words.get(word, word) if language == "zh" else word


def listed(said: str, language: Language) -> str:
    """Return stable words with blanks between them in ``language``; what a side said keeps its words, as all else."""
    head, between, rest = said.partition(": ")
    several = head.split(" ")
    if language != "zh" or not all(one in SAID for one in several):
        return said
    return "、".join(SAID[one] for one in several) + between.replace(": ", "：") + rest
