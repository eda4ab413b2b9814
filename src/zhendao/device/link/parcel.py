"""From entries of the journal to a message: a batch with the companions and the certificate that it needs. Pure.

docs/protocol.md sections 6 and 7. Nothing that was journalled is encoded again; only a batch of several is signed now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.journal.entries import Entry, Grade, Slice
from zhendao.protocol.batch import Item, encode_batch
from zhendao.protocol.limits import MAX_COMPANIONS
from zhendao.protocol.proof import sign_batch, single_batch
from zhendao.protocol.state import State, seal_state

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.recorder import Start
    from zhendao.protocol.batch import Batch


def starts_needed(part: Slice, known: Callable[[int], bool]) -> tuple[Slice, tuple[int, ...]]:
    """Return ``part``, cut where it would need too many companions, and the starts whose `boot` must go along.

    ``known`` tells of a start whether the gateway has its `boot` event. One place is left for the current start.
    """
    first = part.entries[0].seq
    needed: list[int] = []
    for count, entry in enumerate(part.entries):
        if entry.start >= first or entry.start in needed or known(entry.start):
            continue
        if len(needed) == MAX_COMPANIONS - 1:
            return replace(part, entries=part.entries[:count]), tuple(needed)
        needed.append(entry.start)
    return part, tuple(needed)


def companion(who: Identity, epoch: bytes, prev: bytes, boot: Entry) -> bytes:
    """Return a `boot` event as a batch of its own, to go along with others or into the state."""
    return encode_batch(_single(who, epoch, prev, boot))


def batch(who: Identity, part: Slice, companions: Sequence[bytes], *, with_certificate: bool) -> bytes:
    """Return the message that carries ``part``."""
    if len(part.entries) == 1:
        made = _single(who, part.epoch, part.prev, part.entries[0])
    else:
        items = [_item(who, one) for one in part.entries]
        made = sign_batch(who.key, who.device, part.epoch, who.certificate_id, part.entries[0].seq, part.prev, items)
    certificate = who.certificate if with_certificate and made.certificate_id == who.certificate_id else None
    return encode_batch(replace(made, companions=tuple(companions), certificate=certificate))


def state(who: Identity, start: Start, nonce: bytes, content: State) -> bytes:
    """Return the retained state; ``nonce`` is 12 fresh random bytes."""
    boot = replace(_single(who, start.keys.epoch, start.prev, start.entry), certificate=who.certificate)
    return seal_state(who.suite, start.keys, who.certificate_id, nonce, encode_batch(boot), content)


def _single(who: Identity, epoch: bytes, prev: bytes, entry: Entry) -> Batch:
    item = Item(entry.sealed, entry.commitment, entry.signature)
    return single_batch(who.suite, who.device, epoch, entry.certificate_id, entry.seq, prev, item)


def _item(who: Identity, entry: Entry) -> Item:
    if entry.grade is not Grade.EVIDENCE:
        return Item(entry.sealed, entry.commitment)
    other = entry.certificate_id if entry.certificate_id != who.certificate_id else None
    return Item(entry.sealed, entry.commitment, entry.signature, other)
