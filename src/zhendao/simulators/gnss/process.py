"""`zhendao-sim gnss`: the receiver as a process; one loop over pseudo-terminal, orders and clock.

Promise: bytes go out at the pace of the baud rate; orders are obeyed and acknowledged as `ordered` says.
"""

import argparse
import datetime as dt
import sys
import time
from collections import deque
from pathlib import Path
from random import Random
from typing import TextIO

from zhendao.protocol.wording import Language, Text
from zhendao.simulators.errors import SimulatorError
from zhendao.simulators.gnss import orders
from zhendao.simulators.gnss.model import Model
from zhendao.simulators.gnss.module import Module
from zhendao.simulators.gnss.modules.families import MODULES
from zhendao.simulators.gnss.nmea import USUAL, lines
from zhendao.simulators.gnss.obeying import carry_out
from zhendao.simulators.gnss.replay import epochs
from zhendao.simulators.gnss.styles import STYLES, Style
from zhendao.simulators.gnss.uart import BAUDS, Uart
from zhendao.simulators.ordered import NANO, OrderedDevice, mono_ns, read_script

LATENCY_NS = 60_000_000
"""A receiver computes that long before it begins to write."""
_BABBLE_NS = 10_000_000
_BABBLE_BYTES = 4096
"""So much every 10 ms: 400 KB/s, what a USB receiver gone mad can do."""

_LINES = "  zhendao-sim gnss --link /tmp/gps\n  sky lost\n  move 31.1890 121.4370 20\n  sky good"
_EXAMPLES = Text(f"示例：\n{_LINES}", f"example:\n{_LINES}")


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of the receiver."""
    texts = {
        "link": Text("指向伪终端的符号链接路径", "where the symlink to the pseudo-terminal is made"),
        "talker": Text("语句前缀与写法（默认 GN）", "talker and its dialect (default GN)"),
        "lat": Text("WGS-84 纬度，度", "WGS-84 latitude, degrees"),
        "lon": Text("WGS-84 经度，度", "WGS-84 longitude, degrees"),
        "alt": Text("高程，米", "height, metres"),
        "baud": Text("串口速率（默认 9600）：字节按此速度送出", "baud rate (default 9600): bytes go out at its pace"),
        "usb": Text("USB 接收机：任何波特率都听得懂", "a USB receiver: heard at any baud rate"),
        "module": Text(
            "听从这种接收机的设置命令，初始为出厂设置",
            "obey the configuration of this family, from its factory's settings on",
        ),
        "rate": Text("每秒历元数（默认 1）", "epochs a second (default 1)"),
        "seed": Text("随机种子：同样的天空与误差", "seed: the same sky and the same errors"),
        "replay": Text("播放真实接收机的录音，一次", "play the recording of a real receiver, once"),
        "script": Text(
            "从文件读取命令，之后运行至 SIGTERM；否则从标准输入读取，输入结束即退出",
            "take the orders from FILE, then serve until SIGTERM; else they come on standard input, whose end ends all",
        ),
    }
    parser.epilog = f"{orders.HELP.in_(language)}\n{_EXAMPLES.in_(language)}"
    help_ = {name: text.in_(language) for name, text in texts.items()}
    parser.add_argument("--link", type=Path, required=True, metavar="PATH", help=help_["link"])
    parser.add_argument("--talker", choices=sorted(STYLES), default="GN", help=help_["talker"])
    parser.add_argument("--lat", type=float, default=31.18830, help=help_["lat"])
    parser.add_argument("--lon", type=float, default=121.43680, help=help_["lon"])
    parser.add_argument("--alt", type=float, default=12.0, help=help_["alt"])
    parser.add_argument("--baud", type=int, choices=BAUDS, default=9600, metavar="BAUD", help=help_["baud"])
    parser.add_argument("--usb", action="store_true", help=help_["usb"])
    parser.add_argument("--module", choices=MODULES, help=help_["module"])
    parser.add_argument("--rate", type=int, choices=range(1, 11), default=1, metavar="HZ", help=help_["rate"])
    parser.add_argument("--seed", type=int, default=0, help=help_["seed"])
    parser.add_argument("--replay", type=Path, metavar="FILE", help=help_["replay"])
    parser.add_argument("--script", type=Path, metavar="FILE", help=help_["script"])


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Serve until told to end.

    Raises:
        SimulatorError: a recording or a script cannot be read, or the link cannot be made.
    """
    del language
    orders.parse(f"move {arguments.lat} {arguments.lon}")
    style = STYLES[arguments.talker]
    model = Model(style, arguments.lat, arguments.lon, arguments.alt, arguments.seed)
    recording = None if arguments.replay is None else deque(epochs(_read(arguments.replay)))
    script = None if arguments.script is None else read_script(arguments.script)
    port = Uart(arguments.link, arguments.baud, usb=arguments.usb)
    module = None
    if arguments.module is not None:
        letters = {"GP": "G", "BD": "B", "GB": "B"}.get(arguments.talker, "GB")
        module = Module(arguments.module, arguments.baud, letters)
    process = _Process(port, model, style, arguments.rate, recording, sys.stdout, module)
    process.run(script, None if script is not None else sys.stdin.fileno())
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise SimulatorError(Text(f"无法读取 {path}：{why}", f"cannot read {path}: {why}")) from error


_Fault = (
    orders.Garbage
    | orders.Damage
    | orders.Speech
    | orders.Plug
    | orders.SetBaud
    | orders.PowerCut
    | orders.Deaf
    | orders.Refuse
    | orders.Babble
)


