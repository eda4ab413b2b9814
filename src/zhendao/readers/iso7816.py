"""A conversation in APDUs (ISO 7816-4) with one card, bounded in time: what is asked, and the answer with its status.

Promise: any bytes that a card answers are an `Answer`; more than `MOST_BYTES` in one, or a conversation that lasts
longer than its budget, ends as `TagMalformedError`. A card that hands its answer out in parts is asked for the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from zhendao.readers.errors import TagMalformedError
from zhendao.readers.reader import Reader, Target

BUDGET_NS = 2_000_000_000
"""So long a card may take to be read, over all its APDUs: a person stands there. What it has shown by then counts."""
MOST_BYTES = 1024
_STATUS_BYTES = 2
_OK = 0x9000
_MORE, _WRONG_LE = 0x61, 0x6C
_MOST_PARTS = 4
_CASE_2 = 5
"""Bytes of a command that sends no data and names how many it wants."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a card answered: ``data``, and the status word SW1 SW2 as a number."""

    data: bytes
    status: int

    @property
    def ok(self) -> bool:
        """Whether the card did what was asked (9000)."""
        return self.status == _OK


def select(name: bytes) -> bytes:
    """Return the command that selects the application ``name`` (5…16 bytes), first occurrence, with its FCI."""
    return b"\x00\xa4\x04\x00" + bytes((len(name),)) + name + b"\x00"


def read_binary(offset: int, size: int) -> bytes:
    """Return the command that reads ``size`` bytes (1…256) of the selected file from ``offset`` (0…32767) on."""
    return b"\x00\xb0" + offset.to_bytes(2, "big") + bytes((size & 0xFF,))


def update_binary(offset: int, data: bytes) -> bytes:
    """Return the command that writes ``data`` (1…255 bytes) into the selected file from ``offset`` on."""
    return b"\x00\xd6" + offset.to_bytes(2, "big") + bytes((len(data),)) + data


class Talk:
    """The conversation with ``target``. ``clock``: monotonic nanoseconds; None: as long as it takes."""

    def __init__(self, reader: Reader, target: Target, clock: Callable[[], int] | None = None) -> None:
        self._reader, self._target, self._clock = reader, target, clock
        self._until_ns = 0 if clock is None else clock() + BUDGET_NS

    def ask(self, apdu: bytes) -> Answer:
        """Send ``apdu``; return its whole answer.

        Raises:
            TagGoneError: it left.
            TagMalformedError: it answers in no form, too much, or takes too long.
            ReaderError: the reader failed.
        """
        answer = self._once(apdu)
        if answer.status >> 8 == _WRONG_LE and len(apdu) == _CASE_2:
            answer = self._once(apdu[:-1] + bytes((answer.status & 0xFF,)))
        data = answer.data
        for _ in range(_MOST_PARTS):
            if answer.status >> 8 != _MORE:
                return Answer(data, answer.status)
            answer = self._once(b"\x00\xc0\x00\x00" + bytes((answer.status & 0xFF,)))
            data += answer.data
        raise TagMalformedError("length", f"an answer in more than {_MOST_PARTS} parts")

    def want(self, apdu: bytes) -> bytes:
        """Send ``apdu``; return its data. Raises `TagMalformedError` unless the card did it, and as `ask` does."""
        answer = self.ask(apdu)
        if not answer.ok:
            raise TagMalformedError("status", f"{answer.status:04x}")
        return answer.data

    def _once(self, apdu: bytes) -> Answer:
        if self._clock is not None and self._clock() > self._until_ns:
            raise TagMalformedError("slow", f"a card that is not read in {BUDGET_NS // 1_000_000} ms")
        raw = self._reader.transceive(self._target, apdu)
        if not _STATUS_BYTES <= len(raw) <= MOST_BYTES:
            raise TagMalformedError("apdu", f"an answer of {len(raw)} bytes")
        return Answer(raw[:-2], int.from_bytes(raw[-2:], "big"))
