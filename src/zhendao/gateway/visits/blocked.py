"""Tokens that were blocked when they were used: a terminal that had not heard of it yet took the check all the same.

Counted is an entry of the blocklist that stood surely before the check, and before the check came here: so a conclusion
that is drawn again comes out the same. rule: BLOCKLIST
"""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, func, select

from zhendao.gateway.blocklist.tables import entries
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.vocabulary import Role

Span = tuple[int, int | None]
"""From when to when an entry stood, UTC ms."""

_STATE: Final = Prepared(select(func.coalesce(func.max(entries.c.id), 0), func.count(entries.c.ended_ms)))


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is or was on the blocklist: numbers (token ids and uids) and persons, each with the times."""

    numbers: dict[bytes, list[Span]] = field(default_factory=dict)
    persons: dict[str, list[Span]] = field(default_factory=dict)

    def used(self, check: CheckFact, read: TokenRead, registry: Registry) -> bool:
        """Tell whether ``read`` was on the blocklist, or on the registry's, when it was taken for ``check``."""
        standing = registry.standing
        if not self.numbers and not self.persons and not standing.blocks_somebody:
            return False
        moment = check.moment
        if moment.bound_ms is None:
            return False
        at_ms = min(moment.wall_ms - moment.bound_ms, check.received_ms)
        spans = [*self.numbers.get(read.uid, ()), *self.numbers.get(read.token_id or b"", ())]
        listed = [standing.block_of(one, at_ms) for one in (read.uid, read.token_id) if one is not None]
        token = registry.token(read.token_id, read.uid, at_ms)
        if token is not None and token.role != Role.DOOR:
            spans += self.persons.get(token.holder_id, ())
            listed.append(standing.block(token.holder_id, at_ms))
        if any(one is not None for one in listed):
            return True
        return any(from_ms <= at_ms and (to_ms is None or at_ms < to_ms) for from_ms, to_ms in spans)


class Blocklist:
    """The blocklist's entries as they are now, read again only when one was added or ended."""

    def __init__(self) -> None:
        self._held: tuple[tuple[int, ...], Blocked] = ((0, 0), Blocked())

    def at(self, connection: Connection) -> Blocked:
        """Return them as ``connection`` sees them."""
        state = tuple(_STATE.first(connection) or (0, 0))
        if state != self._held[0]:
            blocked = Blocked()
            for row in connection.execute(select(entries)):
                span = (row.added_ms, row.ended_ms)
                if row.number is not None:
                    blocked.numbers.setdefault(row.number, []).append(span)
                if row.person is not None:
                    blocked.persons.setdefault(row.person, []).append(span)
            self._held = (state, blocked)
        return self._held[1]
