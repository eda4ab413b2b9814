"""A dossier for tests of formats: one visit with everything that can be told of it."""

from typing import Any

from zhendao.gateway.formats.mapping import Mapping
from zhendao.gateway.formats.shipped import mapping_of, names
from zhendao.gateway.formats.values import Dossier, Point
from zhendao.protocol.vocabulary import Datum

BEGIN_MS = 1_790_035_200_000
"""08:00 in China on 2026-09-22, midnight in Greenwich."""
HOUR_MS = 3_600_000
HOME = Point(311_886_000, 1_214_365_000, Datum.WGS84)


def call(direction: str, at_ms: int, **more: Any) -> dict[str, Any]:
    """Return a check of a visit; ``more`` stands instead."""
    return {
        "item.id": ("aa" if direction == "in" else "bb") * 32, "item.at": at_ms, "item.direction": direction,
        "item.point": HOME, "item.verdict": "inside", "item.elsewhere": False, "item.device": "0f" * 16,
        "item.method": "fixed", "item.seq": 2,
    } | more  # fmt: skip


def dossier(
    calls: tuple[dict[str, Any], ...] | None = None, lists: dict[str, Any] | None = None, **more: Any
) -> Dossier:
    """Return a visit of an hour; ``more``: values that stand instead, with ``__`` for the dot."""
    begin, end = BEGIN_MS, BEGIN_MS + HOUR_MS
    both = (call("in", begin), call("out", end)) if calls is None else calls
    plain: dict[str, Any] = {
        "visit.id": "5f" * 16, "visit.revision": 2, "visit.sequence": 2_000, "visit.state": "closed",
        "visit.begin": begin, "visit.end": end, "visit.duration_s": 3_600, "visit.withdrawn": False,
        "visit.counts": True, "visit.complete": True, "visit.corrected": False, "visit.adjusted_begin": None,
        "visit.adjusted_end": None, "visit.consented": True, "visit.made": end + 5_000, "visit.place": "home",
        "elder.id": "E001", "elder.name": "王秀兰", "elder.point": Point(311_865_000, 1_214_410_000, Datum.GCJ02),
        "caregiver.id": "C001", "caregiver.name": "欧阳单", "caregiver.sex": "female", "caregiver.born": "1970-02-28",
        "service.code": "助洁", "batch.made": end + 9_000, "record.key": "visit/5f/2",
    }  # fmt: skip
    for which in ("in", "out"):
        one = next((item for item in both if item["item.direction"] == which), None)
        plain[f"{which}.present"] = one is not None
        if one is not None:
            names_of = ("id", "at", "point", "verdict", "elsewhere", "device", "method")
            plain |= {f"{which}.{name}": one[f"item.{name}"] for name in names_of}
    plain |= {name.replace("__", "."): value for name, value in more.items()}
    empty: dict[str, Any] = {"changes": (), "exceptions": (), "tasks": ()}
    return Dossier(plain, empty | {"calls": both} | (lists or {}))


def filled(name: str) -> Mapping:
    """Return a mapping that comes with the gateway, with all that it needs."""
    found = mapping_of(name)
    return found.with_own({one: f"own-{one.replace('_', '-')}" for one in found.needed})


NAMES = names()
