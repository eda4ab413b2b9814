"""Who counts as a certified caregiver of a counted organisation, as the registry was at a moment. Pure.

Promise: whoever does not count is told of with the reason, and never left out. rule: ORG-TYPES, ROLES, BINDING
"""

from enum import StrEnum
from typing import Final

from zhendao.gateway.registry.snapshot import Registry

_OCCUPATIONS: Final = frozenset({"carer", "nurse", "therapist"})
_OTHER: Final = "other"


class Uncounted(StrEnum):
    """Why a caregiver does not count; the first that holds, in this order."""

    UNKNOWN = "unknown"
    """Not registered then."""
    OCCUPATION = "occupation"
    """None of the three occupations, or none is written down."""
    CERTIFICATE = "certificate"
    """No qualification and no skill grade is on record, or it did not hold then."""
    UNBOUND = "unbound"
    """Bound to no organisation."""
    ORGANISATION = "organisation"
    """The organisation is none of the eight kinds, or its kind is not written down."""


def uncounted(caregiver_id: str, at_ms: int, registry: Registry) -> Uncounted | None:
    """Return why this caregiver did not count at ``at_ms`` (UTC ms); None where they did."""
    who = registry.caregiver(caregiver_id, at_ms)
    if who is None:
        return Uncounted.UNKNOWN
    if who.occupation not in _OCCUPATIONS:
        return Uncounted.OCCUPATION
    if not registry.standing.is_certified(caregiver_id, at_ms):
        return Uncounted.CERTIFICATE
    if who.organisation is None:
        return Uncounted.UNBOUND
    firm = registry.standing.organisation(who.organisation, at_ms)
    return Uncounted.ORGANISATION if firm is None or firm.type == _OTHER else None
