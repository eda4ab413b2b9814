"""How plans reach the terminals: at their start, when the registry changes, and at local midnight (command kind 4).

Promise: only who is online is sent anything, at a bounded pace; a terminal in whose home nothing is or was planned is
sent nothing. A plan is a help to people and no evidence: it is not acknowledged, and one that is lost on its way costs
a reminder, until the terminal's next start or the next day.
"""

from typing import Final

from sqlalchemy import Connection, and_, bindparam, exists, insert, or_, select, update

from zhendao.gateway.ingest.orders import Commander, orders
from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.plans.tables import plans
from zhendao.gateway.plans.today import Slot, Span, local_day, planned
from zhendao.gateway.registry.book import version
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store.facts import states
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol import cbor
from zhendao.protocol.command import PLAN
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.protocol.plan import Plan, plan_body
from zhendao.protocol.vocabulary import Placement, Role

AT_ONCE: Final = 50
"""So many terminals are sent their plan in one round."""
ROUND_MS: Final = 1_000
NO_REGISTRY: Final = 0
"""The version of a registry that nobody has loaded."""
EMPTY: Final = b""
"""The body of a terminal that needs none."""

_WAITING: Final = Prepared(
    select(plans.c.device, plans.c.body)
    .join(states, states.c.device == plans.c.device)
    .where(states.c.online, plans.c.sent.is_(False), plans.c.body != EMPTY)
    .order_by(plans.c.device)
    .limit(AT_ONCE)
)
_SENT: Final = update(plans).where(plans.c.device == bindparam("whose")).values(sent=True)
_AGAIN: Final = update(plans).where(plans.c.device == bindparam("whose")).values(sent=False)


class Plans:
    """The plans of one gateway's terminals. Used by the thread that ingests; days are local by ``offset_ms``."""

    def __init__(self, terminals: Terminals, commander: Commander, offset_ms: int) -> None:
        self._terminals, self._commander, self._offset_ms = terminals, commander, offset_ms
        self._made: tuple[int, int] | None = None
        self._timed = False
        self._rest_until_ms = 0

    def forget(self) -> None:
        """Forget what is in memory: the transaction that wrote it failed."""
        self._made = None

    def hear(self, session: Session) -> None:
        """Take in which terminals have started: each is sent its plan again."""
        if session.started:
            session.connection.execute(_AGAIN, [{"whose": device} for device in session.started])

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether `step` has something to do."""
        wanted = self._wanted(connection, now.wall_ms)
        if self._made != wanted and wanted != (NO_REGISTRY, wanted[1]):
            return True
        return self._rested(now) and _WAITING.all(connection) != []

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return in how many ms `step` may have something to do that it has not now; None: not by time alone."""
        if self.is_due(connection, now):
            return 0
        if not self._timed:
            return None
        midnight = local_day(now.wall_ms, self._offset_ms).to_ms - now.wall_ms
        return min(midnight, max(0, self._rest_until_ms - now.steady_ms)) if _WAITING.all(connection) else midnight

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Bring the plans up to date and return what to publish after the commit; in a write transaction."""
        wanted = self._wanted(connection, now.wall_ms)
        if self._made != wanted:
            self._timed = self._write(connection, local_day(now.wall_ms, self._offset_ms), now.wall_ms)
            self._made = wanted
        outgoing: list[Outgoing] = []
        if not self._rested(now):
            return outgoing
        for device, body in _WAITING.all(connection):
            terminal = self._terminals.get(connection, device)
            read = cbor.decode(body, MAX_DOWN_BYTES)
            if isinstance(read, dict):
                outgoing += orders(connection, terminal, self._commander, [(PLAN, read)], now.wall_ms)
            connection.execute(_SENT, {"whose": device})
            self._rest_until_ms = now.steady_ms + ROUND_MS
        return outgoing

    def _rested(self, now: Now) -> bool:
        return now.steady_ms >= self._rest_until_ms or now.steady_ms < self._rest_until_ms - ROUND_MS

    def _wanted(self, connection: Connection, now_ms: int) -> tuple[int, int]:
        return version(connection), (now_ms + self._offset_ms) // 86_400_000

    @staticmethod
    def _write(connection: Connection, day: Span, now_ms: int) -> bool:
        """Write what each terminal should hold; what it holds already is not sent again.

        Return whether anything is planned in this registry at all: then the next day has a plan of its own.
        """
        held = {row.device: row.body for row in connection.execute(select(plans.c.device, plans.c.body))}
        slots = _slots(connection)
        wanted = _wanted(connection, day, now_ms, slots) if slots else {}
        nothing = cbor.encode(plan_body(Plan(day.from_ms, day.to_ms)))
        new, changed = [], []
        for device in wanted.keys() | held.keys():
            # Whoever was told of visits, and has none any more, is told that too.
            body = wanted.get(device, EMPTY if not held.get(device) or _is_empty(held[device]) else nothing)
            if device not in held:
                new.append({"device": device, "body": body, "sent": False})
            elif held[device] != body:
                changed.append({"whose": device, "new": body})
        if new:
            connection.execute(insert(plans), new)
        if changed:
            statement = update(plans).where(plans.c.device == bindparam("whose"))
            connection.execute(statement.values(body=bindparam("new"), sent=False), changed)
        return bool(slots)


def _is_empty(body: bytes) -> bool:
    read = cbor.decode(body, MAX_DOWN_BYTES)
    return not isinstance(read, dict) or not read[3]


def _slots(connection: Connection) -> list[Slot]:
    """Return the schedules that say when."""
    schedules = TABLES["schedules"]
    return [
        Slot(row.elder_id, row.caregiver_id, row.days, row.hours, row.from_ms, row.to_ms)
        for row in connection.execute(select(schedules).where(schedules.c.hours.is_not(None)))
    ]


def _wanted(connection: Connection, day: Span, now_ms: int, slots: list[Slot]) -> dict[bytes, bytes]:
    """Return the body of each terminal in whose home a visit is planned on ``day``."""
    schedules, tokens, terminals = (TABLES[name] for name in ("schedules", "tokens", "terminals"))
    cards: dict[str, list[bytes]] = {}
    hers = exists().where(schedules.c.caregiver_id == tokens.c.holder_id, schedules.c.hours.is_not(None))
    held = and_(
        tokens.c.role == int(Role.CAREGIVER),
        tokens.c.token_id.is_not(None),
        tokens.c.from_ms < day.to_ms,
        or_(tokens.c.to_ms.is_(None), tokens.c.to_ms > now_ms),
        hers,
    )
    for holder, token_id in connection.execute(select(tokens.c.holder_id, tokens.c.token_id).where(held)):
        cards.setdefault(holder, []).append(token_id)
    several = planned(day, slots, cards)
    stand = and_(
        terminals.c.placement != int(Placement.STATION),
        terminals.c.elder_id.is_not(None),
        terminals.c.from_ms <= now_ms,
        or_(terminals.c.to_ms.is_(None), terminals.c.to_ms > now_ms),
    )
    return {
        device: cbor.encode(plan_body(several[elder]))
        for device, elder in connection.execute(select(terminals.c.device, terminals.c.elder_id).where(stand))
        if elder in several
    }
