"""A bare ISO 14443-4 card: it activates, answers SELECT with 6A82 and everything else with 6D00.

Half-duplex block protocol of ISO 14443-4 without chaining: RATS, PPS, I-blocks, S(DESELECT), R(NAK) as presence check.
"""

from dataclasses import dataclass, field

from zhendao.simulators.pn532.air import Answer, Reply

_RATS = 0xE0
_DESELECT = 0xC2
_PPS = 0xD0
_R_NAK = 0xB2
_I_BLOCK = 0x02
_SELECT = 0xA4
NOT_FOUND = b"\x6a\x82"
NO_SUCH_INSTRUCTION = b"\x6d\x00"
_APDU_HEAD = 4
ATS = b"\x75\x77\x81\x02\x80"
"""An ordinary answer to select, without its length byte."""


@dataclass(slots=True)
class IsoDep:
    """ATQA 0344 with a 7-byte uid (0004 with 4), SAK 20."""

    uid: bytes
    ats: bytes = ATS
    sak: int = 0x20
    _active: bool = field(default=False, repr=False)

    @property
    def atqa(self) -> bytes:
        """SENS_RES: says how long the uid is."""
        return b"\x03\x44" if len(self.uid) > 4 else b"\x00\x04"  # noqa: PLR2004 - single-size uid

    def reset(self) -> None:
        """Leave the ISO 14443-4 state."""
        self._active = False

    def exchange(self, frame: bytes) -> Reply:
        """Answer one block; what is none is met with silence."""
        head = frame[0] if frame else 0
        reply: Reply = None
        if not self._active:
            if head == _RATS:
                self._active = True
                reply = Answer(bytes((len(self.ats) + 1,)) + self.ats)
        elif head & 0xF0 == _PPS:  # any bit rate is agreed to
            reply = Answer(frame[:1])
        elif head == _DESELECT:
            self._active = False
            reply = Answer(frame[:1])
        elif head & 0xF6 == _R_NAK:  # answered by R(ACK)
            reply = Answer(bytes((0xA2 | head & 1,)))
        elif head & 0xE2 == _I_BLOCK:
            reply = Answer(frame[:1] + self.apdu(frame[1:]), busy_us=1000)
        return reply

    def apdu(self, command: bytes) -> bytes:
        """Return the status word for ``command``."""
        if len(command) >= _APDU_HEAD and command[1] == _SELECT:
            return NOT_FOUND
        return NO_SUCH_INSTRUCTION

    def memory(self) -> bytes:
        """Return nothing: there are no files."""
        return b""
