"""Visits that were one piece of work: two caregivers with one elder, or one caregiver with several elders. Pure.

They stay visits of their own; what is said here is that they overlapped, for whoever judges hours or what overlaps
without leave. Counted is an overlap of at least a share of the shorter one, by the times as they are known.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhendao.gateway.visits.judgement import Visit

DOUBLE_HANDED: Final = "double_handed"
GROUP: Final = "group"


@dataclass(frozen=True, slots=True)
class Together:
    """Several visits, in the order of their begin: ``double_handed`` (one elder) or ``group`` (one caregiver)."""

    kind: str
    visits: tuple[bytes, ...]
    begin_ms: int
    end_ms: int

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        ids = [one.hex() for one in self.visits]
        return {"kind": self.kind, "visits": ids, "begin_ms": self.begin_ms, "end_ms": self.end_ms}


def together(
    visits: Iterable[Visit], share_percent: int, kinds: Collection[str] = (DOUBLE_HANDED, GROUP)
) -> list[Together]:
    """Return what was done together, by kind and begin; ``share_percent`` of the shorter visit at least."""
    homes: dict[Hashable, list[Visit]] = {}
    rounds: dict[Hashable, list[Visit]] = {}
    for one in visits:
        if one.begin_ms is None or one.end_ms is None or one.caregiver_id is None or one.elder_id is None:
            continue
        if one.begin_ms < one.end_ms:
            homes.setdefault(one.elder_id, []).append(one)
            rounds.setdefault((one.caregiver_id, one.record["place_id"]), []).append(one)
    found = [
        *(_sets(DOUBLE_HANDED, homes, "caregiver_id", share_percent) if DOUBLE_HANDED in kinds else ()),
        *(_sets(GROUP, rounds, "elder_id", share_percent) if GROUP in kinds else ()),
    ]
    return sorted(found, key=lambda one: (one.kind, one.begin_ms, one.visits))


def _sets(kind: str, several: Mapping[Hashable, Sequence[Visit]], who: str, share_percent: int) -> Iterable[Together]:
    """Return the sets of visits that hang together by overlaps, of different people each."""
    for visits in several.values():
        running: list[list[Visit]] = []
        for one in sorted(visits, key=lambda one: (one.begin_ms or 0, one.visit_id)):
            kept: list[list[Visit]] = []
            met: list[Visit] = []
            for part in running:
                if _end(part) <= (one.begin_ms or 0):
                    yield from _told(kind, part)
                elif any(_overlap(other, one, who, share_percent) for other in part):
                    met += part
                else:
                    kept.append(part)
            running = [*kept, [*met, one]]
        for part in running:
            yield from _told(kind, part)


def _end(part: Iterable[Visit]) -> int:
    return max(one.end_ms or 0 for one in part)


def _told(kind: str, part: Sequence[Visit]) -> Iterable[Together]:
    if len(part) > 1:
        ordered = sorted(part, key=lambda one: (one.begin_ms or 0, one.visit_id))
        yield Together(kind, tuple(one.visit_id for one in ordered), ordered[0].begin_ms or 0, _end(part))


def _overlap(one: Visit, other: Visit, who: str, share_percent: int) -> bool:
    if getattr(one, who) == getattr(other, who):
        return False
    begins, ends = (one.begin_ms or 0, other.begin_ms or 0), (one.end_ms or 0, other.end_ms or 0)
    shorter = min(end - begin for begin, end in zip(begins, ends, strict=True))
    return 100 * (min(ends) - max(begins)) >= share_percent * shorter
