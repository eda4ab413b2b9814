"""Every state of the status page as a scene: what a terminal told, by lines as it does, and when it is looked at."""

import json
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

from zhendao.device.feedback.moments import Moment
from zhendao.device.page.deciding import View, page
from zhendao.device.page.told import Told
from zhendao.device.page.values import Page

S = 1_000_000_000
ZONE = timezone(timedelta(hours=8))
VIEW = View(ZONE)
MORNING_MS = 1_795_309_350_000
"""9:02:30 in China on 2026-11-22, and such is the time at ``NOW``."""
NOW = 7_200 * S
EPOCH = "aa" * 16


def told(*lines: dict[str, Any]) -> Told:
    """Return what is known after ``lines``."""
    found = Told()
    for one in lines:
        found.take(json.dumps(one, ensure_ascii=False).encode() + b"\n")
    return found


def facts(
    *, reader: str = "well", linked: bool = True, waiting: int = 0, at_ms: int | None = MORNING_MS, wall: bool = False
) -> dict[str, Any]:
    """Return the line that says how the terminal is; it is ``at_ms`` (UTC ms) at ``NOW``, not known where None."""
    clock = {"source": "unset" if at_ms is None else "ntp", "wall_ms": at_ms or 0, "mono_ns": NOW}
    mounting = "wall" if wall else "cradle"
    return {
        "facts": {
            "reader": reader,
            "linked": linked,
            "unacknowledged": waiting,
            "placement": "home",
            "mounting": mounting,
            "clock": clock,
        }
    }


def given(moment: Moment, ago_s: float = 0.5, *said: str, seq: int | None = None) -> dict[str, Any]:
    """Return the line of a moment that was given so many seconds before ``NOW``."""
    plain: dict[str, Any] = {"moment": moment.value, "mono_ns": NOW - round(ago_s * S), "fresh": True}
    if seq is not None:
        plain |= {"epoch": EPOCH, "seq": seq}
    if said:
        plain["said"] = [[one, one] for one in said]
    return {"given": plain}


def beat(ago_s: float = 0.2) -> dict[str, Any]:
    return {"beat": NOW - round(ago_s * S)}


@dataclass(frozen=True)
class Scene:
    """A name, and the lines that lead to it; no lines: no terminal."""

    name: str
    lines: tuple[dict[str, Any], ...] = ()
    readme: bool = False

    def page(self) -> Page:
        return page(told(*self.lines) if self.lines else None, NOW, VIEW)


def _scene(name: str, *lines: dict[str, Any], readme: bool = False, **how: Any) -> Scene:
    return Scene(name, (facts(**how), *lines, beat()), readme)


