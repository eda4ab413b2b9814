"""Suite `sm` by the system's libcrypto: the bytes of `cryptography`, and nothing opens that was changed."""

import ctypes
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol import libcrypto_sm4, sm_engine
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.sm2_signature import ORDER, der_from_raw, raw_from_der
from zhendao.protocol.suite import SM

KEY, NONCE = st.binary(min_size=16, max_size=16), st.binary(min_size=12, max_size=12)
SYSTEM = sm_engine.SystemEngine()
NEVER = libcrypto_sm4._BlockFunction(lambda *_: None)
NUMBER = st.integers(1, ORDER - 1) | st.integers(1, 2**64) | st.integers(ORDER - 300, ORDER - 1)


@pytest.fixture
def spared() -> Iterator[None]:
    sm_engine.spare()
    yield
    sm_engine.spare(spared=False)


def test_the_library_of_this_system_gives_the_known_answer_and_is_chosen(spared: None) -> None:  # noqa: ARG001
    assert libcrypto_sm4.is_good()
    assert isinstance(sm_engine.engine(), sm_engine.SystemEngine)
    signer = SM.new_signing_key()
    assert SM.verifying_key(signer.spki).verify(b"m", signer.sign(b"m"))


def test_without_a_word_it_is_not() -> None:
    assert not isinstance(sm_engine.engine(), sm_engine.SystemEngine)


@pytest.mark.usefixtures("spared")
def test_a_library_that_fails_its_known_answer_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = libcrypto_sm4._counter_mode
    monkeypatch.setattr(libcrypto_sm4, "_counter_mode", lambda *them: bytes(len(whole(*them))))
    libcrypto_sm4.is_good.cache_clear()
    try:
        assert not isinstance(sm_engine.engine(), sm_engine.SystemEngine)
        with pytest.raises(CryptoError):
            SYSTEM.seal(bytes(16), bytes(12), b"", b"x")
    finally:
        libcrypto_sm4.is_good.cache_clear()


@pytest.mark.usefixtures("spared")
@pytest.mark.parametrize("missing", ["EVP_CIPHER_fetch", "CRYPTO_gcm128_aad", "libcrypto.so.3"])
def test_a_library_that_lacks_it_is_not_used_and_leaves_no_error_behind(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches = libcrypto_sm4._library, libcrypto_sm4._cipher, libcrypto_sm4.is_good
    loaded = ctypes.CDLL("libcrypto.so.3")

    class Without:
        def __getattr__(self, name: str) -> object:
            if name == missing == "EVP_CIPHER_fetch":
                fetch = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
                return lambda one, _name, two: fetch(("EVP_CIPHER_fetch", loaded))(one, b"SM4-NONE", two)
            if name == missing:
                raise AttributeError(name)
            return getattr(loaded, name)

    def load(_name: str) -> Without:
        if missing == "libcrypto.so.3":
            raise OSError(missing)
        return Without()

    monkeypatch.setattr(libcrypto_sm4.ctypes, "CDLL", load)
    loaded.ERR_peek_error.restype = ctypes.c_ulong
    loaded.ERR_clear_error()
    for one in caches:
        one.cache_clear()
    try:
        assert not isinstance(sm_engine.engine(), sm_engine.SystemEngine)
        assert SM.open(bytes(16), bytes(12), b"", SM.seal(bytes(16), bytes(12), b"", b"x")) == b"x"
        assert loaded.ERR_peek_error() == 0
        with pytest.raises(CryptoError):
            SYSTEM.seal(bytes(16), bytes(12), b"", b"x")
    finally:
        for one in caches:
            one.cache_clear()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), CryptoError("seal", "no")])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_what_is_raised_while_a_block_is_asked_for_makes_no_tag(
    error: BaseException, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert libcrypto_sm4.is_good()
    whole, asked = libcrypto_sm4._encrypted, list[bytes]()

    def failing(cipher: bytes, key: bytes, iv: bytes | None, data: bytes) -> bytes:
        asked.extend([cipher] if cipher == b"SM4-ECB" else [])
        if len(asked) == at:
            raise error
        return whole(cipher, key, iv, data)

    monkeypatch.setattr(libcrypto_sm4, "_encrypted", failing)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else CryptoError):
        SYSTEM.seal(bytes(16), bytes(12), b"aad", b"seventeen bytes..")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_the_blocks_of_a_tag_there_is_no_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    assert libcrypto_sm4.is_good()
    monkeypatch.setattr(libcrypto_sm4, "_BlockFunction", lambda _block: NEVER)
    with pytest.raises(CryptoError):
        SYSTEM.seal(bytes(16), bytes(12), b"", bytes(32))


