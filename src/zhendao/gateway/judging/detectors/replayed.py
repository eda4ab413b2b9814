"""A tag's message that was used before, or is older than one read earlier: collected and played. rule: TWO-TOKENS.

Held against each other is when readings were made, as surely as clocks allow; the order of arrival is nothing.
"""

from collections.abc import Iterable
from typing import Final

from zhendao.gateway.judging.detectors.readings import shown
from zhendao.gateway.judging.detectors.told_tokens import each_once, named, words_of
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.tokens.findings import Finding as Word
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "查明终端时间有误，或现场核实当时确在门前读取",
    "a terminal whose clock was wrong, or proof from the place that the tag was read there and then",
)
_WORDS: Final = frozenset({Word.REPLAYED, Word.STALE})


def _find(whole: Whole) -> Iterable[Finding]:
    for one in each_once(shown(whole), _WORDS):
        name = named(one.part)
        if one.counter is not None and one.least is not None:
            off = one.least - one.counter
            text = Text(
                f"{name.zh}的计数为 {one.counter}，此前已读到 {one.least - 1}，至少应为 {one.least}，低 {off}",
                f"the counter of the {name.en} is {one.counter}; {one.least - 1} was read before, so it should be "
                f"{one.least} at least: {off} lower",
            )
        else:
            off, why = None, words_of(one.words & _WORDS)
            text = Text(f"{name.zh}：{why.zh}", f"the {name.en}: {why.en}")
        yield Finding(
            "replayed", one.visit_id, (one.part, one.uid.hex()), one.counter, one.least, off, "count", text, _CLEARS
        )


SURVEY = Survey("replayed", _find)
