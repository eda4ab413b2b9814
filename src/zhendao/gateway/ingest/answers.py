"""What is said to terminals after the commit: acknowledgements under their MAC key (docs/protocol.md section 8).

Promise: a range is acknowledged only after the transaction that stored it; nothing here writes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from zhendao.gateway.ingest.classify import fork_at, main_segment
from zhendao.gateway.ingest.session import Held, Outgoing, Rejected, Session
from zhendao.gateway.ingest.terminals import HeldStart, HeldTerminal
from zhendao.gateway.store.facts import events
from zhendao.protocol import ledger
from zhendao.protocol.ack import Ack, Range, RangeState, Refusal, encode_ack
from zhendao.protocol.limits import MAX_RANGES, MAX_REFUSALS
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.topics import Topic

_STEP = min(MAX_RANGES, MAX_REFUSALS)  # so many in one message


@dataclass(frozen=True, slots=True)
class Beacon:
    """16 random bytes for card challenges; ``now_ms`` is the gateway's time when it is sent."""

    beacon: bytes
    now_ms: int


def acknowledgements(session: Session, tenant: str, beacon: Beacon) -> list[Outgoing]:
    """Return the messages that tell every terminal of the group what is held and what was refused.

    A terminal none of whose starts is known yet cannot be answered: it has no key that it would believe.
    """
    refused: dict[bytes, list[Rejected]] = {}
    for one in session.rejected:
        if one.device is not None:
            refused.setdefault(one.device, []).append(one)
    answers: list[Outgoing] = []
    for device in [*session.held, *(one for one in refused if one not in session.held)]:
        terminal = session.terminals.get(device)
        current = terminal.current() if terminal is not None else None
        if terminal is None or current is None:
            continue
        topic = str(Topic(tenant, device, "down"))
        for start in [current, *_beside(terminal, current, session.held.get(device, ()))]:
            suite = suite_by_id(start.suite_id)
            answers.extend(
                Outgoing(topic, encode_ack(suite, start.keys.mac_key, ack))
                for ack in _for_terminal(session, terminal, start, refused.get(device, []), beacon)
            )
    return answers


def _beside(terminal: HeldTerminal, current: HeldStart, several: Sequence[Held]) -> list[HeldStart]:
    """Return the starts beside ``current`` that may wait for an answer to ``several``.

    Of a clone or a restored image nobody can tell which start runs: whoever sent an event of another history, or of
    another epoch, is answered under the key that sealed it, and under those of the starts heard of last: it may have
    been started again since. So it learns that its journal is not the one held here. Where the starts heard of last are
    of several epochs, which of these is the newest rests on clocks that may have been wrong.
    """
    found: list[HeldStart] = []
    one_epoch = all(one.fact.epoch == current.fact.epoch for one in terminal.recent)
    for held in several:
        same = one_epoch and held.epoch == current.fact.epoch
        if same and fork_at(terminal.segments.get(held.epoch, ())) is None:
            continue
        for start in (*terminal.starts_at(held.epoch, held.start), *terminal.recent):
            if start is not current and start not in found:
                found.append(start)
    return found


def _for_terminal(
    session: Session, terminal: HeldTerminal, current: HeldStart, rejected: Sequence[Rejected], beacon: Beacon
) -> Iterator[Ack]:
    suite = suite_by_id(current.suite_id)
    by_epoch: dict[bytes, list[Range]] = {}
    for held, state in _joined(session.connection, terminal, session.held.get(terminal.device, ())):
        by_epoch.setdefault(held.epoch, []).append(Range(held.first, held.last, state, held.head))
    refusals = [Refusal(suite.hash(one.message.payload), one.refused.state, one.refused.reason) for one in rejected]
    if refusals and not by_epoch:
        by_epoch[current.fact.epoch] = []
    for epoch, ranges in by_epoch.items():
        genesis = ledger.genesis(suite, terminal.device, epoch)
        main = main_segment(terminal.segments.get(epoch, ()), genesis)
        for at in range(0, max(len(ranges), len(refusals), 1), _STEP):
            yield Ack(
                device=terminal.device,
                epoch=epoch,
                key=(current.fact.epoch, current.fact.start),
                ranges=tuple(ranges[at : at + _STEP]),
                held_seq=main.last if main else 0,
                held_head=main.head if main else genesis,
                refusals=tuple(refusals[at : at + _STEP]),
                beacon=beacon.beacon,
                beacon_ms=beacon.now_ms,
            )
        refusals = []  # said once


def _joined(connection: Connection, terminal: HeldTerminal, several: Sequence[Held]) -> list[tuple[Held, RangeState]]:
    """Join ranges of one chain that follow each other with one state: the last head proves them all."""
    result: list[tuple[Held, RangeState]] = []
    for one in several:
        state = _state(connection, terminal, one)
        if result:
            before, its_state = result[-1]
            if (before.epoch, before.last + 1, before.head, its_state) == (one.epoch, one.first, one.prev, state):
                result[-1] = (replace(one, prev=before.prev, first=before.first), state)
                continue
        result.append((one, state))
    return result


def _state(connection: Connection, terminal: HeldTerminal, held: Held) -> RangeState:
    """Tell whether a range belongs to the history that came first, or to another one kept beside it."""
    pieces = terminal.segments.get(held.epoch, ())
    if len(pieces) <= 1 or fork_at(pieces) is None:
        return RangeState.COMMITTED
    here = [place for place, one in enumerate(pieces) if one.overlaps(held.last, held.last)]
    if len(here) == 1:
        own = pieces[here[0]]
        beside_older = any(one.overlaps(own.first, own.last) for one in pieces[: here[0]])
        return RangeState.FORK if beside_older else RangeState.COMMITTED
    first_came = (
        select(events.c.h)
        .where(events.c.device == terminal.device, events.c.epoch == held.epoch, events.c.seq == held.last)
        .order_by(events.c.id)
        .limit(1)
    )
    return RangeState.COMMITTED if connection.execute(first_came).scalar() == held.head else RangeState.FORK
