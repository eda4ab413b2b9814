"""What new events say of tokens, put into the store in the transaction of their events, and whose visits it touches.

Promise: readings and findings follow from facts alone: whatever the order in which events came, and however often, the
same ones stand in the end (promise 4). A reading that comes late may explain, or expose, one of another terminal: that
visit is drawn again too. Events whose tokens are signed records cost a look-up each and nothing in the store.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from zhendao.gateway.config import TokensTable
from zhendao.gateway.ingest.classify import MAX_SEQ
from zhendao.gateway.ingest.session import Session, Stored
from zhendao.gateway.store.conclusions import checks
from zhendao.gateway.store.facts import beacons, events
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens import counters, readings, slow
from zhendao.gateway.tokens.counters import Reading
from zhendao.gateway.tokens.findings import OF_OTHERS, OF_TAPS, Finding
from zhendao.gateway.tokens.gathered import PARTS, Proved, made_between, tokens_of
from zhendao.gateway.tokens.giving import seal_uid, tag_of
from zhendao.gateway.tokens.keyed import Keyed, proved_elsewhere
from zhendao.gateway.tokens.proving import Prover
from zhendao.gateway.tokens.readings import Whom
from zhendao.gateway.tokens.tables import FINDINGS
from zhendao.gateway.visits.lanes import Position
from zhendao.gateway.visits.undrawn import Touched, touch
from zhendao.protocol.bodies import Tap
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.vocabulary import Strength

Identity = tuple[bytes, bytes, int, bytes]
Place = tuple[Any, ...]
"""The identity of an event, and which of its tokens."""

_KNOWN: Final = 65_536

_HEADS: Final = Prepared(
    select(events.c.h).where(
        events.c.device == bindparam("device"),
        events.c.epoch == bindparam("epoch"),
        events.c.seq == bindparam("seq"),
        events.c.received_ms <= bindparam("received_ms"),
    )
)
_BEACON: Final = Prepared(select(beacons.c.issued_ms).where(beacons.c.beacon == bindparam("beacon")))
_EVENT: Final = ("device", "epoch", "seq", "h")
_CHECK: Final = Prepared(
    select(checks.c.lane, checks.c.evidence).where(*(checks.c[name] == bindparam(name) for name in _EVENT))
)
_SAY: Final = Prepared(
    update(checks)
    .where(*(checks.c[name] == bindparam(f"the_{name}") for name in _EVENT))
    .values(evidence=bindparam("evidence"))
)
_WORDS: Final = Prepared(
    select(FINDINGS.c.word, FINDINGS.c.healed_ms).where(
        *(FINDINGS.c[name] == bindparam(name) for name in (*_EVENT, "part"))
    )
)
_EVENT_KIND: Final = Prepared(select(events.c.kind).where(*(events.c[name] == bindparam(name) for name in _EVENT)))


def _note(build: Callable[[Table], sqlite.Insert | postgresql.Insert]) -> Prepared:
    """Return the statement that notes a finding, built by the ``build`` of a dialect."""
    names = (*_EVENT, "part", "word", "tag", "uid", "kind", "found_ms")
    row = build(FINDINGS).values({name: bindparam(name) for name in names})
    return Prepared(row.on_conflict_do_update(index_elements=[*_EVENT, "part", "word"], set_={"healed_ms": None}))


_NOTE: Final = {"sqlite": _note(sqlite.insert), "postgresql": _note(postgresql.insert)}


Recounted = Callable[[Connection, Identity, int], None]
"""Is told of the event of a reading, at a moment (UTC ms)."""


def _nobody(_connection: Connection, _event: Identity, _now_ms: int) -> None:
    """Be told, and do nothing."""


class Tokens:
    """Notes tokens; used by the ingest thread. ``clock_ms``: how far the gateway's own clock may be off."""

    def __init__(
        self, store_key: StoreKey, prover: Prover, table: TokensTable, clock_ms: int, recounted: Recounted = _nobody
    ) -> None:
        """``recounted`` is told of older readings that are doubted still, and perhaps by more than before."""
        self._recounted = recounted
        self._sealing = store_key.of("cards")
        self._store_key, self._prover, self._clock_ms = store_key, prover, clock_ms
        self._known: dict[bytes, Whom] = {}
        self._keyed = Keyed()
        self._limits = counters.Limits(table.jump_at_most, table.jump_a_day, table.one_reading_s * 10**9)
        self._patience = slow.Patience(
            table.slow_one_in, table.slow_after, table.slow_by_ms * 1000, table.slow_far_ms * 1000
        )

    def prove(self, session: Session) -> list[Proved]:
        """Return every token of the new events of which something is to be said."""
        self._keyed.catch_up(session.connection)
        return [one for stored in session.stored for one in self._of(session.connection, stored)]

    def _of(self, connection: Connection, stored: Stored) -> Iterable[Proved]:
        event = stored.new.event
        if event is None:
            return
        suite = None
        for part, read in tokens_of(event.body):
            suite = suite or suite_by_id(stored.received.batch.suite_id)
            verdict = self._prover.verdict(suite, event.device, event.epoch, read)
            findings = verdict.findings
            if isinstance(event.body, Tap) and event.body.reason in OF_TAPS:
                findings |= {OF_TAPS[event.body.reason]}
            if self._keyed and read.strength < Strength.DYNAMIC and not proved_elsewhere(event.body, part):
                weaker = self._keyed.before(self._whom(read.uid).tag, stored.received_ms)
                findings |= {Finding.WEAKER} if weaker else set()
            after_ms: int | None = None
            if verdict.grounded is not None:
                heads = _HEADS.all(
                    connection,
                    device=event.device,
                    epoch=event.epoch,
                    seq=min(verdict.grounded.seq, MAX_SEQ),
                    received_ms=stored.received_ms,
                )
                if heads and all(head != verdict.grounded.head for (head,) in heads):
                    findings |= {Finding.GROUND}
                if verdict.grounded.beacon is not None:
                    after_ms = _BEACON.scalar(connection, beacon=verdict.grounded.beacon)
            proved = Proved(stored, event, part, read, verdict, findings, after_ms)
            if findings or proved.told() is not None:
                yield proved

    @staticmethod
    def evidence(proved: Iterable[Proved]) -> dict[Identity, str]:
        """Return what stands beside each check, as JSON, by the event's identity."""
        said: dict[Identity, dict[str, Any]] = {}
        for one in proved:
            told = one.told()
            if told is not None:
                said.setdefault(one.identity, {})[PARTS[one.part]] = told
        return {identity: _json(parts) for identity, parts in said.items()}

    def note(self, session: Session, proved: Iterable[Proved], touched: Touched) -> None:
        """Write readings and findings; add to ``touched`` the lanes of other visits of which something else holds now.

        The new checks are in their table already.
        """
        connection = session.connection
        new: dict[Place, tuple[Whom, Reading]] = {}
        rows, lanes = [], dict[readings.Lane, int]()
        for one in proved:
            whom, place = self._whom(one.read.uid), (*one.identity, one.part)
            for word in sorted(one.findings):
                _write(connection, place, word, whom, one.event.kind, session.now_ms)
            if not one.verdict.answered:
                continue
            rtt_us = min((MAX_SEQ, *one.read.rtts_us)) if one.read.rtts_us else None
            reading = self._reading(one)
            rows.append((
                whom.tag, *place, whom.uid, int(one.read.technology), reading.boot_id, reading.mono_ns,
                reading.counter, reading.fresh, reading.challenge, reading.earliest_ms, reading.latest_ms, rtt_us,
                False,
            ))  # fmt: skip
            new[place] = (whom, reading)
            if rtt_us is not None:
                lane = readings.Lane(one.event.device, int(one.read.technology), one.event.epoch)
                lanes[lane] = min(one.event.seq, lanes.get(lane, one.event.seq))
        readings.put(connection, rows)
        changed = dict(new)
        for whom, reading in new.values():
            for other in readings.touched_by(connection, whom.tag, reading):
                changed.setdefault((other.device, other.epoch, other.seq, other.h, other.part), (whom, other))
        for place, (whom, here) in changed.items():
            words = counters.judge(here, readings.neighbours(connection, whom.tag, here), self._limits)
            if words or place not in new:
                self._say(session, place, words, OF_OTHERS - {Finding.SLOW}, whom, touched)
        for lane, seq in lanes.items():
            self._hints(session, lane, seq, touched)

    def _whom(self, uid: bytes) -> Whom:
        known = self._known.get(uid)
        if known is None or not self._sealing.is_current(known.uid):
            if len(self._known) >= _KNOWN:
                del self._known[next(iter(self._known))]
            known = self._known[uid] = Whom(tag_of(self._store_key, uid), seal_uid(self._store_key, uid))
        return known

    def _reading(self, one: Proved) -> Reading:
        event = one.event
        fresh = one.verdict.fresh and Finding.GROUND not in one.findings
        return Reading(
            *one.identity, one.part, event.boot_id, min(one.read.mono_ns, MAX_SEQ), one.verdict.counter, fresh,
            one.verdict.challenge if fresh else None, *made_between(one, self._clock_ms),
        )  # fmt: skip

    def _hints(self, session: Session, lane: readings.Lane, seq: int, touched: Touched) -> None:
        """Judge the round trips from event ``seq`` on anew: what came late is looked back at by those after it."""
        connection, patience = session.connection, self._patience
        later = readings.times_from(connection, lane, seq)
        before = readings.times_before(connection, lane, seq, slow.WINDOW)
        judged = slow.judged([timed.rtt_us for _, _, timed in later], before, patience)
        for (whom, place, timed), hinted in zip(later, judged, strict=True):
            if timed.slow != hinted:
                readings.mark_slow(connection, whom.tag, place, slow=hinted)
                words = frozenset({Finding.SLOW}) if hinted else frozenset[Finding]()
                self._say(session, place, words, frozenset({Finding.SLOW}), whom, touched)

    def _say(
        self,
        session: Session,
        place: Place,
        words: frozenset[Finding],
        among: frozenset[Finding],
        whom: Whom,
        touched: Touched,
    ) -> None:
        """Have exactly ``words`` of ``among`` stand about a reading, and its visit be drawn again if that is new."""
        connection, (*event, part) = session.connection, place
        where = dict(zip((*_EVENT, "part"), place, strict=True))
        found = _WORDS.all(connection, **where)
        stand = {word for word, healed_ms in found if healed_ms is None and word in among}
        if stand == words:
            if words:
                self._recounted(connection, place[:4], session.now_ms)
            return
        here = dict(zip(_EVENT, event, strict=True))
        for word in sorted(words - stand):
            _write(connection, place, word, whom, _EVENT_KIND.scalar(connection, **here), session.now_ms)
        for word in sorted(stand - words):
            gone = update(FINDINGS).where(*(FINDINGS.c[name] == value for name, value in where.items()))
            connection.execute(gone.where(FINDINGS.c.word == word).values(healed_ms=session.now_ms))
        row = _CHECK.first(connection, **here)
        if row is None:
            return
        lane, evidence = row
        said = {} if evidence is None else orjson.loads(evidence)
        told = said.get(PARTS[part])
        if told is not None:
            told["findings"] = sorted({*told["findings"]} - among | words)
            _SAY(connection, evidence=_json(said), **{f"the_{name}": value for name, value in here.items()}).close()
        touch(touched, event[0], lane, Position(event[1], event[2]))


def _write(connection: Connection, place: Place, word: str, whom: Whom, kind: int, now_ms: int) -> None:
    """Note a finding; one that was explained before stands again."""
    note = _NOTE[connection.dialect.name]
    names = zip((*_EVENT, "part"), place, strict=True)
    note(connection, **dict(names), word=str(word), tag=whom.tag, uid=whom.uid, kind=kind, found_ms=now_ms).close()


def _json(parts: Mapping[str, Any]) -> str:
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS).decode()
