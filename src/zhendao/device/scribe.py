"""The writer thread: the one place that touches the journal, asked from the event loop and answering there.

Promise: one thing at a time, in the order asked; what `record` returns is on the disk. A full disk is met by dropping
what the gateway has already, once, before it is said to be full.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from zhendao.device.errors import JournalDamagedError, JournalFullError, JournalWriteError, SigningError
from zhendao.device.journal.headcopy import Head
from zhendao.device.journal.schema import named
from zhendao.device.journal.upkeep import Upkeep
from zhendao.device.link import parcel
from zhendao.device.privacy.tally import Tally
from zhendao.device.taps.visits import Stored
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.event import kind_and_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zhendao.device.clock.stamp import Stamp
    from zhendao.device.errors import JournalError
    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.entries import EpochState, Settled, Slice
    from zhendao.device.journal.recorder import Recorded, Recorder, Start
    from zhendao.device.journal.store import Journal
    from zhendao.device.link.tracks import Want
    from zhendao.device.taps.visits import Visit
    from zhendao.protocol.bodies import Body
    from zhendao.protocol.vocabulary import BootReason
    from zhendao.protocol.wording import Text

    Changes = Callable[[int], Mapping[bytes, Visit | None]]
    Rows = Callable[[int], Mapping[bytes, bytes | None]]

T = TypeVar("T")

OWED_RANGES = 64
OWED_EVENTS = 2000
"""So many acknowledged ranges, or events in them, wait for an event to be written with; then they go by themselves."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the journal ends, and the start that seals now. ``before`` is the start before it in this process."""

    epoch: bytes
    seq: int
    head: bytes
    start: Start | None = None
    before: Start | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to go: events up to ``last``. ``unsigned``: why the key signed no batch, so one goes alone."""

    message: bytes
    digest: bytes
    last: int
    unsigned: Text | None = None


class Scribe:
    """Asks the journal's thread. Made by `open`; closed by `close`."""

    def __init__(self, who: Identity, keep_events: int, keep_bytes: int) -> None:
        self._who = who
        self._keep_events, self._keep_bytes = keep_events, keep_bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._folder: Path | None = None
        self._journal: Journal
        self._recorder: Recorder
        self._upkeep: Upkeep
        self.standing: Standing
        self.tally = Tally()

    async def open(self, make: Callable[[], tuple[Journal, Recorder]]) -> list[EpochState]:
        """Open the journal on its thread; return what it holds. Raises `JournalError`."""

        def work() -> list[EpochState]:
            self._journal, self._recorder = make()
            self._upkeep = Upkeep(self._journal, self._recorder, self._keep_events, self._keep_bytes)
            self._folder = self._journal.path
            return self._journal.epochs()

        epochs = await self._ask(work)
        self.standing = Standing(self._recorder.epoch, self._recorder.seq, self._recorder.head)
        return epochs

    async def visits(self, stamp: Stamp) -> list[tuple[bytes, Visit]]:
        """Return open visits and last checks in the times of the boot that runs now."""
        rows = await self._ask(lambda: list(self._journal.visits()))
        epoch = self.standing.epoch
        found = []
        for key, row in rows:
            with contextlib.suppress(ProtocolError):  # a row that is damaged, or another's (`kept`), costs no terminal
                now = (stamp.boot_id, stamp.mono_ns, stamp.known_ms, stamp.bound_ms)
                found.append((key, Stored.decode(row).at(epoch, *now)))
        return found

    @property
    def recording(self) -> bytes:
        """The epoch that an event is being recorded in; for whoever gives its rows, on the journal's thread."""
        return self._recorder.epoch

    async def rows(self, word: bytes) -> dict[bytes, bytes]:
        """Return what was kept beside events under keys of ``word`` (`kept.key`). Raises `JournalError`."""
        rows = await self._ask(lambda: list(self._journal.visits()))
        return {key: row for key, row in rows if key.startswith(word)}

    async def begin(self, stamp: Stamp) -> Recorded:
        """Journal the `boot` event of this start. Raises `JournalError`."""
        return await self._ask(lambda: self._noted(self._recorder.begin(stamp)))

    async def record(
        self, body: Body, stamp: Stamp, changes: Changes | None = None, others: Rows | None = None
    ) -> tuple[Recorded, ...]:
        """Journal ``body`` with the visit rows and the ``others`` that it changes; return what was recorded.

        Raises `JournalError`.
        """

        def rows(seq: int) -> dict[bytes, bytes | None]:
            bound_ms = -1 if stamp.bound_ms is None else stamp.bound_ms
            place = (self._recorder.epoch, stamp.boot_id, stamp.mono_ns, stamp.known_ms, bound_ms)
            visits = {} if changes is None else changes(seq)
            found = {key: None if visit is None else Stored(visit, *place).encode() for key, visit in visits.items()}
            return found if others is None else {**found, **others(seq)}

        def work() -> tuple[Recorded, ...]:
            done: tuple[Recorded, ...] = ()
            try:
                done = self._record(body, stamp, rows)
            finally:
                self._note(done)
            return done

        done = await self._ask(work)
        kind, _ = kind_and_version(body)
        self.tally.kept(kind, stamp.known_ms or None, placed=getattr(body, "fix", None) is not None)
        return done

    async def new_epoch(self, reason: BootReason, detail: str, stamp: Stamp) -> Recorded:
        """Begin a new epoch after the one that stands. Raises `JournalError`."""
        old = Head(self.standing.epoch, self.standing.seq, self.standing.head)
        return await self._ask(lambda: self._noted(self._recorder.new_epoch(reason, old, detail, stamp)))

    async def settle(self, settled: Iterable[tuple[bytes, int, int, Settled]]) -> None:
        """Remember what the gateway has; written with an event, or when much has come. Raises `JournalError`."""

        def work() -> None:
            ranges, events = self._recorder.owe(settled)
            if ranges >= OWED_RANGES or events >= OWED_EVENTS:
                self._recorder.pay()

        await self._ask(work)

    async def unsettle(self, epoch: bytes, first: int, last: int) -> None:
        """Forget that the gateway has these. Raises `JournalError`."""

        def work() -> None:
            self._recorder.pay()
            self._journal.unsettle(epoch, first, last)

        await self._ask(work)

    async def retain(self) -> int:
        """Drop what may go by count and by size; return how many events went. Raises `JournalError`."""
        return await self._ask(lambda: self._upkeep.retain(self._keep_start()))

    async def patrol(self, now_ns: int) -> None:
        """Hash some events again; a damaged journal is set aside by the next record. Raises `JournalError` then."""
        await self._ask(lambda: self._upkeep.patrol(now_ns))

    async def heads(self, wanted: Iterable[tuple[bytes, int]]) -> dict[tuple[bytes, int], bytes | None]:
        """Return h of each event wanted, None where it is not known."""
        return await self._ask(lambda: {one: self._journal.head_of(*one) for one in wanted})

    async def parcel(
        self,
        want: Want,
        max_bytes: int,
        known: Callable[[bytes, int], bool],
        *,
        with_start: bool,
        with_certificate: bool,
    ) -> Parcel | None:
        """Make the message that ``want`` asks for; None where its first event is not there (any more).

        ``known`` tells whether the gateway has the `boot` event of an epoch; ``with_start`` adds that of this start.
        If the key does not answer now (a chip), one event goes under the signature that it was journalled with.
        """
        start = self.standing.start

        def pack(part: Slice) -> Parcel:
            part, needed = parcel.starts_needed(part, lambda seq: known(want.epoch, seq))
            boots = [(want.epoch, seq) for seq in needed]
            if with_start and start is not None:
                mine = (start.keys.epoch, start.keys.start)
                inside = mine[0] == want.epoch and part.entries[0].seq <= mine[1] <= part.entries[-1].seq
                boots += [mine] if mine not in boots and not inside else []
            companions = [one for boot in boots if (one := self._companion(*boot)) is not None]
            message = parcel.batch(self._who, part, companions, with_certificate=with_certificate)
            return Parcel(message, self._who.suite.hash(message), part.entries[-1].seq)

        def work() -> Parcel | None:
            part = self._journal.read(want.epoch, want.first, want.last, max_bytes)
            if part is None:
                return None
            try:
                return pack(part)
            except CryptoError as error:
                return replace(pack(replace(part, entries=part.entries[:1])), unsigned=SigningError(error.detail).what)

        return await self._ask(work)

    async def also(self, work: Callable[[], None]) -> None:
        """Do something else that touches the disk, on the journal's thread: one more thread costs memory."""
        await self._ask(work)

    async def answer(self) -> None:
        """Return when the thread has come to this question: it does not hang."""
        await self._ask(lambda: None)

    async def close(self) -> None:
        """Write what is owed, close the journal, end the thread."""

        def work() -> None:
            if self._folder is None:
                return  # it could not be opened, and whoever wanted that was told why
            try:
                self._recorder.pay()
            finally:
                self._journal.close()

        try:
            await self._ask(work)
        finally:
            self._thread.shutdown(wait=True)

    def _record(
        self, body: Body, stamp: Stamp, rows: Callable[[int], Mapping[bytes, bytes | None]]
    ) -> tuple[Recorded, ...]:
        try:
            return self._recorder.record(body, stamp, rows)
        except (JournalDamagedError, JournalWriteError):
            return self._recorder.record(body, stamp, rows)  # the journal is opened anew; once, not for ever
        except JournalFullError:
            self._recorder.pay()
            if not self._journal.make_room(self._keep_start()):
                raise
            return self._recorder.record(body, stamp, rows)

    def _noted(self, one: Recorded) -> Recorded:
        self._note((one,))
        return one

    def _companion(self, epoch: bytes, seq: int) -> bytes | None:
        found = self._journal.read(epoch, seq, seq, 0)
        return None if found is None else parcel.companion(self._who, epoch, found.prev, found.entries[0])

    def _keep_start(self) -> int:
        start = self.standing.start
        return start.keys.start if start is not None else 0

    def _note(self, done: Iterable[Recorded]) -> None:
        """Take over where the recorder stands (on its thread: a frozen value is put in place at once)."""
        start, before = self.standing.start, self.standing.before
        for one in done:
            if one.start is not None:
                start, before = one.start, start
        self.standing = Standing(self._recorder.epoch, self._recorder.seq, self._recorder.head, start, before)

    def _condemn(self, error: JournalError) -> None:
        if isinstance(error, JournalDamagedError) and self._folder is not None:
            self._journal.condemn(error.detail)

    async def _ask(self, work: Callable[[], T]) -> T:
        def named_errors() -> T:
            try:
                return work()
            except sqlite3.Error as error:
                raise (named(error, Path()) if self._folder is None else self._journal.met(error)) from error
            except JournalDamagedError as error:
                self._condemn(error)
                raise

        return await asyncio.get_running_loop().run_in_executor(self._thread, named_errors)
