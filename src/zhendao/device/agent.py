"""The agent: one event loop that joins the parts of a terminal; the world is behind `ports`.

Promise: what blocks (reader, receiver, journal, link) posts values and nothing else; `stop` ends it within five seconds
with everything written; what one part meets (a dead reader, a broker gone, a full disk) is told and stops no other.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import zhendao
from zhendao.device import config, telling
from zhendao.device.attending import Around
from zhendao.device.blocklist.hand import BlocklistHand
from zhendao.device.care.alive import Pulse
from zhendao.device.caretaker import Caretaker, Parts, reader_state
from zhendao.device.challenger import Challenger
from zhendao.device.desk import Desk
from zhendao.device.doorfile import DoorFile
from zhendao.device.errors import JournalError
from zhendao.device.hearing import Hearing
from zhendao.device.home_watch import HomeWatch
from zhendao.device.identity.renewing import taker
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.device.link.postings import Confirmed, Down, Received, Up
from zhendao.device.link.uplink import Uplink
from zhendao.device.live import LiveRelay
from zhendao.device.people import People
from zhendao.device.reading import ReadingHand
from zhendao.device.receiver_desk import ReceiverDesk
from zhendao.device.scribe import Scribe
from zhendao.device.shipping import Shipping
from zhendao.device.tap_queue import TapQueue
from zhendao.device.taps.session import Session
from zhendao.device.timekeeper import seconds_until, timekeeper
from zhendao.device.together import spoken, until
from zhendao.device.watching import Standing
from zhendao.protocol.bodies import Check, Clock, Meal, Undo
from zhendao.protocol.command import BLOCKLIST
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from zhendao.device.attending import Rows
    from zhendao.device.feedback.given import Feedback
    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.link.postings import LinkPosting
    from zhendao.device.notices import Notices
    from zhendao.device.ports import Ports
    from zhendao.device.reading import Reading
    from zhendao.device.scribe import Changes
    from zhendao.protocol.bodies import Body

SOFTWARE = f"zhendao {zhendao.__version__}"


class Agent:
    """One run of a terminal on the loop that runs it. Whatever it knows of the world comes through ``ports``."""

    def __init__(
        self, settings: config.DeviceSettings, who: Identity, ports: Ports, feedback: Feedback, notices: Notices
    ) -> None:
        self._settings, self._who, self._feedback, self._notices = settings, who, feedback, notices
        self._ports, self._folder = ports, ports.folder()
        self._time = timekeeper(ports.clock, settings, self._folder, notices)
        self._scribe = Scribe(who, settings.journal.keep_events, settings.journal.keep_mib << 20)
        self._uplink = Uplink(config.uplink_settings(settings.uplink), ports.chance)
        self._link_lives = Pulse()
        self._link = ports.link(self._posted(self._link_said), self._state, self._link_lives.beat)
        self._shipping = Shipping(
            *(who, self._scribe, self._uplink, feedback),
            *(self._link.publish, self._link.drop, self._time.stamp),
            *(ports.clock, notices),
        )
        self._shipping.on_new_epoch, self._shipping.on_answer = self._new_epoch, self._time.answered
        self._blocklist = BlocklistHand(who, self._folder, self._scribe.also, self._keep, notices)
        self._shipping.on_command[BLOCKLIST] = self._blocklist.ordered
        if ports.renew is not None:
            self._shipping.on_later_answer = taker(ports.renew, notices, ports.clock.mono_ns, self.begin_anew)
        self._started_ns = ports.clock.mono_ns()
        self._session = Session(
            who.device, config.session_settings(settings.session, who, settings.meals), self._started_ns
        )
        doors = DoorFile(who.own_door, self._folder, self._scribe.also)
        live = LiveRelay(who, self._scribe, self._link, settings.nfc.live_ms)
        self._shipping.on_live = live.answered
        self._challenger = Challenger(who, self._scribe, self._shipping, ports.entropy, doors.door, live)
        home = (settings.home, self._folder, self._scribe.also, self._keep, notices)
        self._home = HomeWatch(who, *home, self._blocklist.look)
        desk = (who, self._session, self._time, feedback, notices)
        self._desk = Desk(*desk, self._home.keep, self._blocklist.blocked, doors)
        around = (settings, who, ports.clock, self._folder, self._time, self._session, feedback, notices, self._scribe)
        self._people = People(Around(*around, self._keep), ports.lines)
        self._people.meet(self._desk)
        self._shipping.on_command |= self._people.commands()
        self._shipping.on_committed = self._people.settled
        self._gnss = ReceiverDesk(settings.gnss, ports.receiver, self._time, notices)
        self._taps = TapQueue(self._desk, self._shipping.counters, ports.clock)
        self._reading = ReadingHand(self._reader)
        self._care = Caretaker(
            *(settings, ports.machine, ports.rest, self._scribe, self._time, notices),
            *(SOFTWARE, self._keep, self._state_of_parts, self._home.look),
        )
        self._wake = asyncio.Event()
        self._hearing = Hearing(self._shipping, notices, self._wake.set)
        self._stop = asyncio.Event()
        self._linked = self._up = self.anew = False
        self._unacknowledged = 0
        self._loop: asyncio.AbstractEventLoop

    def stop(self) -> None:
        """End soon, with everything written. On the loop."""
        self._stop.set()

    def begin_anew(self) -> None:
        """End soon, to be begun anew: whom this terminal believes has changed. On the loop."""
        self.anew = True
        self._stop.set()

    async def run(self) -> None:
        """Work until `stop`. Raises `DeviceError` if it cannot begin."""
        self._loop = asyncio.get_running_loop()
        try:
            self._uplink.load(await self._scribe.open(self._open))
            await self._begin()
            self._reading.start()
            try:
                self._gnss.start(self._posted(self._gnss.take))
                await until(self._stop, self._parts())
            finally:
                self._reading.stop()
                await self._taps.finish()
        finally:
            self._gnss.stop()
            await self._close()

    # -- beginning and end

    def _open(self) -> tuple[Journal, Recorder]:
        journal = Journal(self._folder, self._who.suite, self._who.device, lambda: self._ports.clock.wall_ms() // 1000)
        return journal, Recorder(journal, self._who, SOFTWARE, self._ports.entropy, self._blocklist.version)

    def _reader(self, alive: Callable[[], None]) -> Reading:
        return self._ports.reader(self._posted(self._people.watch(self._taps.said)), alive, self._challenger)

    async def _begin(self) -> None:
        self._time.observe()
        stamp = self._time.stamp()
        self._session.restore(await self._scribe.visits(stamp))
        try:
            self._note(await self._scribe.begin(stamp), signalled=False)
        except JournalError as error:
            self._notices.say("journal", error.what)
        await self._people.begin()

    async def _close(self) -> None:
        if self._linked:
            await asyncio.to_thread(self._link.stop)
        try:
            await self._scribe.close()
        except ZhendaoError as error:
            self._notices.say("journal", error.what)
        finally:
            self._feedback.close()
            self._folder.close()

    # -- what the threads say, on the loop

    def _posted(self, take: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return what any thread may call so that ``take`` is called on the loop."""

        def post(posting: object) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(take, posting)

        return post

    def _link_said(self, posting: LinkPosting) -> None:
        match posting:
            case Up():
                self._notices.say("link", Text("已连上消息代理", "connected to the broker"))
                self._up = True
                self._shipping.up()
                self._people.linked(up=True)
            case Down():
                self._notices.say("link", posting.why)
                self._up = False
                self._shipping.down()
                self._people.linked(up=False)
                if self._uplink.urgent:
                    self._link.hurry()
            case Confirmed():
                self._shipping.confirmed(posting.mid)
            case Received():
                self._hearing.said(posting.message)
        self._wake.set()

    # -- the parts

    def _parts(self) -> tuple[Coroutine[None, None, None], ...]:
        found = [
            self._taps.serve(),
            self._ship(),
            self._hearing.serve(),
            self._care.run(),
            *self._people.parts(self._posted),
        ]
        if (watch := self._ports.watch) is not None:
            watched = self._reading, self._scribe.answer, self._taps, self._link_lives
            found.append(watch.run(*watched, self._standing))
        if self._ports.speak is not None:
            found.append(spoken(self._ports.speak, self._facts, self._notices))
        return tuple(found)

    def _facts(self) -> dict[str, Any]:
        return telling.facts(
            *(self._who, SOFTWARE, self._started_ns, self._state_of_parts(), self._time.stamp()),
            *(self._scribe, self._notices, self._waiting()),
            linked=self._up,
        )

    def _waiting(self) -> dict[str, int]:
        return {"taps": self._taps.waiting, "down": self._hearing.waiting, **self._shipping.waiting()}

    async def _ship(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._shipping.pump()
                async with asyncio.timeout(seconds_until(self._shipping.due_ns(), self._ports.clock.mono_ns())):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _state_of_parts(self) -> Parts:
        return Parts(
            reader_state(up=self._desk.reader_up),
            self._gnss.state,
            self._uplink.unacknowledged,
            self._counters(),
            self._gnss.concern,
        )

    def _counters(self) -> dict[str, int]:
        return {
            **self._shipping.counters,
            **self._reading.failures(),
            **self._time.counters(),
            **self._gnss.counters(),
            **self._blocklist.counters,
            **self._people.counters(),
        }

    def _standing(self) -> Standing:
        return Standing(self._desk.reader_up, self._uplink.unacknowledged, self._up)

    # -- recording

    async def _keep(self, body: Body, changes: Changes | None = None, rows: Rows | None = None) -> Recorded:
        """Journal ``body``; return where it stands. Raises `JournalError`."""
        done = await self._scribe.record(body, self._time.stamp(), changes, rows)
        for one in done:
            self._note(one, signalled=one is done[-1] and isinstance(body, Check | Undo | Meal))
        if isinstance(body, Clock):
            with contextlib.suppress(JournalError):  # the next record meets it, and says so
                self._session.redate(await self._scribe.visits(self._time.stamp()))
        return done[-1]

    def _note(self, one: Recorded, *, signalled: bool) -> None:
        self._time.recorded(one.epoch, one.seq)
        self._shipping.recorded(one, signalled=signalled)
        self._unacknowledged = self._uplink.unacknowledged
        if one.start is not None:
            if self._linked:
                self._link.refresh()
            else:
                self._linked = True
                self._link.start()
        if self._uplink.urgent:
            self._link.hurry()
        self._wake.set()

    async def _new_epoch(self, one: Recorded) -> None:
        self._notices.say(
            "epoch",
            Text("日志与网关所记不符，已开始新纪元", "the gateway knows another journal: a new epoch has begun"),
        )
        self._note(one, signalled=False)
        self._session.restore(await self._scribe.visits(self._time.stamp()))

    def _state(self, online: bool) -> bytes:  # noqa: FBT001 - the link asks for one of the two states
        """Return the retained state; called on the link's thread, from values that never change in place."""
        who, standing, wall_ms = self._who, self._scribe.standing, self._time.stamp().wall_ms
        return telling.retained(who, standing, self._ports.entropy, wall_ms, self._unacknowledged, online=online)
