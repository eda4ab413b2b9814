"""The committed vectors of cards, checked by an implementation that shares no code with ours, and then read by ours.

The first half follows docs/protocol.md section 9 with other people's cryptography and a bare CBOR library alone.
"""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from Cryptodome.Cipher import AES
from Cryptodome.Hash import CMAC
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

from samples.peers import PEERS
from zhendao.protocol.cards.challenge import Scheme, make_challenge, sm4_answer_holds
from zhendao.protocol.cards.diversify import LIVE_KEY, Masters, card_keys
from zhendao.protocol.cards.evidence import encode_evidence, read_proof
from zhendao.protocol.cards.live import live_answer_holds
from zhendao.protocol.cards.sun import Loop, Sun, Tamper, read_sun
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.token import open_token
from zhendao.protocol.vocabulary import Technology

FOLDER = Path(__file__).parents[3] / "data" / "vectors"
APPLICATIONS = {"ntag424": "d2760000850101", "desfire": "f55a48", "cpu_card": "f05a48454e44414f"}


@pytest.fixture(params=["sm", "intl"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def at(name: str) -> Any:
    return in_bytes(json.loads((FOLDER / name / "evidence.json").read_text()))


def in_bytes(value: Any) -> Any:
    if isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(value, dict):
        return {name: in_bytes(one) for name, one in value.items()}
    return [in_bytes(one) for one in value] if isinstance(value, list) else value


def aes_cmac(key: bytes, message: bytes) -> bytes:
    return CMAC.new(key, message, ciphermod=AES).digest()


def sm4(key: bytes, block: bytes) -> bytes:
    cipher = CryptSM4()
    cipher.set_key(key, SM4_ENCRYPT)
    return bytes(cipher.one_round(cipher.sk, list(block)))


def sm4_cmac(key: bytes, message: bytes) -> bytes:
    """NIST SP 800-38B for a message that is not a whole number of blocks, or one whole block."""

    def double(value: int) -> int:
        return (value << 1 ^ 0x87) & (1 << 128) - 1 if value >> 127 else value << 1

    subkey = double(int.from_bytes(sm4(key, bytes(16)), "big"))
    if len(message) % 16:
        subkey = double(subkey)
        message = message + b"\x80"
        message += bytes(-len(message) % 16)
    state = 0
    for start in range(0, len(message), 16):
        block = int.from_bytes(message[start : start + 16], "big") ^ state
        if start + 16 == len(message):
            block ^= subkey
        state = int.from_bytes(sm4(key, block.to_bytes(16, "big")), "big")
    return state.to_bytes(16, "big")


def test_peer_diversifies_the_same_keys(at: Any) -> None:
    for kind, application in APPLICATIONS.items():
        mac, master = (sm4_cmac, at["masters"]["sm4"]) if kind == "cpu_card" else (aes_cmac, at["masters"]["aes"])
        head = b"\x01" + at["uid"] + bytes.fromhex(application) + b"ZHENDAO1"
        count = 2 if kind == "cpu_card" else 5
        assert at["keys"][kind] == [mac(master, head + bytes((number,))) for number in range(count)]
        assert at["check_values"][kind] == [mac(key, bytes(16))[:3] for key in at["keys"][kind]]


def test_peer_makes_the_same_challenges(at: Any, name: str) -> None:
    ground = at["ground"]
    parts = ["zd1/challenge", ground["device"], ground["epoch"], ground["seq"], ground["head"]]
    mac = PEERS[name].mac
    assert at["challenge_without_beacon"] == mac(at["fresh"], cbor2.dumps(parts))[:16]
    assert at["challenge"] == mac(at["fresh"], cbor2.dumps([*parts, ground["beacon"]]))[:16]


def test_peer_reads_the_file(at: Any) -> None:
    file, written = at["file_as_read"], at["file_as_written"]
    assert len(written) == 236
    assert written[:14] == (len(written) - 2).to_bytes(2, "big") + b"\x94\x09\x57zhendao:s"
    assert written[14:101] == b"1." + b"0" * 32 + b"." + b"0" * 32 + b".--." + b"0" * 16
    assert written[101:113] == b"\x54\x09" + bytes((len(written) - 113,)) + b"zhendao:t"
    assert written[113:] == file[113:236] == at["proofs"]["signed"]
    assert file[49:81] == at["challenge"].hex().upper().encode()
    meta, key = at["keys"]["ntag424"][1:3]
    picc = AES.new(meta, AES.MODE_CBC, iv=bytes(16)).decrypt(bytes.fromhex(file[16:48].decode()))
    counter = at["counter"].to_bytes(3, "little")
    assert picc[:11] == b"\xc7" + at["uid"] + counter
    session = aes_cmac(key, bytes.fromhex("3cc300010080") + at["uid"] + counter)
    assert file[85:101] == aes_cmac(session, file[14:85])[1::2].hex().upper().encode()
    assert file[82:84] == b"CO"


def test_peer_reads_the_settings(at: Any) -> None:
    assert at["settings"].hex() == "40" + "00ee" + "c9" + "ff12" + "100000" + "520000" + "0e0000" + "550000"
    assert at["settings_without_loop"].hex() == "40" + "00ee" + "c1" + "ff12" + "100000" + "0e0000" + "550000"


def test_peer_reads_the_proofs(at: Any) -> None:
    ground = at["ground"]
    grounded = {1: ground["seq"], 2: ground["head"], 3: at["fresh"], 4: ground["beacon"]}
    proofs, key = at["proofs"], at["keys"]["cpu_card"][1]
    head = {1: 1, 2: proofs["signed"]}
    assert cbor2.loads(proofs["dynamic"]) == {**head, 3: at["file_as_read"][14:101], 4: grounded}
    long_answer = sm4(key, at["challenge"])
    assert cbor2.loads(proofs["sm4_16"]) == {**head, 4: grounded, 5: {1: 1, 2: 1, 3: long_answer}}
    block = sm4(key, at["challenge"][:8] + b"\x80" + bytes(7))
    short = bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True))
    assert cbor2.loads(proofs["sm4_8"]) == {**head, 4: grounded, 5: {1: 2, 2: 1, 3: short}}


