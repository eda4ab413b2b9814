"""One recording: what a file must be to be played, read piece by piece and made as loud as wanted.

A recording is a WAV file: PCM, mono, 16 bits little endian, 22,050 samples a second, up to 15 s. Whatever else lies
there is refused with words for a person, and never read further than its head: no memory grows with it.
"""

from __future__ import annotations

import array
import os
import stat
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

RATE = 22_050
"""Samples a second."""
MOST_S = 15.0
_PCM, _EXTENSIBLE = 1, 0xFFFE
_MOST_CHUNKS = 32
_BLOCK = 4096
_FULL = 256


class NoSoundError(Exception):
    """A file cannot be played; ``text`` says why, and completes the sentence "PATH ..."."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that can be played: ``size`` bytes of samples from ``start`` on."""

    path: Path
    start: int
    size: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.size / 2 / RATE

    def blocks(self, percent: int) -> Iterator[bytes]:
        """Yield the samples, ``percent`` as loud; a file that has become shorter ends early. Raises OSError."""
        left = self.size
        with _File(self.path) as file:
            file.seek(self.start)
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                left -= len(block)
                yield scaled(block, percent)


def scaled(block: bytes, percent: int) -> bytes:
    """Return 16-bit little-endian samples, ``percent`` (0 to 100) as loud; an odd last byte is left out."""
    if percent >= 100:  # noqa: PLR2004 - as it is
        return block[: len(block) & ~1]
    factor = percent * _FULL // 100
    samples = array.array("h", block[: len(block) & ~1])
    if sys.byteorder == "big":
        samples.byteswap()
    quieter = array.array("h", [one * factor // _FULL for one in samples])
    if sys.byteorder == "big":
        quieter.byteswap()
    return quieter.tobytes()


def sound(path: Path, limit_s: float | None = None) -> Sound:
    """Return the recording in the file ``path``. Raises `NoSoundError`; FileNotFoundError where there is none."""
    try:
        with _File(path) as file:
            found = Sound(path, *_samples(file))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NoSoundError(f"无法读取（{error.strerror}）", f"cannot be read ({error.strerror})") from error
    most = min(MOST_S, limit_s or MOST_S)
    if found.seconds > most:
        raise NoSoundError(
            f"长 {found.seconds:.1f} 秒，最多 {most:g} 秒", f"is {found.seconds:.1f} s long, {most:g} s are the most"
        )
    return found


class _File:
    """A plain file, opened without waiting for whatever else may lie under its name."""

    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        about = os.fstat(self._number)
        self.size = about.st_size
        if not stat.S_ISREG(about.st_mode):
            os.close(self._number)
            raise NoSoundError("不是普通文件", "is no plain file")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)

    def seek(self, at: int) -> None:
        os.lseek(self._number, at, os.SEEK_SET)

    def read(self, most: int) -> bytes:
        return os.read(self._number, most)


def _samples(file: _File) -> tuple[int, int]:
    """Return where the samples begin, and how many bytes they are. Raises `NoSoundError`."""
    if file.size == 0:
        raise NoSoundError("是空文件", "is empty")
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":  # noqa: PLR2004 - a RIFF head
        raise NoSoundError("不是 WAV 文件", "is no WAV file")
    at, good = 12, False
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - a chunk's head
            break
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"fmt ":
            _check(file.read(16))
            good = True
        elif name == b"data" and good:
            if size == 0 or at + 8 + size > file.size:
                raise NoSoundError("被截断了", "is cut off")
            return at + 8, size & ~1
        at += 8 + size + size % 2
    raise NoSoundError("没有声音数据", "holds no samples")


def _check(head: bytes) -> None:
    """Raise `NoSoundError` unless a format chunk says what a recording must be."""
    if len(head) < 16:  # noqa: PLR2004 - its fields
        raise NoSoundError("被截断了", "is cut off")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", head)
    if kind not in {_PCM, _EXTENSIBLE} or (channels, rate, bits) != (1, RATE, 16):
        raise NoSoundError(
            f"是 {bits} 位、{channels} 声道、{rate} Hz（格式 {kind}），须是 16 位、单声道、{RATE} Hz 的 PCM",
            f"has {bits} bits, {channels} channels, {rate} Hz (format {kind}); wanted is PCM, 16 bits, mono, {RATE} Hz",
        )
