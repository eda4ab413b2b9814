"""What becomes of events under a certificate that the authority believes no longer. Pure.

Evidence of people (checks and what belongs to them) from after that moment is refused, and stays in quarantine. What is
from before, or tells of the terminal alone, is a fact like any other, with a finding: that it is from before is the
word of a terminal that somebody else may have had in his hands.

Where the issuing authority was revoked and not the terminal, nothing is refused that comes under a certificate known
here before: that authority's key made the certificate, and signs no event. What it made since, nobody vouches for.
"""

from collections.abc import Callable, Iterable
from typing import Final

from zhendao.gateway.ingest.epochs import Finding
from zhendao.protocol.certificates import Name
from zhendao.protocol.event import Event
from zhendao.protocol.revocation import Revoked
from zhendao.protocol.vocabulary import ClockSource, Kind
from zhendao.protocol.wording import Text

Withdrawn = Callable[[bytes, Name], tuple[Revoked | None, Revoked | None]]
"""Tells since when a certificate (its id, its issuer) is not believed, and since when its issuer; None: it is."""

OF_PEOPLE: Final = frozenset({Kind.CHECK, Kind.TAP, Kind.UNDO, Kind.RATING, Kind.MEAL})
REASON: Final = "certificate-revoked"


def nothing_withdrawn(_certificate_id: bytes, _issuer: Name) -> tuple[None, None]:
    """Say that every certificate is believed."""
    return None, None


def is_after(event: Event, since_s: int, now_ms: int) -> bool:
    """Tell whether ``event`` is from ``since_s`` or later, whatever its bound: by its own time, else by now."""
    if event.clock_source < ClockSource.NTP:
        return now_ms // 1000 >= since_s
    return (event.wall_ms - (event.clock_bound_ms or 0)) // 1000 >= since_s


def refused(events: Iterable[Event | None], since_s: int, now_ms: int) -> bool:
    """Tell whether there is evidence of people among ``events`` from after the moment."""
    return any(one is not None and one.kind in OF_PEOPLE and is_after(one, since_s, now_ms) for one in events)


def finding(epoch: bytes, seq: int, certificate_id: bytes, found: Revoked) -> Finding:
    """Note events that came under a certificate that is believed no longer."""
    name = certificate_id.hex()[:16]
    text = Text(
        f"自第 {seq} 条起，记录在终端证书 {name} 被吊销之后送达；此前的打卡仅凭终端自己的时间，须人工核查",
        f"from event {seq} on, facts came after the terminal's certificate {name} was revoked; that a check is from "
        "before is the terminal's own word: somebody has to look",
    )
    return Finding(epoch, seq, "certificate_revoked", f"{name} {found.reason.name.lower()}", text)
