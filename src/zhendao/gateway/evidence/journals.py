"""The stretches of journals that prove a visit's events: opened where the visit needs it, else closed.

Promise: what is given is what terminals signed, byte for byte; an own signature that does not hold is left out, and a
stretch is given only up to a head that is signed. Of other people's events no more than 32 bytes each leaves the house.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from zhendao.gateway.evidence.errors import ClosedError, UnprovedError
from zhendao.gateway.ingest.terminals import open_keys
from zhendao.gateway.store.facts import batches, certificates, events, starts
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol import ledger
from zhendao.protocol.bundle import MAX_RUN, Ending, Opened, Run
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.proof import event_to_be_signed
from zhendao.protocol.seal import parse_sealed, salt_and_plaintext
from zhendao.protocol.suite import suite_by_id

Identity = tuple[bytes, bytes, int, bytes]
"""Device, epoch, seq and h of an event."""
_APART: Final = 256
"""Events that are further apart in a journal are proved by two stretches."""
_Stored = Row[Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """The runs, the rows of ``events`` that are opened in them, and the terminals' certificates that they need."""

    runs: tuple[Run, ...]
    rows: tuple[int, ...]
    certificates: tuple[bytes, ...]


class Journals:
    """Reads stretches in one view of the store."""

    def __init__(self, connection: Connection, store_key: StoreKey) -> None:
        self._connection, self._key = connection, store_key
        self._signers: dict[bytes, Certificate | None] = {}

    def take(self, wanted: Iterable[Identity]) -> Taken:
        """Return what proves ``wanted``. Raises `UnprovedError`, `ClosedError`."""
        left, runs, rows = set(wanted), [], []
        while left:
            run, covered = self._run(left)
            runs.append(run)
            rows += [row.id for row in covered]
            left -= {(row.device, row.epoch, row.seq, row.h) for row in covered}
        runs.sort(key=lambda one: (one.device, one.epoch, one.first))
        held = [one.der for one in self._signers.values() if one is not None]
        return Taken(tuple(runs), tuple(rows), tuple(sorted(held)))

    def _run(self, wanted: set[Identity]) -> tuple[Run, list[_Stored]]:
        """Return the stretch that ends with the last of ``wanted`` in its journal, and which of them are in it."""
        last = max(wanted, key=lambda one: (one[0], one[1], one[2]))
        top = self._row(last)
        before = self._before(top, wanted)
        after, ending = self._after(top)
        chain = [*reversed(before), top, *after]
        links = tuple(self._link(row, opened=_identity(row) in wanted) for row in chain)
        first = chain[0]
        run = Run(first.suite, first.device, first.epoch, first.seq, first.prev, links, ending)
        return run, [row for row in chain if _identity(row) in wanted]

    def _row(self, one: Identity) -> _Stored:
        device, epoch, seq, h = one
        found = self._at(device, epoch, seq, h)
        if found is None:
            raise UnprovedError(epoch.hex(), seq)
        return found

    def _at(self, device: bytes, epoch: bytes, seq: int, h: bytes) -> _Stored | None:
        query = select(events).where(
            events.c.device == device, events.c.epoch == epoch, events.c.seq == seq, events.c.h == h
        )
        return self._connection.execute(query).one_or_none()

    def _before(self, top: _Stored, wanted: set[Identity]) -> list[_Stored]:
        """Return what stands before ``top``, newest first: as far as the next one that is wanted, and one neighbour."""
        least = min(
            (seq for device, epoch, seq, _ in wanted if (device, epoch) == (top.device, top.epoch)), default=top.seq
        )
        found: list[_Stored] = []
        keep, row = 0, top
        while len(found) < MAX_RUN // 2 and row.seq >= least and len(found) - keep <= _APART:
            previous = self._at(row.device, row.epoch, row.seq - 1, row.prev)
            if previous is None:
                break
            found.append(previous)
            row = previous
            if _identity(row) in wanted:
                keep = len(found)
        return found[: keep + 1]

    def _after(self, top: _Stored) -> tuple[list[_Stored], Ending]:
        """Return what stands behind ``top`` up to a signed head, and its signature."""
        found: list[_Stored] = []
        row = top
        while len(found) < MAX_RUN // 2:
            ending = self._ending(row)
            if ending is not None:
                return found, ending
            query = select(events).where(
                events.c.device == row.device, events.c.epoch == row.epoch,
                events.c.seq == row.seq + 1, events.c.prev == row.h,
            )  # fmt: skip
            behind = self._connection.execute(query).first()
            if behind is None:
                break
            found.append(behind)
            row = behind
        raise UnprovedError(top.epoch.hex(), top.seq)

    def _ending(self, row: _Stored) -> Ending | None:
        if self._own(row) is not None:
            return Ending(row.certificate_id, row.signature)
        query = select(batches).where(batches.c.digest == row.batch_digest)
        batch = self._connection.execute(query).one_or_none()
        if batch is None or (batch.last, batch.head) != (row.seq, row.h) or batch.first == batch.last:
            return None
        self._signer(batch.certificate_id)
        signatures = suite_by_id(row.suite).hash(batch.own_signatures)
        return Ending(batch.certificate_id, batch.signature, (batch.first, batch.prev, signatures))

    def _link(self, row: _Stored, *, opened: bool) -> Opened | bytes:
        suite = suite_by_id(row.suite)
        if not row.commitment:  # closed: retention took out what was sealed
            if opened:
                raise ClosedError(row.epoch.hex(), row.seq)
            return bytes(row.sealed)
        if not opened:
            return ledger.leaf(suite, row.device, row.epoch, row.seq, row.sealed, row.commitment)
        parts = parse_sealed(row.sealed, row.seq)
        query = select(starts.c["keys"]).where(
            starts.c.device == row.device, starts.c.epoch == row.epoch, starts.c.start == parts.start
        )
        for sealed in self._connection.execute(query).scalars():
            try:
                keys = open_keys(self._key, sealed, row.device, row.epoch, parts.start)
                salt, plaintext = salt_and_plaintext(suite, keys, row.seq, parts)
            except CryptoError:  # of a clone that has another start at this number
                continue
            return Opened(row.sealed, salt, plaintext, row.received_ms, self._own(row))
        raise UnprovedError(row.epoch.hex(), row.seq)

    def _own(self, row: _Stored) -> tuple[bytes, bytes] | None:
        """Return certificate id and signature where the event has one of its own that holds."""
        signer = None if row.signature is None else self._signer(row.certificate_id)
        if signer is None:
            return None
        suite = suite_by_id(row.suite)
        message = event_to_be_signed(suite, row.device, row.epoch, row.seq, row.certificate_id, row.h)
        return (
            (row.certificate_id, row.signature)
            if suite.verifying_key(signer.spki).verify(message, row.signature)
            else None
        )

    def _signer(self, certificate_id: bytes) -> Certificate | None:
        if certificate_id not in self._signers:
            query = select(certificates.c.der).where(certificates.c.id == certificate_id)
            der = self._connection.execute(query).scalar()
            try:
                self._signers[certificate_id] = None if der is None else Certificate.parse(der)
            except ProtocolError:
                self._signers[certificate_id] = None
        return self._signers[certificate_id]


def _identity(row: _Stored) -> Identity:
    return row.device, row.epoch, row.seq, row.h
