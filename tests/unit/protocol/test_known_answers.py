"""The published vectors of the standards, so that both suites are what they say they are."""

import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import load_der_private_key

from zhendao.protocol.libcrypto import Sm2PrivateKey, Sm2PublicKey
from zhendao.protocol.sm2_signature import (
    der_from_raw,
    message_digest,
    raw_from_der,
    signer_hash,
    spki_of_point,
)
from zhendao.protocol.suite import INTL, SM

SM2_D = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
SM2_XY = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
SM2_RS = (
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
SM2_PKCS8 = bytes.fromhex(
    "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420" + SM2_D + "a14403420004" + SM2_XY
)
SPKI = spki_of_point(bytes.fromhex(SM2_XY))


def test_sm3_gbt_32905() -> None:
    assert SM.hash(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert SM.hash(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sm4_gbt_32907_one_block_and_a_million() -> None:
    block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    # CBC over zeros encrypts the block, then the result, and so on
    encryptor = Cipher(SM4(block), CBC(block)).encryptor()
    rounds = encryptor.update(bytes(16 * 1_000_000))
    assert rounds[:16].hex() == "681edf34d206965e86b3e94f536e4246"
    assert rounds[-16:].hex() == "595298c7c6fd271f0402f804c33d3f66"


def test_sm4_gcm_rfc_8998() -> None:
    plaintext = b"".join(bytes([byte] * 8) for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    key, nonce = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex("00001234567800000000abcd")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = SM.seal(key, nonce, aad, plaintext)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert SM.open(key, nonce, aad, sealed) == plaintext


def test_sm2_signature_gbt_32918_5() -> None:
    za = signer_hash(SPKI)
    assert za.hex() == "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
    digest = message_digest(za, b"message digest")
    assert digest.hex() == "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
    assert Sm2PublicKey(SPKI).verify_digest(digest, der_from_raw(bytes.fromhex(SM2_RS)))
    assert SM.verifying_key(SPKI).verify(b"message digest", bytes.fromhex(SM2_RS))


def test_sm2_signature_of_the_standards_key() -> None:
    key = SM.signing_key(SM2_PKCS8)
    assert key.spki == SPKI
    assert key.key_id == SM.hash(SPKI)[:8]
    signature = key.sign(b"message digest")
    assert signature != bytes.fromhex(SM2_RS)  # k is random here
    assert SM.verifying_key(SPKI).verify(b"message digest", signature)
    assert raw_from_der(der_from_raw(signature)) == signature


def test_sm2_encryption_gbt_32918_5() -> None:
    x = "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    y = "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    c3 = "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    c2 = "21886ca989ca9c7d58087307ca93092d651efa"
    der = bytes.fromhex("307c0220" + x + "022100" + y + "0420" + c3 + "0413" + c2)
    assert Sm2PrivateKey.load(SM2_PKCS8).decrypt(der) == b"encryption standard"
    assert SM.unwrapping_key(SM2_PKCS8).unwrap(der) == b"encryption standard"


def test_hkdf_rfc_5869_case_3() -> None:
    okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert INTL.derive(b"\x0b" * 22, "", 42).hex() == okm


def test_hmac_rfc_4231_case_2() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert INTL.mac(b"Jefe", b"what do ya want for nothing?").hex() == expected


def test_ed25519_rfc_8032_test_3() -> None:
    seed = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
    key = INTL.signing_key(bytes.fromhex("302e020100300506032b657004220420") + seed)
    assert key.spki[12:].hex() == "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
    signature = key.sign(bytes.fromhex("af82"))
    assert signature.hex() == (
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    assert INTL.verifying_key(key.spki).verify(bytes.fromhex("af82"), signature)


def _extract(salt: bytes, suite_id: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite_id + label + ikm, "sha256")


def _expand(prk: bytes, suite_id: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:length]


def _hpke_open(private: X25519PrivateKey, enc: bytes, ct: bytes, info: bytes, aad: bytes = b"") -> bytes:
    """RFC 9180 by hand: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, mode base, first message."""
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x01"
    dh = private.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + private.public_key().public_bytes_raw()
    shared = _expand(_extract(b"", kem, b"eae_prk", dh), kem, b"shared_secret", context, 32)
    schedule = b"\x00" + _extract(b"", suite, b"psk_id_hash", b"") + _extract(b"", suite, b"info_hash", info)
    secret = _extract(shared, suite, b"secret", b"")
    key = _expand(secret, suite, b"key", schedule, 16)
    nonce = _expand(secret, suite, b"base_nonce", schedule, 12)
    return AESGCM(key).decrypt(nonce, ct, aad)


def test_hpke_by_hand_passes_the_vector_of_rfc_9180() -> None:
    private = X25519PrivateKey.from_private_bytes(
        bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    )
    enc = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
    ct = bytes.fromhex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a")
    plaintext = _hpke_open(private, enc, ct, b"Ode on a Grecian Urn", b"Count-0")
    assert plaintext == b"Beauty is truth, truth beauty"


def test_hpke_wrap_opens_by_hand() -> None:
    key = INTL.new_unwrapping_key()
    wrapped = INTL.wrapping_key(key.spki).wrap(b"the keys of a start")
    private = load_der_private_key(key.pkcs8(), None)
    assert isinstance(private, X25519PrivateKey)
    assert _hpke_open(private, wrapped[:32], wrapped[32:], b"zd1/wrap") == b"the keys of a start"
    assert key.unwrap(wrapped) == b"the keys of a start"
