"""What a signature is over: one array with a domain, so that a signature made for one purpose fits no other.

docs/protocol.md section 2, "Signing".
"""

from typing import Literal

from zhendao.protocol import cbor

Domain = Literal[
    "event",
    "batch",
    "command",
    "token",
    "request",
    "answer",
    "blocklist",
    "revocation",
    "retirement",
    "statement",
    "correction",
    "tasks",
    "log-head",
    "evidence",
    "access-head",
    "retention",
]


def to_be_signed(domain: Domain, protected: bytes, payload: bytes) -> bytes:
    """Return the bytes to sign: CBOR ``["zd1", domain, protected, payload]``."""
    return cbor.encode(["zd1", domain, protected, payload])
