"""What seals personal data at rest, and hashes what must be found but not be read.

The root is the file ``keys/store.key`` (0600); without it a copy of the database opens nothing (rule: SM4). Under it
are data keys, one of each purpose and epoch (`ring`); fields of before there were any were sealed under the root.
"""

import os
import secrets
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Protocol

from zhendao.command.atrest import fields
from zhendao.gateway.errors import KeysError
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.suite import SM
from zhendao.protocol.wording import Text

_SIZE = 32
_NONCE = 12


class DataKeys(Protocol):
    """The data keys of a store, by purpose and by number."""

    def current(self, purpose: str) -> tuple[int, bytes]:
        """Return number and key of the newest data key of ``purpose``. Raises `StoreError`."""

    def by_number(self, number: int) -> tuple[str, bytes] | None:
        """Return purpose and key of a data key; None: there is none, or it was destroyed."""

    def look_ups(self) -> list[bytes]:
        """Return the keys of look-ups, the newest first."""

    def refresh(self) -> None:
        """Read them again."""


class StoreKey:
    """Seals and hashes; SM4-GCM and HMAC-SM3, each with a key of its own use."""

    def __init__(
        self, secret: bytes, entropy: Callable[[int], bytes] = secrets.token_bytes, folder: Path | None = None
    ) -> None:
        """Derive what is needed from ``secret`` (32 bytes); ``entropy`` gives the random bytes of nonces.

        ``folder``: where it was read from, and where the escrow's certificate lies beside it.
        """
        self._entropy = entropy
        self._seal = SM.derive(secret, "zhendao/store/seal", 16)
        self._find = SM.derive(secret, "zhendao/store/find", 32)
        self.wrapping = SM.derive(secret, "zhendao/store/wrap", 16)
        self.folder = folder
        self._purpose: str | None = None
        self._ring: list[DataKeys] = []

    def hold(self, data_keys: DataKeys) -> None:
        """Seal under ``data_keys`` from now on, here and in all that `of` gave."""
        self._ring[:] = [data_keys]

    def number_of(self, purpose: str) -> int | None:
        """Return the number of the newest data key of ``purpose`` as it is known here; None without data keys."""
        return None if self._held is None else self._held.current(purpose)[0]

    def refresh(self) -> None:
        """Read the data keys again: there is a newer one."""
        if self._held is not None:
            self._held.refresh()

    def of(self, purpose: str) -> "StoreKey":
        """Return the same for one ``purpose`` (`catalogue.PURPOSES`): what it seals and opens is of that alone."""
        one = copy(self)  # which shares the ring
        one._purpose = purpose  # noqa: SLF001 - it is one of us
        return one

    def seal(self, plaintext: bytes, bound_to: bytes) -> bytes:
        """Seal ``plaintext``; it opens only with the same ``bound_to``. Its nonce is random."""
        held = self._held
        nonce = self._entropy(_NONCE)
        if held is None or self._purpose is None:
            return nonce + SM.seal(self._seal, nonce, bound_to, plaintext)
        number, key = held.current(self._purpose)
        return fields.seal(key, number, nonce, plaintext, bound_to)

    def open(self, sealed: bytes, bound_to: bytes, former: bytes | None = None) -> bytes:
        """Open what `seal` made; ``former``: what it was bound to before there were data keys.

        Raises `CryptoError` when it was altered, belongs elsewhere, or its data key was destroyed.
        """
        number, held = fields.number_of(sealed), self._held
        found = None if number is None or held is None else held.by_number(number)
        if found is not None:
            purpose, key = found
            if self._purpose not in {None, purpose}:
                raise CryptoError("purpose", f"sealed for {purpose}")
            try:
                return fields.open_field(key, sealed, bound_to)
            except CryptoError:
                pass  # one nonce in 2^40 of before looks like a header
        nonce, rest = sealed[:_NONCE], sealed[_NONCE:]
        try:
            return SM.open(self._seal, nonce, bound_to, rest)
        except CryptoError:
            if former is None:
                raise
            return SM.open(self._seal, nonce, former, rest)

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether ``sealed`` is under the newest key of this purpose: what is not must be sealed anew."""
        held = self._held
        if held is None or self._purpose is None:
            return True
        return fields.number_of(sealed) == held.current(self._purpose)[0]

    def find_by(self, *parts: bytes) -> bytes:
        """Return a keyed hash of 16 bytes: equal parts can be found again, and nothing can be read from it.

        Its key stays: lanes, tags and the ids of findings join all that is stored.
        """
        return SM.mac(self._find, _framed(parts))[:16]

    def look_up(self, *parts: bytes) -> list[bytes]:
        """Return the keyed hashes under which somebody may be found: under the newest key first.

        The keys of these are apart from the data keys, and are rotated.
        """
        held, framed = self._held, _framed(parts)
        newer = [] if held is None else [SM.mac(key, framed)[:16] for key in held.look_ups()]
        return [*newer, SM.mac(self._find, framed)[:16]]

    @property
    def _held(self) -> DataKeys | None:
        return self._ring[0] if self._ring else None


def _framed(parts: tuple[bytes, ...]) -> bytes:
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


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
    return StoreKey(secret, folder=path.parent)
