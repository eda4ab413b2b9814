"""A meal as the rules see it: what was signed or back-filled, whose it is found to be, and what becomes of it. Pure.

rule: MEAL-POINT, MEAL-DEAD, MEAL-BACKFILL. Promise: nothing is dropped: what does not count has a state that says why.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from zhendao.protocol.bodies import Meal
from zhendao.protocol.wording import Text

DAY_MS: Final = 86_400_000
MEALS: Final = {1: Text("早餐", "breakfast"), 2: Text("午餐", "lunch"), 3: Text("晚餐", "dinner")}
WAYS: Final = {"canteen": Text("堂食", "at a canteen"), "delivery": Text("送餐", "delivered")}


class State(StrEnum):
    """What becomes of a record."""

    COUNTED = "counted"
    REPEATED = "repeated"
    """The same meal of the same elder once more, at the same point."""
    ELSEWHERE = "elsewhere"
    """The same meal of the same elder, at another point than the one that counts."""
    DEAD = "dead"
    """Of somebody who had died, or whose registration had ended. rule: MEAL-DEAD."""
    UNKNOWN = "unknown"
    """Of nobody who is registered as an elder."""
    SIGNED_DAY = "signed-day"
    """Back-filled for a day of which the point has a signed record. rule: MEAL-BACKFILL."""
    FILLED_DAY = "filled-day"
    """Back-filled for a day that an earlier file had filled already. rule: MEAL-BACKFILL."""


STATES: Final = {
    State.COUNTED: Text("计入", "counts"),
    State.REPEATED: Text("同一餐重复刷卡，不另计", "the same meal once more, not counted again"),
    State.ELSEWHERE: Text("同一餐已在另一助餐点计入", "the same meal counts at another point"),
    State.DEAD: Text("老人已去世或已注销，剔除", "the elder had died, or was registered no longer: left out"),
    State.UNKNOWN: Text("不是登记老人的卡", "no registered elder's"),
    State.SIGNED_DAY: Text("当日该点已有刷卡记录，补录不计", "the point has signed records of that day: ignored"),
    State.FILLED_DAY: Text("当日该点已补录过，本次不计", "that day of the point was filled before: ignored"),
}


@dataclass(frozen=True, slots=True)
class MealFact:
    """A signed record: ``at_ms`` (UTC) is when it was, or when it came where nobody can say (not ``known``)."""

    id: bytes
    device: bytes
    at_ms: int
    body: Meal
    known: bool = True
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """A back-filled record: ``number`` of the import that brought it and ``line`` in its file; ``day`` YYYY-MM-DD."""

    id: bytes
    number: int
    line: int
    point: str
    day: str
    meal: int
    elder_id: str
    way: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A record of which is known whose it is, and where.

    ``number`` and ``line`` as `Filled` has them, 0 where it was signed. ``household``: the home, or the person where
    none is known: meals of one are compared. ``village``: where the elder is registered. ``by``: card, door,
    card+door, paper. ``fixed``: what it is whatever other records say (dead, unknown); None: that is open.
    """

    id: bytes
    at_ms: int
    day: str
    meal: int
    point: str | None
    coded: bool
    elder_id: str | None
    household: str
    village: str | None
    way: str
    by: str
    fixed: State | None = None
    flags: tuple[str, ...] = ()
    number: int = 0
    line: int = 0
    distance_m: int | None = None
    dead_on: str | None = None
    device: bytes | None = None

    @property
    def signed(self) -> bool:
        """Whether a terminal signed it."""
        return self.number == 0

    @property
    def order(self) -> tuple[int, int, int, bytes]:
        """Where it stands among those of its household and day: what was signed, and of the card, goes first."""
        return self.number, self.line if self.number else int(self.by == "door"), self.at_ms, self.id


@dataclass(frozen=True, slots=True)
class Meals:
    """A record with what became of it; ``of``: the one that counts in its stead."""

    told: Told
    state: State
    of: bytes | None = None

    @property
    def counted(self) -> bool:
        """Whether it is one of 助餐人次. rule: MEAL-COUNT."""
        return self.state is State.COUNTED

    @property
    def covers(self) -> bool:
        """Whether it counts towards a village's week. rule: MEAL-COVERAGE, MEAL-POINT."""
        return self.counted and self.told.coded and self.told.village is not None

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it, and as platforms get it."""
        told = self.told
        return {
            "id": told.id.hex(),
            "state": str(self.state),
            "counted": self.counted,
            "covers": self.covers,
            "of": None if self.of is None else self.of.hex(),
            "source": "terminal" if told.signed else "back-fill",
            "device": None if told.device is None else told.device.hex(),
            "at_ms": told.at_ms,
            "day": told.day,
            "meal": told.meal,
            "way": told.way,
            "by": told.by,
            "point": told.point,
            "coded": told.coded,
            "elder_id": told.elder_id,
            "village": told.village,
            "flags": list(told.flags),
            "distance_m": told.distance_m,
            "dead_on": told.dead_on,
        }


def signed_id(device: bytes, epoch: bytes, seq: int, h: bytes) -> bytes:
    """Return the id of a signed record: 16 bytes that follow from which event it is."""
    return sha256(b"zd1/meal" + device + epoch + seq.to_bytes(8, "big") + h).digest()[:16]


def filled_id(point: str, day: str, meal: int, elder_id: str) -> bytes:
    """Return the id of a back-filled record: the same row of any file is the same record."""
    said = "\x1f".join((point, day, str(meal), elder_id))
    return sha256(b"zd1/meal-backfill" + said.encode()).digest()[:16]


def day_at(at_ms: int, offset_ms: int) -> str:
    """Return the local day of ``at_ms`` (UTC ms), YYYY-MM-DD."""
    return datetime.fromtimestamp((at_ms + offset_ms) // 1000, UTC).date().isoformat()


def noon_of(day: str, offset_ms: int) -> int:
    """Return local noon of ``day`` as UTC ms: when the registry is asked about a day."""
    return int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()) * 1000 - offset_ms
