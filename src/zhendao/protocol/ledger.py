"""Leaves and chain (docs/protocol.md section 5): every event commits to its ciphertext, its plaintext, and all before.

One event can be disclosed and proved without opening another; an erased event leaves the chain whole.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from zhendao.protocol import cbor
from zhendao.protocol.limits import WIRE_VERSION

if TYPE_CHECKING:
    from zhendao.protocol.suite import Suite

_FRONTS = 64
_LEAF, _LINK, _GENESIS = b"\x00", b"\x01", b"\x02"


def genesis(suite: Suite, device: bytes, epoch: bytes) -> bytes:
    """Return h[0], the head of an epoch that has no event yet."""
    return suite.hash(_GENESIS + cbor.encode(["zd1", suite.id, device, epoch]))


def leaf(suite: Suite, device: bytes, epoch: bytes, seq: int, sealed: bytes, commitment: bytes) -> bytes:
    """Return the leaf of event ``seq``."""
    return suite.hash(_leaf_front(suite.id, device, epoch) + cbor.uint(seq) + suite.hash(sealed) + commitment)


def link(suite: Suite, previous: bytes, event_leaf: bytes) -> bytes:
    """Return h[n] from h[n-1] and the leaf of event n."""
    return suite.hash(_LINK + previous + event_leaf)


@lru_cache(_FRONTS)
def _leaf_front(suite_id: int, device: bytes, epoch: bytes) -> bytes:
    """Return what a leaf begins with, up to the seq, the last of an array of five."""
    return _LEAF + cbor.encode([WIRE_VERSION, suite_id, device, epoch, 0])[:-1]
