"""From a body to a row: number it, encode, seal, chain, sign, journal; one at a time, in order, on the writer thread.

Promise: `record` returns after the disk has confirmed. A number and a key meet in one sealed event only: after a write
that failed the keys are thrown away, and the next record begins with a `boot` event of new ones (docs/protocol.md
section 4), so no nonce occurs twice even if half of the failed write is still on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.errors import SigningError
from zhendao.device.journal.entries import Entry, Grade, Opening, Settled
from zhendao.protocol import ledger
from zhendao.protocol.bodies import Body, Boot, Check, Duress, Incident, Previous, Sensor, Sos
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.event import Event, encode_event, kind_and_version
from zhendao.protocol.limits import DATA_KEY_BYTES, ID_BYTES, MAC_KEY_BYTES, SALT_BYTES
from zhendao.protocol.proof import event_to_be_signed
from zhendao.protocol.seal import StartKeys, seal_event
from zhendao.protocol.vocabulary import BootReason, SensorClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zhendao.device.clock.stamp import Stamp
    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.headcopy import Head
    from zhendao.device.journal.store import Journal

MAX_DETAIL = 200
OWED_WITH_EVENT = 16
"""So many acknowledged ranges are written together with an event: fewer are not worth a page of their own."""


@dataclass(frozen=True, slots=True)
class Start:
    """The start that events are sealed under now: its keys, the nonce that commands name, its event as journalled."""

    keys: StartKeys
    nonce: bytes
    entry: Entry
    prev: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that is safe: where it stands, and h there. ``start`` is new where the record began one."""

    epoch: bytes
    seq: int
    grade: Grade
    start: Start | None = None
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class _End:
    """Where the next event goes."""

    epoch: bytes
    seq: int
    head: bytes


