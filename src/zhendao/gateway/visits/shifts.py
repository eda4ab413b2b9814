"""Re-checks within a shift: who stays long shows now and then that they are still there. Pure.

The first check of a run begins the visit, the last one ends it as far as is known, those between are re-checks; a
pause longer than agreed ends the run. What the terminal called in and out says nothing here. rule: TIME, SERVICES
"""

from collections.abc import Iterable

from zhendao.gateway.visits.moments import between
from zhendao.gateway.visits.pairing import CheckFact, Limits, Pair


def shifts(
    checks: Iterable[CheckFact], undone: frozenset[tuple[bytes, int]], every_ms: int, limits: Limits
) -> list[Pair]:
    """Return the visits of ``checks``, which are in the order of the journal; ``every_ms`` is the longest pause."""
    found: list[Pair] = []
    for check in checks:
        if (check.epoch, check.seq) in undone:
            continue
        before = found[-1] if found else None
        newest = None if before is None else before.last or before.first
        if before is None or newest is None:
            found.append(Pair(check))
            continue
        pause = between(newest.moment, check.moment)
        if pause.surely_longer(every_ms) or between(before.first.moment, check.moment).surely_longer(
            limits.open_at_most_ms
        ):
            found.append(Pair(check))
        elif 0 <= pause.ms <= limits.doubled_within_ms and pause.bound_ms == 0:
            found[-1] = Pair(before.first, before.last, (*before.doubled, check), rechecks=before.rechecks)
        else:
            rechecks = before.rechecks if before.last is None else (*before.rechecks, before.last)
            found[-1] = Pair(before.first, check, before.doubled, rechecks=rechecks)
    return found
