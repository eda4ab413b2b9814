"""From a pair of checks to a visit record: who, where, how long, and what is odd about it. Pure.

The same facts, registry and moment give the same record; a flag is a hint for people and never removes a visit
(promise 5). rule: LOCATION, TIME, SERVICES
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from zhendao.gateway.place.approved import Locate, judge_each
from zhendao.gateway.place.geofence import Answer
from zhendao.gateway.registry.snapshot import Place, Registry, Service, Terminal
from zhendao.gateway.visits import doors, opinions
from zhendao.gateway.visits.agreed import Given, elder_of, given, limits, the_one
from zhendao.gateway.visits.blocked import Blocked
from zhendao.gateway.visits.flags import said
from zhendao.gateway.visits.living import ATTESTED, PROFILE
from zhendao.gateway.visits.moments import Span, apart, between
from zhendao.gateway.visits.opinions import Opinion
from zhendao.gateway.visits.pairing import CheckFact, Pair
from zhendao.gateway.visits.slips import OUT_OF_STEP, Lasting
from zhendao.gateway.visits.tokens import Least, judge_tokens
from zhendao.protocol.bodies import Fix
from zhendao.protocol.vocabulary import FixSign, Placement, Role

RULES: Final = 7
"""Version of these rules; kept with every revision of a visit."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Settings of judgement; seconds."""

    min_s: int
    max_s: int
    least: Least
    least_rating: int = 60
    offset_ms: int = 8 * 3_600_000
    """How far the local day is ahead of Greenwich's."""
    shift_s: int = 57_600
    """How long somebody may be at a station: no service has limits there. rule: STATION."""
    instead: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    """Limits of service codes, seconds, that go before those of the registry."""

    def limits_of(self, service: Service | None) -> tuple[int, int]:
        """Return the least and the most of ``service`` in seconds; those of all where there is none. rule: TIME."""
        if service is None:
            return self.min_s, self.max_s
        least, most = self.instead.get(service.code, (None, None))
        return service.min_s if least is None else least, service.max_s if most is None else most

    def limits_among(self, what: Given) -> tuple[int, int]:
        """Return the limits, in seconds, of a visit of which more than one service may have been given."""
        return limits((self.limits_of(one) for one in what.fitting), self.limits_of(None))


@dataclass(frozen=True, slots=True)
class Visit:
    """A judged visit. ``record`` is JSON-able; ``due_ms`` is when it must be judged again though nothing happened.

    ``pair`` is what was judged, ``at_ms`` the moment whose registry counted, ``limits_s`` the least and the most that
    were expected of it; a visit that was withdrawn has none.
    """

    visit_id: bytes
    state: str
    elder_id: str | None
    caregiver_id: str | None
    begin_ms: int | None
    end_ms: int | None
    due_ms: int | None
    record: dict[str, Any]
    pair: Pair | None = None
    at_ms: int | None = None
    limits_s: tuple[int, int] | None = None


NOBODY_BLOCKED: Final = Blocked()


