"""The registry of tag kinds: what a `tag NAME KIND uid=…` order makes."""

from collections.abc import Callable, Mapping
from functools import partial

from zhendao.simulators.pn532.air import Tag
from zhendao.simulators.pn532.tags.classic import MifareClassic
from zhendao.simulators.pn532.tags.isodep import IsoDep
from zhendao.simulators.pn532.tags.ntag import NTAG213, NTAG215, NTAG216, Model, Ntag, blank


def _ntag(model: Model, uid: bytes, memory: bytes | None) -> Tag:
    content = bytearray(blank(model, uid) if memory is None else memory)
    if len(content) != model.pages * 4:
        message = f"an {model.name} holds {model.pages * 4} bytes, not {len(content)}"
        raise ValueError(message)
    return Ntag(model, content)


def _classic(uid: bytes, memory: bytes | None) -> Tag:
    del memory
    return MifareClassic(uid)


def _isodep(uid: bytes, memory: bytes | None) -> Tag:
    del memory
    return IsoDep(uid)


KINDS: Mapping[str, tuple[tuple[int, ...], Callable[[bytes, bytes | None], Tag]]] = {
    "ntag213": ((7,), partial(_ntag, NTAG213)),
    "ntag215": ((7,), partial(_ntag, NTAG215)),
    "ntag216": ((7,), partial(_ntag, NTAG216)),
    "classic": ((4, 7), _classic),
    "isodep": ((4, 7, 10), _isodep),
}
"""Kind: the uid lengths it can have, and how it is made from uid and kept memory (None: new)."""
