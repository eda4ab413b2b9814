"""Which presses become an event: at once, or after the gap. Pure; time is an argument.

Promise: the last press counts, whatever came before it. Presses that follow each other within the gap are one event:
no hand, and no contact that chatters, fills the journal; beyond `OFTEN` events about one visit the gap is a minute.
Which button it was decides nothing here: whoever presses another one learns nothing of what was pressed before.
"""

from __future__ import annotations

from dataclasses import dataclass

OFTEN = 12
"""After so many events about one visit there is one in a minute, at most."""
SLOW_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Press:
    """Button 1 to 3, pressed at ``ns``, about a visit."""

    button: int
    ns: int
    about: int | None


class Presses:
    """The presses of one terminal. ``gap_ns``: how long after an event the next may follow."""

    def __init__(self, gap_ns: int) -> None:
        self._gap_ns = gap_ns
        self._last: Press | None = None
        self._count = 0
        self._pending: Press | None = None

    @property
    def last(self) -> Press | None:
        """The press that was recorded last."""
        return self._last

    def press(self, one: Press) -> bool:
        """Take in a press; return whether it is to be recorded now, else it waits. `recorded` must follow then."""
        last = self._last
        wait = last is not None and one.ns < self._open_ns(last, one.about)
        self._pending = one if wait else None
        return not wait

    def tick(self, now_ns: int) -> Press | None:
        """Return the press that waited and is to be recorded now."""
        due_ns, one = self.due_ns(), self._pending
        if due_ns is None or now_ns < due_ns:
            return None
        self._pending = None
        return one

    def due_ns(self) -> int | None:
        """Return when `tick` has something to do."""
        one, last = self._pending, self._last
        return None if one is None or last is None else self._open_ns(last, one.about)

    def take_waiting(self) -> Press | None:
        """Return the press that waits, which is to be recorded with something else now."""
        one, self._pending = self._pending, None
        return one

    def recorded(self, one: Press, now_ns: int) -> None:
        """Take in that ``one`` is in the journal since ``now_ns``."""
        last = self._last
        self._count = self._count + 1 if last is not None and last.about == one.about else 1
        self._last = Press(one.button, now_ns, one.about)

    def _open_ns(self, last: Press, about: int | None) -> int:
        often = self._count >= OFTEN and last.about == about
        return last.ns + (max(self._gap_ns, SLOW_NS) if often else self._gap_ns)
