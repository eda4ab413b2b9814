"""Make the vectors of cards anew: ``PYTHONPATH=src:tests python -m samples.make_card_vectors tests/data/vectors``.

The issuer's key and its signature are random, so each run gives other bytes; all else follows from fixed numbers.
``tests/unit/protocol/cards/test_card_vectors.py`` checks them with an implementation that shares no code.
"""

import json
import sys
from pathlib import Path
from typing import Any

from samples.make_vectors import plain
from zhendao.protocol.cards.challenge import Ground, Scheme, challenge_of, make_challenge, sm4_answer
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, LIVE_KEY, Masters, card_keys
from zhendao.protocol.cards.ev2 import PiccAuthentication
from zhendao.protocol.cards.evidence import Answer, Evidence, Grounded, encode_evidence
from zhendao.protocol.cards.file_settings import encode_settings
from zhendao.protocol.cards.live import live_answer, live_token
from zhendao.protocol.cards.sdm import PiccData, mirror
from zhendao.protocol.cards.sun import FILE_BYTES, NONCE_AT, SUN_AT, SUN_END, ndef_file, nonce_text, sun_settings
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Role, Technology

UID = bytes.fromhex("04a1b2c3d4e580")
MASTERS = Masters(3, bytes(range(16)), bytes(range(16, 32)))
DEVICE, EPOCH, HEAD, FRESH, BEACON = (bytes.fromhex(one * 16) for one in ("de", "e0", "4e4e", "f5", "be"))
SEQ, COUNTER = 41, 300
WITH_KEYS = (Technology.NTAG424, Technology.DESFIRE, Technology.CPU_CARD)


def vectors(suite: Any) -> dict[str, Any]:
    """Return keys, challenges, answers and the evidence that carries them."""
    keys = {kind: card_keys(MASTERS, kind, UID) for kind in WITH_KEYS}
    issuer = suite.new_signing_key()
    record = sign_token(issuer, Role.DOOR, bytes.fromhex("d0" * 16), UID, 1_780_000_000, 1_880_000_000)
    challenge = make_challenge(suite, Ground(DEVICE, EPOCH, SEQ, HEAD, BEACON), FRESH)
    file = bytearray(ndef_file(record).ljust(FILE_BYTES, b"\x00"))
    file[NONCE_AT : NONCE_AT + 32] = nonce_text(challenge)
    settings = sun_settings(tamper=True)
    assert settings.sdm is not None
    shown = mirror(
        bytes(file), settings.sdm, keys[Technology.NTAG424].keys, PiccData(UID, COUNTER), b"\x01\x02\x03\x04\x05", b"CO"
    )
    answer_key = keys[Technology.CPU_CARD][CPU_ANSWER_KEY]
    grounded = Grounded(SEQ, HEAD, FRESH, BEACON)
    answers = {
        scheme: Answer(scheme, CPU_ANSWER_KEY, sm4_answer(answer_key, challenge_of(scheme, challenge)))
        for scheme in (Scheme.SM4_16, Scheme.SM4_8)
    }
    answers[Scheme.EV2] = Answer(Scheme.EV2, LIVE_KEY, live(keys[Technology.NTAG424][LIVE_KEY], challenge))
    return {
        "issuer": issuer.spki,
        "uid": UID,
        "masters": {"version": MASTERS.version, "aes": MASTERS.aes, "sm4": MASTERS.sm4},
        "keys": {kind.name.lower(): list(found.keys.values()) for kind, found in keys.items()},
        "check_values": {
            kind.name.lower(): [found.check_value(number) for number in found.keys] for kind, found in keys.items()
        },
        "ground": {"device": DEVICE, "epoch": EPOCH, "seq": SEQ, "head": HEAD, "beacon": BEACON},
        "fresh": FRESH,
        "challenge": challenge,
        "challenge_without_beacon": make_challenge(suite, Ground(DEVICE, EPOCH, SEQ, HEAD), FRESH),
        "settings": encode_settings(settings),
        "settings_without_loop": encode_settings(sun_settings(tamper=False)),
        "file_as_written": ndef_file(record),
        "file_as_read": shown,
        "counter": COUNTER,
        "proofs": {
            "signed": record,
            "dynamic": encode_evidence(Evidence(record, shown[SUN_AT:SUN_END], grounded)),
            **{
                scheme.name.lower(): encode_evidence(Evidence(record, None, grounded, answer))
                for scheme, answer in answers.items()
            },
        },
    }


def live(key: bytes, challenge: bytes) -> bytes:
    """Return the answer of a card that was authenticated through the gateway."""
    card = PiccAuthentication(key, LIVE_KEY, b"\x0b" * 16, b"TITI")
    first = card.challenge()
    last, _ = card.answer(live_token(MASTERS, key, UID, challenge, first[:16]))
    return live_answer(first, last)


def main(folder: Path) -> None:
    """Write one file for each suite."""
    for suite in (SM, INTL):
        text = json.dumps(plain(vectors(suite)), indent=1)
        (folder / suite.name / "evidence.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
