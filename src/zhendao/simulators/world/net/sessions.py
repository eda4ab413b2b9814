"""What a broker keeps of its clients: what they want, what waits for them, what they have not acknowledged.

Promise: a persistent session gets every message of QoS 1 in order, and again (dup) after a reconnect what it has not
acknowledged. What a broker that is killed still knows is what it had saved last; to find that out nothing is saved, but
what has been done since is remembered for as long as it may matter.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.simulators.world.net.packets import Publish

if TYPE_CHECKING:
    from collections.abc import Callable

SAVED_NS = 30_000_000_000
"""A broker saves what it keeps so often."""
MOST_UNDER_WAY = 1000
"""Messages sent to a client and not acknowledged; the rest waits."""
_MOST_MIDS = 65_535


@dataclass(slots=True, eq=False)
class Kept:
    """A message for one client, since ``since_ns``; ``done_ns``: it has been acknowledged."""

    topic: str
    payload: bytes
    retain: bool
    since_ns: int
    mid: int = 0
    sent: bool = False
    done_ns: int | None = None


@dataclass(slots=True, eq=False)
class Session:
    """One client's. ``most_queued``: what comes beyond is lost silently; 0: no bound."""

    client: str
    clean: bool
    since_ns: int
    most_queued: int = 0
    filters: dict[str, int] = field(default_factory=dict)
    send: Callable[[Publish], None] | None = None
    """Sends to the client; None while it is not connected."""
    lost: int = 0
    _waiting: deque[Kept] = field(default_factory=deque)
    _under_way: dict[int, Kept] = field(default_factory=dict)
    _done: deque[Kept] = field(default_factory=deque)
    _mid: int = 0

    @property
    def queued(self) -> int:
        """How many messages are kept for it."""
        return len(self._waiting) + len(self._under_way)

    def put(self, topic: str, payload: bytes, qos: int, now_ns: int, *, retain: bool = False) -> None:
        """Take in a message. Of QoS 0 nothing is kept: it goes out at once or is lost."""
        if qos == 0:
            if self.send is not None:
                self.send(Publish(topic, payload, retain=retain))
            return
        if self.send is None and self.clean:
            return
        if self.most_queued and self.queued >= self.most_queued:
            self.lost += 1
            return
        self._waiting.append(Kept(topic, payload, retain, now_ns))
        self._pump()

    def acknowledged(self, mid: int, now_ns: int) -> None:
        """Take in the client's receipt."""
        kept = self._under_way.pop(mid, None)
        if kept is not None:
            kept.done_ns = now_ns
            self._done.append(kept)
            while self._done[0].done_ns is not None and self._done[0].done_ns < now_ns - SAVED_NS:
                self._done.popleft()
        self._pump()

    def attach(self, send: Callable[[Publish], None]) -> None:
        """Begin to send: first again what was not acknowledged, in its order."""
        again, self._under_way = self._under_way, {}
        self._waiting.extendleft(reversed(again.values()))
        self.send = send
        self._pump()

    def detach(self) -> None:
        """Send nothing more; what is kept waits."""
        self.send = None

    def as_saved(self, saved_ns: int) -> bool:
        """Become again what it was at ``saved_ns``; return whether it was there at all."""
        if self.since_ns > saved_ns:
            return False
        known = [one for one in (*self._done, *self._under_way.values(), *self._waiting) if one.since_ns <= saved_ns]
        for one in known:
            if one.done_ns is not None and one.done_ns > saved_ns:
                one.done_ns = None
        self._done.clear()
        self._under_way.clear()
        # the order of arrival: what was acknowledged in between comes again before what was not
        self._waiting = deque(sorted((one for one in known if one.done_ns is None), key=lambda one: one.since_ns))
        return True

    def _pump(self) -> None:
        while self.send is not None and self._waiting and len(self._under_way) < MOST_UNDER_WAY:
            kept = self._waiting.popleft()
            while not kept.mid or kept.mid in self._under_way:
                self._mid = kept.mid = self._mid % _MOST_MIDS + 1
            self._under_way[kept.mid] = kept
            dup, kept.sent = kept.sent, True
            self.send(Publish(kept.topic, kept.payload, 1, kept.mid, kept.retain, dup))


class Wants:
    """Who wants which messages. A filter without a + or # is looked up; the few with one are tried."""

    def __init__(self) -> None:
        self._exact: dict[str, list[Session]] = {}
        self._wild: list[tuple[str, Session]] = []
        self._tried: dict[str, list[tuple[str, Session]]] = {}

    def add(self, filter_: str, qos: int, session: Session) -> None:
        """Note that ``session`` wants what ``filter_`` names."""
        self.remove(filter_, session)
        session.filters[filter_] = qos
        if "+" in filter_ or "#" in filter_:
            self._wild.append((filter_, session))
            self._tried.clear()
        else:
            self._exact.setdefault(filter_, []).append(session)

    def remove(self, filter_: str, session: Session) -> None:
        """Note that it does not want it."""
        session.filters.pop(filter_, None)
        if filter_ in self._exact:
            self._exact[filter_] = [one for one in self._exact[filter_] if one is not session]
            if not self._exact[filter_]:
                del self._exact[filter_]
        elif any(one is session for _, one in self._wild):
            self._wild = [one for one in self._wild if one != (filter_, session)]
            self._tried.clear()

    def forget(self, session: Session) -> None:
        """Note that ``session`` is no more."""
        for filter_ in list(session.filters):
            self.remove(filter_, session)

    def of(self, topic: str) -> dict[Session, int]:
        """Return who wants a message to ``topic``, and with which QoS at most."""
        wild = self._tried.get(topic)
        if wild is None:
            wild = self._tried[topic] = [one for one in self._wild if matches(one[0], topic)]
        found = {one: one.filters[topic] for one in self._exact.get(topic, ())}
        for filter_, session in wild:
            found[session] = max(session.filters[filter_], found.get(session, 0))
        return found


def matches(filter_: str, topic: str) -> bool:
    """Return whether ``filter_`` (with + and a # at its end) names ``topic``."""
    wanted, levels = filter_.split("/"), topic.split("/")
    if topic.startswith("$") != filter_.startswith("$"):
        return False
    for number, one in enumerate(wanted):
        if one == "#":
            return True
        if number >= len(levels) or one not in {"+", levels[number]}:
            return False
    return len(wanted) == len(levels)
