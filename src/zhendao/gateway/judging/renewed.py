"""Door tags that were replaced: where one was never read again, it may have been gone already. Pure.

Who stands before a door from which the tag was torn off cannot check out there; whoever keeps the tags in order is
asked, not she. rule: TWO-TOKENS
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

_GONE: Final = Text(
    "此门牌此后再没有被读到，之后已换新：当时可能已经脱落，不问责任何人",
    "its door tag was never read again and has been replaced since: it may have been gone by then; it is put to no "
    "person",
)

_WEEK_MS: Final = 7 * 86_400_000


def with_renewed(
    findings: Iterable[Finding], visits: Iterable[Visit], registry: Registry, as_of_ms: int
) -> list[Finding]:
    """Return ``findings``; a check-out that is missing asks no person where the door tag was replaced since.

    ``as_of_ms`` (UTC ms): the moment by which it may have been; what is on record for the week after it counts too.
    """
    found = list(findings)
    asked = {one.visit_id for one in found if one.kind == "no_out" and one.fault is None}
    if not asked:
        return found
    last: dict[bytes, tuple[int, bytes]] = {}
    began: dict[bytes, tuple[bytes | None, bytes, int]] = {}
    for visit in visits:
        for check in visit.pair.checks if visit.pair is not None else ():
            door = check.body.door
            if door is None:
                continue
            at_ms = check.moment.wall_ms if check.moment.known else check.received_ms
            last[door.uid] = max(last.get(door.uid, (0, b"")), (at_ms, visit.visit_id))
            if visit.visit_id in asked:
                began[visit.visit_id] = door.token_id, door.uid, at_ms
    gone = {
        name
        for name, (token_id, uid, at_ms) in began.items()
        if last[uid][1] == name
        and registry.token(token_id, uid, at_ms) is not None
        and registry.token(token_id, uid, as_of_ms + _WEEK_MS) is None
    }
    return [replace(one, fault=_GONE) if one.kind == "no_out" and one.visit_id in gone else one for one in found]
