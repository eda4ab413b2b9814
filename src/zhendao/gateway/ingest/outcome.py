"""What a group of messages came to, once its transaction is on the disk. A value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.ingest.session import Outgoing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a group came to: messages to publish now, and figures for the meters."""

    outgoing: tuple[Outgoing, ...]
    events: int
    duplicates: int
    conclusions: int
    refused: tuple[str, ...]
    more: bool = False
    """There is more that `watch` should do as soon as nobody waits."""
    taken: int = 0
    """So many of the group, from its front, were taken; the others wait."""

    alerts: bool = False
    """An alert has changed: whoever watches looks again."""

    @property
    def changed(self) -> bool:
        """Tell whether the store holds something new."""
        return self.events > 0 or self.conclusions > 0


NOTHING: Final = Outcome((), 0, 0, 0, ())


def together(parts: Sequence[Outcome]) -> Outcome:
    """Return what groups that follow each other came to as one."""
    return Outcome(
        tuple(out for part in parts for out in part.outgoing),
        sum(part.events for part in parts),
        sum(part.duplicates for part in parts),
        sum(part.conclusions for part in parts),
        tuple(reason for part in parts for reason in part.refused),
        alerts=any(part.alerts for part in parts),
        taken=sum(part.taken for part in parts),
    )
