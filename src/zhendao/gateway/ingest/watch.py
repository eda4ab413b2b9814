"""What time alone brings about: gaps that outlast their grace, and terminals that are asked for them (again).

What asks them is a resend command (`orders`).
"""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, select

from zhendao.gateway.ingest import journals
from zhendao.gateway.ingest.gaps import Gap, due_ms, to_ask
from zhendao.gateway.ingest.orders import Commander, orders
from zhendao.gateway.ingest.session import Outgoing
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.store.facts import gaps
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol.command import RESEND, resend_body

_OPEN: Final = Prepared(
    select(gaps.c.first, gaps.c.last, gaps.c.seen_ms, gaps.c.declared_ms, gaps.c.asked_ms, gaps.c.device, gaps.c.epoch)
    .where(gaps.c.healed_ms.is_(None))
    .order_by(gaps.c.device, gaps.c.epoch, gaps.c.first)
)


def gaps_due(connection: Connection, now_ms: int, grace_ms: int) -> list[tuple[bytes, bytes]]:
    """Return the journals (device, epoch) with a gap to declare or to ask for."""
    journals_due: dict[tuple[bytes, bytes], None] = {}
    for *gap, device, epoch in _OPEN.all(connection):
        if due_ms(Gap(*gap), now_ms, grace_ms) <= now_ms:
            journals_due[device, epoch] = None
    return list(journals_due)


def next_gap_due(connection: Connection, now_ms: int, grace_ms: int) -> int | None:
    """Return when (the time for durations) a gap is to be declared or asked for, None if there is none."""
    return min((due_ms(Gap(*row[:5]), now_ms, grace_ms) for row in _OPEN.all(connection)), default=None)


def attend(
    connection: Connection,
    terminals: Terminals,
    commander: Commander,
    journal: tuple[bytes, bytes],
    now: Now,
    grace_ms: int,
) -> list[Outgoing]:
    """Declare the gaps of ``journal`` that are due, and return the commands that ask its terminal for them."""
    now_ms = now.steady_ms
    device, epoch = journal
    terminal = terminals.get(connection, device)
    changes = journals.bring_gaps_up(connection, terminal, epoch, now_ms, grace_ms)
    asked = to_ask(changes.open, now_ms) if changes is not None else []
    if not asked:
        return []
    remaining = [replace(gap, asked_ms=now_ms) if gap in asked else gap for gap in terminal.gaps[epoch]]
    journals.write_gaps(connection, terminal, epoch, remaining)
    bodies = [(RESEND, resend_body(epoch, gap.first, gap.last)) for gap in asked]
    return orders(connection, terminal, commander, bodies, now.wall_ms)
