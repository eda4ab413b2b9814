"""Broken copies of the real code, one fault each, which the simulated worlds have to see. Applied within a block only.

Each is a change that a tired colleague could make on a bad day: a line left out, clocks mixed up, a mark set too early.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from unittest.mock import patch

from zhendao.device import shipping
from zhendao.device.journal import database, opening, recorder
from zhendao.device.journal.entries import Entry, Opening, Settled
from zhendao.device.link import uplink
from zhendao.device.link.trying import Trying
from zhendao.gateway.forward import outbox, sending
from zhendao.gateway.forward.record import Answer, Record, Verdict
from zhendao.gateway.forward.sending import Request, Sending
from zhendao.gateway.ingest import intake, pipeline, receive
from zhendao.gateway.visits import drawing, judgement, pairing
from zhendao.gateway.visits.moments import Moment, Span
from zhendao.protocol.vocabulary import BootReason
from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.world import run

MOST_SEEDS = 200


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken copy.

    Attributes:
        name: what is wrong with it, in a few words.
        broken: applies it.
        profile: of faults that it takes to be seen.
        terminals: so many, for
        days: so long.
        seen_by: the invariants that may catch it.
    """

    name: str
    broken: Callable[[], AbstractContextManager[object]]
    profile: str
    terminals: int
    days: int
    seen_by: frozenset[str]


# -- the terminal's journal


@contextmanager
def _no_sync() -> Iterator[None]:
    real = opening.connect

    def connect(*arguments: Any) -> Any:
        connection = real(*arguments)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    with patch.object(opening, "connect", connect):
        yield


@contextmanager
def _signal_before_disk() -> Iterator[None]:
    """The transaction of a record is committed when the next one begins."""

    def attempt(self: database.Database, write: Callable[[], None]) -> None:
        if self.db.in_transaction:
            self.db.execute("COMMIT")
        self.db.execute("BEGIN IMMEDIATE")
        write()

    with patch.object(database.Database, "_attempt", attempt):
        yield


@contextmanager
def _epoch_not_renewed() -> Iterator[None]:
    """What the head copy or the gateway knows better begins no new epoch."""
    real = opening._judge

    def judge(*arguments: Any, **named: Any) -> Opening:
        found = real(*arguments, **named)
        return Opening(BootReason.START) if found.reason is BootReason.HEAD_MISMATCH else found

    with (
        patch.object(opening, "_judge", judge),
        patch.object(uplink, "diverged", lambda *_: None),
    ):
        yield


@contextmanager
def _keys_reused() -> Iterator[None]:
    """A write that failed leaves the keys as they are, and its number is used again."""
    real_append, real_resume = recorder.Recorder._append, recorder.Recorder._resume

    def append(self: recorder.Recorder, entry: Entry, visits: Any, *, privileged: bool) -> None:
        start, found = self._start, self._opening
        try:
            real_append(self, entry, visits, privileged=privileged)
        except BaseException:
            self._start, self._opening = start, found
            raise

    def resume(self: recorder.Recorder) -> None:
        start, found = self._start, self._opening
        real_resume(self)
        if start is not None and start.keys.epoch == self._end.epoch:
            self._start, self._opening = start, found

    with patch.object(recorder.Recorder, "_append", append), patch.object(recorder.Recorder, "_resume", resume):
        yield


# -- the terminal's link


@contextmanager
def _settled_on_receipt() -> Iterator[None]:
    """The broker's receipt is taken for the gateway's word."""
    real = shipping.Shipping.confirmed
    waiting: set[asyncio.Task[None]] = set()

    def confirmed(self: shipping.Shipping, mid: int) -> None:
        digest = self._mids.get(mid)
        flight = self._uplink._flights.get(digest) if digest is not None else None
        real(self, mid)
        if flight is not None:
            self._uplink._tracks[flight.epoch].settled.add(flight.first, flight.last)
            self._uplink._land(flight.epoch, self._clock.mono_ns())
            done = [(flight.epoch, flight.first, flight.last, Settled.COMMITTED)]
            waiting.add(asyncio.get_running_loop().create_task(self._scribe.settle(done)))

    with patch.object(shipping.Shipping, "confirmed", confirmed):
        yield


