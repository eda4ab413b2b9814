"""The gateway's time as a witness: an acknowledgement was made after the event that it names, and before it came. Pure.

Its MAC key is known to the gateway alone (docs/protocol.md section 8), so nobody else can say it; whoever holds it
back, or plays it again, only makes it vaguer. It contradicts forged times and dates nothing as trusted.
"""

from collections import deque
from collections.abc import Iterable

from zhendao.device.clock.evidence import TimeAt
from zhendao.protocol.vocabulary import ClockSource

_MS_NS = 1_000_000
_PROBES = 32
_VAGUE_MS = 60_000
"""An answer that took longer dates nothing to a useful bound."""


class GatewayWord:
    """Follows the newest events of this process, and what was answered to them."""

    def __init__(self, bound_ms: int) -> None:
        """``bound_ms``: how far the gateway's own clock may be off."""
        self._bound_ms = bound_ms
        self._probes: deque[tuple[bytes, int, int]] = deque(maxlen=_PROBES)

    def recorded(self, epoch: bytes, seq: int, mono_ns: int) -> None:
        """Note when (CLOCK_BOOTTIME) an event was recorded here."""
        self._probes.append((epoch, seq, mono_ns))

    def answered(self, settled: Iterable[tuple[bytes, int, int]], wall_ms: int, mono_ns: int) -> TimeAt | None:
        """Return the time now, by an answer at ``wall_ms`` that came at ``mono_ns`` and newly settles these ranges."""
        known = [
            at_ns
            for one, first, last in settled
            for epoch, seq, at_ns in self._probes
            if first <= seq <= last and epoch == one
        ]
        if not known:
            return None
        took_ms = max(0, mono_ns - max(known)) // _MS_NS + 1
        if took_ms > _VAGUE_MS:
            return None
        # It was made somewhere on the way: now is `wall_ms` or up to `took_ms` later.
        half = (took_ms + 1) // 2
        return TimeAt(ClockSource.HOLDOVER, wall_ms + half, half + self._bound_ms, mono_ns)
