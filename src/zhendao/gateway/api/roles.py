"""Who may see what through the interface. Pure. rule: PIPL.

Promise: a role has exactly the rights listed here; names are masked for whoever has no right to them, and also for
whoever has it and did not ask. Who may write cards may read nothing, and nobody else is given keys. A duty seat sees
and answers alerts, and nothing else. A worker proposes corrections, and sees nothing.
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
    FINDINGS = "findings"  # what is wrong with cards and door tags
    CARD_KEYS = "card_keys"  # keys of single cards, to write them
    ENROL = "enrol"  # fetch requests of terminals, and answer them
    ALERTS = "alerts"  # see them, and their log
    ANSWER = "answer"  # take and end alerts, begin drills
    CASES = "cases"  # see cases of doubtful visits, and their log
    CORRECT = "correct"  # propose corrections of visits
    DECIDE = "decide"  # write down what was said, decide cases, approve corrections
    SUPERVISE = "supervise"  # unlock a visit after its time, enter outages


ROLES: dict[str, frozenset[Right]] = {
    "viewer": frozenset({Right.VISITS, Right.TERMINALS, Right.FINDINGS}),
    "auditor": frozenset(Right)
    - {Right.ACCESSES, Right.CARD_KEYS, Right.ENROL, Right.ANSWER}
    - {Right.CORRECT, Right.DECIDE, Right.SUPERVISE},
    "admin": frozenset(Right) - {Right.CARD_KEYS, Right.ENROL},
    "engineer": frozenset({Right.CARD_KEYS}),
    "enroller": frozenset({Right.ENROL}),
    "duty": frozenset({Right.ALERTS, Right.ANSWER}),
    "worker": frozenset({Right.CORRECT}),
    "quality": frozenset({Right.CASES, Right.CORRECT, Right.DECIDE}),
    "supervisor": frozenset({Right.CASES, Right.CORRECT, Right.DECIDE, Right.SUPERVISE}),
}


def allows(role: str, right: Right) -> bool:
    """Return whether ``role`` has ``right``; a role that is not known has none."""
    return right in ROLES.get(role, frozenset())
