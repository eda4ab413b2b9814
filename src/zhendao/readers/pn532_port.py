"""A PN532 on a serial port: nfcpy's driver over our own opener, with two targets at a time.

Promise: opens any serial path, finds the chip at any of its four baud rates and leaves it at 115200; whatever nfcpy or
the kernel raises ends as a `ReaderError`. nfcpy's frames and settings are used as they are; sensing and exchanges
are our own commands, since nfcpy knows one target only.
"""

import errno
import logging
import os
import termios
import time
from collections.abc import Callable
from typing import Any, NoReturn

from zhendao.readers.errors import (
    NotAPn532Error,
    PortBusyError,
    PortDeniedError,
    PortMissingError,
    PortUnusableError,
    ReaderError,
    ReaderGarbledError,
    ReaderGoneError,
    ReaderSilentError,
    TagGoneError,
    TagRefusedError,
)
from zhendao.readers.nfcpy_pn532 import pn532
from zhendao.readers.reader import PAGE_BYTES, READ_BYTES, Target
from zhendao.readers.sense import TargetsError, parse_targets
from zhendao.readers.serial_line import SerialLine

BAUD = 115_200
BAUDS = (BAUD, BAUD, 921_600, 460_800, 230_400)
"""Tried in this order: what this opener leaves (twice: a first answer may be lost), then what other programs leave."""
MOST_RTTS = 16
_WAKE_UP = b"\x55\x55" + bytes(14)
_VERSION, _SAM, _RF, _LIST, _EXCHANGE = 0x02, 0x14, 0x32, 0x4A, 0x40
_NORMAL_MODE = b"\x01\x00\x01"
_FIELD_OFF = b"\x01\x02"
_TWO_TARGETS_106A = b"\x02\x00"
_READ, _WRITE = 0x30, 0xA2
_COMMAND_S, _LIST_S, _EXCHANGE_S = 0.1, 0.5, 0.3
_GONE = frozenset({0x01, 0x0A, 0x0B, 0x2B})
"""Status: time-out, no field, protocol error, card disappeared."""

_LOG = logging.getLogger("zhendao.readers.nfcpy")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False  # the driver logs every lost frame as an error; ours are values, and counted


