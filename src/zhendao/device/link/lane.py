"""The calls' own way to the gateway: a batch with a call goes to `…/sos` first, and to `…/up` too where that is slow.

Pure; docs/protocol.md section 6. Promise: no broker keeps a call from the gateway by not knowing this way. One that
takes and drops it (older rights) costs a moment once in each link: afterwards both ways are taken at once. One that
ends the link over it is given the call on `…/up` first, and after two such links on `…/sos` only when that is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.topics import Channel

AGAIN_NS = 2_000_000_000
"""So long the first way has, before the second is taken too; half of it on a link that is new."""
NEW_NS = 5_000_000_000
"""So long a link is new: a broker that was away may have forgotten what its gateway, not yet back, listens to."""
DOUBTED_NS = 3600 * 1_000_000_000
"""So long a broker is doubted that ended a link with a call under way; the next link after that asks it again."""
_MOST_DOUBTS, _DOUBTED_TIMES = 2, 10


@dataclass(slots=True)
class _Call:
    """A message under way: where it has not been sent yet, and when it is to be; where it has been sent."""

    message: bytes
    other: Channel | None
    due_ns: int
    sent: set[Channel]


@dataclass(frozen=True, slots=True)
class Again:
    """Send ``message``, known by ``digest``, on ``channel`` too."""

    digest: bytes
    message: bytes
    channel: Channel


class CallLane:
    """What is under way of calls, and what is known of the broker's `…/sos`; ``again_ns`` is `AGAIN_NS`."""

    def __init__(self, again_ns: int = AGAIN_NS) -> None:
        self._again_ns = again_ns
        self._calls: dict[bytes, _Call] = {}
        self._slow = False
        self._doubts = 0
        self._doubted_ns = self._new_until_ns = 0

    def connected(self, now_ns: int) -> None:
        """Note that a link has begun; what was under way is sent anew."""
        self._new_until_ns = now_ns + NEW_NS
        if now_ns - self._doubted_ns >= DOUBTED_NS:
            self._doubts = 0
        self._calls.clear()
        self._slow = False

    def disconnected(self, now_ns: int) -> None:
        """Note that the link is gone; perhaps because of a call on `…/sos`, receipt or not (Mosquitto gives one)."""
        if any("sos" in one.sent for one in self._calls.values()):
            self._doubts, self._doubted_ns = min(_MOST_DOUBTS, self._doubts + 1), now_ns
        self._calls.clear()

    def channels(self) -> tuple[Channel, ...]:
        """Return where a call goes now."""
        if self._doubts:
            return ("up",)
        return ("sos", "up") if self._slow else ("sos",)

    def sent(self, digest: bytes, message: bytes, now_ns: int) -> None:
        """Note that a call has gone out on all of `channels`."""
        first = self.channels()
        other: Channel | None = None
        if first == ("sos",):
            other = "up"
        elif first == ("up",):
            other = "sos"
        wait_ns = self._again_ns // (2 if now_ns < self._new_until_ns else 1)
        wait_ns *= _DOUBTED_TIMES if self._doubts == _MOST_DOUBTS else 1
        self._calls[digest] = _Call(message, other, now_ns + wait_ns, set(first))

    def again(self, now_ns: int, under_way: Callable[[bytes], bool]) -> Again | None:
        """Return what is to go out on its other way now; ``under_way`` tells of a digest whether it is unanswered."""
        for digest, call in list(self._calls.items()):
            if not under_way(digest):
                del self._calls[digest]
            elif call.other is not None and call.due_ns <= now_ns:
                return Again(digest, call.message, call.other)
        return None

    def sent_again(self, again: Again) -> None:
        """Note that it has gone out."""
        call = self._calls[again.digest]
        self._slow |= again.channel == "up"
        call.other = None
        call.sent.add(again.channel)

    def answered(self, under_way: Callable[[bytes], bool]) -> None:
        """Note that the gateway has answered something."""
        for digest in [one for one in self._calls if not under_way(one)]:
            call = self._calls.pop(digest)
            if call.other == "up":
                self._slow = False

    def due_ns(self) -> int | None:
        """Return when `again` may have something, None if never."""
        return min((one.due_ns for one in self._calls.values() if one.other is not None), default=None)
