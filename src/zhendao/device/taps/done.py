"""A check that stands, as it is kept to be heard again: which, when, in or out. Pure.

Promise: it names nobody, and says how well its time is known: within the boot of the check exactly, after a reboot by
the wall clock with its bound, or not at all. At most `MAX_DONE` of them are kept for each card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import Direction

MAX_DONE = 8
"""So many checks of a card are kept, the newest."""
KEPT_NS = 26 * 3_600_000_000_000
"""So old they may be: what is heard is today, and no day has more hours than 25."""
_EPOCH_BYTES = (0, 16)


@dataclass(frozen=True, slots=True)
class Done:
    """One check.

    Attributes:
        seq: its number.
        ns: when, on the monotonic clock of the boot that runs now; may be before its beginning.
        direction: in or out, as the terminal took it.
        bound_ms: how far ``ns`` may be off; None where that is not known.
        epoch: whose number it is; empty for the epoch that runs now.
    """

    seq: int
    ns: int
    direction: Direction
    bound_ms: int | None = 0
    epoch: bytes = b""

    def raw(self) -> list[Any]:
        """Return it as CBOR has it."""
        return [self.seq, self.ns, int(self.direction), -1 if self.bound_ms is None else self.bound_ms, self.epoch]

    @staticmethod
    def of(raw: Any) -> Done:
        """Return what ``raw`` says; raises `MalformedError`."""
        match raw:
            case [int() as seq, int() as ns, 1 | 2 as way, int() as bound, bytes() as epoch]:
                if len(epoch) in _EPOCH_BYTES:
                    return Done(seq, ns, Direction(way), bound if bound >= 0 else None, epoch)
        raise MalformedError("visit", "not a check of the session")

    def shifted(self, by_ns: int, vague_ms: int | None) -> Done:
        """Return it in the times of another boot, ``vague_ms`` less well known; None: not known at all."""
        bound = None if vague_ms is None or self.bound_ms is None else self.bound_ms + vague_ms
        return replace(self, ns=self.ns + by_ns, bound_ms=bound)

    def of_epoch(self, epoch: bytes) -> Done:
        """Return it as a check of ``epoch``, which has ended."""
        return self if self.epoch else replace(self, epoch=epoch)
