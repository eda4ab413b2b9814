"""The committed vectors, checked by an implementation that shares no code with ours, and then read by ours.

The first half follows docs/protocol.md with other people's cryptography and a bare CBOR library alone.
"""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest

from samples.peers import PEERS
from zhendao.protocol.ack import open_ack
from zhendao.protocol.batch import decode_batch, encode_batch
from zhendao.protocol.command import open_command, read_resend
from zhendao.protocol.down import MacedAck, SignedCommand, split_down
from zhendao.protocol.event import decode_event, encode_event
from zhendao.protocol.jsonform import event_from_json, event_to_json
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.seal import open_sealed, unwrap_start
from zhendao.protocol.state import open_state, parse_state
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.token import open_token

FOLDER = Path(__file__).parents[2] / "data" / "vectors"
NUMBERS = {"sm": 1, "intl": 2}


def cbor(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)


def bytes_in(value: Any) -> Any:
    if isinstance(value, str) and value and set(value) <= set("0123456789abcdef"):
        return bytes.fromhex(value)
    if isinstance(value, dict):
        return {name: one if name == "json" else bytes_in(one) for name, one in value.items()}
    return [bytes_in(one) for one in value] if isinstance(value, list) else value


class Vectors:
    """The vectors of one suite."""

    def __init__(self, name: str) -> None:
        self.name, self.number, self.peer, self.suite = name, NUMBERS[name], PEERS[name], suite_by_name(name)
        self.at = {path.stem: bytes_in(json.loads(path.read_text())) for path in (FOLDER / name).glob("*.json")}
        self.device, self.epoch = self.at["sealed"]["device"], self.at["sealed"]["epoch"]
        self.certificate = self.at["keys"]["certificate_id"]
        self.heads = [self.at["chain"]["genesis"], *self.at["chain"]["heads"]]

    def signed(self, domain: str, protected: list[Any], payload: bytes) -> bytes:
        return cbor(["zd1", domain, cbor(protected), payload])


@pytest.fixture(params=["sm", "intl"])
def at(request: pytest.FixtureRequest) -> Vectors:
    return Vectors(request.param)


def test_peer_key_ids(at: Vectors) -> None:
    for key in ("terminal", "gateway_wrap", "escrow_wrap", "gateway_sign", "issuer"):
        assert at.peer.hash(at.at["keys"][key]["spki"])[:8] == at.at["keys"][key]["key_id"]


def test_peer_opens_what_was_sealed(at: Vectors) -> None:
    found = at.at["sealed"]
    for seq, event in enumerate(found["events"], 1):
        start, text, *keys = cbor2.loads(event["sealed"])
        assert start == found["start"]
        aad = cbor([1, at.number, at.device, at.epoch, seq, start])
        inner = at.peer.open(found["data_key"], seq.to_bytes(12, "big"), aad, text)
        length = int.from_bytes(inner[16:18], "big")
        assert len(inner) % 64 == 0
        assert inner[18 : 18 + length] == event["plaintext"]
        assert not any(inner[18 + length :])
        assert at.peer.hash(inner[:16] + event["plaintext"]) == event["commitment"]
        assert bool(keys) == (seq == start)


def test_peer_unwraps_the_start_for_gateway_and_escrow(at: Vectors) -> None:
    found, keys = at.at["sealed"], at.at["keys"]
    wraps = dict(map(tuple, cbor2.loads(found["events"][0]["sealed"])[2]))
    wanted = {1: found["data_key"], 2: found["mac_key"], 3: at.device, 4: at.epoch, 5: 1}
    for name in ("gateway_wrap", "escrow_wrap"):
        assert at.peer.unwrap(keys[name]["pkcs8"], wraps[keys[name]["key_id"]]) == cbor(wanted)


def test_peer_walks_the_chain(at: Vectors) -> None:
    head = at.peer.hash(b"\x02" + cbor(["zd1", at.number, at.device, at.epoch]))
    assert head == at.heads[0]
    for seq, event in enumerate(at.at["sealed"]["events"], 1):
        header = cbor([1, at.number, at.device, at.epoch, seq])
        leaf = at.peer.hash(b"\x00" + header + at.peer.hash(event["sealed"]) + event["commitment"])
        head = at.peer.hash(b"\x01" + head + leaf)
        assert head == at.heads[seq]


