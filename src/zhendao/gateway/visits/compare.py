"""Do the conclusions of a store stand as a replay from its facts has them? Every difference is named.

Left out is only what cannot be equal: when something was drawn or enqueued, how many revisions a visit went through
(that follows from when facts came), withdrawn visits (the facts show them no more), visits that wait to be drawn, and
visits of a time that a change of registry or rules no longer reaches. The last revision of each visit must be equal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, func, select

from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.record import Record
from zhendao.gateway.forward.tables import OUTBOX
from zhendao.gateway.ingest.findings import CLOCK_DISPUTED, CLOCK_DIVIDED, MOVED
from zhendao.gateway.ingest.journals import DERIVED
from zhendao.gateway.registry.tables import LOADS
from zhendao.gateway.store.conclusions import checks, loose, ratings, undrawn, visit_revisions, visits
from zhendao.gateway.store.facts import findings, segments
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.tables import FINDINGS, READINGS
from zhendao.gateway.visits.judgement import RULES
from zhendao.gateway.visits.rejudging import BACK_MS, judged_since

_FOUND: Final = (*DERIVED, CLOCK_DISPUTED, CLOCK_DIVIDED, MOVED)
"""Findings that follow from facts; the others are about messages, or a terminal's own word."""

_SAID: Final = ("lane", "epoch", "seq", "state", "elder_id", "caregiver_id", "begin_ms", "end_ms", "due_ms", "digest")

_READ: Final = ("counter", "fresh", "earliest_ms", "latest_ms", "slow")

Rows = dict[tuple[Any, ...], Any]
"""What a table says, by its key."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that stands otherwise than its replay; None where one of the two has nothing."""

    table: str
    key: str
    stands: str | None
    again: str | None

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.stands or '–'} / {self.again or '–'}"


def differences(
    standing: Connection, again: Connection, store_key: StoreKey, now_ms: int, *, forward: bool = True
) -> list[Difference]:
    """Return everything in which ``standing`` differs from its replay ``again``, which is as of ``now_ms``.

    ``forward``: whether the gateway owes its records to a platform at all.
    """
    exempt = _exempt(standing, again, now_ms)
    found = [
        *_between("visits", _visits(standing, exempt), _visits(again, exempt)),
        *_between("checks", _plain(standing, checks, "lane", "evidence"), _plain(again, checks, "lane", "evidence")),
        *_between("ratings", _plain(standing, ratings, "about"), _plain(again, ratings, "about")),
        *_between("card_readings", _plain(standing, READINGS, *_READ), _plain(again, READINGS, *_READ)),
        *_between("token_findings", _token_findings(standing), _token_findings(again)),
        *_between("segments", _segments(standing), _segments(again)),
        *_between("findings", _findings(standing), _findings(again)),
        *_revisions(standing),
    ]
    if forward:
        found += _between("outbox", _owed(standing, store_key, "event"), _owed(again, store_key, "event"))
        found += _owed_visits(standing, store_key)
    return found


def _between(table: str, stands: Rows, again: Rows) -> Iterable[Difference]:
    for key in sorted(stands.keys() | again.keys(), key=repr):
        one, other = stands.get(key), again.get(key)
        if one != other:
            yield Difference(
                table, _said(key), None if one is None else _said(one), None if other is None else _said(other)
            )


@dataclass(frozen=True, slots=True)
class _Exempt:
    """Lanes that wait to be drawn; visits that do, or are too old to be judged by the rules and registry of today."""

    lanes: frozenset[tuple[bytes, bytes]]
    visits: frozenset[bytes]


def _exempt(standing: Connection, again: Connection, now_ms: int) -> _Exempt:
    loaded = standing.execute(select(func.max(LOADS.c.loaded_ms))).scalar() or 0
    left = max(loaded - BACK_MS, judged_since(standing))
    lanes = frozenset((row.device, row.lane) for row in standing.execute(select(undrawn.c.device, undrawn.c.lane)))
    query = select(visits.c.id, visits.c.due_ms, visits.c.changed_ms, visits.c.record)
    return _Exempt(
        lanes,
        _beside(lanes, standing, again)
        | frozenset(
            row.id
            for row in standing.execute(query)
            if (row.due_ms is not None and row.due_ms <= now_ms)
            or row.changed_ms < left
            or _record(row.record)["rules"] != RULES
        ),
    )


