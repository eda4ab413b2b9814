"""Plays a day: the real agent on a simulated clock, disk and reader, its buttons, contacts and lamps on mock pins.

Promise: the same script gives the same transcript, byte for byte, on every machine: no real time passes, all chance
comes from one seed.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from gpiozero import Device, DigitalInputDevice

from samples.day.lamps import BUZZER, GREEN, RED, Lamps, Voice
from samples.day.office import Office
from samples.day.script import Act
from samples.day.transcript import Transcript
from zhendao.device.clock.local import CHINA, minute_of, zone
from zhendao.device.config import DeviceSettings, SessionTable
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.words import Digits
from zhendao.device.feedback.written import to_plain
from zhendao.device.inputs.lines import Edge, Gathered, Line
from zhendao.device.inputs.settings import ButtonsTable
from zhendao.device.page.deciding import View, page
from zhendao.device.page.told import Told
from zhendao.device.page.values import Page
from zhendao.device.ports import Ports
from zhendao.device.sensors.settings import SensorTable
from zhendao.protocol.suite import standing_in
from zhendao.protocol.vocabulary import AnswerState, Mounting, Placement, Role
from zhendao.protocol.wording import Language, Text
from zhendao.readers.token_record import token_message
from zhendao.simulators.pins.board import Board
from zhendao.simulators.world.box.clocks import Fitted, HardwareClock
from zhendao.simulators.world.box.field import Tag
from zhendao.simulators.world.box.reader import HardwareReader
from zhendao.simulators.world.box.rhythm import Rhythm
from zhendao.simulators.world.box.run import Hardware, Run
from zhendao.simulators.world.box.settings import settings
from zhendao.simulators.world.disk.disk import CAPACITY, Disk
from zhendao.simulators.world.engine.authority import Authority
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.engine.standin import StandIn

SEED = 20_260_310
MIDNIGHT_MS = 1_773_072_000_000
"""2026-03-10 00:00 in China, UTC ms."""
PINS = {
    "sos": 5,
    "good": 6,
    "middle": 13,
    "bad": 19,
    "case": 21,
    "mains": 23,
    "battery": 24,
    "door": 25,
    "bed": 20,
    "cord": 26,
}
_TAGS = {
    "door": (Role.DOOR, "04a1a2a3a4a5a6"),
    "card": (Role.CAREGIVER, "04b1b2b3b4b5b6"),
    "elder": (Role.ELDER, "04c1c2c3c4c5c6"),
}
_STRANGE = bytes.fromhex("04d1d2d3d4d5d6")
_MS, _S = 1_000_000, 1_000_000_000
_POSTED_NS = 10 * _MS
_CODE = Digits("123456")
"""In place of every receipt code: those follow from the bytes in the journal, and so from the release."""


class DayLines:
    """`device.inputs.gpio.GpioLines` without its thread: what the pins tell is posted in the time of the day."""

    def __init__(self, day: "Day", post: Callable[[Edge], None], lines: tuple[Line, ...]) -> None:
        self._day, self._post, self._lines = day, post, lines
        self._gathered = {line.name: Gathered() for line in lines}
        self._pins: list[DigitalInputDevice] = []
        self._posting = False

    def start(self) -> None:
        for line in self._lines:
            pin = DigitalInputDevice(line.pin, pull_up=line.pull_up)
            self._pins.append(pin)
            pin.when_activated = lambda name=line.name: self._edge(name, active=True)
            pin.when_deactivated = lambda name=line.name: self._edge(name, active=False)
            if pin.is_active or line.tells_rest:
                self._edge(line.name, active=bool(pin.is_active))

    def stop(self) -> None:
        for pin in self._pins:
            pin.close()
        self._pins.clear()

    def _edge(self, name: str, *, active: bool) -> None:
        self._gathered[name].add(Edge(name, active, self._day.clock.mono_ns()))
        if not self._posting:
            self._posting = True
            self._day.clockwork.after(_POSTED_NS, self._tell)

    def _tell(self) -> None:
        self._posting = False
        for gathered in self._gathered.values():
            for edge in gathered.take():
                if self._pins:
                    self._post(edge)


class DayRun(Run):
    """One process of the terminal, which finds its pins and the office's line."""

    def __init__(self, day: "Day", *more: Any) -> None:
        self._day = day
        super().__init__(*more)

    def _ports(self, chance: Chance) -> Ports:
        return replace(super()._ports(chance), lines=self._day.lines, link=self._day.office.link)


