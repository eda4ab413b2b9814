from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.ack import Ack, Range, RangeState, Refusal, RefusalState, encode_ack, open_ack
from zhendao.protocol.command import RESEND, Command, open_command, read_resend, resend_body, sign_command
from zhendao.protocol.down import MacedAck, SignedCommand, split_down
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.seal import StartKeys
from zhendao.protocol.state import State, open_state, parse_state, seal_state
from zhendao.protocol.suite import INTL, SM

SUITES = pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
ID = bytes(range(16))
HEAD = bytes(range(32))
ACK = Ack(
    device=ID,
    epoch=ID,
    key=(ID, 7),
    ranges=(Range(1, 5, RangeState.COMMITTED, HEAD), Range(6, 6, RangeState.FORK, HEAD)),
    held_seq=6,
    held_head=HEAD,
    refusals=(Refusal(HEAD, RefusalState.SPLIT, "signature"),),
    beacon=ID,
    beacon_ms=1_790_000_000_000,
)
KEYS = StartKeys(b"\x01" * 16, b"\x02" * 32, ID, ID, 7)
STATE = State(online=True, seq=9, head=HEAD, wall_ms=-5, unacknowledged=3)


@SUITES
def test_an_acknowledgement_comes_back_under_its_key_and_under_no_other(suite: Any) -> None:
    found = split_down(encode_ack(suite, b"k" * 32, ACK))
    assert isinstance(found, MacedAck)
    assert open_ack(suite, b"k" * 32, found) == ACK
    with pytest.raises(CryptoError):
        open_ack(suite, b"j" * 32, found)
    with pytest.raises(CryptoError):
        open_ack(suite, b"k" * 32, replace(found, payload=found.payload[:-1] + b"\x01"))


@SUITES
def test_a_command_is_the_gateways_or_nothing(suite: Any) -> None:
    key = suite.new_signing_key()
    command = Command(suite.id, ID, ID, 4, RESEND, resend_body(ID, 811, 813), 1_790_000_000_000, 1_790_000_060_000)
    found = split_down(sign_command(key, HEAD, command))
    assert isinstance(found, SignedCommand)
    opened = open_command(suite.verifying_key(key.spki), found)
    assert opened == command
    assert read_resend(opened.body) == (ID, 811, 813)
    with pytest.raises(CryptoError):
        open_command(suite.verifying_key(suite.new_signing_key().spki), found)
    with pytest.raises(CryptoError):
        open_command(suite.verifying_key(key.spki), replace(found, certificate_id=bytes(32)))


@SUITES
def test_a_state_opens_with_the_keys_of_its_start_only(suite: Any) -> None:
    message = seal_state(suite, KEYS, HEAD, bytes(12), b"boot", STATE)
    sealed = parse_state(message)
    assert open_state(suite, KEYS, sealed) == STATE
    for other in (replace(KEYS, data_key=bytes(16)), replace(KEYS, start=8), replace(KEYS, epoch=bytes(16))):
        with pytest.raises(CryptoError):
            open_state(suite, other, sealed)


@given(st.binary(max_size=200))
def test_any_bytes_to_the_terminal_are_a_message_or_a_protocol_error(data: bytes) -> None:
    for read in (split_down, parse_state):
        try:
            read(data)
        except ProtocolError:
            continue


def believed(message: bytes) -> Ack:
    found = split_down(message)
    if isinstance(found, SignedCommand):
        raise MalformedError("down", "a command, not an acknowledgement")
    return open_ack(SM, b"k" * 32, found)


@given(st.integers(0), st.integers(1, 255))
def test_no_changed_byte_of_an_acknowledgement_is_believed(place: int, bits: int) -> None:
    message = bytearray(encode_ack(SM, b"k" * 32, ACK))
    message[place % len(message)] ^= bits
    with pytest.raises(ProtocolError):
        believed(bytes(message))


def test_a_true_is_not_the_number_one() -> None:
    message = bytearray(encode_ack(SM, b"k" * 32, ACK))
    message[1] = 0xF5
    with pytest.raises(MalformedError):
        split_down(bytes(message))


def test_a_resend_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(MalformedError):
        read_resend(resend_body(ID, 5, 4))
