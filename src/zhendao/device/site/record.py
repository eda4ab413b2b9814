"""What a survey says, as the facts of a signed statement (docs/protocol.md section 16). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zhendao
from zhendao.protocol.home import learn
from zhendao.protocol.position import Sample, estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.device.gnss.gate import AcceptedEpoch
    from zhendao.device.identity.values import Identity
    from zhendao.device.site.fixes import Taken
    from zhendao.protocol.home import Home

_NS = 1_000_000_000


def facts(who: Identity, taken: Taken | None, wanted: int, made_ms: int, bound_ms: int | None) -> dict[str, Any]:
    """Return the facts; ``taken`` None: a terminal without a receiver. ``bound_ms``: error of ``made_ms`` under NTP."""
    return {
        "device": who.device.hex(),
        "tenant": who.tenant,
        "software": zhendao.__version__,
        "made_ms": made_ms,
        "clock_bound_ms": bound_ms,
        "wanted": wanted,
        "receiver": None if taken is None else _receiver(taken),
        "datum": "wgs84",
        "fixes": [] if taken is None else _rows(taken.fixes),
    }


def home(fixes: Sequence[AcceptedEpoch]) -> Home | None:
    """Return what a terminal keeps of its survey; None of none."""
    if not fixes:
        return None
    first = fixes[0].mono_ns
    return learn(estimate([Sample(one.lat_e7, one.lon_e7, one.hacc95_m, (one.mono_ns - first) / _NS) for one in fixes]))


def _receiver(taken: Taken) -> dict[str, Any]:
    trouble = taken.trouble()
    return {
        "port": taken.port,
        "baud": taken.baud,
        "condition": taken.condition.value,
        "zh": trouble.zh,
        "en": trouble.en,
        "epochs": taken.heard,
        "refused": dict(sorted(taken.refused.items())),
        "took_ms": round(1000 * taken.seconds),
    }


def _rows(fixes: Sequence[AcceptedEpoch]) -> list[list[int | None]]:
    """Return a row for each fix: place, error in dm, ms after the first, satellites, HDOP × 100, C/N0 × 10, signs."""
    first = fixes[0].mono_ns if fixes else 0
    return [
        [
            *(one.lat_e7, one.lon_e7, round(10 * one.hacc95_m), (one.mono_ns - first) // 1_000_000),
            *(one.satellites, round(100 * one.hdop), None if one.mean_cn0 is None else round(10 * one.mean_cn0)),
            int(one.signs),
        ]
        for one in fixes
    ]
