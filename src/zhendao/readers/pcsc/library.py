"""The eight functions of libpcsclite that a reader needs, through ctypes (docs/decisions/pcsc-by-ctypes.md).

Promise: every call returns values or raises `PcscCall` with the library's own result; none of them keeps the
interpreter lock while it waits. On Linux DWORD is unsigned long and LONG is long (wintypes.h).
"""

import ctypes
import functools
from ctypes import POINTER, byref, c_char_p, c_long, c_ubyte, c_ulong, c_void_p
from dataclasses import dataclass

from zhendao.readers.pcsc.errors import PcscLibraryError

NAME = "libpcsclite.so.1"
ATR_BYTES = 33
ANSWER_BYTES = 264
"""The longest answer to a short APDU is 256 bytes and a status word."""

STATE_UNKNOWN, STATE_UNAVAILABLE, STATE_PRESENT, STATE_MUTE = 0x04, 0x08, 0x20, 0x200
_SCOPE_SYSTEM = 2
_EXCLUSIVE = 1
_T0, _T1 = 1, 2
_LEAVE = 0


class PcscCall(Exception):  # noqa: N818 - a result of a call; what it means is for the caller to say
    """A call failed. ``result``: SCARD_E_…, SCARD_W_… as pcsclite.h numbers them."""

    def __init__(self, result: int) -> None:
        super().__init__(f"{result:08x}")
        self.result = result


class _ReaderState(ctypes.Structure):
    """SCARD_READERSTATE."""

    _fields_ = (
        ("name", c_char_p),
        ("user_data", c_void_p),
        ("current", c_ulong),
        ("event", c_ulong),
        ("atr_size", c_ulong),
        ("atr", c_ubyte * ATR_BYTES),
    )


class _IoRequest(ctypes.Structure):
    """SCARD_IO_REQUEST."""

    _fields_ = (("protocol", c_ulong), ("size", c_ulong))


@dataclass(frozen=True, slots=True)
class SlotState:
    """What the service says of a reader: flags of ``STATE_…``, how many cards have come and gone, the card's ATR."""

    flags: int
    count: int
    atr: bytes


@functools.cache
def _library() -> ctypes.CDLL:
    """Load the library by its exact name and declare the functions that are used. Raises `PcscLibraryError`."""
    try:
        lib = ctypes.CDLL(NAME)
        for name, arguments in (
            ("SCardEstablishContext", [c_ulong, c_void_p, c_void_p, POINTER(c_long)]),
            ("SCardReleaseContext", [c_long]),
            ("SCardListReaders", [c_long, c_char_p, c_char_p, POINTER(c_ulong)]),
            ("SCardGetStatusChange", [c_long, c_ulong, POINTER(_ReaderState), c_ulong]),
            ("SCardConnect", [c_long, c_char_p, c_ulong, c_ulong, POINTER(c_long), POINTER(c_ulong)]),
            ("SCardDisconnect", [c_long, c_ulong]),
            (
                "SCardTransmit",
                [c_long, POINTER(_IoRequest), c_char_p, c_ulong, c_void_p, POINTER(c_ubyte), POINTER(c_ulong)],
            ),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = c_long, arguments
    except (OSError, AttributeError) as error:
        raise PcscLibraryError from error
    return lib


def _check(result: int) -> None:
    if result:
        raise PcscCall(result & 0xFFFF_FFFF)


class Context:
    """A connection to the service."""

    def __init__(self) -> None:
        """Connect. Raises `PcscLibraryError`, `PcscCall`."""
        self._lib = _library()
        handle = c_long()
        _check(self._lib.SCardEstablishContext(_SCOPE_SYSTEM, None, None, byref(handle)))
        self._handle = handle.value

    def readers(self) -> tuple[str, ...]:
        """Return the names of the readers that the service knows. Raises `PcscCall`."""
        size = c_ulong()
        _check(self._lib.SCardListReaders(self._handle, None, None, byref(size)))
        names = ctypes.create_string_buffer(size.value)
        _check(self._lib.SCardListReaders(self._handle, None, names, byref(size)))
        return tuple(name.decode("utf-8", "replace") for name in names.raw[: size.value].split(b"\0") if name)

    def state(self, reader: str) -> SlotState:
        """Return what is known of ``reader`` now; does not wait. Raises `PcscCall`."""
        asked = _ReaderState(name=reader.encode())
        _check(self._lib.SCardGetStatusChange(self._handle, 0, byref(asked), 1))
        atr = bytes(asked.atr[: min(asked.atr_size, ATR_BYTES)])
        return SlotState(asked.event & 0xFFFF, asked.event >> 16 & 0xFFFF, atr)

    def connect(self, reader: str) -> "Card":
        """Take the card in ``reader`` for ourselves. Raises `PcscCall`."""
        handle, protocol = c_long(), c_ulong()
        _check(
            self._lib.SCardConnect(self._handle, reader.encode(), _EXCLUSIVE, _T0 | _T1, byref(handle), byref(protocol))
        )
        return Card(self._lib, handle.value, protocol.value)

    def release(self) -> None:
        """Leave the service; whatever it says."""
        self._lib.SCardReleaseContext(self._handle)


class Card:
    """A card that we hold."""

    def __init__(self, lib: ctypes.CDLL, handle: int, protocol: int) -> None:
        self._lib = lib
        self._handle = handle
        self._request = _IoRequest(protocol, ctypes.sizeof(_IoRequest))

    def transmit(self, apdu: bytes) -> bytes:
        """Send an APDU; return its answer with the status word. Waits as long as the reader does. Raises `PcscCall`."""
        answer = (c_ubyte * ANSWER_BYTES)()
        size = c_ulong(ANSWER_BYTES)
        _check(self._lib.SCardTransmit(self._handle, byref(self._request), apdu, len(apdu), None, answer, byref(size)))
        return bytes(answer[: size.value])

    def release(self) -> None:
        """Let go of the card as it is; whatever the service says."""
        self._lib.SCardDisconnect(self._handle, _LEAVE)
