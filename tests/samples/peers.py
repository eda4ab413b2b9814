"""Both suites once more, from other people's code: gmssl for `sm` (with GCM written out here), PyCryptodome for `intl`.

Nothing of ``zhendao`` is imported: what agrees with this page agrees with the standards, not with itself.
"""

import hashlib
import hmac
from typing import Any

from asn1crypto import core, keys
from Cryptodome.Cipher import AES
from Cryptodome.Protocol import HPKE
from Cryptodome.PublicKey import ECC
from Cryptodome.Signature import eddsa
from gmssl import sm2, sm3
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4

SM2_ID = b"1234567812345678"
TAG = 16


class SmPeer:
    """SM2, SM3, SM4 of gmssl (pure Python)."""

    def hash(self, data: bytes) -> bytes:
        return bytes.fromhex(sm3.sm3_hash(list(data)))

    def mac(self, key: bytes, data: bytes) -> bytes:
        padded = key.ljust(64, b"\x00")
        inner = self.hash(bytes(one ^ 0x36 for one in padded) + data)
        return self.hash(bytes(one ^ 0x5C for one in padded) + inner)

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        point = self._point(spki)
        crypt = sm2.CryptSM2(private_key="", public_key="11" * 64)
        crypt.public_key = point.hex()  # its constructor strips leading digits of some keys
        curve = "".join(sm2.default_ecc_table[name] for name in ("a", "b", "g"))
        za = self.hash((len(SM2_ID) * 8).to_bytes(2, "big") + SM2_ID + bytes.fromhex(curve) + point)
        return bool(crypt.verify(signature.hex(), self.hash(za + message)))

    def unwrap(self, pkcs8: bytes, wrapped: bytes) -> bytes:
        x, y, digest, text = [one.native for one in core.SequenceOf.load(wrapped, spec=core.Any)]
        crypt = sm2.CryptSM2(private_key=self._secret(pkcs8), public_key="11" * 64, mode=1)
        raw = x.to_bytes(32, "big") + y.to_bytes(32, "big") + digest + text
        opened = bytes(crypt.decrypt(raw))
        shared = bytes.fromhex(crypt._kg(int(self._secret(pkcs8), 16), raw[:64].hex()))
        assert self.hash(shared[:32] + opened + shared[32:]) == digest, "C3 does not match (gmssl never looks)"
        return opened

    def open(self, key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
        block = CryptSM4()
        block.set_key(key, SM4_ENCRYPT)

        def encrypt(one: bytes) -> bytes:
            return bytes(block.one_round(block.sk, list(one)))

        text, tag = sealed[:-TAG], sealed[-TAG:]
        assert gcm_tag(encrypt, nonce, aad, text) == tag
        stream = b"".join(encrypt(nonce + (n + 2).to_bytes(4, "big")) for n in range(-(-len(text) // 16)))
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))

    @staticmethod
    def _point(spki: bytes) -> bytes:
        return bytes(keys.PublicKeyInfo.load(spki)["public_key"].native)[1:]

    @staticmethod
    def _secret(pkcs8: bytes) -> str:
        inner = keys.PrivateKeyInfo.load(pkcs8)["private_key"].parsed
        return f"{inner['private_key'].native:064x}"


def gcm_tag(encrypt: Any, nonce: bytes, aad: bytes, text: bytes) -> bytes:
    """Return the tag of NIST SP 800-38D for a 12-byte nonce, one bit at a time."""
    hash_key = int.from_bytes(encrypt(bytes(16)), "big")
    lengths = (len(aad) * 8).to_bytes(8, "big") + (len(text) * 8).to_bytes(8, "big")
    padded = aad + bytes(-len(aad) % 16) + text + bytes(-len(text) % 16) + lengths
    state = 0
    for start in range(0, len(padded), 16):
        factor, product = state ^ int.from_bytes(padded[start : start + 16], "big"), 0
        value = hash_key
        for bit in range(127, -1, -1):
            if factor >> bit & 1:
                product ^= value
            value = value >> 1 ^ (0xE1 << 120 if value & 1 else 0)
        state = product
    mask = encrypt(nonce + b"\x00\x00\x00\x01")
    return bytes(a ^ b for a, b in zip(state.to_bytes(16, "big"), mask, strict=True))


class IntlPeer:
    """Ed25519, SHA-256, AES-GCM and HPKE of the standard library and PyCryptodome."""

    def hash(self, data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    def mac(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, "sha256")

    def verify(self, spki: bytes, message: bytes, signature: bytes) -> bool:
        try:
            eddsa.new(ECC.import_key(spki), "rfc8032").verify(message, signature)
        except ValueError:
            return False
        return True

    def unwrap(self, pkcs8: bytes, wrapped: bytes) -> bytes:
        receiver = HPKE.new(
            receiver_key=ECC.import_key(pkcs8), aead_id=HPKE.AEAD.AES128_GCM, enc=wrapped[:32], info=b"zd1/wrap"
        )
        return bytes(receiver.unseal(wrapped[32:]))

    def open(self, key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
        cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
        cipher.update(aad)
        return bytes(cipher.decrypt_and_verify(sealed[:-TAG], sealed[-TAG:]))


PEERS = {"sm": SmPeer(), "intl": IntlPeer()}
