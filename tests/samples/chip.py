"""A signing key as in a chip, that can be taken away."""

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.keys import SigningKey


class Chip:
    """A key that can be taken away."""

    def __init__(self, key: SigningKey) -> None:
        self.suite, self.spki, self.key_id = key.suite, key.spki, key.key_id
        self._key, self.there = key, True

    def sign(self, message: bytes) -> bytes:
        if not self.there:
            raise CryptoError("tpm", "the chip does not answer")
        return self._key.sign(message)
