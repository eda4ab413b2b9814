"""Who lives and cares in a world: homes, elders, caregivers, and the tags that they hold to readers. All invented.

Promise: given by seed, number of terminals and settings alone, each person and each tag by its own name, so a world
with one terminal more has the same people in the others. No name ever reaches a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Mounting, Placement, Role, Technology
from zhendao.simulators.world.engine.chance import Chance

if TYPE_CHECKING:
    from zhendao.protocol.keys import SigningKey
    from zhendao.simulators.world.story.story import Act, Story

GROUP = 3
"""So many homes are neighbours, and so many caregivers look after them."""
_LAT_E7, _LON_E7 = 302_500_000, 1_201_700_000
_STEP_E7 = 40_000
"""Homes stand about four hundred metres apart."""
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_GIVEN = (
    "秀兰",
    "桂英",
    "淑珍",
    "玉梅",
    "建国",
    "志强",
    "永福",
    "凤霞",
    "爱华",
    "春燕",
    "国庆",
    "文彬",
    "海棠",
    "景明",
)
_OTHERS = {
    "elder": (Role.ELDER, "ours"),
    "revoked": (Role.CAREGIVER, "ours"),
    "forged": (Role.CAREGIVER, "forged"),
    "foreign-issuer": (Role.CAREGIVER, "other"),
}
"""What the tags say that are neither doors nor cards of caregivers of the town; the rest say nothing."""
_MONTH_S = 30 * 86_400
_YEAR_S = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Tag:
    """What is held to a reader.

    Attributes:
        name: "card of caregiver 3", "door 2"; for traces.
        role: whom its token says it is; UNKNOWN where it carries none.
        uid: 4 or 7 bytes.
        token_id: of its token; None where it carries none.
        issuer: "ours", "other" (not trusted here), "forged" (ours, by a wrong signature), "" (no token).
        random: gives another uid each time.
        expired: its token was valid until a month before the story.
    """

    name: str
    role: Role
    uid: bytes
    token_id: bytes | None = None
    issuer: str = ""
    random: bool = False
    expired: bool = False

    @property
    def technology(self) -> Technology:
        """What kind of chip it is."""
        return Technology.ISO14443A if self.token_id is None else Technology.NTAG21X


@dataclass(frozen=True, slots=True)
class Home:
    """Where a terminal hangs, and who lives there. Degrees × 10⁷, WGS-84."""

    terminal: int
    placement: Placement
    mounting: Mounting
    elder: str
    lat_e7: int
    lon_e7: int
    door: Tag

    @property
    def needs_door(self) -> bool:
        """Whether a caregiver holds a door tag there beside her card."""
        return self.placement is not Placement.STATION and self.mounting is not Mounting.WALL


@dataclass(frozen=True, slots=True)
class Caregiver:
    """Somebody who cares, with her card. ``knows``: the terminals where she is sent."""

    number: int
    name: str
    card: Tag
    knows: tuple[int, ...]


class Town:
    """All homes and caregivers of a story."""

    def __init__(self, story: Story) -> None:
        self._chance = Chance(story.seed, "people")
        self._story = story
        self.homes = tuple(self._home(n) for n in range(story.terminals))
        groups = -(-story.terminals // GROUP)
        self.caregivers = tuple(self._caregiver(n) for n in range(groups * GROUP))

    def tag(self, what: str, number: int, terminal: int, form: str = "signed") -> Tag:
        """Return the tag that a `hold` names: ``what`` is one of `kinds.TOKENS`, ``terminal`` where it is held."""
        signed = form == "signed"
        if what in {"door", "foreign-door"}:
            door = self.homes[terminal if what == "door" else number].door
            return door if signed else self._tag(door.name, Role.UNKNOWN)
        if what == "caregiver" and number < len(self.caregivers):
            card = self.caregivers[number].card
            return card if signed else self._tag(card.name, Role.UNKNOWN)
        if what == "random-uid":
            uid = b"\x08" + self._uid(f"telephone {number}")[:3]
            return Tag(f"telephone {number}", Role.UNKNOWN, uid, random=True)
        role, issuer = _OTHERS.get(what, (Role.UNKNOWN, "")) if signed else (Role.UNKNOWN, "")
        return self._tag(f"{what} card {number}", role, issuer)

    def wrong_door(self, terminal: int) -> Tag:
        """Return the door tag of another home, for who takes the wrong one along."""
        if len(self.homes) > 1:
            return self.homes[(terminal + 1) % len(self.homes)].door
        return self._tag("door of another street", Role.DOOR, "ours")

    def revoked(self) -> tuple[Tag, ...]:
        """Return the cards that a story holds somewhere and that are no longer valid, for the registry."""
        numbers = sorted({one.number("number") for one in self._story.acts if _is_revoked(one)})
        return tuple(self.tag("revoked", n, 0) for n in numbers)

    def _home(self, n: int) -> Home:
        chance = self._chance.child(f"home {n}")
        placements = (Placement.HOME, Placement.HOME, Placement.STATION, Placement.CARRIED)
        placement = {"home": Placement.HOME, "station": Placement.STATION, "carried": Placement.CARRIED}.get(
            self._story.word("placement")
        ) or chance.pick(placements)
        mounting = {"cradle": Mounting.CRADLE, "wall": Mounting.WALL}.get(self._story.word("mounting")) or chance.pick(
            (Mounting.CRADLE, Mounting.WALL)
        )
        if placement is not Placement.HOME:
            mounting = Mounting.CRADLE
        lat, lon = _LAT_E7 + n // 100 * _STEP_E7, _LON_E7 + n % 100 * _STEP_E7
        return Home(n, placement, mounting, _named(chance), lat, lon, self._tag(f"door {n}", Role.DOOR, "ours"))

    def _caregiver(self, n: int) -> Caregiver:
        chance = self._chance.child(f"caregiver {n}")
        name = _named(chance)
        bare = chance.likely(self._story.number("uid_cards"))
        card = self._tag(f"card of caregiver {n}", Role.CAREGIVER, "" if bare else "ours")
        if chance.child("card").likely(self._story.number("expired_cards")):
            card = replace(card, expired=True)
        first = n // GROUP * GROUP
        return Caregiver(n, name, card, tuple(range(first, min(first + GROUP, self._story.terminals))))

    def _tag(self, name: str, role: Role, issuer: str = "") -> Tag:
        """Return a tag; one without an issuer carries no token, and says no role."""
        if not issuer:
            return Tag(name, Role.UNKNOWN, self._uid(name)[:4])
        return Tag(name, role, self._uid(name), Chance(self._story.seed, f"people/token/{name}").bytes(16), issuer)

    def _uid(self, name: str) -> bytes:
        return b"\x04" + Chance(self._story.seed, f"people/uid/{name}").bytes(6)


def record_of(tag: Tag, key: SigningKey, start_s: int) -> bytes | None:
    """Return the token record on ``tag``; None where it carries none.

    ``key``: the issuer's, another one for `Tag.issuer` "other". ``start_s``: when the story starts, seconds since 1970;
    the token holds from a year before to two years after, or to a month before if it is expired.
    """
    if tag.token_id is None:
        return None
    until_s = start_s - _MONTH_S if tag.expired else start_s + 2 * _YEAR_S
    record = sign_token(key, tag.role, tag.token_id, tag.uid, start_s - _YEAR_S, until_s)
    if tag.issuer == "forged":
        record = record[:-1] + bytes([record[-1] ^ 1])  # the signature stands last
    return record


def _is_revoked(one: Act) -> bool:
    return one.kind == "hold" and "revoked" in one.arguments.values()


def _named(chance: Chance) -> str:
    return chance.pick(_SURNAMES) + chance.pick(_GIVEN)