class Day:
    """One home from midnight on: `play` it, then read its `transcript`."""

    def __init__(self) -> None:
        self.clockwork, self.transcript = Clockwork(), Transcript()
        chance = Chance(SEED, "day")
        self._chance = chance
        suite = StandIn(chance.child("suite"))
        self._suite = suite
        with standing_in(suite):
            self._authority = Authority(chance.child("authority"), suite)
            self.who = self._authority.identity(0, Placement.HOME, Mounting.CRADLE, None)
        self.clock = HardwareClock(self.clockwork, chance.child("clock"), Fitted(), MIDNIGHT_MS)
        reader = HardwareReader(self.clockwork, chance.child("reader"), self.clock.mono_ns)
        self.office = Office(self.clockwork, self._authority, self.who, self.transcript, MIDNIGHT_MS)
        self._hardware = Hardware(self.clock, reader, None, Disk(chance.child("disk")), self.office)  # type: ignore[arg-type]
        self._rhythm = Rhythm(self.clockwork, lambda: 0, lambda: None)
        self._tags = {name: self._tag(role, bytes.fromhex(uid)) for name, (role, uid) in _TAGS.items()}
        self._tags["strange"] = Tag(_STRANGE)
        self._board = Board(lambda pin, on, _ns: self._lamps.changed(pin, on))
        self._lamps: Lamps
        self._voice: Voice
        self._lines: DayLines | None = None
        self._run: DayRun | None = None
        self._runs = 0
        self._told = Told()
        self._page: Page | None = None

    # -- the whole

    def play(self, acts: list[Act], until_ns: int) -> Transcript:
        """Do all of ``acts`` in their time, and go on until ``until_ns`` after midnight."""
        before, Device.pin_factory = Device.pin_factory, self._board
        try:
            with standing_in(self._suite):
                self._lamps = Lamps(self.clockwork, self.transcript, self._minute)
                self._voice = Voice(self.clockwork, self.transcript, self._minute)
                for act in acts:
                    self.clockwork.at(act.at_ns, lambda act=act: self._do(act))  # type: ignore[misc]
                self.clockwork.run(until_ns)
                self._power(on=False)
                self._lamps.close()
        finally:
            self._board.reset()
            Device.pin_factory = before
        return self.transcript

    def _minute(self) -> int:
        return minute_of(self.clock.true_ms(), zone(CHINA))

    # -- what a person or the world does

    def _do(self, act: Act) -> None:
        if act.said.zh:
            self.transcript.done(self.clockwork.now_ns, act.said)
        if not self._at_hand(act.words) and not self._around(act.words):
            raise ValueError(f"nobody can do {act.words}")

    def _at_hand(self, words: tuple[str, ...]) -> bool:
        """Do what a person does at the terminal; return whether it is that."""
        match words:
            case ["hold", tag, seconds]:
                self._hold(tag, float(seconds))
            case ["press", *pins, seconds]:
                for pin in pins:
                    self._contact(pin, closed=True)
                    self.clockwork.after(int(float(seconds) * _S), partial(self._contact, pin, closed=False))
            case [("close" | "open") as how, pin]:
                self._contact(pin, closed=how == "close")
            case ["flood", pin, edges, seconds]:
                step = _S // int(edges)
                for n in range(int(edges) * int(seconds)):
                    self.clockwork.after(n * step, partial(self._contact, pin, closed=n % 2 == 0))
            case ["wait"]:
                pass
            case _:
                return False
        return True

    def _around(self, words: tuple[str, ...]) -> bool:
        """Do what happens elsewhere, or to the box; return whether it is that."""
        disk = self._hardware.disk
        match words:
            case ["power", how]:
                self._power(on=how == "on")
            case ["network", how]:
                self.office.network(there=how == "on")
            case ["reader", how]:
                self._hardware.reader.dead(how == "dies")
            case ["disk", ("full" | "free") as how]:
                disk.full(0 if how == "full" else CAPACITY)
            case ["disk", how]:
                disk.fail("write", 1000 if how == "fails" else 0)
            case ["answer", state, *more]:
                self.office.answer(AnswerState[state.upper()], *(more[:1] or [None]), *map(int, more[1:2]))
            case _:
                return False
        return True

    def _contact(self, name: str, *, closed: bool) -> None:
        self._board.contact(PINS[name], closed=closed)

    def _hold(self, name: str, seconds: float) -> None:
        tag, reader = self._tags[name], self._hardware.reader
        self._rhythm.somebody_comes()
        reader.bring(tag)

        def away() -> None:
            reader.take(tag)

        self.clockwork.after(int(seconds * _S), away)

    def _tag(self, role: Role, uid: bytes) -> Tag:
        token = self._authority.token(role, self._chance.child(uid.hex()).bytes(16), uid)
        return Tag(uid, token_message(token))

    def _power(self, *, on: bool) -> None:
        if on:
            self.clock.boot()
            self._begin()
        elif self._run is not None:
            self._run.kill()
            self.office.stop()
            self._let_go()
            self._run = None
            self._hardware.disk.cut_power()
            self.clock.off(cleanly=False)
            self._lamps.dark()
            self._told, self._page = Told(), None

    def _begin(self) -> None:
        self._runs += 1
        self._rhythm.disturbed()
        self._run = DayRun(
            *(self, f"run {self._runs}", self.clockwork, self._chance.child(f"run {self._runs}"), day_settings()),
            *(self.who, self._hardware, self._rhythm, self, self._failed, lambda _subject, _line: None),
            *(self._ended, None),
        )

    def _let_go(self) -> None:
        if self._lines is not None:
            self._lines.stop()
            self._lines = None

    def _ended(self, error: BaseException | None) -> None:
        raise AssertionError("the agent has ended") from error

    def _failed(self, what: str, error: BaseException) -> None:
        raise AssertionError(what) from error

    def lines(self, post: Callable[[Edge], None], lines: tuple[Line, ...]) -> DayLines:
        """Open the pins: the port of `device.ports`."""
        self._let_go()
        self._lines = DayLines(self, post, lines)
        return self._lines

    # -- what the terminal gives

    def give(self, given: Given) -> None:
        """Be the feedback of a run: light, buzzer, voice and page."""
        given = replace(given, said=tuple(_CODE if isinstance(one, Digits) else one for one in given.said))
        self._lamps.give(given)
        self._voice.give(given)
        self._line(f'"given": {_json(to_plain(given))}')
        self.clockwork.after(50 * _MS, self._look)

    def left(self) -> None:
        """Take in that a token was taken away."""
        self._line('"gone": true')

    def close(self) -> None:
        """The lamps stay: the next run has them."""

    def _line(self, said: str) -> None:
        self._told.take(f"{{{said}}}\n".encode())

    def _look(self) -> None:
        if self._run is None or not (facts := self._run.facts()):
            return
        self._line(f'"facts": {_json(facts)}')
        now_ns = self.clock.mono_ns()
        self._line(f'"beat": {now_ns}')
        found = page(self._told, now_ns, View(zone(CHINA)))
        if found != self._page:
            self._page = found
            zh, en = (_drawn(found, language) for language in ("zh", "en"))
            self.transcript.came(self.clockwork.now_ns, Text(f"屏 {zh}", f"page {en}"))