def judge(
    pair: Pair,
    registry: Registry,
    thresholds: Thresholds,
    locate: Locate,
    now_ms: int,
    blocked: Blocked = NOBODY_BLOCKED,
    said_of_it: Iterable[Opinion] = (),
) -> Visit:
    """Judge ``pair`` as of ``now_ms`` (UTC ms; it decides only whether an open visit has lasted too long).

    ``said_of_it``: what elders said of it, and of other visits, in the order of the journal.
    """
    first = pair.first
    at_ms = first.moment.wall_ms if first.moment.known else first.received_ms
    terminal = registry.terminal(first.device, at_ms)
    flags = _signs(pair, terminal)
    place_id = _place_id(first, terminal, registry, at_ms)
    place = registry.place(place_id, at_ms) if place_id is not None else None
    caregiver_id = _caregiver(first, registry, at_ms, flags)
    elder_id = elder_of(terminal, place_id, caregiver_id, registry, at_ms)
    approved = registry.approved(elder_id, at_ms) if elder_id is not None else []
    what = given(elder_id, caregiver_id, registry, at_ms, thresholds.offset_ms)
    service = what.service
    at_station = first.body.placement is Placement.STATION
    least, most = (0, thresholds.shift_s) if at_station else thresholds.limits_among(what)
    sides = [
        _side(check, place, approved, locate, flags) | _elsewhere(check, first) if check is not None else None
        for check in (first, pair.last)
    ]
    rechecks = [_side(check, place, approved, locate, flags) for check in pair.rechecks]
    for check in (first, *pair.rechecks, pair.last):
        if check is not None:
            own = terminal if check.device == first.device else registry.terminal(check.device, at_ms)
            flags |= judge_tokens(check, own, registry, thresholds.least, blocked)
    due_ms: int | None = None
    span: Span | None = None
    state = "closed"
    if pair.last is not None:
        one_terminal = pair.last.device == first.device
        span = (between if one_terminal else apart)(first.moment, pair.last.moment)
        _judge_span(span, least, most, thresholds.min_s if at_station else least, flags)
    elif ATTESTED not in pair.signs and not flags & {"no_out", "no_in"}:
        state = "open"
        due_ms = at_ms + most * 1000
        if now_ms >= due_ms:
            flags.add("no_out")
            due_ms = None
    if "no_in" in flags:
        sides.reverse()
    about = opinions.of_visit(pair, said_of_it, thresholds.offset_ms)
    opinion = opinions.judged(about, thresholds.least_rating, elder_id, registry, at_ms, flags)
    record = {
        "visit_id": pair.visit_id.hex(),
        "rules": RULES,
        "state": state,
        "device": first.device.hex(),
        "placement": first.body.placement.name.lower(),
        "elder_id": elder_id,
        "caregiver_id": caregiver_id,
        "place_id": place_id,
        "service": service.code if service else None,
        "in": sides[0],
        "out": sides[1],
        "duration_s": span.ms // 1000 if span is not None and span.bound_ms is not None else None,
        "duration_bound_ms": span.bound_ms if span is not None else None,
        "flags": said(flags),
    }
    if opinion is not None:
        record["opinion"] = opinion
    if ATTESTED in pair.signs:
        record["profile"] = PROFILE
    if rechecks:
        record["rechecks"] = rechecks
    begin, end = _times(pair)
    return Visit(pair.visit_id, state, elder_id, caregiver_id, begin, end, due_ms, record, pair, at_ms, (least, most))


def withdrawn(visit_id: bytes, device: bytes, successor: bytes | None = None) -> dict[str, Any]:
    """Return the record of a visit that the facts no longer show; ``successor``: the one that has its check now."""
    record = {"visit_id": visit_id.hex(), "rules": RULES, "state": "withdrawn", "device": device.hex(), "flags": []}
    return record if successor is None else record | {"successor": successor.hex()}


def _signs(pair: Pair, terminal: Terminal | None) -> set[str]:
    flags = set(pair.signs)
    if pair.doubled and ATTESTED not in pair.signs:
        flags.add("doubled")
    if terminal is None:
        flags.add("unknown_terminal")
    return flags


def _times(pair: Pair) -> tuple[int | None, int | None]:
    def wall(check: CheckFact | None) -> int | None:
        return check.moment.wall_ms if check is not None and check.moment.known else None

    return (None, wall(pair.first)) if "no_in" in pair.signs else (wall(pair.first), wall(pair.last))


def _judge_span(span: Span, least_s: int, most_s: int, known_s: int, flags: set[str]) -> None:
    """rule: TIME. Short or long only where the error of the clocks cannot explain it, unknown beyond ``known_s``."""
    if span.bound_ms is None or span.bound_ms > known_s * 1000:
        flags.add("duration_unknown")
    if span.surely_shorter(least_s * 1000) and OUT_OF_STEP not in flags:
        flags.add("short")
    elif span.surely_longer(most_s * 1000):
        flags.add("long")


def _place_id(check: CheckFact, terminal: Terminal | None, registry: Registry, at_ms: int) -> str | None:
    """Return where the check should have been: the terminal's place; for a carried one, that of the door tag."""
    if check.body.placement is Placement.CARRIED and check.body.door is not None:
        return doors.home_of(check.body.door, registry, at_ms)
    return terminal.place_id if terminal is not None else None


