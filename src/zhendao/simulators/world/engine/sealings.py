"""The stand-in suite with a witness: every sealing is told, so that a key and a nonce that meet twice are seen.

What it returns is what the stand-in returns; the witness hears a name of the key and a digest, never what is sealed.
"""

from hashlib import blake2b

from zhendao.protocol.limits import ID_BYTES
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.engine.standin import StandIn
from zhendao.simulators.world.reports import Sealed, Tell

_DEVICE_AT = 4
"""Where the device stands in what every sealing is bound to: CBOR [1, suite, device, …] (docs/protocol.md)."""
_DIGEST = 8


class WatchedStandIn(StandIn):
    """`StandIn` that tells of what it seals."""

    def __init__(self, chance: Chance, clockwork: Clockwork, tell: Tell) -> None:
        super().__init__(chance)
        self._clockwork, self._tell = clockwork, tell

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Seal, and tell."""
        device = aad[_DEVICE_AT : _DEVICE_AT + ID_BYTES]
        digests = (blake2b(one, digest_size=_DIGEST).digest() for one in (key, plaintext))
        self._tell(Sealed(self._clockwork.now_ns, device, next(digests), nonce, next(digests)))
        return super().seal(key, nonce, aad, plaintext)
