"""An honest visit: what she does at the door, and the mistakes that honest people make. Each mistake has its rate."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from zhendao.simulators.city.rates import Mistake
from zhendao.simulators.city.visits import MIN_MS, Act, Deed

if TYPE_CHECKING:
    from zhendao.simulators.city.frauds import Scene
    from zhendao.simulators.city.model import Caregiver, Elder, Terminal, Token
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.city.visits import Visit
    from zhendao.simulators.world.engine.chance import Chance

_RATED: Final = 550
"""Of a thousand visits, those after which the elder presses a button."""
_GOOD, _FAIR = 820, 970
_IN_GUARD: Final = 700
"""Of a thousand double taps, those within the two minutes in which a terminal says "already recorded"."""
_WORK_LEFT_MS: Final = 2 * MIN_MS
"""Nobody comes back through the door for less."""


def terminal_of(visit: Visit, who: Caregiver) -> Terminal:
    """Return the terminal that such a visit is checked in at: the one that hangs there, or the one she carries."""
    there = visit.bond.elder.terminal
    terminal = there if there is not None else who.terminal
    if terminal is None:
        raise ValueError("nobody has a terminal at this visit")
    return terminal


def stay_ms(visit: Visit, chance: Chance) -> int:
    """Return how long the service takes where all goes well: lawful from check to check, and about what was booked."""
    service = visit.bond.service
    usual = (visit.end_ms - visit.begin_ms) + chance.between(-6 * MIN_MS, 6 * MIN_MS)
    return max(service.min_m * MIN_MS + chance.between(100_000, 5 * MIN_MS), min(usual, (service.max_m - 3) * MIN_MS))


def visit_acts(visit: Visit, who: Caregiver, card: Token, chance: Chance) -> list[Act]:
    """Return the deeds of a visit whose times are known: a check at its start, an opinion perhaps, one at its end."""
    if visit.from_ms is None or visit.to_ms is None:
        raise ValueError("a visit that was has its times")
    acts = checks(visit, who, card, visit.from_ms + chance.between(20_000, 70_000), visit.to_ms)
    if visit.bond.elder.terminal is not None and chance.likely(_RATED):
        draw = chance.below(1000)
        score = 100 if draw < _GOOD else 60 if draw < _FAIR else 0
        at_ms = visit.to_ms - chance.between(15_000, 50_000)
        acts.append(Act(at_ms, acts[0].terminal, visit, card, Deed.RATE, score=score))
    return acts


def checks(visit: Visit, who: Caregiver, card: Token, in_ms: int, out_ms: int) -> list[Act]:
    """Return the two checks of a visit."""
    terminal, door = terminal_of(visit, who), visit.bond.elder.door
    return [Act(at_ms, terminal, visit, card, door=door) for at_ms in (in_ms, out_ms)]


def length_ms(visit: Visit, rates: Rates, chance: Chance) -> int:
    """Return how long an honest visit lasts, mishaps with it: sent away, taken to hospital, or asked to stay."""
    service, usual = visit.bond.service, stay_ms(visit, chance)
    if chance.likely(rates.left_early):
        visit.mistakes.add(Mistake.LEFT_EARLY)
        return service.min_m * MIN_MS * chance.between(30, 80) // 100
    if chance.likely(rates.stayed_long):
        visit.mistakes.add(Mistake.STAYED_LONG)
        return (service.max_m + chance.between(5, 50)) * MIN_MS
    return usual


def with_mistakes(acts: list[Act], rates: Rates, scene: Scene, neighbour: Elder | None) -> list[Act]:
    """Return the deeds of an honest visit with what was done wrong; at most one thing at a visit.

    ``neighbour``: at whose door she may find herself by mistake.
    """
    chance, least_ms = scene.chance, scene.visit.bond.service.min_m * MIN_MS
    draw = chance.below(1000)
    for rate, mistake, done in (
        (rates.forgotten_out, Mistake.FORGOTTEN_OUT, _forgets_out),
        (rates.forgotten_in, Mistake.FORGOTTEN_IN, _forgets_in),
        (rates.double_tap, Mistake.DOUBLE_TAP, _taps_twice),
        (rates.wrong_order, Mistake.WRONG_ORDER, _out_too_soon),
        (rates.taken_back, Mistake.TAKEN_BACK, partial(_takes_back, least_ms)),
        (rates.lone_card, Mistake.LONE_CARD, _card_alone),
        (rates.strange_card, Mistake.STRANGE_CARD, _another_card),
        (rates.tapped_thrice, Mistake.THRICE, _taps_thrice),
        (rates.other_card, Mistake.OTHER_CARD, partial(_changes_card, scene.who)),
        (rates.wrong_door, Mistake.WRONG_DOOR, partial(_at_the_wrong_door, neighbour)),
        (rates.no_card, Mistake.NO_CARD, _forgets_card),
    ):
        draw -= rate
        if draw < 0:
            made = done(acts, chance)
            if made is not acts:
                scene.visit.mistakes.add(mistake)
            return made
    return acts


def _again(act: Act, at_ms: int, deed: Deed = Deed.CHECK) -> Act:
    return Act(at_ms, act.terminal, act.visit, act.card, deed, act.door)


def _forgets_out(acts: list[Act], chance: Chance) -> list[Act]:
    del chance
    return [acts[0], *acts[2:]]


def _forgets_in(acts: list[Act], chance: Chance) -> list[Act]:
    del chance
    return acts[1:]


def _taps_twice(acts: list[Act], chance: Chance) -> list[Act]:
    """Hold both there once more: mostly at once, sometimes after the guard, and then the terminal takes it as out."""
    wait_ms = chance.between(3_000, 90_000) if chance.likely(_IN_GUARD) else chance.between(125_000, 240_000)
    return [*acts, _again(acts[0], acts[0].at_ms + wait_ms)]


def _out_too_soon(acts: list[Act], chance: Chance) -> list[Act]:
    """Check out, see that there is work left, check in again, and out at the end."""
    begin_ms, end_ms = acts[0].at_ms, acts[1].at_ms
    early_ms = begin_ms + (end_ms - begin_ms) * chance.between(55, 80) // 100
    again_ms = early_ms + chance.between(130_000, 200_000)
    if again_ms + _WORK_LEFT_MS > end_ms:
        return acts
    return [*acts, _again(acts[0], early_ms), _again(acts[0], again_ms)]


def _takes_back(least_ms: int, acts: list[Act], chance: Chance) -> list[Act]:
    """Check in on arriving, find nobody at the door, take it back, and check in when the door is opened.

    What is left from then on is lawful: where it would not be, the door was opened at once.
    """
    at_ms = acts[0].at_ms
    again_ms = at_ms + chance.between(150_000, 420_000)
    if again_ms + least_ms > acts[1].at_ms:
        return acts
    return [
        *acts,
        _again(acts[0], at_ms + chance.between(20_000, 50_000), Deed.TAKE_BACK),
        _again(acts[0], again_ms),
    ]


def _card_alone(acts: list[Act], chance: Chance) -> list[Act]:
    """Hold the card there and wait for the light; the door tag comes to mind a little later."""
    return [_again(acts[0], acts[0].at_ms - chance.between(6_000, 18_000), Deed.LONE), *acts]


def _another_card(acts: list[Act], chance: Chance) -> list[Act]:
    return [_again(acts[0], acts[0].at_ms - chance.between(4_000, 15_000), Deed.STRANGE), *acts]


def _taps_thrice(acts: list[Act], chance: Chance) -> list[Act]:
    """Card and tag are read three times within two seconds: they lie badly."""
    first = acts[0].at_ms + chance.between(500, 900)
    return [*acts, _again(acts[0], first), _again(acts[0], first + chance.between(500, 900))]


def _changes_card(who: Caregiver, acts: list[Act], chance: Chance) -> list[Act]:
    """Check out with the other card: the first is in the coat by now."""
    del chance
    other = who.card if acts[0].card is who.spare else who.spare
    return [acts[0], replace(acts[1], card=other), *acts[2:]]


def _at_the_wrong_door(neighbour: Elder | None, acts: list[Act], chance: Chance) -> list[Act]:
    """Check in one door too early; half of those who do take it back, the others find the right door and go on."""
    home = acts[0].visit.elder
    if neighbour is None or neighbour.terminal is None or home is None or acts[0].terminal is not home.terminal:
        return acts
    ms = acts[0].at_ms - chance.between(90_000, 150_000)
    wrong = replace(acts[0], at_ms=ms, terminal=neighbour.terminal, door=neighbour.door, at=neighbour)
    back = [replace(wrong, at_ms=ms + chance.between(15_000, 40_000), deed=Deed.TAKE_BACK)]
    return [wrong, *(back if chance.likely(500) else []), *acts]


def _forgets_card(acts: list[Act], chance: Chance) -> list[Act]:
    del acts, chance
    return []
