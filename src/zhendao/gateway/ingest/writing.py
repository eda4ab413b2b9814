"""Facts into the store: one executemany a table, within the transaction of the group."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from zhendao.gateway.ingest.classify import MAX_SEQ
from zhendao.gateway.ingest.session import Rejected, Session, Stored
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import batches, certificates, events, quarantine, refusals
from zhendao.gateway.visits.moments import can_be
from zhendao.protocol import cbor
from zhendao.protocol.batch import signature_column
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import ClockSource

NOBODY: Final = bytes(16)
"""Stands for the terminal of a message that nobody known has signed."""

MAX_KEPT_BYTES: Final = 65_536
MAX_KEPT_EACH: Final = 200  # messages of one terminal in quarantine; the rest is counted
MAX_KEPT_NOBODY: Final = 50


def write_facts(session: Session) -> None:
    """Write certificates, batches and events."""
    connection, now_ms = session.connection, session.now_ms
    insert_rows(
        connection,
        certificates,
        [(c.id, device, c.der, c.not_before_s, c.not_after_s, now_ms) for device, c in session.certificates],
        "id", "device", "der", "not_before_s", "not_after_s", "seen_ms",
    )  # fmt: skip
    insert_rows(
        connection,
        batches,
        [
            (
                digest, r.batch.device, r.batch.epoch, r.batch.first, r.batch.last, r.batch.prev, r.heads[-1],
                r.batch.signature, cbor.encode([signature_column(item) for item in r.batch.items]),
                r.batch.certificate_id, now_ms,
            )
            for r, digest in session.batches
        ],
        "digest", "device", "epoch", "first", "last", "prev", "head",
        "signature", "own_signatures", "certificate_id", "received_ms",
    )  # fmt: skip
    insert_rows(
        connection,
        events,
        [_event_row(stored, now_ms) for stored in session.stored],
        "device", "epoch", "seq", "h", "prev", "suite", "start", "sealed", "commitment", "signature",
        "certificate_id", "batch_digest", "received_ms", "kind", "version", "boot_id", "mono_ns", "wall_ms",
        "clock_source", "bound_ms",
    )  # fmt: skip


def _event_row(stored: Stored, now_ms: int) -> tuple[object, ...]:
    batch, new, event = stored.received.batch, stored.new, stored.new.event
    # Columns are for finding; what was signed stands in `sealed`, whatever its numbers.
    seen: Sequence[object] = (None,) * 7
    if event is not None:
        bound_ms = event.clock_bound_ms
        dated = can_be(event.wall_ms, bound_ms)
        seen = (
            _fit(event.kind, _MAX_INT),
            _fit(event.version, _MAX_INT),
            event.boot_id,
            _fit(event.mono_ns),
            _fit(event.wall_ms),
            int(event.clock_source if dated else ClockSource.UNSET),
            bound_ms if dated else None,
        )
    return (
        batch.device, batch.epoch, new.seq, new.h, new.prev, batch.suite_id, new.start, new.item.sealed,
        new.item.commitment, new.signature, new.certificate_id, stored.digest, now_ms, *seen,
    )  # fmt: skip


_MAX_INT = 2**31 - 1


def _fit(number: int, most: int = MAX_SEQ) -> int:
    return max(-most, min(number, most))


def write_rejected(connection: Connection, rejected: Iterable[Rejected], now_ms: int) -> None:
    """Count each message that was not stored, and keep its bytes as long as there is room."""
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    room: dict[bytes, int] = {}
    for one in rejected:
        device = one.device or NOBODY
        counted = build(refusals).values(device=device, reason=one.refused.reason, count=1, last_ms=now_ms)
        connection.execute(
            counted.on_conflict_do_update(
                index_elements=["device", "reason"], set_={"count": refusals.c.count + 1, "last_ms": now_ms}
            )
        )
        if not one.refused.keep:
            continue
        if device not in room:
            kept = select(func.count()).select_from(quarantine).where(quarantine.c.device == device)
            most = MAX_KEPT_EACH if one.device else MAX_KEPT_NOBODY
            room[device] = most - connection.execute(kept).scalar_one()
        if room[device] > 0:
            room[device] -= 1
            payload = one.message.payload
            connection.execute(
                build(quarantine)
                .values(
                    digest=SM.hash(payload),
                    device=device,
                    reason=one.refused.reason,
                    size=len(payload),
                    bytes=payload[:MAX_KEPT_BYTES],
                    complete=len(payload) <= MAX_KEPT_BYTES,
                    received_ms=now_ms,
                )
                .on_conflict_do_nothing()
            )
