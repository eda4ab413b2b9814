"""The blocklist's committed vectors: checked from docs/protocol.md section 14 alone, then read by ours."""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest

from samples.peers import PEERS
from zhendao.protocol.blocklist import open_file, read_part
from zhendao.protocol.command import open_command
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.suite import suite_by_name

FOLDER = Path(__file__).parents[2] / "data" / "vectors"
NUMBERS = {"sm": 1, "intl": 2}


def cbor(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)


class Vector:
    """The vector of one suite."""

    def __init__(self, name: str) -> None:
        self.number, self.peer, self.suite = NUMBERS[name], PEERS[name], suite_by_name(name)
        self.at = json.loads((FOLDER / name / "blocklist.json").read_text())
        self.spki = bytes.fromhex(self.at["gateway"]["spki"])

    def opened(self, which: str) -> tuple[dict[int, Any], bytes]:
        """Return the payload of a file's manifest and its numbers, after the signature was checked by the peer."""
        data = bytes.fromhex(self.at[which]["file"])
        end = 2 + int.from_bytes(data[:2], "big")
        payload, certificate, signature = cbor2.loads(data[2:end])
        message = cbor(["zd1", "blocklist", cbor([self.number, certificate]), payload])
        assert certificate.hex() == self.at["certificate_id"]
        assert self.peer.verify(self.spki, message, signature)
        return cbor2.loads(payload), data[end:]


@pytest.fixture(params=["sm", "intl"])
def at(request: pytest.FixtureRequest) -> Vector:
    return Vector(request.param)


def split(packed: bytes, ids: int) -> list[bytes]:
    rows = [packed[n : n + 16] for n in range(0, len(packed), 16)]
    return [*rows[:ids], *(row[1 : 1 + row[0]] for row in rows[ids:])]


@pytest.mark.parametrize("which", ["first", "second"])
def test_peer_verifies_and_reads_a_file(at: Vector, which: str) -> None:
    payload, packed = at.opened(which)
    assert (payload[1], payload[2], payload[3], payload[4]) == (1, at.number, "xuhui", at.at[which]["version"])
    assert (payload[6] + payload[7]) * 16 == len(packed)
    assert at.peer.hash(packed) == payload[8]
    found = split(packed, payload[6])
    assert [one.hex() for one in found] == at.at[which]["numbers"]
    assert packed == b"".join(sorted(packed[n : n + 16] for n in range(0, payload[6] * 16, 16))) + b"".join(
        sorted(packed[n : n + 16] for n in range(payload[6] * 16, len(packed), 16))
    )


def test_peer_applies_the_change(at: Vector) -> None:
    (before, packed), (after, wanted) = at.opened("first"), at.opened("second")
    sections = [set(split(packed, before[6])[: before[6]]), set(split(packed, before[6])[before[6] :])]
    change = bytes.fromhex(at.at["change"])
    for n in range(0, len(change), 17):
        what, entry = change[n], change[n + 1 : n + 17]
        number = entry[1 : 1 + entry[0]] if what & 2 else entry
        (sections[what >> 1].remove if what & 1 else sections[what >> 1].add)(number)
    assert sections[0] | sections[1] == set(split(wanted, after[6]))


def test_peer_verifies_the_commands(at: Vector) -> None:
    bodies = []
    for number, message in enumerate(at.at["commands"], 1):
        two, payload, certificate, signature = cbor2.loads(bytes.fromhex(message))
        assert two == 2
        protected = [at.number, bytes.fromhex(at.at["device"]), bytes.fromhex(at.at["boot_nonce"]), number, certificate]
        assert at.peer.verify(at.spki, cbor(["zd1", "command", cbor(protected), payload]), signature)
        order = cbor2.loads(payload)
        assert order[6] == 2
        bodies.append(order[7])
    whole, changed = bodies
    assert (whole[2], whole[3], 5 in whole) == (0, 1, False)
    assert whole[4] == at.opened("first")[1]
    assert (changed[4].hex(), changed[5]) == (at.at["change"], at.at["first"]["version"])


def test_we_read_the_vectors(at: Vector) -> None:
    key = at.suite.verifying_key(at.spki)
    first, second = (
        open_file(at.suite, key, at.at["tenant"], bytes.fromhex(at.at[which]["file"])) for which in ("first", "second")
    )
    assert [one.hex() for one in first.numbers] == at.at["first"]["numbers"]
    assert first.numbers.changed_by(bytes.fromhex(at.at["change"])) == second.numbers
    for message, of in zip(at.at["commands"], (first, second), strict=True):
        found = split_down(bytes.fromhex(message))
        assert isinstance(found, SignedCommand)
        assert read_part(open_command(key, found).body).signed == of.signed
