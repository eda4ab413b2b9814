"""An elder who used to rate visits, and does so no more. rule: RATING.

Nobody need press a button: who never did is not told of. Base rate is the elder's own habit before.
"""

from collections.abc import Iterable

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.plans.today import local_day
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "回访老人：按键是否好用、是否还愿意评价；再有一次评价即消除",
    "calling the elder: do the buttons work, do they still wish to rate; it goes with the next rating",
)
_KNOWN = 5
"""So many visits before tell a habit."""


def _find(whole: Whole) -> Iterable[Finding]:
    visits = _visits(whole)
    for elder, several in sorted(visits.items()):
        rated = [bool((one.record.get("opinion") or {}).get("presses")) for one in several]
        silent = next((at for at, one in enumerate(reversed(rated)) if one), len(rated))
        before = rated[: len(rated) - silent]
        expected = _longest(sum(before), len(before), whole.hints.rating_one_in)
        if len(before) >= _KNOWN and silent > expected:
            base = 1000 * (len(before) - sum(before)) // len(before)
            yield Finding(
                "no_rating", None, ("elder", elder), silent, expected, silent - expected, "visits",
                Text(
                    f"最近 {silent} 次服务都没有评价；此前 {len(before)} 次中评价了 {sum(before)} 次，"
                    f"连续不评价应不超过 {expected} 次，多 {silent - expected} 次",
                    f"the last {silent} visits were not rated, {sum(before)} of the {len(before)} before them were: "
                    f"{expected} in a row were expected at most: {silent - expected} more",
                ),
                _CLEARS, base,
            )  # fmt: skip


def _visits(whole: Whole) -> dict[str, list[Visit]]:
    """Return the closed visits of each elder whose days are over, in order."""
    visits: dict[str, list[Visit]] = {}
    for visit in sorted(whole.visits, key=lambda one: (one.end_ms or 0, one.visit_id)):
        if visit.elder_id is None or visit.end_ms is None or visit.state != "closed":
            continue
        # Until its day is over a visit may still be rated.
        if local_day(visit.end_ms, whole.policy.thresholds.offset_ms).to_ms <= whole.as_of_ms:
            visits.setdefault(visit.elder_id, []).append(visit)
    return visits


def _longest(rated: int, visits: int, one_in: int) -> int:
    """Return how many visits in a row go unrated by chance at most, by the habit before (one silence is supposed)."""
    silence, row = (visits - rated + 1) / (visits + 2), 0
    chance = 1.0
    while chance * one_in > 1:
        chance, row = chance * silence, row + 1
    return row


SURVEY = Survey("no_rating", _find)