def _beside(lanes: frozenset[tuple[bytes, bytes]], *stores: Connection) -> frozenset[bytes]:
    """Return the loose ends of every home to which a lane that waits has one, and what they are joined to."""
    if not lanes:
        return frozenset()
    rows = [row for store in stores for row in store.execute(select(loose))]
    homes = {(row.caregiver_id, row.elder_id) for row in rows if (row.device, row.lane) in lanes}
    there = [row for row in rows if (row.caregiver_id, row.elder_id) in homes]
    return frozenset(one for row in there for one in (row.id, row.joined_to) if one is not None)


def _visits(connection: Connection, exempt: _Exempt) -> Rows:
    query = select(visits.c.id, visits.c.device, *(visits.c[name] for name in _SAID))
    return {
        (row.id,): tuple(row[1:])
        for row in connection.execute(query.where(visits.c.state != "withdrawn"))
        if row.id not in exempt.visits and (row.device, row.lane) not in exempt.lanes
    }


def _plain(connection: Connection, table: Any, *values: str) -> Rows:
    keys = [column.name for column in table.primary_key]
    query = select(*(table.c[name] for name in (*keys, *values)))
    return {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in connection.execute(query)}


def _segments(connection: Connection) -> Rows:
    query = select(segments).order_by(segments.c.id)
    found: Rows = {}
    for row in connection.execute(query):
        key = (row.device, row.epoch)
        found[key] = (*found.get(key, ()), (row.first, row.prev, row.last, row.head))
    return found


def _findings(connection: Connection) -> Rows:
    query = select(findings.c.device, findings.c.epoch, findings.c.kind, findings.c.subject, findings.c.seq).where(
        findings.c.kind.in_(_FOUND), findings.c.subject != "state", findings.c.healed_ms.is_(None)
    )
    return {tuple(row[:4]): () for row in connection.execute(query)}


def _token_findings(connection: Connection) -> Rows:
    columns = FINDINGS.c
    query = select(columns.device, columns.epoch, columns.seq, columns.h, columns.part, columns.word)
    return {tuple(row): () for row in connection.execute(query.where(columns.healed_ms.is_(None)))}


def _revisions(standing: Connection) -> Iterable[Difference]:
    """Each visit is its last revision, and none of the ones before is missing."""
    last = select(visit_revisions.c.record).where(
        visit_revisions.c.visit_id == visits.c.id, visit_revisions.c.revision == visits.c.revision
    )
    count = select(func.count()).where(visit_revisions.c.visit_id == visits.c.id)
    query = select(visits.c.id, visits.c.revision, visits.c.record, last.scalar_subquery(), count.scalar_subquery())
    for visit_id, revision, record, written, kept in standing.execute(query):
        if record != written or kept != revision:
            yield Difference("visit_revisions", visit_id.hex(), f"{kept} revisions", f"{revision} revisions")


def _owed(connection: Connection, store_key: StoreKey, record_type: str) -> Rows:
    query = select(OUTBOX.c.id, OUTBOX.c.record_type, OUTBOX.c.key, OUTBOX.c.revision)
    records = [Record(*row) for row in connection.execute(query.where(OUTBOX.c.record_type == record_type))]
    return {
        (letter.record.key, letter.record.revision): letter.payload
        for at in range(0, len(records), 500)
        for letter in outbox.letters(connection, store_key, records[at : at + 500])
    }


def _owed_visits(standing: Connection, store_key: StoreKey) -> Iterable[Difference]:
    """Every revision of every visit is owed, and says what the revision says."""
    query = select(visit_revisions.c.visit_id, visit_revisions.c.revision, visit_revisions.c.record)
    wanted: Rows = {
        (visit_id.hex(), revision): orjson.dumps(
            {**_record(record), "revision": revision}, option=orjson.OPT_SORT_KEYS
        ).decode()
        for visit_id, revision, record in standing.execute(query)
    }
    return _between("outbox", _owed(standing, store_key, "visit"), wanted)


def _record(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_said(one) for one in value)
    return value.hex() if isinstance(value, bytes) else str(value)
