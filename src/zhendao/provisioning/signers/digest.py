"""A key of a device that signs digests and knows no messages: SKF, a TPM, an HSM. Suite ``sm``.

The digest SM3(ZA ‖ M) is made here, so a device needs to sign 32 bytes with SM2 and to tell its public key; what it
answers is verified before anybody else sees it.
"""

from collections.abc import Callable

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.sm2_signature import message_digest, signer_hash
from zhendao.protocol.suite import SM, Suite


class DigestKey:
    """A signing key whose private half is behind ``sign_digest``: 32 bytes in, r ‖ s (64 bytes, big-endian) out."""

    def __init__(self, spki: bytes, sign_digest: Callable[[bytes], bytes]) -> None:
        """Raise `CryptoError` where ``spki`` is no SM2 key."""
        self._public = SM.verifying_key(spki)
        self.suite: Suite = SM
        self.spki, self.key_id = spki, SM.key_id(spki)
        self._za, self._sign_digest = signer_hash(spki), sign_digest

    def sign(self, message: bytes) -> bytes:
        """Return the signature; `CryptoError` where the device does not answer with one of this key."""
        try:
            signature = self._sign_digest(message_digest(self._za, message))
        except Exception as error:
            raise CryptoError("signer", f"the device does not sign: {error}") from error
        if not self._public.verify(message, signature):
            raise CryptoError("signer", "the device answered with a signature that is not of its key")
        return signature
