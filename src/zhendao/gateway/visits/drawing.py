"""The one way from the facts of a lane to its visits: the store's concluding and `judge` both go it. Pure.

Who calls brings the facts, dated and in the order of the journal; the same facts, registry, policy and moment give the
same visits, and every check that was not taken back is in exactly one of them (promise 4). rule: TWO-TOKENS, TIME
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from zhendao.gateway.config import TokensTable, VisitsTable
from zhendao.gateway.place import geofence, learned
from zhendao.gateway.place.approved import Locate
from zhendao.gateway.place.learned import LearningSettings
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.blocked import Blocked
from zhendao.gateway.visits.doors import of_two_homes
from zhendao.gateway.visits.judgement import NOBODY_BLOCKED, Thresholds, Visit, judge, one_service, service_at
from zhendao.gateway.visits.living import PROFILE, attested
from zhendao.gateway.visits.opinions import Opinion
from zhendao.gateway.visits.pairing import CheckFact, Limits, Pair, id_from, pair
from zhendao.gateway.visits.services import ServiceTable
from zhendao.gateway.visits.shifts import shifts
from zhendao.gateway.visits.slips import mended
from zhendao.gateway.visits.tokens import Least
from zhendao.protocol.vocabulary import Strength


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """What there is of one card at one terminal: its checks in the order of the journal, and what was said of them.

    ``undone`` are (epoch, seq); ``opinions`` may hold those about other visits too.
    """

    checks: tuple[CheckFact, ...]
    undone: frozenset[tuple[bytes, int]] = frozenset()
    opinions: tuple[Opinion, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings by which visits are paired and judged."""

    limits: Limits
    thresholds: Thresholds
    locate: Locate = geofence.judge
    rechecked_ms: Mapping[str, int] = field(default_factory=dict)
    """Services in which a check is agreed at least so often, by code."""
    learning: LearningSettings = learned.DEFAULT


def policy_of(
    table: VisitsTable,
    least: Least | None = None,
    services: Iterable[ServiceTable] = (),
    fence: GeofenceTable | None = None,
    learning: LearningTable | None = None,
) -> Policy:
    """Return the policy that the settings have; ``least``: that of tokens, where roles differ."""
    several = tuple(services)
    return Policy(
        Limits(table.open_at_most_s * 1000, table.doubled_within_s * 1000, table.resumed_within_s * 1000),
        Thresholds(
            *(table.min_s, table.max_s, least or least_of(table)),
            *(table.least_rating, table.utc_offset_min * 60_000, table.open_at_most_s),
            instead={one.code: (one.min_s, one.max_s) for one in several},
        ),
        geofence.judge if fence is None else partial(geofence.judge, settings=fence.settings()),
        {one.code: one.recheck_s * 1000 for one in several if one.recheck_s is not None},
        learned.DEFAULT if learning is None else learning.settings(),
    )


def least_of(visits: VisitsTable, tokens: TokensTable | None = None) -> Least:
    """Return the policy of tokens that the settings have: a role that nothing is said of has the one of all."""
    both = visits.least_strength
    door, caregiver = (tokens.least_door or both, tokens.least_caregiver or both) if tokens else (both, both)
    return Least(Strength[door.upper()], Strength[caregiver.upper()])


def paired(lane: LaneFacts, registry: Registry, policy: Policy) -> list[Pair]:
    """Return the visits of ``lane`` as paired, in the order of the journal; days of living in behind the others."""
    coming: list[CheckFact] = []
    living: list[CheckFact] = []
    staying: dict[int, list[CheckFact]] = {}
    for check in lane.checks:
        service = service_at(check, registry)
        if service is None:
            coming.append(check)
        elif service.profile == PROFILE:
            living.append(check)
        elif (every_ms := policy.rechecked_ms.get(service.code)) is not None:
            staying.setdefault(every_ms, []).append(check)
        else:
            coming.append(check)
    pairs = mended(
        pair(coming, lane.undone, policy.limits, lambda one, other: of_two_homes(one, other, registry)),
        policy.limits.resumed_within_ms,
        lambda one, other: one_service(one, other, registry, policy.thresholds),
    )
    for every_ms, several in sorted(staying.items()):
        pairs += shifts(several, lane.undone, every_ms, policy.limits)
    return [*pairs, *attested(living, lane.undone, policy.thresholds.offset_ms)] if living else pairs


def judged_visit(
    one: Pair, lane: LaneFacts, registry: Registry, policy: Policy, now_ms: int, blocked: Blocked = NOBODY_BLOCKED
) -> Visit:
    """Return the visit that ``one`` of ``lane`` is, as of ``now_ms`` (UTC ms)."""
    return judge(one, registry, policy.thresholds, policy.locate, now_ms, blocked, lane.opinions)


def successors(pairs: Iterable[Pair]) -> dict[bytes, bytes]:
    """Return, for each id that a visit could have had before its other checks were known, the id that it has.

    An id follows from the check that begins the visit, so a check that begins none any more names the id that went.
    """
    return {id_from(check): one.visit_id for one in pairs for check in one.checks if check is not one.first}
