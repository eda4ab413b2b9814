"""Why a message was not stored, and what the terminal should do about it (docs/protocol.md section 8, field 8).

Refusing loses nothing: the terminal keeps what it sent until it is told that it is stored. What nobody known has
signed is counted and sampled, never stored without bound.
"""

from dataclasses import dataclass

from zhendao.protocol.ack import RefusalState


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818 - an outcome of a message, not an error of the gateway
    """A message that was not stored. ``reason`` is a short stable word, ``state`` what the terminal should do."""

    reason: str
    state: RefusalState
    keep: bool = True  # whether the bytes are worth keeping for a person to look at

    def __str__(self) -> str:
        return self.reason


def cannot_verify(reason: str, events: int) -> Refused:
    """Return the refusal of a message that is not proved: a single event is set aside, several are sent in halves."""
    return Refused(reason, RefusalState.QUARANTINED if events == 1 else RefusalState.SPLIT)


def later(reason: str) -> Refused:
    """Return the refusal of a message that can be taken once something else has come."""
    return Refused(reason, RefusalState.AGAIN, keep=False)
