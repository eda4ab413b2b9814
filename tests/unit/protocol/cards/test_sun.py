from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol.cards.diversify import Masters, card_keys
from zhendao.protocol.cards.file_settings import FREE, FileInfo, decode_settings, encode_settings
from zhendao.protocol.cards.sdm import PiccData, mirror
from zhendao.protocol.cards.sun import (
    FILE_BYTES,
    NONCE_AT,
    SUN_AT,
    SUN_END,
    SUN_TEMPLATE,
    Loop,
    Sun,
    Tamper,
    ndef_file,
    nonce_text,
    parse_sun,
    read_sun,
    sun_settings,
    takes_nonce,
)
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Role, Technology

UID = bytes.fromhex("04a1b2c3d4e580")
MASTERS = Masters(1, b"\xa5" * 16, b"\x5a" * 16)
KEYS = card_keys(MASTERS, Technology.NTAG424, UID)
SUITES = pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
BEFORE_MAC = len(SUN_TEMPLATE) - 16


def shown(file: bytes, counter: int, *, loop: bytes | None = None, uid: bytes = UID) -> bytes:
    sdm = sun_settings(tamper=loop is not None).sdm
    assert sdm is not None
    keys = card_keys(MASTERS, Technology.NTAG424, uid).keys
    return mirror(file.ljust(FILE_BYTES, b"\x00"), sdm, keys, PiccData(uid, counter), b"12345", loop or b"II")


def text_of(counter: int = 9, challenge: bytes | None = None, *, loop: bytes | None = None, uid: bytes = UID) -> bytes:
    file = ndef_file(b"record")
    if challenge is not None:
        file = file[:NONCE_AT] + nonce_text(challenge) + file[NONCE_AT + 32 :]
    return shown(file, counter, loop=loop, uid=uid)[SUN_AT:SUN_END]


@given(
    st.integers(0, 2**24 - 1),
    st.binary(min_size=16, max_size=16).filter(any),
    st.sampled_from([None, b"CC", b"OC", b"OO", b"CO", b"II"]),
)
def test_the_tags_text_covers_the_terminals_challenge(counter: int, challenge: bytes, loop: bytes | None) -> None:
    sun = read_sun(KEYS, text_of(counter, challenge, loop=loop), UID)
    letters = "--" if loop is None else loop.decode()
    assert sun == Sun(counter, Tamper(Loop(letters[0]), Loop(letters[1])), challenge)


def test_an_empty_window_is_no_nonce() -> None:
    assert read_sun(KEYS, text_of(3), UID) == Sun(3, Tamper(Loop.NONE, Loop.NONE), None)


@given(st.integers(0))
def test_a_flipped_bit_anywhere_is_noticed(bit: int) -> None:
    text = bytearray(text_of(9, b"\x11" * 16, loop=b"CC"))
    bit %= 8 * len(text)
    text[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        read_sun(KEYS, bytes(text), UID)


def test_each_bit_of_one_text_is_covered() -> None:
    text = text_of(9, b"\x11" * 16)
    for bit in range(8 * len(text)):
        changed = bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(text))
        with pytest.raises(ProtocolError):
            read_sun(KEYS, changed, UID)


def test_a_harvested_text_does_not_take_another_challenge() -> None:
    harvested = text_of(9, b"\x11" * 16)
    forged = harvested.replace(b"11" * 16, b"22" * 16)
    assert forged != harvested
    with pytest.raises(CryptoError) as refused:
        read_sun(KEYS, forged, UID)
    assert refused.value.reason == "sun"


def test_a_text_of_another_tag_or_of_other_keys_is_refused() -> None:
    other = bytes.fromhex("04ffffffffff80")
    for keys, text, uid in (
        (KEYS, text_of(uid=other), UID),
        (card_keys(MASTERS, Technology.NTAG424, other), text_of(), UID),
        (card_keys(Masters(2, b"\xa6" * 16, bytes(16)), Technology.NTAG424, UID), text_of(), UID),
        (KEYS, text_of(), other),
    ):
        with pytest.raises(CryptoError):
            read_sun(keys, text, uid)


def test_the_loop_of_a_tag_with_one_cannot_be_written_over() -> None:
    file = bytearray(ndef_file(b"record"))
    at = bytes(file).index(b"--")
    file[at : at + 2] = b"CC"
    opened = read_sun(KEYS, shown(bytes(file), 1, loop=b"OC")[SUN_AT:SUN_END], UID)
    assert opened.tamper == Tamper(Loop.OPEN, Loop.CLOSED)
    assert opened.tamper.opened
    # On a tag without a loop anybody can write the letters: the registry knows which tag has one.
    planted = read_sun(KEYS, shown(bytes(file), 1)[SUN_AT:SUN_END], UID)
    assert planted.tamper == Tamper(Loop.CLOSED, Loop.CLOSED)
    assert not planted.tamper.opened


