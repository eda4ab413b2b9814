"""When and where it is, for whoever records: joins the kernel's clock, the receiver's time and the trust in both."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zhendao.device import config
from zhendao.device.clock import kernel as kernel_clock
from zhendao.device.clock.memory import Remembered, recall, remember
from zhendao.device.clock.settings import ClockSettings
from zhendao.device.clock.stamp import Stamp
from zhendao.device.clock.telling import told
from zhendao.device.clock.trust import ClockTrust, Known, Seen
from zhendao.device.clock.word import GatewayWord
from zhendao.device.gnss.timing import DISAGREES, utc_ms
from zhendao.device.gnss.tracker import Tracker
from zhendao.protocol.vocabulary import ClockReason, FixSign

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from zhendao.device.config import DeviceSettings
    from zhendao.device.gnss.gate import RefusedEpoch
    from zhendao.device.gnss.receiver import GoodFix
    from zhendao.device.notices import Notices
    from zhendao.protocol.bodies import Clock, Fix

_REFUSED_NS = 60_000_000_000
"""So long a refused time of the receiver counts as said now."""


_MOST_OWED = 64


class Timekeeper:
    """Time and place of this terminal. Asked from the event loop only, but for `stamp` and `remember`."""

    def __init__(
        self,
        settings: ClockSettings | None = None,
        *,
        rtc: Path = kernel_clock.RTC,
        memory: Path | None = None,
        notices: Notices | None = None,
    ) -> None:
        """``memory``: the file in which the last trusted time outlives a reboot; ``notices``: who is told."""
        settings = settings or ClockSettings()
        self._boot_id = kernel_clock.boot_id()
        self._rtc, self._memory, self._notices = rtc, memory, notices
        before = recall(memory) if memory is not None else None
        now = kernel_clock.mono_ns(), kernel_clock.rtc_ms(rtc)
        self._trust = ClockTrust(settings, before.known(self._boot_id, *now, settings) if before else Known())
        self._word = GatewayWord(settings.gateway_bound_ms)
        self._tracker = Tracker()
        self._refused: tuple[int, int] | None = None
        self._to_remember: Remembered | None = None
        self.owed: deque[Clock] = deque(maxlen=_MOST_OWED)
        """Clock events that are not in the journal yet; whoever has recorded the first takes it away."""

    def stamp(self) -> Stamp:
        """Return now."""
        mono_ns = kernel_clock.mono_ns()
        now = self._trust.read(kernel_clock.wall_ms(), mono_ns)
        return Stamp(self._boot_id, mono_ns, now.wall_ms, now.source, now.bound_ms)

    def fix(self, mono_ns: int) -> Fix | None:
        """Return the best position at ``mono_ns``, flagged where its time contradicts the clock."""
        signs = FixSign.TIME_DISAGREES if self._trust.sources_disagree else FixSign(0)
        return self._tracker.fix(mono_ns, signs=signs)

    def has_fix(self) -> bool:
        """Return whether the receiver has a fix now."""
        return self._tracker.is_fresh(kernel_clock.mono_ns())

    def counters(self) -> dict[str, int]:
        """Return what has been noticed about the time in this process, by name, as far as there was anything."""
        found = {"clock-steps": self._trust.steps, "clock-disputes": self._trust.disputes}
        return {name: count for name, count in found.items() if count}

    def add_fix(self, good: GoodFix) -> None:
        """Take in what the receiver brought."""
        self._tracker.add(good)
        claimed = utc_ms(good.epoch)
        if good.time in DISAGREES and claimed is not None:
            self._refused = claimed, good.epoch.mono_ns

    def note_refused(self, epoch: RefusedEpoch) -> None:
        """Take in what the receiver brought and was no fix."""
        self._tracker.refused(epoch)

    def recorded(self, epoch: bytes, seq: int) -> None:
        """Take in that an event was recorded just now."""
        self._word.recorded(epoch, seq, kernel_clock.mono_ns())

    def answered(self, settled: Iterable[tuple[bytes, int, int]], wall_ms: int) -> None:
        """Take in the gateway's time, from an answer that newly settles these ranges."""
        word = self._word.answered(settled, wall_ms, kernel_clock.mono_ns())
        if word is not None:
            self._trust.hear(word)

    def observe(self) -> None:
        """Look at every source of time; what is to be recorded of it is in `owed`."""
        seen = kernel_clock.look(self._rtc)
        refused = self._refused
        if refused is not None and seen.mono_ns - refused[1] > _REFUSED_NS:
            refused = self._refused = None
        gnss = self._tracker.time(seen.mono_ns)
        events = self._trust.observe(
            Seen(
                seen.wall_ms,
                seen.mono_ns,
                seen.kernel_bound_ms,
                seen.rtc_ms,
                gnss,
                refused[0] if refused is not None and gnss is None else None,
            )
        )
        for one in events:
            if self._notices is not None:
                self._notices.say("clock", told(one))
        trusted = self._trust.trusted
        if trusted is not None and any(one.reason is ClockReason.ANCHOR for one in events):
            now = trusted.wall_ms + (seen.mono_ns - trusted.mono_ns) // 1_000_000
            off = None if seen.rtc_ms is None else seen.rtc_ms - now
            self._to_remember = Remembered(
                self._boot_id, trusted.mono_ns, trusted.wall_ms, trusted.bound_ms, trusted.source, off
            )
        self.owed.extend(events)

    def remember(self) -> None:
        """Write down the last trusted time, if there is a new one. Touches the disk: on a thread of its own."""
        what, self._to_remember = self._to_remember, None
        if what is not None and self._memory is not None:
            remember(self._memory, what)


def timekeeper(settings: DeviceSettings, notices: Notices) -> Timekeeper:
    """Return the timekeeper of a terminal; what it remembers of the time is in the data folder."""
    memory = settings.terminal.data_dir / "clock.memory"
    table = settings.clock
    return Timekeeper(config.clock_settings(table), rtc=table.rtc, memory=memory, notices=notices)


def seconds_until(due_ns: int | None) -> float | None:
    """Return how many seconds it is until ``due_ns`` (CLOCK_BOOTTIME), 0 if it has passed, None for ever."""
    return None if due_ns is None else max(0.0, (due_ns - kernel_clock.mono_ns()) / 1_000_000_000)
