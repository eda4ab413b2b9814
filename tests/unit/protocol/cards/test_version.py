import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.version import read_version
from zhendao.protocol.errors import MalformedError

SOFTWARE = bytes.fromhex("04040201021105")
PRODUCTION = bytes.fromhex("04a27e02936980cf0cd165304719")


def test_a_genuine_ntag424_says_what_it_is() -> None:
    version = read_version(bytes.fromhex("04040230001105"), SOFTWARE, PRODUCTION)
    assert version.is_ntag424
    assert not version.is_desfire
    assert not version.tag_tamper
    assert version.uid == bytes.fromhex("04a27e02936980")


@pytest.mark.parametrize("subtype", [0x08, 0x88])
def test_one_with_a_loop_says_so(subtype: int) -> None:
    """NT4H2421Tx: subtype x8h is 50 pF with TagTamper; the other digit is the strength of its modulation."""
    version = read_version(bytes((0x04, 0x04, subtype, 0x30, 0x00, 0x11, 0x05)), SOFTWARE, PRODUCTION)
    assert version.is_ntag424
    assert version.tag_tamper


def test_a_desfire_is_none() -> None:
    version = read_version(bytes.fromhex("04010112001605"), bytes.fromhex("04010102011605"), PRODUCTION)
    assert version.is_desfire
    assert not version.is_ntag424


def test_an_ntag21x_is_none() -> None:
    assert not read_version(bytes.fromhex("04040201001103"), SOFTWARE, PRODUCTION).is_ntag424


@given(st.binary(max_size=9), st.binary(max_size=9), st.binary(max_size=20))
def test_any_bytes_are_a_version_or_malformed(hardware: bytes, software: bytes, production: bytes) -> None:
    if (len(hardware), len(software)) == (7, 7) and len(production) in (14, 15):
        assert read_version(hardware, software, production).uid == production[:7]
    else:
        with pytest.raises(MalformedError):
            read_version(hardware, software, production)
