"""Surveys of the running gateway: what changed is written down with the conclusion, and looked at when there is time.

Promise: ingest waits for no survey: of a change one line is written, in the transaction of the conclusion; the looking
is done between messages, a bounded part in each transaction. What is found opens, changes or clears the case of its
visit in the transaction that finds it. Used by the ingest thread. rule: DOUBLE-SIGN, HOURS, EVIDENCE
"""

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.judging.facts import tells_of_reader
from zhendao.gateway.judging.faults import with_faults
from zhendao.gateway.judging.findings import Finding, Whole
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.registry.book import Current, version
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.surveys.book import FindingsBook, Span
from zhendao.gateway.surveys.excusing import BACK_MS, doubtful, excuse
from zhendao.gateway.surveys.reading import VisitReader
from zhendao.gateway.surveys.scopes import Scope, surveys_of
from zhendao.gateway.surveys.settings import SurveysTable
from zhendao.gateway.surveys.sight import DAY_MS, FOR_EVER_MS, Sight, View
from zhendao.gateway.surveys.tables import SURVEYED
from zhendao.gateway.surveys.touched import Line, Touched, gone, next_due, take
from zhendao.gateway.visits.beside import Basis
from zhendao.gateway.visits.corrected import Corrections
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.lanes import LaneReader
from zhendao.gateway.visits.moments import well_dated
from zhendao.gateway.visits.recent import Recent
from zhendao.gateway.visits.revisions import Standing
from zhendao.protocol.bodies import Body, Boot, PositionWatch, Tamper

READ_AT_ONCE: Final = 100
"""About so many visits are read in one transaction (some 40 ms); ingest has its turn in between."""
LINES_AT_ONCE: Final = 20
HOMES_AT_ONCE: Final = 200
AT_ONCE_HERE: Final = 300
"""With more visits than that everybody is surveyed by a process of its own."""
AGAIN_MS: Final = 3_600_000

_DONE: Final = Prepared(select(SURVEYED.c.day, SURVEYED.c.registry))
_SIGNS: Final = frozenset({"token_opened", "door_spoiled"})


