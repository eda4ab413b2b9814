"""Cases in the thread that ingests: opened, renewed and cleared with the visits that they are about, escalated by time.

Promise: a case changes in the transaction of the conclusion that it follows from; for a visit there is one at most.
Outages, those that were entered and those that the gateway finds itself (`silences`), fill in its reason, and what
comes in after all takes it out again. rule: SAME-DAY, CARE-LEVEL
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from zhendao.gateway.cases import life
from zhendao.gateway.cases.book import Book
from zhendao.gateway.cases.corrections import Standing, counting, folded
from zhendao.gateway.cases.outages import EXPLAINABLE, NOTHING, WAITED, Explained, When, explained, with_excused
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.silences import found
from zhendao.gateway.cases.values import Case
from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.judging.detectors import DETECTORS
from zhendao.gateway.judging.faults import OF_FAULTS
from zhendao.gateway.judging.findings import Detector, Seen
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.book import FindingsBook
from zhendao.gateway.visits.beside import Basis
from zhendao.gateway.visits.corrected import Corrections, standing
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.revisions import Standing as Stood

VISIT: Final = "visit"
"""The scope of what detectors find, each in one visit."""
HOME: Final = "home"
"""The scope of what a home shows: a visit that was missed is found there."""

SLICE: Final = 50
"""So many cases escalate in one transaction."""


class Casing:
    """All that becomes of doubtful visits in one gateway; used by the thread that ingests.

    It stands beside the conclusions (`visits.beside`), and time alone brings it on as it does what is spread
    (`ingest.spreads`).
    """

    def __init__(
        self,
        table: CasesTable,
        store_key: StoreKey,
        detectors: Iterable[Detector] = DETECTORS,
        hints: Hints | None = None,
    ) -> None:
        self.table, self.book, self.findings = table, Book(store_key), FindingsBook(store_key)
        self.detectors, self.hints = tuple(detectors), hints or Hints()
        self._held: tuple[int, dict[int, Standing], Corrections] = (0, {}, {})
        self._waited: set[bytes] | None = None

    # -- beside the conclusions

    def corrections(self, connection: Connection) -> Corrections:
        """Return the corrections that count; what was read before is not read again."""
        last, stand, _ = self._held
        newest = self.book.last_deed(connection)
        if newest != last:
            after, before = (last, stand) if newest > last else (0, {})
            deeds = [one.deed for one in self.book.deeds(connection, after)]
            now = folded(deeds, before)
            self._held = (newest, now, standing(counting(now.values())))
        return self._held[2]

    def concluded(self, connection: Connection, visit: Visit, before: Stood | None, basis: Basis, now_ms: int) -> None:
        """Write down what detectors find of ``visit``, and open, renew or clear its case."""
        del before
        seen = Seen(visit, basis.registry, basis.policy, now_ms, self.hints)
        gone = visit.state == "withdrawn"
        told = [] if gone else [one for detector in self.detectors for one in detector.find(seen)]
        number = self.book.number_of(connection, visit.visit_id)
        if number is None and not told:
            return
        dated = [(one, visit.at_ms) for one in told]
        self.findings.settle(connection, VISIT, visit.visit_id.hex(), dated, now_ms)
        self.follow(connection, visit, basis.registry, now_ms)

    def drawn(self, connection: Connection) -> None:
        """Nothing waits: each case was written with its visit."""

    def follow(self, connection: Connection, visit: Visit, registry: Registry, now_ms: int) -> None:
        """Have the case of ``visit`` say what is found of it now; patterns for review open none."""
        gone = visit.state == "withdrawn"
        kinds = set() if gone else self.findings.kinds_of(connection, visit.visit_id)
        number = self.book.number_of(connection, visit.visit_id)
        if number is not None:
            case = self.book.get(connection, number)
            when = case.when if gone else _when(visit)
            why = self._why(connection, visit.visit_id, kinds, when, now_ms)
            change = life.renewed(replace(case, when=when), kinds, why, now_ms, self.table)
            if change.case != case:
                self.book.write(connection, change)
        elif kinds:
            when = _when(visit)
            elder = registry.elder(visit.elder_id, now_ms) if visit.elder_id is not None else None
            who = (visit.elder_id, visit.caregiver_id, elder.care_level if elder is not None else None)
            why = self._why(connection, visit.visit_id, kinds, when, now_ms)
            self.book.write(connection, life.opened(visit.visit_id, when, kinds, who, why, now_ms, self.table))

    def missed(self, connection: Connection, elder_id: str, device: bytes, registry: Registry, now_ms: int) -> None:
        """Open or clear the cases of visits that were agreed with this elder and not made, where that changed now.

        Such a case goes by the name of its finding, for there is no visit; ``device``: a terminal of the home.
        """
        for name, stands, at_ms, subject in self.findings.changed(connection, HOME, elder_id, "missed", now_ms):
            caregiver_id, code, _ = subject.removeprefix(f"{elder_id}/").rsplit("/", 2)
            begin_ms = now_ms if at_ms is None else at_ms
            service = registry.service(code, begin_ms)
            when = When(device, begin_ms, None, 0 if service is None else service.max_s * 1000)
            number, kinds = self.book.number_of(connection, name), {"missed"} if stands else set[str]()
            if number is not None:
                case = self.book.get(connection, number)
                why = self._why(connection, name, kinds, when, now_ms)
                change = life.renewed(case, kinds, why, now_ms, self.table)
                if change.case != case:
                    self.book.write(connection, change)
            elif kinds:
                elder = registry.elder(elder_id, now_ms)
                who = (elder_id, caregiver_id, elder.care_level if elder is not None else None)
                why = self._why(connection, name, kinds, when, now_ms)
                self.book.write(connection, life.opened(name, when, kinds, who, why, now_ms, self.table))

    def explain(self, connection: Connection, device: bytes | None, now_ms: int) -> None:
        """Fill in the reason again, after an outage of ``device`` (None: of all) was entered."""
        for case in self.book.waiting_at(connection, device):
            self.explain_one(connection, case, now_ms)

    def excused(self, connection: Connection, visit_id: bytes, now_ms: int) -> None:
        """Fill in the reason of the case of a visit again, after a fault of ours was found to be, or not to be, its."""
        number = self.book.number_of(connection, visit_id)
        if number is not None:
            self.explain_one(connection, self.book.get(connection, number), now_ms)

    def explain_one(self, connection: Connection, case: Case, now_ms: int) -> None:
        """Fill in the reason of one case again."""
        why = self._why(connection, case.visit_id, case.kinds, case.when, now_ms)
        change = life.renewed(case, case.kinds, why, now_ms, self.table)
        if change.entries:
            self.book.write(connection, change)

    def _why(
        self, connection: Connection, visit_id: bytes, kinds: Collection[str], when: When, now_ms: int
    ) -> Explained:
        why = self._by_outage(connection, kinds, when, now_ms)
        if OF_FAULTS.isdisjoint(kinds):
            return why
        return with_excused(why, self.findings.excused(connection, visit_id) & set(kinds))

    def _by_outage(self, connection: Connection, kinds: Iterable[str], when: When, now_ms: int) -> Explained:
        spans = [span for kind in ("no_out", "no_in", "") if (span := when.span(kind)) is not None]
        if not spans or EXPLAINABLE.isdisjoint(kinds):
            return NOTHING
        span = min(one for one, _ in spans), max(one for _, one in spans)
        entered = self.book.outages(connection, when.device, span[1], span[0])
        why = explained(set(kinds), when, [*entered, *found(connection, when.device, span, now_ms, self.table)])
        if why.reason in WAITED:
            self._silent(connection).add(when.device)
        return why

    def _silent(self, connection: Connection) -> set[bytes]:
        """Return the terminals whose word is waited for: a case has its reason from their silence."""
        if self._waited is None:
            self._waited = self.book.waited_for(connection)
        return self._waited

    # -- what time alone brings about

    def forget(self) -> None:
        """Read corrections again: a transaction failed."""
        self._held, self._waited = (0, {}, {}), None

    def hear(self, session: Session) -> None:
        """Look again at the reasons that were given by the silence of terminals that are heard of now."""
        waited = self._silent(session.connection)
        if waited:
            for device in waited & {one.received.batch.device for one in session.stored}:
                waited.discard(device)
                self.explain(session.connection, device, session.now_ms)

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether the time of a case is over."""
        at = self.book.next_due(connection)
        return at is not None and at <= now.wall_ms

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return in how many ms the time of a case is over."""
        at = self.book.next_due(connection)
        return None if at is None else max(0, at - now.wall_ms)

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Hand cases that were not answered in time to the supervisors; terminals hear nothing of it."""
        for case in self.book.overdue(connection, now.wall_ms, SLICE):
            self.explain_one(connection, case, now.wall_ms)
            again = self.book.get(connection, case.number)
            self.book.write(connection, life.overdue(again, now.wall_ms))
        return []


def _when(visit: Visit) -> When:
    most_s = visit.limits_s[1] if visit.limits_s is not None else 0
    return When(bytes.fromhex(visit.record["device"]), visit.begin_ms, visit.end_ms, most_s * 1000)
