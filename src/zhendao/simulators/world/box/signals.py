"""What a box shows and sounds, taken down: for the trace, for whoever stands before it, and for the judge.

Promise: each signal is judged at the moment when it is given, by what would be on the disk if the power went now: the
disk is asked, and now and then a copy of it after a cut, with the database opened on that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE, Signal
from zhendao.simulators.world.reports import Signalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.feedback.given import Given
    from zhendao.simulators.world.engine.clockwork import Clockwork
    from zhendao.simulators.world.reports import Tell
    from zhendao.simulators.world.trace import Trace

GOOD = frozenset({Signal.RECORDED, Signal.REMARKED})


class Signals:
    """The `Feedback` of one box. ``survives`` asks its disk; ``heard`` is told every signal, for people."""

    def __init__(
        self,
        name: str,
        terminal: int,
        clockwork: Clockwork,
        trace: Trace,
        tell: Tell,
        survives: Callable[[bytes, int], bool],
        heard: Callable[[Given], None],
    ) -> None:
        self._name, self._terminal, self._clockwork, self._trace = name, terminal, clockwork, trace
        self._tell, self._survives, self._heard = tell, survives, heard

    def give(self, given: Given) -> None:
        """Show one signal now."""
        signal = TABLE[given.moment].signal
        good = signal in GOOD and given.epoch is not None and given.seq is not None
        safe = self._survives(given.epoch, given.seq) if good and given.epoch and given.seq else False
        now_ns = self._clockwork.now_ns
        self._trace.note(now_ns, self._name, given.moment.value, seq=given.seq or 0)
        self._tell(
            Signalled(
                now_ns, self._name, self._terminal, given.moment.value, signal.value, given.epoch, given.seq, safe
            )
        )
        self._heard(given)

    def close(self) -> None:
        """Go dark."""
