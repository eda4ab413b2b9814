"""The reader's side of the ISO 14443-4 block protocol, as a PN532 or a PC/SC reader keeps it for its host. Pure.

Promise: any card gives a `Conversation` in a bounded number of frames: one that asks for more time without end, or goes
on answering without end, is `endless`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from zhendao.simulators.pn532.air import Answer, Reply, air_us
from zhendao.simulators.pn532.tags.isodep import FRAME_SIZES, OVERHEAD, frame_size

MOST_WAITS = 64
"""A reader that has granted more time so often would do so for ever."""
MOST_ANSWER = 4096
_DEFAULT_FSCI = 2
_I_BLOCK, _CHAINED = 0x02, 0x10
_R_ACK = 0xA2
_WAITING_TIME = 0xF2
_CRC = 2


@dataclass(frozen=True, slots=True)
class Conversation:
    """One APDU: its answer, None if the card fell silent; ``number``: block number of the next one."""

    answer: bytes | None
    number: int
    took_us: int
    endless: bool = False


def card_frame(ats: bytes | None) -> int:
    """Return the bytes of a frame that a card with this answer to select (without its length byte) takes."""
    return frame_size(ats[0] & 0x0F) if ats else FRAME_SIZES[_DEFAULT_FSCI]


@dataclass(slots=True)
class _Line:
    """What goes over the air, and how long it took so far."""

    send: Callable[[bytes], Reply]
    took_us: int = 0
    waits: int = 0

    def ask(self, frame: bytes) -> bytes | None:
        """Send a frame and return the answer, once the card needs no more time; None: silence, or time without end."""
        while True:
            reply = self.send(frame)
            if not isinstance(reply, Answer) or not reply.data:
                return None
            self.took_us += reply.busy_us + air_us(len(frame) + _CRC, len(reply.data) + _CRC)
            if reply.data[0] != _WAITING_TIME:
                return reply.data
            self.waits += 1
            if self.waits > MOST_WAITS:
                return None
            frame = reply.data


def converse(send: Callable[[bytes], Reply], apdu: bytes, number: int, frame: int) -> Conversation:
    """Send ``apdu`` in blocks of at most ``frame`` bytes from block ``number`` on, and collect the answer."""
    line, most = _Line(send), frame - OVERHEAD
    parts = [apdu[at : at + most] for at in range(0, len(apdu), most)] or [b""]
    got: bytes | None = None
    for part in parts:
        more = part is not parts[-1]
        got = line.ask(bytes((_I_BLOCK | number | (_CHAINED if more else 0),)) + part)
        number ^= 1
        if got is None or (more and got[0] & 0xF6 != _R_ACK):
            return Conversation(None, number, line.took_us, line.waits > MOST_WAITS)
    answer = b""
    while got is not None and got[0] & 0xE2 == _I_BLOCK and len(answer) <= MOST_ANSWER:
        answer += got[1:]
        if not got[0] & _CHAINED:
            return Conversation(answer, number, line.took_us)
        got = line.ask(bytes((_R_ACK | number,)))
        number ^= 1
    return Conversation(None, number, line.took_us, got is not None or line.waits > MOST_WAITS)
