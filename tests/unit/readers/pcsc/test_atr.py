"""What ATRs say: of real readers, of none, and of any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.errors import TagGoneError
from zhendao.readers.pcsc.atr import Card, card_of
from zhendao.readers.pcsc.errors import PcscBusyError, PcscError, PcscReaderMissingError, PcscServiceError
from zhendao.readers.pcsc.library import PcscCall
from zhendao.readers.pcsc.port import choose, named


@pytest.mark.parametrize(
    ("atr", "card"),
    [
        ("3B8F8001804F0CA000000306030003000000006B", Card(0x00)),  # Ultralight, NTAG
        ("3B8F8001804F0CA0000003060300010000 00006A", Card(0x08)),  # Classic 1K
        ("3B8F8001804F0CA00000030603000200000000 69", Card(0x18)),  # Classic 4K
        ("3B8F8001804F0CA000000306030000000000 0068", Card(0x80)),  # no information given
        ("3B8F8001804F0CA00000030611003B0000000042", Card(0x80, foreign=True)),  # FeliCa
        ("3B8180018080", Card(0x20)),  # DESFire
        ("3B8A80010031C173C8400000900090", Card(0x20)),
        ("3B9F968131FE458065544312210831C073F62180810590", Card(0x80, foreign=True)),  # a contact card
        ("", Card(0x80, foreign=True)),
    ],
)
def test_known_answers(atr: str, card: Card) -> None:
    assert card_of(bytes.fromhex(atr)) == card


@given(st.binary(max_size=33) | st.binary(max_size=29).map(lambda rest: b"\x3b\x8f\x80\x01" + rest))
def test_any_bytes(atr: bytes) -> None:
    assert 0 <= card_of(atr).sel_res <= 0xFF


def test_the_reader_is_chosen_by_a_part_of_its_name() -> None:
    names = ("ACS ACR1252 Dual Reader [SAM] 01 00", "ACS ACR1252 Dual Reader [PICC] 00 00", "Other CCID 02 00")
    assert choose("", names) == names[1]
    assert choose("acr1252", names) == names[1]
    assert choose("sam", names) == names[0]
    assert choose("other", names) == names[2]
    assert choose("none", names) is None
    assert choose("", ()) is None


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (0x8010001D, PcscServiceError),
        (0x80100003, PcscServiceError),
        (0x80100069, TagGoneError),
        (0x80100016, TagGoneError),
        (0x80100017, PcscReaderMissingError),
        (0x8010000B, PcscBusyError),
        (0x80100001, PcscError),
    ],
)
def test_every_result_has_a_name(result: int, error: type[Exception]) -> None:
    assert type(named("x", PcscCall(result))) is error


@given(st.integers(1, 0xFFFFFFFF))
def test_so_has_any_number(result: int) -> None:
    assert named("x", PcscCall(result)).code