@contextmanager
def _acknowledged_one_too_far() -> Iterator[None]:
    """A range that the gateway has is taken to reach one event further."""
    real = uplink.Uplink.answered

    def answered(self: uplink.Uplink, ack: Any, *arguments: Any, **named: Any) -> Any:
        outcome = real(self, ack, *arguments, **named)
        settled = []
        for epoch, first, last, state in outcome.settled:
            self._tracks[epoch].settled.add(first, last + 1)
            settled.append((epoch, first, last + 1, state))
        return replace(outcome, settled=tuple(settled))

    with patch.object(uplink.Uplink, "answered", answered):
        yield


@contextmanager
def _no_jitter() -> Iterator[None]:
    real = Trying.__init__

    def made(self: Trying, _random: Any, *arguments: Any, **named: Any) -> None:
        real(self, lambda: 0.5, *arguments, **named)

    with patch.object(Trying, "__init__", made):
        yield


@contextmanager
def _sent_again_at_once() -> Iterator[None]:
    """What is not answered is sent again every second, over a link that still carries it."""
    real = uplink.Uplink.received

    def received(self: uplink.Uplink, digest: bytes, now_ns: int) -> Any:
        flight = real(self, digest, now_ns)
        if digest in self._flights:
            self._flights[digest] = replace(self._flights[digest], deadline_ns=now_ns + 1_000_000_000)
        return flight

    with patch.object(uplink.Uplink, "received", received):
        yield


# -- the gateway


@contextmanager
def _acknowledged_before_commit() -> Iterator[None]:
    """Answers leave as soon as they are made, within the transaction."""
    real_take, real_answers = intake.Intake.take, pipeline.acknowledgements
    links: list[Any] = []

    def take(self: intake.Intake, now: Any) -> bool:
        links[:] = [self._link]
        return real_take(self, now)

    def answers(*arguments: Any) -> list[Any]:
        made = real_answers(*arguments)
        if links:
            links[0].publish(made)
        return []

    with patch.object(intake.Intake, "take", take), patch.object(pipeline, "acknowledgements", answers):
        yield


@contextmanager
def _not_deduplicated() -> Iterator[None]:
    """What is held already is taken for new."""
    real = receive.classify

    def classify(segments: Any, _known: Any, *arguments: Any) -> Any:
        return real(segments, {}, *arguments)

    with patch.object(receive, "classify", classify):
        yield


@contextmanager
def _never_linked() -> Iterator[None]:
    """A batch that came before the one it rests on stays by itself for ever."""

    def joined(segments: Any, new: Any) -> list[Any]:
        result = list(segments)
        for place, one in enumerate(result):
            if one.last == new.first - 1 and one.head == new.prev:
                result[place] = replace(one, last=new.last, head=new.head)
                return result
        return [*result, new]

    with patch.object(receive, "joined", joined):
        yield


@contextmanager
def _wall_clock_durations() -> Iterator[None]:
    real = pairing.between

    def between(earlier: Moment, later: Moment) -> Span:
        if earlier.raw_ms is None or later.raw_ms is None:
            return real(earlier, later)
        return Span(later.raw_ms - earlier.raw_ms, 0)

    with patch.object(pairing, "between", between), patch.object(judgement, "between", between):
        yield


@contextmanager
def _marked_before_sending() -> Iterator[None]:
    """A record is settled when it is taken out, and not when it was answered."""
    real = Sending.next

    def following(self: Sending, mono_ms: int) -> Request | None:
        request = real(self, mono_ms)
        if request is not None:
            taken = [(one, Answer(Verdict.TAKEN, "sent"), 1) for one in request.batch]
            with self._store.writing() as connection:
                outbox.settle(connection, self._destination, taken, 0)
        return request

    with patch.object(Sending, "next", following):
        yield


@contextmanager
def _other_key_each_time() -> Iterator[None]:
    """Each time that a record is sent it has another idempotency key."""
    tries = count()

    def key(self: Record) -> str:
        return f"{self.record_type}/{self.key}/{self.revision}/{next(tries)}"

    def next_(self: Sending, mono_ms: int) -> Request | None:
        request = real(self, mono_ms)
        keys.clear()
        return request

    real = Sending.next
    keys: dict[Record, str] = {}

    def kept(self: Record) -> str:
        return keys.setdefault(self, key(self))

    with patch.object(Record, "idempotency_key", property(kept)), patch.object(Sending, "next", next_):
        yield