class Recorder:
    """The one writer of a journal. ``random`` gives that many random bytes, ``blocklist`` the version that is held."""

    def __init__(
        self,
        journal: Journal,
        identity: Identity,
        software: str,
        random: Callable[[int], bytes],
        blocklist: Callable[[], int] = lambda: 0,
    ) -> None:
        self._journal = journal
        self._identity = identity
        self._software = software
        self._random = random
        self._blocklist = blocklist
        self._start: Start | None = None
        self._owed: list[tuple[bytes, int, int, Settled]] = []
        self._opening = journal.opening
        self._generation = journal.generation
        self._end = self._fresh_end() if self._opening.new_epoch else self._end_of_journal()

    @property
    def epoch(self) -> bytes:
        """The epoch that the next event goes into."""
        return self._end.epoch

    @property
    def seq(self) -> int:
        """The seq of the newest event of the epoch, 0 if there is none."""
        return self._end.seq

    @property
    def head(self) -> bytes:
        """The h of the newest event."""
        return self._end.head

    def begin(self, stamp: Stamp) -> Recorded:
        """Draw the keys of a start and journal its `boot` event. Raises `JournalError`; `record` then tries again."""
        self._resume()
        start = self._begin(stamp)
        return Recorded(self._end.epoch, self._end.seq, Grade.EVIDENCE, start, self._end.head)

    def record(
        self, body: Body, stamp: Stamp, visits: Callable[[int], Mapping[bytes, bytes | None]] | None = None
    ) -> tuple[Recorded, ...]:
        """Journal ``body``; return what was recorded, a new `boot` event first if one was needed.

        ``visits`` gives the visit rows that the event changes, once its seq is known. A call for help may use the
        reserve that is kept for a full disk. Raises `JournalError`.
        """
        self._resume()
        grade = _grade(body)
        urgent = grade is Grade.URGENT
        if not urgent:
            self._journal.need_room()
        start = self._start
        done: tuple[Recorded, ...] = ()
        if start is None:
            start = self._begin(stamp)
            done = (Recorded(self._end.epoch, self._end.seq, Grade.EVIDENCE, start, self._end.head),)
        seq = self._end.seq + 1
        entry = self._entry(body, stamp, start.keys, seq, grade)
        self._append(entry, visits(seq) if visits is not None else {}, privileged=urgent)
        return (*done, Recorded(self._end.epoch, seq, entry.grade, None, entry.head))

    def new_epoch(self, reason: BootReason, previous: Head | None, detail: str, stamp: Stamp) -> Recorded:
        """Begin a new epoch, because this journal is not the one that the gateway knows. Raises `JournalError`."""
        self._resume()
        self._opening = Opening(reason, previous, detail[:MAX_DETAIL])
        self._end, self._start = self._fresh_end(), None
        return self.begin(stamp)

    def owe(self, settled: Iterable[tuple[bytes, int, int, Settled]]) -> tuple[int, int]:
        """Remember what the gateway has. It goes to disk with an event once there is enough of it, or by `pay`.

        Return how many ranges and events are owed: what a kill would make the terminal send again.
        """
        self._owed.extend(settled)
        return len(self._owed), sum(last - first + 1 for _, first, last, _ in self._owed)

    def pay(self) -> None:
        """Write what is owed now (a full disk, a stop). Raises `JournalError`."""
        if self._owed:
            self._journal.settle(self._owed)
            self._owed.clear()

    def _resume(self) -> None:
        """Go on where the journal ends, if an error of the disk made it be opened anew."""
        self._journal.recover()
        if self._generation == self._journal.generation:
            return
        self._start = None
        found = self._journal.opening
        if found.new_epoch:
            self._opening, self._end = found, self._fresh_end()
        elif not self._opening.new_epoch:
            self._opening = Opening(BootReason.START, None, "the journal was opened anew after an error of the disk")
            self._end = self._end_of_journal()
        self._generation = self._journal.generation

    def _end_of_journal(self) -> _End:
        epochs = self._journal.epochs()
        return _End(epochs[-1].epoch, epochs[-1].last, epochs[-1].head) if epochs else self._fresh_end()

    def _fresh_end(self) -> _End:
        epoch = self._random(ID_BYTES)
        return _End(epoch, 0, ledger.genesis(self._identity.suite, self._identity.device, epoch))

    def _begin(self, stamp: Stamp) -> Start:
        who, end, opening = self._identity, self._end, self._opening
        seq = end.seq + 1
        keys = StartKeys(self._random(DATA_KEY_BYTES), self._random(MAC_KEY_BYTES), who.device, end.epoch, seq)
        known = opening.previous
        body = Boot(
            nonce=self._random(ID_BYTES),
            reason=opening.reason,
            previous=Previous(known.epoch, known.seq, known.head) if known is not None else None,
            software=self._software,
            placement=who.placement,
            mounting=who.mounting,
            blocklist=self._blocklist(),
            detail=opening.detail,
        )
        entry = self._entry(body, stamp, keys, seq, Grade.EVIDENCE)
        self._append(entry, {}, privileged=True)
        self._start = Start(keys, body.nonce, entry, end.head)
        self._opening = Opening(BootReason.START)
        return self._start

    def _entry(self, body: Body, stamp: Stamp, keys: StartKeys, seq: int, grade: Grade) -> Entry:
        who, end = self._identity, self._end
        suite = who.suite
        kind, version = kind_and_version(body)
        event = Event(
            device=who.device,
            epoch=end.epoch,
            seq=seq,
            boot_id=stamp.boot_id,
            mono_ns=stamp.mono_ns,
            wall_ms=stamp.wall_ms,
            clock_source=stamp.source,
            clock_bound_ms=stamp.bound_ms,
            kind=kind,
            version=version,
            body=body,
        )
        recipients = who.recipients if seq == keys.start else None
        made = seal_event(suite, keys, seq, encode_event(event), self._random(SALT_BYTES), recipients)
        leaf = ledger.leaf(suite, who.device, end.epoch, seq, made.sealed, made.commitment)
        head = ledger.link(suite, end.head, leaf)
        message = event_to_be_signed(suite, who.device, end.epoch, seq, who.certificate_id, head)
        try:
            signature = who.key.sign(message)
        except CryptoError as error:  # a chip; what was sealed just now is thrown away unseen, so its nonce is unused
            raise SigningError(error.detail) from error
        return Entry(seq, keys.start, grade, made.sealed, made.commitment, signature, who.certificate_id, head)

    def _append(self, entry: Entry, visits: Mapping[bytes, bytes | None], *, privileged: bool) -> None:
        settled = self._owed if len(self._owed) >= OWED_WITH_EVENT else ()
        try:
            self._journal.append(self._end.epoch, (entry,), visits, settled, privileged=privileged)
        except BaseException:  # whatever it was: the number is used again, so the keys must not be
            if self._start is not None:
                self._start = None
                self._opening = Opening(BootReason.START, None, "a write had failed")
            raise
        if settled:
            self._owed.clear()
        self._end = _End(self._end.epoch, entry.seq, entry.head)


_CALLS = frozenset({SensorClass.MATTRESS, SensorClass.SMOKE_OR_GAS, SensorClass.CALL_CORD})
"""An active sensor of these calls for help as a hand does."""


def _grade(body: Body) -> Grade:
    alarm = isinstance(body, Sensor) and body.value == 1 and body.sensor_class in _CALLS
    if alarm or isinstance(body, Sos | Duress | Incident):
        return Grade.URGENT
    return Grade.EVIDENCE if isinstance(body, Check) else Grade.ORDINARY
