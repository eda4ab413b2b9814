"""The page as a picture on a framebuffer: drawn when it has changed, not otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.device.page.errors import NoPillowError

if TYPE_CHECKING:
    from zhendao.device.page.values import Page
    from zhendao.protocol.wording import Language

SYSFS = Path("/sys/class/graphics")


class Drawn:
    """One display. Raises `NoPillowError`, `NoFontError`, `ScreenError`."""

    def __init__(self, device: Path, language: Language, font: Path | None, sysfs: Path = SYSFS) -> None:
        try:
            from zhendao.device.page import framebuffer, picture  # noqa: PLC0415 - Pillow may not be there
        except ImportError as error:
            raise NoPillowError from error
        self._draw = picture.draw
        self._language: Language = language
        self._font = picture.find_font(font)
        self._screen = framebuffer.Framebuffer(device, sysfs)
        self._before: Page | None = None

    def show(self, shown: Page) -> None:
        """Draw ``shown``. Raises OSError."""
        if shown != self._before:
            here = self._screen.geometry
            self._screen.show(self._draw(shown, (here.wide, here.high), self._language, self._font))
            self._before = shown

    def close(self) -> None:
        """Give the display back."""
        self._screen.close()
