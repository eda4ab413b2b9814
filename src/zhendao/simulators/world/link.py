"""The terminal's end of the line in a world: `device.link`'s own attempts and judgement, over a simulated network.

Promise: what decides is the terminal's real code (`Trying`, `Contact`, `Fleet`); here is what paho and the kernel are
in a real one: connections, numbers of messages, the keepalive, and what a kill or a power cut leaves of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.link.contact import FLEET_TOPIC, KNOCK_S, MOST_QUEUED, REACH_S, Contact, Question
from zhendao.device.link.fleet import Fleet
from zhendao.device.link.postings import Confirmed, Down, LinkPosting, Received, Up
from zhendao.device.link.schedule import Ending
from zhendao.device.link.trying import End as Ended
from zhendao.device.link.trying import Trying
from zhendao.protocol.topics import Topic
from zhendao.protocol.wording import Text
from zhendao.simulators.world import packets
from zhendao.simulators.world.broker import BROKER
from zhendao.simulators.world.keepalive import Keepalive
from zhendao.simulators.world.network import Knock, Network
from zhendao.simulators.world.vain import Vain

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.link.trying import Attempt
    from zhendao.simulators.world.chance import Chance
    from zhendao.simulators.world.clockwork import Timer
    from zhendao.simulators.world.tcp import End

NS = 1_000_000_000
_MOST_MIDS = 65_535
_ROUNDED_NS = 1000
"""Seconds as floats are rounded: what is due must not be looked at before it is."""
_WHY = {
    Ending.AWAY: Text("本机没有网络", "this machine has no network"),
    Ending.SILENT: Text("无人应答", "nobody answers"),
    Ending.REFUSED: Text("连接被拒绝", "connection refused"),
    Ending.BARRED: Text("证书尚未生效", "the certificate is not yet valid"),
}


@dataclass(frozen=True, slots=True)
class LineSettings:
    """What one terminal's link is told. ``fleet_s``: how often it asks how many share the broker.

    ``wall_ms``: this machine's wall clock; ``valid_from_ms``: since when the broker's certificate is valid, UTC ms.
    ``knocked`` is told of each attempt as it begins; ``attempted`` as it fails (False), or as the broker lets it in
    (True). ``fleet`` makes what a run knows of how many share the broker, from what the box has kept. ``published`` is
    told of each batch taken.
    """

    tenant: str
    device: bytes
    keepalive_s: int = 15
    retry_s: float = 30.0
    fleet_s: float = 6 * 3600.0
    wall_ms: Callable[[], int] | None = None
    valid_from_ms: int = 0
    attempted: Callable[[bool], None] | None = None
    knocked: Callable[[], None] | None = None
    published: Callable[[bytes], None] | None = None
    fleet: Callable[[], Fleet] = Fleet


class TerminalLine:
    """The network of one box, at machine ``name``. It outlives the runs of the agent."""

    def __init__(self, network: Network, chance: Chance, name: str, settings: LineSettings) -> None:
        self._network, self._chance, self._name, self._settings = network, chance, name, settings
        self._link: TerminalLink | None = None
        self._runs = 0

    def link(
        self, post: Callable[[LinkPosting], None], state: Callable[[bool], bytes], alive: Callable[[], None]
    ) -> TerminalLink:
        """Make the link of a run: the port of `device.ports`."""
        self._runs += 1
        self._link = TerminalLink(
            self._network, self._chance.child(f"run {self._runs}"), self._name, self._settings, post, state, alive
        )
        return self._link

    def killed(self) -> None:
        """End the process's connections, as its kernel does."""
        if self._link is not None:
            self._link.end_here(close=True)
            self._link = None

    def power(self, on: bool) -> None:  # noqa: FBT001 - on or off is what there is
        """Give the machine power, or take it: nobody is told."""
        if not on and self._link is not None:
            self._link.end_here(close=False)
            self._link = None
        self._network.power(self._name, on=on)


