"""Signing keys in a TPM 2.0, for suite ``sm`` on a chip that has the curve SM2_P256.

What a chip can do: docs/decisions/signers.md. No chip has Ed25519, so suite ``intl`` has no keys here; most chips sold
outside China have no SM2 either, and then `suites` is empty.
"""

from zhendao.command.tpm import Tpm, TpmError, TpmSigningKey
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.suite import SM, Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning.signers.interface import SignerError, Surroundings


class TpmSigner:
    """Keys in this machine's chip; the locator is the persistent handle."""

    def __init__(self, _surroundings: Surroundings) -> None:
        self._tpm = Tpm.here()

    def suites(self) -> frozenset[str]:
        """``sm`` where the chip knows it."""
        return frozenset() if self._tpm is None else frozenset({SM.name})

    def make(self, suite: Suite) -> str:
        """Make a key in the chip."""
        try:
            return f"{self._chip(suite).make_key():#x}"
        except TpmError as error:
            raise SignerError(error.what, error.cure) from error

    def open(self, suite: Suite, locator: str) -> SigningKey:
        """Find a key in the chip."""
        try:
            return TpmSigningKey(self._chip(suite), _handle(locator))
        except TpmError as error:
            raise SignerError(error.what, error.cure) from error

    def remove(self, locator: str) -> None:
        """Evict a key from the chip."""
        chip, handle = self._chip(SM), _handle(locator)
        try:
            chip.public_key(handle)
        except TpmError:
            return
        try:
            chip.remove(handle)
        except TpmError as error:
            raise SignerError(error.what, error.cure) from error

    def _chip(self, suite: Suite) -> Tpm:
        if suite is not SM:
            raise SignerError(Text("TPM 没有 intl 套件的密钥", "a TPM has no keys of suite intl (Ed25519)"))
        if self._tpm is None:
            raise SignerError(Text("没有支持 SM2 的 TPM", "there is no TPM that knows SM2, or tpm2-tools are missing"))
        return self._tpm


def _handle(locator: str) -> int:
    try:
        return int(locator, 16)
    except ValueError:
        raise SignerError(Text(f"不是 TPM 句柄：{locator}", f"not the handle of a TPM key: {locator}")) from None
