"""What each tag's readings say against each other, over all visits: counters that go back, or that two share. Pure.

The judgement is that of the gateway's tokens (`tokens.counters`); here it is made from the facts of visits. Most tags
are in order, which a sort shows; only of the others is each reading held against each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from zhendao.gateway.judging.findings import Whole
from zhendao.gateway.tokens.counters import Limits, Reading, judge, surely_after
from zhendao.gateway.tokens.findings import Finding as Word
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.vocabulary import Placement

PARTS: Final = ("door", "card")
_COUNTS: Final = frozenset({Word.REPLAYED, Word.CLONED})


@dataclass(frozen=True, slots=True)
class Shown:
    """One token of one check of a visit. ``words``: what is wrong with it, by the evidence and by its counter.

    ``least``: the lowest count that it could honestly have had, where its count is lower. ``carried``: by a terminal
    that is.
    """

    visit_id: bytes
    part: str
    uid: bytes
    counter: int | None
    words: frozenset[Word]
    least: int | None
    carried: bool = False


def shown(whole: Whole) -> tuple[Shown, ...]:
    """Return every token with evidence of which something is wrong, in the order of visits."""
    return whole.once(_shown)


def _shown(whole: Whole) -> tuple[Shown, ...]:
    tags: dict[bytes, list[Reading]] = {}
    told: list[tuple[bytes, str, bytes, frozenset[Word], Reading, bool]] = []
    for visit in whole.visits:
        for check in visit.pair.checks if visit.pair is not None else ():
            for part in PARTS:
                read = check.body.door if part == "door" else check.body.caregiver
                said = (check.evidence or {}).get(part)
                if read is None or said is None:
                    continue
                reading = reading_of(check, part, said)
                words = frozenset(map(Word, said["findings"]))
                carried = check.body.placement is Placement.CARRIED
                told.append((visit.visit_id, part, read.uid, words, reading, carried))
                if reading.counter is not None:
                    tags.setdefault(read.uid, []).append(reading)
    doubtful = {uid: several for uid, several in tags.items() if not in_order(several)}
    limits = Limits(0, 0, whole.hints.one_reading_s * 10**9)
    found: list[Shown] = []
    for visit_id, part, uid, words, reading, carried in told:
        others = [one for one in doubtful.get(uid, ()) if one is not reading] if reading.counter is not None else []
        wrong = words | (judge(reading, others, limits) & _COUNTS)
        if wrong:
            found.append(Shown(visit_id, part, uid, reading.counter, wrong, _least(reading, others), carried))
    return tuple(found)


def in_order(readings: Sequence[Reading]) -> bool:
    """Tell whether no two of one tag's readings, each with a counter, can contradict each other."""
    by_count = sorted(readings, key=lambda one: one.counter or 0)
    soonest: int | None = None
    for one in reversed(by_count):
        if soonest is not None and one.earliest_ms is not None and one.earliest_ms > soonest:
            return False
        soonest = one.latest_ms if soonest is None else min(soonest, one.latest_ms)
    if any(one.counter == other.counter for one, other in pairwise(by_count)):
        return False
    last: dict[tuple[bytes, bytes], int] = {}
    for one in by_count:
        for name, at in (((one.device, one.boot_id), one.mono_ns), ((one.device, one.epoch), one.seq)):
            if last.get(name, at) > at:
                return False
            last[name] = at
    return True


def _least(here: Reading, others: Sequence[Reading]) -> int | None:
    """Return one more than the highest count that was surely read before ``here``, if that is not lower anyway."""
    before = max((one.counter or 0 for one in others if surely_after(here, one)), default=None)
    return before + 1 if before is not None and before >= (here.counter or 0) else None


def reading_of(check: CheckFact, part: str, said: Mapping[str, Any]) -> Reading:
    """Return what ``check`` read of one of its tokens; ``said``: what was proved of it."""
    moment, bound_ms = check.moment, check.moment.bound_ms
    latest = check.received_ms if bound_ms is None else moment.wall_ms + bound_ms
    return Reading(
        check.device, check.epoch, check.seq, check.h, PARTS.index(part), moment.boot_id, moment.mono_ns,
        said.get("counter"), bool(said.get("fresh")), None,
        None if bound_ms is None else moment.wall_ms - bound_ms, latest,
    )  # fmt: skip
