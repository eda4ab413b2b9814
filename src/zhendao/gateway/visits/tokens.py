"""What the two tokens of a check say: are they the right ones, as hard to copy as is asked, within their dates. Pure.

What counts is what was proved (`gateway.tokens`), not what the terminal says of it. rule: TWO-TOKENS, STATION
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhendao.gateway.registry.snapshot import Registry, Terminal
from zhendao.gateway.visits.blocked import Blocked
from zhendao.gateway.visits.moments import Moment
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.cards.evidence import read_proof
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.token import read_token
from zhendao.protocol.vocabulary import CheckFlag, Placement, Strength


@dataclass(frozen=True, slots=True)
class Least:
    """The tenant's policy: the least strength, by role, that passes without a flag."""

    door: Strength
    caregiver: Strength


def judge_tokens(
    check: CheckFact, terminal: Terminal | None, registry: Registry, least: Least, blocked: Blocked
) -> set[str]:
    """Return the flags of the tokens of ``check``, read at ``terminal``. A station needs the card alone."""
    body, evidence = check.body, check.evidence or {}
    flags = {word for part in evidence.values() for word in part["findings"]}
    door = body.door
    if door is None:
        if body.placement is not Placement.STATION:
            flags.add("no_door")
    else:
        flags |= _judge_door(check, door, terminal, registry)
        if _proved(door, evidence.get("door")) < least.door:
            flags.add("weak_token")
    if _proved(body.caregiver, evidence.get("card")) < least.caregiver:
        flags.add("weak_token")
    if CheckFlag.TOKEN_EXPIRED in body.flags or any(_out_of_dates(one, check.moment) for one in (door, body.caregiver)):
        flags.add("token_expired")
    if CheckFlag.TAG_OPENED in body.flags:
        flags.add("token_opened")
    if CheckFlag.DOOR_SPOILED in body.flags:
        flags.add("door_spoiled")
    if any(blocked.used(check, one, registry) for one in (door, body.caregiver) if one is not None):
        flags.add("token_blocked")
    return flags


def _judge_door(check: CheckFact, door: TokenRead, terminal: Terminal | None, registry: Registry) -> set[str]:
    """Tell of a door tag that is not this terminal's, and of one that is another's: it was carried here."""
    flags = set()
    at_ms = check.moment.wall_ms if check.moment.known else check.received_ms
    own = terminal.door_token_id if terminal is not None else None
    if CheckFlag.FOREIGN_DOOR in check.body.flags or (None not in {own, door.token_id} and own != door.token_id):
        flags.add("foreign_door")
    if door.token_id is not None and door.token_id != own and check.body.placement is not Placement.CARRIED:
        bound = registry.bound_to(door.token_id, at_ms)
        if bound is not None and bound.device != check.device:
            flags.add("door_elsewhere")
    return flags


def _proved(read: TokenRead, part: Mapping[str, Any] | None) -> Strength:
    return read.strength if part is None else Strength[part["proved"].upper()]


def _out_of_dates(read: TokenRead | None, moment: Moment) -> bool:
    """Tell whether a signed token was outside its dates, as well as the time is known by now (a terminal may not)."""
    if read is None or read.strength is Strength.UID or read.proof is None or moment.bound_ms is None:
        return False
    try:
        record = read_proof(read.proof).record
        token = read_token(record) if record is not None else None
    except ProtocolError:
        return False  # what the terminal could not read it has refused; a later form is not ours to judge
    if token is None:
        return False
    earliest, latest = (moment.wall_ms - moment.bound_ms) // 1000, (moment.wall_ms + moment.bound_ms) // 1000
    return latest < token.not_before_s or earliest > token.not_after_s
