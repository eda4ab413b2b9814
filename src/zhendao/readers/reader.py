"""What every kind of reader offers, so that a PC/SC reader can stand where a PN532 does. Pages: of Type 2 tags.

Promise: every call ends within two seconds, and fails with a `ReaderError` and nothing else. A reader is used by the
thread that opened it, any other meets a `ReaderMisusedError`; only `cancel` may come from another.
"""

from dataclasses import dataclass
from typing import Protocol

PAGE_BYTES = 4
READ_BYTES = 16


@dataclass(frozen=True, slots=True)
class Target:
    """One tag as the anticollision gave it. ``number`` is the reader's handle until the next `sense`."""

    number: int
    uid: bytes
    sens_res: int
    """ATQA, 16 bits."""
    sel_res: int
    """SAK, 8 bits."""
    foreign: bool = False
    """Not a card of ISO 14443-A (a reader behind PC/SC may list such)."""

    @property
    def mute(self) -> bool:
        """True for something in the field that answers to nothing, not even with a uid."""
        return not self.uid

    @property
    def supported(self) -> bool:
        """True for a card of ISO 14443-A, whose uid has single, double or triple size."""
        return not self.foreign and len(self.uid) in {4, 7, 10}

    @property
    def random_uid(self) -> bool:
        """True for a uid that is drawn anew each time (ISO 14443-3: single size, first byte 08)."""
        return len(self.uid) == 4 and self.uid[0] == 0x08  # noqa: PLR2004 - as the standard numbers it

    @property
    def iso_dep(self) -> bool:
        """True for a tag that speaks ISO 14443-4."""
        return bool(self.sel_res & 0x20)

    @property
    def type2(self) -> bool:
        """True for what may be a Type 2 tag (NTAG, Ultralight): a MIFARE Classic never is."""
        return self.sel_res == 0 and len(self.uid) == 7  # noqa: PLR2004 - double size


class Reader(Protocol):
    """One open reader."""

    @property
    def port(self) -> str:
        """Where it is, for people."""

    def sense(self) -> tuple[Target, ...]:
        """Return the tags in the field, at most two; the field stays on."""

    def rest(self) -> None:
        """Switch the field off until the next `sense`."""

    def read_pages(self, target: Target, page: int) -> bytes:
        """Return the 16 bytes of four pages from ``page`` on.

        Raises:
            TagGoneError: the tag does not answer.
            TagRefusedError: there are no such pages.
        """

    def write_page(self, target: Target, page: int, data: bytes) -> None:
        """Write the four bytes of one page.

        Raises:
            TagGoneError: the tag does not answer.
            TagRefusedError: the page is locked or protected.
        """

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        """Send one short APDU (ISO 7816-4) to a tag that speaks ISO 14443-4; return its answer, status word included.

        Raises:
            TagGoneError: the tag does not answer, or left in the middle.
            TagMalformedError: it has not activated as ISO 14443-4 asks.
        """

    def take_rtts(self) -> tuple[int, ...]:
        """Return the round-trip times, microseconds, of the exchanges since the last call, at most 16."""

    def check(self) -> None:
        """Raise unless the reader itself answers."""

    def cancel(self) -> None:
        """From another thread: end what is running now, and everything that is begun later."""

    def close(self) -> None:
        """Let go of the port. Never raises."""
