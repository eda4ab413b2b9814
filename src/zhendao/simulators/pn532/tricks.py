"""What may be done to tags besides holding them to a reader: orders in words, and their doing. For both readers.

`copy`, `harvest` are an attacker with a phone; `delay` somebody who relays; `loop` and `bring` a hand at a door tag;
`odd` a card that is none of the ordinary; `pull` a hand that takes all away in the middle of an exchange.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import OrderError
from zhendao.simulators.pn532.air import Antenna
from zhendao.simulators.pn532.phone import Phone
from zhendao.simulators.pn532.pulling import Outcome, Pull
from zhendao.simulators.pn532.shelf import Shelf, StateError
from zhendao.simulators.pn532.tags.ev2.ntag424 import Ntag424
from zhendao.simulators.pn532.tags.isodep import ENDLESS, IsoDep
from zhendao.simulators.pn532.tags.ntag import PAGE, Ntag
from zhendao.simulators.pn532.tags.player import Player

HELP = Text(
    "copy 来源 目标 | harvest 来源 次数 目标 [backwards] | delay 名称 毫秒 | loop 名称 open|closed | bring 名称 文件 | "
    "odd 名称 ats 十六进制|waits 次数|endless|surplus 字节|deaf|page 页号 十六进制 | "
    "pull 帧数 [old|new|torn] | pull bytes 字节数 | pull none",
    "copy FROM TO | harvest FROM COUNT TO [backwards] | delay NAME MS | loop NAME open|closed | bring NAME FILE | "
    "odd NAME ats HEX|waits N|endless|surplus BYTES|deaf|page NUMBER HEX | "
    "pull FRAMES [old|new|torn] | pull bytes N | pull none",
)
MOST_HARVESTED = 1000
MOST_DELAY_MS = 5000
MOST_SURPLUS = 4096
_MOST_ATS = 60
_CLOSED, _OPEN = "closed", "open"


@dataclass(frozen=True, slots=True)
class Trick:
    """One order: its verb and the words behind it."""

    verb: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The order as it was given."""
        return " ".join((self.verb, *self.words))[:80]


VERBS = ("copy", "harvest", "delay", "loop", "bring", "odd", "pull")


def play(trick: Trick, shelf: Shelf, antenna: Antenna) -> dict[str, object]:
    """Do it; return what the acknowledgement adds. Raises `OrderError`."""
    match trick.verb, trick.words:
        case "copy", (origin, target):
            return _copy(trick, shelf, origin, target)
        case "harvest", (origin, count, target, *rest) if rest in ([], ["backwards"]):
            return _harvest(trick, shelf, (origin, target), _number(trick, count, MOST_HARVESTED), backwards=bool(rest))
        case "delay", (name, ms):
            shelf.get(name)
            antenna.delays_us[name] = _number(trick, ms, MOST_DELAY_MS) * 1000
        case "loop", (name, ("open" | "closed") as state):
            _loop(trick, shelf, name, torn=state == _OPEN)
        case "bring", (name, path):
            _bring(trick, shelf, name, path)
        case "odd", (name, "page", number, data):
            _page(trick, shelf, name, _number(trick, number, 0xFF), data)
        case "odd", (name, *words):
            _odd(trick, shelf, name, tuple(words))
        case "pull", words:
            antenna.pull = _pull(trick, words)
        case _:
            raise OrderError(trick.text, HELP)
    return {}


def _number(trick: Trick, word: str, most: int) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 7 and int(word) <= most):  # noqa: PLR2004
        raise OrderError(trick.text, Text(f"不是 0 到 {most} 的数值：{word}", f"{word} is no number up to {most}"))
    return int(word)


