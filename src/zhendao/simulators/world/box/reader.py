"""One terminal's reader in a world: the turns of the real reader thread, taken when there is something to sense.

Promise: what is posted is what `readers.turns` posts of such a field, a tenth of a second a round. Rounds that would
bring nothing are left out: a field that stays as it is costs no work, however long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.readers.challenger import NO_CHALLENGES
from zhendao.readers.rungs import Rungs
from zhendao.readers.turns import ROUND_S, Turns
from zhendao.readers.upkeep import UpkeepSettings
from zhendao.readers.values import Presence
from zhendao.simulators.world.box.field import Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.readers.challenger import Challenger
    from zhendao.readers.values import Posting
    from zhendao.simulators.world.box.field import Tag
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer

PORT = "/dev/zhendao-reader"
_NS = 1_000_000_000
_ROUND_NS = int(ROUND_S * _NS)


class HardwareReader:
    """The reader of one terminal, whoever drives it. ``mono_ns`` is the terminal's own clock."""

    def __init__(self, clockwork: Clockwork, chance: Chance, mono_ns: Callable[[], int]) -> None:
        self._clockwork, self._mono_ns = clockwork, mono_ns
        self._field = Field(chance)
        self._driven: Driven | None = None
        self.read: Callable[[Presence], None] = lambda _: None
        """Told of each tag that is read, before whoever drives it is."""

    # -- what people and faults do

    def bring(self, tag: Tag) -> None:
        """Hold ``tag`` before the reader."""
        self._field.tags[tag.uid] = tag
        self._changed()

    def take(self, tag: Tag) -> None:
        """Take ``tag`` away."""
        self._field.tags.pop(tag.uid, None)
        self._changed()

    def dead(self, dead: bool) -> None:  # noqa: FBT001 - what is the matter
        """Let the chip die, or live again."""
        self._field.dead = dead
        self._changed()

    def misread(self, per_mille: int) -> None:
        """Let so many of a thousand exchanges with a tag fail."""
        self._field.misreads = per_mille

    # -- the terminal's port

    def reading(
        self, post: Callable[[Posting], None], alive: Callable[[], None], challenger: Challenger = NO_CHALLENGES
    ) -> Driven:
        """Return what takes the place of `readers.thread.ReaderThread`."""
        if self._driven is not None:
            self._driven.halt()
        self._driven = Driven(self._clockwork, self._turns(post, challenger), alive)
        return self._driven

    def _turns(self, post: Callable[[Posting], None], challenger: Challenger) -> Turns:
        def both(posting: Posting) -> None:
            if isinstance(posting, Presence):
                self.read(posting)
            post(posting)

        return Turns(
            *(PORT, both, self._field.opener, self._mono_ns, lambda _seconds: False),
            *(Rungs(), UpkeepSettings(reopen_ns=0), challenger),
        )

    def halt(self) -> None:
        """Take whoever drives it away: killed, or without power."""
        if self._driven is not None:
            self._driven.halt()
            self._driven = None

    def _changed(self) -> None:
        if self._driven is not None:
            self._driven.wake()


class Driven:
    """One run's work with the reader: `start`, `stop`, `ended`, `failures` as the thread offers them."""

    def __init__(self, clockwork: Clockwork, turns: Turns, alive: Callable[[], None]) -> None:
        self._clockwork, self._turns, self._alive = clockwork, turns, alive
        self._timer: Timer | None = None
        self._rests = False
        self.ended = True

    def start(self) -> None:
        """Begin."""
        self.ended = False
        self._timer = self._clockwork.after(0, self._turn)

    def stop(self) -> bool:
        """End: what is not read to the end is refused."""
        if not self.ended:
            self.halt()
            self._turns.cancel()
            self._turns.end()
        return True

    def failures(self) -> dict[str, int]:
        """Return how often the reader failed since the start, by the code of the error."""
        return self._turns.failures()

    def halt(self) -> None:
        """End without a word."""
        self.ended = True
        if self._timer is not None:
            self._timer.cancel()

    def wake(self) -> None:
        """Go on with the next round: something has changed."""
        if self._rests and not self.ended:
            self._rests = False
            to_round = _ROUND_NS - self._clockwork.now_ns % _ROUND_NS
            self._timer = self._clockwork.after(to_round, self._turn)

    def beat(self) -> None:
        """Say that it is alive, for the rounds that were left out."""
        if not self.ended:
            self._alive()

    def _turn(self) -> None:
        self._alive()
        wait_s = self._turns.turn()
        self._rests = self._turns.settled
        if not self._rests:
            self._timer = self._clockwork.after(int(wait_s * _NS), self._turn)
