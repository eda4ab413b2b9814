"""What a running terminal says of itself: figures for `status` and `doctor`, and its retained state at the broker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from zhendao.device.link import parcel
from zhendao.protocol.state import State
from zhendao.protocol.vocabulary import PartState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhendao.device.caretaker import Parts
    from zhendao.device.clock.stamp import Stamp
    from zhendao.device.identity.values import Identity
    from zhendao.device.notices import Notices
    from zhendao.device.scribe import Scribe, Standing

_NS = 1_000_000_000


def facts(
    who: Identity,
    software: str,
    started_ns: int,
    parts: Parts,
    stamp: Stamp,
    scribe: Scribe,
    notices: Notices,
    waiting: Mapping[str, int],
    *,
    linked: bool,
) -> dict[str, Any]:
    """Return the object; times in seconds or, where the name says so, ms. ``waiting``: how much, and for what."""
    return {
        "device": who.device.hex(),
        "tenant": who.tenant,
        "placement": who.placement.name.lower(),
        "mounting": who.mounting.name.lower(),
        "software": software,
        "up_s": (stamp.mono_ns - started_ns) // _NS,
        "ready": parts.reader is PartState.WELL,
        "reader": parts.reader.name.lower(),
        "gnss": parts.gnss.name.lower(),
        "linked": linked,
        "clock": {
            "source": stamp.source.name.lower(),
            "bound_ms": stamp.bound_ms,
            "wall_ms": stamp.wall_ms,
            "mono_ns": stamp.mono_ns,
        },
        "epoch": scribe.standing.epoch.hex(),
        "seq": scribe.standing.seq,
        "kept": scribe.tally.plain(),
        "people": scribe.tally.people,
        "pid": os.getpid(),
        "unacknowledged": parts.unacknowledged,
        "waiting": dict(waiting),
        "counters": dict(sorted(parts.counters.items())),
        "notices": notices.last(),
    }


def retained(
    who: Identity,
    standing: Standing,
    entropy: Callable[[int], bytes],
    wall_ms: int,
    unacknowledged: int,
    *,
    online: bool,
) -> bytes:
    """Return the retained state, once a start is in the journal; asked on the link's thread, of frozen values."""
    start = standing.start
    if start is None:
        raise RuntimeError("the link is started after the first boot event")
    mine = standing.epoch == start.keys.epoch
    seq, head = (standing.seq, standing.head) if mine else (start.keys.start, start.entry.head)
    return parcel.state(who, start, entropy(12), State(online, seq, head, wall_ms, unacknowledged))
