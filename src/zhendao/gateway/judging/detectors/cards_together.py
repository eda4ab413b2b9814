"""Two caregivers' cards that are read one right after the other, again and again, at homes for one. For review.

Both may be in one bag. Where a service takes two, or both are due with that elder, they are meant to meet; at a
station everybody meets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.gateway.judging.detectors.chance import permille
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhendao.gateway.visits.judgement import Visit
    from zhendao.gateway.visits.pairing import CheckFact

    _OfPair = dict[bytes, tuple[Visit, tuple[bytes, int]]]

_DAY_MS = 86_400_000
_CLEARS = Text(
    "机构确认两人结伴服务（应登记为双人服务或排班），或老人证实两人都在",
    "the organisation confirms that the two work together (to be registered so), or the elder that both were there",
)


def _find(whole: Whole) -> Iterable[Finding]:
    met = _met(whole)
    touched = {visit_id for several in met.values() for visit_id in several}
    for (one, other), several in sorted(met.items()):
        count = len({place for _, place in several.values()})
        if count < whole.hints.together_least:
            continue
        base = permille(len(touched) - len(several), len(whole.visits) - len(several))
        within = whole.hints.together_within_s
        for visit, _ in several.values():
            yield Finding(
                "cards_together", visit.visit_id, ("caregivers", f"{one}/{other}"), count, 0, count, "meetings",
                Text(
                    f"两位护理员的卡在单人服务的老人家中 {count} 次于 {within} 秒内先后刷卡，应为 0 次"
                    f"（其他人 {base}‰）；仅供核查",
                    f"the cards of two caregivers were read within {within} s of each other, {count} times at homes "
                    f"where one is due; it should be none (others: {base} in 1,000); for review alone",
                ),
                _CLEARS, base,
            )  # fmt: skip


def _met(whole: Whole) -> dict[tuple[str, str], _OfPair]:
    """Return, for each two caregivers, the visits at which their cards met, each with its terminal and local day."""
    read: dict[tuple[bytes, bytes], list[tuple[int, bytes, int, Visit, CheckFact]]] = {}
    for visit in whole.visits:
        for check in visit.pair.checks if visit.pair is not None and visit.caregiver_id is not None else ():
            if check.body.placement is not Placement.STATION:
                where = check.device, check.moment.boot_id
                read.setdefault(where, []).append((check.moment.mono_ns, check.epoch, check.seq, visit, check))
    found: dict[tuple[str, str], _OfPair] = {}
    for several in read.values():
        several.sort(key=lambda one: one[:3])
        for at, (mono_ns, _, _, visit, check) in enumerate(several):
            for later in several[at + 1 :]:
                if later[0] - mono_ns > whole.hints.together_within_s * 10**9:
                    break
                if later[3].caregiver_id == visit.caregiver_id or _meant(whole, visit, later[3]):
                    continue
                pair = (visit.caregiver_id or "", later[3].caregiver_id or "")
                of_pair = found.setdefault((min(pair), max(pair)), {})
                # Coming and going are one meeting: of one day at one home.
                place = (check.device, ((visit.at_ms or 0) + whole.policy.thresholds.offset_ms) // _DAY_MS)
                of_pair[visit.visit_id], of_pair[later[3].visit_id] = (visit, place), (later[3], place)
    return found


def _meant(whole: Whole, one: Visit, other: Visit) -> bool:
    """Tell whether both are due with this elder, or the service of either takes two."""
    elder, at_ms = one.elder_id, one.at_ms
    if elder is None or at_ms is None or one.caregiver_id is None or other.caregiver_id is None:
        return False
    due = [whole.registry.schedules_of(elder, who, at_ms) for who in (one.caregiver_id, other.caregiver_id)]
    services = (whole.registry.service(row.code, at_ms) for rows in due for row in rows)
    return all(due) or any(service is not None and service.staff > 1 for service in services)


SURVEY = Survey("cards_together", _find)
