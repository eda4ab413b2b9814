"""The registry as rules see it: frozen, pure, without names, every answer for a stated moment.

Promise: the same snapshot, the same question, the same answer; a row that does not hold at ``at_ms`` (UTC ms,
half-open) is not found. Personal columns stay in the store: nothing here can leak them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from zhendao.gateway.registry.standing import Standing
from zhendao.gateway.registry.validity import Related, Timeline, Valid
from zhendao.protocol.vocabulary import Datum, Placement, Role


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a terminal stands and for whom; no elder at a station."""

    device: bytes
    elder_id: str | None
    place_id: str | None
    placement: Placement
    door_token_id: bytes | None
    meal_point: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A door tag or a card; the holder of a card is a person's id, that of a door tag a place id.

    ``token_id`` (16 bytes) where it carries a signed record, ``uid`` (4 to 10 bytes) where that is known; at least one.
    """

    token_id: bytes | None
    uid: bytes | None
    role: Role
    holder_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where check-ins are expected: degrees × 10^7 in ``datum``; radius and 95 % accuracy of the survey in metres.

    Where there is an ``outline`` (corners in order, latitude and longitude in the same datum), it replaces the circle.
    """

    place_id: str
    lat_e7: int
    lon_e7: int
    datum: Datum
    radius_m: int
    accuracy_m: int
    region: str | None = None
    outline: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Approved:
    """A place beside the home at which this elder's visits may be made."""

    elder_id: str
    place_id: str


@dataclass(frozen=True, slots=True)
class Caregiver:
    """A person who gives care; the name is in the store, sealed. ``occupation`` as `choices.OCCUPATIONS`."""

    caregiver_id: str
    tenant: str
    organisation: str | None
    region: str | None = None
    user_type: str | None = None
    occupation: str | None = None
    employed_on: str | None = None


