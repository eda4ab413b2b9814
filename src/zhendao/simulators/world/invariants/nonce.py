"""`no-nonce-twice`: under one key no nonce ever seals two different plaintexts.

Every AEAD call of the stand-in suite is reported, so this sees also what was sealed for a write that failed: it may
stand on the disk all the same, or have been read from it (docs/protocol.md section 4).
"""

from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import Sealed


class NoNonceTwice(Invariant):
    """Remembers what each key has sealed under each nonce."""

    name: ClassVar[str] = "no-nonce-twice"
    says: ClassVar[Text] = Text(
        "同一密钥下，同一个号不会封存两份不同的明文",
        "a key and a nonce never seal two different plaintexts",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._seen: dict[bytes, dict[bytes, bytes]] = {}

    def handlers(self) -> Mapping[type, Handler]:
        """Hear each sealing."""
        return {Sealed: self._sealed}

    def _sealed(self, one: Sealed) -> None:
        before = self._seen.setdefault(one.key, {}).setdefault(one.nonce, one.plaintext)
        if before != one.plaintext:
            self.broke(
                one.at_ns, f"device {one.device.hex()[:8]}", f"密钥与号 {int.from_bytes(one.nonce, 'big')} 用了两次",
                f"a key sealed two different plaintexts under nonce {int.from_bytes(one.nonce, 'big')}",
            )  # fmt: skip
