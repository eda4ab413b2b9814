"""What a terminal remembers of the time over a reboot: the last trusted time, and how far off its battery clock was.

Promise: time does not run back behind it unnoticed (a receiver fed with yesterday's sky is contradicted), and the
battery clock is given the error that it can have by now. Written with each anchor, a few times a day; a file that is
not there or torn costs the witness, nothing else. It holds a time and no secret.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from zhendao.device.clock.evidence import TimeAt
from zhendao.device.clock.trust import Known
from zhendao.device.files import HOST, put, read
from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import ClockSource

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.clock.settings import ClockSettings
    from zhendao.device.files import Files

_MOST_BYTES = 256
_CHECK = 8


@dataclass(frozen=True, slots=True)
class Remembered:
    """At ``mono_ns`` of ``boot_id`` it was ``wall_ms`` ± ``bound_ms``; ``rtc_off_ms``: the battery clock minus that."""

    boot_id: bytes
    mono_ns: int
    wall_ms: int
    bound_ms: int
    source: ClockSource
    rtc_off_ms: int | None = None

    def known(self, boot_id: bytes, mono_ns: int, rtc_ms: int | None, settings: ClockSettings) -> Known:
        """Return what this is worth at ``mono_ns`` of the boot that runs now, whose battery clock says ``rtc_ms``."""
        if boot_id == self.boot_id:
            return Known(anchor=TimeAt(self.source, self.wall_ms, self.bound_ms, self.mono_ns))
        floor = TimeAt(ClockSource.HOLDOVER, self.wall_ms, self.bound_ms, mono_ns)
        if rtc_ms is None or self.rtc_off_ms is None:
            return Known(floor=floor)
        drift = abs(rtc_ms - self.rtc_off_ms - self.wall_ms) * settings.rtc_drift_ppm // 1_000_000
        return Known(floor=floor, rtc_bound_ms=abs(self.rtc_off_ms) + self.bound_ms + drift)

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        off = [] if self.rtc_off_ms is None else [self.rtc_off_ms]
        body = cbor.encode([1, self.boot_id, self.mono_ns, self.wall_ms, self.bound_ms, int(self.source), off])
        return sha256(body).digest()[:_CHECK] + body

    @staticmethod
    def decode(data: bytes) -> Remembered:
        """Return what ``data`` holds; raises `MalformedError`."""
        check, body = data[:_CHECK], data[_CHECK:]
        if sha256(body).digest()[:_CHECK] != check:
            raise MalformedError("clock", "torn")
        match cbor.decode(body, _MOST_BYTES):
            case [1, bytes() as boot, int() as mono, int() as wall, int() as bound, 3 | 4 as source, [*off]]:
                known = off[0] if len(off) == 1 and isinstance(off[0], int) else None
                return Remembered(boot, mono, wall, bound, ClockSource(source), known)
        raise MalformedError("clock", "not a memory of the time")


def recall(path: Path, files: Files = HOST) -> Remembered | None:
    """Return what the file says, None where it says nothing that can be used."""
    with contextlib.suppress(OSError, MalformedError):
        return Remembered.decode(read(files, path, _MOST_BYTES + _CHECK))
    return None


def remember(path: Path, what: Remembered, files: Files = HOST) -> None:
    """Put ``what`` in the place of the file; a disk that is full or gone keeps the old one, or none."""
    with contextlib.suppress(OSError):
        put(files, path, what.encode())
