"""What a card is to become: a token, or blank again. A goal is all that must be known to go on with a card.

Promise: a goal holds no key, only the version of the masters that its keys come from and the keys' check values; what
`goal_to_json` gives, `goal_from_json` takes, and anything else is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from zhendao.protocol.vocabulary import Role, Technology
from zhendao.provisioning.token_log import Issued

MOST_HOLDER: Final = 64


@dataclass(frozen=True, slots=True)
class TokenGoal:
    """Make the card with ``uid`` a token.

    Attributes:
        uid: 4 to 10 bytes.
        technology: of the card.
        token_id: 16 bytes.
        role: what the token stands for.
        holder: number of the person or place it is for, empty for a spare card.
        not_before_s: first second of validity, since 1970 UTC.
        not_after_s: last one.
        record: the signed token (docs/protocol.md section 9).
        key_version: of the masters that the card's keys come from, None where the technology has no keys.
        checks: check value of each key by its number, so that the same keys are known again.
    """

    uid: bytes
    technology: Technology
    token_id: bytes
    role: Role
    holder: str
    not_before_s: int
    not_after_s: int
    record: bytes
    key_version: int | None = None
    checks: Mapping[int, bytes] | None = None

    @property
    def issued(self) -> Issued:
        """The token as the token log names it."""
        return Issued(self.token_id, self.role, self.uid, self.not_before_s, self.not_after_s)


@dataclass(frozen=True, slots=True)
class BlankGoal:
    """Make the card with ``uid`` as it came from its maker; ``key_version`` and ``checks``: keys it may hold now."""

    uid: bytes
    technology: Technology
    key_version: int | None = None
    checks: Mapping[int, bytes] | None = None


Goal = TokenGoal | BlankGoal


def goal_to_json(goal: Goal) -> dict[str, Any]:
    """Return ``goal`` as values of JSON."""
    said: dict[str, Any] = {
        "goal": "blank",
        "uid": goal.uid.hex(),
        "technology": goal.technology.name.lower(),
        "key_version": goal.key_version,
        "checks": {str(number): check.hex() for number, check in sorted((goal.checks or {}).items())},
    }
    if isinstance(goal, TokenGoal):
        said |= {
            "goal": "token",
            "token_id": goal.token_id.hex(),
            "role": goal.role.name.lower(),
            "holder": goal.holder,
            "not_before_s": goal.not_before_s,
            "not_after_s": goal.not_after_s,
            "record": goal.record.hex(),
        }
    return said


def goal_from_json(said: Mapping[str, Any]) -> Goal:
    """Return the goal that `goal_to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    uid, technology = bytes.fromhex(said["uid"]), Technology[said["technology"].upper()]
    version = said["key_version"]
    if version is not None and not isinstance(version, int):
        raise ValueError("key_version")
    checks = {int(number): bytes.fromhex(check) for number, check in said["checks"].items()} or None
    if said["goal"] == "blank":
        return BlankGoal(uid, technology, version, checks)
    if said["goal"] != "token":
        raise ValueError("goal")
    holder = said["holder"]
    if not isinstance(holder, str):
        raise TypeError("holder")
    return TokenGoal(
        uid,
        technology,
        bytes.fromhex(said["token_id"]),
        Role[said["role"].upper()],
        holder,
        int(said["not_before_s"]),
        int(said["not_after_s"]),
        bytes.fromhex(said["record"]),
        version,
        checks,
    )
