"""What one connection to the broker comes to: what is overdue, what to ask it, what it says, how its end counts. Pure.

Promise: one that does not greet in time, or says nothing after this machine's network has changed, is taken for dead;
nothing that the broker sends comes to more than a `Received`. Time is an argument: seconds of a clock that runs evenly.
"""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import TYPE_CHECKING

from zhendao.device.link.postings import Received
from zhendao.device.link.schedule import Ending
from zhendao.device.link.trying import End
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.link.trying import Attempt

REACH_S = 5.0
"""How long the broker's machine is knocked at before the attempt counts as failed."""
KNOCK_S = 1.0
"""One knock follows the other after so long."""
HELLO_S = 1.5
"""After a change of the network here the broker has so long to answer; else the connection is taken for dead."""
MOST_QUEUED = 64
"""Messages that are kept, sent and not confirmed; no more are taken."""
FLEET_TOPIC, FLEET_S = "$SYS/broker/clients/connected", 600.0
_TOO_BUSY = {136, 137, 151, 159}
"""Reasons to refuse a connection that pass by themselves: unavailable, busy, quota exceeded, rate exceeded."""


class Question(Enum):
    """What is to be asked of the broker now."""

    FLEET = auto()
    """How many share it."""


class Contact:
    """One connection. ``fleet_s``: how often it is asked how many share the broker."""

    def __init__(self, attempt: Attempt, fleet_s: float = FLEET_S) -> None:
        self._attempt, self._fleet_s = attempt, fleet_s
        self._greeted_by_s = math.inf
        self._hello: tuple[int, float] | None = None
        self._ask_fleet_at_s = 0.0 if attempt.asks else math.inf
        self._refused: tuple[Ending, str] | None = None
        self._silent = False
        self.up = self.greeted = self.over = self.returned = False
        """The broker lets us in now; it has let us in; it is to end now; the broker's machine answered late."""

    # -- on the way in

    def goes_in(self, took_s: float) -> bool:
        """Return whether to go in where somebody answered, ``took_s`` after the first knock."""
        self.returned = self._attempt.hesitates and took_s >= KNOCK_S
        return not self.returned

    def opened(self, now_s: float) -> None:
        """Note that the broker can greet from now on."""
        self._greeted_by_s = now_s + self._attempt.greet_s

    def admitted(self) -> None:
        """Note that the broker lets us in."""
        self.up = self.greeted = True

    def refused(self, reason: int, words: str) -> None:
        """Note that it does not, and its reason: the number that MQTT 5 gives it, and words for people."""
        self._refused = Ending.BUSY if reason in _TOO_BUSY else Ending.BARRED, words

    # -- while it lasts

    def due_s(self) -> float:
        """Return when `watch` is needed next; infinite, if never."""
        if not self.up:
            return self._greeted_by_s
        return self._ask_fleet_at_s if self._hello is None else min(self._ask_fleet_at_s, self._hello[1])

    def watch(self, now_s: float) -> Question | None:
        """End it where an answer is overdue; return what to ask."""
        if (not self.up and now_s >= self._greeted_by_s) or (self._hello is not None and now_s >= self._hello[1]):
            self.fell_silent()
        elif self.up and now_s >= self._ask_fleet_at_s:
            self._ask_fleet_at_s = now_s + self._fleet_s
            return Question.FLEET
        return None

    @property
    def may_greet(self) -> bool:
        """Whether the broker can be asked for a sign of life, and has not been."""
        return self.up and self._hello is None

    def hello(self, number: int, now_s: float) -> None:
        """Note that request ``number`` has gone out, whose answer is a sign of life."""
        self._hello = number, now_s + HELLO_S

    def answered(self, number: int) -> None:
        """Note the answer to request ``number``."""
        if self._hello is not None and self._hello[0] == number:
            self._hello = None

    def heard(self, topic: str, payload: bytes) -> Received | bytes | None:
        """Return what a message is: one to this terminal, how many share the broker (bytes), or nothing."""
        if topic == FLEET_TOPIC:
            return payload
        return Received(payload) if len(payload) <= MAX_DOWN_BYTES else None

    # -- its end

    def fell_silent(self) -> None:
        """End it: no answer has come that should have."""
        self._silent = self.over = True

    def drop(self) -> None:
        """End it, whatever is still to be written."""
        self.over = True

    def lost(self, detail: str) -> End:
        """Return how it has ended after `opened`; ``detail`` where nothing better is known."""
        self.up = False
        if self._refused is not None:
            ending, detail = self._refused
        elif self._silent or self.over:
            ending, detail = (Ending.SILENT if self.greeted else Ending.BUSY), "no answer"
        else:
            ending = Ending.ENDED if self.greeted else Ending.REFUSED
        why = Text(f"与消息代理的连接中断（{detail}）", f"the link to the broker is gone ({detail})")
        return End(ending, why, self.greeted)

    def failed(self, ending: Ending, why: Text, *, there: Callable[[], bool], clock_behind: bool = False) -> End:
        """Return how it has ended before `opened`; ``there``: has this machine a route to the broker's."""
        if self.returned:
            why = Text("消息代理又有应答，稍后接入", "the broker answers again; connecting soon")
            return End(Ending.RETURNED, why)
        if ending is Ending.SILENT and not there():
            ending = Ending.AWAY
        return End(ending, why, clock_behind=clock_behind)
