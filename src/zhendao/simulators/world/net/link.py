"""The terminal's end of the line in a world: `device.link`'s own attempts and judgement, over a simulated network.

Promise: what decides is the terminal's real code (`Trying`, `Contact`, `Fleet`); here is what paho and the kernel are
in a real one: connections, numbers of messages, the keepalive, and what a kill or a power cut leaves of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zhendao.device.link.contact import FLEET_TOPIC, KNOCK_S, REACH_S, Contact, Question
from zhendao.device.link.postings import Confirmed, Down, LinkPosting, Received, Up
from zhendao.device.link.schedule import Ending
from zhendao.device.link.trying import End as Ended
from zhendao.device.link.trying import Trying
from zhendao.protocol.topics import Channel, Topic
from zhendao.simulators.world.net import packets
from zhendao.simulators.world.net.broker import BROKER
from zhendao.simulators.world.net.network import Knock, Network
from zhendao.simulators.world.net.vain import Vain
from zhendao.simulators.world.net.wire import REFUSED, WHY, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Timer
    from zhendao.simulators.world.net.line import Inside, LineSettings
    from zhendao.simulators.world.net.tcp import End

NS = 1_000_000_000
_CHANNELS: tuple[Channel, ...] = ("up", "sos", "state", "down")
_ROUNDED_NS = 1000  # seconds as floats are rounded: what is due must not be looked at before it is


class TerminalLink:
    """One run's link: the port `Link` of `device.ports`."""

    def __init__(
        self,
        network: Network,
        chance: Chance,
        name: str,
        settings: LineSettings,
        box: Inside,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        alive: Callable[[], None],
    ) -> None:
        self._network, self._clockwork, self._name, self._settings = network, network.clockwork, name, settings
        self._post, self._make_state, self._alive, self._box = post, state, alive, box
        self._topics = {one: str(Topic(settings.tenant, settings.device, one)) for one in _CHANNELS}
        self._trying = Trying(chance.unit, box.fleet, settings.retry_s)
        self._vain = Vain(network, name, self._resume)
        self._contact: Contact | None = None
        self._wire: Wire | None = None
        self._timer: Timer | None = None
        self._attempt, self._begun_s = 0, 0.0
        self._over = self._timed = False
        network.way(name).gained = self._gained

    # -- the port

    def start(self) -> None:
        """Begin to connect."""
        self._trying.begin(self._now_s())
        self._wait()

    def publish(self, message: bytes, channel: Channel = "up") -> int | None:
        """Send a batch; return its number for `Confirmed`, None where it is not taken."""
        if self._wire is None or self._contact is None or not self._contact.up:
            return None
        mid = self._wire.publish(self._topics[channel], message)
        if mid is not None and self._settings.published is not None:
            self._settings.published(message)
        return mid

    def drop(self) -> None:
        """End this connection."""
        if self._contact is not None and self._wire is not None:
            self._contact.drop()
            self._soon()

    def ask(self, _message: bytes) -> bool:
        """Take no question: no card in a world is authenticated live."""
        return False

    def refresh(self) -> None:
        """Publish the retained state again."""
        self._say(online=True)

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
        self._say(online=False)
        if self._wire is not None:
            self._wire.disconnect()
        self.end_here(close=True)

    # -- for the line

    def end_here(self, *, close: bool) -> None:
        """Do nothing any more; ``close``: the kernel ends what is open."""
        self._over = True
        self._vain.forget()
        self._set(None)
        if self._wire is not None:
            self._wire.leave(close=close)
        self._contact = self._wire = None

    # -- attempts

    def _try(self) -> None:
        self._begin(self._now_s())
        if self._settings.knocked is not None:
            self._settings.knocked()
        self._knock()

    def _begin(self, now_s: float) -> None:
        self._set(None)
        self._alive()
        self._attempt += 1
        self._begun_s = now_s
        attempt = self._trying.attempt(now_s)
        self._contact = Contact(attempt, self._settings.fleet_s)
        self._timed = attempt.timed

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
        if number != self._attempt or self._wire is not None or contact is None:
            if end is not None:
                end.close()  # it came too late
            return
        if end is None:
            self._failed(Ending.AWAY if knock is Knock.AWAY else Ending.REFUSED)
        elif not contact.goes_in(now_s - self._begun_s):
            end.close()
            self._failed(Ending.SILENT)
        elif self._timed and self._box.wall_ms() < self._settings.valid_from_ms:
            end.close()
            self._failed(Ending.BARRED, clock_behind=True)
        else:
            self._opened(contact, end)

    def _failed(self, ending: Ending, *, clock_behind: bool = False) -> None:
        contact = self._contact
        if contact is not None:
            there = not self._network.way(self._name).unrouted
            self._ended(contact.failed(ending, WHY[ending], there=lambda: there, clock_behind=clock_behind))

    # -- a connection

    def _opened(self, contact: Contact, end: End) -> None:
        settings = self._settings
        contact.opened(self._now_s())
        end.heard, end.ended = self._heard, lambda: self._lost("ended")
        self._wire = Wire(self._clockwork, end, settings.device.hex(), settings.keepalive_s, self._fell_silent)
        self._wire.connect((self._topics["state"], self._make_state(False)))  # noqa: FBT003 - "online?"
        self._soon()

    def _heard(self, packet: object) -> None:
        contact, wire = self._contact, self._wire
        if contact is None or wire is None:
            return
        wire.heard(packet)
        match packet:
            case packets.ConnAck(code=0):
                wire.subscribe(self._topics["down"], 1)
                contact.admitted()
                self.refresh()
                self._trying.up()
                self._tell(ok=True)
                self._post(Up())
            case packets.ConnAck(code=code):
                contact.refused(*REFUSED[code])
                self._lost("refused")
            case packets.PubAck(mid=mid):
                self._post(Confirmed(mid))
            case packets.SubAck(mid=mid):
                contact.answered(mid)
            case packets.Publish(topic=topic, payload=payload):
                said = contact.heard(topic, payload)
                if isinstance(said, Received):
                    self._post(said)
                elif said is not None:
                    wire.unsubscribe(FLEET_TOPIC)
                    self._box.do(lambda: self._trying.fleet_said(said, self._now_s()))
        self._soon()

    def _say(self, *, online: bool) -> None:
        if self._wire is not None and self._contact is not None and self._contact.up:
            self._wire.publish(self._topics["state"], self._make_state(online), retain=True)

    def _watch(self) -> None:
        contact = self._contact
        if contact is None or self._wire is None:
            return
        if contact.watch(self._now_s()) is Question.FLEET:
            self._wire.subscribe(FLEET_TOPIC, 0)
        self._soon()

    def _soon(self) -> None:
        """Set the timer to what is due next, or end it."""
        contact = self._contact
        if contact is None or self._wire is None:
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
        elif self._wire is not None and contact.may_greet:
            contact.hello(self._wire.subscribe(self._topics["down"], 1), self._now_s())
            self._soon()

    def _fell_silent(self) -> None:
        if self._contact is not None:
            self._contact.fell_silent()
            self._lost("")

    def _lost(self, detail: str) -> None:
        contact = self._contact
        if contact is None or self._wire is None:
            return
        self._wire.leave()
        self._wire = None
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
