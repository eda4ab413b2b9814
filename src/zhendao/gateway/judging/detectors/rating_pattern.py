"""A caregiver whose elders rate otherwise than everybody else's do: far more often low, or never but the best.

rule: RATING. Counted are elders, not presses: an elder who always presses the same is one voice. For review alone: a
good caregiver has good ratings too, and the rate at which others have the same stands beside it.
"""

from collections.abc import Iterable, Mapping
from math import comb

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "随机回访其中几位老人并听取护理员说明；由人判断，不作处罚依据",
    "calling some of these elders at random and hearing the caregiver; people decide, and no penalty follows from it",
)
_BEST = 100
_LEAST_ELDERS = 5
_SIDES = {
    "low": Text("给过低分", "gave a low score"),
    "best": Text("每次都是满分", "gave nothing but the best"),
}


def _find(whole: Whole) -> Iterable[Finding]:
    scores: dict[str, dict[str, list[int]]] = {}
    for visit in whole.visits:
        score = (visit.record.get("opinion") or {}).get("score")
        if score is not None and visit.caregiver_id is not None and visit.elder_id is not None:
            scores.setdefault(visit.caregiver_id, {}).setdefault(visit.elder_id, []).append(score)
    least = whole.policy.thresholds.least_rating
    counted = {who: _counts(elders, least) for who, elders in scores.items()}
    everybody = sum(len(elders) for elders in scores.values())
    for who in sorted(scores):
        own, others = len(scores[who]), everybody - len(scores[who])
        if own < _LEAST_ELDERS or others < _LEAST_ELDERS:
            continue
        for side, words in _SIDES.items():
            found = counted[who][side]
            same = sum(one[side] for one in counted.values()) - found
            # One more of either kind among the others: what was never seen is not impossible.
            rate = (same + 1) / (others + 2)
            expected = _most(own, rate, whole.hints.rating_one_in)
            if found > expected:
                base = 1000 * same // others
                yield Finding(
                    "rating_pattern", None, ("caregiver", who), found, expected, found - expected,
                    "elders",
                    Text(
                        f"评价过该护理员的 {own} 位老人中 {found} 位{words.zh}，按其他护理员的比例（{base}‰）"
                        f"应不超过 {expected} 位，多 {found - expected} 位；仅供核查",
                        f"of {own} elders who rated this caregiver {found} {words.en}; by the rate of all others "
                        f"({base} in 1,000) {expected} were expected at most: {found - expected} more; "
                        "for review alone",
                    ),
                    _CLEARS, base,
                )  # fmt: skip
                break


def _counts(elders: Mapping[str, list[int]], least: int) -> dict[str, int]:
    low = sum(min(scores) < least for scores in elders.values())
    return {"low": low, "best": sum(min(scores) >= _BEST for scores in elders.values())}


def _most(elders: int, rate: float, one_in: int) -> int:
    """Return the greatest number of ``elders`` that chance exceeds once in ``one_in`` times at most."""
    beyond = 0.0
    for found in range(elders, -1, -1):
        beyond += comb(elders, found) * rate**found * (1 - rate) ** (elders - found)
        if beyond * one_in > 1:
            return found
    return 0


SURVEY = Survey("rating_pattern", _find)
