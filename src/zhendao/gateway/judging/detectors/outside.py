"""A check whose fix is outside every place at which it may be made, beyond its error. rule: LOCATION."""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "核实当时实际所在：登记坐标或坐标系有误的改登记；确在别处服务的登记认可地点",
    "where it was in fact: a registered position or datum that is wrong is corrected, another place of care approved",
)


def _find(seen: Seen) -> Iterable[Finding]:
    visit = seen.visit
    if visit.at_ms is None or not seen.flagged("outside"):
        return
    sides = [("签到", "the check-in", visit.record["in"]), ("签退", "the check-out", visit.record["out"])]
    found = [
        (side["location"]["distance_m"], zh, en, side["location"])
        for zh, en, side in sides
        if side is not None and side["location"]["answer"] == "outside"
    ]
    distance, zh, en, location = max(found, key=lambda one: one[0])
    place = seen.registry.place(location.get("approved_place_id") or visit.record["place_id"], visit.at_ms)
    # The distance to an outline is that to its nearest edge.
    reach = 0 if place is None or place.outline else place.radius_m
    off, error = distance - reach, location["error95_m"]
    yield of_visit(
        "outside", visit, (distance, reach, off), "m",
        Text(
            f"{zh}处距登记地点 {distance} 米，应在 {reach} 米内，超出 {off} 米（定位误差 {error} 米）",
            f"{en} was {distance} m from the registered place, {reach} m was expected at most: "
            f"{off} m more (error of the fix {error} m)",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("outside", _find)