@dataclass(frozen=True, slots=True)
class Elder:
    """A person who receives care; ``place_id`` is the home. ``ability`` and ``payer`` as `choices` has them.

    ``household``: the region in whose register the elder is; ``region`` of the place is where the home stands.
    ``died_on``: YYYY-MM-DD. rule: MEAL-DEAD.
    """

    elder_id: str
    tenant: str
    place_id: str | None
    care_level: str | None
    ability: str | None = None
    payer: str | None = None
    household: str | None = None
    died_on: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service code with its own limits in seconds. rule: SERVICES, TIME.

    ``times`` visits and at least ``least_s`` in each ``period``, at ``hours`` as `shifts` keeps them (across midnight
    too), by ``staff`` caregivers at once; ``profile`` as `choices.PROFILES`.
    """

    code: str
    min_s: int
    max_s: int
    times: int | None = None
    period: str | None = None
    least_s: int | None = None
    hours: str | None = None
    profile: str = "visit"
    staff: int = 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which service a caregiver gives an elder; ``days`` and ``hours`` as `shifts` keeps them, where agreed.

    ``slot`` tells apart several that the same two have at the same time.
    """

    elder_id: str
    caregiver_id: str
    code: str
    days: int | None = None
    hours: str | None = None
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One duty of a seat: ``days`` and ``hours`` as `shifts` keeps them, lowest ``rank`` first; no regions: all."""

    seat: str
    tenant: str
    rank: int
    days: int | None
    hours: str | None
    regions: tuple[str, ...]


class Registry:
    """All rows with their validity; immutable, safe to share between threads."""

    __slots__ = (
        "_approved", "_boxes", "_caregivers", "_doors", "_elders", "_homes", "_of_elder", "_pairs",
        "_places", "_seats", "_services", "_terminals", "_token_ids", "_uids", "schedules", "standing", "stood",
    )  # fmt: skip

    def __init__(
        self,
        *,
        terminals: Iterable[Valid[Terminal]] = (),
        tokens: Iterable[Valid[Token]] = (),
        places: Iterable[Valid[Place]] = (),
        caregivers: Iterable[Valid[Caregiver]] = (),
        elders: Iterable[Valid[Elder]] = (),
        services: Iterable[Valid[Service]] = (),
        schedules: Iterable[Valid[Schedule]] = (),
        seats: Iterable[Valid[Seat]] = (),
        approved: Iterable[Valid[Approved]] = (),
        standing: Standing | None = None,
    ) -> None:
        """Order the rows; raise `OverlapError` where two rows of one thing overlap in time."""
        held, stood = tuple(tokens), tuple(terminals)
        self._terminals = Timeline(((v.row.device, v) for v in stood), "terminals")
        self._doors: dict[bytes, list[Valid[Terminal]]] = {}
        for one in stood:
            if one.row.door_token_id is not None:
                self._doors.setdefault(one.row.door_token_id, []).append(one)
        self._token_ids = Timeline(((v.row.token_id, v) for v in held if v.row.token_id is not None), "tokens")
        self._uids = Timeline(((v.row.uid, v) for v in held if v.row.uid is not None), "tokens")
        self._places = Timeline(((v.row.place_id, v) for v in places), "places")
        self._approved: dict[str, list[Valid[Approved]]] = {}
        for allowed in approved:
            self._approved.setdefault(allowed.row.elder_id, []).append(allowed)
        self._caregivers = Timeline(((v.row.caregiver_id, v) for v in caregivers), "caregivers")
        living = tuple(elders)
        self._elders = Timeline(((v.row.elder_id, v) for v in living), "elders")
        self._homes = Related((v.row.place_id, v) for v in living if v.row.place_id is not None)
        self._services = Timeline(((v.row.code, v) for v in services), "services")
        self.schedules = tuple(schedules)
        """All services that are or were agreed, with their validity."""
        Timeline((((v.row.elder_id, v.row.caregiver_id, v.row.slot), v) for v in self.schedules), "schedules")
        self._pairs = Related(((v.row.elder_id, v.row.caregiver_id), v) for v in self.schedules)
        self._of_elder = Related((v.row.elder_id, v) for v in self.schedules)
        self._seats = Timeline((((v.row.seat, v.row.rank, v.row.days, v.row.hours), v) for v in seats), "seats")
        self.standing = Standing() if standing is None else standing
        self.stood = stood
        """All terminals that are or were registered, with their validity."""
        # Made when it is asked for: most who judge never do.
        self._boxes: Related[str, Terminal] | None = None

    def terminal(self, device: bytes, at_ms: int) -> Terminal | None:
        """Return where terminal ``device`` (16 bytes) stood at ``at_ms``."""
        return self._terminals.at(device, at_ms)

    def bound_to(self, door_token_id: bytes, at_ms: int) -> Terminal | None:
        """Return the terminal that this door tag was bound to at ``at_ms``, the first if there are several."""
        for one in self._doors.get(door_token_id, ()):
            if one.holds_at(at_ms):
                return one.row
        return None

    def token(self, token_id: bytes | None, uid: bytes, at_ms: int) -> Token | None:
        """Return whose token this was.

        By ``token_id`` where it is registered: then a registered uid must be the one that was read, for a record
        copied to another chip is not that token. Otherwise by ``uid``, among rows that name no other token id.
        """
        if token_id is not None:
            token = self._token_ids.at(token_id, at_ms)
            if token is not None:
                return token if token.uid is None or token.uid == uid else None
        token = self._uids.at(uid, at_ms)
        if token is None or (token_id is not None and token.token_id is not None):
            return None
        return token

    def token_before(self, token_id: bytes | None, uid: bytes, at_ms: int) -> Token | None:
        """Return whose token this was last, where its registration had ended by ``at_ms``."""
        held = (*self._uids.of(uid), *(() if token_id is None else self._token_ids.of(token_id)))
        return next((one.row for one in reversed(held) if one.to_ms is not None and one.to_ms <= at_ms), None)

    def place(self, place_id: str, at_ms: int) -> Place | None:
        """Return the place as surveyed at ``at_ms``. rule: MARK-LOCATION."""
        return self._places.at(place_id, at_ms)

    def approved(self, elder_id: str, at_ms: int) -> list[Place]:
        """Return the places beside the home that were approved for this elder at ``at_ms``, in order of their ids."""
        held = {one.row.place_id for one in self._approved.get(elder_id, ()) if one.holds_at(at_ms)}
        return [place for place_id in sorted(held) if (place := self.place(place_id, at_ms)) is not None]

    def caregiver(self, caregiver_id: str, at_ms: int) -> Caregiver | None:
        """Return the caregiver if registered at ``at_ms``."""
        return self._caregivers.at(caregiver_id, at_ms)

    def elder(self, elder_id: str, at_ms: int) -> Elder | None:
        """Return the elder if registered at ``at_ms``."""
        return self._elders.at(elder_id, at_ms)

    def elder_rows(self, elder_id: str) -> tuple[Valid[Elder], ...]:
        """Return all rows of this elder with their validity, the earliest first."""
        return self._elders.of(elder_id)

    def service(self, code: str, at_ms: int) -> Service | None:
        """Return the limits of service ``code`` at ``at_ms``."""
        return self._services.at(code, at_ms)

    def schedules_of(self, elder_id: str, caregiver_id: str, at_ms: int) -> tuple[Schedule, ...]:
        """Return the services that this caregiver gives this elder at ``at_ms``, in one order."""
        return self._pairs.at((elder_id, caregiver_id), at_ms)

    def schedules_for(self, elder_id: str, at_ms: int) -> tuple[Schedule, ...]:
        """Return the services that anybody gives this elder at ``at_ms``, in one order."""
        return self._of_elder.at(elder_id, at_ms)

    def service_of(self, elder_id: str, caregiver_id: str, at_ms: int) -> str | None:
        """Return the code of the one service that this caregiver gives this elder at ``at_ms``; None if of several."""
        codes = {one.code for one in self.schedules_of(elder_id, caregiver_id, at_ms)}
        return codes.pop() if len(codes) == 1 else None

    def places_of(self, elder_id: str, at_ms: int) -> tuple[Place, ...]:
        """Return the home of this elder at ``at_ms`` and the other places at which they may be cared for."""
        elder = self._elders.at(elder_id, at_ms)
        home = () if elder is None or elder.place_id is None else (elder.place_id,)
        found = [place for one in home if (place := self._places.at(one, at_ms)) is not None]
        return (*found, *(one for one in self.approved(elder_id, at_ms) if one not in found))

    def elders_at_place(self, place_id: str, at_ms: int) -> tuple[Elder, ...]:
        """Return those whose home the place is at ``at_ms``, in one order."""
        return self._homes.at(place_id, at_ms)

    def caregivers_at(self, at_ms: int) -> list[Caregiver]:
        """Return all caregivers registered at ``at_ms``. rule: BINDING (those without an organisation are told)."""
        return self._caregivers.holding(at_ms)

    def elders_at(self, at_ms: int) -> list[Elder]:
        """Return all elders registered at ``at_ms``."""
        return self._elders.holding(at_ms)

    def terminals_at(self, at_ms: int) -> list[Terminal]:
        """Return all terminals registered at ``at_ms``."""
        return self._terminals.holding(at_ms)

    def schedules_with(self, elder_id: str) -> tuple[Valid[Schedule], ...]:
        """Return all services that are or were agreed with ``elder_id``, with their validity."""
        return self._of_elder.of(elder_id)

    def terminals_of(self, elder_id: str, at_ms: int) -> tuple[Terminal, ...]:
        """Return the terminals that were registered with ``elder_id`` at ``at_ms``."""
        if self._boxes is None:
            self._boxes = Related((one.row.elder_id, one) for one in self.stood if one.row.elder_id is not None)
        return self._boxes.at(elder_id, at_ms)

    def seats_at(self, at_ms: int) -> list[Seat]:
        """Return every duty that is registered at ``at_ms``, of whatever hours; see `duty.on_duty`."""
        return self._seats.holding(at_ms)
