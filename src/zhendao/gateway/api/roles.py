"""Who may see what through the interface. Pure. rule: PIPL.

Promise: a role has exactly the rights listed here; names are masked for whoever has no right to them, and also for
whoever has it and did not ask.
"""

from enum import Enum


class Right(Enum):
    """One thing that a token may allow."""

    VISITS = "visits"
    TERMINALS = "terminals"
    EVENTS = "events"
    QUARANTINE = "quarantine"
    NAMES = "names"  # unmasked
    ACCESSES = "accesses"  # who read what


ROLES: dict[str, frozenset[Right]] = {
    "viewer": frozenset({Right.VISITS, Right.TERMINALS}),
    "auditor": frozenset({Right.VISITS, Right.TERMINALS, Right.EVENTS, Right.QUARANTINE, Right.NAMES}),
    "admin": frozenset(Right),
}


def allows(role: str, right: Right) -> bool:
    """Return whether ``role`` has ``right``; a role that is not known has none."""
    return right in ROLES.get(role, frozenset())
