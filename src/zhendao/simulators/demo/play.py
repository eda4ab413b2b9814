"""Plays the day: carries out each home's steps, listens to everybody, keeps the board and what was signalled.

A person at a door does the next thing when the terminal has answered; only the services themselves take their time.
"""

import asyncio
import time
from typing import assert_never

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.board import Board, Happening
from zhendao.simulators.demo.children import Child, Said
from zhendao.simulators.demo.duty import take_call
from zhendao.simulators.demo.equipment import DOOR, Equipment
from zhendao.simulators.demo.expectation import Signal
from zhendao.simulators.demo.line import Line
from zhendao.simulators.demo.received import shown_verdict
from zhendao.simulators.demo.screen import Screen
from zhendao.simulators.demo.script import CallForHelp, Check, CutLink, Day, MendLink, Move, Stay, Step

CHECKED = {"checked-in": True, "checked-out": False, "checked-in-unknown": True, "checked-out-unknown": False}
"""The moments that promise a check: is it an incoming one?"""
_TERMINAL = "-terminal"


class Play:
    """One day. `listen` is the listener of the line's processes."""

    def __init__(self, board: Board, screen: Screen) -> None:
        self._board = board
        self._screen = screen
        self._begun = time.monotonic()
        self.signals: list[Signal] = []
        self.taken: list[Said] = []
        self.news = asyncio.Event()
        """Set whenever the platform has taken something."""

    def begin(self) -> None:
        """The day's clock starts now."""
        self._begun = time.monotonic()

    def tell(self, home: str | None, text: Text) -> None:
        """Note that something happened, and show it."""
        happening = Happening(time.monotonic() - self._begun, home, text)
        self._board.note(happening)
        self._screen.happened(happening)

    def listen(self, child: Child, said: Said) -> None:
        """Take in what a process said."""
        if child.name == "platform" and "taken" in said:
            self.taken.append(said)
            self._count_receipt(said)
            self.news.set()
        elif child.name.endswith(_TERMINAL) and "moment" in said:
            self._terminal_said(child.name.removesuffix(_TERMINAL), said)

    def _terminal_said(self, home: str, said: Said) -> None:
        row = self._board.rows[home]
        row.signal = _MOMENTS.get(said["moment"], Text(said["moment"], said["moment"]))
        if said["moment"] in CHECKED:
            row.checks += 1
        elif said["signal"] == "bad" or said["moment"] == "already-recorded":
            row.others += 1

    def _count_receipt(self, said: Said) -> None:
        verdict = shown_verdict(said)
        if verdict is not None:
            home, visit, text = verdict
            row = self._board.rows.get(home)
            if row is not None:
                row.receipts += 1
                if text is not None:
                    row.verdicts[visit] = text
                    self.tell(home, Text(f"平台收到：{text.zh}", f"the platform has: {text.en}"))

    async def play(self, line: Line) -> None:
        """Play every home's day, side by side."""
        async with asyncio.TaskGroup() as group:
            for day in line.days:
                group.create_task(self._play_day(line, day))

    async def _play_day(self, line: Line, day: Day) -> None:
        for step in day.steps:
            await self._step(line, line.homes[day.home.key], step)

    async def _step(self, line: Line, home: Equipment, step: Step) -> None:
        key = home.home.key
        match step:
            case Check():
                self.tell(key, step.says)
                await home.hold(DOOR)
                if not step.caregiver.registered:
                    await home.blank_card(step.caregiver.key, step.caregiver.uid)
                said = await home.hold(step.caregiver.key)
                self._answered(line, home, step, said)
            case Stay():
                await asyncio.sleep(step.seconds)
            case Move():
                self.tell(key, step.says)
                await home.carry_to(step.spot)
                await asyncio.sleep(step.seconds)
            case CutLink() | MendLink():
                self.tell(key, step.says)
                self._board.rows[key].online = isinstance(step, MendLink)
                home.relay.mend() if isinstance(step, MendLink) else home.relay.cut()
            case CallForHelp():
                await self._call(line, home, step)
            case _:
                assert_never(step)

    async def _call(self, line: Line, home: Equipment, step: CallForHelp) -> None:
        key, terminal = home.home.key, home.terminal
        self.tell(key, step.says)
        mark, begun = terminal.mark(), time.monotonic()
        await home.press()
        self.tell(key, _MOMENTS["sos-calling"])
        await take_call(line.settings)
        self.tell(None, step.taken)
        what = Text("老人听到回音", "the elder hears of it")
        await terminal.hear(lambda said: said.get("moment") == "sos-received", what, since=mark)
        seconds = time.monotonic() - begun
        self.tell(
            key, Text(f"老人听到：值班人员已收到（{seconds:.1f} 秒）", f"the elder hears: received ({seconds:.1f} s)")
        )

    def _answered(self, line: Line, home: Equipment, step: Check, said: Said) -> None:
        key = home.home.key
        self.tell(key, _MOMENTS.get(said["moment"], Text(said["moment"], said["moment"])))
        incoming = CHECKED.get(said["moment"])
        if incoming is not None:
            caregiver = step.caregiver.key if step.caregiver.registered else None
            check = (line.papers[key].device, said["epoch"], said["seq"])
            self.signals.append(Signal(check, key, caregiver, incoming, said["mono_ns"], home.spot))


_MOMENTS = {
    "ready": Text("可以打卡", "ready"),
    "door-seen": Text("已读门牌", "door tag read"),
    "checked-in": Text("绿灯：签到已记录", "green: check-in recorded"),
    "checked-out": Text("绿灯：签退已记录", "green: check-out recorded"),
    "checked-in-unknown": Text("绿灯加红灯：签到已记录，卡未登记", "green and red: recorded, unknown card"),
    "checked-out-unknown": Text("绿灯加红灯：签退已记录，卡未登记", "green and red: recorded, unknown card"),
    "already-recorded": Text("已记录过，不重复计", "already recorded, not counted twice"),
    "sos-calling": Text("呼救已记录，正在发出", "the call is recorded, and on its way"),
    "sos-arrived": Text("呼救已到网关", "the gateway has the call"),
    "sos-received": Text("值班人员已收到", "the duty seat has it"),
    "sent": Text("已发出", "sent"),
    "accepted": Text("网关已收妥", "the gateway has it"),
    "unknown": Text("红灯：不认识的卡", "red: unknown card"),
    "lone": Text("红灯：只读到一张", "red: only one of the two"),
    "unreadable": Text("红灯：没有读清", "red: could not be read"),
}
