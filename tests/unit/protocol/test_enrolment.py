"""Request and answer: they come back as they were, and no changed byte is taken."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.family import DEVICE, make_family
from zhendao.protocol import cbor
from zhendao.protocol.enrolment import code_of_request, open_answer, open_request, sign_answer, sign_request
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError, ProtocolError
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import INTL, SM

FAMILIES = {suite.name: make_family(suite) for suite in (SM, INTL)}
ANSWERS = {name: sign_answer(family.answer, family.issuing_key) for name, family in FAMILIES.items()}
both = pytest.mark.parametrize("name", ["sm", "intl"])
positions = st.integers(0, 10_000)


@both
def test_a_request_comes_back(name: str) -> None:
    family = FAMILIES[name]
    request = open_request(family.request)
    assert request.device == DEVICE
    assert request.spki == family.terminal_key.spki
    assert request.suite is family.suite
    assert len(code_of_request(family.request, family.suite)) == 17


@both
def test_an_answer_comes_back(name: str) -> None:
    assert open_answer(ANSWERS[name]) == FAMILIES[name].answer
    without_door = replace(FAMILIES[name].answer, door=None)
    assert open_answer(sign_answer(without_door, FAMILIES[name].issuing_key)) == without_door


@both
@given(position=positions, flip=st.integers(1, 255))
def test_no_changed_byte_is_taken(name: str, position: int, flip: int) -> None:
    for good, read in ((FAMILIES[name].request, open_request), (ANSWERS[name], open_answer)):
        bad = bytearray(good)
        bad[position % len(good)] ^= flip
        with pytest.raises(ProtocolError):
            read(bytes(bad))


@given(junk=st.binary(max_size=200))
def test_junk_is_a_protocol_error(junk: bytes) -> None:
    for read in (open_request, open_answer):
        with pytest.raises(ProtocolError):
            read(junk)


@both
def test_a_request_is_signed_by_the_key_it_names(name: str) -> None:
    family = FAMILIES[name]
    with pytest.raises(CryptoError):
        open_request(sign_request(open_request(family.request), family.issuing_key))


@both
def test_an_answer_is_signed_by_the_authority_it_carries(name: str) -> None:
    family = FAMILIES[name]
    with pytest.raises(CryptoError):
        open_answer(sign_answer(family.answer, family.root_key))


@both
def test_an_answer_carries_one_family(name: str) -> None:
    family = FAMILIES[name]
    other = make_family(family.suite, "other")
    wrong = (
        replace(family.answer, device=bytes(16)),
        replace(family.answer, tenant="other"),
        replace(family.answer, tenant="Not A Tenant"),
        replace(family.answer, gateway=other.answer.gateway),
        replace(family.answer, roots=()),
        replace(family.answer, token_issuers=()),
        replace(family.answer, token_issuers=other.answer.token_issuers),
    )
    for answer in wrong:
        with pytest.raises((CertificateError, MalformedError)):
            open_answer(sign_answer(answer, family.issuing_key))
    with pytest.raises(CertificateError):
        sign_answer(replace(family.answer, gateway=family.answer.gateway_wrap), family.issuing_key)


def test_another_version_or_field_is_refused() -> None:
    family = FAMILIES["sm"]
    payload = cbor.decode(cbor.decode(family.request, 4096)[0], 4096)
    for changed in (payload | {1: 2}, payload | {9: 0}, {k: v for k, v in payload.items() if k != 8}):
        raw = cbor.encode(changed)
        tbs = to_be_signed("request", cbor.encode([1, DEVICE]), raw)
        with pytest.raises(MalformedError):
            open_request(cbor.encode([raw, family.terminal_key.sign(tbs)]))