@SUITES
def test_record_and_text_fit_the_file(suite: Any) -> None:
    record = sign_token(suite.new_signing_key(), Role.DOOR, bytes(16), UID, 2**32 - 2, 2**32 - 1)
    file = ndef_file(record)
    assert len(file) == 236
    assert int.from_bytes(file[:2], "big") == len(file) - 2
    assert file[SUN_AT:SUN_END] == SUN_TEMPLATE
    assert file.endswith(record)
    assert len(ndef_file(bytes(len(record) + FILE_BYTES - len(file)))) == FILE_BYTES
    with pytest.raises(MalformedError):
        ndef_file(bytes(len(record) + FILE_BYTES - len(file) + 1))
    with pytest.raises(MalformedError):
        ndef_file(bytes(256))


def test_a_phone_reads_the_same_two_records() -> None:
    ndef = pytest.importorskip("ndef")
    records = list(ndef.message_decoder(ndef_file(b"record")[2:]))
    assert [(one.type, one.data) for one in records] == [
        ("urn:nfc:ext:zhendao:s", SUN_TEMPLATE),
        ("urn:nfc:ext:zhendao:t", b"record"),
    ]


@pytest.mark.parametrize("tamper", [False, True])
def test_the_settings_are_what_the_text_needs(tamper: Any) -> None:
    found = sun_settings(tamper=tamper)
    assert (found.rights.read, found.rights.write, found.rights.change) == (FREE, FREE, 0)
    assert decode_settings(encode_settings(found)) == found
    assert FileInfo(FILE_BYTES, found).settings.sdm is not None
    wanted = "4000eec9ff12100000520000" if tamper else "4000eec1ff12100000"
    assert encode_settings(found).hex() == wanted + "0e0000" + "550000"
    assert SUN_AT + BEFORE_MAC == 0x55


@given(st.binary(max_size=32))
def test_whatever_stands_in_the_window_it_takes_a_nonce(vandal: bytes) -> None:
    file = ndef_file(b"record")
    spoilt = file[:NONCE_AT] + vandal.ljust(32, b"?") + file[NONCE_AT + 32 :]
    assert takes_nonce(spoilt[:SUN_END])
    assert takes_nonce(b"\xff\xff" + spoilt[2:])


def test_a_tag_that_is_not_ours_is_never_written() -> None:
    file = ndef_file(b"record")
    assert not takes_nonce(file[: SUN_END - 1])
    assert not takes_nonce(bytes(FILE_BYTES))
    for place in (2, 3, 4, 5, SUN_AT - 1, SUN_AT, SUN_AT + 1, NONCE_AT - 1, NONCE_AT + 32, SUN_AT + 70):
        assert not takes_nonce(file[:place] + bytes((file[place] ^ 1,)) + file[place + 1 :]), place


def test_a_nonce_is_16_bytes() -> None:
    assert nonce_text(b"\xab" * 16) == b"AB" * 16
    with pytest.raises(MalformedError):
        nonce_text(b"\xab" * 15)


@given(st.binary(max_size=120) | st.text("0123456789ABCDEF.-COI1", min_size=87, max_size=87).map(str.encode))
def test_any_bytes_are_a_text_or_malformed(text: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_sun(text)


@pytest.mark.parametrize("text", [SUN_TEMPLATE + b"\n", SUN_TEMPLATE[:-1], SUN_TEMPLATE.replace(b"--", b"-C")])
def test_a_text_has_one_form(text: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_sun(text)


MUTATION = st.tuples(st.integers(0, 86), st.integers(0, 255))


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(st.integers(0, 2**24 - 1), st.lists(MUTATION, min_size=1, max_size=6), st.integers(0, 90))
def test_no_mutation_of_a_text_is_believed(counter: int, mutations: list[tuple[int, int]], cut: int) -> None:
    genuine = text_of(counter, b"\x77" * 16, loop=b"CC")
    text = bytearray(genuine)
    for place, value in mutations:
        text[place] = value
    candidate = bytes(text[:cut]) if cut < len(text) else bytes(text)
    if candidate == genuine:
        return
    with pytest.raises(ProtocolError):
        read_sun(KEYS, candidate, UID)
