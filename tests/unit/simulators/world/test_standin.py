import ast
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zhendao
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.suite import INTL, SM, standing_in, suite_by_id, suite_by_name
from zhendao.protocol.token import open_token
from zhendao.protocol.vocabulary import Mounting, Placement, Role
from zhendao.simulators.world.engine.authority import NOT_BEFORE_S, Authority
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.standin import StandIn

SUITE = StandIn(Chance(1, "keys"))
ONE, OTHER = SUITE.new_signing_key(), SUITE.new_signing_key()
WRAP, OTHER_WRAP = SUITE.new_unwrapping_key(), SUITE.new_unwrapping_key()
SOURCE = Path(zhendao.__file__).parent


def flipped(data: bytes, bit: int) -> bytes:
    bit %= 8 * len(data)
    return bytes(one ^ (1 << bit % 8 if at == bit // 8 else 0) for at, one in enumerate(data))


@given(st.binary(max_size=300), st.integers(0, 10**6))
@settings(max_examples=50)
def test_what_is_altered_by_a_bit_is_refused(message: bytes, bit: int) -> None:
    verifying = SUITE.verifying_key(ONE.spki)
    signature = ONE.sign(message)
    assert len(signature) == 64
    assert verifying.verify(message, signature)
    assert not verifying.verify(message, flipped(signature, bit))
    assert not verifying.verify(message + b"x", signature)
    assert not SUITE.verifying_key(OTHER.spki).verify(message, signature)


@given(st.binary(min_size=1, max_size=300), st.integers(0, 10**6))
@settings(max_examples=50)
def test_a_wrap_opens_for_its_owner_alone_and_only_unaltered(plaintext: bytes, bit: int) -> None:
    wrapped = SUITE.wrapping_key(WRAP.spki).wrap(plaintext)
    assert WRAP.unwrap(wrapped) == plaintext
    assert plaintext not in wrapped or len(plaintext) < 4
    for bad in (flipped(wrapped, bit), wrapped[:-1], b""):
        with pytest.raises(CryptoError):
            WRAP.unwrap(bad)
    with pytest.raises(CryptoError):
        OTHER_WRAP.unwrap(wrapped)


def test_all_but_signatures_and_wraps_is_as_the_real_suite_has_it() -> None:
    for data in (b"", b"a", bytes(1000)):
        assert SUITE.hash(data) == INTL.hash(data)
        assert SUITE.mac(b"k" * 32, data) == INTL.mac(b"k" * 32, data)
        assert SUITE.seal(b"k" * 16, b"n" * 12, b"aad", data) == INTL.seal(b"k" * 16, b"n" * 12, b"aad", data)
    assert SUITE.derive(b"k" * 32, "purpose", 40) == INTL.derive(b"k" * 32, "purpose", 40)
    assert INTL.signing_key(ONE.pkcs8()).key_id == ONE.key_id
    assert INTL.unwrapping_key(WRAP.pkcs8()).spki == WRAP.spki
    with pytest.raises(CryptoError):
        SUITE.verifying_key(b"no key")


def test_who_stands_in_does_so_within_and_for_this_thread_alone() -> None:
    seen = []
    with standing_in(SUITE):
        assert suite_by_id(2) is suite_by_name("intl") is SUITE
        assert suite_by_id(1) is SM
        other = threading.Thread(target=lambda: seen.append(suite_by_id(2)))
        other.start()
        other.join()
        for number in (3, True):
            with pytest.raises(ProtocolError):
                suite_by_id(number)
    assert seen == [INTL]
    assert suite_by_id(2) is suite_by_name("intl") is INTL


def test_nothing_that_runs_in_the_field_can_come_to_the_stand_in() -> None:
    named, imported = set(), set()
    for path in SOURCE.rglob("*.py"):
        where, text = path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8")
        if "standin" not in text and "standing_in" not in text:
            continue  # it names neither; to parse the whole house takes seconds
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(alias.name for alias in node.names)]
                imported |= {where for one in names if "standin" in one.split(".")}
            words = (getattr(node, field, "") for field in ("id", "attr", "name", "value", "module"))
            if "standing_in" in words:
                named.add(where)
    assert {one for one in named if not one.startswith("simulators/world/")} == {"protocol/suite.py"}
    assert {one for one in imported if not one.startswith("simulators/world/")} == set()
    assert imported


@pytest.mark.parametrize("suite", [SUITE, INTL, SM], ids=["stand-in", "intl", "sm"])
def test_everybody_is_enrolled_by_one_authority(suite: StandIn) -> None:
    with standing_in(suite):
        authority = Authority(Chance(7, "authority"), suite)
        someone = authority.identity(3, Placement.HOME, Mounting.CRADLE, None)
        trusted = authority.keyring.trust.check(someone.certificate, NOT_BEFORE_S, "terminal", "sign")
        assert trusted.id == someone.certificate_id
        assert trusted.suite is suite
        assert trusted.common_name == someone.device.hex()
        assert Certificate.parse(someone.certificate).suite is suite
        assert suite.verifying_key(someone.key.spki).verify(b"m", someone.key.sign(b"m"))
        assert authority.keyring.unwrapping_key.unwrap(someone.recipients[0].wrap(b"secret")) == b"secret"
        assert someone.gateway.verify(b"m", authority.keyring.signing_key.sign(b"m"))
        assert authority.identity(3, Placement.HOME, Mounting.CRADLE, None).key.spki == someone.key.spki
        uid, token_id = bytes(7), bytes(16)
        record = authority.token(Role.CAREGIVER, token_id, uid)
        assert open_token(suite, record, uid, someone.issuers).token_id == token_id
        with pytest.raises(CryptoError):
            open_token(suite, authority.token(Role.CAREGIVER, token_id, uid, foreign=True), uid, someone.issuers)


def test_the_keys_of_a_seed_are_the_same_each_time_and_other_than_those_of_another() -> None:
    def keys(seed: int) -> bytes:
        suite = StandIn(Chance(seed, "new keys"))
        with standing_in(suite):
            authority = Authority(Chance(seed, "authority"), suite)
            return authority.identity(0, Placement.HOME, Mounting.CRADLE, None).certificate + authority.device(1)

    assert keys(1) == keys(1)
    assert keys(1) != keys(2)
