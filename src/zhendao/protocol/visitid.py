"""What a visit is called: it follows from the check that begins it, so whoever holds that check can name the visit."""

from __future__ import annotations

from typing import Final

from zhendao.protocol.suite import SM

VISIT_ID_BYTES: Final = 16


def visit_id(device: bytes, epoch: bytes, seq: int, h: bytes) -> bytes:
    """Return the id of the visit that the check (device, epoch, seq, h) begins: 16 bytes, of SM3 in either suite."""
    return SM.hash(device + epoch + seq.to_bytes(8, "big") + h)[:VISIT_ID_BYTES]
