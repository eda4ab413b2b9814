"""What is done to the journal beside the work: what may go goes, and what stays is looked at again.

Promise: retention goes by number and by size, never by date, and takes nothing that the gateway does not have. Every
event is hashed again once a day, some at a time, so that neither start nor tap waits for it. On the journal's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.device.journal.recorder import Recorder
    from zhendao.device.journal.store import Journal

CHECKED_AT_ONCE = 256
"""So many events are hashed again in one turn of the patrol."""
PATROL_NS = 24 * 3600 * 1_000_000_000
"""So long after it came to the end the patrol begins again."""
_LEAST_SLACK = 64


class Upkeep:
    """Looks after one journal: ``keep_events`` of what the gateway has stay, up to ``keep_bytes`` of the file."""

    def __init__(self, journal: Journal, recorder: Recorder, keep_events: int, keep_bytes: int) -> None:
        self._journal, self._recorder = journal, recorder
        self._keep_events, self._keep_bytes = keep_events, keep_bytes
        self._at, self._rests_until_ns = 0, 0

    def retain(self, keep_start: int) -> int:
        """Drop what may go; return how many events went. Raises `JournalError`, `sqlite3.Error`.

        Only when there is a sixteenth more than is kept: pages are worth writing for many. The `boot` event
        ``keep_start`` of this process stays.
        """
        journal, keep = self._journal, self._keep_events
        slack = max(_LEAST_SLACK, keep // 16)
        held = journal.epochs()
        if journal.used_bytes() <= self._keep_bytes and all(one.last - one.first < keep + slack for one in held):
            return 0
        self._recorder.pay()
        gone = self._prune(keep, keep_start)
        while journal.used_bytes() > self._keep_bytes and keep:
            keep //= 2
            gone += self._prune(keep, keep_start)
        return gone

    def patrol(self, now_ns: int) -> None:
        """Hash some events again, the next ones each time, until all have had their turn; then rest for a day.

        Raises `JournalDamagedError`, `sqlite3.Error`; the rest begins then, too.
        """
        if now_ns < self._rests_until_ns:
            return
        at, self._at = self._at, 0
        try:
            self._at = self._journal.check(at, CHECKED_AT_ONCE) or 0
        finally:
            if not self._at:
                self._rests_until_ns = now_ns + PATROL_NS

    def _prune(self, keep: int, keep_start: int) -> int:
        return sum(self._journal.prune(one.epoch, keep, keep_start) for one in self._journal.epochs())
