"""New starts of a terminal: learnt with the events that they seal, and written with their keys sealed."""

from zhendao.gateway.ingest.classify import MAX_SEQ
from zhendao.gateway.ingest.epochs import StartFact
from zhendao.gateway.ingest.receive import Received
from zhendao.gateway.ingest.session import Session
from zhendao.gateway.ingest.terminals import HeldStart, HeldTerminal, Terminals
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import starts


def learn_starts(session: Session, terminals: Terminals, terminal: HeldTerminal, received: Received) -> None:
    """Keep the starts that a batch of ``terminal`` brought, in memory and in the transaction of ``session``."""
    batch = received.batch
    for new in received.starts:
        previous = new.boot.previous
        fact = StartFact(
            batch.epoch,
            new.seq,
            new.h,
            int(new.boot.reason),
            previous.epoch if previous else None,
            min(previous.seq, MAX_SEQ) if previous else None,
            session.now_ms if new.wall_ms is None else max(-MAX_SEQ, min(new.wall_ms, MAX_SEQ)),
            max((one.fact.arrival for one in terminal.starts), default=0) + 1,
        )
        terminal.add_start(HeldStart(fact, batch.suite_id, new.keys, new.boot.nonce))
        session.started.add(terminal.device)
        row = (
            batch.device, batch.epoch, new.seq, new.h, batch.suite_id, terminals.seal_keys(new.keys),
            new.boot.nonce, fact.wall_ms, fact.reason, fact.previous_epoch, fact.previous_seq,
            previous.head if previous else None, fact.arrival, 0, session.now_ms,
        )  # fmt: skip
        insert_rows(
            session.connection,
            starts,
            [row],
            "device", "epoch", "start", "h", "suite", "keys", "boot_nonce", "wall_ms", "reason",
            "previous_epoch", "previous_seq", "previous_head", "arrival", "command_number", "seen_ms",
        )  # fmt: skip
