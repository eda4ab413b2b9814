"""Tokens that were blocked when they were used: a terminal that had not heard of it yet took the check all the same.

Counted is an entry of the blocklist that stood surely before the check, and before the check came here: so a conclusion
that is drawn again comes out the same. rule: BLOCKLIST
"""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, func, select

from zhendao.gateway.blocklist.tables import entries
from zhendao.gateway.registry.book import version
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.vocabulary import Role

Span = tuple[int, int | None]
"""From when to when an entry stood, UTC ms."""

_STATE: Final = Prepared(select(func.coalesce(func.max(entries.c.id), 0), func.count(entries.c.ended_ms)))
_LISTED: Final = TABLES["blocklist"]


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is or was on the blocklist: numbers (token ids and uids) and persons, each with the times."""

    numbers: dict[bytes, list[Span]] = field(default_factory=dict)
    persons: dict[str, list[Span]] = field(default_factory=dict)

    def used(self, check: CheckFact, read: TokenRead, registry: Registry) -> bool:
        """Tell whether ``read`` was on the blocklist when the terminal took it for ``check``."""
        if not self.numbers and not self.persons:
            return False
        moment = check.moment
        if moment.bound_ms is None:
            return False
        at_ms = min(moment.wall_ms - moment.bound_ms, check.received_ms)
        spans = [*self.numbers.get(read.uid, ()), *self.numbers.get(read.token_id or b"", ())]
        token = registry.token(read.token_id, read.uid, at_ms) if self.persons else None
        if token is not None and token.role != Role.DOOR:
            spans += self.persons.get(token.holder_id, ())
        return any(from_ms <= at_ms and (to_ms is None or at_ms < to_ms) for from_ms, to_ms in spans)


class Blocklist:
    """The entries of the blocklist, and of the registry's table of it, read again only when one of them changed."""

    def __init__(self) -> None:
        self._held: tuple[tuple[int, ...], Blocked] = ((0, 0, 0), Blocked())

    def at(self, connection: Connection) -> Blocked:
        """Return them as ``connection`` sees them."""
        state = (*(_STATE.first(connection) or (0, 0)), version(connection))
        if state != self._held[0]:
            blocked = Blocked()
            entered = select(entries.c.number, entries.c.person, entries.c.added_ms, entries.c.ended_ms)
            listed = select(_LISTED.c.number, _LISTED.c.person, _LISTED.c.from_ms, _LISTED.c.to_ms)
            for number, person, from_ms, to_ms in connection.execute(entered.union_all(listed)):
                if number is not None:
                    blocked.numbers.setdefault(number, []).append((from_ms, to_ms))
                if person is not None:
                    blocked.persons.setdefault(person, []).append((from_ms, to_ms))
            self._held = (state, blocked)
        return self._held[1]
