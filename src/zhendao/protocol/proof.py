"""What a terminal signs, and how a gateway proves a batch by one verification (docs/protocol.md sections 2 and 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol import cbor, ledger
from zhendao.protocol.batch import Batch, Item, signature_column
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import suite_by_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.protocol.keys import SigningKey, VerifyingKey
    from zhendao.protocol.suite import Suite


def _protected(suite_id: int, device: bytes, epoch: bytes, seq: int, certificate_id: bytes) -> bytes:
    return cbor.encode([suite_id, device, epoch, seq, certificate_id])


def event_to_be_signed(
    suite: Suite, device: bytes, epoch: bytes, seq: int, certificate_id: bytes, head: bytes
) -> bytes:
    """Return the message that is signed when event ``seq`` is journalled; ``head`` is h[seq]."""
    return to_be_signed("event", _protected(suite.id, device, epoch, seq, certificate_id), head)


def batch_to_be_signed(
    suite: Suite, device: bytes, epoch: bytes, seq: int, certificate_id: bytes, payload: tuple[int, bytes, bytes, bytes]
) -> bytes:
    """Return the message that is signed over a batch which ends with event ``seq``.

    ``payload``: its first event, h before that, h[seq], and H(signatures), as docs/protocol.md section 6 has them.
    """
    return to_be_signed("batch", _protected(suite.id, device, epoch, seq, certificate_id), cbor.encode([*payload]))


def _batch_to_be_signed(batch: Batch, suite: Suite, last_head: bytes) -> bytes:
    signatures = suite.hash(cbor.encode([signature_column(item) for item in batch.items]))
    payload = (batch.first, batch.prev, last_head, signatures)
    return batch_to_be_signed(suite, batch.device, batch.epoch, batch.last, batch.certificate_id, payload)


def heads(batch: Batch) -> tuple[bytes, ...]:
    """Return h[first], …, h[last], computed from ``prev`` and the items; `ProtocolError` for an unknown suite."""
    suite = suite_by_id(batch.suite_id)
    found: list[bytes] = []
    head = batch.prev
    for seq, item in enumerate(batch.items, batch.first):
        own = ledger.leaf(suite, batch.device, batch.epoch, seq, item.sealed, item.commitment)
        head = ledger.link(suite, head, own)
        found.append(head)
    return tuple(found)


def verify_batch(batch: Batch, key: VerifyingKey) -> tuple[bytes, ...]:
    """Prove the whole batch, own signatures' bytes included, by one verification; return its heads.

    Raises `CryptoError` if field 9 is not the signature of ``key``. Companions are proved on their own.
    """
    suite = suite_by_id(batch.suite_id)
    found = heads(batch)
    if len(batch.items) == 1:
        message = event_to_be_signed(suite, batch.device, batch.epoch, batch.last, batch.certificate_id, found[-1])
    else:
        message = _batch_to_be_signed(batch, suite, found[-1])
    if not key.verify(message, batch.signature):
        raise CryptoError("signature", "a batch is not signed by the key that its certificate names")
    return found


def own_signature_holds(batch: Batch, index: int, head: bytes, key: VerifyingKey) -> bool:
    """Tell whether item ``index`` carries a signature of its own by ``key`` over its ``head``."""
    item = batch.items[index]
    signature = batch.signature if len(batch.items) == 1 else item.signature
    if signature is None:
        return False
    message = event_to_be_signed(
        suite_by_id(batch.suite_id),
        batch.device,
        batch.epoch,
        batch.first + index,
        item.certificate_id or batch.certificate_id,
        head,
    )
    return key.verify(message, signature)


def single_batch(
    suite: Suite,
    device: bytes,
    epoch: bytes,
    certificate_id: bytes,
    seq: int,
    prev: bytes,
    item: Item,
    *,
    certificate: bytes | None = None,
) -> Batch:
    """Return a batch of one event from what was journalled; nothing is signed anew.

    The item's own signature moves into field 9; its certificate becomes the batch's. ``certificate`` (DER) is carried
    along for whoever does not hold it.
    """
    if item.signature is None:
        raise CryptoError("signature", "a single event is sent with its own signature")
    return Batch(
        suite_id=suite.id,
        device=device,
        epoch=epoch,
        certificate_id=item.certificate_id or certificate_id,
        first=seq,
        prev=prev,
        items=(Item(item.sealed, item.commitment),),
        signature=item.signature,
        certificate=certificate,
    )


def sign_batch(
    key: SigningKey,
    device: bytes,
    epoch: bytes,
    certificate_id: bytes,
    first: int,
    prev: bytes,
    items: Sequence[Item],
) -> Batch:
    """Return a batch of several events, signed now under ``certificate_id``; ``items`` carry the signatures kept."""
    suite = key.suite
    draft = Batch(suite.id, device, epoch, certificate_id, first, prev, tuple(items), bytes(64))
    signature = key.sign(_batch_to_be_signed(draft, suite, heads(draft)[-1]))
    return Batch(suite.id, device, epoch, certificate_id, first, prev, tuple(items), signature)
