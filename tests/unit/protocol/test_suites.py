"""Both suites, through the interface alone: what was changed is never accepted, and no bytes make them crash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol import symmetric
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.sm2_signature import ORDER, der_from_raw, raw_from_der
from zhendao.protocol.suite import INTL, SM, Suite, suite_by_id, suite_by_name

SIGNERS = {suite.name: suite.new_signing_key() for suite in (SM, INTL)}
UNWRAPPERS = {suite.name: suite.new_unwrapping_key() for suite in (SM, INTL)}
both = pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
mutation = st.tuples(st.integers(0, 10_000), st.integers(1, 255))


def changed(data: bytes, change: tuple[int, int]) -> bytes:
    mutable = bytearray(data)
    mutable[change[0] % len(data)] ^= change[1]
    return bytes(mutable)


def test_suites_are_found_by_number_and_name() -> None:
    assert suite_by_id(1) is SM
    assert suite_by_id(2) is suite_by_name("intl")
    for unknown in (0, 3, True):
        with pytest.raises(ProtocolError):
            suite_by_id(unknown)
    with pytest.raises(ProtocolError):
        suite_by_name("SM")


@both
def test_keys_are_written_and_read_back(suite: Suite) -> None:
    signer, unwrapper = SIGNERS[suite.name], UNWRAPPERS[suite.name]
    assert suite.signing_key(signer.pkcs8()).spki == signer.spki
    assert suite.unwrapping_key(unwrapper.pkcs8()).key_id == unwrapper.key_id
    assert suite.verifying_key(signer.spki) is suite.verifying_key(signer.spki)
    assert signer.suite is suite
    assert signer.key_id == suite.verifying_key(signer.spki).key_id == suite.key_id(signer.spki)


@both
@given(message=st.binary(max_size=300), change=mutation)
def test_a_changed_signature_or_message_is_not_accepted(suite: Suite, message: bytes, change: tuple[int, int]) -> None:
    signer = SIGNERS[suite.name]
    verifier = suite.verifying_key(signer.spki)
    signature = signer.sign(message)
    assert len(signature) == 64
    assert verifier.verify(message, signature)
    assert not verifier.verify(message, changed(signature, change))
    assert not verifier.verify(message + b"\0", signature)


@both
@given(signature=st.binary(max_size=100))
def test_any_bytes_as_signature_are_no(suite: Suite, signature: bytes) -> None:
    assert not suite.verifying_key(SIGNERS[suite.name].spki).verify(b"m", signature)


@both
@given(secret=st.binary(min_size=1, max_size=300), change=mutation)
def test_a_changed_wrap_does_not_open(suite: Suite, secret: bytes, change: tuple[int, int]) -> None:
    unwrapper = UNWRAPPERS[suite.name]
    wrapped = suite.wrapping_key(unwrapper.spki).wrap(secret)
    assert unwrapper.unwrap(wrapped) == secret
    for bad in (changed(wrapped, change), wrapped + b"\0", wrapped[:-1], wrapped[1:]):
        with pytest.raises(CryptoError):
            unwrapper.unwrap(bad)


@both
@given(junk=st.binary(max_size=300))
def test_any_bytes_as_wrap_or_key_are_a_crypto_error(suite: Suite, junk: bytes) -> None:
    for refuse in (
        UNWRAPPERS[suite.name].unwrap,
        suite.verifying_key,
        suite.wrapping_key,
        suite.signing_key,
        suite.unwrapping_key,
    ):
        with pytest.raises(CryptoError):
            refuse(junk)


@both
@given(change=mutation)
def test_a_changed_key_is_refused_or_another_key(suite: Suite, change: tuple[int, int]) -> None:
    signer = SIGNERS[suite.name]
    try:
        other = suite.verifying_key(changed(signer.spki, change))
    except CryptoError:
        return
    assert suite is INTL  # any 32 bytes may be an Ed25519 key; hardly any 64 are a point of the SM2 curve
    assert not other.verify(b"m", signer.sign(b"m"))


@both
@given(pkcs8_change=mutation)
def test_a_changed_private_key_is_refused_or_another_key(suite: Suite, pkcs8_change: tuple[int, int]) -> None:
    signer = SIGNERS[suite.name]
    try:
        other = suite.signing_key(changed(signer.pkcs8(), pkcs8_change))
    except CryptoError:
        return
    assert suite.verifying_key(other.spki).verify(b"m", other.sign(b"m"))


@both
@given(plaintext=st.binary(max_size=200), aad=st.binary(max_size=50), change=mutation)
def test_a_changed_seal_does_not_open(suite: Suite, plaintext: bytes, aad: bytes, change: tuple[int, int]) -> None:
    key, nonce = b"k" * 16, b"n" * 12
    sealed = suite.seal(key, nonce, aad, plaintext)
    assert len(sealed) == len(plaintext) + 16
    assert suite.open(key, nonce, aad, sealed) == plaintext
    for bad_aad, bad in ((aad, changed(sealed, change)), (aad + b"\0", sealed), (aad, sealed[:-1]), (aad, b"")):
        with pytest.raises(CryptoError):
            suite.open(key, nonce, bad_aad, bad)


@both
def test_a_key_or_nonce_of_another_length_is_refused(suite: Suite) -> None:
    for key, nonce in ((b"k" * 32, b"n" * 12), (b"k" * 16, b"n" * 16)):
        with pytest.raises(CryptoError):
            suite.seal(key, nonce, b"", b"")


@both
def test_macs(suite: Suite) -> None:
    mac = suite.mac(b"k" * 32, b"data")
    assert suite.mac_valid(b"k" * 32, b"data", mac)
    assert not suite.mac_valid(b"k" * 32, b"dat", mac)
    assert not suite.mac_valid(b"k" * 32, b"data", mac[:31])
    assert not suite.mac_valid(b"k" * 32, b"data", b"")


def test_the_suites_keys_do_not_mix() -> None:
    with pytest.raises(CryptoError):
        SM.signing_key(SIGNERS["intl"].pkcs8())
    with pytest.raises(CryptoError):
        INTL.signing_key(SIGNERS["sm"].pkcs8())
    with pytest.raises(CryptoError):
        INTL.signing_key(UNWRAPPERS["intl"].pkcs8())
    with pytest.raises(CryptoError):
        INTL.unwrapping_key(SIGNERS["intl"].pkcs8())


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (2**256 - 1, 1)])
def test_r_and_s_stand_in_their_range(r: int, s: int) -> None:
    with pytest.raises(CryptoError):
        der_from_raw(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@pytest.mark.parametrize(
    "der",
    [
        "3006020101020101" + "00",  # something after it
        "3007020200010201" + "01",  # a padded integer
        "308106020101020101",  # a long length
        "3009020101020101020101",  # a third integer
        "30060201ff020101",  # a negative one
        "3006020100020101",  # zero
        "",
    ],
)
def test_a_signature_has_one_der_form(der: str) -> None:
    with pytest.raises(CryptoError):
        raw_from_der(bytes.fromhex(der))


def test_small_numbers_keep_their_32_bytes() -> None:
    raw = bytes(31) + b"\x01" + bytes(31) + b"\x7f"
    assert raw_from_der(der_from_raw(raw)) == raw


def test_a_wrong_tag_is_named_so_whatever_the_library_makes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an older error in the thread's queue the library raises that one, as a ValueError."""

    class Old:
        def authenticate_additional_data(self, _aad: bytes) -> None: ...

        def update(self, _body: bytes) -> bytes:
            return b""

        def finalize(self) -> bytes:
            raise ValueError("The length of the provided data is not a multiple of the block length.")

    monkeypatch.setattr(symmetric.Cipher, "decryptor", lambda _cipher: Old())
    with pytest.raises(CryptoError):
        SM.open(bytes(16), bytes(12), b"", bytes(20))
