"""The orders that the simulated receiver takes, one a line: text to frozen values.

Promise: any line gives an order, None (blank, or a ``#`` comment) or an `OrderError` that lists what is allowed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import OrderError
from zhendao.simulators.gnss.model import COLD_START_S
from zhendao.simulators.gnss.sky import View
from zhendao.simulators.gnss.uart import BAUDS

LONGEST = 200
_LIST = (
    "move LAT LON [SECONDS] | drift METRES | sky good|weak|lost|jammed|equal|strong | cold-start [SECONDS] | "
    "time SECONDS|rollover | quality 0…8 | freeze | thaw | apart METRES | baud RATE | power-cut | deaf COUNT | "
    "refuse COUNT | garbage [BYTES] | damage [LINES] | babble garbage|endless|flood|off | silence | speak | unplug | "
    "replug | wait MS | quit"
)
_ZH = (
    ("LAT LON", "纬度 经度"),
    ("SECONDS", "秒"),
    ("METRES", "米"),
    ("BYTES", "字节"),
    ("LINES", "行"),
    ("MS", "毫秒"),
    ("COUNT", "次数"),
    ("RATE", "波特率"),
)


def _in_chinese(text: str) -> str:
    for en, zh in _ZH:
        text = text.replace(en, zh)
    return text


HELP = Text(f"命令：{_in_chinese(_LIST)}", f"orders: {_LIST}")


@dataclass(frozen=True, slots=True)
class Move:
    """Go to a WGS-84 place, at once or within ``seconds``."""

    lat: float
    lon: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Let the position err by so much (1 sigma of each axis), without admitting it."""

    metres: float


@dataclass(frozen=True, slots=True)
class SetView:
    """Change what is seen of the sky."""

    view: View


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Forget everything; a fix comes after ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Offset:
    """Let the receiver's time be off by ``seconds``; None is the rollover of the week counter, 1024 weeks back."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class SetQuality:
    """Set the quality of GGA: 1 measured, 6 estimated, 7 manual, 8 simulator."""

    quality: int


@dataclass(frozen=True, slots=True)
class Freeze:
    """Give one position to the last digit, or an erring one again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """Give a solution of each system too, so many metres from each other; 0: one solution only."""

    metres: float


@dataclass(frozen=True, slots=True)
class SetBaud:
    """Speak at another rate from now on."""

    baud: int


@dataclass(frozen=True, slots=True)
class PowerCut:
    """Lose power, and come back with what was saved."""


@dataclass(frozen=True, slots=True)
class Deaf:
    """Not hear the next so many writes of the host."""

    times: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse the next so many settings, in the family's own words."""

    times: int


class Nonsense(StrEnum):
    """What a receiver babbles."""

    GARBAGE = "garbage"
    ENDLESS = "endless"
    FLOOD = "flood"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Babble:
    """Write, far faster than the line's rate, random bytes, one line without an end, or 100 epochs a second."""

    what: Nonsense


@dataclass(frozen=True, slots=True)
class Garbage:
    """Write random bytes."""

    count: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Flip one bit in each of the next lines."""

    lines: int


@dataclass(frozen=True, slots=True)
class Speech:
    """Fall silent with the port open, or speak again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Plug:
    """Take the port away, or put it back."""

    on: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass before the next order, milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Quit:
    """End."""


Order = (
    Move
    | Drift
    | SetView
    | ColdStart
    | Offset
    | SetQuality
    | Freeze
    | Apart
    | SetBaud
    | PowerCut
    | Deaf
    | Refuse
    | Babble
    | Garbage
    | Damage
    | Speech
    | Plug
    | Wait
    | Quit
)


def parse(line: str) -> Order | None:
    """Return the order in ``line``, None if there is none.

    Raises:
        OrderError: the line is no order; its text lists them all.
    """
    words = line[: LONGEST + 1].split()
    if not words or words[0].startswith("#"):
        return None
    shown = line.strip()[:80]
    order = None
    if len(line) <= LONGEST:
        try:
            order = _read(words)
        except ValueError as error:
            raise OrderError(shown, Text(f"数值不对：{error}", f"a number is wrong: {error}")) from error
    if order is None:
        raise OrderError(shown, HELP)
    return order


_SIMPLE: dict[str, Order] = {
    "cold-start": ColdStart(COLD_START_S),
    "garbage": Garbage(200),
    "damage": Damage(1),
    "power-cut": PowerCut(),
    "freeze": Freeze(on=True),
    "thaw": Freeze(on=False),
    "silence": Speech(on=False),
    "speak": Speech(on=True),
    "unplug": Plug(on=False),
    "replug": Plug(on=True),
    "quit": Quit(),
}
"""Orders of one word."""


def _read(words: list[str]) -> Order | None:
    order: Order | None = None
    match words:
        case [name] if name in _SIMPLE:
            order = _SIMPLE[name]
        case ["move", lat, lon, *rest] if len(rest) < 2:  # noqa: PLR2004 - at most the seconds
            order = Move(_number(lat, -90, 90), _number(lon, -180, 180), _number(rest[0], 0, 86_400) if rest else 0.0)
        case ["sky", view] if view in set(View):
            order = SetView(View(view))
        case ["babble", what] if what in set(Nonsense):
            order = Babble(Nonsense(what))
        case ["baud", rate] if rate in {str(baud) for baud in BAUDS}:
            order = SetBaud(int(rate))
        case ["time", "rollover"]:
            order = Offset(None)
        case [name, number]:
            order = _with_number(name, number)
        case _:
            pass
    return order


_NUMBERED: dict[str, tuple[Callable[[float], Order], float, float]] = {
    "drift": (Drift, 0, 10_000),
    "apart": (Apart, 0, 100_000),
    "time": (Offset, -1e9, 1e9),
    "cold-start": (ColdStart, 0, 3600),
    "garbage": (lambda number: Garbage(int(number)), 1, 65_536),
    "damage": (lambda number: Damage(int(number)), 1, 10_000),
    "quality": (lambda number: SetQuality(int(number)), 0, 8),
    "deaf": (lambda number: Deaf(int(number)), 1, 1000),
    "refuse": (lambda number: Refuse(int(number)), 1, 1000),
    "wait": (lambda number: Wait(int(number)), 0, 86_400_000),
}
"""Orders of a word and a number, with the least and the most that it may be."""


def _with_number(name: str, number: str) -> Order | None:
    if name not in _NUMBERED:
        return None
    make, low, high = _NUMBERED[name]
    return make(_number(number, low, high))


def _number(word: str, low: float, high: float) -> float:
    value = float(word)
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{word}, {low:g}…{high:g}")
    return value
