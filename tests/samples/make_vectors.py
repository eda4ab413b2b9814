"""Make the vectors of the wire anew: ``PYTHONPATH=src:tests python -m samples.make_vectors tests/data/vectors``.

Signatures and wraps are randomised, so each run gives other bytes; what was committed stays as it is until the
wire changes. ``tests/unit/protocol/test_vectors.py`` checks them with an implementation that shares no code.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from samples.line import Line
from zhendao.protocol import cbor
from zhendao.protocol.ack import Ack, Range, RangeState, Refusal, RefusalState, encode_ack
from zhendao.protocol.batch import encode_batch
from zhendao.protocol.bodies import Check, Fix, TokenRead
from zhendao.protocol.command import RESEND, Command, resend_body, sign_command
from zhendao.protocol.event import encode_event
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.seal import parse_sealed
from zhendao.protocol.state import State, seal_state
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import (
    CheckFlag,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Mounting,
    Placement,
    Role,
    Strength,
    Technology,
)

BEACON = bytes.fromhex("be" * 16)
BEACON_MS = 1_790_000_030_000


def check(issuer: Any) -> Check:
    """Return a check-in at a home in Xuhui, by a signed door tag and a card of which only the uid was read."""
    uid = bytes.fromhex("04a1b2c3d4e580")
    proof = sign_token(issuer, Role.DOOR, bytes.fromhex("d0" * 16), uid, 1_780_000_000, 1_880_000_000)
    door = TokenRead(
        Role.DOOR,
        Strength.SIGNED,
        uid,
        token_id=bytes.fromhex("d0" * 16),
        proof=proof,
        rtts_us=(21_400, 20_900),
        mono_ns=61_000_000_000,
        technology=Technology.NTAG21X,
    )
    card = TokenRead(
        Role.UNKNOWN,
        Strength.UID,
        bytes.fromhex("8a0f3c11"),
        rtts_us=(),
        mono_ns=63_500_000_000,
        technology=Technology.ISO14443A,
    )
    fix = Fix(
        311_886_000,
        1_214_365_000,
        Datum.WGS84,
        182,
        900,
        12,
        14,
        94,
        cn0_deci=382,
        constellations=Constellation.GPS | Constellation.BEIDOU,
        signs=FixSign(0),
        gnss_ms=1_790_000_063_000,
    )
    return Check(
        door=door,
        caregiver=card,
        fix=fix,
        direction=Direction.IN,
        placement=Placement.HOME,
        mounting=Mounting.CRADLE,
        flags=CheckFlag(0),
    )


def vectors(suite: Any) -> dict[str, dict[str, Any]]:
    """Return one JSON object for each step of the wire."""
    gateway, escrow = suite.new_unwrapping_key(), suite.new_unwrapping_key()
    commander, issuer = suite.new_signing_key(), suite.new_signing_key()
    line = Line(suite, [suite.wrapping_key(gateway.spki), suite.wrapping_key(escrow.spki)], certificate_id=b"\xce" * 32)
    line.add(check(issuer), mono_ns=63_600_000_000)
    line.add(replace(check(issuer), fix=None), mono_ns=90_000_000_000, sign=False)
    start = line.starts[0]
    boot = encode_batch(line.batch(1, 1))
    ack = Ack(
        device=line.device,
        epoch=line.epoch,
        key=(line.epoch, 1),
        ranges=(Range(1, 3, RangeState.COMMITTED, line.heads[3]),),
        held_seq=3,
        held_head=line.heads[3],
        refusals=(Refusal(suite.hash(b"refused"), RefusalState.SPLIT, "signature"),),
        beacon=BEACON,
        beacon_ms=BEACON_MS,
    )
    command = Command(suite.id, line.device, line.boot_nonce, 1, RESEND, resend_body(line.epoch, 2, 3), BEACON_MS)
    state = State(online=True, seq=3, head=line.heads[3], wall_ms=BEACON_MS, unacknowledged=2)
    return {
        "keys": {
            "terminal": {"pkcs8": line.key.pkcs8(), "spki": line.key.spki, "key_id": line.key.key_id},
            "gateway_wrap": {"pkcs8": gateway.pkcs8(), "spki": gateway.spki, "key_id": gateway.key_id},
            "escrow_wrap": {"pkcs8": escrow.pkcs8(), "spki": escrow.spki, "key_id": escrow.key_id},
            "gateway_sign": {"pkcs8": commander.pkcs8(), "spki": commander.spki, "key_id": commander.key_id},
            "issuer": {"pkcs8": issuer.pkcs8(), "spki": issuer.spki, "key_id": issuer.key_id},
            "certificate_id": line.certificate_id,
        },
        "sealed": {
            "device": line.device,
            "epoch": line.epoch,
            "start": 1,
            "data_key": start.data_key,
            "mac_key": start.mac_key,
            "events": [
                {
                    "json": event_to_json(event),
                    "plaintext": encode_event(event),
                    "sealed": item.sealed,
                    "commitment": item.commitment,
                    "wraps": [list(pair) for pair in parse_sealed(item.sealed, event.seq).wraps],
                }
                for event, item in zip(line.events, line.items, strict=True)
            ],
        },
        "chain": {"genesis": line.heads[0], "heads": line.heads[1:]},
        "signature": {
            "event": [{"seq": n + 1, "signature": item.signature} for n, item in enumerate(line.items)],
            "token": {"record": check(issuer).door.proof, "uid": bytes.fromhex("04a1b2c3d4e580")},
        },
        "batch": {"one": encode_batch(line.batch(2, 2)), "all": encode_batch(line.batch(1, 3)), "boot": boot},
        "acknowledgement": {
            "message": encode_ack(suite, start.mac_key, ack),
            "beacon": BEACON,
            "digest": suite.hash(b"refused"),
        },
        "command": {"message": sign_command(commander, b"\xca" * 32, command), "boot_nonce": line.boot_nonce},
        "state": {
            "message": seal_state(suite, start, line.certificate_id, bytes(range(12)), boot, state),
            "content": cbor.encode({1: True, 2: 3, 3: line.heads[3], 4: BEACON_MS, 5: 2}),
        },
    }


def plain(value: Any) -> Any:
    """Return ``value`` with byte strings as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def main(folder: Path) -> None:
    """Write a file for each suite and step."""
    for suite in (SM, INTL):
        (folder / suite.name).mkdir(parents=True, exist_ok=True)
        for step, content in vectors(suite).items():
            text = json.dumps(plain(content), indent=1)
            (folder / suite.name / f"{step}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
