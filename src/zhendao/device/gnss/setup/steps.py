"""What is sent to a receiver to set it up, step by step; and which sentences its line can carry. Pure values.

The trap of 9,600 baud: a second holds 960 bytes, and everything that GPS and BeiDou have to say takes more. What does
not fit comes late, and then not at all; so the sentences are chosen by the rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.protocol.wording import Text

_BITS = 10
_LONGEST = {"GGA": 82, "RMC": 82, "GSA": 2 * 69, "GSV": 2 * 4 * 70, "GST": 70, "ZDA": 38}
"""Bytes of an epoch at worst: two systems, sixteen satellites in view of each."""
_USABLE = 0.95
_RARELY = 5
"""Satellites move slowly: their strengths every five seconds are enough where the line is slow."""

UNWANTED = ("GLL", "VTG")
"""They say nothing that RMC and GGA do not."""


class Answer(StrEnum):
    """How a receiver answers a step."""

    NONE = "none"
    OK = "ok"
    """A sentence `$OK`, or `$FAIL` (Unicore)."""
    ACK = "ack"
    """UBX-ACK-ACK, or ACK-NAK (u-blox)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One message.

    Attributes:
        what: what it sets, for people.
        message: its bytes.
        answer: what is awaited.
        key: class and id that an acknowledgement of UBX names.
        pause_s: the receiver begins anew, and hears nothing for so long.
        baud: from here on both speak at this rate; no answer can be relied on.
        optional: not every receiver of the family can do it: a refusal is noted, and no fault.
    """

    what: Text
    message: bytes
    answer: Answer = Answer.NONE
    key: tuple[int, int] = (0, 0)
    pause_s: float = 0.1
    baud: int | None = None
    optional: bool = False

    @property
    def shown(self) -> str:
        """The message as a person reads it: the sentence, or hexadecimal."""
        if self.message.startswith(b"$"):
            return self.message.decode("ascii").strip()
        return self.message.hex(" ").upper()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent, and in the end, when all is found well, to make it last."""

    steps: tuple[Step, ...]
    save: tuple[Step, ...]


def sentence(body: str) -> bytes:
    """Frame a proprietary sentence: ``$``, checksum, line end."""
    total = 0
    for byte in body.encode("ascii"):
        total ^= byte
    return f"${body}*{total:02X}\r\n".encode("ascii")


def worst_second(rates: dict[str, int]) -> int:
    """Return how many bytes the fullest second holds; ``rates``: each sentence every so many epochs, 0 never."""
    return sum(_LONGEST.get(name, 0) for name, rate in rates.items() if rate)


def wanted(baud: int) -> dict[str, int]:
    """Return every how many epochs each sentence is to come, so that the fullest second fits the line."""
    full = {"GGA": 1, "RMC": 1, "GSA": 1, "GSV": 1, "GST": 1, "ZDA": 1}
    if fits(full, baud):
        return full
    return {"GGA": 1, "RMC": 1, "GSA": 1, "GSV": _RARELY, "GST": 0, "ZDA": 0}


def fits(rates: dict[str, int], baud: int) -> bool:
    """Tell whether the fullest second goes over a line of ``baud`` within a second."""
    return worst_second(rates) * _BITS <= baud * _USABLE
