"""Visits and their revisions on the way into the store: gathered while lanes are drawn, written together.

Promise: a revision is made only when the content changed; every revision is kept, and the visit shows the last one.
Nothing is in the store before `write`: whoever draws a lane must not read what another lane of the pass has changed.
"""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, update

from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.store.conclusions import visit_revisions, visits
from zhendao.gateway.store.engine import insert_rows, update_rows
from zhendao.gateway.visits.judgement import RULES, Visit
from zhendao.protocol.suite import SM

_CHANGING: Final = (
    "revision", "digest", "state", "elder_id", "caregiver_id", "begin_ms", "end_ms", "due_ms", "record", "changed_ms",
)  # fmt: skip


class LooseEnd(NamedTuple):
    """A visit that is a loose end by itself: whose it is, and where it stands in time (UTC ms, then by its id)."""

    caregiver_id: str
    elder_id: str
    at_ms: int
    visit_id: bytes
    joined_to: bytes | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit as it is in the store: its last revision, the hash of what that says, and whose it was and when.

    ``loose``: what it is by itself, where that is a loose end.
    """

    visit_id: bytes
    revision: int
    digest: bytes
    state: str
    due_ms: int | None
    elder_id: str | None = None
    caregiver_id: str | None = None
    begin_ms: int | None = None
    end_ms: int | None = None
    loose: LooseEnd | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Whose visits they are: the lane at its terminal, and the check that opens a visit."""

    device: bytes
    lane: bytes
    epoch: bytes
    seq: int


@dataclass(slots=True)
class Revisions:
    """What one pass changes, and what is owed of it."""

    now_ms: int
    owed: list[Owed] = field(default_factory=list)
    _new: list[tuple[Any, ...]] = field(default_factory=list)
    _changed: list[tuple[Any, ...]] = field(default_factory=list)
    _kept: list[tuple[Any, ...]] = field(default_factory=list)
    _due: list[dict[str, Any]] = field(default_factory=list)

    def take(self, visit: Visit, before: Standing | None, where: Where) -> bool:
        """Note what became of a visit; False, and nothing is, where it says what it said ``before``."""
        content = orjson.dumps(visit.record, option=orjson.OPT_SORT_KEYS)
        digest = SM.hash(content)
        if before is not None and before.digest == digest:
            if before.due_ms != visit.due_ms:
                self._due.append({"visit": visit.visit_id, "at_ms": visit.due_ms})
            return False
        number = before.revision + 1 if before is not None else 1
        record = content.decode()
        changing = (
            number, digest, visit.state, visit.elder_id, visit.caregiver_id, visit.begin_ms, visit.end_ms,
            visit.due_ms, record, self.now_ms,
        )  # fmt: skip
        if before is None:
            self._new.append((visit.visit_id, where.device, where.lane, where.epoch, where.seq, *changing))
        else:
            self._changed.append((*changing, visit.visit_id))
        self._kept.append((visit.visit_id, number, RULES, record, self.now_ms))
        self.owed.append(Owed("visit", visit.visit_id.hex(), number, {**visit.record, "revision": number}))
        return True

    def write(self, connection: Connection) -> int:
        """Write all of it; return how many visits changed."""
        insert_rows(connection, visits, self._new, "id", "device", "lane", "epoch", "seq", *_CHANGING)
        update_rows(connection, visits, self._changed, "id", *_CHANGING)
        insert_rows(connection, visit_revisions, self._kept, "visit_id", "revision", "rules", "record", "made_ms")
        if self._due:
            due = update(visits).where(visits.c.id == bindparam("visit")).values(due_ms=bindparam("at_ms"))
            connection.execute(due, self._due)
        return len(self._kept)
