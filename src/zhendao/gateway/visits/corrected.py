"""What a visit says when people have corrected a time of it: computed again, with what was witnessed beside it. Pure.

Promise: a correction changes no fact and hides none; without it the record is byte for byte what it was (promise 4).
It is of what its maker saw: where the facts say something else by now it counts no longer, and a flag tells so.
rule: EVIDENCE, TIME
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from zhendao.gateway.visits.flags import said
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.pairing import id_from

_OF_TIME: Final = frozenset({"short", "long", "no_in", "no_out", "duration_unknown"})
"""Flags that follow from begin and end, and are given anew."""


@dataclass(frozen=True, slots=True)
class Correction:
    """An approved correction: when a visit began and ended, UTC ms; None leaves that time as it was witnessed.

    ``seen`` are begin and end as its maker saw them witnessed; ``number`` rises, and the last one counts.
    """

    number: int
    visit_id: bytes
    begin_ms: int | None
    end_ms: int | None
    reason: str
    seen: tuple[int | None, int | None]


Corrections = Mapping[bytes, Correction]
"""The correction that stands for an id of a visit."""


def standing(several: Iterable[Correction]) -> dict[bytes, Correction]:
    """Return the last of ``several`` for each visit."""
    return {one.visit_id: one for one in sorted(several, key=lambda one: one.number)}


def corrected(visit: Visit, corrections: Corrections) -> Visit:
    """Return ``visit`` as its last correction has it; a correction of an id that went is one of its successor.

    A day of living in (one attestation) has no times that could be corrected.
    """
    if not corrections or visit.pair is None or visit.limits_s is None or "profile" in visit.record:
        return visit
    about = [one for check in visit.pair.checks if (one := corrections.get(id_from(check))) is not None]
    if not about:
        return visit
    last = max(about, key=lambda one: one.number)
    begin = visit.begin_ms if last.begin_ms is None else last.begin_ms
    end = visit.end_ms if last.end_ms is None else last.end_ms
    words = {one["flag"] for one in visit.record["flags"]}
    outdated = last.seen != (visit.begin_ms, visit.end_ms) or (begin is not None and end is not None and end <= begin)
    told = {"number": last.number, "reason": last.reason, "begin_ms": last.begin_ms, "end_ms": last.end_ms}
    if outdated:
        words.add("correction_outdated")
        return replace(visit, record=visit.record | {"flags": said(words), "correction": told | {"counts": False}})
    names = ("state", "duration_s", "duration_bound_ms")
    witnessed = {name: visit.record[name] for name in names} | {"flags": [one["flag"] for one in visit.record["flags"]]}
    record = visit.record | {"correction": told | {"counts": True, "witnessed": witnessed}}
    if begin is None or end is None:
        return replace(visit, begin_ms=begin, end_ms=end, record=record | {"flags": said(words | {"corrected"})})
    anew = _of_time(end - begin, visit.limits_s) | (words - _OF_TIME) | {"corrected"}
    # Who attests a time says it to the minute; an error that nobody measured is not invented.
    closed: dict[str, Any] = {"state": "closed", "duration_s": (end - begin) // 1000, "duration_bound_ms": 0}
    return replace(
        visit, state="closed", begin_ms=begin, end_ms=end, due_ms=None, record=record | closed | {"flags": said(anew)}
    )


def _of_time(lasted_ms: int, limits_s: tuple[int, int]) -> set[str]:
    least, most = limits_s
    return {"short"} if lasted_ms < least * 1000 else {"long"} if lasted_ms > most * 1000 else set()