class Pn532:
    """An open PN532 (`zhendao.readers.reader.Reader`); made by `open_pn532`."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line
        self._chipset: Any = pn532.Chipset(line, _LOG)
        self._rtts: list[int] = []

    @property
    def port(self) -> str:
        """The path that was opened."""
        return self._line.port

    def start(self) -> None:
        """Find the chip at its baud rate, bring it to 115200 and set it up; the field is off then.

        Raises:
            NotAPn532Error: nothing answers as a PN532 does.
            ReaderError: it answered, and then failed.
        """
        baud = self._find()
        if baud != BAUD:
            self._command(0x10, b"\x04", _COMMAND_S)
            self._guard(self._chipset.send_ack)
            self._set_baud(BAUD)
        self._command(_SAM, _NORMAL_MODE, _COMMAND_S)
        # nfcpy's own start-up: line test with the longest frame, retries, analog settings, field off.
        self._guard(lambda: pn532.Device(self._chipset, _LOG))

    def _find(self) -> int:
        for baud in BAUDS:
            self._set_baud(baud)
            self._line.preamble = _WAKE_UP
            try:
                version = self._command(_VERSION, b"", _COMMAND_S)
            except ReaderGoneError:
                raise
            except ReaderError:
                continue
            if version[:1] == b"\x32":
                return baud
        raise NotAPn532Error(self.port)

    def _set_baud(self, baud: int) -> None:
        try:
            self._line.baudrate = baud
        except OSError as error:
            raise ReaderGoneError(self.port) from error

    def sense(self) -> tuple[Target, ...]:
        """Return the tags in the field, at most two."""
        answer = self._command(_LIST, _TWO_TARGETS_106A, _LIST_S)
        try:
            return parse_targets(answer)
        except TargetsError as error:
            raise ReaderGarbledError(self.port, str(error)) from error

    def rest(self) -> None:
        """Switch the field off."""
        self._command(_RF, _FIELD_OFF, _COMMAND_S)

    def read_pages(self, target: Target, page: int) -> bytes:
        """Return four pages."""
        data = self._exchange(target, bytes((_READ, page)))
        if len(data) != READ_BYTES:
            raise ReaderGarbledError(self.port, f"READ gave {len(data)} bytes")
        return data

    def write_page(self, target: Target, page: int, data: bytes) -> None:
        """Write one page."""
        if len(data) != PAGE_BYTES:
            message = f"a page has {PAGE_BYTES} bytes"
            raise ValueError(message)
        self._exchange(target, bytes((_WRITE, page)) + data)

    def _exchange(self, target: Target, frame: bytes) -> bytes:
        begin = time.monotonic_ns()
        answer = self._command(_EXCHANGE, bytes((target.number,)) + frame, _EXCHANGE_S)
        if len(self._rtts) < MOST_RTTS:
            self._rtts.append((time.monotonic_ns() - begin) // 1000)
        status = answer[0] & 0x3F if answer else 0xFF
        if status in _GONE:
            raise TagGoneError
        if status:
            raise TagRefusedError(f"PN532 status {status:02x}")
        return answer[1:]

    def take_rtts(self) -> tuple[int, ...]:
        """Return the round-trip times since the last call, microseconds."""
        rtts, self._rtts = tuple(self._rtts), []
        return rtts

    def check(self) -> None:
        """Ask for the firmware version."""
        if self._command(_VERSION, b"", _COMMAND_S)[:1] != b"\x32":
            raise ReaderGarbledError(self.port, "GetFirmwareVersion")

    def cancel(self) -> None:
        """End every wait, now and later."""
        self._line.cancel()

    def close(self) -> None:
        """Let go of the port."""
        self._line.close()

    def _command(self, code: int, data: bytes, timeout_s: float) -> bytes:
        return bytes(self._guard(lambda: self._chipset.command(code, bytearray(data), timeout_s)) or b"")

    def _guard(self, call: Any) -> Any:
        """Run ``call`` of nfcpy and give every way in which it fails its name."""
        try:
            return call()
        except ReaderError:
            raise
        except pn532.Chipset.Error as error:
            raise ReaderGarbledError(self.port, f"PN532 error {error.errno:02x}") from error
        except OSError as error:
            self._explain(error)
        except Exception as error:
            raise ReaderGarbledError(self.port, f"{type(error).__name__}") from error

    def _explain(self, error: OSError) -> NoReturn:
        if self._line.gone:
            raise ReaderGoneError(self.port) from error
        if self._line.silent:
            raise ReaderSilentError(self.port) from error
        raise ReaderGarbledError(self.port, error.strerror or "frame") from error


def open_pn532(port: str, made: Callable[[Pn532], None] | None = None) -> Pn532:
    """Open the PN532 on the serial path ``port``; one more try if it answers and then fails.

    ``made`` is called with the reader before anything is sent, so that another thread can `cancel` the opening too.

    Raises:
        PortMissingError, PortDeniedError, PortBusyError, PortUnusableError: the port itself.
        NotAPn532Error: what is at its other end.
        ReaderError: it answered, and then failed.
    """
    try:
        return _open(port, made)
    except (ReaderSilentError, ReaderGarbledError):
        return _open(port, made)


def _open(port: str, made: Callable[[Pn532], None] | None) -> Pn532:
    try:
        line = SerialLine(port, BAUD)
    except OSError as error:
        raise _port_error(port, error) from error
    except Exception as error:
        raise PortUnusableError(port, str(error)) from error
    reader = Pn532(line)
    try:
        if made is not None:
            made(reader)
        reader.start()
    except BaseException:
        reader.close()
        raise
    return reader


def _port_error(port: str, error: OSError) -> ReaderError:
    if error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR, errno.ELOOP}:
        return PortMissingError(port)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PortDeniedError(port)
    if error.errno in {errno.EAGAIN, errno.EBUSY}:
        return PortBusyError(port)
    return PortUnusableError(port, _refusal(error))


def _refusal(error: OSError) -> str:
    """Return what the kernel said: pyserial wraps it in words of its own, and a refused setting in no errno at all."""
    number = error.errno
    if number is None and isinstance(error.__context__, termios.error):
        number = error.__context__.args[0]
    return os.strerror(number) if isinstance(number, int) else str(error)