def _caregiver(check: CheckFact, registry: Registry, at_ms: int, flags: set[str]) -> str | None:
    read = check.body.caregiver
    token = registry.token(read.token_id, read.uid, at_ms)
    if token is None:
        flags.add("unknown_card")
        return None
    if token.role != Role.CAREGIVER or registry.caregiver(token.holder_id, at_ms) is None:
        flags.add("unknown_caregiver")
        return None
    return token.holder_id


def service_at(check: CheckFact, registry: Registry) -> Service | None:
    """Return the one service that the two of ``check`` have, as the registry was then; None for none or several."""
    return the_one(*_who(check, registry))


def one_service(one: CheckFact, other: CheckFact, registry: Registry, thresholds: Thresholds) -> Lasting | None:
    """Return the limits of the service that both checks may be of; None where they are of two, by their hours.

    Who has one service with this elder, or stands in, gives that one.
    """
    here, there = (given(*_who(check, registry), thresholds.offset_ms) for check in (one, other))
    if here.several and not set(here.fitting) & set(there.fitting):
        return None
    least, most = thresholds.limits_among(here)
    return Lasting(least * 1000, most * 1000, not here.several or here.service is not None)


def _who(check: CheckFact, registry: Registry) -> tuple[str | None, str | None, Registry, int]:
    """Return elder and caregiver of ``check``, the registry, and the moment (UTC ms) of it that counts."""
    at_ms = check.moment.wall_ms if check.moment.known else check.received_ms
    terminal, caregiver_id = registry.terminal(check.device, at_ms), _caregiver(check, registry, at_ms, set())
    place_id = _place_id(check, terminal, registry, at_ms)
    return elder_of(terminal, place_id, caregiver_id, registry, at_ms), caregiver_id, registry, at_ms


def _side(
    check: CheckFact,
    place: Place | None,
    approved: Sequence[Place],
    locate: Locate,
    flags: set[str],
) -> dict[str, Any]:
    """Judge one check by itself and return its part of the record."""
    moment = check.moment
    if moment.disputed:
        flags.add("clock_disputed")
    elif not moment.trustworthy:
        flags.add("clock_unset")
    side = {
        "epoch": check.epoch.hex(),
        "seq": check.seq,
        "h": check.h.hex(),
        "at_ms": moment.wall_ms,
        "bound_ms": moment.bound_ms,
        "clock": moment.source.name.lower(),
        "redated": moment.redated,
        "method": moment.method.value,
        "raw_ms": moment.raw_ms,
        "not_before_ms": moment.window.not_before_ms,
        "not_after_ms": moment.window.not_after_ms if not moment.trustworthy else None,
        "location": _judge_location(check.body.fix, place, approved, locate, flags),
    }
    # What is just as the terminal said needs no words.
    return side if check.evidence is None else side | {"tokens": check.evidence}


def _elsewhere(check: CheckFact, first: CheckFact) -> dict[str, Any]:
    """Return which terminal a check was made at, where that is not the one of the visit."""
    return {} if check.device == first.device else {"device": check.device.hex()}


def _judge_location(
    fix: Fix | None, place: Place | None, approved: Sequence[Place], locate: Locate, flags: set[str]
) -> dict[str, Any]:
    """rule: LOCATION. A large stated error never opens the fence: then nobody can tell.

    Where the verdict is about another place than the registered one, it is named.
    """
    if place is None:
        flags.add("no_place")
    if fix is None:
        flags.add("no_fix")
    elif fix.signs & ~FixSign.WEAK:
        flags.add("fix_doubtful")
    verdict, about = judge_each(place, approved, fix, locate)
    if about is not None and fix is not None and verdict.answer is not Answer.INSIDE:
        flags.add(verdict.answer.value)
    told: dict[str, Any] = {
        "answer": verdict.answer.value,
        "reason": verdict.reason.value,
        "zh": verdict.text.zh,
        "en": verdict.text.en,
        "probability_permille": None if verdict.probability is None else round(1000 * verdict.probability),
        "distance_m": None if verdict.distance_m is None else round(verdict.distance_m),
        "error95_m": None if verdict.error95_m is None else round(verdict.error95_m),
    }
    return told if about is None or about is place else told | {"approved_place_id": about.place_id}
