"""What a running terminal says of itself: figures and states as plain values, for `status` and `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhendao.protocol.vocabulary import PartState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.device.caretaker import Parts
    from zhendao.device.clock.stamp import Stamp
    from zhendao.device.identity.values import Identity
    from zhendao.device.notices import Notices
    from zhendao.device.scribe import Standing

_NS = 1_000_000_000


def facts(
    who: Identity,
    software: str,
    started_ns: int,
    parts: Parts,
    stamp: Stamp,
    standing: Standing,
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
        "software": software,
        "up_s": (stamp.mono_ns - started_ns) // _NS,
        "ready": parts.reader is PartState.WELL,
        "reader": parts.reader.name.lower(),
        "gnss": parts.gnss.name.lower(),
        "linked": linked,
        "clock": {"source": stamp.source.name.lower(), "bound_ms": stamp.bound_ms, "wall_ms": stamp.wall_ms},
        "epoch": standing.epoch.hex(),
        "seq": standing.seq,
        "unacknowledged": parts.unacknowledged,
        "waiting": dict(waiting),
        "counters": dict(sorted(parts.counters.items())),
        "notices": notices.last(),
    }
