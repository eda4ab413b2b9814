"""A serial port as a transport under nfcpy's driver: whole frames in, whole frames out, every wait bounded.

Promise: noise before a frame is skipped, nothing is buffered beyond one longest frame, a pulled plug or a cancelled
wait ends at once; all trouble is an OSError. The port never becomes the controlling terminal, and is one process's own.
"""

import contextlib
import errno
import os
import select
import termios
import threading
import time

import serial

START = b"\x00\x00\xff"
ACK = b"\x00\x00\xff\x00\xff\x00"
LEAST_WINDOW_MS = 250
"""The chip acknowledges within 15 ms; a busy host may look only much later. Waiting costs nothing when it answers."""
LONGEST_FRAME = 3 + 5 + 265 + 2
MOST_FRAMES = 8
"""Frames taken as the answer to one: nfcpy goes on reading while acknowledgements come."""
_WRITE_S = 1.0


class SerialLine:
    """What nfcpy calls a transport, over any serial path, pseudo-terminals and links to them included."""

    TYPE = "TTY"

    def __init__(self, port: str, baud: int, gap_s: float = 0.0) -> None:
        """Open ``port``; raises OSError (and what pyserial makes of it).

        ``gap_s``: seconds to let pass between a frame read and the next one written. Some FTDI adapters lose a command
        that follows an answer too closely.
        """
        self._gap_s = gap_s
        self._quiet_from = 0.0
        self.window_ms = LEAST_WINDOW_MS
        """No read waits for less. More where an adapter's first byte after opening is late."""
        self._serial = serial.Serial(port, baud, timeout=0, exclusive=True)
        self._buffer = bytearray()
        self._frames = 0
        self._lock = threading.Lock()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._serial.fileno(), select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)
        self.port = port
        self.preamble = b""
        """Sent before the next frame: wakes a sleeping chip."""
        self.gone = False
        """The port vanished while it was open."""
        self.silent = False
        """The last read ended because nothing came."""
        self.cancelled = False

    @property
    def baudrate(self) -> int:
        """Bits per second."""
        return int(self._serial.baudrate)

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        try:
            self._serial.baudrate = baud
        except (OSError, termios.error, ValueError) as error:
            raise self._lost(error) from error

    def write(self, frame: bytes) -> None:
        """Send ``frame``; what had come unasked before is dropped."""
        data = self.preamble + bytes(frame)
        self.preamble = b""
        self._buffer.clear()
        self._frames = 0
        try:
            left = self._quiet_from + self._gap_s - time.monotonic()
            if left > 0 and not self.cancelled:
                select.select((self._wake,), (), (), left)
            descriptor = self._serial.fileno()
            termios.tcflush(descriptor, termios.TCIFLUSH)
            until = time.monotonic() + _WRITE_S
            while data:
                try:
                    data = data[os.write(descriptor, data) :]
                except BlockingIOError:
                    left = until - time.monotonic()
                    if left <= 0 or not select.select((), (descriptor,), (), left)[1]:
                        raise OSError(errno.EIO, os.strerror(errno.EIO)) from None
        except (OSError, termios.error, TypeError, ValueError) as error:
            raise self._lost(error) from error

    def read(self, timeout: int) -> bytearray:
        """Return the next frame, start code to postamble; wait ``timeout`` ms, and never less than `window_ms`."""
        until = time.monotonic() + max(timeout, self.window_ms) / 1000
        self.silent = False
        self._frames += 1
        if self._frames > MOST_FRAMES:
            raise OSError(errno.EIO, "too many frames")
        while True:
            frame = split(self._buffer)
            if frame is not None:
                self._quiet_from = time.monotonic()
                return frame
            left = until - time.monotonic()
            ready = self._poll.poll(max(0, int(left * 1000) + 1)) if left > 0 and not self.cancelled else []
            if not ready or self.cancelled:
                self.silent = True
                raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            self._fill()

    def _fill(self) -> None:
        try:
            data = os.read(self._serial.fileno(), LONGEST_FRAME)
        except BlockingIOError:
            return
        except (OSError, TypeError, ValueError) as error:
            raise self._lost(error) from error
        if not data:
            raise self._lost(OSError(errno.ENODEV, os.strerror(errno.ENODEV)))
        self._buffer += data

    def _lost(self, error: Exception) -> OSError:
        self.gone = True
        return OSError(errno.ENODEV, f"{type(error).__name__}: {error}")

    def cancel(self) -> None:
        """From any thread: no read waits any more."""
        self.cancelled = True
        with self._lock:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Let go of the port; never raises, never waits for bytes to go out."""
        trouble = (OSError, termios.error, TypeError, ValueError)
        with contextlib.suppress(*trouble):  # a port that is gone has nothing to flush
            termios.tcflush(self._serial.fileno(), termios.TCOFLUSH)
        with contextlib.suppress(*trouble):  # and is closed already
            self._serial.close()
        with self._lock:
            if self._wake >= 0:
                os.close(self._wake)
                self._wake = -1


def split(buffer: bytearray) -> bytearray | None:
    """Take the first whole frame out of ``buffer``, None if there is none yet. Garbage before it is dropped.

    Lengths are checked, data checksums are the driver's: a frame with a wrong one is to be reported, not overheard.
    """
    while True:
        start = buffer.find(START)
        if start < 0:
            del buffer[: max(0, len(buffer) - (len(START) - 1))]
            return None
        del buffer[:start]
        size = _size(buffer)
        if size is None:
            return None
        if size:
            break
        del buffer[: len(START)]
    if len(buffer) < size:
        return None
    frame = buffer[:size]
    del buffer[:size]
    return frame


def _size(buffer: bytearray) -> int | None:
    """Return the length of the frame at the beginning of ``buffer``: None not known yet, 0 no frame."""
    head = bytes(buffer[3:8])
    if len(head) < 2:  # noqa: PLR2004 - LEN and LCS
        return None
    if head[:2] in {b"\x00\xff", b"\xff\x00"}:
        return len(ACK)
    if head[:2] == b"\xff\xff":
        if len(head) < 5:  # noqa: PLR2004 - and LENM, LENL, LCS
            return None
        size = 10 + int.from_bytes(head[2:4], "big")
        return size if sum(head[2:5]) & 0xFF == 0 and size <= LONGEST_FRAME else 0
    return 7 + head[0] if sum(head[:2]) & 0xFF == 0 and head[0] else 0
