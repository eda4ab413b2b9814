"""Which home a door tag is registered for, and which checks are surely of two. Pure. rule: TWO-TOKENS.

Promise: what is registered for no home says nothing; a tag that was replaced is that of the same home.
"""

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.vocabulary import Role


def home_of(read: TokenRead, registry: Registry, at_ms: int) -> str | None:
    """Return the place that a door tag was registered for at ``at_ms`` (UTC ms); None for what was no door tag."""
    door = registry.token(read.token_id, read.uid, at_ms)
    return door.holder_id if door is not None and door.role == Role.DOOR else None


def of_two_homes(one: CheckFact, other: CheckFact, registry: Registry) -> bool:
    """Tell whether the door tags that were read at two checks are those of two homes, as the registry was then."""
    here, there = one.body.door, other.body.door
    if here is None or there is None or here.uid == there.uid:
        return False
    homes = {
        home_of(read, registry, check.moment.wall_ms if check.moment.known else check.received_ms)
        for check, read in ((one, here), (other, there))
    }
    return None not in homes and len(homes) > 1
