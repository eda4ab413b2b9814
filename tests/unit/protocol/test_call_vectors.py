"""The committed vectors of calls: checked from docs/protocol.md alone, then read by ours."""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest

from samples.peers import PEERS
from zhendao.protocol.answer import read_answer
from zhendao.protocol.command import open_command
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.event import decode_event, encode_event
from zhendao.protocol.jsonform import event_from_json, event_to_json
from zhendao.protocol.plan import read_plan
from zhendao.protocol.receipt import receipt_code
from zhendao.protocol.suite import suite_by_name

FOLDER = Path(__file__).parents[2] / "data" / "vectors"
NUMBERS = {"sm": 1, "intl": 2}
EPOCH = bytes.fromhex("e0" * 16)
BODIES = [
    (8, 2, {1: 1, 3: False}),
    (8, 2, {1: 1, 3: False, 4: 1, 5: 5120}),
    (16, 1, {1: 1, 3: 7, 5: True}),
    (17, 1, {1: EPOCH, 2: 1, 3: 2, 4: 5}),
    (6, 2, {1: 60, 2: 2, 3: 7, 5: True}),
    (10, 2, {1: "mattress", 2: 2, 3: 0, 4: 12, 5: 1}),
    (10, 2, {1: "kitchen", 2: 6, 3: 1, 4: 0, 5: 0}),
]


class Vector:
    """The vector of one suite."""

    def __init__(self, name: str) -> None:
        self.number, self.peer, self.suite = NUMBERS[name], PEERS[name], suite_by_name(name)
        self.at = json.loads((FOLDER / name / "calls.json").read_text())
        self.spki = bytes.fromhex(self.at["gateway"]["spki"])


@pytest.fixture(params=["sm", "intl"])
def at(request: pytest.FixtureRequest) -> Vector:
    return Vector(request.param)


def test_peer_reads_the_bodies(at: Vector) -> None:
    found = [cbor2.loads(bytes.fromhex(one["plaintext"])) for one in at.at["events"]]
    assert [(one[9], one[10], one[11]) for one in found] == BODIES


def test_peer_verifies_and_reads_the_commands(at: Vector) -> None:
    bodies: list[Any] = []
    for number, message in enumerate(at.at["commands"], 1):
        _, payload, certificate, signature = cbor2.loads(bytes.fromhex(message))
        protected = [at.number, bytes.fromhex(at.at["device"]), bytes.fromhex(at.at["boot_nonce"]), number, certificate]
        signed = cbor2.dumps(["zd1", "command", cbor2.dumps(protected, canonical=True), payload], canonical=True)
        assert at.peer.verify(at.spki, signed, signature)
        bodies.append((cbor2.loads(payload)[6], cbor2.loads(payload)[7]))
    assert [kind for kind, _ in bodies] == [3, 3, 4, 4]
    assert [body for _, body in bodies[:2]] == [
        {1: EPOCH, 2: 1, 3: 1},
        {1: EPOCH, 2: 1, 3: 2, 4: "值班室 王", 5: 12},
    ]
    for (_, body), (begin, end, visits) in zip(bodies[2:], at.at["plans"], strict=True):
        assert body == {1: begin, 2: end, 3: [[bytes.fromhex(card), *times] for card, *times in visits]}


def test_peer_says_the_receipt_code(at: Vector) -> None:
    digest = at.peer.hash(b"zd1/receipt" + bytes.fromhex(at.at["receipt"]["head"]))
    assert f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}" == at.at["receipt"]["code"]


def test_we_read_the_vectors(at: Vector) -> None:
    for one in at.at["events"]:
        event = decode_event(bytes.fromhex(one["plaintext"]))
        assert event_to_json(event) == one["json"]
        assert encode_event(event_from_json(one["json"])).hex() == one["plaintext"]
    key = at.suite.verifying_key(at.spki)
    opened = []
    for message in at.at["commands"]:
        found = split_down(bytes.fromhex(message))
        assert isinstance(found, SignedCommand)
        opened.append(open_command(key, found).body)
    answers = [read_answer(body) for body in opened[:2]]
    assert [(one.who, one.minutes, int(one.state)) for one in answers] == [
        (one["who"], one["minutes"], one["state"]) for one in at.at["answers"]
    ]
    assert [len(read_plan(body).visits) for body in opened[2:]] == [1, 0]
    assert receipt_code(at.suite, bytes.fromhex(at.at["receipt"]["head"])) == at.at["receipt"]["code"]
