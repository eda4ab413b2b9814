"""Custody of the card master keys: versions, kept in one file that is sealed under the store key, mode 0600.

Promise: a master key is never printed, never leaves this process but wrapped for the escrow, and is never replaced: a
new version stands beside the old ones, under which cards in the field go on being verified. The same bytes may come as
the systemd credential ``zhendao-card-masters`` instead; then nothing of them lies in the folder. rule: ESCROW
"""

import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.errors import CardsError
from zhendao.protocol import cbor
from zhendao.protocol.cards.diversify import Masters
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.wording import Text

FILE: Final = "card-masters.sealed"
CREDENTIAL: Final = "zhendao-card-masters"
KEY_BYTES: Final = 16
MOST_VERSIONS: Final = 16
"""A card's version is found by trying them, so there are few; more than one a year is not expected."""
_BOUND_TO: Final = b"card-masters"
_MAX_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, repr=False)
class Master:
    """One version of the master keys and when it was made (UTC ms)."""

    keys: Masters
    made_ms: int

    @property
    def version(self) -> int:
        """Its number: 1, 2, and so on."""
        return self.keys.version


@dataclass(frozen=True, slots=True)
class Custody:
    """Where the master keys lie: the gateway's ``keys`` folder, or the folder of systemd's credentials."""

    folder: Path
    store_key: StoreKey
    environment: Mapping[str, str]

    @property
    def credential(self) -> Path | None:
        """Return the credential's file where the service was given one."""
        given = self.environment.get("CREDENTIALS_DIRECTORY")
        path = Path(given) / CREDENTIAL if given else None
        return path if path is not None and path.exists() else None

    def load(self) -> tuple[Master, ...]:
        """Return every version, the oldest first; none where none was made. Raises `CardsError`."""
        path = self.credential or self.folder / FILE
        try:
            if self.credential is None:
                if not path.exists():
                    return ()
                _check_mode(path)
            sealed = path.read_bytes()
        except OSError as error:
            raise _unusable(path, error.strerror or "") from error
        try:
            return _decode(self.store_key.open(sealed, _BOUND_TO))
        except (CryptoError, ProtocolError, ValueError) as error:
            raise _unusable(path, "altered, or sealed under another store key") from error

    def add(self, now_ms: int, entropy: Callable[[int], bytes] = secrets.token_bytes) -> Master:
        """Make the next version and keep it; what was there stays. Raises `CardsError`."""
        if self.credential is not None:
            raise CardsError(
                Text("主密钥由 systemd 凭据提供，无法就地新增", "the master keys come as a systemd credential"),
                Text(
                    f"停用凭据，在 {self.folder / FILE} 上新增后重新加密为凭据",
                    f"work on {self.folder / FILE} without the credential, then encrypt it as the credential again",
                ),
            )
        known = self.load()
        if len(known) >= MOST_VERSIONS:
            raise CardsError(
                Text(f"主密钥已有 {MOST_VERSIONS} 个版本", f"there are {MOST_VERSIONS} versions already"),
                Text("先更换仍用旧版本的卡", "replace the cards that use old versions first"),
            )
        version = known[-1].version + 1 if known else 1
        made = Master(Masters(version, entropy(KEY_BYTES), entropy(KEY_BYTES)), now_ms)
        _write(self.folder / FILE, self.store_key.seal(encoded((*known, made)), _BOUND_TO))
        return made


class Held:
    """The master keys as they are now: read again when their file changed, so that a new version needs no restart."""

    def __init__(self, custody: Custody) -> None:
        self._custody = custody
        self._seen: tuple[int, int] | None = None
        self._masters: tuple[Master, ...] = ()
        self._lock = threading.Lock()

    def __call__(self) -> tuple[Master, ...]:
        """Return every version, the oldest first. Raises `CardsError`."""
        path = self._custody.credential or self._custody.folder / FILE
        try:
            told = path.stat()
        except OSError:
            return ()
        seen = (told.st_mtime_ns, told.st_ino)
        with self._lock:
            if seen != self._seen:
                self._masters = self._custody.load()
                self._seen = seen
            return self._masters


def encoded(masters: tuple[Master, ...]) -> bytes:
    """Return all versions as bytes, to be sealed or wrapped by the caller before they go anywhere."""
    return cbor.encode([1, [[one.version, one.keys.aes, one.keys.sm4, one.made_ms] for one in masters]])


def _decode(data: bytes) -> tuple[Master, ...]:
    match cbor.decode(data, _MAX_BYTES):
        case [1, [*rows]]:
            pass
        case _:
            raise ValueError("form")
    found = []
    for row in rows:
        match row:
            case [int() as version, bytes() as aes, bytes() as sm4, int() as made_ms] if (
                len(aes) == len(sm4) == KEY_BYTES
            ):
                found.append(Master(Masters(version, aes, sm4), made_ms))
            case _:
                raise ValueError("row")
    return tuple(found)


def _write(path: Path, data: bytes) -> None:
    """Put ``data`` in place of the file at once: after a power cut the old or the new one is there, whole."""
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unusable(path, error.strerror or "") from error


def _check_mode(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise CardsError(
            Text(f"{path} 可被他人读取", f"others can read {path}"), Text(f"chmod 600 {path}", f"chmod 600 {path}")
        )


def _unusable(path: Path, why: str) -> CardsError:
    return CardsError(
        Text(f"卡主密钥 {path} 不可用：{why}", f"the card master keys {path} cannot be used: {why}"),
        Text("从备份或密钥托管处恢复", "restore them from a backup or from the escrow"),
    )
