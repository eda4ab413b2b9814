"""How tokens of visits are told to people: which one it was, what is wrong with it, once for each visit. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from zhendao.gateway.judging.detectors.readings import Shown
from zhendao.gateway.tokens.findings import SENTENCES
from zhendao.gateway.tokens.findings import Finding as Word
from zhendao.protocol.wording import Text

_NAMES = {"door": Text("门牌", "door tag"), "card": Text("护理员卡", "caregiver's card")}


def named(part: str) -> Text:
    """Return the name of a token's part in the check, ``door`` or ``card``."""
    return _NAMES[part]


def words_of(words: Iterable[Word]) -> Text:
    """Return what ``words`` say, in one order."""
    said = [SENTENCES[one] for one in sorted(words)]
    return Text("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def each_once(several: Iterable[Shown], words: frozenset[Word]) -> Iterator[Shown]:
    """Return those of ``several`` that say any of ``words``: a token of a visit once, for both of its checks.

    What counts is that of the reading that is farthest off; the words of all are kept.
    """
    found: dict[tuple[bytes, str, bytes], Shown] = {}
    for one in several:
        if not one.words & words:
            continue
        name = one.visit_id, one.part, one.uid
        before = found.get(name)
        if before is None:
            found[name] = one
        else:
            worst = one if _off(one) > _off(before) else before
            found[name] = replace(worst, words=one.words | before.words)
    yield from found.values()


def _off(one: Shown) -> int:
    return -1 if one.counter is None or one.least is None else one.least - one.counter
