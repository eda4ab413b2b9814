"""Where the terminal's signing key lies: in a TPM, in a credential of systemd, or in a file of mode 0600.

Whoever signs sees a `SigningKey` and no difference. What each place leaves to an attacker: docs/threat-model.md.
In the identity folder: ``terminal.tpm`` (the handle of a key in the chip) or ``terminal.key``, never both.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from asn1crypto import pem

from zhendao.command.tpm import Tpm, TpmError
from zhendao.device.identity.atomic import replace
from zhendao.device.identity.papers import KeyPlace, KeyStoreError, chip, unreadable
from zhendao.protocol.enrolment import KeyStore
from zhendao.protocol.suite import SM
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.protocol.keys import SigningKey
    from zhendao.protocol.suite import Suite

KEY_FILE, TPM_FILE = "terminal.key", "terminal.tpm"
CREDENTIAL = "zhendao-terminal.key"
_PEM = "PRIVATE KEY"
_MOST = 4096


def choose(suite: Suite) -> KeyStore:
    """Return the best place that this machine has for a key of ``suite``."""
    if suite is SM and Tpm.here() is not None:
        return KeyStore.TPM
    return KeyStore.FILE if credential() is None else KeyStore.CREDENTIAL


def make_key(folder: Path, suite: Suite, store: KeyStore) -> SigningKey:
    """Make a key in that place, or take the one that the credential holds; an earlier one in ``folder`` is replaced.

    Raises:
        KeyStoreError: this machine has no such place for a key of this suite.
        TpmError: the chip says no.
    """
    forget(folder)
    if store is KeyStore.TPM:
        tpm = chip()
        if suite is not SM:
            raise KeyStoreError(Text("TPM 只用于 sm 套件", "a TPM holds keys of suite sm only"))
        handle = tpm.make_key()
        replace(folder / TPM_FILE, f"{handle:#x}\n".encode())
    elif store is KeyStore.FILE:
        replace(folder / KEY_FILE, pem.armor(_PEM, suite.new_signing_key().pkcs8()))
    return open_key(folder, suite)


def open_key(folder: Path, suite: Suite) -> SigningKey:
    """Return the terminal's key, wherever it lies. Raises what `find_key` raises."""
    return find_key(folder).open(suite)


def find_key(folder: Path) -> KeyPlace:
    """Return where the terminal's key lies, with the key itself where it lies in a file.

    Raises:
        KeyStoreError: there is none, or it cannot be read.
        TpmError: the chip that holds it does not answer, or holds it no more.
    """
    if (folder / TPM_FILE).exists():
        try:
            handle = int((folder / TPM_FILE).read_text("ascii"), 16)
        except (OSError, ValueError) as error:
            raise unreadable(folder / TPM_FILE, error) from error
        return KeyPlace(str(folder / TPM_FILE), handle=handle)
    if (folder / KEY_FILE).exists():
        return _read(folder / KEY_FILE)
    given = credential()
    if given is None:
        raise KeyStoreError(
            Text(f"{folder} 中没有终端密钥", f"there is no terminal key in {folder}"),
            Text("请先运行 zhendao-device enrol", "run zhendao-device enrol first"),
        )
    return _read(given)


def forget(folder: Path) -> None:
    """Take a key that is no longer wanted out of its place."""
    path = folder / TPM_FILE
    if path.exists():
        # a chip that was cleared, or is another one, has nothing to be taken out of it
        with contextlib.suppress(OSError, ValueError, TpmError):
            chip().remove(int(path.read_text("ascii"), 16))
        path.unlink()
    (folder / KEY_FILE).unlink(missing_ok=True)


def credential() -> Path | None:
    """Return the credential that systemd holds ready for this service, if there is one."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = None if folder is None else Path(folder) / CREDENTIAL
    return path if path is not None and path.is_file() else None


def _read(path: Path) -> KeyPlace:
    try:
        with path.open("rb") as file:
            _, _, der = pem.unarmor(file.read(_MOST))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return KeyPlace(str(path), pkcs8=der)
