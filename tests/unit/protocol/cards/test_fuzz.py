"""Everything that takes bytes of a card, an event or a reader: genuine ones, spoilt, and any; a value or a named error.

What is taken encodes to the same bytes: nothing has two forms. The quick form runs always; the long one takes a minute.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol.cards.apdu import Status, read_native, respond, unwrap, wrap
from zhendao.protocol.cards.blocks import pad, unpad
from zhendao.protocol.cards.challenge import Scheme, sm4_answer, sm4_answer_holds
from zhendao.protocol.cards.commands import key_checksum, read_key_change
from zhendao.protocol.cards.diversify import Masters, card_keys
from zhendao.protocol.cards.evidence import Answer, Evidence, Grounded, encode_evidence, read_proof
from zhendao.protocol.cards.file_settings import (
    FileInfo,
    decode_info,
    decode_settings,
    encode_info,
    encode_settings,
)
from zhendao.protocol.cards.live import live_answer, live_answer_holds
from zhendao.protocol.cards.sdm import PiccData, mirror, open_picc_data, seal_picc_data
from zhendao.protocol.cards.sun import FILE_BYTES, SUN_AT, SUN_END, ndef_file, read_sun, sun_settings, takes_nonce
from zhendao.protocol.cards.version import read_version
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.vocabulary import Technology

UID = bytes.fromhex("04a1b2c3d4e580")
MASTERS = Masters(1, b"\xa5" * 16, b"\x5a" * 16)
KEYS = card_keys(MASTERS, Technology.NTAG424, UID)
SETTINGS = sun_settings(tamper=True)
KEY, OLD = bytes(range(16)), bytes(range(16, 32))


def text() -> bytes:
    assert SETTINGS.sdm is not None
    file = ndef_file(b"record").ljust(FILE_BYTES, b"\x00")
    return mirror(file, SETTINGS.sdm, KEYS.keys, PiccData(UID, 77), bytes(5), b"CC")[SUN_AT:SUN_END]


TEXT = text()
GROUNDED = Grounded(41, bytes(32), bytes(16), bytes(16))


def evidence(data: bytes) -> None:
    found = read_proof(data)
    assert found == Evidence(record=data) or encode_evidence(found) == data


def info(data: bytes) -> None:
    assert encode_info(decode_info(data)) == data


def filed(data: bytes) -> None:
    assert encode_settings(decode_settings(data)) == data


def sun(data: bytes) -> None:
    read_sun(KEYS, data, UID)
    assert data == TEXT


def picc(data: bytes) -> None:
    found = open_picc_data(KEY, data)
    assert open_picc_data(KEY, seal_picc_data(KEY, found, bytes(5))) == found


def native(data: bytes) -> None:
    assert wrap(*read_native(data)) == data


def answered(data: bytes) -> None:
    assert respond(unwrap(data)) == data


def padded(data: bytes) -> None:
    assert pad(unpad(data)).ljust(len(data), b"\x00")[: len(data)] == data


def new_key(data: bytes) -> None:
    new, version = read_key_change(data, OLD)
    mixed = bytes(a ^ b for a, b in zip(new, OLD, strict=True))
    assert mixed + bytes((version,)) + key_checksum(new) == data


def version(data: bytes) -> None:
    assert read_version(data[:7], data[7:14], data[14:]).uid == data[14:21]


def window(data: bytes) -> None:
    assert takes_nonce(data) is False or len(data) >= SUN_END


def live(data: bytes) -> None:
    assert not live_answer_holds(MASTERS, KEYS[3], UID, bytes(16), data)
    live_answer(respond(data[:16], Status.MORE), data[16:])


def short_answer(data: bytes) -> None:
    assert sm4_answer_holds(Scheme.SM4_8, KEY, bytes(16), data) is (data == sm4_answer(KEY, bytes(8)))


PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "evidence": (evidence, encode_evidence(Evidence(b"record", TEXT, GROUNDED, Answer(Scheme.SM4_8, 1, bytes(8))))),
    "info": (info, encode_info(FileInfo(FILE_BYTES, SETTINGS))),
    "settings": (filed, encode_settings(SETTINGS)),
    "sun": (sun, TEXT),
    "picc": (picc, seal_picc_data(KEY, PiccData(UID, 77), bytes(5))),
    "native": (native, wrap(0x5F, bytes(20))),
    "response": (answered, respond(bytes(20))),
    "padding": (padded, pad(bytes(20))),
    "new key": (new_key, bytes(a ^ b for a, b in zip(KEY, OLD, strict=True)) + b"\x01" + key_checksum(KEY)),
    "version": (version, bytes.fromhex("0404023000110504040201021105") + UID + bytes(7)),
    "window": (window, ndef_file(b"record")),
    "live": (live, bytes(16) + respond(bytes(32))),
    "short answer": (short_answer, sm4_answer(KEY, bytes(8))),
}
EACH = pytest.mark.parametrize("name", sorted(PARSERS))
SPOILS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10_000), st.binary(max_size=6)), max_size=5)


def spoilt(data: bytes, spoils: list[tuple[int, int, bytes]]) -> bytes:
    """Return ``data`` with bytes replaced, put in, taken out, doubled, or cut off."""
    for act, place, with_ in spoils:
        at = place % (len(data) + 1)
        data = (
            data[:at] + with_ + data[at + len(with_) :],
            data[:at] + with_ + data[at:],
            data[:at] + data[at + len(with_) :],
            data[:at] + data[at : at + len(with_)] * 2 + data[at + len(with_) :],
            data[:at],
        )[act]
    return data


def take(name: str, data: bytes) -> None:
    parser, _ = PARSERS[name]
    try:
        parser(data)
    except ProtocolError as error:
        assert error.reason  # noqa: PT017 - any other error is the failure


@EACH
def test_the_genuine_ones_are_taken(name: str) -> None:
    parser, genuine = PARSERS[name]
    parser(genuine)


@EACH
@given(st.binary(max_size=300), SPOILS)
def test_any_bytes_are_a_value_or_a_named_error(name: str, data: bytes, spoils: list[tuple[int, int, bytes]]) -> None:
    take(name, data)
    take(name, spoilt(PARSERS[name][1], spoils))


@pytest.mark.long
@EACH
@settings(max_examples=4_000, deadline=None)
@given(st.binary(max_size=300), SPOILS)
def test_many_bytes_are_a_value_or_a_named_error(name: str, data: bytes, spoils: list[tuple[int, int, bytes]]) -> None:
    take(name, data)
    take(name, spoilt(PARSERS[name][1], spoils))
