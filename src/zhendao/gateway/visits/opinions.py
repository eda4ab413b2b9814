"""What an elder said of a visit: the last press before the end of its day counts, and whether they consented. Pure.

rule: RATING. Promise: the elder's word is kept beside what was witnessed, and changes nothing of it. A rating is dated
by its terminal's own word alone: it takes no press after the day's end, and what it says is what it knew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.moments import can_be
from zhendao.gateway.visits.pairing import Pair
from zhendao.protocol.bodies import Rating
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource, Role

NO_BUTTON: Final = 0
"""A consent without an opinion: its score says nothing (docs/protocol.md section 3)."""
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Opinion:
    """A rating: where it stands in its terminal's journal, and when (UTC ms; None where the terminal did not know)."""

    epoch: bytes
    seq: int
    h: bytes
    at_ms: int | None
    body: Rating

    @staticmethod
    def of(event: Event, body: Rating, h: bytes) -> "Opinion":
        """Return what ``event`` with ``body`` says; ``h``: the chain there."""
        bound_ms = event.clock_bound_ms if event.clock_source is not ClockSource.UNSET else None
        known = bound_ms is not None and can_be(event.wall_ms, bound_ms)
        return Opinion(event.epoch, event.seq, h, event.wall_ms if known else None, body)


def of_visit(pair: Pair, opinions: Iterable[Opinion], offset_ms: int) -> list[Opinion]:
    """Return those about ``pair`` that were said before the end of its local day, ``offset_ms`` east of Greenwich.

    One whose time is not known counts: its terminal took it, and that keeps the day too.
    """
    ends = {(one.epoch, one.seq) for one in (pair.first, pair.last) if one is not None}
    last = pair.last.moment if pair.last is not None else None
    day = (last.wall_ms + offset_ms) // _DAY_MS if last is not None and last.known else None
    return [
        one
        for one in opinions
        if (one.epoch, one.body.refers_to) in ends
        and (day is None or one.at_ms is None or (one.at_ms + offset_ms) // _DAY_MS <= day)
    ]


def judged(
    several: Sequence[Opinion], least: int, elder_id: str | None, registry: Registry, at_ms: int, flags: set[str]
) -> dict[str, Any] | None:
    """Return what a visit's record says of its elder's opinion, None where there is none; below ``least`` is flagged.

    A consent is the elder's own if the card is registered as theirs at ``at_ms`` (UTC ms); another's is flagged.
    """
    if not several:
        return None
    scored = [one for one in several if one.body.button != NO_BUTTON]
    consents = [one for one in several if one.body.consent and one.body.elder is not None]
    own = [one for one in consents if _is_elders(one, elder_id, registry, at_ms)]
    if scored and scored[-1].body.score < least:
        flags.add("low_rating")
    if consents and not own:
        flags.add("consent_foreign")
    return {
        "score": scored[-1].body.score if scored else None,
        "seq": scored[-1].seq if scored else None,
        "at_ms": scored[-1].at_ms if scored else None,
        "presses": len(scored),
        "consent": bool(own),
        "consent_seq": own[-1].seq if own else None,
    }


def _is_elders(one: Opinion, elder_id: str | None, registry: Registry, at_ms: int) -> bool:
    read = one.body.elder
    token = None if read is None else registry.token(read.token_id, read.uid, at_ms)
    return token is not None and token.role == Role.ELDER and elder_id is not None and token.holder_id == elder_id