class Surveyor:
    """Stands beside the conclusions, in front of the cases (`visits.beside`), and is brought on by time (`spreads`)."""

    def __init__(
        self, casing: Casing, terminals: Terminals, registry: Current, policy: Policy, table: SurveysTable,
        clock_ms: int, hints: Hints | None = None,
    ) -> None:  # fmt: skip
        """``clock_ms``: how far the gateway's own clock may be off."""
        self._casing, self._terminals, self._registry, self._policy = casing, terminals, registry, policy
        self._table, self._clock_ms, self._hints = table, clock_ms, hints or Hints()
        self.findings: FindingsBook = casing.findings
        self._touched, self._recent = Touched(), Recent()
        self._tonight: tuple[int, set[tuple[str, str]]] = (0, set())
        self._done: tuple[int, int] | None = None
        self.apart: Callable[[], None] | None = None
        """Starts the survey of everybody elsewhere; None: all is done here."""

    # -- beside the conclusions

    def corrections(self, connection: Connection) -> Corrections:
        """Return the corrections that count."""
        return self._casing.corrections(connection)

    def concluded(
        self, connection: Connection, visit: Visit, before: Standing | None, basis: Basis, now_ms: int
    ) -> None:
        """Have the case of ``visit`` follow, and note whose visits are to be looked at again."""
        self._casing.concluded(connection, visit, before, basis, now_ms)
        tonight, today = self._night(now_ms)
        was = (before.elder_id, before.caregiver_id, before.begin_ms or before.end_ms) if before is not None else None
        for elder, caregiver, at in ((visit.elder_id, visit.caregiver_id, visit.at_ms), was or (None, None, None)):
            at_ms = now_ms if at is None else at
            if caregiver is not None:
                self._touched.add(Scope.CAREGIVER, caregiver, at_ms, now_ms)
            if elder is not None:
                self._touched.add(Scope.ELDER, elder, at_ms, now_ms)
                self._later(Scope.HOME, elder, at_ms, now_ms if at_ms < today else tonight)
        device = str(visit.record["device"])
        self._later(Scope.STANDS, device, now_ms, tonight)
        if before is not None or _shows_signs(visit):
            self._touched.add(Scope.SIGNS, visit.visit_id.hex(), now_ms, now_ms)

    def drawn(self, connection: Connection) -> None:
        """Write down what was noted."""
        self._touched.write(connection)

    def _later(self, scope: Scope, key: str, at_ms: int, due_ms: int) -> None:
        """Note what has time until tonight, and is noted once for it."""
        tonight, noted = self._tonight
        if due_ms == tonight and (scope, key) in noted:
            return
        if due_ms == tonight:
            noted.add((scope, key))
        self._touched.add(scope, key, at_ms, due_ms)

    def _night(self, now_ms: int) -> tuple[int, int]:
        """Return when this local day is over and seen to, and when it began (UTC ms)."""
        offset_ms, after_ms = self._policy.thresholds.offset_ms, self._table.after_day_min * 60_000
        begin_ms = (now_ms + offset_ms) // DAY_MS * DAY_MS - offset_ms
        tonight = begin_ms + DAY_MS + after_ms
        if self._tonight[0] != tonight:
            self._tonight = (tonight, set())
        return tonight, begin_ms

    # -- what time alone brings about

    def forget(self) -> None:
        """Forget what was noted: the transaction failed."""
        self._touched.clear()
        self._tonight, self._done = (0, set()), None

    def hear(self, session: Session) -> None:
        """Note the terminals that started, raised an alarm, moved, lack something, or tell of days that are over."""
        _, today = self._night(session.now_ms)
        for one in session.stored:
            batch, event = one.received.batch, one.new.event
            segments = session.terminals[batch.device].segments.get(batch.epoch, ())
            late = event is not None and event.wall_ms < today
            whole = len(segments) == 1 and segments[0].last == batch.last
            if event is not None and isinstance(event.body, PositionWatch):
                self._touched.add(Scope.STANDS, batch.device.hex(), session.now_ms, session.now_ms)
            if late or not whole or (event is not None and _tells_of_itself(event.body)):
                at_ms = event.wall_ms if event is not None and well_dated(event) else session.now_ms
                self._touched.add(Scope.TERMINAL, batch.device.hex(), min(at_ms, session.now_ms), session.now_ms)

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether there is anything to look at."""
        at = next_due(connection)
        return (at is not None and at <= now.wall_ms) or self._asked(connection) != self._wanted(connection, now)

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return in how many ms there is something to look at."""
        if self.is_due(connection, now):
            return 0
        waits = [self._night(now.wall_ms - self._table.after_day_min * 60_000)[0]]
        if (at := next_due(connection)) is not None:
            waits.append(at)
        return max(1, min(waits) - now.wall_ms)

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Look at a part of what is due; terminals hear nothing of it."""
        registry = self._registry.at(connection)
        wanted = self._wanted(connection, now)
        if self._asked(connection) != wanted:
            self._open_day(connection, wanted, now.wall_ms)
        reader = VisitReader(connection, self._lanes, registry, self._policy)
        margin_ms = max(DAY_MS, self._policy.limits.open_at_most_ms)
        back_ms = now.wall_ms - self._table.back_days * DAY_MS
        sight = Sight(connection, self._terminals, reader, registry, now.wall_ms, margin_ms, back_ms)
        for line in take(connection, now.wall_ms, LINES_AT_ONCE):
            self._tonight[1].discard((line.scope, line.key))
            self._survey(connection, sight, line)
            if reader.read >= READ_AT_ONCE:
                break
        self._touched.write(connection)
        return []

    def _wanted(self, connection: Connection, now: Now) -> tuple[int, int]:
        """Return the last local day that is over, and the version of the registry."""
        local_ms = now.wall_ms - self._table.after_day_min * 60_000 + self._policy.thresholds.offset_ms
        return local_ms // DAY_MS - 1, version(connection)

    def _asked(self, connection: Connection) -> tuple[int, int] | None:
        if self._done is None:
            row = _DONE.first(connection)
            self._done = None if row is None else (row[0], row[1])
        return self._done

    def _open_day(self, connection: Connection, wanted: tuple[int, int], now_ms: int) -> None:
        """Note what the end of a day, or a new registry, asks for."""
        before = self._asked(connection)
        connection.execute(delete(SURVEYED))
        connection.execute(insert(SURVEYED).values(id=1, day=wanted[0], registry=wanted[1]))
        self._done = None  # read again, for this transaction may yet fail
        self._touched.add(Scope.REGISTRY, "", now_ms, now_ms)
        if before is None or before[0] < wanted[0]:
            self._touched.add(Scope.HOMES, "", now_ms, now_ms)
            self._touched.add(Scope.EVERYBODY, "", now_ms, now_ms)
        self._touched.write(connection)

    def _lanes(self, connection: Connection, device: bytes) -> LaneReader:
        return LaneReader(connection, self._terminals.get(connection, device), {}, self._clock_ms, self._recent)

    # -- looking

    def _survey(self, connection: Connection, sight: Sight, line: Line) -> None:
        now_ms, scope = sight.now_ms, Scope(line.scope)
        view = sight.of(line)
        if scope is Scope.HOMES:
            self._next_homes(sight.registry, line.key, now_ms)
            return
        if scope is Scope.EVERYBODY:
            from_ms = self._patterns_from(now_ms)
            if self.apart is not None and sight.reader.count_all(from_ms) > AT_ONCE_HERE:
                self._touched.add(scope, line.key, now_ms, now_ms + AGAIN_MS)
                self.apart()
                return
            view = View(sight.reader.of_all(from_ms), within=Span(from_ms))
        if scope is Scope.TERMINAL:
            home = sight.registry.terminal(bytes.fromhex(line.key), now_ms)
            if home is not None and home.elder_id is not None:
                self._touched.add(Scope.HOME, home.elder_id, line.from_ms - 2 * DAY_MS, now_ms)
        self._settle(connection, scope, line.key, view, sight.registry, now_ms)
        self._put_to_nobody(connection, sight, line, view)

    def _put_to_nobody(self, connection: Connection, sight: Sight, line: Line, view: View) -> None:
        """Have a fault of ours answer for what it can have caused; look again where a terminal told of one."""
        now_ms, scope = sight.now_ms, Scope(line.scope)
        if scope is Scope.CAREGIVER:
            offset_ms = self._policy.thresholds.offset_ms
            for visit_id in excuse(connection, self.findings, view, sight.told, sight.about, offset_ms, now_ms):
                self._casing.excused(connection, visit_id, now_ms)
        elif scope in {Scope.TERMINAL, Scope.HOME}:
            since_ms = line.from_ms - BACK_MS
            visits = view.visits
            if scope is Scope.TERMINAL:
                visits = sight.reader.of("terminal", bytes.fromhex(line.key), since_ms, FOR_EVER_MS, whole=False)
            for visit in doubtful(connection, self.findings, visits, since_ms):
                if visit.caregiver_id is not None:
                    self._touched.add(Scope.CAREGIVER, visit.caregiver_id, visit.at_ms or now_ms, now_ms)

    def everybody(self, store: Store, now_ms: int) -> tuple[int, int]:
        """Survey everybody in transactions of its own; return how many visits were looked at, and what was found.

        Nothing is locked while it looks. Raises `StoreError`.
        """
        from_ms = self._patterns_from(now_ms)
        with store.reading() as connection:
            registry = self._registry.at(connection)
            visits = VisitReader(connection, self._lanes, registry, self._policy).of_all(from_ms)
        view = View(visits, within=Span(from_ms))
        found = self._find(Scope.EVERYBODY, view, registry, now_ms)
        with store.writing() as connection:
            self._write(connection, Scope.EVERYBODY, "", found, view, registry, now_ms)
            gone(connection, Scope.EVERYBODY, "")
        return len(visits), len(found)

    def _patterns_from(self, now_ms: int) -> int:
        return now_ms - self._table.pattern_days * DAY_MS

    def _settle(
        self, connection: Connection, scope: Scope, key: str, view: View, registry: Registry, now_ms: int
    ) -> None:
        found = self._find(scope, view, registry, now_ms)
        self._write(connection, scope, key, found, view, registry, now_ms)

    def _find(self, scope: Scope, view: View, registry: Registry, now_ms: int) -> list[Finding]:
        whole = Whole(view.visits, registry, self._policy, now_ms, view.terminals, self._hints)
        found = [one for survey in surveys_of(scope) for one in survey.find(whole)]
        return with_faults(found, view.visits, view.terminals, self._policy.thresholds.offset_ms)

    def _write(
        self, connection: Connection, scope: Scope, key: str, found: Iterable[Finding],
        view: View, registry: Registry, now_ms: int,
    ) -> None:  # fmt: skip
        moments = {visit.visit_id: visit.at_ms for visit in view.visits}
        dated = [(one, moments.get(one.visit_id or b"", one.at_ms)) for one in found]
        changed = self.findings.settle(connection, scope, key, dated, now_ms, view.within)
        reader = VisitReader(connection, self._lanes, registry, self._policy)
        for visit_id in sorted(changed, key=lambda one: (moments.get(one) or 0, one)):
            if (visit := reader.one(visit_id)) is not None:
                self._casing.follow(connection, visit, registry, now_ms)
                if scope is Scope.SIGNS and visit.caregiver_id is not None:
                    self._touched.add(Scope.CAREGIVER, visit.caregiver_id, visit.at_ms or now_ms, now_ms)
        if scope is Scope.HOME and view.terminals:
            self._casing.missed(connection, key, min(view.terminals), registry, now_ms)

    def _next_homes(self, registry: Registry, after: str, now_ms: int) -> None:
        """Have the next homes in which somebody was due be looked at, in the order of the elders' ids."""
        due = sorted({one.row.elder_id for one in registry.schedules if one.row.elder_id > after})
        for elder in due[:HOMES_AT_ONCE]:
            self._touched.add(Scope.HOME, elder, now_ms - 2 * DAY_MS, now_ms)
        if len(due) > HOMES_AT_ONCE:
            self._touched.add(Scope.HOMES, due[HOMES_AT_ONCE - 1], now_ms, now_ms)


def _tells_of_itself(body: Body) -> bool:
    return isinstance(body, Boot | Tamper) or tells_of_reader(body)


def _shows_signs(visit: Visit) -> bool:
    """Tell whether the evidence of a token, or a tamper loop, says something against it."""
    if any(one["flag"] in _SIGNS for one in visit.record["flags"]):
        return True
    checks = visit.pair.checks if visit.pair is not None else ()
    return any(part and part["findings"] for check in checks for part in (check.evidence or {}).values())
