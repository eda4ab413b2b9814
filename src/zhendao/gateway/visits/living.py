"""Living in: who stays with an elder checks in once a day, and that day is attested. Pure.

Promise: no check of such a day is the end of another's, and none is called doubled: how often the card was read beyond
once says nothing. rule: SERVICES
"""

from collections.abc import Iterable

from zhendao.gateway.visits.pairing import CheckFact, Pair

PROFILE = "live-in"
"""The profile of a service that is given so (docs/registry.md)."""
ATTESTED = "attested"
"""The sign of a pair that is a day."""
_DAY_MS = 86_400_000


def attested(checks: Iterable[CheckFact], undone: frozenset[tuple[bytes, int]], offset_ms: int) -> list[Pair]:
    """Return a pair for each local day, ``offset_ms`` east of Greenwich, with a check, in the order of the journal.

    A check that nobody can date is of the day on which it came.
    """
    days: dict[int, list[CheckFact]] = {}
    for check in checks:
        if (check.epoch, check.seq) not in undone:
            at_ms = check.moment.wall_ms if check.moment.known else check.received_ms
            days.setdefault((at_ms + offset_ms) // _DAY_MS, []).append(check)
    return [Pair(several[0], None, tuple(several[1:]), frozenset({ATTESTED})) for several in days.values()]
