"""Puts together what gives the signals of a running terminal: console or pins, and a voice where settings want one.

Promise: a voice that cannot be is told to whoever looks after the terminal, and keeps nothing else from working; its
parts are loaded only where it is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.clock.local import minute_of, zone
from zhendao.device.clock.settings import BUILT
from zhendao.device.feedback.console import ConsoleFeedback
from zhendao.device.feedback.several import Several
from zhendao.device.feedback.voice.settings import hours
from zhendao.device.pins import pins

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.clock.kernel import Clock
    from zhendao.device.config import DeviceSettings
    from zhendao.device.feedback.given import Feedback
    from zhendao.device.notices import Notices
    from zhendao.protocol.wording import Language

_BUILT_MS = (BUILT.toordinal() - 719_163) * 86_400_000


def signals(settings: DeviceSettings, clock: Clock, language: Language, notices: Notices, *, as_json: bool) -> Feedback:
    """Return what gives the signals. Raises `PinsError`."""
    minute = local_minute(clock, settings.terminal.time_zone)
    if settings.feedback.kind == "console":
        seen: Feedback = ConsoleFeedback(language, as_json=as_json)
    else:
        seen = pins(settings.feedback, hours(settings.voice), minute)
    if settings.voice.kind == "none":
        return seen
    from zhendao.device.feedback.voice.aplay import Aplay  # noqa: PLC0415 - only where there is a voice
    from zhendao.device.feedback.voice.shelf import Shelf  # noqa: PLC0415 - as above
    from zhendao.device.feedback.voice.speaker import Speaker  # noqa: PLC0415 - as above

    spoken: Language = "en" if (settings.voice.language or language) == "en" else "zh"
    shelf = Shelf(settings.voice.dir, spoken, notices.say)
    voice = Speaker(
        *(Aplay(settings.voice.device), shelf, spoken, hours(settings.voice), minute, clock.mono_ns, notices.say),
        buzzes=settings.feedback.kind == "gpio",
    )
    return Several(seen, voice)


def local_minute(clock: Clock, time_zone: str) -> Callable[[], int | None]:
    """Return what tells the minute of the local day by the system's clock; None where that is wrong for certain."""
    where = zone(time_zone)

    def now() -> int | None:
        wall_ms = clock.wall_ms()
        return minute_of(wall_ms, where) if wall_ms >= _BUILT_MS else None

    return now