def test_without_memory_for_it_there_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert libcrypto_sm4.is_good()
    library = libcrypto_sm4._library()
    for name in ("EVP_CIPHER_CTX_new", "CRYPTO_gcm128_new"):
        with monkeypatch.context() as patched:
            patched.setattr(library, name, lambda *_: None)
            with pytest.raises(CryptoError):
                SYSTEM.seal(bytes(16), bytes(12), b"", b"x")


def test_what_is_too_long_is_an_error_of_ours() -> None:
    with pytest.raises(CryptoError):
        SYSTEM.seal(bytes(16), bytes(12), b"", bytes(libcrypto_sm4._LONGEST + 1))


@given(key=KEY, nonce=NONCE, aad=st.binary(max_size=70), plain=st.binary(max_size=700), change=st.integers(0, 10**6))
def test_both_seal_alike_and_neither_opens_what_was_changed(
    key: bytes, nonce: bytes, aad: bytes, plain: bytes, change: int
) -> None:
    sealed = SM.seal(key, nonce, aad, plain)
    assert SYSTEM.seal(key, nonce, aad, plain) == sealed
    assert SYSTEM.open(key, nonce, aad, sealed) == plain
    at, bit = divmod(change, 8)
    forged = bytearray(sealed)
    forged[at % len(sealed)] ^= 1 << bit
    for other in ((key, nonce, aad, bytes(forged)), (key, nonce, aad + b"\0", sealed), (key, nonce, aad, sealed[:-1])):
        with pytest.raises(CryptoError):
            SYSTEM.open(*other)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 4_096, 65_537])
def test_every_length_about_a_block_is_sealed_alike(size: int) -> None:
    plain = bytes(at % 251 for at in range(size))
    assert SYSTEM.seal(b"k" * 16, b"n" * 12, plain[:40], plain) == SM.seal(b"k" * 16, b"n" * 12, plain[:40], plain)


@given(key=st.binary(min_size=1, max_size=200), data=st.binary(max_size=300), length=st.integers(1, 300))
def test_hash_mac_and_derivation_are_alike(key: bytes, data: bytes, length: int) -> None:
    assert SYSTEM.hash(data) == SM.hash(data)
    assert SYSTEM.key_id(data) == SM.key_id(data)
    assert SYSTEM.mac(key, data) == SM.mac(key, data)
    assert SYSTEM.mac_valid(key, data, SM.mac(key, data))
    assert not SYSTEM.mac_valid(key, data + b"\0", SM.mac(key, data))
    assert SYSTEM.derive(key, data.hex(), length) == SM.derive(key, data.hex(), length)


@pytest.mark.parametrize("wrong", [(b"k", b"n" * 12), (b"k" * 16, b"n" * 11), (b"", b"")])
def test_keys_and_nonces_of_another_length_are_refused(wrong: tuple[bytes, bytes]) -> None:
    for engine in (SYSTEM, SM):
        with pytest.raises(CryptoError):
            engine.seal(*wrong, b"", b"x")
        with pytest.raises(CryptoError):
            engine.open(*wrong, b"", bytes(17))


def test_threads_seal_beside_each_other() -> None:
    def work(number: int) -> bool:
        key, nonce = bytes([number]) * 16, number.to_bytes(12, "big")
        return all(
            SYSTEM.open(key, nonce, b"a", SYSTEM.seal(key, nonce, b"a", bytes(at))) == bytes(at) for at in range(60)
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))


@given(r=NUMBER, s=NUMBER)
def test_a_signature_is_written_and_read_as_cryptography_does(r: int, s: int) -> None:
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert der_from_raw(raw) == encode_dss_signature(r, s)
    assert raw_from_der(encode_dss_signature(r, s)) == raw


@given(r=NUMBER, s=NUMBER, at=st.integers(0, 71), value=st.integers(0, 255), cut=st.integers(0, 3))
def test_what_is_read_as_a_signature_is_what_cryptography_reads(r: int, s: int, at: int, value: int, cut: int) -> None:
    forged = bytearray(encode_dss_signature(r, s))
    forged[at % len(forged)] = value
    der = bytes(forged[: len(forged) - cut])
    try:
        read = decode_dss_signature(der)
    except ValueError:
        read = (0, 0)
    good = all(0 < one < ORDER for one in read)
    try:
        raw = raw_from_der(der)
    except CryptoError:
        assert not good
    else:
        assert (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")) == read


@given(der=st.binary(max_size=80))
def test_any_bytes_are_a_signature_or_an_error_of_ours(der: bytes) -> None:
    with suppress(CryptoError):
        assert len(raw_from_der(der)) == 64
