"""What really was in a simulated city: `truth.json` as values. docs/simulation.md says what its names mean."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

CheckName = tuple[str, str, int]
"""A fact: device and epoch in hex, and its number."""


@dataclass(frozen=True, slots=True, eq=False)
class Stay:
    """A planned visit as it really was, or a shift at a station (``elder`` empty); times are UTC ms."""

    visit: str
    elder: str
    caregiver: str
    service: str
    planned: tuple[int, int]
    happened: bool
    from_ms: int | None
    to_ms: int | None
    by: str | None
    booked: str | None
    fraud: str | None
    mistakes: frozenset[str]
    traces: frozenset[str]
    outages: frozenset[str]
    beside: frozenset[str]
    facts: tuple[CheckName, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """What it is an example of: its fraud; else its mistakes and mishaps; else ``honest``."""
        if self.fraud is not None:
            return (self.fraud,)
        return tuple(sorted(self.mistakes)) or (("honest",) if self.elder else ("shift",))


@dataclass(frozen=True, slots=True)
class Truth:
    """All of a city's truth. ``moved``: elders whose terminal was taken away; ``dark``: outages of terminals."""

    seed: int
    stays: tuple[Stay, ...]
    cheats: frozenset[str]
    moved: frozenset[str]
    over_capacity: frozenset[str]
    unlicensed: frozenset[str]
    expired: frozenset[str]
    dark: dict[str, list[tuple[int, int]]]
    """When a terminal (hex) had no power, UTC ms."""


def read_truth(path: Path) -> Truth:
    """Read `truth.json`. Whoever lends a card is no honest caregiver either: she is among ``cheats``."""
    plain = orjson.loads(path.read_bytes())
    stays = (*map(_stay, plain["visits"]), *map(_shift, plain.get("shifts", ())))
    cheats = {one for several in plain["habits"].values() for one in several}
    cheats |= {one.booked for one in stays if one.fraud is not None and one.booked is not None}
    office = plain["office"]
    dark: dict[str, list[tuple[int, int]]] = {}
    for one in plain["outages"]:
        if one["what"] == "terminal":
            dark.setdefault(one["whom"], []).append((one["from_ms"], one["to_ms"]))
    return Truth(
        plain["seed"],
        stays,
        frozenset(cheats),
        frozenset(plain["moved"]),
        frozenset(office["over_capacity"]),
        frozenset(office["unlicensed"]),
        frozenset(office["health_certificate"]),
        dark,
    )


def _stay(plain: dict[str, Any]) -> Stay:
    begin_ms, end_ms = plain["planned"]
    return Stay(
        plain["visit"], plain["elder"], plain["caregiver"], plain["service"], (begin_ms, end_ms), plain["happened"],
        plain["from_ms"], plain["to_ms"], plain["by"], plain["booked"], plain["fraud"],
        frozenset(plain["mistakes"]), frozenset(plain["traces"]), frozenset(plain["outages"]),
        frozenset(plain["beside"]), tuple((device, epoch, seq) for device, epoch, seq in plain["facts"]),
    )  # fmt: skip


def _shift(plain: dict[str, Any]) -> Stay:
    from_ms, to_ms, who = plain["from_ms"], plain["to_ms"], plain["caregiver"]
    rest = dict.fromkeys(("fraud", "beside"), ()) | {"fraud": None, "happened": True, "by": who, "booked": who}
    known = {"visit": plain["shift"], "elder": "", "service": "", "planned": (from_ms, to_ms)}
    return _stay(plain | known | rest)
