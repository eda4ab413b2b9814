"""NTAG 424 DNA as its data sheet and AN12196 have it: keys, modes, mirrors, counters, the loop, failures, tearing."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards import commands, sun
from zhendao.protocol.cards.apdu import Ins, wrap
from zhendao.protocol.cards.diversify import CardKeys, Masters, card_keys, factory_keys
from zhendao.protocol.cards.ev2 import PcdAuthentication, PcdSession
from zhendao.protocol.cards.file_settings import (
    FREE,
    NOBODY,
    AccessRights,
    CommMode,
    FileSettings,
    decode_info,
    encode_settings,
)
from zhendao.protocol.errors import CardStatusError, CryptoError
from zhendao.protocol.vocabulary import Technology
from zhendao.simulators.pn532.tags.ev2.ntag424 import CAPABILITY, NDEF, PROPRIETARY, Ntag424
from zhendao.simulators.pn532.tags.kinds import KINDS

UID = bytes.fromhex("04a1b2c3d4e5f6")
SELECT = bytes.fromhex("00a4040c07d276000085010100")
SELECT_NDEF = bytes.fromhex("00a4000c02e104")
READ = bytes.fromhex("00b0000000")
OLD = bytes(16)
RANDOM = bytes(range(16))
KEYS = card_keys(Masters(3, b"a" * 16, b"s" * 16), Technology.NTAG424, UID)


def tag(kind: str = "ntag424") -> Ntag424:
    made = KINDS[kind][1](UID, None)
    assert isinstance(made, Ntag424)
    assert made.apdu(SELECT) == b"\x90\x00"
    return made


def session_of(card: Ntag424, key: bytes = OLD, number: int = 0, within: PcdSession | None = None) -> PcdSession:
    asking = PcdAuthentication(key, number, RANDOM, within)
    return asking.session(card.apdu(asking.token(card.apdu(asking.command()))))


def told(card: Ntag424, session: PcdSession, make: Callable[..., bytes], *arguments: Any) -> bytes:
    return session.response(card.apdu(make(session, *arguments)))


def write(card: Ntag424, at: int, data: bytes) -> bytes:
    assert card.apdu(SELECT_NDEF) == b"\x90\x00"
    return card.apdu(b"\x00\xd6" + at.to_bytes(2, "big") + bytes((len(data),)) + data)


def personalised(kind: str = "ntag424", keys: CardKeys = KEYS) -> Ntag424:
    """Write a tag as the writer does: content, loop, mirrors, keys 1 to 4, key 0 last."""
    card = tag(kind)
    record = sun.ndef_file(b"R" * 140)
    assert write(card, 0, record) == b"\x90\x00"
    session = session_of(card)
    if kind == "ntag424tt":
        told(card, session, commands.enable_tamper)
    told(card, session, commands.change_file_settings, NDEF, sun.sun_settings(tamper=kind == "ntag424tt"))
    for number in range(1, 5):
        told(card, session, commands.change_key, number, keys[number], keys.version, OLD)
    told(card, session, commands.change_key, 0, keys[0], keys.version)
    card.reset()
    card.apdu(SELECT)
    return card


def text(card: Ntag424) -> bytes:
    card.apdu(SELECT_NDEF)
    return card.apdu(READ)[sun.SUN_AT : sun.SUN_END]


def test_a_new_tag_says_what_the_data_sheet_says() -> None:
    card = tag()
    parts = [card.apdu(wrap(ins)) for ins in (Ins.GET_VERSION, Ins.MORE, Ins.MORE)]
    assert [part[-2:].hex() for part in parts] == ["91af", "91af", "9100"]
    assert parts[0][:-2].hex() == "04040230001105"
    assert parts[2][:7] == UID
    assert card.apdu(wrap(Ins.GET_FILE_SETTINGS, b"\x02")).hex() == "0000e0ee000100" + "9100"
    assert card.apdu(wrap(Ins.GET_FILE_SETTINGS, b"\x03")).hex() == "00033023800000" + "9100"
    assert card.apdu(bytes.fromhex("00a4000c02e103")) == b"\x90\x00"
    assert card.apdu(READ)[:9].hex() == "001720010000ff0406"
    assert card.apdu(wrap(0x3C, b"\x00"))[-2:].hex() == "9100"


def test_a_tag_is_written_read_and_proved() -> None:
    card = personalised()
    first, second = sun.read_sun(KEYS, text(card), UID), sun.read_sun(KEYS, text(card), UID)
    assert (first.counter, second.counter) == (1, 2)
    assert first.nonce is None
    assert not first.tamper.opened
    other = card_keys(Masters(3, b"b" * 16, b"s" * 16), Technology.NTAG424, UID)
    with pytest.raises(CryptoError):
        sun.read_sun(other, text(card), UID)


def test_a_challenge_in_the_window_is_under_the_mac() -> None:
    card = personalised()
    before = text(card)
    assert write(card, sun.NONCE_AT, sun.nonce_text(RANDOM)) == b"\x90\x00"
    after = text(card)
    assert sun.read_sun(KEYS, after, UID).nonce == RANDOM
    with pytest.raises(CryptoError):
        sun.read_sun(KEYS, before[:40] + after[40:70] + before[70:], UID)


def test_the_counter_rises_with_each_first_read_and_not_within_a_read() -> None:
    card = personalised()
    card.apdu(SELECT_NDEF)
    parts = [card.apdu(b"\x00\xb0" + at.to_bytes(2, "big") + b"\x20")[:-2] for at in range(0, 256, 32)]
    whole = b"".join(parts)[sun.SUN_AT : sun.SUN_END]
    assert sun.read_sun(KEYS, whole, UID).counter == 1
    native = card.apdu(wrap(Ins.READ_DATA, b"\x02" + bytes(6)))[:-2]
    assert sun.read_sun(KEYS, native[sun.SUN_AT : sun.SUN_END], UID).counter == 2
    card.apdu(wrap(Ins.GET_FILE_SETTINGS, b"\x02"))
    card.apdu(SELECT_NDEF)
    assert sun.read_sun(KEYS, text(card), UID).counter == 3
    session = session_of(card, KEYS[0])
    plain = told(card, session, commands.read_data, NDEF, 0, 256, CommMode.PLAIN)
    assert plain[sun.SUN_AT : sun.SUN_END] == sun.SUN_TEMPLATE
    assert card.files[NDEF].counter == 3


def test_all_three_modes_and_both_authentications() -> None:
    card = tag()
    session = session_of(card, number=3)
    told(card, session, commands.write_data, PROPRIETARY, 4, b"secret of sixteen", CommMode.FULL)
    assert told(card, session, commands.read_data, PROPRIETARY, 4, 6, CommMode.FULL) == b"secret"
    session = session_of(card)
    under_mac = FileSettings(CommMode.MAC, AccessRights(2, 3, 3, 0))
    told(card, session, commands.change_file_settings, PROPRIETARY, under_mac)
    again = session_of(card, number=2, within=session)
    assert again.ti == session.ti
    assert told(card, again, commands.read_data, PROPRIETARY, 4, 6, CommMode.MAC) == b"secret"
    assert told(card, again, commands.get_card_uid) == UID
    assert decode_info(told(card, again, commands.get_file_settings, PROPRIETARY)).size == 128
    assert told(card, again, commands.get_key_version, 1) == b"\x00"
    version = again.command(Ins.GET_VERSION, mode=CommMode.MAC)
    parts = [card.apdu(version), card.apdu(wrap(Ins.MORE)), card.apdu(wrap(Ins.MORE))]
    whole = b"".join(part[:-2] for part in parts) + b"\x91\x00"
    assert again.response(whole)[14:21] == UID


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda _: wrap(0x42), 0x911C),
        (lambda _: wrap(Ins.AUTHENTICATE_FIRST, b"\x07\x00"), 0x9140),
        (lambda _: wrap(Ins.AUTHENTICATE_FIRST, b"\x00"), 0x917E),
        (lambda s: s.command(Ins.CHANGE_KEY, b"\x01", bytes(21)), 0x911E),
        (lambda s: s.command(Ins.WRITE_DATA, b"\x09" + bytes(6), b"x"), 0x91F0),
        (lambda s: commands.write_data(s, NDEF, 250, b"123456789", CommMode.PLAIN), 0x91BE),
        (lambda s: s.command(Ins.CHANGE_FILE_SETTINGS, b"\x03", sun_bytes()), 0x919D),
        (lambda s: s.command(Ins.CHANGE_FILE_SETTINGS, b"\x02", sun_bytes(tamper=True)), 0x919E),
        (lambda s: s.command(Ins.CHANGE_FILE_SETTINGS, b"\x02", b"\x40\x00\xe0"), 0x919E),
        (commands.get_tamper_status, 0x911C),
        (lambda s: commands.get_card_uid(s)[:-2] + b"\x00\x00", 0x911E),
    ],
)
def test_a_refusal_has_its_status_and_ends_the_session(make: Callable[[PcdSession], bytes], status: int) -> None:
    card = tag()
    session = session_of(card)
    before = card.kept()
    assert int.from_bytes(card.apdu(make(session))[-2:], "big") == status
    assert card.kept() == before
    assert card.apdu(commands.get_card_uid(session_of(tag()))).hex() == "91ae"


def sun_bytes(*, tamper: bool = False) -> bytes:
    return encode_settings(sun.sun_settings(tamper=tamper))


def test_a_loop_once_open_is_open_for_ever() -> None:
    card = personalised("ntag424tt")
    assert card.loop is not None
    assert sun.read_sun(KEYS, text(card), UID).tamper == sun.Tamper(sun.Loop.CLOSED, sun.Loop.CLOSED)
    card.loop.torn = True
    assert sun.read_sun(KEYS, text(card), UID).tamper == sun.Tamper(sun.Loop.OPEN, sun.Loop.OPEN)
    card.loop.torn = False
    again = KINDS["ntag424tt"][1](UID, card.kept())
    assert isinstance(again, Ntag424)
    again.reset()
    again.apdu(SELECT)
    assert sun.read_sun(KEYS, text(again), UID).tamper == sun.Tamper(sun.Loop.OPEN, sun.Loop.CLOSED)
    assert told(again, session_of(again, KEYS[0]), commands.get_tamper_status) == b"OC"


def test_a_loop_that_nobody_switched_on_says_nothing() -> None:
    card = tag("ntag424tt")
    assert card.loop is not None
    card.loop.torn = True
    assert card.apdu(wrap(Ins.GET_TT_STATUS)) == b"II\x91\x00"


def test_failures_delay_and_then_lock() -> None:
    card = tag()

    def attempt(key: bytes) -> str:
        try:
            session_of(card, key)
        except CardStatusError as error:
            return f"{error.status:04x}"
        return "in"

    assert [attempt(b"x" * 16) for _ in range(50)] == ["91ae"] * 50
    assert [attempt(OLD), attempt(OLD)] == ["91ad", "in"]
    card.keys[0].total = 1000
    assert attempt(OLD) == "919d"
    assert session_of(card, number=1) is not None


def test_writing_is_refused_where_it_is_not_free() -> None:
    card = tag()
    assert write(card, 0, b"abc") == b"\x90\x00"
    session = session_of(card)
    assert write(card, 0, b"abc") == b"\x69\x82"  # not while somebody is authenticated
    locked = FileSettings(CommMode.PLAIN, AccessRights(read=FREE, write=0, read_write=0, change=NOBODY))
    told(card, session, commands.change_file_settings, NDEF, locked)
    card.reset()
    card.apdu(SELECT)
    assert write(card, 0, b"abc") == b"\x69\x82"
    assert card.apdu(wrap(Ins.CHANGE_FILE_SETTINGS, b"\x02\x00\x00\xe0")).hex() == "919d"
    assert write(card, 300, b"abc") == b"\x69\x82"
    assert card.apdu(b"\x00\xb0\x01\x00\x00") == b"\x6b\x00"
    assert CAPABILITY in card.files


def test_everything_is_kept() -> None:
    card = personalised("ntag424tt")
    text(card)
    again = KINDS["ntag424tt"][1](UID, card.kept())
    assert isinstance(again, Ntag424)
    assert again.kept() == card.kept()
    again.reset()
    again.apdu(SELECT)
    assert sun.read_sun(KEYS, text(again), UID).counter == 2
    assert factory_keys(Technology.NTAG424, UID)[0] == OLD


@given(st.lists(st.binary(max_size=40) | st.binary(max_size=30).map(lambda b: b"\x90" + b), max_size=12))
def test_any_bytes_get_a_status_word(orders: list[bytes]) -> None:
    card = personalised()
    for order in orders:
        assert len(card.apdu(order)) >= 2
    assert card.uid == UID
