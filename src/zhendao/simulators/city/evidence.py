"""What cards and door tags answered, so that a gateway that holds their keys can prove it (docs/protocol.md section 9).

Promise: the evidence of a reading is worth what `events.jsonl` says that it is: its counter, and whether it covers a
challenge of that very reading. A chip with a copied number has none.
"""

from __future__ import annotations

from dataclasses import replace
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.bodies import Check, Tap, Undo
from zhendao.protocol.cards.challenge import Scheme, make_challenge, sm4_answer
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, CardKeys, Masters, card_keys
from zhendao.protocol.cards.evidence import Answer, Evidence, Grounded, encode_evidence
from zhendao.protocol.cards.sdm import PADDING_BYTES, PiccData, mirror
from zhendao.protocol.cards.sun import NONCE_AT, SUN_AT, SUN_END, ndef_file, nonce_text, sun_settings
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Strength

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.protocol.event import Event
    from zhendao.protocol.parts import TokenRead
    from zhendao.protocol.suite import Suite

_KEY_BYTES: Final = 16
_FRESH_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Cards:
    """All tokens of a city, as whoever holds their master keys wrote them."""

    def __init__(self) -> None:
        """Draw the master keys."""
        self._masters = Masters(1, token_bytes(_KEY_BYTES), token_bytes(_KEY_BYTES))
        self._known: dict[bytes, CardKeys] = {}
        self._file = ndef_file(b"")

    def write(self, folder: Path) -> None:
        """Write the store key and the master keys that rest under it, as a gateway reads them."""
        secret, nonce = token_bytes(_SECRET_BYTES), token_bytes(_NONCE_BYTES)
        rows = cbor.encode([1, [[1, self._masters.aes, self._masters.sm4, 0]]])
        sealed = nonce + SM.seal(SM.derive(secret, "zhendao/store/seal", _KEY_BYTES), nonce, b"card-masters", rows)
        for name, content in (("store.key", secret), ("card-masters.sealed", sealed)):
            (folder / name).touch(0o600)
            (folder / name).write_bytes(content)

    def answered(self, event: Event, proofs: dict[str, Any], head: bytes, suite: Suite) -> Event:
        """Return ``event`` with what its tokens answered; ``proofs`` is what that comes to, ``head`` h[seq - 1]."""
        body = event.body
        if isinstance(body, Check):
            door = self._read(body.door, proofs.get("door"), event, head, suite)
            card = self._read(body.caregiver, proofs.get("caregiver"), event, head, suite)
            return replace(event, body=replace(body, door=door, caregiver=card))
        if isinstance(body, Tap):
            return replace(event, body=replace(body, token=self._read(body.token, proofs.get("caregiver"), event,
                                                                      head, suite)))  # fmt: skip
        if isinstance(body, Undo):
            card = self._read(body.caregiver, proofs.get("caregiver"), event, head, suite)
            return replace(event, body=replace(body, caregiver=card))
        return event

    def _read(
        self, read: TokenRead | None, told: dict[str, Any] | None, event: Event, head: bytes, suite: Suite
    ) -> Any:
        if read is None or told is None or read.strength < Strength.DYNAMIC:
            return read
        grounded = challenge = None
        if told["fresh"]:
            grounded = Grounded(event.seq - 1, head, token_bytes(_FRESH_BYTES))
            challenge = make_challenge(suite, grounded.ground(event.device, event.epoch), grounded.fresh)
        keys = self._keys(read)
        if read.strength is Strength.DYNAMIC:
            evidence = Evidence(sun=self._sun(keys, told["counter"], challenge), challenge=grounded)
        else:
            if challenge is None:
                raise ValueError("a card that answers was asked")
            answer = Answer(Scheme.SM4_16, CPU_ANSWER_KEY, sm4_answer(keys[CPU_ANSWER_KEY], challenge))
            evidence = Evidence(challenge=grounded, answer=answer)
        return replace(read, proof=encode_evidence(evidence))

    def _keys(self, read: TokenRead) -> CardKeys:
        found = self._known.get(read.uid)
        if found is None:
            found = self._known[read.uid] = card_keys(self._masters, read.technology, read.uid)
        return found

    def _sun(self, keys: CardKeys, counter: int, challenge: bytes | None) -> bytes:
        """Return the text that the tag shows; without a challenge its window is empty."""
        file = bytearray(self._file)
        if challenge is not None:
            file[NONCE_AT : NONCE_AT + 2 * len(challenge)] = nonce_text(challenge)
        settings = sun_settings(tamper=False)
        if settings.sdm is None:
            raise ValueError("a dynamic tag mirrors")
        shown = mirror(bytes(file), settings.sdm, keys.keys, PiccData(keys.uid, counter), token_bytes(PADDING_BYTES))
        return shown[SUN_AT:SUN_END]
