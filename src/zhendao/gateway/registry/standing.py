"""Who may do what for whom, and where: regions, organisations, papers, bindings, granted hours, the blocklist. Pure.

Promise: every answer is for a stated moment (UTC ms, half-open); what is not written down is None or empty, which is no
verdict: whoever judges says what it means. rule: ORG-TYPES, BINDING, PAPERS, SUPPLY, HOURS, BLOCKLIST, REMIND.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.registry.validity import Related, Timeline, Valid

CERTIFYING: Final = frozenset({"qualification", "skill"})
"""Either of these papers makes a 持证护理员. rule: ROLES."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region: ``level`` 1 (市) to 4 (居), in ``parent``; ``residents``: elders by household register."""

    region: str
    level: int
    parent: str | None = None
    residents: int | None = None


@dataclass(frozen=True, slots=True)
class MealPoint:
    """A canteen, or from where meals are brought (``kind``); without ``place_code`` (场所码) none of it covers anybody.

    rule: MEAL-POINT.
    """

    point: str
    tenant: str
    title: str
    kind: str
    place_code: str | None = None
    region: str | None = None
    place_id: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who gives care: ``type`` as `choices.ORGANISATION_KINDS`; ``capacity`` in elders; the licence ends half-open."""

    organisation: str
    tenant: str
    type: str
    region: str | None = None
    place_id: str | None = None
    capacity: int | None = None
    licence: str | None = None
    licensed_to_ms: int | None = None

    def is_licensed(self, at_ms: int) -> bool | None:
        """Return whether the licence runs at ``at_ms``; None where nothing is written down of one."""
        if self.licence is None and self.licensed_to_ms is None:
            return None
        return self.licensed_to_ms is None or at_ms < self.licensed_to_ms


@dataclass(frozen=True, slots=True)
class Certificate:
    """A paper of a caregiver: ``kind`` as `choices.CERTIFICATE_KINDS`; its dates are those of its row."""

    caregiver_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Binding:
    """A caregiver who is to care for an elder."""

    caregiver_id: str
    elder_id: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """An organisation that has taken on an elder; the service began with its row. rule: SUPPLY, FOLLOW-UP."""

    elder_id: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Authorisation:
    """How much of a service an elder is granted: seconds, and visits where counted, in each ``period``."""

    elder_id: str
    code: str
    amount_s: int
    period: str
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A person, or one number (token id or uid), that may check in nowhere: ``lost``, ``revoked`` or ``barred``."""

    person: str | None
    number: bytes | None
    reason: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A visit of whoever follows up: ``kind`` as `choices.FOLLOW_UPS`, at ``done_ms`` (UTC ms). rule: FOLLOW-UP."""

    elder_id: str
    kind: str
    done_ms: int


@dataclass(frozen=True, slots=True)
class Absence:
    """A caregiver who is on leave while its row holds; why is nobody's business here. rule: REMIND."""

    caregiver_id: str


