"""Registered places that a fix has confirmed: of one that none ever was within, the position may be wrong. Pure.

Whoever was there is asked why she was elsewhere only where it is known to be elsewhere: first somebody goes and looks
at the place. If the door tag hangs where it belongs, the position is corrected; if it hangs nowhere, the finding has
led to it all the same. rule: MARK-LOCATION
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

NEVER: Final = Text(
    "从未有定位落在该登记地点内，登记坐标可能有误：先到现场核实门牌和坐标，不问责任何人",
    "no fix was ever within this registered place, so its position may be wrong: first somebody looks at the door tag "
    "and the position on site; it is put to no person",
)


def confirmed_by(visits: Iterable[Visit]) -> set[str]:
    """Return the registered places that a fix of one of ``visits`` was within."""
    return {place for visit in visits if (place := visit.record.get("place_id")) is not None and _inside(visit)}


def with_places(findings: Iterable[Finding], visits: Iterable[Visit]) -> list[Finding]:
    """Return ``findings``; one of a check outside a place that nothing has confirmed asks no person."""
    confirmed: set[str] = set()
    places: dict[bytes, str | None] = {}
    for visit in visits:
        place_id = places[visit.visit_id] = visit.record.get("place_id")
        if place_id is not None and place_id not in confirmed and _inside(visit):
            confirmed.add(place_id)
    return [_with_place(one, places, confirmed) for one in findings]


def _inside(visit: Visit) -> bool:
    sides = (visit.record.get("in"), *visit.record.get("rechecks", ()), visit.record.get("out"))
    # By older rules nobody judged where a check in between was made.
    said: Iterable[Mapping[str, object]] = (one["location"] for one in sides if one is not None and "location" in one)
    return any(one["answer"] == "inside" and "approved_place_id" not in one for one in said)


def _with_place(one: Finding, places: Mapping[bytes, str | None], confirmed: set[str]) -> Finding:
    if one.kind != "outside" or one.fault is not None or one.visit_id is None:
        return one
    return one if places.get(one.visit_id) in confirmed else replace(one, fault=NEVER)
