"""For whom a check was made, and which services may have been given with it. Pure. rule: SERVICES, TWO-TOKENS.

A fixed terminal is registered for its elder; a carried one is not, so the door tag says in whose home it was. Promise:
where several services fit, no limit is held against anybody that one of them would not: the least of all, and the most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.plans.today import Slot, local_day, times_of
from zhendao.gateway.registry.snapshot import Registry, Schedule, Service, Terminal

_SLACK_MS: Final = 1_800_000
"""So far from its hours a visit may begin and still be taken for the one that was agreed (assumed)."""
_VISITING: Final = "visit"


@dataclass(frozen=True, slots=True)
class Given:
    """``service``: the one agreed between these two; ``fitting``: all whose limits may be those of the visit."""

    service: Service | None = None
    fitting: tuple[Service, ...] = ()
    several: bool = False
    """More than one service is agreed, whatever the hours."""


def elder_of(
    terminal: Terminal | None, place_id: str | None, caregiver_id: str | None, registry: Registry, at_ms: int
) -> str | None:
    """Return whose visit it was: the terminal's elder, else who lives at ``place_id``, the place of the door tag.

    Of several who live there it is the one to whom this caregiver was to come; None where that does not tell.
    """
    if terminal is not None and (terminal.elder_id is not None or terminal.place_id is not None):
        return terminal.elder_id
    if place_id is None:
        return None
    at_home = [one.elder_id for one in registry.elders_at_place(place_id, at_ms)]
    if len(at_home) > 1 and caregiver_id is not None:
        at_home = [one for one in at_home if registry.schedules_of(one, caregiver_id, at_ms)]
    return at_home[0] if len(at_home) == 1 else None


def given(elder_id: str | None, caregiver_id: str | None, registry: Registry, at_ms: int, offset_ms: int) -> Given:
    """Return what was given at ``at_ms`` (UTC ms; ``offset_ms`` east of Greenwich), as far as agreements tell.

    Of several services of the same two the hours decide. Who has none agreed with this elder stands in for somebody:
    then what was to be at these hours fits, by whomever; with nothing to be then, whatever is agreed with the elder.
    """
    if elder_id is None or caregiver_id is None:
        return Given()
    own = registry.schedules_of(elder_id, caregiver_id, at_ms)
    rows = own or registry.schedules_for(elder_id, at_ms)
    codes = {one.code for one in rows}
    several = len(codes) > 1
    if several:
        due = ({one.code for one in rows if _is_due(one, at_ms, offset_ms, slack)} for slack in (0, _SLACK_MS))
        codes = next((some for some in due if some), codes)
    known = (registry.service(code, at_ms) for code in sorted(codes))
    fitting = [one for one in known if one is not None]
    if not own:
        return Given(None, tuple(one for one in fitting if one.profile == _VISITING), several)
    return Given(fitting[0] if len(codes) == len(fitting) == 1 else None, tuple(fitting), several)


def the_one(elder_id: str | None, caregiver_id: str | None, registry: Registry, at_ms: int) -> Service | None:
    """Return the one service that these two have at ``at_ms``, whatever the hours; None for none or several.

    Who has none with this elder stands in, and gives the one that is agreed, by whomever; nobody lives in for another.
    """
    if elder_id is None or caregiver_id is None:
        return None
    code = registry.service_of(elder_id, caregiver_id, at_ms)
    if code is not None:
        return registry.service(code, at_ms)
    if registry.schedules_of(elder_id, caregiver_id, at_ms):
        return None
    codes = {one.code for one in registry.schedules_for(elder_id, at_ms)}
    service = registry.service(codes.pop(), at_ms) if len(codes) == 1 else None
    return service if service is not None and service.profile == _VISITING else None


def limits(fitting: Iterable[tuple[int, int]], otherwise: tuple[int, int]) -> tuple[int, int]:
    """Return the least of the least and the most of the most, seconds; ``otherwise`` where nothing fits."""
    several = list(fitting)
    if not several:
        return otherwise
    return min(least for least, _ in several), max(most for _, most in several)


def _is_due(one: Schedule, at_ms: int, offset_ms: int, slack_ms: int) -> bool:
    if one.hours is None:
        return True
    slot = Slot(one.elder_id, one.caregiver_id, one.days, one.hours, 0, None)
    spans = times_of(slot, local_day(at_ms, offset_ms))
    return any(begin - slack_ms <= at_ms <= end + slack_ms for begin, end in spans)
