"""Who has checked in today, or may have, by what the store holds; and which terminals are not heard of.

Promise: in doubt she has. A check that cannot be dated counts for the day on which it came, one whose clock may be off
for either day that it may be of. What was taken back does not count. While facts wait to be drawn, nobody is known to
be absent. rule: REMIND
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, and_, bindparam, or_, select

from zhendao.gateway.cases import silences
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.plans.today import DAY_MS, Span
from zhendao.gateway.registry.snapshot import Terminal
from zhendao.gateway.store.conclusions import undrawn, visits
from zhendao.gateway.store.facts import gaps, starts
from zhendao.gateway.store.prepared import Prepared

_C: Final = visits.c
_STANDS: Final = and_(_C.state != "withdrawn", _C.caregiver_id.is_not(None))
_NEAR: Final = or_(
    and_(_C.begin_ms >= bindparam("early"), _C.begin_ms < bindparam("late")),
    and_(_C.begin_ms.is_(None), _C.changed_ms >= bindparam("since")),
)
"""A visit lasts two days at most, a clock is off by less than a day; without a time it is of when it came."""
_ALL: Final = Prepared(select(_C.caregiver_id, _C.record, _C.changed_ms).where(_STANDS, _NEAR))
_OF_ONE: Final = Prepared(
    select(_C.caregiver_id, _C.record, _C.changed_ms).where(_C.caregiver_id == bindparam("who"), _STANDS, _NEAR)
)
_WAITS: Final = Prepared(select(undrawn.c.lane).limit(1))
_GAP: Final = Prepared(
    select(gaps.c.id).where(gaps.c.device == bindparam("device"), gaps.c.healed_ms.is_(None)).limit(1)
)
_HEARD: Final = Prepared(select(starts.c.id).where(starts.c.device == bindparam("device")).limit(1))


def all_present(connection: Connection, day: Span) -> set[str]:
    """Return who has or may have checked in on the local ``day``, by their numbers."""
    return {
        who for who, record, changed_ms in _ALL.all(connection, **_around(day)) if _touches(record, changed_ms, day)
    }


def is_present(connection: Connection, caregiver_id: str, day: Span) -> bool:
    """Return whether this caregiver has or may have checked in on the local ``day``."""
    rows = _OF_ONE.all(connection, who=caregiver_id, **_around(day))
    return any(_touches(record, changed_ms, day) for _, record, changed_ms in rows)


def is_behind(connection: Connection) -> bool:
    """Return whether there are facts from which nothing was concluded yet."""
    return _WAITS.first(connection) is not None


class Silences:
    """Which terminals are not heard of, each looked at once."""

    def __init__(self, connection: Connection, day: Span, now_ms: int, table: CasesTable) -> None:
        """As of ``now_ms`` (UTC ms), of what may have been since the begin of ``day``."""
        self._connection, self._span, self._now_ms, self._table = connection, (day.from_ms, now_ms), now_ms, table
        self._known: dict[bytes, bool] = {}

    def __call__(self, terminals: Sequence[Terminal]) -> Collection[bytes]:
        """Return which of ``terminals`` may hold check-ins of today that are not here."""
        return {one.device for one in terminals if self._is_silent(one.device)}

    def _is_silent(self, device: bytes) -> bool:
        found = self._known.get(device)
        if found is None:
            found = self._known[device] = self._look(device)
        return found

    def _look(self, device: bytes) -> bool:
        connection = self._connection
        if _HEARD.first(connection, device=device) is None or _GAP.first(connection, device=device) is not None:
            return True  # it was never heard of, or numbers are missing among which the check-in may be
        outages = silences.found(connection, device, self._span, self._now_ms, self._table)
        return any(one.to_ms is None for one in outages)


def _around(day: Span) -> Mapping[str, int]:
    return {"early": day.from_ms - 3 * DAY_MS, "late": day.to_ms + DAY_MS, "since": day.from_ms}


def _touches(told: Any, changed_ms: int, day: Span) -> bool:
    record = orjson.loads(told) if isinstance(told, str | bytes) else told
    for at_ms, bound_ms in _checks(record):
        if bound_ms is None:
            if changed_ms >= day.from_ms:
                return True
        elif at_ms + bound_ms >= day.from_ms and at_ms - bound_ms < day.to_ms:
            return True
    return False


def _checks(record: Mapping[str, Any]) -> Iterator[tuple[int, int | None]]:
    """Give when each check was (UTC ms), and how far off at most; None where nobody can date it."""
    sides: Iterable[Mapping[str, Any]] = [side for side in (record["in"], record["out"]) if side is not None]
    bound_ms = None
    for side in sides:
        bound_ms = side["bound_ms"]
        yield side["at_ms"], bound_ms
    for check in record.get("rechecks", ()):
        # Of what was between the record tells the time alone: its clock is that of the check beside it.
        yield check["at_ms"], bound_ms
