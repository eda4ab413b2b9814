"""Seal, chain, batch, proof: what a terminal makes, a gateway proves and opens; and nothing else passes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.line import Line
from zhendao.protocol import ledger
from zhendao.protocol.batch import Batch, Item, decode_batch, decode_companion, encode_batch
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.event import decode_event
from zhendao.protocol.proof import own_signature_holds, verify_batch
from zhendao.protocol.seal import StartKeys, open_sealed, parse_sealed, seal_event, unwrap_start
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import SensorClass

SUITES = pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])


def door(value: int) -> Sensor:
    return Sensor("door", SensorClass.DOOR_CONTACT, value, 0)


def made(suite: Any, events: int = 4) -> tuple[Line, Any, Any]:
    gateway, escrow = suite.new_unwrapping_key(), suite.new_unwrapping_key()
    line = Line(suite, [suite.wrapping_key(gateway.spki), suite.wrapping_key(escrow.spki)])
    for number in range(events - 1):
        line.add(door(number), sign=number % 2 == 0)
    return line, gateway, escrow


@SUITES
def test_a_batch_is_proved_by_one_verification_and_opens_for_gateway_and_escrow(suite: Any) -> None:
    line, gateway, escrow = made(suite)
    batch = decode_batch(encode_batch(line.batch(1, 4)))
    heads = verify_batch(batch, suite.verifying_key(line.key.spki))
    assert list(heads) == line.heads[1:]
    for key in (gateway, escrow):
        start = unwrap_start(key, batch.items[0].sealed, line.device, line.epoch, 1)
        for event, item in zip(line.events, batch.items, strict=True):
            plaintext, commitment = open_sealed(suite, start, event.seq, item.sealed)
            assert commitment == item.commitment
            assert decode_event(plaintext) == event


@SUITES
def test_each_own_signature_stands_alone(suite: Any) -> None:
    line, _, _ = made(suite)
    key = suite.verifying_key(line.key.spki)
    batch = line.batch(1, 4)
    held = [own_signature_holds(batch, index, line.heads[index + 1], key) for index in range(4)]
    assert held == [True, True, False, True]
    assert own_signature_holds(line.batch(2, 2), 0, line.heads[2], key)
    assert not own_signature_holds(batch, 1, line.heads[1], key)


@SUITES
def test_a_flipped_bit_at_any_place_of_a_batch_is_refused(suite: Any) -> None:
    line, _, _ = made(suite, 3)
    key = suite.verifying_key(line.key.spki)
    other = Line(suite, line.recipients, device=line.device, key=line.key)
    batch = replace(line.batch(1, 3), companions=(encode_batch(other.batch(1, 1)),))
    encoded = encode_batch(batch)
    for place in range(len(encoded)):
        changed = bytearray(encoded)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(ProtocolError):
            accept(bytes(changed), line, key)


def accept(data: bytes, line: Line, key: Any) -> None:
    batch = decode_batch(data)
    for companion in batch.companions:
        verify_batch(decode_companion(companion, batch), key)
    if batch.certificate_id != line.certificate_id or (batch.device, batch.epoch) != (line.device, line.epoch):
        raise CryptoError("certificate", "unknown")
    verify_batch(batch, key)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_batch_or_a_protocol_error(data: bytes) -> None:
    try:
        batch = decode_batch(data)
    except ProtocolError:
        return
    assert encode_batch(batch) == data


@SUITES
def test_a_boot_key_cannot_be_transplanted(suite: Any) -> None:
    line, gateway, _ = made(suite)
    sealed = line.items[0].sealed
    for device, epoch, seq in ((bytes(16), line.epoch, 1), (line.device, bytes(16), 1)):
        with pytest.raises(CryptoError):
            unwrap_start(gateway, sealed, device, epoch, seq)
    stranger = suite.new_unwrapping_key()
    with pytest.raises(CryptoError):
        unwrap_start(stranger, sealed, line.device, line.epoch, 1)


@SUITES
def test_a_sealed_event_opens_only_in_its_place(suite: Any) -> None:
    line, _, _ = made(suite)
    start = line.starts[0]
    with pytest.raises(ProtocolError):
        open_sealed(suite, start, 3, line.items[1].sealed)
    with pytest.raises(ProtocolError):
        open_sealed(suite, replace(start, device=bytes(16)), 2, line.items[1].sealed)
    with pytest.raises(ProtocolError):
        open_sealed(suite, replace(start, start=2), 2, line.items[1].sealed)


@given(st.binary(min_size=1, max_size=600))
@settings(max_examples=60)
def test_sizes_come_in_steps_of_64_and_padding_is_exact(plaintext: bytes) -> None:
    keys = StartKeys(bytes(16), bytes(32), bytes(16), bytes(16), 1)
    sealed = seal_event(SM, keys, 2, plaintext, bytes(range(16)))
    assert (len(parse_sealed(sealed.sealed, 2).ciphertext) - 16) % 64 == 0
    assert open_sealed(SM, keys, 2, sealed.sealed) == (plaintext, sealed.commitment)


@pytest.mark.parametrize(
    "inner", [bytes(63), bytes(128), bytes(16) + b"\x00\x01" + bytes(45) + b"\x01", bytes(64)[:-1]]
)
def test_wrong_padding_is_refused(inner: bytes) -> None:
    keys = StartKeys(bytes(16), bytes(32), bytes(16), bytes(16), 1)
    good = parse_sealed(seal_event(SM, keys, 2, b"x", bytes(16)).sealed, 2)
    assert good.start == 1
    from zhendao.protocol import cbor  # noqa: PLC0415 - used by this attack only

    aad = cbor.encode([1, 1, keys.device, keys.epoch, 2, 1])
    ciphertext = SM.seal(keys.data_key, (2).to_bytes(12, "big"), aad, inner)
    with pytest.raises(MalformedError):
        open_sealed(SM, keys, 2, cbor.encode([1, ciphertext]))


def test_keys_are_never_shown() -> None:
    assert "ab" * 4 not in repr(StartKeys(b"\xab" * 16, b"\xab" * 32, bytes(16), bytes(16), 1))


def test_epochs_begin_apart() -> None:
    assert ledger.genesis(SM, bytes(16), bytes(16)) != ledger.genesis(SM, bytes(16), bytes([1] * 16))
    assert ledger.genesis(SM, bytes(16), bytes(16)) != ledger.genesis(INTL, bytes(16), bytes(16))


def test_bounds_hold_when_encoding_too() -> None:
    item = Item(b"x", bytes(32), bytes(64))
    batch = Batch(1, bytes(16), bytes(16), bytes(32), 1, bytes(32), (item,), bytes(64))
    with pytest.raises(MalformedError, match="single"):
        encode_batch(batch)
    with pytest.raises(MalformedError):
        encode_batch(replace(batch, items=(item,) * 4097))
    with pytest.raises(MalformedError):
        encode_batch(replace(batch, items=()))
