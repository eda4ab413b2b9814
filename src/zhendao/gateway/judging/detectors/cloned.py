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


def _find(whole: Whole) -> Iterable[Finding]:
    for one in each_once(shown(whole), _WORDS):
        name, why, signs = named(one.part), words_of(one.words & _WORDS), len(one.words & _WORDS)
        yield Finding(
            "cloned", one.visit_id, (one.part, one.uid.hex()), signs, 0, signs, "signs",
            Text(
                f"{name.zh}有 {signs} 项复制迹象，应为 0：{why.zh}",
                f"the {name.en} shows {signs} sign{'s' if signs > 1 else ''} of a copy where there should be none: "
                f"{why.en}",
            ),
            _CLEARS,
        )  # fmt: skip


SURVEY = Survey("cloned", _find)
