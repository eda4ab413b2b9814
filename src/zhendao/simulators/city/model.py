"""The values that a city is made of: who lives, works and hangs where. Nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.protocol.vocabulary import Datum, Mounting, Placement, Role, Strength, Technology
    from zhendao.simulators.city.ground import Spot
    from zhendao.simulators.city.services import Service


@dataclass(frozen=True, slots=True)
class Token:
    """A card or a door tag: what it is, and how strongly it proves itself where it is genuine."""

    token_id: bytes | None
    uid: bytes
    role: Role
    technology: Technology
    strength: Strength
    counter: int
    """How often it was read before the city's first day, where it counts."""


@dataclass(frozen=True, slots=True)
class Sky:
    """How a receiver sees the sky at a place; metres are decimetres, shares of a thousand."""

    east: int
    north: int
    major: int
    minor: int
    turn: int
    blind: bool
    """Never a fix."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address: where it is, and where the registry says it is (degrees × 10^7 of ``datum``)."""

    place_id: str
    region: str
    address: str
    spot: Spot
    lat_e7: int
    lon_e7: int
    datum: Datum
    radius_m: int
    accuracy_m: int
    sky: Sky
    marked_wrong: bool = False
    """The registry has it elsewhere than it is."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal; ``place`` None: carried. ``ppm``: its quartz."""

    number: int
    device: bytes
    epoch: bytes
    placement: Placement
    mounting: Mounting
    place: Place | None
    receiver: bool


@dataclass(frozen=True, slots=True)
class Elder:
    """An elder at home, with the door tag of that home, and the terminal that hangs there (None: it is carried in)."""

    elder_id: str
    name: str
    phone: str
    level: str
    place: Place
    door: Token
    terminal: Terminal | None


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation at its address, with the terminal of its station. ``carries``: its caregivers carry terminals."""

    organisation_id: str
    title: str
    region: str
    place: Place
    station: Terminal
    carries: bool


@dataclass(frozen=True, slots=True)
class Caregiver:
    """A caregiver: her card, a second one that was issued to her, where she lives, the terminal she carries."""

    number: int
    caregiver_id: str
    name: str
    phone: str
    organisation: Organisation
    card: Token
    spare: Token
    home: Spot
    terminal: Terminal | None
    at_station: bool = False
    """She works at the station of her organisation, and goes to nobody's home."""
    lives_in: bool = False
    """She lives with one elder."""

    @property
    def rides(self) -> bool:
        """She goes from home to home."""
        return not (self.at_station or self.lives_in)


@dataclass(frozen=True, slots=True)
class Bond:
    """A caregiver gives an elder a service on these weekdays (bit 0 Monday) from ``begin_m`` (minutes of the day)."""

    elder: Elder
    caregiver: Caregiver
    service: Service
    days: int
    begin_m: int
    minutes: int
    second_m: int | None = None
    """Where she comes twice a day, from when the second time."""
    helps: bool = False
    """She is the second of two who work together."""
    slot: str | None = None
    """What tells it from another service that the same two have."""
    since: int | None = None
    """From which day on (0 is the first); None: from before."""
    until: int | None = None
    """Up to which day, that day not included."""
    along: Bond | None = None
    """The visit at the same home during which this one takes place too: a couple is cared for together."""

    def holds(self, day: int) -> bool:
        """Tell whether it holds on that day (0 is the first)."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(slots=True)
class City:
    """Everybody and everything; ``rounds``: the bonds of each caregiver, by her number."""

    regions: tuple[str, ...]
    organisations: list[Organisation] = field(default_factory=list)
    caregivers: list[Caregiver] = field(default_factory=list)
    elders: list[Elder] = field(default_factory=list)
    terminals: list[Terminal] = field(default_factory=list)
    rounds: list[list[Bond]] = field(default_factory=list)
