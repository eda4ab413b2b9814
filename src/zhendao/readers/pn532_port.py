"""A PN532 on a serial port: nfcpy's driver over our own opener, with two targets at a time.

Promise: opens any serial path, finds the chip at any of its four baud rates and leaves it at 115200; whatever nfcpy or
the kernel raises ends as a `ReaderError`. nfcpy's frames and settings are used as they are; sensing and exchanges
are our own commands, since nfcpy knows one target only.
"""

import errno
import logging
import os
import termios
import threading
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
    ReaderMisusedError,
    ReaderSilentError,
    TagError,
    TagGoneError,
    TagMalformedError,
    TagRefusedError,
)
from zhendao.readers.nfcpy_pn532 import pn532
from zhendao.readers.reader import PAGE_BYTES, READ_BYTES, Target
from zhendao.readers.sense import TargetsError, cascaded, parse_activated, parse_targets
from zhendao.readers.serial_line import SerialLine

BAUD = 115_200
BAUDS = (BAUD, BAUD, 921_600, 460_800, 230_400)
"""Tried in this order: what this opener leaves (twice: a first answer may be lost), then what other programs leave."""
PATIENT_MS = 1_200
"""At last once more, for adapters whose first byte after opening comes up to a second late."""
GAP_S = 0.001
"""Between an answer and the next command: cures FTDI adapters that lose the acknowledgement otherwise."""
MOST_RTTS = 16
_WAKE_UP = b"\x55\x55" + bytes(14)
_VERSION, _PARAMETERS, _SAM, _RF, _LIST, _EXCHANGE = 0x02, 0x12, 0x14, 0x32, 0x4A, 0x40
_NORMAL_MODE = b"\x01\x00\x01"
_FIELD_OFF = b"\x01\x02"
_TWO_TARGETS_106A = b"\x02\x00"
_AUTO_RATS, _PLAIN = b"\x10", b"\x00"
"""SetParameters: with, and without, activating ISO 14443-4 while listing."""
_READ, _WRITE = 0x30, 0xA2
_COMMAND_S, _LIST_S, _EXCHANGE_S, _APDU_S = 0.1, 0.5, 0.3, 1.2
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
        self._owner = threading.get_ident()
        self._activated = b""

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
        window_ms = self._line.window_ms
        for patient, baud in [*((False, baud) for baud in BAUDS), (True, BAUD)]:
            self._set_baud(baud)
            self._line.preamble = _WAKE_UP
            self._line.window_ms = PATIENT_MS if patient else window_ms
            try:
                version = self._command(_VERSION, b"", _COMMAND_S)
            except (ReaderGoneError, ReaderMisusedError):
                raise
            except ReaderError:
                continue
            finally:
                self._line.window_ms = window_ms
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
        self._activated = b""
        answer = self._command(_LIST, _TWO_TARGETS_106A, _LIST_S)
        try:
            return parse_targets(answer)
        except TargetsError as error:
            raise ReaderGarbledError(self.port, str(error)) from error

    def rest(self) -> None:
        """Switch the field off."""
        self._activated = b""
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

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        """Send an APDU; the chip keeps the block protocol, waiting-time extensions included.

        The first APDU to a target activates it anew, alone: the handles of the other targets are void until `sense`.
        """
        if self._activated != target.uid:
            self._activate(target)
        try:
            answer = self._exchange(_FIRST, apdu, _APDU_S)
        except TagError:
            self._activated = b""
            raise TagGoneError from None
        except ReaderSilentError:
            self._activated = b""
            self.check()  # raises if it is the reader that is silent; else the card is, for longer than it may be
            raise TagGoneError from None
        if len(answer) < 2:  # noqa: PLR2004 - SW1 SW2
            raise TagMalformedError("apdu", "an answer without status word")
        return answer

    def _activate(self, target: Target) -> None:
        """List ``target`` alone, with RATS; its ATS is checked for nothing but its length, and not needed."""
        self.rest()  # a tag that has answered is deaf to a new request until the field was off
        self._command(_PARAMETERS, _AUTO_RATS, _COMMAND_S)
        try:
            answer = self._command(_LIST, b"\x01\x00" + cascaded(target.uid), _LIST_S)
        finally:
            self._command(_PARAMETERS, _PLAIN, _COMMAND_S)
        try:
            found = parse_activated(answer, target.uid)
        except TargetsError as error:
            raise TagMalformedError("ats", str(error)) from error
        if not found:
            raise TagGoneError
        self._activated = target.uid

    def _exchange(self, target: Target, frame: bytes, timeout_s: float = _EXCHANGE_S) -> bytes:
        begin = time.monotonic_ns()
        answer = self._command(_EXCHANGE, bytes((target.number,)) + frame, timeout_s)
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
        if threading.get_ident() != self._owner:
            raise ReaderMisusedError(self.port)
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


_FIRST = Target(number=1, uid=b"", sens_res=0, sel_res=0)
"""The handle of a target that was listed alone."""


def open_pn532(port: str, made: Callable[[Pn532], None] | None = None, gap_s: float = GAP_S) -> Pn532:
    """Open the PN532 on the serial path ``port``; one more try if it answers and then fails.

    ``made`` is called with the reader before anything is sent, so that another thread can `cancel` the opening too.
    ``gap_s``: seconds between an answer and the next command.

    Raises:
        PortMissingError, PortDeniedError, PortBusyError, PortUnusableError: the port itself.
        NotAPn532Error: what is at its other end.
        ReaderError: it answered, and then failed.
    """
    try:
        return _open(port, made, gap_s)
    except (ReaderSilentError, ReaderGarbledError):
        return _open(port, made, gap_s)


def _open(port: str, made: Callable[[Pn532], None] | None, gap_s: float) -> Pn532:
    try:
        line = SerialLine(port, BAUD, gap_s)
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
