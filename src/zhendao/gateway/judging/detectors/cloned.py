"""A token that is a copy: forged, another's record, less than the tag can prove, one count at two places.

It says that one of two is a copy, not which, and not who made it. rule: TWO-TOKENS
"""

from collections.abc import Iterable
from typing import Final

from zhendao.gateway.judging.detectors.readings import shown
from zhendao.gateway.judging.detectors.told_tokens import each_once, named, words_of
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.tokens.findings import Finding as Word
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "当面核对原卡或原门牌能证明自身，或确认读卡器故障只读出卡号",
    "the real card or tag proves itself before somebody's eyes, or a reader that could read no more is found faulty",
)
_WORDS: Final = frozenset({Word.CLONED, Word.COPIED, Word.FORGED, Word.WEAKER})


_READER = Text(
    "同一次刷卡中，卡和门牌都只读出一部分：多半是读卡器的问题，不问责任何人",
    "both card and door tag showed less than they can in one visit: a reader at its limit, as a rule; it is put to no "
    "person",
)


def _find(whole: Whole) -> Iterable[Finding]:
    several = shown(whole)
    parts: dict[bytes, set[str]] = {}
    for one in several:
        if not one.carried and Word.WEAKER in one.words:
            parts.setdefault(one.visit_id, set()).add(one.part)
    for one in each_once(several, _WORDS):
        name, why, signs = named(one.part), words_of(one.words & _WORDS), len(one.words & _WORDS)
        both = len(parts.get(one.visit_id, ())) > 1
        yield Finding(
            "cloned", one.visit_id, (one.part, one.uid.hex()), signs, 0, signs, "signs",
            Text(
                f"{name.zh}有 {signs} 项复制迹象，应为 0：{why.zh}",
                f"the {name.en} shows {signs} sign{'s' if signs > 1 else ''} of a copy where there should be none: "
                f"{why.en}",
            ),
            _CLEARS,
            fault=_READER if both and one.words & _WORDS == {Word.WEAKER} else None,
        )  # fmt: skip


SURVEY = Survey("cloned", _find)