def day_settings() -> DeviceSettings:
    """Return the settings of the home: buttons, sensors, an hour as the length of a visit."""
    rows = (
        SensorTable("bed", "mattress", pin=PINS["bed"]),
        SensorTable("case", "case", pin=PINS["case"]),
        SensorTable("mains", "mains", pin=PINS["mains"]),
        SensorTable("battery", "battery", pin=PINS["battery"]),
        SensorTable("front door", "door", pin=PINS["door"]),
        SensorTable("bathroom", "call-cord", pin=PINS["cord"]),
    )
    buttons = ButtonsTable(*(PINS[one] for one in ("sos", "good", "middle", "bad")), incident=PINS["middle"])
    made = settings(receiver=False)
    return replace(made, buttons=buttons, sensor=rows, session=SessionTable(service_min=60))


def _drawn(found: Page, language: Language) -> str:
    parts = [f"[{found.shape.value}] {found.head.in_(language)}"]
    parts += [] if found.big is None else [found.big.in_(language)]
    parts += [line.in_(language) for line in found.lines]
    bar = [found.clock or "–:––", *([] if found.link is None else [found.link.text.in_(language)])]
    bar += [note.text.in_(language) for note in found.notes]
    return f"{' / '.join(parts)}  ({' · '.join(bar)}{' · night' if found.night else ''})"


def _json(plain: Any) -> str:
    import json  # noqa: PLC0415 - of this function alone

    return json.dumps(plain, ensure_ascii=False)


def play(file: Path) -> Transcript:
    """Play the day of ``file`` until a minute before the next midnight."""
    from samples.day.script import read  # noqa: PLC0415 - of this function alone

    return Day().play(read(file), (24 * 3600 - 60) * _S)


__all__ = ["BUZZER", "GREEN", "PINS", "RED", "Day", "play"]