class _Process(OrderedDevice):
    longest = orders.LONGEST

    def __init__(
        self,
        port: Uart,
        model: Model,
        style: Style,
        rate: int,
        recording: deque[bytes] | None,
        out: TextIO,
        module: Module | None,
    ) -> None:
        super().__init__(port, out)
        self._uart = port
        self._model = model
        self._style = style
        self._period_ns = NANO // rate
        self._module = module
        self._count = 0
        self._silent_ns = 0
        self._recording = recording
        self._dice = Random(1)  # noqa: S311 - bytes of noise
        self._damage = 0
        self._babble = orders.Nonsense.OFF
        self._babble_ns = 0
        self._speaking = True
        self._schedule()

    def due(self) -> list[int]:
        babble = [] if self._babble is orders.Nonsense.OFF else [self._babble_ns]
        sending = self._uart.due()
        return [self._next_ns, *babble, *([] if sending is None else [sending])]

    def turn(self) -> None:
        if mono_ns() >= self._next_ns:
            self._epoch()
            self._schedule()
        if self._babble is not orders.Nonsense.OFF and mono_ns() >= self._babble_ns:
            self._babble_ns = mono_ns() + _BABBLE_NS
            self._port.write(self._nonsense())
        self._uart.send(mono_ns())

    def heard(self) -> None:
        """Take configuration that a host sends; without a module nobody understands it."""
        data = self._uart.take()
        if self._module is not None:
            answers, silent_s = self._module.hear(data)
            self._uart.give(b"".join(answers), mono_ns())
            self._settled(silent_s)

    def obey(self, text: str) -> dict[str, object] | None:
        order = orders.parse(text)
        if order is None:
            return None
        self._do(order)
        # A port that was put back has said `ready`: one order, one line.
        return None if order == orders.Plug(on=True) else {}

    def _schedule(self) -> None:
        """Let the next epoch begin a little after its moment on the wall, as real ones do."""
        wall = time.time_ns() - LATENCY_NS
        self._next_ns = mono_ns() + self._period_ns - wall % self._period_ns

    def _epoch(self) -> None:
        if not self._speaking or self._port.master < 0 or mono_ns() < self._silent_ns:
            # A recording waits: `silence` first and `speak` later play it to somebody who is ready.
            return
        if self._recording is not None:
            data = self._recording.popleft() if self._recording else b""
            if data and not self._recording:
                self.say({"replayed": True})
        else:
            wall = time.time_ns() // self._period_ns * self._period_ns
            utc = dt.datetime.fromtimestamp(wall / NANO, dt.UTC)
            moment = self._model.moment(mono_ns() / NANO, utc)
            self._count += 1
            wanted = USUAL if self._module is None else self._module.wanted(self._count)
            data = lines(self._style, moment, wanted)
        self._queue(self._damaged(data))

    def _damaged(self, data: bytes) -> bytes:
        out = []
        for line in data.splitlines(keepends=True):
            if self._damage:
                self._damage -= 1
                at = self._dice.randrange(len(line))
                out.append(line[:at] + bytes([line[at] ^ 1 << self._dice.randrange(8)]) + line[at + 1 :])
            else:
                out.append(line)
        return b"".join(out)

    def _queue(self, data: bytes) -> None:
        self._uart.give(data, mono_ns())

    def _settled(self, silent_s: float) -> None:
        """Go on with the module's settings, after it has begun anew."""
        if self._module is None:
            return
        state = self._module.state
        self._uart.baud = state.baud
        self._period_ns = state.period_ms * 1_000_000
        self._style = state.style()
        self._model.take_style(self._style)
        if silent_s:
            self._silent_ns = mono_ns() + int(silent_s * NANO)

    def _nonsense(self) -> bytes:
        match self._babble:
            case orders.Nonsense.GARBAGE:
                return self._dice.randbytes(_BABBLE_BYTES)
            case orders.Nonsense.ENDLESS:
                return b"$GNGGA," + b"8" * _BABBLE_BYTES
            case _:
                return lines(self._style, self._model.moment(mono_ns() / NANO, dt.datetime.now(dt.UTC)))

    def _do(self, order: orders.Order) -> None:
        match order:
            case orders.Wait(milliseconds):
                self.wait(milliseconds)
            case orders.Quit():
                self.finish()
            case (
                orders.Garbage()
                | orders.Damage()
                | orders.Speech()
                | orders.Plug()
                | orders.SetBaud()
                | orders.PowerCut()
                | orders.Deaf()
                | orders.Refuse()
                | orders.Babble()
            ):
                self._fault(order)
            case _:
                carry_out(order, self._model, mono_ns() / NANO)

    def _module_fault(self, order: orders.PowerCut | orders.Deaf | orders.Refuse) -> None:
        if self._module is None:
            return
        if isinstance(order, orders.PowerCut):
            self._module.power_cut()
            self._settled(1.0)
        else:
            self._module.misbehave(order)

    def _fault(self, order: _Fault) -> None:
        match order:
            case orders.SetBaud(baud):
                self._uart.baud = baud
            case orders.PowerCut() | orders.Deaf() | orders.Refuse():
                self._module_fault(order)
            case orders.Babble(what):
                self._babble, self._babble_ns = what, mono_ns()
            case orders.Garbage(count):
                self._queue(self._dice.randbytes(count))
            case orders.Damage(count):
                self._damage += count
            case orders.Speech(on):
                self._speaking = on
            case orders.Plug(on):
                self.unplug()
                if on:
                    self.plug()
