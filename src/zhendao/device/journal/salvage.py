"""What can be saved of a damaged journal that its tables no longer give: its pages are read, and each row is proved.

Promise: a row is an event only if it hashes to the head that it was chained to, in its epoch and at its place; bytes of
a wreck can make no event that was not recorded. Nothing is written here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.device.journal.carrying import Sound
from zhendao.device.journal.checking import holds
from zhendao.device.journal.pages import rows
from zhendao.device.journal.schema import EPOCH_SHIFT, PAGE_BYTES
from zhendao.protocol import ledger
from zhendao.protocol.limits import HASH_BYTES, ID_BYTES, SIGNATURE_BYTES
from zhendao.protocol.proof import event_to_be_signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.pages import Row

_PAGE_SIZES = (PAGE_BYTES, 1024)
"""What is tried where the header is gone: this release's size, and that of journals of version 1."""
_MOST_GRADE = 2


@dataclass(slots=True)
class Haul:
    """Rows that look like ours, by what they say of themselves; nothing of it is proved."""

    epochs: dict[int, set[bytes]] = field(default_factory=dict)
    certificates: dict[int, bytes] = field(default_factory=dict)
    events: dict[int, list[_Event]] = field(default_factory=dict)
    """By id: several where the file held several versions of a page."""


@dataclass(frozen=True, slots=True)
class _Event:
    start: int
    grade: int
    certificate: int
    sealed: bytes
    commitment: bytes
    signature: bytes
    head: bytes
    prev: bytes | None


@dataclass(frozen=True, slots=True)
class Saved:
    """One epoch: the events that are proved, in order, and the numbers of those that were found and are not."""

    epoch: bytes
    sound: tuple[Sound, ...]
    unproved: tuple[int, ...]


def gather(database: bytes, log: bytes) -> Haul:
    """Read every page of a file and of its log."""
    haul = Haul()
    for size in _PAGE_SIZES:
        for row in rows(database, log, size):
            _sort(haul, row)
        if haul.events:
            break
    return haul


def prove(haul: Haul, who: Identity, known: Iterable[bytes] = ()) -> Iterator[Saved]:
    """Yield what holds, epoch by epoch. ``known`` are epochs known from elsewhere: the file may have lost its own."""
    others = {one for group in haul.epochs.values() for one in group} | set(known)
    for number in sorted({identity // EPOCH_SHIFT for identity in haul.events}):
        here = haul.epochs.get(number, set())
        candidates = [*sorted(here), *sorted(others - here)]
        found = [_epoch(haul, number, epoch, who) for epoch in candidates]
        best = max(found, key=lambda one: len(one.sound), default=None)
        if best is not None:
            yield best


def _epoch(haul: Haul, number: int, epoch: bytes, who: Identity) -> Saved:
    low, suite, device = number * EPOCH_SHIFT, who.suite, who.device
    sound: dict[int, Sound] = {}
    unproved: list[int] = []
    heads: set[bytes] = {ledger.genesis(suite, device, epoch)}
    """What the event before may have ended in; several where several rows stand at its place."""
    before = 0
    for identity in sorted(one for one in haul.events if one // EPOCH_SHIFT == number):
        seq = identity - low
        versions = haul.events[identity]
        links = heads if seq == before + 1 else set()
        proved = None
        for one in versions:
            for prev in [*([one.prev] if one.prev is not None else []), *links]:
                if holds(suite, device, epoch, seq, prev, (one.sealed, one.commitment, one.head)):
                    proved = one, prev
        certificate = None if proved is None else _certificate(haul, who, epoch, seq, proved[0])
        if proved is None or certificate is None:
            unproved.append(seq)
            heads = {one.head for one in versions}
        else:
            one, prev = proved
            sound[seq] = Sound(
                *(seq, one.start, one.grade, certificate),
                *(one.sealed, one.commitment, one.signature, one.head, prev),
            )
            heads = {one.head}
        before = seq
    return Saved(epoch, tuple(sound.values()), tuple(unproved))


def _certificate(haul: Haul, who: Identity, epoch: bytes, seq: int, event: _Event) -> bytes | None:
    """Return under which certificate ``event`` is signed; where the file does not say so any more, ours is tried."""
    found = haul.certificates.get(event.certificate)
    if found is not None:
        return found
    message = event_to_be_signed(who.suite, who.device, epoch, seq, who.certificate_id, event.head)
    key = who.suite.verifying_key(who.key.spki)
    return who.certificate_id if key.verify(message, event.signature) else None


def _sort(haul: Haul, row: Row) -> None:
    rowid, columns = row
    match columns:
        case (None, bytes() as epoch, bytes() as genesis) if (len(epoch), len(genesis)) == (ID_BYTES, HASH_BYTES):
            haul.epochs.setdefault(rowid, set()).add(epoch)
        case (None, bytes() as certificate) if len(certificate) == HASH_BYTES:
            haul.certificates[rowid] = certificate
        case (
            None,
            int(start),
            int(grade),
            int(number),
            bytes(sealed),
            bytes(commitment),
            bytes(signature),
            bytes(head),
            None | bytes() as prev,
        ):
            event = _Event(start, grade, number, sealed, commitment, signature, head, prev)
            if _looks_right(event) and 0 < start <= rowid % EPOCH_SHIFT:
                versions = haul.events.setdefault(rowid, [])
                if event not in versions:
                    versions.append(event)


def _looks_right(event: _Event) -> bool:
    sizes = tuple(len(one) for one in (event.commitment, event.signature, event.head, event.prev or bytes(HASH_BYTES)))
    return sizes == (HASH_BYTES, SIGNATURE_BYTES, HASH_BYTES, HASH_BYTES) and 0 <= event.grade <= _MOST_GRADE
