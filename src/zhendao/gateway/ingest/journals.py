"""What is held of a terminal's journals, written down: segments, gaps, and findings that follow from them.

The deciding is in `classify`, `gaps` and `epochs`; this brings the tables to what they say.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from zhendao.gateway.ingest.epochs import Finding, judge_journal
from zhendao.gateway.ingest.findings import gap as gap_finding
from zhendao.gateway.ingest.gaps import Gap, GapChanges, advance, missing
from zhendao.gateway.ingest.terminals import HeldTerminal
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import findings, gaps, segments
from zhendao.gateway.store.prepared import Prepared

DERIVED: Final = ("fork", "rollback", "cut_tail", "new_epoch", "new_epoch_planned")
"""Kinds of finding that follow from what is held, and are healed when it no longer says so."""


_NO_SEGMENTS: Final = Prepared(
    delete(segments).where(segments.c.device == bindparam("device"), segments.c.epoch == bindparam("epoch"))
)


def write_segments(connection: Connection, terminal: HeldTerminal, epoch: bytes) -> None:
    """Write the segments of ``epoch`` as they are now, the main one first."""
    _NO_SEGMENTS(connection, device=terminal.device, epoch=epoch)
    rows = [(terminal.device, epoch, s.first, s.prev, s.last, s.head) for s in terminal.segments[epoch]]
    insert_rows(connection, segments, rows, "device", "epoch", "first", "prev", "last", "head")


def bring_gaps_up(
    connection: Connection, terminal: HeldTerminal, epoch: bytes, now_ms: int, grace_ms: int
) -> GapChanges | None:
    """Compare the known gaps of ``epoch`` with what is missing now, and write what changed."""
    known = terminal.gaps.get(epoch, [])
    holes = missing(terminal.segments.get(epoch, ()), terminal.expected.get(epoch, 0))
    if not known and not holes:
        return None
    changes = advance(known, holes, now_ms, grace_ms)
    if list(changes.open) != known:
        write_gaps(connection, terminal, epoch, changes.open)
    closed = [one for one in changes.healed if one.declared_ms is not None]
    replaced = [
        one for one in known if one.declared_ms is not None and (one.first, one.last) not in _ranges(changes.open)
    ]
    for one in closed:
        connection.execute(
            insert(gaps).values(
                device=terminal.device,
                epoch=epoch,
                first=one.first,
                last=one.last,
                seen_ms=one.seen_ms,
                declared_ms=one.declared_ms,
                asked_ms=one.asked_ms,
                healed_ms=now_ms,
            )
        )
    heal(connection, terminal.device, [gap_finding(epoch, one) for one in replaced], now_ms)
    named = [one for one in changes.open if one.declared_ms is not None and (one in changes.declared or replaced)]
    note(connection, terminal.device, [gap_finding(epoch, one) for one in named], now_ms)
    return changes


def write_gaps(connection: Connection, terminal: HeldTerminal, epoch: bytes, now_open: Sequence[Gap]) -> None:
    """Write the open gaps of ``epoch``."""
    terminal.gaps[epoch] = list(now_open)
    here = (gaps.c.device == terminal.device, gaps.c.epoch == epoch, gaps.c.healed_ms.is_(None))
    connection.execute(delete(gaps).where(*here))
    if now_open:
        connection.execute(
            insert(gaps),
            [
                {
                    "device": terminal.device,
                    "epoch": epoch,
                    "first": one.first,
                    "last": one.last,
                    "seen_ms": one.seen_ms,
                    "declared_ms": one.declared_ms,
                    "asked_ms": one.asked_ms,
                }
                for one in now_open
            ],
        )


def _ranges(several: Iterable[Gap]) -> set[tuple[int, int]]:
    return {(one.first, one.last) for one in several}


def judge(connection: Connection, terminal: HeldTerminal, now_ms: int) -> None:
    """Bring the findings that follow from starts and segments up to what they say now."""
    wanted = judge_journal([one.fact for one in terminal.starts], terminal.segments)
    note(connection, terminal.device, wanted, now_ms)
    keys = {(one.epoch, one.kind, one.subject) for one in wanted}
    open_now = select(findings.c.id, findings.c.epoch, findings.c.kind, findings.c.subject).where(
        findings.c.device == terminal.device,
        findings.c.kind.in_(DERIVED),
        findings.c.subject != "state",  # the terminal's own word, not a conclusion
        findings.c.healed_ms.is_(None),
    )
    gone = [row.id for row in connection.execute(open_now) if (row.epoch, row.kind, row.subject) not in keys]
    if gone:
        connection.execute(update(findings).where(findings.c.id.in_(gone)).values(healed_ms=now_ms))


def note(connection: Connection, device: bytes, found: Sequence[Finding], now_ms: int) -> None:
    """Write findings; one that is there already keeps the time it was found."""
    if not found:
        return
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = build(findings)
    statement = statement.on_conflict_do_update(
        index_elements=["device", "epoch", "kind", "subject"],
        set_={
            "seq": statement.excluded.seq,
            "zh": statement.excluded.zh,
            "en": statement.excluded.en,
            "healed_ms": None,
        },
    )
    connection.execute(
        statement,
        [
            {
                "device": device,
                "epoch": one.epoch,
                "seq": one.seq,
                "kind": one.kind,
                "subject": one.subject,
                "zh": one.text.zh,
                "en": one.text.en,
                "found_ms": now_ms,
            }
            for one in found
        ],
    )


def heal(connection: Connection, device: bytes, found: Sequence[Finding], now_ms: int) -> None:
    """Mark findings as healed."""
    for one in found:
        connection.execute(
            update(findings)
            .where(
                findings.c.device == device,
                findings.c.epoch == one.epoch,
                findings.c.kind == one.kind,
                findings.c.subject == one.subject,
            )
            .values(healed_ms=now_ms)
        )
