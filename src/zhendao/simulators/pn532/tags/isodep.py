"""A bare ISO 14443-4 card: it activates, answers SELECT with 6A82 and everything else with 6D00.

Half-duplex block protocol of ISO 14443-4: RATS, PPS, I-blocks chained both ways, R(ACK), R(NAK) (also as presence
check), S(DESELECT), S(WTX). What a bad card does is ordered: `waits`, `surplus`, an ATS of any form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhendao.simulators.pn532.air import Answer, Reply

_RATS = 0xE0
_DESELECT = 0xC2
_WAITING_TIME = 0xF2
_PPS = 0xD0
_I_BLOCK, _CHAINED = 0x02, 0x10
_R_ACK, _R_NAK = 0xA2, 0xB2
_SELECT = 0xA4
NOT_FOUND = b"\x6a\x82"
NO_SUCH_INSTRUCTION = b"\x6d\x00"
_APDU_HEAD = 4
ATS = b"\x75\x77\x81\x02\x80"
"""An ordinary answer to select, without its length byte."""
FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)
"""By FSDI or FSCI: bytes of a frame, PCB and CRC among them."""
OVERHEAD = 3
"""PCB and CRC_A."""
APDU_US = 1000
"""What a card works at an ordinary command."""
ENDLESS = -1
LONGEST_COMMAND = 512
"""Bytes of a chained command that are kept; what comes behind is lost."""


def frame_size(index: int) -> int:
    """Return the bytes of a frame that FSDI or FSCI ``index`` stands for."""
    return FRAME_SIZES[min(index, len(FRAME_SIZES) - 1)]


@dataclass(slots=True)
class IsoDep:
    """ATQA 0344 with a 7-byte uid (0004 with 4), SAK 20."""

    uid: bytes
    ats: bytes = ATS
    sak: int = 0x20
    waits: int = 0
    """So many times the card asks for more time before each answer; `ENDLESS`: for ever."""
    surplus: int = 0
    """So many bytes too many in each answer."""
    _active: bool = field(default=False, repr=False)
    _number: int = field(default=1, repr=False)
    _frame: int = field(default=64, repr=False)
    _coming: bytearray = field(default_factory=bytearray, repr=False)
    _earlier: bytes = field(default=b"", repr=False)
    """What came of the last command before its last frame."""
    _going: bytes = field(default=b"", repr=False)
    _last: bytes = field(default=b"", repr=False)
    _waited: int = field(default=0, repr=False)

    @property
    def atqa(self) -> bytes:
        """SENS_RES: says how long the uid is."""
        return b"\x03\x44" if len(self.uid) > 4 else b"\x00\x04"  # noqa: PLR2004 - single-size uid

    def reset(self) -> None:
        """Leave the ISO 14443-4 state."""
        if self._coming:
            self.broken_off(bytes(self._coming))
        self._active = False
        self._number = 1
        self._coming, self._going, self._last, self._waited = bytearray(), b"", b"", 0

    def exchange(self, frame: bytes) -> Reply:
        """Answer one block; what is none is met with silence."""
        head = frame[0] if frame else 0
        reply: Reply = None
        if not self._active:
            if head == _RATS:
                self._active = True
                self._frame = frame_size(frame[1] >> 4 if len(frame) > 1 else 0)
                reply = Answer(bytes((len(self.ats) + 1,)) + self.ats)
        elif head & 0xF0 == _PPS:  # any bit rate is agreed to
            reply = Answer(frame[:1])
        elif head == _DESELECT:
            self.reset()
            reply = Answer(frame[:1])
        elif head == _WAITING_TIME:
            reply = self._block() if self._going else None
        elif head & 0xE6 == _R_ACK:
            reply = self._repeated(head)
        elif head & 0xE2 == _I_BLOCK:
            reply = self._taken(head, frame[1:])
        return reply

    def _taken(self, head: int, data: bytes) -> Reply:
        """Take an I-block: a part of a command, or its end."""
        self._number = head & 1
        self._going, self._earlier = b"", bytes(self._coming)
        self._coming += data[: max(0, LONGEST_COMMAND - len(self._coming))]
        if head & _CHAINED:
            return Answer(bytes((_R_ACK | self._number,)))
        command, self._coming = bytes(self._coming), bytearray()
        self._going = self.apdu(command) + bytes(self.surplus)
        self._waited = 0
        return self._block()

    def _repeated(self, head: int) -> Reply:
        """Take R(ACK) or R(NAK): the next part of the answer, the last one again, or "still here"."""
        if head & 1 == self._number and self._last:
            return Answer(self._last)
        if head & _CHAINED:
            return Answer(bytes((_R_ACK | self._number,)))
        self._number = head & 1
        return self._block() if self._going else None

    def _block(self) -> Reply:
        """Return the next block of the answer, or ask for more time."""
        if self.waits == ENDLESS or self._waited < self.waits:
            self._waited += 1
            return Answer(bytes((_WAITING_TIME, 1)), busy_us=APDU_US)
        most = self._frame - OVERHEAD
        part, self._going = self._going[:most], self._going[most:]
        self._last = bytes((_I_BLOCK | self._number | (_CHAINED if self._going else 0),)) + part
        return Answer(self._last, busy_us=APDU_US)

    def apdu(self, command: bytes) -> bytes:
        """Return the status word for ``command``."""
        if len(command) >= _APDU_HEAD and command[1] == _SELECT:
            return NOT_FOUND
        return NO_SUCH_INSTRUCTION

    def undo_last_frame(self) -> None:
        """Note that the last frame of a command never counted, those before it did."""
        if self._earlier:
            self.broken_off(self._earlier)

    def broken_off(self, command: bytes) -> None:
        """Take note that a chained command ended in its middle, after ``command``."""

    def memory(self) -> bytes:
        """Return nothing: there are no files."""
        return b""

    def kept(self) -> dict[str, Any]:
        """Return the memory."""
        return {"memory": self.memory().hex()}

    def tear(self, before: Mapping[str, Any]) -> None:
        """Nothing was written."""
