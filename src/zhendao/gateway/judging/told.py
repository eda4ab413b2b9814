"""What a terminal told of itself beside its visits: which numbers are held, its starts, its alarms. Pure.

Promise: it follows from which facts there are alone, whatever the order in which they came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from zhendao.gateway.ingest.epochs import StartFact
from zhendao.gateway.judging.running_times import Dark
from zhendao.protocol.bodies import Tamper
from zhendao.protocol.event import Event


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is held of one journal: numbers ``first``…``last``, ``missing`` ranges in between, both ends included.

    ``forks``: numbers of which there are several different events, in order.
    """

    epoch: bytes
    first: int
    last: int
    missing: tuple[tuple[int, int], ...] = ()
    forks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One terminal: its journals, its starts, and its alarms of tampering in the order of their numbers.

    ``moves``: its own reports that it finds itself elsewhere. ``heard_ms``: all trusted times (UTC ms) of its events.
    ``dark``: when it may have witnessed nothing. ``alone``: cards (uid) that were held there without a door tag, when.
    """

    epochs: tuple[Epoch, ...] = ()
    starts: tuple[StartFact, ...] = ()
    tampers: tuple[tuple[Event, Tamper], ...] = ()
    moves: tuple[Event, ...] = ()
    heard_ms: tuple[int, ...] = ()
    dark: tuple[Dark, ...] = ()
    alone: tuple[tuple[bytes, int], ...] = ()


def epochs_of(numbers: Iterable[tuple[bytes, int]]) -> tuple[Epoch, ...]:
    """Return the journals of which ``numbers`` (epoch, seq; one for each different event) are held, by name."""
    held: dict[bytes, list[int]] = {}
    for epoch, seq in numbers:
        held.setdefault(epoch, []).append(seq)
    return tuple(_epoch(epoch, sorted(held[epoch])) for epoch in sorted(held))


def _epoch(epoch: bytes, seqs: Sequence[int]) -> Epoch:
    steps = list(pairwise(seqs))
    missing = tuple((one + 1, other - 1) for one, other in steps if other > one + 1)
    forks = tuple(sorted({one for one, other in steps if one == other}))
    return Epoch(epoch, seqs[0], seqs[-1], missing, forks)
