"""The frauds, one function each: what is done in place of the visit, and which traces it leaves by its nature.

Each returns the deeds and until when the caregiver is busy (UTC ms; None: she has lost no time), or nothing where it
cannot be done that day. Traces that depend on what a receiver saw or who was where are found when the facts are made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from zhendao.protocol.vocabulary import Strength
from zhendao.simulators.city.ground import Spot, distance_dm, travel_min
from zhendao.simulators.city.honest import checks, stay_ms, visit_acts
from zhendao.simulators.city.rates import Fraud
from zhendao.simulators.city.visits import MIN_MS, Act, Copy

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.city.model import Caregiver, Terminal
    from zhendao.simulators.city.visits import Visit
    from zhendao.simulators.world.engine.chance import Chance

_AWAY_DM: Final = 6_000
"""A tag that is taken along is at least so far from its door."""
_OVERLAP: Final = 600
"""Of a thousand phantom visits, those that run beside a real one of hers."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A visit about to be made: by whom, from when on, after which one of the same day, and her confederate."""

    visit: Visit
    who: Caregiver
    arrive_ms: int
    free_ms: int
    where: Spot
    before: Visit | None
    friend: Caregiver
    chance: Chance


Done = tuple[list[Act], int | None]


def phantom(scene: Scene) -> Done | None:
    """The family keeps her second card and taps; nobody comes."""
    before, visit = scene.before, scene.visit
    begin_ms = visit.begin_ms + scene.chance.between(-4 * MIN_MS, 4 * MIN_MS)
    if before is not None and before.to_ms is not None and scene.chance.likely(_OVERLAP):
        begin_ms = before.to_ms - scene.chance.between(8 * MIN_MS, 14 * MIN_MS)
    out_ms = begin_ms + stay_ms(visit, scene.chance)
    return checks(visit, scene.who, scene.who.spare, begin_ms, out_ms), None


def short(scene: Scene) -> Done:
    """She comes, and leaves long before the time."""
    visit = scene.visit
    _was_there(scene, visit.bond.service.min_m * MIN_MS * scene.chance.between(25, 75) // 100)
    visit.traces.add("short")
    return visit_acts(visit, scene.who, scene.who.card, scene.chance), visit.to_ms


def staged(scene: Scene) -> Done:
    """She taps in, goes, and comes back to tap out as soon as the least time is over, to the minute."""
    visit = scene.visit
    in_ms = scene.arrive_ms + scene.chance.between(20_000, 50_000)
    out_ms = in_ms + visit.bond.service.min_m * MIN_MS + scene.chance.between(3_000, 45_000)
    visit.traces.add("minute_regular")
    return checks(visit, scene.who, scene.who.card, in_ms, out_ms), out_ms


def removed_tag(scene: Scene) -> Done | None:
    """The door tag is in her bag: held to the terminal she carries elsewhere, or to that of another home."""
    if scene.visit.bond.elder.terminal is None:
        return _elsewhere(scene, Copy.NONE)
    before = scene.before
    if before is None or not before.happened or before.bond.elder.terminal is None or before.to_ms is None:
        return None
    if before.bond.elder is scene.visit.bond.elder or before.by is not scene.who:
        return None
    in_ms = scene.free_ms + scene.chance.between(130_000, 200_000)
    out_ms = in_ms + stay_ms(scene.visit, scene.chance)
    scene.visit.traces.add("foreign_door")
    acts = checks(scene.visit, scene.who, scene.who.card, in_ms, out_ms)
    return [_at(act, before.bond.elder.terminal) for act in acts], out_ms


def cloned_uid(scene: Scene) -> Done | None:
    """A cheap chip with the door tag's number, held to the terminal she carries, elsewhere."""
    if scene.visit.bond.elder.terminal is not None:
        return None
    if scene.visit.bond.elder.door.strength >= Strength.DYNAMIC:
        scene.visit.traces.add("weaker_token")
    return _elsewhere(scene, Copy.UID)


def harvested_sun(scene: Scene) -> Done | None:
    """Messages that a phone collected from the door tag once, played to the terminal she carries, elsewhere."""
    if scene.visit.bond.elder.terminal is not None or scene.visit.bond.elder.door.strength is not Strength.DYNAMIC:
        return None
    return _elsewhere(scene, Copy.SUN)


def under_others(scene: Scene) -> Done:
    """She works on after the elder's hours with her are used up, and books them with a colleague's second card."""
    visit = scene.visit
    _was_there(scene, stay_ms(visit, scene.chance))
    visit.booked = scene.friend
    visit.traces.add("unscheduled")
    return visit_acts(visit, scene.who, scene.friend.spare, scene.chance), visit.to_ms


def at_moved_terminal(scene: Scene, spot: Spot) -> Done:
    """The elder's terminal stands with her family at ``spot``, who tap there with her second card."""
    visit = scene.visit
    in_ms = visit.begin_ms + scene.chance.between(-5 * MIN_MS, 5 * MIN_MS)
    acts = checks(visit, scene.who, scene.who.spare, in_ms, in_ms + stay_ms(visit, scene.chance))
    return [replace(act, spot=spot) for act in acts], None


def lent_card(scene: Scene, lender: Caregiver) -> Done:
    """A colleague makes the visit with the card of her who was booked. Who does not come leaves no trace of it."""
    visit = scene.visit
    _was_there(scene, stay_ms(visit, scene.chance))
    visit.booked = lender
    return visit_acts(visit, scene.who, lender.card, scene.chance), visit.to_ms


FRAUDS: Final[dict[Fraud, Callable[[Scene], Done | None]]] = {
    Fraud.PHANTOM: phantom,
    Fraud.SHORT: short,
    Fraud.STAGED: staged,
    Fraud.REMOVED_TAG: removed_tag,
    Fraud.CLONED_UID: cloned_uid,
    Fraud.HARVESTED_SUN: harvested_sun,
    Fraud.UNDER_OTHERS: under_others,
}
"""What is done on the spot; a card is lent and a terminal moved before the day begins."""


def _was_there(scene: Scene, stay: int) -> None:
    visit = scene.visit
    visit.happened, visit.by = True, scene.who
    visit.from_ms, visit.to_ms = scene.arrive_ms, scene.arrive_ms + stay


def _at(act: Act, terminal: Terminal) -> Act:
    return replace(act, terminal=terminal)


def _elsewhere(scene: Scene, copy: Copy) -> Done:
    """Check in and out where she lives, or round the corner if that is near the door."""
    there = scene.visit.bond.elder.place.spot
    spot = scene.who.home
    if distance_dm(spot, there) < _AWAY_DM:
        spot = there.off(_AWAY_DM, _AWAY_DM)
    in_ms = max(scene.visit.begin_ms, scene.free_ms + travel_min(scene.where, spot) * MIN_MS)
    in_ms += scene.chance.between(0, 3 * MIN_MS)
    out_ms = in_ms + stay_ms(scene.visit, scene.chance)
    acts = checks(scene.visit, scene.who, scene.who.card, in_ms, out_ms)
    return [replace(act, spot=spot, copy=copy) for act in acts], out_ms