class Standing:
    """All these rows with their validity; immutable, safe to share between threads."""

    __slots__ = (
        "_absences", "_agreements", "_authorisations", "_bindings", "_blocked", "_blocked_numbers", "_certificates",
        "_elders_of", "_follow_ups", "_meal_codes", "_meal_points",
        "_organisations", "_regions", "blocks_somebody", "keeps_follow_ups",
    )  # fmt: skip

    def __init__(
        self,
        *,
        regions: Iterable[Valid[Region]] = (),
        organisations: Iterable[Valid[Organisation]] = (),
        meal_points: Iterable[Valid[MealPoint]] = (),
        certificates: Iterable[Valid[Certificate]] = (),
        bindings: Iterable[Valid[Binding]] = (),
        agreements: Iterable[Valid[Agreement]] = (),
        authorisations: Iterable[Valid[Authorisation]] = (),
        blocks: Iterable[Valid[Block]] = (),
        follow_ups: Iterable[Valid[FollowUp]] = (),
        absences: Iterable[Valid[Absence]] = (),
    ) -> None:
        """Order the rows; raise `OverlapError` where two rows of one thing overlap in time."""
        agreed, blocked, followed = tuple(agreements), tuple(blocks), tuple(follow_ups)
        self._regions = Timeline(((v.row.region, v) for v in regions), "regions")
        self._organisations = Timeline(((v.row.organisation, v) for v in organisations), "organisations")
        points = tuple(meal_points)
        self._meal_points = Timeline(((v.row.point, v) for v in points), "meal_points")
        self._meal_codes = Related((v.row.place_code, v) for v in points if v.row.place_code is not None)
        self._certificates = Related((v.row.caregiver_id, v) for v in certificates)
        self._absences = Timeline(((v.row.caregiver_id, v) for v in absences), "absences")
        self._bindings = Related((v.row.caregiver_id, v) for v in bindings)
        self._agreements = Related((v.row.elder_id, v) for v in agreed)
        self._elders_of = Related((v.row.organisation, v) for v in agreed)
        self._authorisations = Timeline((((v.row.elder_id, v.row.code), v) for v in authorisations), "authorisations")
        self.blocks_somebody = bool(blocked)
        """Whether anybody or anything is or was on the blocklist at all."""
        self._blocked = Related((v.row.person, v) for v in blocked if v.row.person is not None)
        self._blocked_numbers = Related((v.row.number, v) for v in blocked if v.row.number is not None)
        self._follow_ups = Related((v.row.elder_id, v) for v in followed)
        self.keeps_follow_ups = bool(followed)
        """Whether anybody keeps records of follow-ups at all."""

    def region(self, region: str, at_ms: int) -> Region | None:
        """Return the region as written down at ``at_ms``."""
        return self._regions.at(region, at_ms)

    def regions_at(self, at_ms: int) -> list[Region]:
        """Return all regions that are written down at ``at_ms``, in the order of their names."""
        return sorted(self._regions.holding(at_ms), key=lambda one: one.region)

    def regions_from(self, region: str, at_ms: int) -> tuple[str, ...]:
        """Return ``region`` and what it lies in, the smallest first; itself alone where nothing is written down."""
        found: dict[str, None] = {}
        above: str | None = region
        while above is not None and above not in found:
            found[above] = None
            row = self._regions.at(above, at_ms)
            above = None if row is None else row.parent
        return tuple(found)

    def meal_point(self, point: str, at_ms: int) -> MealPoint | None:
        """Return the meal point as registered at ``at_ms``. rule: MEAL-POINT."""
        return self._meal_points.at(point, at_ms)

    def last_meal_point(self, point: str, at_ms: int) -> MealPoint | None:
        """Return the meal point as registered at ``at_ms``, else as it was last before that."""
        begun = [one.row for one in self._meal_points.of(point) if one.from_ms <= at_ms]
        return begun[-1] if begun else None

    def meal_point_of(self, place_code: str, at_ms: int) -> MealPoint | None:
        """Return the point that held this code at ``at_ms``; the first by its number where several did."""
        return min(self._meal_codes.at(place_code, at_ms), key=lambda one: one.point, default=None)

    def meal_points_at(self, at_ms: int) -> list[MealPoint]:
        """Return all meal points that are registered at ``at_ms``, in the order of their numbers."""
        return sorted(self._meal_points.holding(at_ms), key=lambda one: one.point)

    def organisation(self, organisation: str, at_ms: int) -> Organisation | None:
        """Return the organisation as registered at ``at_ms``."""
        return self._organisations.at(organisation, at_ms)

    def organisations_at(self, at_ms: int) -> list[Organisation]:
        """Return all organisations that are registered at ``at_ms``."""
        return self._organisations.holding(at_ms)

    def papers(self, caregiver_id: str) -> tuple[Valid[Certificate], ...]:
        """Return all papers that this caregiver has or had, with their dates, the earliest first. rule: PAPERS."""
        return self._certificates.of(caregiver_id)

    def is_certified(self, caregiver_id: str, at_ms: int) -> bool:
        """Return whether a qualification or a skill grade is on record and holds at ``at_ms``. rule: ROLES."""
        return any(paper.kind in CERTIFYING for paper in self._certificates.at(caregiver_id, at_ms))

    def is_absent(self, caregiver_id: str, at_ms: int) -> bool:
        """Return whether this caregiver is on leave at ``at_ms``. rule: REMIND."""
        return self._absences.at(caregiver_id, at_ms) is not None

    def elders_bound_to(self, caregiver_id: str, at_ms: int) -> tuple[str, ...]:
        """Return the elders for whom this caregiver is to care at ``at_ms``; empty where none are written down."""
        return tuple(one.elder_id for one in self._bindings.at(caregiver_id, at_ms))

    def agreements(self, elder_id: str) -> tuple[Valid[Agreement], ...]:
        """Return which organisations have or had taken on this elder, and from when to when. rule: FOLLOW-UP."""
        return self._agreements.of(elder_id)

    def organisations_of(self, elder_id: str, at_ms: int) -> tuple[str, ...]:
        """Return the organisations that care for this elder at ``at_ms``."""
        return tuple(one.organisation for one in self._agreements.at(elder_id, at_ms))

    def elders_of(self, organisation: str, at_ms: int) -> tuple[str, ...]:
        """Return the elders whom this organisation has taken on at ``at_ms``. rule: SUPPLY."""
        return tuple(one.elder_id for one in self._elders_of.at(organisation, at_ms))

    def follow_ups(self, elder_id: str, at_ms: int) -> tuple[FollowUp, ...]:
        """Return the follow-ups of this elder that were on record at ``at_ms``, in the order of their records."""
        return self._follow_ups.at(elder_id, at_ms)

    def authorisation(self, elder_id: str, code: str, at_ms: int) -> Authorisation | None:
        """Return how much of a service this elder is granted at ``at_ms``."""
        return self._authorisations.at((elder_id, code), at_ms)

    def authorisations(self) -> Iterator[Valid[Authorisation]]:
        """Give all that is or was granted, with its validity. rule: HOURS."""
        return self._authorisations.all()

    def block(self, person: str, at_ms: int) -> Block | None:
        """Return why this person may check in nowhere at ``at_ms``, None where they may. rule: BLOCKLIST."""
        return next(iter(self._blocked.at(person, at_ms)), None)

    def block_of(self, number: bytes, at_ms: int) -> Block | None:
        """Return why this token id or uid is blocked at ``at_ms``, None where it is not."""
        return next(iter(self._blocked_numbers.at(number, at_ms)), None)