class TerminalLink:
    """One run's link: the port `Link` of `device.ports`."""

    def __init__(
        self,
        network: Network,
        chance: Chance,
        name: str,
        settings: LineSettings,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        alive: Callable[[], None],
    ) -> None:
        self._network, self._clockwork, self._name, self._settings = network, network.clockwork, name, settings
        self._post, self._make_state, self._alive = post, state, alive
        self._up_topic, self._state_topic, self._down_topic = (
            str(Topic(settings.tenant, settings.device, channel)) for channel in ("up", "state", "down")
        )
        self._trying = Trying(chance.unit, settings.fleet(), settings.retry_s)
        self._vain = Vain(network, name, self._resume)
        self._contact: Contact | None = None
        self._end: End | None = None
        self._keepalive: Keepalive | None = None
        self._timer: Timer | None = None
        self._attempt = 0
        self._begun_s = 0.0
        self._mid = 0
        self._unconfirmed: dict[int, None] = {}
        self._over = False
        network.way(name).gained = self._gained

    # -- the port

    def start(self) -> None:
        """Begin to connect."""
        self._trying.begin(self._now_s())
        self._wait()

    def publish(self, message: bytes) -> int | None:
        """Send a batch; return the number by which `Confirmed` will name it, None where it is not taken."""
        mid = self._publish(self._up_topic, message, retain=False)
        if mid is not None and self._settings.published is not None:
            self._settings.published(message)
        return mid

    def drop(self) -> None:
        """End this connection."""
        if self._contact is not None and self._end is not None:
            self._contact.drop()
            self._soon()

    def refresh(self) -> None:
        """Publish the retained state again."""
        if self._contact is not None and self._contact.up:
            self._publish(self._state_topic, self._make_state(True), retain=True)  # noqa: FBT003 - "online?"

    def hurry(self) -> None:
        """Wait no longer than a moment between attempts."""
        if self._contact is None or not self._contact.up:
            asleep = self._vain.asleep
            self._vain.wake(self._trying)
            self._trying.hurry(self._now_s())
            if self._contact is None and (asleep or self._timer is not None):
                self._wait()

    def stop(self) -> None:
        """Say offline, and end."""
        if self._contact is not None and self._contact.up and self._end is not None:
            self._publish(self._state_topic, self._make_state(False), retain=True)  # noqa: FBT003 - "online?"
            self._end.send(packets.Disconnect())
        self.end_here(close=True)

    # -- for the line

    def end_here(self, *, close: bool) -> None:
        """Do nothing any more; ``close``: the kernel ends what is open."""
        self._over = True
        self._vain.forget()
        self._set(None)
        if self._keepalive is not None:
            self._keepalive.stop()
        if close and self._end is not None:
            self._end.close()
        self._contact = self._end = None

    # -- attempts

    def _try(self) -> None:
        attempt, settings = self._begin(self._now_s()), self._settings
        if settings.knocked is not None:
            settings.knocked()
        if attempt.timed and settings.wall_ms is not None and settings.wall_ms() < settings.valid_from_ms:
            self._failed(Ending.BARRED, clock_behind=True)
            return
        self._knock()

    def _begin(self, now_s: float) -> Attempt:
        self._set(None)
        self._alive()
        self._attempt += 1
        self._begun_s = now_s
        attempt = self._trying.attempt(now_s)
        self._contact = Contact(attempt, self._settings.fleet_s)
        return attempt

    def _knock(self) -> None:
        number = self._attempt
        self._network.connect(self._name, BROKER, lambda knock, end: self._knocked(number, knock, end))
        following_s = min(self._now_s() + KNOCK_S, self._begun_s + REACH_S)
        self._at(following_s, self._unanswered)

    def _unanswered(self) -> None:
        if self._now_s() < self._begun_s + REACH_S:
            self._knock()
        else:
            self._failed(Ending.SILENT)

    def _knocked(self, number: int, knock: Knock, end: End | None) -> None:
        contact, now_s = self._contact, self._now_s()
        if number != self._attempt or self._end is not None or contact is None:
            if end is not None:
                end.close()  # it came too late
            return
        if end is None:
            self._failed(Ending.AWAY if knock is Knock.AWAY else Ending.REFUSED)
        elif not contact.goes_in(now_s - self._begun_s):
            end.close()
            self._failed(Ending.SILENT)
        else:
            self._opened(contact, end)

    def _failed(self, ending: Ending, *, clock_behind: bool = False) -> None:
        contact = self._contact
        if contact is not None:
            there = not self._network.way(self._name).unrouted
            self._ended(contact.failed(ending, _WHY[ending], there=lambda: there, clock_behind=clock_behind))

    # -- a connection

    def _opened(self, contact: Contact, end: End) -> None:
        self._end = end
        self._unconfirmed.clear()
        contact.opened(self._now_s())
        end.heard, end.ended = self._heard, lambda: self._lost("ended")
        self._keepalive = Keepalive(
            self._clockwork, end, self._settings.keepalive_s * NS, self._fell_silent, client=True
        )
        will = self._state_topic, self._make_state(False)  # noqa: FBT003 - "online?"
        end.send(packets.Connect(self._settings.device.hex(), True, self._settings.keepalive_s * NS, will))  # noqa: FBT003 - a clean session
        self._soon()

    def _heard(self, packet: object) -> None:
        contact, end = self._contact, self._end
        if contact is None or end is None or self._keepalive is None:
            return
        self._keepalive.heard()
        match packet:
            case packets.ConnAck(code=0):
                self._subscribe(self._down_topic, 1)
                contact.admitted()
                self.refresh()
                self._trying.up()
                self._tell(ok=True)
                self._post(Up())
            case packets.ConnAck(code=code):
                contact.refused(136 if code == packets.UNAVAILABLE else 135, "refused")
                end.close()
                self._lost("refused")
            case packets.PubAck(mid=mid):
                self._unconfirmed.pop(mid, None)
                self._post(Confirmed(mid))
            case packets.SubAck(mid=mid):
                contact.answered(mid)
            case packets.Publish():
                self._message(contact, end, packet)
        self._soon()

    def _message(self, contact: Contact, end: End, packet: packets.Publish) -> None:
        if packet.qos:
            end.send(packets.PubAck(packet.mid))
        said = contact.heard(packet.topic, packet.payload)
        if isinstance(said, Received):
            self._post(said)
        elif said is not None:
            end.send(packets.Unsubscribe(self._next_mid(), FLEET_TOPIC))
            self._trying.fleet_said(said, self._now_s())

    def _watch(self) -> None:
        contact = self._contact
        if contact is None or self._end is None:
            return
        if contact.watch(self._now_s()) is Question.FLEET:
            self._subscribe(FLEET_TOPIC, 0)
        self._soon()

    def _soon(self) -> None:
        """Set the timer to what is due next, or end it where it is over."""
        contact = self._contact
        if contact is None or self._end is None:
            return
        if contact.over:
            self._lost("")
        else:
            self._at(contact.due_s(), self._watch)

    def _gained(self) -> None:
        """Hear from the kernel that this machine's network has come back or has changed."""
        contact = self._contact
        if self._over:
            return
        if contact is None:
            self._vain.wake(self._trying)
            self._trying.network_gained(self._now_s())
            self._wait()
        elif self._end is not None and contact.may_greet:
            contact.hello(self._subscribe(self._down_topic, 1), self._now_s())
            self._soon()

    def _fell_silent(self) -> None:
        if self._contact is not None:
            self._contact.fell_silent()
            self._lost("")

    def _lost(self, detail: str) -> None:
        contact = self._contact
        if contact is None or self._end is None:
            return
        if self._keepalive is not None:
            self._keepalive.stop()
        self._end.close()
        self._end = None
        self._ended(contact.lost(detail))

    def _ended(self, end: Ended) -> None:
        """Take in that the attempt, or the link that it led to, has ended."""
        self._contact = None
        if not end.greeted:
            self._tell(ok=False)
        self._post(Down(end.why))
        self._trying.ended(end, self._now_s())
        if not self._vain.ended(end):
            self._wait()

    def _resume(self) -> None:
        """Take in that somebody may be reached again, after attempts in vain that were left out."""
        self._vain.wake(self._trying)
        begun_s, now_s = self._trying.due_s, self._now_s()
        if begun_s >= now_s:
            self._wait()
        else:  # it is knocking, once a second
            self._begin(begun_s)
            self._at(begun_s + math.ceil((now_s - begun_s) / KNOCK_S) * KNOCK_S, self._unanswered)

    def _tell(self, *, ok: bool) -> None:
        if self._settings.attempted is not None:
            self._settings.attempted(ok)

    # -- what paho does

    def _publish(self, topic: str, message: bytes, *, retain: bool) -> int | None:
        contact, end = self._contact, self._end
        if contact is None or end is None or not contact.up or len(self._unconfirmed) >= MOST_QUEUED:
            return None
        mid = self._next_mid()
        self._unconfirmed[mid] = None
        end.send(packets.Publish(topic, message, 1, mid, retain))
        return mid

    def _subscribe(self, filter_: str, qos: int) -> int:
        mid = self._next_mid()
        if self._end is not None:
            self._end.send(packets.Subscribe(mid, ((filter_, qos),)))
        return mid

    def _next_mid(self) -> int:
        self._mid = self._mid % _MOST_MIDS + 1
        return self._mid

    # -- time

    def _now_s(self) -> float:
        return self._clockwork.now_ns / NS

    def _wait(self) -> None:
        if not self._over:
            self._at(self._trying.due_s, self._try)

    def _at(self, when_s: float, do: Callable[[], None]) -> None:
        self._set(None)
        if when_s < math.inf:
            self._set(self._clockwork.at(int(when_s * NS) + _ROUNDED_NS, do))

    def _set(self, timer: Timer | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer
