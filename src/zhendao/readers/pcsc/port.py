"""A contactless reader behind PC/SC (`zhendao.readers.reader.Reader`): one card at a time, its field always on.

Promise: whatever library, service, reader and card do ends as a `ReaderError`. A service that was restarted and a
reader that was pulled are errors that lead to a new context; a card that left is a tag that is gone. A call into the
service cannot be cut short: a thread that hangs in one is for its owner to replace.
"""

import threading
import time
from collections.abc import Callable

from zhendao.readers.errors import (
    ReaderError,
    ReaderGoneError,
    ReaderMisusedError,
    TagGoneError,
    TagMalformedError,
    TagRefusedError,
)
from zhendao.readers.pcsc.atr import card_of
from zhendao.readers.pcsc.errors import (
    PcscBusyError,
    PcscDeniedError,
    PcscError,
    PcscReaderMissingError,
    PcscServiceError,
)
from zhendao.readers.pcsc.library import (
    STATE_MUTE,
    STATE_PRESENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Card,
    Context,
    PcscCall,
    SlotState,
)
from zhendao.readers.reader import PAGE_BYTES, READ_BYTES, Target

MOST_RTTS = 16
ENDING_S = 0.3
"""How long a service may take to end."""
_GET_UID = b"\xff\xca\x00\x00\x00"
_FIRST_PAGES = b"\xff\xb0\x00\x00\x10"
_OK = b"\x90\x00"
_NO_ANSWER = b"\x63\x00"
_CARD_GONE = frozenset({0x8010000C, 0x80100016, 0x8010002F, 0x80100066, 0x80100067, 0x80100068, 0x80100069})
"""No card, not transacted, data lost, unresponsive, unpowered, reset, removed."""
_SERVICE_GONE = frozenset({0x80100003, 0x80100013, 0x8010001D, 0x8010001E})
"""Invalid handle, communication error, no service, service stopped."""
_READER_GONE = frozenset({0x80100009, 0x80100017, 0x8010002E})
"""Unknown reader, reader unavailable, no readers."""
_TOO_LONG = frozenset({0x80100008})
"""Insufficient buffer: an answer that no short APDU can have."""
_BUSY = frozenset({0x8010000B, 0x80100031})
_DENIED = frozenset({0x80100027, 0x8010006A})
_MUTE = Target(1, b"", 0, 0)
_CONTACTLESS = ("picc", "contactless", " cl ")


class PcscReader:
    """An open reader; made by `open_pcsc`."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name
        self._card: Card | None = None
        self._target: Target | None = None
        self._count = -1
        self._rtts: list[int] = []
        self._owner = threading.get_ident()
        self._cancelled = False
        self._closed = False

    @property
    def port(self) -> str:
        """The reader's whole name."""
        return self._name

    def find(self) -> None:
        """Choose the reader by the part of its name that was given. Raises `ReaderError`."""
        try:
            names = self._context.readers()
        except PcscCall as failed:
            raise named(self._name, failed) from failed
        name = choose(self._name, names)
        if name is None:
            raise PcscReaderMissingError(self._name, names)
        self._name = name
        self.check()

    def sense(self) -> tuple[Target, ...]:
        """Return the card in the field, if there is one."""
        state = self._state()
        if not state.flags & STATE_PRESENT:
            self._let_go()
            return ()
        if self._target is None or self._target.mute or state.count != self._count:
            self._let_go()
            self._count = state.count
            self._target = self._meet(state)
        return (self._target,)

    def rest(self) -> None:
        """Leave the field on: PC/SC knows no other way."""

    def read_pages(self, target: Target, page: int) -> bytes:
        """Return four pages (READ BINARY of PC/SC part 3)."""
        return self._storage(target, bytes((0xFF, 0xB0, 0x00, page, READ_BYTES)), READ_BYTES)

    def write_page(self, target: Target, page: int, data: bytes) -> None:
        """Write one page (UPDATE BINARY of PC/SC part 3)."""
        if len(data) != PAGE_BYTES:
            message = f"a page has {PAGE_BYTES} bytes"
            raise ValueError(message)
        self._storage(target, bytes((0xFF, 0xD6, 0x00, page, PAGE_BYTES)) + data, 0)

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        """Send an APDU to the card."""
        if self._card is None or target != self._target:
            raise TagGoneError
        return self._transmit(self._card, apdu)

    def take_rtts(self) -> tuple[int, ...]:
        """Return the round-trip times since the last call, microseconds: the reader's and the service's share too."""
        rtts, self._rtts = tuple(self._rtts), []
        return rtts

    def check(self) -> None:
        """Ask the service for the reader."""
        self._state()

    def cancel(self) -> None:
        """End everything that is begun later."""
        self._cancelled = True

    def close(self) -> None:
        """Let go of card and service."""
        if not self._closed:
            self._closed = True
            self._let_go()
            self._context.release()

    def _storage(self, target: Target, apdu: bytes, size: int) -> bytes:
        answer = self.transceive(target, apdu)
        if answer[-2:] == _NO_ANSWER and self.transceive(target, _FIRST_PAGES)[-2:] != _OK:
            raise TagGoneError  # what a card refuses, and what it does not hear, is one status word: page 0 tells
        if answer[-2:] != _OK or len(answer) != size + 2:
            raise TagRefusedError(f"status {answer[-2:].hex()}")
        return answer[:-2]

    def _state(self) -> SlotState:
        if threading.get_ident() != self._owner:
            raise ReaderMisusedError(self._name)
        if self._cancelled:
            raise ReaderGoneError(self._name)
        try:
            state = self._context.state(self._name)
        except PcscCall as failed:
            raise named(self._name, failed) from failed
        if state.flags & (STATE_UNKNOWN | STATE_UNAVAILABLE):
            raise PcscReaderMissingError(self._name)
        return state

    def _meet(self, state: SlotState) -> Target:
        """Return the card that has come; one that does not say its uid is mute, and asked again in the next round."""
        if state.flags & STATE_MUTE:
            return _MUTE
        try:
            self._card = self._connect()
            answer = self._transmit(self._card, _GET_UID)
        except (TagGoneError, PcscError):
            return _MUTE
        if answer[-2:] != _OK or len(answer) == len(_OK):
            return _MUTE
        kind = card_of(state.atr)
        return Target(1, answer[:-2], 0, kind.sel_res, foreign=kind.foreign)

    def _connect(self) -> Card:
        try:
            return self._context.connect(self._name)
        except PcscCall as failed:
            raise named(self._name, failed) from failed

    def _transmit(self, card: Card, apdu: bytes) -> bytes:
        if threading.get_ident() != self._owner:
            raise ReaderMisusedError(self._name)
        begin = time.monotonic_ns()
        try:
            answer = card.transmit(apdu)
        except PcscCall as failed:
            self._target = None  # met again in the next round, if it is still there
            raise named(self._name, failed) from failed
        if len(answer) < len(_OK):  # so does the service end an APDU whose card has left
            self._target = None
            raise TagGoneError
        if len(self._rtts) < MOST_RTTS:
            self._rtts.append((time.monotonic_ns() - begin) // 1000)
        return answer

    def _let_go(self) -> None:
        card, self._card, self._target = self._card, None, None
        if card is not None:
            card.release()


def named(reader: str, failed: PcscCall) -> ReaderError:
    """Return the error of ours for a call that failed."""
    for results, error in (
        (_CARD_GONE, TagGoneError()),
        (_TOO_LONG, TagMalformedError("length", "an answer of more bytes than a card may give")),
        (_SERVICE_GONE, PcscServiceError()),
        (_READER_GONE, PcscReaderMissingError(reader)),
        (_BUSY, PcscBusyError(reader)),
        (_DENIED, PcscDeniedError()),
    ):
        if failed.result in results:
            return error
    return PcscError(reader, failed.result)


def choose(wanted: str, names: tuple[str, ...]) -> str | None:
    """Return the first reader whose name holds ``wanted``; of several, one that says that it is contactless."""
    fitting = [name for name in names if wanted.casefold() in name.casefold()]
    clear = [name for name in fitting if any(word in name.casefold() for word in _CONTACTLESS)]
    return next(iter(clear or fitting), None)


def open_pcsc(wanted: str, made: Callable[[PcscReader], None] | None = None) -> PcscReader:
    """Open the reader whose name holds ``wanted``; empty: the first one. ``made`` is called with it at once.

    Raises:
        PcscLibraryError, PcscServiceError, PcscDeniedError: PC/SC itself.
        PcscReaderMissingError: there is no such reader.
        ReaderError: it was there, and then failed.
    """
    try:
        context = _context()
    except PcscCall as failed:
        raise named(wanted, failed) from failed
    reader = PcscReader(context, wanted)
    try:
        if made is not None:
            made(reader)
        reader.find()
    except BaseException:
        reader.close()
        raise
    return reader


def _context() -> Context:
    """Connect to the service; once more if it refuses, which one that is about to end does too. Raises `PcscCall`."""
    try:
        return Context()
    except PcscCall as failed:
        if failed.result not in _DENIED:
            raise
    time.sleep(ENDING_S)
    return Context()
