"""The one thread that owns a reader: takes its turns one after another, and waits as long as each of them says.

Promise: nothing a reader, a card or the kernel does ends this thread or gets out of it; `stop` ends it within a second.
No busy loop: it waits for bytes or for the next round. What a turn is stands in `turns`.
"""

import threading
import time
from collections.abc import Callable

from zhendao.readers.challenger import NO_CHALLENGES, Challenger
from zhendao.readers.rungs import Rungs
from zhendao.readers.turns import Opener, Turns
from zhendao.readers.upkeep import UpkeepSettings
from zhendao.readers.values import Posting

STOP_S = 1.0


def boottime_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class ReaderThread:
    """Runs the reader on ``port`` and hands every value to ``post``, which must not block and is called on this thread.

    ``opener`` opens it; ``rungs`` says what else can be done to revive it. ``alive`` is called each time the thread
    comes round, sensing or looking for a reader that is not there: at least every 30 s. ``challenger`` is asked, on
    this thread too, for what a card is asked.
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
        challenger: Challenger = NO_CHALLENGES,
    ) -> None:
        self._alive = alive
        self._stop = threading.Event()
        self._turns = Turns(
            *(port, post, opener, boottime_ns, self._stop.wait),
            *(rungs or Rungs(), upkeep or UpkeepSettings(), challenger),
        )
        self._thread = threading.Thread(target=self._run, name="zhendao-reader", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> bool:
        """End, and let go of the port; True when the thread has ended, which takes less than a second."""
        self._stop.set()
        self._turns.cancel()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)
        return not self._thread.is_alive()

    @property
    def ended(self) -> bool:
        """Whether the thread is no more, or not yet begun."""
        return not self._thread.is_alive()

    def failures(self) -> dict[str, int]:
        """Return how often the reader failed since the start, by the code of the error."""
        return self._turns.failures()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._alive()
            self._stop.wait(self._turns.turn())
        self._turns.end()
