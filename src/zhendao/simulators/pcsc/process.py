"""`zhendao-sim pcsc`: cards held to a virtual PC/SC reader, obeying orders one a line (`ordered`).

Needs pcscd with vpcd (Debian: pcscd, vsmartcard-vpcd), whose port it connects to. One card at a time: so do readers.
"""

import argparse
import sys
from pathlib import Path
from typing import TextIO

from zhendao.command.kinds import BadValueError, Listen
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.errors import OrderError
from zhendao.simulators.ordered import OrderedDevice, mono_ns, read_script
from zhendao.simulators.pcsc.slot import CONTROL_ATR, CONTROL_OFF, CONTROL_ON, CONTROL_RESET, Slot
from zhendao.simulators.pcsc.view import View
from zhendao.simulators.pn532 import orders
from zhendao.simulators.pn532.air import Antenna
from zhendao.simulators.pn532.shelf import Shelf
from zhendao.simulators.pn532.tags.kinds import KINDS
from zhendao.simulators.pn532.tricks import HELP as TRICKS
from zhendao.simulators.pn532.tricks import Trick, play

FAULTS: dict[str, bool] = {"tear": True, "no-reply": False, "refuse": False, "mute": False, "none": False}
"""As of the PN532's emulator: does a fault need a number?"""
HELP = Text(
    "命令：tag 名称 种类 uid=十六进制 | present 名称 | remove 名称 | dump 名称 | fault 故障 [数值] [次数] | "
    f"wait 毫秒 | quit | {TRICKS.zh}",
    "orders: tag NAME KIND uid=HEX | present NAME | remove NAME | dump NAME | fault FAULT [NUMBER] [TIMES] | "
    f"wait MS | quit | {TRICKS.en}",
)
_VPCD = Text("vpcd 的地址，缺省 127.0.0.1:35963", "where vpcd listens, default 127.0.0.1:35963")
_STATE = Text("保存卡片内容的目录", "folder that keeps the cards' contents")
_SCRIPT = Text(
    "从文件读取命令，之后运行至 SIGTERM；否则从标准输入读取，输入结束即退出",
    "take the orders from FILE, then serve until SIGTERM; else they come on standard input, whose end ends all",
)
_AGAIN_NS = 200_000_000
"""Between two attempts to reach a vpcd that is away."""


