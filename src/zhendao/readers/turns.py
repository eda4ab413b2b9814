"""What whoever owns a reader does, turn by turn: sense, post frozen values, climb the ladder when it fails. No thread.

Promise: nothing a reader, a card or the kernel does gets out of a turn; each turn says how long to wait before the
next; a reader that comes back is used again without anybody's help. Whoever drives it brings the clock and the waits.
"""

import threading
from collections import Counter
from collections.abc import Callable

from zhendao.readers.challenger import NO_CHALLENGES, Challenger
from zhendao.readers.errors import ReaderError, ReaderGarbledError, ReaderGoneError, ReaderSlowError
from zhendao.readers.ladder import Ladder, Step
from zhendao.readers.reader import Reader
from zhendao.readers.rungs import Rungs
from zhendao.readers.taps import Taps
from zhendao.readers.upkeep import Task, Upkeep, UpkeepSettings
from zhendao.readers.values import Posting, ReaderState, RefusalReason

ROUND_S = 0.1
NOBODY = "reader-not-heard"
"""Counted when `post` raised: the value is lost to whoever should have got it."""
_NS = 1_000_000_000

Opener = Callable[[str, Callable[[Reader], None]], Reader]
"""Opens the reader at a port, and hands it to its second argument before it waits for anything."""


class Turns:
    """The work with the reader on ``port``; every value goes to ``post``, which must not block.

    ``opener`` opens it; ``rungs`` says what else can be done to revive it. ``clock`` gives CLOCK_BOOTTIME in
    nanoseconds; ``pause`` waits seconds within a turn, and returns True to end at once. ``challenger`` is asked, within
    a turn, for what a card is asked. `turn` and `end` belong to one thread, `cancel` and `failures` to any.
    """

    def __init__(
        self,
        port: str,
        post: Callable[[Posting], None],
        opener: Opener,
        clock: Callable[[], int],
        pause: Callable[[float], bool],
        rungs: Rungs,
        upkeep: UpkeepSettings,
        challenger: Challenger = NO_CHALLENGES,
    ) -> None:
        self._port, self._post, self._opener = port, post, opener
        self._clock, self._pause, self._rungs = clock, pause, rungs
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._ladder = Ladder()
        self._upkeep = Upkeep(upkeep)
        self._taps = Taps(clock, self._tell, challenger)
        self._reported: str | None = None
        self._failures: Counter[str] = Counter()
        self._step = Step.REOPEN
        self._waited = self._cancelled = self._works = False

    def cancel(self) -> None:
        """End what the reader does now, and everything that is begun later; nothing is reported any more."""
        with self._lock:
            self._cancelled = True
            if self._reader is not None:
                self._reader.cancel()

    def failures(self) -> dict[str, int]:
        """Return how often the reader failed since the start, by the code of the error."""
        with self._lock:
            return dict(self._failures)

    @property
    def settled(self) -> bool:
        """Whether a turn would bring nothing as long as the reader works and the field stays as it is."""
        return self._works and self._taps.settled

    def turn(self) -> float:
        """Do what comes next; return after how many seconds the next turn is due."""
        if self._step is Step.RETRY:
            return self._sense()
        if self._step is Step.WAIT and not self._waited:
            self._close()
            self._waited = True
            return self._ladder.wait_s()
        self._waited = False
        self._step = self._climb(self._step)
        return 0.0

    def end(self) -> None:
        """Refuse what has not been read to the end, and let go of the port."""
        self._taps.give_up(RefusalReason.STOPPED)
        self._close()

    def _climb(self, step: Step) -> Step:
        """Take one step of the ladder that ends in an open reader, or in another step."""
        self._close()
        try:
            self._rungs.take(step, self._pause)
        except Exception as error:  # noqa: BLE001 - a rung that breaks is one that did not help
            self._count(self._named(error).code)
        try:
            self._opener(self._port, self._hold)
        except Exception as error:  # noqa: BLE001 - the promise: nothing gets out
            return self._not_opened(self._named(error))
        self._rungs.learn()
        self._upkeep.opened(self._clock())
        return Step.RETRY

    def _named(self, error: Exception) -> ReaderError:
        return error if isinstance(error, ReaderError) else ReaderGarbledError(self._port, type(error).__name__)

    def _hold(self, reader: Reader) -> None:
        """Take a reader that is about to be opened, so that `cancel` reaches it."""
        with self._lock:
            self._reader = reader
            if self._cancelled:
                reader.cancel()

    def _not_opened(self, error: ReaderError) -> Step:
        self._count(error.code)
        step = self._ladder.not_opened(self._rungs.there())
        if step is Step.WAIT:
            self._report(error)
        return step

    def _sense(self) -> float:
        """Sense once, unless a re-open is due; what fails leads to the next step."""
        begin, reader = self._clock(), self._reader
        try:
            if reader is None:
                raise ReaderGoneError(self._port)  # noqa: TRY301 - one way out for every failure
            if self._look_after(reader):
                self._step, self._works = Step.REOPEN, False
                return 0.0
            self._round(reader)
            self._works = True
        except Exception as error:  # noqa: BLE001 - the promise: nothing gets out
            self._step, self._works = self._failed(self._named(error)), False
            return 0.0
        return max(0.0, ROUND_S - (self._clock() - begin) / _NS)

    def _look_after(self, reader: Reader) -> bool:
        """Do the health check if it is due; return True if it is time to open the reader anew."""
        task = self._upkeep.due(self._clock(), self._taps.changed_ns)
        if task is Task.CHECK:
            reader.check()
        return task is Task.REOPEN

    def _round(self, reader: Reader) -> None:
        self._taps.round(reader)
        self._ladder.worked()
        self._report(None)
        took = self._taps.sensing_ns
        if self._upkeep.dragging(self._clock(), took):
            raise ReaderSlowError(self._port, took // 1_000_000)

    def _failed(self, error: ReaderError) -> Step:
        self._count(error.code)
        step = self._ladder.failed(self._rungs.there(), hopeless=error.hopeless)
        if step is Step.WAIT:
            self._report(error)
        return step

    def _report(self, error: ReaderError | None) -> None:
        """Post the reader's state, if it is another one than the last that was posted."""
        if self._cancelled:
            return
        reason = "" if error is None else error.code
        if reason != self._reported:
            self._reported = reason
            if error is not None:
                self._taps.give_up(RefusalReason.READER_FAILED)
            self._tell(ReaderState(error is None, reason, None if error is None else error.explained(), self._clock()))

    def _tell(self, posting: Posting) -> None:
        try:
            self._post(posting)
        except Exception:  # noqa: BLE001 - whoever listens may be gone already; the reader is not to blame
            self._count(NOBODY)

    def _count(self, code: str) -> None:
        if not self._cancelled:
            with self._lock:
                self._failures[code] += 1

    def _close(self) -> None:
        with self._lock:
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
