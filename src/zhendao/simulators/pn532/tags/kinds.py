"""The registry of tag kinds: what a `tag NAME KIND uid=…` order makes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from zhendao.simulators.pn532.air import Tag
from zhendao.simulators.pn532.tags.classic import MifareClassic
from zhendao.simulators.pn532.tags.cpu.card import CpuCard
from zhendao.simulators.pn532.tags.cpu.folders import Folder
from zhendao.simulators.pn532.tags.ev2.card import Ev2Card
from zhendao.simulators.pn532.tags.ev2.desfire import Desfire
from zhendao.simulators.pn532.tags.ev2.ntag424 import Ntag424
from zhendao.simulators.pn532.tags.ev2.tamper import Loop
from zhendao.simulators.pn532.tags.isodep import ATS, IsoDep
from zhendao.simulators.pn532.tags.ntag import NTAG213, NTAG215, NTAG216, Model, Ntag, blank
from zhendao.simulators.pn532.tags.player import Player
from zhendao.simulators.pn532.tags.type4 import FILE_BYTES, Type4

Kept = Mapping[str, Any] | None
"""What `Tag.kept` said; None for a tag that is new."""


def _ntag(model: Model, uid: bytes, kept: Kept) -> Tag:
    content = bytearray(blank(model, uid) if kept is None else bytes.fromhex(kept["memory"]))
    if len(content) != model.pages * 4:
        message = f"an {model.name} holds {model.pages * 4} bytes, not {len(content)}"
        raise ValueError(message)
    return Ntag(model, content)


def _classic(uid: bytes, kept: Kept) -> Tag:
    del kept
    return MifareClassic(uid)


def _isodep(ats: bytes, uid: bytes, kept: Kept) -> Tag:
    del kept
    return IsoDep(uid, ats)


def _type4(ats: bytes, uid: bytes, kept: Kept) -> Tag:
    content = bytearray(FILE_BYTES) if kept is None else bytearray.fromhex(kept["memory"])
    if len(content) != FILE_BYTES:
        message = f"a type4 holds {FILE_BYTES} bytes, not {len(content)}"
        raise ValueError(message)
    return Type4(uid, ats, content=content)


def _ev2(made: Callable[[bytes], Ev2Card], uid: bytes, kept: Kept) -> Tag:
    card = made(uid)
    if kept is not None:
        card.restore(kept)
    return card


def _tamper(uid: bytes) -> Ntag424:
    return Ntag424(uid, loop=Loop())


def _cpu(uid: bytes, kept: Kept) -> Tag:
    return CpuCard(uid) if kept is None else CpuCard(uid, folders=[Folder.made(one) for one in kept["folders"]])


def _player(deaf: bool, uid: bytes, kept: Kept) -> Tag:  # noqa: FBT001 - given by the table
    player = Player(uid, deaf=deaf)
    if kept is not None:
        player.restore(kept)
    return player


KINDS: Mapping[str, tuple[tuple[int, ...], Callable[[bytes, Kept], Tag]]] = {
    "ntag213": ((7,), partial(_ntag, NTAG213)),
    "ntag215": ((7,), partial(_ntag, NTAG215)),
    "ntag216": ((7,), partial(_ntag, NTAG216)),
    "classic": ((4, 7), _classic),
    "isodep": ((4, 7, 10), partial(_isodep, ATS)),
    "type4": ((4, 7, 10), partial(_type4, ATS)),
    "type4-short-ats": ((4, 7, 10), partial(_type4, b"\x78")),
    "type4-bare-ats": ((4, 7, 10), partial(_type4, b"")),
    "ntag424": ((7,), partial(_ev2, Ntag424)),
    "ntag424tt": ((7,), partial(_ev2, _tamper)),
    "desfire": ((7,), partial(_ev2, Desfire)),
    "cpucard": ((4, 7), _cpu),
    "player": ((4, 7), partial(_player, False)),  # noqa: FBT003 - takes what is written
    "player-deaf": ((4, 7), partial(_player, True)),  # noqa: FBT003 - takes nothing
}
"""Two kinds have an ATS that leaves out what its T0 promises, or T0 itself: such cards are about.

Kind: the uid lengths it can have, and how it is made from uid and what was kept (None: new)."""