class CardHolder(OrderedDevice):
    """Whoever holds cards to the reader behind ``slot``; says what was done on ``out``."""

    longest = orders.LONGEST

    def __init__(self, slot: Slot, shelf: Shelf, out: TextIO) -> None:
        super().__init__(slot, out)
        self._slot = slot
        self._shelf = shelf
        self._name = ""
        self._antenna = Antenna()
        self._view: View | None = None
        self._late: tuple[int, bytes] | None = None
        """When an answer is due, and the answer: the card works, or somebody relays it."""
        self._next_ns = 0
        self._leaves_after: int | None = None
        self._faults = dict.fromkeys(("no-reply", "refuse", "mute"), 0)

    def plug(self) -> None:
        """Say that orders are taken: the slot is empty until a card is presented."""
        self.say({"ready": self._slot.link})

    def due(self) -> list[int]:
        """Return when to look for vpcd again, while a card waits for it, and when the card's answer is due."""
        return ([self._next_ns] if self._waiting else []) + ([] if self._late is None else [self._late[0]])

    @property
    def _waiting(self) -> bool:
        return self._view is not None and self._slot.master < 0

    def turn(self) -> None:
        """Give the answer that is due; insert the card that waits for vpcd."""
        if self._late is not None and mono_ns() >= self._late[0]:
            answer, self._late = self._late[1], None
            self._slot.write(answer)
        if self._waiting and mono_ns() >= self._next_ns:
            self._next_ns = mono_ns() + _AGAIN_NS
            if not self._slot.plug():
                self.attend()

    def heard(self) -> None:
        """Answer what the reader asks."""
        frames = self._slot.read()
        if frames is None:
            self.unplug()
            return
        for frame in frames:
            self._answer(frame)
        self._shelf.save()

    def ending(self) -> None:
        """Keep what was written to the cards."""
        self._shelf.save()

    def obey(self, text: str) -> dict[str, object] | None:
        """Carry out an order."""
        order = orders.parse(text, FAULTS, HELP)
        if isinstance(order, Trick):
            return self._play(order)
        return None if order is None else self._do(order, text)

    def _do(self, order: orders.Order, text: str) -> dict[str, object]:
        answer: dict[str, object] = {}
        match order:
            case orders.Define(name, kind, uid):
                self._shelf.define(name, kind, uid)
            case orders.Present(name):
                self._hold(name)
            case orders.Remove(name):
                self._shelf.get(name)
                if name == self._name:
                    self._take_away()
            case orders.Dump(name):
                tag = self._shelf.get(name)
                answer = {"uid": tag.uid.hex(), "memory": tag.memory().hex()}
            case orders.Fault(name, number, times):
                self._fault(name, number, times)
            case orders.Wait(milliseconds):
                self.wait(milliseconds)
            case orders.Quit():
                self.finish()
            case _:
                raise OrderError(text.strip()[:80], HELP)
        return answer

    def _play(self, trick: Trick) -> dict[str, object]:
        answer = play(trick, self._shelf, self._antenna)
        self._shelf.save()
        return answer

    def _fault(self, name: str, number: int, times: int) -> None:
        if name == "tear":
            self._leaves_after = number
        elif name == "none":
            self._leaves_after = None
            self._faults = dict.fromkeys(self._faults, 0)
        else:
            self._faults[name] = times

    def _hold(self, name: str) -> None:
        tag = self._shelf.get(name)
        self._take_away()
        self._antenna.switch(on=True)
        self._antenna.present(name, tag)
        self._antenna.find(1, tag.uid, 2)
        self._name, self._view = name, View(tag, lambda frame: self._antenna.exchange(tag, frame))
        self._next_ns = 0
        self.turn()

    def _take_away(self) -> None:
        self._antenna.remove(self._name)
        self._name, self._view, self._late = "", None, None
        self.unplug()

    def _used(self, fault: str) -> bool:
        """Return True if this answer is one that ``fault`` concerns."""
        concerned = self._faults[fault] > 0
        self._faults[fault] -= concerned
        return concerned

    def _answer(self, frame: bytes) -> None:
        if self._view is None:
            return
        if len(frame) != 1:
            self._apdu(self._view, frame)
        elif frame[0] == CONTROL_ATR:
            self._slot.write(self._view.atr())
        elif frame[0] in {CONTROL_OFF, CONTROL_ON, CONTROL_RESET}:
            self._view.power()

    def _apdu(self, view: View, command: bytes) -> None:
        if self._leaves_after == 0:
            self._leaves_after = None
            self._take_away()
            return
        if self._leaves_after is not None:
            self._leaves_after -= 1
        if self._used("no-reply"):
            return
        if self._used("refuse") or (command[:2] == b"\xff\xca" and self._used("mute")):
            self._slot.write(b"\x63\x00")
            return
        answer = view.apdu(command)
        if self._name not in self._antenna.tags:  # pulled away in the middle of it
            self._take_away()
        elif not view.mute:
            self._late = mono_ns() + view.busy_us * 1000, answer


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of the card holder."""
    kinds = Text("种类", "kinds").in_(language)
    faults = Text("故障", "faults").in_(language)
    example = Text("示例", "example").in_(language)
    parser.epilog = (
        f"{HELP.in_(language)}\n{kinds}: {' '.join(KINDS)}\n{faults}: {' '.join(FAULTS)}\n"
        f"{example}:\n  zhendao-sim pcsc --vpcd 127.0.0.1:35963\n"
        "  tag card ntag215 uid=04A1B2C3D4E5F6\n  present card"
    )
    parser.add_argument("--vpcd", default="127.0.0.1:35963", metavar="HOST:PORT", help=_VPCD.in_(language))
    parser.add_argument("--state", type=Path, metavar="DIR", help=_STATE.in_(language))
    parser.add_argument("--script", type=Path, metavar="FILE", help=_SCRIPT.in_(language))


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Serve until told to end."""
    del language
    try:
        address = Listen(loopback_only=True).take(arguments.vpcd, Path())
    except BadValueError as error:
        raise OrderError(f"--vpcd {arguments.vpcd}", error.text) from error
    shelf = Shelf(arguments.state)
    shelf.load()
    script = read_script(arguments.script) if arguments.script else None
    orders_fd = None if arguments.script else sys.stdin.fileno()
    CardHolder(Slot(address.host, address.port), shelf, sys.stdout).run(script, orders_fd)
    return 0