@contextmanager
def _any_revision_first() -> Iterator[None]:
    """Records are sent as they are found: a newer revision does not wait for an older one."""

    def choose(waiting: Iterable[Record], put_off: Mapping[int, Any], now_ms: int, limit: int) -> tuple[Record, ...]:
        due = [one for one in waiting if one.id not in put_off or put_off[one.id].not_before_ms <= now_ms]
        return tuple(sorted(due, key=lambda one: one.id)[:limit])

    with patch.object(sending, "choose", choose):
        yield


@contextmanager
def _fork_taken_for_repetition() -> Iterator[None]:
    """A number that is held already is taken for the same event, whatever its hash."""
    real = receive.classify

    def classify(segments: Any, known: Any, genesis: bytes, first: int, prev: bytes, heads: Any) -> Any:
        same = {seq: frozenset({*held, *heads[seq - first : seq - first + 1]}) if seq >= first else held
                for seq, held in known.items()}  # fmt: skip
        return real(segments, same, genesis, first, prev, heads)

    with patch.object(receive, "classify", classify):
        yield


@contextmanager
def _undo_not_heard() -> Iterator[None]:
    """A check that was taken back counts all the same."""
    real = drawing.pair

    def pair(checks: Any, _undone: Any, limits: Any) -> Any:
        return real(checks, frozenset(), limits)

    with patch.object(drawing, "pair", pair):
        yield


def _mutant(
    name: str, broken: Callable[[], AbstractContextManager[object]], profile: str, terminals: int, days: int, *seen: str
) -> Mutant:
    return Mutant(name, broken, profile, terminals, days, frozenset(seen))


_ALL = (
    _mutant("no fsync", _no_sync, "power", 1, 1, "no-false-good-signal"),
    _mutant("good signal before the disk confirms", _signal_before_disk, "power", 1, 1, "no-false-good-signal"),
    _mutant("epoch not renewed after restore", _epoch_not_renewed, "disks", 1, 3, "order-per-terminal"),
    _mutant("keys reused after a failed write", _keys_reused, "disks", 1, 2, "no-nonce-twice"),
    _mutant("settled on the broker's receipt", _settled_on_receipt, "backlogs", 1, 3, "no-ack-before-commit"),
    _mutant("acknowledged range one too long", _acknowledged_one_too_far, "calm", 1, 1, "no-ack-before-commit"),
    _mutant("retry without jitter", _no_jitter, "links", 40, 1, "spread"),
    _mutant("sent again every second", _sent_again_at_once, "links", 1, 1, "bounds"),
    _mutant("acknowledged before commit", _acknowledged_before_commit, "gateway", 1, 1, "no-ack-before-commit"),
    _mutant("no de-duplication", _not_deduplicated, "links", 1, 1, "quiet", "bounds"),
    _mutant("detached batch never linked", _never_linked, "backlogs", 1, 2, "order-per-terminal"),
    _mutant("wall clock for durations", _wall_clock_durations, "clocks", 1, 2, "truth"),
    _mutant("outbox marked before sending", _marked_before_sending, "platform", 1, 1, "signalled-stored-effective"),
    _mutant("another key at each try", _other_key_each_time, "platform", 1, 1, "quiet"),
    _mutant("a newer revision first", _any_revision_first, "platform", 1, 2, "order-per-terminal"),
    _mutant(
        "fork taken for a repetition",
        _fork_taken_for_repetition,
        "disks",
        1,
        3,
        "nothing-unnamed",
        "signalled-stored-effective",
    ),
    _mutant("undo not heard", _undo_not_heard, "platform", 1, 2, "truth"),
)
MUTANTS: Mapping[str, Mutant] = {one.name: one for one in _ALL}


@dataclass(frozen=True, slots=True)
class Caught:
    """Where a mutant was caught: at which seed, by which invariant."""

    seed: int
    invariant: str


def catch(mutant: Mutant, seeds: Iterable[int]) -> Caught | None:
    """Return the first of ``seeds`` at which ``mutant`` breaks one of its invariants, and the real code breaks none."""
    for seed in seeds:
        story = plan(seed, mutant.terminals, mutant.days, mutant.profile)
        with mutant.broken():
            broken = [one.invariant for one in run(story).breaches]
        seen = next((one for one in broken if one in mutant.seen_by), None)
        if seen is not None and run(story).held:
            return Caught(seed, seen)
    return None
