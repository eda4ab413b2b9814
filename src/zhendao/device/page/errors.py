"""What keeps the status page from being shown."""

from __future__ import annotations

from zhendao.device.errors import DeviceError
from zhendao.protocol.wording import Text


class NoFontError(DeviceError):
    """No font with Chinese characters."""

    code = "no-font"

    def __init__(self, path: str) -> None:
        super().__init__(
            Text(f"没有字体 {path}", f"there is no font at {path}"),
            Text("apt-get install fonts-wqy-microhei", "apt-get install fonts-wqy-microhei"),
        )


class NoPillowError(DeviceError):
    """Pillow is not there."""

    code = "no-pillow"

    def __init__(self) -> None:
        super().__init__(
            Text("画状态页需要 Pillow", "the page is drawn by Pillow, which is not there"),
            Text(
                'apt-get install python3-pil，或设 [page] kind = "terminal"',
                'apt-get install python3-pil, or set [page] kind = "terminal"',
            ),
        )


class ScreenError(DeviceError):
    """The display cannot be drawn on."""

    code = "screen"
