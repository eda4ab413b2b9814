"""The one thread that owns a reader: senses every 100 ms, posts frozen values, climbs the ladder when it fails.

Promise: nothing a reader, a card or the kernel does ends this thread or gets out of it; `stop` ends it within a second;
a reader that comes back is used again without anybody's help. No busy loop: it waits for bytes or for the next round.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

from zhendao.readers.errors import ReaderError, ReaderGarbledError, ReaderGoneError, ReaderSlowError
from zhendao.readers.ladder import Ladder, Step
from zhendao.readers.reader import Reader
from zhendao.readers.rungs import Rungs
from zhendao.readers.taps import Taps
from zhendao.readers.upkeep import Task, Upkeep, UpkeepSettings
from zhendao.readers.values import Posting, ReaderState, RefusalReason

ROUND_S = 0.1
STOP_S = 1.0
NOBODY = "reader-not-heard"
"""Counted when `post` raised: the value is lost to whoever should have got it."""


Opener = Callable[[str, Callable[[Reader], None]], Reader]
"""Opens the reader at a port, and hands it to its second argument before it waits for anything."""


def boottime_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class ReaderThread:
    """Runs the reader on ``port`` and hands every value to ``post``, which must not block and is called on this thread.

    ``opener`` opens it; ``rungs`` says what else can be done to revive it. ``alive`` is called each time the thread
    comes round, sensing or looking for a reader that is not there: at least every 30 s.
    """

    def __init__(
        self,
        port: str,
        post: Callable[[Posting], None],
        opener: Opener,
        *,
        rungs: Rungs | None = None,
        upkeep: UpkeepSettings | None = None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._port = port
        self._post = post
        self._opener = opener
        self._alive = alive
        self._rungs = rungs or Rungs()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._ladder = Ladder()
        self._upkeep = Upkeep(upkeep or UpkeepSettings())
        self._taps = Taps(boottime_ns, self._tell)
        self._reported: str | None = None
        self._failures: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._run, name="zhendao-reader", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> bool:
        """End, and let go of the port; True when the thread has ended, which takes less than a second."""
        self._stop.set()
        with self._lock:
            if self._reader is not None:
                self._reader.cancel()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)
        return not self._thread.is_alive()

    @property
    def ended(self) -> bool:
        """Whether the thread is no more, or not yet begun."""
        return not self._thread.is_alive()

    def failures(self) -> dict[str, int]:
        """Return how often the reader failed since the start, by the code of the error."""
        with self._lock:
            return dict(self._failures)

    def _run(self) -> None:
        step = Step.REOPEN
        while not self._stop.is_set():
            self._alive()
            step = self._rounds() if step is Step.RETRY else self._climb(step)
        self._taps.give_up(RefusalReason.STOPPED)
        self._close()

    def _climb(self, step: Step) -> Step:
        """Take one step of the ladder that ends in an open reader, or in another step."""
        self._close()
        if step is Step.WAIT and self._stop.wait(self._ladder.wait_s()):
            return step
        try:
            self._rungs.take(step, self._stop.wait)
        except Exception as error:  # noqa: BLE001 - a rung that breaks is one that did not help
            self._count(self._named(error).code)
        try:
            self._opener(self._port, self._hold)
        except Exception as error:  # noqa: BLE001 - the promise: nothing gets out
            return self._not_opened(self._named(error))
        self._rungs.learn()
        self._upkeep.opened(boottime_ns())
        return Step.RETRY

    def _named(self, error: Exception) -> ReaderError:
        return error if isinstance(error, ReaderError) else ReaderGarbledError(self._port, type(error).__name__)

    def _hold(self, reader: Reader) -> None:
        """Take a reader that is about to be opened, so that `stop` reaches it."""
        with self._lock:
            self._reader = reader
            if self._stop.is_set():
                reader.cancel()

    def _not_opened(self, error: ReaderError) -> Step:
        self._count(error.code)
        step = self._ladder.not_opened(self._rungs.there())
        if step is Step.WAIT:
            self._report(error)
        return step

    def _rounds(self) -> Step:
        """Sense until told to stop, until a re-open is due or until the reader fails; return the next step."""
        reader = self._reader
        try:
            if reader is None:
                raise ReaderGoneError(self._port)  # noqa: TRY301 - one way out for every failure
            while not self._stop.is_set():
                self._alive()
                begin = time.monotonic()
                if self._look_after(reader):
                    return Step.REOPEN
                self._round(reader)
                self._stop.wait(max(0.0, ROUND_S - (time.monotonic() - begin)))
        except Exception as error:  # noqa: BLE001 - the promise: nothing gets out of this thread
            return self._failed(self._named(error))
        return Step.RETRY

    def _look_after(self, reader: Reader) -> bool:
        """Do the health check if it is due; return True if it is time to open the reader anew."""
        task = self._upkeep.due(boottime_ns(), self._taps.changed_ns)
        if task is Task.CHECK:
            reader.check()
        return task is Task.REOPEN

    def _round(self, reader: Reader) -> None:
        self._taps.round(reader)
        self._ladder.worked()
        self._report(None)
        took = self._taps.sensing_ns
        if self._upkeep.dragging(boottime_ns(), took):
            raise ReaderSlowError(self._port, took // 1_000_000)

    def _failed(self, error: ReaderError) -> Step:
        self._count(error.code)
        step = self._ladder.failed(self._rungs.there(), hopeless=error.hopeless)
        if step is Step.WAIT:
            self._report(error)
        return step

    def _report(self, error: ReaderError | None) -> None:
        """Post the reader's state, if it is another one than the last that was posted."""
        if self._stop.is_set():
            return
        reason = "" if error is None else error.code
        if reason != self._reported:
            self._reported = reason
            if error is not None:
                self._taps.give_up(RefusalReason.READER_FAILED)
            self._tell(ReaderState(error is None, reason, None if error is None else error.explained(), boottime_ns()))

    def _tell(self, posting: Posting) -> None:
        try:
            self._post(posting)
        except Exception:  # noqa: BLE001 - whoever listens may be gone already; the reader is not to blame
            self._count(NOBODY)

    def _count(self, code: str) -> None:
        if not self._stop.is_set():
            with self._lock:
                self._failures[code] += 1

    def _close(self) -> None:
        with self._lock:
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
