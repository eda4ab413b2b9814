"""A signing key in a TPM 2.0 that knows SM2: made in the chip, kept there, never to be copied out.

Through the tpm2-tools of the system; the chip signs the digest SM3(ZA ‖ M) that we compute. One process a signature,
some 30 ms. A chip that was cleared, or a disk moved to another machine, ends as `TpmError`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.protocol.errors import CryptoError, ZhendaoError
from zhendao.protocol.sm2_signature import message_digest, raw_from_der, signer_hash, spki_of_point
from zhendao.protocol.suite import SM
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.protocol.suite import Suite

CHIP = Path("/dev/tpmrm0")
TCTI = "TPM2TOOLS_TCTI"
FIRST_HANDLE, HANDLES = 0x81018A00, 256
"""Where a persistent handle is looked for; a range that no platform key uses."""

_ATTRIBUTES = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign"
_TIMEOUT_S = 20
_COORDINATES = re.compile(r"^x: ([0-9a-f]{64})$\n^y: ([0-9a-f]{64})$", re.MULTILINE)
_HANDLE = re.compile(r"0x[0-9A-Fa-f]{8}")


class TpmError(ZhendaoError):
    """The chip, or the tools for it, do not do what is asked."""

    code = "tpm"

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(f"TPM 无法使用：{detail}", f"the TPM cannot be used: {detail}"),
            Text(
                "请检查 /dev/tpmrm0 的权限与 tpm2-tools，或把密钥放在文件中",
                "check tpm2-tools and the permissions of /dev/tpmrm0, or keep the key in a file",
            ),
        )


class Tpm:
    """One chip. Calls are made one after the other."""

    def __init__(self, tcti: str) -> None:
        """``tcti`` is how tpm2-tools reach the chip, for example ``device:/dev/tpmrm0``."""
        self._environment = {**os.environ, TCTI: tcti}
        self._one_at_a_time = threading.Lock()

    @classmethod
    def here(cls) -> Tpm | None:
        """Return this machine's chip, if there is one with SM2 and the tools for it."""
        tcti = os.environ.get(TCTI) or (f"device:{CHIP}" if CHIP.exists() else "")
        if not tcti or shutil.which("tpm2_sign") is None:
            return None
        tpm = cls(tcti)
        return tpm if tpm.knows_sm2() else None

    def knows_sm2(self) -> bool:
        """Tell whether the chip has the curve and the scheme; many have not."""
        try:
            curves, algorithms = self._run("tpm2_getcap", "ecc-curves"), self._run("tpm2_getcap", "algorithms")
        except TpmError:
            return False
        return b"SM2_P256" in curves and b"\nsm2:" in b"\n" + algorithms

    def make_key(self) -> int:
        """Make a signing key in the chip; return its persistent handle."""
        handle = self._free_handle()
        with tempfile.TemporaryDirectory(prefix="zhendao-tpm-") as folder:
            parent, public, private, key = (str(Path(folder) / name) for name in ("parent", "public", "private", "key"))
            sm2 = ("-G", "ecc_sm2:sm2", "-a", _ATTRIBUTES)
            for command in (
                ("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", parent),
                ("tpm2_create", "-Q", "-C", parent, *sm2, "-u", public, "-r", private),
                ("tpm2_load", "-Q", "-C", parent, "-u", public, "-r", private, "-c", key),
                ("tpm2_evictcontrol", "-Q", "-C", "o", "-c", key, hex(handle)),
            ):
                self._run(*command)
                self._run("tpm2_flushcontext", "-t")  # without a resource manager three objects fill a chip
        return handle

    def public_key(self, handle: int) -> bytes:
        """Return the SPKI of a persistent key."""
        found = _COORDINATES.search(self._run("tpm2_readpublic", "-c", hex(handle)).decode("ascii", "replace"))
        if found is None:
            raise TpmError(f"{handle:#x} is no SM2 key")
        return spki_of_point(bytes.fromhex(found[1] + found[2]))

    def sign_digest(self, handle: int, digest: bytes) -> bytes:
        """Return the DER signature of a 32-byte digest."""
        # "sha256" names the digest's length: the chip has no SM3, and signs what it is given
        scheme = ("-g", "sha256", "-s", "sm2", "-d", "-f", "plain", "-o", "/dev/stdout")
        return self._run("tpm2_sign", "-Q", "-c", hex(handle), *scheme, given=digest)

    def remove(self, handle: int) -> None:
        """Take a key out of the chip, for good."""
        self._run("tpm2_evictcontrol", "-Q", "-C", "o", "-c", hex(handle))

    def _free_handle(self) -> int:
        used = {int(one, 16) for one in _HANDLE.findall(self._run("tpm2_getcap", "handles-persistent").decode("ascii"))}
        for handle in range(FIRST_HANDLE, FIRST_HANDLE + HANDLES):
            if handle not in used:
                return handle
        raise TpmError("no free handle")

    def _run(self, *command: str, given: bytes = b"") -> bytes:
        try:
            with self._one_at_a_time:
                done = subprocess.run(  # noqa: S603 - fixed words and numbers of ours
                    command, input=given, capture_output=True, timeout=_TIMEOUT_S, env=self._environment, check=False
                )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TpmError(f"{command[0]}: {type(error).__name__}") from error
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise TpmError(f"{command[0]}: {lines[0] if lines else done.returncode}")
        return done.stdout


class TpmSigningKey:
    """A signing key in a chip, used like any other."""

    def __init__(self, tpm: Tpm, handle: int) -> None:
        """Find the key; TpmError if it is not there."""
        self._tpm = tpm
        self._handle = handle
        self.suite: Suite = SM
        self.spki = tpm.public_key(handle)
        self.key_id = SM.key_id(self.spki)
        self._za = signer_hash(self.spki)
        self._public = SM.verifying_key(self.spki)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature; CryptoError if the chip does not answer with one of this key."""
        try:
            signature = raw_from_der(self._tpm.sign_digest(self._handle, message_digest(self._za, message)))
        except TpmError as error:
            raise CryptoError("tpm", error.what.en) from error
        if not self._public.verify(message, signature):
            raise CryptoError("tpm", "the chip answered with a signature that is not of its key")
        return signature
