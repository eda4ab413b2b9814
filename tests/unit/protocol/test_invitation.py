"""A one-time code: typed by people, checked before it is sent, proved without being told."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol import invitation
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.invitation import (
    ALPHABET,
    Code,
    check_vouched,
    invite,
    is_invited,
    new_code,
    parse_code,
    split_invited,
    split_vouched,
    vouch,
)
from zhendao.protocol.suite import INTL, SM

CODES = st.binary(min_size=8, max_size=8).map(new_code)
KEY = bytes(range(32))


@given(CODES)
def test_what_is_shown_is_what_is_read(code: Code) -> None:
    assert parse_code(code.text) == code
    assert parse_code(f" {code.text.lower().replace('-', ' ')} ") == code
    assert parse_code(code.text.replace("0", "O").replace("1", "l")) == code
    assert code.id == code.text.replace("-", "")[:3]
    assert code.characters not in repr(code)


@given(CODES, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_told(code: Code, place: int, other: str) -> None:
    typed = code.text.replace("-", "")
    wrong = typed[:place] + other + typed[place + 1 :]
    if wrong == typed:
        assert parse_code(wrong) == code
    else:
        with pytest.raises(MalformedError):
            parse_code(wrong)


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_none(text: str) -> None:
    try:
        found = parse_code(text)
    except MalformedError:
        return
    assert parse_code(found.text) == found


def test_the_key_of_a_code_is_slow_to_find_and_its_own() -> None:
    with patch.object(invitation, "ROUNDS", 1):
        quick = new_code(bytes(8)).key()
    assert new_code(bytes(8)).key() != quick
    assert len(quick) == 32


@pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
def test_a_proof_is_of_one_request_and_one_code(suite: invitation.Suite) -> None:
    sent = invite(suite, KEY, "K7Q", b"request")
    assert split_invited(sent)[:2] == (b"request", "K7Q")
    mac = split_invited(sent)[2]
    assert is_invited(suite, KEY, b"request", mac)
    assert not is_invited(suite, KEY, b"another", mac)
    assert not is_invited(suite, KEY[::-1], b"request", mac)
    answer, vouched = split_vouched(vouch(suite, KEY, b"request", b"answer"))
    assert answer == b"answer"
    assert vouched is not None
    check_vouched(suite, KEY, b"request", answer, vouched)
    for key, request, said in ((KEY[::-1], b"request", b"answer"), (KEY, b"r", b"answer"), (KEY, b"request", b"a")):
        with pytest.raises(CryptoError):
            check_vouched(suite, key, request, said, vouched)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (split_invited, split_vouched):
        try:
            read(data)
        except ProtocolError:
            continue
