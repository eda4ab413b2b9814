"""The gateway's log in the store: what came since is added in order, and the root over any stretch can be asked for.

Promise: whatever was taken, concluded, corrected or told is in the log once, in the order in which it was added, and
nothing in it changes. A root over any size costs a few hundred hashes, however long the log is.
"""

from collections.abc import Iterator
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Select, and_, func, select

from zhendao.command.atrest.catalogue import of_correction, of_tasks
from zhendao.gateway.accesses.tables import ACCESS_HEADS
from zhendao.gateway.cases.tables import CORRECTION_ACTS, VISIT_TASKS
from zhendao.gateway.evidence.tables import LOG_ENTRIES, LOG_STRETCHES
from zhendao.gateway.retention.tables import DELETIONS
from zhendao.gateway.store.conclusions import visit_revisions
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.keys import Suite
from zhendao.protocol.loghead import entry_of_act, entry_of_event, entry_of_revision
from zhendao.protocol.merkle import leaf_hash, node_hash, root_of, split

LEVEL: Final = 8
"""Stretches of 2^8 entries and more are kept; what is shorter is computed from its entries."""
CHUNK: Final = 20_000
"""So many entries are added in one transaction, so that ingest waits for no more."""
_LATE: Final = 10_000
"""A row may be committed after others with greater ids: so far back it is looked for."""
EVENT, REVISION, CORRECTION, TASKS, ACCESS, DELETION = 1, 2, 3, 4, 5, 6
_OF: Final = {
    EVENT: events, REVISION: visit_revisions, CORRECTION: CORRECTION_ACTS, TASKS: VISIT_TASKS,
    ACCESS: ACCESS_HEADS, DELETION: DELETIONS,
}  # fmt: skip

_OF_GATEWAY: Final = frozenset({ACCESS, DELETION})
"""What the gateway itself signed, and keeps unsealed."""


def record_text(record: object) -> bytes:
    """Return the record of a revision as it is hashed and given away: JSON, keys in order."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


class Log:
    """The log of one gateway; ``suite`` hashes it, ``store_key`` opens what people signed."""

    def __init__(self, suite: Suite, store_key: StoreKey) -> None:
        self._suite, self._key = suite, store_key

    def size(self, connection: Connection) -> int:
        """Return how many entries there are."""
        last = connection.execute(select(func.max(LOG_ENTRIES.c.number))).scalar()
        return 0 if last is None else int(last) + 1

    def add(self, connection: Connection, most: int = CHUNK) -> int:
        """Add what is not in it, at most ``most`` entries, in a write transaction; return how many were added."""
        size = self.size(connection)
        rows: list[tuple[int, int, int, bytes]] = []
        for kind in _OF:
            for row, entry in self._missing(connection, kind, most - len(rows)):
                rows.append((size + len(rows), kind, row, leaf_hash(self._suite, entry)))
        insert_rows(connection, LOG_ENTRIES, rows, "number", "kind", "row", "leaf")
        self._sum_up(connection, size, size + len(rows))
        return len(rows)

    def _missing(self, connection: Connection, kind: int, most: int) -> Iterator[tuple[int, bytes]]:
        table = _OF[kind]
        last = connection.execute(select(func.max(LOG_ENTRIES.c.row)).where(LOG_ENTRIES.c.kind == kind)).scalar() or 0
        there = and_(LOG_ENTRIES.c.kind == kind, LOG_ENTRIES.c.row == table.c.id)
        query = (
            _columns(kind)
            .outerjoin(LOG_ENTRIES, there)
            .where(table.c.id > last - _LATE, LOG_ENTRIES.c.number.is_(None))
            .order_by(table.c.id)
            .limit(max(0, most))
        )
        for row in connection.execute(query):
            yield row.id, self._entry(kind, row)

    def _entry(self, kind: int, row: Any) -> bytes:
        if kind == EVENT:
            return entry_of_event(row.device, row.epoch, row.seq, row.h)
        if kind == REVISION:
            return entry_of_revision(row.visit_id, row.revision, self._suite.hash(record_text(row.record)))
        if kind in _OF_GATEWAY:
            return entry_of_act(row.certificate_id, self._suite.hash(row.document), row.signature)
        name = of_correction(row.number) if kind == CORRECTION else of_tasks(row.visit_id)
        document = self._key.open(row.document, name)
        return entry_of_act(row.certificate_id, self._suite.hash(document), row.signature)

    def _sum_up(self, connection: Connection, before: int, size: int) -> None:
        """Keep the roots of the stretches that became whole between the two sizes."""
        for level in range(LEVEL, size.bit_length()):
            first, last = before >> level, size >> level
            rows = []
            for number in range(first, last):
                begin, half = number << level, 1 << (level - 1)
                root = (
                    self._root_of_leaves(connection, begin, begin + (1 << level))
                    if level == LEVEL
                    else node_hash(
                        self._suite,
                        self.stretch(connection, begin, begin + half),
                        self.stretch(connection, begin + half, begin + 2 * half),
                    )
                )
                rows.append((level, number, root))
            insert_rows(connection, LOG_STRETCHES, rows, "level", "number", "root")

    def stretch(self, connection: Connection, begin: int, end: int) -> bytes:
        """Return the root over the entries from ``begin`` up to, not with, ``end``."""
        length = end - begin
        if length <= 1 << LEVEL:
            whole = length == 1 << LEVEL and begin % length == 0
            kept = self._kept(connection, LEVEL, begin >> LEVEL) if whole else None
            return kept or self._root_of_leaves(connection, begin, end)
        level = length.bit_length() - 1
        if length == 1 << level and begin % length == 0:
            kept = self._kept(connection, level, begin >> level)
            if kept is not None:
                return kept
        middle = begin + split(length)
        left, right = self.stretch(connection, begin, middle), self.stretch(connection, middle, end)
        return node_hash(self._suite, left, right)

    @staticmethod
    def _kept(connection: Connection, level: int, number: int) -> bytes | None:
        query = select(LOG_STRETCHES.c.root).where(LOG_STRETCHES.c.level == level, LOG_STRETCHES.c.number == number)
        return connection.execute(query).scalar()

    def _root_of_leaves(self, connection: Connection, begin: int, end: int) -> bytes:
        query = (
            select(LOG_ENTRIES.c.leaf)
            .where(LOG_ENTRIES.c.number >= begin, LOG_ENTRIES.c.number < end)
            .order_by(LOG_ENTRIES.c.number)
        )
        return root_of(self._suite, connection.execute(query).scalars().all())

    @staticmethod
    def number_of(connection: Connection, kind: int, row: int) -> int | None:
        """Return which entry stands for ``row`` of its kind; None where it is not in the log yet."""
        query = select(LOG_ENTRIES.c.number).where(LOG_ENTRIES.c.kind == kind, LOG_ENTRIES.c.row == row)
        return connection.execute(query).scalar()


def _columns(kind: int) -> Select[*tuple[Any, ...]]:
    one = _OF[kind].c
    if kind == EVENT:
        return select(one.id, one.device, one.epoch, one.seq, one.h)
    if kind == REVISION:
        return select(one.id, one.visit_id, one.revision, one.record)
    if kind in _OF_GATEWAY:
        return select(one.id, one.certificate_id, one.document, one.signature)
    bound_to = one.number if kind == CORRECTION else one.visit_id
    return select(one.id, bound_to, one.certificate_id, one.document, one.signature)
