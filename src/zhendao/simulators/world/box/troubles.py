"""The troubles of one box that need nothing but the box: what each does, and what ends it. One function a kind.

Each takes the box and the act, begins the trouble and returns what is to be called when its time is over; None where
there is nothing to end. Who calls them is `acts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.simulators.world.box.journal import JOURNAL
from zhendao.simulators.world.disk.disk import CAPACITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.box.box import Box
    from zhendao.simulators.world.story.story import Act

    Begin = Callable[[Box, Act], Callable[[], None] | None]

_HEADER_BYTES = 16
_CUT_OFF_BYTES = 2048
"""What is missing at the end of a journal that was cut short."""


def _power_cut(box: Box, _act: Act) -> Callable[[], None]:
    box.cut()
    return box.plug_in


def _kill(box: Box, _act: Act) -> Callable[[], None]:
    box.hold_down()
    box.kill()
    return box.let_up


def _stop(box: Box, _act: Act) -> Callable[[], None]:
    box.hold_down()
    box.stop()
    return box.let_up


def _full(box: Box, act: Act) -> Callable[[], None]:
    disk = box.hardware.disk
    disk.full(act.number("left"))
    return lambda: disk.full(CAPACITY)


def _failing(box: Box, act: Act) -> Callable[[], None]:
    what, disk = act.kind.split("-")[1], box.hardware.disk
    disk.fail(what, act.number("times"))
    return lambda: disk.fail(what, 0)


def _destroyed(box: Box, act: Act) -> Callable[[], None]:
    disk = box.hardware.disk
    box.cut()
    match act.word("how"):
        case "header":
            for at in range(_HEADER_BYTES):
                disk.flip(JOURNAL, at, at % 8)
        case "deleted":
            disk.remove(JOURNAL)
        case _:
            disk.shorten(JOURNAL, _CUT_OFF_BYTES)
    return box.plug_in


def _step(box: Box, act: Act) -> None:
    box.hardware.clock.step(act.number("by_ms"))


def _at_boot(box: Box, act: Act) -> Callable[[], None]:
    clock = box.hardware.clock
    box.cut()
    clock.boots_with(0 if act.word("says") == "1970" else clock.true_ms() - act.number("back_ms"))
    return box.plug_in


def _rtc_lost(box: Box, _act: Act) -> Callable[[], None]:
    clock = box.hardware.clock
    clock.rtc(there=False)
    return lambda: clock.rtc(there=True)


def _rtc_wrong(box: Box, act: Act) -> Callable[[], None]:
    clock = box.hardware.clock
    clock.set_rtc(act.number("by_ms"))
    return lambda: clock.set_rtc(0)


def _drift(box: Box, act: Act) -> Callable[[], None]:
    clock = box.hardware.clock
    clock.drift(act.number("ppm"))
    return lambda: clock.drift(clock.fitted.drift_ppm)


def _ntp_off(box: Box, _act: Act) -> Callable[[], None]:
    clock = box.hardware.clock
    clock.ntp(there=False)
    return lambda: clock.ntp(there=clock.fitted.ntp)


def _ntp_wrong(box: Box, act: Act) -> Callable[[], None] | None:
    clock = box.hardware.clock
    if not clock.fitted.ntp:
        return None
    clock.ntp(there=True, lie_ms=act.number("by_ms"))
    return lambda: clock.ntp(there=True)


def _gnss(box: Box, act: Act) -> Callable[[], None] | None:
    receiver = box.hardware.receiver
    if receiver is None:
        return None
    match act.kind:
        case "gnss-none":
            receiver.sky = False
        case "gnss-drift":
            receiver.drift(act.number("metres"), act.number("for_ms"))
        case "gnss-away":
            receiver.away_m = act.number("metres")
        case _:
            receiver.time_off_ms = act.number("by_ms")
    return receiver.well


def _dead(box: Box, _act: Act) -> Callable[[], None]:
    reader = box.hardware.reader
    reader.dead(True)  # noqa: FBT003 - what is the matter
    return lambda: reader.dead(False)  # noqa: FBT003 - as above


def _misreads(box: Box, act: Act) -> Callable[[], None]:
    reader = box.hardware.reader
    reader.misread(act.number("share"))
    return lambda: reader.misread(0)


TROUBLES: dict[str, Begin] = {
    "power-cut": _power_cut,
    "kill": _kill,
    "stop": _stop,
    "disk-full": _full,
    "disk-read-error": _failing,
    "disk-write-error": _failing,
    "disk-sync-error": _failing,
    "journal-destroyed": _destroyed,
    "clock-step": _step,
    "clock-at-boot": _at_boot,
    "rtc-lost": _rtc_lost,
    "rtc-wrong": _rtc_wrong,
    "drift": _drift,
    "ntp-off": _ntp_off,
    "ntp-wrong": _ntp_wrong,
    "gnss-none": _gnss,
    "gnss-drift": _gnss,
    "gnss-away": _gnss,
    "gnss-time": _gnss,
    "reader-dead": _dead,
    "reader-misreads": _misreads,
}
