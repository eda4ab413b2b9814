"""Signed statements: what was changed is noticed, whatever it is; any bytes are a statement or an error of ours."""

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.family import Family, make_family
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError, ProtocolError
from zhendao.protocol.statement import Statement, canonical, of_json, open_statement, sign
from zhendao.protocol.suite import INTL, SM

FACTS = {"device": "0a" * 16, "fixes": [[1, -2, None], []], "where": {"place": "老人家", "floor": 3}, "good": True}


@pytest.fixture(scope="module", params=[SM, INTL], ids=["sm", "intl"])
def family(request: pytest.FixtureRequest) -> Family:
    return make_family(request.param)


@pytest.fixture(scope="module")
def signed(family: Family) -> Statement:
    once = sign(Statement("acceptance", FACTS), "terminal", family.terminal_key, family.terminal)
    return sign(once, "authority", family.issuing_key, family.issuing)


def test_it_is_read_back_with_both_signatures(signed: Statement) -> None:
    again = open_statement(signed.encode(), "acceptance")
    assert again == signed
    assert [one.by for one in again.signatures] == ["terminal", "authority"]
    assert again.check_value() == signed.check_value()
    assert len(again.check_value()) == 32


def test_layout_and_order_of_keys_do_not_matter(signed: Statement) -> None:
    turned = json.dumps(dict(reversed(signed.as_json().items())), ensure_ascii=True).encode()
    assert open_statement(turned).facts == FACTS


def test_canonical_json_is_that_of_rfc_8785() -> None:
    facts = {"b": [1, True, None], "a": '\u20ac$\u000f\nA\'B"\\\\"/', "c": {}}
    assert canonical(facts) == b'{"a":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/","b":[1,true,null],"c":{}}'


def test_every_change_is_noticed(signed: Statement) -> None:
    whole = signed.as_json()
    changed = [
        {**whole, "facts": {**FACTS, "good": False}},
        {**whole, "facts": {**FACTS, "more": 1}},
        {**whole, "facts": {**FACTS, "fixes": [[1, -2], []]}},
        {**whole, "zhendao": "survey"},
        {**whole, "signatures": whole["signatures"][::-1]},
        {**whole, "signatures": whole["signatures"][1:]},
        {**whole, "signatures": [{**whole["signatures"][0], "by": "authority"}]},
        {**whole, "signatures": []},
    ]
    for one in changed:
        with pytest.raises((CryptoError, CertificateError)):
            of_json(one)


def test_the_first_signature_stands_alone_and_another_kind_is_refused(signed: Statement) -> None:
    whole = signed.as_json()
    assert len(of_json({**whole, "signatures": whole["signatures"][:1]}).signatures) == 1
    with pytest.raises(MalformedError):
        open_statement(signed.encode(), "survey")


def test_who_may_not_sign_does_not(family: Family) -> None:
    unsigned = Statement("survey", FACTS)
    with pytest.raises(CertificateError):
        sign(unsigned, "terminal", family.issuing_key, family.issuing)
    with pytest.raises(CertificateError):
        sign(unsigned, "terminal", family.issuing_key, family.terminal)


@pytest.mark.parametrize("bad", [{"a": 1.5}, {"a": 1 << 60}, {"": 1}, {"A": 1}, {"a": "\ud800"}, {"a": b"x"}])
def test_what_not_every_reader_keeps_is_not_signed(family: Family, bad: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        sign(Statement("survey", bad), "terminal", family.terminal_key, family.terminal)


def test_what_is_no_signature_is_refused(signed: Statement) -> None:
    whole = signed.as_json()
    for spoilt in ("", {}, {**whole["signatures"][0], "by": "nobody"}, {**whole["signatures"][0], "signature": 1}):
        with pytest.raises(MalformedError):
            of_json({**whole, "signatures": [spoilt]})


def test_a_key_twice_or_a_fraction_is_refused(signed: Statement) -> None:
    text = signed.encode().decode()
    for spoilt in (
        text.replace('"good"', '"device"'),
        text.replace("-2", "-2.0"),
        text.replace("-2", "NaN"),
        text[:-9],
    ):
        with pytest.raises(ProtocolError):
            open_statement(spoilt.encode())


@cache
def _whole() -> bytes:
    family = make_family(SM)
    return sign(Statement("survey", FACTS), "terminal", family.terminal_key, family.terminal).encode()


@given(st.data())
def test_any_bytes_are_a_statement_or_an_error_of_ours(data: st.DataObject) -> None:
    whole = _whole()
    at = data.draw(st.integers(0, len(whole) - 1))
    spoilt = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    for one in (spoilt, data.draw(st.binary(max_size=64))):
        try:
            assert open_statement(one).facts == FACTS
        except ProtocolError:
            continue