NIGHT_MS = MORNING_MS + 13 * 3_600_000
M = Moment
GROUPS: dict[str, tuple[Scene, ...]] = {
    "ready": (
        _scene("ready", readme=True),
        _scene("ready-wall", wall=True),
        _scene("ready-offline", linked=False, waiting=12),
        _scene("ready-night", at_ms=NIGHT_MS),
        _scene("ready-no-clock", at_ms=None),
        Scene("beginning", (facts(reader="absent"), beat())),
        Scene("no-terminal"),
        Scene("silent", (facts(), beat(9))),
    ),
    "checks": (
        _scene("now-the-card", given(M.DOOR_SEEN)),
        _scene("now-the-door-tag", given(M.CARD_SEEN)),
        _scene("checked-in", given(M.CHECKED_IN, 0.5, "481 207", seq=41), waiting=1, readme=True),
        _scene("checked-in-sent", given(M.CHECKED_IN, 2, seq=41), given(M.SENT, 1, seq=41), waiting=1),
        _scene("checked-in-accepted", given(M.CHECKED_IN, 3, seq=41), given(M.ACCEPTED, 1, seq=41)),
        _scene("checked-out", given(M.CHECKED_OUT, seq=42), given(M.ACCEPTED, 0.2, seq=42)),
        _scene("checked-in-offline", given(M.CHECKED_IN, seq=41), linked=False, waiting=7),
        _scene("checked-in-night", given(M.CHECKED_IN, seq=41), at_ms=NIGHT_MS, waiting=1),
        _scene("remarked-unknown", given(M.CHECKED_IN_UNKNOWN, seq=41), waiting=1, readme=True),
        _scene("remarked-unknown-out", given(M.CHECKED_OUT_UNKNOWN, seq=41), waiting=1),
        _scene("remarked-expired-in", given(M.CHECKED_IN_EXPIRED, seq=41), waiting=1),
        _scene("remarked-expired", given(M.CHECKED_OUT_EXPIRED, seq=41), waiting=1),
    ),
    "card": (
        _scene("already-recorded", given(M.ALREADY_RECORDED, 0.5, "9:01"), readme=True),
        _scene("times-today", given(M.TIMES_TODAY, 1, "7:30", "8:15", "9:01"), given(M.RECEIPT, 0.5, "481 207")),
        _scene("no-times-today", given(M.NO_TIMES_TODAY)),
        _scene("receipt", given(M.RECEIPT, 0.5, "481 207")),
        _scene("undo-asked", given(M.UNDO_ASKED)),
        _scene("undo-lapsed", given(M.UNDO_LAPSED)),
        _scene("undone", given(M.UNDONE, seq=43)),
        _scene("remind-end", given(M.REMIND_END)),
        _scene("rated", given(M.RATED)),
        _scene("rate-elder-card", given(M.RATE_ELDER_CARD)),
        _scene("rate-no-visit", given(M.RATE_NO_VISIT)),
        _scene("consent-given", given(M.CONSENT_GIVEN)),
        _scene("privacy", given(M.PRIVACY, 1, "12"), readme=True),
    ),
    "meals": (
        _scene("meal-recorded", given(M.MEAL_RECORDED, 0.5, seq=44), waiting=1),
        _scene("meal-remarked", given(M.MEAL_REMARKED, 0.5, seq=45), waiting=2),
        _scene("meal-delivered", given(M.MEAL_DELIVERED, 0.5, seq=46), linked=False, waiting=3),
    ),
    "refused": (
        _scene("bad-lone", given(M.LONE), readme=True),
        _scene("bad-unknown", given(M.UNKNOWN)),
        _scene("bad-forged", given(M.FORGED)),
        _scene("bad-foreign", given(M.FOREIGN)),
        _scene("bad-blocklisted", given(M.BLOCKLISTED)),
        _scene("bad-unreadable", given(M.UNREADABLE)),
        _scene("bad-not-recorded", given(M.NOT_RECORDED)),
        _scene("bad-too-many", given(M.TOO_MANY)),
        _scene("reader-down", given(M.READER_DOWN, 20), reader="down"),
        _scene("reader-up", given(M.READER_DOWN, 20), given(M.READER_UP)),
        _scene("off-wall", given(M.OFF_WALL, 20), wall=True),
    ),
    "calls": (
        _scene("sos-calling", given(M.SOS_CALLING), waiting=1, readme=True),
        _scene("sos-arrived", given(M.SOS_CALLING, 2), given(M.SOS_ARRIVED)),
        _scene("sos-received", given(M.SOS_CALLING, 9), given(M.SOS_RECEIVED), readme=True),
        _scene("sos-nobody-yet", given(M.SOS_CALLING, 90), given(M.SOS_NOBODY_YET)),
        _scene("sos-escalated", given(M.SOS_CALLING, 90), given(M.SOS_ESCALATED)),
        _scene("sos-offline", given(M.SOS_CALLING, 20), given(M.SOS_OFFLINE), linked=False, waiting=8, readme=True),
        _scene("sos-resolved", given(M.SOS_CALLING, 900), given(M.SOS_RESOLVED)),
        _scene("sos-mistake", given(M.SOS_CALLING, 30), given(M.SOS_MISTAKE)),
        _scene("sos-not-recorded", given(M.SOS_NOT_RECORDED)),
        _scene("sos-night", given(M.SOS_CALLING), at_ms=NIGHT_MS, waiting=1),
        _scene("sos-and-a-tap", given(M.SOS_ARRIVED, 30), given(M.CHECKED_OUT, 1, seq=44), waiting=1),
        _scene("incident-reported", given(M.INCIDENT_REPORTED), waiting=1),
        _scene("incident-received", given(M.INCIDENT_REPORTED, 8), given(M.INCIDENT_RECEIVED)),
        _scene("drill", given(M.DRILL)),
        _scene("sos-in-a-drill", given(M.DRILL, 20), given(M.SOS_CALLING, 15), waiting=1),
    ),
    "house": (
        _scene("button-stuck", given(M.BUTTON_STUCK)),
        _scene("tamper-open", given(M.TAMPER_OPEN)),
        _scene("tamper-closed", given(M.TAMPER_OPEN, 60), given(M.TAMPER_CLOSED)),
        _scene("mains-lost", given(M.MAINS_LOST)),
        _scene("mains-back", given(M.MAINS_LOST, 60), given(M.MAINS_BACK)),
        _scene("battery-low", given(M.MAINS_LOST, 3000), given(M.BATTERY_LOW)),
        _scene("sensor-fault", given(M.SENSOR_FAULT)),
        _scene("sensor-well", given(M.SENSOR_FAULT, 60), given(M.SENSOR_WELL)),
        _scene(
            "many-troubles",
            given(M.TAMPER_OPEN, 900),
            given(M.MAINS_LOST, 700),
            given(M.BATTERY_LOW, 600),
            given(M.SENSOR_FAULT, 500),
            linked=False,
            waiting=31,
        ),
        _scene("network-lost", given(M.OFFLINE), linked=False, waiting=3),
        _scene("network-back", given(M.ONLINE)),
    ),
}
"""Each group is a picture in docs/pictures/, in Chinese and in English."""
SCENES = tuple(scene for group in GROUPS.values() for scene in group)
