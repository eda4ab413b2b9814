"""Which survey is made of what: of one visit, caregiver, elder, home or terminal, of the registry, of everybody.

The same surveys as `judge` makes of everything at once; each is made of the visits that it can say something about, as
docs/decisions/surveys-in-the-store.md says. Every survey stands in exactly one scope.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from zhendao.gateway.judging.detectors import SURVEYS
from zhendao.gateway.judging.findings import Survey


class Scope(StrEnum):
    """Whose survey it is; ``VISIT`` are the detectors, in the transaction of the conclusion."""

    VISIT = "visit"
    SIGNS = "signs"
    """Tokens and tamper loops of one visit."""
    CAREGIVER = "caregiver"
    STRANGERS = "strangers"
    """Visits at one terminal by cards that are nobody's: what a fault can have caused of them."""
    ELDER = "elder"
    HOME = "home"
    """One elder's days, when they are over."""
    TERMINAL = "terminal"
    STANDS = "stands"
    """Where one terminal stands, once a day."""
    REGISTRY = "registry"
    EVERYBODY = "everybody"
    """Patterns, for which everybody else is the measure: once a day."""
    HOMES = "homes"
    """The homes in which somebody was due, a part of them at a time."""
    TERMINALS = "terminals"
    """All terminals, a part of them at a time, after the settings have changed."""


KINDS: Final[Mapping[Scope, tuple[str, ...]]] = {
    Scope.SIGNS: ("tamper", "replayed", "cloned"),
    Scope.CAREGIVER: ("overlap", "travel"),
    Scope.ELDER: ("over_hours",),
    Scope.HOME: ("missed", "no_rating"),
    Scope.TERMINAL: ("gap", "fork", "rollback", "tamper"),
    Scope.STANDS: ("moved",),
    Scope.REGISTRY: ("over_capacity",),
    Scope.EVERYBODY: ("weak_token", "booked_under_others", "cards_together", "minute_regular", "rating_pattern"),
}
"""The surveys of each scope; tampering shows at terminals and in visits."""

_BY_KIND: Final = {one.kind: one for one in SURVEYS}


def surveys_of(scope: Scope) -> tuple[Survey, ...]:
    """Return the surveys that are made of ``scope``."""
    return tuple(_BY_KIND[kind] for kind in KINDS.get(scope, ()) if kind in _BY_KIND)
