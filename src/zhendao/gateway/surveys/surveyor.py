"""Surveys of the running gateway: what changed is written down with the conclusion, and looked at when there is time.

Promise: ingest waits for no survey: of a change one line is written, in the transaction of the conclusion; the looking
is done between messages, a bounded part in each transaction. What is found opens, changes or clears the case of its
visit in the transaction that finds it. Used by the ingest thread. rule: DOUBLE-SIGN, HOURS, EVIDENCE
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.judging.faults import with_faults
from zhendao.gateway.judging.findings import Finding, Whole
from zhendao.gateway.judging.measures import Measures
from zhendao.gateway.registry.book import version
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.surveys import attendance, pieces
from zhendao.gateway.surveys.book import FindingsBook, Span
from zhendao.gateway.surveys.excusing import BACK_MS, doubtful, excuse
from zhendao.gateway.surveys.noting import AGAIN_MS, Notes
from zhendao.gateway.surveys.reading import VisitReader
from zhendao.gateway.surveys.replays import visit_of
from zhendao.gateway.surveys.scopes import Scope, surveys_of
from zhendao.gateway.surveys.sight import DAY_MS, FOR_EVER_MS, Sight, View
from zhendao.gateway.surveys.silent import Silent
from zhendao.gateway.surveys.tables import SURVEYED
from zhendao.gateway.surveys.touched import Line, gone, next_due, take
from zhendao.gateway.surveys.walking import next_homes, next_terminals
from zhendao.gateway.visits.beside import Basis
from zhendao.gateway.visits.corrected import Corrections
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.lanes import LaneReader
from zhendao.gateway.visits.recent import Recent
from zhendao.gateway.visits.rejudging import judged_with
from zhendao.gateway.visits.revisions import Standing

READ_AT_ONCE: Final = 100
"""About so many visits are read in one transaction (some 40 ms); ingest has its turn in between."""
LINES_AT_ONCE: Final = 20
AT_ONCE_HERE: Final = 300
"""With more visits than that everybody is surveyed by a process of its own, and not after each change."""

_DONE: Final = Prepared(select(SURVEYED.c.day, SURVEYED.c.registry, SURVEYED.c.settings))


class Asked(NamedTuple):
    """What was asked for last: the last local day that was over, the version of the registry, and by which settings."""

    day: int
    registry: int
    settings: bytes


class Surveyor:
    """Stands beside the conclusions, in front of the cases (`visits.beside`), and is brought on by time (`spreads`)."""

    def __init__(self, casing: Casing, terminals: Terminals, registry: Current, measures: Measures) -> None:
        self._casing, self._terminals, self._registry, self._measures = casing, terminals, registry, measures
        self._policy, self._table = measures.policy, measures.surveys
        self.findings: FindingsBook = casing.findings
        self._notes = Notes(self._policy.thresholds.offset_ms, self._table.after_day_min * 60_000)
        self._touched, self._recent, self._silent = self._notes.touched, Recent(), Silent()
        self._done: Asked | None = None
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
        self._notes.concluded(visit, before, now_ms)

    def recounted(self, connection: Connection, event: tuple[bytes, bytes, int, bytes], now_ms: int) -> None:
        """Note that more may be known against the tokens of a check (device, epoch, seq, h) than before."""
        visit_id = visit_of(connection, event)
        if visit_id is not None:
            self._touched.add(Scope.SIGNS, visit_id.hex(), now_ms, now_ms)

    def drawn(self, connection: Connection) -> None:
        """Write down what was noted."""
        self._notes.write(connection)

    # -- what time alone brings about

    def forget(self) -> None:
        """Forget what was noted: the transaction failed."""
        self._notes.forget()
        self._silent.forget()
        self._done = None

    def hear(self, session: Session) -> None:
        """Note the terminals that started, raised an alarm, moved, lack something, or tell of days that are over."""
        self._notes.hear(session)
        for device, since_ms in self._silent.heard(session):
            self._touched.add(Scope.TERMINAL, device.hex(), since_ms or session.now_ms, session.now_ms)

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether there is anything to look at."""
        at = next_due(connection)
        return (at is not None and at <= now.wall_ms) or self._asked(connection) != self._wanted(connection, now)

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return in how many ms there is something to look at."""
        if self.is_due(connection, now):
            return 0
        waits = [self._notes.next_night(now.wall_ms)]
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
        sight = Sight(connection, self._terminals, reader, registry, now.wall_ms, margin_ms, back_ms, self.findings.key)
        for line in take(connection, now.wall_ms, LINES_AT_ONCE):
            self._notes.taken(line)
            self._survey(connection, sight, line)
            if reader.read >= READ_AT_ONCE:
                break
        self._touched.write(connection)
        return []

    def _wanted(self, connection: Connection, now: Now) -> Asked:
        """Return the last local day that is over, and what visits are judged by, as far as they all are."""
        return Asked(self._notes.last_day(now.wall_ms), version(connection), judged_with(connection).settings)

    def _asked(self, connection: Connection) -> Asked | None:
        if self._done is None:
            row = _DONE.first(connection)
            self._done = None if row is None else Asked(row[0], row[1], row[2] or b"")
        return self._done

    def _open_day(self, connection: Connection, wanted: Asked, now_ms: int) -> None:
        """Note what the end of a day, a new registry, or other settings ask for."""
        before = self._asked(connection)
        connection.execute(delete(SURVEYED))
        connection.execute(insert(SURVEYED).values(id=1, **wanted._asdict()))
        self._done = None  # read again, for this transaction may yet fail
        self._touched.add(Scope.REGISTRY, "", now_ms, now_ms)
        if before is None or before.day < wanted.day:
            self._touched.add(Scope.HOMES, "", now_ms, now_ms)
        if before is None or before._replace(registry=0) != wanted._replace(registry=0):
            self._touched.add(Scope.EVERYBODY, "", now_ms, now_ms)
        if before is not None and before.settings != wanted.settings:
            self._touched.add(Scope.TERMINALS, "", now_ms, now_ms)
        self._touched.write(connection)

    def _lanes(self, connection: Connection, device: bytes) -> LaneReader:
        terminal = self._terminals.get(connection, device)
        return LaneReader(connection, terminal, {}, self._measures.clock_ms, self._recent)

    # -- looking

    def _survey(self, connection: Connection, sight: Sight, line: Line) -> None:
        now_ms, scope = sight.now_ms, Scope(line.scope)
        view = sight.of(line)
        if scope is Scope.HOMES:
            next_homes(self._touched, sight.registry, line.key, now_ms)
            return
        if scope is Scope.TERMINALS:
            next_terminals(self._touched, connection, line.key, now_ms)
            return
        if scope is Scope.EVERYBODY:
            from_ms = self._patterns_from(now_ms)
            self._notes.many = sight.reader.count_all(from_ms) > AT_ONCE_HERE
            if self.apart is not None and self._notes.many:
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
        pieces.look(connection, sight, line, view, self._measures.together.share_percent)
        if scope is Scope.CAREGIVER:
            span = line.from_ms, line.to_ms + sight.margin_ms
            attendance.settle(connection, line.key, view.near, span, self._measures.valid_rule, now_ms)

    def _put_to_nobody(self, connection: Connection, sight: Sight, line: Line, view: View) -> None:
        """Have a fault of ours answer for what it can have caused; look again where a terminal told of one."""
        now_ms, scope = sight.now_ms, Scope(line.scope)
        if scope in {Scope.CAREGIVER, Scope.STRANGERS}:
            excused = excuse(connection, self.findings, view, sight, self._policy, now_ms)
            for visit_id in excused.changed:
                self._casing.excused(connection, visit_id, now_ms)
            self._silent.note(connection, excused.silent)
        elif scope in {Scope.TERMINAL, Scope.HOME}:
            since_ms = line.from_ms - BACK_MS
            visits = view.visits
            if scope is Scope.TERMINAL:
                visits = sight.reader.of("terminal", bytes.fromhex(line.key), since_ms, FOR_EVER_MS, whole=False)
            for visit in doubtful(connection, self.findings, visits, since_ms):
                self._notes.whose(visit, now_ms)

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
        whole = Whole(view.visits, registry, self._policy, now_ms, view.terminals, self._measures.hints)
        found = [one for survey in surveys_of(scope) for one in survey.find(whole) if view.only in {None, one.visit_id}]
        return with_faults(found, view.visits, view.terminals, self._policy, registry)

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
                if scope is Scope.SIGNS:
                    self._notes.whose(visit, now_ms)
        if scope is Scope.HOME and view.terminals:
            self._casing.missed(connection, key, min(view.terminals), registry, now_ms)