def test_peer_verifies_events_batch_and_token(at: Vectors) -> None:
    spki = at.at["keys"]["terminal"]["spki"]
    for one in at.at["signature"]["event"]:
        if one["signature"] is not None:
            protected = [at.number, at.device, at.epoch, one["seq"], at.certificate]
            assert at.peer.verify(spki, at.signed("event", protected, at.heads[one["seq"]]), one["signature"])
    batch = cbor2.loads(at.at["batch"]["all"])
    signatures = at.peer.hash(cbor([item[2:] for item in batch[8]]))
    payload = cbor([1, at.heads[0], at.heads[3], signatures])
    message = at.signed("batch", [at.number, at.device, at.epoch, 3, at.certificate], payload)
    assert at.peer.verify(spki, message, batch[9])
    assert not at.peer.verify(spki, message + b"\x00", batch[9])
    token, signature = cbor2.loads(at.at["signature"]["token"]["record"])
    issuer = at.at["keys"]["issuer"]
    assert at.peer.verify(issuer["spki"], at.signed("token", [at.number, issuer["key_id"]], token), signature)


def test_peer_checks_acknowledgement_and_command(at: Vectors) -> None:
    one, payload, mac = cbor2.loads(at.at["acknowledgement"]["message"])
    assert one == 1
    assert at.peer.mac(at.at["sealed"]["mac_key"], b"zd1/ack" + payload) == mac
    two, payload, certificate, signature = cbor2.loads(at.at["command"]["message"])
    assert two == 2
    protected = [at.number, at.device, at.at["command"]["boot_nonce"], 1, certificate]
    message = at.signed("command", protected, payload)
    assert at.peer.verify(at.at["keys"]["gateway_sign"]["spki"], message, signature)


def test_peer_opens_the_state(at: Vectors) -> None:
    state = cbor2.loads(at.at["state"]["message"])
    extracted = at.peer.mac(bytes(32), at.at["sealed"]["data_key"])
    key = at.peer.mac(extracted, b"zd1/state" + b"\x01")[:16]
    aad = cbor([1, at.number, at.device, at.epoch, 1])
    assert at.peer.open(key, state[7], aad, state[8]) == at.at["state"]["content"]


def test_we_read_the_vectors(at: Vectors) -> None:
    keys, suite = at.at["keys"], at.suite
    terminal = suite.verifying_key(keys["terminal"]["spki"])
    for name in ("one", "all", "boot"):
        assert encode_batch(decode_batch(at.at["batch"][name])) == at.at["batch"][name]
    batch = decode_batch(at.at["batch"]["all"])
    assert list(verify_batch(batch, terminal)) == at.heads[1:]
    start = unwrap_start(
        suite.unwrapping_key(keys["gateway_wrap"]["pkcs8"]), batch.items[0].sealed, at.device, at.epoch, 1
    )
    for seq, (item, wanted) in enumerate(zip(batch.items, at.at["sealed"]["events"], strict=True), 1):
        plaintext, commitment = open_sealed(suite, start, seq, item.sealed)
        assert (plaintext, commitment) == (wanted["plaintext"], wanted["commitment"])
        event = decode_event(plaintext)
        assert event_to_json(event) == wanted["json"]
        assert encode_event(event_from_json(wanted["json"])) == plaintext
    ack = split_down(at.at["acknowledgement"]["message"])
    assert isinstance(ack, MacedAck)
    assert open_ack(suite, start.mac_key, ack).held_head == at.heads[3]
    command = split_down(at.at["command"]["message"])
    assert isinstance(command, SignedCommand)
    opened = open_command(suite.verifying_key(keys["gateway_sign"]["spki"]), command)
    assert read_resend(opened.body) == (at.epoch, 2, 3)
    assert open_state(suite, start, parse_state(at.at["state"]["message"])).unacknowledged == 2
    issuer = suite.verifying_key(keys["issuer"]["spki"])
    token = at.at["signature"]["token"]
    assert open_token(suite, token["record"], token["uid"], {issuer.key_id: issuer}).token_id == bytes([0xD0] * 16)
