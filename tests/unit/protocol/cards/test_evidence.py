from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol import cbor
from zhendao.protocol.cards.challenge import Ground, Scheme
from zhendao.protocol.cards.evidence import Answer, Evidence, Grounded, decode_evidence, encode_evidence, read_proof
from zhendao.protocol.errors import MalformedError, ProtocolError
from zhendao.protocol.suite import SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Role

UID = bytes.fromhex("04a1b2c3d4e580")


def exactly(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


GROUNDED = st.builds(Grounded, st.integers(0, 2**64 - 1), exactly(32), exactly(16), st.none() | exactly(16))
ANSWERS = st.builds(Answer, st.sampled_from(Scheme), st.integers(0, 255), st.binary(min_size=1, max_size=96))
EVIDENCE = st.builds(
    Evidence,
    st.none() | st.binary(min_size=1, max_size=512),
    st.none() | st.binary(min_size=1, max_size=200),
    st.none() | GROUNDED,
    st.none() | ANSWERS,
)


@given(EVIDENCE)
def test_evidence_comes_back(evidence: Evidence) -> None:
    proof = encode_evidence(evidence)
    assert read_proof(proof) == decode_evidence(proof) == evidence
    assert len(proof) <= 1024  # what the field of the event allows


@given(EVIDENCE, st.integers(0))
def test_a_flipped_bit_is_other_evidence_or_none(evidence: Evidence, bit: int) -> None:
    proof = bytearray(encode_evidence(evidence))
    bit %= 8 * len(proof)
    proof[bit // 8] ^= 1 << bit % 8
    try:
        found = read_proof(bytes(proof))
    except ProtocolError:
        return
    assert found != evidence


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"\xa2\x01\x01" + tail))
def test_any_bytes_are_evidence_that_encodes_to_them_or_an_error(data: bytes) -> None:
    try:
        evidence = read_proof(data)
    except MalformedError:
        return
    if data[0] >> 5 == 5:
        assert encode_evidence(evidence) == data
    else:
        assert evidence == Evidence(record=data)


def test_a_signed_record_is_a_proof_as_ever() -> None:
    record = sign_token(SM.new_signing_key(), Role.DOOR, bytes(16), UID, 0, 2**32 - 1)
    assert read_proof(record) == Evidence(record=record)


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {1: 2},
        {1: True},
        {1: 1, 6: 0},
        {1: 1, 2: b""},
        {1: 1, 2: bytes(513)},
        {1: 1, 3: "text"},
        {1: 1, 3: bytes(201)},
        {1: 1, 4: {}},
        {1: 1, 4: {1: 1, 2: bytes(32)}},
        {1: 1, 4: {1: 1, 2: bytes(31), 3: bytes(16)}},
        {1: 1, 4: {1: 1, 2: bytes(32), 3: bytes(16), 4: b""}},
        {1: 1, 4: {1: 1, 2: bytes(32), 3: bytes(16), 5: b""}},
        {1: 1, 5: [1, 1, bytes(16)]},
        {1: 1, 5: {1: 0, 2: 1, 3: bytes(16)}},
        {1: 1, 5: {1: 1, 2: 256, 3: bytes(16)}},
        {1: 1, 5: {1: 1, 2: 1, 3: b""}},
    ],
)
def test_other_maps_are_refused(raw: Any) -> None:
    with pytest.raises(MalformedError):
        decode_evidence(cbor.encode(raw))


def test_what_is_out_of_bounds_cannot_be_written_either() -> None:
    for evidence in (
        Evidence(record=b""),
        Evidence(sun=bytes(201)),
        Evidence(challenge=Grounded(-1, bytes(32), bytes(16))),
        Evidence(challenge=Grounded(0, bytes(32), bytes(16), b"")),
        Evidence(answer=Answer(Scheme.EV2, 3, bytes(97))),
        Evidence(answer=Answer(Scheme.EV2, -1, bytes(80))),
    ):
        with pytest.raises(MalformedError):
            encode_evidence(evidence)


def test_the_ground_takes_device_and_epoch_from_the_event() -> None:
    grounded = Grounded(7, b"\x01" * 32, b"\x02" * 16, None)
    assert grounded.ground(b"\x03" * 16, b"\x04" * 16) == Ground(b"\x03" * 16, b"\x04" * 16, 7, b"\x01" * 32, None)