def _copy(trick: Trick, shelf: Shelf, origin: str, target: str) -> dict[str, object]:
    phone = Phone(shelf.get(origin))
    message = phone.message() or phone.token_as_message()
    phone.leave()
    if message is None:
        raise OrderError(trick.text, Text(f"{origin} 里没有 NDEF 消息", f"{origin} carries no NDEF message"))
    writer = Phone(shelf.get(target))
    taken = writer.put(message)
    writer.leave()
    if not taken:
        raise OrderError(trick.text, Text(f"{target} 拒绝写入", f"{target} refuses to be written"))
    return {"message": message.hex()}


def _harvest(trick: Trick, shelf: Shelf, names: tuple[str, str], count: int, *, backwards: bool) -> dict[str, object]:
    origin, player = shelf.get(names[0]), shelf.get(names[1])
    if not isinstance(player, Player):
        raise OrderError(trick.text, Text(f"{names[1]} 不是 player", f"{names[1]} is no player"))
    messages: list[bytes] = []
    for _ in range(count):
        phone = Phone(origin)
        message = phone.message()
        phone.leave()
        messages += [] if message is None else [message]
    phone = Phone(origin)
    record = phone.token() or b""
    answers = phone.answers(count, os.urandom) if record else []
    phone.leave()
    step = -1 if backwards else 1
    player.messages, player.answers = messages[::step], answers[::step]
    player.record, player.at = record, 0
    if origin.ats is not None:
        player.ats = origin.ats
    return {"messages": [one.hex() for one in messages], "answers": [one.hex() for one in answers]}


def _loop(trick: Trick, shelf: Shelf, name: str, *, torn: bool) -> None:
    tag = shelf.get(name)
    if not isinstance(tag, Ntag424) or tag.loop is None:
        raise OrderError(trick.text, Text(f"{name} 没有防拆回路", f"{name} has no tamper loop"))
    tag.loop.torn = torn


def _odd(trick: Trick, shelf: Shelf, name: str, words: tuple[str, ...]) -> None:
    tag = shelf.get(name)
    if not isinstance(tag, IsoDep):
        raise OrderError(trick.text, Text(f"{name} 不是 ISO 14443-4 卡", f"{name} is no ISO 14443-4 card"))
    match words:
        case ("ats", *rest) if len(rest) <= 1:
            try:
                tag.ats = bytes.fromhex(rest[0] if rest else "")[:_MOST_ATS]
            except ValueError:
                raise OrderError(trick.text, Text("ATS 应为十六进制", "an ATS is hexadecimal")) from None
        case ("waits", count):
            tag.waits = _number(trick, count, MOST_HARVESTED)
        case ("endless",):
            tag.waits = ENDLESS
        case ("deaf",) if isinstance(tag, Ntag424):
            tag.deaf = True
        case ("surplus", count):
            tag.surplus = _number(trick, count, MOST_SURPLUS)
        case _:
            raise OrderError(trick.text, HELP)


def _bring(trick: Trick, shelf: Shelf, name: str, path: str) -> None:
    try:
        shelf.bring(name, Path(path))
    except StateError as error:
        raise OrderError(trick.text, error.what) from error


def _page(trick: Trick, shelf: Shelf, name: str, number: int, data: str) -> None:
    """Put any four bytes into a page of a Type 2 tag, locks or not."""
    tag = shelf.get(name)
    if not isinstance(tag, Ntag) or not (re.fullmatch(r"[0-9a-fA-F]{8}", data) and number < tag.model.pages):
        raise OrderError(trick.text, Text(f"{name} 没有这一页", f"{name} has no such page, or the data is not 4 bytes"))
    tag.content[number * PAGE : (number + 1) * PAGE] = bytes.fromhex(data)


def _pull(trick: Trick, words: tuple[str, ...]) -> Pull | None:
    match words:
        case ("none",):
            return None
        case ("bytes", count):
            return Pull(octets=_number(trick, count, 1 << 20))
        case (frames,):
            return Pull(frames=_number(trick, frames, 1 << 20))
        case (frames, outcome) if outcome in set(Outcome):
            return Pull(Outcome(outcome), _number(trick, frames, 1 << 20))
        case _:
            raise OrderError(trick.text, HELP)
