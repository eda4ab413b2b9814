"""Opens the lights and the buzzer on the pins that `[feedback]` names; loads the libraries of the pins only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.errors import DeviceError
from zhendao.device.feedback.hours import HOURS, Hours
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.config import FeedbackTable
    from zhendao.device.feedback.given import Feedback


class PinsError(DeviceError):
    """The lights and the buzzer cannot be driven."""

    code = "pins"


def pins(table: FeedbackTable, hours: Hours = HOURS, minute: Callable[[], int | None] = lambda: None) -> Feedback:
    """Return signals on GPIO; ``hours`` and ``minute``: see `GpioFeedback`. Raises `PinsError`."""
    import warnings  # noqa: PLC0415 - only where there are pins

    from gpiozero import PinFactoryFallback  # noqa: PLC0415 - as above

    from zhendao.device.feedback.gpio import GpioFeedback  # noqa: PLC0415 - as above

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PinFactoryFallback)  # which library it is in the end is nobody's business
            few = table.sounds == "few"
            return GpioFeedback(table.green, table.red, table.buzzer, few_sounds=few, hours=hours, minute=minute)
    except Exception as error:  # every pin library has errors of its own
        raise PinsError(
            Text(f"无法使用 GPIO 引脚：{error}", f"the GPIO pins cannot be used: {error}"),
            Text('请检查 [feedback]，或改为 kind = "console"', 'check [feedback], or set kind = "console"'),
        ) from error
