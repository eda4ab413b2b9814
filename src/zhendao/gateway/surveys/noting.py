"""Whose visits are to be looked at again, and when: noted with each conclusion, and with what terminals tell.

Promise: what is noted is in the store with the change that asks for it, one line each; what has time until the day is
over is noted once for it. Used by the ingest thread.
"""

from typing import Final

from sqlalchemy import Connection

from zhendao.gateway.ingest.session import Session
from zhendao.gateway.judging.facts import tells_of_reader
from zhendao.gateway.surveys.scopes import Scope
from zhendao.gateway.surveys.sight import DAY_MS
from zhendao.gateway.surveys.touched import Line, Touched
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.moments import well_dated
from zhendao.gateway.visits.revisions import Standing
from zhendao.protocol.bodies import Body, Boot, PositionWatch, Tamper

_DOUBTS: Final = frozenset({"no_in", "no_out", "long", "short", "outside"})
"""Flags of what a fault can have caused of a visit by a card that is nobody's."""
AGAIN_MS: Final = 3_600_000
"""Of many visits a survey takes minutes: it is made so long after something came late, or after it could not be."""
_SIGNS: Final = frozenset({"token_opened", "door_spoiled"})


class Notes:
    """Gathers within a transaction what is to be looked at. Times in ms; ``offset_ms``: local time ahead of UTC."""

    def __init__(self, offset_ms: int, after_day_ms: int) -> None:
        """``after_day_ms``: so long after local midnight a day is seen to."""
        self.many = False
        """With many visits everybody is surveyed each night, and within `AGAIN_MS` of what comes late."""
        self._offset_ms, self._after_ms = offset_ms, after_day_ms
        self.touched = Touched()
        self._tonight: tuple[int, set[tuple[str, str]]] = (0, set())

    def night(self, now_ms: int) -> tuple[int, int]:
        """Return when this local day is over and seen to, and when it began (UTC ms)."""
        begin_ms = (now_ms + self._offset_ms) // DAY_MS * DAY_MS - self._offset_ms
        tonight = begin_ms + DAY_MS + self._after_ms
        if self._tonight[0] != tonight:
            self._tonight = (tonight, set())
        return tonight, begin_ms

    def last_day(self, now_ms: int) -> int:
        """Return the last local day (since 1970) that is over and may be seen to."""
        return (now_ms - self._after_ms + self._offset_ms) // DAY_MS - 1

    def next_night(self, now_ms: int) -> int:
        """Return when (UTC ms) the next day is over and seen to."""
        return self.night(now_ms - self._after_ms)[0]

    def concluded(self, visit: Visit, before: Standing | None, now_ms: int) -> None:
        """Note whose visits ``visit`` touches, and touched as it was ``before``."""
        tonight, today = self.night(now_ms)
        was = (before.elder_id, before.caregiver_id, before.begin_ms or before.end_ms) if before is not None else None
        for elder, caregiver, at in ((visit.elder_id, visit.caregiver_id, visit.at_ms), was or (None, None, None)):
            at_ms = now_ms if at is None else at
            if caregiver is not None:
                self.touched.add(Scope.CAREGIVER, caregiver, at_ms, now_ms)
            if elder is not None:
                self.touched.add(Scope.ELDER, elder, at_ms, now_ms)
                self._later(Scope.HOME, elder, at_ms, now_ms if at_ms < today else tonight)
        device = str(visit.record["device"])
        if visit.caregiver_id is None and _is_doubtful(visit):
            self.touched.add(Scope.STRANGERS, device, now_ms if visit.at_ms is None else visit.at_ms, now_ms)
        late = any(at is not None and at < today for at in (visit.at_ms, was[2] if was is not None else None))
        self._later(Scope.STANDS, device, now_ms, now_ms if late else tonight)
        if late or not self.many:
            self.touched.add(Scope.EVERYBODY, "", now_ms, now_ms + (AGAIN_MS if self.many else 0))
        if before is not None or _shows_signs(visit):
            self.touched.add(Scope.SIGNS, visit.visit_id.hex(), now_ms, now_ms)

    def hear(self, session: Session) -> None:
        """Note the terminals that started, raised an alarm, moved, lack something, or tell of days that are over."""
        _, today = self.night(session.now_ms)
        for one in session.stored:
            batch, event = one.received.batch, one.new.event
            segments = session.terminals[batch.device].segments.get(batch.epoch, ())
            late = event is not None and event.wall_ms < today
            whole = len(segments) == 1 and segments[0].last == batch.last
            if event is not None and isinstance(event.body, PositionWatch):
                self.touched.add(Scope.STANDS, batch.device.hex(), session.now_ms, session.now_ms)
            if late or not whole or (event is not None and _tells_of_itself(event.body)):
                at_ms = event.wall_ms if event is not None and well_dated(event) else session.now_ms
                self.touched.add(Scope.TERMINAL, batch.device.hex(), min(at_ms, session.now_ms), session.now_ms)

    def whose(self, visit: Visit, now_ms: int) -> None:
        """Note that what can have caused what is found of ``visit`` is to be looked at."""
        at_ms = visit.at_ms or now_ms
        if visit.caregiver_id is not None:
            self.touched.add(Scope.CAREGIVER, visit.caregiver_id, at_ms, now_ms)
        else:
            self.touched.add(Scope.STRANGERS, str(visit.record["device"]), at_ms, now_ms)

    def taken(self, line: Line) -> None:
        """Take in that ``line`` is being looked at: what comes now is noted anew."""
        self._tonight[1].discard((line.scope, line.key))

    def write(self, connection: Connection) -> None:
        """Write down what was noted."""
        self.touched.write(connection)

    def forget(self) -> None:
        """Forget what was noted: the transaction failed."""
        self.touched.clear()
        self._tonight = (0, set())

    def _later(self, scope: Scope, key: str, at_ms: int, due_ms: int) -> None:
        """Note what has time until tonight, and is noted once for it."""
        tonight, noted = self._tonight
        if due_ms == tonight and (scope, key) in noted:
            return
        if due_ms == tonight:
            noted.add((scope, key))
        self.touched.add(scope, key, at_ms, due_ms)


def _is_doubtful(visit: Visit) -> bool:
    return any(one["flag"] in _DOUBTS for one in visit.record["flags"])


def _tells_of_itself(body: Body) -> bool:
    return isinstance(body, Boot | Tamper) or tells_of_reader(body)


def _shows_signs(visit: Visit) -> bool:
    """Tell whether the evidence of a token, or a tamper loop, says something against it."""
    if any(one["flag"] in _SIGNS for one in visit.record["flags"]):
        return True
    checks = visit.pair.checks if visit.pair is not None else ()
    return any(part and part["findings"] for check in checks for part in (check.evidence or {}).values())
