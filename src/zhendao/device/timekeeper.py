"""When and where it is, for whoever records: joins the kernel's clock, the receiver's time and the trust in both."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zhendao.device import config
from zhendao.device.clock.memory import Remembered, recall, remember
from zhendao.device.clock.settings import ClockSettings
from zhendao.device.clock.stamp import Stamp
from zhendao.device.clock.telling import told
from zhendao.device.clock.trust import ClockTrust, Known, Seen
from zhendao.device.clock.word import GatewayWord
from zhendao.device.files import HOST
from zhendao.device.gnss.timing import DISAGREES, utc_ms
from zhendao.device.gnss.tracker import Tracker
from zhendao.protocol.vocabulary import ClockReason, FixSign

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from zhendao.device.clock.kernel import Clock
    from zhendao.device.config import DeviceSettings
    from zhendao.device.files import Files
    from zhendao.device.gnss.gate import RefusedEpoch
    from zhendao.device.gnss.receiver import GoodFix
    from zhendao.device.journal.folder import DataFolder
    from zhendao.device.notices import Notices
    from zhendao.protocol import bodies
    from zhendao.protocol.bodies import Fix

_REFUSED_NS = 60_000_000_000
"""So long a refused time of the receiver counts as said now."""


_MOST_OWED = 64


class Timekeeper:
    """Time and place of this terminal. Asked from the event loop only, but for `stamp` and `remember`."""

    def __init__(
        self,
        clock: Clock,
        settings: ClockSettings | None = None,
        *,
        memory: Path | None = None,
        files: Files = HOST,
        notices: Notices | None = None,
    ) -> None:
        """``memory``: the file on ``files`` in which the last trusted time outlives a reboot; ``notices``: the told."""
        settings = settings or ClockSettings()
        self._clock, self._memory, self._files, self._notices = clock, memory, files, notices
        self._boot_id = clock.boot_id()
        before = recall(memory, files) if memory is not None else None
        now = clock.mono_ns(), clock.rtc_ms()
        self._trust = ClockTrust(settings, before.known(self._boot_id, *now, settings) if before else Known())
        self._word = GatewayWord(settings.gateway_bound_ms)
        self._tracker = Tracker()
        self._refused: tuple[int, int] | None = None
        self._to_remember: Remembered | None = None
        self.owed: deque[bodies.Clock] = deque(maxlen=_MOST_OWED)
        """Clock events that are not in the journal yet; whoever has recorded the first takes it away."""

    def mono_ns(self) -> int:
        """Return the time since the machine started or so, ns: what durations are measured in."""
        return self._clock.mono_ns()

    def stamp(self) -> Stamp:
        """Return now."""
        mono_ns = self._clock.mono_ns()
        now = self._trust.read(self._clock.wall_ms(), mono_ns)
        return Stamp(self._boot_id, mono_ns, now.wall_ms, now.source, now.bound_ms)

    def fix(self, mono_ns: int) -> Fix | None:
        """Return the best position at ``mono_ns``, flagged where its time contradicts the clock."""
        signs = FixSign.TIME_DISAGREES if self._trust.sources_disagree else FixSign(0)
        return self._tracker.fix(mono_ns, signs=signs)

    def has_fix(self) -> bool:
        """Return whether the receiver has a fix now."""
        return self._tracker.is_fresh(self._clock.mono_ns())

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
        self._word.recorded(epoch, seq, self._clock.mono_ns())

    def answered(self, settled: Iterable[tuple[bytes, int, int]], wall_ms: int) -> None:
        """Take in the gateway's time, from an answer that newly settles these ranges."""
        word = self._word.answered(settled, wall_ms, self._clock.mono_ns())
        if word is not None:
            self._trust.hear(word)

    def observe(self) -> None:
        """Look at every source of time; what is to be recorded of it is in `owed`."""
        seen = self._clock.look()
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
            remember(self._memory, what, self._files)


def timekeeper(clock: Clock, settings: DeviceSettings, folder: DataFolder, notices: Notices) -> Timekeeper:
    """Return the timekeeper of a terminal; what it remembers of the time is in its data folder."""
    memory = folder.path / "clock.memory"
    return Timekeeper(clock, config.clock_settings(settings.clock), memory=memory, files=folder.files, notices=notices)


def seconds_until(due_ns: int | None, now_ns: int) -> float | None:
    """Return how many seconds it is from ``now_ns`` until ``due_ns``, 0 if it has passed, None for ever.

    In whole milliseconds, never too few: who wakes up before the time finds nothing to do and goes round in circles.
    """
    return None if due_ns is None else max(0, -((now_ns - due_ns) // 1_000_000)) / 1000
