"""A call as it is kept beside its event in the journal: what is told of it goes on after a restart. Values only.

The row is written in the transaction of the event, so there is no call without its row; duress has none at all, and
nothing is ever told of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.device.kept import key
from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import AnswerState, Kind

if TYPE_CHECKING:
    from zhendao.device.clock.stamp import Stamp

WORD = b"call:"
"""What the keys of these rows begin with."""
_ROW_BYTES = 128


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what has become of it.

    Attributes:
        epoch: with ``seq``: its event.
        kind: `Kind.SOS` or `Kind.INCIDENT`.
        made_ns: when, by the clock of the boot that runs now.
        drill: nobody is in danger.
        state: what is known of it; None while it is not known to have arrived.
        mistaken: whoever called has taken it back since.
    """

    epoch: bytes
    seq: int
    kind: Kind
    made_ns: int
    drill: bool = False
    state: AnswerState | None = None
    mistaken: bool = False

    @property
    def key(self) -> bytes:
        """The key of its row."""
        return key(WORD, self.epoch, self.seq.to_bytes(8, "big"))


def row(call: Call, now: Stamp) -> bytes:
    """Return the row of ``call``, whose times are of the boot of ``now``."""
    state, place = int(call.state or 0), (call.epoch, call.seq)
    times = (call.made_ns, now.boot_id, now.mono_ns, now.known_ms)
    return cbor.encode([*place, int(call.kind), call.drill, state, call.mistaken, *times])


def call_of(data: bytes, now: Stamp) -> Call:
    """Return the call of a row in the times of the boot of ``now``; raises `MalformedError`.

    After a reboot its age is what the wall clock says, and nothing where that is not known.
    """
    match cbor.decode(data, _ROW_BYTES):
        case [
            bytes() as epoch,
            int() as seq,
            int() as kind,
            bool() as drill,
            int() as state,
            bool() as mistaken,
            int() as made_ns,
            bytes() as boot_id,
            int() as mono_ns,
            int() as wall_ms,
        ] if kind in {Kind.SOS, Kind.INCIDENT} and 0 <= state <= max(AnswerState):
            call = Call(epoch, seq, Kind(kind), made_ns, drill, AnswerState(state) if state else None, mistaken)
            if boot_id == now.boot_id:
                return call
            age_ms = max(0, now.known_ms - wall_ms) if wall_ms else 0
            return replace(call, made_ns=made_ns + now.mono_ns - mono_ns - age_ms * 1_000_000)
    raise MalformedError("call", "not a row of a call")
