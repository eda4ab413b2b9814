"""EV2 against the examples of NXP AN12196 (rev. 2.0, section 5), and both ends of every command against each other."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol.cards import commands
from zhendao.protocol.cards.apdu import Ins, Status, read_native, respond, status_of, unwrap, wrap
from zhendao.protocol.cards.ev2 import (
    PcdAuthentication,
    PcdSession,
    PiccAuthentication,
    PiccSession,
    SessionKeys,
)
from zhendao.protocol.cards.file_settings import CommMode, decode_info, decode_settings
from zhendao.protocol.errors import CardStatusError, CryptoError, MalformedError, ProtocolError

ZERO = bytes(16)
FIRST = ("1309C877509E5A215007FF0ED19CA564", "4C6626F5E72EA694202139295C7A7FC7", "9D00C4DF")
SECOND = ("4CF3CB41A22583A61E89B158D252FC53", "5529860B2FC5FB6154B7F28361D30BF9", "7614281A")
THIRD = ("7A93D6571E4B180FCA6AC90C9A7488D4", "FC4AF159B62E549B5812394CAB1918CC", "7614281A")
FOURTH = ("2B4D963C014DC36F24F69A50A394F875", "379D32130CE61705DD5FD8C36B95D764", "DF055522")
MODES = st.sampled_from(CommMode)
KEYS = st.binary(min_size=16, max_size=16)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def pcd(keys: tuple[str, str, str], counter: int = 0) -> PcdSession:
    return PcdSession(SessionKeys(h(keys[0]), h(keys[1])), h(keys[2]), 0, counter)


def picc(keys: tuple[str, str, str], counter: int = 0) -> PiccSession:
    return PiccSession(SessionKeys(h(keys[0]), h(keys[1])), h(keys[2]), 0, counter)


def body(apdu: bytes) -> bytes:
    return read_native(apdu)[1]


def test_an12196_authenticate_first_with_key_0_both_ends() -> None:
    reader = PcdAuthentication(ZERO, 0, h("13C5DB8A5930439FC3DEF9A4C675360F"))
    card = PiccAuthentication(ZERO, 0, h("B9E2FC789B64BF237CCCAA20EC7E6E48"), h("9D00C4DF"))
    assert reader.command() == h("9071000002000000")
    assert card.challenge() == h("A04C124213C186F22399D33AC2A3021591AF")
    token = reader.token(card.challenge())
    assert token == h("90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00")
    answer, at_card = card.answer(body(token))
    assert answer == h("3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F081206639100")
    at_reader = reader.session(answer)
    for session in (at_reader, at_card):
        assert (session._keys, session.ti, session.counter) == (pcd(FIRST)._keys, h("9D00C4DF"), 0)


def test_an12196_authenticate_first_with_key_3() -> None:
    reader = PcdAuthentication(ZERO, 3, h("B98F4C50CF1C2E084FD150E33992B048"))
    assert reader.command() == h("9071000002030000")
    token = reader.token(h("B875CEB0E66A6C5CD00898DC371F92D191AF"))
    assert token == h("90AF000020FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B100")
    session = reader.session(h("0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A9100"))
    assert (session._keys, session.ti) == (pcd(THIRD)._keys, h("7614281A"))
    assert session.key_number == 3


def test_an12196_authenticate_non_first_keeps_transaction_and_counter() -> None:
    before = PcdSession(SessionKeys(ZERO, ZERO), h("7614281A"), 3, 1)
    reader = PcdAuthentication(ZERO, 0, h("60BE759EDA560250AC57CDDC11743CF6"), before)
    assert reader.command() == h("90770000010000")
    token = reader.token(h("A6A2B3C572D06C097BB8DB70463E22DC91AF"))
    assert token == h("90AF000020BE7D45753F2CAB85F34BC60CE58B940763FE969658A532DF6D95EA2773F6E99100")
    session = reader.session(h("B888349C24B315EAB5B589E279C8263E9100"))
    assert (session._keys, session.ti, session.counter) == (pcd(SECOND)._keys, h("7614281A"), 1)
    card = PiccAuthentication(ZERO, 0, reader._rnd_b, b"", PiccSession(SessionKeys(ZERO, ZERO), h("7614281A"), 3, 1))
    answer, at_card = card.answer(body(token))
    assert answer == h("B888349C24B315EAB5B589E279C8263E9100")
    assert (at_card._keys, at_card.counter) == (session._keys, 1)


def test_an12196_change_file_settings() -> None:
    session = pcd(FIRST, 1)
    apdu = commands.change_file_settings(session, 2, decode_settings(h("4000E0C1F121200000430000430000")))
    assert apdu == h("905F0000190261B6D97903566E84C3AE5274467E89EAD799B7C1A0EF7A0400")
    card = picc(FIRST, 1)
    assert card.open(Ins.CHANGE_FILE_SETTINGS, body(apdu), 1, CommMode.FULL) == (
        b"\x02",
        h("4000E0C1F121200000430000430000"),
    )
    assert card.close() == h("57BFF87B1241E93D9100")
    assert session.response(h("57BFF87B1241E93D9100")) == b""
    assert session.counter == card.counter == 2


def test_an12196_change_key_of_another() -> None:
    session, new = pcd(SECOND, 2), h("F3847D627727ED3BC9C4CC050489B966")
    assert commands.key_checksum(new) == h("789DFADC")
    apdu = commands.change_key(session, 2, new, 1, old=ZERO)
    assert apdu == h("90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600")
    card = picc(SECOND, 2)
    number, data = card.open(Ins.CHANGE_KEY, body(apdu), 1, CommMode.FULL)
    assert (number, commands.read_key_change(data, ZERO)) == (b"\x02", (new, 1))
    assert card.close() == h("203BB55D1089D5879100")
    assert session.response(h("203BB55D1089D5879100")) == b""


def test_an12196_change_key_of_the_session_ends_it() -> None:
    session, new = pcd(SECOND, 3), h("5004BF991F408672B1EF00F08F9E8647")
    apdu = commands.change_key(session, 0, new, 1)
    assert apdu == h("90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200")
    number, data = picc(SECOND, 3).open(Ins.CHANGE_KEY, body(apdu), 1, CommMode.FULL)
    assert (number, commands.read_key_change(data)) == (b"\x00", (new, 1))
    assert session.response(h("9100")) == b""
    assert session.over
    with pytest.raises(CryptoError):
        commands.get_card_uid(session)


def test_an12196_get_file_settings() -> None:
    keys = (ZERO.hex(), "8248134A386E86EB7FAF54A52E536CB6", "7A21085E")
    session = pcd(keys)
    assert commands.get_file_settings(session, 2) == h("90F5000009026597A457C8CD442C00")
    answer = h("0040EEEE000100D1FE001F00004400004400002000006A00002A474282E7A479869100")
    assert decode_info(session.response(answer)).size == 256
    card = picc(keys)
    assert card.open(Ins.GET_FILE_SETTINGS, h("026597A457C8CD442C"), 1, CommMode.MAC) == (b"\x02", b"")
    assert card.close(answer[:-10], CommMode.MAC) == answer


def test_an12196_get_card_uid() -> None:
    session = pcd(FOURTH)
    assert commands.get_card_uid(session) == h("90510000088E2C155ADDA99BE300")
    answer = h("70756055688505B52A5E26E59E329CD6595F672298EA41B79100")
    assert session.response(answer) == h("04958CAA5C5E80")
    card = picc(FOURTH)
    assert card.open(Ins.GET_CARD_UID, h("8E2C155ADDA99BE3"), 0, CommMode.FULL) == (b"", b"")
    assert card.close(h("04958CAA5C5E80")) == answer


def test_an12196_write_data() -> None:
    session = pcd(THIRD)
    apdu = commands.write_data(session, 3, 0, h("0102030405060708090A"), CommMode.FULL)
    assert apdu == h("908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00")
    card = picc(THIRD)
    assert card.open(Ins.WRITE_DATA, body(apdu), 7, CommMode.FULL) == (h("030000000A0000"), h("0102030405060708090A"))
    assert card.close() == h("C26D236E4A7C046D9100")
    assert session.response(h("C26D236E4A7C046D9100")) == b""


def connected(key: bytes = ZERO, number: int = 0) -> tuple[PcdSession, PiccSession]:
    reader = PcdAuthentication(key, number, bytes(range(16)))
    card = PiccAuthentication(key, number, bytes(range(16, 32)), b"TITI")
    answer, at_card = card.answer(body(reader.token(card.challenge())))
    return reader.session(answer), at_card


def test_a_command_of_every_kind_goes_from_end_to_end() -> None:
    reader, card = connected()
    for ins, apdu, header, data, mode in (
        (Ins.GET_KEY_VERSION, lambda: commands.get_key_version(reader, 2), b"\x02", b"", CommMode.MAC),
        (Ins.SET_CONFIGURATION, lambda: commands.enable_tamper(reader), b"\x07", b"\x01\x0e", CommMode.FULL),
        (Ins.GET_TT_STATUS, lambda: commands.get_tamper_status(reader), b"", b"", CommMode.FULL),
        (
            Ins.READ_DATA,
            lambda: commands.read_data(reader, 2, 14, 87, CommMode.PLAIN),
            h("020E0000570000"),
            b"",
            CommMode.PLAIN,
        ),
    ):
        sent, content = read_native(apdu())
        assert sent == ins
        assert card.open(sent, content, len(header), mode) == (header, data)
        assert reader.response(card.close(b"CC", mode)) == b"CC"
    assert reader.counter == card.counter == 4


@given(KEYS, KEYS, KEYS, st.lists(st.tuples(MODES, st.binary(max_size=20), st.binary(max_size=120)), max_size=4))
def test_both_ends_understand_each_other(key: bytes, rnd_a: bytes, rnd_b: bytes, said: list[Any]) -> None:
    asking, answering = PcdAuthentication(key, 1, rnd_a), PiccAuthentication(key, 1, rnd_b, b"\x01\x02\x03\x04")
    response, card = answering.answer(body(asking.token(answering.challenge())))
    reader = asking.session(response)
    for mode, header, data in said:
        ins, content = read_native(reader.command(Ins.WRITE_DATA, header, data, mode))
        assert card.open(ins, content, len(header), mode) == (header, data)
        assert reader.response(card.close(data, mode)) == data
    assert reader.counter == card.counter == len(said)


@given(st.sampled_from([CommMode.MAC, CommMode.FULL]), st.binary(max_size=40), st.integers(0), st.booleans())
def test_a_flipped_bit_is_noticed_and_ends_the_session(mode: CommMode, data: bytes, bit: int, in_command: bool) -> None:  # noqa: FBT001
    reader, card = connected()
    ins, content = read_native(reader.command(Ins.WRITE_DATA, b"\x02", data, mode))
    if in_command:
        with pytest.raises(CryptoError):
            card.open(ins, flip(content, bit % (8 * len(content))), 1, mode)
        assert card.over
        with pytest.raises(CryptoError):
            card.close()
        return
    card.open(ins, content, 1, mode)
    answer = card.close(data, mode)
    with pytest.raises(ProtocolError):
        reader.response(flip(answer, bit % (8 * len(answer))))
    assert reader.over


def test_what_was_said_before_is_not_believed_again() -> None:
    reader, card = connected()
    ins, content = read_native(commands.get_card_uid(reader))
    card.open(ins, content, 0, CommMode.FULL)
    answer = card.close(b"1234567")
    reader.response(answer)
    commands.get_card_uid(reader)
    with pytest.raises(CryptoError):
        reader.response(answer)
    with pytest.raises(CryptoError):
        card.open(ins, content, 0, CommMode.FULL)


@pytest.mark.parametrize("mode", [CommMode.MAC, CommMode.FULL])
def test_a_mac_that_is_missing_or_cut_short_is_a_wrong_one(mode: CommMode) -> None:
    for kept in range(8):
        reader, card = connected()
        ins, content = read_native(reader.command(Ins.GET_CARD_UID, mode=mode))
        with pytest.raises(CryptoError):
            card.open(ins, content[:kept], 0, mode)
        _, other = connected()
        other.open(ins, content, 0, mode)
        with pytest.raises(CryptoError):
            reader.response(respond(other.close(b"", mode)[:kept]))


def test_who_does_not_have_the_key_is_refused_at_either_end() -> None:
    reader, card = PcdAuthentication(b"\x01" * 16, 0, bytes(range(16))), PiccAuthentication(ZERO, 0, bytes(16), b"TITI")
    token = reader.token(card.challenge())
    with pytest.raises(CryptoError):
        card.answer(body(token))
    with pytest.raises(CryptoError):
        reader.session(respond(bytes(32)))


def test_an_answer_to_another_random_number_is_refused() -> None:
    harvested = PcdAuthentication(ZERO, 0, b"\xaa" * 16)
    card = PiccAuthentication(ZERO, 0, bytes(range(16)), b"TITI")
    answer, _ = card.answer(body(harvested.token(card.challenge())))
    asking = PcdAuthentication(ZERO, 0, b"\xbb" * 16)
    asking.token(card.challenge())
    with pytest.raises(CryptoError):
        asking.session(answer)


def test_a_refusal_has_its_status_and_ends_the_session() -> None:
    reader, _ = connected()
    commands.get_card_uid(reader)
    with pytest.raises(CardStatusError) as refused:
        reader.response(respond(status=Status.AUTHENTICATION))
    assert refused.value.status == 0x91AE
    assert reader.over


def test_the_counter_does_not_begin_again() -> None:
    reader = pcd(FIRST, 0xFFFF)
    commands.get_card_uid(reader)
    with pytest.raises(CryptoError):
        reader.response(picc(FIRST, 0xFFFF).close(b"1234567"))
    with pytest.raises(CryptoError):
        picc(FIRST, 0x10000)


@given(st.binary(max_size=80), st.sampled_from(["token", "session", "first", "response"]))
def test_any_bytes_of_a_card_end_in_a_value_or_a_named_error(data: bytes, step: str) -> None:
    reader = PcdAuthentication(ZERO, 0, bytes(range(16)))
    try:
        if step == "token":
            reader.token(data + b"\x91\xaf")
        elif step == "first":
            reader.session(data)
        elif step == "session":
            reader.token(bytes(16) + b"\x91\xaf")
            reader.session(data + b"\x91\x00")
        else:
            session, _ = connected()
            commands.get_card_uid(session)
            session.response(data)
    except ProtocolError:
        return
    assert step == "token"


@given(st.binary(max_size=80), MODES, st.integers(0, 8))
def test_any_bytes_to_a_card_end_in_a_value_or_a_named_error(data: bytes, mode: CommMode, header: int) -> None:
    _, card = connected()
    try:
        card.open(Ins.CHANGE_KEY, data, header, mode)
    except CryptoError:
        assert mode is not CommMode.PLAIN
    with pytest.raises(CryptoError):
        PiccAuthentication(ZERO, 0, bytes(range(16)), b"TITI").answer(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_apdu_or_malformed(data: bytes) -> None:
    try:
        ins, content = read_native(data)
    except MalformedError:
        pass
    else:
        assert wrap(ins, content) == data
    try:
        assert respond(unwrap(data)) == data
    except ProtocolError:
        assert len(data) < 2 or status_of(data) != 0x9100
    with pytest.raises(MalformedError):
        wrap(Ins.WRITE_DATA, bytes(256))


@given(st.binary(max_size=30), st.none() | KEYS)
def test_any_bytes_are_a_new_key_or_an_error(data: bytes, old: bytes | None) -> None:
    try:
        new, version = commands.read_key_change(data, old)
    except CryptoError:
        return
    assert old is None
    assert new + bytes((version,)) == data


def test_what_cannot_be_asked_is_named() -> None:
    reader, _ = connected()
    for key, version, old in ((bytes(15), 1, ZERO), (ZERO, 256, ZERO), (ZERO, 1, None), (ZERO, 1, bytes(15))):
        with pytest.raises(CryptoError):
            commands.change_key(reader, 2, key, version, old)
    for length in (0, 15, 17):
        with pytest.raises(CryptoError):
            PcdAuthentication(ZERO, 0, bytes(length))
        with pytest.raises(CryptoError):
            PiccAuthentication(ZERO, 0, bytes(length), b"TITI")


def test_no_repr_shows_a_key() -> None:
    reader, card = connected(b"\xa7" * 16)
    asking = PcdAuthentication(b"\xa7" * 16, 0, b"\xa8" * 16)
    shown = repr((reader, card, reader._keys, asking, str(reader), str(reader._keys))).lower()
    for secret in (b"\xa7" * 16, b"\xa8" * 16, reader._keys.enc, reader._keys.mac):
        assert secret.hex() not in shown
        assert repr(secret).lower() not in shown


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(st.binary(max_size=80), MODES, st.binary(max_size=70))
def test_no_invented_answer_is_believed(data: bytes, mode: CommMode, command: bytes) -> None:
    reader, card = connected()
    reader.command(Ins.READ_DATA, b"\x02", mode=mode)
    try:
        found = reader.response(data)
    except ProtocolError:
        assert reader.over
    else:
        assert mode is CommMode.PLAIN
        assert respond(found) == data
    if mode is not CommMode.PLAIN:
        with pytest.raises(CryptoError):
            card.open(Ins.WRITE_DATA, command, 7, mode)


def flip(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(data))


@pytest.mark.parametrize("old", [None, bytes(16)])
def test_the_data_of_a_new_key_has_one_length(old: bytes | None) -> None:
    for length in (0, 16, 18, 20, 22):
        with pytest.raises(CryptoError):
            commands.read_key_change(bytes(length), old)