def test_peer_checks_the_live_answer(at: Any) -> None:
    answer = cbor2.loads(at["proofs"]["ev2"])[5]
    assert (answer[1], answer[2], len(answer[3])) == (3, 3, 48)
    first, last = answer[3][:16], answer[3][16:]
    rnd_a = aes_cmac(at["masters"]["aes"], b"\x02" + at["challenge"] + first + at["uid"])
    opened = AES.new(at["keys"]["ntag424"][3], AES.MODE_CBC, iv=bytes(16)).decrypt(last)
    assert opened[4:20] == rnd_a[1:] + rnd_a[:1]


def test_ours_says_the_same(at: Any, name: str) -> None:
    suite = suite_by_name(name)
    masters = Masters(at["masters"]["version"], at["masters"]["aes"], at["masters"]["sm4"])
    tag, card = (card_keys(masters, kind, at["uid"]) for kind in (Technology.NTAG424, Technology.CPU_CARD))
    issuer = suite.verifying_key(at["issuer"])
    for kind, proof in at["proofs"].items():
        evidence = read_proof(proof)
        assert evidence.record is not None
        open_token(suite, evidence.record, at["uid"], {issuer.key_id: issuer})
        if kind == "signed":
            assert evidence.record == proof
            continue
        assert encode_evidence(evidence) == proof
        assert evidence.challenge is not None
        ground = evidence.challenge.ground(at["ground"]["device"], at["ground"]["epoch"])
        challenge = make_challenge(suite, ground, evidence.challenge.fresh)
        assert challenge == at["challenge"]
        if evidence.sun is not None:
            found = read_sun(tag, evidence.sun, at["uid"])
            assert found == Sun(at["counter"], Tamper(Loop.CLOSED, Loop.OPEN), challenge)
        elif evidence.answer is not None and evidence.answer.scheme is Scheme.EV2:
            assert live_answer_holds(masters, tag[LIVE_KEY], at["uid"], challenge, evidence.answer.answer)
        else:
            assert evidence.answer is not None
            key = card[evidence.answer.key_number]
            assert sm4_answer_holds(evidence.answer.scheme, key, challenge, evidence.answer.answer)
