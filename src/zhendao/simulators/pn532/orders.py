"""The orders that the emulator takes, one a line: text to frozen values.

Promise: any line gives an order, None (blank, or a `#` comment) or an `OrderError` that says what is allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import OrderError
from zhendao.simulators.pn532.tags.kinds import KINDS
from zhendao.simulators.pn532.tricks import HELP as TRICKS
from zhendao.simulators.pn532.tricks import VERBS, Trick

LONGEST = 400
"""Characters in a line; what is longer is no order."""
FAULTS: dict[str, bool] = {
    "lost-command": False,
    "no-reply": False,
    "late-reply": True,
    "truncate": False,
    "noise": True,
    "bad-checksum": False,
    "hang": False,
    "wedge": False,
    "drag": True,
    "gap": True,
    "first-byte": True,
    "baud": True,
    "tear": True,
    "weak": True,
    "unplug": False,
    "none": False,
}
"""Name of a fault: does it need a number (ms, us, bytes, baud, exchanges)? A last number says how many answers."""
HELP = Text(
    "命令：tag 名称 种类 uid=十六进制 | present 名称 | remove 名称 | dump 名称 | fault 故障 [数值] [次数] | reset | "
    f"replug | wait 毫秒 | quit | {TRICKS.zh}",
    "orders: tag NAME KIND uid=HEX | present NAME | remove NAME | dump NAME | fault FAULT [NUMBER] [TIMES] | reset | "
    f"replug | wait MS | quit | {TRICKS.en}",
)


@dataclass(frozen=True, slots=True)
class Define:
    """Make a tag, or take up the one that was kept."""

    name: str
    kind: str
    uid: bytes


@dataclass(frozen=True, slots=True)
class Present:
    """Bring a tag into the field."""

    name: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a tag out of the field."""

    name: str


@dataclass(frozen=True, slots=True)
class Dump:
    """Show what a tag holds."""

    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Let something go wrong."""

    name: str
    number: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Reset:
    """Pulse the chip's reset input (RSTPDN): it starts anew, its port stays."""


@dataclass(frozen=True, slots=True)
class Replug:
    """Plug the reader in again: new pseudo-terminal, chip from power-up."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass before the next order, milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Quit:
    """End."""


Plain = Define | Present | Remove | Dump | Fault | Reset | Replug | Wait | Quit
Order = Plain | Trick


def parse(line: str, faults: Mapping[str, bool] = FAULTS, usage: Text = HELP) -> Order | None:
    """Return the order in ``line``, None if there is none. Another reader knows other ``faults`` and ``usage``.

    Raises:
        OrderError: the line is no order; its text lists them all.
    """
    words = line[: LONGEST + 1].split()
    if not words or words[0].startswith("#"):
        return None
    shown = line.strip()[:80]
    if len(line) > LONGEST:
        raise OrderError(shown, usage)
    order = Trick(words[0], tuple(words[1:])) if words[0] in VERBS else _read(shown, words, faults)
    if order is None:
        raise OrderError(shown, usage)
    return order


def _read(shown: str, words: list[str], faults: Mapping[str, bool]) -> Plain | None:
    order: Plain | None = None
    match words:
        case ["tag", name, kind, uid] if uid.startswith("uid="):
            order = _define(shown, name, kind, uid[4:])
        case ["present", name]:
            order = Present(_name(shown, name))
        case ["remove", name]:
            order = Remove(_name(shown, name))
        case ["dump", name]:
            order = Dump(_name(shown, name))
        case ["fault", name, *numbers]:
            order = _fault(shown, name, numbers, faults)
        case ["reset"]:
            order = Reset()
        case ["replug"]:
            order = Replug()
        case ["wait", milliseconds]:
            order = Wait(_number(shown, milliseconds))
        case ["quit"]:
            order = Quit()
        case _:
            pass
    return order


def _name(line: str, word: str) -> str:
    if not (word.isascii() and word.replace("-", "").replace("_", "").isalnum() and len(word) <= 40):  # noqa: PLR2004
        raise OrderError(line, Text("名称只能用字母、数字、- 和 _", "a name is made of letters, digits, - and _"))
    return word


def _number(line: str, word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 7):  # noqa: PLR2004 - below ten millions
        raise OrderError(line, Text(f"不是数值：{word}", f"{word} is no number"))
    return int(word)


def _define(line: str, name: str, kind: str, uid: str) -> Define:
    if kind not in KINDS:
        kinds = " ".join(KINDS)
        raise OrderError(line, Text(f"种类只有：{kinds}", f"kinds are: {kinds}"))
    try:
        value = bytes.fromhex(uid)
    except ValueError:
        value = b""
    lengths = KINDS[kind][0]
    if len(value) not in lengths:
        text = ", ".join(map(str, lengths))
        raise OrderError(line, Text(f"uid 应为 {text} 字节十六进制", f"uid is hexadecimal, of {text} bytes"))
    return Define(_name(line, name), kind, value)


def _fault(line: str, name: str, words: list[str], faults: Mapping[str, bool]) -> Fault:
    if name not in faults:
        names = " ".join(faults)
        raise OrderError(line, Text(f"故障只有：{names}", f"faults are: {names}"))
    numbers = [_number(line, word) for word in words]
    wanted = 1 if faults[name] else 0
    if not wanted <= len(numbers) <= wanted + 1:
        raise OrderError(line, HELP)
    number = numbers[0] if wanted else 0
    return Fault(name, number, numbers[wanted] if len(numbers) > wanted else 1)
