"""How strong a token is by what was read of it, and the proof that goes into its event. Pure; nothing is verified here.

The terminal holds no card key: it grades what it was shown, and the gateway says what of it is true. Promise: what does
not fit the proof of an event (docs/protocol.md section 9) costs the strength, never the event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.protocol.cards.evidence import encode_evidence, read_proof
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import Strength

if TYPE_CHECKING:
    from zhendao.protocol.bodies import TokenRead
    from zhendao.protocol.cards.evidence import Evidence


def graded(read: TokenRead, evidence: Evidence | None, record: bytes | None, signed: Strength) -> TokenRead:
    """Return ``read`` with its strength and proof.

    ``record``: the signed token, None where it shows none; ``signed``: what the record alone is worth.
    """
    alone = replace(read, strength=signed, proof=record)
    if evidence is None or (evidence.answer is None and evidence.sun is None):
        return alone
    strength = Strength.CHALLENGE if evidence.answer is not None else Strength.DYNAMIC
    try:
        return replace(read, strength=strength, proof=encode_evidence(replace(evidence, record=record)))
    except MalformedError:
        return alone


def record_alone(read: TokenRead) -> TokenRead:
    """Return ``read`` as its record alone proves it: what else it proved was for another event."""
    if read.strength <= Strength.SIGNED or read.proof is None:
        return read
    record = read_proof(read.proof).record
    return replace(read, strength=Strength.UID if record is None else Strength.SIGNED, proof=record)
