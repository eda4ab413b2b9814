"""The batch: what a terminal uploads (docs/protocol.md section 6). This module is its form; `proof` is its truth.

`decode_batch` takes any bytes and gives a `Batch` or raises `MalformedError`; nothing in it is true until
`proof.verify_batch` said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import UINT, Bytes, Int, check_version, exactly
from zhendao.protocol.limits import (
    HASH_BYTES,
    ID_BYTES,
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_CERTIFICATE_BYTES,
    MAX_COMPANION_BYTES,
    MAX_COMPANIONS,
    SIGNATURE_BYTES,
    WIRE_VERSION,
)
from zhendao.protocol.seal import MAX_SEALED_BYTES

_ID = exactly(ID_BYTES)
_HASH = exactly(HASH_BYTES)
_SIGNATURE = exactly(SIGNATURE_BYTES)
_SEALED = Bytes(1, MAX_SEALED_BYTES)
_FIRST = Int(1, UINT.high - MAX_BATCH_EVENTS)
_REQUIRED = frozenset(range(1, 10))
_COMPANIONS, _CERTIFICATE = 10, 11
_ITEM, _ITEM_WITH_CERTIFICATE = 3, 4


@dataclass(frozen=True, slots=True)
class Item:
    """One sealed event in a batch. ``certificate_id`` only where its own signature is under another certificate."""

    sealed: bytes
    commitment: bytes
    signature: bytes | None = None
    certificate_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events ``first``, ``first + 1``, … of one epoch, with what is needed to prove and open them."""

    suite_id: int
    device: bytes
    epoch: bytes
    certificate_id: bytes
    first: int
    prev: bytes
    items: tuple[Item, ...]
    signature: bytes
    companions: tuple[bytes, ...] = ()
    certificate: bytes | None = None

    @property
    def last(self) -> int:
        """Return the seq of the last event."""
        return self.first + len(self.items) - 1


def _item_to_raw(item: Item) -> list[Any]:
    raw: list[Any] = [_SEALED.to_raw(item.sealed), _HASH.to_raw(item.commitment), *signature_column(item)]
    return raw


def signature_column(item: Item) -> list[Any]:
    """Return an item's elements from the third on: what a batch's signature covers beside the chain."""
    if item.signature is None:
        if item.certificate_id is not None:
            raise MalformedError("item", "a certificate without a signature")
        return [None]
    signature = _SIGNATURE.to_raw(item.signature)
    return [signature] if item.certificate_id is None else [signature, _HASH.to_raw(item.certificate_id)]


def _item_from_raw(raw: Any) -> Item:
    if not (isinstance(raw, list) and len(raw) in {_ITEM, _ITEM_WITH_CERTIFICATE}):
        raise MalformedError("item", "an item is [sealed, commitment, signature] or one more")
    signature = None if raw[2] is None else _SIGNATURE.from_raw(raw[2])
    certificate_id = _HASH.from_raw(raw[3]) if len(raw) == _ITEM_WITH_CERTIFICATE else None
    item = Item(_SEALED.from_raw(raw[0]), _HASH.from_raw(raw[1]), signature, certificate_id)
    signature_column(item)
    return item


def encode_batch(batch: Batch) -> bytes:
    """Return the bytes of a batch; raises `MalformedError` if it breaks a bound."""
    _check(batch)
    raw: dict[int, Any] = {
        1: WIRE_VERSION,
        2: UINT.to_raw(batch.suite_id),
        3: _ID.to_raw(batch.device),
        4: _ID.to_raw(batch.epoch),
        5: _HASH.to_raw(batch.certificate_id),
        6: _FIRST.to_raw(batch.first),
        7: _HASH.to_raw(batch.prev),
        8: [_item_to_raw(item) for item in batch.items],
        9: _SIGNATURE.to_raw(batch.signature),
    }
    if batch.companions:
        raw[_COMPANIONS] = list(batch.companions)
    if batch.certificate is not None:
        raw[_CERTIFICATE] = batch.certificate
    encoded = cbor.encode(raw)
    if len(encoded) > MAX_BATCH_BYTES:
        raise MalformedError("length", f"a batch of {len(encoded)} bytes is longer than {MAX_BATCH_BYTES}")
    return encoded


def decode_batch(data: bytes) -> Batch:
    """Return the batch that ``data`` holds; raises `MalformedError` for everything else."""
    raw = cbor.decode(data, MAX_BATCH_BYTES)
    if not isinstance(raw, dict) or raw.keys() - {_COMPANIONS, _CERTIFICATE} != _REQUIRED:
        raise MalformedError("key", "a batch has keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    items, companions, certificate = raw[8], raw.get(_COMPANIONS), raw.get(_CERTIFICATE)
    if not isinstance(items, list) or not 0 < len(items) <= MAX_BATCH_EVENTS:
        raise MalformedError("length", f"a batch has 1…{MAX_BATCH_EVENTS} events")
    if _COMPANIONS in raw and not (isinstance(companions, list) and companions):
        raise MalformedError("companions", "companions are a list that is not empty")
    batch = Batch(
        suite_id=UINT.from_raw(raw[2]),
        device=_ID.from_raw(raw[3]),
        epoch=_ID.from_raw(raw[4]),
        certificate_id=_HASH.from_raw(raw[5]),
        first=_FIRST.from_raw(raw[6]),
        prev=_HASH.from_raw(raw[7]),
        items=tuple(_item_from_raw(item) for item in items),
        signature=_SIGNATURE.from_raw(raw[9]),
        companions=tuple(Bytes(1, MAX_COMPANION_BYTES).from_raw(one) for one in companions or ()),
        certificate=Bytes(1, MAX_CERTIFICATE_BYTES).from_raw(certificate) if _CERTIFICATE in raw else None,
    )
    _check(batch)
    return batch


def decode_companion(data: bytes, of: Batch) -> Batch:
    """Return the companion that ``data`` holds: one event, same terminal and suite, nothing carried of its own."""
    companion = decode_batch(data)
    if companion.companions or companion.certificate is not None or len(companion.items) != 1:
        raise MalformedError("companions", "a companion is one event and carries nothing of its own")
    if (companion.device, companion.suite_id) != (of.device, of.suite_id):
        raise MalformedError("companions", "a companion of another terminal or suite")
    return companion


def _check(batch: Batch) -> None:
    if not 0 < len(batch.items) <= MAX_BATCH_EVENTS:
        raise MalformedError("length", f"a batch has 1…{MAX_BATCH_EVENTS} events")
    if len(batch.companions) > MAX_COMPANIONS:
        raise MalformedError("companions", f"a batch has at most {MAX_COMPANIONS} companions")
    if len(batch.items) == 1 and signature_column(batch.items[0]) != [None]:
        raise MalformedError("item", "the signature of a single event stands in field 9")
