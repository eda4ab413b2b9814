"""Another implementation agrees: gmssl (pure Python), used here as a peer only.

Its keys must not begin with the digits 0 or 4, which it strips; its verify takes what ours refuses, so only good
signatures are compared.
"""

import pytest
from asn1crypto.core import Sequence
from gmssl import func, sm2, sm3

from zhendao.protocol.keys import SigningKey
from zhendao.protocol.sm2_signature import message_digest, point_of_spki, raw_from_der, signer_hash
from zhendao.protocol.suite import SM


@pytest.fixture
def key() -> SigningKey:
    while True:
        made = SM.new_signing_key()
        if point_of_spki(made.spki).hex()[0] not in "04":
            return made


def peer_of(key: SigningKey) -> sm2.CryptSM2:
    private = key.pkcs8()
    d = private[private.index(b"\x04\x20") + 2 :][:32].hex()
    return sm2.CryptSM2(private_key=d, public_key=point_of_spki(key.spki).hex())


def test_the_peer_accepts_our_signatures(key: SigningKey) -> None:
    for message in (b"", b"a", b"zd1" * 100):
        assert peer_of(key).verify_with_sm3(key.sign(message).hex(), message)


def test_we_accept_the_peers_signatures(key: SigningKey) -> None:
    signature = peer_of(key).sign_with_sm3(b"from the other side", func.random_hex(64))
    assert SM.verifying_key(key.spki).verify(b"from the other side", bytes.fromhex(signature))


def test_a_signature_with_the_standards_k_is_the_standards() -> None:
    d = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
    peer = sm2.CryptSM2(private_key=d, public_key="", asn1=True)
    e = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
    der = peer.sign(e, "59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21")
    assert raw_from_der(bytes.fromhex(der)).hex() == (
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )


def test_the_peer_opens_our_wraps(key: SigningKey) -> None:

    parts = Sequence.load(SM.wrapping_key(key.spki).wrap(b"a data key"))
    raw = b"".join(
        part.native.to_bytes(32, "big") if isinstance(part.native, int) else part.native
        for part in (parts[i] for i in range(4))
    )
    peer = peer_of(key)
    peer.mode = 1
    assert peer.decrypt(raw) == b"a data key"


def test_the_same_digest(key: SigningKey) -> None:
    za = signer_hash(key.spki)
    message = b"the same digest"
    assert message_digest(za, message).hex() == sm3.sm3_hash(list(za + message))


def test_the_same_hmac_and_hkdf() -> None:
    def peer_hash(data: bytes) -> bytes:
        return bytes.fromhex(sm3.sm3_hash(list(data)))

    def peer_mac(secret: bytes, data: bytes) -> bytes:
        block = secret.ljust(64, b"\0")
        inner = peer_hash(bytes(b ^ 0x36 for b in block) + data)
        return peer_hash(bytes(b ^ 0x5C for b in block) + inner)

    assert SM.mac(b"k" * 32, b"data") == peer_mac(b"k" * 32, b"data")
    extracted = peer_mac(bytes(32), b"a data key")
    assert SM.derive(b"a data key", "zd1/state", 16) == peer_mac(extracted, b"zd1/state\x01")[:16]
