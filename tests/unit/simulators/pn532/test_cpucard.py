"""The SM4 CPU card: what a terminal asks, how it is written, what it refuses, and that nothing is half done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.blocks import encrypt_block, encrypt_cbc, pad
from zhendao.protocol.cards.challenge import sm4_answer
from zhendao.protocol.cards.diversify import CPU_APPLICATION
from zhendao.simulators.pn532.tags.cpu.card import TRANSPORT, CpuCard
from zhendao.simulators.pn532.tags.kinds import KINDS

UID = bytes.fromhex("11223344")
ANSWER, MASTER, LINE = b"a" * 16, b"m" * 16, b"l" * 16
SELECT_MASTER = bytes.fromhex("00a40000023f00")
SELECT = b"\x00\xa4\x04\x00" + bytes((len(CPU_APPLICATION),)) + CPU_APPLICATION
OK = b"\x90\x00"


def apdu(head: str, body: bytes = b"") -> bytes:
    return bytes.fromhex(head) + (bytes((len(body),)) + body if body else b"")


def authenticate(card: CpuCard, key: bytes = TRANSPORT, number: int = 0) -> bytes:
    challenge = card.apdu(apdu("0084000010"))[:-2]
    return card.apdu(apdu(f"008200{number:02x}", sm4_answer(key, challenge)))


def with_mac(card: CpuCard, head: str, data: bytes, key: bytes) -> bytes:
    challenge = card.apdu(apdu("0084000008"))[:-2]
    front = bytes.fromhex(head) + bytes((len(data) + 4,))
    mac = encrypt_cbc("sm4", key, challenge.ljust(16, b"\x00"), pad(front + data))[-16:-12]
    return front + data + mac


def sealed(key: bytes, plain: bytes) -> bytes:
    whole = bytes((len(plain),)) + plain
    if len(whole) % 16:
        whole = pad(whole)
    return b"".join(encrypt_block("sm4", key, whole[at : at + 16]) for at in range(0, len(whole), 16))


def blank() -> CpuCard:
    made = KINDS["cpucard"][1](UID, None)
    assert isinstance(made, CpuCard)
    return made


def written() -> CpuCard:
    card = blank()
    card.apdu(SELECT_MASTER)
    assert authenticate(card) == OK
    assert card.apdu(apdu("80e0df01", bytes.fromhex("380400f0f0f0ffff") + CPU_APPLICATION)) == OK
    assert card.apdu(SELECT)[-2:] == OK
    assert card.apdu(apdu("80e00000", bytes.fromhex("3f0100950fffff"))) == OK
    master = sealed(TRANSPORT, bytes.fromhex("39f0ff0a05") + MASTER)
    assert card.apdu(with_mac(card, "84d40100", master, TRANSPORT)) == OK
    answer = sealed(TRANSPORT, bytes.fromhex("34f0ff0005") + ANSWER)
    assert card.apdu(with_mac(card, "84d40101", answer, TRANSPORT)) == OK
    assert card.apdu(apdu("80e00001", bytes.fromhex("280100f0aaffff"))) == OK
    assert authenticate(card, MASTER) == OK
    assert card.apdu(apdu("00d68100", b"token record")) == OK
    card.reset()
    return card


def test_a_terminal_reads_and_challenges() -> None:
    card = written()
    assert card.apdu(SELECT)[-2:] == OK
    assert card.apdu(apdu("00b081000c")) == b"token record" + OK
    for size in (8, 16):
        challenge = bytes(range(size))
        assert card.apdu(apdu("00880001", challenge)) == sm4_answer(ANSWER, challenge) + OK
    assert card.apdu(apdu("00880001", b"123")) == b"\x67\x00"
    assert card.apdu(apdu("00880000", bytes(16))) == b"\x94\x03"
    assert card.apdu(apdu("00880007", bytes(16))) == b"\x94\x03"
    assert card.memory().startswith(b"token record")


def test_nothing_is_written_without_a_key() -> None:
    card = written()
    card.apdu(SELECT)
    before = card.kept()
    assert card.apdu(apdu("00d68100", b"x")) == b"\x69\x82"
    assert card.apdu(apdu("80d43401", b"x" * 16)) == b"\x69\x82"
    assert card.apdu(apdu("80d40105", bytes.fromhex("34f0ff0005") + b"x" * 16)) == b"\x69\x82"
    assert card.apdu(SELECT_MASTER)[-2:] == OK
    assert card.apdu(apdu("80e0df02", bytes.fromhex("380400f0f0f0ffff") + b"other")) == b"\x69\x82"
    assert card.apdu(apdu("800e0000")) == b"\x69\x82"
    assert card.kept() == before


def test_a_key_is_replaced_under_its_own_folder_s_protection_and_the_old_one_is_gone() -> None:
    card = written()
    card.apdu(SELECT)
    line = sealed(TRANSPORT, bytes.fromhex("36f0ff0005") + LINE)
    assert card.apdu(with_mac(card, "84d40102", line, TRANSPORT)) == OK
    assert card.apdu(with_mac(card, "84d43401", sealed(TRANSPORT, b"n" * 16), TRANSPORT)) == b"\x69\x88"
    assert card.apdu(with_mac(card, "84d43401", sealed(LINE, b"n" * 16), LINE)) == OK
    assert card.apdu(apdu("00880001", bytes(16))) == sm4_answer(b"n" * 16, bytes(16)) + OK
    assert card.apdu(with_mac(card, "04d68100", b"TOKEN", LINE)) == OK
    assert card.apdu(apdu("00b081000c")) == b"TOKEN record" + OK


def test_a_challenge_holds_once_and_tries_run_out() -> None:
    card = written()
    card.apdu(SELECT)
    order = with_mac(card, "04d68100", b"TOKEN", TRANSPORT)
    assert card.apdu(order) == OK
    assert card.apdu(order) == b"\x69\x85"
    assert card.apdu(apdu("00820000", bytes(16))) == b"\x69\x85"
    assert [authenticate(card, b"x" * 16)[1] & 0xF for _ in range(5)] == [4, 3, 2, 1, 0]
    assert authenticate(card, MASTER) == b"\x69\x83"


def test_a_card_is_emptied_by_whoever_has_the_transport_key() -> None:
    card = written()
    card.apdu(SELECT_MASTER)
    assert authenticate(card) == OK
    assert card.apdu(apdu("800e0000")) == OK
    assert card.apdu(SELECT) == b"\x6a\x82"
    assert card.kept() == blank().kept()


def test_what_is_kept_is_the_card() -> None:
    card = written()
    again = KINDS["cpucard"][1](UID, card.kept())
    assert again.kept() == card.kept()
    before = card.kept()
    card.apdu(SELECT)
    authenticate(card, MASTER)
    card.apdu(apdu("00d68100", b"other"))
    card.tear(before)
    assert card.kept() == before


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("2800", "6a80"),
        ("28ffffaaffffff", "6a80"),
        ("28001000f0ffff", "9000"),
        ("29001000f0ffff", "6a80"),
        ("380400f0f0f0ffff41", "6985"),
    ],
)
def test_files_are_made_within_bounds(body: str, word: str) -> None:
    card = written()
    card.apdu(SELECT)
    assert card.apdu(apdu("80e00009", bytes.fromhex(body))).hex() == word


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_bytes_get_a_status_word(orders: list[bytes]) -> None:
    card = blank()
    for order in orders:
        assert len(card.apdu(order)) >= 2
    assert card.uid == UID
