"""A display as Linux offers it at /dev/fbN: pictures are packed into its pixels and written there.

Promise: geometry and pixels are what sysfs says (size, bytes of a row, bits of a pixel); RGB565 (16 bits) and XRGB8888
(32 bits), little endian, are drawn on, any other is refused with a sentence. The text console is kept from drawing
over it while the page is shown, where standard input is that console. Pillow is needed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from zhendao.device.page.errors import ScreenError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KDSETMODE, _KD_TEXT, _KD_GRAPHICS = 0x4B3A, 0, 1
_MOST = 16_384


@dataclass(frozen=True, slots=True)
class Geometry:
    """Pixels across and down, bytes from row to row, bits of a pixel."""

    wide: int
    high: int
    stride: int
    bits: int


def geometry(device: Path, sysfs: Path) -> Geometry:
    """Return what the kernel says of ``device``. Raises `ScreenError`."""
    folder = sysfs / device.name
    try:
        wide, high = (int(one) for one in (folder / "virtual_size").read_text().split(","))
        bits, stride = (int((folder / name).read_text()) for name in ("bits_per_pixel", "stride"))
        with contextlib.suppress(OSError):  # the virtual screen may be higher than the one that is seen
            seen = re.search(r"(\d+)x(\d+)", (folder / "modes").read_text())
            if seen is not None and int(seen[1]) <= wide and int(seen[2]) <= high:
                wide, high = int(seen[1]), int(seen[2])
    except (OSError, ValueError) as error:
        raise ScreenError(
            Text(f"没有显示屏 {device}：{error}", f"there is no display at {device}: {error}"),
            Text("请检查 [page] device 与显示屏驱动", "check [page] device, and the display's driver"),
        ) from error
    if bits not in _PACKED or not (0 < wide <= _MOST and 0 < high <= _MOST and stride >= wide * bits // 8):
        raise ScreenError(
            Text(f"不支持显示屏 {device} 的 {bits} 位像素", f"{device} has pixels of {bits} bits, which are not drawn"),
            Text("请设为 16 位或 32 位", "set it to 16 or 32 bits"),
        )
    return Geometry(wide, high, stride, bits)


class Framebuffer:
    """One display. Raises `ScreenError` where it cannot be opened."""

    def __init__(self, device: Path, sysfs: Path) -> None:
        self.geometry = geometry(device, sysfs)
        try:
            self._file = os.open(device, os.O_RDWR)
        except OSError as error:
            raise ScreenError(
                Text(f"打不开显示屏 {device}：{error.strerror}", f"{device} cannot be opened: {error.strerror}"),
                Text("运行状态页的用户须属于 video 组", "the page's user must be in the group video"),
            ) from error
        _console(_KD_GRAPHICS)

    def show(self, picture: Image.Image) -> None:
        """Write ``picture``, which has the display's size, in RGB. Raises OSError."""
        here = self.geometry
        packed = _PACKED[here.bits](picture)
        row = here.wide * here.bits // 8
        if row == here.stride:
            self._write(packed, 0)
            return
        for y in range(here.high):
            self._write(packed[y * row : (y + 1) * row], y * here.stride)

    def close(self) -> None:
        """Give the display back to the console."""
        _console(_KD_TEXT)
        os.close(self._file)

    def _write(self, data: bytes, offset: int) -> None:
        while data:
            done = os.pwrite(self._file, data, offset)
            data, offset = data[done:], offset + done


def _console(mode: int) -> None:
    with contextlib.suppress(OSError, ValueError):  # no console there: a file, a service without one
        fcntl.ioctl(sys.stdin.fileno(), _KDSETMODE, mode)


def _rgb565(picture: Image.Image) -> bytes:
    red, green, blue = picture.split()
    high = ImageChops.add(red.point([v & 0xF8 for v in range(256)]), green.point([v >> 5 for v in range(256)]))
    low = ImageChops.add(green.point([(v & 0x1C) << 3 for v in range(256)]), blue.point([v >> 3 for v in range(256)]))
    return Image.merge("LA", (low, high)).tobytes()


def _xrgb8888(picture: Image.Image) -> bytes:
    return picture.tobytes("raw", "BGRX")


_PACKED: dict[int, Callable[[Image.Image], bytes]] = {16: _rgb565, 32: _xrgb8888}
