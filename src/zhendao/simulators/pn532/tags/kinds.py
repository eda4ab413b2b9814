"""The registry of tag kinds: what a `tag NAME KIND uid=…` order makes."""

from collections.abc import Callable, Mapping
from functools import partial

from zhendao.simulators.pn532.air import Tag
from zhendao.simulators.pn532.tags.classic import MifareClassic
from zhendao.simulators.pn532.tags.isodep import ATS, IsoDep
from zhendao.simulators.pn532.tags.ntag import NTAG213, NTAG215, NTAG216, Model, Ntag, blank
from zhendao.simulators.pn532.tags.type4 import FILE_BYTES, Type4


def _ntag(model: Model, uid: bytes, memory: bytes | None) -> Tag:
    content = bytearray(blank(model, uid) if memory is None else memory)
    if len(content) != model.pages * 4:
        message = f"an {model.name} holds {model.pages * 4} bytes, not {len(content)}"
        raise ValueError(message)
    return Ntag(model, content)


def _classic(uid: bytes, memory: bytes | None) -> Tag:
    del memory
    return MifareClassic(uid)


def _isodep(ats: bytes, uid: bytes, memory: bytes | None) -> Tag:
    del memory
    return IsoDep(uid, ats)


def _type4(ats: bytes, uid: bytes, memory: bytes | None) -> Tag:
    content = bytearray(FILE_BYTES) if memory is None else bytearray(memory)
    if len(content) != FILE_BYTES:
        message = f"a type4 holds {FILE_BYTES} bytes, not {len(content)}"
        raise ValueError(message)
    return Type4(uid, ats, content=content)


KINDS: Mapping[str, tuple[tuple[int, ...], Callable[[bytes, bytes | None], Tag]]] = {
    "ntag213": ((7,), partial(_ntag, NTAG213)),
    "ntag215": ((7,), partial(_ntag, NTAG215)),
    "ntag216": ((7,), partial(_ntag, NTAG216)),
    "classic": ((4, 7), _classic),
    "isodep": ((4, 7, 10), partial(_isodep, ATS)),
    "type4": ((4, 7, 10), partial(_type4, ATS)),
    "type4-short-ats": ((4, 7, 10), partial(_type4, b"\x78")),
    "type4-bare-ats": ((4, 7, 10), partial(_type4, b"")),
}
"""Two kinds have an ATS that leaves out what its T0 promises, or T0 itself: such cards are about.

Kind: the uid lengths it can have, and how it is made from uid and kept memory (None: new)."""
