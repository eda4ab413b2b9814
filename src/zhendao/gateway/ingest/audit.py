"""The own signatures of checks and boots that came in batches: verified one by one, when there is time for it.

Promise: each is verified once, whatever happens in between (how far it got stands in the store, written together with
what was found); one that is not valid becomes the finding `own_signature`. Nothing waits for it: the signature of a
batch has proved every byte in it, these included, before anything was taken (docs/decisions/batch-signature.md).
"""

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Row, delete, func, insert, select

from zhendao.gateway.ingest.findings import own_signature
from zhendao.gateway.ingest.journals import note
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.facts import audited, batches, certificates, events
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.keys import VerifyingKey
from zhendao.protocol.proof import event_to_be_signed
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.vocabulary import Kind

if TYPE_CHECKING:
    from zhendao.gateway.ingest.epochs import Finding

OWN_SIGNATURE: Final = frozenset({Kind.CHECK, Kind.BOOT})
"""Kinds of event that are evidence by themselves."""

SLICE: Final = 64
"""So many signatures at a time (some 15 ms); ingest has its turn in between."""

WINDOW: Final = 4_096
"""So many events at most are looked through for them."""


class Audit:
    """Verifies slice by slice; used by the ingest thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reached: int | None = None
        self.waits = True
        """Whether there may be something to verify."""

    def forget(self) -> None:
        """Read anew how far it got: a transaction failed."""
        self._reached = None

    def step(self, now_ms: int) -> bool:
        """Verify the next slice; return whether there is more. Raises `StoreError`."""
        with self._store.reading() as connection:
            reached, newest = self._where(connection)
            if newest <= reached:
                self.waits = False
                return False
            rows = self._due(connection, reached)
            keys = {one: _key(connection, *one) for one in {(row.certificate_id, row.device) for row in rows}}
        found: dict[bytes, list[Finding]] = {}
        for row in rows:
            key = keys[row.certificate_id, row.device]
            if key is not None and not _holds(row, key):  # one that is not known was noted when the event came
                found.setdefault(row.device, []).append(own_signature(row.epoch, row.seq, "invalid"))
        # Whatever comes after the last of a whole slice is looked at next time.
        reached = rows[-1].id if len(rows) == SLICE else min(newest, reached + WINDOW)
        with self._store.writing() as connection:
            for device, several in found.items():
                note(connection, device, several, now_ms)
            connection.execute(delete(audited))
            connection.execute(insert(audited).values(one=1, event_id=reached))
        self._reached = reached
        self.waits = reached < newest
        return self.waits

    def _where(self, connection: Connection) -> tuple[int, int]:
        """Return up to which event it got, and which is the newest."""
        if self._reached is None:
            self._reached = connection.execute(select(audited.c.event_id)).scalar() or 0
        return self._reached, connection.execute(select(func.max(events.c.id))).scalar() or 0

    @staticmethod
    def _due(connection: Connection, reached: int) -> list[Row[*tuple[object, ...]]]:
        """Return the next events with a signature beside their batch's; one alone was proved by its own."""
        query = (
            select(
                events.c.id, events.c.device, events.c.epoch, events.c.seq, events.c.h, events.c.suite,
                events.c.signature, events.c.certificate_id,
            )
            .join(batches, batches.c.digest == events.c.batch_digest)
            .where(
                events.c.id.between(reached + 1, reached + WINDOW),
                # Not by the index of kinds, which would find all that there ever were, and sort them.
                func.coalesce(events.c.kind, 0).in_(OWN_SIGNATURE),
                events.c.signature.is_not(None),
                batches.c.first < batches.c.last,
            )
            .order_by(events.c.id)
            .limit(SLICE)
        )  # fmt: skip
        return list(connection.execute(query))


def _key(connection: Connection, certificate_id: bytes, device: bytes) -> VerifyingKey | None:
    query = select(certificates.c.der).where(certificates.c.id == certificate_id, certificates.c.device == device)
    der = connection.execute(query).scalar()
    if der is None:
        return None
    certificate = Certificate.parse(der)
    return certificate.suite.verifying_key(certificate.spki)


def _holds(row: Row[*tuple[object, ...]], key: VerifyingKey) -> bool:
    suite = suite_by_id(row.suite)
    message = event_to_be_signed(suite, row.device, row.epoch, row.seq, row.certificate_id, row.h)
    return key.verify(message, row.signature)
