"""The store key: seals the keys of terminals' starts at rest, and hashes what must be found but not be read.

Without the file ``keys/store.key`` (0600) a copy of the database opens no event and tells no card number (rule: SM4).
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from zhendao.gateway.errors import KeysError
from zhendao.protocol.suite import SM
from zhendao.protocol.wording import Text

_SIZE = 32
_NONCE = 12


class StoreKey:
    """Seals and hashes under the store key; SM4-GCM and HMAC-SM3, each with a key derived for its own use."""

    def __init__(self, secret: bytes, entropy: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """Derive both keys from ``secret`` (32 bytes); ``entropy`` gives the random bytes of nonces."""
        self._entropy = entropy
        self._seal = SM.derive(secret, "zhendao/store/seal", 16)
        self._find = SM.derive(secret, "zhendao/store/find", 32)

    def seal(self, plaintext: bytes, bound_to: bytes) -> bytes:
        """Seal ``plaintext``; it opens only with the same ``bound_to``. A nonce of 12 random bytes goes in front."""
        nonce = self._entropy(_NONCE)
        return nonce + SM.seal(self._seal, nonce, bound_to, plaintext)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Open what `seal` made. Raises `CryptoError` when it was altered or belongs elsewhere."""
        return SM.open(self._seal, sealed[:_NONCE], bound_to, sealed[_NONCE:])

    def find_by(self, *parts: bytes) -> bytes:
        """Return a keyed hash of 16 bytes: equal parts can be found again, and nothing can be read from it."""
        framed = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
        return SM.mac(self._find, framed)[:16]


def load_store_key(path: Path) -> StoreKey:
    """Read the store key, or make it (mode 0600) where there is none yet."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_SIZE))
                file.flush()
                os.fsync(file.fileno())
        secret = path.read_bytes()
    except OSError as error:
        raise KeysError(
            Text(f"无法读取或创建存储密钥：{error}", f"the store key cannot be read or made: {error}"),
            Text("检查 data_dir/keys 的权限", "check the permissions of data_dir/keys"),
        ) from error
    if len(secret) != _SIZE:
        raise KeysError(
            Text(f"存储密钥 {path} 应为 {_SIZE} 字节", f"the store key {path} is not {_SIZE} bytes long"),
            Text("从备份恢复该文件", "restore the file from a backup"),
        )
    return StoreKey(secret)
