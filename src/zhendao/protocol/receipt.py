"""The receipt code of an event: six digits that can be said aloud (docs/protocol.md section 5).

It follows from the head of the chain at the event, so whoever holds the journal, or the gateway's copy of it, finds the
event again by its code and its day. It is short, hence no proof: a proof is the signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.protocol.suite import Suite

DIGITS = 6
_LABEL = b"zd1/receipt"
_TAKEN = 8


def receipt_code(suite: Suite, head: bytes) -> str:
    """Return the six digits for the event at which the chain has ``head`` (h[seq], 32 bytes)."""
    number = int.from_bytes(suite.hash(_LABEL + head)[:_TAKEN], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"
