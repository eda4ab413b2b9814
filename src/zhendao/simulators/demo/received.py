"""What the platform took, read as visits: the newest revision of each record, as the gateway worded it.

Pure. A record that cannot be read so is shown as it is by its absence: the comparison then names what is lacking.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import Said
from zhendao.simulators.demo.expectation import CheckId, Visit

_ANSWERS = {
    "inside": Text("在家", "at home"),
    "outside": Text("不在登记地点", "not at the registered place"),
    "cannot_tell": Text("地点说不准", "place cannot be told"),
    "no_fix": Text("无定位", "no fix"),
}


def current(taken: Iterable[Said]) -> dict[str, Mapping[str, Any]]:
    """Return the payload of the newest revision of each visit, by its key."""
    newest: dict[str, Said] = {}
    for said in taken:
        if said["record_type"] == "visit" and said["status"] != "refused":
            before = newest.get(said["key"])
            if before is None or said["revision"] > before["revision"]:
                newest[said["key"]] = said
    return {key: said["payload"] for key, said in newest.items()}


def checks(taken: Iterable[Said]) -> list[CheckId]:
    """Return the checks that the platform holds as events, as often as it holds them (each under a key of its own)."""
    events = {said["key"]: said["payload"] for said in taken if said["record_type"] == "event"}
    return [(e["device"], e["epoch"], e["seq"]) for e in events.values() if e["kind"] == "check"]


def visits(taken: Iterable[Said]) -> tuple[Visit, ...]:
    """Return the visits that the platform holds, withdrawn ones left out."""
    records = current(taken).values()
    return tuple(_visit(record) for record in records if record.get("state") != "withdrawn")


def _visit(record: Mapping[str, Any]) -> Visit:
    sides = [record[name] for name in ("in", "out") if record.get(name)]
    checks = [_check(record, side) for side in sides]
    return Visit(
        opened=checks[0],
        closed=checks[1] if len(checks) > 1 else None,
        elder=record["elder_id"] or "",
        caregiver=record["caregiver_id"] or "",
        too_short=_is_short(record),
        place=tuple(_place(side) for side in sides),
    )


def _is_short(record: Mapping[str, Any]) -> bool:
    return any(flag["flag"] == "short" for flag in record["flags"])


def _check(record: Mapping[str, Any], side: Mapping[str, Any]) -> CheckId:
    return (record["device"], side["epoch"], side["seq"])


def _place(side: Mapping[str, Any]) -> str:
    location = side.get("location")
    return str(location["answer"]) if location else "no_fix"


def shown_verdict(said: Said) -> tuple[str, str, Text | None] | None:
    """Return home, visit and verdict of a record that the platform took; None if it is not about a visit."""
    if said["record_type"] != "visit" or not said["payload"].get("elder_id"):
        return None
    record = said["payload"]
    home = str(record["elder_id"]).removeprefix("E-")
    if any(flag["flag"] == "unknown_card" for flag in record["flags"]):
        return home, said["key"], Text("卡未登记", "unknown card")
    if record["state"] == "open":
        return home, said["key"], Text("服务中", "under way")
    worst = next((p for p in reversed(_visit(record).place) if p != "inside"), "inside")
    place = _ANSWERS.get(worst, Text(worst, worst))
    short = _is_short(record)
    return home, said["key"], Text(place.zh + "，时长不足" * short, place.en + ", too short" * short)
